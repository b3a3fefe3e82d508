// SPDX-License-Identifier: GPL-2.0-or-later
/* A timed region of at least 100 us by CLOCK_MONOTONIC: the clock must not say less (tests/cli/clock.sh looks at the record). */
/* owes: 0 sleep_ns */
#include <time.h>

#include "hugefault.h"

static void body(struct hf_task *t)
{
	const struct timespec nap = { .tv_nsec = 100000 };

	while (hf_running(t)) {
		hf_begin(t);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
		hf_end(t, 1);
	}
}

const struct hf_bench hf_bench = {
	.name = "times-sleep",
	.summary = "a timed sleep of 100 us",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "times-sleep", "shows that the clock does not run slow"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS({ "sleep_ns", "ns", HF_LOWER, HF_TIMED, "one clock_nanosleep() of 100 us", false }),
	.faults = HF_FAULTS_ANY, /* of the first call of a library function */
	.body = body,
};
