/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One repeat in the measured process: its tasks and the phases they go through. */
#ifndef HF_HARNESS_TASK_H
#define HF_HARNESS_TASK_H

#include "harness/run.h"

/**
 * struct hf_task_plan - how long and with what
 * @seconds:	of measuring
 * @warm_s:	limit of the warm-up
 * @ops:	exactly so many operations, and as many to warm up, however long they take; 0: as many as @seconds hold
 * @smoke:	one short pass: no waiting for steadiness
 * @marks:	the timed regions of the measuring phase are marked (system/mark.h)
 * @events:	perf events, comma-separated
 */
struct hf_task_plan {
	double seconds, warm_s;
	uint64_t ops;
	bool smoke, marks;
	const char *events;
};

/**
 * hf_task_repeat() - the whole repeat: setup, tasks, prove, warm, calibrate, measure, check, teardown. Runs in a process forked for it and does not
 * return: exit status 0, or that of the verdict in the shared memory.
 */
void hf_task_repeat(struct hf_run *run, const struct hf_task_plan *plan) __attribute__((noreturn));

#endif
