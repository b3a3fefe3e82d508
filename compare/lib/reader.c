// SPDX-License-Identifier: GPL-2.0-or-later
/* What records mean. */
#include "compare/lib/reader.h"

#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "compare/lib/lines.h"
#include "compare/lib/scan.h"
#include "measure/hist.h"

/* The unit in which a metric of a benchmark has come so far. */
struct unit {
	char *bench, *metric, *unit;
};

struct hf_reader {
	struct hf_lines lines;
	char *path;
	struct hf_scan scan;
	struct hf_run **run, *last; /* @last: a line is nearly always of the run of the line before */
	size_t n_runs;
	void *by_id; /* the runs, as a tree: there may be tens of thousands */
	struct unit *unit;
	size_t n_units;
	struct hf_field_mem *mem; /* runs, units, paths */
	struct hf_field_fault fault;
};

static void get_descriptor(struct hf_field_obj *run, struct hf_run *r)
{
	const struct hf_scan_node *params, *metrics;
	struct hf_field_obj o = hf_field_object(run, "descriptor", "run.descriptor");

	r->summary = hf_field_str(&o, "summary", HF_FIELD_MAY);
	r->origin = hf_field_joined(&o, "origin", ", ");
	r->paths = hf_field_texts(&o, "paths");
	params = hf_field_array(&o, "params", HF_FIELD_MAY);
	metrics = hf_field_array(&o, "metrics", HF_FIELD_MAY);
	r->param = hf_field_take(o.fault, o.mem, ((params ? params->n : 0) + 1) * sizeof(*r->param));
	r->metric = hf_field_take(o.fault, o.mem, ((metrics ? metrics->n : 0) + 1) * sizeof(*r->metric));
	if (o.fault->err)
		return;
	o.what = "run.descriptor.params";
	if (params)
		hf_scan_each(v, params)
		{
			struct hf_param_def *p = &r->param[r->n_params++];

			o.json = v;
			p->name = hf_field_str(&o, "name", HF_FIELD_MUST);
			p->type = hf_field_str(&o, "type", HF_FIELD_MAY);
			p->def = hf_field_text(&o, "default");
			p->help = hf_field_str(&o, "help", HF_FIELD_MAY);
		}
	o.what = "run.descriptor.metrics";
	if (metrics)
		hf_scan_each(v, metrics)
		{
			struct hf_metric_def *m = &r->metric[r->n_metrics++];
			const struct hf_scan_node *per_task;

			o.json = v;
			m->name = hf_field_str(&o, "name", HF_FIELD_MUST);
			m->unit = hf_field_str(&o, "unit", HF_FIELD_MAY);
			m->better = hf_field_str(&o, "better", HF_FIELD_MAY);
			m->source = hf_field_joined(&o, "source", " ");
			m->help = hf_field_str(&o, "help", HF_FIELD_MAY);
			per_task = hf_scan_get(v, "per_task", NULL);
			m->per_task = per_task && per_task->type == HF_SCAN_TRUE;
		}
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct hf_run *)a)->id, ((const struct hf_run *)b)->id);
}

static struct hf_run *find_run(struct hf_reader *rd, const char *id)
{
	const struct hf_run wanted = { .id = (char *)id };
	struct hf_run **found = rd->last && strcmp(rd->last->id, id) == 0 ? &rd->last : tfind(&wanted, &rd->by_id, by_id);

	return found ? *found : NULL;
}

static void keep(void *run)
{
	(void)run; /* its memory is the reader's */
}

static int read_run(struct hf_reader *rd, struct hf_field_obj *o, const char *id)
{
	struct hf_run *r, **runs;

	if (find_run(rd, id))
		return hf_field_fail(o->fault, "run %s begins a second time", id);
	r = hf_field_take(o->fault, o->mem, sizeof(*r));
	if (!r)
		return o->fault->err;
	r->file = rd->path;
	r->line = o->fault->line;
	r->id = hf_field_copy(o->fault, o->mem, id);
	r->label = hf_field_str(o, "label", HF_FIELD_MUST);
	r->bench = hf_field_str(o, "bench", HF_FIELD_MUST);
	r->kind = hf_field_str(o, "kind", HF_FIELD_MAY);
	r->version = hf_field_str(o, "version", HF_FIELD_MAY);
	r->boot = hf_field_str(o, "boot", HF_FIELD_MUST);
	r->block = hf_field_text(o, "block");
	r->seed = hf_field_text(o, "seed");
	r->time = hf_field_num(o, "time", HF_FIELD_MUST);
	r->params = hf_field_pairs(o, "params", HF_FIELD_MAY);
	r->host = hf_field_pairs(o, "host", HF_FIELD_MAY);
	r->clock = hf_field_pairs(o, "clock", HF_FIELD_MAY);
	get_descriptor(o, r);
	r->status = "broken";
	r->restored = false;
	r->taint = hf_field_copy(o->fault, o->mem, "");
	r->seconds = NAN;
	if (o->fault->err)
		return o->fault->err;
	if (!*r->bench)
		return hf_field_wrong(o, "bench", "a name");
	runs = hf_grow(rd->run, rd->n_runs, sizeof(struct hf_run *));
	if (!runs)
		return hf_field_no_memory(o->fault);
	rd->run = runs;
	if (!tsearch(r, &rd->by_id, by_id))
		return hf_field_no_memory(o->fault);
	rd->run[rd->n_runs++] = rd->last = r;
	return 0;
}

static int read_warn(struct hf_field_obj *o, struct hf_run *r)
{
	struct hf_warn *w = hf_field_take(o->fault, o->mem, (r->n_warns + 1) * sizeof(*w));

	if (!w)
		return o->fault->err;
	if (r->n_warns)
		memcpy(w, r->warn, r->n_warns * sizeof(*w)); /* a handful per run */
	r->warn = w;
	w += r->n_warns++;
	w->code = hf_field_str(o, "code", HF_FIELD_MUST);
	w->text = hf_field_str(o, "text", HF_FIELD_MUST);
	w->params = hf_field_pairs(o, "params", HF_FIELD_MAY);
	return o->fault->err;
}

static int read_end(struct hf_field_obj *o, struct hf_run *r)
{
	static const char *const status[] = { "ok", "fail", "broken", "skip" };
	const char *word = hf_field_str(o, "status", HF_FIELD_MUST);

	r->ended = true;
	r->reasons = hf_field_texts(o, "reasons");
	r->kmsg = hf_field_texts(o, "kmsg");
	r->restored = hf_field_bool(o, "restored", true);
	r->taint = hf_field_text(o, "taint");
	r->seconds = hf_field_num(o, "seconds", HF_FIELD_MAY);
	if (o->fault->err)
		return o->fault->err;
	for (size_t i = 0; i < sizeof(status) / sizeof(status[0]); i++) {
		if (strcmp(word, status[i]) == 0) {
			r->status = status[i];
			return 0;
		}
	}
	return hf_field_wrong(o, "status", "ok, fail, broken or skip");
}

static void get_hist(struct hf_field_obj *sample, struct hf_sample *s)
{
	struct hf_field_obj o = hf_field_object(sample, "hist", "sample.hist");
	const struct hf_scan_node *bins;
	const char *unit;

	if (!o.json)
		return;
	if (hf_field_num(&o, "bits", HF_FIELD_MUST) != HF_HIST_BITS)
		hf_field_fail(o.fault, "sample.hist: 'bits' must be %d", HF_HIST_BITS);
	unit = hf_field_str(&o, "unit", HF_FIELD_MUST);
	if (strcmp(unit, s->unit) != 0)
		hf_field_fail(o.fault, "sample.hist: unit is '%s', the metric's is '%s'", unit, s->unit);
	bins = hf_field_array(&o, "bins", HF_FIELD_MUST);
	if (o.fault->err || !bins || !bins->n)
		return;
	s->bin = calloc(bins->n, sizeof(*s->bin));
	if (!s->bin) {
		hf_field_no_memory(o.fault);
		return;
	}
	hf_scan_each(pair, bins)
	{
		const struct hf_scan_node *at = pair + 1, *count = pair + 2;
		struct hf_bin *bin = &s->bin[s->n_bins];

		if (pair->type != HF_SCAN_ARRAY || pair->n != 2 || pair->span != 3 || at->type != HF_SCAN_INTEGER ||
		    count->type != HF_SCAN_INTEGER || at->integer < 0 || at->integer >= HF_HIST_BINS || count->integer < 1) {
			hf_field_fail(o.fault, "sample.hist: bin %zu must be [index below %d, count above 0]", s->n_bins, HF_HIST_BINS);
			return;
		}
		bin->index = (unsigned int)at->integer;
		bin->count = (uint64_t)count->integer;
		if (s->n_bins && bin->index <= bin[-1].index) {
			hf_field_fail(o.fault, "sample.hist: bins must be in ascending order");
			return;
		}
		s->n_bins++;
	}
}

/* A metric of a benchmark has one unit, whatever the number of files. */
static int check_unit(struct hf_reader *rd, const struct hf_sample *s)
{
	struct hf_field_fault *fault = &rd->fault;
	struct unit *u;

	for (size_t i = 0; i < rd->n_units; i++) {
		u = &rd->unit[i];
		if (strcmp(u->metric, s->metric) != 0 || strcmp(u->bench, s->bench) != 0)
			continue;
		if (strcmp(u->unit, s->unit) == 0)
			return 0;
		return hf_field_fail(fault, "sample: metric '%s' of %s has unit '%s' here and '%s' before", s->metric, s->bench, s->unit, u->unit);
	}
	u = hf_grow(rd->unit, rd->n_units, sizeof(*u));
	if (!u)
		return hf_field_no_memory(fault);
	rd->unit = u;
	u += rd->n_units++;
	u->bench = hf_field_copy(fault, &rd->mem, s->bench);
	u->metric = hf_field_copy(fault, &rd->mem, s->metric);
	u->unit = hf_field_copy(fault, &rd->mem, s->unit);
	return fault->err;
}

static int read_sample(struct hf_reader *rd, struct hf_field_obj *o, const struct hf_run *r, struct hf_sample *s)
{
	const char *better;

	s->run = r;
	s->label = hf_field_str(o, "label", HF_FIELD_MUST);
	s->boot = hf_field_str(o, "boot", HF_FIELD_MUST);
	s->block = hf_field_text(o, "block");
	s->time = hf_field_num(o, "time", HF_FIELD_MUST);
	s->bench = hf_field_str(o, "bench", HF_FIELD_MUST);
	s->params = hf_field_pairs(o, "params", HF_FIELD_MUST);
	s->metric = hf_field_str(o, "metric", HF_FIELD_MUST);
	s->unit = hf_field_str(o, "unit", HF_FIELD_MUST);
	better = hf_field_str(o, "better", HF_FIELD_MUST);
	s->exact = hf_field_bool(o, "exact", false);
	s->n = hf_field_count(o, "n");
	s->value = hf_field_num(o, "value", HF_FIELD_MUST);
	s->lo = hf_field_num(o, "lo", HF_FIELD_MAY);
	s->hi = hf_field_num(o, "hi", HF_FIELD_MAY);
	s->mean = hf_field_num(o, "mean", HF_FIELD_MAY);
	s->sd = hf_field_num(o, "sd", HF_FIELD_MAY);
	s->min = hf_field_num(o, "min", HF_FIELD_MAY);
	s->max = hf_field_num(o, "max", HF_FIELD_MAY);
	s->p50 = hf_field_num(o, "p50", HF_FIELD_MAY);
	s->p90 = hf_field_num(o, "p90", HF_FIELD_MAY);
	s->p99 = hf_field_num(o, "p99", HF_FIELD_MAY);
	s->p999 = hf_field_num(o, "p999", HF_FIELD_MAY);
	s->res = hf_field_num(o, "res", HF_FIELD_MAY);
	s->backing_ok = hf_field_num(o, "backing_ok", HF_FIELD_MAY);
	s->perf = hf_field_numbers(o, "perf");
	s->vmstat = hf_field_numbers(o, "vmstat");
	s->rep = hf_field_reals(o, "reps", &s->n_reps); /* a repeat that measured nothing is null */
	get_hist(o, s);
	if (o->fault->err)
		return o->fault->err;
	if (strcmp(better, "lower") == 0)
		s->better = HF_BETTER_LOWER;
	else if (strcmp(better, "higher") == 0)
		s->better = HF_BETTER_HIGHER;
	else if (strcmp(better, "info") == 0)
		s->better = HF_BETTER_INFO;
	else
		return hf_field_wrong(o, "better", "lower, higher or info");
	if (!*s->metric)
		return hf_field_wrong(o, "metric", "a name");
	if (strcmp(s->bench, r->bench) != 0)
		return hf_field_fail(o->fault, "sample: bench is '%s', its run's is '%s'", s->bench, r->bench);
	return check_unit(rd, s);
}

/* Return: 1 when the line was a sample, 0 for other lines, -errno. */
static int read_line(struct hf_reader *rd, char *line, size_t len, struct hf_sample *s)
{
	struct hf_field_obj o = { &rd->fault, &rd->mem, NULL, NULL, "line" };
	const struct hf_scan_node *v, *type, *id;
	struct hf_run *r;
	int err = hf_scan_text(&rd->scan, line, len);

	if (err)
		return err == -ENOMEM ? hf_field_no_memory(o.fault) : hf_field_fail(o.fault, "bad JSON: %s", rd->scan.error);
	o.json = rd->scan.node;
	if (o.json->type != HF_SCAN_OBJECT)
		return hf_field_fail(o.fault, "line must be a JSON object");
	v = hf_field_get(&o, "v", HF_FIELD_MUST);
	if (v && (v->type != HF_SCAN_INTEGER || v->integer != 1))
		hf_field_wrong(&o, "v", "1: the file is of another version of the format");
	type = hf_field_get(&o, "type", HF_FIELD_MUST);
	id = hf_field_get(&o, "run", HF_FIELD_MUST);
	if (!o.fault->err && type->type != HF_SCAN_STRING)
		hf_field_wrong(&o, "type", "a string");
	if (!o.fault->err && id->type != HF_SCAN_STRING)
		hf_field_wrong(&o, "run", "a string");
	if (o.fault->err)
		return o.fault->err;
	o.what = type->text;
	if (strcmp(type->text, "run") == 0)
		return read_run(rd, &o, id->text);
	r = find_run(rd, id->text);
	if (!r)
		return hf_field_fail(o.fault, "%s before the 'run' line of run %s", type->text, id->text);
	rd->last = r;
	if (r->ended)
		return hf_field_fail(o.fault, "%s after the 'end' line of run %s", type->text, id->text);
	if (strcmp(type->text, "warn") == 0)
		return read_warn(&o, r);
	if (strcmp(type->text, "end") == 0)
		return read_end(&o, r);
	if (strcmp(type->text, "sample") != 0)
		return hf_field_fail(o.fault, "type '%s' is not known", type->text);
	o.mem = &s->mem;
	err = read_sample(rd, &o, r, s);
	return err ? err : 1;
}

struct hf_reader *hf_reader_new(void)
{
	struct hf_reader *rd = calloc(1, sizeof(*rd));

	if (rd)
		rd->lines.fd = -1;
	return rd;
}

void hf_reader_free(struct hf_reader *rd)
{
	if (!rd)
		return;
	hf_lines_free(&rd->lines);
	tdestroy(rd->by_id, keep);
	hf_field_free(&rd->mem);
	hf_scan_free(&rd->scan);
	free(rd->run);
	free(rd->unit);
	free(rd);
}

int hf_reader_open(struct hf_reader *rd, const char *path)
{
	int err;

	hf_lines_close(&rd->lines);
	rd->fault = (struct hf_field_fault){ .err = 0 };
	rd->path = hf_field_copy(&rd->fault, &rd->mem, path);
	if (rd->fault.err)
		return rd->fault.err;
	err = hf_lines_open(&rd->lines, path);
	if (err) {
		hf_field_fail(&rd->fault, "%s: %s", path, strerror(-err));
		rd->fault.err = err;
	}
	rd->fault.path = rd->path;
	return err;
}

/* What keeps the next line from being read. */
static int unreadable(struct hf_reader *rd, int err)
{
	if (err == -ENOMEM)
		return hf_field_no_memory(&rd->fault);
	if (err == -EFBIG)
		return hf_field_fail(&rd->fault, "a line of more than %u MiB", HF_LINES_LONGEST >> 20);
	hf_field_fail(&rd->fault, "%s", strerror(-err));
	return rd->fault.err = err;
}

int hf_reader_next(struct hf_reader *rd, struct hf_sample *sample)
{
	if (rd->fault.err)
		return rd->fault.err;
	while (rd->lines.fd >= 0) {
		size_t len;
		char *line;
		int ret = hf_lines_next(&rd->lines, &line, &len);

		rd->fault.line = rd->lines.no;
		if (ret < 0)
			return unreadable(rd, ret);
		if (!ret) {
			hf_lines_close(&rd->lines);
			return 0;
		}
		memset(sample, 0, sizeof(*sample));
		ret = read_line(rd, line, len, sample);
		if (ret > 0)
			return ret;
		if (ret < 0) {
			hf_reader_sample_free(sample);
			return ret;
		}
	}
	return 0;
}

void hf_reader_drop_bins(struct hf_sample *sample)
{
	free(sample->bin);
	sample->bin = NULL;
	sample->n_bins = 0;
}

void hf_reader_sample_free(struct hf_sample *sample)
{
	hf_reader_drop_bins(sample);
	hf_field_free(&sample->mem);
	memset(sample, 0, sizeof(*sample));
}

size_t hf_reader_runs(const struct hf_reader *rd)
{
	return rd->n_runs;
}

const struct hf_run *hf_reader_run(const struct hf_reader *rd, size_t i)
{
	return rd->run[i];
}

const char *hf_reader_error(const struct hf_reader *rd)
{
	return rd->fault.text;
}

const char *hf_reader_pair(const struct hf_pairs *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (strcmp(pairs->at[i].name, name) == 0)
			return pairs->at[i].text;
	return NULL;
}
