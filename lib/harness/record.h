/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing records (docs/records.md): JSON lines, one write(2) each. */
#ifndef HF_HARNESS_RECORD_H
#define HF_HARNESS_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/point.h"
#include "harness/result.h"
#include "harness/verdict.h"
#include "system/topo.h"

struct hf_record;

/** hf_record_open() - @path NULL: no records are kept; "-": stdout. Appends. Return: 0 or -errno. */
int hf_record_open(struct hf_record **rec, const char *path, const struct hf_bench *bench, const struct hf_opts *opts);
/** hf_record_close() - Return: 0 or the first -errno of any write. NULL is allowed. */
int hf_record_close(struct hf_record *rec);
/** hf_record_error() - the first -errno of any write so far, 0 if none */
int hf_record_error(const struct hf_record *rec);

/** hf_record_run() - the `run` line; @events are as opened on one task */
void hf_record_run(struct hf_record *rec, const struct hf_topo *topo, const struct hf_perf_value *events, unsigned int n_events);
/** hf_record_samples() - the `sample` lines of a point */
void hf_record_samples(struct hf_record *rec, const struct hf_point *point, const struct hf_result *result, bool census);
/** hf_record_warn() - a `warn` line; @point NULL when it concerns the whole run */
void hf_record_warn(struct hf_record *rec, const struct hf_point *point, const char *code, const char *text);

/**
 * hf_record_mark() - tell an emulator's plugin which point the next repeat is of: what a `sample` line of it begins with, without metric and values
 * (system/mark.h, HF_MARK_SECTION). The same text for each repeat of a point.
 */
void hf_record_mark(const struct hf_record *rec, const struct hf_point *point);

/** struct hf_record_end - what the `end` line says */
struct hf_record_end {
	int status;
	char *const *reasons;
	unsigned int n_reasons;
	bool restored;
	uint64_t taint;
	char *const *kmsg;
	unsigned int n_kmsg;
	double seconds;
	const struct hf_point *const *points; /* of a stressor, with a verdict each */
	const struct hf_verdict *const *verdicts;
	unsigned int n_verdicts;
};

/** hf_record_end() - the `end` line, then fsync */
void hf_record_end(struct hf_record *rec, const struct hf_record_end *end);

#endif
