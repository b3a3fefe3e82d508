/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a call costs by itself and what each page adds: time = fixed + each * batch, fitted to the whole-call times of a benchmark that was measured with several
 * batch sizes (parameter "batch", metric "..._call_ns").
 */
#ifndef HF_COMPARE_COST_H
#define HF_COMPARE_COST_H

#include <stddef.h>

#include "compare/lib/points.h"

#define HF_COST_BATCHES 32

/**
 * struct hf_cost - one fitted line
 * @group, @first:	the benchmark, and one of its points: all of the line have its parameters but for "batch"
 * @metric:	name of the whole-call metric
 * @fixed, @each: in ns, from the values over all repeats
 * @fixed.lo, @fixed.hi: 95 % intervals, Student t over fits to the values of one repeat each; NaN with fewer than two such fits
 * @batch, @value: what it was fitted to, ascending
 * @low, @high:	intervals of those values; NaN with one repeat
 * @worst:	largest relative distance of a value from the line: how far it is from being one
 */
struct hf_cost {
	const struct hf_group *group;
	const struct hf_point *first;
	const char *metric;
	struct {
		double value, lo, hi;
	} fixed, each;
	double batch[HF_COST_BATCHES], value[HF_COST_BATCHES], low[HF_COST_BATCHES], high[HF_COST_BATCHES], worst;
	size_t n;
};

/**
 * hf_cost_fit() - the line through (@x, @y) with the least sum of squared relative distances: a batch of 1 counts as much as one of 512
 * Return: 0; -EDOM with fewer than two different @x or a @y that is not above 0.
 */
int hf_cost_fit(const double *x, const double *y, size_t n, double *fixed, double *each);

/** hf_cost_each() - calls @fn for every line that the records have: at least three batch sizes */
void hf_cost_each(const struct hf_points *points, void (*fn)(void *arg, const struct hf_cost *cost), void *arg);

#endif
