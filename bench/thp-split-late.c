// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A pin that comes while a folio is being split.
 * One op = one round: task 0 splits a new folio by one madvise, task 1 pins a base page of it at the same moment, later or earlier. Between the kernel's look at the reference count and the
 * moment at which the folio is unmapped there is a window: a pin that gets in there makes the split fail late, when the folio has been unmapped already. Of four rounds of a scan, by lot, one
 * has no delay, one a random one, one the delay that was best before, and in one task 1 pins and lets go over and over, without any aim. Not timed: the new folio, letting the
 * pin go, counters and page flags, the gate.
 */
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hugefault.h"

#define ZERO (HF_RACE_BINS / 2)

enum plan { AT_ZERO, SCANNING, AT_BEST, FREE, PLANS };

static struct hf_pin *pin[HF_TASKS_MAX];
static size_t pin_len;
static size_t lead; /* base pages that the call goes over before it comes to the folio */
static uint64_t act_ns;
static _Atomic bool done;
static uint32_t rounds[HF_RACE_BINS], late[HF_RACE_BINS];
static enum plan plan;

static void pin_once(struct hf_task *t)
{
	struct iovec at = { hf_folio_page(0), pin_len };

	if (hf_pin_add(pin[t->index], &at))
		hf_broken(t->run, "the pin cannot be taken: %m");
}

/* Task 1 and all others pin, each on its own. */
static void act(struct hf_task *t)
{
	uint64_t begun = hf_clock_now();

	if (t->index) {
		pin_once(t);
		while (plan == FREE && !atomic_load(&done)) {
			hf_pin_drop(pin[t->index]);
			pin_once(t);
		}
		return;
	}
	/* the first folio's first base page: what is before it is the lead */
	if (lead ? madvise(hf_folio_page(0) - lead, lead + hf_folio_base(), MADV_COLD) : hf_split_act(0))
		hf_broken(t->run, "the call fails: %m");
	act_ns = hf_clock_ns(hf_clock_now() - begun);
	atomic_store(&done, true);
}

static void prepare(struct hf_task *t)
{
	for (int i = 0; i < 100; i++) {
		hf_folio_fill(t);
		if (hf_folio_page(0))
			break;
	}
	if (!hf_folio_page(0))
		hf_skip(t->run, "no huge page could be had in 100 tries: memory is fragmented");
	hf_split_arm(t, 0);
	atomic_store(&done, false);
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
		if ((double)late[i] / (rounds[i] + 2) > (double)late[b] / (rounds[b] + 2))
			b = i;
	return b;
}

static unsigned int choose(struct hf_task *t)
{
	unsigned int b = best();

	plan = (enum plan)hf_rand_below(&t->rand, PLANS);
	if (plan == AT_BEST && b == ZERO && !late[ZERO])
		plan = SCANNING;
	return plan == SCANNING ? (unsigned int)hf_rand_below(&t->rand, HF_RACE_BINS) : plan == AT_BEST ? b : ZERO;
}

static int64_t delay_of(const struct hf_run *run, int bin)
{
	return 2 * hf_param(run, "scan") * bin / (HF_RACE_BINS - 1) - hf_param(run, "scan");
}

static bool hit(struct hf_task *t, int bin)
{
	static const char *const name[] = { "success", "early", "late", "untouched" };
	enum hf_split_outcome outcome = hf_split_verdict(t, 0);
	bool is = outcome == HF_SPLIT_LATE;
	int ns = outcome == HF_SPLIT_SUCCESS ? hf_metric(t->run, "split_ns") : outcome == HF_SPLIT_LATE ? hf_metric(t->run, "late_ns") : hf_metric(t->run, "early_ns");

	hf_folio_content(t, 0);
	hf_count(t, hf_metric(t->run, name[outcome]), 1);
	if (outcome != HF_SPLIT_UNTOUCHED)
		hf_value(t, ns, act_ns);
	if (bin < 0)
		return is;
	hf_count(t, hf_metric(t->run, plan == AT_ZERO ? "zero_rounds" : plan == AT_BEST ? "best_rounds" : plan == FREE ? "free_rounds" : "scan_rounds"), 1);
	if (plan != SCANNING)
		hf_count(t, hf_metric(t->run, plan == AT_ZERO ? "late_zero" : plan == AT_BEST ? "late_best" : "late_free"), is);
	if (plan == FREE)
		return is;
	rounds[bin]++;
	late[bin] += is;
	hf_curve(t, hf_metric(t->run, "late_share"), (unsigned int)bin, (double)delay_of(t->run, bin), is, 1);
	return is;
}

static void body(struct hf_task *t)
{
	const struct hf_race race = { .act = act, .reset = prepare, .undo = undo, .hit = hit, .bin = choose, .keep_preempted = true };

	if (t->index == 0)
		prepare(t);
	hf_race(t, &race);
}

static size_t memory(const struct hf_run *run)
{
	return 2 * run->page;
}

static void open_lead(struct hf_run *run)
{
	char *at = hf_folio_target(0) - ((size_t)hf_folio_target(0) & (run->page - 1)) - lead;

	if (!hf_param_is(run, "trigger", "cold") || hf_param_is(run, "backing", "shmem"))
		hf_skip(run, "does not apply: a lead is for trigger=cold and anonymous memory");
	if (mmap(at, lead, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != at)
		hf_broken(run, "mmap: %m");
	hf_safe_madvise(run, at, lead, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < lead; i += hf_folio_base())
		hf_touch(at + i);
}

static void setup(struct hf_run *run)
{
	enum hf_pin_kind kind = (enum hf_pin_kind)hf_param(run, "pin");

	pin_len = (size_t)hf_param(run, "pages") * (size_t)sysconf(_SC_PAGESIZE);
	hf_split_open(run, (enum hf_split_trigger)hf_param(run, "trigger"), 1);
	lead = (size_t)hf_param(run, "lead") / hf_folio_base() * hf_folio_base();
	if (lead)
		open_lead(run);
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
			    { "lead", HF_SIZE, "0", "0", "1M", "memory in base pages, just before the folio, that the same call goes over first", "0,256K", "0,64K,256K" },
			    { "scan", HF_TIME, "8us", "0", "1s", "delay scan: delays in -scan..scan; 0 is off", "16us", "16us" },
			    HF_SPLIT_PARAMS(NULL, "cold,free,pageout", NULL, "anon,pte,shmem", NULL, NULL)),
	.metrics = HF_METRICS({ "late_best", "1", HF_INFO, HF_SHARE("best_rounds"), "late failures over rounds at the delay that had the largest share of them in the rounds before (scan)", false },
			      { "late_zero", "1", HF_INFO, HF_SHARE("zero_rounds"), "late failures over rounds without delay (scan)", false },
			      { "late_free", "1", HF_INFO, HF_SHARE("free_rounds"), "late failures over rounds in which the pin was taken and let go over and over, without aim (scan)", false },
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
			      { "free_rounds", "count", HF_INFO, HF_COUNT, "rounds of a scan without aim", false },
			      { "scan_rounds", "count", HF_INFO, HF_COUNT, "rounds of a scan at a random delay", false },
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
