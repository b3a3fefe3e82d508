// SPDX-License-Identifier: GPL-2.0-or-later
/* The measured process never comes back: --timeout ends it. */
/* owes: 3 no end after */
/* args: --timeout=2 */
#include <unistd.h>

#include "hugefault.h"

static void body(struct hf_task *t)
{
	while (hf_running(t))
		pause();
}

const struct hf_bench hf_bench = {
	.name = "body-hangs",
	.summary = "a body that waits for ever",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "body-hangs", "shows that a hanging child is ended and told"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS({ "wait_ns", "ns", HF_LOWER, HF_TIMED, "one wait", false }),
	.body = body,
};
