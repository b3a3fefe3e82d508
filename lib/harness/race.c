// SPDX-License-Identifier: GPL-2.0-or-later
/* The race engine. */
#include "harness/race.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "harness/gate.h"
#include "harness/shared.h"

#define SOLO_ONE_IN 10
#define CHECK_ONE_IN 64 /* a check of the page size costs a third of a round's time */

/* Indices of the metrics that the engine fills; -1 where the descriptor does not have one. */
struct metrics {
	int rounds, clean, hit, agree, preempted, due, spurious, missing;
	int skew, winner, winner_same, winner_other, loser, wait, phase, solo, solo_act, solo_reset, curve;
};

/* A task's own counters (getrusage) when it last asked. */
struct counters {
	long faults, switches;
};

/* Task 0's view of the race between two gates; the others use @own alone. */
struct keeper {
	const struct hf_race *race;
	struct metrics m;
	int64_t delay, scan; /* ns */
	unsigned int bin;
	bool first, preempted;
	bool bound;
	struct counters own;
	unsigned int last;    /* task that instantiated the page last */
	uint64_t races, same; /* and how often it was the same one again */
	uint64_t since; /* when the round began: the end of what was done between the rounds before it */
	uint64_t spurious, missing;
};

static __thread sigjmp_buf escape;
static __thread volatile sig_atomic_t racing;

static void on_sigbus(int sig)
{
	if (racing)
		siglongjmp(escape, 1);
	signal(sig, SIG_DFL); /* not ours: die of it when the access is repeated */
}

static struct metrics find_metrics(const struct hf_run *run)
{
	return (struct metrics){
		.rounds = hf_metric(run, "rounds"),
		.clean = hf_metric(run, "clean_rounds"),
		.hit = hf_metric(run, "hit_share"),
		.agree = hf_metric(run, "agree_share"),
		.preempted = hf_metric(run, "preempted_share"),
		.due = hf_metric(run, "sigbus_due"),
		.spurious = hf_metric(run, "sigbus_spurious"),
		.missing = hf_metric(run, "sigbus_missing"),
		.skew = hf_metric(run, "skew_ns"),
		.winner = hf_metric(run, "winner_ns"),
		.winner_same = hf_metric(run, "winner_same_cpu_ns"),
		.winner_other = hf_metric(run, "winner_other_cpu_ns"),
		.loser = hf_metric(run, "loser_ns"),
		.wait = hf_metric(run, "loser_wait_ns"),
		.phase = hf_metric(run, "phase_ns"),
		.solo = hf_metric(run, "solo_ns"),
		.solo_act = hf_metric(run, "solo_act_ns"),
		.solo_reset = hf_metric(run, "solo_reset_ns"),
		.curve = hf_metric(run, "hit_at_share"),
	};
}

static void count(struct hf_task *t, int metric, uint64_t n)
{
	if (metric >= 0)
		hf_count(t, metric, n);
}

static void interval(struct hf_task *t, int metric, uint64_t ticks)
{
	if (metric >= 0)
		hf_value(t, metric, hf_clock_ns(ticks));
}

/* SIGBUSes of the round against those that were due. */
static void judge_sigbus(struct hf_task *t, struct keeper *k)
{
	const struct hf_racer *r = t->run->shared->racer;
	unsigned int allowed = 0, wrong = 0;

	for (unsigned int i = 0; i < t->run->tasks; i++) {
		if (!r[i].sigbus)
			continue;
		if ((k->race->may_sigbus >> (i < 63 ? i : 63) & 1) && allowed < k->race->sigbus_due)
			allowed++;
		else
			wrong++;
	}
	count(t, k->m.due, allowed);
	count(t, k->m.spurious, wrong);
	count(t, k->m.missing, k->race->sigbus_due - allowed);
	k->spurious += wrong;
	k->missing += k->race->sigbus_due - allowed;
}

/* The delay of bin @bin of a scan, in ns: from -scan to scan, zero included. */
static int64_t scan_delay(const struct keeper *k)
{
	return 2 * k->scan * (int64_t)k->bin / (HF_RACE_BINS - 1) - k->scan;
}

/* What the last round was; called by task 0 with all others waiting. */
static void judge_round(struct hf_task *t, struct keeper *k)
{
	struct hf_run *run = t->run;
	const struct hf_racer *r = run->shared->racer;
	int64_t delay = run->shared->delay;
	uint64_t first_start = UINT64_MAX, last_start = 0, first_end = UINT64_MAX, last_end = 0;
	unsigned int winner = 0;
	bool agree = true, hit = false, preempted = false;

	for (unsigned int i = 0; i < run->tasks; i++) {
		/* what was asked for is not skew */
		uint64_t start = r[i].begun - (uint64_t)(i == 1 && delay > 0 ? delay : i != 1 && delay < 0 ? -delay : 0);

		if (start < first_start)
			first_start = start;
		if (start > last_start)
			last_start = start;
		if (r[i].ended > last_end)
			last_end = r[i].ended;
		/* a racer that got SIGBUS has not won, however soon it ended */
		if (!r[i].sigbus && r[i].ended < first_end) {
			first_end = r[i].ended;
			winner = i;
		}
		preempted |= r[i].switches > 0;
	}
	for (unsigned int i = 0; i < run->tasks; i++) {
		bool took_fault = r[i].faults > 0, overlapped = r[i].begun < first_end;

		if (i == winner || r[i].sigbus)
			continue;
		agree &= took_fault == overlapped;
		hit |= took_fault && overlapped;
	}
	if (k->race->hit)
		hit = k->race->hit(t, k->scan ? (int)k->bin : -1);
	count(t, k->m.rounds, 1);
	count(t, k->m.hit, hit);
	count(t, k->m.agree, agree);
	count(t, k->m.preempted, preempted);
	judge_sigbus(t, k);
	if (k->scan && k->m.curve >= 0)
		hf_curve(t, k->m.curve, k->bin, (double)scan_delay(k), hit, 1);
	k->races++;
	k->same += winner == k->last;
	k->preempted = preempted && !k->race->keep_preempted;
	if (k->preempted) {
		k->last = winner;
		return;
	}
	count(t, k->m.clean, 1);
	interval(t, k->m.skew, last_start - first_start);
	interval(t, k->m.phase, last_end - first_start);
	for (unsigned int i = 0; i < run->tasks; i++) {
		if (r[i].sigbus)
			continue;
		if (i == winner) {
			interval(t, k->m.winner, r[i].ended - r[i].begun);
			interval(t, i == k->last ? k->m.winner_same : k->m.winner_other, r[i].ended - r[i].begun);
		} else if (r[i].faults > 0) {
			interval(t, k->m.loser, r[i].ended - r[i].begun);
			interval(t, k->m.wait, r[i].ended - first_end);
		}
	}
	k->last = winner;
}

static int64_t ticks_of(int64_t ns)
{
	return ns < 0 ? -(int64_t)hf_clock_ticks((uint64_t)-ns) : (int64_t)hf_clock_ticks((uint64_t)ns);
}

static void choose_delay(struct hf_task *t, struct keeper *k)
{
	if (k->scan) {
		k->bin = k->race->bin ? k->race->bin(t) : (unsigned int)hf_rand_below(&t->rand, HF_RACE_BINS);
		t->run->shared->delay = ticks_of(scan_delay(k));
	} else {
		t->run->shared->delay = ticks_of(k->delay);
	}
}

/* A round in which one task acted alone: the bound is what it took to do and to undo. */
static void judge_solo(struct hf_task *t, struct keeper *k, uint64_t reset_ticks)
{
	const struct hf_racer *r = &t->run->shared->racer[t->run->shared->turn];
	uint64_t act = r->ended - r->begun, undo = r->undo_ticks + reset_ticks;

	k->last = (unsigned int)t->run->shared->turn;
	if (r->sigbus || r->switches)
		return;
	interval(t, k->m.solo, act + undo);
	interval(t, k->m.solo_act, act);
	interval(t, k->m.solo_reset, undo);
}

/*
 * Whose turn it is to act alone: the task that had the page last as often as such a task wins a race, else another. What a clearing CPU pays depends on whose
 * caches the page's lines are in, so the bound must see the same mix.
 */
static int solo_turn(struct hf_task *t, const struct keeper *k)
{
	if (k->races && hf_rand_below(&t->rand, k->races) < k->same)
		return (int)k->last;
	return (int)((k->last + 1) % t->run->tasks);
}

/* Brings a task's counters up to date. Return: whether it was switched out against its will since it last asked. */
static bool read_own(struct counters *c)
{
	struct rusage ru;
	bool switched;

	getrusage(RUSAGE_THREAD, &ru);
	switched = ru.ru_nivcsw != c->switches;
	c->faults = ru.ru_minflt;
	c->switches = ru.ru_nivcsw;
	return switched;
}

/*
 * Between two rounds: judge the last, undo it, decide on the next. One round in ten, by lot, is for one task alone. What happens to task 0 in here is not the
 * next round's: its counters are read again at the end.
 */
static void between(struct hf_task *t, void *arg)
{
	struct keeper *k = arg;
	struct hf_shared *sh = t->run->shared;
	bool solo = sh->turn >= 0, switched;
	uint64_t start, reset = 0, now;

	if (!k->first) {
		if (!solo)
			judge_round(t, k);
		start = hf_clock_now();
		k->race->reset(t);
		reset = hf_clock_now() - start;
	}
	switched = read_own(&k->own);
	if (!k->first && solo && !switched)
		judge_solo(t, k, reset);
	now = hf_clock_peek();
	/* a time slice of somebody else's is not the kernel path's time */
	if (!k->first && (solo || ((k->preempted || switched) && !k->race->keep_preempted)))
		sh->excluded += now - k->since;
	k->since = now;
	k->preempted = k->first = false;
	sh->go_on = t->left && now <= t->deadline;
	if (!sh->go_on)
		return;
	sh->turn = k->bound && hf_rand_below(&t->rand, SOLO_ONE_IN) == 0 ? solo_turn(t, k) : -1;
	if (sh->turn >= 0)
		return;
	t->left--;
	t->slot->ops++;
	choose_delay(t, k);
}

/* What task 1 starts later than the others, or the others later than task 1. */
static uint64_t own_delay(const struct hf_task *t)
{
	int64_t delay = t->run->shared->delay;

	if (t->index == 1)
		return delay > 0 ? (uint64_t)delay : 0;
	return delay < 0 ? (uint64_t)-delay : 0;
}

/* One round, from release to the racer's own report. */
static void run_round(struct hf_task *t, const struct hf_race *race, uint64_t deadline, struct counters *c)
{
	struct hf_racer *r = &t->run->shared->racer[t->index];
	struct rusage ru;

	r->sigbus = false;
	racing = 1;
	if (sigsetjmp(escape, 0) == 0) {
		hf_gate_spin(deadline);
		r->begun = hf_clock_now();
		race->act(t);
	} else {
		r->sigbus = true;
	}
	r->ended = hf_clock_now();
	racing = 0;
	getrusage(RUSAGE_THREAD, &ru);
	r->faults = ru.ru_minflt - c->faults;
	r->switches = ru.ru_nivcsw - c->switches;
	c->faults = ru.ru_minflt;
	c->switches = ru.ru_nivcsw;
}

void hf_race(struct hf_task *t, const struct hf_race *race)
{
	struct hf_run *run = t->run;
	struct sigaction sa = { .sa_handler = on_sigbus, .sa_flags = SA_NODEFER };
	struct keeper k = { .race = race, .first = true };

	sigaction(SIGBUS, &sa, NULL);
	if (t->index == 0) {
		run->shared->turn = -1;
		k.m = find_metrics(run);
		k.delay = hf_param_known(run, "delay") ? hf_param(run, "delay") : 0;
		k.scan = hf_param_known(run, "scan") ? hf_param(run, "scan") : 0;
		k.bound = race->bound && !k.delay && !k.scan; /* with a delay the rounds are not back to back */
	}
	read_own(&k.own);
	for (;;) {
		uint64_t deadline = hf_gate_pass(t, between, &k), start;

		if (!run->shared->go_on)
			break;
		if (run->shared->turn < 0)
			run_round(t, race, deadline + own_delay(t), &k.own);
		else if (run->shared->turn == (int)t->index)
			run_round(t, race, deadline, &k.own);
		if (race->page && t->index == 0 && run->shared->turn <= 0 && t->slot->ops % CHECK_ONE_IN == 0)
			hf_expect_page(t, race->page);
		if (race->undo) {
			hf_gate_pass(t, NULL, NULL);
			start = hf_clock_now();
			race->undo(t);
			run->shared->racer[t->index].undo_ticks = hf_clock_now() - start;
		}
	}
	if (k.spurious)
		hf_fail(run, "%llu SIGBUS that were not due", (unsigned long long)k.spurious);
	if (k.missing)
		hf_fail(run, "%llu SIGBUS that were due did not come", (unsigned long long)k.missing);
}
