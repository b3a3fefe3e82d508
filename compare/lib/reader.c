// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What records mean. Fields are taken from a line's JSON by get_*(): the first fault is kept in the reader and makes every later get_*() of the line do
 * nothing, so that a line is taken apart without a check after each field.
 */
#include "compare/lib/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare/lib/scan.h"
#include "measure/hist.h"

#define LONGEST (64u << 20) /* bytes of a line; the largest histogram takes less than one */
#define CHUNK 1024	    /* least to allocate at once */

/* What a run or a sample owns: chunks that end together. */
struct hf_reader_mem {
	struct hf_reader_mem *next;
	size_t used, room;
	max_align_t data[];
};

/* The unit in which a metric of a benchmark has come so far. */
struct unit {
	char *bench, *metric, *unit;
};

struct hf_reader {
	int fd; /* -1: none is open */
	char *path;
	size_t line_no;
	char *buf; /* of the file: @at .. @have is still to come, and there is room for one byte more */
	size_t at, have, room;
	struct hf_scan scan;
	struct hf_run **run, *last; /* @last: a line is nearly always of the run of the line before */
	size_t n_runs;
	void *by_id; /* the runs, as a tree: there may be tens of thousands */
	struct unit *unit;
	size_t n_units;
	struct hf_reader_mem *mem; /* runs, units, paths */
	int err;
	char error[512];
};

/* One JSON object of the line that is being read, and where its contents shall live. */
struct obj {
	struct hf_reader *rd;
	struct hf_reader_mem **mem;
	const struct hf_scan_node *json, *next; /* @next: where the next member probably is */
	const char *what;			/* for messages: "sample", "run.descriptor" */
};

enum need { MAY, MUST };

__attribute__((format(printf, 2, 3))) static int fail(struct hf_reader *rd, const char *fmt, ...)
{
	va_list ap;
	int n = 0;

	if (rd->err)
		return rd->err;
	rd->err = -EBADMSG;
	if (rd->line_no)
		n = snprintf(rd->error, sizeof(rd->error), "%s:%zu: ", rd->path, rd->line_no);
	if (n < 0 || (size_t)n >= sizeof(rd->error))
		return rd->err;
	va_start(ap, fmt);
	vsnprintf(rd->error + n, sizeof(rd->error) - (size_t)n, fmt, ap);
	va_end(ap);
	return rd->err;
}

static int fail_memory(struct hf_reader *rd)
{
	fail(rd, "out of memory");
	return rd->err = -ENOMEM;
}

static void *take(struct hf_reader *rd, struct hf_reader_mem **mem, size_t size)
{
	struct hf_reader_mem *m = *mem;
	const size_t align = sizeof(max_align_t);
	void *data;

	size = (size + align - 1) / align * align;
	if (!m || m->room - m->used < size) {
		size_t room = size > CHUNK ? size : CHUNK;

		m = calloc(1, sizeof(*m) + room);
		if (!m) {
			fail_memory(rd);
			return NULL;
		}
		m->room = room;
		m->next = *mem;
		*mem = m;
	}
	data = (char *)m->data + m->used;
	m->used += size;
	return data;
}

static void give_back(struct hf_reader_mem **mem)
{
	while (*mem) {
		struct hf_reader_mem *m = *mem;

		*mem = m->next;
		free(m);
	}
}

/* A copy of @s; "" in its place when there is no memory, so that texts are never NULL. */
static char *copy(struct hf_reader *rd, struct hf_reader_mem **mem, const char *s)
{
	static char none[] = "";
	char *t = *s ? take(rd, mem, strlen(s) + 1) : NULL;

	return t ? strcpy(t, s) : none;
}

static const struct hf_scan_node *get(struct obj *o, const char *key, enum need need)
{
	const struct hf_scan_node *v = o->rd->err ? NULL : hf_scan_get(o->json, key, o->next);

	if (v)
		o->next = v + v->span;
	if (v && v->type == HF_SCAN_NULL && need == MAY)
		return NULL;
	if (!v && need == MUST)
		fail(o->rd, "%s: '%s' is missing", o->what, key);
	return v;
}

static int wrong(const struct obj *o, const char *key, const char *due)
{
	return fail(o->rd, "%s: '%s' must be %s", o->what, key, due);
}

static bool is(const struct hf_scan_node *v, enum hf_scan_type type)
{
	return v && v->type == type;
}

static bool is_number(const struct hf_scan_node *v)
{
	return is(v, HF_SCAN_INTEGER) || is(v, HF_SCAN_REAL);
}

static double number(const struct hf_scan_node *v)
{
	return v->type == HF_SCAN_INTEGER ? (double)v->integer : v->real;
}

static char *get_str(struct obj *o, const char *key, enum need need)
{
	const struct hf_scan_node *v = get(o, key, need);

	if (v && !is(v, HF_SCAN_STRING))
		wrong(o, key, "a string");
	return copy(o->rd, o->mem, is(v, HF_SCAN_STRING) ? v->text : "");
}

static double get_num(struct obj *o, const char *key, enum need need)
{
	const struct hf_scan_node *v = get(o, key, need);

	if (!v)
		return NAN;
	if (!is_number(v)) {
		wrong(o, key, "a number");
		return NAN;
	}
	return number(v);
}

static uint64_t get_count(struct obj *o, const char *key)
{
	const struct hf_scan_node *v = get(o, key, MAY);

	if (!v)
		return 0;
	if (!is(v, HF_SCAN_INTEGER) || v->integer < 0) {
		wrong(o, key, "an integer, 0 or more");
		return 0;
	}
	return (uint64_t)v->integer;
}

static bool get_bool(struct obj *o, const char *key, bool absent)
{
	const struct hf_scan_node *v = get(o, key, MAY);

	if (!v)
		return absent;
	if (!is(v, HF_SCAN_TRUE) && !is(v, HF_SCAN_FALSE))
		wrong(o, key, "true or false");
	return is(v, HF_SCAN_TRUE);
}

static void write_list(FILE *f, const struct hf_scan_node *list);

/* Any value as people would write it: a string as it is, null as nothing, "[1, 2]". */
static void write_value(FILE *f, const struct hf_scan_node *v)
{
	switch (v->type) {
	case HF_SCAN_NULL:
		break;
	case HF_SCAN_FALSE:
	case HF_SCAN_TRUE:
		fputs(v->type == HF_SCAN_TRUE ? "true" : "false", f);
		break;
	case HF_SCAN_INTEGER:
		fprintf(f, "%lld", (long long)v->integer);
		break;
	case HF_SCAN_REAL:
		fprintf(f, "%.12g", v->real);
		break;
	case HF_SCAN_STRING:
		fputs(v->text, f);
		break;
	case HF_SCAN_ARRAY:
	case HF_SCAN_OBJECT:
		write_list(f, v);
	}
}

static void write_list(FILE *f, const struct hf_scan_node *list)
{
	const char *between = "";

	fputc(list->type == HF_SCAN_ARRAY ? '[' : '{', f);
	hf_scan_each(v, list)
	{
		fprintf(f, "%s%s%s", between, v->key ? v->key : "", v->key ? ": " : "");
		write_value(f, v);
		between = ", ";
	}
	fputc(list->type == HF_SCAN_ARRAY ? ']' : '}', f);
}

static char *as_text(const struct obj *o, const struct hf_scan_node *v)
{
	char buf[32], *text = NULL, *kept;
	size_t len;
	FILE *f;

	if (!v || v->type == HF_SCAN_NULL)
		return copy(o->rd, o->mem, "");
	if (v->type == HF_SCAN_STRING)
		return copy(o->rd, o->mem, v->text);
	if (v->type == HF_SCAN_INTEGER) {
		snprintf(buf, sizeof(buf), "%lld", (long long)v->integer);
		return copy(o->rd, o->mem, buf);
	}
	f = open_memstream(&text, &len);
	if (f)
		write_value(f, v);
	if (!f || fclose(f))
		fail_memory(o->rd);
	kept = copy(o->rd, o->mem, text ? text : "");
	free(text);
	return kept;
}

static size_t count_leaves(const struct hf_scan_node *object)
{
	size_t n = 0;

	hf_scan_each(v, object) n += v->type == HF_SCAN_OBJECT ? count_leaves(v) : 1;
	return n;
}

static void add_leaves(const struct obj *o, const struct hf_scan_node *object, const char *prefix, struct hf_pairs *pairs)
{
	hf_scan_each(v, object)
	{
		char name[256];

		snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "." : "", v->key);
		if (v->type == HF_SCAN_OBJECT) {
			add_leaves(o, v, name, pairs);
			continue;
		}
		pairs->at[pairs->n].name = copy(o->rd, o->mem, name);
		pairs->at[pairs->n++].text = as_text(o, v);
	}
}

static struct hf_pairs get_pairs(struct obj *o, const char *key, enum need need)
{
	const struct hf_scan_node *v = get(o, key, need);
	struct hf_pairs pairs = { NULL, 0 };

	if (v && !is(v, HF_SCAN_OBJECT))
		wrong(o, key, "an object");
	if (!is(v, HF_SCAN_OBJECT))
		return pairs;
	pairs.at = take(o->rd, o->mem, (count_leaves(v) + 1) * sizeof(*pairs.at));
	if (pairs.at)
		add_leaves(o, v, "", &pairs);
	return pairs;
}

static const struct hf_scan_node *get_array(struct obj *o, const char *key)
{
	const struct hf_scan_node *v = get(o, key, MAY);

	if (v && !is(v, HF_SCAN_ARRAY))
		wrong(o, key, "an array");
	return is(v, HF_SCAN_ARRAY) ? v : NULL;
}

static struct hf_texts get_texts(struct obj *o, const char *key)
{
	const struct hf_scan_node *list = get_array(o, key);
	struct hf_texts texts = { NULL, 0 };

	if (!list)
		return texts;
	texts.at = take(o->rd, o->mem, (list->n + 1) * sizeof(*texts.at));
	if (!texts.at)
		return texts;
	hf_scan_each(v, list)
	{
		if (!is(v, HF_SCAN_STRING))
			wrong(o, key, "an array of strings");
		texts.at[texts.n++] = as_text(o, v);
	}
	return texts;
}

/* {name: number} (vmstat) or {name: {"value": number, ...}} (perf) */
static struct hf_numbers get_numbers(struct obj *o, const char *key)
{
	const struct hf_scan_node *list = get(o, key, MAY);
	struct hf_numbers numbers = { NULL, 0 };

	if (list && !is(list, HF_SCAN_OBJECT))
		wrong(o, key, "an object");
	if (!is(list, HF_SCAN_OBJECT))
		return numbers;
	numbers.at = take(o->rd, o->mem, (list->n + 1) * sizeof(*numbers.at));
	if (!numbers.at)
		return numbers;
	hf_scan_each(v, list)
	{
		const struct hf_scan_node *value = is(v, HF_SCAN_OBJECT) ? hf_scan_get(v, "value", NULL) : v;

		if (!is_number(value)) {
			if (!is(value, HF_SCAN_NULL))
				fail(o->rd, "%s: '%s.%s' must be a number", o->what, key, v->key);
			continue;
		}
		numbers.at[numbers.n].name = copy(o->rd, o->mem, v->key);
		numbers.at[numbers.n++].value = number(value);
	}
	return numbers;
}

/* The values of an object as one text: "timed", "bps of fault_ns", "libhugetlbfs, alloc-instantiate-race, two racers". */
static char *get_joined(struct obj *o, const char *key, const char *between)
{
	const struct hf_scan_node *list = get(o, key, MAY);
	char buf[1024] = "";
	size_t len = 0;

	if (!is(list, HF_SCAN_OBJECT))
		return as_text(o, list);
	hf_scan_each(v, list)
	{
		bool word = strcmp(v->key, "of") == 0 || strcmp(v->key, "less") == 0 || strcmp(v->key, "by") == 0;

		if (is(v, HF_SCAN_STRING) && *v->text && len < sizeof(buf))
			len += (size_t)snprintf(buf + len, sizeof(buf) - len, "%s%s%s%s", len ? between : "", word ? v->key : "",
						word ? " " : "", v->text);
	}
	return copy(o->rd, o->mem, buf);
}

static void get_descriptor(struct obj *run, struct hf_run *r)
{
	const struct hf_scan_node *params, *metrics;
	struct obj o = *run;

	o.json = get(run, "descriptor", MAY);
	o.next = NULL;
	o.what = "run.descriptor";
	if (o.json && !is(o.json, HF_SCAN_OBJECT))
		wrong(run, "descriptor", "an object");
	r->summary = get_str(&o, "summary", MAY);
	r->origin = get_joined(&o, "origin", ", ");
	r->paths = get_texts(&o, "paths");
	params = get_array(&o, "params");
	metrics = get_array(&o, "metrics");
	r->param = take(o.rd, o.mem, ((params ? params->n : 0) + 1) * sizeof(*r->param));
	r->metric = take(o.rd, o.mem, ((metrics ? metrics->n : 0) + 1) * sizeof(*r->metric));
	if (o.rd->err)
		return;
	o.what = "run.descriptor.params";
	if (params)
		hf_scan_each(v, params)
		{
			struct hf_param_def *p = &r->param[r->n_params++];

			o.json = v;
			p->name = get_str(&o, "name", MUST);
			p->type = get_str(&o, "type", MAY);
			p->def = as_text(&o, get(&o, "default", MAY));
			p->help = get_str(&o, "help", MAY);
		}
	o.what = "run.descriptor.metrics";
	if (metrics)
		hf_scan_each(v, metrics)
		{
			struct hf_metric_def *m = &r->metric[r->n_metrics++];

			o.json = v;
			m->name = get_str(&o, "name", MUST);
			m->unit = get_str(&o, "unit", MAY);
			m->better = get_str(&o, "better", MAY);
			m->source = get_joined(&o, "source", " ");
			m->help = get_str(&o, "help", MAY);
			m->per_task = is(hf_scan_get(v, "per_task", NULL), HF_SCAN_TRUE);
		}
}

static void *grow(struct hf_reader *rd, void *array, size_t n, size_t size)
{
	void *bigger;

	if (n & (n - 1)) /* room doubles at powers of two */
		return array;
	bigger = realloc(array, (n ? 2 * n : 1) * size);
	if (!bigger)
		fail_memory(rd);
	return bigger;
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

static int read_run(struct obj *o, const char *id)
{
	struct hf_reader *rd = o->rd;
	struct hf_run *r, **runs;

	if (find_run(rd, id))
		return fail(rd, "run %s begins a second time", id);
	r = take(rd, o->mem, sizeof(*r));
	if (!r)
		return rd->err;
	r->file = rd->path;
	r->line = rd->line_no;
	r->id = copy(rd, o->mem, id);
	r->label = get_str(o, "label", MUST);
	r->bench = get_str(o, "bench", MUST);
	r->kind = get_str(o, "kind", MAY);
	r->version = get_str(o, "version", MAY);
	r->boot = get_str(o, "boot", MUST);
	r->block = as_text(o, get(o, "block", MAY));
	r->seed = as_text(o, get(o, "seed", MAY));
	r->time = get_num(o, "time", MUST);
	r->params = get_pairs(o, "params", MAY);
	r->host = get_pairs(o, "host", MAY);
	r->clock = get_pairs(o, "clock", MAY);
	get_descriptor(o, r);
	r->status = "broken";
	r->restored = false;
	r->taint = copy(rd, o->mem, "");
	r->seconds = NAN;
	if (rd->err)
		return rd->err;
	if (!*r->bench)
		return wrong(o, "bench", "a name");
	runs = grow(rd, rd->run, rd->n_runs, sizeof(struct hf_run *));
	if (!runs)
		return rd->err;
	rd->run = runs;
	if (!tsearch(r, &rd->by_id, by_id))
		return fail_memory(rd);
	rd->run[rd->n_runs++] = rd->last = r;
	return 0;
}

static int read_warn(struct obj *o, struct hf_run *r)
{
	struct hf_warn *w = take(o->rd, o->mem, (r->n_warns + 1) * sizeof(*w));

	if (!w)
		return o->rd->err;
	if (r->n_warns)
		memcpy(w, r->warn, r->n_warns * sizeof(*w)); /* a handful per run */
	r->warn = w;
	w += r->n_warns++;
	w->code = get_str(o, "code", MUST);
	w->text = get_str(o, "text", MUST);
	w->params = get_pairs(o, "params", MAY);
	return o->rd->err;
}

static int read_end(struct obj *o, struct hf_run *r)
{
	static const char *const status[] = { "ok", "fail", "broken", "skip" };
	const char *word = get_str(o, "status", MUST);

	r->ended = true;
	r->reasons = get_texts(o, "reasons");
	r->kmsg = get_texts(o, "kmsg");
	r->restored = get_bool(o, "restored", true);
	r->taint = as_text(o, get(o, "taint", MAY));
	r->seconds = get_num(o, "seconds", MAY);
	if (o->rd->err)
		return o->rd->err;
	for (size_t i = 0; i < sizeof(status) / sizeof(status[0]); i++) {
		if (strcmp(word, status[i]) == 0) {
			r->status = status[i];
			return 0;
		}
	}
	return wrong(o, "status", "ok, fail, broken or skip");
}

static void get_hist(struct obj *sample, struct hf_sample *s)
{
	const struct hf_scan_node *bins;
	struct obj o = *sample;
	const char *unit;

	o.json = get(sample, "hist", MAY);
	o.next = NULL;
	o.what = "sample.hist";
	if (!o.json)
		return;
	if (!is(o.json, HF_SCAN_OBJECT)) {
		wrong(sample, "hist", "an object");
		return;
	}
	if (get_num(&o, "bits", MUST) != HF_HIST_BITS)
		fail(o.rd, "sample.hist: 'bits' must be %d", HF_HIST_BITS);
	unit = get_str(&o, "unit", MUST);
	if (strcmp(unit, s->unit) != 0)
		fail(o.rd, "sample.hist: unit is '%s', the metric's is '%s'", unit, s->unit);
	get(&o, "bins", MUST);
	o.next = NULL;
	bins = get_array(&o, "bins");
	if (o.rd->err || !bins || !bins->n)
		return;
	s->bin = calloc(bins->n, sizeof(*s->bin));
	if (!s->bin) {
		fail_memory(o.rd);
		return;
	}
	hf_scan_each(pair, bins)
	{
		const struct hf_scan_node *at = pair + 1, *count = pair + 2;
		struct hf_bin *bin = &s->bin[s->n_bins];

		if (pair->type != HF_SCAN_ARRAY || pair->n != 2 || pair->span != 3 || at->type != HF_SCAN_INTEGER ||
		    count->type != HF_SCAN_INTEGER || at->integer < 0 || at->integer >= HF_HIST_BINS || count->integer < 1) {
			fail(o.rd, "sample.hist: bin %zu must be [index below %d, count above 0]", s->n_bins, HF_HIST_BINS);
			return;
		}
		bin->index = (unsigned int)at->integer;
		bin->count = (uint64_t)count->integer;
		if (s->n_bins && bin->index <= bin[-1].index) {
			fail(o.rd, "sample.hist: bins must be in ascending order");
			return;
		}
		s->n_bins++;
	}
}

/* A repeat that measured nothing is null in the record and NaN here. */
static void get_reps(struct obj *o, struct hf_sample *s)
{
	const struct hf_scan_node *list = get_array(o, "reps");

	s->rep = take(o->rd, o->mem, ((list ? list->n : 0) + 1) * sizeof(*s->rep));
	if (!list || !s->rep)
		return;
	hf_scan_each(v, list)
	{
		if (!is_number(v) && v->type != HF_SCAN_NULL)
			wrong(o, "reps", "an array of numbers");
		s->rep[s->n_reps++] = is_number(v) ? number(v) : NAN;
	}
}

/* A metric of a benchmark has one unit, whatever the number of files. */
static int check_unit(struct obj *o, const struct hf_sample *s)
{
	struct hf_reader *rd = o->rd;
	struct unit *u;

	for (size_t i = 0; i < rd->n_units; i++) {
		u = &rd->unit[i];
		if (strcmp(u->metric, s->metric) != 0 || strcmp(u->bench, s->bench) != 0)
			continue;
		if (strcmp(u->unit, s->unit) == 0)
			return 0;
		return fail(rd, "sample: metric '%s' of %s has unit '%s' here and '%s' before", s->metric, s->bench, s->unit, u->unit);
	}
	u = grow(rd, rd->unit, rd->n_units, sizeof(*u));
	if (!u)
		return rd->err;
	rd->unit = u;
	u += rd->n_units++;
	u->bench = copy(rd, &rd->mem, s->bench);
	u->metric = copy(rd, &rd->mem, s->metric);
	u->unit = copy(rd, &rd->mem, s->unit);
	return rd->err;
}

static int read_sample(struct obj *o, const struct hf_run *r, struct hf_sample *s)
{
	const char *better;

	s->run = r;
	s->label = get_str(o, "label", MUST);
	s->boot = get_str(o, "boot", MUST);
	s->block = as_text(o, get(o, "block", MAY));
	s->time = get_num(o, "time", MUST);
	s->bench = get_str(o, "bench", MUST);
	s->params = get_pairs(o, "params", MUST);
	s->metric = get_str(o, "metric", MUST);
	s->unit = get_str(o, "unit", MUST);
	better = get_str(o, "better", MUST);
	s->exact = get_bool(o, "exact", false);
	s->n = get_count(o, "n");
	s->value = get_num(o, "value", MUST);
	s->lo = get_num(o, "lo", MAY);
	s->hi = get_num(o, "hi", MAY);
	s->mean = get_num(o, "mean", MAY);
	s->sd = get_num(o, "sd", MAY);
	s->min = get_num(o, "min", MAY);
	s->max = get_num(o, "max", MAY);
	s->p50 = get_num(o, "p50", MAY);
	s->p90 = get_num(o, "p90", MAY);
	s->p99 = get_num(o, "p99", MAY);
	s->p999 = get_num(o, "p999", MAY);
	s->res = get_num(o, "res", MAY);
	s->backing_ok = get_num(o, "backing_ok", MAY);
	s->perf = get_numbers(o, "perf");
	s->vmstat = get_numbers(o, "vmstat");
	get_reps(o, s);
	get_hist(o, s);
	if (o->rd->err)
		return o->rd->err;
	if (strcmp(better, "lower") == 0)
		s->better = HF_BETTER_LOWER;
	else if (strcmp(better, "higher") == 0)
		s->better = HF_BETTER_HIGHER;
	else if (strcmp(better, "info") == 0)
		s->better = HF_BETTER_INFO;
	else
		return wrong(o, "better", "lower, higher or info");
	if (!*s->metric)
		return wrong(o, "metric", "a name");
	if (strcmp(s->bench, r->bench) != 0)
		return fail(o->rd, "sample: bench is '%s', its run's is '%s'", s->bench, r->bench);
	return check_unit(o, s);
}

/* Return: 1 when the line was a sample, 0 for other lines, -errno. */
static int read_line(struct hf_reader *rd, char *line, size_t len, struct hf_sample *s)
{
	struct obj o = { rd, &rd->mem, NULL, NULL, "line" };
	const struct hf_scan_node *v, *type, *id;
	struct hf_run *r;
	int err = hf_scan_text(&rd->scan, line, len);

	if (err)
		return err == -ENOMEM ? fail_memory(rd) : fail(rd, "bad JSON: %s", rd->scan.error);
	o.json = rd->scan.node;
	if (o.json->type != HF_SCAN_OBJECT)
		return fail(rd, "line must be a JSON object");
	v = get(&o, "v", MUST);
	if (v && (v->type != HF_SCAN_INTEGER || v->integer != 1))
		wrong(&o, "v", "1: the file is of another version of the format");
	type = get(&o, "type", MUST);
	id = get(&o, "run", MUST);
	if (!rd->err && type->type != HF_SCAN_STRING)
		wrong(&o, "type", "a string");
	if (!rd->err && id->type != HF_SCAN_STRING)
		wrong(&o, "run", "a string");
	if (rd->err)
		return rd->err;
	o.what = type->text;
	if (strcmp(type->text, "run") == 0)
		return read_run(&o, id->text);
	r = find_run(rd, id->text);
	if (!r)
		return fail(rd, "%s before the 'run' line of run %s", type->text, id->text);
	rd->last = r;
	if (r->ended)
		return fail(rd, "%s after the 'end' line of run %s", type->text, id->text);
	if (strcmp(type->text, "warn") == 0)
		return read_warn(&o, r);
	if (strcmp(type->text, "end") == 0)
		return read_end(&o, r);
	if (strcmp(type->text, "sample") != 0)
		return fail(rd, "type '%s' is not known", type->text);
	o.mem = &s->mem;
	err = read_sample(&o, r, s);
	return err ? err : 1;
}

struct hf_reader *hf_reader_new(void)
{
	struct hf_reader *rd = calloc(1, sizeof(*rd));

	if (rd)
		rd->fd = -1;
	return rd;
}

static void close_file(struct hf_reader *rd)
{
	if (rd->fd > STDIN_FILENO)
		close(rd->fd);
	rd->fd = -1;
	rd->at = rd->have = 0;
}

void hf_reader_free(struct hf_reader *rd)
{
	if (!rd)
		return;
	close_file(rd);
	tdestroy(rd->by_id, keep);
	give_back(&rd->mem);
	hf_scan_free(&rd->scan);
	free(rd->run);
	free(rd->unit);
	free(rd->buf);
	free(rd);
}

int hf_reader_open(struct hf_reader *rd, const char *path)
{
	close_file(rd);
	rd->err = 0;
	rd->error[0] = '\0';
	rd->line_no = 0;
	rd->path = copy(rd, &rd->mem, path);
	if (rd->err)
		return rd->err;
	rd->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (rd->fd < 0) {
		int err = errno;

		fail(rd, "%s: %s", path, strerror(err));
		return rd->err = -err;
	}
	return 0;
}

/* More of the file behind what there is. Return: bytes, 0 at its end, -errno. */
static ssize_t more(struct hf_reader *rd)
{
	ssize_t n;

	if (rd->at) {
		memmove(rd->buf, rd->buf + rd->at, rd->have - rd->at);
		rd->have -= rd->at;
		rd->at = 0;
	}
	if (rd->have + 1 >= rd->room) {
		size_t room = rd->room ? 2 * rd->room : 64 << 10;
		char *buf = rd->have < LONGEST ? realloc(rd->buf, room) : NULL;

		if (!buf)
			return rd->have < LONGEST ? fail_memory(rd) : fail(rd, "a line of more than %u MiB", LONGEST >> 20);
		rd->buf = buf;
		rd->room = room;
	}
	do
		n = read(rd->fd, rd->buf + rd->have, rd->room - rd->have - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		int err = errno;

		fail(rd, "%s", strerror(err));
		return rd->err = -err;
	}
	rd->have += (size_t)n;
	return n;
}

/* The next line; the byte behind it may be written to. Return: 1, 0 at the end of the file, -errno. */
static int next_line(struct hf_reader *rd, char **line, size_t *len)
{
	size_t seen = 0;
	char *end = NULL;
	ssize_t n = 1;

	rd->line_no++;
	while (!end && n) {
		if (rd->have > rd->at + seen)
			end = memchr(rd->buf + rd->at + seen, '\n', rd->have - rd->at - seen);
		seen = rd->have - rd->at;
		if (!end)
			n = more(rd);
		if (n < 0)
			return (int)n;
	}
	*line = rd->buf + rd->at;
	*len = end ? (size_t)(end - *line) : seen;
	rd->at += *len + (end ? 1 : 0);
	return end || *len;
}

int hf_reader_next(struct hf_reader *rd, struct hf_sample *sample)
{
	if (rd->err)
		return rd->err;
	while (rd->fd >= 0) {
		size_t len;
		char *line;
		int ret = next_line(rd, &line, &len);

		if (ret < 0)
			return ret;
		if (!ret) {
			close_file(rd);
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
	give_back(&sample->mem);
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
	return rd->error;
}

const char *hf_reader_pair(const struct hf_pairs *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (strcmp(pairs->at[i].name, name) == 0)
			return pairs->at[i].text;
	return NULL;
}
