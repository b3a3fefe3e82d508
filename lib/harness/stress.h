/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of stressors: episodes. In an episode every actor (a task) has a list of steps, drawn from the seed: which operation, on which unit (a page, a block), after which delay.
 * All leave the gate at one deadline, go through their lists, and meet again. Then, with nothing going on, task 0 checks what must hold, undoes what was done, and the next episode
 * is drawn. The schedule is a function of seed, point, number of actors and whether they share CPUs: neither the clock nor outcomes have a part in it.
 *
 * A *hit* is a pair of steps of different actors on the same unit whose intervals overlapped: a race that was really on.
 */
#ifndef HF_HARNESS_STRESS_H
#define HF_HARNESS_STRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "harness/law.h"
#include "harness/run.h"

#define HF_ACTORS_MAX 16
#define HF_STEPS_MAX 16
#define HF_OPS_MAX 16
#define HF_OUTCOMES_MAX 8
#define HF_OUTCOME_SIGBUS (HF_OUTCOMES_MAX - 1)
#define HF_AT_CHECKS (HF_OPS_MAX + 1)

/**
 * struct hf_step - one thing that one actor does
 * @op:		index of the operation
 * @unit:	what it is done to, 0 .. units-1
 * @delay:	ns to wait before it
 * @arg:	64 random bits, for whatever else is to be drawn
 */
struct hf_step {
	unsigned int op, unit;
	uint64_t delay, arg;
};

/** enum hf_sigbus - what a SIGBUS means that an operation did not expect: a broken law, or an outcome that .quiet judges by the traces */
enum hf_sigbus { HF_SIGBUS_NEVER, HF_SIGBUS_MAY };

/**
 * struct hf_op - one kind of operation
 * @name:	a word
 * @weight:	how often it is drawn, relative to the others
 * @actors:	bit i: actor i may do it; 0: all may. An actor that may do none is given the first.
 * @act:	does it; returns the index of its outcome. SIGBUS ends it and is outcome HF_OUTCOME_SIGBUS.
 * @outcomes:	"ok|refused|...": their names, at most 7
 * @sigbus:	see enum hf_sigbus
 */
struct hf_op {
	const char *name;
	unsigned int weight;
	uint64_t actors;
	unsigned int (*act)(struct hf_task *t, const struct hf_step *step);
	const char *outcomes;
	enum hf_sigbus sigbus;
};

#define HF_OPS(...) ((const struct hf_op[]){ __VA_ARGS__, { .name = NULL } })

/**
 * struct hf_stress - what makes a program a stressor
 * @ops:	see HF_OPS
 * @steps:	per actor and episode, 1 .. HF_STEPS_MAX
 * @units:	how many units there are; NULL: 1
 * @scan:	greatest delay before a step in ns: per episode a bound is drawn between 50 ns and this, evenly on the log scale
 * @begin:	by task 0 before the others are released; may be NULL
 * @undo:	if set, every task's own part of undoing, when all have ended and before @quiet
 * @quiet:	by task 0 when all have ended: laws that hold when nothing goes on; then undo
 * @patience_s:	a step that takes longer hangs; 0: 6
 * @share:	how much of the time of a suite it should have, relative to the others; 0: 1. More where an episode takes tens of milliseconds or there are many points: a race that never comes is not tried.
 */
struct hf_stress {
	const struct hf_op *ops;
	unsigned int steps;
	unsigned int (*units)(const struct hf_run *run);
	uint64_t scan;
	void (*begin)(struct hf_task *t);
	void (*undo)(struct hf_task *t);
	void (*quiet)(struct hf_task *t);
	unsigned int patience_s, share;
};

/** struct hf_done - what became of a step */
struct hf_done {
	uint64_t begun, ended;
	unsigned int op, unit, outcome;
};

/**
 * struct hf_actor - what an actor shares
 * @tid:	its thread
 * @at:		0: waiting, 1 + op while it does a step, HF_AT_CHECKS while it checks and undoes
 * @beat:	changes whenever it goes on
 * @steps:	of the last episode
 * @checked, @broken: per law
 */
struct hf_actor {
	_Alignas(HF_CACHE_LINE) pid_t tid;
	_Atomic unsigned int at;
	_Atomic uint64_t beat;
	unsigned int steps;
	struct hf_done trace[HF_STEPS_MAX];
	uint64_t checked[HF_LAWS], broken[HF_LAWS];
};

/**
 * struct hf_stress_shared - the engine's part of the shared memory
 * @episode:	number of the present one
 * @failed_law:	first law that a task found broken, -1 for none; @failed_episode: when
 * @hits:	so far
 * @cover:	per operation and outcome, how often
 * @pair:	per two operations, how often they overlapped on one unit
 */
struct hf_stress_shared {
	_Atomic int failed_law;
	uint64_t failed_episode, episode, episodes, hits;
	uint64_t cover[HF_OPS_MAX][HF_OUTCOMES_MAX], pair[HF_OPS_MAX][HF_OPS_MAX];
	struct hf_actor actor[HF_ACTORS_MAX];
};

/** hf_stress_body() - .body of every stressor */
void hf_stress_body(struct hf_task *t);

/** hf_stress_draw() - the steps of @actor in @episode into @step (HF_STEPS_MAX); pure. Return: how many. */
unsigned int hf_stress_draw(const struct hf_run *run, uint64_t episode, unsigned int actor, struct hf_step *step);

/** hf_stress_hash() - hash of the schedule of the first 64 episodes; pure */
uint64_t hf_stress_hash(const struct hf_run *run);

/** hf_stress_bound() - greatest failure probability per hit that @hits hits without a failure leave possible at 95 %. Return: 0..1. */
double hf_stress_bound(uint64_t hits);

/** hf_stress_episode() - number of the present episode; the same for all actors */
uint64_t hf_stress_episode(const struct hf_run *run);

/** hf_stress_actor() - what actor @i has done in this episode, for .quiet */
const struct hf_actor *hf_stress_actor(const struct hf_run *run, unsigned int i);

/** hf_stress_count() - steps of this episode, of all actors, on @unit (-1: any) by operation @op (-1: any) that had @outcome */
unsigned int hf_stress_count(const struct hf_run *run, int op, int unit, unsigned int outcome);

/** hf_stress_planned() - steps of this episode, of all actors, that are to do operation @op on @unit (-1: any), whether they have been done or not; pure: for laws that depend on what others do meanwhile */
unsigned int hf_stress_planned(const struct hf_run *run, unsigned int op, int unit);

/** hf_stress_starve() - memory is short on purpose from now on, or no longer: meanwhile the oracle looks at nothing but whether every actor goes on, since what it allocates would kill somebody */
void hf_stress_starve(struct hf_run *run, bool on);

/** hf_stress_keeps() - so many bytes more of memory without a kind may be gone after the run: law "memory" */
void hf_stress_keeps(struct hf_run *run, size_t bytes);

/** hf_stress_poke() - store a byte. Return: false when that got SIGBUS. For use in .begin, .undo and .quiet; in an operation SIGBUS ends that. */
bool hf_stress_poke(void *p, char byte);

/** hf_stress_peek() - read one, likewise; also by the second thread of an operation */
bool hf_stress_peek(const void *p);

#define HF_STRESS_METRICS                                                                                                                                              \
	{ "hits_per_s", "1/s", HF_INFO, HF_PER_S("hits"), "pairs of overlapping steps of different actors on the same unit, per second", false },               \
	{ "hits", "count", HF_INFO, HF_COUNT, "pairs of steps of different actors on the same unit whose intervals overlapped", false },                          \
	{ "episodes_per_s", "1/s", HF_INFO, HF_PER_S("episodes"), "episodes, the checks between them included, per second", false },                              \
	{ "episodes", "count", HF_INFO, HF_COUNT, "episodes", false },                                                                                            \
	{ "steps", "count", HF_INFO, HF_COUNT, "operations done", false },                                                                                        \
	{ "checks", "count", HF_INFO, HF_COUNT, "checks of laws by the actors", false }

#endif
