// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing records. */
#include "harness/record.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "harness/describe.h"
#include "harness/host.h"
#include "measure/summary.h"
#include "system/mark.h"

#define TAIL_VALUES 20 /* a quantile is stated when at least so many values lie beyond it */

struct hf_record {
	int fd, err;
	const struct hf_bench *bench;
	const struct hf_opts *opts;
	char run[40], boot[64];
	time_t opened;
};

int hf_record_open(struct hf_record **out, const char *path, const struct hf_bench *bench, const struct hf_opts *opts)
{
	struct hf_record *rec = calloc(1, sizeof(*rec));

	if (!rec)
		return -ENOMEM;
	rec->bench = bench;
	rec->opts = opts;
	rec->opened = time(NULL);
	rec->fd = !path ? -1 : strcmp(path, "-") == 0 ? dup(STDOUT_FILENO) : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (path && rec->fd < 0) {
		int err = -errno;

		free(rec);
		return err;
	}
	if (hf_file_read("/proc/sys/kernel/random/uuid", rec->run, sizeof(rec->run)) < 0)
		snprintf(rec->run, sizeof(rec->run), "%llx-%x", (unsigned long long)hf_clock_raw_ns(), (unsigned int)getpid());
	hf_host_boot(rec->boot, sizeof(rec->boot));
	*out = rec;
	return 0;
}

int hf_record_error(const struct hf_record *rec)
{
	return rec->err;
}

int hf_record_close(struct hf_record *rec)
{
	int err;

	if (!rec)
		return 0;
	err = rec->err;
	if (rec->fd >= 0 && close(rec->fd) && !err)
		err = -errno;
	free(rec);
	return err;
}

/* One line, whole or not at all: what a full disk has cut short is taken back. */
static void put(struct hf_record *rec, struct hf_json *doc)
{
	struct stat st = { .st_size = 0 };
	char *text = hf_json_text(doc), *line;
	ssize_t n;
	size_t len;

	hf_json_free(doc);
	if (!text) {
		rec->err = rec->err ? rec->err : -ENOMEM;
		return;
	}
	len = strlen(text);
	line = realloc(text, len + 2);
	if (!line || rec->err || rec->fd < 0) {
		free(line ? line : text);
		return;
	}
	line[len++] = '\n';
	line[len] = '\0';
	fstat(rec->fd, &st);
	do
		n = write(rec->fd, line, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		rec->err = -errno;
	else if ((size_t)n != len)
		rec->err = -ENOSPC;
	if (rec->err && n > 0 && S_ISREG(st.st_mode) && ftruncate(rec->fd, st.st_size))
		rec->err = -errno;
	free(line);
}

static struct hf_json *begin(const struct hf_record *rec, const char *type)
{
	struct hf_json *j = hf_json_object();

	hf_json_int(j, "v", 1);
	hf_json_str(j, "type", type);
	hf_json_str(j, "run", rec->run);
	return j;
}

static void common(const struct hf_record *rec, struct hf_json *j)
{
	hf_json_str(j, "label", rec->opts->label);
	hf_json_str(j, "boot", rec->boot);
	if (rec->opts->block >= 0)
		hf_json_int(j, "block", rec->opts->block);
	else
		hf_json_null(j, "block");
	hf_json_int(j, "time", time(NULL));
	hf_json_str(j, "bench", rec->bench->name);
}

static void param(struct hf_json *at, const struct hf_param *p, int64_t value, const char *text)
{
	if (p->type == HF_UINT)
		hf_json_int(at, p->name, value);
	else
		hf_json_str(at, p->name, text);
}

static struct hf_json *params(const struct hf_bench *bench, const struct hf_point *point, struct hf_json *j)
{
	struct hf_json *at = hf_json_add_object(j, "params");

	for (int i = 0; bench->params[i].name; i++)
		param(at, &bench->params[i], point->values[i], point->text[i]);
	hf_json_int(at, "tasks", point->tasks);
	hf_json_str(at, "mode", point->processes ? "processes" : "threads");
	return at;
}

/* "bench" or "stress": the directory that the program stands in. */
static const char *kind(void)
{
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n < 0)
		return "bench";
	exe[n] = '\0';
	return strstr(exe, "/stress/") ? "stress" : "bench";
}

void hf_record_run(struct hf_record *rec, const struct hf_topo *topo, const struct hf_perf_value *events, unsigned int n_events)
{
	const struct hf_opts *o = rec->opts;
	struct hf_json *j = begin(rec, "run"), *sub;

	common(rec, j);
	hf_json_str(j, "kind", kind());
	sub = hf_json_add_object(j, "params");
	for (int i = 0; rec->bench->params[i].name; i++)
		if (o->given[i])
			hf_json_str(sub, rec->bench->params[i].name, o->given[i]);
	hf_json_int(j, "seed", (int64_t)o->seed);
	sub = hf_json_add_array(j, "argv");
	for (int i = 0; i < o->argc; i++)
		hf_json_str(sub, NULL, o->argv[i]);
	hf_json_str(j, "version", HF_VERSION);
	hf_json_str(j, "order", o->order);
	hf_json_int(j, "repeats", o->repeats);
	hf_json_num(j, "duration_s", o->seconds);
	hf_host_describe(topo, hf_json_add_object(j, "host"));
	sub = hf_json_add_object(j, "clock");
	hf_json_str(sub, "source", hf_clock.source);
	hf_json_str(sub, "kernel", hf_clock.kernel);
	hf_json_num(sub, "hz", hf_clock.hz);
	hf_json_num(sub, "cost_ns", hf_clock.cost_ns);
	hf_json_num(sub, "cost_p99_ns", hf_clock.cost_p99_ns);
	hf_json_num(sub, "res_ns", hf_clock.res_ns);
	sub = hf_json_add_array(j, "placement");
	for (unsigned int i = 0; i < topo->n_cpus; i++)
		hf_json_int(sub, NULL, topo->cpu[i].os);
	sub = hf_json_add_array(j, "events");
	for (unsigned int i = 0; i < n_events; i++) {
		struct hf_json *e = hf_json_add_object(sub, NULL);

		hf_json_str(e, "name", events[i].name);
		hf_json_bool(e, "open", !events[i].err);
		hf_json_str(e, "reason", events[i].err ? events[i].why : NULL);
	}
	hf_describe(rec->bench, j, "descriptor");
	put(rec, j);
}

static void quantile(struct hf_json *j, const char *key, const struct hf_hist *h, double q)
{
	if (h->n * (1 - q) >= TAIL_VALUES || q <= 0.5)
		hf_json_num(j, key, hf_hist_quantile(h, q));
	else
		hf_json_null(j, key);
}

static void histogram(struct hf_json *j, const struct hf_hist *h, const char *unit, bool timed)
{
	struct hf_json *at, *bins;

	hf_json_num(j, "mean", hf_hist_mean(h));
	hf_json_num(j, "sd", hf_hist_sd(h));
	hf_json_num(j, "min", h->n ? (double)h->min : NAN);
	hf_json_num(j, "max", h->n ? (double)h->max : NAN);
	quantile(j, "p50", h, 0.5);
	quantile(j, "p90", h, 0.9);
	quantile(j, "p99", h, 0.99);
	quantile(j, "p999", h, 0.999);
	if (timed)
		hf_json_num(j, "res", hf_clock.res_ns);
	at = hf_json_add_object(j, "hist");
	hf_json_int(at, "bits", HF_HIST_BITS);
	hf_json_str(at, "unit", unit);
	bins = hf_json_add_array(at, "bins");
	for (unsigned int b = 0; b < HF_HIST_BINS; b++) {
		struct hf_json *pair;

		if (!h->count[b])
			continue;
		pair = hf_json_add_array(bins, NULL);
		hf_json_int(pair, NULL, b);
		hf_json_int(pair, NULL, (int64_t)h->count[b]);
	}
}

/* Where nothing of the kernel's is timed and the CPU is emulated, a value is the emulator's: no kernel makes it better or worse. */
static enum hf_better better(const struct hf_record *rec, const struct hf_metric *m)
{
	return rec->bench->user_space && hf_host_emulated() ? HF_INFO : m->better;
}

static struct hf_json *sample(struct hf_record *rec, const struct hf_point *point, const struct hf_metric *m, struct hf_json **at_params)
{
	struct hf_json *j = begin(rec, "sample"), *p;

	common(rec, j);
	p = params(rec->bench, point, j);
	if (at_params)
		*at_params = p;
	hf_json_str(j, "metric", m->name);
	hf_json_str(j, "unit", m->unit);
	hf_json_str(j, "better", hf_describe_better(better(rec, m)));
	hf_json_bool(j, "exact", m->exact);
	return j;
}

static void curve_samples(struct hf_record *rec, const struct hf_point *point, const struct hf_result *r, unsigned int m)
{
	const struct hf_metric *metric = &rec->bench->metrics[m];

	for (int i = 0; i < HF_CURVES_MAX; i++) {
		const struct hf_curve_data *c = &r->curve[i];

		if (c->metric != (int)m)
			continue;
		for (int b = 0; b < HF_CURVE_BINS; b++) {
			struct hf_json *j, *p;
			double lo, hi;

			if (!c->bin[b].den)
				continue;
			j = sample(rec, point, metric, &p);
			hf_json_num(p, metric->source.of, rint(c->bin[b].x));
			hf_json_int(j, "n", (int64_t)c->bin[b].den);
			hf_json_num(j, "value", (double)c->bin[b].num / (double)c->bin[b].den);
			hf_summary_wilson(c->bin[b].num, c->bin[b].den, &lo, &hi);
			hf_json_num(j, "lo", lo);
			hf_json_num(j, "hi", hi);
			put(rec, j);
		}
	}
}

/* What belongs to the point as a whole goes with its first metric. */
static void point_facts(struct hf_json *j, const struct hf_result *r)
{
	struct hf_json *at = hf_json_add_object(j, "perf");

	for (unsigned int i = 0; i < r->n_perf; i++) {
		struct hf_json *e;

		if (r->perf[i].err)
			continue;
		e = hf_json_add_object(at, r->perf[i].name);
		hf_json_num(e, "value", r->perf[i].value);
		hf_json_int(e, "enabled", (int64_t)r->perf[i].enabled);
		hf_json_int(e, "running", (int64_t)r->perf[i].running);
	}
	at = hf_json_add_object(j, "vmstat");
	for (unsigned int i = 0; i < r->n_deltas; i++)
		hf_json_int(at, r->delta[i].name, r->delta[i].value);
}

void hf_record_samples(struct hf_record *rec, const struct hf_point *point, const struct hf_result *r, bool census)
{
	bool first = true;

	for (unsigned int m = 0; rec->bench->metrics[m].name; m++) {
		const struct hf_metric *metric = &rec->bench->metrics[m];
		struct hf_stated s;
		struct hf_json *j, *reps;

		if (metric->source.kind == HF_KIND_CURVE) {
			curve_samples(rec, point, r, m);
			continue;
		}
		hf_result_state(r, rec->bench, m, &s);
		if (isnan(s.value))
			continue;
		j = sample(rec, point, metric, NULL);
		hf_json_int(j, "n", (int64_t)s.n);
		hf_json_num(j, "value", s.value);
		hf_json_num(j, "lo", s.lo);
		hf_json_num(j, "hi", s.hi);
		reps = hf_json_add_array(j, "reps");
		for (unsigned int i = 0; i < r->n_reps; i++)
			hf_json_num(reps, NULL, r->rep[m][i]);
		if (r->total.hist[m])
			histogram(j, r->total.hist[m], metric->unit, metric->source.kind == HF_KIND_TIMED);
		if (first)
			point_facts(j, r);
		first = false;
		if (census && r->total.checked)
			hf_json_num(j, "backing_ok", 1 - (double)r->total.wrong / (double)r->total.checked);
		else
			hf_json_null(j, "backing_ok");
		put(rec, j);
	}
}

void hf_record_mark(const struct hf_record *rec, const struct hf_point *point)
{
	struct hf_json *j = begin(rec, "sample");
	char *text;

	common(rec, j);
	hf_json_int(j, "time", rec->opened);
	params(rec->bench, point, j);
	text = hf_json_text(j);
	hf_json_free(j);
	if (text)
		hf_mark_text(text, HF_MARK_SECTION);
	free(text);
}

void hf_record_warn(struct hf_record *rec, const struct hf_point *point, const char *code, const char *text)
{
	struct hf_json *j = begin(rec, "warn");

	hf_json_str(j, "code", code);
	hf_json_str(j, "text", text);
	if (point)
		params(rec->bench, point, j);
	put(rec, j);
}

void hf_record_end(struct hf_record *rec, const struct hf_record_end *end)
{
	struct hf_json *j = begin(rec, "end"), *list;

	hf_json_str(j, "status", hf_err_status(end->status));
	list = hf_json_add_array(j, "reasons");
	for (unsigned int i = 0; i < end->n_reasons; i++)
		hf_json_str(list, NULL, end->reasons[i]);
	hf_json_bool(j, "restored", end->restored);
	hf_json_int(j, "taint", (int64_t)end->taint);
	list = hf_json_add_array(j, "kmsg");
	for (unsigned int i = 0; i < end->n_kmsg; i++)
		hf_json_str(list, NULL, end->kmsg[i]);
	hf_json_num(j, "seconds", end->seconds);
	if (end->n_verdicts) {
		list = hf_json_add_array(j, "stress");
		for (unsigned int i = 0; i < end->n_verdicts; i++)
			if (end->verdicts[i]->any)
				hf_verdict_json(end->verdicts[i], rec->bench, end->points[i], list);
	}
	put(rec, j);
	if (rec->fd >= 0 && fsync(rec->fd) && errno != EINVAL && errno != EROFS && !rec->err)
		rec->err = -errno;
}
