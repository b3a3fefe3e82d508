/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two sets of records side by side: for each metric at each point the values of both, by boot. Which boot a value comes from is read in the record, so that a
 * wrong grouping is not possible.
 */
#ifndef HF_COMPARE_SIDES_H
#define HF_COMPARE_SIDES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "compare/lib/reader.h"
#include "compare/lib/units.h"

/**
 * struct hf_obs - what one run says of one metric at one point
 * @b:		it is of the second side
 * @out:	it takes no part, nor do those whose run did not end well
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
	bool b, out;
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
 * @boots:	set by the caller: boots are the units even if each side has one, as a history says how noisy they are
 * @unit:	what is independent
 * @units:	how many of them each side has
 * @builds:	how many builds of the kernel each side has, 0 if the records do not say
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
	bool boots;
	enum hf_unit unit;
	size_t units[2], builds[2];
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
 * hf_sides_follow() - put every run on the side of @other that has its label
 *
 * Return: 0; -EINVAL with @s->error when a label is on neither side or on both.
 */
int hf_sides_follow(struct hf_sides *s, const struct hf_sides *other);

/** hf_sides_find() - the series that has the benchmark, metric and parameters of @like. Return: NULL if there is none. */
const struct hf_series *hf_sides_find(const struct hf_sides *s, const struct hf_series *like);

/** hf_sides_declared() - whether @name may differ between the sides */
bool hf_sides_declared(const struct hf_sides *s, const char *name);

/** hf_sides_no_memory() - -ENOMEM, and @s->error says so */
int hf_sides_no_memory(struct hf_sides *s);

/** hf_sides_finish() - find the unit and the differences, once all is read. Return: 0, -ENOMEM. */
int hf_sides_finish(struct hf_sides *s);

/** hf_sides_free() - release everything */
void hf_sides_free(struct hf_sides *s);

/**
 * hf_sides_name() - "tasks=2 len=2M" of the parameters that differ between the points of the benchmark; "" when there is one. Return: @buf.
 */
char *hf_sides_name(const struct hf_sides *s, const struct hf_series *series, char *buf, size_t room);

/** hf_sides_title() - "bench point metric", the point as hf_sides_name() has it; @metric: its name, or that of a part of it. Return: @buf. */
const char *hf_sides_title(const struct hf_sides *s, const struct hf_series *series, const char *metric, char *buf, size_t room);

#endif
