// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One actor changes the limits of its hugetlb cgroup (hugetlb.SIZE.max, .rsvd.max) while all fault pages in, by stores, MADV_POPULATE_WRITE and fallocate, reserve some of their own, and give pages back.
 * Laws: whoever is refused a page is refused by a limit, and the group has counted it (hugetlb.SIZE.events); nobody is when the limits have room for all; the charge never exceeds a limit that was
 * accepted, but by what is just being refused; with nothing going on the group is charged for the pages there are and for no other, and in the end for none.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, REFUSED, UNKNOWN };
enum { POPULATE = 2, ALLOCATE = 3 };

#define UNITS 4
#define OWN_MOST 2 /* pages that an actor reserves for itself */

static struct hf_map map, own[HF_ACTORS_MAX];
static int mount = -1;
static char group[PATH_MAX];
static uint64_t limit[2], lowest, refused_before; /* task 0's: pages; reserved or not */

static unsigned int units(const struct hf_run *run)
{
	(void)run;
	return UNITS;
}

/* Of the file, and of each actor one that is being freed. */
static uint64_t pages(const struct hf_run *run)
{
	return UNITS + run->tasks;
}

/* Those and the actors' own: so many can be charged at once. */
static uint64_t demand(const struct hf_run *run)
{
	return pages(run) + OWN_MOST * run->tasks;
}

static char *page_of(const struct hf_run *run, const struct hf_step *step)
{
	return map.p + (step->unit + step->arg % 2 + step->arg / 2 % 2) % UNITS * run->page;
}

static uint64_t charged(struct hf_task *t, bool reserved)
{
	struct hf_cgroup_charge charge = { 0, 0 };
	int err = hf_cgroup_charge(group, t->run->page, &charge);

	if (err)
		hf_broken(t->run, "the charge of %s cannot be read: errno %d", group, -err);
	return (reserved ? charge.reserved : charge.current) / t->run->page;
}

static unsigned int set_limit(struct hf_task *t, const struct hf_step *step)
{
	bool reserved = step->arg & 4;
	uint64_t most = step->arg & 24 ? (step->arg >> 8) % UNITS : demand(t->run), now;
	int err;

	if (most < lowest) /* one that is not accepted may be in force for a moment (page_counter_set_max()) */
		lowest = most;
	err = hf_cgroup_limit(group, t->run->page, reserved, most * t->run->page);
	hf_law(t, HF_LAW_ERROR, !err || err == -EBUSY, "the limit of a hugetlb cgroup cannot be set: errno %d", -err);
	if (err)
		return REFUSED;
	limit[reserved] = most;
	now = charged(t, reserved);
	/* page_counter_try_charge() adds before it looks */
	hf_law(t, HF_LAW_CGROUP, now <= most + OWN_MOST * t->run->tasks, "%llu pages are charged%s, where %llu are the limit", (unsigned long long)now, reserved ? " as reserved" : "",
	       (unsigned long long)most);
	return OK;
}

static unsigned int write_page(struct hf_task *t, const struct hf_step *step)
{
	hf_touch(page_of(t->run, step));
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
	int err = fallocate(map.fd, 0, page_of(t->run, step) - map.p, (off_t)t->run->page) ? errno : 0;

	hf_law(t, HF_LAW_ERROR, !err || err == ENOSPC || err == ENOMEM, "fallocate: errno %d", err);
	return err ? REFUSED : OK;
}

static unsigned int punch(struct hf_task *t, const struct hf_step *step)
{
	int err = fallocate(map.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, page_of(t->run, step) - map.p, (off_t)t->run->page) ? errno : 0;

	hf_law(t, HF_LAW_ERROR, !err, "a hole cannot be punched: errno %d", err);
	return err ? REFUSED : OK;
}

/* Pages of a private mapping: refused when it is made, by the limit of reservations, or when they are touched, by the other. What is left of it goes in undo(). */
static unsigned int reserve(struct hf_task *t, const struct hf_step *step)
{
	struct hf_map *m = &own[t->index];

	hf_map_free(t->run, m);
	if (hf_map_huge(t->run, (1 + step->arg % OWN_MOST) * t->run->page, m)) {
		*m = (struct hf_map){ .p = NULL };
		return REFUSED;
	}
	for (size_t at = 0; at < m->len; at += t->run->page)
		hf_touch(m->p + at);
	if (step->arg & 4)
		hf_map_free(t->run, m);
	return OK;
}

static void begin(struct hf_task *t)
{
	lowest = limit[0] < limit[1] ? limit[0] : limit[1];
	if (hf_cgroup_refused(group, t->run->page, &refused_before))
		refused_before = UINT64_MAX;
}

static void undo(struct hf_task *t)
{
	hf_map_free(t->run, &own[t->index]);
}

static void quiet(struct hf_task *t)
{
	struct hf_run *run = t->run;
	/* a refused mapping may also be the machine's pool having none to promise, with neighbours */
	unsigned int refused = hf_stress_count(run, -1, -1, HF_OUTCOME_SIGBUS) + hf_stress_count(run, POPULATE, -1, REFUSED) + hf_stress_count(run, ALLOCATE, -1, REFUSED);
	uint64_t now = 0;
	int64_t used;

	if (refused_before != UINT64_MAX && hf_cgroup_refused(group, run->page, &now) == 0)
		hf_law(t, HF_LAW_SIGBUS, refused <= now - refused_before, "%u were refused a page, and the group has refused %llu times", refused, (unsigned long long)(now - refused_before));
	hf_law(t, HF_LAW_SIGBUS, !refused || lowest < demand(run), "%u were refused a page, and the limits had room for all %llu", refused, (unsigned long long)demand(run));
	if (hf_quota_used(mount, &used))
		hf_broken(run, "statfs: %m");
	for (int reserved = 0; reserved < 2; reserved++) {
		now = charged(t, reserved);
		hf_law(t, HF_LAW_CGROUP, now == (uint64_t)used, "%llu pages are charged%s, and there are %lld", (unsigned long long)now, reserved ? " as reserved" : "", (long long)used);
		hf_law(t, HF_LAW_CGROUP, now <= limit[reserved], "%llu pages are charged%s, and %llu are the limit", (unsigned long long)now, reserved ? " as reserved" : "",
		       (unsigned long long)limit[reserved]);
	}
	if (hf_rand_below(&t->rand, 2)) /* else the next episode begins with what is there */
		hf_map_zap(run, &map, 0, map.len);
}

static size_t memory(const struct hf_run *run)
{
	return (size_t)demand(run) * run->page;
}

static void setup(struct hf_run *run)
{
	const char *last;
	int err = hf_cgroup_own(group, sizeof(group));

	last = err ? NULL : strrchr(group, '/');
	if (!last || strcmp(last, "/hugefault") != 0 || access(group, W_OK))
		hf_skip(run, "no hugetlb cgroup (v2) of our own whose limits could be changed");
	for (int reserved = 0; reserved < 2; reserved++) {
		limit[reserved] = demand(run);
		err = hf_cgroup_limit(group, run->page, reserved, limit[reserved] * run->page);
		if (err)
			hf_skip(run, "this kernel has no limits of hugetlb cgroups: errno %d", -err);
	}
	mount = hf_map_mount(run, pages(run), hf_param_is(run, "pool", "own") ? pages(run) : 0);
	map = hf_map_in(run, mount, UNITS * run->page, HF_SHARED | HF_NORESERVE);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
	close(mount);
	for (int reserved = 0; reserved < 2; reserved++)
		hf_cgroup_limit(group, run->page, reserved, UINT64_MAX);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "limit", 6, 1, set_limit, "ok|refused", HF_SIGBUS_NEVER }, { "write", 8, 0, write_page, "ok", HF_SIGBUS_MAY },
		      { "populate", 2, 0, populate, "ok|refused|unknown", HF_SIGBUS_MAY }, { "allocate", 2, 0, allocate, "ok|refused", HF_SIGBUS_MAY },
		      { "punch", 4, 0, punch, "ok|refused", HF_SIGBUS_NEVER }, { "reserve", 3, 0, reserve, "ok|refused", HF_SIGBUS_MAY }),
	.steps = 4,
	.units = units,
	.scan = 50000,
	.begin = begin,
	.undo = undo,
	.quiet = quiet,
};

const struct hf_bench hf_bench = {
	.name = "limit-race-fault",
	.summary = "limits of the hugetlb cgroup change while pages are faulted in, reserved and given back: refused by a limit and by nothing else",
	.paths = HF_LIST("hugetlb_cgroup_charge_cgroup", "hugetlb_cgroup_commit_charge", "hugetlb_cgroup_uncharge_folio", "hugetlb_cgroup_uncharge_file_region", "page_counter_set_max", "alloc_hugetlb_folio"),
	.origin = HF_ORIGIN("selftests/mm", "charge_reserved_hugetlb.sh", "limits that move during the faults, and the charge checked page by page after every episode"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "pool", HF_CHOICE, "own", "own|machine", NULL, "whose pages the file gets: those of its mount (min_size=), or the machine's, within the quota, which fails since 6.16", NULL, NULL },
			    HF_HUGETLB_PARAMS),
	.metrics = HF_METRICS(HF_STRESS_METRICS),
	.modes = HF_BOTH,
	.all_cpus = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = hf_stress_body,
	.teardown = teardown,
	.stress = &race,
};
