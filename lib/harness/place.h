/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory block with a given content. User space cannot ask for memory of a block: content is allocated, pagemap says where it is, the block that got most of it is
 * chosen, and what lies elsewhere is given back.
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
 * @HF_PLACE_ANON:	anonymous base pages (of huge pages that were split: order-0 allocations come from where others have theirs)
 * @HF_PLACE_THP:	anonymous PMD-sized THPs
 * @HF_PLACE_FILE:	clean, unmapped page cache of a file in $TMPDIR or /var/tmp, in the folios that its file system makes
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

/** hf_place_open() - in setup(), after hf_offline_open(): what is prepared once for @content of @len bytes (at most a quarter of a block, whole huge pages) */
void hf_place_open(struct hf_run *run, enum hf_place_content content, size_t len);

/** hf_place_close() - in teardown() */
void hf_place_close(struct hf_run *run);

/**
 * hf_place_put() - put it into some block
 * @count: census of the block with it
 * @placed: base pages of ours that are there: at most @len's
 *
 * Return: index of the block (hf_offline_try()); ends the repeat as skipped when no block took at least a quarter of it.
 */
unsigned int hf_place_put(struct hf_run *run, struct hf_block_count *count, uint64_t *placed);

/** hf_place_take() - give it back, wherever it is now */
void hf_place_take(struct hf_run *run);

/** hf_place_frames() - frames of the @n huge pages at @p, one each: UINT64_MAX for what is not there */
void hf_place_frames(struct hf_run *run, const char *p, size_t n, size_t step, uint64_t *pfn);

/** hf_place_huge() - map @pages hugetlb pages of the run's size and write to each; NULL when they cannot be had */
char *hf_place_huge(struct hf_run *run, size_t pages);

#endif
