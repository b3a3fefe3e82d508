// SPDX-License-Identifier: GPL-2.0-or-later
/* The descriptor as JSON, and whether it is complete. */
#include "harness/describe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/map.h"
#include "harness/point.h"
#include "harness/stress.h"

static const char *const type_name[] = { "uint", "size", "time", "choice" };
static const char *const kind_name[] = { "timed", "values", "count", "share", "per_s", "inverse", "bps", "quotient", "vmstat", "curve", "slope", "intercept", "fit" };
static const char *const units[] = { "ns", "B/s", "1/s", "1", "count", "B", NULL };

const char *hf_describe_better(enum hf_better better)
{
	return better == HF_LOWER ? "lower" : better == HF_HIGHER ? "higher" : "info";
}

static void describe_params(const struct hf_param *p, struct hf_json *list)
{
	for (; p->name; p++) {
		struct hf_json *j = hf_json_add_object(list, NULL);

		hf_json_str(j, "name", p->name);
		hf_json_str(j, "type", type_name[p->type]);
		hf_json_str(j, "default", p->def);
		hf_json_str(j, p->type == HF_CHOICE ? "choices" : "min", p->min);
		if (p->type != HF_CHOICE)
			hf_json_str(j, "max", p->max);
		hf_json_str(j, "help", p->help);
		hf_json_str(j, "quick", p->quick ? p->quick : p->def);
		hf_json_str(j, "full", p->full ? p->full : p->quick ? p->quick : p->def);
	}
}

static void describe_metrics(const struct hf_metric *m, struct hf_json *list)
{
	for (; m->name; m++) {
		struct hf_json *j = hf_json_add_object(list, NULL), *source;

		hf_json_str(j, "name", m->name);
		hf_json_str(j, "unit", m->unit);
		hf_json_str(j, "better", hf_describe_better(m->better));
		source = hf_json_add_object(j, "source");
		hf_json_str(source, "kind", kind_name[m->source.kind]);
		if (m->source.of)
			hf_json_str(source, "of", m->source.of);
		if (m->source.less)
			hf_json_str(source, m->source.kind == HF_KIND_QUOTIENT ? "by" : "less", m->source.less);
		hf_json_bool(j, "per_task", m->source.per_task);
		hf_json_bool(j, "exact", m->exact);
		hf_json_str(j, "help", m->help);
	}
}

void hf_describe(const struct hf_bench *b, struct hf_json *at, const char *key)
{
	struct hf_json *j = key ? hf_json_add_object(at, key) : at, *sub;

	hf_json_str(j, "name", b->name);
	hf_json_str(j, "summary", b->summary);
	sub = hf_json_add_array(j, "paths");
	for (int i = 0; b->paths && b->paths[i]; i++)
		hf_json_str(sub, NULL, b->paths[i]);
	sub = hf_json_add_object(j, "origin");
	hf_json_str(sub, "suite", b->origin.suite);
	hf_json_str(sub, "test", b->origin.test);
	hf_json_str(sub, "note", b->origin.note);
	hf_json_str(j, "backing", b->mem ? b->mem->name : NULL);
	if (b->stress) {
		sub = hf_json_add_array(j, "ops");
		for (const struct hf_op *op = b->stress->ops; op->name; op++)
			hf_json_str(sub, NULL, op->name);
		hf_json_int(j, "share", b->stress->share ? b->stress->share : 1);
	}
	describe_params(b->params, hf_json_add_array(j, "params"));
	describe_metrics(b->metrics, hf_json_add_array(j, "metrics"));
	sub = hf_json_add_object(j, "needs");
	hf_json_int(sub, "cpus", b->needs.cpus ? b->needs.cpus : 1);
	hf_json_int(sub, "nodes", b->needs.nodes ? b->needs.nodes : 1);
	hf_json_bool(sub, "root", b->needs.root);
	hf_json_str(sub, "whole_machine_up_to", b->needs.whole);
	sub = hf_json_add_array(sub, "files");
	for (int i = 0; b->needs.files && b->needs.files[i]; i++)
		hf_json_str(sub, NULL, b->needs.files[i]);
	sub = hf_json_add_array(j, "settings");
	for (const struct hf_setting *s = b->settings; s && s->path; s++)
		hf_json_str(sub, NULL, s->path);
	sub = hf_json_add_object(j, "tasks");
	hf_json_str(sub, "modes", !b->modes ? "single" : b->modes == HF_BOTH ? "threads, processes" : b->modes == HF_THREADS ? "threads" : "processes");
	hf_json_bool(sub, "all_cpus", b->all_cpus);
	hf_json_int(sub, "default", b->tasks ? b->tasks : 1);
	hf_json_int(j, "warm_ops", b->warm_ops);
	hf_json_num(j, "min_backing", b->min_backing > 0 ? b->min_backing : 1);
}

void hf_describe_print(const struct hf_bench *bench)
{
	struct hf_json *doc = hf_json_object();
	char *text;

	hf_describe(bench, doc, NULL);
	text = hf_json_text(doc);
	puts(text ? text : "{}");
	free(text);
	hf_json_free(doc);
}

static const struct hf_metric *find_metric(const struct hf_bench *b, const char *name)
{
	for (const struct hf_metric *m = b->metrics; m->name; m++)
		if (name && strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

/* What is wrong with a metric, NULL if nothing. */
static const char *metric_mistake(const struct hf_bench *b, const struct hf_metric *m)
{
	const struct hf_metric *of = find_metric(b, m->source.of);
	int u = 0;

	if (!m->unit)
		return "has no unit";
	while (units[u] && strcmp(units[u], m->unit))
		u++;
	if (!units[u])
		return "has a unit that is not one of ns, B/s, 1/s, 1, count, B";
	if (!m->help || !*m->help)
		return "has no definition";
	switch (m->source.kind) {
	case HF_KIND_TIMED:
		return strcmp(m->unit, "ns") ? "is timed but not in ns" : NULL;
	case HF_KIND_SHARE:
	case HF_KIND_PER_S:
		return of && of->source.kind == HF_KIND_COUNT ? NULL : "is a share or rate of something that is not a count";
	case HF_KIND_INVERSE:
		return of && of->source.kind == HF_KIND_TIMED ? NULL : "is the inverse of something that is not timed";
	case HF_KIND_BPS:
		if (m->source.less && (!find_metric(b, m->source.less) || find_metric(b, m->source.less)->source.kind != HF_KIND_TIMED))
			return "is net of something that is not timed";
		return of && of->source.kind == HF_KIND_TIMED ? NULL : "is bytes per second of something that is not timed";
	case HF_KIND_QUOTIENT:
		return of && find_metric(b, m->source.less) ? NULL : "is a quotient of metrics that do not exist";
	case HF_KIND_VMSTAT:
	case HF_KIND_CURVE:
		return m->source.of ? NULL : "does not say of what";
	case HF_KIND_INTERCEPT:
	case HF_KIND_FIT:
		return of && of->source.kind == HF_KIND_SLOPE ? NULL : "is of a line that no slope metric has";
	case HF_KIND_VALUES:
	case HF_KIND_COUNT:
	case HF_KIND_SLOPE:
		return NULL;
	}
	return "has no source";
}

int hf_describe_check(const struct hf_bench *b, char *why, size_t room)
{
	unsigned int n = 0;

	if (!b->name || !b->summary || !b->paths || !b->paths[0] || !b->origin.suite || !b->params || !b->metrics || !b->metrics[0].name || !b->body) {
		snprintf(why, room, "descriptor: name, summary, paths, origin, params, metrics and body must all be set");
		return -EINVAL;
	}
	for (const struct hf_metric *m = b->metrics; m->name; m++) {
		const char *mistake = metric_mistake(b, m);

		if (!mistake && ++n > HF_METRICS_MAX)
			mistake = "is one too many";
		if (mistake) {
			snprintf(why, room, "descriptor: metric %s %s", m->name, mistake);
			return -EINVAL;
		}
	}
	n = 0;
	for (const struct hf_op *op = b->stress ? b->stress->ops : NULL; op && op->name; op++) {
		if (++n > HF_OPS_MAX || !op->act || !op->outcomes || !op->weight) {
			snprintf(why, room, "descriptor: operation %s needs weight, act and outcomes, and there may be %d", op->name, HF_OPS_MAX);
			return -EINVAL;
		}
	}
	if (b->stress && (!n || !b->stress->steps || b->stress->steps > HF_STEPS_MAX || b->body != hf_stress_body || !find_metric(b, "hits"))) {
		snprintf(why, room, "descriptor: a stressor needs operations, 1 to %d steps, hf_stress_body and HF_STRESS_METRICS", HF_STEPS_MAX);
		return -EINVAL;
	}
	n = 0;
	for (const struct hf_param *p = b->params; p->name; p++) {
		char text[HF_TEXT_MAX];
		int64_t v;

		if (++n > HF_PARAMS_MAX || !p->def || !p->min || (!p->max && p->type != HF_CHOICE) || !p->help || hf_point_value(p, p->def, &v, text)) {
			snprintf(why, room, "descriptor: parameter %s needs default, range, help, and a default inside the range", p->name);
			return -EINVAL;
		}
	}
	return 0;
}
