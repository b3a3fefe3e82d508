// SPDX-License-Identifier: GPL-2.0-or-later
/* Each round owes one SIGBUS, and none comes: more pages were had than there are. */
/* owes: 1 SIGBUS that were due did not come */
#include "hugefault.h"

static void act(struct hf_task *t)
{
	(void)t;
}

static void body(struct hf_task *t)
{
	hf_race(t, &(struct hf_race){ .act = act, .reset = act, .sigbus_due = 1, .may_sigbus = 3 });
}

const struct hf_bench hf_bench = {
	.name = "race-no-sigbus",
	.summary = "a race in which a SIGBUS is due and does not come",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "race-no-sigbus", "shows that a missing SIGBUS is told"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS(HF_RACE_METRICS),
	.needs = { .cpus = 2 },
	.modes = HF_BOTH,
	.tasks = 2,
	.faults = HF_FAULTS_ANY,
	.body = body,
};
