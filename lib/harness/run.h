/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a benchmark's code sees of a run: its parameters, its tasks, the timed region, values, checks. The inline functions are the measured path:
 * no system call, no allocation, no lock.
 */
#ifndef HF_HARNESS_RUN_H
#define HF_HARNESS_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rand.h"
#include "harness/bench.h"
#include "measure/hist.h"
#include "measure/line.h"
#include "system/clock.h"

#define HF_METRICS_MAX 32
#define HF_TASKS_MAX 1024
#define HF_CURVE_BINS 128
#define HF_PENDING_MAX 8 /* timed regions in one operation whose page size is still to be checked */
#define HF_CACHE_LINE 128 /* two lines: the adjacent-line prefetcher pairs them */

struct hf_shared;

/**
 * enum hf_watch - what happens at both ends of a timed region, outside of it
 * @HF_WATCH_NONE:	nothing: when it is measured
 * @HF_WATCH_FAULTS:	page faults are counted, in the proving phase
 * @HF_WATCH_MARKS:	marks are sent (system/mark.h), when it is measured with --marks
 */
enum hf_watch { HF_WATCH_NONE, HF_WATCH_FAULTS, HF_WATCH_MARKS };

/**
 * struct hf_replay - which part of a stressor's schedule is run (harness/stress.h)
 * @episode:	this one alone, over and over; -1: all, from the first
 * @actors, @ops: bit masks; what is not in them does nothing
 * @steps:	so many of each list at most; 0: all
 */
struct hf_replay {
	int64_t episode;
	uint64_t actors, ops;
	unsigned int steps;
};

/**
 * struct hf_slot - what one task has measured, in memory shared with the supervisor
 * @ops:	operations begun
 * @checked, @wrong: operations whose page size was checked, and of those the ones that had another
 * @count:	per metric, hf_count()
 * @bytes:	hf_bytes(), per timed metric
 * @byte_ops:	how often hf_bytes() was called for it
 * @line:	per slope metric, hf_pair()
 * @hist:	per metric, for timed and sampled ones
 */
struct hf_slot {
	_Alignas(HF_CACHE_LINE) uint64_t ops, checked, wrong;
	uint64_t count[HF_METRICS_MAX], bytes[HF_METRICS_MAX], byte_ops[HF_METRICS_MAX];
	struct hf_line line[HF_METRICS_MAX];
	struct hf_hist *hist[HF_METRICS_MAX];
};

/**
 * struct hf_task - one racer or worker: a thread or a process, pinned to a CPU of its own
 * @run:	the run it belongs to
 * @index:	0 .. tasks-1; task 0 runs in the process that ran setup()
 * @rand:	its own stream of the run's seed
 * @priv:	the benchmark's
 *
 * The rest belongs to the inline functions below.
 */
struct hf_task {
	struct hf_run *run;
	unsigned int index;
	struct hf_rand rand;
	void *priv;

	_Alignas(HF_CACHE_LINE) uint64_t left, deadline, begun, now;
	unsigned int n_pending;
	struct {
		uint64_t ticks, ops;
		int metric;
	} pending[HF_PENDING_MAX]; /* intervals that are not samples yet */
	int first_timed;    /* index of the descriptor's first timed metric, or -1 */
	enum hf_watch watch; /* of the present phase */
	long proof_faults;  /* faults at hf_begin() */
	uint64_t proof_ops, proof_wrong, proof_mark, barrier;
	long proof_seen;    /* faults of the last region that differed from the declared number */
	struct hf_slot *slot;
	struct hf_census *census;
	struct hf_perf *perf;
};

/**
 * struct hf_run - one repeat at one point, in the measured process
 * @bench:	the descriptor
 * @tasks:	how many
 * @processes:	tasks are processes, not threads
 * @page:	page size of the backing in bytes (base page size without one)
 * @seed:	of this repeat
 * @replay:	of a stressor
 * @priv:	the benchmark's
 */
struct hf_run {
	const struct hf_bench *bench;
	unsigned int tasks;
	bool processes;
	size_t page;
	uint64_t seed;
	struct hf_replay replay;
	void *priv;
	const int64_t *values;	      /* parameters, in the descriptor's order */
	const unsigned int *cpu;      /* where the tasks are pinned, in turn */
	unsigned int cpus;	      /* how many of these there are: fewer than tasks for a stressor on a small machine */
	struct hf_shared *shared;
	struct hf_task *task;
};

/* Parameters; a name that the descriptor does not have ends the program (a mistake in the benchmark). */
/** hf_param() - value of an integer, size or time parameter (bytes, ns); of a choice, the index of the word */
int64_t hf_param(const struct hf_run *run, const char *name);
/** hf_param_is() - whether the choice @name is @word */
bool hf_param_is(const struct hf_run *run, const char *name, const char *word);
/** hf_param_known() - whether the descriptor has a parameter of that name */
bool hf_param_known(const struct hf_run *run, const char *name);
/** hf_metric() - index of the metric @name; -1 if the descriptor has none */
int hf_metric(const struct hf_run *run, const char *name);

/* Verdicts. The first one stands; the text goes into the record. They may be called from any task. */
/** hf_fail() - a check failed, the kernel is suspect (exit 1); returns, so that the rest is put right */
void hf_fail(struct hf_run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** hf_broken() - ours or the machine's fault (exit 3); ends this repeat at once, does not return */
void hf_broken(struct hf_run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));
/** hf_skip() - cannot be measured here, for a reason that only showed while running (exit 4); does not return */
void hf_skip(struct hf_run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));

/** hf_run_watch_begin() - a timed region is about to begin: notes the page faults so far, or sends the mark */
void hf_run_watch_begin(struct hf_task *t);
/** hf_run_watch_end() - one has ended: compares its page faults with the descriptor's, or sends its length and metric */
void hf_run_watch_end(struct hf_task *t, int metric, uint64_t ops);
/** hf_run_watch_stop() - one has ended whose metric is not known yet */
void hf_run_watch_stop(struct hf_task *t);
/** hf_run_watch_keep() - now it is: @metric, and the region held one operation */
void hf_run_watch_keep(struct hf_task *t, int metric);
/** hf_run_watch_also() - it is a sample of another metric, too */
void hf_run_watch_also(struct hf_task *t);
/** hf_run_watch_verdict() - what was timed since the last one counts (@good), or does not */
void hf_run_watch_verdict(struct hf_task *t, bool good);

/** hf_commit() - pending intervals become samples; called by the functions below */
static inline void hf_commit(struct hf_task *t)
{
	for (unsigned int i = 0; i < t->n_pending; i++)
		hf_hist_add(t->slot->hist[t->pending[i].metric], hf_clock_ns(t->pending[i].ticks) / t->pending[i].ops);
	if (__builtin_expect(t->watch == HF_WATCH_MARKS, 0) && t->n_pending)
		hf_run_watch_verdict(t, true);
	t->n_pending = 0;
	t->proof_mark = t->proof_wrong;
}

/** hf_running() - loop condition of a body whose tasks run on their own: false when the phase's operations are done or its time is up */
static inline bool hf_running(struct hf_task *t)
{
	hf_commit(t);
	if (!t->left || t->now > t->deadline)
		return false;
	t->left--;
	t->slot->ops++;
	return true;
}

/** hf_running_together() - the same, with one decision for all tasks: for bodies that use hf_sync() */
bool hf_running_together(struct hf_task *t);

/** hf_sync() - wait for all tasks, then leave together at a common TSC deadline; every task must call it */
void hf_sync(struct hf_task *t);

/** hf_begin() - a timed region begins */
static inline void hf_begin(struct hf_task *t)
{
	if (__builtin_expect(t->n_pending == HF_PENDING_MAX, 0))
		hf_commit(t);
	if (__builtin_expect(t->watch, 0))
		hf_run_watch_begin(t);
	t->begun = hf_clock_now();
}

/**
 * hf_end_as() - the timed region ends; its length over @ops becomes a sample of timed metric @metric when the operation is over (next hf_running()), unless
 * hf_expect_page() or hf_drop() says no before that
 * @metric: index in the descriptor's table
 * @ops: operations that the region held, at least 1
 */
static inline void hf_end_as(struct hf_task *t, int metric, uint64_t ops)
{
	t->now = hf_clock_now();
	t->pending[t->n_pending].ticks = t->now - t->begun;
	t->pending[t->n_pending].ops = ops;
	t->pending[t->n_pending++].metric = metric;
	if (__builtin_expect(t->watch, 0))
		hf_run_watch_end(t, metric, ops);
}

/** hf_end() - hf_end_as() for the descriptor's first timed metric */
static inline void hf_end(struct hf_task *t, uint64_t ops)
{
	hf_end_as(t, t->first_timed, ops);
}

/** hf_end_also() - the region that has just ended becomes a sample of timed metric @metric too, its length over @ops */
static inline void hf_end_also(struct hf_task *t, int metric, uint64_t ops)
{
	t->pending[t->n_pending].ticks = t->pending[t->n_pending - 1].ticks;
	t->pending[t->n_pending].ops = ops;
	t->pending[t->n_pending++].metric = metric;
	if (__builtin_expect(t->watch, 0))
		hf_run_watch_also(t);
}

/** hf_end_is() - the region that has just ended becomes a sample of timed metric @metric instead of the one that was said: what it was shows afterwards only */
static inline void hf_end_is(struct hf_task *t, int metric)
{
	t->pending[t->n_pending - 1].metric = metric;
}

/** hf_drop() - what was timed since the last hf_running() is no sample */
static inline void hf_drop(struct hf_task *t)
{
	if (__builtin_expect(t->watch == HF_WATCH_MARKS, 0))
		hf_run_watch_verdict(t, false);
	t->n_pending = 0;
}

/**
 * hf_expect_page() - the page at @p must be one of the run's page size; if it is not, what was timed since the last hf_running() is dropped and counted as wrong
 *
 * Return: false when the page is of another size; true also where that cannot be told.
 *
 * Uses pagemap and kpageflags (system/census.h); where they cannot be read nothing is checked and the record says so.
 */
bool hf_expect_page(struct hf_task *t, const void *p);

/** hf_frame() - number of the base page frame behind @p; 0 where that cannot be seen */
uint64_t hf_frame(struct hf_task *t, const void *p);

/** hf_value() - one value of a sampled metric (non-negative integer, in its unit) */
static inline void hf_value(struct hf_task *t, int metric, uint64_t v)
{
	hf_hist_add(t->slot->hist[metric], v);
}

/** hf_stop() - the timed region ends, and what it is a sample of shows later: hf_keep(). Return: its length in ns. */
static inline uint64_t hf_stop(struct hf_task *t)
{
	t->now = hf_clock_now();
	if (__builtin_expect(t->watch == HF_WATCH_MARKS, 0))
		hf_run_watch_stop(t);
	return hf_clock_ns(t->now - t->begun);
}

/** hf_keep() - the region that hf_stop() ended is a sample of metric @metric, @ns long; before the next one begins, and once for each metric */
static inline void hf_keep(struct hf_task *t, int metric, uint64_t ns)
{
	hf_value(t, metric, ns);
	if (__builtin_expect(t->watch == HF_WATCH_MARKS, 0))
		hf_run_watch_keep(t, metric);
}

/** hf_count() - add to a counted metric */
static inline void hf_count(struct hf_task *t, int metric, uint64_t n)
{
	t->slot->count[metric] += n;
}

/** hf_bytes() - the operation just timed as @metric handled @bytes */
static inline void hf_bytes(struct hf_task *t, int metric, uint64_t bytes)
{
	t->slot->bytes[metric] += bytes;
	t->slot->byte_ops[metric]++;
}

/** hf_pair() - a point of the line of slope metric @metric */
static inline void hf_pair(struct hf_task *t, int metric, double x, double y)
{
	hf_line_add(&t->slot->line[metric], x, y, 1);
}

/** hf_curve() - @num of @den at offset @x of curve metric @metric, bin @bin (0 .. HF_CURVE_BINS-1); by task 0 only */
void hf_curve(struct hf_task *t, int metric, unsigned int bin, double x, uint64_t num, uint64_t den);

#endif
