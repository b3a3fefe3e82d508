// SPDX-License-Identifier: GPL-2.0-or-later
/* gate --baseline DIR NEW: compare for CI. What BASE has and NEW lacks is not a pass, and boots are needed on both sides. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/lib/print.h"
#include "compare/lib/rules.h"
#include "compare/lib/trial.h"

const char *argp_program_version = "hugefault " HF_VERSION;

enum { OPT_ALL = 0x100 };
#define BASELINES 64

struct args {
	struct hf_rules rules;
	enum hf_print_format format;
	bool all;
	char *baseline[BASELINES], *new;
	size_t n_baselines;
	const char *output;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->rules;
		return 0;
	case 'b':
		if (a->n_baselines == BASELINES)
			argp_error(state, "more than %d baselines", BASELINES);
		else
			a->baseline[a->n_baselines++] = arg;
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	case 'f':
		a->format = hf_print_format(arg, HF_PRINT_FORMATS);
		if (a->format == HF_PRINT_FORMATS)
			argp_error(state, "--format must be text, json, markdown, ktap or junit, not '%s'", arg);
		return 0;
	case OPT_ALL:
		a->all = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->new)
			argp_error(state, "'%s' is one argument too many", arg);
		a->new = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->n_baselines || !a->new)
			argp_error(state, "--baseline and one file or directory of new records are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "baseline", 'b', "DIR", 0, "Records to compare with (may be given more than once)", 0 },
		{ "format", 'f', "text|json|markdown|ktap|junit", 0, "How to print it (default text)", 0 },
		{ "output", 'o', "FILE", 0, "Where to (default standard output)", 0 },
		{ "all", OPT_ALL, NULL, 0, "List what did not change, too", 0 },
		{ 0 }
	};
	static const struct argp_child children[] = { { &hf_rules_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = { options,
					  parse,
					  "--baseline DIR NEW",
					  "Compare NEW with a baseline for CI. A metric that the baseline has and NEW lacks, a run that "
					  "broke, and sides of one boot each are never a pass.\v"
					  "Example: gate --baseline results/v6.18 --format=ktap results/v6.19\n\n"
					  "Exit status: 0 no regression, 1 regression, 2 usage or bad data, 3 inconclusive (with --strict, "
					  "or when nothing at all can be decided), "
					  "4 not comparable, not interleaved, missing, or not replicated.",
					  children,
					  NULL,
					  NULL };
	struct args a = { .rules = HF_RULES_DEFAULT };
	struct hf_trial trial;
	FILE *out = stdout;
	int status;

	argp_err_exit_status = HF_JUDGE_BAD;
	a.rules.options.gate = true;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.output)
		out = fopen(a.output, "we");
	if (!out) {
		fprintf(stderr, "gate: %s: %s\n", a.output, strerror(errno));
		return HF_JUDGE_BAD;
	}
	status = hf_trial_run("gate", &a.rules, (struct hf_trial_paths){ a.baseline, a.n_baselines }, (struct hf_trial_paths){ &a.new, 1 },
			      0, &trial);
	if (trial.judged && hf_print_trial(&trial, a.format, a.all, out)) {
		fprintf(stderr, "gate: out of memory\n");
		status = HF_TRIAL_BROKEN;
	}
	if (fflush(out) || ferror(out) || (a.output && fclose(out))) {
		perror(a.output ? a.output : "gate: standard output");
		status = HF_TRIAL_BROKEN;
	}
	hf_trial_free(&trial);
	return status;
}
