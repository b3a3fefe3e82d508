// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sequential looks: the density of the sum of all data so far, among those that no earlier look has stopped, is carried from look to look.
 */
#include "compare/lib/looks.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#define STEPS 800 /* of Simpson's rule; even */
#define FAR 9.0	  /* standard deviations below which there is nothing */

double hf_looks_spent(double alpha, double t)
{
	return 2 * gsl_cdf_ugaussian_Q(gsl_cdf_ugaussian_Qinv(alpha / 2) / sqrt(t));
}

/* A density on STEPS + 1 points from @low on. */
struct grid {
	double low, step, f[STEPS + 1];
};

static double weight(const struct grid *g, int i)
{
	return g->step / 3 * (i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2);
}

/* Probability to be above @bound after a further step of deviation @sd. */
static double beyond(const struct grid *g, double sd, double bound)
{
	double p = 0;

	for (int i = 0; i <= STEPS; i++)
		p += weight(g, i) * g->f[i] * gsl_cdf_ugaussian_Q((bound - g->low - i * g->step) / sd);
	return p;
}

static double find_bound(const struct grid *g, double sd, double p, double high)
{
	double low = -high;

	for (int i = 0; i < 80; i++) {
		double mid = (low + high) / 2;

		if (beyond(g, sd, mid) > p)
			low = mid;
		else
			high = mid;
	}
	return high;
}

static void advance(struct grid *to, const struct grid *from, double sd, double bound, double t)
{
	to->low = -FAR * sqrt(t);
	to->step = (bound - to->low) / STEPS;
	for (int k = 0; k <= STEPS; k++) {
		double x = to->low + k * to->step, f = 0;

		if (!from)
			f = gsl_ran_gaussian_pdf(x, sqrt(t));
		for (int i = 0; from && i <= STEPS; i++)
			f += weight(from, i) * from->f[i] * gsl_ran_gaussian_pdf(x - from->low - i * from->step, sd);
		to->f[k] = f;
	}
}

int hf_looks_levels(double alpha, const double *t, size_t n, double *level)
{
	struct grid *grid = calloc(2, sizeof(*grid)), *now = NULL, *next = grid;
	double spent = 0, before = 0;
	int err = 0;

	if (!grid)
		return -ENOMEM;
	for (size_t k = 0; k < n; k++) {
		double all, bound, sd;

		if (!(t[k] > before) || t[k] > 1 + 1e-12) {
			err = -EINVAL;
			break;
		}
		all = hf_looks_spent(alpha, t[k]);
		sd = sqrt(t[k] - before);
		if (now)
			bound = find_bound(now, sd, all - spent, FAR * sqrt(t[k]));
		else
			bound = gsl_cdf_ugaussian_Qinv(all) * sqrt(t[k]);
		level[k] = gsl_cdf_ugaussian_Q(bound / sqrt(t[k]));
		advance(next, now, sd, bound, t[k]);
		now = next;
		next = now == grid ? grid + 1 : grid;
		before = t[k];
		spent = all;
	}
	free(grid);
	return err;
}
