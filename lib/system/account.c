// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums over the whole machine. */
#include "system/account.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kernel-page-flags.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "system/counter.h"
#include "system/memfree.h"

#define STUCK_S 4 /* that one process may take to be looked at */
#define FILES_MAX 1024
#define CALM_KB 256
#define CALM_TRIES 8
#define HUGETLBFS_MAGIC 0x958458f6

int hf_account_hugetlb_frames(size_t size, int64_t *n, int64_t *mapped)
{
	uint64_t stride = size / (size_t)sysconf(_SC_PAGESIZE), flags, count;
	int fd = hf_file_open("/proc/kpageflags", O_RDONLY), counts = mapped ? hf_file_open("/proc/kpagecount", O_RDONLY) : -1;
	ssize_t got = fd < 0 ? fd : mapped && counts < 0 ? counts : 0;
	int64_t marked = 0, used = 0;

	for (uint64_t pfn = 0; got >= 0; pfn += stride) {
		off_t at = (off_t)(pfn * sizeof(flags));

		got = pread(fd, &flags, sizeof(flags), at);
		if (got < 0)
			got = -errno;
		if (got != sizeof(flags))
			break;
		if (!(flags >> KPF_HUGE & 1))
			continue;
		marked++;
		used += mapped && pread(counts, &count, sizeof(count), at) == sizeof(count) && count;
	}
	if (fd >= 0)
		close(fd);
	if (counts >= 0)
		close(counts);
	if (got < 0)
		return (int)got;
	*n = marked;
	if (mapped)
		*mapped = used;
	return 0;
}

/* The number after @key in a text of lines "key   number kB"; 0 if it is not there. */
static int64_t kb(const char *text, const char *key)
{
	const char *at = text;
	size_t len = strlen(key);
	char digits[24];
	uint64_t v;

	while (at && (strncmp(at, key, len) || at[len] != ':')) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return 0;
	at += len + 1;
	at += strspn(at, " \t");
	len = strspn(at, "0123456789");
	if (!len || len >= sizeof(digits))
		return 0;
	memcpy(digits, at, len);
	digits[len] = '\0';
	return hf_parse_u64(digits, 0, UINT64_MAX, &v) ? 0 : (int64_t)v;
}

static int64_t sum_of(const char *text, const char *const *kinds)
{
	int64_t sum = 0;

	for (; *kinds; kinds++)
		sum += kb(text, *kinds);
	return sum;
}

/* MemTotal and what /proc/meminfo accounts for, in kB. Return: 0 or -errno. */
static int accounted(int64_t *total, int64_t *sum)
{
	static const char *const kinds[] = { "Buffers", "Cached",     "SwapCached",  "AnonPages",   "Slab",   "KernelStack",
					     "PageTables", "SecPageTables", "VmallocUsed", "Percpu", "Hugetlb", NULL };
	char *text;
	ssize_t len = hf_file_slurp("/proc/meminfo", &text);

	if (len < 0)
		return (int)len;
	*total = kb(text, "MemTotal");
	*sum = sum_of(text, kinds);
	free(text);
	return 0;
}

int hf_account_lost(int64_t *bytes, int64_t *total)
{
	for (int i = 0;; i++) {
		int64_t free_bytes, before, after;
		int err = accounted(total, &before);

		if (!err)
			err = hf_memfree(&free_bytes);
		if (!err)
			err = accounted(total, &after);
		if (err)
			return err;
		if (llabs(after - before) > CALM_KB && i < CALM_TRIES)
			continue; /* others allocate or free much at this moment, and the two files are not of one instant */
		*bytes = (*total - after) * 1024 - free_bytes;
		*total *= 1024;
		return 0;
	}
}

int hf_account_off_lru(int64_t *bytes)
{
	static const char *const counted[] = { "AnonPages", "Buffers", "Cached", NULL }, *const listed[] = { "Active", "Inactive", "Unevictable", NULL };
	char *text;
	ssize_t len;

	hf_file_write("/proc/sys/vm/stat_refresh", "1"); /* without the right to it the counts are each CPU's some pages off */
	len = hf_file_slurp("/proc/meminfo", &text);
	if (len < 0)
		return (int)len;
	*bytes = (sum_of(text, counted) - sum_of(text, listed)) * 1024;
	free(text);
	return 0;
}

/* Two counts of /proc/vmstat. Return: 0, -ENOENT when this kernel does not count them, other -errno. */
static int counts(const char *one, int64_t *a, const char *other, int64_t *b)
{
	struct hf_counter_set *set;
	int err = hf_counter_read(&set);

	*a = *b = 0;
	if (err)
		return err;
	err = hf_counter_get(set, one, a);
	if (!err)
		err = hf_counter_get(set, other, b);
	hf_counter_free(set);
	return err;
}

int hf_account_isolated_pages(int64_t *pages)
{
	int64_t anon, file;
	int err = counts("nr_isolated_anon", &anon, "nr_isolated_file", &file);

	*pages = anon + file;
	return err;
}

int hf_account_meminfo_pool(struct hf_pool *pool)
{
	char *text;
	ssize_t len = hf_file_slurp("/proc/meminfo", &text);

	if (len < 0)
		return (int)len;
	*pool = (struct hf_pool){ .nr = kb(text, "HugePages_Total"), .free = kb(text, "HugePages_Free"), .resv = kb(text, "HugePages_Rsvd"), .surplus = kb(text, "HugePages_Surp") };
	free(text);
	return 0;
}

/* Every node has a table of free pages and one of blocks (pagetypeinfo_showblockcount() in mm/vmstat.c), whose last column is "Isolate". */
int hf_account_isolated(int64_t *blocks)
{
	static const char title[] = "Number of blocks type";
	char *text, *at, *line;
	ssize_t len = hf_file_slurp("/proc/pagetypeinfo", &text);
	bool counting = false;
	int err = -ENOENT;

	if (len < 0)
		return (int)len;
	*blocks = 0;
	at = text;
	while ((line = strsep(&at, "\n"))) {
		const char *last;
		uint64_t n;

		if (strncmp(line, "Node", 4)) {
			counting = strncmp(line, title, strlen(title)) == 0 && strstr(line, "Isolate");
			err = counting ? 0 : err;
			continue;
		}
		for (size_t end = strlen(line); end && line[end - 1] == ' ';)
			line[--end] = '\0';
		last = strrchr(line, ' ');
		if (counting && last && hf_parse_u64(last + 1, 0, INT64_MAX, &n) == 0)
			*blocks += (int64_t)n;
	}
	free(text);
	return err;
}

/* Pages that processes have accounted for as pinned. Reading "status" takes nobody's mmap_lock. */
static int64_t own_pins(void)
{
	int64_t base = sysconf(_SC_PAGESIZE), sum = 0;
	char proc[PATH_MAX], path[64];
	struct dirent *d;
	DIR *dir;

	if (!hf_file_path("/proc", proc, sizeof(proc)))
		return 0;
	dir = opendir(proc);
	while (dir && (d = readdir(dir))) {
		char *text;

		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/status", d->d_name);
		if (hf_file_slurp(path, &text) < 0) /* gone, or not ours to see */
			continue;
		sum += kb(text, "VmPin") * 1024 / base;
		free(text);
	}
	if (dir)
		closedir(dir);
	return sum;
}

int hf_account_pins(int64_t *pages)
{
	int64_t acquired, released;
	int err = counts("nr_foll_pin_acquired", &acquired, "nr_foll_pin_released", &released);

	*pages = acquired - released;
	if (!err && *pages)
		*pages -= own_pins();
	return err;
}
