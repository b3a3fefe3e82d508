/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that the supervisor, the measured process and its tasks share: phases, gate, verdict, results. Made before the fork, so it outlives all of them. */
#ifndef HF_HARNESS_SHARED_H
#define HF_HARNESS_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "harness/run.h"
#include "system/perf.h"

#define HF_DELTAS_MAX 512
#define HF_CURVES_MAX 2
#define HF_REASON_MAX 320
#define HF_MOUNTS_MAX 4

/** enum hf_phase - what the tasks run the body for */
enum hf_phase {
	HF_PHASE_NONE,
	HF_PHASE_PROVE,	  /* a few operations, page faults inside the timed regions compared with the descriptor */
	HF_PHASE_WARM,	  /* until the time per operation is steady */
	HF_PHASE_MEASURE, /* the samples */
	HF_PHASE_QUIT,
};

struct hf_delta {
	char name[56];
	int64_t value;
};

struct hf_curve_bin {
	double x;
	uint64_t num, den;
};

struct hf_curve_data {
	int metric; /* -1: unused */
	struct hf_curve_bin bin[HF_CURVE_BINS];
};

/** struct hf_racer - what one task leaves behind after a round of the race engine */
struct hf_racer {
	_Alignas(HF_CACHE_LINE) uint64_t begun, ended, undo_ticks;
	long faults, switches;
	bool sigbus;
};

/** struct hf_mount - a private pool of the measured process: descriptor @fd of process @pid, a hugetlbfs with size= @most pages */
struct hf_mount {
	pid_t pid;
	int fd;
	uint64_t most;
};

/**
 * struct hf_shared - see the head of this file
 * @verdict:	an enum hf_exit, or -1 while there is none; the first to set it writes @reason
 * @seq:	number of the present phase; tasks wait for it to change
 * @ready:	tasks other than task 0 that are on their CPU
 * @finished:	tasks that have finished the present phase
 * @arrived:	arrivals at the gate, ever
 * @release:	TSC deadline of the present release, strictly increasing
 * @go_on:	the decision of hf_running_together() and the race engine
 * @delay:	ticks by which task 1 is late this round (negative: the others are)
 * @turn:	the race engine's round is for this task alone; -1: for all
 * @held:	per bracket, pages that the run may have in that pool at this moment, at most (harness/resize.h); the supervisor reads it when the process is dead
 * @mounts:	how many of @mount are set, so that the oracle can look at their quota
 * @starved:	memory is short on purpose: the oracle does not look, as what it allocates would kill somebody
 * @keeps:	bytes of memory without a kind that the kernel may keep because of the run
 * @trace_why:	why the descriptor's .traces cannot be read; "" when they can
 * @no_counter:	names of counters that the descriptor's metrics are made of and that this kernel does not have; "" when it has them all
 * @excluded:	ticks of the phase that do not count as measuring (the solo bound, preempted rounds)
 */
struct hf_shared {
	_Atomic int verdict;
	_Atomic bool reason_ready;
	char reason[HF_REASON_MAX];
	_Atomic bool no_census;
	char census_why[HF_REASON_MAX];
	char trace_why[HF_REASON_MAX];

	_Alignas(HF_CACHE_LINE) _Atomic uint32_t seq;
	enum hf_phase phase;
	uint64_t quota, deadline;
	_Atomic uint32_t ready;
	_Alignas(HF_CACHE_LINE) _Atomic uint32_t finished;
	_Alignas(HF_CACHE_LINE) _Atomic uint64_t arrived;
	_Alignas(HF_CACHE_LINE) _Atomic uint64_t release;
	bool go_on;
	bool crowded; /* more tasks than CPUs: waiting gives the CPU away */
	int64_t delay;
	int turn;
	uint64_t excluded;
	_Atomic uint64_t held[HF_BRACKETS_MAX];
	_Atomic unsigned int mounts;
	_Atomic bool starved;
	_Atomic int64_t keeps;
	struct hf_mount mount[HF_MOUNTS_MAX];

	/* results of the repeat, written by task 0 */
	_Alignas(HF_CACHE_LINE) bool measured, steady, counters_exact;
	double warm_s, wall_s, linearity;
	uint64_t proof_ops, proof_wrong;
	long proof_seen;
	char no_counter[HF_REASON_MAX];
	unsigned int n_deltas;
	struct hf_delta delta[HF_DELTAS_MAX]; /* those of metrics, then those that changed */
	struct hf_curve_data curve[HF_CURVES_MAX];

	unsigned int n_perf;
	struct hf_perf_value (*perf)[HF_PERF_MAX]; /* per task */
	struct hf_slot *slot;			   /* per task */
	struct hf_racer *racer;			   /* per task */
	struct hf_stress_shared *stress;	   /* of a stressor */
	size_t bytes;				   /* of the whole shared mapping */
};

/** hf_shared_new() - map and lay out the shared memory for a bench and a number of tasks; everything is prefaulted. Return: NULL if out of memory. */
struct hf_shared *hf_shared_new(const struct hf_bench *bench, unsigned int tasks);
/** hf_shared_free() - NULL is allowed */
void hf_shared_free(struct hf_shared *sh);
/** hf_shared_clear() - empty all slots: what was measured so far was warm-up */
void hf_shared_clear(struct hf_shared *sh, const struct hf_bench *bench, unsigned int tasks);
/** hf_shared_metrics() - number of metrics of a descriptor */
unsigned int hf_shared_metrics(const struct hf_bench *bench);
/** hf_shared_has_hist() - whether metric @m keeps a histogram */
bool hf_shared_has_hist(const struct hf_bench *bench, unsigned int m);

#endif
