// SPDX-License-Identifier: GPL-2.0-or-later
/* What has become of frames that were hugetlb. */
#include "harness/left.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define BIT(n) (UINT64_C(1) << (n))
#define FREE_IS_NOT (BIT(KPF_LRU) | BIT(KPF_SLAB) | BIT(KPF_MMAP) | BIT(KPF_ANON) | BIT(KPF_COMPOUND_HEAD) | BIT(KPF_COMPOUND_TAIL))

struct hf_left {
	int flags, counts;
	unsigned int frames; /* in a stretch */
	uint64_t stretches;
	unsigned char *seen; /* a bit per stretch */
	uint64_t *flag, *count;
};

/* How many stretches there are: kpageflags ends where memory does. */
static uint64_t extent(int fd, unsigned int frames)
{
	uint64_t n = 0, word, step;

	for (step = BIT(40) / frames; step; step /= 2)
		if (pread(fd, &word, sizeof(word), (off_t)((n + step - 1) * frames * sizeof(word))) == sizeof(word))
			n += step;
	return n;
}

struct hf_left *hf_left_new(size_t size)
{
	struct hf_left *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->flags = hf_file_open("/proc/kpageflags", O_RDONLY);
	l->counts = hf_file_open("/proc/kpagecount", O_RDONLY);
	l->frames = (unsigned int)(size / (size_t)sysconf(_SC_PAGESIZE));
	l->stretches = l->flags >= 0 && l->frames ? extent(l->flags, l->frames) : 0;
	l->seen = calloc(1, l->stretches / 8 + 1);
	l->flag = calloc(l->frames, sizeof(*l->flag));
	l->count = calloc(l->frames, sizeof(*l->count));
	if (l->counts < 0 || !l->stretches || !l->seen || !l->flag || !l->count) {
		hf_left_free(l);
		return NULL;
	}
	hf_left_look(l);
	return l;
}

void hf_left_free(struct hf_left *l)
{
	if (!l)
		return;
	if (l->flags >= 0)
		close(l->flags);
	if (l->counts >= 0)
		close(l->counts);
	free(l->seen);
	free(l->flag);
	free(l->count);
	free(l);
}

static bool is_marked(const struct hf_left *l, uint64_t i)
{
	uint64_t flags;

	return pread(l->flags, &flags, sizeof(flags), (off_t)(i * l->frames * sizeof(flags))) == sizeof(flags) && flags & BIT(KPF_HUGE);
}

void hf_left_look(struct hf_left *l)
{
	for (uint64_t i = 0; i < l->stretches; i++)
		if (is_marked(l, i))
			l->seen[i / 8] |= (unsigned char)(1u << i % 8);
}

/* What is wrong with a base page, given the one before it; NULL: nothing. */
static const char *wrong(uint64_t flags, uint64_t before, bool first, uint64_t count)
{
	bool head = flags & BIT(KPF_COMPOUND_HEAD), tail = flags & BIT(KPF_COMPOUND_TAIL);

	if (flags & BIT(KPF_HUGE))
		return "is still marked hugetlb";
	if (head && tail)
		return "is head and tail of a compound page at once";
	if (tail && !first && !(before & (BIT(KPF_COMPOUND_HEAD) | BIT(KPF_COMPOUND_TAIL))))
		return "is a tail page without a head";
	if (flags & BIT(KPF_BUDDY) && (flags & FREE_IS_NOT || count))
		return "is free and something else at once";
	return NULL;
}

int hf_left_judge(const uint64_t *flags, const uint64_t *count, unsigned int frames, uint64_t pfn, char *why, size_t room)
{
	for (unsigned int i = 0; i < frames; i++) {
		const char *what = wrong(flags[i], i ? flags[i - 1] : 0, i == 0, count[i]);

		if (!what)
			continue;
		snprintf(why, room, "frame %#llx, which was part of a hugetlb page, %s: flags %#llx, mapped %llu times", (unsigned long long)(pfn + i), what, (unsigned long long)flags[i],
			 (unsigned long long)count[i]);
		return -EPROTO;
	}
	return 0;
}

int hf_left_check(struct hf_left *l, char *why, size_t room)
{
	size_t bytes = l->frames * sizeof(uint64_t);

	for (uint64_t i = 0; i < l->stretches; i++) {
		off_t at = (off_t)(i * bytes);

		if (!(l->seen[i / 8] >> i % 8 & 1) || is_marked(l, i))
			continue;
		if (pread(l->counts, l->count, bytes, at) != (ssize_t)bytes || pread(l->flags, l->flag, bytes, at) != (ssize_t)bytes)
			continue;
		if (hf_left_judge(l->flag, l->count, l->frames, i * l->frames, why, room))
			return -EPROTO;
	}
	return 0;
}
