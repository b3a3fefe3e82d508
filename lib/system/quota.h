/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hugetlbfs mounts with limits of their own (size=, min_size=): a subpool (struct hugepage_subpool). With both equal it is a private pool inside the big one: so many pages are reserved for it
 * when it is mounted, nobody else can take them, and its files never get more, also where nothing reserves (MAP_NORESERVE). A mount that is attached nowhere (fsmount(2)): nobody sees it,
 * and it goes with its last descriptor and file.
 */
#ifndef HF_SYSTEM_QUOTA_H
#define HF_SYSTEM_QUOTA_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * hf_quota_mount() - a hugetlbfs for pages of @page bytes
 * @most: size= in pages; 0: no limit
 * @least: min_size= in pages; 0: none
 *
 * Return: descriptor of the mount; -EPERM without CAP_SYS_ADMIN, -ENOSYS before Linux 5.2, -EINVAL or -ENOMEM when @least pages cannot be reserved, other -errno.
 */
int hf_quota_mount(size_t page, uint64_t most, uint64_t least);

/** hf_quota_file() - a file without a name in it, @len bytes. Return: descriptor or -errno. */
int hf_quota_file(int mount, size_t len);

/** hf_quota_used() - pages of its quota in use: size= less what statfs(2) calls free. Return: 0 or -errno. */
int hf_quota_used(int mount, int64_t *pages);

/**
 * hf_quota_look() - hf_quota_used() of a mount that process @pid has as descriptor @fd
 * @most: its size=, by which it is known
 *
 * Return: 0, -ENOENT when that is not, or no longer, such a mount.
 */
int hf_quota_look(pid_t pid, int fd, uint64_t most, int64_t *pages);

#endif
