// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taking free huge pages out of the pool when hardly a base page is left: with HVO the kernel must first allocate base pages for their struct pages.
 * One op = one write(2) to the pool file that asks for `batch` pages fewer. A page whose vmemmap cannot be restored stays in the pool as a surplus page: then the write
 * counts as kept_ns, else as free_ns. Then the pressure ends and what was kept must go at the second try: no page may be lost.
 * Not timed: adding the pages before, a process of its own (system/hog.h) taking the memory and giving it back, reading counts, the second try.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "hugefault.h"

#define EASE (64u << 20) /* given back after each op, so that counts can be read and pages be added */
#define TRIES 3

static struct hf_resize pool;
static struct hf_hog *hog;

static void start_hog(struct hf_run *run)
{
	int err = hf_hog_open(&hog, (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE));

	if (err)
		hf_broken(run, "no process that takes the memory: %s", strerror(-err));
}

/* The surplus pages that stayed behind become persistent again, then go: nothing stands in the way any more. */
static void second_try(struct hf_task *t, int64_t kept)
{
	for (int i = 0; i < TRIES && kept > 0; i++) {
		hf_resize_write(t, &pool, kept, -1, -1);
		hf_resize_moved(t, &pool);
		kept -= hf_resize_shrink(t, &pool, kept, -1, -1);
	}
	if (kept)
		hf_fail(t->run, "%lld pages cannot be taken out of the pool although there is memory again", (long long)kept);
}

static void count(struct hf_task *t, int64_t gone, int64_t kept)
{
	struct hf_run *run = t->run;

	if (kept)
		hf_end_is(t, hf_metric(run, "kept_ns"));
	hf_count(t, hf_metric(run, "asked"), (uint64_t)(gone + kept));
	hf_count(t, hf_metric(run, "success"), (uint64_t)gone);
	hf_count(t, hf_metric(run, "kept"), (uint64_t)kept);
	hf_count(t, hf_metric(run, "writes"), 1);
	hf_count(t, hf_metric(run, "progress"), gone > 0);
}

static void body(struct hf_task *t)
{
	struct hf_run *run = t->run;
	const int64_t batch = hf_param(run, "batch");

	while (hf_running(t)) {
		int64_t added = hf_resize_grow(t, &pool, batch, -1, -1), surplus = pool.now.surplus, gone, kept;
		int err = 0;

		if (added != batch)
			hf_skip(run, "%lld pages cannot be added to the pool, only %lld", (long long)batch, (long long)added);
		if (hog)
			err = hf_hog_fill(hog);
		hf_resize_write(t, &pool, -batch, hf_metric(run, "free_ns"), -1);
		if (hog && !err)
			err = hf_hog_ease(hog, EASE);
		gone = -hf_resize_moved(t, &pool);
		kept = pool.now.surplus - surplus;
		if (gone + kept != batch || gone < 0 || kept < 0)
			hf_fail(run, "of %lld pages %lld left the pool and %lld became surplus pages", (long long)batch, (long long)gone, (long long)kept);
		hf_resize_hold(t, &pool, (uint64_t)kept);
		if (err && err != -ESRCH)
			hf_broken(run, "memory cannot be taken: %s", strerror(-err));
		if (!err && !(hog && hf_hog_killed(hog))) {
			count(t, gone, kept);
		} else { /* the OOM killer took it, or what stands before it: there was memory again */
			hf_drop(t);
			hf_count(t, hf_metric(run, "killed"), 1);
		}
		if (err) {
			hf_hog_close(hog);
			start_hog(run);
		}
		if (kept > 0)
			second_try(t, kept);
	}
}

static size_t memory(const struct hf_run *run)
{
	return (size_t)(hf_param(run, "batch") * hf_param(run, "size"));
}

static void setup(struct hf_run *run)
{
	hf_resize_setup(run, &pool);
	if (hf_param_is(run, "pressure", "full"))
		start_hog(run);
}

static void teardown(struct hf_run *run)
{
	(void)run;
	hf_hog_close(hog);
	hog = NULL;
	hf_resize_close(&pool);
}

const struct hf_bench hf_bench = {
	.name = "pool-free-pressure",
	.summary = "taking free huge pages out of the pool when hardly a base page is left",
	.paths = HF_LIST("update_and_free_pages_bulk", "hugetlb_vmemmap_restore_folios", "alloc_vmemmap_page_list", "bulk_vmemmap_restore_error", "add_hugetlb_folio"),
	.origin = HF_ORIGIN("lkml", "2021-01 Free some vmemmap pages of HugeTLB page, v13 05/12", "the case the reviewers asked about: freeing memory needs memory"),
	.mem = &hf_mem_pool,
	.params = HF_PARAMS({ "batch", HF_UINT, "8", "1", "512", "pages that one write asks to be taken away", "1,8", "1,8,64" },
			    { "pressure", HF_CHOICE, "full", "none|full", NULL, "full: not one base page can be had when it is written", "none,full", "none,full" },
			    { "machine", HF_SIZE, "4G", "64M", "1024T", "the largest machine, by total memory, on which the run may take all of it", NULL, NULL },
			    HF_RESIZE_HVO, HF_RESIZE_SIZE("2M"), HF_RESIZE_NODE),
	.metrics = HF_METRICS({ "free_ns", "ns", HF_LOWER, HF_TIMED, "one write(2) that took all pages asked for out of the pool, over those pages", false },
			      { "kept_ns", "ns", HF_INFO, HF_TIMED, "one write(2) after which some of them were still there, over the pages asked for", false },
			      { "success", "1", HF_HIGHER, HF_SHARE("asked"), "pages that left the pool, of those asked for", false },
			      { "kept", "1", HF_LOWER, HF_SHARE("asked"), "pages that stayed as surplus pages, of those asked for; all of them went when there was memory again", false },
			      { "progress", "1", HF_HIGHER, HF_SHARE("writes"), "writes that took at least one page out of the pool, of all", false },
			      { "asked", "count", HF_INFO, HF_COUNT, "pages asked for", false },
			      { "writes", "count", HF_INFO, HF_COUNT, "writes(2)", false },
			      { "killed", "count", HF_INFO, HF_COUNT, "ops that are not counted: the OOM killer ended the pressure", false }),
	.needs = { .root = true, .whole = "machine" },
	.settings = HF_SETTINGS(HF_HOG_SETTINGS),
	.warm_ops = 1,
	.brackets = hf_resize_brackets,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
