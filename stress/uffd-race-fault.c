// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads read and write hugetlb pages that are registered with userfaultfd, a handler fills what is missing, and the threads race it: they fill pages themselves, zap, punch, fork, register anew, and
 * write-protect. mode=missing: every page is filled by UFFDIO_COPY. mode=minor: a page that is in the file, but not in the page table, by UFFDIO_CONTINUE. mode=wp: pages are also write-protected, and
 * the handler lets go of those that somebody wants to write to.
 * Laws: nobody sees a page that was not filled from the source, or only in part; no store is lost; none lands in a page that is write-protected before the handler has been asked; a fault that was resolved
 * goes on; no SIGBUS; when the file is empty nothing of the quota is in use.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, REFUSED, EXISTS };
enum { DONTNEED = 2, PUNCH = 3, REGISTER = 8 };

#define UNITS 3
#define BASE 4096
#define SPIN_NS 2000

static struct hf_map map;
static struct hf_words *lines;		/* in the first base page of each; the rest is stamped */
static char *source;
static int mount = -1, uffd = -1, stop = -1;
static pthread_t handler;
static pthread_mutex_t answering = PTHREAD_MUTEX_INITIALIZER; /* held by the handler from before it reads an event until it has answered */
static bool handling, minor, wp;
static _Atomic uint64_t let_go[UNITS];	/* how often the handler has lifted the protection of a page */

static unsigned int units(const struct hf_run *run)
{
	(void)run;
	return UNITS;
}

static char *page_of(const struct hf_run *run, unsigned int unit)
{
	return map.p + unit * run->page;
}

static struct hf_stamp stamp_of(const struct hf_run *run, unsigned int unit)
{
	return (struct hf_stamp){ HF_ACTORS_MAX, unit, hf_stress_episode(run) };
}

/* Whether a page may vanish in this episode. */
static bool zapped(const struct hf_run *run, unsigned int unit)
{
	return hf_stress_planned(run, PUNCH, (int)unit) || (!map.shared && hf_stress_planned(run, DONTNEED, (int)unit));
}

/* Whether there are moments at which the kernel fills pages, with zeros. */
static bool unwatched(const struct hf_run *run)
{
	return hf_stress_planned(run, REGISTER, -1);
}

static int wake(void *at, size_t len)
{
	struct uffdio_range range = { (uintptr_t)at, len };

	return ioctl(uffd, UFFDIO_WAKE, &range) ? -errno : 0;
}

static int fill(void *at, const void *from, size_t len)
{
	struct uffdio_copy copy = { .dst = (uintptr_t)at, .src = (uintptr_t)from, .len = len };

	return ioctl(uffd, UFFDIO_COPY, &copy) ? -errno : 0;
}

static int go_on(void *at, size_t len)
{
	struct uffdio_continue c = { .range = { (uintptr_t)at, len } };

	return ioctl(uffd, UFFDIO_CONTINUE, &c) ? -errno : 0;
}

static int protect(void *at, size_t len, bool on)
{
	struct uffdio_writeprotect p = { .range = { (uintptr_t)at, len }, .mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0 };

	return ioctl(uffd, UFFDIO_WRITEPROTECT, &p) ? -errno : 0;
}

/* What may refuse to fill or let go of a page. ENOENT: nothing is registered at this moment; EAGAIN: mappings are changing; ENOMEM: a private mapping has no pages of its own (vma_has_reserves()). */
static bool may_be(const struct hf_run *run, int err)
{
	return !err || err == -EEXIST || err == -EAGAIN || (err == -ENOENT && unwatched(run)) || (err == -ENOMEM && !map.shared);
}

/* Whoever waits looks again when it is woken. */
static void resolve(const struct hf_run *run, const struct uffd_msg *msg)
{
	unsigned int unit = (unsigned int)((msg->arg.pagefault.address - (uintptr_t)map.p) / run->page);
	char *p = page_of(run, unit);
	int err;

	if (msg->arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) {
		atomic_fetch_add(&let_go[unit], 1);
		err = protect(p, run->page, false);
	} else if (msg->arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_MINOR) {
		err = go_on(p, run->page);
	} else {
		err = fill(p, source + unit * run->page, run->page);
	}
	if (!may_be(run, err) && err != -EFAULT)
		hf_law_broken(&run->task[0], HF_LAW_ERROR, "the handler cannot resolve a fault of page %u (flags %llu): errno %d", unit, (unsigned long long)msg->arg.pagefault.flags, -err);
	if (err)
		wake(p, run->page);
}

static void *handle(void *arg)
{
	const struct hf_run *run = arg;
	struct pollfd fd[2] = { { .fd = uffd, .events = POLLIN }, { .fd = stop, .events = POLLIN } };
	struct uffd_msg msg;

	while (poll(fd, 2, -1) >= 0 || errno == EINTR) {
		if (fd[1].revents)
			break;
		pthread_mutex_lock(&answering);
		while (read(uffd, &msg, sizeof(msg)) == (ssize_t)sizeof(msg))
			if (msg.event == UFFD_EVENT_PAGEFAULT)
				resolve(run, &msg);
		pthread_mutex_unlock(&answering);
	}
	return NULL;
}

/* How often the protection of a page has been lifted, at a moment when the handler has nothing in hand: whoever lifts it from now on is counted first. */
static uint64_t settled(unsigned int unit)
{
	uint64_t n;

	pthread_mutex_lock(&answering);
	n = atomic_load(&let_go[unit]);
	pthread_mutex_unlock(&answering);
	return n;
}

static unsigned int write_page(struct hf_task *t, const struct hf_step *step)
{
	char *p = page_of(t->run, step->unit);

	hf_word_store(t, lines, p, step->unit);
	hf_word_own(t, lines, p, step->unit, zapped(t->run, step->unit));
	return OK;
}

/* What is there has come from the source as a whole, or, while nobody is registered, from the kernel. */
static void check_page(struct hf_task *t, unsigned int unit)
{
	const char *p = page_of(t->run, unit);
	struct hf_stamp stamp = stamp_of(t->run, unit);

	if (unwatched(t->run) && !hf_content_blank(p + BASE, t->run->page - BASE, false))
		return;
	if (zapped(t->run, unit) && unwatched(t->run))
		return; /* of one kind at first, of the other when it was looked at */
	hf_content_check(t, p + BASE, t->run->page - BASE, &stamp);
}

static unsigned int read_page(struct hf_task *t, const struct hf_step *step)
{
	hf_word_own(t, lines, page_of(t->run, step->unit), step->unit, zapped(t->run, step->unit));
	check_page(t, step->unit);
	return OK;
}

static unsigned int dontneed(struct hf_task *t, const struct hf_step *step)
{
	int err = madvise(page_of(t->run, step->unit), t->run->page, MADV_DONTNEED) ? errno : 0;

	hf_law(t, HF_LAW_ERROR, !err || err == EINVAL, "MADV_DONTNEED: errno %d", err); /* EINVAL: hugetlb before 5.18 */
	return err ? REFUSED : OK;
}

static unsigned int punch(struct hf_task *t, const struct hf_step *step)
{
	int err = fallocate(map.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(step->unit * t->run->page), (off_t)t->run->page) ? errno : 0;

	hf_law(t, HF_LAW_ERROR, !err, "a hole cannot be punched: errno %d", err);
	return err ? REFUSED : OK;
}

static unsigned int copy(struct hf_task *t, const struct hf_step *step)
{
	char *p = page_of(t->run, step->unit);
	int err = fill(p, source + step->unit * t->run->page, t->run->page);

	hf_law(t, HF_LAW_ERROR, may_be(t->run, err), "UFFDIO_COPY: errno %d", -err);
	if (!err)
		check_page(t, step->unit);
	return !err ? OK : err == -EEXIST ? EXISTS : REFUSED;
}

/* EFAULT: the page is not in the file. In the other modes this is one more copy. */
static unsigned int carry_on(struct hf_task *t, const struct hf_step *step)
{
	int err;

	if (!minor)
		return copy(t, step);
	err = go_on(page_of(t->run, step->unit), t->run->page);
	hf_law(t, HF_LAW_ERROR, err == -EFAULT || may_be(t->run, err), "UFFDIO_CONTINUE: errno %d", -err);
	return !err ? OK : err == -EEXIST ? EXISTS : REFUSED;
}

/* From the return of the call until the handler is asked, nothing may change. In the other modes this is one more read. */
static unsigned int guard(struct hf_task *t, const struct hf_step *step)
{
	volatile char *p = page_of(t->run, step->unit);
	uint64_t before[BASE / HF_CONTENT_LINE], gone;
	bool same = true;
	int err;

	if (!wp)
		return read_page(t, step);
	(void)*p;
	gone = settled(step->unit);
	err = protect((char *)p, t->run->page, true);
	hf_law(t, HF_LAW_ERROR, may_be(t->run, err), "UFFDIO_WRITEPROTECT: errno %d", -err);
	if (err)
		return REFUSED;
	for (unsigned int i = 0; i < BASE / HF_CONTENT_LINE; i++)
		before[i] = *(volatile uint64_t *)(p + i * HF_CONTENT_LINE);
	for (uint64_t until = hf_clock_peek() + hf_clock_ticks(step->arg % SPIN_NS); hf_clock_peek() < until;)
		;
	for (unsigned int i = 0; i < BASE / HF_CONTENT_LINE; i++)
		same &= before[i] == *(volatile uint64_t *)(p + i * HF_CONTENT_LINE);
	if (!zapped(t->run, step->unit) && !unwatched(t->run))
		hf_law(t, HF_LAW_CONTENT, same || atomic_load(&let_go[step->unit]) != gone, "a store has landed in write-protected page %u, and the handler was not asked", step->unit);
	return OK;
}

/* In a child nothing is registered (dup_userfaultfd() without UFFD_FEATURE_EVENT_FORK). It must not fill a shared page with zeros. */
static unsigned int fork_child(struct hf_task *t, const struct hf_step *step)
{
	volatile char *p = page_of(t->run, step->unit);
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return REFUSED;
	if (pid == 0) {
		signal(SIGBUS, SIG_DFL);
		if (!map.shared && step->arg & 1)
			hf_word_foreign(t->run, (char *)p, step->unit);
		else if (!map.shared)
			(void)*p;
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	hf_law(t, HF_LAW_SIGBUS, !WIFSIGNALED(status), "a forked child was killed by signal %d", WTERMSIG(status));
	return OK;
}

static int watch(const struct hf_run *run)
{
	struct uffdio_register r = { .range = { (uintptr_t)map.p, UNITS * run->page },
				     .mode = UFFDIO_REGISTER_MODE_MISSING | (minor ? UFFDIO_REGISTER_MODE_MINOR : 0) | (wp ? UFFDIO_REGISTER_MODE_WP : 0) };

	return ioctl(uffd, UFFDIO_REGISTER, &r) ? -errno : 0;
}

static unsigned int register_anew(struct hf_task *t, const struct hf_step *step)
{
	struct uffdio_range range = { (uintptr_t)map.p, UNITS * t->run->page };
	int err = ioctl(uffd, UFFDIO_UNREGISTER, &range) ? -errno : 0;

	(void)step;
	if (!err)
		err = watch(t->run);
	hf_law(t, HF_LAW_ERROR, !err, "UFFDIO_UNREGISTER or UFFDIO_REGISTER: errno %d", -err);
	return err ? REFUSED : OK;
}

static void begin(struct hf_task *t)
{
	for (unsigned int u = 0; u < UNITS; u++) {
		struct hf_stamp stamp = stamp_of(t->run, u);

		hf_content_write(source + u * t->run->page + BASE, t->run->page - BASE, &stamp);
	}
}

/* A protected page is one: nobody else at work, a store asks the handler exactly once. */
static void check_guard(struct hf_task *t, unsigned int unit)
{
	char *p = page_of(t->run, unit);
	uint64_t before = settled(unit);

	if (protect(p, t->run->page, true))
		return;
	hf_word_store(t, lines, p, unit);
	hf_law(t, HF_LAW_CONTENT, atomic_load(&let_go[unit]) == before + 1, "a store to write-protected page %u has asked the handler %llu times", unit,
	       (unsigned long long)(atomic_load(&let_go[unit]) - before));
	hf_law(t, HF_LAW_CONTENT, hf_word_own(t, lines, p, unit, false), "a store to page %u is gone", unit);
}

static void quiet(struct hf_task *t)
{
	struct hf_run *run = t->run;
	int64_t used;

	settled(0); /* a fault that somebody else has ended by a copy is answered all the same, perhaps after the zap, with a page of this episode */
	for (unsigned int u = 0; u < UNITS; u++) {
		hf_words_check(t, lines, page_of(run, u), u, 1, zapped(run, u));
		check_page(t, u);
		if (wp)
			check_guard(t, u);
	}
	hf_map_zap(run, &map, 0, map.len);
	hf_words_forget(lines, 0, UNITS);
	if (hf_quota_used(mount, &used) == 0)
		hf_law(t, HF_LAW_QUOTA, used == 0, "%lld pages of the quota are in use when the file is empty", (long long)used);
}

/* Each actor and the handler may hold one that is being freed, and a child its copies. */
static size_t pages(const struct hf_run *run)
{
	return UNITS + 2 * (run->tasks + 1) + (map.shared ? 0 : UNITS * run->tasks);
}

static size_t memory(const struct hf_run *run)
{
	return (UNITS + 2 * (run->tasks + 1) + UNITS * run->tasks) * run->page;
}

static void setup(struct hf_run *run)
{
	struct uffdio_api api = { .api = UFFD_API };

	minor = hf_param_is(run, "mode", "minor");
	wp = hf_param_is(run, "mode", "wp");
	map.shared = hf_param_is(run, "sharing", "shared");
	if (minor && !map.shared)
		hf_skip(run, "minor faults are those of shared mappings");
	api.features = minor ? UFFD_FEATURE_MINOR_HUGETLBFS : wp ? UFFD_FEATURE_WP_HUGETLBFS_SHMEM : UFFD_FEATURE_MISSING_HUGETLBFS;
	uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (uffd < 0)
		hf_skip(run, "userfaultfd: %m");
	if (ioctl(uffd, UFFDIO_API, &api))
		hf_skip(run, "this kernel's userfaultfd has no such mode for hugetlb (missing: 4.11, minor: 5.13, wp: 5.19)");
	mount = hf_map_mount(run, pages(run), map.shared ? pages(run) : 0);
	map = hf_map_in(run, mount, UNITS * run->page, (map.shared ? HF_SHARED : HF_PRIVATE) | HF_NORESERVE);
	lines = hf_words_new(run, UNITS);
	source = mmap(NULL, UNITS * run->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stop = eventfd(0, EFD_CLOEXEC);
	if (source == MAP_FAILED || stop < 0)
		hf_broken(run, "no memory for the source: %m");
	if (watch(run))
		hf_broken(run, "UFFDIO_REGISTER: %m");
	if (pthread_create(&handler, NULL, handle, run))
		hf_broken(run, "no thread for the handler");
	handling = true;
}

static void teardown(struct hf_run *run)
{
	if (handling && write(stop, &(uint64_t){ 1 }, sizeof(uint64_t)) > 0)
		pthread_join(handler, NULL);
	close(uffd);
	close(stop);
	munmap(source, UNITS * run->page);
	hf_map_free(run, &map);
	close(mount);
	hf_words_free(lines);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "write", 8, 0, write_page, "ok", HF_SIGBUS_NEVER }, { "read", 4, 0, read_page, "ok", HF_SIGBUS_NEVER }, { "dontneed", 3, 0, dontneed, "ok|refused", HF_SIGBUS_NEVER },
		      { "punch", 2, 0, punch, "ok|refused", HF_SIGBUS_NEVER }, { "copy", 4, 0, copy, "ok|refused|exists", HF_SIGBUS_NEVER },
		      { "continue", 3, 0, carry_on, "ok|refused|exists", HF_SIGBUS_NEVER }, { "protect", 4, 0, guard, "ok|refused", HF_SIGBUS_NEVER },
		      { "fork", 1, 0, fork_child, "ok|refused", HF_SIGBUS_NEVER }, { "register", 1, 0, register_anew, "ok|refused", HF_SIGBUS_NEVER }),
	.steps = 3,
	.units = units,
	.scan = 100000,
	.share = 4,
	.begin = begin,
	.quiet = quiet,
};

const struct hf_bench hf_bench = {
	.name = "uffd-race-fault",
	.summary = "hugetlb pages under userfaultfd are filled, zapped, punched, protected, forked and registered anew while others read and write them",
	.paths = HF_LIST("hugetlb_handle_userfault", "userfaultfd_huge_must_wait", "hugetlb_mfill_atomic_pte", "hugetlb_change_protection", "__unmap_hugepage_range", "clear_uffd_wp_vma", "copy_hugetlb_page_range"),
	.origin = HF_ORIGIN("selftests/mm", "uffd-stress, uffd-unit-tests", "what a fault is resolved with raced by all that takes it away again; content and protection checked by every actor"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "mode", HF_CHOICE, "missing", "missing|minor|wp", NULL, "kinds of faults that are handled", "missing,minor,wp", NULL },
			    { "sharing", HF_CHOICE, "shared", "private|shared", NULL, "kind of mapping", NULL, "private,shared" }, HF_HUGETLB_PARAMS),
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
