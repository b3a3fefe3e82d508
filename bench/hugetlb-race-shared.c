// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes or threads race to instantiate the same page of a shared hugetlb mapping.
 * One op = one round: all racers, released together, store to the same page, which is in no page cache. One of them allocates, clears and inserts it under the fault
 * mutex; the others wait there and map it. Not timed: punching the page out between rounds, the gate, and reading the fault counters.
 */
#include <sys/mman.h>

#include "hugefault.h"

static struct hf_map map;

static void act(struct hf_task *t)
{
	(void)t;
	hf_touch(map.p);
}

/* A process unmaps the page itself: nobody else's TLB has to be flushed for it, so the hole is punched sooner. */
static void undo(struct hf_task *t)
{
	hf_safe_madvise(t->run, map.p, map.len, MADV_DONTNEED);
}

static void reset(struct hf_task *t)
{
	hf_map_zap(t->run, &map, 0, map.len);
}

static void body(struct hf_task *t)
{
	const struct hf_race race = { .act = act, .undo = t->run->processes ? undo : NULL, .reset = reset, .bound = true, .page = map.p };

	hf_race(t, &race);
}

static size_t memory(const struct hf_run *run)
{
	return run->page;
}

static void setup(struct hf_run *run)
{
	map = hf_map_new(run, run->page, HF_SHARED);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
}

const struct hf_bench hf_bench = {
	.name = "hugetlb-race-shared",
	.summary = "processes race to instantiate the same page of a shared hugetlb mapping",
	.paths = HF_LIST("hugetlb_fault", "hugetlb_no_page", "alloc_hugetlb_folio", "folio_zero_user", "hugetlb_add_to_page_cache", "hugetlbfs_punch_hole"),
	.origin = HF_ORIGIN("libhugetlbfs", "alloc-instantiate-race shared", "2006 thread on in-flight allocations; in a loop, with proof of hit and latency of winner and loser"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS(HF_HUGETLB_PARAMS, HF_RACE_PARAMS_SCAN("0,60us")),
	.metrics = HF_METRICS(HF_RACE_METRICS),
	.needs = { .cpus = 2 },
	.modes = HF_BOTH,
	.prefer_processes = true,
	.tasks = 2,
	.sweep_tasks = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
