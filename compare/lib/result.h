/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of one metric at one point: its units fitted, tested and put into words. What other metrics have to do with it is judge.h's. */
#ifndef HF_COMPARE_RESULT_H
#define HF_COMPARE_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "compare/lib/gather.h"
#include "compare/lib/model.h"
#include "compare/lib/sides.h"

#define HF_RESULT_NOTES 8

/**
 * struct hf_result - one metric at one point
 * @metric:	its name; of a quantile of its histogram "fault_ns.p99"
 * @quantile:	0.99 or 0.999 for a tail, else 0
 * @plain:	differences instead of ratios, as there are values that are not above 0
 * @n:		units on each side
 * @location:	of each side
 * @ratio, @lo, @hi: NEW over BASE with its 95 % interval; NaN where there is none
 * @diff, @diff_lo, @diff_hi: NEW less BASE in the metric's unit, when @plain
 * @limit:	smallest difference that matters, on the scale of @fit
 * @prior:	older boots lend their variance
 * @tested:	it takes part in the family
 * @flagged:	the first of two stages found it slower, and the numbers are those of the second
 * @fails:	the family's procedure rejects it, and it is a REGRESSION: the exit status says so
 * @listed:	Benjamini and Hochberg's procedure rejects it, in either direction
 * @family, @bh: p adjusted for the family of the exit status, and for the listing; NaN outside
 * @mde:	effect that would have been found with probability 0.8, as a ratio less 1 (when @plain: in the metric's unit); NaN if
 * 		unknown
 * @boots_needed: units a side to decide at the limit, 0 if unknown
 * @within_lo, @within_hi: of a tail: 95 % interval of the quantile inside one unit by order statistics, as ratios to it (median over units); else NaN
 * @parts:	of the variance of a unit; all 0 if unknown
 * @note:	what is special about it
 * @unit, @id:	the values, by time, and the boots (or runs) that they are of
 */
struct hf_result {
	const struct hf_series *series;
	char *metric;
	double quantile;
	bool plain, exact, prior, tested, flagged, fails, listed;
	size_t n[2];
	double location[2], ratio, lo, hi, diff, diff_lo, diff_hi, limit, family, bh, mde, within_lo, within_hi;
	struct hf_model_fit fit;
	struct hf_model_test test;
	enum hf_model_verdict verdict;
	unsigned int boots_needed;
	struct hf_model_parts parts;
	const char *note[HF_RESULT_NOTES];
	unsigned int n_notes;
	struct hf_model_unit *unit;
	const char **id;
};

/** struct hf_result_rules - smallest change that matters, of locations and of tail quantiles, as a ratio less 1; no term of time */
struct hf_result_rules {
	double sesoi, tail_sesoi;
	bool no_time;
};

/** hf_result_note() - say something more of it; @text is kept */
void hf_result_note(struct hf_result *r, const char *text);

/** hf_result_tailed() - every unit has enough values beyond quantile @q for it to be compared */
bool hf_result_tailed(const struct hf_series *series, const struct hf_gather *g, size_t n, double q);

/**
 * hf_result_fit() - fit a result to the units of its series
 * @g, @n:	both sides have one at least
 * @quantile:	0 for the location
 * @r:		set; the caller ends it with hf_result_free(), also on error
 *
 * Counts that must repeat exactly and do are decided here: @r->exact, and @r->tested.
 *
 * Return: 0, -ENOMEM.
 */
int hf_result_fit(const struct hf_sides *sides, const struct hf_result_rules *rules, const struct hf_series *series,
		  const struct hf_gather *g, size_t n, double quantile, struct hf_result *r);

/** hf_result_test() - test the fit at @levels; what there is to say of its units is noted. The verdict is left to the caller. */
void hf_result_test(const struct hf_sides *sides, const struct hf_model_levels *levels, struct hf_result *r);

/** hf_result_express() - fill in ratio, difference and their intervals from the test */
void hf_result_express(struct hf_result *r);

/** hf_result_free() - release what it owns */
void hf_result_free(struct hf_result *r);

#endif
