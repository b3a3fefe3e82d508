// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads fork children, several at a time and with children of their own, that read and write the same private huge pages and exit in any order, orphans too, while the threads write to these pages
 * and pin them (a registered buffer of an io_uring: FOLL_PIN | FOLL_LONGTERM), and, on a machine with several nodes, move them. A page that is pinned when the process forks has to be copied at once, and fork fails when there is none for that; a page
 * that the parent cannot copy for lack of another is taken from the children.
 * Laws: no SIGBUS for the parent; for a child only when pages are short; a child sees what its parent had stored when it forked, the parent nothing of a child's; what is stored while a page is pinned is
 * what the pin sees; no store is lost; when all children are gone, the quota has what the mapping is owed and no more.
 */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, REFUSED, ALONE };
enum { CHILD_FINE, CHILD_LOST_PAST, CHILD_LOST_OWN };
enum { PIN = 2 };

#define UNITS 3
#define PARTS 4 /* base pages of each huge page that are stored to */
#define CHILDREN 3
#define GENERATIONS 3
#define STEPS 4
#define PIN_STORES 4
#define BASE 4096

static struct hf_map map;
static struct hf_words *lines;
static int mount = -1;
static _Atomic bool killed; /* a child, in this episode */

static unsigned int units(const struct hf_run *run)
{
	(void)run;
	return UNITS;
}

static unsigned int number(const struct hf_step *step)
{
	return step->unit * PARTS + (unsigned int)(step->arg >> 8) % PARTS;
}

/* Base page number @nr of those that are stored to. */
static char *at(const struct hf_run *run, unsigned int nr)
{
	return map.p + nr / PARTS * run->page + nr % PARTS * (run->page / PARTS);
}

/*
 * Every process there can be in an episode may have a copy of each page. They take it from the machine's pool: no child has part in the reserves of the mount (vma_has_reserves()).
 * Who copies a page to pin it for long gets none that is in a movable zone (dequeue_hugetlb_folio_node_exact()), where all of them may be.
 */
static bool is_short(const struct hf_run *run)
{
	return hf_stress_planned(run, PIN, -1) || hf_param(run, "spare") < (int64_t)(UNITS * run->tasks * STEPS * CHILDREN * GENERATIONS);
}

static unsigned int write_page(struct hf_task *t, const struct hf_step *step)
{
	unsigned int nr = number(step);

	hf_word_store(t, lines, at(t->run, nr), nr);
	hf_word_own(t, lines, at(t->run, nr), nr, false);
	return OK;
}

static unsigned int read_page(struct hf_task *t, const struct hf_step *step)
{
	unsigned int nr = number(step);

	hf_word_own(t, lines, at(t->run, nr), nr, false);
	hf_word_all(t, lines, at(t->run, nr), nr);
	return OK;
}

static unsigned int pin_page(struct hf_task *t, const struct hf_step *step)
{
	unsigned int nr = number(step);
	_Alignas(64) char seen[BASE];
	struct iovec iov = { at(t->run, nr), BASE };
	struct hf_pin *pin;
	int err = hf_pin_new(&pin, HF_PIN_REGISTERED, &iov, 1);

	/* EFAULT: the page is in a movable zone, and no other is free that it could be moved to (check_and_migrate_movable_pages()) */
	hf_law(t, HF_LAW_ERROR, !err || err == -ENOSYS || err == -EPERM || err == -ENOMEM || err == -EAGAIN || err == -EFAULT, "a buffer cannot be registered: errno %d", -err);
	if (err)
		return REFUSED;
	for (unsigned int i = 0; i < PIN_STORES; i++) {
		hf_word_store(t, lines, at(t->run, nr), nr);
		err = hf_pin_look(pin, at(t->run, nr), seen, sizeof(seen));
		hf_law(t, HF_LAW_ERROR, !err, "a registered buffer cannot be read: errno %d", -err);
		if (err || !hf_word_own(t, lines, seen, nr, false))
			break;
	}
	hf_pin_free(pin);
	return OK;
}

/* To another node, where there is one (and with pool=machine): in parent and children alike. */
static unsigned int move_page(struct hf_task *t, const struct hf_step *step)
{
	int err = hf_migrate(map.p + step->unit * t->run->page);

	if (err == -ENODEV)
		return ALONE;
	hf_law(t, HF_LAW_ERROR, !err || err == -ENOENT || err == -EBUSY || err == -ENOMEM, "move_pages: errno %d", -err);
	return err ? REFUSED : OK;
}

static void nap(uint64_t ns)
{
	nanosleep(&(struct timespec){ .tv_nsec = (long)ns }, NULL);
}

/* A child from which a page was taken gets SIGBUS, but a child that it has forked may read zeros (docs/findings.md): with pages short, children have none unless that is asked for. */
static unsigned int generations(const struct hf_run *run)
{
	return is_short(run) && hf_param_is(run, "grandchildren", "spared") ? 1 : GENERATIONS;
}

/* In a child: its program is @bits. Of every generation one goes on to be its own child. @past is what the thread that forked had stored last. */
__attribute__((noreturn)) static void be_child(struct hf_task *t, const struct hf_step *step, uint64_t bits, uint64_t past)
{
	unsigned int nr = number(step), depth = 1;
	char *p = at(t->run, nr);
	uint64_t own;

	signal(SIGBUS, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	do {
		bits = bits * UINT64_C(0x9e3779b97f4a7c15) ^ bits >> 31;
		if (bits & 1)
			nap(bits >> 8 & 0xffff);
		if (hf_word_read(t, p, nr) != past)
			_exit(CHILD_LOST_PAST);
	} while (bits & 2 && depth++ < generations(t->run) && fork() == 0);
	if (bits & 4) {
		hf_word_foreign(t->run, p, nr);
		own = hf_word_read(t, p, nr);
		if (bits & 8)
			nap(bits >> 24 & 0xffff);
		if (own == past || hf_word_read(t, p, nr) != own)
			_exit(CHILD_LOST_OWN);
	}
	_exit(CHILD_FINE);
}

/* Whether the machine's pool has all that was added for this run: then no neighbour was in the way. */
static bool is_alone(const struct hf_run *run)
{
	struct hf_pool pool;

	return hf_pool_read(run->page, -1, &pool) == 0 && pool.free - pool.resv >= hf_param(run, "spare");
}

static void judge_child(struct hf_task *t, int status)
{
	hf_law(t, HF_LAW_SIGBUS, !WIFSIGNALED(status) || WTERMSIG(status) == SIGBUS, "a child was killed by signal %d", WTERMSIG(status));
	killed |= WIFSIGNALED(status);
	if (WIFEXITED(status))
		hf_law(t, HF_LAW_CONTENT, WEXITSTATUS(status) == CHILD_FINE, "a child %s",
		       WEXITSTATUS(status) == CHILD_LOST_PAST ? "did not see what its parent had stored before it forked" : "lost its own store");
}

static unsigned int fork_children(struct hf_task *t, const struct hf_step *step)
{
	unsigned int want = 1 + (unsigned int)(step->arg % CHILDREN), n = 0, nr = number(step);
	pid_t pid[CHILDREN];
	uint64_t past;
	int status = 0;

	hf_word_store(t, lines, at(t->run, nr), nr);
	past = hf_word_read(t, at(t->run, nr), nr);
	for (; n < want; n++) {
		pid[n] = fork();
		if (pid[n] == 0)
			be_child(t, step, (step->arg >> 16) + n, past);
		if (pid[n] < 0)
			break;
	}
	/* ENOSPC: a pinned page is to be copied and there is none (copy_hugetlb_page_range()) */
	hf_law(t, HF_LAW_ERROR, n == want || errno == ENOMEM || errno == EAGAIN || (errno == ENOSPC && is_short(t->run)), "fork: errno %d", errno);
	for (unsigned int i = 0; i < n; i++) {
		while (waitpid(pid[i], &status, 0) < 0 && errno == EINTR)
			;
		judge_child(t, status);
	}
	hf_word_own(t, lines, at(t->run, nr), nr, false);
	return n == want ? OK : REFUSED;
}

static void quiet(struct hf_task *t)
{
	struct hf_run *run = t->run;
	int status;
	int64_t used;
	pid_t orphan;

	while ((orphan = waitpid(-1, &status, 0)) > 0 || (orphan < 0 && errno == EINTR))
		if (orphan > 0)
			judge_child(t, status);
	hf_law(t, HF_LAW_SIGBUS, !killed || is_short(run) || !is_alone(run), "a child got SIGBUS, and there are pages for all");
	killed = false;
	for (unsigned int nr = 0; nr < UNITS * PARTS; nr++)
		hf_words_check(t, lines, at(run, nr), nr, 1, false);
	hf_map_reserve(run, &map);
	hf_words_forget(lines, 0, UNITS * PARTS);
	if (mount >= 0 && hf_quota_used(mount, &used) == 0)
		hf_law(t, HF_LAW_RESERVATION, used == UNITS, "%lld pages of the quota are in use or promised, where %d are owed", (long long)used, UNITS);
}

static size_t pages(const struct hf_run *run)
{
	return UNITS + (size_t)hf_param(run, "spare");
}

static size_t memory(const struct hf_run *run)
{
	return pages(run) * run->page;
}

static void setup(struct hf_run *run)
{
	if (hf_param_is(run, "pool", "own")) {
		mount = hf_map_mount(run, pages(run), UNITS);
		map = hf_map_in(run, mount, UNITS * run->page, HF_PRIVATE);
	} else {
		map = hf_map_new(run, UNITS * run->page, HF_PRIVATE | HF_FILE);
	}
	lines = hf_words_new(run, UNITS * PARTS);
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* children of children that are gone come to us */
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
	if (mount >= 0)
		close(mount);
	hf_words_free(lines);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "write", 4, 0, write_page, "ok", HF_SIGBUS_NEVER }, { "read", 2, 0, read_page, "ok", HF_SIGBUS_NEVER }, { "pin", 3, 0, pin_page, "ok|refused", HF_SIGBUS_NEVER },
		      { "fork", 4, 0, fork_children, "ok|refused", HF_SIGBUS_NEVER }, { "move", 2, 0, move_page, "ok|refused|alone", HF_SIGBUS_NEVER }),
	.steps = STEPS,
	.units = units,
	.scan = 200000,
	.share = 4,
	.quiet = quiet,
};

const struct hf_bench hf_bench = {
	.name = "fork-race-cow",
	.summary = "threads fork storms of children that write to the same huge pages, pin them and write to them, with pages for copies short or not",
	.paths = HF_LIST("copy_hugetlb_page_range", "hugetlb_try_dup_anon_rmap", "hugetlb_wp", "unmap_ref_private", "hugetlb_install_folio", "gup_fast_folio_allowed", "restore_reserve_on_error", "unmap_and_move_huge_page"),
	.origin = HF_ORIGIN("LTP", "hugefork01, hugemmap09; selftests/mm cow.c", "as a storm: forks, exits, copies and pins at once, and every store accounted for"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "spare", HF_UINT, "0", "0", "4096", "pages for copies, beyond those that the parent has reserved; 108 for each actor are enough for all", "0,2", "0,2,216" },
			    { "pool", HF_CHOICE, "own", "own|machine", NULL, "own: a mount with a quota, which is checked, and whose private pages never move (unmap_and_move_huge_page())", "own,machine", NULL },
			    { "grandchildren", HF_CHOICE, "spared", "spared|any", NULL, "any: children fork although pages are short, which fails on every kernel so far", NULL, NULL }, HF_HUGETLB_PARAMS),
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
