// SPDX-License-Identifier: GPL-2.0-or-later
/* table FIGURE FILE...: the tab-separated table that a figure is drawn from. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/lib/points.h"
#include "compare/lib/tables.h"

const char *argp_program_version = "hugefault " HF_VERSION;

enum { EXIT_USAGE = 2, EXIT_NO_DATA = 4 };

struct args {
	const char *figure;
	char **files;
	size_t n_files;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'l':
		hf_tables_list(stdout);
		exit(0);
	case ARGP_KEY_ARG:
		if (state->arg_num)
			return ARGP_ERR_UNKNOWN; /* ARGP_KEY_ARGS takes the rest */
		a->figure = arg;
		return 0;
	case ARGP_KEY_ARGS:
		a->files = state->argv + state->next;
		a->n_files = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		if (!a->n_files)
			argp_error(state, "a figure and at least one file of records are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = { { "list", 'l', NULL, 0, "List the figures", 0 }, { 0 } };
	static const struct argp argp = { options,
					  parse,
					  "FIGURE FILE...",
					  "Print the table that FIGURE is drawn from.\v"
					  "Example: table scaling results/*/*/records.jsonl > scaling.tsv\n\n"
					  "Exit status: 0 printed, 2 usage or bad data, 4 the records have nothing for this figure.",
					  NULL,
					  NULL,
					  NULL };
	struct args a = { 0 };
	struct hf_points points;
	int rows, status = 0;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &a);
	if (hf_points_load(&points, a.files, a.n_files)) {
		fprintf(stderr, "table: %s\n", points.error);
		status = EXIT_USAGE;
		goto out;
	}
	rows = hf_tables_write(a.figure, &points, stdout);
	if (rows < 0) {
		fprintf(stderr, "table: no figure '%s'; --list names them\n", a.figure);
		status = EXIT_USAGE;
	} else if (!rows) {
		fprintf(stderr, "table: %s: the records hold no data for this figure\n", a.figure);
		status = EXIT_NO_DATA;
	} else if (fflush(stdout) || ferror(stdout)) {
		perror("table: standard output");
		status = 3;
	}
out:
	hf_points_free(&points);
	return status;
}
