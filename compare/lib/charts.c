// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of a comparison and of a history. */
#include "compare/lib/charts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/lib/gather.h"
#include "compare/lib/rows.h"
#include "compare/lib/shape.h"

static void text_result(struct hf_rows *t, const struct hf_judge *j, const struct hf_result *r)
{
	char name[256];

	hf_rows_text(t, hf_judge_name(j, r, name, sizeof(name)));
}

/*
 * One block a verdict, so that each has its colour; the row's number is the place from the top. Exact counts have no interval and are not
 * drawn.
 */
static int forest(struct hf_rows *t, const struct hf_judge *j)
{
	for (int v = HF_MODEL_REGRESSION; v <= HF_MODEL_INCONCLUSIVE; v++) {
		int before = t->rows;

		for (size_t i = 0; i < j->n_results; i++) {
			const struct hf_result *r = &j->result[i];
			double limit = r->quantile > 0 ? j->options.tail_sesoi : j->options.sesoi;

			if ((int)r->verdict != v || r->exact || !isfinite(r->ratio) || !isfinite(r->lo) || !isfinite(r->hi))
				continue;
			if (t->rows == before)
				hf_rows_block(t);
			hf_rows_number(t, t->rows + 1);
			text_result(t, j, r);
			hf_rows_text(t, hf_model_word(r->verdict));
			hf_rows_number(t, 100 * (r->ratio - 1));
			hf_rows_number(t, 100 * (r->lo - 1));
			hf_rows_number(t, 100 * (r->hi - 1));
			hf_rows_number(t, 100 * limit);
			hf_rows_number(t, r->plain ? NAN : 100 * r->mde);
			hf_rows_end(t);
		}
	}
	return 0;
}

/*
 * Two blocks a panel, BASE and NEW; in percent of the mean over both, by minutes since the first boot. Metrics that stand out, else the
 * first few.
 */
static int boots(struct hf_rows *t, const struct hf_judge *j)
{
	unsigned int panels = 0;
	double begun = INFINITY;

	for (size_t i = 0; i < j->n_results; i++)
		for (size_t k = 0; k < j->result[i].n[0] + j->result[i].n[1]; k++)
			begun = fmin(begun, j->result[i].unit[k].t);
	for (int wanted = 1; wanted >= 0 && !panels; wanted--) {
		for (size_t i = 0; i < j->n_results && panels < HF_ROWS_CURVES; i++) {
			const struct hf_result *r = &j->result[i];
			size_t n = r->n[0] + r->n[1];
			double mean = 0;

			if (r->exact || r->plain || n < 4 || r->quantile > 0 || (r->listed || r->verdict == HF_MODEL_REGRESSION) != wanted)
				continue;
			panels++;
			for (size_t k = 0; k < n; k++)
				mean += r->unit[k].y / (double)n;
			for (int b = 0; b < 2; b++) {
				hf_rows_block(t);
				for (size_t k = 0; k < n; k++) {
					double sign = r->series->better == HF_BETTER_HIGHER ? -1 : 1;

					if (r->unit[k].b != b)
						continue;
					text_result(t, j, r);
					hf_rows_text(t, b ? "NEW" : "BASE");
					hf_rows_number(t, (r->unit[k].t - begun) / 60);
					hf_rows_number(t, 100 * expm1(sign * (r->unit[k].y - mean)));
					hf_rows_end(t);
				}
			}
		}
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int chances(struct hf_rows *t, const struct hf_judge *j)
{
	double *p = calloc(j->n_results + 1, sizeof(*p));
	size_t n = 0;

	for (size_t i = 0; p && i < j->n_results; i++)
		if (j->result[i].tested && !j->result[i].exact)
			p[n++] = j->result[i].test.p_worse;
	if (p)
		qsort(p, n, sizeof(*p), by_value);
	for (size_t i = 0; p && i < n; i++) {
		hf_rows_number(t, ((double)i + 0.5) / (double)n);
		hf_rows_number(t, p[i]);
		hf_rows_end(t);
	}
	free(p);
	return p ? 0 : -ENOMEM;
}

/* All units of a side together. */
static int merge(const struct hf_gather *g, size_t n, bool b, struct hf_bin **bin, size_t *n_bins)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		if (g[i].b == b)
			err = hf_shape_merge(bin, n_bins, g[i].bin, g[i].n_bins);
	return err;
}

static void begin_row(struct hf_rows *t, const struct hf_judge *j, const struct hf_result *r, const char *curve)
{
	text_result(t, j, r);
	hf_rows_text(t, curve);
}

/* The quantiles themselves are plain numbers here: at most some hundred steps, denser in the tail. */
static void distribution(struct hf_rows *t, const struct hf_judge *j, const struct hf_result *r, bool b, const struct hf_bin *bin, size_t n)
{
	hf_rows_block(t);
	for (double rest = 1; rest > 0.001; rest -= fmin(0.005, 0.05 * rest)) {
		begin_row(t, j, r, b ? "NEW" : "BASE");
		hf_rows_number(t, 1 - rest);
		hf_rows_number(t, hf_shape_quantile(bin, n, 1 - rest));
		hf_rows_number(t, NAN);
		hf_rows_number(t, NAN);
		hf_rows_end(t);
	}
}

/* Every quantile is a value of each unit, and compared as the location is. */
static int shifts(struct hf_rows *t, const struct hf_judge *j, const struct hf_result *r, const struct hf_gather *g, size_t n)
{
	static const double q[] = { 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999 };
	struct hf_model_unit *unit = calloc(n + 1, sizeof(*unit));

	if (!unit)
		return -ENOMEM;
	hf_rows_block(t);
	for (size_t k = 0; k < sizeof(q) / sizeof(q[0]); k++) {
		struct hf_model_test test;
		struct hf_model_fit fit;

		if (q[k] > 0.95 && !hf_result_tailed(r->series, g, n, q[k]))
			continue;
		for (size_t i = 0; i < n; i++)
			unit[i] = (struct hf_model_unit){ log(hf_shape_quantile(g[i].bin, g[i].n_bins, q[k])), g[i].t / (double)g[i].n_obs,
							  1, g[i].b };
		hf_model_fit(unit, n, j->options.sequential, 0, &fit);
		hf_model_test(&fit, r->limit, &j->levels, &test);
		begin_row(t, j, r, "shift");
		hf_rows_number(t, q[k]);
		hf_rows_number(t, 100 * expm1(fit.d));
		hf_rows_number(t, 100 * expm1(test.lo));
		hf_rows_number(t, 100 * expm1(test.hi));
		hf_rows_end(t);
	}
	free(unit);
	return 0;
}

static int shift_panel(struct hf_rows *t, const struct hf_judge *j, const struct hf_result *r, unsigned int *panels)
{
	const struct hf_sides *sides = r->flagged ? j->fresh : j->sides;
	const struct hf_series *series = r->flagged ? hf_sides_find(sides, r->series) : r->series;
	struct hf_bin *bin[2] = { NULL, NULL };
	size_t n = 0, n_bins[2] = { 0, 0 };
	struct hf_gather *g = hf_gather_series(sides, series, &n);
	bool whole = n > 0;
	int err = g ? 0 : -ENOMEM;

	for (size_t i = 0; i < n; i++)
		whole = whole && g[i].n_bins;
	for (int b = 0; b < 2 && !err && whole; b++)
		err = merge(g, n, b, &bin[b], &n_bins[b]);
	for (int b = 0; b < 2 && !err && whole; b++)
		distribution(t, j, r, b, bin[b], n_bins[b]);
	if (!err && whole) {
		err = shifts(t, j, r, g, n);
		(*panels)++;
	}
	free(bin[0]);
	free(bin[1]);
	hf_gather_free(g, n);
	return err;
}

static bool stands_out(const struct hf_result *r)
{
	return r->listed || r->verdict == HF_MODEL_REGRESSION;
}

/* Three blocks a panel: the distribution of BASE, that of NEW, and how far each quantile has moved. Metrics that stand out, else the first few. */
static int shift(struct hf_rows *t, const struct hf_judge *j)
{
	unsigned int panels = 0;
	int err = 0;

	for (int wanted = 1; wanted >= 0 && !panels; wanted--)
		for (size_t i = 0; i < j->n_results && panels < HF_ROWS_CURVES && !err; i++) {
			const struct hf_result *r = &j->result[i];

			if (!r->exact && !r->plain && !(r->quantile > 0) && stands_out(r) == wanted)
				err = shift_panel(t, j, r, &panels);
		}
	return err;
}

static int variance(struct hf_rows *t, const struct hf_judge *j)
{
	for (size_t i = 0; i < j->n_results; i++) {
		const struct hf_result *r = &j->result[i];
		double all = r->parts.boot + r->parts.process + r->parts.iteration;

		if (!(all > 0))
			continue;
		hf_rows_number(t, t->rows + 1);
		text_result(t, j, r);
		hf_rows_number(t, 100 * sqrt(all));
		hf_rows_number(t, 100 * r->parts.boot / all);
		hf_rows_number(t, 100 * r->parts.process / all);
		hf_rows_number(t, 100 * r->parts.iteration / all);
		hf_rows_end(t);
	}
	return 0;
}

static void text_series(struct hf_rows *t, const struct hf_steps *steps, const struct hf_steps_series *s)
{
	char name[256];

	hf_rows_text(t, hf_sides_title(steps->sides, s->series, s->series->metric, name, sizeof(name)));
}

/* Two blocks a panel: the boots, and the level of each segment from its first boot to its last. In percent of the mean, by days. */
static void history_panel(struct hf_rows *t, const struct hf_steps *steps, const struct hf_steps_series *s)
{
	double mean = 0;

	for (size_t i = 0; i < s->n; i++)
		mean += s->point[i].y / (double)s->n;
	for (int lines = 0; lines < 2; lines++) {
		hf_rows_block(t);
		for (size_t from = 0, k = 0; from < s->n; k++) {
			size_t to = k < s->n_steps ? s->step[k].at : s->n;
			double level = 0;

			for (size_t i = from; i < to; i++)
				level += s->point[i].y / (double)(to - from);
			for (size_t i = from; i < to; i++) {
				if (lines && i != from && i != to - 1)
					continue;
				text_series(t, steps, s);
				hf_rows_number(t, (s->point[i].t - s->point[0].t) / 86400);
				hf_rows_number(t, 100 * expm1((lines ? level : s->point[i].y) - mean));
				hf_rows_end(t);
			}
			from = to;
		}
	}
}

static int history(struct hf_rows *t, const struct hf_steps *steps)
{
	unsigned int panels = 0;

	for (int wanted = 1; wanted >= 0 && !panels; wanted--)
		for (size_t i = 0; i < steps->n && panels < HF_ROWS_CURVES; i++) {
			const struct hf_steps_series *s = &steps->series[i];

			if (s->plain || s->series->exact || s->n < HF_STEPS_FEWEST || s->listed != wanted)
				continue;
			history_panel(t, steps, s);
			panels++;
		}
	return 0;
}

static const struct chart {
	const char *name, *help, *header;
	int (*compare)(struct hf_rows *t, const struct hf_judge *judge);
	int (*history)(struct hf_rows *t, const struct hf_steps *steps);
} charts[] = {
	{ "forest", "change of every metric with its interval, its limit and what would have been found",
	  "# row\tmetric\tverdict\tchange (%)\tlo (%)\thi (%)\tlimit (%)\twould find (%)\n", forest, NULL },
	{ "boots", "boot values over time of the metrics that stand out", "# metric\tside\ttime (min)\tvalue against the mean (%)\n", boots,
	  NULL },
	{ "shift", "distributions of both sides, and how far each quantile has moved",
	  "# metric\tcurve\tquantile\tvalue, or shift (%)\tlo (%)\thi (%)\n", shift, NULL },
	{ "variance", "where the noise of a boot's value comes from", "# row\tmetric\tnoise (%)\tboot (%)\tprocess (%)\titeration (%)\n",
	  variance, NULL },
	{ "chances", "p values of all metrics against those of chance", "# expected p\tp of slower\n", chances, NULL },
	{ "history", "boot values over time with the levels between steps", "# metric\ttime (days)\tvalue against the mean (%)\n", NULL,
	  history },
};

void hf_charts_list(bool of_history, FILE *out)
{
	for (size_t i = 0; i < sizeof(charts) / sizeof(charts[0]); i++)
		if ((charts[i].history != NULL) == of_history)
			fprintf(out, "%-10s %s\n", charts[i].name, charts[i].help);
}

static int write_chart(const char *name, const struct hf_judge *judge, const struct hf_steps *steps, FILE *out)
{
	for (size_t i = 0; i < sizeof(charts) / sizeof(charts[0]); i++) {
		struct hf_rows t = { .out = out, .header = charts[i].header };
		int err;

		if (strcmp(charts[i].name, name) != 0 || (judge ? !charts[i].compare : !charts[i].history))
			continue;
		err = judge ? charts[i].compare(&t, judge) : charts[i].history(&t, steps);
		return err ? err : t.rows;
	}
	return -ENOENT;
}

int hf_charts_compare(const char *name, const struct hf_judge *judge, FILE *out)
{
	return write_chart(name, judge, NULL, out);
}

int hf_charts_history(const char *name, const struct hf_steps *steps, FILE *out)
{
	return write_chart(name, NULL, steps, out);
}
