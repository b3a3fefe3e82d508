// SPDX-License-Identifier: GPL-2.0-or-later
/* The units of a series. */
#include "compare/lib/gather.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/lib/shape.h"

bool hf_gather_counts(const struct hf_obs *obs)
{
	return !obs->out && strcmp(obs->run->status, "ok") == 0;
}

static void add_rep(struct hf_gather *g, double x)
{
	g->n++;
	g->sum += x;
	g->ss += x * x;
	g->ln += log(x); /* not looked at where values are not above 0 */
	g->lnss += log(x) * log(x);
}

void hf_gather_free(struct hf_gather *g, size_t n)
{
	for (size_t i = 0; g && i < n; i++)
		free(g[i].bin);
	free(g);
}

/* The units of a series. Return: array of *n for hf_gather_free(), or NULL. */
struct hf_gather *hf_gather_series(const struct hf_sides *sides, const struct hf_series *series, size_t *n)
{
	struct hf_gather *list;
	size_t room = 1, last[2] = { 0, 0 };

	*n = 0;
	for (size_t i = 0; i < series->n_obs; i++)
		room += sides->unit == HF_UNIT_REPEAT ? series->obs[i].n : 1;
	list = calloc(room, sizeof(*list));
	for (size_t i = 0; list && i < series->n_obs; i++) {
		const struct hf_obs *obs = &series->obs[i];
		const char *id = hf_units_id(sides, obs);
		size_t k = last[obs->b];

		if (!hf_gather_counts(obs))
			continue;
		for (size_t r = 0; sides->unit == HF_UNIT_REPEAT && r < obs->n; r++) {
			struct hf_gather *g = &list[(*n)++];

			*g = (struct hf_gather){ .id = id, .run = obs->run, .b = obs->b, .t = obs->t, .n_obs = 1, .cv2 = NAN };
			add_rep(g, obs->rep[r]);
		}
		if (sides->unit == HF_UNIT_REPEAT)
			continue;
		if (k >= *n || list[k].b != obs->b || strcmp(list[k].id, id) != 0)
			for (k = 0; k < *n && (list[k].b != obs->b || strcmp(list[k].id, id) != 0);)
				k++;
		last[obs->b] = k;
		if (k == *n)
			list[(*n)++] = (struct hf_gather){ .id = id, .run = obs->run, .b = obs->b };
		list[k].n_obs++;
		list[k].t += obs->t;
		list[k].cv2 += obs->cv2;
		list[k].iterations += obs->iterations;
		for (size_t r = 0; r < obs->n; r++)
			add_rep(&list[k], obs->rep[r]);
		if (obs->n_bins && hf_shape_merge(&list[k].bin, &list[k].n_bins, obs->bin, obs->n_bins)) {
			hf_gather_free(list, *n);
			return NULL;
		}
	}
	return list;
}

double hf_gather_value(const struct hf_gather *g, bool plain)
{
	return plain ? g->sum / g->n : g->ln / g->n;
}

bool hf_gather_plain(const struct hf_series *series)
{
	for (size_t i = 0; i < series->n_obs; i++)
		for (size_t k = 0; k < series->obs[i].n; k++)
			if (series->obs[i].rep[k] <= 0)
				return true;
	return false;
}

void hf_gather_spread(const struct hf_gather *g, size_t n, bool plain, struct hf_gather_spread *spread)
{
	double s1 = 0, s2 = 0, within = 0, reps = 0, iterations = 0;

	for (size_t i = 0; i < n; i++) {
		reps += g[i].n;
		iterations += g[i].iterations;
		s1 += !plain && isfinite(g[i].cv2) ? g[i].cv2 / (double)g[i].n_obs : 0;
		if (g[i].n < 2)
			continue;
		within += g[i].n - 1;
		s2 += plain ? g[i].ss - g[i].sum * g[i].sum / g[i].n : g[i].lnss - g[i].ln * g[i].ln / g[i].n;
	}
	spread->s1 = s1 / (double)n;
	spread->s2 = within > 0 ? fmax(0, s2 / within) : NAN;
	spread->processes = reps / (double)n;
	spread->iterations = fmax(1, iterations / reps);
}
