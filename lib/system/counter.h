/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel counters by name, and what changed between two readings. Names: those of /proc/vmstat as they are; "pool_2048kB_free"
 * (nr, free, resv, surplus) for the hugetlb pools; "mthp_64kB_anon_fault_alloc" for
 * /sys/kernel/mm/transparent_hugepage/hugepages-64kB/stats/.
 */
#ifndef HF_SYSTEM_COUNTER_H
#define HF_SYSTEM_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hf_counter_set;

/**
 * hf_counter_read() - all counters now
 * @set: set on success; free with hf_counter_free()
 *
 * Writes /proc/sys/vm/stat_refresh first, so that the per-CPU parts are in (mm/vmstat.c, vmstat_refresh()); where that is not
 * allowed the numbers may lag by the per-CPU thresholds and hf_counter_exact() says so.
 *
 * Return: 0 or -errno.
 */
int hf_counter_read(struct hf_counter_set **set);

/** hf_counter_exact() - whether stat_refresh could be written before this reading */
bool hf_counter_exact(const struct hf_counter_set *set);

/** hf_counter_free() - NULL is allowed */
void hf_counter_free(struct hf_counter_set *set);

/** hf_counter_get() - Return: 0, or -ENOENT when this kernel has no such counter. */
int hf_counter_get(const struct hf_counter_set *set, const char *name, int64_t *value);

/** hf_counter_delta() - call @fn for every counter that differs between the two readings, in order of name */
void hf_counter_delta(const struct hf_counter_set *before, const struct hf_counter_set *after,
		      void (*fn)(void *arg, const char *name, int64_t delta), void *arg);

#endif
