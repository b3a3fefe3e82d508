// SPDX-License-Identifier: GPL-2.0-or-later
/* The measured process ends with status 0 in the middle: that is no result. */
/* owes: 3 ended early */
#include <unistd.h>

#include "hugefault.h"

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_begin(t);
		hf_end(t, 1);
		_exit(0);
	}
}

const struct hf_bench hf_bench = {
	.name = "exits-early",
	.summary = "a body that ends the process",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "exits-early", "shows that an early end is told"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS({ "empty_ns", "ns", HF_LOWER, HF_TIMED, "an empty timed region", false }),
	.body = body,
};
