// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Actors instantiate more pages than the quota of their hugetlbfs allows: by stores, loads, MADV_POPULATE_WRITE and fallocate, in a shared and a private mapping, nothing reserved.
 * Nothing is given back during an episode. So whoever was refused was refused rightly only if the quota is full in the end, and as many pages as the quota has, or as were asked for, are there.
 * pool=short: the pages are those of the common pool, one fewer than the quota, so that an allocation also fails behind the quota, which has to be given back.
 * Laws: SIGBUS, EFAULT and ENOSPC when and only when due (pool=short: that cannot be told); the quota in use is the number of pages there are, and zero when they are gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, REFUSED, UNKNOWN };
enum { WRITE, READ, POPULATE, ALLOCATE };

#define UNITS 4
#define QUOTA 2

static struct hf_map map;
static int mount = -1;
static bool shared, is_short;

static unsigned int units(const struct hf_run *run)
{
	(void)run;
	return UNITS;
}

static char *page_of(const struct hf_run *run, const struct hf_step *step)
{
	/* not all on the one unit that the engine likes best: then there would be no more than the quota */
	return map.p + (step->unit + step->arg % 2 + step->arg / 2 % 2) % UNITS * run->page;
}

static unsigned int write_page(struct hf_task *t, const struct hf_step *step)
{
	hf_touch(page_of(t->run, step));
	return OK;
}

static unsigned int read_page(struct hf_task *t, const struct hf_step *step)
{
	hf_peek(page_of(t->run, step));
	return OK;
}

static unsigned int populate(struct hf_task *t, const struct hf_step *step)
{
	int err = madvise(page_of(t->run, step), t->run->page, MADV_POPULATE_WRITE) ? errno : 0;

	if (err == EINVAL) /* before 5.14 */
		return UNKNOWN;
	hf_law(t, HF_LAW_ERROR, !err || err == EFAULT || err == EINTR, "MADV_POPULATE_WRITE: errno %d", err);
	return err ? REFUSED : OK;
}

static unsigned int allocate(struct hf_task *t, const struct hf_step *step)
{
	int err;

	if (!shared) /* a page of the file is none of a private mapping's */
		return write_page(t, step);
	err = fallocate(map.fd, 0, page_of(t->run, step) - map.p, (off_t)t->run->page) ? errno : 0;
	hf_law(t, HF_LAW_ERROR, !err || err == ENOSPC, "fallocate: errno %d", err);
	return err ? REFUSED : OK;
}

static void quiet(struct hf_task *t)
{
	struct hf_run *run = t->run;
	unsigned int refused = hf_stress_count(run, -1, -1, REFUSED) + hf_stress_count(run, -1, -1, HF_OUTCOME_SIGBUS), done = hf_stress_count(run, -1, -1, OK);
	int64_t used = 0;

	if (hf_quota_used(mount, &used))
		hf_broken(run, "statfs: %m");
	hf_law(t, HF_LAW_QUOTA, used >= 0 && used <= QUOTA, "%lld pages of a quota of %d are in use", (long long)used, QUOTA);
	hf_law(t, HF_LAW_SIGBUS, !refused || is_short || used == QUOTA, "%u were refused a page, and %lld of %d are in use", refused, (long long)used, QUOTA);
	hf_law(t, HF_LAW_QUOTA, !done == !used, "%u got a page, and %lld are in use", done, (long long)used);
	hf_map_zap(run, &map, 0, map.len);
	if (hf_quota_used(mount, &used) == 0)
		hf_law(t, HF_LAW_QUOTA, used == 0, "%lld pages of the quota are in use when all are given back", (long long)used);
}

static size_t memory(const struct hf_run *run)
{
	return (hf_param_is(run, "pool", "short") ? QUOTA - 1 : QUOTA) * run->page;
}

static void setup(struct hf_run *run)
{
	shared = hf_param_is(run, "sharing", "shared");
	if (run->processes && !shared)
		hf_skip(run, "a private mapping is raced for by threads only: each process has its own copy");
	is_short = hf_param_is(run, "pool", "short");
	mount = hf_map_mount(run, QUOTA, is_short ? 0 : QUOTA);
	if (!shared && !is_short && !hf_map_serves_private(run, mount))
		hf_skip(run, "this kernel keeps the pages of a private pool from private mappings without a reservation");
	map = hf_map_in(run, mount, UNITS * run->page, (shared ? HF_SHARED : HF_PRIVATE) | HF_NORESERVE);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
	close(mount);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "write", 6, 0, write_page, "ok", HF_SIGBUS_MAY }, { "read", 1, 0, read_page, "ok", HF_SIGBUS_MAY },
		      { "populate", 2, 0, populate, "ok|refused|unknown", HF_SIGBUS_MAY }, { "allocate", 2, 0, allocate, "ok|refused", HF_SIGBUS_MAY }),
	.steps = 3,
	.units = units,
	.scan = 20000,
	.quiet = quiet,
};

const struct hf_bench hf_bench = {
	.name = "fault-race-quota",
	.summary = "actors instantiate more pages than the quota of a hugetlbfs allows: refused when and only when it is full",
	.paths = HF_LIST("hugetlb_no_page", "alloc_hugetlb_folio", "hugepage_subpool_get_pages", "hugepage_subpool_put_pages", "hugetlbfs_fallocate"),
	.origin = HF_ORIGIN("libhugetlbfs", "quota.sh, fallocate_basic", "the quota fought for by racing actors, and its count checked after every fight"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "sharing", HF_CHOICE, "shared", "private|shared", NULL, "kind of mapping", "private,shared", NULL },
			    { "pool", HF_CHOICE, "own", "own|short", NULL, "own: the mount has all pages of its quota; short: it has none, and the common pool one fewer, which 6.18 gets wrong (docs/findings.md)", "own",
			      "own,short" },
			    HF_HUGETLB_PARAMS_PAGES("2M,1G")),
	.metrics = HF_METRICS(HF_STRESS_METRICS),
	.settings = HF_SETTINGS({ "/proc/sys/vm/nr_overcommit_hugepages", "0" }),
	.modes = HF_BOTH,
	.all_cpus = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = hf_stress_body,
	.teardown = teardown,
	.stress = &race,
};
