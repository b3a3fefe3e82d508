/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The history of one machine: where did a metric change, and which boots make a baseline? */
#ifndef HF_COMPARE_STEPS_H
#define HF_COMPARE_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#include "compare/lib/shape.h"
#include "compare/lib/sides.h"

#define HF_STEPS_FEWEST 6    /* boots of a metric: three on each side of a step */
#define HF_STEPS_ALPHA 0.01  /* level of each split of a metric */
#define HF_STEPS_FAMILY 0.05 /* false discovery rate over all metrics */

/** struct hf_steps_point - a boot of one metric: when, and its mean logarithm (or its mean, in a plain series) */
struct hf_steps_point {
	double t, y;
	const char *id;
	const struct hf_run *run;
};

/**
 * struct hf_steps_series - one metric at one point
 * @plain:	there are values that are not above 0: no logarithms
 * @point, @n:	its boots, by time
 * @step, @n_steps: where it changed
 * @p, @q:	chance of a step as large as the first one found, and the same adjusted for all metrics (Benjamini and Hochberg); 1 without a step
 * @listed:	it has a step, and @q is at most HF_STEPS_FAMILY: with hundreds of metrics a step at 1 % alone is chance
 * @worse:	one of its steps is for the worse
 */
struct hf_steps_series {
	const struct hf_series *series;
	bool plain, listed, worse;
	struct hf_steps_point *point;
	size_t n;
	struct hf_shape_step *step;
	size_t n_steps;
	double p, q;
};

/** struct hf_steps - the whole history; @short_ones: metrics with too few boots; @changed, @worse: those that are listed, and worse */
struct hf_steps {
	const struct hf_sides *sides;
	struct hf_steps_series *series;
	size_t n, short_ones, changed, worse;
};

/**
 * hf_steps_run() - look for steps
 * @sides:	all on the first side
 * @limit:	smallest step that matters, as a ratio less 1
 * @steps:	the caller ends it with hf_steps_free(), also on error
 *
 * Return: 0, -ENOMEM.
 */
int hf_steps_run(const struct hf_sides *sides, double limit, struct hf_steps *steps);

/** hf_steps_free() - release everything; the sides stay */
void hf_steps_free(struct hf_steps *steps);

/** hf_steps_is_worse() - a step goes the way that the metric's direction calls worse */
bool hf_steps_is_worse(const struct hf_steps_series *s, const struct hf_shape_step *step);

/**
 * hf_steps_baseline() - the last boots that a new kernel may be held against
 * @most:	as many at most
 * @part:	set: an array for free(3), the oldest first
 * @n:		set
 *
 * A boot is green when all its runs ended well and no listed metric stands at a step for the worse. The baseline are the last green ones with no listed step
 * between them.
 *
 * Return: 0, -ENOMEM.
 */
int hf_steps_baseline(const struct hf_steps *steps, size_t most, struct hf_units_part **part, size_t *n);

#endif
