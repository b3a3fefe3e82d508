/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clearing in a fault against the physical limit: what the clear-* benchmarks have in common. One operation is the first write into an unmapped huge page, at a
 * chosen offset; right after it, the same CPU zeroes the same page from user space by the fastest method it has, with the caches in the same state
 * before. All tasks do the same at the same time, each on a page of its own.
 */
#ifndef HF_HARNESS_CLEAR_H
#define HF_HARNESS_CLEAR_H

#include "harness/map.h"
#include "harness/run.h"

#define HF_CLEAR_PARAMS(offset_max, quick_offsets, full_offsets, caches)                                                                                    \
	{ "offset", HF_SIZE, "0", "0", offset_max, "where in the huge page the fault hits", quick_offsets, full_offsets },                          \
	{ "cache", HF_CHOICE, "cold", "cold|warm", NULL, "the page's lines before clearing: flushed from all caches, or just written by this CPU (the frame must be the same one, else the operation is dropped)", caches, "cold,warm" }

#define HF_CLEAR_METRICS                                                                                                                            \
	{ "clear_ns", "ns", HF_LOWER, HF_TIMED, "one first-write fault: entry, page from the allocator or pool, clearing, mapping, return", false },      \
	{ "clear_Bps", "B/s", HF_HIGHER, HF_BPS_EACH("clear_ns"), "page size over clear_ns, per task", false },                                           \
	{ "limit_share", "1", HF_HIGHER, HF_QUOTIENT("clear_Bps", "limit_Bps"), "clear_Bps over limit_Bps", false },                                  \
	{ "limit_ns", "ns", HF_INFO, HF_TIMED, "zeroing the same page from user space by the fastest method (see clear-limit), caches in the same state", false }, \
	{ "limit_Bps", "B/s", HF_INFO, HF_BPS_EACH("limit_ns"), "page size over limit_ns, per task", false },                                              \
	{ "residue_fault_ns", "ns", HF_LOWER, HF_TIMED, "reading a line of the base page that faulted, right after the fault (the clock's cost is in it)", false }, \
	{ "residue_near_ns", "ns", HF_LOWER, HF_TIMED, "reading a line of a base page next to the one that faulted", false },                          \
	{ "residue_far_ns", "ns", HF_LOWER, HF_TIMED, "reading a line half a huge page away from the fault", false }

/** hf_clear_memory() - one page for each task */
size_t hf_clear_memory(const struct hf_run *run);
/** hf_clear_setup() - map them, privately */
void hf_clear_setup(struct hf_run *run);
/** hf_clear_teardown() - unmap them */
void hf_clear_teardown(struct hf_run *run);

/**
 * hf_clear() - the whole body of a clear-* benchmark, on the pages of hf_clear_setup()
 * @t: the task
 * @refault: a page-cache page mapped by this task, or NULL: with it, metric "refault_ns" times faults that clear nothing
 */
void hf_clear(struct hf_task *t, char *refault);

#endif
