// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes map the same GiB of a hugetlb file at addresses that let them share the page table for it (huge_pmd_share()), and fault and store through it, while others stop sharing: by mprotect, by
 * unmapping, moving away, MADV_DONTNEED, holes, and vmsplice, which walks the table without a lock, and a child that maps the same. Two threads of one process fault on a new window at once.
 * Laws: a store through any of the tables is in the page that all see (a stale translation after a table was given up, a table that is reused too early, a page mapped twice); no SIGBUS, since the
 * private pool has pages to spare; when the file is empty, nothing of the quota is in use (a table that counts more sharers than it has is let go with its pages still mapped, huge_pmd_unshare()).
 * Tables that are lost show as memory, those freed twice in the kernel log.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, REFUSED };
enum { PUNCH = 2 };

#define UNITS 3
#define PARTS 4 /* base pages of each that are stored to */
#define WINDOW ((size_t)1 << 30)

static struct hf_map map; /* the file; the window is in place of its mapping */
static struct hf_words *lines;
static char *arena, *window, *aside; /* a place of a GiB that is aligned to it, and one that is not */
static int mount = -1;

static unsigned int units(const struct hf_run *run)
{
	(void)run;
	return UNITS;
}

/* Whether somebody takes the unit's page out of the file in this episode. */
static bool punched(const struct hf_run *run, unsigned int unit)
{
	return hf_stress_planned(run, PUNCH, (int)unit);
}

static unsigned int number(const struct hf_step *step)
{
	return step->unit * PARTS + (unsigned int)(step->arg >> 8) % PARTS;
}

/* Base page number @nr of those that are stored to. */
static char *at(const struct hf_run *run, unsigned int nr)
{
	return window + nr / PARTS * run->page + nr % PARTS * (run->page / PARTS);
}

static unsigned int write_page(struct hf_task *t, const struct hf_step *step)
{
	unsigned int nr = number(step);

	hf_word_store(t, lines, at(t->run, nr), nr);
	hf_word_own(t, lines, at(t->run, nr), nr, punched(t->run, step->unit));
	return OK;
}

static unsigned int read_page(struct hf_task *t, const struct hf_step *step)
{
	unsigned int nr = number(step);

	hf_word_own(t, lines, at(t->run, nr), nr, punched(t->run, step->unit));
	hf_word_all(t, lines, at(t->run, nr), nr);
	return OK;
}

static unsigned int punch(struct hf_task *t, const struct hf_step *step)
{
	int err = fallocate(map.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(step->unit * t->run->page), (off_t)t->run->page) ? errno : 0;

	hf_law(t, HF_LAW_ERROR, !err, "a hole cannot be punched: errno %d", err);
	return err ? REFUSED : OK;
}

static char *map_window(void *where)
{
	return mmap(where, WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | MAP_FIXED, map.fd, 0);
}

/* A page of the window that nobody uses becomes read-only and writable again: the table cannot be shared as long as the mappings differ. */
static unsigned int protect(struct hf_task *t, const struct hf_step *step)
{
	char *p = window + (UNITS + step->arg % 64) * t->run->page;
	int err = mprotect(p, t->run->page, PROT_READ) || mprotect(p, t->run->page, PROT_READ | PROT_WRITE) ? errno : 0;

	hf_law(t, HF_LAW_ERROR, !err, "mprotect: errno %d", err);
	if (step->arg & 64 && map_window(window) != window) /* the mapping stays in three parts otherwise */
		hf_broken(t->run, "the window cannot be mapped again: %m");
	return err ? REFUSED : OK;
}

static unsigned int remap(struct hf_task *t, const struct hf_step *step)
{
	char *p = map_window(window);

	(void)step;
	if (p != window)
		hf_broken(t->run, "the window cannot be mapped again: %m");
	return OK;
}

/* Elsewhere, then mapped anew. Not to an aligned place: see docs/findings.md. */
static unsigned int move(struct hf_task *t, const struct hf_step *step)
{
	unsigned int nr = number(step);
	char *was = window;
	bool moved = mremap(was, WINDOW, WINDOW, MREMAP_MAYMOVE | MREMAP_FIXED, aside) == aside; /* hugetlb: since 5.16 */

	if (moved) {
		window = aside;
		hf_word_store(t, lines, at(t->run, nr), nr);
		window = was;
	}
	/* Also when it was refused: the place has been unmapped by then (mremap_to()), and the stack of a thread would do well there. */
	if (mmap(aside, WINDOW, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != aside || (moved && map_window(was) != was))
		hf_broken(t->run, "the window cannot be mapped again: %m");
	return moved ? OK : REFUSED;
}

static unsigned int dontneed(struct hf_task *t, const struct hf_step *step)
{
	bool all = step->arg & 1;
	int err = madvise(all ? window : window + step->unit * t->run->page, all ? WINDOW : t->run->page, MADV_DONTNEED) ? errno : 0;

	hf_law(t, HF_LAW_ERROR, !err || err == EINVAL, "MADV_DONTNEED: errno %d", err); /* EINVAL: hugetlb before 5.18 */
	return err ? REFUSED : OK;
}

static unsigned int splice_page(struct hf_task *t, const struct hf_step *step)
{
	unsigned int nr = number(step);
	struct iovec iov = { at(t->run, nr), 4096 };
	_Alignas(64) char seen[4096];
	int fd[2];
	bool got;

	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK))
		return REFUSED;
	got = vmsplice(fd[1], &iov, 1, 0) == 4096 && read(fd[0], seen, 4096) == 4096;
	if (got)
		hf_word_own(t, lines, seen, nr, punched(t->run, step->unit));
	close(fd[0]);
	close(fd[1]);
	return got ? OK : REFUSED;
}

static struct {
	char *p;
	bool seen;
} other; /* what the second thread reads: static, since SIGBUS leaves the operation */

static void look(void *arg)
{
	(void)arg;
	other.seen = hf_stress_peek(other.p);
}

/* Of two threads that find no table one has to take back what it has counted (huge_pmd_share()). The second comes 0.3 us to 2 ms after the first, evenly on the log scale. */
static unsigned int fault_twice(struct hf_task *t, const struct hf_step *step)
{
	unsigned int nr = number(step);
	uint64_t delay = (256 + (step->arg >> 40 & 255)) << (step->arg >> 24) % 13;

	other.p = at(t->run, (unsigned int)(step->arg >> 16) % (UNITS * PARTS));
	if (!hf_second_start(t, look, NULL))
		return REFUSED;
	if (map_window(window) != window)
		hf_broken(t->run, "the window cannot be mapped again: %m");
	hf_second_go(t, 0, delay);
	hf_word_store(t, lines, at(t->run, nr), nr);
	hf_second_end();
	hf_law(t, HF_LAW_SIGBUS, other.seen, "the second thread of actor %u got SIGBUS, where none is due", t->index);
	hf_word_own(t, lines, at(t->run, nr), nr, punched(t->run, step->unit));
	return OK;
}

static unsigned int fork_child(struct hf_task *t, const struct hf_step *step)
{
	unsigned int nr = number(step);
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return REFUSED;
	if (pid == 0) {
		signal(SIGBUS, SIG_DFL);
		if (step->arg & 1)
			map_window(window + 2 * WINDOW); /* a second table of the same process, or the same table twice */
		hf_word_store(t, lines, at(t->run, nr), nr);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	hf_law(t, HF_LAW_SIGBUS, !WIFSIGNALED(status), "a forked child was killed by signal %d", WTERMSIG(status));
	hf_word_own(t, lines, at(t->run, nr), nr, punched(t->run, step->unit));
	return OK;
}

static void quiet(struct hf_task *t)
{
	struct hf_run *run = t->run;
	int64_t used;

	for (unsigned int nr = 0; nr < UNITS * PARTS; nr++)
		hf_words_check(t, lines, at(run, nr), nr, 1, punched(run, nr / PARTS));
	if (fallocate(map.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)WINDOW))
		hf_broken(run, "a hole cannot be punched: %m");
	hf_words_forget(lines, 0, UNITS * PARTS);
	if (hf_quota_used(mount, &used) == 0)
		hf_law(t, HF_LAW_QUOTA, used == 0, "%lld pages of the quota are in use when the file is empty", (long long)used);
}

/* Each actor may hold one more that is out of the file already, and its child or its second thread too. */
static size_t pages(const struct hf_run *run)
{
	return UNITS + 2 * run->tasks;
}

static size_t memory(const struct hf_run *run)
{
	return pages(run) * run->page;
}

static void setup(struct hf_run *run)
{
	if (run->page * 512 != WINDOW)
		hf_skip(run, "page tables are shared for pages of 2 MiB");
	mount = hf_map_mount(run, pages(run), pages(run));
	map = hf_map_in(run, mount, WINDOW, HF_SHARED | HF_NORESERVE);
	arena = mmap(NULL, 4 * WINDOW, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena == MAP_FAILED)
		hf_broken(run, "no room for two aligned GiB: %m");
	window = (char *)(((uintptr_t)arena + WINDOW - 1) & ~(uintptr_t)(WINDOW - 1));
	aside = window + WINDOW + run->page;
	if (map_window(window) != window)
		hf_broken(run, "the window cannot be mapped: %m");
	lines = hf_words_new(run, UNITS * PARTS);
}

static void teardown(struct hf_run *run)
{
	munmap(arena, 4 * WINDOW);
	hf_map_free(run, &map);
	close(mount);
	hf_words_free(lines);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "write", 6, 0, write_page, "ok", HF_SIGBUS_NEVER }, { "read", 3, 0, read_page, "ok", HF_SIGBUS_NEVER }, { "punch", 1, 0, punch, "ok|refused", HF_SIGBUS_NEVER },
		      { "protect", 3, 0, protect, "ok|refused", HF_SIGBUS_NEVER }, { "remap", 2, 0, remap, "ok", HF_SIGBUS_NEVER }, { "move", 2, 0, move, "ok|refused", HF_SIGBUS_NEVER },
		      { "dontneed", 2, 0, dontneed, "ok|refused", HF_SIGBUS_NEVER }, { "splice", 2, 0, splice_page, "ok|refused", HF_SIGBUS_NEVER },
		      { "fork", 1, 0, fork_child, "ok|refused", HF_SIGBUS_NEVER }, { "twice", 3, 0, fault_twice, "ok|refused", HF_SIGBUS_NEVER }),
	.steps = 8,
	.units = units,
	.scan = 50000,
	.quiet = quiet,
};

const struct hf_bench hf_bench = {
	.name = "unshare-race-fault",
	.summary = "processes, two threads of each at times, that share a page table for hugetlb pages store through it while others stop sharing",
	.paths = HF_LIST("huge_pmd_share", "huge_pmd_unshare", "hugetlb_unshare_pmds", "hugetlb_change_protection", "move_hugetlb_page_tables", "__unmap_hugepage_range", "gup_fast_pte_range"),
	.origin = HF_ORIGIN("CVE", "2025-38084, 2025-38085", "sharing and unsharing as a storm, with every store accounted for; libhugetlbfs shm-fork and mremap-* are single steps of it"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS(HF_HUGETLB_PARAMS),
	.metrics = HF_METRICS(HF_STRESS_METRICS),
	.modes = HF_PROCESSES,
	.all_cpus = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = hf_stress_body,
	.teardown = teardown,
	.stress = &race,
};
