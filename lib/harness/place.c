// SPDX-License-Identifier: GPL-2.0-or-later
/* Content for memory blocks. */
#include "harness/place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "harness/map.h"
#include "system/census.h"
#include "system/pin.h"

#define ARENA_SHARE 4	     /* of the memory available: the most that is held while looking for a block */
#define ARENA_MAX (6ull << 30) /* bytes */
#define PIN_PAGES 16	     /* base pages */
#define TRIES 8
#define SOAK 16
#define LOST UINT64_MAX
#define FULL SIZE_MAX

static enum hf_place_content content;
static size_t base;
static struct hf_census *census;

static char *arena, *arena_map;
static size_t units, touched; /* huge pages of the arena; those that were ever written to */
static uint64_t *pfn;	      /* of each; LOST when it is not there */
static uint32_t *in;	      /* per block, how many are there */
static uint32_t *again;	      /* per block: how many must be there before it is looked at again */

static int fd = -1; /* of the page cache */
static struct hf_pin *pin;
static char *huge; /* hugetlb pages that are mapped */
static size_t huge_len;
static size_t *mine; /* units that are content now */
static size_t n_mine;

static enum hf_block_class class_of(void)
{
	static const enum hf_block_class class[] = {
		[HF_PLACE_FREE] = HF_BLOCK_FREE,
		[HF_PLACE_ANON] = HF_BLOCK_ANON,
		[HF_PLACE_THP] = HF_BLOCK_THP,
		[HF_PLACE_FILE] = HF_BLOCK_FILE,
		[HF_PLACE_MLOCKED] = HF_BLOCK_MLOCKED,
		[HF_PLACE_PINNED] = HF_BLOCK_ANON,
		[HF_PLACE_HUGETLB_FREE] = HF_BLOCK_HUGETLB_FREE,
		[HF_PLACE_HUGETLB_USED] = HF_BLOCK_HUGETLB_USED,
		[HF_PLACE_SLAB] = HF_BLOCK_SLAB,
	};

	return class[content];
}

static void make_file(struct hf_run *run, size_t len)
{
	const char *tmp = getenv("TMPDIR"), *dir = tmp && *tmp ? tmp : "/var/tmp";
	char *buf = calloc(1, 1 << 20);

	fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		hf_skip(run, "no file without a name can be made in %s: %s", dir, hf_err_name(errno));
	for (size_t done = 0; buf && done < len; done += 1 << 20)
		if (write(fd, buf, 1 << 20) != 1 << 20)
			hf_skip(run, "cannot write a file of %zu MiB in %s: %s", len >> 20, dir, hf_err_name(errno));
	free(buf);
	if (fdatasync(fd)) /* clean pages can be dropped and read again */
		hf_skip(run, "cannot write a file of %zu MiB in %s: %s", len >> 20, dir, hf_err_name(errno));
}

void hf_place_open(struct hf_run *run, enum hf_place_content what, size_t pages)
{
	const struct hf_block *first;
	unsigned int blocks = hf_offline_blocks(&first);
	uint64_t kb = 0;
	char why[256];

	content = what;
	base = (size_t)sysconf(_SC_PAGESIZE);
	touched = n_mine = 0;
	if (pages > first->pages * base / run->page)
		hf_skip(run, "%zu huge pages do not fit into a memory block", pages);
	if (hf_census_open(&census, why, sizeof(why)))
		hf_skip(run, "page frames cannot be seen: %s", why);
	if (!hf_census_frames(census))
		hf_skip(run, "page frames cannot be seen without CAP_SYS_ADMIN");
	hf_file_find_u64("/proc/meminfo", "MemAvailable:", 10, &kb);
	units = (kb << 10) / ARENA_SHARE < ARENA_MAX ? (kb << 10) / ARENA_SHARE / run->page : ARENA_MAX / run->page;
	arena_map = mmap(NULL, (units + 1) * run->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena_map == MAP_FAILED)
		hf_broken(run, "cannot map %zu MiB: %s", units * run->page >> 20, hf_err_name(errno));
	hf_safe_madvise(run, arena_map, (units + 1) * run->page, MADV_HUGEPAGE);
	arena = (char *)(((uintptr_t)arena_map + run->page - 1) & ~(uintptr_t)(run->page - 1));
	pfn = calloc(units, sizeof(*pfn));
	mine = calloc(units, sizeof(*mine));
	in = calloc(blocks, sizeof(*in));
	again = calloc(blocks, sizeof(*again));
	if (!pfn || !mine || !in || !again)
		hf_broken(run, "no memory for %zu frame numbers", units);
	if (content == HF_PLACE_FILE)
		make_file(run, pages * run->page);
}

void hf_place_close(struct hf_run *run)
{
	hf_place_take(run);
	if (fd >= 0)
		close(fd);
	fd = -1;
	munmap(arena_map, (units + 1) * run->page);
	hf_census_close(census);
	free(pfn);
	free(mine);
	free(in);
	free(again);
}

static void look(const struct hf_run *run, size_t u)
{
	int b;

	if (hf_census_is(census, arena + u * run->page, run->page) != 1 || hf_census_pfn(census, arena + u * run->page, &pfn[u]))
		pfn[u] = LOST;
	b = pfn[u] == LOST ? -1 : hf_offline_of(pfn[u]);
	if (b >= 0)
		in[b]++;
}

/* One more huge page, in a hole of the arena or behind what is there. Return: its index, FULL when the arena is full. */
static size_t one_more(struct hf_run *run)
{
	static size_t hole;
	size_t u = touched;

	while (hole < touched && pfn[hole] != LOST)
		hole++;
	if (hole < touched)
		u = hole++;
	else if (touched == units)
		return FULL;
	else
		touched++;
	if (u + 1 == touched)
		hole = 0;
	hf_touch(arena + u * run->page);
	look(run, u);
	return u;
}

/* The unit is given back. */
static void release(struct hf_run *run, size_t u)
{
	int b = pfn[u] == LOST ? -1 : hf_offline_of(pfn[u]);

	if (b >= 0)
		in[b]--;
	pfn[u] = LOST;
	hf_safe_madvise(run, arena + u * run->page, run->page, MADV_DONTNEED);
}

/* Where everything is now: pages may have been moved. */
static void look_again(struct hf_run *run)
{
	const struct hf_block *first;
	unsigned int blocks = hf_offline_blocks(&first);

	memset(in, 0, blocks * sizeof(*in));
	memset(again, 0, blocks * sizeof(*again));
	for (size_t u = 0; u < touched; u++)
		if (pfn[u] != LOST)
			look(run, u);
}

/* Nothing but @n huge pages of @class and free pages, those included that are on per-CPU lists and show no flags, as whole huge pages. */
static bool pure(const struct hf_run *run, const struct hf_block *b, const struct hf_block_count *count, enum hf_block_class class, size_t n)
{
	uint64_t unit = run->page / base, lists = count->n[HF_BLOCK_BLANK];

	return count->n[class] == n * unit && lists % unit == 0 && count->n[class] + count->n[HF_BLOCK_FREE] + lists == b->pages;
}

/* A block in which there are @want of ours or more, and beside them only free pages. */
static int choose(struct hf_run *run, size_t want)
{
	const struct hf_block *first;
	unsigned int blocks = hf_offline_blocks(&first);

	for (;;) {
		for (unsigned int b = 0; b < blocks; b++) {
			struct hf_block_count count;

			if (!first[b].inner || in[b] < again[b] || in[b] < (want ? want : 1))
				continue;
			if (hf_offline_may(run, b, &count) && pure(run, &first[b], &count, HF_BLOCK_THP, in[b]))
				return (int)b;
			again[b] = in[b] + 2; /* the kernel takes a few at once: what is still on a per-CPU list shows no flags */
		}
		if (one_more(run) == FULL)
			return -1;
	}
}

/* MADV_COLD on a part of a THP splits it (madvise_cold_or_pageout_pte_range() in mm/madvise.c); base pages that are all zero would be freed by that. */
static void split(struct hf_run *run)
{
	for (size_t i = 0; i < n_mine; i++) {
		char *p = arena + mine[i] * run->page;

		for (size_t at = 0; at < run->page; at += base)
			hf_touch(p + at);
		hf_safe_madvise(run, p, base, MADV_COLD);
	}
}

static void lock(struct hf_run *run)
{
	for (size_t i = 0; i < n_mine; i++)
		if (mlock(arena + mine[i] * run->page, run->page))
			hf_skip(run, "mlock of %zu KiB: %s", run->page >> 10, hf_err_name(errno));
}

static void pin_first(struct hf_run *run)
{
	struct iovec at = { n_mine ? arena + mine[0] * run->page : NULL, PIN_PAGES * base };
	int err = n_mine ? hf_pin_new(&pin, HF_PIN_REGISTERED, &at, 1) : 0;

	if (err)
		hf_skip(run, "io_uring cannot pin memory here: %s", hf_err_name(err));
}

/* What was just freed is taken by the page cache. */
static void read_file(struct hf_run *run, size_t len)
{
	char *map = mmap(NULL, len + run->page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), *p;

	if (map == MAP_FAILED)
		hf_broken(run, "cannot map a file: %s", hf_err_name(errno));
	p = (char *)(((uintptr_t)map + run->page - 1) & ~(uintptr_t)(run->page - 1));
	if (mmap(p, len, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		hf_broken(run, "cannot map a file: %s", hf_err_name(errno));
	hf_safe_madvise(run, p, len, MADV_HUGEPAGE); /* readahead in folios of that size */
	hf_safe_madvise(run, p, len, MADV_RANDOM);
	for (size_t at = 0; at < len; at += run->page)
		hf_peek(p + at);
	munmap(map, len + run->page);
}

static void map_huge(struct hf_run *run, size_t pages)
{
	int bits = __builtin_ctzll(run->page) << MAP_HUGE_SHIFT;

	if (!pages)
		return;
	huge_len = pages * run->page;
	huge = mmap(NULL, huge_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | bits, -1, 0);
	if (huge == MAP_FAILED) {
		huge = NULL;
		hf_broken(run, "cannot map %zu hugetlb pages: %s", pages, hf_err_name(errno));
	}
	for (size_t i = 0; i < pages; i++)
		hf_touch(huge + i * run->page);
}

/* @want of the units in block @b become the content, the others there are freed. */
static void fill(struct hf_run *run, int b, size_t want)
{
	bool stays = content == HF_PLACE_ANON || content == HF_PLACE_THP || content == HF_PLACE_MLOCKED || content == HF_PLACE_PINNED;

	/* Free pages of that size that lie about would be taken before those that are freed now and merge with their neighbours. */
	for (size_t i = 0; !stays && i < want + SOAK && one_more(run) != FULL; i++)
		;
	n_mine = 0;
	for (size_t u = 0; u < touched; u++) {
		if (pfn[u] == LOST || hf_offline_of(pfn[u]) != b)
			continue;
		if (n_mine < want)
			mine[n_mine++] = u;
		else
			release(run, u);
	}
	for (size_t i = 0; !stays && i < n_mine; i++)
		release(run, mine[i]);
	switch (content) {
	case HF_PLACE_ANON:
		split(run);
		break;
	case HF_PLACE_MLOCKED:
		split(run);
		lock(run);
		break;
	case HF_PLACE_PINNED:
		split(run);
		pin_first(run);
		break;
	case HF_PLACE_FILE:
		read_file(run, want * run->page);
		break;
	case HF_PLACE_HUGETLB_FREE:
		hf_offline_grow(run, want);
		break;
	case HF_PLACE_HUGETLB_USED:
		hf_offline_grow(run, want);
		map_huge(run, want);
		break;
	default:
		break;
	}
	if (!stays)
		n_mine = 0;
}

/*
 * Where the content will be migrated to: memory that has been written to before. The first touch of memory that a hypervisor has not backed yet costs
 * milliseconds a huge page, and would be the hypervisor's part of the result.
 */
static void warm_targets(struct hf_run *run, size_t want)
{
	size_t *u = calloc(want, sizeof(*u)), n = 0;

	while (u && n < want && (u[n] = one_more(run)) != FULL)
		n++;
	while (n)
		release(run, u[--n]);
	free(u);
}

static unsigned int as_found(struct hf_run *run, struct hf_block_count *count, uint64_t *placed)
{
	bool slab = content == HF_PLACE_SLAB;
	const struct hf_block *first;
	int b;

	hf_offline_blocks(&first);
	b = hf_offline_find(run, class_of(), slab ? 1 : first->pages, first->pages, count);
	if (b < 0)
		hf_skip(run, "no memory block that may be taken offline %s", slab ? "holds slab pages" : "is free");
	*placed = count->n[class_of()];
	return (unsigned int)b;
}

unsigned int hf_place_put(struct hf_run *run, size_t pages, struct hf_block_count *count, uint64_t *placed)
{
	const struct hf_block *first;
	int b;

	hf_offline_blocks(&first);
	if (content == HF_PLACE_FREE || content == HF_PLACE_SLAB)
		return as_found(run, count, placed);
	for (int try = 0; try < TRIES; try++) {
		if (content == HF_PLACE_FILE)
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		hf_offline_shrink(run);
		look_again(run);
		b = choose(run, pages);
		if (b < 0)
			hf_skip(run, "no memory block that may be taken offline holds %zu huge pages of ours and nothing else, with %zu MiB allocated", pages,
				touched * run->page >> 20);
		fill(run, b, pages);
		if (content != HF_PLACE_HUGETLB_FREE)
			warm_targets(run, pages + SOAK);
		/* What was just freed may be on per-CPU lists, and shows no flags: that it is initialised was seen before. */
		*placed = pages * (run->page / base);
		if (hf_block_count(&first[b], count) == 0 && count->n[class_of()] >= *placed - *placed / 8 && hf_offline_ours(run, count)) {
			if (count->n[class_of()] < *placed)
				*placed = count->n[class_of()];
			return (unsigned int)b;
		}
		hf_place_take(run);
	}
	hf_skip(run, "%zu huge pages' worth of that content do not get into a memory block in %d attempts", pages, TRIES);
}

bool hf_place_pure(const struct hf_run *run, unsigned int b, const struct hf_block_count *count, size_t pages)
{
	const struct hf_block *first;

	hf_offline_blocks(&first);
	return pure(run, &first[b], count, HF_BLOCK_HUGETLB_FREE, pages);
}

void hf_place_take(struct hf_run *run)
{
	hf_pin_free(pin);
	pin = NULL;
	if (huge)
		munmap(huge, huge_len);
	huge = NULL;
	for (size_t i = 0; i < n_mine; i++) {
		if (content == HF_PLACE_MLOCKED)
			munlock(arena + mine[i] * run->page, run->page);
		release(run, mine[i]);
	}
	n_mine = 0;
}
