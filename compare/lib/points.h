/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records arranged for looking at: benchmark, its points (one set of parameter values under one label), the metrics of each. */
#ifndef HF_COMPARE_POINTS_H
#define HF_COMPARE_POINTS_H

#include <stddef.h>

#include "compare/lib/reader.h"

/**
 * struct hf_value - one metric at one point
 * @sample:	as read, without the bins of its histogram
 * @x, @share, @n_xy: its cumulative distribution: share of the values below x; thinned to a few hundred steps, denser in the tail
 */
struct hf_value {
	struct hf_sample sample;
	double *x, *share;
	size_t n_xy;
};

/** struct hf_point - the metrics of one point, in the descriptor's order; @params are sorted by name, sizes as "2M" */
struct hf_point {
	char *key;
	const char *label;
	struct hf_pairs params;
	struct hf_value *value;
	size_t n_values;
};

/**
 * struct hf_group - one benchmark
 * @run:	its newest run: the descriptor to go by
 * @status:	the worst of its runs
 * @varying:	names of the parameters that differ between its points, "label" first if the label does
 */
struct hf_group {
	const char *bench;
	const struct hf_run *run;
	const char *status;
	struct hf_point *point;
	size_t n_points;
	struct hf_texts varying;
};

/**
 * struct hf_points - everything that was read
 * @reader:	keeps the runs
 * @replaced:	how many samples were left out because a later one states the same metric at the same point
 */
struct hf_points {
	struct hf_reader *reader;
	struct hf_group *group;
	size_t n_groups;
	size_t replaced;
	char error[512];
};

/**
 * hf_points_load() - read files and arrange what they say
 * @points: filled, also on error (for @points->error); the caller ends it with hf_points_free()
 *
 * Return: 0 or -errno.
 */
int hf_points_load(struct hf_points *points, char *const *files, size_t n_files);

/** hf_points_free() - release what hf_points_load() took */
void hf_points_free(struct hf_points *points);

/**
 * hf_points_name() - what tells a point from the others of its benchmark: "tasks=2 len=2M"
 * @skip: a parameter to leave out, or NULL
 * @buf: where to; cut short with "..." when it does not fit
 *
 * Return: @buf; "default" when nothing varies.
 */
char *hf_points_name(const struct hf_group *group, const struct hf_point *point, const char *skip, char *buf, size_t room);

/** hf_points_place() - "bench point", or the benchmark alone where nothing varies. Return: @buf. */
char *hf_points_place(const struct hf_group *group, const struct hf_point *point, char *buf, size_t room);

/** hf_points_default() - of the points that have the headline, the nearest to the descriptor's defaults. Return: NULL if there is none. */
const struct hf_point *hf_points_default(const struct hf_group *group);

/** hf_points_value() - metric @metric of a point. Return: NULL if it has none. */
const struct hf_value *hf_points_value(const struct hf_point *point, const char *metric);

/** hf_points_headline() - name of the benchmark's first metric: the descriptor's, else that of the first point; "" if there is none */
const char *hf_points_headline(const struct hf_group *group);

#endif
