// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Splitting large folios that nobody else holds.
 * One op = a batch of 16 new folios, each of which is split once: one system call about one base page of it, or, for triggers that defer the split, a partial unmap of each
 * and one run of the shrinkers. Not timed: mapping and filling the folios, reading counters and page flags, comparing the content. Triggers that defer write to drop_caches.
 */
#include "hugefault.h"

const struct hf_bench hf_bench = {
	.name = "thp-split",
	.summary = "splitting large folios that nobody else holds, by what makes the kernel do it",
	.paths = HF_LIST("__folio_split", "split_huge_page_to_list_to_order", "unmap_folio", "folio_ref_freeze", "remap_page", "deferred_split_scan", "truncate_inode_partial_folio"),
	.origin = HF_ORIGIN("kselftest", "mm/split_huge_page_test", "by system calls of a stock kernel instead of debugfs, each split proved by counters, page flags and content"),
	.mem = &hf_mem_split,
	.params = HF_PARAMS(HF_SPLIT_PARAMS("cold,free,munmap,punch", "pageout,cold,free,munmap,dontneed,punch,truncate,debugfs,soft-offline", "anon,shmem", "anon,pte,shmem", NULL, "filled,byte,untouched")),
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
