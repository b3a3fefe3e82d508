/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory block with a given content. User space cannot ask for memory of a block. So the hugetlb pool grows until enough of its pages are in one block that
 * holds nothing else; /proc/kpageflags says where they are. What is scattered about the free lists has been used up then. Pages of the pool are content
 * themselves, or the newest are given back just before something else allocates pages of that size, which gets those that were freed last. The others follow.
 */
#ifndef HF_HARNESS_PLACE_H
#define HF_HARNESS_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/offline.h"

/** HF_PLACE_CONTENTS - words of a parameter "content", in the order of enum hf_place_content */
#define HF_PLACE_CONTENTS "free|anon|thp|page-cache|mlocked|pinned|hugetlb-free|hugetlb-used|slab"

/**
 * enum hf_place_content - what is put into the block
 * @HF_PLACE_FREE:	nothing: all of it is in the buddy allocator
 * @HF_PLACE_ANON:	anonymous base pages, of THPs that were split
 * @HF_PLACE_THP:	anonymous PMD-sized THPs
 * @HF_PLACE_FILE:	clean, unmapped page cache of a file in $TMPDIR or /var/tmp, in PMD-sized folios (ext4 makes them since 6.16, XFS before)
 * @HF_PLACE_MLOCKED:	as anon, then mlock(2)
 * @HF_PLACE_PINNED:	as anon, the first 16 pages being a registered buffer of an io_uring
 * @HF_PLACE_HUGETLB_FREE: free pages of the pool
 * @HF_PLACE_HUGETLB_USED: mapped hugetlb pages
 * @HF_PLACE_SLAB:	a block as found in which there are slab pages
 */
enum hf_place_content {
	HF_PLACE_FREE,
	HF_PLACE_ANON,
	HF_PLACE_THP,
	HF_PLACE_FILE,
	HF_PLACE_MLOCKED,
	HF_PLACE_PINNED,
	HF_PLACE_HUGETLB_FREE,
	HF_PLACE_HUGETLB_USED,
	HF_PLACE_SLAB,
};

/** hf_place_brackets() - hf_bench.brackets: how far the pool grows on the way */
unsigned int hf_place_brackets(const struct hf_run *run, struct hf_bracket *list);

/** hf_place_open() - in setup(), after hf_offline_open(): what is prepared once for @content of up to @pages huge pages */
void hf_place_open(struct hf_run *run, enum hf_place_content content, size_t pages);

/** hf_place_close() - in teardown(), before hf_offline_close() */
void hf_place_close(struct hf_run *run);

/**
 * hf_place_put() - put @pages huge pages' worth of the content into some block
 * @count: census of the block with it
 * @placed: base pages of the content that are there
 *
 * The rest of the block is free, but for what the kernel may have put there in the meantime: see @count. Ends the repeat as skipped when no block can be had.
 *
 * Return: index of the block, for hf_offline_try().
 */
unsigned int hf_place_put(struct hf_run *run, size_t pages, struct hf_block_count *count, uint64_t *placed);

/** hf_place_pure() - whether block @b held, by @count, @pages free hugetlb pages and beside them only free pages, whole huge pages on per-CPU lists included */
bool hf_place_pure(const struct hf_run *run, unsigned int b, const struct hf_block_count *count, size_t pages);

/** hf_place_take() - give the content back, wherever it is now */
void hf_place_take(struct hf_run *run);

#endif
