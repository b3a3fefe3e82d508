/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may have pages of a hugetlb pool: processes by their mappings (smaps), and hugetlbfs files (memfds too) that some process has open or that have a name in a mounted hugetlbfs, for these need
 * not be mapped to have pages. Not seen: System V segments that nobody has attached, files with a name only in another mount namespace.
 *
 * Reading smaps takes the process's mmap_lock, so it is done in a child process (system/aside.h): one that hangs with it held is found and left out.
 */
#ifndef HF_SYSTEM_USERS_H
#define HF_SYSTEM_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HF_USERS_MAX 1024
#define HF_STUCK_MAX 16

/** struct hf_stuck_tasks - processes that cannot be looked at: reading their smaps takes more than four seconds */
struct hf_stuck_tasks {
	unsigned int n;
	pid_t pid[HF_STUCK_MAX];
};

/**
 * struct hf_users - all users of pages of one size
 * @overflow:	there are more
 * @of:		@who and @where: a process and 0, or a file's inode and device + 1; @used: pages that it may have in use: what a process maps, what is in a file; @promised: that may be
 *		reserved for it: what a process maps without MAP_NORESERVE, what a file has length for
 */
struct hf_users {
	unsigned int n;
	bool overflow;
	struct hf_user {
		uint64_t who, where;
		int64_t used, promised;
	} of[HF_USERS_MAX];
};

/**
 * hf_users_read() - all but this process
 * @size: of their pages, in bytes
 * @stuck: processes that are left out; more may become known
 */
void hf_users_read(struct hf_users *u, size_t size, struct hf_stuck_tasks *stuck);

/** hf_users_used() - pages in use by all of them together, at most; @files: by files alone */
int64_t hf_users_used(const struct hf_users *u, bool files);

/** hf_users_promised() - pages that may be reserved for those that are not in @before, or were otherwise there: those that are as before have no more reserved than then, except for pages they have given back */
int64_t hf_users_promised(const struct hf_users *u, const struct hf_users *before);

#endif
