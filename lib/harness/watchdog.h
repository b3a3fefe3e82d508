/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The progress watchdog: does every actor of a stressor go on? One that has been in the same step for too long is stuck in the kernel (law "progress"), unless it has been computing in user
 * space (then the fault is ours), or other processes had the CPU (then it is starved, and waits longer).
 */
#ifndef HF_HARNESS_WATCHDOG_H
#define HF_HARNESS_WATCHDOG_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/run.h"

struct hf_watchdog;

/** hf_watchdog_new() - Return: NULL if out of memory. */
struct hf_watchdog *hf_watchdog_new(const struct hf_run *run);

/** hf_watchdog_free() - NULL is allowed */
void hf_watchdog_free(struct hf_watchdog *w);

/** hf_watchdog_look() - Return: whether an actor is stuck in the kernel; @why says who, in what, and where (state, wchan, stack). Cheap unless somebody is suspected. */
bool hf_watchdog_look(struct hf_watchdog *w, char *why, size_t room);

/** hf_watchdog_stacks() - write state, wchan and kernel stack of every task of the machine to @path; where stacks cannot be read, sysrq-t sends them to the kernel log if that is allowed. Does not hang itself. Return: 0 or -errno. */
int hf_watchdog_stacks(const char *path);

#endif
