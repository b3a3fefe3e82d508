/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The measured process, as the supervisor sees it: forked for a repeat, waited for with a time limit, and dead with all its descendants afterwards, or stuck in the kernel. */
#ifndef HF_HARNESS_PROCESS_H
#define HF_HARNESS_PROCESS_H

#include <sys/types.h>

#include "harness/task.h"

/**
 * struct hf_process_terms - how it is run
 * @group:	cgroup that it joins, "": none
 * @verbose:	its standard output is not buffered
 * @limit_s:	when it is killed
 * @tick_s:	how often @look is called; 0: only when a signal comes
 * @look:	called while it runs, and with the signal that asks the supervisor to stop, which ends it. Return: end it.
 */
struct hf_process_terms {
	const char *group;
	bool verbose;
	double limit_s, tick_s;
	bool (*look)(void *arg, int sig);
	void *arg;
};

/**
 * struct hf_process_end - what became of it
 * @status:	as waitpid(2) has it
 * @timed_out:	it was killed at @limit_s
 * @stuck:	what was killed and does not go; 0: nothing
 */
struct hf_process_end {
	int status;
	bool timed_out;
	pid_t stuck;
};

/** hf_process_ready() - once, before the first: signals that end a wait are blocked here (not in measured processes), and what these leave behind is ours to wait for */
void hf_process_ready(void);

/** hf_process_run() - fork it and wait for its end. @run, @plan: for hf_task_repeat(). Return: 0; -errno when it cannot be forked. */
int hf_process_run(struct hf_run *run, const struct hf_task_plan *plan, const struct hf_process_terms *terms, struct hf_process_end *end);

#endif
