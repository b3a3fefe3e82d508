// SPDX-License-Identifier: GPL-2.0-or-later
/* A metric without a unit: refused before anything is measured. */
/* owes: 3 unit */
#include "hugefault.h"

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_begin(t);
		hf_end(t, 1);
	}
}

const struct hf_bench hf_bench = {
	.name = "no-unit",
	.summary = "a metric without a unit",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "no-unit", "shows that descriptors are checked"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS({ "empty", "", HF_LOWER, HF_TIMED, "an empty timed region", false }),
	.body = body,
};
