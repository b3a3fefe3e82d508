// SPDX-License-Identifier: GPL-2.0-or-later
/* cost FILE...: what a call costs by itself and what each page adds, by regression over batch sizes. */
#include <argp.h>
#include <math.h>
#include <stdio.h>

#include "compare/lib/cost.h"
#include "compare/lib/show.h"

const char *argp_program_version = "hugefault " HF_VERSION;

enum { EXIT_USAGE = 2, EXIT_NO_DATA = 4 };

struct args {
	char **files;
	size_t n_files;
	unsigned int lines;
};

static void print_one(const char *what, double value, double lo, double hi)
{
	char text[64], interval[64];

	printf("  %-14s %s", what, hf_show_value(value, "ns", text, sizeof(text)));
	if (isfinite(lo))
		printf("  [%s]", hf_show_interval(value, lo, hi, "ns", interval, sizeof(interval)));
	printf("\n");
}

static void print_line(void *arg, const struct hf_cost *c)
{
	struct args *a = arg;
	char name[256];

	a->lines++;
	printf("%s %s, %s: %zu batch sizes, %.0f to %.0f\n", c->group->bench, hf_points_name(c->group, c->first, "batch", name, sizeof(name)), c->metric, c->n,
	       c->batch[0], c->batch[c->n - 1]);
	print_one("fixed per call", c->fixed.value, c->fixed.lo, c->fixed.hi);
	print_one("each page", c->each.value, c->each.lo, c->each.hi);
	printf("  %-14s %.0f %% off the line at worst\n", "", 100 * c->worst);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_ARGS:
		a->files = state->argv + state->next;
		a->n_files = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		if (!a->n_files)
			argp_error(state, "at least one file of records is needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp argp = { NULL,
					  parse,
					  "FILE...",
					  "Fit time = fixed + each * batch to the whole-call times of benchmarks with a parameter \"batch\", relative distances squared. "
					  "Intervals are 95 %, over fits to one repeat each.\v"
					  "Example: cost results/*/*/records.jsonl\n\n"
					  "Exit status: 0 printed, 2 usage or bad data, 4 the records have no three batch sizes of anything.",
					  NULL,
					  NULL,
					  NULL };
	struct args a = { 0 };
	struct hf_points points;
	int status = 0;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &a);
	if (hf_points_load(&points, a.files, a.n_files)) {
		fprintf(stderr, "cost: %s\n", points.error);
		status = EXIT_USAGE;
		goto out;
	}
	hf_cost_each(&points, print_line, &a);
	if (!a.lines) {
		fprintf(stderr, "cost: the records have no benchmark with three batch sizes\n");
		status = EXIT_NO_DATA;
	} else if (fflush(stdout) || ferror(stdout)) {
		perror("cost: standard output");
		status = 3;
	}
out:
	hf_points_free(&points);
	return status;
}
