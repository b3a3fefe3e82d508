/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What compare and gate have in common: paths of records in, verdicts out, or one line on stderr that says why not. */
#ifndef HF_COMPARE_TRIAL_H
#define HF_COMPARE_TRIAL_H

#include "compare/lib/control.h"
#include "compare/lib/judge.h"
#include "compare/lib/rules.h"

#define HF_TRIAL_BROKEN 3 /* exit status when memory or the output fails */

/**
 * struct hf_trial - a comparison
 * @judged:	@judge holds verdicts
 * @controlled:	@control holds the A/A control
 */
struct hf_trial {
	struct hf_sides sides, fresh, history;
	struct hf_judge judge;
	struct hf_control control;
	bool judged, controlled;
};

/** struct hf_trial_paths - files or directories of records */
struct hf_trial_paths {
	char *const *path;
	size_t n;
};

/** hf_trial_argp - a child parser that takes all arguments as paths, one at least; its input is a struct hf_trial_paths */
extern const struct argp hf_trial_argp;

/** hf_trial_load() - read records of one side. @boots: the units are boots even if there is one. Return: 0, or an exit status after one line on stderr. */
int hf_trial_load(const char *program, struct hf_trial_paths paths, bool boots, struct hf_sides *sides);

/** hf_trial_end() - flush standard output and release @sides. Return: @status, or HF_TRIAL_BROKEN after one line on stderr. */
int hf_trial_end(const char *program, struct hf_sides *sides, int status);

/**
 * hf_trial_run() - read and judge
 * @program:	begins the line on stderr
 * @base, @new:	the two sides; an empty @new: the units of @base are dealt out to both by @seed
 * @trial:	the caller ends it with hf_trial_free()
 *
 * Return: exit status, that of @trial->judge when there are verdicts.
 */
int hf_trial_run(const char *program, const struct hf_rules *rules, struct hf_trial_paths base, struct hf_trial_paths new, uint64_t seed,
		 struct hf_trial *trial);

/** hf_trial_free() - release everything */
void hf_trial_free(struct hf_trial *trial);

#endif
