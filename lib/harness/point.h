/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sweep: from the command line and the descriptor's table to the points that are measured. */
#ifndef HF_HARNESS_POINT_H
#define HF_HARNESS_POINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/bench.h"
#include "harness/options.h"

#define HF_TEXT_MAX 32 /* a parameter's value as text */

/** struct hf_point - one combination of parameters, tasks and mode */
struct hf_point {
	int64_t values[HF_PARAMS_MAX];
	char text[HF_PARAMS_MAX][HF_TEXT_MAX]; /* as recorded: "2M", "500us", the word of a choice */
	unsigned int tasks;
	bool processes;
};

/** hf_point_value() - parse one value of a parameter; @text gets its canonical spelling. Return: 0, -EINVAL, -ERANGE. */
int hf_point_value(const struct hf_param *param, const char *s, int64_t *value, char text[HF_TEXT_MAX]);

/**
 * hf_point_sweep() - all points of the run
 * @cpus: CPUs there are to pin tasks to
 * @points: set to an array for free(3)
 * @why: one line when the result is negative
 *
 * Return: how many (at least 1), -EINVAL (a mistake on the command line that needed the number of CPUs), -ENOMEM.
 */
int hf_point_sweep(const struct hf_bench *bench, const struct hf_opts *opts, unsigned int cpus, struct hf_point **points, char *why, size_t room);

#endif
