/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that takes the memory that the kernel can have until there is none, and gives it back: for what happens then. What only user space can have (ZONE_MOVABLE) it leaves alone.
 *
 * It takes it by BPF array maps: their memory is allocated with __GFP_RETRY_MAYFAIL or __GFP_NORETRY (kernel/bpf/syscall.c, __bpf_map_area_alloc()), so that an allocation fails at the end, and nobody is
 * killed. When others then allocate what may not fail, the OOM killer takes one of some processes that are there for that (oom_score_adj 1000, mm/oom_kill.c oom_badness()), and the little that this one had
 * is enough; after them it takes the hog. While memory is short the hog allocates nothing but what it is to take: orders come through shared memory.
 */
#ifndef HF_SYSTEM_HOG_H
#define HF_SYSTEM_HOG_H

#include <stddef.h>
#include <stdint.h>

struct hf_hog;

/**
 * HF_HOG_SETTINGS - for HF_SETTINGS() of a program that has one: per-CPU lists of pages are short, since an allocation below the watermark does not look there, and what is on them is free again some time
 * later; the OOM killer makes few words
 */
#define HF_HOG_SETTINGS { "/proc/sys/vm/percpu_pagelist_high_fraction", "2147483647" }, { "/proc/sys/vm/oom_dump_tasks", "0" }

/**
 * hf_hog_open() - start the process; it dies with its parent
 * @hog: set on success
 * @most: bytes that it takes at most
 *
 * Return: 0 or -errno.
 */
int hf_hog_open(struct hf_hog **hog, size_t most);

/**
 * hf_hog_fill() - let it take all; before that, when there is memory, what it needs for the OOM killer and for hf_hog_spare() is made complete again
 *
 * Return: 0; -ESRCH when it has died (the OOM killer took it): close it and open another one; -ENOSPC when it has its most, or as many maps as it may have, and there is still memory; -EPERM or
 * -ENOSYS where BPF maps cannot be had; other -errno.
 */
int hf_hog_fill(struct hf_hog *hog);

/** hf_hog_retake() - let it take what has become free since, and nothing else. Return: as hf_hog_fill(). */
int hf_hog_retake(struct hf_hog *hog);

/** hf_hog_ease() - let it give @bytes back, a little more than that, those that it has taken last; a worker of the kernel frees them soon. Return: 0, -ESRCH when it has died. */
int hf_hog_ease(struct hf_hog *hog, size_t bytes);

/** hf_hog_spare() - let it give so many base pages back, at once and nothing else: it has some for that. Return: 0, -ESRCH when it has died. */
int hf_hog_spare(struct hf_hog *hog, size_t pages);

/** hf_hog_killed() - processes that the OOM killer had taken in the hog's stead at the last hf_hog_ease(), since the one before */
unsigned int hf_hog_killed(const struct hf_hog *hog);

/** hf_hog_tables() - bytes of page tables that the kernel needed for what was taken at the last hf_hog_fill(): it keeps those of vmalloc for ever, and counts them nowhere */
size_t hf_hog_tables(const struct hf_hog *hog);

/** hf_hog_close() - end it and wait until it is gone; NULL is allowed */
void hf_hog_close(struct hf_hog *hog);

#endif
