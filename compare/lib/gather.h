/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The units of a series: what all observations of one boot (or run, or repeat) say together. */
#ifndef HF_COMPARE_GATHER_H
#define HF_COMPARE_GATHER_H

#include <stdbool.h>
#include <stddef.h>

#include "compare/lib/model.h"
#include "compare/lib/sides.h"

/**
 * struct hf_gather - one unit
 * @id, @run:	build, boot or run; the first run in it
 * @b:		it is of the second side
 * @n_obs:	observations; @t, @cv2 and @iterations are their sums
 * @n:		processes; @sum, @ss, @ln, @lnss: sum of their values, of squares, of logarithms and of their squares
 * @bin, @n_bins: histogram of all together
 */
struct hf_gather {
	const char *id;
	const struct hf_run *run;
	bool b;
	double t, sum, ln, ss, lnss, cv2, iterations, n;
	size_t n_obs;
	struct hf_bin *bin;
	size_t n_bins;
};

/** struct hf_gather_spread - what is inside units on average: @s1, @s2 as in hf_model_parts(), on the scale of the values */
struct hf_gather_spread {
	double s1, s2, iterations, processes;
};

/** hf_gather_counts() - an observation counts when its run ended well and nothing leaves it out */
bool hf_gather_counts(const struct hf_obs *obs);

/**
 * hf_gather_series() - the units of a series, in the order of reading. Return: array of *@n for hf_gather_free(), or NULL without memory.
 */
struct hf_gather *hf_gather_series(const struct hf_sides *sides, const struct hf_series *series, size_t *n);

/** hf_gather_free() - release what hf_gather_series() returned; NULL is allowed */
void hf_gather_free(struct hf_gather *g, size_t n);

/** hf_gather_value() - of a unit: the mean logarithm of its processes, or their mean when @plain */
double hf_gather_value(const struct hf_gather *g, bool plain);

/** hf_gather_plain() - a series has values that are not above 0: no logarithms */
bool hf_gather_plain(const struct hf_series *series);

/** hf_gather_spread() - noise inside units; @spread->s2 is NaN when no unit has two processes */
void hf_gather_spread(const struct hf_gather *g, size_t n, bool plain, struct hf_gather_spread *spread);

#endif
