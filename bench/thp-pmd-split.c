// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Splitting the PMD that maps a folio, which leaves the folio whole.
 * One op = a batch of 16 new folios, each mapped by a PMD, and for each one system call that concerns one base page of it. Not timed: mapping, filling and pinning the folios, reading
 * counters and page flags.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "hugefault.h"

static char *spare; /* a place for a base page */
static size_t base;

static void *act(const struct hf_run *run, char *at)
{
	if (hf_param_is(run, "call", "mprotect"))
		return mprotect(at, base, PROT_READ) ? MAP_FAILED : at;
	if (hf_param_is(run, "call", "dontneed"))
		return madvise(at, base, MADV_DONTNEED) ? MAP_FAILED : at;
	if (hf_param_is(run, "call", "munmap"))
		return munmap(at, base) ? MAP_FAILED : at;
	return mremap(at, base, base, MREMAP_MAYMOVE | MREMAP_FIXED, spare);
}

static void one(struct hf_task *t, unsigned int i)
{
	struct hf_thpstat_value before, after, change;
	bool was = hf_folio_by_pmd(t, i), is, whole;
	uint64_t begun, ns;

	if (!was)
		hf_broken(t->run, "the folio at %p is not mapped by a PMD", (void *)hf_folio_page(i));
	hf_split_read(t->run, &before);
	begun = hf_clock_now();
	if (act(t->run, hf_folio_target(i)) == MAP_FAILED)
		hf_broken(t->run, "the call fails: %m");
	t->now = hf_clock_now();
	ns = hf_clock_ns(t->now - begun);
	hf_split_read(t->run, &after);
	change = hf_split_less(&after, &before);
	is = hf_folio_by_pmd(t, i);
	whole = hf_folio_whole(t, i);
	if ((change.pmd == 1) == is || change.pmd > 1 || (change.split > 0) == whole)
		hf_broken(t->run, "page %p: counters and census do not agree: PMDs split %+lld, mapped by %s, folios split %+lld, the folio is %s; or something else here splits huge pages",
			  (void *)hf_folio_page(i), (long long)change.pmd, is ? "a PMD" : "PTEs", (long long)change.split, whole ? "whole" : "split");
	hf_count(t, hf_metric(t->run, "calls"), 1);
	hf_count(t, hf_metric(t->run, "pmd_split"), !is);
	hf_count(t, hf_metric(t->run, "page_split"), !whole);
	if (!is)
		hf_value(t, hf_metric(t->run, "pmd_split_ns"), ns);
}

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_folio_fill(t);
		hf_folio_pin(t);
		for (unsigned int i = 0; i < HF_SPLIT_BATCH; i++)
			if (hf_folio_page(i))
				one(t, i);
		hf_folio_unpin();
	}
}

static void setup(struct hf_run *run)
{
	base = (size_t)sysconf(_SC_PAGESIZE);
	spare = mmap(NULL, base, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (spare == MAP_FAILED)
		hf_broken(run, "mmap: %m");
	hf_split_open(run, HF_SPLIT_COLD, HF_SPLIT_BATCH);
}

const struct hf_bench hf_bench = {
	.name = "thp-pmd-split",
	.summary = "splitting the PMD that maps a folio, which leaves the folio whole",
	.paths = HF_LIST("__split_huge_pmd", "vma_adjust_trans_huge", "split_huge_pmd_locked", "change_huge_pmd", "zap_huge_pmd", "move_huge_pmd"),
	.origin = HF_ORIGIN("stress-ng", "stress-hugepage", "which splits PMDs by mprotect and MADV_DONTNEED and calls it huge pages split; here each is told from a split of the page"),
	.mem = &hf_mem_split,
	.params = HF_PARAMS({ "call", HF_CHOICE, "mprotect", "mprotect|dontneed|munmap|mremap", NULL, "what is called about one base page", "mprotect,dontneed,mremap", "mprotect,dontneed,munmap,mremap" },
			    { "backing", HF_CHOICE, "anon", "anon|pte|shmem", NULL, "anonymous memory or a memfd, mapped by a PMD (pte has no meaning here)", NULL, "anon,shmem" },
			    { "order", HF_UINT, "9", "9", "13", "folio size: base page size << order; that of a PMD", NULL, NULL },
			    HF_SPLIT_PIN_PARAMS("none,registered", "none,registered,vmsplice,direct,readv,fork")),
	.metrics = HF_METRICS({ "pmd_split", "1", HF_INFO, HF_SHARE("calls"), "calls after which a PMD no longer maps the folio (counters and census agree), over calls: the page is not split", false },
			      { "pmd_split_ns", "ns", HF_LOWER, HF_TIMED, "one call that split the PMD", false },
			      { "page_split", "1", HF_INFO, HF_SHARE("calls"), "calls after which the folio itself was split, over calls", false },
			      { "calls", "count", HF_INFO, HF_COUNT, "calls", false }),
	.needs = { .root = true },
	.warm_ops = 1,
	.faults = HF_FAULTS_ANY,
	.min_backing = 0.9,
	.memory = hf_split_memory,
	.setup = setup,
	.body = body,
	.check = hf_split_check,
	.teardown = hf_split_close,
};
