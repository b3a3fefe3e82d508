// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * First fault on a huge page of a hugetlb mapping, one task.
 * One op = one access that takes a page from the pool, clears and maps it. The region is gone through page by page and given back as a whole, untimed; the pool hands the
 * frames out again in the same order, so with a region larger than the last-level cache every page is cold again when it is reached.
 */
#include "hugefault.h"

static struct hf_map map;

static void body(struct hf_task *t)
{
	bool write = hf_param_is(t->run, "access", "write");
	size_t page = t->run->page, at = 0;

	while (hf_running(t)) {
		char *p = map.p + at;

		if (write) {
			hf_begin(t);
			hf_touch(p);
			hf_end(t, 1);
		} else {
			hf_begin(t);
			hf_peek(p);
			hf_end(t, 1);
		}
		hf_bytes(t, t->first_timed, page);
		hf_expect_page(t, p);
		at += page;
		if (at < map.len)
			continue;
		hf_map_zap(t->run, &map, 0, map.len);
		at = 0;
	}
	hf_map_zap(t->run, &map, 0, map.len); /* the next phase starts on an empty region */
}

static size_t memory(const struct hf_run *run)
{
	return (size_t)hf_param(run, "len");
}

static void setup(struct hf_run *run)
{
	map = hf_map_new(run, memory(run), hf_param_is(run, "sharing", "shared") ? HF_SHARED : HF_PRIVATE);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
}

const struct hf_bench hf_bench = {
	.name = "hugetlb-fault",
	.summary = "first fault on a huge page of a hugetlb mapping, one task",
	.paths = HF_LIST("hugetlb_fault", "hugetlb_no_page", "alloc_hugetlb_folio", "folio_zero_user"),
	.origin = HF_ORIGIN("perf", "bench mem mmap", "per-fault latency instead of a mean of GB/s"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "len", HF_SIZE, "64M", "16K", "1T", "region gone through before its pages are given back", "2M,64M", "2M,64M,512M" },
			    { "sharing", HF_CHOICE, "private", "private|shared", NULL, "kind of mapping", "private,shared", NULL },
			    { "access", HF_CHOICE, "write", "write|read", NULL, "kind of access", NULL, "write,read" }, HF_HUGETLB_PARAMS),
	.metrics = HF_METRICS({ "fault_ns", "ns", HF_LOWER, HF_TIMED, "one fault, from before the access until after it", false },
			      { "fault_Bps", "B/s", HF_HIGHER, HF_BPS_EACH("fault_ns"), "page size over fault_ns", false }),
	.faults = 1,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
