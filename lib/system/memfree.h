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

#endif
