// SPDX-License-Identifier: GPL-2.0-or-later
/* hugetlbfs mounts with limits. */
#include "system/quota.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HUGETLBFS_MAGIC 0x958458f6

static int set(int fs, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, text, 0) ? -errno : 0;
}

int hf_quota_mount(size_t page, uint64_t most, uint64_t least)
{
	int fs = (int)syscall(SYS_fsopen, "hugetlbfs", FSOPEN_CLOEXEC), err, mount;

	if (fs < 0)
		return -errno;
	err = set(fs, "pagesize", page);
	if (!err && most)
		err = set(fs, "size", most * page);
	if (!err && least)
		err = set(fs, "min_size", least * page);
	if (!err && syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		err = -errno;
	mount = err ? err : (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (!err && mount < 0)
		mount = -errno;
	close(fs);
	return mount;
}

int hf_quota_file(int mount, size_t len)
{
	int fd = openat(mount, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600), err;

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		fd = openat(mount, "file", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0)
			unlinkat(mount, "file", 0);
	}
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)len)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int hf_quota_used(int mount, int64_t *pages)
{
	struct statfs st;

	if (fstatfs(mount, &st))
		return -errno;
	*pages = (int64_t)st.f_blocks - (int64_t)st.f_bfree;
	return 0;
}

int hf_quota_look(pid_t pid, int fd, uint64_t most, int64_t *pages)
{
	char path[64];
	struct statfs st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	if (statfs(path, &st) || st.f_type != HUGETLBFS_MAGIC || st.f_blocks != most)
		return -ENOENT;
	*pages = (int64_t)st.f_blocks - (int64_t)st.f_bfree;
	return 0;
}
