/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what the tasks measured to the value of each metric: for one repeat, and for all repeats of a point. */
#ifndef HF_HARNESS_RESULT_H
#define HF_HARNESS_RESULT_H

#include "harness/shared.h"

#define HF_REPEATS_MAX 1000

/**
 * struct hf_result - sums over tasks and repeats
 * @n_reps:	repeats that gave a measurement
 * @rep:	per metric the value of each repeat (array of HF_REPEATS_MAX, NULL for curves)
 * @wall_s:	seconds of measuring
 * @total:	sums: ops, checked, wrong, count, bytes, byte_ops and histograms
 */
struct hf_result {
	unsigned int n_reps;
	double *rep[HF_METRICS_MAX];
	double wall_s;
	struct hf_slot total;
	struct hf_delta delta[HF_DELTAS_MAX];
	unsigned int n_deltas;
	struct hf_perf_value perf[HF_PERF_MAX];
	unsigned int n_perf;
	struct hf_curve_data curve[HF_CURVES_MAX];
};

/** hf_result_new() - an empty result. Return: NULL if out of memory. */
struct hf_result *hf_result_new(const struct hf_bench *bench);
/** hf_result_free() - NULL is allowed */
void hf_result_free(struct hf_result *r);
/** hf_result_add() - take over what one repeat left in the shared memory */
void hf_result_add(struct hf_result *r, const struct hf_bench *bench, const struct hf_shared *sh, unsigned int tasks);

/**
 * struct hf_stated - what is stated of a metric
 * @n:		values that went in
 * @value, @lo, @hi: location and its 95 % interval; NaN where there is none
 */
struct hf_stated {
	uint64_t n;
	double value, lo, hi;
};

/** hf_result_state() - value and interval of metric @m over all repeats (not for curves) */
void hf_result_state(const struct hf_result *r, const struct hf_bench *bench, unsigned int m, struct hf_stated *s);

#endif
