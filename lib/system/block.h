/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory blocks, the unit in which memory goes offline and comes back (/sys/devices/system/memory, Documentation/admin-guide/mm/memory-hotplug.rst), and
 * what is in one of them (/proc/kpageflags, /proc/kpagecount).
 *
 * offline_pages() in mm/memory_hotplug.c tries until it succeeds or a signal is pending: an attempt without a timer may never end. A free hugetlb page
 * in the block is dissolved, and the pool does not get it back with the block.
 */
#ifndef HF_SYSTEM_BLOCK_H
#define HF_SYSTEM_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct hf_block - one memory block
 * @id:		N of memoryN
 * @pfn:	its first frame
 * @pages:	frames in it
 * @online:	state reads "online"
 * @inner:	the blocks before and behind it are online and of the same zone. An outer one must stay: offlining it shrinks the zone
 *		(remove_pfn_range_from_zone()), and onlining may put it into another (default_kernel_zone_for_pfn())
 * @zone:	the zone it is in when online; "none" when it cannot be offlined at all (holes, or more than one zone)
 */
struct hf_block {
	unsigned int id;
	uint64_t pfn, pages;
	bool online, inner;
	char zone[16];
};

/** enum hf_block_class - what a frame is; the first that fits */
enum hf_block_class {
	HF_BLOCK_HUGETLB_FREE, /* part of a hugetlb page that nothing maps: free, or only in a file */
	HF_BLOCK_HUGETLB_USED, /* part of one that is mapped */
	HF_BLOCK_FREE,	       /* in the buddy allocator */
	HF_BLOCK_RESERVED,
	HF_BLOCK_SLAB,
	HF_BLOCK_PGTABLE,
	HF_BLOCK_MLOCKED,
	HF_BLOCK_THP,	/* part of a large anonymous folio */
	HF_BLOCK_ANON,	/* anonymous base page */
	HF_BLOCK_FILE,	/* page cache, of any folio size; shared memory too */
	HF_BLOCK_BLANK, /* no flag at all: the kernel's without a type, on a per-CPU list, or a struct page that was never initialised */
	HF_BLOCK_OTHER,
	HF_BLOCK_CLASSES,
};

/**
 * struct hf_block_count - the frames of a block by class
 * @heads:	of the hugetlb frames, those that show as a compound head: one a page, but several where the page's vmemmap is optimised, since its
 *		tail struct pages are one shared page
 * @blank:	1024 frames in a row, aligned, have no flag at all: they may never have been initialised, and the block must not be touched
 */
struct hf_block_count {
	uint64_t n[HF_BLOCK_CLASSES], heads;
	bool blank;
};

/**
 * hf_block_list() - all memory blocks, ascending
 * @list: set to an array for free(3)
 *
 * Return: how many; -ENOENT without memory hotplug, other -errno.
 */
int hf_block_list(struct hf_block **list);

/** hf_block_path() - path of a file of block @id ("state"). Return: @buf. */
char *hf_block_path(unsigned int id, const char *file, char *buf, size_t room);

/** hf_block_count() - census of a block, about 2 ms for 32768 frames. Return: 0; -EPERM, -ENODATA (offline), other -errno. */
int hf_block_count(const struct hf_block *block, struct hf_block_count *count);

/**
 * hf_block_sample() - look at one frame in every @step bytes only: some 20 us for 64 of them
 * @class: what is looked for; of hugetlb pages it is not seen whether they are mapped, each counts as HF_BLOCK_HUGETLB_FREE
 *
 * Return: how many of these frames are of @class, or -errno.
 */
int hf_block_sample(const struct hf_block *block, size_t step, enum hf_block_class class);

/**
 * hf_block_only() - look at one frame in every @step bytes until one is of another class
 * @classes: bits 1 << enum hf_block_class; of hugetlb pages as in hf_block_sample()
 *
 * Return: 1 when none was, 0, or -errno.
 */
int hf_block_only(const struct hf_block *block, size_t step, unsigned int classes);

/** hf_block_add() - one frame more: flags as in kpageflags, mappings as in kpagecount. Return: its class. */
enum hf_block_class hf_block_add(struct hf_block_count *count, uint64_t flags, uint64_t mappings);

/** hf_block_may() - whether a block may be taken offline: online, inner, in one zone, nothing that may be uninitialised. @why says what forbids it. */
bool hf_block_may(const struct hf_block *block, const struct hf_block_count *count, const char **why);

/** hf_block_open() - its state file, for hf_block_set(). Return: descriptor or -errno. */
int hf_block_open(const struct hf_block *block);

/**
 * hf_block_set() - one write(2) of "online" or "offline" to @fd
 *
 * Return: 0; -EBUSY (it could not be isolated, or dissolving failed), -EINTR (a signal ended the attempt), -EINVAL, other -errno.
 */
int hf_block_set(int fd, bool online);

/**
 * hf_block_arm() - from @limit_ns on a signal interrupts the calling thread's system calls, again every millisecond until hf_block_disarm()
 *
 * SIGUSR2, whose handler does nothing and restarts nothing, by a timer that is directed to the thread. One at a time per process.
 * Return: 0 or -errno.
 */
int hf_block_arm(uint64_t limit_ns);

/** hf_block_disarm() - the timer of hf_block_arm() is gone; no signal comes any more */
void hf_block_disarm(void);

#endif
