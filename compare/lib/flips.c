// SPDX-License-Identifier: GPL-2.0-or-later
/* Sign flips. */
#include "compare/lib/flips.h"

#include <errno.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#define FLIPS 999

struct metric {
	const double *d;
	double t, n, ss;
	unsigned int more;
	size_t at;
};

/* Student's t of the differences: it depends on the signs through their sum alone. */
static double statistic(const struct metric *v, double sum)
{
	double rest = v->ss - sum * sum / v->n;

	if (!(v->ss > 0))
		return 0;
	return rest > 1e-12 * v->ss ? sum / sqrt(v->n * rest / (v->n - 1)) : sum > 0 ? INFINITY : -INFINITY;
}

static double flipped(const struct metric *v, const double *sign, size_t pairs)
{
	double sum = 0;

	for (size_t k = 0; k < pairs; k++)
		sum += isnan(v->d[k]) ? 0 : sign[k] * v->d[k];
	return statistic(v, sum);
}

static int by_t(const void *a, const void *b)
{
	double x = ((const struct metric *)a)->t, y = ((const struct metric *)b)->t;

	return (x < y) - (x > y);
}

static int measure(struct metric *v, size_t pairs)
{
	double sum = 0;

	for (size_t k = 0; k < pairs; k++) {
		if (isnan(v->d[k]))
			continue;
		v->n++;
		sum += v->d[k];
		v->ss += v->d[k] * v->d[k];
	}
	v->t = statistic(v, sum);
	return v->n < HF_FLIPS_PAIRS ? -EDOM : 0;
}

int hf_flips_adjust(const double *d, size_t m, size_t pairs, uint64_t seed, double *p)
{
	struct metric *v = calloc(m + 1, sizeof(*v));
	double *sign = calloc(pairs + 1, sizeof(*sign)), most = 0;
	gsl_rng *r = gsl_rng_alloc(gsl_rng_taus2);
	int err = v && sign && r ? 0 : -ENOMEM;

	for (size_t i = 0; i < m && !err; i++) {
		v[i] = (struct metric){ .d = d + i * pairs, .at = i };
		err = measure(&v[i], pairs);
	}
	if (err)
		goto out;
	gsl_rng_set(r, (unsigned long)seed);
	qsort(v, m, sizeof(*v), by_t);
	for (int flip = 0; flip < FLIPS; flip++) {
		double largest = -INFINITY;

		for (size_t k = 0; k < pairs; k++)
			sign[k] = gsl_rng_uniform_int(r, 2) ? 1 : -1;
		for (size_t i = m; i-- > 0;) { /* from the smallest t: each against the largest of itself and those below */
			largest = fmax(largest, flipped(&v[i], sign, pairs));
			v[i].more += largest >= v[i].t;
		}
	}
	for (size_t i = 0; i < m; i++) {
		most = fmax(most, (1.0 + v[i].more) / (1.0 + FLIPS));
		p[v[i].at] = most;
	}
out:
	if (r)
		gsl_rng_free(r);
	free(sign);
	free(v);
	return err;
}
