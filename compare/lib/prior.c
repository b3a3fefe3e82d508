// SPDX-License-Identifier: GPL-2.0-or-later
/* Noise of older boots. */
#include "compare/lib/prior.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/lib/shape.h"

struct old {
	const char *build, *label;
	double y;
};

static int by_session(const void *a, const void *b)
{
	const struct old *x = a, *y = b;
	int order = strcmp(x->build, y->build);

	return order ? order : strcmp(x->label, y->label);
}

static bool is_now(const struct hf_sides *now, const char *boot)
{
	for (size_t i = 0; i < now->n_runs; i++)
		if (strcmp(hf_reader_run(now->reader, i)->boot, boot) == 0)
			return true;
	return false;
}

/* The old units with a value, by session. Return: how many. */
static size_t collect(const struct hf_sides *now, const struct hf_result *r, const struct hf_gather *g, size_t n, struct old *old)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		double y = r->quantile > 0 ? log(hf_shape_quantile(g[i].bin, g[i].n_bins, r->quantile)) : hf_gather_value(&g[i], r->plain);

		if (isfinite(y) && !is_now(now, g[i].id))
			old[m++] = (struct old){ hf_units_build(g[i].run), g[i].run->label, y };
	}
	qsort(old, m, sizeof(*old), by_session);
	return m;
}

static bool same_build(const struct old *a, const struct old *b)
{
	return strcmp(a->build, b->build) == 0;
}

/* Sums of squares inside sessions, and of their means inside builds; a mean of k boots has a k-th of their variance. */
static void take_apart(const struct old *old, size_t m, struct hf_prior_noise *noise)
{
	double inside = 0, between = 0, shares = 0, sum = 0, ss = 0;
	size_t sessions = 0, parts = 0;

	for (size_t i = 0, to; i < m; i = to) {
		double mean = 0;

		for (to = i; to < m && by_session(&old[i], &old[to]) == 0; to++)
			mean += old[to].y;
		mean /= (double)(to - i);
		for (size_t k = i; k < to; k++)
			inside += (old[k].y - mean) * (old[k].y - mean);
		noise->nu += (double)(to - i) - 1;
		sessions++;
		sum += mean;
		ss += mean * mean;
		shares += 1 / (double)(to - i);
		if (to < m && same_build(&old[i], &old[to]))
			continue;
		if (sessions > 1) {
			between += ss - sum * sum / (double)sessions;
			noise->sessions += (double)sessions - 1;
			noise->session2 += shares * ((double)sessions - 1) / (double)sessions;
			parts++;
		}
		sessions = 0;
		sum = ss = shares = 0;
	}
	noise->s2 = noise->nu > 0 ? inside / noise->nu : 0;
	if (parts) /* what is left when the boots' share of it is taken away */
		noise->session2 = fmax(0, between - noise->s2 * noise->session2) / noise->sessions;
}

int hf_prior_noise(const struct hf_sides *history, const struct hf_sides *now, const struct hf_result *r, struct hf_prior_noise *noise)
{
	const struct hf_series *series = hf_sides_find(history, r->series);
	struct hf_gather *g;
	struct old *old;
	size_t n;

	*noise = (struct hf_prior_noise){ 0 };
	if (!series || hf_gather_plain(series) != r->plain)
		return 0;
	g = hf_gather_series(history, series, &n);
	old = calloc(n + 1, sizeof(*old));
	if (g && old)
		take_apart(old, collect(now, r, g, n, old), noise);
	hf_gather_free(g, n);
	free(old);
	return g && old ? 0 : -ENOMEM;
}
