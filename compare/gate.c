// SPDX-License-Identifier: GPL-2.0-or-later
/* gate --baseline DIR NEW: compare for CI. What BASE has and NEW lacks is not a pass, and boots are needed on both sides. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/lib/print.h"
#include "compare/lib/rules.h"

const char *argp_program_version = "hugefault " HF_VERSION;

enum { OPT_ALL = 0x100 };
enum { EXIT_OUTPUT = 3 };

struct args {
	struct hf_rules rules;
	enum hf_print_format format;
	bool all;
	const char *baseline, *new, *output;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->rules;
		return 0;
	case 'b':
		a->baseline = arg;
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
		if (!a->baseline || !a->new)
			argp_error(state, "--baseline and one file or directory of new records are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int gate(const struct args *a, struct hf_sides *sides, FILE *out)
{
	struct hf_judge judge;
	int err = hf_sides_add(sides, a->baseline, false), status;

	if (!err)
		err = hf_sides_add(sides, a->new, true);
	if (!err)
		err = hf_sides_finish(sides);
	if (err) {
		fprintf(stderr, "gate: %s\n", sides->error);
		return HF_JUDGE_BAD;
	}
	err = hf_judge_run(sides, &a->rules.options, &judge);
	status = judge.status;
	if (err == -ERANGE) {
		fprintf(stderr, "gate: no look is due with %zu units against %zu; see --looks\n", sides->units[0], sides->units[1]);
		status = HF_JUDGE_BAD;
	} else if (err == -ENODATA) {
		fprintf(stderr,
			"gate: no metric is on both sides: %zu in the baseline alone, %zu in NEW alone (parameters, too, must be the "
			"same)\n",
			judge.missing[0], judge.missing[1]);
		status = HF_JUDGE_INCOMPARABLE;
	} else if (err || hf_print_judge(&judge, a->format, a->all, out)) {
		fprintf(stderr, "gate: out of memory\n");
		status = EXIT_OUTPUT;
	}
	hf_judge_free(&judge);
	return status;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = { { "baseline", 'b', "DIR", 0, "Records to compare with", 0 },
						      { "format", 'f', "text|json|markdown|ktap|junit", 0, "How to print it (default text)",
							0 },
						      { "output", 'o', "FILE", 0, "Where to (default standard output)", 0 },
						      { "all", OPT_ALL, NULL, 0, "List what did not change, too", 0 },
						      { 0 } };
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
	struct hf_sides sides;
	FILE *out = stdout;
	int status;

	argp_err_exit_status = HF_JUDGE_BAD;
	a.rules.options.gate = true;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (hf_sides_init(&sides, a.rules.varies, a.rules.n_varies)) {
		fprintf(stderr, "gate: %s\n", sides.error);
		return EXIT_OUTPUT;
	}
	if (a.output)
		out = fopen(a.output, "we");
	if (!out) {
		fprintf(stderr, "gate: %s: %s\n", a.output, strerror(errno));
		status = HF_JUDGE_BAD;
	} else {
		status = gate(&a, &sides, out);
		if (fflush(out) || ferror(out) || (a.output && fclose(out))) {
			perror(a.output ? a.output : "gate: standard output");
			status = EXIT_OUTPUT;
		}
	}
	hf_sides_free(&sides);
	return status;
}
