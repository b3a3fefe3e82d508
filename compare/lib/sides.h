/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two sets of records side by side: for each metric at each point the values of both, by boot. Which boot a value comes from is read in the
 * record,
 * so that a wrong grouping is not possible.
 */
#ifndef HF_COMPARE_SIDES_H
#define HF_COMPARE_SIDES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "compare/lib/reader.h"

/** enum hf_sides_unit - what is independent of what: boots; runs where each side has one boot; repeats where each side has one run */
enum hf_sides_unit { HF_SIDES_BOOT, HF_SIDES_RUN, HF_SIDES_REPEAT };

/**
 * struct hf_obs - what one run says of one metric at one point
 * @b:		it is of the second side
 * @t:		Unix seconds
 * @value:	the location over all repeats
 * @rep, @n:	the location of each repeat that measured anything; at least one (@value when the record has no repeats)
 * @cv2:	squared coefficient of variation of the iterations, NaN if unknown
 * @iterations:	of all repeats together, 0 if unknown
 * @bin, @n_bins: histogram
 */
struct hf_obs {
	const struct hf_run *run;
	const char *boot;
	bool b;
	double t, value, *rep, cv2, iterations, res;
	size_t n;
	struct hf_bin *bin;
	size_t n_bins;
};

/** struct hf_series - a metric at a point; @params sorted by name, without those that are declared to vary */
struct hf_series {
	char *key, *bench, *metric, *unit;
	enum hf_better better;
	bool exact;
	struct hf_pairs params;
	struct hf_obs *obs;
	size_t n_obs;
};

/** struct hf_difference - a property of the machine or kernel that is not the same on both sides; texts for free(3) */
struct hf_difference {
	const char *key;
	char *base, *new;
	bool forbidden; /* and not declared to vary */
};

/**
 * struct hf_sides - everything that was read
 * @unit:	what is independent
 * @units:	how many of them each side has
 * @varies:	names that are declared to differ between the sides
 * @difference:	what differs
 */
struct hf_sides {
	struct hf_reader *reader;
	bool *run_b; /* side of each run of the reader */
	size_t n_runs;
	void *tree; /* series by key */
	struct hf_series **series;
	size_t n_series;
	enum hf_sides_unit unit;
	size_t units[2];
	char **varies;
	size_t n_varies;
	struct hf_difference *difference;
	size_t n_differences;
	char error[512];
};

/** hf_sides_init() - begin. @varies: names that may differ, kept by the caller. Return: 0, -ENOMEM. */
int hf_sides_init(struct hf_sides *s, char **varies, size_t n_varies);

/**
 * hf_sides_add() - read a file, or all records below a directory: its records.jsonl, else every *.jsonl, and so on below
 * @b: they are of the second side
 *
 * Return: 0, or -errno with @s->error: no records, a line that breaks the format, a run without its end.
 */
int hf_sides_add(struct hf_sides *s, const char *path, bool b);

/**
 * hf_sides_split() - deal the units of one side out to both: of each two that follow each other in time one to each side, at random by
 * @seed. Return: 0, -errno.
 */
int hf_sides_split(struct hf_sides *s, uint64_t seed);

/** hf_sides_finish() - find the unit and the differences, once all is read. Return: 0, -ENOMEM. */
int hf_sides_finish(struct hf_sides *s);

/** hf_sides_free() - release everything */
void hf_sides_free(struct hf_sides *s);

/** hf_sides_mixed() - a property that must not differ, and does within the first side: its name, NULL if there is none */
const char *hf_sides_mixed(const struct hf_sides *s);

/** hf_sides_id() - name of the unit that an observation belongs to (for repeats: of its run) */
const char *hf_sides_id(const struct hf_sides *s, const struct hf_obs *obs);

/**
 * hf_sides_name() - "tasks=2 len=2M" of the parameters that differ between the points of the benchmark; "" when there is one. Return: @buf.
 */
char *hf_sides_name(const struct hf_sides *s, const struct hf_series *series, char *buf, size_t room);

#endif
