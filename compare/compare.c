// SPDX-License-Identifier: GPL-2.0-or-later
/* compare BASE NEW: what changed between two kernels, and what did not, with error rates that are stated. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "compare/lib/export.h"
#include "compare/lib/print.h"
#include "compare/lib/rules.h"
#include "compare/lib/charts.h"
#include "compare/lib/trial.h"

const char *argp_program_version = "hugefault " HF_VERSION;

enum { OPT_AA = 0x100, OPT_SEED, OPT_EXPORT, OPT_ALL, OPT_TABLE, OPT_TABLES };

struct args {
	struct hf_rules rules;
	enum hf_print_format format;
	bool aa, all;
	const char *export, *table;
	uint64_t seed;
	char *path[2];
	unsigned int n_paths;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->rules;
		return 0;
	case 'f':
		a->format = hf_print_format(arg, HF_PRINT_KTAP);
		if (a->format == HF_PRINT_FORMATS)
			argp_error(state, "--format must be text, json or markdown, not '%s'", arg);
		return 0;
	case OPT_AA:
		a->aa = true;
		return 0;
	case OPT_ALL:
		a->all = true;
		return 0;
	case OPT_TABLE:
		a->table = arg;
		return 0;
	case OPT_TABLES:
		hf_charts_list(false, stdout);
		exit(0);
	case OPT_SEED:
		if (hf_parse_u64(arg, 0, UINT64_MAX, &a->seed))
			argp_error(state, "--seed must be a number, not '%s'", arg);
		return 0;
	case OPT_EXPORT:
		if (strcmp(arg, "benchstat") != 0 && strcmp(arg, "gbench") != 0)
			argp_error(state, "--export must be benchstat or gbench, not '%s'", arg);
		a->export = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (a->n_paths == 2)
			argp_error(state, "'%s' is one argument too many", arg);
		else
			a->path[a->n_paths++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (a->aa ? a->n_paths != 1 : a->n_paths != 2)
			argp_error(state, a->aa ? "--aa takes one file or directory of records"
						: "two files or directories of records are needed, BASE and NEW");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* Both sides into files BASE.txt and NEW.txt, or .json, as those tools want them. Return: 0, -errno. */
static int export(const struct hf_judge *judge, const char *tool)
{
	for (int b = 0; b < 2; b++) {
		bool gbench = strcmp(tool, "gbench") == 0;
		const char *name = b ? gbench ? "new.json" : "new.txt" : gbench ? "base.json" : "base.txt";
		FILE *out = fopen(name, "we");
		int err = out ? 0 : -errno;

		if (out && gbench)
			err = hf_export_gbench(judge, b, out);
		else if (out)
			hf_export_benchstat(judge, b, out);
		if (out && fclose(out) && !err)
			err = -errno;
		if (err) {
			fprintf(stderr, "compare: %s: %s\n", name, strerror(-err));
			return err;
		}
	}
	return 0;
}

/* Return: exit status. */
static int table(const struct hf_judge *judge, const char *name)
{
	int rows = hf_charts_compare(name, judge, stdout);

	if (rows == -ENOENT)
		fprintf(stderr, "compare: no table '%s'; --tables names them\n", name);
	else if (!rows)
		fprintf(stderr, "compare: %s: the records hold no data for this table\n", name);
	return rows == -ENOMEM ? HF_TRIAL_BROKEN : rows < 0 ? HF_JUDGE_BAD : rows ? HF_JUDGE_OK : HF_JUDGE_INCOMPARABLE;
}

/* Return: exit status. */
static int print(const struct args *a, const struct hf_trial *t, int status)
{
	int err;

	if (a->table)
		return table(&t->judge, a->table);
	err = a->export ? export(&t->judge, a->export) : hf_print_trial(t, a->format, a->all, stdout);
	if (err && !a->export)
		fprintf(stderr, "compare: out of memory\n");
	return err ? HF_TRIAL_BROKEN : status;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "format", 'f', "text|json|markdown", 0, "How to print it (default text)", 0 },
		{ "all", OPT_ALL, NULL, 0, "List what did not change, too, and where the noise comes from", 0 },
		{ "aa", OPT_AA, NULL, 0, "Compare one label with itself: its boots are dealt out to two sides", 0 },
		{ "seed", OPT_SEED, "N", 0, "Of the dealing (default 1)", 0 },
		{ "export", OPT_EXPORT, "benchstat|gbench", 0, "Write base.txt and new.txt (or .json) for those tools instead", 0 },
		{ "table", OPT_TABLE, "NAME", 0, "Print the table of a figure instead (exit 0 when it has rows)", 0 },
		{ "tables", OPT_TABLES, NULL, 0, "List them", 0 },
		{ 0 }
	};
	static const struct argp_child children[] = { { &hf_rules_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = { options,
					  parse,
					  "BASE NEW\n--aa RECORDS",
					  "Say of every metric whether NEW is slower, faster, the same, or whether the data do not tell. "
					  "BASE and NEW are files or directories of records.\v"
					  "The unit is the boot: values of one boot are averaged, never pooled. Where each side has one "
					  "boot its runs are the unit.\n\n"
					  "Example: compare --varies hvo results/off results/on\n\n"
					  "Exit status: 0 no regression, 1 regression, 2 usage or bad data, 3 inconclusive (with --strict, "
					  "or when nothing at all can be decided), 4 not comparable.",
					  children,
					  NULL,
					  NULL };
	struct args a = { .rules = HF_RULES_DEFAULT, .seed = 1 };
	struct hf_trial trial;
	int status;

	argp_err_exit_status = HF_JUDGE_BAD;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	status = hf_trial_run("compare", &a.rules, (struct hf_trial_paths){ a.path, 1 },
			      (struct hf_trial_paths){ a.path + 1, a.n_paths - 1 }, a.seed, &trial);
	if (trial.judged)
		status = print(&a, &trial, status);
	if (fflush(stdout) || ferror(stdout)) {
		perror("compare: standard output");
		status = HF_TRIAL_BROKEN;
	}
	hf_trial_free(&trial);
	return status;
}
