/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From two sides to verdicts: for each metric at each point, and for all of them together. */
#ifndef HF_COMPARE_JUDGE_H
#define HF_COMPARE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "compare/lib/model.h"
#include "compare/lib/sides.h"

/** enum hf_judge_status - exit status of compare and gate */
enum hf_judge_status {
	HF_JUDGE_OK = 0,
	HF_JUDGE_REGRESSION = 1,
	HF_JUDGE_BAD = 2,	   /* usage, bad data */
	HF_JUDGE_INCONCLUSIVE = 3, /* with --strict, or when nothing at all could be decided */
	HF_JUDGE_INCOMPARABLE = 4,
};

#define HF_JUDGE_LOOKS 32

/**
 * struct hf_judge_options - how to decide
 * @sesoi, @tail_sesoi:	smallest change that matters, as a ratio less 1 (0.02), of locations and of tail quantiles
 * @sequential:		A and B need not be interleaved
 * @session_sd:		then: standard deviation between sessions, as a share
 * @strict:		INCONCLUSIVE has an exit status of its own
 * @look, @n_looks:	units a side at which the data are looked at, ascending; 0 looks: once, whatever there is
 * @gate:		what BASE has and NEW lacks makes them incomparable, and so does one boot a side
 */
struct hf_judge_options {
	double sesoi, tail_sesoi, session_sd;
	bool sequential, strict, gate;
	unsigned int look[HF_JUDGE_LOOKS];
	size_t n_looks;
};

#define HF_JUDGE_NOTES 6

/**
 * struct hf_result - what is said of one metric at one point
 * @metric:	its name; of a quantile of its histogram "fault_ns.p99"
 * @quantile:	0.99 or 0.999 for a tail, else 0
 * @plain:	differences instead of ratios, as there are values that are not above 0
 * @n:		units on each side
 * @location:	of each side
 * @ratio, @lo, @hi: NEW over BASE with its 95 % interval; NaN where there is none
 * @diff, @diff_lo, @diff_hi: NEW less BASE in the metric's unit, when @plain
 * @limit:	smallest difference that matters, on the scale of @fit
 * @tested:	it takes part in the family
 * @fails:	Holm's procedure rejects it, and it is a REGRESSION: the exit status says so
 * @listed:	Benjamini and Hochberg's procedure rejects it, in either direction
 * @mde:	effect that would have been found with probability 0.8, as a ratio less 1 (when @plain: in the metric's unit); NaN if
 * 		unknown
 * @boots_needed: units a side to decide at the limit, 0 if unknown
 * @parts:	of the variance of a unit; all 0 if unknown
 * @note:	what is special about it
 * @unit:	the values, by time
 */
struct hf_result {
	const struct hf_series *series;
	char *metric;
	double quantile;
	bool plain, exact, tested, fails, listed;
	size_t n[2];
	double location[2], ratio, lo, hi, diff, diff_lo, diff_hi, limit, holm, bh, mde;
	struct hf_model_fit fit;
	struct hf_model_test test;
	enum hf_model_verdict verdict;
	unsigned int boots_needed;
	struct hf_model_parts parts;
	const char *note[HF_JUDGE_NOTES];
	unsigned int n_notes;
	struct hf_model_unit *unit;
};

/**
 * struct hf_judge - the whole comparison
 * @result:		by benchmark, point and metric, in the order of reading
 * @count:		results by verdict
 * @levels, @family:	levels of each metric and of the suite; those of the look when there are several
 * @rejected:		how many results fail
 * @sequential:		how many were not interleaved and therefore not decided
 * @missing:		series of one side only: [0] BASE alone, [1] NEW alone
 * @failed, @broken:	runs of NEW that failed or broke where no run of that benchmark on BASE did
 */
struct hf_judge {
	const struct hf_sides *sides;
	struct hf_judge_options options;
	struct hf_result *result;
	size_t n_results;
	size_t count[4], rejected, sequential, missing[2], failed, broken;
	struct hf_model_levels levels;
	double family;
	enum hf_judge_status status;
};

/**
 * hf_judge_run() - decide
 * @judge: filled; the caller ends it with hf_judge_free()
 *
 * Return: 0; -ENODATA when nothing is on
 * both sides; -ERANGE when no look is due at this number of units; -ENOMEM.
 */
int hf_judge_run(const struct hf_sides *sides, const struct hf_judge_options *options, struct hf_judge *judge);

/** hf_judge_free() - release everything; the sides stay */
void hf_judge_free(struct hf_judge *judge);

/** hf_judge_missing() - a series that one side alone has: @b false for BASE */
bool hf_judge_missing(const struct hf_series *series, bool b);

/** hf_judge_new_trouble() - a run of NEW failed or broke where no run of that benchmark on BASE did so */
bool hf_judge_new_trouble(const struct hf_sides *sides, size_t run);

#endif
