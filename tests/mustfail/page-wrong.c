// SPDX-License-Identifier: GPL-2.0-or-later
/* A THP benchmark that gets base pages: none of its samples counts, and a run without samples is broken, not slow. */
/* owes: 3 did not get a page */
/* needs: root */
#include <sys/mman.h>

#include "hugefault.h"

static size_t memory(const struct hf_run *run)
{
	return run->page;
}

static void body(struct hf_task *t)
{
	struct hf_map m = hf_map_new(t->run, t->run->page, HF_PRIVATE);

	hf_safe_madvise(t->run, m.p, m.len, MADV_NOHUGEPAGE);
	while (hf_running(t)) {
		hf_begin(t);
		hf_touch(m.p);
		hf_end(t, 1);
		hf_expect_page(t, m.p);
		hf_map_zap(t->run, &m, 0, m.len);
	}
	hf_map_free(t->run, &m);
}

const struct hf_bench hf_bench = {
	.name = "page-wrong",
	.summary = "a THP benchmark on base pages",
	.paths = HF_LIST("do_anonymous_page"),
	.origin = HF_ORIGIN("hugefault", "page-wrong", "shows that the page size of every sample is checked"),
	.params = HF_PARAMS({ .name = NULL }),
	.mem = &hf_mem_thp,
	.metrics = HF_METRICS({ "fault_ns", "ns", HF_LOWER, HF_TIMED, "one write fault", false }),
	.faults = 1,
	.memory = memory,
	.body = body,
};
