// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One actor adds 1 GiB pages to the pool (alloc_contig_range()), demotes them to 2 MiB pages, takes them out, and (hvo=1) switches vmemmap optimisation, while the others reserve and use pages of both sizes,
 * surplus pages too, resize the pool of the small ones, allocate and free base pages, THPs and kernel memory, and write to and pin pages that are in the way and have to be moved.
 * Laws: a page of either size that was reserved is there, whatever is demoted, dissolved or freed, and fresh; what is moved keeps what was written to it; a demoted page becomes as many small ones as it
 * has, no more and no fewer; no count of either pool contradicts another. What has left the pools is the oracle's: frames, memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, REFUSED, NOTHING };
enum { RESIZE = 5 };

#define GIANTS 2 /* pages of 1 GiB that the run adds */
#define SMALL ((size_t)2 << 20)
#define EXTRA 16 /* pages of 2 MiB */
#define PARTS ((int64_t)512)
#define CHURN ((size_t)1 << 20)
#define TIMES 8
#define TOUCH_ONE_IN 16
#define LOOK ((size_t)64 << 10) /* of a 1 GiB page */

static struct hf_resize big, small;
static struct hf_held held[HF_ACTORS_MAX];
static struct hf_map own[HF_ACTORS_MAX];
static int demote_file = -1;
static int64_t big_base, small_base, demoted, small_before; /* pages without ours; in this episode */

static int write_number(int fd, int64_t n)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%lld", (long long)n);

	return pwrite(fd, text, (size_t)len, 0) == len ? 0 : -errno;
}

/* One page more; where there are all that may be, one goes first, and its memory is the next to be allocated from. */
static unsigned int grow(struct hf_task *t, const struct hf_step *step)
{
	int64_t now = hf_resize_persistent(t->run, &big);
	int err = now < big_base + GIANTS ? 0 : hf_resize_write_to(&big, --now);

	(void)step;
	if (!err)
		err = hf_resize_write_to(&big, now + 1);
	hf_law(t, HF_LAW_ERROR, !err, "the pool of 1 GiB pages cannot be resized: errno %d", -err);
	return hf_resize_persistent(t->run, &big) > now ? OK : REFUSED;
}

/* EBUSY, ENOMEM: the vmemmap of the page cannot be restored */
static unsigned int demote(struct hf_task *t, const struct hf_step *step)
{
	int64_t before = hf_resize_persistent(t->run, &big), now;
	int err = before > big_base ? write_number(demote_file, 1 + (int64_t)(step->arg % (uint64_t)hf_param(t->run, "at-once"))) : 0;

	hf_law(t, HF_LAW_ERROR, !err || err == -EBUSY || err == -ENOMEM, "a page cannot be demoted: errno %d", -err);
	now = hf_resize_persistent(t->run, &big);
	demoted += before - now;
	return err ? REFUSED : now < before ? OK : NOTHING;
}

static unsigned int toggle(struct hf_task *t, const struct hf_step *step)
{
	if (!hf_param(t->run, "hvo"))
		return demote(t, step);
	hf_law(t, HF_LAW_ERROR, hf_pool_hvo(step->arg & 1) == 0, "vm.hugetlb_optimize_vmemmap cannot be written");
	return OK;
}

/* Reserve a 1 GiB page, and touch it now and then: clearing it takes its time. What is left of it is quiet()'s. */
static unsigned int use_big(struct hf_task *t, const struct hf_step *step)
{
	struct hf_map *m = &own[t->index];
	int err;

	hf_map_free(t->run, m);
	err = hf_map_sized(big.page, big.page, m);
	hf_law(t, HF_LAW_ERROR, !err || err == -ENOMEM, "mapping a 1 GiB page: errno %d", -err);
	if (err) {
		*m = (struct hf_map){ .p = NULL };
		return REFUSED;
	}
	if (step->arg % TOUCH_ONE_IN == 0)
		hf_content_fresh(t, m->p + (step->arg >> 8) % (big.page / LOOK) * LOOK, LOOK);
	if (step->arg & 64) /* else it is kept until the end of the episode */
		hf_map_free(t->run, m);
	return OK;
}

static unsigned int use_small(struct hf_task *t, const struct hf_step *step)
{
	enum hf_churned what = HF_CHURN_OK;
	uint64_t frame;

	for (unsigned int i = 0; i <= step->arg % TIMES; i++)
		what = hf_churn_hugetlb(t, SMALL, (1 + (step->arg >> 8) % EXTRA) * SMALL, &frame);
	return what;
}

/* Never fewer than were there before: those are others'. */
static unsigned int resize(struct hf_task *t, const struct hf_step *step)
{
	int err = hf_resize_write_to(&small, small_base + (int64_t)(step->arg % (EXTRA + 1)));

	hf_law(t, HF_LAW_ERROR, !err, "the pool of 2 MiB pages cannot be resized: errno %d", -err);
	return OK;
}

static unsigned int base_pages(struct hf_task *t, const struct hf_step *step)
{
	for (unsigned int i = 0; i <= step->arg % TIMES; i++)
		hf_churn_pages(t, CHURN, MADV_NOHUGEPAGE);
	return OK;
}

static unsigned int huge_pages(struct hf_task *t, const struct hf_step *step)
{
	for (unsigned int i = 0; i <= step->arg % TIMES; i++)
		hf_churn_pages(t, 2 * SMALL, MADV_HUGEPAGE);
	return OK;
}

static unsigned int kernel_pages(struct hf_task *t, const struct hf_step *step)
{
	(void)t;
	(void)step;
	hf_churn_kernel();
	return OK;
}

static unsigned int use_held(struct hf_task *t, const struct hf_step *step)
{
	for (unsigned int i = 0; i <= step->arg % TIMES; i++)
		hf_held_write(t, &held[t->index]);
	return OK;
}

static unsigned int pin_held(struct hf_task *t, const struct hf_step *step)
{
	return hf_held_pin(t, &held[t->index], step->arg) ? OK : REFUSED;
}

static void begin(struct hf_task *t)
{
	demoted = 0;
	small_before = hf_resize_persistent(t->run, &small);
}

/* Actors still have what they have reserved. */
static void check_pool(struct hf_task *t, size_t page)
{
	struct hf_pool pool;
	char why[200] = "";

	if (hf_pool_read(page, -1, &pool) == 0)
		hf_law(t, pool.resv > pool.free ? HF_LAW_RESERVATION : HF_LAW_POOL, hf_pool_law(&pool, why, sizeof(why)) == 0, "%zu kB: %s", page >> 10, why);
}

static void quiet(struct hf_task *t)
{
	struct hf_run *run = t->run;
	int64_t small_now = hf_resize_persistent(run, &small);

	check_pool(t, big.page);
	check_pool(t, SMALL);
	for (unsigned int i = 0; i < run->tasks; i++)
		hf_map_free(run, &own[i]);
	for (unsigned int i = 0; i < run->tasks; i++)
		hf_held_check(t, &held[i], i);
	if (!hf_stress_planned(run, RESIZE, -1))
		hf_law(t, HF_LAW_POOL, small_now == small_before + demoted * PARTS, "%lld pages of 1 GiB were demoted, and there are %lld more pages of 2 MiB", (long long)demoted,
		       (long long)(small_now - small_before));
	hf_resize_settle(t, &small, small_base + EXTRA + (int64_t)run->tasks);
	hf_resize_settle(t, &big, big_base + 1 + (int64_t)hf_rand_below(&t->rand, GIANTS)); /* as many as can be had */
}

static unsigned int brackets(const struct hf_run *run, struct hf_bracket *list)
{
	list[0] = (struct hf_bracket){ (size_t)hf_param(run, "size"), -1, GIANTS };
	list[1] = (struct hf_bracket){ SMALL, -1, GIANTS * PARTS + 2 * EXTRA + HF_ACTORS_MAX };
	return 2;
}

static const struct hf_setting *settings(const struct hf_run *run)
{
	static struct hf_setting list[3];
	static char path[256], surplus[256];

	hf_pool_path((size_t)hf_param(run, "size"), -1, "demote_size", path, sizeof(path));
	hf_pool_path(SMALL, -1, "nr_overcommit_hugepages", surplus, sizeof(surplus));
	list[0] = (struct hf_setting){ path, "2048kB" };
	list[1] = (struct hf_setting){ surplus, "16" };
	return list;
}

static size_t memory(const struct hf_run *run)
{
	return GIANTS * (size_t)hf_param(run, "size") + (2 * EXTRA + run->tasks) * SMALL;
}

static void setup(struct hf_run *run)
{
	struct hf_task *t = &run->task[0];
	char path[256];

	hf_resize_open(run, &big, run->page, -1, 0);
	hf_resize_open(run, &small, SMALL, -1, 1);
	big_base = big.now.nr;
	small_base = small.now.nr;
	demote_file = open(hf_pool_path(big.page, -1, "demote", path, sizeof(path)), O_WRONLY | O_CLOEXEC);
	if (demote_file < 0)
		hf_skip(run, "%s cannot be written", path);
	hf_resize_hold(t, &big, GIANTS);
	hf_resize_hold(t, &small, GIANTS * PARTS + 2 * EXTRA + run->tasks);
	hf_resize_settle(t, &small, small_base + EXTRA + (int64_t)run->tasks);
	hf_resize_settle(t, &big, big_base + GIANTS);
	if (big.now.nr == big_base)
		hf_skip(run, "no gigantic page could be added to the pool");
	for (unsigned int i = 0; i < run->tasks; i++)
		hf_held_new(run, &held[i], i, SMALL);
}

static void teardown(struct hf_run *run)
{
	struct hf_task *t = &run->task[0];

	for (unsigned int i = 0; i < run->tasks; i++)
		hf_held_free(run, &held[i]);
	hf_resize_settle(t, &small, small_base);
	hf_resize_settle(t, &big, big_base);
	hf_resize_hold(t, &big, 0);
	hf_resize_hold(t, &small, 0);
	hf_resize_close(&big);
	hf_resize_close(&small);
	close(demote_file);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "grow", 3, 1, grow, "ok|refused", HF_SIGBUS_NEVER }, { "demote", 4, 1, demote, "ok|refused|nothing", HF_SIGBUS_NEVER },
		      { "toggle", 1, 1, toggle, "ok|refused|nothing", HF_SIGBUS_NEVER }, { "big", 4, ~UINT64_C(1), use_big, "ok|refused", HF_SIGBUS_NEVER },
		      { "small", 6, ~UINT64_C(1), use_small, HF_CHURNED, HF_SIGBUS_NEVER }, { "resize", 1, ~UINT64_C(1), resize, "ok", HF_SIGBUS_NEVER },
		      { "base", 2, ~UINT64_C(1), base_pages, "ok", HF_SIGBUS_NEVER }, { "huge", 2, ~UINT64_C(1), huge_pages, "ok", HF_SIGBUS_NEVER },
		      { "kernel", 1, ~UINT64_C(1), kernel_pages, "ok", HF_SIGBUS_NEVER }, { "use", 3, ~UINT64_C(1), use_held, "ok", HF_SIGBUS_NEVER },
		      { "pin", 1, ~UINT64_C(1), pin_held, "ok|refused", HF_SIGBUS_NEVER }),
	.steps = 6,
	.scan = 200000,
	.share = 3,
	.begin = begin,
	.quiet = quiet,
	.patience_s = 20,
};

const struct hf_bench hf_bench = {
	.name = "gigantic-race-free",
	.summary = "1 GiB pages are allocated, demoted and freed while pages of all sizes are reserved, used, moved and given back",
	.paths = HF_LIST("alloc_contig_range_noprof", "isolate_or_dissolve_huge_folio", "demote_store", "demote_free_hugetlb_folios", "set_max_huge_pages", "hugetlb_vmemmap_restore_folios", "gather_surplus_pages",
			 "migrate_pages", "free_contig_range"),
	.origin = HF_ORIGIN("linux-mm 2021", "mm: Make alloc_contig_range handle free hugetlb pages; hugetlb: add demote/split page functionality",
			    "free against allocate, demote and resize, both pools counted after every episode"),
	.mem = &hf_mem_pool,
	.params = HF_PARAMS(HF_RESIZE_HVO,
			    { "at-once", HF_UINT, "1", "1", "2", "pages demoted by one write, at most; 2 takes reserved ones on kernels since 6.12", NULL, NULL }, HF_RESIZE_SIZE("1G")),
	.metrics = HF_METRICS(HF_STRESS_METRICS),
	.needs = { .root = true },
	.settings_for = settings,
	.brackets = brackets,
	.modes = HF_THREADS,
	.all_cpus = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = hf_stress_body,
	.teardown = teardown,
	.stress = &race,
};
