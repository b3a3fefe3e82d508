// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads race to instantiate the same page of a private hugetlb mapping.
 * One op = one round: all threads, released together, store to the same unmapped page. One of them allocates, clears and maps it under the fault mutex; the others
 * wait there and find it. Not timed: MADV_DONTNEED of the page between rounds, the gate, and reading the fault counters.
 */
#include "hugefault.h"

static struct hf_map map;

static void act(struct hf_task *t)
{
	(void)t;
	hf_touch(map.p);
}

static void reset(struct hf_task *t)
{
	hf_map_zap(t->run, &map, 0, map.len);
}

static void body(struct hf_task *t)
{
	const struct hf_race race = { .act = act, .reset = reset, .bound = true, .page = map.p };

	hf_race(t, &race);
}

static size_t memory(const struct hf_run *run)
{
	return run->page;
}

static void setup(struct hf_run *run)
{
	map = hf_map_new(run, run->page, HF_PRIVATE);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
}

const struct hf_bench hf_bench = {
	.name = "hugetlb-race-private",
	.summary = "threads race to instantiate the same page of a private hugetlb mapping",
	.paths = HF_LIST("hugetlb_fault", "hugetlb_no_page", "alloc_hugetlb_folio", "folio_zero_user", "zap_hugepage_range"),
	.origin = HF_ORIGIN("libhugetlbfs", "alloc-instantiate-race private", "2006 thread on in-flight allocations; in a loop, with proof of hit and latency of winner and loser"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS(HF_HUGETLB_PARAMS, HF_RACE_PARAMS_SCAN("0,60us")),
	.metrics = HF_METRICS(HF_RACE_METRICS),
	.needs = { .cpus = 2 },
	.modes = HF_THREADS,
	.tasks = 2,
	.sweep_tasks = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
