/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What benchmarks that take memory blocks offline have in common: which block, one attempt, and the pool afterwards. The descriptor has .blocks set: the
 * supervisor has journalled the state of all blocks before the measured process exists.
 *
 * Of free hugetlb pages a block may hold at most as many as the supervisor has added to the pool for this run: those that the offlining dissolves are then
 * always ours, since pages of a pool are interchangeable, and undoing the pool's entry puts right what a dead run has left.
 */
#ifndef HF_HARNESS_OFFLINE_H
#define HF_HARNESS_OFFLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/map.h"
#include "system/block.h"

/**
 * hf_mem_block - the backing of such benchmarks: their memory() is pages added to the pool, if any; pages are of the PMD's size. Sets THP to madvise, and HVO by the
 * parameter "hvo" (0, 1) if there is one.
 */
extern const struct hf_mem hf_mem_block;

/** hf_offline_open() - in setup(): list the blocks, remember the pool; ends the repeat as broken on failure */
void hf_offline_open(struct hf_run *run);

/** hf_offline_close() - in teardown() */
void hf_offline_close(void);

/** hf_offline_blocks() - how many blocks there are, and the first of them */
unsigned int hf_offline_blocks(const struct hf_block **first);

/** hf_offline_of() - index of the block that frame @pfn is in; -1 if none */
int hf_offline_of(uint64_t pfn);

/** hf_offline_ours() - whether the block holds no more free hugetlb pages than were added for this run */
bool hf_offline_ours(const struct hf_run *run, const struct hf_block_count *count);

/** hf_offline_may() - census of block @i as it is now, and whether it may be taken offline */
bool hf_offline_may(struct hf_run *run, unsigned int i, struct hf_block_count *count);

/**
 * hf_offline_find() - the next block, starting behind the last one found, that may be taken offline and holds at least @least and at most @most frames of @class
 * Return: its index with *@count filled, -1 if there is none.
 */
int hf_offline_find(struct hf_run *run, enum hf_block_class class, uint64_t least, uint64_t most, struct hf_block_count *count);

/** struct hf_offline_metrics - indices of timed metrics, -1 for none: writes that took the block offline, those that did not, those that brought it back */
struct hf_offline_metrics {
	int offline, refused, online;
};

/**
 * hf_offline_try() - one attempt to take block @i offline, then bring it back
 * @limit_ns: from then on a signal interrupts the attempt
 * @ns: length of the attempt
 *
 * Timed is the write(2) of "offline", and that of "online" by itself. A block that does not come back ends the repeat as broken.
 *
 * Return: 0, or the -errno of the attempt.
 */
int hf_offline_try(struct hf_task *t, unsigned int i, uint64_t limit_ns, const struct hf_offline_metrics *m, uint64_t *ns);

/** hf_offline_down() - one attempt to take block @i offline, and it stays so; from @limit_ns on a signal interrupts it. Return: 0, or the -errno of the attempt. */
int hf_offline_down(struct hf_task *t, unsigned int i, uint64_t limit_ns);

/** hf_offline_up() - bring it back; one that does not come back ends the repeat as broken */
void hf_offline_up(struct hf_task *t, unsigned int i);

/**
 * hf_offline_settle() - take some free block offline and back, untimed, so that per-CPU lists of pages and of the LRU are empty when the attempt that counts
 * begins: draining what the filling of a block has left there takes milliseconds (lru_cache_disable(), zone_pcp_disable())
 */
void hf_offline_settle(struct hf_task *t, uint64_t limit_ns);

/*
 * The run's pages are counted here: what others add to the pool or take from it meanwhile stays as they have it, unless they do so within the same system call's time, when nobody can tell.
 */

/** hf_offline_shrink() - the pool without the run's pages; those that are in use become surplus */
void hf_offline_shrink(struct hf_run *run);

/** hf_offline_grow() - the pool with @pages of the pages that were added to it for this run, at most all of them; ends the repeat as broken when they cannot be had */
void hf_offline_grow(struct hf_run *run, uint64_t pages);

/**
 * hf_offline_hold() - the pool with @pages of the run's own, more than were added to it for instance
 *
 * More than were added need a descriptor whose first bracket allows it (struct hf_bracket).
 *
 * Return: how many of them it has now: fewer when the kernel gives no more.
 */
uint64_t hf_offline_hold(struct hf_run *run, uint64_t pages);

/** hf_offline_cpus() - the machine's online CPUs. Return: how many, at most @max. */
unsigned int hf_offline_cpus(unsigned int *cpu, unsigned int max);

/**
 * struct hf_offline_evidence - indices of the metrics that say why an attempt ended as it did
 * @log_unmovable, @log_migration: HF_COUNT: reports of the kernel log: an unmovable page, a failed migration (their rate is limited)
 * @tests, @fails: HF_VALUES: how often the block was tested for being isolated, and was not (page_isolation:test_pages_isolated)
 * @moved, @stuck: HF_VALUES: base pages that were migrated and that could not be (migrate:mm_migrate_pages, reason memory_hotplug)
 */
struct hf_offline_evidence {
	int log_unmovable, log_migration, tests, fails, moved, stuck;
};

/** HF_OFFLINE_TRACES - hf_bench.traces for it */
#define HF_OFFLINE_TRACES HF_LIST("page_isolation:test_pages_isolated", "migrate:mm_migrate_pages")

/** hf_offline_watch() - from now on kernel log and tracepoints are of interest */
void hf_offline_watch(void);

/** hf_offline_evidence() - what they said since then; where tracepoints cannot be read, or not all of them were kept, their metrics get nothing */
void hf_offline_evidence(struct hf_task *t, const struct hf_offline_evidence *m);

#endif
