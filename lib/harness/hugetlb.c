// SPDX-License-Identifier: GPL-2.0-or-later
/* The hugetlb backing: MAP_HUGETLB, memfd or libhugetlbfs. An archive member of its own, so that only programs that use it carry libhugetlbfs. */
#include <errno.h>
#include <linux/mman.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/map.h"
#include "system/hugetlbfs.h"
#include "system/pool.h"

static size_t hugetlb_page(const struct hf_run *run)
{
	size_t size[16], want = (size_t)hf_param(run, "page");
	unsigned int n = hf_pool_sizes(size, 16);

	for (unsigned int i = 0; i < n; i++)
		if (size[i] == want)
			return want;
	return 0;
}

static bool hugetlb_unmet(const struct hf_run *run, char *why, size_t room)
{
	if (!hf_param_is(run, "via", "libhugetlbfs"))
		return false;
	return !hf_hugetlbfs_usable(run->page, why, room);
}

static int hugetlb_memfd(int page_bits)
{
	int fd = memfd_create("hugefault", MFD_CLOEXEC | MFD_HUGETLB | (unsigned int)page_bits);

	return fd < 0 ? -errno : fd;
}

static int hugetlb_map(const struct hf_run *run, size_t len, unsigned int flags, struct hf_map *m)
{
	int page_bits = __builtin_ctzll(run->page) << MAP_HUGE_SHIFT;
	int how = (flags & HF_SHARED ? MAP_SHARED : MAP_PRIVATE) | (flags & HF_NORESERVE ? MAP_NORESERVE : 0) |
		  (flags & HF_POPULATE ? MAP_POPULATE : 0);
	int err;

	if (hf_param_is(run, "via", "anon") && !(flags & HF_FILE)) {
		how |= MAP_ANONYMOUS | MAP_HUGETLB | page_bits;
	} else {
		if (hf_param_is(run, "via", "libhugetlbfs"))
			m->fd = hf_hugetlbfs_fd(run->page);
		else
			m->fd = hugetlb_memfd(page_bits);
		if (m->fd < 0)
			return m->fd;
		if (ftruncate(m->fd, (off_t)len)) {
			err = -errno;
			goto fail;
		}
	}
	m->p = mmap(NULL, len, PROT_READ | PROT_WRITE, how, m->fd, 0);
	if (m->p != MAP_FAILED)
		return 0;
	err = -errno;
	m->p = NULL;
fail:
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
	return err;
}

const struct hf_mem hf_mem_hugetlb = {
	.name = "hugetlb",
	.hugetlb = true,
	.mounts = true,
	.page = hugetlb_page,
	.unmet = hugetlb_unmet,
	.map = hugetlb_map,
};
