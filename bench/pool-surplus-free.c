// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Freeing surplus huge pages by munmap(2): until it returns, and until the memory is back in the buddy allocator.
 * One op = munmap(2) of a mapping of `batch` surplus pages, then a write(2) of the present number to the pool file: set_max_huge_pages() waits for the worker that frees
 * what munmap left to it (flush_free_hpage_work()), then finds nothing to do. munmap_ns ends when munmap has returned, buddy_ns when the write has; both begin before
 * munmap. Not timed: mapping and touching the pages before, a look at the free memory behind, and the same write with nothing to wait for (flush_ns, itself a sample).
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "hugefault.h"

static struct hf_resize pool;
static int munmap_ns, buddy_ns, flush_ns, frees_m, back_m, surplus_m;

/* The free memory must have grown by what the pages are, but for what HVO and others take. */
static bool is_back(struct hf_run *run, int64_t before, size_t len)
{
	int64_t now = 0;

	if (hf_memfree(&now))
		hf_broken(run, "free memory cannot be read");
	return now - before > (int64_t)len / 2;
}

static void body(struct hf_task *t)
{
	struct hf_run *run = t->run;
	size_t len = (size_t)hf_param(run, "batch") * run->page;

	while (hf_running(t)) {
		struct hf_map m;
		int64_t before = 0;
		int err = hf_map_try(run, len, 0, &m);

		if (err)
			hf_skip(run, "no surplus pages to be had: %s", strerror(-err));
		hf_resize_expect_hvo(t, &pool, &m);
		hf_resize_moved(t, &pool);
		if (pool.now.surplus < hf_param(run, "batch"))
			hf_skip(run, "somebody has added free pages to the pool: a mapping takes those, not surplus pages");
		if (hf_memfree(&before))
			hf_broken(run, "free memory cannot be read");
		hf_begin(t);
		munmap(m.p, len);
		hf_end_as(t, munmap_ns, 1);
		hf_resize_flush(t, &pool);
		hf_end_as(t, buddy_ns, 1);
		hf_count(t, frees_m, 1);
		hf_count(t, back_m, is_back(run, before, len));
		hf_resize_moved(t, &pool);
		hf_count(t, surplus_m, (uint64_t)pool.now.surplus);
		hf_begin(t);
		hf_resize_flush(t, &pool);
		hf_end_as(t, flush_ns, 1);
	}
}

/* As many surplus pages may be as the run maps, besides those that others have. */
static const struct hf_setting *settings(const struct hf_run *run)
{
	static struct hf_setting list[2];
	static char path[256], value[32];
	struct hf_pool now;
	int64_t want;

	if (hf_pool_read((size_t)hf_param(run, "size"), -1, &now))
		return NULL;
	want = now.surplus + hf_param(run, "batch");
	if (now.overcommit >= want)
		return NULL;
	hf_pool_path((size_t)hf_param(run, "size"), -1, "nr_overcommit_hugepages", path, sizeof(path));
	snprintf(value, sizeof(value), "%lld", (long long)want);
	list[0] = (struct hf_setting){ path, value };
	return list;
}

/* Nothing is added to the persistent pages; the bracket says that the pool file is written. */
static unsigned int brackets(const struct hf_run *run, struct hf_bracket *list)
{
	list[0] = (struct hf_bracket){ (size_t)hf_param(run, "size"), -1, 0 };
	return 1;
}

static size_t memory(const struct hf_run *run)
{
	return (size_t)(hf_param(run, "batch") * hf_param(run, "size"));
}

static void setup(struct hf_run *run)
{
	munmap_ns = hf_metric(run, "munmap_ns");
	buddy_ns = hf_metric(run, "buddy_ns");
	flush_ns = hf_metric(run, "flush_ns");
	frees_m = hf_metric(run, "frees");
	back_m = hf_metric(run, "back");
	surplus_m = hf_metric(run, "restore_failed");
	hf_resize_open(run, &pool, run->page, -1, 0);
	if (pool.now.free > pool.now.resv)
		hf_skip(run, "%lld pages of the pool are free: a mapping would take those, not surplus pages", (long long)(pool.now.free - pool.now.resv));
}

static void teardown(struct hf_run *run)
{
	(void)run;
	hf_resize_close(&pool);
}

const struct hf_bench hf_bench = {
	.name = "pool-surplus-free",
	.summary = "freeing surplus huge pages: until munmap returns, and until their memory is back in the buddy allocator",
	.paths = HF_LIST("free_huge_folio", "update_and_free_hugetlb_folio", "free_hpage_workfn", "__update_and_free_hugetlb_folio", "flush_free_hpage_work"),
	.origin = HF_ORIGIN("lkml", "2021-01 Free some vmemmap pages of HugeTLB page, v13 05/12", "how long the memory stays away when a worker frees the page"),
	.mem = &hf_mem_pool,
	.params = HF_PARAMS({ "batch", HF_UINT, "1", "1", "512", "surplus pages that one munmap frees", NULL, "1,8,64" }, HF_RESIZE_HVO, HF_RESIZE_SIZE("2M")),
	.metrics = HF_METRICS({ "munmap_ns", "ns", HF_LOWER, HF_TIMED, "one munmap(2)", false },
			      { "buddy_ns", "ns", HF_LOWER, HF_TIMED, "the same munmap(2) and a write(2) to the pool file that waits for the deferred work: then the memory is back", false },
			      { "flush_ns", "ns", HF_INFO, HF_TIMED, "that write(2) when there is nothing to wait for; part of buddy_ns, not subtracted", false },
			      { "back", "1", HF_HIGHER, HF_SHARE("frees"), "frees after whose write free memory (MemFree and per-CPU lists) had risen by more than half of what was freed, of all", false },
			      { "frees", "count", HF_INFO, HF_COUNT, "mappings freed", false },
			      { "restore_failed", "count", HF_LOWER, HF_COUNT, "surplus pages that were left behind", false }),
	.needs = { .root = true },
	.warm_s = 0.1,
	.settings_for = settings,
	.brackets = brackets,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
