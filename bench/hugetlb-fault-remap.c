// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hugetlb faults while another thread keeps replacing the mapping.
 * One op = one first-write fault by tasks 1..N on a page of the current region. Task 0 maps a new region, publishes it, waits until no task uses the old one (RCU: the faulting
 * path carries no lock and no atomic operation of ours) and unmaps it: a writer of mmap_lock beside the faults. Each new region is a new inode, so the
 * fault mutex that a page hashes to changes with it. Not timed: finding the region, giving pages back.
 */
#include <stdatomic.h>

#include "hugefault.h"

static struct hf_region *region;
static struct hf_run *owner;
static bool idle;
static _Atomic unsigned int faulting; /* tasks in the present phase */

static void drop(const struct hf_region_map *old)
{
	struct hf_map m = { .p = old->addr, .len = old->len, .fd = -1 };

	hf_map_free(owner, &m);
}

static void replace(struct hf_task *t)
{
	struct hf_map m = hf_map_new(t->run, hf_region_get(region)->len, HF_PRIVATE);

	hf_begin(t);
	if (hf_region_replace(region, m.p, m.len, NULL))
		hf_broken(t->run, "the region cannot be replaced");
	hf_end_as(t, hf_metric(t->run, "replace_ns"), 1);
}

static void fault(struct hf_task *t, size_t *next)
{
	const struct hf_region_map *now = hf_region_get(region);
	size_t share = now->len / (t->run->tasks - 1), at = (t->index - 1) * share + *next;
	struct hf_map m = { .p = now->addr, .len = now->len, .fd = -1 };

	hf_begin(t);
	hf_touch(now->addr + at);
	hf_end(t, 1);
	hf_expect_page(t, now->addr + at);
	hf_map_zap(t->run, &m, at, t->run->page);
	*next = (*next + t->run->page) % share;
}

/* The faulting tasks decide when the phase is over; the writer goes on for as long as one of them does. */
static void body(struct hf_task *t)
{
	size_t next = 0;

	if (t->index == 0)
		atomic_store(&faulting, t->run->tasks - 1);
	hf_sync(t);
	hf_region_join();
	while (t->index == 0 && !idle && atomic_load(&faulting)) {
		replace(t);
		hf_region_quiet();
	}
	while (t->index != 0 && hf_running(t)) {
		fault(t, &next);
		hf_region_quiet();
	}
	hf_region_leave();
	if (t->index != 0)
		atomic_fetch_sub(&faulting, 1);
}

static size_t memory(const struct hf_run *run)
{
	return 2 * (run->tasks - 1) * (size_t)hf_param(run, "pages") * run->page;
}

static void setup(struct hf_run *run)
{
	struct hf_map m = hf_map_new(run, memory(run) / 2, HF_PRIVATE);

	owner = run;
	idle = hf_param_is(run, "writer", "idle");
	if (hf_region_new(&region, m.p, m.len, NULL, drop))
		hf_broken(run, "no memory for the region");
}

static void teardown(struct hf_run *run)
{
	(void)run;
	hf_region_free(region);
}

const struct hf_bench hf_bench = {
	.name = "hugetlb-fault-remap",
	.summary = "hugetlb faults while another thread keeps replacing the mapping",
	.paths = HF_LIST("hugetlb_fault", "lock_vma_under_rcu", "mmap_write_lock", "hugetlb_fault_mutex_hash"),
	.origin = HF_ORIGIN("linux", "7c43a553792a hugetlb: allow faults to be handled under the VMA lock", "before it, every hugetlb fault waited for writers of mmap_lock"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "writer", HF_CHOICE, "busy", "busy|idle", NULL, "whether task 0 replaces the mapping or leaves the others alone", "busy,idle", NULL },
			    { "pages", HF_UINT, "4", "1", "4096", "pages of the region for each faulting task", NULL, NULL }, HF_HUGETLB_PARAMS),
	.metrics = HF_METRICS({ "fault_ns", "ns", HF_LOWER, HF_TIMED, "one fault, from before the store until after it", false },
			      { "replace_ns", "ns", HF_INFO, HF_TIMED, "publishing a new region, the grace period, and unmapping the old one", false }),
	.needs = { .cpus = 2 },
	.modes = HF_THREADS,
	.tasks = 2,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
