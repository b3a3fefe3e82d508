// SPDX-License-Identifier: GPL-2.0-or-later
/* Four needs that no machine meets: all are named at once. */
/* owes: 4 4096 NUMA nodes.*no-such-file.*another.*at most 1M of memory */
#include "hugefault.h"

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_begin(t);
		hf_end(t, 1);
	}
}

const struct hf_bench hf_bench = {
	.name = "unmet",
	.summary = "needs that no machine meets",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "unmet", "shows that all unmet needs are told at once"),
	.params = HF_PARAMS({ "machine", HF_SIZE, "1M", "1M", "1G", "the largest machine of which all memory may be taken", NULL, NULL }),
	.metrics = HF_METRICS({ "empty_ns", "ns", HF_LOWER, HF_TIMED, "an empty timed region", false }),
	.needs = {
		.nodes = 4096,
		.files = HF_LIST("/sys/kernel/no-such-file", "/proc/sys/vm/another"),
		.whole = "machine",
	},
	.body = body,
};
