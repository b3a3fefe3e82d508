// SPDX-License-Identifier: GPL-2.0-or-later
/* A metric made of a counter that no kernel has: it is left out and named, never 0. (tests/cli/counters.sh looks at the record.) */
/* args: -v */
/* owes: 0 this kernel does not count no_such_counter, nor_this_one: metrics made of that are left out */
#include "hugefault.h"

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_begin(t);
		hf_end(t, 1);
	}
}

const struct hf_bench hf_bench = {
	.name = "counter-missing",
	.summary = "counters that no kernel has",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "counter-missing", "shows that what is not counted is not said to be 0"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS({ "empty_ns", "ns", HF_LOWER, HF_TIMED, "an empty timed region", false },
			      { "lacking", "1", HF_LOWER, HF_VMSTAT("no_such_counter"), "what no kernel counts", false },
			      { "kills", "1", HF_LOWER, HF_VMSTAT("oom_kill"), "what every kernel counts, and what did not happen", false },
			      { "wanting", "1", HF_LOWER, HF_VMSTAT("nor_this_one"), "what no kernel counts either", false }),
	.body = body,
};
