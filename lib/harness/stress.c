// SPDX-License-Identifier: GPL-2.0-or-later
/* The engine of stressors: schedules, episodes, hits, coverage. */
#include "harness/stress.h"

#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/gate.h"
#include "harness/shared.h"

#define HASHED 64	 /* episodes whose schedule the hash covers */
#define SCAN_LEAST 50	 /* ns */
#define CROWDED_SCAN_NS 1000000 /* least bound of the delays when actors share CPUs: a fault that clears a page must be long against it */
#define PROMPT_ONE_IN 2	 /* steps without any delay */
#define HOT_OF_FOUR 3	 /* episodes of four whose steps are all on one unit */
#define MIXED_OF_FOUR 2	 /* episodes of four in which all kinds of operations are drawn, not some of them: what one kind undoes at once another may need for its race */

static __thread sigjmp_buf escape;
static __thread volatile sig_atomic_t armed;

static void on_sigbus(int sig)
{
	if (armed)
		siglongjmp(escape, 1);
	signal(sig, SIG_DFL); /* not ours: die of it when the access is repeated */
}

static unsigned int units_of(const struct hf_run *run)
{
	const struct hf_stress *st = run->bench->stress;

	return st->units ? st->units(run) : 1;
}

/* Whether operation @i is one of @kinds and @actor may do it. */
static bool may(const struct hf_op *ops, unsigned int i, unsigned int actor, uint64_t kinds)
{
	return kinds >> i & 1 && (!ops[i].actors || ops[i].actors >> actor & 1);
}

static uint64_t total_weight(const struct hf_op *ops, unsigned int actor, uint64_t kinds)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; ops[i].name; i++)
		if (may(ops, i, actor, kinds))
			sum += ops[i].weight;
	return sum;
}

static unsigned int draw_op(const struct hf_op *ops, unsigned int actor, uint64_t kinds, uint64_t sum, struct hf_rand *r)
{
	uint64_t x = sum ? hf_rand_below(r, sum) : 0;

	for (unsigned int i = 0; sum && ops[i].name; i++) {
		if (!may(ops, i, actor, kinds))
			continue;
		if (x < ops[i].weight)
			return i;
		x -= ops[i].weight;
	}
	return 0;
}

/* What all actors of an episode have in common, drawn by each of them from the same stream. */
struct mood {
	bool hot;
	unsigned int unit;
	uint64_t scan;	/* ns */
	uint64_t kinds; /* bit i: operation i is drawn */
};

static struct mood draw_mood(const struct hf_run *run, uint64_t episode, unsigned int units)
{
	uint64_t most = run->bench->stress->scan;
	bool crowded = run->tasks > run->cpus;
	struct hf_rand r;
	struct mood m;

	hf_rand_seed(&r, run->seed ^ episode * UINT64_C(0x9e3779b97f4a7c15), HF_ACTORS_MAX);
	m.hot = hf_rand_below(&r, 4) < HOT_OF_FOUR;
	m.unit = (unsigned int)hf_rand_below(&r, units);
	m.kinds = hf_rand_next(&r);
	if (hf_rand_below(&r, 4) < MIXED_OF_FOUR)
		m.kinds = UINT64_MAX;
	if (crowded && most < CROWDED_SCAN_NS)
		most = CROWDED_SCAN_NS;
	m.scan = most > SCAN_LEAST ? (uint64_t)(SCAN_LEAST * pow((double)most / SCAN_LEAST, (double)hf_rand_below(&r, 1000) / 1000)) : most;
	return m;
}

unsigned int hf_stress_draw(const struct hf_run *run, uint64_t episode, unsigned int actor, struct hf_step *step)
{
	const struct hf_stress *st = run->bench->stress;
	unsigned int units = units_of(run), n = st->steps;
	struct mood mood = draw_mood(run, episode, units);
	uint64_t sum = total_weight(st->ops, actor, mood.kinds);
	struct hf_rand r;

	if (!sum) { /* none of them is for this actor */
		mood.kinds = UINT64_MAX;
		sum = total_weight(st->ops, actor, mood.kinds);
	}

	hf_rand_seed(&r, run->seed ^ episode * UINT64_C(0x9e3779b97f4a7c15), actor);
	for (unsigned int i = 0; i < n; i++) {
		bool prompt = hf_rand_below(&r, PROMPT_ONE_IN) == 0;
		uint64_t delay = mood.scan ? hf_rand_below(&r, mood.scan) : 0;
		unsigned int unit = (unsigned int)hf_rand_below(&r, units);

		step[i].op = draw_op(st->ops, actor, mood.kinds, sum, &r);
		step[i].unit = mood.hot ? mood.unit : unit;
		step[i].delay = prompt ? 0 : delay;
		step[i].arg = hf_rand_next(&r);
	}
	return n;
}

uint64_t hf_stress_hash(const struct hf_run *run)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	struct hf_step step[HF_STEPS_MAX];

	for (uint64_t e = 0; e < HASHED; e++) {
		for (unsigned int a = 0; a < run->tasks; a++) {
			unsigned int n = hf_stress_draw(run, e, a, step);

			for (unsigned int i = 0; i < n; i++) {
				uint64_t word[4] = { step[i].op, step[i].unit, step[i].delay, step[i].arg };

				for (int w = 0; w < 4; w++)
					h = (h ^ word[w]) * UINT64_C(0x100000001b3);
			}
		}
	}
	return h;
}

double hf_stress_bound(uint64_t hits)
{
	return hits ? 1 - pow(0.05, 1 / (double)hits) : 1;
}

uint64_t hf_stress_episode(const struct hf_run *run)
{
	return run->shared->stress->episode;
}

const struct hf_actor *hf_stress_actor(const struct hf_run *run, unsigned int i)
{
	return &run->shared->stress->actor[i];
}

unsigned int hf_stress_count(const struct hf_run *run, int op, int unit, unsigned int outcome)
{
	unsigned int n = 0;

	for (unsigned int a = 0; a < run->tasks; a++) {
		const struct hf_actor *x = hf_stress_actor(run, a);

		for (unsigned int i = 0; i < x->steps; i++)
			n += (op < 0 || x->trace[i].op == (unsigned int)op) && (unit < 0 || x->trace[i].unit == (unsigned int)unit) && x->trace[i].outcome == outcome;
	}
	return n;
}

/* What is left of @n steps of an actor in a replay of a part. Return: how many. */
static unsigned int keep_part(const struct hf_run *run, unsigned int actor, struct hf_step *step, unsigned int n)
{
	const struct hf_replay *only = &run->replay;
	unsigned int kept = 0;

	if (only->steps && n > only->steps)
		n = only->steps;
	for (unsigned int i = 0; i < n && only->actors >> actor & 1; i++)
		if (only->ops >> step[i].op & 1)
			step[kept++] = step[i];
	return kept;
}

unsigned int hf_stress_planned(const struct hf_run *run, unsigned int op, int unit)
{
	struct hf_step step[HF_STEPS_MAX];
	unsigned int n = 0;

	for (unsigned int a = 0; a < run->tasks; a++) {
		unsigned int steps = keep_part(run, a, step, hf_stress_draw(run, hf_stress_episode(run), a, step));

		for (unsigned int i = 0; i < steps; i++)
			n += step[i].op == op && (unit < 0 || step[i].unit == (unsigned int)unit);
	}
	return n;
}

void hf_stress_starve(struct hf_run *run, bool on)
{
	atomic_store(&run->shared->starved, on);
}

void hf_stress_keeps(struct hf_run *run, size_t bytes)
{
	atomic_store(&run->shared->keeps, (int64_t)bytes);
}

bool hf_stress_poke(void *p, char byte)
{
	volatile bool ok = true;

	armed = 1;
	if (sigsetjmp(escape, 0) == 0)
		*(volatile char *)p = byte;
	else
		ok = false;
	armed = 0;
	return ok;
}

bool hf_stress_peek(const void *p)
{
	volatile bool ok = true;

	armed = 1;
	if (sigsetjmp(escape, 0) == 0)
		(void)*(const volatile char *)p;
	else
		ok = false;
	armed = 0;
	return ok;
}

/*
 * When there are more actors than CPUs, a race needs one to be interrupted in the middle of a system call or fault. No scheduler class but a real-time one promises that a task that wakes up
 * gets the CPU at once. So they get one, and take turns in who interrupts whom.
 */
static void take_turn(const struct hf_task *t)
{
	struct sched_param p = { .sched_priority = 1 + (int)((t->index + t->run->shared->stress->episode) % t->run->tasks) };

	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p); /* without the right to it there are fewer hits, and hits are counted */
}

static void pause_for(const struct hf_task *t, uint64_t ns)
{
	if (!ns)
		return;
	if (t->run->shared->crowded)
		nanosleep(&(struct timespec){ .tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000) }, NULL);
	else
		hf_gate_spin(hf_clock_peek() + hf_clock_ticks(ns));
}

/* One step, from its delay to its trace. */
static void do_step(struct hf_task *t, const struct hf_step *step, struct hf_done *trace)
{
	const struct hf_op *op = &t->run->bench->stress->ops[step->op];
	struct hf_actor *me = &t->run->shared->stress->actor[t->index];

	trace->op = step->op;
	trace->unit = step->unit;
	trace->outcome = HF_OUTCOME_SIGBUS;
	atomic_store_explicit(&me->at, 1 + step->op, memory_order_relaxed);
	pause_for(t, step->delay);
	armed = 1;
	trace->begun = hf_clock_now();
	if (sigsetjmp(escape, 0) == 0) {
		unsigned int outcome = op->act(t, step);

		trace->outcome = outcome < HF_OUTCOME_SIGBUS ? outcome : HF_OUTCOME_SIGBUS;
	}
	trace->ended = hf_clock_now();
	armed = 0;
	if (op->sigbus == HF_SIGBUS_NEVER)
		hf_law(t, HF_LAW_SIGBUS, trace->outcome != HF_OUTCOME_SIGBUS, "actor %u got SIGBUS in %s of unit %u, where none is due", t->index, op->name, step->unit);
	atomic_fetch_add_explicit(&me->beat, 1, memory_order_relaxed);
}

static void episode(struct hf_task *t)
{
	struct hf_stress_shared *sh = t->run->shared->stress;
	struct hf_actor *me = &sh->actor[t->index];
	struct hf_step step[HF_STEPS_MAX];
	unsigned int n = keep_part(t->run, t->index, step, hf_stress_draw(t->run, sh->episode, t->index, step));

	if (t->run->shared->crowded)
		take_turn(t);
	for (unsigned int i = 0; i < n; i++)
		do_step(t, &step[i], &me->trace[i]);
	me->steps = n;
	atomic_store_explicit(&me->at, 0, memory_order_relaxed);
}

/* What the last episode was: outcomes, and pairs of steps that raced. */
static void judge(struct hf_task *t)
{
	struct hf_run *run = t->run;
	struct hf_stress_shared *sh = run->shared->stress;
	uint64_t hits = 0, steps = 0;

	for (unsigned int a = 0; a < run->tasks; a++) {
		const struct hf_actor *x = &sh->actor[a];

		steps += x->steps;
		for (unsigned int i = 0; i < x->steps; i++) {
			const struct hf_done *p = &x->trace[i];

			sh->cover[p->op][p->outcome]++;
			for (unsigned int b = a + 1; b < run->tasks; b++) {
				const struct hf_actor *y = &sh->actor[b];

				for (unsigned int j = 0; j < y->steps; j++) {
					const struct hf_done *q = &y->trace[j];

					if (p->unit != q->unit || p->begun >= q->ended || q->begun >= p->ended)
						continue;
					hits++;
					sh->pair[p->op < q->op ? p->op : q->op][p->op < q->op ? q->op : p->op]++;
				}
			}
		}
	}
	sh->hits += hits;
	sh->episodes++;
	hf_count(t, hf_metric(run, "hits"), hits);
	hf_count(t, hf_metric(run, "steps"), steps);
	hf_count(t, hf_metric(run, "episodes"), 1);
}

/* Task 0, all others at the gate. */
static void between(struct hf_task *t, void *arg)
{
	const struct hf_stress *st = t->run->bench->stress;
	struct hf_shared *sh = t->run->shared;
	struct hf_actor *me = &sh->stress->actor[0];
	bool *first = arg;

	atomic_store_explicit(&me->at, HF_AT_CHECKS, memory_order_relaxed);
	if (!*first) {
		judge(t);
		if (st->quiet)
			st->quiet(t);
		if (t->run->replay.episode < 0)
			sh->stress->episode++;
	}
	*first = false;
	atomic_fetch_add_explicit(&me->beat, 1, memory_order_relaxed);
	sh->go_on = t->left && hf_clock_peek() <= t->deadline && sh->verdict < 0;
	if (sh->go_on) {
		t->left--;
		t->slot->ops++;
		if (st->begin)
			st->begin(t);
	}
	atomic_store_explicit(&me->at, 0, memory_order_relaxed);
}

void hf_stress_body(struct hf_task *t)
{
	const struct hf_stress *st = t->run->bench->stress;
	struct hf_stress_shared *sh = t->run->shared->stress;
	struct sigaction sa = { .sa_handler = on_sigbus, .sa_flags = SA_NODEFER };
	uint64_t checks = 0;
	bool first = true;

	sigaction(SIGBUS, &sa, NULL);
	prctl(PR_SET_TIMERSLACK, 1);
	sh->actor[t->index].tid = (pid_t)syscall(SYS_gettid);
	if (t->index == 0)
		sh->episode = t->run->replay.episode < 0 ? 0 : (uint64_t)t->run->replay.episode;
	for (;;) {
		uint64_t deadline = hf_gate_pass(t, between, &first);

		if (!t->run->shared->go_on)
			break;
		hf_gate_spin(deadline);
		episode(t);
		if (st->undo) {
			hf_gate_pass(t, NULL, NULL);
			atomic_store_explicit(&sh->actor[t->index].at, HF_AT_CHECKS, memory_order_relaxed);
			st->undo(t);
			atomic_store_explicit(&sh->actor[t->index].at, 0, memory_order_relaxed);
		}
	}
	for (int law = 0; law < HF_LAWS; law++)
		checks += sh->actor[t->index].checked[law];
	hf_count(t, hf_metric(t->run, "checks"), checks);
}
