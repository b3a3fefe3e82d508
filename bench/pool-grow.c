// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adding huge pages to the pool.
 * One op = one write(2) to the pool file that asks for `batch` pages more: each is allocated from the buddy allocator (size=1G: by
 * alloc_contig_pages()) and prepared, with HVO its vmemmap is optimised. Pages are not cleared.
 * Not timed: taking those pages away after it, reading the pool's counts before and after.
 */
#include "hugefault.h"

static struct hf_resize pool;

static void body(struct hf_task *t)
{
	static const struct hf_resize_timed timed = { .grow = "grow_ns", .grow_call = "grow_call_ns" };

	hf_resize_body(t, &pool, &timed);
}

static void setup(struct hf_run *run)
{
	hf_resize_setup(run, &pool);
}

static void check(struct hf_run *run)
{
	hf_resize_check(run, &pool);
}

static void teardown(struct hf_run *run)
{
	(void)run;
	hf_resize_close(&pool);
}

const struct hf_bench hf_bench = {
	.name = "pool-grow",
	.summary = "adding huge pages to the pool, with and without vmemmap optimisation",
	.paths = HF_LIST("nr_hugepages_store_common", "set_max_huge_pages", "alloc_pool_huge_folio", "prep_and_add_allocated_folios", "hugetlb_vmemmap_optimize_folios"),
	.origin = HF_ORIGIN("lkml", "2023-10 Batch hugetlb vmemmap modification operations", "latency per page and per call instead of the wall clock of one large batch"),
	.mem = &hf_mem_pool,
	.params = HF_PARAMS({ "batch", HF_UINT, "1", "1", "4096", "pages added by one write", "1,32,512", "1,2,4,8,16,32,64,128,256,512" }, HF_RESIZE_HVO,
			    HF_RESIZE_SIZE("2M"), HF_RESIZE_NODE),
	.metrics = HF_METRICS({ "grow_ns", "ns", HF_LOWER, HF_TIMED, "one write(2) to the pool file, over the pages it added", false },
			      { "grow_call_ns", "ns", HF_LOWER, HF_TIMED, "the same write, whole", false }, HF_RESIZE_METRICS),
	.needs = { .root = true },
	.warm_s = 0.1, /* grace periods never get steady */
	.brackets = hf_resize_brackets,
	.memory = hf_resize_memory,
	.setup = setup,
	.body = body,
	.check = check,
	.teardown = teardown,
};
