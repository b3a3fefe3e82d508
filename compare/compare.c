// SPDX-License-Identifier: GPL-2.0-or-later
/* compare BASE NEW: what changed between two kernels, and what did not, with error rates that are stated. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "compare/lib/print.h"
#include "compare/lib/rules.h"
#include "compare/lib/tables.h"

const char *argp_program_version = "hugefault " HF_VERSION;

enum { OPT_AA = 0x100, OPT_SEED, OPT_EXPORT, OPT_ALL, OPT_TABLE, OPT_TABLES };
enum { EXIT_OUTPUT = 3 };

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
		hf_tables_compare_list(stdout);
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
			err = hf_print_gbench(judge, b, out);
		else if (out)
			hf_print_benchstat(judge, b, out);
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
	int rows = hf_tables_compare(name, judge, stdout);

	if (rows < 0)
		fprintf(stderr, "compare: no table '%s'; --tables names them\n", name);
	else if (!rows)
		fprintf(stderr, "compare: %s: the records hold no data for this table\n", name);
	return rows < 0 ? HF_JUDGE_BAD : rows ? HF_JUDGE_OK : HF_JUDGE_INCOMPARABLE;
}

static int compare(const struct args *a, struct hf_sides *sides)
{
	struct hf_judge judge;
	int err = hf_sides_add(sides, a->path[0], false), status;

	if (!err)
		err = a->aa ? hf_sides_split(sides, a->seed) : hf_sides_add(sides, a->path[1], true);
	if (!err)
		err = hf_sides_finish(sides);
	if (err) {
		fprintf(stderr, "compare: %s\n", sides->error);
		return HF_JUDGE_BAD;
	}
	err = hf_judge_run(sides, &a->rules.options, &judge);
	status = judge.status;
	if (err == -ERANGE) {
		fprintf(stderr, "compare: no look is due with %zu units against %zu; see --looks\n", sides->units[0], sides->units[1]);
		status = HF_JUDGE_BAD;
	} else if (err == -ENODATA) {
		fprintf(stderr,
			"compare: no metric is on both sides: %zu in BASE alone, %zu in NEW alone (parameters, too, must be the same)\n",
			judge.missing[0], judge.missing[1]);
		status = HF_JUDGE_INCOMPARABLE;
	} else if (!err && a->table) {
		status = table(&judge, a->table);
	} else if (err || (a->export ? export(&judge, a->export) : hf_print_judge(&judge, a->format, a->all, stdout))) {
		if (!a->export)
			fprintf(stderr, "compare: out of memory\n");
		status = EXIT_OUTPUT;
	}
	if (fflush(stdout) || ferror(stdout)) {
		perror("compare: standard output");
		status = EXIT_OUTPUT;
	}
	hf_judge_free(&judge);
	return status;
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
	struct hf_sides sides;
	int status;

	argp_err_exit_status = HF_JUDGE_BAD;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (hf_sides_init(&sides, a.rules.varies, a.rules.n_varies)) {
		fprintf(stderr, "compare: %s\n", sides.error);
		return EXIT_OUTPUT;
	}
	status = compare(&a, &sides);
	hf_sides_free(&sides);
	return status;
}
