// SPDX-License-Identifier: GPL-2.0-or-later
/* The shape of what was measured. */
#include "compare/lib/shape.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/hist.h"

#define DRAWS 999
#define FEWEST 8 /* values in which modes can be told */
#define SIDE 3	 /* values a step must have on each side */

void hf_shape_ranks(unsigned int n, double q, double alpha, unsigned int *lo, unsigned int *hi)
{
	unsigned int low = 0, high = n + 1;

	/* P(Bin <= k) grows with k: the first k with more than alpha/2, and the first with 1 - alpha/2 */
	for (unsigned int from = 0, to = n + 1; from < to;) {
		unsigned int k = from + (to - from) / 2;

		if (k <= n && gsl_cdf_binomial_P(k, q, n) <= alpha / 2)
			from = k + 1;
		else
			to = k;
		low = from;
	}
	for (unsigned int from = 0, to = n; from < to;) {
		unsigned int k = from + (to - from) / 2;

		if (gsl_cdf_binomial_P(k, q, n) >= 1 - alpha / 2)
			to = k;
		else
			from = k + 1;
		high = from + 1;
	}
	*lo = low;
	*hi = high;
}

double hf_shape_quantile(const struct hf_bin *bin, size_t n, double q)
{
	double all = 0, below = 0;

	for (size_t i = 0; i < n; i++)
		all += (double)bin[i].count;
	for (size_t i = 0; i < n; i++) {
		double low = (double)hf_hist_low(bin[i].index), high = (double)hf_hist_low(bin[i].index + 1);

		if (below + (double)bin[i].count >= q * all)
			return low + (high - low) * (q * all - below) / (double)bin[i].count;
		below += (double)bin[i].count;
	}
	return NAN;
}

int hf_shape_merge(struct hf_bin **bin, size_t *n, const struct hf_bin *more, size_t n_more)
{
	struct hf_bin *out = calloc(*n + n_more + 1, sizeof(*out));
	size_t i = 0, k = 0, m = 0;

	if (!out)
		return -ENOMEM;
	while (i < *n || k < n_more) {
		if (k == n_more || (i < *n && (*bin)[i].index < more[k].index)) {
			out[m++] = (*bin)[i++];
		} else if (i == *n || more[k].index < (*bin)[i].index) {
			out[m++] = more[k++];
		} else {
			out[m] = (*bin)[i++];
			out[m++].count += more[k++].count;
		}
	}
	free(*bin);
	*bin = out;
	*n = m;
	return 0;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The best split of sorted values. */
static double split(const double *x, size_t n, size_t *at)
{
	size_t least = (n + 9) / 10;
	double all = 0, mean, total = 0, left = 0, between = 0;

	*at = 0;
	for (size_t i = 0; i < n; i++)
		all += x[i];
	mean = all / (double)n;
	for (size_t i = 0; i < n; i++)
		total += (x[i] - mean) * (x[i] - mean);
	for (size_t i = 0; i + least < n; i++) {
		size_t k = i + 1;
		double low, high, b;

		left += x[i];
		if (k < least)
			continue;
		low = left / (double)k - mean;
		high = (all - left) / (double)(n - k) - mean;
		b = (double)k * low * low + (double)(n - k) * high * high;
		if (b > between) {
			between = b;
			*at = k;
		}
	}
	if (!(between > 0))
		return 1;
	return total - between > 1e-12 * total ? total / (total - between) : INFINITY;
}

static gsl_rng *stream(uint64_t seed)
{
	gsl_rng *r = gsl_rng_alloc(gsl_rng_taus2);

	if (r)
		gsl_rng_set(r, (unsigned long)seed);
	return r;
}

int hf_shape_modes(double *x, size_t n, struct hf_shape_modes *modes)
{
	size_t at;

	if (n < FEWEST)
		return -ENODATA;
	qsort(x, n, sizeof(*x), by_size);
	memset(modes, 0, sizeof(*modes));
	modes->t = split(x, n, &at);
	for (size_t i = 0; i < n; i++) {
		if (i < at)
			modes->low += x[i] / (double)at;
		else
			modes->high += x[i] / (double)(n - at);
	}
	modes->share = (double)(n - at) / (double)n;
	return 0;
}

double hf_shape_critical(size_t n, uint64_t seed)
{
	double *z = calloc(n + 1, sizeof(*z)), t[DRAWS], critical = NAN;
	gsl_rng *r = stream(seed);
	size_t at;

	if (z && r && n >= FEWEST) {
		for (int k = 0; k < DRAWS; k++) {
			for (size_t i = 0; i < n; i++)
				z[i] = gsl_ran_gaussian_ziggurat(r, 1);
			qsort(z, n, sizeof(*z), by_size);
			t[k] = split(z, n, &at);
		}
		qsort(t, DRAWS, sizeof(*t), by_size);
		critical = t[DRAWS - 10]; /* with the sample itself the tenth of a thousand */
	}
	free(z);
	if (r)
		gsl_rng_free(r);
	return critical;
}

/*
 * Largest |t| of a split of @y in two. It grows with the share of the sum of squares that lies between the parts, so that share is enough.
 */
static double largest(const double *y, size_t n, double total, size_t *at)
{
	double left = 0, most = 0;

	*at = 0;
	for (size_t k = 1; k + SIDE <= n; k++) {
		double b;

		left += y[k - 1]; /* the mean of all is 0 */
		if (k < SIDE)
			continue;
		b = left * left * (double)n / ((double)k * (double)(n - k));
		if (b > most) {
			most = b;
			*at = k;
		}
	}
	return total > 0 ? most / total : 0;
}

/* What a search for steps goes by. */
struct search {
	const double *y;
	double *z; /* room for a segment */
	double alpha;
	unsigned int draws;
	gsl_rng *r;
	struct hf_shape_step *step;
	size_t *found;
};

/* Return: p of the split of this segment, 1 when there is none. */
static double segment(const struct search *s, size_t from, size_t n)
{
	double mean = 0, total = 0, seen, p;
	unsigned int more = 0;
	size_t at, other;

	if (n < 2 * SIDE)
		return 1;
	for (size_t i = 0; i < n; i++)
		mean += s->y[from + i] / (double)n;
	for (size_t i = 0; i < n; i++) {
		s->z[i] = s->y[from + i] - mean;
		total += s->z[i] * s->z[i];
	}
	seen = largest(s->z, n, total, &at);
	if (!at)
		return 1;
	for (unsigned int k = 0; k < s->draws && more < s->alpha * (1.0 + s->draws); k++) {
		gsl_ran_shuffle(s->r, s->z, n, sizeof(*s->z));
		more += largest(s->z, n, total, &other) >= seen * (1 - 1e-12);
	}
	p = (1.0 + more) / (1.0 + s->draws);
	if (p > s->alpha)
		return 1;
	segment(s, from, at);
	s->step[(*s->found)++] = (struct hf_shape_step){ from + at, 0, p };
	segment(s, from + at, n - at);
	return p;
}

static double mean_of(const double *y, size_t from, size_t to)
{
	double mean = 0;

	for (size_t i = from; i < to; i++)
		mean += y[i] / (double)(to - from);
	return mean;
}

/* The size of each step is known once its neighbours are; without those below the limit, the smallest first, the others change. */
static void measure(const double *y, size_t n, double limit, struct hf_shape_step *step, size_t *found)
{
	while (*found) {
		size_t least = 0;

		for (size_t i = 0; i < *found; i++) {
			size_t from = i ? step[i - 1].at : 0, to = i + 1 < *found ? step[i + 1].at : n;

			step[i].size = mean_of(y, step[i].at, to) - mean_of(y, from, step[i].at);
			if (fabs(step[i].size) < fabs(step[least].size))
				least = i;
		}
		if (fabs(step[least].size) >= limit)
			return;
		memmove(&step[least], &step[least + 1], (*found - least - 1) * sizeof(*step));
		(*found)--;
	}
}

int hf_shape_steps(const double *y, size_t n, double limit, double alpha, unsigned int draws, uint64_t seed, struct hf_shape_step *step,
		   size_t *found, double *p)
{
	struct search s = { y, calloc(n + 1, sizeof(*s.z)), alpha, draws, stream(seed), step, found };

	*found = 0;
	*p = 1;
	if (s.z && s.r)
		*p = segment(&s, 0, n);
	measure(y, n, limit, step, found);
	if (s.r)
		gsl_rng_free(s.r);
	free(s.z);
	return s.z && s.r ? 0 : -ENOMEM;
}
