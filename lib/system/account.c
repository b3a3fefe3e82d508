// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums over the whole machine. */
#include "system/account.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "system/counter.h"
#include "system/memfree.h"

int hf_account_hugetlb_frames(size_t size, int64_t *n)
{
	uint64_t stride = size / (size_t)sysconf(_SC_PAGESIZE), flags;
	int fd = hf_file_open("/proc/kpageflags", O_RDONLY);
	ssize_t got = 0;

	if (fd < 0)
		return fd;
	*n = 0;
	for (uint64_t pfn = 0;; pfn += stride) {
		got = pread(fd, &flags, sizeof(flags), (off_t)(pfn * sizeof(flags)));
		if (got != sizeof(flags))
			break;
		*n += flags >> KPF_HUGE & 1;
	}
	if (got < 0)
		got = -errno;
	close(fd);
	return got < 0 ? (int)got : 0;
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

int hf_account_lost(int64_t *bytes)
{
	static const char *const kinds[] = { "Buffers", "Cached",     "SwapCached",  "AnonPages",   "Slab",   "KernelStack",
					     "PageTables", "SecPageTables", "VmallocUsed", "Percpu", "Hugetlb" };
	int64_t free_bytes, sum;
	char *text;
	ssize_t len = hf_file_slurp("/proc/meminfo", &text);
	int err;

	if (len < 0)
		return (int)len;
	err = hf_memfree(&free_bytes);
	sum = kb(text, "MemTotal");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		sum -= kb(text, kinds[i]);
	free(text);
	*bytes = sum * 1024 - free_bytes;
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

/* Calls @fn for the text of /proc/PID/@file of every process but this one. Return: the sum of what it says. */
static int64_t sum_over_processes(const char *file, int64_t (*fn)(const char *text, void *arg), void *arg)
{
	char proc[PATH_MAX], path[64];
	struct dirent *d;
	int64_t sum = 0;
	DIR *dir;

	if (!hf_file_path("/proc", proc, sizeof(proc)))
		return 0;
	dir = opendir(proc);
	while (dir && (d = readdir(dir))) {
		char *text;

		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/%s", d->d_name, file);
		if (hf_file_slurp(path, &text) < 0) /* gone, or not ours to see */
			continue;
		sum += fn(text, arg);
		free(text);
	}
	if (dir)
		closedir(dir);
	return sum;
}

static int64_t vm_pin(const char *text, void *arg)
{
	(void)arg;
	return kb(text, "VmPin") * 1024 / sysconf(_SC_PAGESIZE);
}

int hf_account_pins(int64_t *pages)
{
	struct hf_counter_set *set;
	int64_t acquired = 0, released = 0;
	int err = hf_counter_read(&set);

	if (err)
		return err;
	err = hf_counter_get(set, "nr_foll_pin_acquired", &acquired);
	if (!err)
		err = hf_counter_get(set, "nr_foll_pin_released", &released);
	hf_counter_free(set);
	*pages = acquired - released;
	if (!err && *pages)
		*pages -= sum_over_processes("status", vm_pin, NULL);
	return err;
}

/* Pages of the wanted size that a process maps, by its smaps: "Size:" of those mappings whose "KernelPageSize:" is that. */
static int64_t mapped_pages(const char *text, void *arg)
{
	size_t want = *(const size_t *)arg;
	int64_t sum = 0, len = 0;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "Size:", 5) == 0)
			len = kb(line, "Size");
		else if (strncmp(line, "KernelPageSize:", 15) == 0 && (size_t)kb(line, "KernelPageSize") << 10 == want)
			sum += len / (int64_t)(want >> 10);
		if (!*line)
			break;
	}
	return sum;
}

int64_t hf_account_mapped(size_t size)
{
	return sum_over_processes("smaps", mapped_pages, &size);
}
