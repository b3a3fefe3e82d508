// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads write to pages that a forked child shares, and the child writes to them too, all at once; the private pool has the parent's pages and as many more as "spare" says.
 * When there is no page left for the copy, the parent, who had reserved, takes it from the child, and the child gets SIGBUS when it comes back to it (unmap_ref_private()). The parent never does.
 * In one episode of four the child begins when the parent has unmapped all. With legacy=pool that is a page of the common pool, too: its reservation is used up, and unmapping what the child still has must not
 * give it back.
 * Laws: no SIGBUS for the parent; for the child only when pages are short; each sees what was there when it forked, in every base page, and of what came later only its own; the quota is back afterwards.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK };
enum { CHILD_FINE, CHILD_SAW_PARENT, CHILD_SAW_OTHER };

#define UNITS 2
#define LINE 64
#define CHILD (HF_ACTORS_MAX * LINE) /* the child's line */
#define PAST (CHILD + LINE)	     /* what was there when it forked; the base pages after the first are stamped */
#define BASE ((size_t)4096)
#define HEIR_ONE_IN 4

static struct hf_map map, common; /* the latter: of the common pool, whose count shows what the mount's own reserve hides */
static int mount = -1;
static pid_t child;
static _Atomic int *go; /* shared: the child may begin */
static bool is_short;	/* a child, which has reserved nothing, may find no page */

static unsigned int units(const struct hf_run *run)
{
	(void)run;
	return UNITS;
}

static char mark(const struct hf_run *run)
{
	return (char)(1 + hf_stress_episode(run) % 100);
}

/* Whether the child begins when the parent has unmapped all. */
static bool is_heir(const struct hf_run *run)
{
	return hf_stress_episode(run) % HEIR_ONE_IN == HEIR_ONE_IN - 1;
}

static void let_child_go(const struct hf_run *run)
{
	if (!is_heir(run))
		atomic_store_explicit(go, 1, memory_order_relaxed);
}

static struct hf_stamp stamp(const struct hf_run *run, unsigned int unit)
{
	return (struct hf_stamp){ 0, unit, hf_stress_episode(run) };
}

/* In the child: writes to every page, then looks whether it still has the past and nothing of the parent's. */
static void be_child(struct hf_task *t)
{
	struct hf_run *run = t->run;

	signal(SIGBUS, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!atomic_load(go)) /* not spinning: it may be on the CPU of who is to release it */
		nanosleep(&(struct timespec){ .tv_nsec = 5000 }, NULL);
	for (unsigned int u = 0; u < UNITS; u++)
		map.p[(u + hf_stress_episode(run)) % UNITS * run->page + CHILD] = mark(run);
	for (unsigned int u = 0; u < UNITS; u++) {
		const volatile char *p = map.p + u * run->page;
		struct hf_stamp past = stamp(run, u);

		for (unsigned int i = 0; i < run->tasks; i++)
			if (p[i * LINE])
				_exit(CHILD_SAW_PARENT);
		if (p[PAST] != mark(run) || p[CHILD] != mark(run) || hf_content_match(map.p + u * run->page + BASE, run->page - BASE, &past))
			_exit(CHILD_SAW_OTHER);
	}
	_exit(CHILD_FINE);
}

/* Reserved at all times, so that no child finds it free. */
static void keep_common(struct hf_run *run)
{
	if (hf_param_is(run, "legacy", "pool") && hf_map_huge(run, run->page, &common))
		common = (struct hf_map){ .p = NULL }; /* somebody else was faster */
}

static void begin(struct hf_task *t)
{
	struct hf_run *run = t->run;

	for (unsigned int u = 0; u < UNITS; u++) {
		char *p = map.p + u * run->page;
		struct hf_stamp past = stamp(run, u);
		bool got = hf_stress_poke(p + PAST, mark(run));

		hf_law(t, HF_LAW_SIGBUS, got, "the parent got SIGBUS in a reserved page before it forked");
		if (got && hf_content_fresh(t, p + BASE, run->page - BASE))
			hf_content_write(p + BASE, run->page - BASE, &past);
	}
	if (is_heir(run) && common.p)
		hf_law(t, HF_LAW_SIGBUS, hf_stress_poke(common.p, 1), "the parent got SIGBUS in a reserved page of the common pool");
	atomic_store(go, 0);
	child = fork();
	if (child < 0)
		hf_broken(run, "fork: %m");
	if (child == 0)
		be_child(t);
}

static unsigned int write_page(struct hf_task *t, const struct hf_step *step)
{
	volatile char *p = map.p + step->unit * t->run->page;

	let_child_go(t->run);
	p[t->index * LINE] = mark(t->run);
	hf_law(t, HF_LAW_CONTENT, p[t->index * LINE] == mark(t->run), "the parent's store is gone");
	return OK;
}

static unsigned int read_page(struct hf_task *t, const struct hf_step *step)
{
	const volatile char *p = map.p + step->unit * t->run->page;
	char past = p[PAST], childs = p[CHILD];

	let_child_go(t->run);
	hf_law(t, HF_LAW_CONTENT, past == mark(t->run), "the parent has lost what it wrote before it forked: %d, not %d", past, mark(t->run));
	hf_law(t, HF_LAW_CONTENT, !childs, "the parent sees the child's store: %d", childs);
	return OK;
}

static void judge_child(struct hf_task *t)
{
	int status = 0;

	atomic_store(go, 1);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	hf_law(t, HF_LAW_SIGBUS, !WIFSIGNALED(status) || (WTERMSIG(status) == SIGBUS && is_short), "the child was killed by signal %d, and pages were %s", WTERMSIG(status),
	       is_short ? "short" : "there for it");
	if (WIFEXITED(status)) {
		hf_law(t, HF_LAW_CONTENT, WEXITSTATUS(status) != CHILD_SAW_PARENT, "the child sees the parent's store");
		hf_law(t, HF_LAW_CONTENT, WEXITSTATUS(status) != CHILD_SAW_OTHER, "the child has lost its own store or what was there when it forked");
	}
}

static void check_parent(struct hf_task *t)
{
	struct hf_run *run = t->run;

	for (unsigned int u = 0; u < UNITS; u++) {
		struct hf_stamp past = stamp(run, u);

		read_page(t, &(struct hf_step){ .unit = u });
		hf_content_check(t, map.p + u * run->page + BASE, run->page - BASE, &past);
	}
}

static void quiet(struct hf_task *t)
{
	struct hf_run *run = t->run;
	struct hf_pool pool;
	int64_t used;

	if (!is_heir(run))
		judge_child(t);
	check_parent(t);
	if (is_heir(run)) {
		if (munmap(map.p, map.len))
			hf_broken(run, "munmap: %m");
		hf_map_free(run, &common);
		if (hf_pool_read(run->page, -1, &pool) == 0)
			hf_law(t, HF_LAW_RESERVATION, pool.resv >= 0, "%lld pages are reserved when the parent has unmapped all and its child has not", (long long)pool.resv);
		judge_child(t);
		keep_common(run);
	}
	hf_map_reserve(run, &map);
	if (hf_quota_used(mount, &used) == 0)
		hf_law(t, HF_LAW_RESERVATION, used == UNITS, "%lld pages of the quota are in use or promised, where %d are owed", (long long)used, UNITS);
}

static size_t pages(const struct hf_run *run)
{
	return UNITS + (size_t)hf_param(run, "spare");
}

static size_t memory(const struct hf_run *run)
{
	return (pages(run) + hf_param_is(run, "legacy", "pool")) * run->page;
}

static void setup(struct hf_run *run)
{
	go = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (go == MAP_FAILED)
		hf_broken(run, "mmap: %m");
	mount = hf_map_mount(run, pages(run), pages(run));
	keep_common(run);
	is_short = hf_param(run, "spare") < UNITS || !hf_map_serves_private(run, mount);
	map = hf_map_in(run, mount, UNITS * run->page, HF_PRIVATE);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
	hf_map_free(run, &common);
	close(mount);
	munmap(go, 4096);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "write", 4, 0, write_page, "ok", HF_SIGBUS_NEVER }, { "read", 1, 0, read_page, "ok", HF_SIGBUS_NEVER }),
	.steps = 3,
	.units = units,
	.scan = 200000,
	.share = 2,
	.begin = begin,
	.quiet = quiet,
};

const struct hf_bench hf_bench = {
	.name = "cow-race-cow",
	.summary = "threads and their forked child write to the same huge pages at once, with pages for the copies short or not",
	.paths = HF_LIST("hugetlb_wp", "alloc_hugetlb_folio", "unmap_ref_private", "copy_hugetlb_page_range", "copy_user_large_folio", "hugetlb_unshare_pmds"),
	.origin = HF_ORIGIN("libhugetlbfs", "fork-cow, corrupt-by-cow-opt, mmap-cow", "parallel, and with the pool short, where the parent takes the page from the child"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "spare", HF_UINT, "0", "0", "16", "pages in the private pool beyond the parent's; two are enough for all copies", "0,1,2", NULL },
			    { "legacy", HF_CHOICE, "mount", "mount|pool", NULL, "whose pages a child has when its parent is gone: those of the mount, or one of the common pool, too, which 6.18 counts wrong (docs/findings.md)",
			      NULL, NULL },
			    HF_HUGETLB_PARAMS_PAGES("2M,1G")),
	.metrics = HF_METRICS(HF_STRESS_METRICS),
	.modes = HF_THREADS,
	.all_cpus = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = hf_stress_body,
	.teardown = teardown,
	.stress = &race,
};
