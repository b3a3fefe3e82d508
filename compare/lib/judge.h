/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From two sides to verdicts: for each metric at each point, and for all of them together. */
#ifndef HF_COMPARE_JUDGE_H
#define HF_COMPARE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "compare/lib/result.h"

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
 * @session_sd:		then: standard deviation between sessions, as a share; 0: as @history has it
 * @strict:		INCONCLUSIVE has an exit status of its own
 * @gate:		what BASE has and NEW lacks makes them incomparable, and so does one boot a side
 * @plain_variance:	do not borrow variance across the suite
 * @max_t:		the family's procedure is Westfall and Young's on sign flips of pairs (compare/lib/flips.h), not Holm's
 * @advisory:		identical kernels have failed too often: a regression is no exit status 1
 * @history:		older boots of this machine, which lend their variance; or NULL
 * @look, @n_looks:	units a side at which the data are looked at, ascending; 0 looks: once, whatever there is
 */
struct hf_judge_options {
	double sesoi, tail_sesoi, session_sd;
	bool sequential, strict, gate, plain_variance, max_t, advisory;
	const struct hf_sides *history;
	unsigned int look[HF_JUDGE_LOOKS];
	size_t n_looks;
};

/**
 * struct hf_judge - the whole comparison
 * @result:		by benchmark, point and metric, in the order of reading
 * @count:		results by verdict
 * @levels, @family:	levels of each metric and of the suite; those of the look when there are several
 * @rejected:		how many results fail
 * @stage, @fresh:	1, NULL; 2 and the fresh units after hf_judge_confirm()
 * @flagged:		how many are slower at the level of a single metric: those that fresh boots may confirm, or did
 * @unconfirmed:	how many of them were not measured again
 * @sequential:		how many were not interleaved and therefore not decided
 * @missing:		series of one side only: [0] BASE alone, [1] NEW alone
 * @failed, @broken:	runs of NEW that failed or broke where no run of that benchmark on BASE did
 */
struct hf_judge {
	const struct hf_sides *sides, *fresh;
	struct hf_judge_options options;
	struct hf_result *result;
	size_t n_results;
	unsigned int stage;
	size_t count[4], rejected, flagged, unconfirmed, sequential, missing[2], failed, broken;
	struct hf_model_levels levels;
	double family;
	enum hf_judge_status status;
};

/**
 * hf_judge_run() - decide
 * @judge: filled; the caller ends it with hf_judge_free()
 *
 * Return: 0; -ENODATA when nothing is on both sides; -ERANGE when no look is due at this number of units; -EDOM when there are too few pairs for
 * @options->max_t; -ENOMEM.
 */
int hf_judge_run(const struct hf_sides *sides, const struct hf_judge_options *options, struct hf_judge *judge);

/**
 * hf_judge_confirm() - let fresh units decide about what is flagged
 * @judge: of the first stage
 * @fresh: units of both sides that the first stage has not seen; lives as long as @judge
 *
 * What was found at the level of a single metric is tested again on the fresh units alone, with the variance of both stages; the family is only that. The error
 * rate rests on the fresh units, so the first stage may look as closely as it likes.
 *
 * Return: 0; -EEXIST when a unit is not fresh; -ENOMEM.
 */
int hf_judge_confirm(struct hf_judge *judge, const struct hf_sides *fresh);

/** hf_judge_free() - release everything; the sides stay */
void hf_judge_free(struct hf_judge *judge);

/** hf_judge_procedure() - how the suite's error is kept: "Holm" or "maxT" */
const char *hf_judge_procedure(const struct hf_judge *judge);

/** hf_judge_name() - a result's name, "bench point metric". Return: @buf. */
const char *hf_judge_name(const struct hf_judge *judge, const struct hf_result *r, char *buf, size_t room);

/** hf_judge_missing() - a series that one side alone has: @b false for BASE */
bool hf_judge_missing(const struct hf_series *series, bool b);

/** hf_judge_new_trouble() - a run of NEW failed or broke where no run of that benchmark on BASE did so */
bool hf_judge_new_trouble(const struct hf_sides *sides, size_t run);

#endif
