// SPDX-License-Identifier: GPL-2.0-or-later
/* A default that is outside the range of its own parameter. */
/* owes: 3 length */
#include "hugefault.h"

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_begin(t);
		hf_end(t, 1);
	}
}

const struct hf_bench hf_bench = {
	.name = "default-bad",
	.summary = "a default outside its range",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "default-bad", "shows that descriptors are checked"),
	.params = HF_PARAMS({ "length", HF_UINT, "10", "1", "9", "1 to 9", NULL, NULL }),
	.metrics = HF_METRICS({ "empty_ns", "ns", HF_LOWER, HF_TIMED, "an empty timed region", false }),
	.body = body,
};
