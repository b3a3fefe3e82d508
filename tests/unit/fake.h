/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fake /proc and /sys tree for unit tests: HF_SYSROOT below a new temporary directory, HUGEFAULT_STATE beside it. */
#ifndef HF_TESTS_FAKE_H
#define HF_TESTS_FAKE_H

#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* cmocka.h wants these before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static char fake_top[256], fake_root[272], fake_state[272];

/* cmocka set-up of one test */
static inline int fake_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	if (!tmp)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; /* no disk to wait for */
	snprintf(fake_top, sizeof(fake_top), "%s/hugefault-unit-XXXXXX", tmp);
	if (!mkdtemp(fake_top))
		return -1;
	snprintf(fake_root, sizeof(fake_root), "%s/root", fake_top);
	snprintf(fake_state, sizeof(fake_state), "%s/state", fake_top);
	setenv("HF_SYSROOT", fake_root, 1);
	setenv("HUGEFAULT_STATE", fake_state, 1);
	return mkdir(fake_root, 0755);
}

static inline int fake_remove(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	return remove(path);
}

static inline int fake_teardown(void **state)
{
	(void)state;
	return nftw(fake_top, fake_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* @path, below the root if it is one of the kernel's */
static inline void fake_path(const char *path, char *full, size_t room)
{
	bool kernel = strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/sys/", 5) == 0;
	int n = snprintf(full, room, "%s%s", kernel ? fake_root : "", path);

	assert_true(n > 0 && (size_t)n < room);
}

/* Writes @text to @path (as in fake_path()), with all directories on the way. */
static inline void fake_write(const char *path, const char *text)
{
	char full[PATH_MAX];
	FILE *f;

	fake_path(path, full, sizeof(full));
	for (char *slash = strchr(full + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Fails unless @path (as in fake_path()) holds exactly @text. */
static inline void fake_expect(const char *path, const char *text)
{
	char full[PATH_MAX], buf[4096];
	size_t n;
	FILE *f;

	fake_path(path, full, sizeof(full));
	f = fopen(full, "r");
	assert_non_null(f);
	n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[n] = '\0';
	assert_string_equal(buf, text);
}

#endif
