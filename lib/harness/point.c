// SPDX-License-Identifier: GPL-2.0-or-later
/* The sweep: which points are measured. */
#include "harness/point.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "harness/stress.h"

static int parse_time(const char *s, int64_t *v)
{
	bool minus = s[0] == '-';
	uint64_t ns;
	int err = hf_parse_ns(s + minus, 0, INT64_MAX / 2, &ns);

	if (!err)
		*v = minus ? -(int64_t)ns : (int64_t)ns;
	return err;
}

static int parse_choice(const char *words, const char *s, int64_t *v)
{
	size_t len = strlen(s);

	for (int64_t i = 0; words && !strchr(s, '|'); i++) {
		if (strncmp(words, s, len) == 0 && (words[len] == '|' || words[len] == '\0')) {
			*v = i;
			return 0;
		}
		words = strchr(words, '|');
		if (words)
			words++;
	}
	return -EINVAL;
}

static void show_time(int64_t ns, char text[HF_TEXT_MAX])
{
	static const struct {
		const char *name;
		int64_t ns;
	} unit[] = { { "s", 1000000000 }, { "ms", 1000000 }, { "us", 1000 } };

	for (int i = 0; i < 3; i++) {
		if (ns && ns % unit[i].ns == 0) {
			snprintf(text, HF_TEXT_MAX, "%lld%s", (long long)(ns / unit[i].ns), unit[i].name);
			return;
		}
	}
	snprintf(text, HF_TEXT_MAX, "%lldns", (long long)ns);
}

int hf_point_value(const struct hf_param *p, const char *s, int64_t *value, char text[HF_TEXT_MAX])
{
	uint64_t u, lo = 0, hi = 0;
	int64_t v, min = 0, max = 0;
	int err;

	switch (p->type) {
	case HF_UINT:
	case HF_SIZE:
		if (p->type == HF_UINT) {
			hf_parse_u64(p->min, 0, INT64_MAX, &lo);
			hf_parse_u64(p->max, 0, INT64_MAX, &hi);
			err = hf_parse_u64(s, lo, hi, &u);
		} else {
			hf_parse_size(p->min, 0, INT64_MAX, &lo);
			hf_parse_size(p->max, 0, INT64_MAX, &hi);
			err = hf_parse_size(s, lo, hi, &u);
		}
		if (err)
			return err;
		*value = (int64_t)u;
		if (p->type == HF_SIZE)
			hf_parse_show_size(u, text, HF_TEXT_MAX);
		else
			snprintf(text, HF_TEXT_MAX, "%llu", (unsigned long long)u);
		return 0;
	case HF_TIME:
		err = parse_time(s, &v);
		if (err)
			return err;
		parse_time(p->min, &min);
		parse_time(p->max, &max);
		if (v < min || v > max)
			return -ERANGE;
		*value = v;
		show_time(v, text);
		return 0;
	case HF_CHOICE:
		err = parse_choice(p->min, s, value);
		if (!err)
			snprintf(text, HF_TEXT_MAX, "%s", s);
		return err;
	}
	return -EINVAL;
}

/* The comma-separated points of one parameter. */
static const char *points_of(const struct hf_param *p, const struct hf_opts *opts, int i)
{
	if (opts->given[i])
		return opts->given[i];
	if (opts->profile == HF_PROFILE_QUICK && p->quick)
		return p->quick;
	if (opts->profile == HF_PROFILE_FULL && (p->full || p->quick))
		return p->full ? p->full : p->quick;
	return p->def;
}

struct list {
	struct hf_point *at;
	unsigned int n;
};

static int append(struct list *list, const struct hf_point *point)
{
	struct hf_point *at = realloc(list->at, (list->n + 1) * sizeof(*at));

	if (!at)
		return -ENOMEM;
	list->at = at;
	at[list->n++] = *point;
	return 0;
}

/* All combinations of parameter @i and those after it. */
static int combine(const struct hf_bench *bench, const struct hf_opts *opts, int i, struct hf_point *point, struct list *list, char *why, size_t room)
{
	const struct hf_param *p = &bench->params[i];
	const char *s;

	if (!p->name)
		return append(list, point);
	for (s = points_of(p, opts, i); s;) {
		char one[HF_TEXT_MAX];
		size_t len = strcspn(s, ",");
		int err;

		snprintf(one, sizeof(one), "%.*s", (int)len, s);
		err = hf_point_value(p, one, &point->values[i], point->text[i]);
		if (err) {
			snprintf(why, room, "--%s=%s: %s", p->name, one, err == -ERANGE ? "out of range" : "not a valid value");
			return -EINVAL;
		}
		err = combine(bench, opts, i + 1, point, list, why, room);
		if (err)
			return err;
		s = s[len] ? s + len + 1 : NULL;
	}
	return 0;
}

int hf_point_sweep(const struct hf_bench *bench, const struct hf_opts *opts, unsigned int cpus, struct hf_point **points, char *why, size_t room)
{
	unsigned int tasks = opts->tasks, least = bench->needs.cpus ? bench->needs.cpus : 1;
	struct hf_point point = { .tasks = 0 };
	struct list list = { .n = 0 };
	int err = 0;

	if (!bench->modes)
		tasks = 1;
	else if (!tasks)
		tasks = bench->all_cpus ? cpus : bench->tasks ? bench->tasks : 1;
	if (bench->stress) { /* actors of a stressor may share a CPU, and one alone races with nobody */
		tasks = tasks > HF_ACTORS_MAX ? HF_ACTORS_MAX : tasks;
		least = !opts->tasks && bench->modes && least < 2 ? 2 : least;
	}
	if (opts->tasks > (bench->stress ? HF_ACTORS_MAX : cpus)) {
		snprintf(why, room, "-t %u: %u at most: there are %u CPUs to pin tasks to", opts->tasks, bench->stress ? HF_ACTORS_MAX : cpus, cpus);
		return -EINVAL;
	}
	if (tasks < least)
		tasks = least; /* fewer CPUs than that is an unmet need, named later */
	point.processes = opts->processes || (!opts->threads && (bench->prefer_processes || bench->modes == HF_PROCESSES));
	if (opts->tasks || opts->profile == HF_PROFILE_NONE || !bench->sweep_tasks) {
		point.tasks = tasks;
		err = combine(bench, opts, 0, &point, &list, why, room);
	} else {
		for (unsigned int n = least; !err && n <= cpus; n = n < cpus && 2 * n > cpus ? cpus : 2 * n) {
			point.tasks = n;
			err = combine(bench, opts, 0, &point, &list, why, room);
		}
		if (!err && !list.n) {
			point.tasks = tasks;
			err = combine(bench, opts, 0, &point, &list, why, room);
		}
	}
	if (err) {
		free(list.at);
		return err;
	}
	*points = list.at;
	return (int)list.n;
}
