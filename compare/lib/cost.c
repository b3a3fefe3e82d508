// SPDX-License-Identifier: GPL-2.0-or-later
/* Cost of a call and cost of a page. */
#include "compare/lib/cost.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "measure/line.h"
#include "measure/summary.h"

#define LEAST_BATCHES 3
#define REPS_MAX 1024
#define SUFFIX "_call_ns"

int hf_cost_fit(const double *x, const double *y, size_t n, double *fixed, double *each)
{
	struct hf_line line = { 0 };
	double fit;

	for (size_t i = 0; i < n; i++) {
		if (!(y[i] > 0))
			return -EDOM;
		hf_line_add(&line, x[i], y[i], 1 / (y[i] * y[i]));
	}
	return hf_line_fit(&line, fixed, each, &fit);
}

static double batch_of(const struct hf_point *p)
{
	const char *text = hf_reader_pair(&p->params, "batch");
	double v;

	return text && hf_parse_double(text, 1, 1e9, &v) == 0 ? v : NAN;
}

/* The same label and the same parameters, "batch" aside. */
static bool same_line(const struct hf_point *a, const struct hf_point *b)
{
	if (strcmp(a->label, b->label) != 0 || a->params.n != b->params.n)
		return false;
	for (size_t i = 0; i < a->params.n; i++) {
		const char *other = hf_reader_pair(&b->params, a->params.at[i].name);

		if (strcmp(a->params.at[i].name, "batch") != 0 && (!other || strcmp(other, a->params.at[i].text) != 0))
			return false;
	}
	return true;
}

/* Interval of both coefficients from a fit to each repeat. */
static void intervals(struct hf_cost *c, const struct hf_value *const *value)
{
	double fixed[REPS_MAX], each[REPS_MAX], y[HF_COST_BATCHES];
	unsigned int n = 0;

	for (size_t rep = 0; rep < REPS_MAX; rep++) {
		bool whole = true;

		for (size_t i = 0; i < c->n; i++) {
			whole &= rep < value[i]->sample.n_reps && isfinite(value[i]->sample.rep[rep]);
			y[i] = whole ? value[i]->sample.rep[rep] : NAN;
		}
		if (whole && hf_cost_fit(c->batch, y, c->n, &fixed[n], &each[n]) == 0)
			n++;
	}
	hf_summary_interval(c->fixed.value, fixed, n, &c->fixed.lo, &c->fixed.hi);
	hf_summary_interval(c->each.value, each, n, &c->each.lo, &c->each.hi);
}

/* The line that begins at point @first, if that is the first of its line. */
static bool line_of(const struct hf_group *g, size_t first, const char *metric, struct hf_cost *c)
{
	const struct hf_value *value[HF_COST_BATCHES];

	*c = (struct hf_cost){ .group = g, .first = &g->point[first], .metric = metric };
	for (size_t p = 0; p < g->n_points && c->n < HF_COST_BATCHES; p++) {
		const struct hf_value *v = hf_points_value(&g->point[p], metric);
		double batch = batch_of(&g->point[p]);
		size_t at;

		if (!v || isnan(batch) || !(v->sample.value > 0) || !same_line(&g->point[first], &g->point[p]))
			continue;
		if (p < first)
			return false;
		for (at = c->n++; at > 0 && c->batch[at - 1] > batch; at--) {
			c->batch[at] = c->batch[at - 1];
			c->value[at] = c->value[at - 1];
			value[at] = value[at - 1];
		}
		c->batch[at] = batch;
		c->value[at] = v->sample.value;
		value[at] = v;
	}
	if (c->n < LEAST_BATCHES || hf_cost_fit(c->batch, c->value, c->n, &c->fixed.value, &c->each.value))
		return false;
	for (size_t i = 0; i < c->n; i++) {
		double off = fabs(c->fixed.value + c->each.value * c->batch[i] - c->value[i]) / c->value[i];

		c->worst = off > c->worst ? off : c->worst;
		c->low[i] = value[i]->sample.lo;
		c->high[i] = value[i]->sample.hi;
	}
	intervals(c, value);
	return true;
}

void hf_cost_each(const struct hf_points *points, void (*fn)(void *arg, const struct hf_cost *cost), void *arg)
{
	for (size_t i = 0; i < points->n_groups; i++) {
		const struct hf_group *g = &points->group[i];

		for (size_t m = 0; g->run && m < g->run->n_metrics; m++) {
			const char *metric = g->run->metric[m].name;
			size_t len = strlen(metric);

			if (len <= strlen(SUFFIX) || strcmp(metric + len - strlen(SUFFIX), SUFFIX) != 0)
				continue;
			for (size_t p = 0; p < g->n_points; p++) {
				struct hf_cost c;

				if (line_of(g, p, metric, &c))
					fn(arg, &c);
			}
		}
	}
}
