// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * First write fault on an anonymous base page: the control that huge-page faults are held against.
 * One op = one fault. The region is gone through page by page and given back as a whole, untimed.
 */
#include "hugefault.h"

static struct hf_map map;

static void body(struct hf_task *t)
{
	size_t page = t->run->page, len = map.len / t->run->tasks, at = 0;
	char *mine = map.p + t->index * len;

	hf_map_zap(t->run, &map, t->index * len, len);
	while (hf_running(t)) {
		hf_begin(t);
		hf_touch(mine + at);
		hf_end(t, 1);
		hf_bytes(t, t->first_timed, page);
		if ((t->slot->ops & 15) == 0) /* a check costs more than a fault */
			hf_expect_page(t, mine + at);
		at += page;
		if (at < len)
			continue;
		hf_map_zap(t->run, &map, t->index * len, len);
		at = 0;
	}
}

static size_t memory(const struct hf_run *run)
{
	return run->tasks * (size_t)hf_param(run, "len");
}

static void setup(struct hf_run *run)
{
	map = hf_map_new(run, memory(run), HF_PRIVATE);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
}

const struct hf_bench hf_bench = {
	.name = "base-fault",
	.summary = "first write fault on an anonymous base page: the control",
	.paths = HF_LIST("do_anonymous_page", "vma_alloc_folio", "clear_page"),
	.origin = HF_ORIGIN("will-it-scale", "page_fault1", "base pages, latency of each fault"),
	.mem = &hf_mem_base,
	.params = HF_PARAMS({ "len", HF_SIZE, "4M", "64K", "64G", "region of each task, gone through before its pages are given back", NULL, "4M,64M" }),
	.metrics = HF_METRICS({ "fault_ns", "ns", HF_LOWER, HF_TIMED, "one fault, from before the store until after it", false },
			      { "fault_Bps", "B/s", HF_HIGHER, HF_BPS_EACH("fault_ns"), "page size over fault_ns, per task", false }),
	.modes = HF_BOTH,
	.sweep_tasks = true,
	.faults = 1,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
