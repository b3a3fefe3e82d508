/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of a benchmark or stressor. */
#ifndef HF_HARNESS_OPTIONS_H
#define HF_HARNESS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/bench.h"

#define HF_PARAMS_MAX 24

/**
 * struct hf_opts - the command line, checked
 * @given:	per parameter the text from the command line, or NULL
 * Times are in seconds; @tasks 0 means the descriptor's default, @ops 0 as many as @seconds hold.
 */
struct hf_opts {
	const char *given[HF_PARAMS_MAX];
	const char *output, *label, *events, *cpus, *order;
	int64_t block; /* -1: none */
	int node;      /* -1: any */
	unsigned int tasks, repeats;
	bool threads, processes, smoke, verbose, use_pool, marks;
	enum { HF_PROFILE_NONE, HF_PROFILE_QUICK, HF_PROFILE_FULL } profile;
	double seconds, warm_s, timeout_s, memory_share;
	uint64_t ops;
	bool have_seed, shrink;
	uint64_t seed;
	int64_t episode; /* of a stressor: this one alone; -1: all */
	uint64_t actors, kinds;
	unsigned int steps;
	char **argv;
	int argc;
};

/**
 * hf_options_parse() - parse the command line with argp
 *
 * --help, --version and --describe print and end the program. A mistake gives one line on stderr.
 *
 * Return: 0, or the exit status to end with (HF_EXIT_USAGE).
 */
int hf_options_parse(const struct hf_bench *bench, int argc, char **argv, struct hf_opts *opts);

#endif
