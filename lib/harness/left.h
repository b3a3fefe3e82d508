/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames that have left the pools: what was seen marked hugetlb before or during a run, and is not any more, has to look like what it has become (/proc/kpageflags, /proc/kpagecount).
 * Of every base page: no mark is left of what it was, a tail page follows a head or another tail, none is both, and a free one is not mapped, on no LRU list and no slab.
 */
#ifndef HF_HARNESS_LEFT_H
#define HF_HARNESS_LEFT_H

#include <stddef.h>
#include <stdint.h>

struct hf_left;

/** hf_left_new() - starts with what is marked now; @size: the smallest huge page size. Return: NULL when frames cannot be seen, or out of memory. */
struct hf_left *hf_left_new(size_t size);

/** hf_left_free() - NULL is allowed */
void hf_left_free(struct hf_left *l);

/** hf_left_look() - remember what is marked hugetlb at this moment: one read of 8 bytes per stretch of @size, 5 ms for 24 GiB */
void hf_left_look(struct hf_left *l);

/**
 * hf_left_check() - is everything that has left what it should be?
 * @why: filled when not
 *
 * Others allocate and free meanwhile, and flags of a page are not of one instant: only what stays wrong is.
 *
 * Return: 0, or -EPROTO.
 */
int hf_left_check(struct hf_left *l, char *why, size_t room);

/** hf_left_judge() - the same of the flags and map counts of one stretch, whose first frame is @pfn */
int hf_left_judge(const uint64_t *flags, const uint64_t *count, unsigned int frames, uint64_t pfn, char *why, size_t room);

#endif
