/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file whose reads do not end: a FUSE file system of one regular file, served by us, mounted nowhere (fsmount(2)). It is opened with O_DIRECT, so that a read
 * pins the buffer itself until the answer comes: I/O in flight for as long as one likes, without a slow device. When the process dies the kernel drops it all.
 */
#ifndef HF_SYSTEM_STUCK_H
#define HF_SYSTEM_STUCK_H

#include <stddef.h>
#include <sys/uio.h>

struct hf_stuck;

/** hf_stuck_new() - make the file and open it. Return: 0; -ENODEV or -ENOENT (no FUSE), -EPERM, other -errno. */
int hf_stuck_new(struct hf_stuck **stuck);

/**
 * hf_stuck_read() - one direct read into all of @at, by a thread of its own; returns when the request has arrived, and its pages are pinned
 *
 * Return: 0; -EBUSY (one is in flight already), -E2BIG (does not fit into one request: 256 pages at most), other -errno.
 */
int hf_stuck_read(struct hf_stuck *stuck, const struct iovec *at, unsigned int n);

/** hf_stuck_end() - answer the read with nothing read, and wait until it has returned: the pages are let go, their content is as before */
void hf_stuck_end(struct hf_stuck *stuck);

/** hf_stuck_free() - NULL is allowed */
void hf_stuck_free(struct hf_stuck *stuck);

#endif
