/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that takes memory until hardly any is left, and gives it back: for what happens when none is. It is the first that the OOM killer takes (oom_score_adj
 * 1000, mm/oom_kill.c oom_badness()), so that nobody else pays. While memory is short it allocates nothing but the pages it is to take: orders come through shared
 * memory, and the one file it reads was read once before.
 */
#ifndef HF_SYSTEM_HOG_H
#define HF_SYSTEM_HOG_H

#include <stddef.h>
#include <stdint.h>

struct hf_hog;

/**
 * hf_hog_open() - start the process; it dies with its parent
 * @hog: set on success
 * @most: bytes that it takes at most
 *
 * Return: 0 or -errno.
 */
int hf_hog_open(struct hf_hog **hog, size_t most);

/**
 * hf_hog_fill() - let it take all base pages that ordinary allocations can have
 *
 * The bulk by faults, which call the OOM killer when nothing is left, so they end before (hf_memfree_above()). The rest by BPF array maps: their memory is allocated with
 * __GFP_RETRY_MAYFAIL or __GFP_NORETRY (kernel/bpf/syscall.c, __bpf_map_area_alloc()), so that an allocation fails at the end, and nobody is killed.
 *
 * Return: 0; -ESRCH when it has died (the OOM killer took it): close it and open another one; -ENOSPC when it has its most and there is still memory; -EPERM or
 * -ENOSYS where BPF maps cannot be had; other -errno.
 */
int hf_hog_fill(struct hf_hog *hog);

/** hf_hog_ease() - let it give @bytes back, those that it has taken last, and the rest besides. Return: 0, -ESRCH when it has died. */
int hf_hog_ease(struct hf_hog *hog, size_t bytes);

/** hf_hog_close() - end it and wait until it is gone; NULL is allowed */
void hf_hog_close(struct hf_hog *hog);

#endif
