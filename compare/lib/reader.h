/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading records (`hugefault/1`, docs/records.md), strictly and one line at a time: runs stay with the reader, samples go to the caller.
 */
#ifndef HF_COMPARE_READER_H
#define HF_COMPARE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/lib/field.h"

/** struct hf_param_def - a parameter as the benchmark's descriptor has it; texts are "" where it says nothing */
struct hf_param_def {
	char *name, *type, *def, *help;
};

/** struct hf_metric_def - a metric as the benchmark's descriptor has it; texts are "" where it says nothing */
struct hf_metric_def {
	char *name, *unit, *better, *source, *help;
	bool per_task; /* a rate of each task; all together reach that many times as much */
};

/** struct hf_warn - a `warn` line; @params is empty unless it concerns one point */
struct hf_warn {
	char *code, *text;
	struct hf_pairs params;
};

/**
 * struct hf_run - one start of one benchmark program; texts are "" where the record says nothing
 * @file, @line:	where its `run` line stands
 * @time:		Unix seconds
 * @host, @clock:	as recorded, flattened
 * @summary, @origin, @paths, @param, @metric: from the descriptor, metrics in order of importance
 * @ended:		it has an `end` line
 * @status:		"ok", "fail", "broken" or "skip"; "broken" without an `end` line
 * @reasons:		of @status
 * @seconds:		wall clock of the whole run, NaN if unknown
 */
struct hf_run {
	char *file;
	size_t line;
	char *id, *label, *bench, *kind, *version, *boot, *block, *seed;
	double time;
	struct hf_pairs params, host, clock;
	char *summary, *origin;
	struct hf_texts paths;
	struct hf_param_def *param;
	size_t n_params;
	struct hf_metric_def *metric;
	size_t n_metrics;
	bool ended;
	const char *status;
	struct hf_texts reasons, kmsg;
	bool restored;
	char *taint;
	double seconds;
	struct hf_warn *warn;
	size_t n_warns;
};

/** enum hf_better - direction of a metric */
enum hf_better { HF_BETTER_INFO, HF_BETTER_LOWER, HF_BETTER_HIGHER };

/** struct hf_bin - one bin of a histogram, index as in measure/hist.h */
struct hf_bin {
	unsigned int index;
	uint64_t count;
};

/**
 * struct hf_sample - one metric at one point; numbers the record does not have are NaN
 * @run:	the run it belongs to; lives as long as the reader
 * @n:		values that went in, 0 if unknown
 * @rep:	value of each repeat, NaN for one that measured nothing
 * @bin:	histogram by ascending index; hf_reader_drop_bins() gives its memory back early
 * @mem:	the rest of what the sample owns
 */
struct hf_sample {
	const struct hf_run *run;
	char *label, *boot, *block, *bench, *metric, *unit;
	enum hf_better better;
	bool exact;
	double time;
	struct hf_pairs params;
	uint64_t n;
	double value, lo, hi, mean, sd, min, max, p50, p90, p99, p999, res, backing_ok;
	double *rep;
	size_t n_reps;
	struct hf_bin *bin;
	size_t n_bins;
	struct hf_numbers perf, vmstat;
	struct hf_field_mem *mem;
};

struct hf_reader;

/** hf_reader_new() - a reader without a file. Return: NULL when there is no memory. */
struct hf_reader *hf_reader_new(void);

/** hf_reader_free() - the reader and its runs, not the samples it handed out; NULL is allowed */
void hf_reader_free(struct hf_reader *rd);

/**
 * hf_reader_open() - begin a file, after the one before has been read to its end; "-" is standard input
 *
 * Runs of all files of a reader stay together: the same run twice is an error, and so are two units for one metric of one benchmark.
 *
 * Return: 0 or -errno; hf_reader_error() says what.
 */
int hf_reader_open(struct hf_reader *rd, const char *path);

/**
 * hf_reader_next() - the next sample of the open file
 * @rd: the reader
 * @sample: filled when the result is 1; the caller ends it with hf_reader_sample_free()
 *
 * Return: 1; 0 at the end of the file; -EBADMSG for a line that breaks the format, other -errno; hf_reader_error() says where and what.
 */
int hf_reader_next(struct hf_reader *rd, struct hf_sample *sample);

/** hf_reader_sample_free() - release what a sample owns; one of all zeroes is allowed */
void hf_reader_sample_free(struct hf_sample *sample);

/** hf_reader_drop_bins() - release the histogram of a sample alone */
void hf_reader_drop_bins(struct hf_sample *sample);

/** hf_reader_runs() - how many runs have been seen */
size_t hf_reader_runs(const struct hf_reader *rd);

/** hf_reader_run() - run @i in the order of reading; it is final once the file has been read to its end */
const struct hf_run *hf_reader_run(const struct hf_reader *rd, size_t i);

/** hf_reader_error() - the last error on one line, "" if none */
const char *hf_reader_error(const struct hf_reader *rd);

/** hf_reader_pair() - value of @name. Return: NULL if there is none. */
const char *hf_reader_pair(const struct hf_pairs *pairs, const char *name);

#endif
