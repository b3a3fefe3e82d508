// SPDX-License-Identifier: GPL-2.0-or-later
/* The gate at which tasks meet and are released together. */
#include "harness/gate.h"

#include <time.h>

#include "harness/shared.h"

/* From the store of the deadline until the slowest waiter has seen it: a cache-line transfer for each, about 100 ns, with room. */
#define CROWDED_NS 20000 /* a waiting task's pause when it keeps others from the CPU; sched_yield() would leave those of lower priority out */
#define RELEASE_NS(tasks) (250 + 50 * (uint64_t)(tasks))

void hf_gate_relax(const struct hf_task *t)
{
	if (t->run->shared->crowded)
		nanosleep(&(struct timespec){ .tv_nsec = CROWDED_NS }, NULL);
	else
		hf_clock_relax();
}

uint64_t hf_gate_pass(struct hf_task *t, void (*keeper)(struct hf_task *t, void *arg), void *arg)
{
	struct hf_shared *sh = t->run->shared;
	unsigned int others = t->run->tasks - 1;
	uint64_t seen, deadline;

	t->barrier++;
	if (t->index != 0) {
		seen = atomic_load_explicit(&sh->release, memory_order_relaxed);
		atomic_fetch_add_explicit(&sh->arrived, 1, memory_order_release);
		while ((deadline = atomic_load_explicit(&sh->release, memory_order_acquire)) == seen)
			hf_gate_relax(t);
		return deadline;
	}
	while (atomic_load_explicit(&sh->arrived, memory_order_acquire) < t->barrier * others)
		hf_gate_relax(t);
	if (keeper)
		keeper(t, arg);
	seen = atomic_load_explicit(&sh->release, memory_order_relaxed);
	deadline = hf_clock_peek();
	if (others)
		deadline += hf_clock_ticks(RELEASE_NS(t->run->tasks));
	if (deadline <= seen)
		deadline = seen + 1;
	atomic_store_explicit(&sh->release, deadline, memory_order_release);
	return deadline;
}

void hf_sync(struct hf_task *t)
{
	hf_gate_spin(hf_gate_pass(t, NULL, NULL));
}

static void decide(struct hf_task *t, void *arg)
{
	(void)arg;
	t->run->shared->go_on = t->left && hf_clock_peek() <= t->deadline;
}

bool hf_running_together(struct hf_task *t)
{
	hf_commit(t);
	hf_gate_spin(hf_gate_pass(t, decide, NULL));
	if (!t->run->shared->go_on)
		return false;
	t->left--;
	t->slot->ops++;
	return true;
}
