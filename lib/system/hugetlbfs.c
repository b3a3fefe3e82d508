// SPDX-License-Identifier: GPL-2.0-or-later
/* libhugetlbfs (its only user). */
#include "system/hugetlbfs.h"

#include <errno.h>
#include <stdio.h>
/* libhugetlbfs's header has no include of its own for what it uses */
#include <sys/types.h>
#include <unistd.h>
#include <hugetlbfs.h>

#include "base/parse.h"

bool hf_hugetlbfs_usable(size_t page, char *why, size_t room)
{
	char size[24];

	if (hugetlbfs_find_path_for_size((long)page))
		return true;
	snprintf(why, room, "libhugetlbfs finds no writable hugetlbfs mount for %s pages", hf_parse_show_size(page, size, sizeof(size)));
	return false;
}

int hf_hugetlbfs_fd(size_t page)
{
	int fd;

	errno = 0;
	fd = hugetlbfs_unlinked_fd_for_size((long)page);
	if (fd >= 0)
		return fd;
	return errno ? -errno : -ENOENT;
}
