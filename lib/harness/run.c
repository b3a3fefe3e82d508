// SPDX-License-Identifier: GPL-2.0-or-later
/* What a benchmark's code calls during a run: parameters, verdicts, checks of page size and of page faults in timed regions. */
#include "harness/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/err.h"
#include "harness/shared.h"
#include "system/census.h"
#include "system/mark.h"

static int find_param(const struct hf_run *run, const char *name)
{
	for (int i = 0; run->bench->params[i].name; i++)
		if (strcmp(run->bench->params[i].name, name) == 0)
			return i;
	return -1;
}

bool hf_param_known(const struct hf_run *run, const char *name)
{
	return find_param(run, name) >= 0;
}

int64_t hf_param(const struct hf_run *run, const char *name)
{
	int i = find_param(run, name);

	if (i < 0) {
		fprintf(stderr, "%s: the descriptor has no parameter '%s'\n", run->bench->name, name);
		_exit(HF_EXIT_BROKEN);
	}
	return run->values[i];
}

bool hf_param_is(const struct hf_run *run, const char *name, const char *word)
{
	int64_t want = hf_param(run, name);
	const char *w = run->bench->params[find_param(run, name)].min;
	size_t len = strlen(word);

	for (; want > 0 && w; want--) {
		w = strchr(w, '|');
		if (w)
			w++;
	}
	return w && strncmp(w, word, len) == 0 && (w[len] == '|' || w[len] == '\0');
}

int hf_metric(const struct hf_run *run, const char *name)
{
	for (int i = 0; run->bench->metrics[i].name; i++)
		if (strcmp(run->bench->metrics[i].name, name) == 0)
			return i;
	return -1;
}

/* The first verdict stands. */
static void verdict(struct hf_run *run, int status, const char *fmt, va_list ap)
{
	struct hf_shared *sh = run->shared;
	int none = -1;

	if (!atomic_compare_exchange_strong(&sh->verdict, &none, status))
		return;
	vsnprintf(sh->reason, sizeof(sh->reason), fmt, ap);
	atomic_store(&sh->reason_ready, true);
}

void hf_fail(struct hf_run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict(run, HF_EXIT_FAIL, fmt, ap);
	va_end(ap);
}

void hf_broken(struct hf_run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict(run, HF_EXIT_BROKEN, fmt, ap);
	va_end(ap);
	_exit(HF_EXIT_BROKEN);
}

void hf_skip(struct hf_run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict(run, HF_EXIT_SKIP, fmt, ap);
	va_end(ap);
	_exit(HF_EXIT_SKIP);
}

/* Minor faults of the calling thread so far. */
static long minor_faults(void)
{
	struct rusage ru;

	getrusage(RUSAGE_THREAD, &ru);
	return ru.ru_minflt;
}

void hf_run_watch_begin(struct hf_task *t)
{
	if (t->watch == HF_WATCH_MARKS)
		hf_mark(HF_MARK_BEGIN);
	else
		t->proof_faults = minor_faults();
}

static void mark_region(const struct hf_task *t, int metric, uint64_t ticks, uint64_t ops)
{
	char text[128];

	snprintf(text, sizeof(text), "%s %llu %llu %llu", t->run->bench->metrics[metric].name, (unsigned long long)ticks, (unsigned long long)ops,
		 (unsigned long long)hf_clock_ns(ticks));
	hf_mark_text(text, HF_MARK_REGION);
}

/* The last pending interval. */
static void mark_pending(const struct hf_task *t)
{
	unsigned int last = t->n_pending - 1;

	mark_region(t, t->pending[last].metric, t->pending[last].ticks, t->pending[last].ops);
}

void hf_run_watch_also(struct hf_task *t)
{
	if (t->watch == HF_WATCH_MARKS)
		mark_pending(t);
}

void hf_run_watch_stop(struct hf_task *t)
{
	(void)t;
	hf_mark(HF_MARK_STOP);
}

void hf_run_watch_keep(struct hf_task *t, int metric)
{
	mark_region(t, metric, t->now - t->begun, 1);
	hf_mark(HF_MARK_COMMIT);
}

void hf_run_watch_verdict(struct hf_task *t, bool good)
{
	(void)t;
	hf_mark(good ? HF_MARK_COMMIT : HF_MARK_DROP);
}

void hf_run_watch_end(struct hf_task *t, int metric, uint64_t ops)
{
	const struct hf_bench *b = t->run->bench;
	long faults, want;

	if (t->watch == HF_WATCH_MARKS) {
		hf_mark(HF_MARK_STOP);
		mark_pending(t);
		return;
	}
	faults = minor_faults() - t->proof_faults;
	want = (long)ops * (metric == t->first_timed ? b->faults : b->metrics[metric].source.faults);

	t->proof_ops += ops;
	if (faults != want) {
		t->proof_wrong += ops;
		t->proof_seen = faults;
	}
}

bool hf_expect_page(struct hf_task *t, const void *p)
{
	int is;

	if (!t->census)
		return true;
	is = hf_census_is(t->census, p, t->run->page);
	if (is < 0)
		return true;
	t->slot->checked++;
	if (is)
		return true;
	t->slot->wrong++;
	hf_drop(t);
	t->proof_wrong = t->proof_mark; /* an operation that does not count proves nothing either */
	return false;
}

uint64_t hf_frame(struct hf_task *t, const void *p)
{
	uint64_t pfn;

	return t->census && hf_census_frames(t->census) && hf_census_pfn(t->census, p, &pfn) == 0 ? pfn : 0;
}

void hf_curve(struct hf_task *t, int metric, unsigned int bin, double x, uint64_t num, uint64_t den)
{
	struct hf_shared *sh = t->run->shared;

	for (int i = 0; i < HF_CURVES_MAX; i++) {
		struct hf_curve_data *c = &sh->curve[i];

		if (c->metric == -1) {
			memset(c->bin, 0, sizeof(c->bin));
			c->metric = metric;
		}
		if (c->metric == metric) {
			c->bin[bin].x = x;
			c->bin[bin].num += num;
			c->bin[bin].den += den;
			return;
		}
	}
}
