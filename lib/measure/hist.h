/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log-linear histogram with 7 mantissa bits: values up to 256 have a bin each, above that a bin is at most 1/128 of its value wide. Two
 * histograms merge by addition. Each bin also keeps the sum of its values, so that means are exact while a run is alive; records keep the
 * counts.
 *
 * Bin of v: v itself below 256; otherwise, with e = floor(log2 v) - 7, bin = e * 128 + (v >> e). The first value of bin b is the inverse.
 */
#ifndef HF_MEASURE_HIST_H
#define HF_MEASURE_HIST_H

#include <stdint.h>

#define HF_HIST_BITS 7
#define HF_HIST_TOP 44 /* values are below 2^44 (4.9 hours in ns); larger ones are counted in the last bin */
#define HF_HIST_BINS ((HF_HIST_TOP - HF_HIST_BITS + 1) << HF_HIST_BITS)

/**
 * struct hf_hist - a histogram of unsigned values; all zero is a valid empty one
 * @n:		values added
 * @min, @max:	smallest and largest value; meaningless while @n is 0
 * @sum, @sum2:	of the values and of their squares
 * @count:	values per bin
 * @total:	sum of the values per bin
 */
struct hf_hist {
	uint64_t n, min, max;
	double sum, sum2;
	uint64_t count[HF_HIST_BINS];
	uint64_t total[HF_HIST_BINS];
};

/** hf_hist_bin() - index of the bin of @v */
static inline unsigned int hf_hist_bin(uint64_t v)
{
	unsigned int e;

	if (v < 2u << HF_HIST_BITS)
		return (unsigned int)v;
	if (v >> HF_HIST_TOP)
		return HF_HIST_BINS - 1;
	e = 63u - (unsigned int)__builtin_clzll(v) - HF_HIST_BITS;
	return (e << HF_HIST_BITS) + (unsigned int)(v >> e);
}

/** hf_hist_low() - smallest value of bin @bin */
uint64_t hf_hist_low(unsigned int bin);

/** hf_hist_add() - count @v once; no allocation, no system call */
static inline void hf_hist_add(struct hf_hist *h, uint64_t v)
{
	unsigned int b = hf_hist_bin(v);

	if (!h->n || v < h->min)
		h->min = v;
	if (v > h->max)
		h->max = v;
	h->n++;
	h->sum += (double)v;
	h->sum2 += (double)v * (double)v;
	h->count[b]++;
	h->total[b] += v;
}

/** hf_hist_clear() - make it empty */
void hf_hist_clear(struct hf_hist *h);

/** hf_hist_merge() - add all values of @from to @to */
void hf_hist_merge(struct hf_hist *to, const struct hf_hist *from);

/** hf_hist_mean() - arithmetic mean; NaN when empty */
double hf_hist_mean(const struct hf_hist *h);

/** hf_hist_sd() - sample standard deviation (n-1); NaN below two values */
double hf_hist_sd(const struct hf_hist *h);

/**
 * hf_hist_quantile() - smallest value that at least the share @q of the values does not exceed, linear inside its bin, within min..max
 * @q: 0..1
 *
 * The values of a bin are taken to lie evenly between its smallest and its largest possible value. So the result is exact below 256 and
 * else at most one bin (1/128) off; on smooth data much less. It depends on the counts, min and max alone, so records give the same.
 *
 * Return: the quantile, NaN when empty.
 */
double hf_hist_quantile(const struct hf_hist *h, double q);

/**
 * hf_hist_tmean() - trimmed mean: the mean of what is left when the share @trim of the values is cut off at each end
 * @trim: 0 <= @trim < 0.5; records use 0.10
 *
 * Where @trim of n is no whole number, the value at the cut counts in part. Whole bins count with their exact total; inside the two bins
 * that are cut the values are taken to lie evenly around the bin's exact mean.
 *
 * Return: the mean, NaN when empty.
 */
double hf_hist_tmean(const struct hf_hist *h, double trim);

#endif
