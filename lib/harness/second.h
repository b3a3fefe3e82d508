/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second thread of a task, for what two threads of one process must do at nearly the same time: an operation of a stressor starts it, both have their turn, and it is gone when the operation ends. It has the highest
 * priority of all, its task the next, and another CPU where there is one; where there is none it interrupts its task in the middle of what that is at.
 */
#ifndef HF_HARNESS_SECOND_H
#define HF_HARNESS_SECOND_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/run.h"

/** hf_second_start() - a thread that will call @act(@arg) once; it waits when this returns. @act must not use the task. Return: whether a thread could be had; if not, nothing is to be ended. */
bool hf_second_start(struct hf_task *t, void (*act)(void *arg), void *arg);

/** hf_second_go() - its turn is @its_ns, the caller's, when this returns, @mine_ns from one moment on */
void hf_second_go(struct hf_task *t, uint64_t mine_ns, uint64_t its_ns);

/** hf_second_end() - after hf_second_go(): waits until it has done its part and is gone */
void hf_second_end(void);

#endif
