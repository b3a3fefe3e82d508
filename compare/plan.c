// SPDX-License-Identifier: GPL-2.0-or-later
/* plan RECORDS...: how many boots, processes and operations an answer takes, from the noise that records show. */
#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/rand.h"
#include "compare/lib/gather.h"
#include "compare/lib/judge.h"
#include "compare/lib/model.h"
#include "compare/lib/trial.h"

const char *argp_program_version = "hugefault " HF_VERSION;

#define SHOWN_PAIRS 40

struct args {
	double effect, boot_cost, process_cost, op_cost;
	uint64_t seed;
	struct hf_trial_paths paths;
};

struct total {
	const struct hf_series *last; /* a series whose point has been counted */
	unsigned int *need;	      /* boots a side of each metric */
	unsigned int planned;
	double seconds; /* of the processes in one boot */
};

static double clamp(double x, double low, double high)
{
	return fmin(high, fmax(low, x));
}

static bool same_point(const struct hf_series *a, const struct hf_series *b)
{
	bool same = strcmp(a->bench, b->bench) == 0 && a->params.n == b->params.n;

	for (size_t i = 0; same && i < a->params.n; i++)
		same = strcmp(a->params.at[i].name, b->params.at[i].name) == 0 && strcmp(a->params.at[i].text, b->params.at[i].text) == 0;
	return same;
}

/* One line a metric. Return: 0, or -1 without memory. */
static int one_series(const struct hf_sides *sides, const struct hf_series *series, const struct args *a, struct total *total)
{
	size_t n;
	struct hf_gather *g = hf_gather_series(sides, series, &n);
	double mean = 0, s3 = 0, processes, operations, all, t1, t2;
	struct hf_gather_spread v;
	struct hf_model_parts parts;
	unsigned int detect, prove;
	char point[256];

	if (!g)
		return -1;
	if (n < 2 || hf_gather_plain(series) || series->exact)
		goto out;
	hf_gather_spread(g, n, false, &v);
	for (size_t i = 0; i < n; i++)
		mean += g[i].ln / g[i].n / (double)n;
	for (size_t i = 0; i < n; i++)
		s3 += (g[i].ln / g[i].n - mean) * (g[i].ln / g[i].n - mean) / ((double)n - 1);
	if (isnan(v.s2))
		v.s2 = v.s1 / v.iterations;
	parts = hf_model_parts(v.s1, v.s2, s3, v.iterations, v.processes);
	all = parts.boot + parts.process + parts.iteration;
	t1 = parts.iteration * v.iterations * v.processes;
	t2 = parts.process * v.processes;
	/* Kalibera and Jones 2013: repetitions at a level are worth their cost up to here */
	operations = t2 > 0 ? clamp(sqrt(a->process_cost / a->op_cost * t1 / t2), 1, 1e6) : v.iterations;
	processes = parts.boot > 0 ? clamp(sqrt(a->boot_cost / a->process_cost * t2 / parts.boot), 1, 100) : v.processes;
	detect = hf_model_boots(sqrt(s3), log1p(a->effect), HF_MODEL_DETECT);
	prove = hf_model_boots(sqrt(s3), log1p(a->effect), HF_MODEL_PROVE);
	hf_sides_name(sides, series, point, sizeof(point));
	printf("%-22s %-28s %-18s %6.2f %% %4.0f/%.0f/%.0f %% %7u %7u %9.0f %10.0f\n", series->bench, point, series->metric, 100 * sqrt(s3),
	       all > 0 ? 100 * parts.boot / all : 0, all > 0 ? 100 * parts.process / all : 0, all > 0 ? 100 * parts.iteration / all : 0,
	       detect, prove, ceil(processes), ceil(operations));
	total->need[total->planned++] = detect > prove ? detect : prove;
	if (!total->last || !same_point(total->last, series)) /* metrics of a point come together, and from the same processes */
		total->seconds += ceil(processes) * a->process_cost;
	total->last = series;
out:
	hf_gather_free(g, n);
	return 0;
}

/* Which kernel to boot when: each pair in random order, so that what drifts cannot look like the kernel. */
static void schedule(unsigned int pairs, uint64_t seed)
{
	struct hf_rand r;

	hf_rand_seed(&r, seed, 0);
	fputs("order of boots:", stdout);
	for (unsigned int i = 0; i < pairs && i < SHOWN_PAIRS; i++)
		fputs(hf_rand_below(&r, 2) ? " BA" : " AB", stdout);
	puts(pairs > SHOWN_PAIRS ? " ..." : "");
}

static int by_size(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

static void print_total(const struct args *a, const struct hf_sides *sides, struct total *total)
{
	unsigned int nine = total->planned - 1 - total->planned / 10;

	qsort(total->need, total->planned, sizeof(*total->need), by_size);
	if (sides->unit != HF_UNIT_BOOT)
		printf("\nall of one %s: noise between boots is not in these numbers, and is often the largest\n",
		       sides->unit == HF_UNIT_RUN ? "boot" : "run of each benchmark");
	printf("\nboots a side: %u for half of the %u metrics, %u for nine in ten, %u for all\n", total->need[(total->planned - 1) / 2],
	       total->planned, total->need[nine], total->need[total->planned - 1]);
	printf("nine in ten: about %.1f hours: %.3g s to boot, %.3g s of measuring in each\n",
	       2 * total->need[nine] * (a->boot_cost + total->seconds) / 3600, a->boot_cost, total->seconds);
	schedule(total->need[nine], a->seed);
}

static int plan(const struct args *a, const struct hf_sides *sides)
{
	struct total total = { .need = calloc(sides->n_series + 1, sizeof(*total.need)) };
	int status = HF_JUDGE_OK;

	printf("to detect a change of %.3g %%, or to prove that there is none, 4 times in 5; noise as between the %ss of these records\n\n",
	       100 * a->effect, hf_units_name(sides->unit));
	printf("%-22s %-28s %-18s %8s %12s %7s %7s %9s %10s\n", "benchmark", "point", "metric", "noise", "boot/proc/op", "detect", "prove",
	       "processes", "operations");
	for (size_t i = 0; i < sides->n_series && status == HF_JUDGE_OK; i++) {
		if (total.need && !one_series(sides, sides->series[i], a, &total))
			continue;
		fputs("plan: out of memory\n", stderr);
		status = 3;
	}
	if (status == HF_JUDGE_OK && !total.planned) {
		fputs("plan: no metric has two boots (or runs) in these records\n", stderr);
		status = HF_JUDGE_INCONCLUSIVE;
	}
	if (status == HF_JUDGE_OK)
		print_total(a, sides, &total);
	free(total.need);
	return status;
}

static void number(const char *arg, const char *name, double min, double *v, struct argp_state *state)
{
	if (hf_parse_double(arg, min, 1e9, v))
		argp_error(state, "%s must be a number, %g or more, not '%s'", name, min, arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->paths;
		return 0;
	case 'e':
		number(arg, "--effect", 0.01, &a->effect, state);
		a->effect /= 100;
		return 0;
	case 'b':
		number(arg, "--boot-cost", 0.001, &a->boot_cost, state);
		return 0;
	case 'p':
		number(arg, "--process-cost", 0.001, &a->process_cost, state);
		return 0;
	case 'o':
		number(arg, "--op-cost", 1e-9, &a->op_cost, state);
		return 0;
	case 's':
		if (hf_parse_u64(arg, 0, UINT64_MAX, &a->seed))
			argp_error(state, "--seed must be a number, not '%s'", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = { { "effect", 'e', "PCT", 0, "Change to detect or to exclude (default 2)", 0 },
						      { "boot-cost", 'b', "SECONDS", 0, "Of one boot (default 60)", 0 },
						      { "process-cost", 'p', "SECONDS", 0, "Of one process of a benchmark (default 1)", 0 },
						      { "op-cost", 'o', "SECONDS", 0, "Of one operation (default 0.0001)", 0 },
						      { "seed", 's', "N", 0, "Of the order of boots (default 1)", 0 },
						      { 0 } };
	static const struct argp_child children[] = { { &hf_trial_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = { options,
					  parse,
					  "RECORDS...",
					  "Say how many boots a side, processes a boot and operations a process an answer takes, from the "
					  "noise in records of one kernel, and in which order to boot.\v"
					  "Example: plan --effect=3 --boot-cost=25 results/v6.18\n\n"
					  "Exit status: 0 planned, 2 usage or bad data, 3 nothing was measured twice.",
					  children,
					  NULL,
					  NULL };
	struct args a = { .effect = 0.02, .boot_cost = 60, .process_cost = 1, .op_cost = 1e-4, .seed = 1 };
	struct hf_sides sides;
	int status;

	argp_err_exit_status = HF_JUDGE_BAD;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	status = hf_trial_load("plan", a.paths, false, &sides);
	if (!status)
		status = plan(&a, &sides);
	return hf_trial_end("plan", &sides, status);
}
