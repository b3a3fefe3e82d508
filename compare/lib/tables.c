// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables that figures read. */
#include "compare/lib/tables.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "compare/lib/cost.h"
#include "compare/lib/rows.h"
#include "compare/lib/splits.h"

#define PANEL_CURVES 8 /* as many as a panel's legend and the eye can bear */
#define NAME_ROOM 64

typedef void each_metric_fn(struct hf_rows *t, const struct hf_group *g, const char *metric);

static bool is_timed(const struct hf_value *v)
{
	return strcmp(v->sample.unit, "ns") == 0 && v->n_xy;
}

/* Calls @each once for every metric that a benchmark has somewhere. */
static void each_metric(struct hf_rows *t, const struct hf_points *points, each_metric_fn *each)
{
	for (size_t i = 0; i < points->n_groups; i++) {
		const struct hf_group *g = &points->group[i];

		for (size_t p = 0; p < g->n_points; p++) {
			for (size_t m = 0; m < g->point[p].n_values; m++) {
				const char *metric = g->point[p].value[m].sample.metric;
				size_t before = 0;

				while (before < p && !hf_points_value(&g->point[before], metric))
					before++;
				if (before == p)
					each(t, g, metric);
			}
		}
	}
}

/* What a reader asks for first: the benchmark's chief timed metric, and in a race the loser's side of it. The rest is in the records. */
static bool is_chief(const struct hf_group *g, const char *metric)
{
	if (strcmp(metric, "loser_ns") == 0 || strcmp(metric, "loser_wait_ns") == 0)
		return true;
	for (size_t i = 0; i < g->run->n_metrics; i++)
		if (strstr(g->run->metric[i].source, "timed"))
			return strcmp(g->run->metric[i].name, metric) == 0;
	return true; /* a record without a descriptor: nothing to choose by */
}

/* One block a curve. A panel holds one metric of one benchmark, at up to PANEL_CURVES points. */
static void ecdf_metric(struct hf_rows *t, const struct hf_group *g, const char *metric)
{
	unsigned int n = 0;

	if (!is_chief(g, metric))
		return;
	for (size_t p = 0; p < g->n_points; p++) {
		const struct hf_value *v = hf_points_value(&g->point[p], metric);
		char panel[128], name[NAME_ROOM];

		if (!v || !is_timed(v))
			continue;
		snprintf(panel, sizeof(panel), n < PANEL_CURVES ? "%s: %s" : "%s: %s (%u)", g->bench, metric, n / PANEL_CURVES + 1);
		n++;
		hf_points_name(g, &g->point[p], NULL, name, sizeof(name));
		hf_rows_block(t);
		for (size_t i = 0; i < v->n_xy; i++) {
			hf_rows_text(t, panel);
			hf_rows_text(t, name);
			hf_rows_number(t, v->x[i]);
			hf_rows_number(t, v->share[i]);
			hf_rows_end(t);
		}
	}
}

static void ecdf(struct hf_rows *t, const struct hf_points *points)
{
	each_metric(t, points, ecdf_metric);
}

static uint64_t tasks_of(const struct hf_point *p)
{
	const char *s = hf_reader_pair(&p->params, "tasks");
	uint64_t tasks;

	return s && !hf_parse_u64(s, 1, 1 << 20, &tasks) ? tasks : 0;
}

struct step {
	uint64_t tasks;
	const struct hf_sample *sample;
};

static int by_tasks(const void *a, const void *b)
{
	uint64_t x = ((const struct step *)a)->tasks, y = ((const struct step *)b)->tasks;

	return x < y ? -1 : x > y;
}

/* The points of @g from @first on that differ from it in the number of tasks alone. Return: how many are in @step, by number of tasks. */
static size_t series(const struct hf_group *g, size_t first, const char *metric, struct step *step)
{
	char name[512], other[512];
	size_t n = 0;

	hf_points_name(g, &g->point[first], "tasks", name, sizeof(name));
	for (size_t p = 0; p < g->n_points; p++) {
		const struct hf_value *v = hf_points_value(&g->point[p], metric);
		uint64_t tasks = tasks_of(&g->point[p]);

		if (!v || !tasks || strcmp(hf_points_name(g, &g->point[p], "tasks", other, sizeof(other)), name) != 0)
			continue;
		if (p < first) /* has been printed with an earlier one */
			return 0;
		step[n++] = (struct step){ tasks, &v->sample };
	}
	qsort(step, n, sizeof(*step), by_tasks);
	return n;
}

/* What all tasks reach together: a metric is that itself, or its definition says that it is per task. */
static double all_tasks(const struct hf_group *g, const struct step *step, double value)
{
	for (size_t i = 0; i < g->run->n_metrics; i++)
		if (g->run->metric[i].per_task && strcmp(g->run->metric[i].name, step->sample->metric) == 0)
			return value * (double)step->tasks;
	return value;
}

static void scaling_metric(struct hf_rows *t, const struct hf_group *g, const char *metric)
{
	struct step *step = calloc(g->n_points, sizeof(*step));
	unsigned int curves = 0;

	for (size_t p = 0; step && p < g->n_points; p++) {
		const struct hf_value *v = hf_points_value(&g->point[p], metric);
		char panel[128], name[NAME_ROOM];
		size_t n;

		if (!v || strcmp(v->sample.unit, "B/s") != 0 || v->sample.better != HF_BETTER_HIGHER)
			continue;
		n = series(g, p, metric, step);
		if (n < 2)
			continue;
		snprintf(panel, sizeof(panel), curves < PANEL_CURVES ? "%s: %s" : "%s: %s (%u)", g->bench, metric,
			 curves / PANEL_CURVES + 1);
		curves++;
		hf_points_name(g, &g->point[p], "tasks", name, sizeof(name));
		hf_rows_block(t);
		for (size_t i = 0; i < n; i++) {
			hf_rows_text(t, panel);
			hf_rows_text(t, name);
			hf_rows_number(t, (double)step[i].tasks);
			hf_rows_number(t, all_tasks(g, &step[i], step[i].sample->value));
			hf_rows_number(t, all_tasks(g, &step[i], step[i].sample->lo));
			hf_rows_number(t, all_tasks(g, &step[i], step[i].sample->hi));
			hf_rows_number(t, step[0].tasks == 1 ? step[0].sample->value * (double)step[i].tasks : NAN);
			hf_rows_end(t);
		}
	}
	free(step);
}

static void scaling(struct hf_rows *t, const struct hf_points *points)
{
	each_metric(t, points, scaling_metric);
}

static void text_place(struct hf_rows *t, const struct hf_group *g, const struct hf_point *p)
{
	char place[128];

	hf_rows_text(t, hf_points_place(g, p, place, sizeof(place)));
}

/* One block a metric, so that each has its colour; the row's number puts what belongs to a point side by side. */
static void race(struct hf_rows *t, const struct hf_points *points)
{
	static const char *const metrics[] = { "winner_ns", "loser_ns", "loser_wait_ns", "skew_ns" };

	for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++) {
		unsigned int row = 0;
		int before = t->rows;

		for (size_t i = 0; i < points->n_groups; i++) {
			const struct hf_group *g = &points->group[i];

			for (size_t p = 0; p < g->n_points; p++) {
				const struct hf_value *v = hf_points_value(&g->point[p], metrics[m]);

				if (!hf_points_value(&g->point[p], "winner_ns"))
					continue;
				row++;
				if (!v)
					continue;
				if (t->rows == before)
					hf_rows_block(t);
				hf_rows_number(t, row);
				text_place(t, g, &g->point[p]);
				hf_rows_text(t, metrics[m]);
				hf_rows_number(t, v->sample.min);
				hf_rows_number(t, v->sample.p50);
				hf_rows_number(t, v->sample.p90);
				hf_rows_number(t, v->sample.p99);
				hf_rows_number(t, v->sample.max);
				hf_rows_end(t);
			}
		}
	}
}

static void clearing_rows(struct hf_rows *t, const struct hf_points *points, const char *metric)
{
	for (size_t i = 0; i < points->n_groups; i++) {
		const struct hf_group *g = &points->group[i];

		for (size_t p = 0; p < g->n_points; p++) {
			const struct hf_value *v = hf_points_value(&g->point[p], metric),
					      *limit = hf_points_value(&g->point[p], "limit_Bps");

			if (!v)
				continue;
			hf_rows_number(t, t->rows + 1);
			text_place(t, g, &g->point[p]);
			hf_rows_text(t, metric);
			hf_rows_number(t, v->sample.value);
			hf_rows_number(t, v->sample.lo);
			hf_rows_number(t, v->sample.hi);
			hf_rows_number(t, limit ? limit->sample.value : NAN);
			hf_rows_end(t);
		}
	}
}

static void clearing(struct hf_rows *t, const struct hf_points *points)
{
	clearing_rows(t, points, "zero_Bps");
	clearing_rows(t, points, "clear_Bps");
}

/* The parameter against which a metric is a curve; NULL if it is not one. */
static const char *curve_of(const struct hf_group *g, const char *metric)
{
	for (size_t i = 0; i < g->run->n_metrics; i++)
		if (strcmp(g->run->metric[i].name, metric) == 0 && strncmp(g->run->metric[i].source, "curve of ", 9) == 0)
			return g->run->metric[i].source + 9;
	return NULL;
}

static double param_of(const struct hf_point *p, const char *name)
{
	double v = NAN;

	for (size_t i = 0; i < p->params.n; i++) {
		const char *s = p->params.at[i].text;

		if (strcmp(p->params.at[i].name, name) == 0 && hf_parse_double(s, -1e15, 1e15, &v))
			v = NAN;
	}
	return v;
}

/* One block a curve: the points that differ in the curve's parameter alone. */
static void curve_metric(struct hf_rows *t, const struct hf_group *g, const char *metric)
{
	const char *param = curve_of(g, metric);
	char first[NAME_ROOM], name[NAME_ROOM], panel[128];

	if (!param)
		return;
	snprintf(panel, sizeof(panel), "%s: %s", g->bench, metric);
	for (size_t p = 0; p < g->n_points; p++) {
		bool seen = false;

		if (!hf_points_value(&g->point[p], metric))
			continue;
		hf_points_name(g, &g->point[p], param, first, sizeof(first));
		for (size_t q = 0; q < p && !seen; q++)
			seen = hf_points_value(&g->point[q], metric) &&
			       strcmp(hf_points_name(g, &g->point[q], param, name, sizeof(name)), first) == 0;
		if (seen)
			continue;
		hf_rows_block(t);
		for (size_t q = p; q < g->n_points; q++) {
			const struct hf_value *v = hf_points_value(&g->point[q], metric);

			if (!v || strcmp(hf_points_name(g, &g->point[q], param, name, sizeof(name)), first) != 0)
				continue;
			hf_rows_text(t, panel);
			hf_rows_text(t, name);
			hf_rows_number(t, param_of(&g->point[q], param));
			hf_rows_number(t, v->sample.value);
			hf_rows_number(t, v->sample.lo);
			hf_rows_number(t, v->sample.hi);
			hf_rows_end(t);
		}
	}
}

static void curve(struct hf_rows *t, const struct hf_points *points)
{
	each_metric(t, points, curve_metric);
}

static void overview(struct hf_rows *t, const struct hf_points *points)
{
	for (size_t i = 0; i < points->n_groups; i++) {
		const struct hf_point *p = hf_points_default(&points->group[i]);

		for (size_t m = 0; p && m < p->n_values; m++) {
			const struct hf_value *v = &p->value[m];
			char name[128];

			if (!is_timed(v))
				continue;
			snprintf(name, sizeof(name), "%s: %s", points->group[i].bench, v->sample.metric);
			hf_rows_text(t, name);
			hf_rows_number(t, v->sample.value);
			hf_rows_number(t, v->sample.lo);
			hf_rows_number(t, v->sample.hi);
			hf_rows_number(t, v->sample.p50);
			hf_rows_number(t, v->sample.p99);
			hf_rows_end(t);
		}
	}
}

struct cost_panel {
	struct hf_rows *t;
	char panel[128];
	unsigned int curves;
};

/* One block a line; a panel holds one metric of one benchmark. */
static void cost_line(void *arg, const struct hf_cost *c)
{
	struct cost_panel *at = arg;
	char panel[128], name[NAME_ROOM];

	snprintf(panel, sizeof(panel), "%s: %s / batch", c->group->bench, c->metric);
	at->curves = strcmp(panel, at->panel) == 0 ? at->curves + 1 : 0;
	if (!at->curves)
		strcpy(at->panel, panel);
	if (at->curves >= PANEL_CURVES)
		snprintf(panel, sizeof(panel), "%.100s (%u)", at->panel, at->curves / PANEL_CURVES + 1);
	hf_points_name(c->group, c->first, "batch", name, sizeof(name));
	hf_rows_block(at->t);
	for (size_t i = 0; i < c->n; i++) {
		hf_rows_text(at->t, panel);
		hf_rows_text(at->t, name);
		hf_rows_number(at->t, c->batch[i]);
		hf_rows_number(at->t, c->value[i] / c->batch[i]);
		hf_rows_number(at->t, c->low[i] / c->batch[i]);
		hf_rows_number(at->t, c->high[i] / c->batch[i]);
		hf_rows_number(at->t, c->fixed.value);
		hf_rows_number(at->t, c->each.value);
		hf_rows_end(at->t);
	}
}

static void cost(struct hf_rows *t, const struct hf_points *points)
{
	struct cost_panel at = { .t = t };

	hf_cost_each(points, cost_line, &at);
}

/* One block a curve: of each point that has buddy_ns, munmap's return and the memory's. */
static void buddy(struct hf_rows *t, const struct hf_points *points)
{
	static const char *const metrics[] = { "munmap_ns", "buddy_ns" };

	for (size_t i = 0; i < points->n_groups; i++) {
		const struct hf_group *g = &points->group[i];
		unsigned int n = 0;

		for (size_t p = 0; p < g->n_points; p++) {
			char panel[128], name[NAME_ROOM], curve_name[NAME_ROOM + 32];

			if (!hf_points_value(&g->point[p], "buddy_ns"))
				continue;
			snprintf(panel, sizeof(panel), n < PANEL_CURVES / 2 ? "%s" : "%s (%u)", g->bench, n / (PANEL_CURVES / 2) + 1);
			n++;
			hf_points_name(g, &g->point[p], NULL, name, sizeof(name));
			for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++) {
				const struct hf_value *v = hf_points_value(&g->point[p], metrics[m]);

				if (!v || !is_timed(v))
					continue;
				snprintf(curve_name, sizeof(curve_name), "%s %s", metrics[m], name);
				hf_rows_block(t);
				for (size_t k = 0; k < v->n_xy; k++) {
					hf_rows_text(t, panel);
					hf_rows_text(t, curve_name);
					hf_rows_number(t, v->x[k]);
					hf_rows_number(t, v->share[k]);
					hf_rows_end(t);
				}
			}
		}
	}
}

static double value_or(const struct hf_point *p, const char *metric, double otherwise)
{
	const struct hf_value *v = hf_points_value(p, metric);

	return v ? v->sample.value : otherwise;
}

/* A row a point that says how attempts ended; the shares of a row add up to 1. */
static void outcome(struct hf_rows *t, const struct hf_points *points)
{
	static const char *const shares[] = { "success", "ebusy", "eintr", "other_error" };

	for (size_t i = 0; i < points->n_groups; i++) {
		const struct hf_group *g = &points->group[i];

		for (size_t p = 0; p < g->n_points; p++) {
			const struct hf_value *ebusy = hf_points_value(&g->point[p], "ebusy"), *success = hf_points_value(&g->point[p], "success");

			if (!ebusy || !success)
				continue;
			text_place(t, g, &g->point[p]);
			for (size_t s = 0; s < sizeof(shares) / sizeof(shares[0]); s++)
				hf_rows_number(t, value_or(&g->point[p], shares[s], 0));
			hf_rows_number(t, success->sample.lo);
			hf_rows_number(t, success->sample.hi);
			hf_rows_number(t, (double)success->sample.n);
			hf_rows_number(t, value_or(&g->point[p], "offline_ns", NAN));
			hf_rows_number(t, value_or(&g->point[p], "refused_ns", NAN));
			hf_rows_end(t);
		}
	}
}

static const struct figure {
	const char *name, *help, *header;
	void (*write)(struct hf_rows *t, const struct hf_points *points);
} figures[] = {
	{ "overview", "every timed metric of every benchmark at its default point",
	  "# metric\tvalue (ns)\tlo (ns)\thi (ns)\tp50 (ns)\tp99 (ns)\n", overview },
	{ "ecdf", "distribution of the chief timed metric of every benchmark at every point",
	  "# panel\tcurve\tlatency (ns)\tshare of operations below it\n", ecdf },
	{ "scaling", "throughput against number of tasks, with the ideal",
	  "# panel\tcurve\ttasks\tvalue (B/s)\tlo (B/s)\thi (B/s)\tideal (B/s)\n", scaling },
	{ "race", "winner, loser, waiting time and skew of every race",
	  "# row\tplace\tmetric\tmin (ns)\tp50 (ns)\tp90 (ns)\tp99 (ns)\tmax (ns)\n", race },
	{ "curve", "shares against what a scan has varied", "# panel\tcurve\tscanned (ns)\tshare\tlo\thi\n", curve },
	{ "clearing", "throughput of every clearing path beside the memory's limit",
	  "# row\tplace\tmetric\tvalue (B/s)\tlo (B/s)\thi (B/s)\tlimit (B/s)\n", clearing },
	{ "cost", "time per page against batch size, with the fitted cost of a call and of a page",
	  "# panel\tcurve\tbatch\tvalue (ns/page)\tlo (ns/page)\thi (ns/page)\tfixed (ns/call)\teach (ns/page)\n", cost },
	{ "buddy", "until munmap returns, and until its memory is back", "# panel\tcurve\tlatency (ns)\tshare of operations below it\n", buddy },
	{ "outcome", "how attempts to take a memory block offline ended",
	  "# place\tsuccess\tebusy\teintr\tother\tlo of success\thi of success\tattempts\toffline (ns)\trefused (ns)\n", outcome },
	{ "splits", "success of splits: pin by trigger, one matrix for each backing", "# matrix\trow\tpin\tcolumn\ttrigger\tsuccess\tlo\thi\ttries\n", hf_splits_matrix },
	{ "splitcost", "cost of splits that succeed, fail early and fail late", "# row\tplace\tmetric\tp50 (ns)\tvalue (ns)\tlo (ns)\thi (ns)\n", hf_splits_cost },
	{ "splitshare", "success of splits against the share of folios that are pinned", "# bench\tcurve\tpinned (%)\tsuccess\tlo\thi\n", hf_splits_share },
};

#define N_FIGURES (sizeof(figures) / sizeof(figures[0]))

void hf_tables_list(FILE *out)
{
	for (size_t i = 0; i < N_FIGURES; i++)
		fprintf(out, "%-10s %s\n", figures[i].name, figures[i].help);
}

int hf_tables_write(const char *name, const struct hf_points *points, FILE *out)
{
	for (size_t i = 0; i < N_FIGURES; i++) {
		struct hf_rows t = { .out = out, .header = figures[i].header };

		if (strcmp(figures[i].name, name) != 0)
			continue;
		figures[i].write(&t, points);
		return t.rows;
	}
	return -ENOENT;
}
