/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The race engine. In each round all tasks are released by one TSC deadline after a spin gate (no futex wake in the path); task 0 coordinates and races too.
 * A round keeps every racer's start and end, its minor faults and its involuntary context switches. The winner is the racer that ends first. A loser has *hit* when two
 * detectors say so: its fault counter (ru_minflt went up: the page was not mapped for it yet) and its interval, which overlaps the winner's. Among threads of one process the counter
 * alone is exact; a process that comes late still takes a fault to map the page that is there, and only the overlap tells.
 */
#ifndef HF_HARNESS_RACE_H
#define HF_HARNESS_RACE_H

#include "harness/run.h"

#define HF_RACE_BINS (HF_CURVE_BINS - 1) /* of a scan; odd, so that no delay is one of them */

/**
 * struct hf_race - what is raced
 * @act:	the racing operation, timed, in every task; may be interrupted by SIGBUS, which ends it and is counted
 * @reset:	by task 0 between rounds, untimed: undo what @act did
 * @undo:	if set, every task's own part of the undoing, untimed, when all have ended and before @reset (a process unmaps what it has mapped)
 * @sigbus_due:	SIGBUSes that every round owes
 * @may_sigbus:	bit i: task i may be one of those that get them
 * @bound:	one round in ten, by lot, is for one task alone, while the others wait at the gate: the bound on rounds per second. It is the task that
 *		had the page last as often as such a task wins a race: what clearing costs depends on whose caches the page's lines are in
 * @keep_preempted: rounds with an involuntary switch count like others: for rounds of milliseconds, in which the kernel itself yields, so that dropping them would drop
 *		the long ones
 * @hit:	if set, says by task 0, before @reset, whether the round just raced was a hit, instead of the detectors; @bin: that of a scan, else -1
 * @bin:	if set, chooses by task 0 the bin of a scan (0 .. HF_RACE_BINS-1, the middle one is no delay), instead of the lot
 * @page:	address whose page size task 0 checks after its @act, one round in 64; NULL: none
 */
struct hf_race {
	void (*act)(struct hf_task *t);
	void (*reset)(struct hf_task *t);
	void (*undo)(struct hf_task *t);
	unsigned int sigbus_due;
	uint64_t may_sigbus;
	bool bound;
	bool (*hit)(struct hf_task *t, int bin);
	unsigned int (*bin)(struct hf_task *t);
	const void *page;
	bool keep_preempted;
};

/**
 * hf_race() - run rounds until the phase is over; the whole body of a race benchmark
 *
 * Fills those of these metrics that the descriptor has:
 * counts rounds, clean_rounds, hit_share, agree_share, preempted_share, sigbus_due, sigbus_spurious, sigbus_missing; ns skew_ns, winner_ns, winner_same_cpu_ns,
 * winner_other_cpu_ns, loser_ns, loser_wait_ns, phase_ns, solo_ns,
 * solo_act_ns, solo_reset_ns; curve hit_at_share. Rounds with an involuntary context switch count as preempted: they give no latencies, and the time they took is not counted as measuring.
 * The parameters "delay" (task 1 starts later by so much, or earlier if negative) and "scan" (instead, a random delay in -scan..scan for each round)
 * are obeyed when the descriptor has them.
 */
void hf_race(struct hf_task *t, const struct hf_race *race);

#define HF_RACE_PARAMS HF_RACE_PARAMS_SCAN(NULL)
/** HF_RACE_PARAMS_SCAN() - the same, with the points of "scan" in the sweeps */
#define HF_RACE_PARAMS_SCAN(scans)                                                                                                                          \
	{ "delay", HF_TIME, "0", "-1s", "1s", "start task 1 so much later than the others (negative: earlier)", NULL, NULL },                   \
	{ "scan", HF_TIME, "0", "0", "1s", "delay scan: a random delay of task 1 in -scan..scan for each round; 0 is off", scans, scans }

/* The metrics of a race; a benchmark lists them after or among its own. */
#define HF_RACE_METRICS                                                                                                                                                             \
	{ "winner_ns", "ns", HF_LOWER, HF_TIMED, "latency of the racer that ends first, from its own start, in rounds without preemption", false },                                 \
	{ "loser_ns", "ns", HF_LOWER, HF_TIMED, "latency of every other racer that took a fault, from its own start, in rounds without preemption", false },                        \
	{ "loser_wait_ns", "ns", HF_LOWER, HF_TIMED, "end of a loser that took a fault less end of the racer that ended first: the loser's extra wait, never negative", false },                                    \
	{ "rounds_per_s", "1/s", HF_HIGHER, HF_PER_S("clean_rounds"), "rounds without preemption over the time they took, everything between rounds included", false },                                         \
	{ "bound_share", "1", HF_HIGHER, HF_QUOTIENT("rounds_per_s", "bound_per_s"), "rounds_per_s over bound_per_s", false },                                                      \
	{ "hit_share", "1", HF_HIGHER, HF_SHARE("rounds"), "rounds in which a loser took a fault (ru_minflt) while the winner was in its own (their intervals overlap), over rounds", false },                                    \
	{ "agree_share", "1", HF_HIGHER, HF_SHARE("rounds"), "rounds in which fault counters and overlap of intervals say the same of every loser, over rounds", false },           \
	{ "skew_ns", "ns", HF_LOWER, HF_TIMED, "latest start less earliest start of a round, requested delay taken out", false },                                                   \
	{ "winner_same_cpu_ns", "ns", HF_LOWER, HF_TIMED, "winner_ns of rounds whose winner had instantiated the page in the round before: its lines are in that CPU's caches", false }, \
	{ "winner_other_cpu_ns", "ns", HF_LOWER, HF_TIMED, "winner_ns of rounds before which another CPU had: the lines have to come from its caches", false },             \
	{ "preempted_share", "1", HF_INFO, HF_SHARE("rounds"), "rounds in which a racer had an involuntary context switch, over rounds; they give no latencies", false },           \
	{ "sigbus_spurious", "count", HF_LOWER, HF_COUNT, "SIGBUSes that were not due", true },                                                                                     \
	{ "sigbus_missing", "count", HF_LOWER, HF_COUNT, "SIGBUSes that were due and did not come", true },                                                                         \
	{ "sigbus_due", "count", HF_INFO, HF_COUNT, "SIGBUSes that were due and came", false },                                                                                     \
	{ "rounds", "count", HF_INFO, HF_COUNT, "rounds raced", false },                                                                                                            \
	{ "clean_rounds", "count", HF_INFO, HF_COUNT, "rounds without preemption", false },                                                                                             \
	{ "bound_per_s", "1/s", HF_INFO, HF_INVERSE("solo_ns"), "1 over the mean of solo_ns: rounds per second if racing cost nothing; not measured with a delay", false },                                                \
	{ "solo_ns", "ns", HF_INFO, HF_TIMED, "one task, which had the page last as often as a winner had, doing the operation and its undoing alone between the races, the others spinning at the gate", false },             \
	{ "solo_act_ns", "ns", HF_INFO, HF_TIMED, "the operation's part of solo_ns", false },                                                                                       \
	{ "solo_reset_ns", "ns", HF_INFO, HF_TIMED, "the undoing's part of solo_ns (zap and TLB shootdown)", false },                                                               \
	{ "hit_at_share", "1", HF_INFO, HF_CURVE("delay_ns"), "hit_share by delay of task 1 in a delay scan", false }

#endif
