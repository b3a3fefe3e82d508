// SPDX-License-Identifier: GPL-2.0-or-later
/* Counters of splits: /proc/vmstat and hugepages-NkB/stats/, by descriptors that stay open. */
#include "system/thpstat.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"

#define VMSTAT_ROOM 16384

static const char *const size_name[] = { "split", "split_failed", "split_deferred", "nr_anon_partially_mapped" };

#define SIZE_NAMES (sizeof(size_name) / sizeof(size_name[0]))

struct hf_thpstat {
	int vmstat, size[SIZE_NAMES];
	char text[VMSTAT_ROOM];
};

int hf_thpstat_open(struct hf_thpstat **out, size_t size)
{
	struct hf_thpstat *s = calloc(1, sizeof(*s));
	struct hf_thpstat_value value;
	char path[PATH_MAX];
	int err;

	if (!s)
		return -ENOMEM;
	s->vmstat = hf_file_open("/proc/vmstat", O_RDONLY);
	for (size_t i = 0; i < SIZE_NAMES; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/mm/transparent_hugepage/hugepages-%zukB/stats/%s", size >> 10, size_name[i]);
		s->size[i] = hf_file_open(path, O_RDONLY);
	}
	err = s->vmstat < 0 ? s->vmstat : hf_thpstat_read(s, &value);
	if (err) {
		hf_thpstat_close(s);
		return err == -EINVAL ? -ENOENT : err;
	}
	*out = s;
	return 0;
}

bool hf_thpstat_sized(const struct hf_thpstat *s)
{
	return s->size[0] >= 0 && s->size[1] >= 0 && s->size[2] >= 0;
}

static int find(const char *text, const char *name, int64_t *value)
{
	const char *at = strstr(text, name);
	char number[24];
	uint64_t v;

	if (!at)
		return -EINVAL;
	at += strlen(name);
	snprintf(number, sizeof(number), "%.*s", (int)strcspn(at, "\n"), at);
	if (hf_parse_u64(number, 0, INT64_MAX, &v))
		return -EINVAL;
	*value = (int64_t)v;
	return 0;
}

static int read_size(int fd, int64_t *value)
{
	char text[24];
	uint64_t v;
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	if (len < 0)
		return -errno;
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (hf_parse_u64(text, 0, INT64_MAX, &v))
		return -EINVAL;
	*value = (int64_t)v;
	return 0;
}

int hf_thpstat_read(struct hf_thpstat *s, struct hf_thpstat_value *v)
{
	int64_t *size[SIZE_NAMES] = { &v->size_split, &v->size_failed, &v->size_deferred, &v->size_partial };
	size_t have = 0;
	ssize_t len;
	int err;

	/* a read ends at the end of the kernel's buffer, of a page or so */
	while ((len = pread(s->vmstat, s->text + have, sizeof(s->text) - 1 - have, (off_t)have)) > 0)
		have += (size_t)len;
	if (len < 0)
		return -errno;
	s->text[have] = '\0';
	*v = (struct hf_thpstat_value){ .size_partial = -1 };
	err = find(s->text, "\nthp_split_page ", &v->split);
	err = err ? err : find(s->text, "\nthp_split_page_failed ", &v->failed);
	err = err ? err : find(s->text, "\nthp_split_pmd ", &v->pmd);
	err = err ? err : find(s->text, "\nthp_deferred_split_page ", &v->deferred);
	err = err ? err : find(s->text, "\nthp_collapse_alloc ", &v->collapse);
	for (size_t i = 0; !err && i < SIZE_NAMES; i++)
		if (s->size[i] >= 0)
			err = read_size(s->size[i], size[i]);
	return err;
}

void hf_thpstat_close(struct hf_thpstat *s)
{
	if (!s)
		return;
	if (s->vmstat >= 0)
		close(s->vmstat);
	for (size_t i = 0; i < SIZE_NAMES; i++)
		if (s->size[i] >= 0)
			close(s->size[i]);
	free(s);
}
