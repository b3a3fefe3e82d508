// SPDX-License-Identifier: GPL-2.0-or-later
/* A comparison as data, for programs. */
#include "compare/lib/export.h"

#include <math.h>
#include <string.h>

#include "base/json.h"

#define NAME_ROOM 256

static void json_result(struct hf_json *list, const struct hf_result *r)
{
	struct hf_json *o = hf_json_add_object(list, NULL), *sub;

	hf_json_str(o, "bench", r->series->bench);
	sub = hf_json_add_object(o, "params");
	for (size_t i = 0; i < r->series->params.n; i++)
		hf_json_str(sub, r->series->params.at[i].name, r->series->params.at[i].text);
	hf_json_str(o, "metric", r->metric);
	hf_json_str(o, "unit", r->series->unit);
	hf_json_str(o, "verdict", hf_model_word(r->verdict));
	hf_json_num(o, "ratio", r->ratio);
	hf_json_num(o, "lo", r->exact ? r->ratio : r->lo);
	hf_json_num(o, "hi", r->exact ? r->ratio : r->hi);
	hf_json_num(o, "p", r->tested ? r->test.p : NAN);
	hf_json_num(o, "mde", r->mde);
	if (r->boots_needed || r->exact)
		hf_json_int(o, "boots_needed", r->boots_needed);
	else
		hf_json_null(o, "boots_needed");
	hf_json_int(o, "n_a", (int64_t)r->n[0]);
	hf_json_int(o, "n_b", (int64_t)r->n[1]);
	hf_json_num(o, "base", r->location[0]);
	hf_json_num(o, "new", r->location[1]);
	if (r->plain) {
		hf_json_num(o, "diff", r->diff);
		hf_json_num(o, "diff_lo", r->diff_lo);
		hf_json_num(o, "diff_hi", r->diff_hi);
	}
	hf_json_num(o, "p_worse", r->tested ? r->test.p_worse : NAN);
	hf_json_num(o, "p_family", r->family);
	hf_json_num(o, "p_bh", r->bh);
	hf_json_bool(o, "fails", r->fails);
	hf_json_bool(o, "exact", r->exact);
	hf_json_bool(o, "flagged", r->flagged);
	hf_json_bool(o, "prior", r->prior);
	hf_json_num(o, "within_lo", r->within_lo);
	hf_json_num(o, "within_hi", r->within_hi);
	sub = hf_json_add_object(o, "variance");
	hf_json_num(sub, "boot", r->parts.boot);
	hf_json_num(sub, "process", r->parts.process);
	hf_json_num(sub, "iteration", r->parts.iteration);
	hf_json_num(o, "vif", r->fit.vif);
	hf_json_num(o, "sd", sqrt(r->fit.s2));
	hf_json_num(o, "df", r->fit.nu);
	sub = hf_json_add_array(o, "notes");
	for (unsigned int i = 0; i < r->n_notes; i++)
		hf_json_str(sub, NULL, r->note[i]);
}

int hf_export_json(const struct hf_trial *t, FILE *out)
{
	const struct hf_judge *j = &t->judge;
	struct hf_json *doc = hf_json_object(), *list = hf_json_add_array(doc, "results"), *o;

	for (size_t i = 0; i < j->n_results; i++)
		json_result(list, &j->result[i]);
	o = hf_json_add_object(doc, "family");
	hf_json_num(o, "alpha", j->family);
	hf_json_int(o, "rejected", (int64_t)j->rejected);
	hf_json_str(o, "procedure", hf_judge_procedure(j));
	hf_json_int(doc, "stage", j->stage);
	hf_json_int(doc, "flagged", (int64_t)j->flagged);
	if (t->controlled) {
		o = hf_json_add_object(doc, "control");
		hf_json_int(o, "comparisons", t->control.comparisons);
		hf_json_int(o, "alarms", t->control.alarms);
		hf_json_num(o, "p", t->control.p);
		hf_json_bool(o, "advisory", j->options.advisory);
	}
	hf_json_str(doc, "unit", hf_units_name(j->sides->unit));
	hf_json_num(doc, "sesoi", j->options.sesoi);
	hf_json_num(doc, "tail_sesoi", j->options.tail_sesoi);
	list = hf_json_add_array(doc, "differences");
	for (size_t i = 0; i < j->sides->n_differences; i++) {
		o = hf_json_add_object(list, NULL);
		hf_json_str(o, "key", j->sides->difference[i].key);
		hf_json_str(o, "base", j->sides->difference[i].base);
		hf_json_str(o, "new", j->sides->difference[i].new);
		hf_json_bool(o, "forbidden", j->sides->difference[i].forbidden);
	}
	hf_json_int(doc, "missing_in_new", (int64_t)j->missing[0]);
	hf_json_int(doc, "missing_in_base", (int64_t)j->missing[1]);
	hf_json_int(doc, "not_interleaved", (int64_t)j->sequential);
	hf_json_int(doc, "failed", (int64_t)j->failed);
	hf_json_int(doc, "broken", (int64_t)j->broken);
	hf_json_int(doc, "status", j->status);
	return hf_json_print(doc, out);
}

/* A unit's value in the metric's unit. */
static double value_of(const struct hf_result *r, const struct hf_model_unit *u)
{
	double y = r->series->better == HF_BETTER_HIGHER ? -u->y : u->y;

	return r->plain ? y : exp(y);
}

/* "Benchmark" and a name without blanks: "hugetlb-fault/len=2M/fault_ns" */
static void slashed(const struct hf_judge *j, const struct hf_result *r, char *buf)
{
	hf_judge_name(j, r, buf, NAME_ROOM);
	for (char *c = buf; *c; c++)
		if (*c == ' ')
			*c = '/';
}

void hf_export_benchstat(const struct hf_judge *judge, bool b, FILE *out)
{
	for (size_t i = 0; i < judge->n_results; i++) {
		const struct hf_result *r = &judge->result[i];
		const char *unit = strcmp(r->series->unit, "ns") == 0 ? "ns/op" : r->series->unit;
		char name[NAME_ROOM];

		slashed(judge, r, name);
		if (r->series->better == HF_BETTER_HIGHER && strcmp(unit, "B/s") != 0) /* benchstat knows that of B/s */
			fprintf(out, "Unit %s better=higher\n", unit);
		for (size_t k = 0; k < r->n[0] + r->n[1]; k++)
			if (r->unit[k].b == b)
				fprintf(out, "Benchmark%s 1 %.9g %s\n", name, value_of(r, &r->unit[k]), unit);
	}
}

int hf_export_gbench(const struct hf_judge *judge, bool b, FILE *out)
{
	struct hf_json *doc = hf_json_object(), *o = hf_json_add_object(doc, "context"), *list;

	hf_json_str(o, "library_build_type", "release");
	list = hf_json_add_array(doc, "benchmarks");
	for (size_t i = 0; i < judge->n_results; i++) {
		const struct hf_result *r = &judge->result[i];
		char name[NAME_ROOM];
		int64_t repetition = 0;

		if (strcmp(r->series->unit, "ns") != 0) /* that format's statistics are of times alone */
			continue;
		slashed(judge, r, name);
		for (size_t k = 0; k < r->n[0] + r->n[1]; k++) {
			if (r->unit[k].b != b)
				continue;
			o = hf_json_add_object(list, NULL);
			hf_json_str(o, "name", name);
			hf_json_str(o, "run_name", name);
			hf_json_str(o, "run_type", "iteration");
			hf_json_int(o, "repetitions", (int64_t)r->n[b]);
			hf_json_int(o, "repetition_index", repetition++);
			hf_json_int(o, "threads", 1);
			hf_json_int(o, "iterations", 1);
			hf_json_num(o, "real_time", value_of(r, &r->unit[k]));
			hf_json_num(o, "cpu_time", value_of(r, &r->unit[k]));
			hf_json_str(o, "time_unit", "ns");
		}
	}
	return hf_json_print(doc, out);
}
