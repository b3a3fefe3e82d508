// SPDX-License-Identifier: GPL-2.0-or-later
/* A law does not hold after measuring: the kernel is suspect. One op is nothing. */
/* owes: 1 law broken: 1 is not 2 */
#include "hugefault.h"

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_begin(t);
		hf_end(t, 1);
	}
}

static void check(struct hf_run *run)
{
	hf_fail(run, "law broken: %d is not %d", 1, 2);
}

const struct hf_bench hf_bench = {
	.name = "check-fails",
	.summary = "a check that fails",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "check-fails", "shows that a failed check is told"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS({ "empty_ns", "ns", HF_LOWER, HF_TIMED, "an empty timed region", false }),
	.body = body,
	.check = check,
};
