// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Demoting a free gigantic page of the pool to smaller huge pages.
 * One op = one write(2) of 1 to the pool's demote file: the page is split into pages of the next smaller size, with HVO its vmemmap is restored and that of each new page
 * optimised. Not timed: adding the gigantic page before, taking the new pages away after, reading the counts of both pools.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "hugefault.h"

#define PROVE_EVERY 16

static struct hf_resize big, small;
static int demote;

static size_t target(const struct hf_run *run)
{
	return (size_t)hf_param(run, "to");
}

static void body(struct hf_task *t)
{
	const int64_t parts = (int64_t)(big.page / small.page);
	int page_ns = hf_metric(t->run, "demote_page_ns"), pages = hf_metric(t->run, "pages"), missed = hf_metric(t->run, "short");

	while (hf_running(t)) {
		int64_t added = hf_resize_grow(t, &big, 1, -1, -1), gone, got;

		if (!added)
			hf_skip(t->run, "no gigantic page could be added to the pool");
		hf_resize_moved(t, &small);
		hf_resize_hold(t, &small, (uint64_t)parts);
		hf_begin(t);
		if (pwrite(demote, "1", 1, 0) != 1)
			hf_broken(t->run, "writing to the demote file failed");
		hf_end(t, 1);
		hf_end_also(t, page_ns, (uint64_t)parts);
		gone = -hf_resize_moved(t, &big);
		got = hf_resize_moved(t, &small);
		if (gone != 1 || got != parts)
			hf_drop(t);
		if (gone == 1)
			hf_resize_hold(t, &big, 0);
		else
			hf_resize_shrink(t, &big, 1, -1, -1);
		if (t->slot->ops % PROVE_EVERY == 1)
			hf_resize_prove_held(t, &small, (uint64_t)(got > 0 ? got : 0));
		hf_count(t, missed, gone != 1 || got != parts);
		hf_count(t, pages, (uint64_t)(got > 0 ? got : 0));
		hf_resize_shrink(t, &small, got, -1, -1);
	}
}

static unsigned int brackets(const struct hf_run *run, struct hf_bracket *list)
{
	int node = hf_resize_node(run);

	list[0] = (struct hf_bracket){ (size_t)hf_param(run, "size"), node, 1 };
	list[1] = (struct hf_bracket){ target(run), node, (uint64_t)hf_param(run, "size") / target(run) };
	return 2;
}

static const struct hf_setting *settings(const struct hf_run *run)
{
	static struct hf_setting list[2];
	static char path[256], value[32];

	hf_pool_path((size_t)hf_param(run, "size"), -1, "demote_size", path, sizeof(path));
	snprintf(value, sizeof(value), "%zukB", target(run) >> 10);
	list[0] = (struct hf_setting){ path, value };
	return list;
}

static size_t memory(const struct hf_run *run)
{
	return (size_t)hf_param(run, "size");
}

static void setup(struct hf_run *run)
{
	char path[256];
	int node = hf_resize_node(run);

	hf_resize_open(run, &big, run->page, node, 0);
	hf_resize_open(run, &small, target(run), node, 1);
	demote = open(hf_pool_path(run->page, node, "demote", path, sizeof(path)), O_WRONLY | O_CLOEXEC);
	if (demote < 0)
		hf_skip(run, "%s cannot be written", path);
}

static void teardown(struct hf_run *run)
{
	(void)run;
	hf_resize_close(&big);
	hf_resize_close(&small);
	close(demote);
}

const struct hf_bench hf_bench = {
	.name = "pool-demote",
	.summary = "demoting a free gigantic page of the pool to smaller huge pages, with and without vmemmap optimisation",
	.paths = HF_LIST("demote_store", "demote_pool_huge_page", "demote_free_hugetlb_folios", "hugetlb_vmemmap_restore_folio", "hugetlb_vmemmap_optimize_folios"),
	.origin = HF_ORIGIN("lkml", "2021-10 hugetlb: add demote/split page functionality", "what splitting costs against freeing and allocating anew"),
	.mem = &hf_mem_pool,
	.params = HF_PARAMS({ "to", HF_SIZE, "2M", "64K", "1G", "size of the new pages", NULL, NULL }, HF_RESIZE_HVO, HF_RESIZE_SIZE("1G"), HF_RESIZE_NODE),
	.metrics = HF_METRICS({ "demote_ns", "ns", HF_LOWER, HF_TIMED, "one write(2) to the demote file, one gigantic page", false },
			      { "demote_page_ns", "ns", HF_LOWER, HF_TIMED, "the same, over the new pages", false },
			      { "pages", "count", HF_INFO, HF_COUNT, "new pages", false },
			      { "short", "count", HF_LOWER, HF_COUNT, "writes after which the pools had changed by other numbers: not timed", false }),
	.needs = { .root = true },
	.warm_s = 0.1,
	.settings_for = settings,
	.brackets = brackets,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
