// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Actors fault pages of a file in while others take them out: MADV_DONTNEED, MADV_REMOVE, a punched hole; beside them fallocate, a second mapping that is moved and protected, fork, and, on a machine with
 * several nodes, migration.
 * The pages are those of a private pool, which has one more for each actor than the file has: a page that is out of the file is held a moment longer by a mapping that is just giving it up.
 * And each actor has files of the common pool, with reservations that are used in part, copied, cut and given back.
 * Laws: no SIGBUS, no ENOSPC; an actor's line of a page is what it stored in this episode, or zero; when the file is cut to nothing, nothing of the quota is in use or promised and it has no blocks.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, REFUSED, ALONE };
enum { REMOVE = 3, PUNCH, ALLOCATE };

#define UNITS 3
#define MOVE_TIMES 20
#define COMMON 4 /* pages of an actor's file of the common pool */

static struct hf_map map;
static int mount = -1;

static unsigned int units(const struct hf_run *run)
{
	(void)run;
	return UNITS;
}

static char *page_of(const struct hf_run *run, const struct hf_step *step)
{
	return map.p + step->unit * run->page;
}

static unsigned int write_page(struct hf_task *t, const struct hf_step *step)
{
	hf_content_store(t, page_of(t->run, step), step->unit);
	hf_content_lines(t, page_of(t->run, step), step->unit);
	return OK;
}

static unsigned int read_page(struct hf_task *t, const struct hf_step *step)
{
	hf_content_lines(t, page_of(t->run, step), step->unit);
	return OK;
}

static unsigned int advise(struct hf_task *t, const struct hf_step *step, int advice)
{
	int err = madvise(page_of(t->run, step), t->run->page, advice) ? errno : 0;

	hf_law(t, HF_LAW_ERROR, !err || (err == EINVAL && advice == MADV_DONTNEED), "madvise(%d): errno %d", advice, err); /* DONTNEED of hugetlb: since 5.18 */
	return err ? REFUSED : OK;
}

static unsigned int dontneed(struct hf_task *t, const struct hf_step *step)
{
	return advise(t, step, MADV_DONTNEED);
}

static unsigned int drop(struct hf_task *t, const struct hf_step *step)
{
	return advise(t, step, MADV_REMOVE);
}

static unsigned int fall(struct hf_task *t, const struct hf_step *step, int mode)
{
	int err = fallocate(map.fd, mode, (off_t)(step->unit * t->run->page), (off_t)t->run->page) ? errno : 0;

	hf_law(t, HF_LAW_ERROR, !err, "fallocate(%d): errno %d", mode, err);
	return err ? REFUSED : OK;
}

static unsigned int punch(struct hf_task *t, const struct hf_step *step)
{
	return fall(t, step, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
}

static unsigned int allocate(struct hf_task *t, const struct hf_step *step)
{
	return fall(t, step, 0);
}

/* Whether a page may vanish in this episode. */
static bool removed(const struct hf_run *run, unsigned int unit)
{
	return hf_stress_planned(run, REMOVE, (int)unit) || hf_stress_planned(run, PUNCH, (int)unit);
}

/* The next page of the file in the place @at that a mapping has just left: a translation that is still there for it leads to the wrong page. */
static void use_left(struct hf_task *t, char *at, unsigned int unit)
{
	size_t page = t->run->page;
	unsigned int other = (unit + 1) % UNITS;
	char *p = mmap(at, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | MAP_FIXED_NOREPLACE, map.fd, (off_t)(other * page));

	if (p == at) {
		hf_content_store(t, p, other);
		hf_law(t, HF_LAW_CONTENT, *hf_content_line(t->run, map.p + other * page, other, t->index) || removed(t->run, other),
		       "a store to page %u, where another mapping had just been moved away, is not in that page", other);
	}
	if (p != MAP_FAILED)
		munmap(p, page);
}

/* Another mapping of the page: touched, moved, made read-only and writable again, unmapped. */
static unsigned int alias(struct hf_task *t, const struct hf_step *step)
{
	size_t page = t->run->page;
	char *to, *p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | (step->arg & 1 ? MAP_NORESERVE : 0), map.fd, (off_t)(step->unit * page));

	hf_law(t, HF_LAW_ERROR, p != MAP_FAILED, "a page of the file cannot be mapped once more: errno %d", errno);
	if (p == MAP_FAILED)
		return REFUSED;
	if (step->arg & 2)
		hf_content_store(t, p, step->unit);
	to = step->arg & 4 ? mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0) : MAP_FAILED;
	if (to != MAP_FAILED) {
		char *moved = mremap(p, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, to); /* hugetlb: since 5.16 */

		if (moved == MAP_FAILED) {
			munmap(to, page);
		} else {
			use_left(t, p, step->unit);
			p = moved;
		}
	}
	if (step->arg & 8) {
		mprotect(p, page, PROT_READ);
		hf_content_lines(t, p, step->unit);
		mprotect(p, page, PROT_READ | PROT_WRITE);
		hf_content_store(t, p, step->unit);
	}
	munmap(p, page);
	return OK;
}

/* To another node, where there is one. ENOENT: it is not mapped at the moment. */
static unsigned int move_page(struct hf_task *t, const struct hf_step *step)
{
	int err = hf_migrate(page_of(t->run, step));

	if (err == -ENODEV)
		return ALONE;
	hf_law(t, HF_LAW_ERROR, !err || err == -ENOENT || err == -EBUSY || err == -ENOMEM, "move_pages: errno %d", -err);
	return err ? REFUSED : OK;
}

/* A page of the file that nobody is using can be moved, however it got there; what it has moves along. */
static void check_moving(struct hf_task *t, unsigned int unit)
{
	char *p = map.p + unit * t->run->page;
	int err = -EBUSY;

	if (!hf_stress_poke((char *)hf_content_line(t->run, p, unit, t->index), hf_content_mark(t->run, unit)))
		return; /* told by the next episode */
	for (int i = 0; err == -EBUSY && i < MOVE_TIMES; i++) {
		if (i)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		err = hf_migrate(p);
	}
	hf_law(t, HF_LAW_FORWARD, err != -EBUSY, "page %u of the file, which nobody uses, cannot be moved", unit);
	hf_content_lines(t, p, unit);
}

static unsigned int fork_child(struct hf_task *t, const struct hf_step *step)
{
	volatile char *line = hf_content_line(t->run, page_of(t->run, step), step->unit, t->index);
	char mark = hf_content_mark(t->run, step->unit), is;
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return REFUSED;
	if (pid == 0) {
		signal(SIGBUS, SIG_DFL);
		if (step->arg & 1)
			*line = mark;
		is = *line; /* once: the page may be taken out between two looks */
		_exit(is && is != mark);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	hf_law(t, HF_LAW_SIGBUS, !WIFSIGNALED(status), "a forked child was killed by signal %d", WTERMSIG(status));
	hf_law(t, HF_LAW_CONTENT, WIFSIGNALED(status) || !WEXITSTATUS(status), "a forked child saw an old or foreign page");
	return OK;
}

/*
 * A file of the common pool, all of it reserved: some pages touched, one copied on write by a private mapping, the file cut anywhere. The reservations of pages that were never there go with the
 * end of the file (hugetlb_unreserve_pages()), that of a copy with its mapping; the mount of the others has its own and would hide it.
 */
static unsigned int common(struct hf_task *t, const struct hf_step *step)
{
	size_t page = t->run->page, len = COMMON * page, cut = step->arg % (COMMON + 1);
	int fd = memfd_create("common", MFD_CLOEXEC | MFD_HUGETLB | (unsigned int)__builtin_ctzll(page) << MAP_HUGE_SHIFT);
	char *p = MAP_FAILED, *copy = MAP_FAILED;

	if (fd < 0)
		return REFUSED;
	if (ftruncate(fd, (off_t)len) == 0)
		p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) { /* nothing left to be reserved */
		close(fd);
		return REFUSED;
	}
	for (unsigned int u = 0; u < COMMON; u++)
		if (step->arg >> (8 + u) & 1)
			p[u * page] = 1;
	if (step->arg & 4096)
		copy = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (copy != MAP_FAILED) {
		copy[1] = 2;
		hf_law(t, HF_LAW_CONTENT, copy[0] == (char)(step->arg >> 8 & 1) && !p[1], "a private copy begins with %d, and the file has its store: %d", copy[0], p[1]);
	}
	hf_law(t, HF_LAW_ERROR, ftruncate(fd, (off_t)(cut * page)) == 0, "a file of the common pool cannot be cut: errno %d", errno);
	if (copy != MAP_FAILED)
		munmap(copy, page);
	munmap(p, len);
	close(fd);
	return OK;
}

static size_t pages(const struct hf_run *run)
{
	return UNITS + run->tasks;
}

static void quiet(struct hf_task *t)
{
	struct hf_run *run = t->run;
	struct stat st;
	int64_t used;

	for (unsigned int u = 0; u < UNITS; u++)
		if (hf_stress_planned(run, ALLOCATE, (int)u))
			check_moving(t, u);
	/* a hole takes the reservation of a page that was there only (remove_inode_hugepages()); the end of the file takes all */
	if (ftruncate(map.fd, 0) || ftruncate(map.fd, (off_t)map.len))
		hf_broken(run, "ftruncate: %m");
	if (fstat(map.fd, &st) == 0)
		hf_law(t, HF_LAW_QUOTA, st.st_blocks == 0, "the file is empty and has %lld blocks", (long long)st.st_blocks);
	if (hf_quota_used(mount, &used) == 0)
		hf_law(t, HF_LAW_QUOTA, used == 0, "%lld pages of the quota are in use or promised when the file is empty", (long long)used);
	if (hf_rand_below(&t->rand, 2)) /* else the next episode begins without any reservation */
		hf_map_reserve(run, &map);
}

static size_t memory(const struct hf_run *run)
{
	return (pages(run) + (COMMON + 1) * run->tasks) * run->page;
}

static void setup(struct hf_run *run)
{
	mount = hf_map_mount(run, pages(run), pages(run));
	map = hf_map_in(run, mount, UNITS * run->page, HF_SHARED);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
	close(mount);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "write", 8, 0, write_page, "ok", HF_SIGBUS_NEVER }, { "read", 2, 0, read_page, "ok", HF_SIGBUS_NEVER },
		      { "dontneed", 4, 0, dontneed, "ok|refused", HF_SIGBUS_NEVER }, { "remove", 2, 0, drop, "ok|refused", HF_SIGBUS_NEVER },
		      { "punch", 2, 0, punch, "ok|refused", HF_SIGBUS_NEVER }, { "allocate", 2, 0, allocate, "ok|refused", HF_SIGBUS_NEVER },
		      { "alias", 2, 0, alias, "ok|refused", HF_SIGBUS_NEVER }, { "fork", 1, 0, fork_child, "ok|refused", HF_SIGBUS_NEVER }, { "common", 2, 0, common, "ok|refused", HF_SIGBUS_NEVER },
		      { "move", 2, 0, move_page, "ok|refused|alone", HF_SIGBUS_NEVER }),
	.steps = 4,
	.units = units,
	.scan = 50000,
	.share = 3,
	.quiet = quiet,
};

const struct hf_bench hf_bench = {
	.name = "fault-race-punch",
	.summary = "pages of a hugetlb file are faulted in, taken out, mapped, moved and shared with a child at once: reservations and quota add up",
	.paths = HF_LIST("hugetlb_fault", "hugetlb_no_page", "remove_inode_hugepages", "hugetlbfs_punch_hole", "hugetlbfs_fallocate", "hugetlb_reserve_pages", "hugetlb_unreserve_pages", "move_hugetlb_page_tables", "unmap_and_move_huge_page"),
	.origin = HF_ORIGIN("libhugetlbfs", "fallocate_stress, noresv-*, mremap-*, shared", "one storm of all of them, with the accounting checked after each of thousands of episodes"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS(HF_HUGETLB_PARAMS),
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
