// SPDX-License-Identifier: GPL-2.0-or-later
/* The descriptor claims one page fault an operation, but the page is there after the first one: what is timed is a plain write. */
/* owes: 3 page faults */
/* needs: plain */
#include "hugefault.h"

static size_t memory(const struct hf_run *run)
{
	return run->page;
}

static void body(struct hf_task *t)
{
	struct hf_map m = hf_map_new(t->run, t->run->page, HF_PRIVATE);

	while (hf_running(t)) {
		hf_begin(t);
		hf_touch(m.p);
		hf_end(t, 1);
	}
	hf_map_free(t->run, &m);
}

const struct hf_bench hf_bench = {
	.name = "fault-missing",
	.summary = "no page fault where one is claimed",
	.paths = HF_LIST("do_anonymous_page"),
	.origin = HF_ORIGIN("hugefault", "fault-missing", "shows that the number of faults of an operation is proved"),
	.params = HF_PARAMS({ .name = NULL }),
	.mem = &hf_mem_base,
	.metrics = HF_METRICS({ "fault_ns", "ns", HF_LOWER, HF_TIMED, "one write fault", false }),
	.faults = 1,
	.memory = memory,
	.body = body,
};
