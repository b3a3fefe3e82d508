/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Free memory, exactly: what the zones' buddy lists hold plus what lies on the per-CPU lists beside them. MemFree alone is off by the latter, tens of MiB,
 * and base pages and PMD-sized pages move between the two all the time.
 */
#ifndef HF_SYSTEM_MEMFREE_H
#define HF_SYSTEM_MEMFREE_H

#include <stdint.h>

/**
 * hf_memfree() - free memory of all zones of all nodes, from one reading of /proc/zoneinfo ("pages free" and the "count:" of each CPU)
 * @bytes: set on success
 *
 * The lines are not of one instant: what others allocate and free during the reading (tens of us) shows or does not.
 *
 * Return: 0, -ENODATA when the file has no such lines, other -errno.
 */
int hf_memfree(int64_t *bytes);

/** hf_memfree_open() - the file behind hf_memfree_above(), for readings that allocate nothing after the first. Return: descriptor or -errno. */
int hf_memfree_open(void);

/**
 * hf_memfree_above() - base pages that ordinary allocations can have before they must reclaim
 * @fd: from hf_memfree_open()
 * @pages: set on success: over all zones, the free pages above the min watermark and the zone's largest lowmem reserve, 0 for a zone that is below
 *	(mm/page_alloc.c, __zone_watermark_ok()). Those on per-CPU lists do not count: an allocation below the watermark does not look there, and they are
 *	drained only when reclaim has made progress (__alloc_pages_direct_reclaim()).
 *
 * Return: 0, -ENODATA when the file has no zones, other -errno.
 */
int hf_memfree_above(int fd, int64_t *pages);

#endif
