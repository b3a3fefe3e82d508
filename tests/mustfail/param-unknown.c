// SPDX-License-Identifier: GPL-2.0-or-later
/* The body asks for a parameter that the descriptor does not have. */
/* owes: 3 lenght */
#include "hugefault.h"

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_begin(t);
		hf_end(t, (uint64_t)hf_param(t->run, "lenght"));
	}
}

const struct hf_bench hf_bench = {
	.name = "param-unknown",
	.summary = "a parameter that is not there",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "param-unknown", "shows that a misspelt parameter is told"),
	.params = HF_PARAMS({ "length", HF_UINT, "1", "1", "9", "not the one that is asked for", NULL, NULL }),
	.metrics = HF_METRICS({ "empty_ns", "ns", HF_LOWER, HF_TIMED, "an empty timed region", false }),
	.body = body,
};
