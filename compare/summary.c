// SPDX-License-Identifier: GPL-2.0-or-later
/* summary FILE...: the one table that says what was measured, and after it what was not and why. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "compare/lib/points.h"
#include "compare/lib/show.h"

const char *argp_program_version = "hugefault " HF_VERSION;

#define MAX_REASONS 6 /* of one run; a sweep may fail in the same way at every point */

enum { EXIT_USAGE = 2, EXIT_NO_DATA = 4 };
enum format { TEXT, MARKDOWN, JSON };

struct args {
	enum format format;
	char **files;
	size_t n_files;
};

static const char *const statuses[] = { "fail", "broken", "skip" };
static const char *const headings[] = { "FAILED (the kernel is suspect)", "BROKEN (no statement about the kernel)", "SKIPPED" };

/* The metrics a line has room for: the headline and the next one. */
static const char *metric_name(const struct hf_group *g, size_t i)
{
	if (g->run->n_metrics)
		return i < g->run->n_metrics ? g->run->metric[i].name : "";
	return i ? "" : hf_points_headline(g);
}

/* A line is worth its place when it has the headline; curves and the like stay in the records. */
static bool has_headline(const struct hf_group *g, const struct hf_point *p)
{
	return hf_points_value(p, metric_name(g, 0));
}

static void show_metric(const struct hf_point *p, const char *metric, int width)
{
	const struct hf_value *v = hf_points_value(p, metric);
	char value[32] = "", interval[48] = "", both[96];

	if (v) {
		hf_show_value(v->sample.value, v->sample.unit, value, sizeof(value));
		hf_show_interval(v->sample.value, v->sample.lo, v->sample.hi, v->sample.unit, interval, sizeof(interval));
	}
	snprintf(both, sizeof(both), *interval ? "%s [%s]" : "%s", value, interval);
	printf("  %-*s", width, both);
}

static char *show_count(uint64_t n, char *buf, size_t room)
{
	if (n >= 10000000)
		snprintf(buf, room, "%.1fM", (double)n / 1e6);
	else if (n >= 10000)
		snprintf(buf, room, "%.1fk", (double)n / 1e3);
	else
		snprintf(buf, room, "%llu", (unsigned long long)n);
	return buf;
}

static void text_group(const struct hf_group *g)
{
	size_t shown = 0, left_out = 0;
	char name[256], count[24];

	for (size_t i = 0; i < g->n_points; i++) {
		const struct hf_point *p = &g->point[i];

		if (!has_headline(g, p)) {
			left_out++;
			continue;
		}
		if (!shown++)
			printf("\n%-36s  %-25s  %-25s %6s\n", g->bench, metric_name(g, 0), metric_name(g, 1), "n");
		hf_points_name(g, p, NULL, name, sizeof(name));
		printf("  %-34s", name);
		if (strlen(name) > 34)
			printf("\n%36s", "");
		show_metric(p, metric_name(g, 0), 25);
		show_metric(p, metric_name(g, 1), 25);
		printf(" %6s", show_count(hf_points_value(p, metric_name(g, 0))->sample.n, count, sizeof(count)));
		printf("%s\n", strcmp(g->status, "ok") == 0 ? "" : strcmp(g->status, "fail") == 0 ? "  !" : "  ?");
	}
	if (shown && left_out)
		printf("  (and %zu points of its other metrics, in the records)\n", left_out);
}

static void print_reasons(const struct hf_run *run)
{
	const char *name = run->bench;

	for (size_t i = 0; i < run->reasons.n && i < MAX_REASONS; i++, name = "")
		printf("  %-24s %s\n", name, run->reasons.at[i]);
	if (run->reasons.n > MAX_REASONS)
		printf("  %-24s (and %zu more, in the records)\n", name, run->reasons.n - MAX_REASONS);
	for (size_t i = 0; i < run->kmsg.n; i++, name = "")
		printf("  %-24s kernel log: %s\n", name, run->kmsg.at[i]);
	if (!run->ended)
		printf("  %-24s the run has no end: it was killed, or is still going\n", name);
	else if (*name)
		printf("  %-24s no reason given\n", name);
	if (run->ended && !run->restored)
		printf("  %-24s settings were NOT restored: see `hugefault doctor`\n", "");
}

static void text_ends(const struct hf_reader *rd)
{
	for (size_t s = 0; s < sizeof(statuses) / sizeof(statuses[0]); s++) {
		bool any = false;

		for (size_t i = 0; i < hf_reader_runs(rd); i++) {
			const struct hf_run *run = hf_reader_run(rd, i);

			if (strcmp(run->status, statuses[s]) != 0)
				continue;
			if (!any)
				printf("\n%s\n", headings[s]);
			any = true;
			print_reasons(run);
		}
	}
}

/* Warnings by code; a skip is told of with its run. */
static void text_warns(const struct hf_reader *rd)
{
	bool any = false;

	for (size_t i = 0; i < hf_reader_runs(rd); i++) {
		const struct hf_run *run = hf_reader_run(rd, i);

		for (size_t w = 0; w < run->n_warns; w++) {
			size_t same = 0, first = w;

			for (size_t k = 0; k < run->n_warns; k++) {
				if (strcmp(run->warn[k].code, run->warn[w].code) != 0)
					continue;
				same++;
				if (k < first)
					first = k;
			}
			if (first < w || strcmp(run->warn[w].code, "skip") == 0)
				continue;
			if (!any)
				puts("\nWARNINGS");
			any = true;
			printf("  %-24s %s: %s", run->bench, run->warn[w].code, run->warn[w].text);
			if (same > 1)
				printf(" (and %zu more)", same - 1);
			putchar('\n');
		}
	}
}

static void print_text(const struct hf_points *points)
{
	const struct hf_run *run = hf_reader_run(points->reader, 0);
	const char *release = hf_reader_pair(&run->host, "release"), *cpu = hf_reader_pair(&run->host, "cpu");

	printf("Linux %s on %s\n", release ? release : "?", cpu ? cpu : "?");
	printf("value [95 %% interval], one line a point; ! a check failed, ? the run broke off\n");
	for (size_t i = 0; i < points->n_groups; i++)
		text_group(&points->group[i]);
	text_ends(points->reader);
	text_warns(points->reader);
	if (points->replaced)
		printf("\n%zu samples left out: a later run states the same metric at the same point\n", points->replaced);
}

static void markdown_metric(const struct hf_point *p, const char *metric)
{
	const struct hf_value *v = hf_points_value(p, metric);
	char buf[64] = "";

	hf_show_cell(stdout, v ? metric : "");
	hf_show_cell(stdout, v ? hf_show_value(v->sample.value, v->sample.unit, buf, sizeof(buf)) : "");
	hf_show_cell(stdout, v ? hf_show_interval(v->sample.value, v->sample.lo, v->sample.hi, v->sample.unit, buf, sizeof(buf)) : "");
}

static void print_markdown(const struct hf_points *points)
{
	char name[256], count[24];
	bool any = false;

	puts("| benchmark | point | headline | value | 95 % interval | next | value | 95 % interval | n | status |");
	puts("|---|---|---|---:|---|---|---:|---|---:|---|");
	for (size_t i = 0; i < points->n_groups; i++) {
		const struct hf_group *g = &points->group[i];

		for (size_t k = 0; k < g->n_points; k++) {
			const struct hf_point *p = &g->point[k];

			if (!has_headline(g, p))
				continue;
			hf_show_cell(stdout, g->bench);
			hf_show_cell(stdout, hf_points_name(g, p, NULL, name, sizeof(name)));
			markdown_metric(p, metric_name(g, 0));
			markdown_metric(p, metric_name(g, 1));
			hf_show_cell(stdout, show_count(hf_points_value(p, metric_name(g, 0))->sample.n, count, sizeof(count)));
			hf_show_cell(stdout, g->status);
			puts("|");
		}
	}
	for (size_t i = 0; i < hf_reader_runs(points->reader); i++) {
		const struct hf_run *run = hf_reader_run(points->reader, i);

		if (strcmp(run->status, "ok") == 0)
			continue;
		if (!any)
			puts("\n| benchmark | status | reason |\n|---|---|---|");
		any = true;
		for (size_t r = 0; r < run->reasons.n || !r; r++) {
			hf_show_cell(stdout, run->bench);
			hf_show_cell(stdout, run->status);
			hf_show_cell(stdout, r < run->reasons.n ? run->reasons.at[r] : run->ended ? "no reason given" : "the run has no end");
			puts("|");
		}
	}
}

static void json_point(struct hf_json *list, const struct hf_group *g, const struct hf_point *p)
{
	struct hf_json *j = hf_json_add_object(list, NULL), *sub;

	hf_json_str(j, "bench", g->bench);
	hf_json_str(j, "label", p->label);
	hf_json_str(j, "status", g->status);
	sub = hf_json_add_object(j, "params");
	for (size_t i = 0; i < p->params.n; i++)
		hf_json_str(sub, p->params.at[i].name, p->params.at[i].text);
	sub = hf_json_add_array(j, "metrics");
	for (size_t i = 0; i < p->n_values; i++) {
		const struct hf_sample *s = &p->value[i].sample;
		struct hf_json *m = hf_json_add_object(sub, NULL);

		hf_json_str(m, "metric", s->metric);
		hf_json_str(m, "unit", s->unit);
		hf_json_num(m, "value", s->value);
		hf_json_num(m, "lo", s->lo);
		hf_json_num(m, "hi", s->hi);
		hf_json_num(m, "p50", s->p50);
		hf_json_num(m, "p99", s->p99);
		hf_json_int(m, "n", (int64_t)s->n);
	}
}

static int print_json(const struct hf_points *points)
{
	struct hf_json *doc = hf_json_object(), *list = hf_json_add_array(doc, "points");

	for (size_t i = 0; i < points->n_groups; i++)
		for (size_t k = 0; k < points->group[i].n_points; k++)
			json_point(list, &points->group[i], &points->group[i].point[k]);
	list = hf_json_add_array(doc, "runs");
	for (size_t i = 0; i < hf_reader_runs(points->reader); i++) {
		const struct hf_run *run = hf_reader_run(points->reader, i);
		struct hf_json *j = hf_json_add_object(list, NULL), *reasons;

		hf_json_str(j, "bench", run->bench);
		hf_json_str(j, "label", run->label);
		hf_json_str(j, "run", run->id);
		hf_json_str(j, "status", run->status);
		hf_json_bool(j, "ended", run->ended);
		reasons = hf_json_add_array(j, "reasons");
		for (size_t r = 0; r < run->reasons.n; r++)
			hf_json_str(reasons, NULL, run->reasons.at[r]);
	}
	return hf_json_print(doc, stdout);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const word[] = { "text", "markdown", "json" };
	struct args *a = state->input;

	switch (key) {
	case 'f':
		for (int i = TEXT; i <= JSON; i++) {
			if (strcmp(arg, word[i]) == 0) {
				a->format = (enum format)i;
				return 0;
			}
		}
		argp_error(state, "--format must be text, markdown or json, not '%s'", arg);
		return EINVAL;
	case ARGP_KEY_ARGS:
		a->files = state->argv + state->next;
		a->n_files = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "at least one file of records is needed");
		return EINVAL;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "format", 'f', "text|markdown|json", 0, "How to print it (default text); json has every metric, unrounded", 0 }, { 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		"FILE...",
		"Print what the records say: one line a benchmark and point, then what failed, broke or was skipped, and why.\v"
		"Example: summary results/*/*/records.jsonl\n\nExit status: 0 printed, 2 usage or bad data, 4 the files hold no run.",
		NULL,
		NULL,
		NULL
	};
	struct args a = { 0 };
	struct hf_points points;
	int status = 0;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (hf_points_load(&points, a.files, a.n_files)) {
		fprintf(stderr, "summary: %s\n", points.error);
		status = EXIT_USAGE;
		goto out;
	}
	if (!hf_reader_runs(points.reader)) {
		fprintf(stderr, "summary: no run in the files\n");
		status = EXIT_NO_DATA;
		goto out;
	}
	if (a.format == TEXT)
		print_text(&points);
	else if (a.format == MARKDOWN)
		print_markdown(&points);
	else if (print_json(&points))
		status = 3;
	if (fflush(stdout) || ferror(stdout)) {
		perror("summary: standard output");
		status = 3;
	}
out:
	hf_points_free(&points);
	return status;
}
