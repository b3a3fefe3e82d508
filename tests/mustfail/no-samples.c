// SPDX-License-Identifier: GPL-2.0-or-later
/* A body that times nothing: no data is never a result. */
/* owes: 3 no samples */
#include "hugefault.h"

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_begin(t);
		hf_end(t, 1);
		hf_drop(t);
	}
}

const struct hf_bench hf_bench = {
	.name = "no-samples",
	.summary = "a body that drops every sample",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "no-samples", "shows that no data is told"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS({ "empty_ns", "ns", HF_LOWER, HF_TIMED, "an empty timed region", false }),
	.body = body,
};
