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
 * @mapped: set to how many of them some process has mapped (/proc/kpagecount); may be NULL
 *
 * One read of 8 bytes per stretch: about 5 ms for 24 GiB. Not one instant: pages that change meanwhile show or do not.
 *
 * Return: 0, or -errno when kpageflags cannot be read (CAP_SYS_ADMIN, CONFIG_PROC_PAGE_MONITOR).
 */
int hf_account_hugetlb_frames(size_t size, int64_t *n, int64_t *mapped);

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
 * kernel's own pages without a kind (buffers of pipes and sockets, drivers' memory): they hardly move. Memory that got lost is in it, and, for the moment, pages on their way between free and
 * accounted for, such as a huge page that is being cleared. So a single reading is too high more often than too low.
 * @total: set to MemTotal in bytes
 *
 * Return: 0 or -errno.
 */
int hf_account_lost(int64_t *bytes, int64_t *total);

/** hf_account_isolated() - page blocks of migrate type Isolate, over all zones (/proc/pagetypeinfo): only while somebody takes memory out. Return: 0, -ENOENT on kernels without it, other -errno. */
int hf_account_isolated(int64_t *blocks);

/** hf_account_meminfo_pool() - the pool of the default size as /proc/meminfo shows it: nr, free, resv and surplus from one go. Return: 0 or -errno. */
int hf_account_meminfo_pool(struct hf_pool *pool);

#endif
