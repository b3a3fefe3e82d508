// SPDX-License-Identifier: GPL-2.0-or-later
/* An empty timed region: what it shows is the clock's own cost (tests/cli/clock.sh compares it with the record). */
/* owes: 0 empty_ns */
#include "hugefault.h"

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_begin(t);
		hf_end(t, 1);
	}
}

const struct hf_bench hf_bench = {
	.name = "times-nothing",
	.summary = "an empty timed region",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "times-nothing", "shows what the clock costs"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS({ "empty_ns", "ns", HF_LOWER, HF_TIMED, "an empty timed region", false }),
	.body = body,
};
