// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads pin base pages of huge pages, for writing (a registered buffer of an io_uring: FOLL_PIN | FOLL_LONGTERM) and for reading (vmsplice: FOLL_GET), and let them go, while others split the huge page,
 * collapse it (as khugepaged does, too), move it to another node, give parts of it back, map them anew, and fork a child that has to copy. Some splits are aimed at: a second thread pins while the first is in the call, after a
 * delay at which splits have failed late before (the folio had been unmapped, and is mapped again).
 * Laws: as long as a page is pinned for writing and not given back, what the thread stores through the page table is what the pin sees: nobody may put another page in its place (a check of the reference
 * count that is missing or not done again under the lock, an exclusive page that fork shares). A page in a pipe keeps its content, also when it is given back meanwhile. No store is lost, no child's
 * store is seen. In the end no pin is left, and no split or freed page says anything in the kernel log.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <math.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, REFUSED, UNKNOWN };
enum { SPLIT, LATE, WHOLE, NONE, UNTOLD };
enum { ZAP = 7, REPLACE = 9 };

#define UNITS 2
#define KHUGEPAGED "/sys/kernel/mm/transparent_hugepage/khugepaged/"
#define PIN_STORES 4
#define SPLICE_PAGES 4
#define REFILL_ONE_IN 2
#define AIMS 32	      /* delays of a second thread that pins, on a log scale */
#define AIM_OF_CALL 28 /* the one that is as long as the call that splits */
#define AIMS_A_TWO 4  /* a factor of two */
#define LEAD 16	      /* the call comes so much of its length after the moment that delays count from: the shortest are too early */
#define FIRST_NS 300000 /* length of the call before one has been seen */
#define MOST_NS 20000000 /* what is longer was held up */

static struct hf_map map;
static struct hf_words *lines;
static size_t base;
static _Atomic uint64_t call_ns;
static struct {
	_Atomic unsigned int tries, late;
} aims[AIMS];
static struct aimed {
	struct hf_pin *pin;
	struct iovec at;
} aimed[HF_ACTORS_MAX]; /* not on the stack, which SIGBUS leaves */

static unsigned int units(const struct hf_run *run)
{
	(void)run;
	return UNITS;
}

/* Whether somebody gives parts of the unit back in this episode. */
static bool zapped(const struct hf_run *run, unsigned int unit)
{
	return hf_stress_planned(run, ZAP, (int)unit) || hf_stress_planned(run, REPLACE, (int)unit);
}

/* The base page that a step is about; most are the first two and the last two, so that they meet, and because ends are where kernels go wrong. */
static unsigned int part_of(const struct hf_run *run, const struct hf_step *step)
{
	unsigned int parts = (unsigned int)(run->page / base), part = (unsigned int)(step->arg >> 8) % parts;

	if (step->arg & 3)
		part = part % 4 < 2 ? part % 4 : parts - 4 + part % 4;
	return step->unit * parts + part;
}

static char *at(unsigned int part)
{
	return map.p + part * base;
}

static unsigned int write_page(struct hf_task *t, const struct hf_step *step)
{
	unsigned int part = part_of(t->run, step);

	hf_word_store(t, lines, at(part), part);
	hf_word_own(t, lines, at(part), part, zapped(t->run, step->unit));
	return OK;
}

static unsigned int read_page(struct hf_task *t, const struct hf_step *step)
{
	unsigned int part = part_of(t->run, step);

	hf_word_own(t, lines, at(part), part, zapped(t->run, step->unit));
	hf_word_all(t, lines, at(part), part);
	return OK;
}

static unsigned int pin_page(struct hf_task *t, const struct hf_step *step)
{
	unsigned int part = part_of(t->run, step);
	_Alignas(64) char seen[4096];
	struct iovec iov = { at(part), base };
	struct hf_pin *pin;
	pid_t child = -1;
	int err = hf_pin_new(&pin, HF_PIN_REGISTERED, &iov, 1);

	/* EFAULT: a fault that GUP had to take found no memory or a page that was going; -ENOMEM: RLIMIT_MEMLOCK */
	hf_law(t, HF_LAW_ERROR, !err || err == -ENOSYS || err == -EPERM || err == -ENOMEM || err == -EFAULT || err == -EAGAIN, "a buffer cannot be registered: errno %d", -err);
	if (err)
		return REFUSED;
	for (unsigned int i = 0; i < PIN_STORES; i++) {
		/* a fork in the middle: the child gets the copy, not who has it pinned (folio_try_dup_anon_rmap_pmd()) */
		if (i == 1 && !(step->arg >> 20 & 3))
			child = fork();
		if (!child)
			_exit(0);
		hf_word_store(t, lines, at(part), part);
		err = hf_pin_look(pin, at(part), seen, sizeof(seen));
		hf_law(t, HF_LAW_ERROR, !err, "a registered buffer cannot be read: errno %d", -err);
		if (err)
			break;
		if (zapped(t->run, step->unit))
			hf_word_all(t, lines, seen, part);
		else
			hf_word_own(t, lines, seen, part, false);
	}
	hf_pin_free(pin);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return OK;
}

static unsigned int splice_pages(struct hf_task *t, const struct hf_step *step)
{
	unsigned int part = part_of(t->run, step), n = 0;
	struct iovec iov = { at(part), base };
	_Alignas(64) char seen[4096];
	int fd[2];

	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK))
		return REFUSED;
	hf_word_store(t, lines, at(part), part);
	while (n < SPLICE_PAGES && vmsplice(fd[1], &iov, 1, 0) == (ssize_t)base)
		n++;
	for (unsigned int i = 0; i < n && read(fd[0], seen, base) == (ssize_t)base; i++)
		if (!hf_word_own(t, lines, seen, part, zapped(t->run, step->unit)))
			break;
	close(fd[0]);
	close(fd[1]);
	return n ? OK : REFUSED;
}

static unsigned int advise(struct hf_task *t, char *p, size_t len, int advice)
{
	int err = madvise(p, len, advice) ? errno : 0;

	if (err == EINVAL)
		return UNKNOWN; /* older than the advice, or a range that it is not for */
	hf_law(t, HF_LAW_ERROR, !err || err == EAGAIN || err == EBUSY || err == ENOMEM, "madvise(%d): errno %d", advice, err);
	return err ? REFUSED : OK;
}

/* Advice for a base page splits the huge page that it is in: madvise_cold_or_pageout_pte_range() */
static unsigned int reclaim(struct hf_task *t, const struct hf_step *step)
{
	return advise(t, at(part_of(t->run, step)), base, step->arg & 64 ? MADV_PAGEOUT : MADV_COLD);
}

static unsigned int collapse(struct hf_task *t, const struct hf_step *step)
{
	return advise(t, map.p + step->unit * t->run->page, t->run->page, MADV_COLLAPSE);
}

/* A boundary of mappings inside the huge page splits the PMD alone; while it is there, what is used is mapped by PTEs. One that a read has mapped is stored to without a fault: the entry alone knows. */
static unsigned int boundary(struct hf_task *t, const struct hf_step *step)
{
	unsigned int part = part_of(t->run, step);
	char *p = at(part);

	if (advise(t, p, base, MADV_NOHUGEPAGE) != OK)
		return REFUSED;
	if (step->arg & 128) {
		hf_word_own(t, lines, p, part, zapped(t->run, step->unit));
		hf_word_store(t, lines, p, part);
	}
	return advise(t, p, base, MADV_HUGEPAGE);
}

static void pin_aimed(void *arg)
{
	struct aimed *a = arg;

	hf_pin_add(a->pin, &a->at); /* where it cannot be had there is a split more */
}

static uint64_t aim_ns(unsigned int aim)
{
	return (uint64_t)((double)call_ns * exp2(((double)aim - AIM_OF_CALL) / AIMS_A_TWO));
}

/* The delay with the largest share of late failures, @drawn before there is one; two more misses in each, so that a lucky first try is not the best. */
static unsigned int best_aim(unsigned int drawn)
{
	unsigned int best = drawn;

	for (unsigned int i = 0; i < AIMS; i++)
		if ((double)aims[i].late / (aims[i].tries + 2) > (double)aims[best].late / (aims[best].tries + 2))
			best = i;
	return best;
}

/* The pin comes while the call splits: of two tries one is at the delay that was best before. What the split finds is an outcome, and has no part in what is done. */
static unsigned int aim(struct hf_task *t, const struct hf_step *step)
{
	static const unsigned int outcome[] = { [HF_SPLIT_SUCCESS] = SPLIT, [HF_SPLIT_LATE] = LATE, [HF_SPLIT_UNTOUCHED] = WHOLE, [HF_SPLIT_DISAGREE] = UNTOLD };
	unsigned int last = (step->unit + 1) * (unsigned int)(t->run->page / base) - 1, i = (unsigned int)(step->arg >> 25) % AIMS;
	char *p = map.p + step->unit * t->run->page;
	struct aimed *a = &aimed[t->index];
	enum hf_split_outcome was;
	uint64_t begun, ns;

	if (step->arg >> 24 & 1)
		i = best_aim(i);
	if (step->arg >> 40 & 3)
		collapse(t, step);
	if (!(step->arg >> 42 & 3))
		boundary(t, step);
	if (!hf_try_begin(t, p))
		return NONE;
	a->at = (struct iovec){ at(part_of(t->run, step)), base };
	if (hf_pin_open(&a->pin, step->arg >> 44 & 1 ? HF_PIN_VMSPLICE : HF_PIN_REGISTERED, base))
		return NONE;
	if (!hf_second_start(t, pin_aimed, a)) {
		hf_pin_free(a->pin);
		return NONE;
	}
	hf_second_go(t, call_ns / LEAD, aim_ns(i));
	begun = hf_clock_now();
	reclaim(t, step);
	ns = hf_clock_ns(hf_clock_now() - begun);
	hf_second_end();
	was = hf_try_end(t);
	hf_pin_free(a->pin);
	if (was == HF_SPLIT_SUCCESS || was == HF_SPLIT_LATE)
		call_ns = (7 * call_ns + (ns < MOST_NS ? ns : MOST_NS)) / 8;
	aims[i].tries++;
	aims[i].late += was == HF_SPLIT_LATE;
	hf_word_all(t, lines, at(last), last);
	return outcome[was];
}

static unsigned int zap(struct hf_task *t, const struct hf_step *step)
{
	unsigned int parts = (unsigned int)(t->run->page / base), first = part_of(t->run, step), most = (step->unit + 1) * parts - first;
	unsigned int n = step->arg & 128 ? 1 : 1 + (unsigned int)(step->arg >> 32) % most;

	return advise(t, at(first), n * base, map.shared ? MADV_REMOVE : MADV_DONTNEED);
}

/* A new mapping in place of a part, which takes the page table apart and is one with its neighbours in the end. */
static unsigned int replace(struct hf_task *t, const struct hf_step *step)
{
	unsigned int parts = (unsigned int)(t->run->page / base), first = part_of(t->run, step), most = (step->unit + 1) * parts - first;
	size_t len = (1 + (step->arg >> 32) % most) * base;

	if (map.shared)
		return UNKNOWN; /* there is no file to map again */
	if (mmap(at(first), len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at(first))
		hf_broken(t->run, "a part cannot be mapped again: %m");
	return advise(t, at(first), len, MADV_HUGEPAGE);
}

/* To another node, where there is one. */
static unsigned int move_page(struct hf_task *t, const struct hf_step *step)
{
	int err = hf_migrate(step->arg & 64 ? at(part_of(t->run, step)) : map.p + step->unit * t->run->page);

	if (err == -ENODEV)
		return UNKNOWN;
	hf_law(t, HF_LAW_ERROR, !err || err == -ENOENT || err == -EBUSY || err == -ENOMEM || err == -EFAULT, "move_pages: errno %d", -err);
	return err ? REFUSED : OK;
}

static unsigned int fork_child(struct hf_task *t, const struct hf_step *step)
{
	unsigned int part = part_of(t->run, step);
	uint64_t was = hf_word_read(t, at(part), part), is;
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return REFUSED;
	if (pid == 0) {
		is = hf_word_read(t, at(part), part);
		if (map.shared) /* the parent goes on storing */
			_exit(0);
		hf_word_foreign(t->run, at(part), part);
		_exit(is != was && (is || !zapped(t->run, step->unit)));
	}
	hf_word_store(t, lines, at(part), part);
	hf_word_all(t, lines, at(part), part);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	hf_law(t, HF_LAW_CONTENT, !WIFSIGNALED(status), "a forked child was killed by signal %d", WTERMSIG(status));
	hf_law(t, HF_LAW_CONTENT, WIFSIGNALED(status) || !WEXITSTATUS(status), "a forked child did not see what its parent had stored in base page %u", part);
	return OK;
}


/* A unit that has been given up: every base page says which one it is, so that none can stand for another; or the huge zero page; or nothing, and actors take the first fault. */
static void fill(struct hf_task *t, unsigned int unit)
{
	unsigned int parts = (unsigned int)(t->run->page / base);
	uint64_t how = hf_rand_below(&t->rand, 4);

	if (how == 0)
		hf_peek(map.p + unit * t->run->page);
	for (unsigned int part = unit * parts; how > 1 && part < (unit + 1) * parts; part++)
		hf_word_store(t, lines, at(part), part);
}

static void quiet(struct hf_task *t)
{
	unsigned int parts = (unsigned int)(t->run->page / base);

	for (unsigned int u = 0; u < UNITS; u++) {
		hf_words_check(t, lines, map.p + u * t->run->page, u * parts, parts, zapped(t->run, u));
		hf_word_all(t, lines, at(u * parts), u * parts);
		hf_word_all(t, lines, at((u + 1) * parts - 1), (u + 1) * parts - 1);
		if (!zapped(t->run, u) && hf_rand_below(&t->rand, REFILL_ONE_IN))
			continue; /* the next episode finds it as it is: split, collapsed, in parts */
		hf_map_zap(t->run, &map, u * t->run->page, t->run->page);
		hf_words_forget(lines, u * parts, parts);
		fill(t, u);
	}
}

/* khugepaged hardly pauses. Not without any pause: it has the lowest priority and takes the one lock of lru_add_drain_all(), which MADV_COLLAPSE then waits for, in each round. */
static const struct hf_setting *settings(const struct hf_run *run)
{
	static const struct hf_setting busy[] = { { KHUGEPAGED "scan_sleep_millisecs", "10" }, { KHUGEPAGED "alloc_sleep_millisecs", "1" }, { KHUGEPAGED "pages_to_scan", "65536" }, { .path = NULL } };

	return hf_param(run, "khugepaged") ? busy : NULL;
}

static size_t memory(const struct hf_run *run)
{
	return 2 * UNITS * run->page;
}

static void setup(struct hf_run *run)
{
	base = (size_t)sysconf(_SC_PAGESIZE);
	call_ns = FIRST_NS;
	if (base != 4096)
		hf_skip(run, "base pages of 4 KiB only");
	map = hf_map_new(run, UNITS * run->page, HF_PRIVATE);
	lines = hf_words_new(run, (unsigned int)(map.len / base));
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
	hf_words_free(lines);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "write", 4, 0, write_page, "ok", HF_SIGBUS_NEVER }, { "read", 2, 0, read_page, "ok", HF_SIGBUS_NEVER }, { "pin", 6, 0, pin_page, "ok|refused", HF_SIGBUS_NEVER },
		      { "splice", 2, 0, splice_pages, "ok|refused", HF_SIGBUS_NEVER }, { "reclaim", 6, 0, reclaim, "ok|refused|unknown", HF_SIGBUS_NEVER },
		      { "collapse", 3, 0, collapse, "ok|refused|unknown", HF_SIGBUS_NEVER }, { "boundary", 1, 0, boundary, "ok|refused|unknown", HF_SIGBUS_NEVER },
		      { "zap", 1, 0, zap, "ok|refused|unknown", HF_SIGBUS_NEVER }, { "fork", 2, 0, fork_child, "ok|refused", HF_SIGBUS_NEVER },
		      { "replace", 1, 0, replace, "ok|refused|unknown", HF_SIGBUS_NEVER }, { "move", 3, 0, move_page, "ok|refused|unknown", HF_SIGBUS_NEVER },
		      { "aim", 4, 0, aim, "split|late|whole|none|untold", HF_SIGBUS_NEVER }),
	.steps = 4,
	.units = units,
	.scan = 100000,
	.share = 5,
	.quiet = quiet,
	.patience_s = 20, /* for the same reason */
};

const struct hf_bench hf_bench = {
	.name = "pin-race-split",
	.summary = "base pages of huge pages are pinned while others split, collapse, fork and give back: a pin sees what the page table sees",
	.paths = HF_LIST("pin_user_pages_fast", "gup_fast_pmd_leaf", "split_huge_page_to_list_to_order", "folio_split", "collapse_huge_page", "copy_huge_pmd", "do_wp_page", "zap_huge_pmd", "folio_ref_freeze"),
	.origin = HF_ORIGIN("lkml", "2015 THP refcounting: split_huge_page and get_user_pages", "pins of both kinds against everything that takes a huge page apart or puts one together"),
	.mem = &hf_mem_thp,
	.params = HF_PARAMS({ "backing", HF_CHOICE, "anon", "anon|shmem", NULL, "private anonymous or shared memory", "anon,shmem", NULL },
			    { "khugepaged", HF_UINT, "0", "0", "1", "1: khugepaged hardly pauses", "0,1", NULL }),
	.metrics = HF_METRICS(HF_STRESS_METRICS,
			      { "collapses", "1", HF_INFO, HF_VMSTAT("thp_collapse_alloc"), "huge pages that were allocated to collapse base pages into, per episode", false },
			      { "splits", "1", HF_INFO, HF_VMSTAT("thp_split_page"), "huge pages that were split, per episode", false },
			      { "migrations", "1", HF_INFO, HF_VMSTAT("thp_migration_success"), "huge pages that were moved whole, per episode", false }),
	.settings_for = settings,
	.modes = HF_THREADS,
	.all_cpus = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = hf_stress_body,
	.teardown = teardown,
	.stress = &race,
};
