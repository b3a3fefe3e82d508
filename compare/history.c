// SPDX-License-Identifier: GPL-2.0-or-later
/* history RECORDS...: where in the history of one machine did a metric change? */
#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/parse.h"
#include "compare/lib/gather.h"
#include "compare/lib/judge.h"
#include "compare/lib/shape.h"

const char *argp_program_version = "hugefault " HF_VERSION;

#define ALPHA 0.01 /* of each split of each metric */
#define FEWEST 6   /* three boots on each side of a change */

struct args {
	double limit;
	bool json;
	char **paths;
	size_t n_paths;
};

/* A boot of one metric, in order of time. */
struct point {
	double t, y;
	const char *id;
};

struct total {
	size_t series, short_ones, changed, worse;
};

static int by_time(const void *a, const void *b)
{
	double x = ((const struct point *)a)->t, y = ((const struct point *)b)->t;

	return x < y ? -1 : x > y;
}

/* Release of the kernel that a unit ran. */
static const char *release_of(const struct hf_sides *sides, const struct hf_series *series, const char *id)
{
	for (size_t i = 0; i < series->n_obs; i++) {
		const char *release = hf_reader_pair(&series->obs[i].run->host, "release");

		if (strcmp(hf_sides_id(sides, &series->obs[i]), id) == 0)
			return release ? release : "?";
	}
	return "?";
}

static void report(const struct hf_sides *sides, const struct hf_series *series, const struct point *p, size_t n,
		   const struct hf_shape_step *step, bool plain, struct hf_json *list)
{
	const char *before = release_of(sides, series, p[step->at - 1].id), *after = release_of(sides, series, p[step->at].id);
	bool worse = (step->size > 0) == (series->better == HF_BETTER_LOWER);
	double change = plain ? step->size : expm1(step->size);
	char point[256], when[32] = "?", delta[48];
	time_t t = (time_t)p[step->at].t;
	struct tm tm;

	hf_sides_name(sides, series, point, sizeof(point));
	if (gmtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	if (list) {
		struct hf_json *o = hf_json_add_object(list, NULL), *params;

		hf_json_str(o, "bench", series->bench);
		params = hf_json_add_object(o, "params");
		for (size_t i = 0; i < series->params.n; i++)
			hf_json_str(params, series->params.at[i].name, series->params.at[i].text);
		hf_json_str(o, "metric", series->metric);
		hf_json_num(o, "time", p[step->at].t);
		hf_json_str(o, "boot", p[step->at].id);
		hf_json_str(o, "release_before", before);
		hf_json_str(o, "release", after);
		hf_json_num(o, plain ? "difference" : "change", change);
		hf_json_bool(o, "worse", worse);
		hf_json_num(o, "p", step->p);
		hf_json_int(o, "n", (int64_t)n);
		return;
	}
	snprintf(delta, sizeof(delta), plain ? "%+.3g" : "%+.2f %%", plain ? change : 100 * change);
	printf("%c %-50s %10s  from boot %zu of %zu on, %s UTC, %s -> %s, p %.3f\n", worse ? '!' : ' ', series->bench, delta, step->at + 1,
	       n, when, before, after, step->p);
	printf("    %s%s%s\n", point, *point ? " " : "", series->metric);
}

/* Return: 0, or -1 without memory. */
static int one_series(const struct hf_sides *sides, const struct hf_series *series, double limit, struct hf_json *list, struct total *total)
{
	size_t n, found = 0;
	struct hf_gather *g = hf_gather_series(sides, series, &n);
	struct hf_shape_step *step = calloc(n + 1, sizeof(*step));
	struct point *p = calloc(n + 1, sizeof(*p));
	double *y = calloc(n + 1, sizeof(*y)), mean = 0;
	bool plain = hf_gather_plain(series), worse = false;
	int err = g && step && p && y ? 0 : -1;

	total->series++;
	for (size_t i = 0; !err && i < n; i++)
		p[i] = (struct point){ g[i].t / (double)g[i].n_obs, plain ? g[i].sum / g[i].n : g[i].ln / g[i].n, g[i].id };
	if (!err)
		qsort(p, n, sizeof(*p), by_time);
	for (size_t i = 0; !err && i < n; i++) {
		y[i] = p[i].y;
		mean += y[i] / (double)n;
	}
	if (!err && n < FEWEST)
		total->short_ones++;
	else if (!err)
		err = hf_shape_steps(y, n, plain ? limit * fabs(mean) : log1p(limit), ALPHA, 1, step, &found);
	for (size_t i = 0; !err && i < found; i++) {
		report(sides, series, p, n, &step[i], plain, list);
		worse = worse || (step[i].size > 0) == (series->better == HF_BETTER_LOWER);
	}
	total->changed += found > 0;
	total->worse += worse;
	hf_gather_free(g, n);
	free(step);
	free(p);
	free(y);
	return err;
}

static int history(const struct args *a, struct hf_sides *sides)
{
	struct hf_json *doc = a->json ? hf_json_object() : NULL, *list = doc ? hf_json_add_array(doc, "changes") : NULL;
	struct total total = { 0 };
	int err = 0, status;

	for (size_t i = 0; i < sides->n_series && !err; i++)
		err = one_series(sides, sides->series[i], a->limit, list, &total);
	status = total.worse ? HF_JUDGE_REGRESSION : total.short_ones == total.series ? HF_JUDGE_INCONCLUSIVE : HF_JUDGE_OK;
	if (a->json) {
		char *text;

		hf_json_int(doc, "metrics", (int64_t)total.series);
		hf_json_int(doc, "too_few_boots", (int64_t)total.short_ones);
		hf_json_num(doc, "alpha", ALPHA);
		hf_json_int(doc, "status", status);
		text = hf_json_text(doc);
		hf_json_free(doc);
		err = err || !text;
		if (text)
			puts(text);
		free(text);
	} else {
		printf("%zu metrics: %zu changed, %zu for the worse (!), %zu have fewer than %d boots; limit %.3g %%, 1 %% level for each "
		       "split\n",
		       total.series, total.changed, total.worse, total.short_ones, FEWEST, 100 * a->limit);
	}
	if (err)
		fputs("history: out of memory\n", stderr);
	return err ? 3 : status;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'f':
		if (strcmp(arg, "json") != 0 && strcmp(arg, "text") != 0)
			argp_error(state, "--format must be text or json, not '%s'", arg);
		a->json = strcmp(arg, "json") == 0;
		return 0;
	case 's':
		if (hf_parse_double(arg, 0, 1000, &a->limit))
			argp_error(state, "--sesoi must be a percentage, 0 to 1000, not '%s'", arg);
		a->limit /= 100;
		return 0;
	case ARGP_KEY_ARGS:
		a->paths = state->argv + state->next;
		a->n_paths = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "files or directories of records are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = { { "format", 'f', "text|json", 0, "How to print it (default text)", 0 },
						      { "sesoi", 's', "PCT", 0, "Smallest step that matters (default 2)", 0 },
						      { 0 } };
	static const struct argp argp = {
		options,
		parse,
		"RECORDS...",
		"Find the steps in the history of every metric on one machine: three boots or more on each side of a step, its chance by "
		"999 permutations.\v"
		"Example: history results/\n\n"
		"Exit status: 0 no step for the worse, 1 there is one, 2 usage or bad data, 3 too few boots, 4 several machines or states.",
		NULL,
		NULL,
		NULL
	};
	struct args a = { .limit = 0.02 };
	struct hf_sides sides;
	int err, status;

	argp_err_exit_status = HF_JUDGE_BAD;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	err = hf_sides_init(&sides, NULL, 0);
	for (size_t i = 0; i < a.n_paths && !err; i++)
		err = hf_sides_add(&sides, a.paths[i], false);
	if (!err)
		err = hf_sides_finish(&sides);
	if (err) {
		fprintf(stderr, "history: %s\n", sides.error);
		status = HF_JUDGE_BAD;
	} else if (hf_sides_mixed(&sides)) {
		fprintf(stderr, "history: the records are not of one machine in one state: '%s' differs\n", hf_sides_mixed(&sides));
		status = HF_JUDGE_INCOMPARABLE;
	} else {
		status = history(&a, &sides);
		if (fflush(stdout) || ferror(stdout)) {
			perror("history: standard output");
			status = 3;
		}
	}
	hf_sides_free(&sides);
	return status;
}
