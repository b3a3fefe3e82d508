// SPDX-License-Identifier: GPL-2.0-or-later
/* From two sides to verdicts. */
#include "compare/lib/judge.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "compare/lib/flips.h"
#include "compare/lib/gather.h"
#include "compare/lib/looks.h"
#include "compare/lib/prior.h"

static struct hf_result *add_result(struct hf_judge *j)
{
	struct hf_result *r = hf_grow(j->result, j->n_results, sizeof(*r));

	if (!r)
		return NULL;
	j->result = r;
	return &j->result[j->n_results++];
}

static struct hf_result_rules rules_of(const struct hf_judge_options *o)
{
	return (struct hf_result_rules){ o->sesoi, o->tail_sesoi, o->sequential };
}

static int judge_series(struct hf_judge *j, const struct hf_series *series)
{
	static const double quantiles[] = { 0, 0.99, 0.999 };
	const struct hf_result_rules rules = rules_of(&j->options);
	size_t n, have[2] = { 0 };
	struct hf_gather *g = hf_gather_series(j->sides, series, &n);
	int err = g ? 0 : -ENOMEM;

	for (size_t i = 0; g && i < n; i++)
		have[g[i].b]++;
	for (size_t q = 0; !err && have[0] && have[1] && q < sizeof(quantiles) / sizeof(quantiles[0]); q++) {
		struct hf_result *r;

		if (q && !hf_result_tailed(series, g, n, quantiles[q]))
			continue;
		r = add_result(j);
		err = r ? hf_result_fit(j->sides, &rules, series, g, n, quantiles[q], r) : -ENOMEM;
	}
	hf_gather_free(g, n);
	return err;
}

/* Older boots say how noisy a boot is, unless the noise has changed. */
static int borrow(struct hf_judge *j, struct hf_result *r)
{
	const struct hf_judge_options *o = &j->options;
	struct hf_prior_noise old;
	int err;

	if (!o->history || r->exact || j->sides->unit != HF_UNIT_BOOT)
		return 0;
	err = hf_prior_noise(o->history, j->sides, r, &old);
	if (err)
		return err;
	if (!(old.nu > 0) || r->fit.welch)
		return 0;
	if (!hf_model_alike(r->fit.s2, r->fit.nu, old.s2, old.nu)) {
		hf_result_note(r, "its noise is not that of the history, which is left aside");
		return 0;
	}
	hf_model_pool(&r->fit, old.s2, old.nu);
	r->prior = true;
	if ((o->sequential || r->n[0] + r->n[1] == 2) && !(o->session_sd > 0)) { /* both sessions are drawn once */
		if (old.sessions > 0)
			r->fit.c += 2 * old.session2 / r->fit.s2;
		else
			hf_result_note(r, "the history holds no build measured in two sessions: noise between sessions is not allowed for");
	}
	return 0;
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

static void decide(struct hf_judge *j, struct hf_result *r)
{
	size_t least = r->n[0] < r->n[1] ? r->n[0] : r->n[1];
	bool apart = j->options.sequential || (r->prior && r->n[0] + r->n[1] == 2);

	if (r->exact) {
		hf_result_express(r);
		return;
	}
	if (j->options.sequential && j->options.session_sd > 0 && r->fit.s2 > 0 && !r->plain) /* both sessions are drawn once */
		r->fit.c += 2 * j->options.session_sd * j->options.session_sd / r->fit.s2;
	hf_result_test(j->sides, &j->levels, r);
	if (j->sides->unit == HF_UNIT_REPEAT) {
		hf_result_note(r, "one run a side: repeats of one run do not decide");
	} else if (least < 2 && !r->prior) {
		hf_result_note(r, "one unit on a side: no verdict without a history");
	} else if (r->fit.vif > HF_MODEL_VIF_REFUSE && !apart) {
		hf_result_note(r, "A and B were not interleaved");
		j->sequential++;
	} else if (least < 3 && !r->fit.moderated && !r->prior) {
		hf_result_note(r, "two units on a side, and too small a suite to borrow its variance: no verdict");
	} else {
		r->verdict = r->test.verdict;
		r->tested = isfinite(r->test.p);
		if (r->test.confirmed)
			hf_result_note(r, "even the bound is beyond the limit");
		if (r->test.real)
			hf_result_note(r, "small but real");
		if (r->fit.vif > HF_MODEL_VIF_WARN && !apart)
			hf_result_note(r, "A and B were poorly interleaved");
	}
	hf_result_express(r);
}

/* The result's value on one side of a pair; NaN if it has none. */
static double of_pair(const struct hf_result *r, const struct hf_units_part *part)
{
	for (size_t i = 0; i < r->n[0] + r->n[1]; i++)
		if (r->unit[i].b == part->b && strcmp(r->id[i], part->id) == 0)
			return r->unit[i].y;
	return NAN;
}

static int flip(const struct hf_judge *j, size_t m, double *adjusted)
{
	struct hf_units_part *part;
	size_t n, at = 0, pairs = 0;
	double *d = NULL;
	int err = -ENOMEM;

	part = hf_units_parts(j->sides, &n);
	for (size_t i = 0; part && i < n; i++)
		pairs = part[i].pair > pairs ? part[i].pair : pairs;
	if (part)
		d = calloc(m * pairs + 1, sizeof(*d));
	for (size_t k = 0; d && k < m * pairs; k++)
		d[k] = NAN;
	for (size_t i = 0; d && i < j->n_results; i++) {
		const struct hf_result *r = &j->result[i];

		if (!r->tested)
			continue;
		for (size_t k = 0; k + 1 < n; k++) {
			const struct hf_units_part *a = &part[k], *b = &part[k + 1];

			if (a->pair && a->pair == b->pair && (!*a->group || strcmp(a->group, r->series->bench) == 0))
				d[at * pairs + a->pair - 1] = (of_pair(r, b) - of_pair(r, a)) * (b->b ? 1 : -1);
		}
		at++;
	}
	if (d)
		err = hf_flips_adjust(d, m, pairs, 1, adjusted);
	free(d);
	free(part);
	return err;
}

static int decide_family(struct hf_judge *j)
{
	double *p = calloc(4 * j->n_results + 1, sizeof(*p)), *both = p + j->n_results, *family = both + j->n_results,
	       *bh = family + j->n_results;
	size_t m = 0, n = 0, k = 0;
	int err = p ? 0 : -ENOMEM;

	for (size_t i = 0; p && i < j->n_results; i++) {
		const struct hf_result *r = &j->result[i];

		if (!r->tested)
			continue;
		both[n++] = r->test.p;
		if (j->stage == 1 || r->flagged)
			p[m++] = r->test.p_worse;
	}
	if (!err)
		err = j->options.max_t && j->stage == 1 ? flip(j, m, family) : hf_model_holm(p, m, family);
	if (!err)
		err = hf_model_bh(both, n, bh);
	m = n = 0;
	memset(j->count, 0, sizeof(j->count));
	j->rejected = 0;
	for (size_t i = 0; !err && i < j->n_results; i++) {
		struct hf_result *r = &j->result[i];
		bool member = j->stage == 1 || r->flagged;

		j->count[r->verdict]++;
		k += r->tested && r->test.p_worse <= HF_MODEL_CHANGE;
		if (!r->tested)
			continue;
		r->bh = bh[n++];
		r->listed = r->bh <= HF_MODEL_FAMILY;
		r->family = member ? family[m++] : NAN;
		r->fails = r->family <= j->family && r->verdict == HF_MODEL_REGRESSION;
		j->rejected += r->fails;
	}
	if (j->stage == 1)
		j->flagged = k;
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

static void count_trouble(struct hf_judge *j, const struct hf_sides *sides)
{
	for (size_t i = 0; i < sides->n_runs; i++) {
		if (!hf_judge_new_trouble(sides, i))
			continue;
		if (strcmp(hf_reader_run(sides->reader, i)->status, "fail") == 0)
			j->failed++;
		else
			j->broken++;
	}
}

static enum hf_judge_status conclude(const struct hf_judge *j)
{
	size_t noisy = 0, tested = 0;

	for (size_t i = 0; i < j->sides->n_differences; i++)
		if (j->sides->difference[i].forbidden)
			return HF_JUDGE_INCOMPARABLE;
	if (j->failed)
		return HF_JUDGE_REGRESSION; /* a crash is no missing data */
	if (j->sequential || j->broken || j->unconfirmed || (j->options.gate && (j->missing[0] || j->sides->unit > HF_UNIT_BOOT)))
		return HF_JUDGE_INCOMPARABLE;
	if (j->rejected)
		return j->options.advisory ? HF_JUDGE_INCONCLUSIVE : HF_JUDGE_REGRESSION;
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

	*judge = (struct hf_judge){ .sides = sides, .options = *options, .stage = 1 };
	err = find_levels(judge);
	if (err)
		return err;
	for (size_t i = 0; i < sides->n_series && !err; i++) {
		err = judge_series(judge, sides->series[i]);
		judge->missing[0] += hf_judge_missing(sides->series[i], false);
		judge->missing[1] += hf_judge_missing(sides->series[i], true);
	}
	count_trouble(judge, sides);
	for (size_t i = 0; i < judge->n_results && !err; i++)
		err = borrow(judge, &judge->result[i]);
	if (!err && !options->plain_variance)
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

static bool seen(const struct hf_result *r, const struct hf_result *before)
{
	for (size_t i = 0; i < r->n[0] + r->n[1]; i++)
		for (size_t k = 0; k < before->n[0] + before->n[1]; k++)
			if (strcmp(r->id[i], before->id[k]) == 0)
				return true;
	return false;
}

/* @r is what the first stage has found: it becomes what the fresh units say. */
static int confirm(struct hf_judge *j, const struct hf_sides *fresh, struct hf_result *r)
{
	const struct hf_result_rules rules = rules_of(&j->options);
	const struct hf_series *series = hf_sides_find(fresh, r->series);
	size_t n = 0, have[2] = { 0 };
	struct hf_gather *g = series ? hf_gather_series(fresh, series, &n) : NULL;
	struct hf_result second = { 0 };
	int err = series && !g ? -ENOMEM : 0;

	for (size_t i = 0; g && i < n; i++)
		have[g[i].b]++;
	if (err || !have[0] || !have[1] || (r->quantile > 0 && !hf_result_tailed(series, g, n, r->quantile))) {
		hf_gather_free(g, n);
		hf_result_note(r, "flagged, and not measured again");
		r->verdict = HF_MODEL_INCONCLUSIVE;
		r->tested = false;
		j->unconfirmed++;
		return err;
	}
	err = hf_result_fit(fresh, &rules, series, g, n, r->quantile, &second);
	hf_gather_free(g, n);
	if (!err && seen(&second, r))
		err = -EEXIST;
	if (err) {
		hf_result_free(&second);
		return err;
	}
	if (!second.exact && !second.fit.welch && !r->fit.welch && second.plain == r->plain) {
		hf_model_pool(&second.fit, r->fit.s2, r->fit.nu);
		second.fit.moderated = true; /* the first stage's variance is: two units a side will do */
	}
	second.series = r->series;
	second.flagged = true;
	if (!second.exact)
		decide(j, &second);
	else
		hf_result_express(&second);
	hf_result_note(&second, second.verdict == HF_MODEL_REGRESSION ? "found, and found again in fresh units"
								      : "found, and not found again in fresh units");
	hf_result_free(r);
	*r = second;
	return 0;
}

int hf_judge_confirm(struct hf_judge *judge, const struct hf_sides *fresh)
{
	const struct hf_sides *first = judge->sides;
	int err = 0;

	judge->stage = 2;
	judge->fresh = fresh;
	count_trouble(judge, fresh);
	for (size_t i = 0; i < judge->n_results && !err; i++) {
		struct hf_result *r = &judge->result[i];

		if (!r->tested || !(r->test.p_worse <= HF_MODEL_CHANGE))
			continue;
		judge->sides = fresh;
		err = confirm(judge, fresh, r);
		judge->sides = first;
	}
	if (!err)
		err = decide_family(judge);
	if (!err)
		judge->status = conclude(judge);
	return err;
}

void hf_judge_free(struct hf_judge *judge)
{
	for (size_t i = 0; i < judge->n_results; i++)
		hf_result_free(&judge->result[i]);
	free(judge->result);
	judge->result = NULL;
	judge->n_results = 0;
}

const char *hf_judge_procedure(const struct hf_judge *j)
{
	return j->options.max_t && j->stage == 1 ? "maxT" : "Holm";
}

const char *hf_judge_name(const struct hf_judge *j, const struct hf_result *r, char *buf, size_t room)
{
	return hf_sides_title(j->sides, r->series, r->metric, buf, room);
}
