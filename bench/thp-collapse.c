// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MADV_COLLAPSE of what a split has left.
 * One op = one new folio that is split by the trigger (or whose PMD alone is: mprotect), and one madvise(MADV_COLLAPSE) of its range. Not timed: all but that call.
 */
#include <errno.h>
#include <linux/mman.h>
#include <sys/mman.h>

#include "hugefault.h"

#define MPROTECT (HF_SPLIT_SOFT_OFFLINE + 1)

static bool take_apart(struct hf_task *t)
{
	uint64_t ns;

	if (hf_param(t->run, "trigger") != MPROTECT)
		return hf_split_once(t, false, &ns) == HF_SPLIT_SUCCESS;
	hf_folio_map_by_ptes(t->run, 0);
	return true;
}

static void body(struct hf_task *t)
{
	int tries = hf_metric(t->run, "tries"), success = hf_metric(t->run, "success"), collapse_ns = hf_metric(t->run, "collapse_ns"), fail_ns = hf_metric(t->run, "fail_ns");
	int unsplit = hf_metric(t->run, "unsplit"), again = hf_metric(t->run, "eagain"), allocated = hf_metric(t->run, "allocated");

	while (hf_running(t)) {
		struct hf_thpstat_value before, after;
		char *p;
		uint64_t begun, ns;
		int err;

		hf_folio_fill(t);
		p = hf_folio_page(0);
		if (!p)
			continue;
		if (!take_apart(t)) {
			hf_count(t, unsplit, 1);
			continue;
		}
		hf_folio_pin(t);
		hf_safe_madvise(t->run, p, t->run->page, MADV_HUGEPAGE);
		hf_split_read(t->run, &before);
		begun = hf_clock_now();
		err = madvise(p, t->run->page, MADV_COLLAPSE) ? errno : 0;
		t->now = hf_clock_now();
		ns = hf_clock_ns(t->now - begun);
		hf_split_read(t->run, &after);
		if ((err == 0) != (hf_folio_by_pmd(t, 0) && hf_folio_whole(t, 0)))
			hf_broken(t->run, "page %p: MADV_COLLAPSE returned %d, and the range is %s huge page mapped by a PMD", (void *)p, err, err ? "a" : "no");
		hf_count(t, tries, 1);
		hf_count(t, success, !err);
		hf_count(t, again, err == EAGAIN);
		hf_count(t, allocated, (uint64_t)hf_split_less(&after, &before).collapse);
		hf_value(t, err ? fail_ns : collapse_ns, ns);
		hf_folio_content(t, 0);
		hf_folio_unpin();
	}
}

static size_t memory(const struct hf_run *run)
{
	return 2 * run->page;
}

static void setup(struct hf_run *run)
{
	int64_t trigger = hf_param(run, "trigger");

	if (trigger == HF_SPLIT_MUNMAP || trigger == HF_SPLIT_TRUNCATE)
		hf_skip(run, "does not apply: part of the range is not there any more");
	if (trigger == MPROTECT && hf_param_is(run, "backing", "shmem"))
		hf_skip(run, "does not apply: splitting the PMD of a file unmaps it, and the next fault maps the folio anew");
	hf_split_open(run, trigger == MPROTECT ? HF_SPLIT_COLD : (enum hf_split_trigger)trigger, 1);
}

const struct hf_bench hf_bench = {
	.name = "thp-collapse",
	.summary = "MADV_COLLAPSE of what a split has left",
	.paths = HF_LIST("madvise_collapse", "hpage_collapse_scan_pmd", "collapse_huge_page", "collapse_file"),
	.origin = HF_ORIGIN("kselftest", "mm/khugepaged", "timed, after each way of splitting, with and without pins"),
	.mem = &hf_mem_split,
	.params = HF_PARAMS({ "trigger", HF_CHOICE, "cold", HF_SPLIT_TRIGGERS "|mprotect", NULL, "how the folio was split before, see thp-split; mprotect: its PMD alone", "cold,dontneed,mprotect",
			      "pageout,cold,free,dontneed,punch,debugfs,soft-offline,mprotect" },
			    { "backing", HF_CHOICE, "anon", "anon|pte|shmem", NULL, "anonymous memory or a memfd", NULL, "anon,shmem" },
			    { "order", HF_UINT, "9", "9", "13", "folio size: base page size << order; that of a PMD", NULL, NULL },
			    { "fill", HF_CHOICE, "filled", "filled|byte|untouched", NULL, "content", NULL, "filled,untouched" }, HF_SPLIT_PIN_PARAMS("none,registered", "none,registered,vmsplice,direct,fork")),
	.metrics = HF_METRICS({ "success", "1", HF_INFO, HF_SHARE("tries"), "calls that returned 0 and after which a PMD maps a huge page there, over calls", false },
			      { "collapse_ns", "ns", HF_LOWER, HF_TIMED, "one madvise(MADV_COLLAPSE) that succeeded", false },
			      { "fail_ns", "ns", HF_INFO, HF_TIMED, "one that failed", false },
			      { "eagain", "1", HF_INFO, HF_SHARE("tries"), "calls that returned EAGAIN, over calls", false },
			      { "allocated", "count", HF_INFO, HF_COUNT, "huge pages allocated for it (thp_collapse_alloc), those of failing calls included", false },
			      { "unsplit", "count", HF_INFO, HF_COUNT, "folios that the trigger did not split: not tried", false },
			      { "tries", "count", HF_INFO, HF_COUNT, "calls", false }),
	.needs = { .root = true },
	.warm_ops = 1,
	.faults = HF_FAULTS_ANY,
	.min_backing = 0.9,
	.memory = memory,
	.setup = setup,
	.body = body,
	.check = hf_split_check,
	.teardown = hf_split_close,
};
