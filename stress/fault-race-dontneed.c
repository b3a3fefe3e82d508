// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads fault pages of a private mapping in while others give them back with MADV_DONTNEED. The private pool has exactly as many pages as the mapping, all of them reserved: who faults must wait for the
 * page that another is just giving up.
 * Laws: no SIGBUS; a thread's line of a page is what it stored in this episode, or zero; the quota is what the mapping is owed before each episode, and all back when it is unmapped.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, REFUSED };

#define UNITS 2

static struct hf_map map;
static int mount = -1;

static unsigned int units(const struct hf_run *run)
{
	(void)run;
	return UNITS;
}

static unsigned int write_page(struct hf_task *t, const struct hf_step *step)
{
	char *p = map.p + step->unit * t->run->page;

	hf_content_store(t, p, step->unit);
	hf_content_lines(t, p, step->unit);
	return OK;
}

static unsigned int read_page(struct hf_task *t, const struct hf_step *step)
{
	hf_content_lines(t, map.p + step->unit * t->run->page, step->unit);
	return OK;
}

static unsigned int dontneed(struct hf_task *t, const struct hf_step *step)
{
	int err = madvise(map.p + step->unit * t->run->page, t->run->page, MADV_DONTNEED) ? errno : 0;

	hf_law(t, HF_LAW_ERROR, !err || err == EINVAL, "MADV_DONTNEED: errno %d", err); /* EINVAL: hugetlb before 5.18 */
	return err ? REFUSED : OK;
}

static void owed(struct hf_task *t, int64_t pages, const char *when)
{
	int64_t used;

	if (hf_quota_used(mount, &used) == 0)
		hf_law(t, HF_LAW_RESERVATION, used == pages, "%lld pages of the quota are in use or promised %s, where %lld are owed", (long long)used, when, (long long)pages);
}

static void quiet(struct hf_task *t)
{
	hf_map_reserve(t->run, &map); /* unmapped, and mapped again in the same place */
	owed(t, UNITS, "when all of it is mapped anew");
}

static size_t memory(const struct hf_run *run)
{
	return UNITS * run->page;
}

static void setup(struct hf_run *run)
{
	mount = hf_map_mount(run, UNITS, UNITS);
	map = hf_map_in(run, mount, UNITS * run->page, HF_PRIVATE);
}

static void check(struct hf_run *run)
{
	char *p = map.p;

	if (munmap(p, map.len))
		hf_broken(run, "munmap: %m");
	owed(&run->task[0], 0, "when all of it is unmapped");
	map.p = NULL;
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
	close(mount);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "write", 4, 0, write_page, "ok", HF_SIGBUS_NEVER }, { "read", 1, 0, read_page, "ok", HF_SIGBUS_NEVER },
		      { "dontneed", 3, 0, dontneed, "ok|refused", HF_SIGBUS_NEVER }),
	.steps = 8,
	.units = units,
	.scan = 20000,
	.quiet = quiet,
};

const struct hf_bench hf_bench = {
	.name = "fault-race-dontneed",
	.summary = "threads fault in what others give back with MADV_DONTNEED, with no page to spare: no SIGBUS, no reservation lost",
	.paths = HF_LIST("hugetlb_fault", "hugetlb_no_page", "hugetlb_wp", "zap_page_range_single", "hugetlb_zap_begin", "__unmap_hugepage_range", "restore_reserve_on_error"),
	.origin = HF_ORIGIN("selftests/mm", "hugetlb_fault_after_madv", "two pages and any number of threads, in a pool of our own that neighbours cannot disturb"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS(HF_HUGETLB_PARAMS_PAGES("2M,1G")),
	.metrics = HF_METRICS(HF_STRESS_METRICS),
	.modes = HF_THREADS,
	.all_cpus = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = hf_stress_body,
	.check = check,
	.teardown = teardown,
	.stress = &race,
};
