// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Huge pages whose vmemmap is optimised leave the pool while not one base page is left: one actor shrinks and grows the pool and switches vmemmap optimisation, another gives back a few base pages and takes
 * them again, so that restoring struct pages fails, fails half-way or just succeeds, and all reserve pages, write to them and let them go, which frees surplus pages (in a worker).
 * Memory blocks that are free are taken offline, and a process of its own (system/hog.h) has the rest of the memory that the kernel can have. Actors allocate nothing but huge pages of the pool; what they
 * keep they have beforehand.
 * Laws: every call ends; the pool has as many persistent pages as it was asked to have, and what could not be freed is surplus; a reserved page is there, zero, and keeps what was written; when memory is
 * back all pages leave the pool. And the oracle's: pool, surplus, frames, memory as before.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, REFUSED, KEPT = 1 };

#define POOL 8
#define OWN_MOST 3   /* huge pages that an actor reserves for itself */
#define FEW 9	     /* base pages: a page of 2 MiB needs seven for its struct pages */
#define EASE (32u << 20)
#define EASED 2
#define LOOKS 8 /* the counts are in files of their own */
#define TRIES 50
#define NAP_NS 20000000
#define LIMIT_NS 2000000000u /* for a block to go offline */
#define DOWN_MOST 64
#define LEFT (256 << 20) /* bytes, at least */

static struct hf_resize pool;
static struct hf_hog *hog;
static struct hf_held held[HF_ACTORS_MAX];
static struct hf_map own[HF_ACTORS_MAX];
static int64_t base; /* pages of others */
static unsigned int down[DOWN_MOST], n_down; /* blocks that are offline */

/* Beside others at work only what one actor alone changes is judged: the persistent pages. */
static int64_t ask(struct hf_task *t, int64_t pages)
{
	int err = hf_resize_write_to(&pool, pages);
	int64_t now = pages;

	hf_law(t, HF_LAW_ERROR, !err, "the pool cannot be resized: errno %d", -err);
	for (int i = 0; i < LOOKS && !err; i++) {
		now = hf_resize_persistent(t->run, &pool);
		if (now == pages)
			break;
	}
	return now;
}

/* Free surplus pages. */
static int64_t kept(struct hf_run *run)
{
	struct hf_pool now = hf_resize_read(run, &pool);
	int64_t unused = now.free > now.resv ? now.free - now.resv : 0;

	return now.surplus < unused ? now.surplus : unused;
}

static unsigned int shrink(struct hf_task *t, const struct hf_step *step)
{
	int64_t most = base + (int64_t)(step->arg % POOL), now = hf_resize_persistent(t->run, &pool), pages, n;

	if (now <= most)
		return OK;
	pages = ask(t, most);
	/* set_max_huge_pages(): in-use pages become surplus, and so do those whose struct pages cannot be had (add_hugetlb_folio()) */
	hf_law(t, HF_LAW_SURPLUS, pages == most, "the pool was asked to have %lld pages and has %lld that are not surplus", (long long)most, (long long)pages);
	n = kept(t->run);
	hf_count(t, hf_metric(t->run, "kept"), (uint64_t)n);
	return n ? KEPT : OK;
}

/* Surplus pages become persistent first; new ones can be had of what only user space could have otherwise. */
static unsigned int grow(struct hf_task *t, const struct hf_step *step)
{
	int64_t most = base + POOL + t->run->tasks, now = hf_resize_persistent(t->run, &pool), pages;

	if (now + (int64_t)(step->arg % POOL) < most)
		most = now + (int64_t)(step->arg % POOL);
	pages = ask(t, most);
	hf_law(t, HF_LAW_POOL, pages <= most, "the pool was asked to have %lld pages and has %lld that are not surplus", (long long)most, (long long)pages);
	return pages < most ? REFUSED : OK;
}

static unsigned int toggle(struct hf_task *t, const struct hf_step *step)
{
	hf_law(t, HF_LAW_ERROR, hf_pool_hvo(step->arg & 1) == 0, "vm.hugetlb_optimize_vmemmap cannot be written");
	return OK;
}

/* What is left of it goes in the next such step, or in quiet(). */
static unsigned int use(struct hf_task *t, const struct hf_step *step)
{
	struct hf_stamp stamp = { t->index, step->unit, hf_stress_episode(t->run) };
	size_t len = (1 + step->arg % OWN_MOST) * pool.page;
	struct hf_map *m = &own[t->index];
	int err;

	hf_map_free(t->run, m);
	err = hf_map_sized(pool.page, len, m);
	hf_law(t, HF_LAW_ERROR, !err || err == -ENOMEM, "mapping %zu bytes of huge pages: errno %d", len, -err);
	if (err) {
		*m = (struct hf_map){ .p = NULL };
		return REFUSED;
	}
	hf_content_fresh(t, m->p, len);
	hf_content_write(m->p, len, &stamp);
	hf_content_check(t, m->p, len, &stamp);
	if (step->arg & 64)
		hf_map_free(t->run, m);
	return OK;
}

static unsigned int use_held(struct hf_task *t, const struct hf_step *step)
{
	(void)step;
	hf_held_write(t, &held[t->index]);
	return OK;
}

static unsigned int spare(struct hf_task *t, const struct hf_step *step)
{
	(void)t;
	return hf_hog_spare(hog, 1 + step->arg % FEW) ? REFUSED : OK;
}

static unsigned int take(struct hf_task *t, const struct hf_step *step)
{
	(void)t;
	(void)step;
	return hf_hog_retake(hog) ? REFUSED : OK;
}

static void start_hog(struct hf_run *run)
{
	int err = hf_hog_open(&hog, (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE));

	if (err)
		hf_broken(run, "no process that takes the memory: %s", strerror(-err));
}

/* Until there is nothing left, or the OOM killer thinks so. */
static void starve(struct hf_task *t)
{
	int err;

	hf_stress_starve(t->run, true);
	err = hf_hog_fill(hog);
	if (!err)
		return;
	if (err != -ESRCH)
		hf_broken(t->run, "memory cannot be taken: %s", strerror(-err));
	hf_hog_close(hog);
	start_hog(t->run);
}

static void ease(struct hf_task *t)
{
	if (hf_hog_ease(hog, EASE) == 0)
		hf_count(t, hf_metric(t->run, "killed"), hf_hog_killed(hog));
	hf_stress_starve(t->run, false);
}

/* The pool as it is at the beginning of an episode, as far as that can be had: pages that were taken out as base pages may not come back as huge ones. */
static void refill(struct hf_task *t)
{
	int64_t goal = base + POOL + t->run->tasks;

	hf_resize_settle(t, &pool, base + t->run->tasks);
	hf_resize_settle(t, &pool, goal);
	for (int i = 0; i < EASED && pool.now.nr - pool.now.surplus < goal && hf_hog_ease(hog, EASE) == 0; i++)
		hf_resize_settle(t, &pool, goal);
}

static void quiet(struct hf_task *t)
{
	struct hf_run *run = t->run;

	for (unsigned int i = 0; i < run->tasks; i++)
		hf_map_free(run, &own[i]);
	for (unsigned int i = 0; i < run->tasks; i++)
		hf_held_check(t, &held[i], i);
	ease(t);
	hf_law(t, HF_LAW_ERROR, hf_pool_hvo((int)hf_param(run, "hvo")) == 0, "vm.hugetlb_optimize_vmemmap cannot be written");
	refill(t);
}

/* What is not there need not be taken: clearing it takes its time. What only user space can have is left. */
static void take_offline(struct hf_run *run)
{
	const struct hf_block *block;
	unsigned int n = hf_offline_blocks(&block);
	struct hf_block_count count;
	int64_t left;

	for (unsigned int i = 0; i < n && n_down < DOWN_MOST; i++)
		if (hf_memfree(&left) == 0 && left > LEFT + (int64_t)(block[i].pages * (size_t)sysconf(_SC_PAGESIZE)) && strcmp(block[i].zone, "Movable") != 0 && hf_offline_may(run, i, &count) &&
		    count.n[HF_BLOCK_FREE] == block[i].pages && hf_offline_down(&run->task[0], i, LIMIT_NS) == 0)
			down[n_down++] = i;
}

static void bring_online(struct hf_run *run)
{
	while (n_down)
		hf_offline_up(&run->task[0], down[--n_down]);
}

static size_t memory(const struct hf_run *run)
{
	return (POOL + run->tasks) * (size_t)hf_param(run, "size");
}

static unsigned int brackets(const struct hf_run *run, struct hf_bracket *list)
{
	list[0] = (struct hf_bracket){ (size_t)hf_param(run, "size"), -1, POOL * 2 + HF_ACTORS_MAX };
	return 1;
}

static const struct hf_setting *settings(const struct hf_run *run)
{
	static struct hf_setting list[2];
	static char surplus[256];

	hf_pool_path((size_t)hf_param(run, "size"), -1, "nr_overcommit_hugepages", surplus, sizeof(surplus));
	list[0] = (struct hf_setting){ surplus, "8" };
	return list;
}

static void setup(struct hf_run *run)
{
	struct hf_task *t = &run->task[0];

	hf_resize_open(run, &pool, run->page, -1, 0);
	hf_resize_prove(t, &pool, -1);
	base = pool.now.nr;
	hf_resize_hold(t, &pool, POOL + run->tasks);
	hf_resize_settle(t, &pool, base + POOL + run->tasks);
	if (pool.now.nr < base + POOL + run->tasks)
		hf_skip(run, "%u pages cannot be added to the pool", POOL + run->tasks);
	for (unsigned int i = 0; i < run->tasks; i++)
		hf_held_new(run, &held[i], i, run->page);
	hf_offline_open(run);
	take_offline(run);
	start_hog(run);
	starve(t); /* the first time takes long; then some is given back, as tasks are still to be made */
	hf_stress_keeps(run, 2 * hf_hog_tables(hog)); /* addresses are used again only after some time */
	ease(t);
}

/* There is memory again. */
static void check(struct hf_run *run)
{
	struct hf_task *t = &run->task[0];
	int64_t left = 0;

	hf_hog_close(hog);
	hog = NULL;
	bring_online(run);
	for (unsigned int i = 0; i < run->tasks; i++)
		hf_held_free(run, &held[i]);
	for (int i = 0; i < TRIES; i++) {
		hf_resize_settle(t, &pool, pool.now.nr); /* what is surplus is persistent again: update_and_free_pages_bulk() sees it */
		hf_resize_settle(t, &pool, base);
		left = pool.now.nr - base;
		if (!left)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
	}
	hf_law(t, HF_LAW_FORWARD, !kept(run), "%lld pages cannot be taken out of the pool although there is memory again", (long long)left);
	hf_resize_hold(t, &pool, 0);
}

static void teardown(struct hf_run *run)
{
	hf_hog_close(hog);
	hog = NULL;
	bring_online(run);
	hf_offline_close();
	hf_resize_close(&pool);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "shrink", 4, 1, shrink, "ok|kept", HF_SIGBUS_NEVER }, { "grow", 2, 1, grow, "ok|refused", HF_SIGBUS_NEVER }, { "toggle", 1, 1, toggle, "ok", HF_SIGBUS_NEVER },
		      { "use", 5, 0, use, "ok|refused", HF_SIGBUS_NEVER }, { "held", 1, 0, use_held, "ok", HF_SIGBUS_NEVER }, { "spare", 2, 2, spare, "ok|refused", HF_SIGBUS_NEVER },
		      { "take", 3, 2, take, "ok|refused", HF_SIGBUS_NEVER }),
	.steps = 6,
	.scan = 200000,
	.begin = starve,
	.quiet = quiet,
	.patience_s = 60,
};

const struct hf_bench hf_bench = {
	.name = "starve-race-free",
	.summary = "huge pages with optimised vmemmap leave the pool while not one base page is left",
	.paths = HF_LIST("update_and_free_pages_bulk", "bulk_vmemmap_restore_error", "free_hpage_workfn", "__update_and_free_hugetlb_folio", "add_hugetlb_folio", "hugetlb_vmemmap_restore_folios", "alloc_vmemmap_page_list",
			 "set_max_huge_pages"),
	.origin = HF_ORIGIN("linux-mm 2021", "mm: hugetlb: allocate the vmemmap pages associated with each HugeTLB page", "the reviewers' fear, raced: freeing memory needs memory, and there is none"),
	.mem = &hf_mem_pool,
	.params = HF_PARAMS({ "machine", HF_SIZE, "8G", "64M", "1024T", "the largest machine, by total memory, on which the run may take all of it", NULL, NULL },
			    { "hvo", HF_CHOICE, "1", "0|1", NULL, "vm.hugetlb_optimize_vmemmap at the beginning of each episode", NULL, NULL },
			    HF_RESIZE_SIZE("2M")),
	.metrics = HF_METRICS(HF_STRESS_METRICS, { "kept", "count", HF_INFO, HF_COUNT, "free surplus pages after a write that made the pool smaller", false },
			      { "killed", "count", HF_INFO, HF_COUNT, "processes that the OOM killer took, which are there for that", false }),
	.needs = { .root = true, .whole = "machine" },
	.settings = HF_SETTINGS(HF_HOG_SETTINGS),
	.settings_for = settings,
	.brackets = brackets,
	.blocks = true,
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
