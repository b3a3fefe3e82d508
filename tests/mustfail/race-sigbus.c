// SPDX-License-Identifier: GPL-2.0-or-later
/* Racers write behind the end of a file: each gets a SIGBUS that no round owes. That is what a broken hugetlb fault path looks like. */
/* owes: 1 SIGBUS that were not due */
#include <sys/mman.h>
#include <unistd.h>

#include "hugefault.h"

static char *page;

static void act(struct hf_task *t)
{
	(void)t;
	hf_touch(page);
}

static void reset(struct hf_task *t)
{
	(void)t;
}

static void setup(struct hf_run *run)
{
	int fd = memfd_create("race-sigbus", MFD_CLOEXEC);

	if (fd < 0)
		hf_broken(run, "memfd_create: %m");
	page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		hf_broken(run, "mmap: %m");
}

static void body(struct hf_task *t)
{
	hf_race(t, &(struct hf_race){ .act = act, .reset = reset });
}

const struct hf_bench hf_bench = {
	.name = "race-sigbus",
	.summary = "a race in which everybody gets SIGBUS",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "race-sigbus", "shows that a spurious SIGBUS is told"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS(HF_RACE_METRICS),
	.needs = { .cpus = 2 },
	.modes = HF_BOTH,
	.tasks = 2,
	.faults = HF_FAULTS_ANY,
	.setup = setup,
	.body = body,
};
