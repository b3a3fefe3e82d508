/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor's part of a stressor's oracle: what it sees of the machine from outside while the stressor runs, and whether everything is as before afterwards.
 *
 * Others use the machine too. What is compared with the state before is therefore only what can be told apart: a difference counts when it stays, and when it is more than the other
 * processes' own hugetlb mappings (smaps), hugetlbfs files and pins (VmPin) can account for. Users that are as before account for no more reservations, and a page in use has to be mapped or in a
 * file, whatever others map: so a page is also missed beside a virtual machine that has thousands.
 */
#ifndef HF_HARNESS_ORACLE_H
#define HF_HARNESS_ORACLE_H

#include <stdint.h>

#include "harness/drift.h"
#include "harness/law.h"
#include "system/users.h"

struct hf_oracle;

/** typedef hf_oracle_say - told of each broken law */
typedef void hf_oracle_say(void *arg, enum hf_law law, const char *text);

/**
 * hf_oracle_new() - the state before: call it before anything is changed
 * @group: cgroup that the stressor's processes will be in, "": none
 * @stacks: file that stacks of all tasks are written to when somebody hangs; NULL: none
 *
 * It takes a few 100 ms. Return: NULL if out of memory.
 */
struct hf_oracle *hf_oracle_new(const struct hf_run *run, const char *group, const char *stacks, hf_oracle_say *say, void *arg);

/** hf_oracle_free() - NULL is allowed */
void hf_oracle_free(struct hf_oracle *o);

/**
 * hf_oracle_tick() - one look while the stressor runs: bounds that hold at every moment, and whether everybody goes on
 *
 * Call it every few milliseconds. The counts in sysfs are read one after the other, so only what holds of a single one is judged from them (no count wraps, nor does a charge); how they stand to
 * each other is judged from /proc/meminfo, which hugetlb_report_meminfo() fills in one go, and only when it is wrong several times in a row. The quota of a private pool is exact.
 */
void hf_oracle_tick(struct hf_oracle *o);

/**
 * hf_oracle_end() - the stressor is dead and everything it needed is undone: is all as before?
 *
 * Waits up to three seconds for what the kernel does later: each law has to be broken all that time. Does not hang where somebody holds an mmap_lock for ever: that is law "progress", if
 * it was not so before the run.
 */
void hf_oracle_end(struct hf_oracle *o);

/** hf_oracle_checked() - how often @law was checked by this part */
uint64_t hf_oracle_checked(const struct hf_oracle *o, enum hf_law law);

/** hf_oracle_drift() - what law "memory" has seen; NULL when memory cannot be added up */
const struct hf_drift *hf_oracle_drift(const struct hf_oracle *o);

/** hf_oracle_stuck() - processes that cannot be looked at */
const struct hf_stuck_tasks *hf_oracle_stuck(const struct hf_oracle *o);

#endif
