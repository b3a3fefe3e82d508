// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading records, strictly and one line at a time. Fields are taken from a line's JSON by get_*(): the first fault is kept in the reader
 * and makes every later get_*() of the line do nothing, so that a line is taken apart without a check after each field.
 */
#include "compare/lib/reader.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/hist.h"

/* What a run or a sample owns: a chain of allocations that end together. */
struct hf_reader_mem {
	struct hf_reader_mem *next;
	max_align_t data[];
};

/* The unit in which a metric of a benchmark has come so far. */
struct unit {
	char *bench, *metric, *unit;
};

struct hf_reader {
	FILE *file;
	char *path;
	size_t line_no;
	char *line;
	size_t room;
	struct hf_run **run;
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
	const json_t *json;
	const char *what; /* for messages: "sample", "run.descriptor" */
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
	struct hf_reader_mem *m = calloc(1, sizeof(*m) + size);

	if (!m) {
		fail_memory(rd);
		return NULL;
	}
	m->next = *mem;
	*mem = m;
	return m->data;
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

static const json_t *get(const struct obj *o, const char *key, enum need need)
{
	const json_t *j = o->rd->err ? NULL : json_object_get(o->json, key);

	if (json_is_null(j) && need == MAY)
		return NULL;
	if (!j && need == MUST)
		fail(o->rd, "%s: '%s' is missing", o->what, key);
	return j;
}

static int wrong(const struct obj *o, const char *key, const char *due)
{
	return fail(o->rd, "%s: '%s' must be %s", o->what, key, due);
}

static char *get_str(const struct obj *o, const char *key, enum need need)
{
	const json_t *j = get(o, key, need);

	if (j && !json_is_string(j))
		wrong(o, key, "a string");
	return copy(o->rd, o->mem, json_is_string(j) ? json_string_value(j) : "");
}

static double get_num(const struct obj *o, const char *key, enum need need)
{
	const json_t *j = get(o, key, need);

	if (!j)
		return NAN;
	if (!json_is_number(j)) {
		wrong(o, key, "a number");
		return NAN;
	}
	return json_number_value(j);
}

static uint64_t get_count(const struct obj *o, const char *key)
{
	const json_t *j = get(o, key, MAY);

	if (!j)
		return 0;
	if (!json_is_integer(j) || json_integer_value(j) < 0) {
		wrong(o, key, "an integer, 0 or more");
		return 0;
	}
	return (uint64_t)json_integer_value(j);
}

static bool get_bool(const struct obj *o, const char *key, bool absent)
{
	const json_t *j = get(o, key, MAY);

	if (!j)
		return absent;
	if (!json_is_boolean(j))
		wrong(o, key, "true or false");
	return json_is_true(j);
}

/* Any value as text: a string as it is, null as nothing, arrays and objects as JSON. */
static char *as_text(const struct obj *o, const json_t *j)
{
	char buf[64], *dump, *text;

	if (!j || json_is_null(j))
		return copy(o->rd, o->mem, "");
	if (json_is_string(j))
		return copy(o->rd, o->mem, json_string_value(j));
	if (json_is_boolean(j))
		return copy(o->rd, o->mem, json_is_true(j) ? "true" : "false");
	if (json_is_real(j)) {
		snprintf(buf, sizeof(buf), "%.12g", json_real_value(j));
		return copy(o->rd, o->mem, buf);
	}
	dump = json_dumps(j, JSON_ENCODE_ANY | JSON_COMPACT);
	if (!dump)
		fail_memory(o->rd);
	text = copy(o->rd, o->mem, dump ? dump : "");
	free(dump);
	return text;
}

static size_t count_leaves(const json_t *j)
{
	const char *key;
	json_t *v;
	size_t n = 0;

	json_object_foreach((json_t *)j, key, v) n += json_is_object(v) ? count_leaves(v) : 1;
	return n;
}

static void add_leaves(const struct obj *o, const json_t *j, const char *prefix, struct hf_pairs *pairs)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)j, key, v)
	{
		char name[256];

		snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "." : "", key);
		if (json_is_object(v)) {
			add_leaves(o, v, name, pairs);
			continue;
		}
		pairs->at[pairs->n].name = copy(o->rd, o->mem, name);
		pairs->at[pairs->n++].text = as_text(o, v);
	}
}

static struct hf_pairs get_pairs(const struct obj *o, const char *key, enum need need)
{
	const json_t *j = get(o, key, need);
	struct hf_pairs pairs = { NULL, 0 };

	if (j && !json_is_object(j))
		wrong(o, key, "an object");
	if (!json_is_object(j))
		return pairs;
	pairs.at = take(o->rd, o->mem, (count_leaves(j) + 1) * sizeof(*pairs.at));
	if (pairs.at)
		add_leaves(o, j, "", &pairs);
	return pairs;
}

static const json_t *get_array(const struct obj *o, const char *key)
{
	const json_t *j = get(o, key, MAY);

	if (j && !json_is_array(j))
		wrong(o, key, "an array");
	return json_is_array(j) ? j : NULL;
}

static struct hf_texts get_texts(const struct obj *o, const char *key)
{
	const json_t *j = get_array(o, key);
	struct hf_texts texts = { NULL, 0 };

	if (!j)
		return texts;
	texts.at = take(o->rd, o->mem, (json_array_size(j) + 1) * sizeof(*texts.at));
	if (!texts.at)
		return texts;
	for (size_t i = 0; i < json_array_size(j); i++) {
		if (!json_is_string(json_array_get(j, i)))
			wrong(o, key, "an array of strings");
		texts.at[texts.n++] = as_text(o, json_array_get(j, i));
	}
	return texts;
}

/* {name: number} (vmstat) or {name: {"value": number, ...}} (perf) */
static struct hf_numbers get_numbers(const struct obj *o, const char *key)
{
	const json_t *j = get(o, key, MAY);
	struct hf_numbers numbers = { NULL, 0 };
	const char *name;
	json_t *v;

	if (j && !json_is_object(j))
		wrong(o, key, "an object");
	if (!json_is_object(j))
		return numbers;
	numbers.at = take(o->rd, o->mem, (json_object_size(j) + 1) * sizeof(*numbers.at));
	if (!numbers.at)
		return numbers;
	json_object_foreach((json_t *)j, name, v)
	{
		const json_t *value = json_is_object(v) ? json_object_get(v, "value") : v;

		if (!json_is_number(value)) {
			if (!json_is_null(value))
				fail(o->rd, "%s: '%s.%s' must be a number", o->what, key, name);
			continue;
		}
		numbers.at[numbers.n].name = copy(o->rd, o->mem, name);
		numbers.at[numbers.n++].value = json_number_value(value);
	}
	return numbers;
}

/* The values of an object as one text: "timed", "bps of fault_ns", "libhugetlbfs, alloc-instantiate-race, two racers". */
static char *get_joined(const struct obj *o, const char *key, const char *between)
{
	const json_t *j = get(o, key, MAY);
	char buf[1024] = "";
	const char *name;
	size_t len = 0;
	json_t *v;

	if (!json_is_object(j))
		return as_text(o, j);
	json_object_foreach((json_t *)j, name, v)
	{
		bool word = strcmp(name, "of") == 0 || strcmp(name, "less") == 0 || strcmp(name, "by") == 0;

		if (json_is_string(v) && *json_string_value(v) && len < sizeof(buf))
			len += (size_t)snprintf(buf + len, sizeof(buf) - len, "%s%s%s%s", len ? between : "", word ? name : "",
						word ? " " : "", json_string_value(v));
	}
	return copy(o->rd, o->mem, buf);
}

static void get_descriptor(const struct obj *run, struct hf_run *r)
{
	struct obj o = *run;
	const json_t *params, *metrics;

	o.json = get(run, "descriptor", MAY);
	o.what = "run.descriptor";
	if (o.json && !json_is_object(o.json))
		wrong(run, "descriptor", "an object");
	r->summary = get_str(&o, "summary", MAY);
	r->origin = get_joined(&o, "origin", ", ");
	r->paths = get_texts(&o, "paths");
	params = get_array(&o, "params");
	metrics = get_array(&o, "metrics");
	r->param = take(o.rd, o.mem, (json_array_size(params) + 1) * sizeof(*r->param));
	r->metric = take(o.rd, o.mem, (json_array_size(metrics) + 1) * sizeof(*r->metric));
	if (!r->param || !r->metric)
		return;
	for (size_t i = 0; i < json_array_size(params) && !o.rd->err; i++) {
		struct hf_param_def *p = &r->param[r->n_params++];

		o.json = json_array_get(params, i);
		o.what = "run.descriptor.params";
		p->name = get_str(&o, "name", MUST);
		p->type = get_str(&o, "type", MAY);
		p->def = as_text(&o, get(&o, "default", MAY));
		p->help = get_str(&o, "help", MAY);
	}
	for (size_t i = 0; i < json_array_size(metrics) && !o.rd->err; i++) {
		struct hf_metric_def *m = &r->metric[r->n_metrics++];

		o.json = json_array_get(metrics, i);
		o.what = "run.descriptor.metrics";
		m->name = get_str(&o, "name", MUST);
		m->unit = get_str(&o, "unit", MAY);
		m->better = get_str(&o, "better", MAY);
		m->source = get_joined(&o, "source", " ");
		m->help = get_str(&o, "help", MAY);
		m->per_task = json_is_true(json_object_get(o.json, "per_task"));
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

static struct hf_run *find_run(const struct hf_reader *rd, const char *id)
{
	const struct hf_run wanted = { .id = (char *)id };
	struct hf_run **found = tfind(&wanted, &rd->by_id, by_id);

	return found ? *found : NULL;
}

static void keep(void *run)
{
	(void)run; /* its memory is the reader's */
}

static int read_run(const struct obj *o, const char *id)
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
	rd->run[rd->n_runs++] = r;
	return 0;
}

static int read_warn(const struct obj *o, struct hf_run *r)
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

static int read_end(const struct obj *o, struct hf_run *r)
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

static void get_hist(const struct obj *sample, struct hf_sample *s)
{
	struct obj o = *sample;
	const json_t *bins;
	const char *unit;

	o.json = get(sample, "hist", MAY);
	o.what = "sample.hist";
	if (!o.json)
		return;
	if (!json_is_object(o.json)) {
		wrong(sample, "hist", "an object");
		return;
	}
	if (get_num(&o, "bits", MUST) != HF_HIST_BITS)
		fail(o.rd, "sample.hist: 'bits' must be %d", HF_HIST_BITS);
	unit = get_str(&o, "unit", MUST);
	if (strcmp(unit, s->unit) != 0)
		fail(o.rd, "sample.hist: unit is '%s', the metric's is '%s'", unit, s->unit);
	get(&o, "bins", MUST);
	bins = get_array(&o, "bins");
	if (o.rd->err || !json_array_size(bins))
		return;
	s->bin = calloc(json_array_size(bins), sizeof(*s->bin));
	if (!s->bin) {
		fail_memory(o.rd);
		return;
	}
	for (size_t i = 0; i < json_array_size(bins); i++) {
		const json_t *pair = json_array_get(bins, i), *at = json_array_get(pair, 0), *count = json_array_get(pair, 1);
		struct hf_bin *bin = &s->bin[i];

		if (json_array_size(pair) != 2 || !json_is_integer(at) || !json_is_integer(count) || json_integer_value(at) < 0 ||
		    json_integer_value(at) >= HF_HIST_BINS || json_integer_value(count) < 1) {
			fail(o.rd, "sample.hist: bin %zu must be [index below %d, count above 0]", i, HF_HIST_BINS);
			return;
		}
		bin->index = (unsigned int)json_integer_value(at);
		bin->count = (uint64_t)json_integer_value(count);
		if (i && bin->index <= bin[-1].index) {
			fail(o.rd, "sample.hist: bins must be in ascending order");
			return;
		}
		s->n_bins++;
	}
}

/* A repeat that measured nothing is null in the record and NaN here. */
static void get_reps(const struct obj *o, struct hf_sample *s)
{
	const json_t *j = get_array(o, "reps");

	s->rep = take(o->rd, o->mem, (json_array_size(j) + 1) * sizeof(*s->rep));
	for (size_t i = 0; s->rep && i < json_array_size(j); i++) {
		const json_t *v = json_array_get(j, i);

		if (!json_is_number(v) && !json_is_null(v))
			wrong(o, "reps", "an array of numbers");
		s->rep[s->n_reps++] = json_is_null(v) ? NAN : json_number_value(v);
	}
}

/* A metric of a benchmark has one unit, whatever the number of files. */
static int check_unit(const struct obj *o, const struct hf_sample *s)
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

static int read_sample(const struct obj *o, const struct hf_run *r, struct hf_sample *s)
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
static int read_line(struct hf_reader *rd, const char *line, size_t len, struct hf_sample *s)
{
	json_error_t why;
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
	struct obj o = { rd, &rd->mem, json, "line" };
	const json_t *v;
	const char *type, *id;
	struct hf_run *r;
	int ret = 0;

	if (!json)
		return fail(rd, "bad JSON: %s", why.text);
	if (!json_is_object(json)) {
		ret = fail(rd, "line must be a JSON object");
		goto out;
	}
	v = get(&o, "v", MUST);
	if (v && (!json_is_integer(v) || json_integer_value(v) != 1))
		wrong(&o, "v", "1: the file is of another version of the format");
	get(&o, "type", MUST);
	get(&o, "run", MUST);
	if (!rd->err && !json_is_string(json_object_get(json, "type")))
		wrong(&o, "type", "a string");
	if (!rd->err && !json_is_string(json_object_get(json, "run")))
		wrong(&o, "run", "a string");
	if (rd->err) {
		ret = rd->err;
		goto out;
	}
	type = json_string_value(json_object_get(json, "type"));
	id = json_string_value(json_object_get(json, "run"));
	o.what = type;
	if (strcmp(type, "run") == 0) {
		ret = read_run(&o, id);
		goto out;
	}
	r = find_run(rd, id);
	if (!r)
		ret = fail(rd, "%s before the 'run' line of run %s", type, id);
	else if (r->ended)
		ret = fail(rd, "%s after the 'end' line of run %s", type, id);
	else if (strcmp(type, "warn") == 0)
		ret = read_warn(&o, r);
	else if (strcmp(type, "end") == 0)
		ret = read_end(&o, r);
	else if (strcmp(type, "sample") == 0) {
		o.mem = &s->mem;
		ret = read_sample(&o, r, s);
		if (!ret)
			ret = 1;
	} else {
		ret = fail(rd, "type '%s' is not known", type);
	}
out:
	json_decref(json);
	return ret;
}

struct hf_reader *hf_reader_new(void)
{
	return calloc(1, sizeof(struct hf_reader));
}

static void close_file(struct hf_reader *rd)
{
	if (rd->file && rd->file != stdin)
		fclose(rd->file);
	rd->file = NULL;
}

void hf_reader_free(struct hf_reader *rd)
{
	if (!rd)
		return;
	close_file(rd);
	tdestroy(rd->by_id, keep);
	give_back(&rd->mem);
	free(rd->run);
	free(rd->unit);
	free(rd->line);
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
	rd->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (!rd->file) {
		int err = errno;

		fail(rd, "%s: %s", path, strerror(err));
		return rd->err = -err;
	}
	return 0;
}

int hf_reader_next(struct hf_reader *rd, struct hf_sample *sample)
{
	if (rd->err)
		return rd->err;
	while (rd->file) {
		ssize_t len;
		int ret;

		errno = 0;
		len = getline(&rd->line, &rd->room, rd->file);
		if (len < 0) {
			int err = errno;

			if (!feof(rd->file)) {
				fail(rd, "%s", strerror(err));
				return rd->err = err ? -err : -EIO;
			}
			close_file(rd);
			return 0;
		}
		rd->line_no++;
		memset(sample, 0, sizeof(*sample));
		ret = read_line(rd, rd->line, (size_t)len, sample);
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
