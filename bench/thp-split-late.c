// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A pin that comes while a folio is being split.
 * One op = one round: task 0 splits a new folio by its trigger, task 1 pins a base page of it at the same moment, later or earlier. Between the kernel's look at the reference count and
 * the moment at which the folio is unmapped there is a window: a pin that gets in there makes the split fail late, when the folio has been unmapped already. Half of the rounds of a scan
 * have no delay, a quarter has a random one, a quarter the one that was best before. Not timed: the new folio, letting the pin go, counters and page flags, the gate.
 */
#include <unistd.h>

#include "hugefault.h"

#define ZERO (HF_RACE_BINS / 2)
#define ZERO_PARTS 2 /* of four: rounds without delay; one is for random delays, the rest for the best */

enum { SCANNING, AT_ZERO, AT_BEST };

static struct hf_pin *pin[HF_TASKS_MAX];
static size_t pin_len;
static uint64_t act_ns;
static uint32_t rounds[HF_RACE_BINS], late[HF_RACE_BINS];
static int plan;

/* Task 1 and all others pin, each on its own. */
static void act(struct hf_task *t)
{
	struct iovec at = { hf_split_page(0), pin_len };
	uint64_t begun = hf_clock_now();

	if (t->index) {
		if (hf_pin_add(pin[t->index], &at))
			hf_broken(t->run, "the pin cannot be taken: %m");
		return;
	}
	hf_split_act(0);
	act_ns = hf_clock_ns(hf_clock_now() - begun);
}

static void prepare(struct hf_task *t)
{
	for (int i = 0; i < 100; i++) {
		hf_split_fill(t);
		if (hf_split_page(0))
			break;
	}
	if (!hf_split_page(0))
		hf_skip(t->run, "no huge page could be had in 100 tries: memory is fragmented");
	hf_split_arm(t, 0);
}

static void undo(struct hf_task *t)
{
	if (t->index)
		hf_pin_drop(pin[t->index]);
}

/* The bin with the largest share of late failures; one more miss in each, so that a lucky first round is not the best. */
static unsigned int best(void)
{
	unsigned int b = ZERO;

	for (unsigned int i = 0; i < HF_RACE_BINS; i++)
		if (i != ZERO && (double)late[i] / (rounds[i] + 2) > (double)late[b] / (rounds[b] + 2))
			b = i;
	return b;
}

static unsigned int choose(struct hf_task *t)
{
	uint64_t lot = hf_rand_below(&t->rand, 4);
	unsigned int b = best();

	plan = lot < ZERO_PARTS ? AT_ZERO : lot == ZERO_PARTS || b == ZERO ? SCANNING : AT_BEST;
	return plan == AT_ZERO ? ZERO : plan == AT_BEST ? b : (unsigned int)hf_rand_below(&t->rand, HF_RACE_BINS);
}

static bool hit(struct hf_task *t, int bin)
{
	static const char *const name[] = { "success", "early", "late", "untouched" };
	enum hf_split_outcome outcome = hf_split_verdict(t, 0);
	bool is = outcome == HF_SPLIT_LATE;
	int ns = outcome == HF_SPLIT_SUCCESS ? hf_metric(t->run, "split_ns") : outcome == HF_SPLIT_LATE ? hf_metric(t->run, "late_ns") : hf_metric(t->run, "early_ns");

	hf_split_content(t, 0);
	hf_count(t, hf_metric(t->run, name[outcome]), 1);
	if (outcome != HF_SPLIT_UNTOUCHED)
		hf_value(t, ns, act_ns);
	if (bin < 0)
		return is;
	rounds[bin]++;
	late[bin] += is;
	if (plan == AT_ZERO) {
		hf_count(t, hf_metric(t->run, "zero_rounds"), 1);
		hf_count(t, hf_metric(t->run, "late_zero"), is);
	} else if (plan == AT_BEST) {
		hf_count(t, hf_metric(t->run, "best_rounds"), 1);
		hf_count(t, hf_metric(t->run, "late_best"), is);
	}
	return is;
}

static void body(struct hf_task *t)
{
	const struct hf_race race = { .act = act, .reset = prepare, .undo = undo, .hit = hit, .bin = choose, .curve = "late_share", .keep_preempted = true };

	if (t->index == 0)
		prepare(t);
	hf_race(t, &race);
}

static size_t memory(const struct hf_run *run)
{
	return run->page;
}

static void setup(struct hf_run *run)
{
	enum hf_pin_kind kind = (enum hf_pin_kind)hf_param(run, "pin");

	pin_len = (size_t)hf_param(run, "pages") * (size_t)sysconf(_SC_PAGESIZE);
	hf_split_open(run, (enum hf_split_trigger)hf_param(run, "trigger"), 1);
	for (unsigned int i = 1; i < run->tasks; i++) {
		int err = hf_pin_open(&pin[i], kind, pin_len);

		if (err)
			hf_skip(run, "pin %s cannot be taken by one call: errno %d", hf_pin_info(kind)->name, -err);
	}
}

static void teardown(struct hf_run *run)
{
	for (unsigned int i = 1; i < run->tasks; i++)
		hf_pin_free(pin[i]);
	hf_split_close(run);
}

const struct hf_bench hf_bench = {
	.name = "thp-split-late",
	.summary = "a pin that comes while a folio is being split: late failures, by the pin's delay",
	.paths = HF_LIST("__folio_split", "can_split_folio", "unmap_folio", "folio_ref_freeze", "remap_page", "gup_fast_fallback", "try_grab_folio_fast"),
	.origin = HF_ORIGIN("lkml", "2015 thp: reintroduce split_huge_page()", "the second look at the counters, after the PMD is split: when does it find a pin that the first did not?"),
	.mem = &hf_mem_split,
	.params = HF_PARAMS({ "pin", HF_CHOICE, "vmsplice", HF_PIN_KINDS_TEXT, NULL, "how task 1 pins: vmsplice into a pipe, an io_uring buffer, or one process_vm_readv (no others)", NULL, "vmsplice,registered,readv" },
			    { "pages", HF_UINT, "1", "1", "256", "base pages pinned", NULL, NULL },
			    { "delay", HF_TIME, "0", "-1s", "1s", "pin so much later than the split begins (negative: earlier), where there is no scan", NULL, NULL },
			    { "scan", HF_TIME, "8us", "0", "1s", "delay scan: delays in -scan..scan; 0 is off", NULL, "8us,60us" },
			    HF_SPLIT_PARAMS(NULL, "cold,free,pageout", NULL, "anon,pte,shmem", NULL, NULL)),
	.metrics = HF_METRICS({ "late_best", "1", HF_INFO, HF_SHARE("best_rounds"), "late failures over rounds at the delay that had the largest share of them in the rounds before (scan)", false },
			      { "late_zero", "1", HF_INFO, HF_SHARE("zero_rounds"), "late failures over rounds without delay (scan)", false },
			      { "late_share", "1", HF_INFO, HF_CURVE("delay_ns"), "late failures over rounds, by the delay of the pin", false },
			      { "success", "1", HF_INFO, HF_SHARE("rounds"), "rounds after which the folio was split, over rounds", false },
			      { "early", "1", HF_INFO, HF_SHARE("rounds"), "rounds in which the split failed before any mapping was touched, over rounds", false },
			      { "late", "1", HF_INFO, HF_SHARE("rounds"), "rounds in which the split failed after the folio had been unmapped, over rounds", false },
			      { "untouched", "1", HF_INFO, HF_SHARE("rounds"), "rounds in which no split was tried, over rounds", false },
			      { "split_ns", "ns", HF_INFO, HF_TIMED, "the call, in rounds in which it split the folio", false },
			      { "early_ns", "ns", HF_INFO, HF_TIMED, "the call, in rounds in which the split failed early", false },
			      { "late_ns", "ns", HF_INFO, HF_TIMED, "the call, in rounds in which the split failed late", false },
			      { "skew_ns", "ns", HF_INFO, HF_TIMED, "latest start less earliest start of a round, requested delay taken out", false },
			      { "preempted_share", "1", HF_INFO, HF_SHARE("rounds"), "rounds with an involuntary context switch, over rounds; they count", false },
			      { "rounds", "count", HF_INFO, HF_COUNT, "rounds", false },
			      { "zero_rounds", "count", HF_INFO, HF_COUNT, "rounds of a scan without delay", false },
			      { "best_rounds", "count", HF_INFO, HF_COUNT, "rounds of a scan at the delay that was best before", false }),
	.needs = { .cpus = 2, .root = true },
	.modes = HF_THREADS,
	.tasks = 2,
	.warm_ops = 1,
	.faults = HF_FAULTS_ANY,
	.min_backing = 0.9,
	.memory = memory,
	.setup = setup,
	.body = body,
	.check = hf_split_check,
	.teardown = teardown,
};
