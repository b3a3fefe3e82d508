// SPDX-License-Identifier: GPL-2.0-or-later
/* The hugetlb and memory controllers of cgroup v2. */
#include "system/cgroup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

/* Where the hierarchy is mounted: "WHAT DIR cgroup2 ..." in /proc/self/mounts. */
static int mount_point(char *dir, size_t room)
{
	char *text, *rest, *line;
	ssize_t len = hf_file_slurp("/proc/self/mounts", &text);
	int err = -ENOENT;

	if (len < 0)
		return (int)len;
	for (rest = text; err == -ENOENT && (line = strsep(&rest, "\n"));) {
		const char *at, *type;

		strsep(&line, " ");
		at = strsep(&line, " ");
		type = strsep(&line, " ");
		if (type && strcmp(type, "cgroup2") == 0)
			err = snprintf(dir, room, "%s", at) < (int)room ? 0 : -ENAMETOOLONG;
	}
	free(text);
	return err;
}

int hf_cgroup_own(char *dir, size_t room)
{
	char *text, *rest, *line;
	ssize_t n;
	size_t len;
	int err = mount_point(dir, room);

	if (err)
		return err;
	n = hf_file_slurp("/proc/self/cgroup", &text);
	if (n < 0)
		return (int)n;
	len = strlen(dir);
	err = -ENOENT;
	for (rest = text; err == -ENOENT && (line = strsep(&rest, "\n"));)
		if (strncmp(line, "0::/", 4) == 0)
			err = snprintf(dir + len, room - len, "%s", line[4] ? line + 3 : "") < (int)(room - len) ? 0 : -ENAMETOOLONG;
	free(text);
	return err;
}

/* "hugetlb.2MB.current": names as mem_fmt() in mm/hugetlb_cgroup.c makes them */
static int path_of(const char *dir, size_t page, const char *file, char *path, size_t room)
{
	const char *unit = page >= 1u << 30 ? "GB" : page >= 1u << 20 ? "MB" : "KB";
	size_t n = page >= 1u << 30 ? page >> 30 : page >= 1u << 20 ? page >> 20 : page >> 10;

	return snprintf(path, room, "%s/hugetlb.%zu%s.%s", dir, n, unit, file) < (int)room ? 0 : -ENAMETOOLONG;
}

/* Return: 0, -ERANGE for "max", other -errno. */
static int read_file(const char *dir, size_t page, const char *file, uint64_t *v)
{
	char path[PATH_MAX], text[32];
	ssize_t len;

	if (path_of(dir, page, file, path, sizeof(path)))
		return -ENAMETOOLONG;
	len = hf_file_read(path, text, sizeof(text));
	if (len < 0)
		return (int)len;
	return strcmp(text, "max") == 0 ? -ERANGE : hf_file_read_u64(path, v);
}

int hf_cgroup_charge(const char *dir, size_t page, struct hf_cgroup_charge *charge)
{
	struct hf_cgroup_charge c = { 0, 0 };
	int err = read_file(dir, page, "current", &c.current), reserved = err ? 0 : read_file(dir, page, "rsvd.current", &c.reserved);

	if (!err && reserved != -ENOENT)
		err = reserved;
	if (!err)
		*charge = c;
	return err;
}

/* Less @room, if @max of this group leaves less. */
static uint64_t limit(const char *dir, size_t page, const char *max, const char *current, uint64_t room)
{
	uint64_t most, now;

	if (read_file(dir, page, max, &most) || read_file(dir, page, current, &now))
		return room;
	most = most > now ? most - now : 0;
	return most < room ? most : room;
}

uint64_t hf_cgroup_room(size_t page)
{
	char dir[PATH_MAX], top[PATH_MAX];
	uint64_t room = UINT64_MAX;

	if (mount_point(top, sizeof(top)) || hf_cgroup_own(dir, sizeof(dir)))
		return room;
	while (strlen(dir) > strlen(top)) {
		room = limit(dir, page, "max", "current", room);
		room = limit(dir, page, "rsvd.max", "rsvd.current", room);
		*strrchr(dir, '/') = '\0';
	}
	return room;
}

/* A limit: "max" for none. */
static int write_limit(const char *path, uint64_t bytes)
{
	char text[24] = "max";

	if (bytes != UINT64_MAX)
		snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	return hf_file_write(path, text);
}

int hf_cgroup_limit(const char *dir, size_t page, bool reserved, uint64_t bytes)
{
	char path[PATH_MAX];

	return path_of(dir, page, reserved ? "rsvd.max" : "max", path, sizeof(path)) ? -ENAMETOOLONG : write_limit(path, bytes);
}

int hf_cgroup_refused(const char *dir, size_t page, uint64_t *n)
{
	char path[PATH_MAX];

	return path_of(dir, page, "events", path, sizeof(path)) ? -ENAMETOOLONG : hf_file_find_u64(path, "max", 10, n);
}

static int memory_path(const char *dir, const char *file, char *path, size_t room)
{
	return snprintf(path, room, "%s/memory.%s", dir, file) < (int)room ? 0 : -ENAMETOOLONG;
}

int hf_cgroup_memory(const char *dir, uint64_t *bytes)
{
	char path[PATH_MAX];

	return memory_path(dir, "current", path, sizeof(path)) ? -ENAMETOOLONG : hf_file_read_u64(path, bytes);
}

int hf_cgroup_memory_stat(const char *dir, const char *key, uint64_t *bytes)
{
	char path[PATH_MAX];

	return memory_path(dir, "stat", path, sizeof(path)) ? -ENAMETOOLONG : hf_file_find_u64(path, key, 10, bytes);
}

int hf_cgroup_memory_limit(const char *dir, uint64_t bytes)
{
	char path[PATH_MAX];

	return memory_path(dir, "max", path, sizeof(path)) ? -ENAMETOOLONG : write_limit(path, bytes);
}

int hf_cgroup_memory_drain(const char *dir)
{
	char path[PATH_MAX];
	int err = memory_path(dir, "high", path, sizeof(path)) ? -ENAMETOOLONG : write_limit(path, 0), back;

	if (err == -ENAMETOOLONG)
		return err;
	back = write_limit(path, UINT64_MAX);
	return err ? err : back;
}

int hf_cgroup_join(const char *dir)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/cgroup.procs", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return hf_file_write(path, "0");
}
