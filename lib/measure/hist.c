// SPDX-License-Identifier: GPL-2.0-or-later
/* Log-linear histogram: what is not on the measured path. */
#include "measure/hist.h"

#include <math.h>
#include <string.h>

uint64_t hf_hist_low(unsigned int bin)
{
	unsigned int e;

	if (bin < 2u << HF_HIST_BITS)
		return bin;
	e = (bin >> HF_HIST_BITS) - 1;
	return (uint64_t)(bin - (e << HF_HIST_BITS)) << e;
}

void hf_hist_clear(struct hf_hist *h)
{
	memset(h, 0, sizeof(*h));
}

void hf_hist_merge(struct hf_hist *to, const struct hf_hist *from)
{
	if (!from->n)
		return;
	if (!to->n || from->min < to->min)
		to->min = from->min;
	if (from->max > to->max)
		to->max = from->max;
	to->n += from->n;
	to->sum += from->sum;
	to->sum2 += from->sum2;
	for (unsigned int b = 0; b < HF_HIST_BINS; b++) {
		to->count[b] += from->count[b];
		to->total[b] += from->total[b];
	}
}

double hf_hist_mean(const struct hf_hist *h)
{
	return h->n ? h->sum / (double)h->n : NAN;
}

double hf_hist_sd(const struct hf_hist *h)
{
	double n = (double)h->n, var;

	if (h->n < 2)
		return NAN;
	var = (h->sum2 - h->sum * h->sum / n) / (n - 1);
	return var > 0 ? sqrt(var) : 0;
}

/* The smallest and the largest value that can lie in bin @b of @h. */
static void bounds(const struct hf_hist *h, unsigned int b, double *low, double *high)
{
	uint64_t first = hf_hist_low(b), last = b + 1 < HF_HIST_BINS ? hf_hist_low(b + 1) - 1 : h->max;

	*low = (double)(first > h->min ? first : h->min);
	*high = (double)(last < h->max ? last : h->max);
}

/* @share of @n; a product that misses a whole number by rounding only is that number. */
static double rank(double share, uint64_t n)
{
	double r = share * (double)n, whole = rint(r);

	return fabs(r - whole) <= 1e-12 * r ? whole : r;
}

double hf_hist_quantile(const struct hf_hist *h, double q)
{
	double want = rank(q, h->n), below = 0, low, high, at;

	if (!h->n)
		return NAN;
	if (want <= 0)
		return (double)h->min;
	for (unsigned int b = 0; b < HF_HIST_BINS; b++) {
		double c = (double)h->count[b];

		if (!h->count[b] || below + c < want) {
			below += c;
			continue;
		}
		if (below + c >= (double)h->n && want >= (double)h->n)
			break;
		/* The c values of the bin are taken to lie evenly, each in the middle of its part. */
		bounds(h, b, &low, &high);
		at = (want - below - 0.5) / c;
		return low + (high - low) * (at > 0 ? at : 0);
	}
	return (double)h->max;
}

/*
 * Sum of the values of rank @from to @to (0..c, fractions allowed) within bin @b: evenly spread around the bin's exact mean, so that the
 * whole bin gives its exact total.
 */
static double partial(const struct hf_hist *h, unsigned int b, double from, double to)
{
	double c = (double)h->count[b], mean = (double)h->total[b] / c, low, high, width;

	if (from <= 0 && to >= c)
		return (double)h->total[b];
	bounds(h, b, &low, &high);
	width = fmin(high - low, 2 * fmin(mean - low, high - mean)) * (c - 1) / c;
	return (to - from) * (mean + ((from + to) / (2 * c) - 0.5) * width);
}

double hf_hist_tmean(const struct hf_hist *h, double trim)
{
	double first = rank(trim, h->n), last = (double)h->n - first, below = 0, sum = 0;

	if (!h->n)
		return NAN;
	for (unsigned int b = 0; b < HF_HIST_BINS && below < last; b++) {
		double c = (double)h->count[b];

		if (h->count[b] && below + c > first)
			sum += partial(h, b, fmax(first - below, 0), fmin(last - below, c));
		below += c;
	}
	return sum / (last - first);
}
