// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Actors instantiate the last huge page there is, all at once: by a store, a load, or MADV_POPULATE_WRITE.
 * contest=reserved: one reserved page of the pool. contest=noreserve: the same page of a file in a private pool of one page, nothing reserved for the mapping. In both nobody may get
 * SIGBUS: who finds no page left must wait for the one that another is clearing. contest=distinct: a page each, and one in the private pool: one actor gets it, all others must get SIGBUS.
 * Laws: SIGBUS when due and only then; every actor's store is in the page that all see afterwards; the rest of it is zero; the quota is back when the page is.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK, FAULTED, UNKNOWN };

#define LOOK_OF_EIGHT 3 /* episodes of eight, one after the other: what one stamps the next must not find */

static struct hf_map map;
static int mount = -1;
static bool distinct;

static char *page_of(const struct hf_run *run, unsigned int actor)
{
	return map.p + (distinct ? actor * run->page : 0);
}

static unsigned int write_page(struct hf_task *t, const struct hf_step *step)
{
	(void)step;
	hf_content_store(t, page_of(t->run, t->index), 0);
	return OK;
}

static unsigned int read_page(struct hf_task *t, const struct hf_step *step)
{
	(void)step;
	hf_peek((const char *)hf_content_line(t->run, page_of(t->run, t->index), 0, t->index));
	return OK;
}

static unsigned int populate(struct hf_task *t, const struct hf_step *step)
{
	int err = madvise(page_of(t->run, t->index), t->run->page, MADV_POPULATE_WRITE) ? errno : 0;

	(void)step;
	if (err == EINVAL) /* before 5.14 */
		return UNKNOWN;
	hf_law(t, HF_LAW_ERROR, !err || err == EFAULT || err == EINTR, "MADV_POPULATE_WRITE: errno %d", err);
	hf_law(t, HF_LAW_SIGBUS, distinct || err != EFAULT, "actor %u: MADV_POPULATE_WRITE found no page (EFAULT), where none is wanting", t->index);
	return err ? FAULTED : OK;
}

/* Whether actor @i got a page: its step succeeded, and a load counts too. */
static bool has_page(const struct hf_run *run, unsigned int i)
{
	const struct hf_actor *a = hf_stress_actor(run, i);

	return a->steps && a->trace[0].outcome == OK;
}

static void look(struct hf_task *t)
{
	struct hf_run *run = t->run;
	unsigned int winners = 0, acted = 0, killed = 0;
	bool gone = false;

	for (unsigned int i = 0; i < run->tasks; i++) {
		const struct hf_actor *a = hf_stress_actor(run, i);

		acted += a->steps > 0 && a->trace[0].outcome != UNKNOWN;
		winners += has_page(run, i);
		killed += a->steps && a->trace[0].outcome == HF_OUTCOME_SIGBUS;
		if (has_page(run, i) && a->trace[0].op == 0)
			gone |= *hf_content_line(run, page_of(run, i), 0, i) != hf_content_mark(run, 0);
	}
	hf_law(t, HF_LAW_CONTENT, !gone, "the store of an actor is not in the page that all see afterwards");
	hf_law(t, HF_LAW_SIGBUS, distinct || !killed, "%u actors got SIGBUS where a page is there for all", killed);
	if (distinct && acted)
		hf_law(t, HF_LAW_SIGBUS, winners == 1, "%u actors of %u got a page, and there is one", winners, acted);
}

/* But for what actors have written the page is zero; then it is made anything but that, for the next who gets it. */
static void check_zero(struct hf_task *t)
{
	for (unsigned int i = 0; i < (distinct ? t->run->tasks : 1); i++) {
		char *p = page_of(t->run, i);

		if (!has_page(t->run, i))
			continue;
		for (unsigned int k = 0; k < t->run->tasks; k++)
			*hf_content_line(t->run, p, 0, k) = 0;
		hf_content_fresh(t, p, t->run->page);
		hf_content_write(p, t->run->page, &(struct hf_stamp){ i, i, hf_stress_episode(t->run) });
	}
}

static void quiet(struct hf_task *t)
{
	int64_t used;

	look(t);
	if (hf_stress_episode(t->run) % 8 < LOOK_OF_EIGHT)
		check_zero(t);
	hf_map_zap(t->run, &map, 0, map.len);
	if (mount < 0)
		hf_map_reserve(t->run, &map);
	else if (hf_quota_used(mount, &used) == 0)
		hf_law(t, HF_LAW_QUOTA, used == 0, "%lld pages of the quota are in use when the file is empty", (long long)used);
}

static size_t memory(const struct hf_run *run)
{
	return run->page;
}

static void setup(struct hf_run *run)
{
	unsigned int shared = hf_param_is(run, "sharing", "shared") ? HF_SHARED : HF_PRIVATE;

	if (run->processes && !shared)
		hf_skip(run, "a private mapping is raced for by threads only: each process has its own copy");
	distinct = hf_param_is(run, "contest", "distinct");
	if (hf_param_is(run, "contest", "reserved")) {
		map = hf_map_new(run, run->page, shared | HF_FILE);
		return;
	}
	mount = hf_map_mount(run, 1, 1);
	if (!shared && !hf_map_serves_private(run, mount))
		hf_skip(run, "this kernel keeps the pages of a private pool from private mappings without a reservation");
	map = hf_map_in(run, mount, (distinct ? run->tasks : 1) * run->page, shared | HF_NORESERVE);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
	if (mount >= 0)
		close(mount);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "write", 6, 0, write_page, "ok", HF_SIGBUS_MAY }, { "read", 1, 0, read_page, "ok", HF_SIGBUS_MAY }, { "populate", 1, 0, populate, "ok|faulted|unknown", HF_SIGBUS_MAY }),
	.steps = 1,
	.scan = 20000,
	.share = 2,
	.quiet = quiet,
};

const struct hf_bench hf_bench = {
	.name = "fault-race-fault",
	.summary = "actors instantiate the last huge page at once: SIGBUS for none whose page it is, for all others",
	.paths = HF_LIST("hugetlb_fault", "hugetlb_no_page", "alloc_hugetlb_folio", "hugetlb_add_to_page_cache", "restore_reserve_on_error", "hugepage_subpool_get_pages"),
	.origin = HF_ORIGIN("lkml", "2006-10-18 Smarter handling of in-flight hugepage allocations", "alloc-instantiate-race in a loop, with delays, more ways to fault, and a private pool that neighbours cannot disturb"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "contest", HF_CHOICE, "reserved", "reserved|noreserve|distinct", NULL, "same page with or without a reservation (no SIGBUS is due); distinct pages (all but one actor are due one)",
			      "reserved,noreserve,distinct", NULL },
			    { "sharing", HF_CHOICE, "private", "private|shared", NULL, "kind of mapping", "private,shared", NULL }, HF_HUGETLB_PARAMS_PAGES("2M,1G")),
	.metrics = HF_METRICS(HF_STRESS_METRICS),
	.settings = HF_SETTINGS({ "/proc/sys/vm/nr_overcommit_hugepages", "0" }),
	.modes = HF_BOTH,
	.all_cpus = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = hf_stress_body,
	.teardown = teardown,
	.stress = &race,
};
