/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libhugetlbfs (its only user). Its constructor reads HUGETLB_* from the environment and the list of mounts before main(), so a program that uses it is started
 * with private mounts in place and a clean environment (hf_ns_enter()).
 */
#ifndef HF_SYSTEM_HUGETLBFS_H
#define HF_SYSTEM_HUGETLBFS_H

#include <stdbool.h>
#include <stddef.h>

/** hf_hugetlbfs_usable() - can libhugetlbfs open files of this page size? @why is filled when it cannot */
bool hf_hugetlbfs_usable(size_t page, char *why, size_t room);

/** hf_hugetlbfs_fd() - an unlinked file on a hugetlbfs mount of this page size. Return: descriptor or -errno. */
int hf_hugetlbfs_fd(size_t page);

#endif
