// SPDX-License-Identifier: GPL-2.0-or-later
/* The hugetlb pools as sysfs shows them. */
#include "system/pool.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"

#define POOLS "/sys/kernel/mm/hugepages"
#define NODES_MAX 64

/* "hugepages-2048kB" -> bytes, 0 for any other name */
static size_t size_of_name(const char *name)
{
	static const char prefix[] = "hugepages-";
	char digits[24];
	uint64_t kb;
	size_t len;

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	name += sizeof(prefix) - 1;
	len = strcspn(name, "k");
	if (len >= sizeof(digits) || strcmp(name + len, "kB") != 0)
		return 0;
	memcpy(digits, name, len);
	digits[len] = '\0';
	return hf_parse_u64(digits, 1, SIZE_MAX >> 10, &kb) ? 0 : (size_t)kb << 10;
}

unsigned int hf_pool_sizes(size_t *size, unsigned int max)
{
	char path[PATH_MAX];
	struct dirent *d;
	unsigned int n = 0;
	DIR *dir;

	if (!hf_file_path(POOLS, path, sizeof(path)))
		return 0;
	dir = opendir(path);
	if (!dir)
		return 0;
	while (n < max && (d = readdir(dir))) {
		size_t s = size_of_name(d->d_name);
		unsigned int i;

		if (!s)
			continue;
		for (i = n++; i > 0 && size[i - 1] > s; i--)
			size[i] = size[i - 1];
		size[i] = s;
	}
	closedir(dir);
	return n;
}

char *hf_pool_path(size_t size, int node, const char *file, char *buf, size_t room)
{
	if (node < 0)
		snprintf(buf, room, POOLS "/hugepages-%zukB/%s", size >> 10, file);
	else
		snprintf(buf, room, "/sys/devices/system/node/node%d/hugepages/hugepages-%zukB/%s", node, size >> 10, file);
	return buf;
}

int hf_pool_read(size_t size, int node, struct hf_pool *pool)
{
	struct hf_pool p = { 0 };
	const struct {
		const char *file;
		int64_t *value;
		int global_only;
	} field[] = {
		{ "nr_hugepages", &p.nr, 0 },
		{ "free_hugepages", &p.free, 0 },
		{ "resv_hugepages", &p.resv, 1 },
		{ "surplus_hugepages", &p.surplus, 0 },
		{ "nr_overcommit_hugepages", &p.overcommit, 1 },
	};

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		char path[PATH_MAX];
		uint64_t v;
		int err;

		if (node >= 0 && field[i].global_only)
			continue;
		err = hf_file_read_u64(hf_pool_path(size, node, field[i].file, path, sizeof(path)), &v);
		if (err)
			return err;
		*field[i].value = (int64_t)v; /* unsigned in the kernel: a count that wrapped shows as negative here */
	}
	*pool = p;
	return 0;
}

int hf_pool_hvo(int on)
{
	return hf_file_write("/proc/sys/vm/hugetlb_optimize_vmemmap", on ? "1" : "0");
}

int hf_pool_law(const struct hf_pool *pool, char *why, size_t room)
{
	const struct {
		const char *name;
		int64_t less, more;
	} law[] = {
		{ "0 <= nr", 0, pool->nr },
		{ "0 <= free", 0, pool->free },
		{ "0 <= resv", 0, pool->resv },
		{ "0 <= surplus", 0, pool->surplus },
		{ "free <= nr", pool->free, pool->nr },
		{ "resv <= free", pool->resv, pool->free },
		{ "surplus <= nr", pool->surplus, pool->nr },
	};

	for (size_t i = 0; i < sizeof(law) / sizeof(law[0]); i++) {
		if (law[i].less <= law[i].more)
			continue;
		snprintf(why, room, "%s broken: nr %lld, free %lld, resv %lld, surplus %lld", law[i].name, (long long)pool->nr,
			 (long long)pool->free, (long long)pool->resv, (long long)pool->surplus);
		return -EPROTO;
	}
	return 0;
}

int hf_pool_nodes_law(size_t size, const struct hf_pool *pool, char *why, size_t room)
{
	struct hf_pool sum = { 0 }, one;
	unsigned int node[NODES_MAX];
	bool wrapped = false;
	char list[512];
	int n = hf_file_read("/sys/devices/system/node/has_memory", list, sizeof(list)) < 0 ? 0 : hf_parse_cpulist(list, node, NODES_MAX);

	for (int i = 0; i < n; i++) {
		if (hf_pool_read(size, (int)node[i], &one))
			return 0;
		wrapped |= one.nr < 0 || one.free < 0 || one.surplus < 0;
		sum.nr += one.nr;
		sum.free += one.free;
		sum.surplus += one.surplus;
	}
	if (n <= 0 || (!wrapped && sum.nr == pool->nr && sum.free == pool->free && sum.surplus == pool->surplus))
		return 0;
	snprintf(why, room, "nodes have nr %lld, free %lld, surplus %lld%s, the machine nr %lld, free %lld, surplus %lld", (long long)sum.nr, (long long)sum.free, (long long)sum.surplus,
		 wrapped ? " (one of them wrapped)" : "", (long long)pool->nr, (long long)pool->free, (long long)pool->surplus);
	return -EPROTO;
}
