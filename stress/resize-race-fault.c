// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One actor makes the pool smaller and larger and (hvo=1) switches vmemmap optimisation off and on, while the others reserve, fault in and free pages of it, and surplus pages beyond it.
 * A page that is in use when the pool shrinks becomes surplus, and leaves with its user; one whose vmemmap was optimised gets it back first, and its base pages must be as good as any.
 * Laws: a reserved page is there, zero, and keeps what was written; refusals are ENOMEM; and the oracle's, on pool, surplus, frames and memory.
 */
#include <errno.h>
#include <sys/mman.h>

#include "hugefault.h"

enum { OK, REFUSED };

#define POOL 8

static unsigned int shrink(struct hf_task *t, const struct hf_step *step)
{
	(void)step;
	hf_offline_shrink(t->run);
	return OK;
}

static unsigned int grow(struct hf_task *t, const struct hf_step *step)
{
	hf_offline_grow(t->run, 1 + step->arg % POOL);
	return OK;
}

static unsigned int toggle(struct hf_task *t, const struct hf_step *step)
{
	int err;

	if (!hf_param(t->run, "hvo"))
		return REFUSED;
	err = hf_pool_hvo(step->arg & 1);
	hf_law(t, HF_LAW_ERROR, !err, "vm.hugetlb_optimize_vmemmap cannot be written: errno %d", -err);
	return OK;
}

/* Reserve some pages, write to them, look, give them back. */
static unsigned int use(struct hf_task *t, const struct hf_step *step)
{
	struct hf_stamp stamp = { t->index, step->unit, hf_stress_episode(t->run) };
	size_t len = (1 + step->arg % 4) * t->run->page;
	struct hf_map m;
	int err = hf_map_huge(t->run, len, &m);

	hf_law(t, HF_LAW_ERROR, !err || err == -ENOMEM, "mapping %zu bytes of huge pages: errno %d", len, -err);
	if (err)
		return REFUSED;
	hf_content_fresh(t, m.p, len);
	hf_content_write(m.p, len, &stamp);
	hf_content_check(t, m.p, len, &stamp);
	hf_map_free(t->run, &m);
	return OK;
}

/* Base memory, which may be made of what has just left the pool. */
static unsigned int base_pages(struct hf_task *t, const struct hf_step *step)
{
	size_t len = (size_t)4 << 20;
	struct hf_stamp stamp = { t->index, step->unit, hf_stress_episode(t->run) };
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return REFUSED;
	madvise(p, len, step->arg & 1 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	hf_content_fresh(t, p, len);
	hf_content_write(p, len, &stamp);
	hf_content_check(t, p, len, &stamp);
	munmap(p, len);
	return OK;
}

static void quiet(struct hf_task *t)
{
	hf_offline_grow(t->run, UINT64_MAX);
}

static size_t memory(const struct hf_run *run)
{
	return POOL * run->page;
}

static void setup(struct hf_run *run)
{
	hf_offline_open(run);
}

static void teardown(struct hf_run *run)
{
	hf_offline_grow(run, UINT64_MAX);
	hf_offline_close();
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "shrink", 2, 1, shrink, "ok", HF_SIGBUS_NEVER }, { "grow", 3, 1, grow, "ok", HF_SIGBUS_NEVER }, { "toggle", 2, 1, toggle, "ok|refused", HF_SIGBUS_NEVER },
		      { "use", 4, 0, use, "ok|refused", HF_SIGBUS_NEVER }, { "base", 1, ~UINT64_C(1), base_pages, "ok|refused", HF_SIGBUS_NEVER }),
	.steps = 6,
	.scan = 100000,
	.share = 3,
	.quiet = quiet,
};

const struct hf_bench hf_bench = {
	.name = "resize-race-fault",
	.summary = "the pool shrinks and grows and vmemmap optimisation goes off and on while pages are reserved, faulted in and freed",
	.paths = HF_LIST("set_max_huge_pages", "remove_pool_hugetlb_folio", "update_and_free_pages_bulk", "hugetlb_vmemmap_restore_folios", "gather_surplus_pages", "free_huge_folio", "adjust_pool_surplus"),
	.origin = HF_ORIGIN("linux-mm 2021", "mm: hugetlb: allocate the vmemmap pages associated with each HugeTLB page", "what the thread fears, raced: nothing may be lost on the way out of the pool"),
	.mem = &hf_mem_block,
	.params = HF_PARAMS({ "hvo", HF_UINT, "0", "0", "1", "1: vm.hugetlb_optimize_vmemmap is 1 at first, and switched off and on", "0,1", "0,1" }),
	.metrics = HF_METRICS(HF_STRESS_METRICS),
	.settings = HF_SETTINGS({ "/proc/sys/vm/nr_overcommit_hugepages", "8" }),
	.modes = HF_THREADS,
	.all_cpus = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = hf_stress_body,
	.teardown = teardown,
	.stress = &race,
};
