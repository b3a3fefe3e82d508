// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clearing a hugetlb page in a fault, against the fastest that the same CPU can zero the same page.
 * One op = one first-write fault on a page from the pool (no buddy allocation). Not timed: giving the page back, setting up the caches, the gate.
 */
#include "hugefault.h"

static struct hf_map cached; /* a page of the page cache for each task */

static void body(struct hf_task *t)
{
	hf_clear(t, cached.p + t->index * t->run->page);
}

static size_t memory(const struct hf_run *run)
{
	return 2 * hf_clear_memory(run);
}

static void setup(struct hf_run *run)
{
	hf_clear_setup(run);
	cached = hf_map_new(run, hf_clear_memory(run), HF_SHARED);
}

static void teardown(struct hf_run *run)
{
	hf_clear_teardown(run);
	hf_map_free(run, &cached);
}

const struct hf_bench hf_bench = {
	.name = "clear-hugetlb",
	.summary = "clearing a hugetlb page in a fault, against the fastest zeroing of the same page",
	.paths = HF_LIST("folio_zero_user", "clear_huge_page", "process_huge_page", "clear_contig_highpages", "hugetlb_no_page"),
	.origin = HF_ORIGIN("lkml", "folio_zero_user series 2025", "its evidence is a mean of GB/s; here by fault offset, cache state and what stays in the cache"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS(HF_CLEAR_PARAMS("1G", "0,2044K", "0,4K,512K,1M,1536K,2044K", "cold,warm"), HF_HUGETLB_PARAMS),
	.metrics = HF_METRICS(HF_CLEAR_METRICS,
			      { "refault_ns", "ns", HF_INFO, HF_TIMED_FAULT, "a fault on a page that is in the page cache already: what a fault costs without allocation and clearing", false },
			      { "clear_net_Bps", "B/s", HF_INFO, HF_BPS_EACH_NET("clear_ns", "refault_ns"), "page size over (clear_ns less refault_ns), per task", false }),
	.modes = HF_BOTH,
	.sweep_tasks = true,
	.faults = 1,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
