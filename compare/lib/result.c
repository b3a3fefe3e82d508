// SPDX-License-Identifier: GPL-2.0-or-later
/* One metric at one point. */
#include "compare/lib/result.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/lib/shape.h"

#define OUTLYING_FROM 5 /* units a side from which the median of differences says something */
#define MODES_FROM 10	/* boots from which modes among them can be told */

void hf_result_note(struct hf_result *r, const char *text)
{
	if (r->n_notes < HF_RESULT_NOTES)
		r->note[r->n_notes++] = text;
}

/* Parts of the variance of a unit, and weights where units differ in what they hold. */
static void weigh(struct hf_result *r, const struct hf_gather *g, size_t n)
{
	double low = INFINITY, high = 0, t1, t2;
	struct hf_gather_spread v;

	hf_gather_spread(g, n, r->plain, &v);
	if (!(r->fit.nu > 0) || isnan(v.s2) || r->plain)
		return;
	r->parts = hf_model_parts(v.s1, v.s2, r->fit.s2, v.iterations, v.processes);
	t1 = r->parts.iteration * v.iterations * v.processes;
	t2 = r->parts.process * v.processes;
	for (size_t i = 0; i < n; i++) {
		r->unit[i].w = 1 / (r->parts.boot + t2 / g[i].n + t1 / fmax(1, g[i].iterations));
		low = fmin(low, r->unit[i].w);
		high = fmax(high, r->unit[i].w);
	}
	if (isfinite(high) && high >= 1.5 * low) {
		hf_result_note(r, "units weighted by what they hold");
		return;
	}
	for (size_t i = 0; i < n; i++)
		r->unit[i].w = 1;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Hodges and Lehmann's median of differences, against the estimate: one boot that pulls the mean shows. */
static void look_for_outlier(struct hf_result *r)
{
	size_t n = r->n[0] + r->n[1], m = 0;
	double *d, median;

	if (r->n[0] < OUTLYING_FROM || r->n[1] < OUTLYING_FROM)
		return;
	d = calloc(r->n[0] * r->n[1], sizeof(*d));
	for (size_t i = 0; d && i < n; i++)
		for (size_t k = 0; k < n; k++)
			if (!r->unit[i].b && r->unit[k].b) {
				double drift = r->fit.timed ? r->fit.slope * (r->unit[k].t - r->unit[i].t) : 0;

				d[m++] = r->unit[k].y - r->unit[i].y - drift;
			}
	if (d) {
		qsort(d, m, sizeof(*d), by_value);
		median = m % 2 ? d[m / 2] : (d[m / 2 - 1] + d[m / 2]) / 2;
		if (fabs(median - r->fit.d) > r->test.se / 2)
			hf_result_note(r, "outlying value: the median of differences disagrees");
	}
	free(d);
}

/* The 1 % point by sample size, which few sizes need: remembered. */
static double critical(size_t n)
{
	static struct {
		size_t n;
		double t;
	} known[16];
	size_t at = n % 16;

	if (known[at].n != n) {
		known[at].n = n;
		known[at].t = hf_shape_critical(n, 1);
	}
	return known[at].t;
}

static void look_for_modes(struct hf_result *r)
{
	size_t n = r->n[0] + r->n[1];
	struct hf_shape_modes modes;
	double *x;

	if (n < MODES_FROM)
		return;
	x = calloc(n, sizeof(*x));
	for (size_t i = 0; x && i < n; i++)
		x[i] = r->unit[i].y - r->fit.d * r->unit[i].b - (r->fit.timed ? r->fit.slope * r->unit[i].t : 0);
	if (x && !hf_shape_modes(x, n, &modes) && modes.t > critical(n))
		hf_result_note(r, "two modes among the values");
	free(x);
}

/* A count that must repeat exactly and does: nothing to estimate. */
static bool decide_exact(struct hf_result *r)
{
	double value[2] = { NAN, NAN };
	size_t n = r->n[0] + r->n[1];

	if (!r->series->exact || r->quantile > 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (isnan(value[r->unit[i].b]))
			value[r->unit[i].b] = r->unit[i].y;
		if (fabs(value[r->unit[i].b] - r->unit[i].y) > 1e-12 * fabs(value[r->unit[i].b])) {
			hf_result_note(r, "said to be exact, and varies: treated as noisy");
			return false;
		}
	}
	r->exact = true;
	r->fit.s2 = 0;
	r->fit.nu = fmax(1, r->fit.nu);
	r->fit.d = fabs(value[1] - value[0]) > 1e-12 * fabs(value[0]) ? value[1] - value[0] : 0;
	hf_model_test(&r->fit, r->limit, &(struct hf_model_levels){ HF_MODEL_CHANGE, HF_MODEL_SAME }, &r->test);
	r->verdict = r->test.verdict;
	r->tested = true;
	return true;
}

bool hf_result_tailed(const struct hf_series *series, const struct hf_gather *g, size_t n, double q)
{
	for (size_t i = 0; i < n; i++) {
		double all = 0;

		for (size_t k = 0; k < g[i].n_bins; k++)
			all += (double)g[i].bin[k].count;
		if (all * (1 - q) < HF_SHAPE_BEYOND * (1 - 1e-9))
			return false;
	}
	return n && strcmp(series->unit, "ns") == 0 && series->better == HF_BETTER_LOWER;
}

/* How well a quantile is known inside one unit: ranks that enclose it. Says nothing about the difference between boots. */
static int find_within(struct hf_result *r, const struct hf_gather *g, size_t n)
{
	double *low = calloc(2 * n + 1, sizeof(*low)), *high = low + n;

	if (!low)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		double all = 0, q = hf_shape_quantile(g[i].bin, g[i].n_bins, r->quantile);
		unsigned int from, to;

		for (size_t k = 0; k < g[i].n_bins; k++)
			all += (double)g[i].bin[k].count;
		hf_shape_ranks((unsigned int)fmin(all, 1e9), r->quantile, 0.05, &from, &to);
		low[i] = hf_shape_quantile(g[i].bin, g[i].n_bins, from / all) / q;
		high[i] = hf_shape_quantile(g[i].bin, g[i].n_bins, fmin(1, to / all)) / q;
	}
	qsort(low, n, sizeof(*low), by_value);
	qsort(high, n, sizeof(*high), by_value);
	r->within_lo = low[n / 2];
	r->within_hi = high[n / 2];
	free(low);
	return 0;
}

/* Runs whose warm-up did not end in a steady state, at this point. */
static void look_for_unsteady(struct hf_result *r)
{
	size_t seen = 0, unsteady = 0;

	for (size_t i = 0; i < r->series->n_obs; i++) {
		const struct hf_run *run = r->series->obs[i].run;
		bool here = false;

		if (!hf_gather_counts(&r->series->obs[i]))
			continue;
		for (size_t k = 0; k < run->n_warns && !here; k++) {
			here = strcmp(run->warn[k].code, "unsteady") == 0;
			for (size_t p = 0; p < run->warn[k].params.n && here; p++) {
				const char *text = hf_reader_pair(&r->series->params, run->warn[k].params.at[p].name);

				here = !text || strcmp(text, run->warn[k].params.at[p].text) == 0;
			}
		}
		seen++;
		unsteady += here;
	}
	if (unsteady > seen / 2)
		hf_result_note(r, "no steady state in most runs");
}

static double location(const struct hf_gather *g, const struct hf_result *r)
{
	return r->quantile > 0 ? log(hf_shape_quantile(g->bin, g->n_bins, r->quantile)) : hf_gather_value(g, r->plain);
}

int hf_result_fit(const struct hf_sides *sides, const struct hf_result_rules *rules, const struct hf_series *series,
		  const struct hf_gather *g, size_t n, double quantile, struct hf_result *r)
{
	double sign = series->better == HF_BETTER_HIGHER ? -1 : 1, sum[2] = { 0 }, res = NAN, level;

	*r = (struct hf_result){ .series = series, .quantile = quantile };
	r->ratio = r->lo = r->hi = r->diff = r->diff_lo = r->diff_hi = r->family = r->bh = r->mde = r->within_lo = r->within_hi = NAN;
	r->verdict = HF_MODEL_INCONCLUSIVE;
	r->unit = calloc(n, sizeof(*r->unit));
	r->id = calloc(n, sizeof(*r->id));
	if (!r->unit || !r->id || asprintf(&r->metric, "%s%s", series->metric, quantile > 0.995 ? ".p999" : quantile > 0 ? ".p99" : "") < 0)
		return -ENOMEM;
	for (size_t i = 0; i < series->n_obs; i++)
		res = hf_gather_counts(&series->obs[i]) ? fmax(res, series->obs[i].res) : res; /* fmax() passes over NaN */
	r->plain = !(quantile > 0) && hf_gather_plain(series);
	for (size_t i = 0; i < n; i++) {
		double y = location(&g[i], r);

		r->unit[i] = (struct hf_model_unit){ sign * y, g[i].t / (double)g[i].n_obs, 1, g[i].b };
		r->id[i] = g[i].id;
		r->n[g[i].b]++;
		sum[g[i].b] += y;
	}
	for (int k = 0; k < 2; k++)
		r->location[k] = r->plain ? sum[k] / (double)r->n[k] : exp(sum[k] / (double)r->n[k]);
	r->limit = r->plain ? rules->sesoi * fabs(r->location[0]) : log1p(quantile > 0 ? rules->tail_sesoi : rules->sesoi);
	level = r->plain ? 1 : r->location[0];
	res = isfinite(res) ? res * res / (12 * level * level) : 0;
	hf_model_fit(r->unit, n, rules->no_time, res, &r->fit);
	if (decide_exact(r))
		return 0;
	if (!(quantile > 0) && sides->unit == HF_UNIT_BOOT) {
		weigh(r, g, n);
		hf_model_fit(r->unit, n, rules->no_time, res, &r->fit);
	}
	return quantile > 0 ? find_within(r, g, n) : 0;
}

void hf_result_test(const struct hf_sides *sides, const struct hf_model_levels *levels, struct hf_result *r)
{
	unsigned int detect, prove;

	hf_model_test(&r->fit, r->limit, levels, &r->test);
	detect = hf_model_boots(sqrt(r->fit.s2), r->limit, HF_MODEL_DETECT);
	prove = hf_model_boots(sqrt(r->fit.s2), r->limit, HF_MODEL_PROVE);
	r->boots_needed = r->fit.nu > 0 ? (detect > prove ? detect : prove) : 0;
	look_for_outlier(r);
	if (sides->unit != HF_UNIT_REPEAT)
		look_for_modes(r);
	look_for_unsteady(r);
}

/* As people read them: NEW over BASE whatever the direction. */
void hf_result_express(struct hf_result *r)
{
	double sign = r->series->better == HF_BETTER_HIGHER ? -1 : 1;
	double d = sign * r->fit.d, lo = sign > 0 ? r->test.lo : -r->test.hi, hi = sign > 0 ? r->test.hi : -r->test.lo;

	if (r->plain) {
		r->diff = d;
		r->diff_lo = lo;
		r->diff_hi = hi;
		r->mde = r->test.mde;
		if (r->location[0] > 0) {
			r->ratio = 1 + d / r->location[0];
			r->lo = 1 + lo / r->location[0];
			r->hi = 1 + hi / r->location[0];
		}
		return;
	}
	r->ratio = exp(d);
	r->lo = exp(lo);
	r->hi = exp(hi);
	r->mde = expm1(r->test.mde);
}

void hf_result_free(struct hf_result *r)
{
	free(r->unit);
	free(r->id);
	free(r->metric);
	*r = (struct hf_result){ 0 };
}
