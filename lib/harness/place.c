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

#define POOL_SHARE 3 / 4 /* of the free memory: the most that is held in the pool while looking for a block */
#define PIN_PAGES 16		/* base pages */
#define TRIES 8
#define STRIDE 256 /* huge pages the pool grows by at once, until they reach the block */
#define STEP 32	   /* then, and on the way back */
#define LOOK ((size_t)64 << 10) /* bytes from one frame that is looked at to the next, before all of them are */
#define SOAK 64 /* huge pages that may have to be taken out of the way */
#define LOOKS 8 /* huge pages that a block which was looked at must gain to be looked at again */
#define OUTSIDE (-1)

/* A huge page of the arena, or of the pool: where it is mapped, and which block it is in (OUTSIDE: in none that could be told). */
struct unit {
	char *at; /* NULL: nowhere */
	int block;
	bool pool, mine; /* of the pool; it is content */
};

static enum hf_place_content content;
static size_t base;
static struct hf_census *census;
static unsigned int n_blocks;
static const struct hf_block *block;
static int *again;	/* per block: how many hugetlb pages must be there before it is looked at again */
static bool *failed;	/* per block: something else is in it, or it did not get the content; until no other is left */
static uint64_t pooled; /* pages of ours that the pool has */

static char *arena, *arena_map;
static struct unit *unit;
static size_t units;

static int fd = -1; /* of the page cache */
static struct hf_pin *pin;

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

static uint64_t most(const struct hf_run *run)
{
	uint64_t kb = 0;

	hf_file_find_u64("/proc/meminfo", "MemFree:", 10, &kb);
	return (kb << 10) / run->page * POOL_SHARE;
}

unsigned int hf_place_brackets(const struct hf_run *run, struct hf_bracket *list)
{
	list[0] = (struct hf_bracket){ run->page, -1, most(run) };
	return 1;
}

void hf_place_open(struct hf_run *run, enum hf_place_content what, size_t pages)
{
	char why[256];

	content = what;
	base = (size_t)sysconf(_SC_PAGESIZE);
	n_blocks = hf_offline_blocks(&block);
	if (pages > block[0].pages * base / run->page)
		hf_skip(run, "%zu huge pages do not fit into a memory block", pages);
	if (hf_census_open(&census, why, sizeof(why)))
		hf_skip(run, "page frames cannot be seen: %s", why);
	if (!hf_census_frames(census))
		hf_skip(run, "page frames cannot be seen without CAP_SYS_ADMIN");
	units = 2 * (pages + SOAK);
	arena_map = mmap(NULL, (units + 1) * run->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena_map == MAP_FAILED)
		hf_broken(run, "cannot map %zu MiB: %s", units * run->page >> 20, hf_err_name(errno));
	hf_safe_madvise(run, arena_map, (units + 1) * run->page, MADV_HUGEPAGE);
	arena = (char *)(((uintptr_t)arena_map + run->page - 1) & ~(uintptr_t)(run->page - 1));
	unit = calloc(units, sizeof(*unit));
	again = calloc(n_blocks, sizeof(*again));
	failed = calloc(n_blocks, sizeof(*failed));
	if (!unit || !again || !failed)
		hf_broken(run, "no memory for %zu huge pages", units);
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
	free(unit);
	free(again);
	free(failed);
}

static bool of_pool(void)
{
	return content == HF_PLACE_HUGETLB_FREE || content == HF_PLACE_HUGETLB_USED;
}

/* One more huge page, of the pool or a THP. Return: NULL when there is none. */
static struct unit *take(struct hf_run *run, bool pool)
{
	int bits = __builtin_ctzll(run->page) << MAP_HUGE_SHIFT;
	size_t i = 0;
	uint64_t pfn;

	while (i < units && unit[i].at)
		i++;
	if (i == units)
		return NULL;
	unit[i] = (struct unit){ arena + i * run->page, OUTSIDE, pool, false };
	if (pool)
		unit[i].at = mmap(NULL, run->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | bits, -1, 0);
	if (unit[i].at == MAP_FAILED) { /* the pool has no more */
		unit[i].at = NULL;
		return NULL;
	}
	hf_touch(unit[i].at);
	if (hf_census_is(census, unit[i].at, run->page) == 1 && hf_census_pfn(census, unit[i].at, &pfn) == 0)
		unit[i].block = hf_offline_of(pfn);
	return &unit[i];
}

static void release(struct hf_run *run, struct unit *u)
{
	if (u->pool)
		munmap(u->at, run->page);
	else
		hf_safe_madvise(run, u->at, run->page, MADV_DONTNEED);
	u->at = NULL;
}

static void drop_content(struct hf_run *run)
{
	for (size_t i = 0; i < units; i++) {
		if (!unit[i].mine)
			continue;
		if (content == HF_PLACE_MLOCKED)
			munlock(unit[i].at, run->page);
		release(run, &unit[i]);
		unit[i].mine = false;
	}
}

static void release_others(struct hf_run *run)
{
	for (size_t i = 0; i < units; i++)
		if (unit[i].at && !unit[i].mine)
			release(run, &unit[i]);
}

/* What is on per-CPU lists shows no flags: free memory, too, as long as it is whole huge pages. */
bool hf_place_pure(const struct hf_run *run, unsigned int b, const struct hf_block_count *count, size_t pages)
{
	uint64_t whole = run->page / base, ours = count->n[HF_BLOCK_HUGETLB_FREE], lists = count->n[HF_BLOCK_BLANK];

	return ours == pages * whole && lists % whole == 0 && ours + count->n[HF_BLOCK_FREE] + lists == block[b].pages;
}

/* Enough pages of the pool are in block @b, and beside them only free pages. */
static bool fits(const struct hf_run *run, unsigned int b)
{
	const unsigned int good = 1u << HF_BLOCK_HUGETLB_FREE | 1u << HF_BLOCK_FREE | 1u << HF_BLOCK_BLANK;
	int n = block[b].inner && !failed[b] ? hf_block_sample(&block[b], run->page, HF_BLOCK_HUGETLB_FREE) : 0;
	struct hf_block_count count;
	const char *why;

	if (n < again[b] || n < 1)
		return false;
	failed[b] = hf_block_only(&block[b], LOOK, good) != 1;
	if (failed[b])
		return false;
	if (hf_block_count(&block[b], &count) == 0 && hf_block_may(&block[b], &count, &why) && hf_place_pure(run, b, &count, (size_t)n))
		return true;
	failed[b] = count.n[HF_BLOCK_HUGETLB_FREE] + count.n[HF_BLOCK_FREE] + count.n[HF_BLOCK_BLANK] != block[b].pages;
	again[b] = n + LOOKS; /* a few may be on a per-CPU list, without a flag */
	return false;
}

/* A block that fits; OUTSIDE: none. */
static int chosen(const struct hf_run *run)
{
	for (unsigned int b = 0; b < n_blocks; b++)
		if (fits(run, b))
			return (int)b;
	return OUTSIDE;
}

/*
 * The pool grows by strides until @want pages of it are in one block, goes back by the last of them, and on by steps until they are there again: among the newest. Pages of the pool come from where
 * the buddy allocator's lists point, and are not cleared: that is a hundred times faster than touching as many THPs.
 *
 * Return: the block, or OUTSIDE when the kernel gives no more pages, or too many have been taken.
 */
static int choose(struct hf_run *run, size_t want)
{
	uint64_t limit = most(run), had, goal, was;
	int b;

	for (unsigned int i = 0; i < n_blocks; i++)
		again[i] = (int)want;
	do {
		had = pooled;
		if (had >= limit)
			return OUTSIDE;
		pooled = hf_offline_hold(run, had + STRIDE);
		b = chosen(run);
	} while (b == OUTSIDE && pooled > had);
	if (b == OUTSIDE)
		return OUTSIDE;
	goal = pooled;
	pooled = hf_offline_hold(run, had);
	do {
		was = pooled;
		if (hf_block_sample(&block[b], run->page, HF_BLOCK_HUGETLB_FREE) >= (int)want)
			break;
		pooled = hf_offline_hold(run, pooled + STEP);
	} while (pooled > was && pooled < goal);
	return b;
}

/* The pool gives back its newest pages until none is in block @b: these are then what the buddy allocator gives away next. */
static void loosen(struct hf_run *run, int b)
{
	while (pooled && hf_block_sample(&block[b], run->page, HF_BLOCK_HUGETLB_FREE) > 0)
		pooled = hf_offline_hold(run, pooled > STEP ? pooled - STEP : 0);
}

/* MADV_COLD on a part of a THP splits it (madvise_cold_or_pageout_pte_range() in mm/madvise.c); base pages that are all zero would be freed by that. */
static void split(struct hf_run *run, struct unit *u)
{
	for (size_t at = 0; at < run->page; at += base)
		hf_touch(u->at + at);
	hf_safe_madvise(run, u->at, base, MADV_COLD);
}

static void lock(struct hf_run *run, struct unit *u)
{
	if (mlock(u->at, run->page))
		hf_skip(run, "mlock of %zu KiB: %s", run->page >> 10, hf_err_name(errno));
}

static void pin_part(struct hf_run *run, struct unit *u)
{
	struct iovec at = { u->at, PIN_PAGES * base };
	int err = hf_pin_new(&pin, HF_PIN_REGISTERED, &at, 1);

	if (err)
		hf_skip(run, "io_uring cannot pin memory here: %s", hf_err_name(err));
}

/* What THPs are made into. */
static void make(struct hf_run *run)
{
	for (size_t i = 0; i < units; i++) {
		if (!unit[i].mine)
			continue;
		if (content != HF_PLACE_THP)
			split(run, &unit[i]);
		if (content == HF_PLACE_MLOCKED)
			lock(run, &unit[i]);
		if (content == HF_PLACE_PINNED && !pin)
			pin_part(run, &unit[i]);
	}
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

/* Huge pages are taken until @want of them are in block @b; they are content now. Those of other blocks on the way to them are kept for the moment. */
static bool gather(struct hf_run *run, int b, size_t want, size_t *taken)
{
	size_t n = 0;

	for (*taken = 0; n < want && *taken < want + SOAK; ++*taken) {
		struct unit *u = take(run, of_pool());

		if (!u)
			return false;
		u->mine = u->block == b;
		n += u->mine;
	}
	return n == want;
}

/* Block @b, in which there are at least @want huge pages of the pool, gets the content. Return: false when it does not. */
static bool fill(struct hf_run *run, int b, size_t want)
{
	size_t taken;

	if (!of_pool())
		loosen(run, b);
	if (!gather(run, b, want, &taken))
		return false;
	if (content == HF_PLACE_FILE) {
		drop_content(run);
		read_file(run, want * run->page);
	}
	if (of_pool()) /* those that are free go first */
		pooled = hf_offline_hold(run, taken);
	release_others(run);
	pooled = hf_offline_hold(run, of_pool() ? want : 0);
	if (content == HF_PLACE_HUGETLB_FREE)
		drop_content(run);
	if (!of_pool())
		make(run);
	return true;
}

/*
 * Where the content will be migrated to: memory that has been written to before. The first touch of memory that a hypervisor has not backed yet costs
 * milliseconds a huge page, and would be the hypervisor's part of the result.
 */
static void warm_targets(struct hf_run *run, size_t want)
{
	while (want && take(run, false))
		want--;
	release_others(run);
}

static unsigned int as_found(struct hf_run *run, struct hf_block_count *count, uint64_t *placed)
{
	bool slab = content == HF_PLACE_SLAB;
	int b;

	b = hf_offline_find(run, class_of(), slab ? 1 : block->pages, block->pages, count);
	if (b < 0)
		hf_skip(run, "no memory block that may be taken offline %s", slab ? "holds slab pages" : "is free");
	*placed = count->n[class_of()];
	return (unsigned int)b;
}

/* What is there of an attempt that has come to nothing, and of the one before it. */
static void clean(struct hf_run *run)
{
	hf_place_take(run);
	release_others(run);
	pooled = hf_offline_hold(run, 0);
	if (content == HF_PLACE_FILE)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

unsigned int hf_place_put(struct hf_run *run, size_t pages, struct hf_block_count *count, uint64_t *placed)
{
	int b;

	if (content == HF_PLACE_FREE || content == HF_PLACE_SLAB)
		return as_found(run, count, placed);
	for (int try = 0; try < TRIES; try++) {
		clean(run);
		b = choose(run, pages);
		if (b == OUTSIDE) { /* another may do now, or one of those that did not */
			memset(failed, 0, n_blocks * sizeof(*failed));
			continue;
		}
		failed[b] = true;
		if (!fill(run, b, pages))
			continue;
		if (content != HF_PLACE_HUGETLB_FREE)
			warm_targets(run, pages + SOAK / 2);
		/* What was just freed may be on per-CPU lists, and shows no flags: that it is initialised was seen before. */
		*placed = pages * (run->page / base);
		if (hf_block_count(&block[b], count) == 0 && count->n[class_of()] >= *placed - *placed / 8 && hf_offline_ours(run, count)) {
			if (count->n[class_of()] < *placed)
				*placed = count->n[class_of()];
			failed[b] = false;
			return (unsigned int)b;
		}
	}
	clean(run);
	hf_offline_grow(run, UINT64_MAX);
	hf_skip(run, "%zu huge pages' worth of that content do not get into a memory block without anything else in %d attempts, with up to %llu MiB in the pool", pages, TRIES,
		(unsigned long long)(most(run) * run->page >> 20));
}

void hf_place_take(struct hf_run *run)
{
	hf_pin_free(pin);
	pin = NULL;
	drop_content(run);
}
