// SPDX-License-Identifier: GPL-2.0-or-later
/* From two sides to verdicts. */
#include "compare/lib/judge.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/lib/gather.h"
#include "compare/lib/looks.h"
#include "compare/lib/shape.h"

#define OUTLYING_FROM 5 /* units a side from which the median of differences says something */
#define MODES_FROM 10	/* boots from which modes among them can be told */

static void note(struct hf_result *r, const char *text)
{
	if (r->n_notes < HF_JUDGE_NOTES)
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
		note(r, "units weighted by what they hold");
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
			note(r, "outlying value: the median of differences disagrees");
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
		note(r, "two modes among the values");
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
			note(r, "said to be exact, and varies: treated as noisy");
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

/* Fit of what has been gathered; @r->metric is set. */
static int fit(const struct hf_sides *sides, const struct hf_judge_options *options, const struct hf_gather *g, size_t n,
	       struct hf_result *r)
{
	double sign = r->series->better == HF_BETTER_HIGHER ? -1 : 1, sum[2] = { 0 }, res = NAN, level;

	r->unit = calloc(n, sizeof(*r->unit));
	if (!r->unit)
		return -ENOMEM;
	for (size_t i = 0; i < r->series->n_obs; i++) {
		const struct hf_obs *obs = &r->series->obs[i];

		res = hf_gather_counts(obs) ? fmax(res, obs->res) : res; /* fmax() passes over NaN */
	}
	r->plain = !(r->quantile > 0) && hf_gather_plain(r->series);
	for (size_t i = 0; i < n; i++) {
		double y = r->quantile > 0 ? log(hf_shape_quantile(g[i].bin, g[i].n_bins, r->quantile))
			   : r->plain	   ? g[i].sum / g[i].n
					   : g[i].ln / g[i].n;

		r->unit[i] = (struct hf_model_unit){ sign * y, g[i].t / (double)g[i].n_obs, 1, g[i].b };
		r->n[g[i].b]++;
		sum[g[i].b] += y;
	}
	for (int k = 0; k < 2; k++)
		r->location[k] = r->plain ? sum[k] / (double)r->n[k] : exp(sum[k] / (double)r->n[k]);
	r->limit = r->plain ? options->sesoi * fabs(r->location[0]) : log1p(r->quantile > 0 ? options->tail_sesoi : options->sesoi);
	level = r->plain ? 1 : r->location[0];
	res = isfinite(res) ? res * res / (12 * level * level) : 0;
	hf_model_fit(r->unit, n, options->sequential, res, &r->fit);
	r->verdict = HF_MODEL_INCONCLUSIVE;
	if (decide_exact(r))
		return 0;
	if (!(r->quantile > 0) && sides->unit == HF_SIDES_BOOT) {
		weigh(r, g, n);
		hf_model_fit(r->unit, n, options->sequential, res, &r->fit);
	}
	return 0;
}

static struct hf_result *add_result(struct hf_judge *j, const struct hf_series *series, double quantile)
{
	struct hf_result *r;

	if (!(j->n_results & (j->n_results - 1))) { /* room doubles at powers of two */
		r = realloc(j->result, (j->n_results ? 2 * j->n_results : 1) * sizeof(*r));
		if (!r)
			return NULL;
		j->result = r;
	}
	r = &j->result[j->n_results];
	*r = (struct hf_result){ .series = series,
				 .quantile = quantile,
				 .ratio = NAN,
				 .lo = NAN,
				 .hi = NAN,
				 .diff = NAN,
				 .diff_lo = NAN,
				 .diff_hi = NAN,
				 .holm = NAN,
				 .bh = NAN,
				 .mde = NAN };
	if (asprintf(&r->metric, "%s%s", series->metric, quantile > 0.995 ? ".p999" : quantile > 0 ? ".p99" : "") < 0)
		return NULL;
	j->n_results++;
	return r;
}

/* Enough values beyond the quantile in every unit? */
static bool has_tail(const struct hf_series *series, const struct hf_gather *g, size_t n, double q)
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

static int judge_series(struct hf_judge *j, const struct hf_series *series)
{
	static const double quantiles[] = { 0, 0.99, 0.999 };
	size_t n, have[2] = { 0 };
	struct hf_gather *g = hf_gather_series(j->sides, series, &n);
	int err = g ? 0 : -ENOMEM;

	for (size_t i = 0; g && i < n; i++)
		have[g[i].b]++;
	for (size_t q = 0; !err && have[0] && have[1] && q < sizeof(quantiles) / sizeof(quantiles[0]); q++) {
		struct hf_result *r;

		if (q && !has_tail(series, g, n, quantiles[q]))
			continue;
		r = add_result(j, series, quantiles[q]);
		err = r ? fit(j->sides, &j->options, g, n, r) : -ENOMEM;
	}
	hf_gather_free(g, n);
	return err;
}

/* Noise that is alike: latencies, rates, counts, tails. */
static int class_of(const struct hf_result *r)
{
	if (r->plain || r->exact || r->fit.welch)
		return -1;
	if (r->quantile > 0)
		return 3;
	return strcmp(r->series->unit, "ns") == 0 ? 0 : strchr(r->series->unit, '/') ? 1 : 2;
}

static int moderate(struct hf_judge *j)
{
	double *s2 = calloc(2 * j->n_results + 1, sizeof(*s2)), *nu = s2 + j->n_results, d0, s02;

	if (!s2)
		return -ENOMEM;
	for (int class = 0; class < 4; class ++) {
		size_t m = 0;

		for (size_t i = 0; i < j->n_results; i++) {
			const struct hf_result *r = &j->result[i];

			if (class_of(r) != class || !(r->fit.s2 > 0))
				continue;
			s2[m] = r->fit.s2;
			nu[m++] = r->fit.nu;
		}
		if (m < HF_MODEL_SUITE || hf_model_prior(s2, nu, m, &d0, &s02))
			continue;
		for (size_t i = 0; i < j->n_results; i++)
			if (class_of(&j->result[i]) == class)
				hf_model_moderate(&j->result[i].fit, d0, s02);
	}
	free(s2);
	return 0;
}

/* Ratios (or differences) as people read them: NEW over BASE whatever the direction. */
static void express(struct hf_result *r)
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

static void decide(struct hf_judge *j, struct hf_result *r)
{
	const struct hf_model_levels levels = j->levels;
	size_t least = r->n[0] < r->n[1] ? r->n[0] : r->n[1];
	unsigned int detect, prove;

	if (r->exact) {
		express(r);
		return;
	}
	if (j->options.sequential && j->options.session_sd > 0 && r->fit.s2 > 0 && !r->plain) /* both sessions are drawn once */
		r->fit.c += 2 * j->options.session_sd * j->options.session_sd / r->fit.s2;
	hf_model_test(&r->fit, r->limit, &levels, &r->test);
	detect = hf_model_boots(sqrt(r->fit.s2), r->limit, HF_MODEL_DETECT);
	prove = hf_model_boots(sqrt(r->fit.s2), r->limit, HF_MODEL_PROVE);
	r->boots_needed = r->fit.nu > 0 ? (detect > prove ? detect : prove) : 0;
	if (j->sides->unit == HF_SIDES_REPEAT) {
		note(r, "one run a side: repeats of one run do not decide");
	} else if (least < 2) {
		note(r, "one unit on a side: no verdict");
	} else if (r->fit.vif > HF_MODEL_VIF_REFUSE && !j->options.sequential) {
		note(r, "A and B were not interleaved");
		j->sequential++;
	} else if (least < 3 && !r->fit.moderated) {
		note(r, "two units on a side, and too small a suite to borrow its variance: no verdict");
	} else {
		r->verdict = r->test.verdict;
		r->tested = isfinite(r->test.p);
		if (r->test.confirmed)
			note(r, "even the bound is beyond the limit");
		if (r->test.real)
			note(r, "small but real");
		if (r->fit.vif > HF_MODEL_VIF_WARN && !j->options.sequential)
			note(r, "A and B were poorly interleaved");
	}
	look_for_outlier(r);
	if (j->sides->unit != HF_SIDES_REPEAT)
		look_for_modes(r);
	express(r);
}

static int decide_family(struct hf_judge *j)
{
	double *p = calloc(4 * j->n_results + 1, sizeof(*p)), *holm = p + j->n_results, *both = holm + j->n_results,
	       *bh = both + j->n_results;
	size_t m = 0;
	int err = p ? 0 : -ENOMEM;

	for (size_t i = 0; p && i < j->n_results; i++) {
		if (!j->result[i].tested)
			continue;
		p[m] = j->result[i].test.p_worse;
		both[m++] = j->result[i].test.p;
	}
	if (!err)
		err = hf_model_holm(p, m, holm);
	if (!err)
		err = hf_model_bh(both, m, bh);
	m = 0;
	for (size_t i = 0; !err && i < j->n_results; i++) {
		struct hf_result *r = &j->result[i];

		j->count[r->verdict]++;
		if (!r->tested)
			continue;
		r->holm = holm[m];
		r->bh = bh[m++];
		r->fails = r->holm <= j->family && r->verdict == HF_MODEL_REGRESSION;
		r->listed = r->bh <= HF_MODEL_FAMILY;
		j->rejected += r->fails;
	}
	free(p);
	return err;
}

bool hf_judge_missing(const struct hf_series *series, bool b)
{
	bool have[2] = { false, false };

	for (size_t i = 0; i < series->n_obs; i++)
		if (hf_gather_counts(&series->obs[i]))
			have[series->obs[i].b] = true;
	return have[b] && !have[!b];
}

bool hf_judge_new_trouble(const struct hf_sides *sides, size_t run)
{
	const struct hf_run *new = hf_reader_run(sides->reader, run);

	if (!sides->run_b[run] || strcmp(new->status, "ok") == 0 || strcmp(new->status, "skip") == 0)
		return false;
	for (size_t i = 0; i < sides->n_runs; i++) {
		const struct hf_run *base = hf_reader_run(sides->reader, i);

		if (!sides->run_b[i] && strcmp(base->bench, new->bench) == 0 && strcmp(base->status, new->status) == 0)
			return false;
	}
	return true;
}

static enum hf_judge_status conclude(const struct hf_judge *j)
{
	size_t noisy = 0, tested = 0;

	for (size_t i = 0; i < j->sides->n_differences; i++)
		if (j->sides->difference[i].forbidden)
			return HF_JUDGE_INCOMPARABLE;
	if (j->failed)
		return HF_JUDGE_REGRESSION; /* a crash is no missing data */
	if (j->sequential || j->broken || (j->options.gate && (j->missing[0] || j->sides->unit != HF_SIDES_BOOT)))
		return HF_JUDGE_INCOMPARABLE;
	if (j->rejected)
		return HF_JUDGE_REGRESSION;
	if (j->options.strict && j->count[HF_MODEL_INCONCLUSIVE])
		return HF_JUDGE_INCONCLUSIVE;
	for (size_t i = 0; i < j->n_results; i++) {
		noisy += !j->result[i].exact;
		tested += !j->result[i].exact && j->result[i].tested;
	}
	return noisy && !tested ? HF_JUDGE_INCONCLUSIVE : HF_JUDGE_OK; /* counts that agree do not make up for nothing else being decided */
}

/* Levels of this look: the fewer units a side have been promised, the further the look has come. */
static int find_levels(struct hf_judge *j)
{
	const struct hf_judge_options *o = &j->options;
	size_t least = j->sides->units[0] < j->sides->units[1] ? j->sides->units[0] : j->sides->units[1], k = 0;
	double t[HF_JUDGE_LOOKS], change[HF_JUDGE_LOOKS], same[HF_JUDGE_LOOKS];

	j->levels = (struct hf_model_levels){ HF_MODEL_CHANGE, HF_MODEL_SAME };
	j->family = HF_MODEL_FAMILY;
	if (!o->n_looks)
		return 0;
	while (k < o->n_looks && o->look[k] != least)
		k++;
	if (k == o->n_looks)
		return -ERANGE;
	for (size_t i = 0; i < o->n_looks; i++)
		t[i] = (double)o->look[i] / o->look[o->n_looks - 1];
	if (hf_looks_levels(HF_MODEL_CHANGE, t, o->n_looks, change) || hf_looks_levels(HF_MODEL_SAME, t, o->n_looks, same))
		return -ENOMEM;
	j->levels = (struct hf_model_levels){ change[k], same[k] };
	j->family = hf_looks_spent(HF_MODEL_FAMILY, t[k]) - (k ? hf_looks_spent(HF_MODEL_FAMILY, t[k - 1]) : 0);
	return 0;
}

int hf_judge_run(const struct hf_sides *sides, const struct hf_judge_options *options, struct hf_judge *judge)
{
	int err;

	*judge = (struct hf_judge){ .sides = sides, .options = *options };
	err = find_levels(judge);
	if (err)
		return err;
	for (size_t i = 0; i < sides->n_series && !err; i++) {
		err = judge_series(judge, sides->series[i]);
		judge->missing[0] += hf_judge_missing(sides->series[i], false);
		judge->missing[1] += hf_judge_missing(sides->series[i], true);
	}
	for (size_t i = 0; i < sides->n_runs; i++) {
		if (!hf_judge_new_trouble(sides, i))
			continue;
		if (strcmp(hf_reader_run(sides->reader, i)->status, "fail") == 0)
			judge->failed++;
		else
			judge->broken++;
	}
	if (!err)
		err = moderate(judge);
	for (size_t i = 0; i < judge->n_results && !err; i++)
		decide(judge, &judge->result[i]);
	if (!err)
		err = decide_family(judge);
	if (err)
		return err;
	judge->status = conclude(judge);
	return judge->n_results || judge->failed ? 0 : -ENODATA;
}

void hf_judge_free(struct hf_judge *judge)
{
	for (size_t i = 0; i < judge->n_results; i++) {
		free(judge->result[i].unit);
		free(judge->result[i].metric);
	}
	free(judge->result);
	judge->result = NULL;
	judge->n_results = 0;
}
