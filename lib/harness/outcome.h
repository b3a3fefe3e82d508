/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of a repeat whose process is dead: its own word or its death, and what it has left of pools and charges. */
#ifndef HF_HARNESS_OUTCOME_H
#define HF_HARNESS_OUTCOME_H

#include "harness/process.h"
#include "system/cgroup.h"
#include "system/pool.h"

/**
 * hf_outcome_judge() - a verdict that the process left, its death, or a measurement that must pass its own checks
 * @limit_s: its time limit, for @why
 *
 * Return: exit status; @why is filled unless it is 0.
 */
int hf_outcome_judge(const struct hf_run *run, const struct hf_process_end *end, double limit_s, char *why, size_t room);

/**
 * hf_outcome_pool() - after the repeat's memory is gone the pool must be as it was after growing; if it is not, somebody else may have used it, or pages are lost
 * @broken: a law of pools that does not hold, "" when all do
 * @differs: how the pool is not as @before, "" when it is
 *
 * Waits up to two seconds for it.
 */
void hf_outcome_pool(const struct hf_run *run, const struct hf_pool *before, char *broken, char *differs, size_t room);

/**
 * hf_outcome_charged() - nobody but the repeat's own processes is in cgroup @group, and they are dead: what was charged to it must be as before
 *
 * Waits up to two seconds for it. Return: it is not, @why says how.
 */
bool hf_outcome_charged(const char *group, size_t page, const struct hf_cgroup_charge *before, char *why, size_t room);

#endif
