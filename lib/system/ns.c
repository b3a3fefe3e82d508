// SPDX-License-Identifier: GPL-2.0-or-later
/* A private mount namespace with hugetlbfs, tracefs and debugfs. */
#include "system/ns.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/parse.h"
#include "system/pool.h"

#define DONE "HUGEFAULT_NS"

extern char **environ;

static void mount_hugetlbfs(const char *state_dir)
{
	size_t size[16];
	unsigned int n = hf_pool_sizes(size, 16);

	for (unsigned int i = 0; i < n; i++) {
		char dir[PATH_MAX], opt[64], text[24];

		hf_parse_show_size(size[i], text, sizeof(text));
		if (snprintf(dir, sizeof(dir), "%s/huge-%s", state_dir, text) >= (int)sizeof(dir))
			continue;
		snprintf(opt, sizeof(opt), "pagesize=%s,mode=0700", text);
		mkdir(dir, 0700);
		mount("hugefault", dir, "hugetlbfs", MS_NOSUID | MS_NODEV, opt);
	}
}

/* The environment without libhugetlbfs's variables. */
static void clean_environment(void)
{
	for (char **e = environ; *e;) {
		char name[128];
		size_t len = strcspn(*e, "=");

		if (strncmp(*e, "HUGETLB_", 8) == 0 && len < sizeof(name)) {
			memcpy(name, *e, len);
			name[len] = '\0';
			unsetenv(name);
		} else {
			e++;
		}
	}
}

int hf_ns_enter(const char *state_dir, bool again, char **argv)
{
	if (getenv(DONE)) {
		unsetenv(DONE);
		return 0;
	}
	if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0) {
		if (access("/sys/kernel/tracing/events", F_OK))
			mount("hugefault", "/sys/kernel/tracing", "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
		if (access("/sys/kernel/debug/split_huge_pages", F_OK))
			mount("hugefault", "/sys/kernel/debug", "debugfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
		mount_hugetlbfs(state_dir);
	}
	if (!again)
		return 0;
	clean_environment();
	setenv(DONE, "1", 1);
	execv("/proc/self/exe", argv);
	return -errno;
}
