// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Racers fight for the last huge page of the pool.
 * One op = one round: all racers, released together, store to their page while the pool holds exactly one. Whoever must not go without (a reservation, or the very page
 * that another racer is instantiating) may never see SIGBUS; whoever must, has to. Not timed: giving the page back between rounds, the gate.
 */
#include "hugefault.h"

enum { SAME_RESERVED, SAME_NORESERVE, DISTINCT, AGAINST_RESERVED };

static struct hf_map mine; /* what the racers share, or task 0's reserved page */
static struct hf_map rest; /* against-reserved: one page per other task */
static struct hf_race race;
static bool reserved;	   /* of @mine; lost when its page is given back */

static char *page_of(const struct hf_task *t)
{
	switch (hf_param(t->run, "contest")) {
	case DISTINCT:
		return mine.p + t->index * t->run->page;
	case AGAINST_RESERVED:
		return t->index ? rest.p + (t->index - 1) * t->run->page : mine.p;
	default:
		return mine.p;
	}
}

static void act(struct hf_task *t)
{
	hf_touch(t->priv);
}

static void reset(struct hf_task *t)
{
	hf_map_zap(t->run, &mine, 0, mine.len);
	if (rest.p)
		hf_map_zap(t->run, &rest, 0, rest.len);
	if (reserved)
		hf_map_reserve(t->run, &mine);
}

static void body(struct hf_task *t)
{
	t->priv = page_of(t);
	hf_race(t, &race);
}

static size_t memory(const struct hf_run *run)
{
	return run->page;
}

/* Only the pages that this run has added may be fought for, and none may come from beyond the pool. */
static void own_pool_only(struct hf_run *run)
{
	struct hf_pool pool;

	if (hf_pool_read(run->page, -1, &pool))
		hf_skip(run, "the pool cannot be read");
	if (pool.free - pool.resv != 1)
		hf_skip(run, "%lld pages of the pool are free for others: racing for the last one would take them", (long long)(pool.free - pool.resv - 1));
	if (pool.overcommit)
		hf_skip(run, "nr_overcommit_hugepages is %lld: the pool has no last page", (long long)pool.overcommit);
}

static void setup(struct hf_run *run)
{
	unsigned int shared = hf_param_is(run, "sharing", "shared") ? HF_SHARED : HF_PRIVATE;
	unsigned int others = run->tasks - 1;

	if (run->processes && !shared)
		hf_skip(run, "a private mapping is raced for by threads only: each process has its own copy");
	own_pool_only(run);
	reserved = hf_param_is(run, "contest", "same-reserved") || hf_param_is(run, "contest", "against-reserved");
	race = (struct hf_race){ .act = act, .reset = reset, .bound = true };
	switch (hf_param(run, "contest")) {
	case SAME_RESERVED:
		mine = hf_map_new(run, run->page, shared | HF_FILE);
		break;
	case SAME_NORESERVE:
		mine = hf_map_new(run, run->page, shared | HF_NORESERVE);
		break;
	case DISTINCT:
		mine = hf_map_new(run, run->tasks * run->page, shared | HF_NORESERVE);
		race.sigbus_due = others;
		race.may_sigbus = ~UINT64_C(0);
		break;
	case AGAINST_RESERVED:
		mine = hf_map_new(run, run->page, shared | HF_FILE);
		rest = hf_map_new(run, others * run->page, shared | HF_NORESERVE);
		race.sigbus_due = others;
		race.may_sigbus = ~UINT64_C(1);
		break;
	}
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &mine);
	hf_map_free(run, &rest);
}

const struct hf_bench hf_bench = {
	.name = "hugetlb-race-last",
	.summary = "racers fight for the last huge page of the pool, with and without a reservation",
	.paths = HF_LIST("hugetlb_fault", "hugetlb_no_page", "alloc_hugetlb_folio", "dequeue_hugetlb_folio_vma", "restore_reserve_on_error", "hugetlb_unreserve_pages"),
	.origin = HF_ORIGIN("lkml", "2006-10-18 Smarter handling of in-flight hugepage allocations", "the spurious OOM the thread is about: the loser must wait for the page, not be killed"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "contest", HF_CHOICE, "same-reserved", "same-reserved|same-noreserve|distinct|against-reserved", NULL,
			      "same page with or without a reservation (no SIGBUS is due); distinct unreserved pages (all but one racer are due one); a reserved page against unreserved ones",
			      "same-reserved,same-noreserve,distinct,against-reserved", NULL },
			    { "sharing", HF_CHOICE, "shared", "private|shared", NULL, "kind of mapping", "private,shared", NULL }, HF_HUGETLB_PARAMS, HF_RACE_PARAMS),
	.metrics = HF_METRICS(HF_RACE_METRICS),
	.needs = { .cpus = 2 },
	.settings = HF_SETTINGS({ "/proc/sys/vm/nr_overcommit_hugepages", "0" }),
	.modes = HF_BOTH,
	.tasks = 2,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
