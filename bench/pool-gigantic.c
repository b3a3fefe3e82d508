// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adding one gigantic page to the pool at run time.
 * One op = one write(2) to the pool file that asks for one page more: alloc_contig_pages() looks for an aligned range, isolates it and moves what is in the way. The page is not
 * cleared. Not timed: taking it away again, reading the pool's counts. An attempt that adds no page counts as a failure, and its time as fail_ns.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "hugefault.h"

static struct hf_resize pool;
static char *holes; /* what fragments memory */

static void body(struct hf_task *t)
{
	int alloc = hf_metric(t->run, "alloc_ns"), fail = hf_metric(t->run, "fail_ns"), success = hf_metric(t->run, "success"), attempts = hf_metric(t->run, "attempts");

	while (hf_running(t)) {
		int64_t added = hf_resize_grow_try(t, &pool, 1, alloc, fail);

		hf_count(t, attempts, 1);
		hf_count(t, success, (uint64_t)added);
		hf_resize_shrink(t, &pool, added, -1, -1);
	}
}

static unsigned int brackets(const struct hf_run *run, struct hf_bracket *list)
{
	list[0] = (struct hf_bracket){ (size_t)hf_param(run, "size"), hf_resize_node(run), 1 };
	return 1;
}

static size_t memory(const struct hf_run *run)
{
	return (size_t)hf_param(run, "size") + (size_t)hf_param(run, "holes");
}

/* Base pages all over a range, of which every second one is given back: movable, but in the way. */
static void setup(struct hf_run *run)
{
	size_t len = (size_t)hf_param(run, "holes");

	hf_resize_open(run, &pool, run->page, hf_resize_node(run), 0);
	if (!len)
		return;
	holes = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (holes == MAP_FAILED)
		hf_broken(run, "cannot map %zu bytes", len);
	hf_safe_madvise(run, holes, len, MADV_NOHUGEPAGE);
	hf_safe_madvise(run, holes, len, MADV_POPULATE_WRITE);
	for (size_t at = 0; at < len; at += 8192)
		hf_safe_madvise(run, holes + at, 4096, MADV_DONTNEED);
}

static void teardown(struct hf_run *run)
{
	if (holes)
		munmap(holes, (size_t)hf_param(run, "holes"));
	hf_resize_close(&pool);
}

const struct hf_bench hf_bench = {
	.name = "pool-gigantic",
	.summary = "adding a gigantic page to the pool at run time: latency and success",
	.paths = HF_LIST("set_max_huge_pages", "alloc_gigantic_folio", "alloc_contig_pages_noprof", "alloc_contig_range_noprof", "start_isolate_page_range"),
	.origin = HF_ORIGIN("hugefault", "pool-gigantic", "latency and success of single pages against what is in the way"),
	.mem = &hf_mem_pool,
	.params = HF_PARAMS({ "holes", HF_SIZE, "0", "0", "1T", "anonymous memory of which every second base page is given back before: movable pages that are in the way", NULL, "0,1G,4G,8G" },
			    HF_RESIZE_HVO_POINTS("0", "0,1"), HF_RESIZE_SIZE("1G"), HF_RESIZE_NODE),
	.metrics = HF_METRICS({ "alloc_ns", "ns", HF_LOWER, HF_TIMED, "one write(2) that added a page", false },
			      { "success", "1", HF_HIGHER, HF_SHARE("attempts"), "attempts that added a page, of all", false },
			      { "fail_ns", "ns", HF_INFO, HF_TIMED, "one write(2) that added none", false },
			      { "attempts", "count", HF_INFO, HF_COUNT, "writes that asked for one page more", false },
			      { "migrated", "1", HF_INFO, HF_VMSTAT("pgmigrate_success"), "base pages moved out of the way, per attempt", false },
			      { "migrate_fail", "1", HF_LOWER, HF_VMSTAT("pgmigrate_fail"), "base pages that could not be moved, per attempt", false }),
	.needs = { .root = true },
	.warm_s = 0.1,
	.brackets = brackets,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
