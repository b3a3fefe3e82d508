// SPDX-License-Identifier: GPL-2.0-or-later
/* Users of a hugetlb pool. */
#include "system/users.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "system/aside.h"

#define STUCK_S 4 /* that one process or file may take to be looked at */
#define HUGETLBFS_MAGIC 0x958458f6

/* What the child process shares: @at is whom it is looking at. */
struct look {
	size_t size;
	pid_t at;
	struct hf_stuck_tasks stuck;
	struct hf_users users;
};

static void add(struct hf_users *u, const struct hf_user *user)
{
	if (!user->used && !user->promised)
		return;
	if (u->n == HF_USERS_MAX)
		u->overflow = true;
	else
		u->of[u->n++] = *user;
}

/* kB of a line "Key:   number kB". */
static int64_t kb(const char *line)
{
	char digits[24];
	size_t len;
	uint64_t v;

	line = strchr(line, ':') + 1;
	line += strspn(line, " \t");
	len = strspn(line, "0123456789");
	if (!len || len >= sizeof(digits))
		return 0;
	memcpy(digits, line, len);
	digits[len] = '\0';
	return hf_parse_u64(digits, 0, INT64_MAX, &v) ? 0 : (int64_t)v;
}

/* "Size:", "KernelPageSize:" and "VmFlags:", in this order, are in the smaps of every mapping. */
static void add_mappings(struct hf_users *u, pid_t pid, const char *text, size_t size)
{
	struct hf_user user = { .who = (uint64_t)pid };
	int64_t len = 0, page = 0;

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "Size:", 5) == 0) {
			len = kb(line);
		} else if (strncmp(line, "KernelPageSize:", 15) == 0) {
			page = kb(line);
			if (page == (int64_t)(size >> 10))
				user.used += len / page;
		} else if (strncmp(line, "VmFlags:", 8) == 0 && page == (int64_t)(size >> 10)) {
			const char *nr = strstr(line, " nr "), *end = strchr(line, '\n');

			if (!nr || (end && nr > end))
				user.promised += len / page;
		}
	}
	add(u, &user);
}

static bool is_stuck(const struct hf_stuck_tasks *stuck, pid_t pid)
{
	for (unsigned int i = 0; i < stuck->n; i++)
		if (stuck->pid[i] == pid)
			return true;
	return false;
}

static void look_at_processes(void *result, const void *arg)
{
	struct look *l = result;
	char proc[PATH_MAX], path[64];
	struct dirent *d;
	DIR *dir;

	(void)arg;
	if (!hf_file_path("/proc", proc, sizeof(proc)))
		return;
	dir = opendir(proc);
	while (dir && (d = readdir(dir))) {
		uint64_t pid;
		char *text;

		if (hf_parse_u64(d->d_name, 1, INT_MAX, &pid) || (pid_t)pid == getppid() || is_stuck(&l->stuck, (pid_t)pid))
			continue;
		l->at = (pid_t)pid;
		snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
		if (hf_file_slurp(path, &text) < 0) /* gone, or not ours to see */
			continue;
		add_mappings(&l->users, (pid_t)pid, text, l->size);
		free(text);
	}
	if (dir)
		closedir(dir);
}

/* Adds the file at @path if it is one of hugetlbfs with pages of that size. STATX_DONT_SYNC: a file system that is not local is not asked. */
static void add_file(struct look *l, const char *path)
{
	struct hf_user user;
	struct statx st;
	struct statfs fs;

	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &st) || !S_ISREG(st.stx_mode) || st.stx_blksize != l->size)
		return;
	if (statfs(path, &fs) || fs.f_type != HUGETLBFS_MAGIC)
		return;
	user.who = st.stx_ino;
	user.where = ((uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor) + 1;
	user.used = (int64_t)(st.stx_blocks * 512 / l->size);
	user.promised = (int64_t)((st.stx_size + l->size - 1) / l->size);
	for (unsigned int i = 0; i < l->users.n; i++)
		if (l->users.of[i].who == user.who && l->users.of[i].where == user.where)
			return;
	add(&l->users, &user);
}

static void look_at_open_files(struct look *l)
{
	DIR *proc = opendir("/proc");
	struct dirent *p, *d;
	char path[96];

	while (proc && (p = readdir(proc))) {
		DIR *dir;

		if (!isdigit((unsigned char)p->d_name[0]))
			continue;
		l->at = 0;
		snprintf(path, sizeof(path), "/proc/%.16s/fd", p->d_name);
		dir = opendir(path);
		while (dir && (d = readdir(dir))) {
			snprintf(path, sizeof(path), "/proc/%.16s/fd/%.16s", p->d_name, d->d_name);
			l->at++;
			add_file(l, path);
		}
		if (dir)
			closedir(dir);
	}
	if (proc)
		closedir(proc);
}

static struct look *walking;

static int add_found(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)at;
	if (flag == FTW_F)
		add_file(walking, path);
	return 0;
}

static void look_at_files(void *result, const void *arg)
{
	char *text, *rest, *line;

	(void)arg;
	walking = result;
	look_at_open_files(walking);
	if (hf_file_slurp("/proc/self/mounts", &text) < 0)
		return;
	for (rest = text; (line = strsep(&rest, "\n"));) {
		char *dir, *type;

		strsep(&line, " ");
		dir = strsep(&line, " ");
		type = strsep(&line, " ");
		if (type && strcmp(type, "hugetlbfs") == 0)
			nftw(dir, add_found, 8, FTW_PHYS | FTW_MOUNT);
	}
	free(text);
}

void hf_users_read(struct hf_users *u, size_t size, struct hf_stuck_tasks *stuck)
{
	struct look *l = calloc(1, sizeof(*l));

	u->n = 0;
	u->overflow = true;
	if (!l)
		return;
	l->size = size;
	l->stuck = *stuck;
	while (hf_aside(look_at_processes, NULL, l, sizeof(*l), STUCK_S) == -ETIMEDOUT && l->stuck.n < HF_STUCK_MAX) {
		l->stuck.pid[l->stuck.n++] = l->at;
		l->users.n = 0;
	}
	if (hf_aside(look_at_files, NULL, l, sizeof(*l), STUCK_S))
		l->users.overflow = true; /* not all of them are known */
	*u = l->users;
	*stuck = l->stuck;
	free(l);
}

int64_t hf_users_used(const struct hf_users *u, bool files)
{
	int64_t sum = 0;

	for (unsigned int i = 0; i < u->n; i++)
		if (u->of[i].where || !files)
			sum += u->of[i].used;
	return u->overflow ? INT32_MAX : sum;
}

int64_t hf_users_promised(const struct hf_users *u, const struct hf_users *before)
{
	int64_t sum = 0;

	for (unsigned int i = 0; i < u->n; i++) {
		bool same = false;

		for (unsigned int k = 0; k < before->n && !same; k++)
			same = before->of[k].who == u->of[i].who && before->of[k].where == u->of[i].where && before->of[k].promised == u->of[i].promised;
		if (!same)
			sum += u->of[i].promised;
	}
	return u->overflow || before->overflow ? INT32_MAX : sum;
}
