// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Splitting a batch of folios of which some are pinned.
 * One op = a batch of 16 new folios, a share of them pinned, chosen by lot; one split of each is tried. Not timed: as in thp-split-pinned.
 */
#include "hugefault.h"

const struct hf_bench hf_bench = {
	.name = "thp-split-share",
	.summary = "splitting a batch of folios of which some are pinned: does a pin keep others from being split?",
	.paths = HF_LIST("__folio_split", "can_split_folio", "deferred_split_scan"),
	.origin = HF_ORIGIN("lkml", "2015 thp: reintroduce split_huge_page()", "a failed split stays on the deferred-split queue, which all folios share"),
	.mem = &hf_mem_split,
	.params = HF_PARAMS({ "pin", HF_CHOICE, "registered", HF_PIN_KINDS_TEXT, NULL, "how they are pinned, see thp-split-pinned", NULL, "registered,vmsplice" },
			    { "pages", HF_UINT, "1", "1", "256", "base pages pinned of each pinned folio", NULL, NULL },
			    { "pinned_share", HF_UINT, "50", "0", "100", "percent of the folios that are pinned", "0,25,50,75,100", NULL },
			    HF_SPLIT_PARAMS("munmap", "cold,munmap", NULL, "anon,pte", NULL, NULL)),
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
