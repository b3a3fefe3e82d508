// SPDX-License-Identifier: GPL-2.0-or-later
/* Values of metrics from sums over tasks and repeats. */
#include "harness/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/summary.h"

#define TRIM 0.10

struct hf_result *hf_result_new(const struct hf_bench *bench)
{
	struct hf_result *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	for (int i = 0; i < HF_CURVES_MAX; i++)
		r->curve[i].metric = -1;
	for (unsigned int m = 0; bench->metrics[m].name; m++) {
		r->rep[m] = calloc(HF_REPEATS_MAX, sizeof(double));
		if (hf_shared_has_hist(bench, m))
			r->total.hist[m] = calloc(1, sizeof(struct hf_hist));
		if (!r->rep[m] || (hf_shared_has_hist(bench, m) && !r->total.hist[m])) {
			hf_result_free(r);
			return NULL;
		}
	}
	return r;
}

void hf_result_free(struct hf_result *r)
{
	if (!r)
		return;
	for (int m = 0; m < HF_METRICS_MAX; m++) {
		free(r->rep[m]);
		free(r->total.hist[m]);
	}
	free(r);
}

/* Sums of one repeat (or all): what values are made of. */
struct sums {
	const struct hf_slot *slot;
	double wall_s;
	const struct hf_delta *delta;
	unsigned int n_deltas;
};

static int index_of(const struct hf_bench *bench, const char *name)
{
	for (int i = 0; bench->metrics[i].name; i++)
		if (strcmp(bench->metrics[i].name, name) == 0)
			return i;
	return -1;
}

/* NaN when this kernel has no such counter: those of metrics are kept also where they did not change. */
static double delta_of(const struct sums *s, const char *name)
{
	for (unsigned int i = 0; i < s->n_deltas; i++)
		if (strcmp(s->delta[i].name, name) == 0)
			return (double)s->delta[i].value;
	return NAN;
}

/* @kind says what of the line. NaN when it cannot be told. */
static double line(const struct hf_line *l, enum hf_kind kind)
{
	double fixed, each, fit;

	if (hf_line_fit(l, &fixed, &each, &fit))
		return NAN;
	return kind == HF_KIND_SLOPE ? each : kind == HF_KIND_INTERCEPT ? fixed : fit;
}

/* The value of metric @m from @s; NaN when nothing was measured. */
static double value_of(const struct sums *s, const struct hf_bench *bench, int m)
{
	const struct hf_source *src = &bench->metrics[m].source;
	const struct hf_slot *t = s->slot;
	int of = src->of && src->kind != HF_KIND_VMSTAT && src->kind != HF_KIND_CURVE ? index_of(bench, src->of) : -1;
	int less = src->less ? index_of(bench, src->less) : -1;
	double ns;

	switch (src->kind) {
	case HF_KIND_TIMED:
	case HF_KIND_VALUES:
		return hf_hist_tmean(t->hist[m], TRIM);
	case HF_KIND_COUNT:
		return (double)t->count[m];
	case HF_KIND_SHARE:
		return t->count[of] ? (double)t->count[m] / (double)t->count[of] : NAN;
	case HF_KIND_PER_S:
		return s->wall_s > 0 ? (double)t->count[of] / s->wall_s : NAN;
	case HF_KIND_INVERSE:
		return 1e9 / hf_hist_mean(t->hist[of]); /* a rate is about all of the time, so no trimming */
	case HF_KIND_BPS:
		ns = hf_hist_tmean(t->hist[of], TRIM);
		if (less >= 0)
			ns -= hf_hist_tmean(t->hist[less], TRIM);
		return t->byte_ops[of] && ns > 0 ? (double)t->bytes[of] / (double)t->byte_ops[of] / ns * 1e9 : NAN;
	case HF_KIND_QUOTIENT:
		return value_of(s, bench, of) / value_of(s, bench, less);
	case HF_KIND_VMSTAT:
		return t->ops ? delta_of(s, src->of) / (double)t->ops : NAN;
	case HF_KIND_SLOPE:
		return line(&t->line[m], src->kind);
	case HF_KIND_INTERCEPT:
	case HF_KIND_FIT:
		return line(&t->line[of], src->kind);
	case HF_KIND_CURVE:
		break;
	}
	return NAN;
}

static void add_slot(struct hf_slot *to, const struct hf_slot *from, const struct hf_bench *bench)
{
	to->ops += from->ops;
	to->checked += from->checked;
	to->wrong += from->wrong;
	for (unsigned int m = 0; bench->metrics[m].name; m++) {
		to->count[m] += from->count[m];
		to->bytes[m] += from->bytes[m];
		to->byte_ops[m] += from->byte_ops[m];
		hf_line_merge(&to->line[m], &from->line[m]);
		if (to->hist[m])
			hf_hist_merge(to->hist[m], from->hist[m]);
	}
}

static void add_delta(struct hf_result *r, const struct hf_delta *d)
{
	for (unsigned int i = 0; i < r->n_deltas; i++) {
		if (strcmp(r->delta[i].name, d->name) == 0) {
			r->delta[i].value += d->value;
			return;
		}
	}
	if (r->n_deltas < HF_DELTAS_MAX)
		r->delta[r->n_deltas++] = *d;
}

static void add_perf(struct hf_result *r, const struct hf_perf_value *v, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (i >= r->n_perf) {
			r->perf[r->n_perf++] = v[i];
			continue;
		}
		if (v[i].err)
			continue;
		r->perf[i].value += v[i].value;
		r->perf[i].enabled += v[i].enabled;
		r->perf[i].running += v[i].running;
	}
}

static void add_curves(struct hf_result *r, const struct hf_shared *sh)
{
	for (int i = 0; i < HF_CURVES_MAX; i++) {
		if (sh->curve[i].metric < 0)
			continue;
		r->curve[i].metric = sh->curve[i].metric;
		for (int b = 0; b < HF_CURVE_BINS; b++) {
			r->curve[i].bin[b].x = sh->curve[i].bin[b].den ? sh->curve[i].bin[b].x : r->curve[i].bin[b].x;
			r->curve[i].bin[b].num += sh->curve[i].bin[b].num;
			r->curve[i].bin[b].den += sh->curve[i].bin[b].den;
		}
	}
}

void hf_result_add(struct hf_result *r, const struct hf_bench *bench, const struct hf_shared *sh, unsigned int tasks)
{
	/* The repeat's own sums are collected in slot 0, which nobody reads afterwards. */
	struct hf_slot *rep = &sh->slot[0];
	struct sums s = { .slot = rep, .wall_s = sh->wall_s, .delta = sh->delta, .n_deltas = sh->n_deltas };

	for (unsigned int t = 1; t < tasks; t++)
		add_slot(rep, &sh->slot[t], bench);
	if (r->n_reps < HF_REPEATS_MAX) {
		for (unsigned int m = 0; bench->metrics[m].name; m++)
			r->rep[m][r->n_reps] = value_of(&s, bench, (int)m);
		r->n_reps++;
	}
	add_slot(&r->total, rep, bench);
	r->wall_s += sh->wall_s;
	for (unsigned int i = 0; i < sh->n_deltas; i++)
		add_delta(r, &sh->delta[i]);
	for (unsigned int t = 0; t < tasks; t++)
		add_perf(r, sh->perf[t], sh->n_perf);
	add_curves(r, sh);
}

/* Geometric mean, or the plain one when a value is not positive: the scale that hf_summary_interval() takes too. */
static double location_of(const double *v, unsigned int n)
{
	double sum = 0, logs = 0;
	bool positive = true;

	for (unsigned int i = 0; i < n; i++) {
		sum += v[i];
		positive &= v[i] > 0;
		logs += v[i] > 0 ? log(v[i]) : 0;
	}
	if (!n)
		return NAN;
	return positive ? exp(logs / n) : sum / n;
}

void hf_result_state(const struct hf_result *r, const struct hf_bench *bench, unsigned int m, struct hf_stated *s)
{
	struct sums all = { .slot = &r->total, .wall_s = r->wall_s, .delta = r->delta, .n_deltas = r->n_deltas };
	const struct hf_source *src = &bench->metrics[m].source;
	double rep[HF_REPEATS_MAX];
	unsigned int n = 0;

	s->value = value_of(&all, bench, (int)m);
	s->lo = s->hi = NAN;
	switch (src->kind) {
	case HF_KIND_TIMED:
	case HF_KIND_VALUES:
		s->n = r->total.hist[m]->n;
		break;
	case HF_KIND_SHARE:
		s->n = r->total.count[index_of(bench, src->of)];
		break;
	case HF_KIND_PER_S:
		s->n = r->total.count[index_of(bench, src->of)];
		break;
	case HF_KIND_COUNT:
		s->n = r->n_reps;
		return; /* a count is what it is */
	default:
		s->n = r->n_reps;
	}
	if (isnan(s->value))
		return;
	for (unsigned int i = 0; i < r->n_reps; i++) /* a repeat may have had none (every round preempted) */
		if (!isnan(r->rep[m][i]))
			rep[n++] = r->rep[m][i];
	if (src->kind == HF_KIND_SHARE) {
		double lo, hi;

		/* Rounds of one process are not independent: the wider of the two intervals. */
		hf_summary_wilson(r->total.count[m], s->n, &s->lo, &s->hi);
		hf_summary_interval(s->value, rep, n, &lo, &hi);
		s->lo = fmax(0, fmin(s->lo, lo));
		s->hi = fmin(1, fmax(s->hi, hi));
		return;
	}
	/* The repeats' own locations, not that of all values together: a slow repeat has fewer values and would count for less. */
	s->value = location_of(rep, n);
	hf_summary_interval(s->value, rep, n, &s->lo, &s->hi);
}
