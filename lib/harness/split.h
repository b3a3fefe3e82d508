/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Splits of large folios (harness/folio.h): what makes the kernel split one, and the verdict on each single try. What a call returns is no evidence (the madvise calls return 0 when the
 * split failed): a try is judged by the change of the kernel's counters (system/thpstat.h), by what the folio is afterwards (system/census.h) and by its content; where these do not
 * say the same the run is broken, and the page is named.
 *
 * Triggers that only put a folio on the deferred-split queue (munmap, dontneed) are tried for a whole batch: all its folios are partially unmapped, then the shrinkers are run
 * (drop_caches=2, which is the machine's: they run for everybody's caches).
 */
#ifndef HF_HARNESS_SPLIT_H
#define HF_HARNESS_SPLIT_H

#include "harness/folio.h"
#include "system/thpstat.h"

enum hf_split_trigger {
	HF_SPLIT_PAGEOUT,
	HF_SPLIT_COLD,
	HF_SPLIT_FREE,
	HF_SPLIT_MUNMAP,
	HF_SPLIT_DONTNEED,
	HF_SPLIT_PUNCH,
	HF_SPLIT_TRUNCATE,
	HF_SPLIT_DEBUGFS,
	HF_SPLIT_SOFT_OFFLINE,
};

#define HF_SPLIT_TRIGGERS "pageout|cold|free|munmap|dontneed|punch|truncate|debugfs|soft-offline"

/**
 * enum hf_split_outcome - what became of a try
 * @HF_SPLIT_SUCCESS:	the folio is split
 * @HF_SPLIT_EARLY:	the kernel refused before it touched a mapping (reference count, -EAGAIN)
 * @HF_SPLIT_LATE:	it had unmapped the folio when freezing the reference count failed, and mapped it again
 * @HF_SPLIT_UNTOUCHED:	no split was tried
 * @HF_SPLIT_DISAGREE:	counters and census contradict each other
 */
enum hf_split_outcome { HF_SPLIT_SUCCESS, HF_SPLIT_EARLY, HF_SPLIT_LATE, HF_SPLIT_UNTOUCHED, HF_SPLIT_DISAGREE };

/**
 * struct hf_split_evidence - of one try
 * @change:	of the counters, from before the call until after it
 * @pmd_sized:	the folio is PMD-sized: /proc/vmstat counts it
 * @sized:	there are counters of its size
 * @whole:	the folio is still there as it was
 * @by_pmd:	it was mapped by a PMD before
 * @still_by_pmd: and is now; -1: cannot be told
 * @zaps:	the trigger itself unmaps the folio or splits the PMD, so that neither says anything
 * @traced:	migration entries set by this thread meanwhile (migrate:set_migration_pte)
 */
struct hf_split_evidence {
	struct hf_thpstat_value change;
	bool pmd_sized, sized, whole, by_pmd, zaps;
	int still_by_pmd;
	uint64_t traced;
};

/** hf_split_judge() - what the evidence says; @why is filled for HF_SPLIT_DISAGREE */
enum hf_split_outcome hf_split_judge(const struct hf_split_evidence *e, char *why, size_t room);

/** hf_split_open() - in setup(): room for @n folios, what trigger and pin need; ends the repeat with a skip, and the reason, where the point has no meaning or cannot be had */
void hf_split_open(struct hf_run *run, enum hf_split_trigger trigger, unsigned int n);
/** hf_split_close() - in teardown() */
void hf_split_close(struct hf_run *run);
/** hf_split_check() - the descriptor's check(): every FOLL_PIN reference was released, and no folio of ours is left partially mapped */
void hf_split_check(struct hf_run *run);

/* The descriptor's functions where one op is a batch: HF_SPLIT_BATCH new folios, pinned if the benchmark has the parameter "pin", one try of each, pins let go. */
/** hf_split_setup() - hf_split_open() for them, with the trigger of the parameter */
void hf_split_setup(struct hf_run *run);
/** hf_split_memory() - what they take */
size_t hf_split_memory(const struct hf_run *run);
/** hf_split_body() - the op, counted in the metrics of HF_SPLIT_METRICS */
void hf_split_body(struct hf_task *t);

/** hf_split_batch() - one try of each folio, counted in the metrics of HF_SPLIT_METRICS; hf_folio_fill() first */
void hf_split_batch(struct hf_task *t);
/**
 * hf_split_once() - one try of folio 0 alone, not counted
 * @release: hf_folio_unpin() just before the call, within @ns
 * @ns: the length of the call (of the shrinkers' run for deferred triggers)
 */
enum hf_split_outcome hf_split_once(struct hf_task *t, bool release, uint64_t *ns);

/* The parts of a try, for a race: hf_split_arm() and hf_split_verdict() by one task before and after, hf_split_act() between them. */
/** hf_split_arm() - what is to be known before folio @i is tried */
void hf_split_arm(struct hf_task *t, unsigned int i);
/** hf_split_act() - the trigger, once, on folio @i. Return: 0 or -errno of the call. */
int hf_split_act(unsigned int i);
/** hf_split_verdict() - what came of it; ends the repeat as broken, naming the page, when counters and census contradict each other */
enum hf_split_outcome hf_split_verdict(struct hf_task *t, unsigned int i);

/** hf_split_read() - the counters now; ends the repeat as broken when they cannot be read */
void hf_split_read(struct hf_run *run, struct hf_thpstat_value *v);
/** hf_split_less() - @a less @b, field by field; size_partial too */
struct hf_thpstat_value hf_split_less(const struct hf_thpstat_value *a, const struct hf_thpstat_value *b);

#define HF_SPLIT_BATCH 16

/** HF_SPLIT_PARAMS() - the points of trigger, backing and fill in the sweeps of quick and full */
#define HF_SPLIT_PARAMS(trigger_quick, trigger_full, backing_quick, backing_full, fill_quick, fill_full)                                                                          \
	{ "trigger", HF_CHOICE, "cold", HF_SPLIT_TRIGGERS, NULL,                                                                                                                  \
	  "what makes the kernel split: MADV_PAGEOUT, MADV_COLD, MADV_FREE of one base page; munmap or MADV_DONTNEED of one, and the shrinkers; hole punched in or end cut off a memfd; debugfs; MADV_SOFT_OFFLINE", \
	  trigger_quick, trigger_full },                                                                                                                                          \
	{ "backing", HF_CHOICE, "anon", "anon|pte|shmem", NULL, "anonymous memory mapped by a PMD, the same mapped by PTEs, or a memfd", backing_quick, backing_full },       \
	{ "order", HF_UINT, "9", "2", "13", "folio size: base page size << order", NULL, NULL },                                                                                    \
	{ "to", HF_UINT, "0", "0", "12", "order to split to: debugfs only", NULL, NULL },                                                                                           \
	{ "fill", HF_CHOICE, "filled", "filled|byte|untouched", NULL, "content: every base page written, one byte, or nothing (split base pages that are all zero are freed since 6.12)", fill_quick, fill_full }

/** HF_SPLIT_PIN_PARAMS() - the points of pin in the sweeps */
#define HF_SPLIT_PIN_PARAMS(pin_quick, pin_full)                                                                                                                              \
	{ "pin", HF_CHOICE, "registered", HF_PIN_KINDS_TEXT, NULL,                                                                                                                \
	  "io_uring registered buffer, vmsplice into a pipe, O_DIRECT read in flight, process_vm_readv over and over, forked child, mlock (of the whole folio)", pin_quick, pin_full }, \
	{ "pages", HF_UINT, "1", "1", "256", "base pages pinned of each pinned folio", NULL, NULL },                                                                              \
	{ "pinned_share", HF_UINT, "100", "0", "100", "percent of the folios that are pinned", NULL, NULL }

#define HF_SPLIT_METRICS                                                                                                                                                      \
	{ "success", "1", HF_INFO, HF_SHARE("tries"), "tries after which the folio was split, by counters and census, over tries", false },                                       \
	{ "early", "1", HF_INFO, HF_SHARE("tries"), "tries that failed before any mapping was touched (counted as failed, nothing unmapped), over tries", false },                 \
	{ "late", "1", HF_INFO, HF_SHARE("tries"), "tries that failed after the folio had been unmapped (counted as failed, its PMD split or migration entries set), over tries", false }, \
	{ "untouched", "1", HF_INFO, HF_SHARE("tries"), "tries in which the kernel tried no split (no counter moved), over tries", false },                                       \
	{ "refused", "1", HF_INFO, HF_SHARE("tries"), "tries whose system call returned an error: what the caller is told, over tries", false },                                 \
	{ "split_ns", "ns", HF_LOWER, HF_TIMED, "the call, in tries that succeeded; not of triggers that defer the split", false },                                               \
	{ "fail_ns", "ns", HF_INFO, HF_TIMED, "the call, in tries that failed early or late; not of triggers that defer the split", false },                                      \
	{ "early_ns", "ns", HF_INFO, HF_TIMED, "fail_ns of those that failed early", false },                                                                                      \
	{ "late_ns", "ns", HF_INFO, HF_TIMED, "fail_ns of those that failed late", false },                                                                                        \
	{ "defer_ns", "ns", HF_INFO, HF_TIMED, "munmap or MADV_DONTNEED of one base page, which puts the folio on the deferred-split queue", false },                              \
	{ "shrink_ns", "ns", HF_INFO, HF_TIMED, "one write of 2 to drop_caches: all shrinkers of the machine, over a batch of folios on the queue", false },                      \
	{ "tries", "count", HF_INFO, HF_COUNT, "tries", false },                                                                                                                  \
	{ "deferred", "count", HF_INFO, HF_COUNT, "folios put on the deferred-split queue as partially mapped", false },                                                          \
	{ "zeroed", "count", HF_INFO, HF_VALUES, "base pages of a split folio that were freed as all zero, the shared zero page mapped instead", false },                          \
	{ "foll_pins", "1", HF_INFO, HF_VMSTAT("nr_foll_pin_acquired"), "FOLL_PIN references taken (nr_foll_pin_acquired), per batch", false }

#endif
