// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Splitting large folios that somebody holds on to.
 * One op = a batch of 16 new folios, all or part of them pinned, of each of which one split is tried: one system call about one base page of it, or, for triggers that defer the
 * split, a partial unmap of each and one run of the shrinkers. Not timed: mapping, filling and pinning the folios, reading counters and page flags, comparing the content.
 */
#include "hugefault.h"

const struct hf_bench hf_bench = {
	.name = "thp-split-pinned",
	.summary = "splitting large folios that somebody holds on to, by who holds and what makes the kernel split",
	.paths = HF_LIST("__folio_split", "split_huge_page_to_list_to_order", "unmap_folio", "folio_ref_freeze", "remap_page", "deferred_split_scan", "truncate_inode_partial_folio"),
	.origin = HF_ORIGIN("lkml", "2015 thp: reintroduce split_huge_page()", "since then a split fails while anyone holds a pin: who, how often, how late and at what price"),
	.mem = &hf_mem_split,
	.params = HF_PARAMS(HF_SPLIT_PIN_PARAMS("none,registered,vmsplice,readv,fork", "none,registered,vmsplice,direct,readv,fork,mlock"),
			    HF_SPLIT_PARAMS("cold,munmap", "pageout,cold,free,munmap,dontneed,punch,truncate,debugfs,soft-offline", NULL, "anon,pte,shmem", NULL, NULL)),
	.metrics = HF_METRICS(HF_SPLIT_METRICS),
	.needs = { .root = true },
	.warm_ops = 1,
	.faults = HF_FAULTS_ANY,
	.min_backing = 0.9,
	.memory = hf_split_memory,
	.setup = hf_split_setup,
	.body = hf_split_body,
	.check = hf_split_check,
	.teardown = hf_split_close,
};
