/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums over the whole machine that must come out even: frames marked hugetlb, pins, memory that is neither free nor anybody's. */
#ifndef HF_SYSTEM_ACCOUNT_H
#define HF_SYSTEM_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "system/pool.h"

/**
 * hf_account_hugetlb_frames() - how many aligned stretches of @size bytes have their first frame marked KPF_HUGE (/proc/kpageflags)
 * @size: the smallest huge page size, so that each larger page counts as so many of it
 * @n: set on success
 *
 * One read of 8 bytes per stretch: about 5 ms for 24 GiB. Not one instant: pages that change meanwhile show or do not.
 *
 * Return: 0, or -errno when kpageflags cannot be read (CAP_SYS_ADMIN, CONFIG_PROC_PAGE_MONITOR).
 */
int hf_account_hugetlb_frames(size_t size, int64_t *n);

/**
 * hf_account_pins() - pages pinned now by pin_user_pages() (nr_foll_pin_acquired less nr_foll_pin_released, after vm.stat_refresh), less those that a process has accounted for
 *	(VmPin in /proc/PID/status: io_uring buffers, RDMA, VFIO)
 *
 * Return: 0, -ENOENT when this kernel does not count them, other -errno.
 */
int hf_account_pins(int64_t *pages);

/**
 * hf_account_lost() - bytes that are neither free nor in any of the kinds that /proc/meminfo knows
 *
 * MemTotal less free memory (system/memfree.h), Buffers, Cached, SwapCached, AnonPages, Slab, KernelStack, PageTables, SecPageTables, VmallocUsed, Percpu and Hugetlb. What is left is the
 * kernel's own pages without a kind: a few tens of MiB that hardly move. Memory that got lost is in it.
 *
 * Return: 0 or -errno.
 */
int hf_account_lost(int64_t *bytes);

/** hf_account_meminfo_pool() - the pool of the default size as /proc/meminfo shows it: nr, free, resv and surplus from one go. Return: 0 or -errno. */
int hf_account_meminfo_pool(struct hf_pool *pool);

/** hf_account_mapped() - pages of @size that all processes together map, instantiated or not (smaps): the most that they can have reserved or in use */
int64_t hf_account_mapped(size_t size);

#endif
