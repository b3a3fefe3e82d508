// SPDX-License-Identifier: GPL-2.0-or-later
/* The measured process dies of SIGSEGV in the middle of measuring. */
/* owes: 3 killed by SIGSEGV */
#include "hugefault.h"

static void body(struct hf_task *t)
{
	volatile char *volatile nowhere = (volatile char *)16;

	while (hf_running(t)) {
		hf_begin(t);
		*nowhere = 1;
		hf_end(t, 1);
	}
}

const struct hf_bench hf_bench = {
	.name = "body-crashes",
	.summary = "a body that writes where nothing is mapped",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "body-crashes", "shows that a dead child is told"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS({ "write_ns", "ns", HF_LOWER, HF_TIMED, "one write", false }),
	.body = body,
};
