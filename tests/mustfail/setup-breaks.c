// SPDX-License-Identifier: GPL-2.0-or-later
/* The set-up cannot get what it needs. */
/* owes: 3 setup-breaks.c:[0-9]*.*madvise */
#include <sys/mman.h>

#include "hugefault.h"

static void setup(struct hf_run *run)
{
	hf_safe_madvise(run, (void *)1, 1, MADV_DONTNEED);
}

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_begin(t);
		hf_end(t, 1);
	}
}

const struct hf_bench hf_bench = {
	.name = "setup-breaks",
	.summary = "a set-up whose system call fails",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "setup-breaks", "shows that a failed set-up is told with file, line and call"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS({ "empty_ns", "ns", HF_LOWER, HF_TIMED, "an empty timed region", false }),
	.setup = setup,
	.body = body,
};
