/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Benchmarks that resize a hugetlb pool. The supervisor journals beforehand how far (hf_bench.brackets) and sets HVO for the point (parameter "hvo", before any page
 * is allocated); this part writes the pool file, relative to what is there, watches the laws of the pool around every write and proves the state of the pages.
 *
 * What is timed is write(2) of a number to an nr_hugepages file that is open already: nothing else. Untimed around it: reading the pool's counts, of the machine
 * and of every node, before and after.
 */
#ifndef HF_HARNESS_RESIZE_H
#define HF_HARNESS_RESIZE_H

#include "harness/map.h"
#include "system/pool.h"

/** hf_mem_pool - pages of a pool that the run resizes; sets HVO as the parameter "hvo" says. Parameters HF_RESIZE_PARAMS. */
extern const struct hf_mem hf_mem_pool;

#define HF_RESIZE_SIZE(def) { "size", HF_SIZE, def, "64K", "16G", "huge page size", NULL, NULL }
#define HF_RESIZE_HVO HF_RESIZE_HVO_POINTS("0,1", NULL)
#define HF_RESIZE_HVO_POINTS(quick, full) { "hvo", HF_CHOICE, "0", "0|1", NULL, "vmemmap optimisation (vm.hugetlb_optimize_vmemmap) of the pages: set before they are allocated, proved page by page", quick, full }
#define HF_RESIZE_NODE { "node", HF_CHOICE, "all", "all|0|1|2|3|4|5|6|7", NULL, "whose pool file is written: the machine's or this node's", NULL, NULL }

#define HF_RESIZE_COUNTS 4

/**
 * struct hf_resize - one pool that the run resizes
 * @page:	its page size
 * @node:	-1: the machine's file, else that node's
 * @bracket:	index of its bracket
 * @now:	what it held after the last write, of the machine or that node
 * @failed:	pages that the last shrinking could not free: surplus pages now (their vmemmap could not be restored, or somebody uses them)
 *
 * The rest belongs to the functions below.
 */
struct hf_resize {
	size_t page;
	int node;
	unsigned int bracket;
	struct hf_pool now;
	int64_t failed;
	int fd, count[HF_RESIZE_COUNTS], same_len;
	char same[24];
};

/** hf_resize_node() - value of the parameter "node": -1 for all */
int hf_resize_node(const struct hf_run *run);

/** hf_resize_brackets() - hf_bench.brackets for one pool: sizes and node from the parameters "size", "node", "batch" (1 without it) */
unsigned int hf_resize_brackets(const struct hf_run *run, struct hf_bracket *list);

/** hf_resize_memory() - hf_bench.memory of the same */
size_t hf_resize_memory(const struct hf_run *run);

/**
 * hf_resize_open() - open the pool of bracket @bracket
 * Skips when the pool has surplus pages: growing it would relabel them instead of allocating.
 */
void hf_resize_open(struct hf_run *run, struct hf_resize *r, size_t page, int node, unsigned int bracket);

/** hf_resize_close() - the pool file; does not shrink. A struct that was never opened and is all zero is ignored. */
void hf_resize_close(struct hf_resize *r);

/**
 * hf_resize_grow() - write the present number and @pages more
 * @metric, @call: timed metrics of the write: per page, and of the whole call; -1: not timed
 *
 * When another number of pages was added the samples are dropped.
 *
 * Return: pages that were added.
 */
int64_t hf_resize_grow(struct hf_task *t, struct hf_resize *r, int64_t pages, int metric, int call);

/** hf_resize_grow_try() - the same, but an attempt that added none becomes a sample of timed metric @fail. Return: pages that were added. */
int64_t hf_resize_grow_try(struct hf_task *t, struct hf_resize *r, int64_t pages, int metric, int fail);

/** hf_resize_shrink() - the same downwards; @pages is at most what this run has added. Return: pages that were taken away, see also @r->failed. */
int64_t hf_resize_shrink(struct hf_task *t, struct hf_resize *r, int64_t pages, int metric, int call);

/**
 * hf_resize_write() - write the number of persistent pages that @r->now says, and @by more; nothing else: the caller has looked (hf_resize_moved()) and said what
 * the run may hold (hf_resize_hold()), and does so again afterwards
 * @metric, @call: as for hf_resize_grow()
 */
void hf_resize_write(struct hf_task *t, struct hf_resize *r, int64_t by, int metric, int call);

/** hf_resize_moved() - pages came to (positive) or left the pool otherwise (demotion): reads it, checks its laws. Return: by how many it changed. */
int64_t hf_resize_moved(struct hf_task *t, struct hf_resize *r);

/** hf_resize_hold() - from now on the run may have up to @pages of its own in that pool */
void hf_resize_hold(struct hf_task *t, const struct hf_resize *r, uint64_t pages);

/**
 * hf_resize_prove() - untimed: add pages (16 of 2 MiB, one of 1 GiB), map and touch them, look at each one's size and vmemmap, take them away again
 * @won: HF_VALUES metric, or -1: page size less the fall of free memory (system/memfree.h) per page added; 0 where it fell by more
 *
 * Ends the repeat as broken when a page is not as the parameter "hvo" says. Pages come off the same end of the free list that they go to
 * (enqueue_hugetlb_folio(), dequeue_hugetlb_folio_node_exact()), so that those looked at are those that were added.
 */
void hf_resize_prove(struct hf_task *t, struct hf_resize *r, int won);

/** hf_resize_prove_held() - the same look at some of @pages that the run has in the pool already and keeps; the vmemmap is judged by kpageflags alone */
void hf_resize_prove_held(struct hf_task *t, struct hf_resize *r, uint64_t pages);

/** hf_resize_expect_hvo() - the touched pages of a mapping must be as the parameter "hvo" says; where kpageflags does not show it nothing is said */
void hf_resize_expect_hvo(struct hf_task *t, const struct hf_resize *r, const struct hf_map *m);

/**
 * hf_resize_read() - the machine's counts in a stressor's step: no law is looked at, since others resize or use the pool meanwhile and the files are read one after the other
 *
 * From descriptors that hf_resize_open() has read once: the kernel allocates nothing for it.
 */
struct hf_pool hf_resize_read(struct hf_run *run, const struct hf_resize *r);

/** hf_resize_persistent() - of those counts, the pages that are not surplus: read again where pages came or went meanwhile */
int64_t hf_resize_persistent(struct hf_run *run, const struct hf_resize *r);

/** hf_resize_write_to() - ask for @pages, in such a step. Return: 0 or -errno. */
int hf_resize_write_to(const struct hf_resize *r, int64_t pages);

/** hf_resize_settle() - one attempt to make the pool @goal pages, surplus ones not counted, with nothing else going on; reads the counts, and looks at their laws */
void hf_resize_settle(struct hf_task *t, struct hf_resize *r, int64_t goal);

/** hf_resize_flush() - write the number of persistent pages that hf_resize_moved() has last seen: waits for the worker that frees pages (flush_free_hpage_work()), changes nothing */
void hf_resize_flush(struct hf_task *t, struct hf_resize *r);

/** struct hf_resize_timed - names of timed metrics, per page and per call; NULL: that direction is not timed */
struct hf_resize_timed {
	const char *grow, *grow_call, *shrink, *shrink_call;
};

/**
 * hf_resize_body() - hf_bench.body of a benchmark that grows and shrinks by "batch" pages over and over; counts HF_RESIZE_METRICS
 *
 * Every 256 operations the pages are proved, and one operation afterwards is not timed.
 */
void hf_resize_body(struct hf_task *t, struct hf_resize *r, const struct hf_resize_timed *timed);

/** hf_resize_setup() - hf_bench.setup of the same: opens the pool that the parameters name and proves its pages */
void hf_resize_setup(struct hf_run *run, struct hf_resize *r);

/** hf_resize_check() - hf_bench.check of the same: proves the pages a few times more and takes won_B */
void hf_resize_check(struct hf_run *run, struct hf_resize *r);

#define HF_RESIZE_METRICS                                                                                                                                           \
	{ "won_B", "B", HF_INFO, HF_VALUES, "page size less the fall of free memory (MemFree and per-CPU lists) per page added, in untimed trials; 0 where it fell by more", false }, \
	{ "pages", "count", HF_INFO, HF_COUNT, "pages really added and taken away again", false },                                                                  \
	{ "short", "count", HF_LOWER, HF_COUNT, "operations that added or took away another number of pages than asked: not timed", false },                        \
	{ "restore_failed", "count", HF_LOWER, HF_COUNT, "pages that stayed in the pool as surplus pages: their vmemmap could not be restored, or somebody used them", false }, \
	{ "buddy_success", "1", HF_INFO, HF_VMSTAT("htlb_buddy_alloc_success"), "huge pages that the buddy allocator gave to the pool, per operation, trials included", false }, \
	{ "buddy_fail", "1", HF_LOWER, HF_VMSTAT("htlb_buddy_alloc_fail"), "huge pages that it could not give, per operation", false }

#endif
