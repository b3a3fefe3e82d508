/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gate: all tasks arrive, task 0 does what is to be done while they wait, then all leave at one TSC deadline. Spinning only: no futex wake. */
#ifndef HF_HARNESS_GATE_H
#define HF_HARNESS_GATE_H

#include "harness/run.h"

/**
 * hf_gate_pass() - arrive, wait, leave
 * @t: the task
 * @keeper: run by task 0 when all others have arrived and wait; may be NULL
 * @arg: for @keeper
 *
 * Return: the deadline of the release in ticks. The caller spins up to it (hf_gate_spin()), plus whatever delay of its own it wants.
 */
uint64_t hf_gate_pass(struct hf_task *t, void (*keeper)(struct hf_task *t, void *arg), void *arg);

/** hf_gate_relax() - one turn of a loop that waits for another task: a pause instruction, or 20 us of sleep when there are more tasks than CPUs */
void hf_gate_relax(const struct hf_task *t);

/** hf_gate_spin() - spin until the clock shows @deadline */
static inline void hf_gate_spin(uint64_t deadline)
{
	while ((int64_t)(hf_clock_peek() - deadline) < 0)
		;
}

#endif
