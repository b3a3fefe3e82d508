// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clearing a transparent huge page in a fault, against the fastest that the same CPU can zero the same page.
 * One op = one first-write fault into an empty, aligned PMD range that gets a PMD-sized folio: allocation, clearing, mapping. Not timed: giving the page back, setting up the
 * caches, the gate. The counters beside it say whether allocation had to work for it (compaction, fallback).
 */
#include "hugefault.h"

static void body(struct hf_task *t)
{
	hf_clear(t, NULL);
}

const struct hf_bench hf_bench = {
	.name = "clear-thp",
	.summary = "clearing a transparent huge page in a fault, against the fastest zeroing of the same page",
	.paths = HF_LIST("do_huge_pmd_anonymous_page", "vma_alloc_anon_folio_pmd", "folio_zero_user", "shmem_fault"),
	.origin = HF_ORIGIN("mmtests", "thpchallenge", "per-fault latency with the page size of each fault verified"),
	.mem = &hf_mem_thp,
	.params = HF_PARAMS(HF_CLEAR_PARAMS("1G", "0,2044K", "0,4K,1M,2044K", "cold,warm"),
			    { "backing", HF_CHOICE, "anon", "anon|shmem", NULL, "anonymous memory or shared memory", NULL, "anon,shmem" }),
	.metrics = HF_METRICS(HF_CLEAR_METRICS,
			      { "fallback", "1", HF_LOWER, HF_VMSTAT("thp_fault_fallback"), "faults of the machine that fell back to smaller pages (thp_fault_fallback), per operation", false },
			      { "compact_stall", "1", HF_LOWER, HF_VMSTAT("compact_stall"), "direct compactions of the machine (compact_stall), per operation", false }),
	.modes = HF_BOTH,
	.sweep_tasks = true,
	.faults = 1,
	.min_backing = 0.99,
	.memory = hf_clear_memory,
	.setup = hf_clear_setup,
	.body = body,
	.teardown = hf_clear_teardown,
};
