// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel counters by name. A reading is one array sorted by name, so that two readings are compared in one walk. */
#include "system/counter.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "system/pool.h"

#define MTHP_DIR "/sys/kernel/mm/transparent_hugepage"
#define MAX_POOLS 16

struct counter {
	char name[64];
	int64_t value;
};

struct hf_counter_set {
	struct counter *counter;
	size_t n, room;
	bool exact;
};

/* A name that does not fit is nothing we know: it is left out. */
static int add(struct hf_counter_set *set, const char *name, int64_t value)
{
	struct counter *c;

	if (strlen(name) >= sizeof(c->name))
		return 0;
	if (set->n == set->room) {
		size_t room = set->room ? 2 * set->room : 512;

		c = reallocarray(set->counter, room, sizeof(*c));
		if (!c)
			return -ENOMEM;
		set->counter = c;
		set->room = room;
	}
	c = &set->counter[set->n++];
	strcpy(c->name, name);
	c->value = value;
	return 0;
}

/* "name value" lines; any other line is ignored. */
static int add_vmstat(struct hf_counter_set *set)
{
	char *text, *rest, *line;
	ssize_t len = hf_file_slurp("/proc/vmstat", &text);
	int err = 0;

	if (len < 0)
		return (int)len;
	rest = text;
	while (!err && (line = strsep(&rest, "\n"))) {
		char *value = strchr(line, ' ');
		uint64_t v;

		if (!value || value == line)
			continue;
		*value++ = '\0';
		if (!hf_parse_u64(value, 0, UINT64_MAX, &v))
			err = add(set, line, (int64_t)v);
	}
	free(text);
	return err;
}

static int add_pool(struct hf_counter_set *set, size_t size, const char *part, int64_t value)
{
	char name[64];

	snprintf(name, sizeof(name), "pool_%zukB_%s", size >> 10, part);
	return add(set, name, value);
}

static int add_pools(struct hf_counter_set *set)
{
	size_t size[MAX_POOLS];
	unsigned int n = hf_pool_sizes(size, MAX_POOLS);
	struct hf_pool pool;
	int err = 0;

	for (unsigned int i = 0; !err && i < n; i++) {
		err = hf_pool_read(size[i], -1, &pool);
		if (!err)
			err = add_pool(set, size[i], "nr", pool.nr);
		if (!err)
			err = add_pool(set, size[i], "free", pool.free);
		if (!err)
			err = add_pool(set, size[i], "resv", pool.resv);
		if (!err)
			err = add_pool(set, size[i], "surplus", pool.surplus);
	}
	return err;
}

/* One mTHP size; @size is "64kB". Sizes without a stats directory (before 6.10) have nothing to add. */
static int add_mthp_size(struct hf_counter_set *set, const char *size)
{
	char path[PATH_MAX], full[PATH_MAX], name[512];
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	snprintf(path, sizeof(path), MTHP_DIR "/hugepages-%s/stats", size);
	if (!hf_file_path(path, full, sizeof(full)))
		return -errno;
	dir = opendir(full);
	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir))) {
		uint64_t v;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), MTHP_DIR "/hugepages-%s/stats/%s", size, entry->d_name);
		if (hf_file_read_u64(path, &v))
			continue;
		snprintf(name, sizeof(name), "mthp_%s_%s", size, entry->d_name);
		err = add(set, name, (int64_t)v);
	}
	closedir(dir);
	return err;
}

static int add_mthp(struct hf_counter_set *set)
{
	static const char prefix[] = "hugepages-";
	char full[PATH_MAX];
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	if (!hf_file_path(MTHP_DIR, full, sizeof(full)))
		return -errno;
	dir = opendir(full);
	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, prefix, sizeof(prefix) - 1) == 0)
			err = add_mthp_size(set, entry->d_name + sizeof(prefix) - 1);
	}
	closedir(dir);
	return err;
}

static int by_name(const void *a, const void *b)
{
	const struct counter *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int hf_counter_read(struct hf_counter_set **out)
{
	struct hf_counter_set *set = calloc(1, sizeof(*set));
	int err;

	if (!set)
		return -ENOMEM;
	set->exact = hf_file_write("/proc/sys/vm/stat_refresh", "1") == 0;
	err = add_vmstat(set);
	if (!err)
		err = add_pools(set);
	if (!err)
		err = add_mthp(set);
	if (err) {
		hf_counter_free(set);
		return err;
	}
	qsort(set->counter, set->n, sizeof(*set->counter), by_name);
	*out = set;
	return 0;
}

bool hf_counter_exact(const struct hf_counter_set *set)
{
	return set->exact;
}

void hf_counter_free(struct hf_counter_set *set)
{
	if (!set)
		return;
	free(set->counter);
	free(set);
}

int hf_counter_get(const struct hf_counter_set *set, const char *name, int64_t *value)
{
	struct counter key;
	const struct counter *c = NULL;

	if (strlen(name) < sizeof(key.name) && set->n) {
		strcpy(key.name, name);
		c = bsearch(&key, set->counter, set->n, sizeof(key), by_name);
	}
	if (!c)
		return -ENOENT;
	*value = c->value;
	return 0;
}

void hf_counter_delta(const struct hf_counter_set *before, const struct hf_counter_set *after,
		      void (*fn)(void *arg, const char *name, int64_t delta), void *arg)
{
	size_t b = 0, a = 0;

	while (b < before->n && a < after->n) {
		const struct counter *x = &before->counter[b], *y = &after->counter[a];
		int order = strcmp(x->name, y->name);

		if (order == 0 && x->value != y->value)
			fn(arg, x->name, (int64_t)((uint64_t)y->value - (uint64_t)x->value));
		b += order <= 0;
		a += order >= 0;
	}
}
