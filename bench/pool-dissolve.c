// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Free hugetlb pages are dissolved when their memory block goes offline: what does each of them cost?
 * One op = four offlines, each of a block that holds 0, 1/4, 1/2 or all of "pages" free hugetlb pages and otherwise nothing but free memory (its census is taken before each), in random order.
 * Nothing is migrated. The cost of a page is the slope of the line through (pages in the block, duration of the write to its state file): dissolving it, less what the kernel saves by looking at it once
 * (mm/memory_hotplug.c, scan_movable_pages()) and not at 512 base pages. Not timed: filling the blocks, the census,
 * draining per-CPU lists by taking another, free block offline and back, and growing the pool again. An attempt that failed, and one on a block of any other content, is not on the line.
 */
#include "hugefault.h"

#define PARTS 4

static void offline(struct hf_task *t, int part)
{
	static const char *const name[PARTS] = { "empty_ns", "quarter_ns", "half_ns", "offline_ns" };
	static const int quarters[PARTS] = { 0, 1, 2, 4 };
	struct hf_run *run = t->run;
	size_t pages = (size_t)hf_param(run, "pages") * (size_t)quarters[part] / 4;
	struct hf_offline_metrics m = { hf_metric(run, name[part]), hf_metric(run, "refused_ns"), hf_metric(run, "online_ns") };
	struct hf_block_count count;
	uint64_t placed, ns;
	unsigned int b = hf_place_put(run, pages, &count, &placed);
	bool optimised = count.heads > pages;
	int err;

	hf_count(t, hf_metric(run, "attempts"), 1);
	if (pages && optimised != (hf_param(run, "hvo") == 1)) {
		hf_count(t, hf_metric(run, "not_as_hvo"), 1);
		hf_place_take(run);
		return;
	}
	if (!hf_place_pure(run, b, &count, pages))
		m.offline = -1;
	hf_offline_settle(t, (uint64_t)hf_param(run, "limit"));
	err = hf_offline_try(t, b, (uint64_t)hf_param(run, "limit"), &m, &ns);
	if (!err)
		hf_count(t, hf_metric(run, "success"), 1);
	if (!err && m.offline >= 0) {
		hf_count(t, hf_metric(run, "pure"), 1);
		hf_pair(t, hf_metric(run, "dissolve_ns"), (double)pages, (double)ns);
	}
	hf_place_take(run);
}

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		int order[PARTS] = { 0, 1, 2, 3 };

		for (unsigned int i = PARTS; i > 0; i--) {
			unsigned int j = (unsigned int)hf_rand_below(&t->rand, i);
			int part = order[j];

			order[j] = order[i - 1];
			offline(t, part);
		}
	}
}

static size_t memory(const struct hf_run *run)
{
	return (size_t)hf_param(run, "pages") * run->page;
}

static void setup(struct hf_run *run)
{
	hf_offline_open(run);
	hf_place_open(run, HF_PLACE_HUGETLB_FREE, (size_t)hf_param(run, "pages"));
}

static void teardown(struct hf_run *run)
{
	hf_place_close(run);
	hf_offline_grow(run, UINT64_MAX);
	hf_offline_close();
}

const struct hf_bench hf_bench = {
	.name = "pool-dissolve",
	.summary = "dissolving free hugetlb pages by taking their memory block offline, cost per page",
	.paths = HF_LIST("offline_pages", "dissolve_free_hugetlb_folios", "dissolve_free_hugetlb_folio", "hugetlb_vmemmap_restore_folio"),
	.origin = HF_ORIGIN("linux-mm 2021", "Free some vmemmap pages of HugeTLB page",
			    "what the restoring of struct pages costs the one who takes memory offline; blocks without anything to migrate, which no other suite makes"),
	.mem = &hf_mem_block,
	.params = HF_PARAMS({ "pages", HF_UINT, "32", "4", "64", "free hugetlb pages in the fullest block; a multiple of 4 makes all fractions whole", NULL, "8,16,32,48" },
			    { "hvo", HF_UINT, "0", "0", "1", "vm.hugetlb_optimize_vmemmap when the pages are allocated", "0,1", "0,1" },
			    { "limit", HF_TIME, "5s", "1ms", "60s", "after which a signal ends an attempt", NULL, NULL }),
	.metrics = HF_METRICS({ "dissolve_ns", "ns", HF_LOWER, HF_SLOPE, "time of an offline for each free hugetlb page more in the block, less that of looking at the base pages in its place: least-squares slope over four compositions", false },
			      { "fixed_ns", "ns", HF_INFO, HF_INTERCEPT("dissolve_ns"), "time of an offline of a block without hugetlb pages, on the same line", false },
			      { "line_fit", "1", HF_INFO, HF_FIT("dissolve_ns"), "share of the variance of the times that the line explains (r squared)", false },
			      { "offline_ns", "ns", HF_LOWER, HF_TIMED, "one write of \"offline\" for a block with \"pages\" free hugetlb pages, from before write(2) until after it", false },
			      { "half_ns", "ns", HF_INFO, HF_TIMED, "the same with half as many", false },
			      { "quarter_ns", "ns", HF_INFO, HF_TIMED, "the same with a quarter", false },
			      { "empty_ns", "ns", HF_INFO, HF_TIMED, "the same with none", false },
			      { "online_ns", "ns", HF_INFO, HF_TIMED, "one write of \"online\" afterwards", false },
			      { "refused_ns", "ns", HF_INFO, HF_TIMED, "one write of \"offline\" that ended in an error", false },
			      { "attempts", "count", HF_INFO, HF_COUNT, "blocks that were filled", false },
			      { "success", "1", HF_HIGHER, HF_SHARE("attempts"), "blocks that went offline, over attempts", false },
			      { "pure", "1", HF_INFO, HF_SHARE("attempts"), "blocks that went offline and held nothing but free memory and as many hugetlb pages as intended, over attempts", false },
			      { "not_as_hvo", "1", HF_INFO, HF_SHARE("attempts"),
				"blocks left alone, over attempts: kpageflags showed their pages' vmemmap optimised where \"hvo\" says it is not, or the other way round", false }),
	.brackets = hf_place_brackets,
	.blocks = true,
	.warm_ops = 1,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
