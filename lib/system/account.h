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

/** hf_account_isolated_pages() - base pages that are off the LRU lists to be moved or reclaimed (nr_isolated_anon and nr_isolated_file, after vm.stat_refresh): none when nobody is at it. Return: 0 or -errno. */
int hf_account_isolated_pages(int64_t *pages);

/**
 * hf_account_off_lru() - bytes that count as mapped anonymous memory or as cached, and are on no LRU list
 *
 * AnonPages, Buffers and Cached of /proc/meminfo, less Active, Inactive and Unevictable. What is isolated, or in a CPU's batch of pages to be put on a list, is in it for the moment; less than zero are pages that
 * are on a list and not mapped (swap cache, pinned). A page whose map count does not go back to zero stays AnonPages when it is freed.
 *
 * Return: 0 or -errno.
 */
int hf_account_off_lru(int64_t *bytes);

/** hf_account_meminfo_pool() - the pool of the default size as /proc/meminfo shows it: nr, free, resv and surplus from one go. Return: 0 or -errno. */
int hf_account_meminfo_pool(struct hf_pool *pool);

#endif
