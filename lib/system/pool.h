/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hugetlb pools as /sys/kernel/mm/hugepages shows them (mm/hugetlb_sysfs.c; mm/hugetlb.c before 6.17). */
#ifndef HF_SYSTEM_POOL_H
#define HF_SYSTEM_POOL_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct hf_pool - one pool at one moment, in pages
 * @nr:		pages in the pool, surplus included
 * @free:	of those, not in use
 * @resv:	free pages promised to mappings (machine-wide only; 0 for a node)
 * @surplus:	pages above the persistent ones
 * @overcommit:	how far surplus may go (machine-wide only; 0 for a node)
 */
struct hf_pool {
	int64_t nr, free, resv, surplus, overcommit;
};

/**
 * hf_pool_sizes() - huge page sizes of this kernel, ascending
 * @size: filled with bytes
 * @max: room in @size
 *
 * Return: how many there are (0 without hugetlb), never more than @max.
 */
unsigned int hf_pool_sizes(size_t *size, unsigned int max);

/** hf_pool_path() - "/sys/.../hugepages-2048kB/FILE" for @size; @node -1 for the machine, else that node's directory. Return: @buf. */
char *hf_pool_path(size_t size, int node, const char *file, char *buf, size_t room);

/** hf_pool_read() - @node -1 for the machine. Return: 0, -ENOENT (no such size or node), other -errno. */
int hf_pool_read(size_t size, int node, struct hf_pool *pool);

/** hf_pool_hvo() - vm.hugetlb_optimize_vmemmap: whether the vmemmap of pages that are allocated from now on is optimised. Return: 0 or -errno. */
int hf_pool_hvo(int on);

/**
 * hf_pool_law() - the laws a pool obeys at any quiescent moment: no count negative or wrapped, free <= nr, resv <= free, surplus <= nr
 * @pool: what was read
 * @why: filled with the first law that is broken, by name and numbers
 * @room: size of @why
 *
 * Return: 0, or -EPROTO when a law is broken.
 */
int hf_pool_law(const struct hf_pool *pool, char *why, size_t room);

/**
 * hf_pool_nodes_law() - one law more: the nodes with memory have, together, what the machine has, and none a count that wrapped
 * @pool: what was read of the machine just before; who compares a single time may see others at work
 *
 * Return: 0, also where there are no nodes to be seen, or -EPROTO.
 */
int hf_pool_nodes_law(size_t size, const struct hf_pool *pool, char *why, size_t room);

#endif
