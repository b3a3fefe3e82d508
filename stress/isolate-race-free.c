// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One actor takes memory blocks offline and back, mostly those in which the others have just had pages, while these allocate and free base pages, THPs, kernel memory (pipe buffers, page tables) and
 * hugetlb pages; every actor also holds pages, a hugetlb one among them, that have to be moved while it writes to them and pins them. Free hugetlb pages in the block are dissolved, and the pool gets as
 * many back after each episode.
 * Laws: no page that anybody maps is in a block that is offline; pages that were moved hold what was written to them, the last store included, and a pin sees it; a reserved hugetlb page is there whatever
 * is dissolved; an attempt that did not end in time had something in the block that is not free (a page on a per-CPU list that nobody drains makes offline_pages() try for ever).
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, REFUSED, LATE, NONE, MOVED };

#define POOL 8			  /* hugetlb pages of our own */
#define CHURN ((size_t)1 << 20)	  /* bytes that it allocates and frees at once */
#define LIMIT_NS 2000000000u
#define EDGE ((size_t)256 << 20)
#define TIMES 16		  /* that an actor allocates and frees in a step: a block takes milliseconds to go offline */

static struct hf_held held[HF_ACTORS_MAX];
static char *edge;
static int late = -1; /* block that an attempt of this episode did not take offline in time */
static _Atomic uint64_t recent[HF_ACTORS_MAX]; /* a frame that an actor has had lately */

/* How many base pages of what actors keep are in block @b. */
static unsigned int held_in(struct hf_task *t, int b)
{
	size_t base = (size_t)sysconf(_SC_PAGESIZE);
	unsigned int n = 0;

	for (unsigned int i = 0; i < t->run->tasks; i++) {
		const struct hf_held *h = &held[i];

		for (size_t at = 0; at < HF_HELD_LEN + h->huge.len; at += base) {
			uint64_t frame = hf_frame(t, at < HF_HELD_LEN ? h->p + at : h->huge.p + (at - HF_HELD_LEN));

			n += frame && hf_offline_of(frame) == b;
		}
	}
	return n;
}

/* Whether nothing but free memory is in a block: then nothing kept it from going offline. */
static bool is_free(const struct hf_block_count *count)
{
	for (int c = 0; c < HF_BLOCK_CLASSES; c++)
		if (c != HF_BLOCK_FREE && c != HF_BLOCK_BLANK && count->n[c])
			return false;
	return true;
}

static unsigned int offline(struct hf_task *t, const struct hf_step *step)
{
	uint64_t frame = atomic_load(&recent[step->arg % t->run->tasks]);
	int b = frame && step->arg & 768 ? hf_offline_of(frame) : -1, err;
	struct hf_block_count count;
	unsigned int kept;

	if (b < 0 || !hf_offline_may(t->run, (unsigned int)b, &count))
		b = hf_offline_find(t->run, HF_BLOCK_FREE, 1, UINT64_MAX, &count);
	if (b < 0)
		return NONE;
	kept = held_in(t, b);
	err = hf_offline_down(t, (unsigned int)b, LIMIT_NS);
	if (err) {
		/* EPERM: 64-bit Arm keeps what it had at boot (arch/arm64/mm/mmu.c, prevent_bootmem_remove_notifier()) */
		hf_law(t, HF_LAW_ERROR, err == -EBUSY || err == -EINTR || err == -EAGAIN || err == -EPERM, "taking a block offline: errno %d", -err);
		if (err == -EINTR)
			late = b;
		return err == -EINTR ? LATE : REFUSED;
	}
	hf_law(t, HF_LAW_PAGE, !held_in(t, b), "mapped pages are in a block that is offline");
	hf_offline_up(t, (unsigned int)b);
	return kept ? MOVED : OK;
}

static unsigned int base_pages(struct hf_task *t, const struct hf_step *step)
{
	for (unsigned int i = 0; i <= step->arg % TIMES; i++)
		atomic_store(&recent[t->index], hf_churn_pages(t, CHURN, MADV_NOHUGEPAGE));
	return OK;
}

static unsigned int huge_pages(struct hf_task *t, const struct hf_step *step)
{
	for (unsigned int i = 0; i <= step->arg % TIMES; i++)
		atomic_store(&recent[t->index], hf_churn_pages(t, 2 * t->run->page, MADV_HUGEPAGE));
	return OK;
}

static unsigned int kernel_pages(struct hf_task *t, const struct hf_step *step)
{
	(void)t;
	(void)step;
	hf_churn_kernel();
	return OK;
}

/* Reserved pages: refused when the pool has none to promise, since free ones may have been dissolved; once promised they are there, or come when the block is online again. */
static unsigned int hugetlb_pages(struct hf_task *t, const struct hf_step *step)
{
	uint64_t frame;
	enum hf_churned what = hf_churn_hugetlb(t, t->run->page, (1 + step->arg % 3) * t->run->page, &frame);

	if (frame)
		atomic_store(&recent[t->index], frame);
	return what;
}

static unsigned int use_held(struct hf_task *t, const struct hf_step *step)
{
	struct hf_held *h = &held[t->index];

	for (unsigned int i = 0; i <= step->arg % TIMES; i++) {
		hf_held_write(t, h);
		atomic_store(&recent[t->index], hf_frame(t, step->arg & 64 ? h->huge.p : h->p + (step->arg >> 8) % HF_HELD_LEN));
	}
	return OK;
}

static unsigned int pin_held(struct hf_task *t, const struct hf_step *step)
{
	return hf_held_pin(t, &held[t->index], step->arg) ? OK : REFUSED;
}

/* A block that did not go offline in time may have been in use, or its workers may have had no CPU. Now that nothing goes on it does, unless somebody keeps a page of it. */
static void try_again(struct hf_task *t)
{
	struct hf_block_count count;
	int err = hf_offline_may(t->run, (unsigned int)late, &count) ? hf_offline_down(t, (unsigned int)late, LIMIT_NS) : -ENOENT;

	if (!err)
		hf_offline_up(t, (unsigned int)late);
	hf_law(t, HF_LAW_FORWARD, err != -EINTR || !hf_offline_may(t->run, (unsigned int)late, &count) || !is_free(&count),
	       "a block that holds nothing but free memory did not go offline in %u s, twice", LIMIT_NS / 1000000000u);
	late = -1;
}

static void quiet(struct hf_task *t)
{
	if (late >= 0)
		try_again(t);
	for (unsigned int i = 0; i < t->run->tasks; i++)
		hf_held_check(t, &held[i], i);
	hf_offline_grow(t->run, UINT64_MAX);
}

static size_t memory(const struct hf_run *run)
{
	return (POOL + run->tasks) * run->page;
}

/*
 * Memory is given out from one end of its zone, and the block there is not taken offline. So that what comes and goes is in others, memory is held until the next huge page is in an inner
 * block; at most EDGE bytes.
 */
static void hold_edge(struct hf_task *t)
{
	struct hf_run *run = t->run;
	const struct hf_block *block;
	int b = -1;

	edge = hf_churn_map(run, EDGE, MADV_HUGEPAGE);
	hf_offline_blocks(&block);
	for (size_t at = 0; at < EDGE && (b < 0 || !block[b].inner); at += run->page) {
		hf_touch(edge + at);
		b = hf_offline_of(hf_frame(t, edge + at));
	}
}

static void begin(struct hf_task *t)
{
	if (edge)
		return;
	hold_edge(t); /* not in setup(): frames are a task's to see */
	for (unsigned int i = 0; i < t->run->tasks; i++)
		hf_held_new(t->run, &held[i], i, t->run->page);
}

static void setup(struct hf_run *run)
{
	hf_offline_open(run);
}

static void teardown(struct hf_run *run)
{
	if (edge)
		hf_churn_unmap(edge, EDGE);
	edge = NULL;
	for (unsigned int i = 0; i < run->tasks; i++)
		hf_held_free(run, &held[i]);
	hf_offline_grow(run, UINT64_MAX);
	hf_offline_close();
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "offline", 1, 1, offline, "ok|refused|late|none|moved", HF_SIGBUS_NEVER }, { "base", 4, ~UINT64_C(1), base_pages, "ok", HF_SIGBUS_NEVER },
		      { "huge", 2, ~UINT64_C(1), huge_pages, "ok", HF_SIGBUS_NEVER }, { "kernel", 2, ~UINT64_C(1), kernel_pages, "ok", HF_SIGBUS_NEVER },
		      { "hugetlb", 4, ~UINT64_C(1), hugetlb_pages, HF_CHURNED, HF_SIGBUS_NEVER }, { "use", 4, ~UINT64_C(1), use_held, "ok", HF_SIGBUS_NEVER },
		      { "pin", 2, ~UINT64_C(1), pin_held, "ok|refused", HF_SIGBUS_NEVER }),
	.steps = 8,
	.scan = 50000,
	.share = 4,
	.begin = begin,
	.quiet = quiet,
	.patience_s = 20,
};

const struct hf_bench hf_bench = {
	.name = "isolate-race-free",
	.summary = "memory blocks go offline while base pages, THPs, kernel memory and hugetlb pages are allocated and freed",
	.paths = HF_LIST("offline_pages", "start_isolate_page_range", "test_pages_isolated", "free_frozen_pages", "zone_pcp_disable", "dissolve_free_hugetlb_folios", "migrate_pages"),
	.origin = HF_ORIGIN("linux-mm 2020", "[RFC 5/5] mm, page_alloc: disable pcplists during page isolation", "pages freed while their block is being isolated, with proof that none escapes; hugetlb pages as in 2021's alloc_contig_range thread"),
	.mem = &hf_mem_block,
	.params = HF_PARAMS({ "hvo", HF_UINT, "0", "0", "1", "vm.hugetlb_optimize_vmemmap when the pages are allocated", "0,1", "0,1" }),
	.metrics = HF_METRICS(HF_STRESS_METRICS),
	.modes = HF_THREADS,
	.all_cpus = true,
	.blocks = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = hf_stress_body,
	.teardown = teardown,
	.stress = &race,
};
