// SPDX-License-Identifier: GPL-2.0-or-later
/* history RECORDS...: where in the history of one machine did a metric change, and what is to be held against? */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/parse.h"
#include "compare/lib/differences.h"
#include "compare/lib/rules.h"
#include "compare/lib/steps.h"
#include "compare/lib/charts.h"
#include "compare/lib/trial.h"

const char *argp_program_version = "hugefault " HF_VERSION;

enum { OPT_BASELINE = 0x100, OPT_TABLE, OPT_TABLES };

struct args {
	double limit;
	bool json;
	uint64_t baseline;
	const char *table;
	struct hf_trial_paths paths;
};

static const char *release(const struct hf_steps_point *p)
{
	const char *text = hf_reader_pair(&p->run->host, "release");

	return text && *text ? text : "?";
}

static void print_step(const struct hf_steps *steps, const struct hf_steps_series *s, const struct hf_shape_step *step)
{
	const struct hf_steps_point *at = &s->point[step->at];
	char point[256], when[32] = "?", delta[48];
	time_t t = (time_t)at->t;
	struct tm tm;

	hf_sides_name(steps->sides, s->series, point, sizeof(point));
	if (gmtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	snprintf(delta, sizeof(delta), s->plain ? "%+.3g" : "%+.2f %%", s->plain ? step->size : 100 * expm1(step->size));
	printf("%c %-50s %10s  from boot %zu of %zu on, %s UTC, %s -> %s, p %.3g\n",
	       !s->listed		    ? '?'
	       : hf_steps_is_worse(s, step) ? '!'
					    : ' ',
	       s->series->bench, delta, step->at + 1, s->n, when, release(at - 1), release(at), step->p);
	printf("    %s%s%s\n", point, *point ? " " : "", s->series->metric);
}

static void json_step(struct hf_json *list, const struct hf_steps_series *s, const struct hf_shape_step *step)
{
	struct hf_json *o = hf_json_add_object(list, NULL), *params;
	const struct hf_steps_point *at = &s->point[step->at];

	hf_json_str(o, "bench", s->series->bench);
	params = hf_json_add_object(o, "params");
	for (size_t i = 0; i < s->series->params.n; i++)
		hf_json_str(params, s->series->params.at[i].name, s->series->params.at[i].text);
	hf_json_str(o, "metric", s->series->metric);
	hf_json_num(o, "time", at->t);
	hf_json_str(o, "boot", at->id);
	hf_json_str(o, "release_before", release(at - 1));
	hf_json_str(o, "release", release(at));
	hf_json_num(o, s->plain ? "difference" : "change", s->plain ? step->size : expm1(step->size));
	hf_json_bool(o, "worse", hf_steps_is_worse(s, step));
	hf_json_num(o, "p", step->p);
	hf_json_num(o, "q", s->q);
	hf_json_bool(o, "listed", s->listed);
	hf_json_int(o, "n", (int64_t)s->n);
}

static int print_json(const struct hf_steps *steps, const struct hf_control *control, int status)
{
	struct hf_json *doc = hf_json_object(), *list = hf_json_add_array(doc, "changes"), *o;

	for (size_t i = 0; i < steps->n; i++)
		for (size_t k = 0; k < steps->series[i].n_steps; k++)
			json_step(list, &steps->series[i], &steps->series[i].step[k]);
	hf_json_int(doc, "metrics", (int64_t)steps->n);
	hf_json_int(doc, "too_few_boots", (int64_t)steps->short_ones);
	hf_json_num(doc, "alpha", HF_STEPS_ALPHA);
	hf_json_num(doc, "false_discovery_rate", HF_STEPS_FAMILY);
	o = hf_json_add_object(doc, "control");
	hf_json_int(o, "comparisons", control->comparisons);
	hf_json_int(o, "alarms", control->alarms);
	hf_json_num(o, "p", control->p);
	hf_json_int(doc, "status", status);
	return hf_json_print(doc, stdout) ? HF_TRIAL_BROKEN : status;
}

static void print_text(const struct hf_steps *steps, const struct hf_control *control, double limit)
{
	for (size_t i = 0; i < steps->n; i++)
		for (size_t k = 0; k < steps->series[i].n_steps; k++)
			print_step(steps, &steps->series[i], &steps->series[i].step[k]);
	printf("%zu metrics: %zu changed, %zu for the worse (!), %zu have fewer than %d boots; limit %.3g %%, each split at %.3g %%, over "
	       "all metrics "
	       "false discovery rate %.3g %% (? misses it)\n",
	       steps->n, steps->changed, steps->worse, steps->short_ones, HF_STEPS_FEWEST, 100 * limit, 100 * HF_STEPS_ALPHA,
	       100 * HF_STEPS_FAMILY);
	printf("A/A control: %u of %u comparisons of %d boots of one build and label failed%s\n", control->alarms, control->comparisons,
	       HF_CONTROL_BOOTS, control->broken ? ", far more than 1 in 20: the gate's verdicts are advice until that is found" : "");
}

/* Files of the boots to hold a new kernel against, one a line. */
static int print_baseline(const struct hf_steps *steps, size_t most)
{
	struct hf_units_part *part;
	const char *last = "";
	size_t n;

	if (hf_steps_baseline(steps, most, &part, &n)) {
		fputs("history: out of memory\n", stderr);
		return HF_TRIAL_BROKEN;
	}
	if (n < 3)
		fprintf(stderr, "history: %zu boots are green since the last step; a baseline takes three\n", n);
	for (size_t i = 0; i < n && n >= 3; i++) {
		if (strcmp(last, part[i].run->file) != 0)
			puts(part[i].run->file);
		last = part[i].run->file;
	}
	free(part);
	return n < 3 ? HF_JUDGE_INCONCLUSIVE : HF_JUDGE_OK;
}

static int print_table(const struct hf_steps *steps, const char *name)
{
	int rows = hf_charts_history(name, steps, stdout);

	if (rows == -ENOENT)
		fprintf(stderr, "history: no table '%s'; --tables names them\n", name);
	else if (!rows)
		fprintf(stderr, "history: %s: the records hold no data for this table\n", name);
	return rows == -ENOMEM ? HF_TRIAL_BROKEN : rows < 0 ? HF_JUDGE_BAD : rows ? HF_JUDGE_OK : HF_JUDGE_INCOMPARABLE;
}

static int history(const struct args *a, struct hf_sides *sides)
{
	struct hf_rules rules = HF_RULES_DEFAULT;
	struct hf_control control;
	struct hf_steps steps;
	int status;

	rules.options.sesoi = a->limit;
	if (hf_control_run(sides, &rules.options, &control) || hf_steps_run(sides, a->limit, &steps)) {
		fputs("history: out of memory\n", stderr);
		return HF_TRIAL_BROKEN;
	}
	status = steps.worse ? HF_JUDGE_REGRESSION : steps.short_ones == steps.n ? HF_JUDGE_INCONCLUSIVE : HF_JUDGE_OK;
	if (a->table)
		status = print_table(&steps, a->table);
	else if (a->baseline)
		status = print_baseline(&steps, a->baseline);
	else if (a->json)
		status = print_json(&steps, &control, status);
	else
		print_text(&steps, &control, a->limit);
	hf_steps_free(&steps);
	return status;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->paths;
		return 0;
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
	case OPT_BASELINE:
		if (hf_parse_u64(arg ? arg : "10", 3, 100000, &a->baseline))
			argp_error(state, "--baseline must be a number of boots, 3 or more, not '%s'", arg);
		return 0;
	case OPT_TABLE:
		a->table = arg;
		return 0;
	case OPT_TABLES:
		hf_charts_list(true, stdout);
		exit(0);
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "format", 'f', "text|json", 0, "How to print it (default text)", 0 },
		{ "sesoi", 's', "PCT", 0, "Smallest step that matters (default 2)", 0 },
		{ "baseline", OPT_BASELINE, "N", OPTION_ARG_OPTIONAL,
		  "Print instead the record files of the last N (10) green boots, for gate --baseline", 0 },
		{ "table", OPT_TABLE, "NAME", 0, "Print the table of a figure instead (exit 0 when it has rows)", 0 },
		{ "tables", OPT_TABLES, NULL, 0, "List them", 0 },
		{ 0 }
	};
	static const struct argp_child children[] = { { &hf_trial_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		options,
		parse,
		"RECORDS...",
		"Find the steps in the history of every metric on one machine: three boots or more on each side of a step, its chance by "
		"permutations, false discoveries among all metrics bounded at 5 %.\v"
		"Example: history results/\n\n"
		"Exit status: 0 no step for the worse, 1 there is one, 2 usage or bad data, 3 too few boots, 4 several machines or states.",
		children,
		NULL,
		NULL
	};
	struct args a = { .limit = 0.02 };
	struct hf_sides sides;
	int status;

	argp_err_exit_status = HF_JUDGE_BAD;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	status = hf_trial_load("history", a.paths, true, &sides);
	if (!status && hf_differences_mixed(&sides, NULL)) {
		fprintf(stderr, "history: the records are not of one machine in one state: '%s' differs\n", hf_differences_mixed(&sides, NULL));
		status = HF_JUDGE_INCOMPARABLE;
	} else if (!status) {
		status = history(&a, &sides);
	}
	return hf_trial_end("history", &sides, status);
}
