// SPDX-License-Identifier: GPL-2.0-or-later
/* Records arranged for looking at. */
#include "compare/lib/points.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/parse.h"
#include "measure/hist.h"

static const struct hf_param_def *param_def(const struct hf_run *run, const char *name)
{
	for (size_t i = 0; i < run->n_params; i++)
		if (strcmp(run->param[i].name, name) == 0)
			return &run->param[i];
	return NULL;
}

/* A parameter as people write it: bytes as "2M". Return: a string for free(3). */
static char *show_param(const struct hf_run *run, const char *name, const char *text)
{
	const struct hf_param_def *def = param_def(run, name);
	char buf[32];
	uint64_t bytes;

	if (def && strcmp(def->type, "size") == 0 && !hf_parse_size(text, 0, UINT64_MAX, &bytes))
		text = hf_parse_show_size(bytes, buf, sizeof(buf));
	return strdup(text);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct hf_pair *)a)->name, ((const struct hf_pair *)b)->name);
}

static void free_params(struct hf_pairs *params)
{
	for (size_t i = 0; i < params->n; i++) {
		free(params->at[i].name);
		free(params->at[i].text);
	}
	free(params->at);
	params->at = NULL;
	params->n = 0;
}

static int copy_params(const struct hf_sample *s, struct hf_pairs *params)
{
	params->n = 0;
	params->at = calloc(s->params.n + 1, sizeof(*params->at));
	if (!params->at)
		return -ENOMEM;
	for (size_t i = 0; i < s->params.n; i++) {
		struct hf_pair *p = &params->at[params->n++];

		p->name = strdup(s->params.at[i].name);
		p->text = show_param(s->run, s->params.at[i].name, s->params.at[i].text);
		if (!p->name || !p->text) {
			free_params(params);
			return -ENOMEM;
		}
	}
	qsort(params->at, params->n, sizeof(*params->at), by_name);
	return 0;
}

/* What makes two samples the same point. Return: a string for free(3), or NULL. */
static char *make_key(const char *label, const struct hf_pairs *params)
{
	char *key = NULL;
	size_t len;
	FILE *f = open_memstream(&key, &len);

	if (!f)
		return NULL;
	fputs(label, f);
	for (size_t i = 0; i < params->n; i++)
		fprintf(f, "\n%s=%s", params->at[i].name, params->at[i].text);
	if (fclose(f)) {
		free(key);
		return NULL;
	}
	return key;
}

static struct hf_group *get_group(struct hf_points *points, const char *bench)
{
	struct hf_group *g;

	for (size_t i = 0; i < points->n_groups; i++)
		if (strcmp(points->group[i].bench, bench) == 0)
			return &points->group[i];
	g = hf_grow(points->group, points->n_groups, sizeof(*g));
	if (!g)
		return NULL;
	points->group = g;
	g += points->n_groups++;
	memset(g, 0, sizeof(*g));
	g->bench = bench;
	g->status = "ok";
	return g;
}

static struct hf_point *get_point(struct hf_group *g, const struct hf_sample *s)
{
	struct hf_pairs params;
	struct hf_point *p;
	char *key;

	if (copy_params(s, &params))
		return NULL;
	key = make_key(s->label, &params);
	if (!key)
		goto err_params;
	for (size_t i = g->n_points; i-- > 0;) { /* samples of a point come together */
		if (strcmp(g->point[i].key, key) == 0) {
			free(key);
			free_params(&params);
			return &g->point[i];
		}
	}
	p = hf_grow(g->point, g->n_points, sizeof(*p));
	if (!p)
		goto err_key;
	g->point = p;
	p += g->n_points++;
	memset(p, 0, sizeof(*p));
	p->key = key;
	p->label = s->run->label;
	p->params = params;
	return p;

err_key:
	free(key);
err_params:
	free_params(&params);
	return NULL;
}

static void free_value(struct hf_value *v)
{
	hf_reader_sample_free(&v->sample);
	free(v->x);
	free(v->share);
}

/*
 * The cumulative distribution from the bins. A step is kept when it adds half a percent of all values, or, in the tail, a tenth of what is
 * still to come: at most about 350 steps.
 */
static int make_curve(struct hf_value *v)
{
	const struct hf_sample *s = &v->sample;
	uint64_t all = 0, below = 0;
	double last = 0;

	for (size_t i = 0; i < s->n_bins; i++)
		all += s->bin[i].count;
	if (!all)
		return 0;
	v->x = calloc(s->n_bins + 1, sizeof(*v->x));
	v->share = calloc(s->n_bins + 1, sizeof(*v->share));
	if (!v->x || !v->share)
		return -ENOMEM;
	v->x[v->n_xy++] = (double)hf_hist_low(s->bin[0].index);
	for (size_t i = 0; i < s->n_bins; i++) {
		double share;

		below += s->bin[i].count;
		share = (double)below / (double)all;
		if (i + 1 < s->n_bins && share - last < fmin(0.005, (1 - last) * 0.1))
			continue;
		v->x[v->n_xy] = (double)hf_hist_low(s->bin[i].index + 1);
		v->share[v->n_xy++] = last = share;
	}
	return 0;
}

/* Takes over @s in every case. */
static int add_sample(struct hf_points *points, struct hf_sample *s)
{
	struct hf_group *g = get_group(points, s->run->bench);
	struct hf_value v = { .sample = *s }, *values;
	struct hf_point *p;
	int err = -ENOMEM;

	p = g ? get_point(g, s) : NULL;
	if (!p)
		goto err_value;
	err = make_curve(&v);
	if (err)
		goto err_value;
	hf_reader_drop_bins(&v.sample);
	for (size_t i = 0; i < p->n_values; i++) {
		if (strcmp(p->value[i].sample.metric, s->metric) != 0)
			continue;
		free_value(&p->value[i]);
		p->value[i] = v;
		points->replaced++;
		return 0;
	}
	err = -ENOMEM;
	values = hf_grow(p->value, p->n_values, sizeof(v));
	if (!values)
		goto err_value;
	p->value = values;
	p->value[p->n_values++] = v;
	return 0;

err_value:
	free_value(&v);
	return err;
}

static int metric_rank(const struct hf_run *run, const char *metric)
{
	size_t i;

	for (i = 0; i < run->n_metrics; i++)
		if (strcmp(run->metric[i].name, metric) == 0)
			break;
	return (int)i;
}

/* Insertion sort: stable, a handful of values. */
static void sort_values(struct hf_point *p, const struct hf_run *run)
{
	for (size_t i = 1; i < p->n_values; i++) {
		struct hf_value v = p->value[i];
		int rank = metric_rank(run, v.sample.metric);
		size_t j = i;

		for (; j && metric_rank(run, p->value[j - 1].sample.metric) > rank; j--)
			p->value[j] = p->value[j - 1];
		p->value[j] = v;
	}
}

static const char *param_of(const struct hf_point *p, const char *name)
{
	const char *text = strcmp(name, "label") == 0 ? p->label : hf_reader_pair(&p->params, name);

	return text ? text : "";
}

static bool varies(const struct hf_group *g, const char *name)
{
	for (size_t i = 1; i < g->n_points; i++)
		if (strcmp(param_of(&g->point[i], name), param_of(&g->point[0], name)) != 0)
			return true;
	return false;
}

static int add_varying(struct hf_group *g, char *name)
{
	char **at;

	for (size_t i = 0; i < g->varying.n; i++)
		if (strcmp(g->varying.at[i], name) == 0)
			return 0;
	if (!varies(g, name))
		return 0;
	at = hf_grow(g->varying.at, g->varying.n, sizeof(*at));
	if (!at)
		return -ENOMEM;
	g->varying.at = at;
	g->varying.at[g->varying.n++] = name;
	return 0;
}

static int find_varying(struct hf_group *g)
{
	static char label[] = "label";
	int err = add_varying(g, label);

	for (size_t i = 0; i < g->n_points && !err; i++)
		for (size_t k = 0; k < g->point[i].params.n && !err; k++)
			err = add_varying(g, g->point[i].params.at[k].name);
	return err;
}

static int badness(const char *status)
{
	static const char *const order[] = { "ok", "skip", "broken", "fail" };
	int i = 0;

	while (strcmp(order[i], status) != 0)
		i++;
	return i;
}

/* Once all is read: descriptors, statuses (also of runs without a sample), orders. */
static int arrange(struct hf_points *points)
{
	for (size_t i = 0; i < hf_reader_runs(points->reader); i++) {
		const struct hf_run *run = hf_reader_run(points->reader, i);
		struct hf_group *g = get_group(points, run->bench);

		if (!g)
			return -ENOMEM;
		if (!g->run || run->time >= g->run->time)
			g->run = run;
		if (badness(run->status) > badness(g->status))
			g->status = run->status;
	}
	for (size_t i = 0; i < points->n_groups; i++) {
		struct hf_group *g = &points->group[i];

		for (size_t k = 0; k < g->n_points; k++)
			sort_values(&g->point[k], g->run);
		if (find_varying(g))
			return -ENOMEM;
	}
	return 0;
}

int hf_points_load(struct hf_points *points, char *const *files, size_t n_files)
{
	struct hf_sample s;
	int err = -ENOMEM;

	memset(points, 0, sizeof(*points));
	points->reader = hf_reader_new();
	if (!points->reader)
		goto out;
	for (size_t i = 0; i < n_files; i++) {
		err = hf_reader_open(points->reader, files[i]);
		if (err)
			goto out;
		while ((err = hf_reader_next(points->reader, &s)) > 0) {
			err = add_sample(points, &s);
			if (err)
				goto out;
		}
		if (err)
			goto out;
	}
	err = arrange(points);
out:
	if (err)
		snprintf(points->error, sizeof(points->error), "%s",
			 points->reader && *hf_reader_error(points->reader) ? hf_reader_error(points->reader) : strerror(-err));
	return err;
}

void hf_points_free(struct hf_points *points)
{
	for (size_t i = 0; i < points->n_groups; i++) {
		struct hf_group *g = &points->group[i];

		for (size_t k = 0; k < g->n_points; k++) {
			for (size_t m = 0; m < g->point[k].n_values; m++)
				free_value(&g->point[k].value[m]);
			free(g->point[k].value);
			free(g->point[k].key);
			free_params(&g->point[k].params);
		}
		free(g->point);
		free(g->varying.at);
	}
	free(points->group);
	hf_reader_free(points->reader);
	memset(points, 0, sizeof(*points));
}

char *hf_points_name(const struct hf_group *group, const struct hf_point *point, const char *skip, char *buf, size_t room)
{
	size_t len = 0;

	snprintf(buf, room, "default");
	for (size_t i = 0; i < group->varying.n && len < room; i++) {
		const char *name = group->varying.at[i], *text = param_of(point, name);

		if ((skip && strcmp(name, skip) == 0) || !*text)
			continue;
		len += (size_t)snprintf(buf + len, room - len, "%s%s=%s", len ? " " : "", name, text);
	}
	if (len >= room && room > 4)
		strcpy(buf + room - 4, "...");
	return buf;
}

char *hf_points_place(const struct hf_group *group, const struct hf_point *point, char *buf, size_t room)
{
	char name[64]; /* longer ones are cut */

	hf_points_name(group, point, NULL, name, sizeof(name));
	snprintf(buf, room, group->varying.n ? "%s %s" : "%s", group->bench, name);
	return buf;
}

const char *hf_points_headline(const struct hf_group *group)
{
	const struct hf_run *run = group->run;

	if (run && run->n_metrics)
		return run->metric[0].name;
	for (size_t i = 0; i < group->n_points; i++)
		if (group->point[i].n_values)
			return group->point[i].value[0].sample.metric;
	return "";
}

const struct hf_value *hf_points_value(const struct hf_point *point, const char *metric)
{
	for (size_t i = 0; i < point->n_values; i++)
		if (strcmp(point->value[i].sample.metric, metric) == 0)
			return &point->value[i];
	return NULL;
}

/* How many of the point's parameters have their default. */
static unsigned int defaults(const struct hf_point *p, const struct hf_run *run)
{
	unsigned int n = 0;

	for (size_t i = 0; i < p->params.n; i++) {
		const struct hf_param_def *def = param_def(run, p->params.at[i].name);
		char *text = def ? show_param(run, def->name, def->def) : NULL;

		n += text && strcmp(text, p->params.at[i].text) == 0;
		free(text);
	}
	return n;
}

const struct hf_point *hf_points_default(const struct hf_group *group)
{
	const char *headline = hf_points_headline(group);
	const struct hf_point *best = NULL;
	unsigned int most = 0;

	for (size_t i = 0; i < group->n_points; i++) {
		const struct hf_point *p = &group->point[i];
		unsigned int n = defaults(p, group->run);

		if (!hf_points_value(p, headline) || (best && n <= most))
			continue;
		best = p;
		most = n;
	}
	return best;
}
