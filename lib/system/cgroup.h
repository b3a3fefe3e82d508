/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control groups, version 2 (Documentation/admin-guide/cgroup-v2.rst), as far as hugetlb pages (mm/hugetlb_cgroup.c) and memory (mm/memcontrol.c) are charged to them. */
#ifndef HF_SYSTEM_CGROUP_H
#define HF_SYSTEM_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** hf_cgroup_own() - directory of the calling process's group. Return: 0, -ENOENT where no cgroup2 is mounted, other -errno. */
int hf_cgroup_own(char *dir, size_t room);

/** struct hf_cgroup_charge - bytes of one page size that are charged to a group: pages in use, and those reserved (hugetlb.SIZE.rsvd.current, since 5.7) */
struct hf_cgroup_charge {
	uint64_t current, reserved;
};

/** hf_cgroup_charge() - Return: 0; -ENOENT when the group's hugetlb controller is off; other -errno. */
int hf_cgroup_charge(const char *dir, size_t page, struct hf_cgroup_charge *charge);

/**
 * hf_cgroup_room() - bytes of pages of this size that may still be charged to the calling process's group and all those above it, by hugetlb.SIZE.max and
 * hugetlb.SIZE.rsvd.max
 * Return: UINT64_MAX without any limit.
 */
uint64_t hf_cgroup_room(size_t page);

/** hf_cgroup_limit() - write hugetlb.SIZE.max or, @reserved, hugetlb.SIZE.rsvd.max: bytes, UINT64_MAX for none. Return: 0, -EBUSY when more is charged (page_counter_set_max()), other -errno. */
int hf_cgroup_limit(const char *dir, size_t page, bool reserved, uint64_t bytes);

/** hf_cgroup_refused() - how often a charge of either kind failed in a group or below it (hugetlb.SIZE.events, since 5.6). Return: 0 or -errno. */
int hf_cgroup_refused(const char *dir, size_t page, uint64_t *n);

/** hf_cgroup_memory() - bytes of memory that are charged to a group (memory.current). Return: 0; -ENOENT when its memory controller is off; other -errno. */
int hf_cgroup_memory(const char *dir, uint64_t *bytes);

/** hf_cgroup_memory_stat() - a line of memory.stat, "anon_thp" say. Return: 0 or -errno. */
int hf_cgroup_memory_stat(const char *dir, const char *key, uint64_t *bytes);

/** hf_cgroup_memory_limit() - write memory.max: bytes, UINT64_MAX for none. Return: 0 or -errno. */
int hf_cgroup_memory_limit(const char *dir, uint64_t bytes);

/**
 * hf_cgroup_memory_drain() - what processors have charged to a group beforehand (64 pages each, try_charge_memcg()) is given back, and what can be reclaimed of it is
 *
 * A memory.high that is exceeded does both, and nobody is killed (memory_high_write()); other processors do it soon, not at once. Who returns to user space meanwhile is made to wait. Return: 0 or -errno.
 */
int hf_cgroup_memory_drain(const char *dir);

/** hf_cgroup_join() - move the calling process into a group. Return: 0 or -errno. */
int hf_cgroup_join(const char *dir);

#endif
