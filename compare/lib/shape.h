/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shape of what was measured: tails from histograms, several modes, steps in a history. */
#ifndef HF_COMPARE_SHAPE_H
#define HF_COMPARE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/lib/reader.h"

#define HF_SHAPE_BEYOND 20 /* values that a quantile must leave above it in each boot to be compared */

/**
 * hf_shape_ranks() - order statistics that enclose a quantile: ranks (1 the smallest) of an interval of 1 - @alpha at least
 * @n, @q: number of values, quantile (0..1)
 *
 * P(Bin(n, q) <= lo - 1) <= alpha/2 and P(Bin(n, q) <= hi - 1) >= 1 - alpha/2. @lo is 0 and @hi n + 1 where there is no such value.
 */
void hf_shape_ranks(unsigned int n, double q, double alpha, unsigned int *lo, unsigned int *hi);

/** hf_shape_quantile() - quantile @q of a histogram, linear inside its bin; NaN when it is empty */
double hf_shape_quantile(const struct hf_bin *bin, size_t n, double q);

/** hf_shape_merge() - add the bins @more to the sorted bins *@bin of *@n (allocated, may be NULL). Return: 0, -ENOMEM. */
int hf_shape_merge(struct hf_bin **bin, size_t *n, const struct hf_bin *more, size_t n_more);

/**
 * struct hf_shape_modes - the best split of values in two
 * @t:		whole sum of squares over that within the two parts; 1 when there is no split
 * @low, @high:	mean of each part
 * @share:	of the upper part
 */
struct hf_shape_modes {
	double t, low, high, share;
};

/**
 * hf_shape_modes() - are there two modes?
 * @x, @n:	values; @x is sorted
 *
 * Each part has a tenth of the values at least. A fixed limit on the distance of the parts (Ashman's D) would find two modes in nearly every
 * normal sample, as the split is chosen from the data.
 *
 * Compare @t with hf_shape_critical().
 *
 * Return: 0, -ENODATA below 8 values.
 */
int hf_shape_modes(double *x, size_t n, struct hf_shape_modes *modes);

/**
 * hf_shape_critical() - the @t that one in a hundred normal samples of @n values reaches (999 samples); NaN below 8 values or without
 * memory
 */
double hf_shape_critical(size_t n, uint64_t seed);

/** struct hf_shape_step - a change point: @at is the first value after it, @size the difference of the means, @p from permutations */
struct hf_shape_step {
	size_t at;
	double size, p;
};

/**
 * hf_shape_steps() - change points of a series by binary segmentation
 * @y, @n:	values in order of time
 * @limit:	smallest step to report
 * @alpha:	level of each split
 * @draws:	permutations of the largest |t| that a step is held against; fewer when it is none
 * @step:	room for @n / 3
 * @found:	how many, by place
 * @p:		of the first split, 1 if there was none at @alpha
 *
 * Three values at least on each side of a step.
 *
 * Return: 0, -ENOMEM.
 */
int hf_shape_steps(const double *y, size_t n, double limit, double alpha, unsigned int draws, uint64_t seed, struct hf_shape_step *step,
		   size_t *found, double *p);

#endif
