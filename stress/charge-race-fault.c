// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Under a limit of the actors' own memory cgroup (memory.max), another one in each episode, all fault in the same few huge pages, give them back, collapse what came as base pages, and have children that
 * copy on write; one takes the limit away. A huge page that may not be charged becomes base pages; a fault or collapse that loses its race frees a page that is charged already.
 * A limit always leaves as much room beside whole huge pages as base pages can want (ROOM), so nobody is killed; for the same reason it is never lowered while actors are at work (memory_max_write()).
 * Laws: a page holds what was stored, a fresh one is zero; no more is charged than the limit; with nothing going on no more is charged than between other episodes, and in the end memory.stat knows of no huge
 * page.
 */
#include <errno.h>
#include <limits.h>
#include <linux/mman.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, REFUSED, UNKNOWN };

#define UNITS 4
#define ROOM (3u << 19)	 /* less than a huge page of 2 MiB: what is left of it no huge page can take */
#define SLACK (1u << 20) /* kernel memory that children and faults leave behind */
#define UNLIMITED_OF_FOUR 1
#define DRAINS 50
#define TRIES 150
#define NAP_NS 20000000

static struct hf_map map;
static char group[PATH_MAX];
static uint64_t idle, limit; /* charged between episodes, at least; in this episode, UINT64_MAX: none */

static unsigned int units(const struct hf_run *run)
{
	(void)run;
	return UNITS;
}

static char *page_of(const struct hf_run *run, const struct hf_step *step)
{
	return map.p + step->unit * run->page;
}

static void set_limit(struct hf_task *t, uint64_t bytes)
{
	int err = hf_cgroup_memory_limit(group, bytes);

	hf_law(t, HF_LAW_ERROR, !err, "memory.max cannot be set: errno %d", -err);
}

static uint64_t charged(struct hf_run *run)
{
	uint64_t bytes = 0;
	int err = hf_cgroup_memory(group, &bytes);

	if (err)
		hf_broken(run, "the charge of %s cannot be read: errno %d", group, -err);
	return bytes;
}

/* What is charged when all processors have given back what they had in advance. */
static uint64_t drained(struct hf_run *run)
{
	int err = hf_cgroup_memory_drain(group);

	if (err)
		hf_broken(run, "memory.high of %s cannot be written: errno %d", group, -err);
	return charged(run);
}

static unsigned int lift(struct hf_task *t, const struct hf_step *step)
{
	(void)step;
	limit = UINT64_MAX;
	set_limit(t, limit);
	return OK;
}

static unsigned int write_page(struct hf_task *t, const struct hf_step *step)
{
	hf_content_store(t, page_of(t->run, step), step->unit);
	return OK;
}

static unsigned int look(struct hf_task *t, const struct hf_step *step)
{
	hf_content_lines(t, page_of(t->run, step), step->unit);
	return OK;
}

static unsigned int zap(struct hf_task *t, const struct hf_step *step)
{
	hf_map_zap(t->run, &map, step->unit * t->run->page, t->run->page);
	return OK;
}

static unsigned int collapse(struct hf_task *t, const struct hf_step *step)
{
	int err = madvise(page_of(t->run, step), t->run->page, MADV_COLLAPSE) ? errno : 0;

	if (err == EINVAL) /* before 6.1, or nothing there */
		return UNKNOWN;
	hf_law(t, HF_LAW_ERROR, !err || err == ENOMEM || err == EBUSY || err == EAGAIN, "MADV_COLLAPSE: errno %d", err);
	return err ? REFUSED : OK;
}

/* A child's store copies one base page of the huge one; its charge is the child's group's, which is the same. */
static unsigned int fork_child(struct hf_task *t, const struct hf_step *step)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return REFUSED;
	if (pid == 0) {
		write_page(t, step);
		look(t, step);
		_exit(0);
	}
	write_page(t, step);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	hf_law(t, HF_LAW_CONTENT, !WIFSIGNALED(status), "a forked child was killed by signal %d", WTERMSIG(status));
	return OK;
}

static void begin(struct hf_task *t)
{
	uint64_t before = drained(t->run), bits = hf_rand_next(&t->rand);

	if (!idle || before < idle) /* the least that was seen: what is given back late is none of a huge page's room */
		idle = before;
	limit = bits % 4 < UNLIMITED_OF_FOUR ? UINT64_MAX : idle + ROOM + bits / 4 % (UNITS / 2) * t->run->page;
	set_limit(t, limit);
}

static void quiet(struct hf_task *t)
{
	struct hf_run *run = t->run;
	uint64_t now = charged(run);

	hf_law(t, HF_LAW_CGROUP, limit == UINT64_MAX || now <= limit + SLACK, "%llu bytes are charged, and %llu are the limit", (unsigned long long)now, (unsigned long long)limit);
	set_limit(t, UINT64_MAX);
	hf_map_zap(run, &map, 0, map.len);
	now = drained(run);
	for (int i = 0; i < DRAINS && now > idle + SLACK; i++) { /* other processors give back later, and so does RCU */
		nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
		now = drained(run);
	}
	hf_law(t, HF_LAW_CGROUP, now <= idle + SLACK, "%llu bytes are charged with no page left, and once it was %llu", (unsigned long long)now, (unsigned long long)idle);
}

/* memory.stat lags by seconds (mem_cgroup_flush_stats()). */
static void check(struct hf_run *run)
{
	const char *key = hf_param_is(run, "backing", "shmem") ? "shmem_thp " : "anon_thp ";
	uint64_t huge = 0;

	for (int i = 0; i < TRIES && hf_cgroup_memory_stat(group, key, &huge) == 0 && huge; i++)
		nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
	hf_law(&run->task[0], HF_LAW_CGROUP, !huge, "memory.stat says that %llu bytes of huge pages are left, and there are none", (unsigned long long)huge);
}

static size_t memory(const struct hf_run *run)
{
	return 2 * UNITS * run->page;
}

static void setup(struct hf_run *run)
{
	const char *last;
	int err = hf_cgroup_own(group, sizeof(group));

	last = err ? NULL : strrchr(group, '/');
	if (!last || strcmp(last, "/hugefault") != 0 || hf_cgroup_memory_limit(group, UINT64_MAX))
		hf_skip(run, "no memory cgroup (v2) of our own: the memory controller is not there, not in cgroup.controllers, or its limit cannot be changed");
	map = hf_map_new(run, UNITS * run->page, HF_PRIVATE);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "lift", 1, 1, lift, "ok", HF_SIGBUS_NEVER }, { "write", 8, 0, write_page, "ok", HF_SIGBUS_NEVER }, { "look", 2, 0, look, "ok", HF_SIGBUS_NEVER },
		      { "zap", 5, 0, zap, "ok", HF_SIGBUS_NEVER }, { "collapse", 4, 0, collapse, "ok|refused|unknown", HF_SIGBUS_NEVER },
		      { "fork", 2, 3, fork_child, "ok|refused", HF_SIGBUS_NEVER }), /* not of all actors: children need room */
	.steps = 6,
	.units = units,
	.scan = 50000,
	.begin = begin,
	.quiet = quiet,
	.patience_s = 20,
};

const struct hf_bench hf_bench = {
	.name = "charge-race-fault",
	.summary = "huge pages are faulted in, collapsed, copied and given back under a limit of the memory cgroup: what is charged is what there is",
	.paths = HF_LIST("do_huge_pmd_anonymous_page", "__mem_cgroup_charge", "try_charge_memcg", "collapse_huge_page", "alloc_charge_folio", "wp_page_copy", "uncharge_folio", "page_counter_try_charge"),
	.origin = HF_ORIGIN("hugefault", "charge-race-fault", "what limit-race-fault does for the hugetlb cgroup"),
	.mem = &hf_mem_thp,
	.params = HF_PARAMS({ "backing", HF_CHOICE, "anon", "anon|shmem", NULL, "private anonymous or shared memory", "anon,shmem", NULL }),
	.metrics = HF_METRICS(HF_STRESS_METRICS, { "fallback_charge", "1", HF_INFO, HF_VMSTAT("thp_fault_fallback_charge"), "faults of anonymous memory that got base pages as a huge one could not be charged, per episode", false }),
	.memcg = true,
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
