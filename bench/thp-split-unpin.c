// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From letting a pin go to a folio that is split.
 * One op = one new folio, pinned; a split of it is tried and fails; then the pin is let go and the split tried again at once, and further until it succeeds. Timed: letting go and the next
 * call together. Not timed: mapping, filling and pinning the folio, the try that fails, reading counters and page flags.
 */
#include "hugefault.h"

#define TRIES 100

static void body(struct hf_task *t)
{
	int held = hf_metric(t->run, "held"), pinned = hf_metric(t->run, "pinned"), split = hf_metric(t->run, "success");
	int first = hf_metric(t->run, "first"), unpin_ns = hf_metric(t->run, "unpin_split_ns"), more = hf_metric(t->run, "more_tries");

	while (hf_running(t)) {
		enum hf_split_outcome outcome;
		uint64_t ns, tries = 0;

		hf_folio_fill(t);
		if (!hf_folio_page(0))
			continue;
		hf_folio_pin(t);
		hf_count(t, pinned, 1);
		outcome = hf_split_once(t, false, &ns);
		hf_count(t, held, outcome == HF_SPLIT_EARLY || outcome == HF_SPLIT_LATE);
		if (outcome == HF_SPLIT_SUCCESS)
			hf_broken(t->run, "the folio was split although it is pinned: this pin does not hold");
		outcome = hf_split_once(t, true, &ns);
		hf_count(t, first, outcome == HF_SPLIT_SUCCESS);
		if (outcome == HF_SPLIT_SUCCESS)
			hf_value(t, unpin_ns, ns);
		while (outcome != HF_SPLIT_SUCCESS && tries++ < TRIES)
			outcome = hf_split_once(t, false, &ns);
		hf_value(t, more, tries);
		hf_count(t, split, outcome == HF_SPLIT_SUCCESS);
		hf_folio_content(t, 0);
	}
}

static size_t memory(const struct hf_run *run)
{
	return run->page;
}

static void setup(struct hf_run *run)
{
	if (!hf_pin_info((enum hf_pin_kind)hf_param(run, "pin"))->holds)
		hf_skip(run, "does not apply: this pin does not hold without interruption, there is nothing to let go");
	hf_split_open(run, (enum hf_split_trigger)hf_param(run, "trigger"), 1);
}

const struct hf_bench hf_bench = {
	.name = "thp-split-unpin",
	.summary = "from letting a pin go to a folio that is split",
	.paths = HF_LIST("__folio_split", "unpin_user_pages", "io_sqe_buffers_unregister", "pipe_release", "deferred_split_scan"),
	.origin = HF_ORIGIN("lkml", "2015 thp: reintroduce split_huge_page()", "what a pin prevents has to work when it is gone: how soon"),
	.mem = &hf_mem_split,
	.params = HF_PARAMS(HF_SPLIT_PIN_PARAMS("registered,vmsplice", "registered,vmsplice,direct"),
			    HF_SPLIT_PARAMS("cold,munmap", "pageout,cold,free,munmap,dontneed,punch,truncate,debugfs,soft-offline", NULL, "anon,pte,shmem", NULL, NULL)),
	.metrics = HF_METRICS({ "success", "1", HF_HIGHER, HF_SHARE("pinned"), "folios that were split after the pin was gone, in at most 101 tries, over folios pinned", false },
			      { "first", "1", HF_HIGHER, HF_SHARE("pinned"), "folios that the first try after it split, over folios pinned", false },
			      { "unpin_split_ns", "ns", HF_LOWER, HF_TIMED, "letting the pin go and the call that split the folio, where the first one did; a run of all shrinkers for triggers that defer", false },
			      { "held", "1", HF_INFO, HF_SHARE("pinned"), "folios of which a split failed while they were pinned, over folios pinned", false },
			      { "more_tries", "count", HF_LOWER, HF_VALUES, "tries beyond the first", false },
			      { "pinned", "count", HF_INFO, HF_COUNT, "folios pinned", false }),
	.needs = { .root = true },
	.warm_ops = 1,
	.faults = HF_FAULTS_ANY,
	.min_backing = 0.9,
	.memory = memory,
	.setup = setup,
	.body = body,
	.check = hf_split_check,
	.teardown = hf_split_close,
};
