// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps in a history. */
#include "compare/lib/steps.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/lib/gather.h"
#include "compare/lib/model.h"

#define FEWEST_DRAWS 999
#define MOST_DRAWS 99999

static int by_time(const void *a, const void *b)
{
	double x = ((const struct hf_steps_point *)a)->t, y = ((const struct hf_steps_point *)b)->t;

	return x < y ? -1 : x > y;
}

bool hf_steps_is_worse(const struct hf_steps_series *s, const struct hf_shape_step *step)
{
	return (step->size > 0) == (s->series->better == HF_BETTER_LOWER);
}

/* As many permutations as it takes for a single step among all metrics to be told from chance. */
static unsigned int draws_for(size_t metrics)
{
	return (unsigned int)fmin(MOST_DRAWS, fmax(FEWEST_DRAWS, 2 * (double)metrics / HF_STEPS_FAMILY));
}

static int one_series(const struct hf_sides *sides, double limit, struct hf_steps_series *s)
{
	struct hf_gather *g = hf_gather_series(sides, s->series, &s->n);
	double *y = calloc(s->n + 1, sizeof(*y)), mean = 0;
	int err = 0;

	s->plain = hf_gather_plain(s->series);
	s->p = 1;
	s->point = calloc(s->n + 1, sizeof(*s->point));
	s->step = calloc(s->n + 1, sizeof(*s->step));
	if (!g || !y || !s->point || !s->step) {
		err = -ENOMEM;
		goto out;
	}
	for (size_t i = 0; i < s->n; i++)
		s->point[i] = (struct hf_steps_point){ g[i].t / (double)g[i].n_obs, hf_gather_value(&g[i], s->plain), g[i].id, g[i].run };
	qsort(s->point, s->n, sizeof(*s->point), by_time);
	for (size_t i = 0; i < s->n; i++) {
		y[i] = s->point[i].y;
		mean += y[i] / (double)s->n;
	}
	if (s->n >= HF_STEPS_FEWEST)
		err = hf_shape_steps(y, s->n, s->plain ? limit * fabs(mean) : log1p(limit), HF_STEPS_ALPHA, draws_for(sides->n_series), 1,
				     s->step, &s->n_steps, &s->p);
	for (size_t i = 0; i < s->n_steps; i++)
		s->worse = s->worse || hf_steps_is_worse(s, &s->step[i]);
out:
	hf_gather_free(g, s->n);
	free(y);
	return err;
}

/* A step is worth a line when it stands out among all metrics. */
static int list(struct hf_steps *steps)
{
	double *p = calloc(2 * steps->n + 1, sizeof(*p)), *q = p + steps->n;
	int err = p ? 0 : -ENOMEM;

	for (size_t i = 0; p && i < steps->n; i++)
		p[i] = steps->series[i].p;
	if (!err)
		err = hf_model_bh(p, steps->n, q);
	for (size_t i = 0; !err && i < steps->n; i++) {
		struct hf_steps_series *s = &steps->series[i];

		s->q = q[i];
		s->listed = s->n_steps && s->q <= HF_STEPS_FAMILY;
		steps->short_ones += s->n < HF_STEPS_FEWEST;
		steps->changed += s->listed;
		steps->worse += s->listed && s->worse;
	}
	free(p);
	return err;
}

int hf_steps_run(const struct hf_sides *sides, double limit, struct hf_steps *steps)
{
	int err = 0;

	*steps = (struct hf_steps){ .sides = sides, .series = calloc(sides->n_series + 1, sizeof(*steps->series)) };
	if (!steps->series)
		return -ENOMEM;
	for (size_t i = 0; i < sides->n_series && !err; i++) {
		steps->series[steps->n++].series = sides->series[i];
		err = one_series(sides, limit, &steps->series[i]);
	}
	return err ? err : list(steps);
}

void hf_steps_free(struct hf_steps *steps)
{
	for (size_t i = 0; i < steps->n; i++) {
		free(steps->series[i].point);
		free(steps->series[i].step);
	}
	free(steps->series);
	*steps = (struct hf_steps){ 0 };
}

static bool is_green(const struct hf_steps *steps, const struct hf_units_part *part)
{
	for (size_t i = 0; i < steps->sides->n_runs; i++) {
		const struct hf_run *run = hf_reader_run(steps->sides->reader, i);

		if (strcmp(run->boot, part->run->boot) == 0 && strcmp(run->status, "ok") != 0 && strcmp(run->status, "skip") != 0)
			return false;
	}
	for (size_t i = 0; i < steps->n; i++) {
		const struct hf_steps_series *s = &steps->series[i];
		bool worse = false;

		for (size_t k = 0; k < s->n_steps && s->listed && s->point[s->step[k].at].t <= part->t; k++)
			worse = hf_steps_is_worse(s, &s->step[k]);
		if (worse)
			return false;
	}
	return true;
}

/* When the last listed step before @t was; -INFINITY without one. */
static double last_step(const struct hf_steps *steps, double t)
{
	double last = -INFINITY;

	for (size_t i = 0; i < steps->n; i++) {
		const struct hf_steps_series *s = &steps->series[i];

		for (size_t k = 0; k < s->n_steps && s->listed; k++)
			if (s->point[s->step[k].at].t <= t)
				last = fmax(last, s->point[s->step[k].at].t);
	}
	return last;
}

int hf_steps_baseline(const struct hf_steps *steps, size_t most, struct hf_units_part **part, size_t *n)
{
	size_t all, to = 0;
	double since = NAN;

	*n = 0;
	*part = hf_units_parts(steps->sides, &all);
	if (!*part)
		return -ENOMEM;
	for (size_t i = all; i-- > 0 && *n < most;) { /* from the newest on, to the end of the array */
		const struct hf_units_part at = (*part)[i];

		if (!is_green(steps, &at))
			continue;
		if (isnan(since))
			since = last_step(steps, at.t);
		if (at.t < since)
			break;
		to = all - ++*n;
		(*part)[to] = at;
	}
	memmove(*part, *part + to, *n * sizeof(**part));
	return 0;
}
