// SPDX-License-Identifier: GPL-2.0-or-later
/* A setting that nobody can change. */
/* owes: 4 ostype */
#include "hugefault.h"

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_begin(t);
		hf_end(t, 1);
	}
}

const struct hf_bench hf_bench = {
	.name = "knob-refused",
	.summary = "a setting that cannot be written",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "knob-refused", "shows that a refused setting is told"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS({ "empty_ns", "ns", HF_LOWER, HF_TIMED, "an empty timed region", false }),
	.settings = HF_SETTINGS({ "/proc/sys/kernel/ostype", "other" }),
	.body = body,
};
