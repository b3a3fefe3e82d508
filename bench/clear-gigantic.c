// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clearing a 1 GiB hugetlb page in a fault, against the fastest that the same CPU can zero the same page.
 * One op = one first-write fault on a gigantic page from the pool. Not timed: giving the page back, setting up the caches.
 */
#include "hugefault.h"

static void body(struct hf_task *t)
{
	hf_clear(t, NULL);
}

const struct hf_bench hf_bench = {
	.name = "clear-gigantic",
	.summary = "clearing a gigantic hugetlb page in a fault, against the fastest zeroing of the same page",
	.paths = HF_LIST("folio_zero_user", "clear_gigantic_page", "hugetlb_no_page"),
	.origin = HF_ORIGIN("perf", "bench mem mmap -p 1gb", "the single fault that takes tens of milliseconds"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS(HF_CLEAR_PARAMS("16G", "0", "0,512M,1048572K", NULL), { "page", HF_SIZE, "1G", "512M", "16G", "huge page size", NULL, NULL },
			    { "via", HF_CHOICE, "anon", "anon|memfd|libhugetlbfs", NULL, "how pages are asked for", NULL, NULL }),
	.metrics = HF_METRICS(HF_CLEAR_METRICS),
	.modes = HF_BOTH,
	.faults = 1,
	.memory = hf_clear_memory,
	.setup = hf_clear_setup,
	.body = body,
	.teardown = hf_clear_teardown,
};
