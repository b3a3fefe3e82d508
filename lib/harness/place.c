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
#include "harness/map.h"
#include "system/census.h"
#include "system/pin.h"

#define TRIES 8	       /* allocations that are held while another is made, since their block may not be touched */
#define PIN_PAGES 16   /* base pages */
#define LOST UINT64_MAX

struct piece {
	char *p;
	size_t len;
};

static enum hf_place_content content;
static size_t want, base;
static int fd = -1; /* of page cache */
static struct hf_census *census;
static struct hf_pin *pin;
static struct piece held[TRIES];
static unsigned int n_held;
static uint64_t *pfn;

static bool is_anon(void)
{
	return content == HF_PLACE_ANON || content == HF_PLACE_THP || content == HF_PLACE_MLOCKED || content == HF_PLACE_PINNED;
}

static bool is_hugetlb(void)
{
	return content == HF_PLACE_HUGETLB_FREE || content == HF_PLACE_HUGETLB_USED;
}

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

/* Units that are placed one by one. */
static size_t step(const struct hf_run *run)
{
	return content == HF_PLACE_FILE ? base : run->page;
}

static void make_file(struct hf_run *run, size_t len)
{
	const char *dir = getenv("TMPDIR");
	char *buf = calloc(1, 1 << 20);

	fd = open(dir && *dir ? dir : "/var/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		hf_skip(run, "no file without a name can be made in %s: %s", dir && *dir ? dir : "/var/tmp", hf_err_name(errno));
	for (size_t done = 0; buf && done < len; done += 1 << 20)
		if (write(fd, buf, 1 << 20) != 1 << 20)
			hf_skip(run, "cannot write a file of %zu MiB: %s", len >> 20, hf_err_name(errno));
	free(buf);
	if (fdatasync(fd)) /* clean pages can be dropped and read again */
		hf_skip(run, "cannot write a file of %zu MiB: %s", len >> 20, hf_err_name(errno));
}

void hf_place_open(struct hf_run *run, enum hf_place_content what, size_t len)
{
	char why[256];

	content = what;
	base = (size_t)sysconf(_SC_PAGESIZE);
	want = (len + run->page - 1) / run->page * run->page;
	n_held = 0;
	if (hf_census_open(&census, why, sizeof(why)) || !hf_census_frames(census))
		hf_skip(run, "page frames cannot be seen: %s", why);
	pfn = calloc(2 * want / base, sizeof(*pfn));
	if (!pfn)
		hf_broken(run, "no memory for the frame numbers of %zu pages", 2 * want / base);
	if (content == HF_PLACE_FILE)
		make_file(run, 2 * want);
}

void hf_place_close(struct hf_run *run)
{
	hf_place_take(run);
	if (fd >= 0)
		close(fd);
	fd = -1;
	hf_census_close(census);
	census = NULL;
	free(pfn);
	pfn = NULL;
}

void hf_place_frames(struct hf_run *run, const char *p, size_t n, size_t unit, uint64_t *frame)
{
	(void)run;
	for (size_t i = 0; i < n; i++)
		if (hf_census_pfn(census, p + i * unit, &frame[i]))
			frame[i] = LOST;
}

char *hf_place_huge(struct hf_run *run, size_t pages)
{
	int bits = __builtin_ctzll(run->page) << MAP_HUGE_SHIFT;
	char *p = mmap(NULL, pages * run->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | bits, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	for (size_t i = 0; i < pages; i++)
		hf_touch(p + i * run->page);
	return p;
}

/* Twice the content, somewhere. */
static bool allocate(struct hf_run *run, struct piece *m)
{
	m->len = 2 * want;
	if (content == HF_PLACE_FILE) {
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		m->p = mmap(NULL, m->len, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
		return m->p != MAP_FAILED;
	}
	if (is_hugetlb()) {
		m->p = hf_place_huge(run, m->len / run->page);
		return m->p;
	}
	m->p = mmap(NULL, m->len + run->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m->p == MAP_FAILED)
		return false;
	m->len += run->page;
	hf_safe_madvise(run, m->p, m->len, MADV_HUGEPAGE);
	return true;
}

/* Where the units are that can be placed: aligned, and whole. */
static char *first_unit(const struct hf_run *run, const struct piece *m)
{
	uintptr_t p = (uintptr_t)m->p;

	return (char *)(is_anon() ? (p + run->page - 1) & ~(uintptr_t)(run->page - 1) : p);
}

/* Block with most of the @n frames; *@most is how many. -1 if there is none. */
static int fullest(size_t n, size_t *most)
{
	const struct hf_block *first;
	unsigned int blocks = hf_offline_blocks(&first);
	uint32_t *in = calloc(blocks, sizeof(*in));
	int best = -1;

	*most = 0;
	for (size_t i = 0; in && i < n; i++) {
		int b = pfn[i] == LOST ? -1 : hf_offline_of(pfn[i]);

		if (b < 0 || !first[b].inner)
			continue;
		if (++in[b] > *most) {
			*most = in[b];
			best = b;
		}
	}
	free(in);
	return best;
}

/* The unit at @p is not wanted. */
static void drop(struct hf_run *run, char *p, size_t at, size_t len)
{
	if (content != HF_PLACE_FILE) {
		hf_safe_madvise(run, p + at, len, MADV_DONTNEED);
		return;
	}
	munmap(p + at, len);
	posix_fadvise(fd, (off_t)at, (off_t)len, POSIX_FADV_DONTNEED);
}

/* What is in block @b stays, up to the size wanted. Return: base pages that stay. */
static uint64_t keep_only(struct hf_run *run, char *p, size_t n, int b)
{
	size_t unit = step(run), kept = 0;

	for (size_t i = 0; i < n; i++) {
		size_t end = i;
		bool stay = pfn[i] != LOST && hf_offline_of(pfn[i]) == b && kept < want;

		if (stay) {
			kept += unit;
			continue;
		}
		while (end < n && !(pfn[end] != LOST && hf_offline_of(pfn[end]) == b && kept < want))
			end++;
		drop(run, p, i * unit, (end - i) * unit);
		i = end - 1;
	}
	return kept / base;
}

/* Huge pages become base pages: MADV_COLD on a part of one splits it (madvise_cold_or_pageout_pte_range()). Return: the first that is there. */
static char *split(struct hf_run *run, char *p, size_t n, int b)
{
	char *first = NULL;

	for (size_t i = 0; i < n; i++) {
		uint64_t now;

		if (hf_census_pfn(census, p + i * run->page, &now) || hf_offline_of(now) != b)
			continue;
		hf_safe_madvise(run, p + i * run->page, base, MADV_COLD);
		if (!first)
			first = p + i * run->page;
	}
	return first;
}

/* The last touches to what stays in block @b. */
static void finish(struct hf_run *run, const struct piece *m, char *p, size_t n, int b)
{
	char *first;
	int err;

	if (content == HF_PLACE_FILE || content == HF_PLACE_HUGETLB_FREE) {
		munmap(m->p, m->len); /* unmapped page cache; free hugetlb pages */
		n_held--;
		return;
	}
	if (!is_anon() || content == HF_PLACE_THP)
		return;
	first = split(run, p, n, b);
	for (size_t i = 0; content == HF_PLACE_MLOCKED && i < n; i++) {
		uint64_t now;

		if (hf_census_pfn(census, p + i * run->page, &now) || hf_offline_of(now) != b)
			continue;
		if (mlock(p + i * run->page, run->page))
			hf_skip(run, "mlock of %zu KiB: %s", run->page >> 10, hf_err_name(errno));
	}
	if (content != HF_PLACE_PINNED || !first)
		return;
	err = hf_pin_new(&pin, first, PIN_PAGES * base);
	if (err)
		hf_skip(run, "io_uring cannot pin memory here: %s", hf_err_name(err));
}

static int as_found(struct hf_run *run, struct hf_block_count *count, uint64_t *placed)
{
	bool slab = content == HF_PLACE_SLAB;
	const struct hf_block *first;
	int b;

	hf_offline_blocks(&first);
	b = hf_offline_find(run, class_of(), slab ? 1 : first->pages, first->pages, count);
	if (b < 0)
		hf_skip(run, "no memory block that may be taken offline %s", slab ? "holds slab pages" : "is free");
	*placed = count->n[class_of()];
	return b;
}

unsigned int hf_place_put(struct hf_run *run, struct hf_block_count *count, uint64_t *placed)
{
	if (content == HF_PLACE_FREE || content == HF_PLACE_SLAB)
		return (unsigned int)as_found(run, count, placed);
	for (int try = 0; try < TRIES; try++) {
		struct piece *m = &held[n_held];
		size_t n = 2 * want / step(run), most;
		char *p;
		int b;

		if (!allocate(run, m))
			break;
		n_held++;
		p = first_unit(run, m);
		for (size_t i = 0; is_anon() && i < n; i++)
			hf_touch(p + i * run->page);
		hf_place_frames(run, p, n, step(run), pfn);
		b = fullest(n, &most);
		if (b < 0 || most * step(run) < want / 4 || !hf_offline_may(run, (unsigned int)b, count))
			continue;
		*placed = keep_only(run, p, n, b);
		finish(run, m, p, n, b);
		if (hf_offline_may(run, (unsigned int)b, count) && count->n[class_of()] >= *placed - *placed / 8)
			return (unsigned int)b;
		if (content == HF_PLACE_FILE || pin)
			break;
	}
	hf_place_take(run);
	hf_skip(run, "no memory block that may be taken offline got a quarter of %zu MiB of that content", want >> 20);
}

void hf_place_take(struct hf_run *run)
{
	(void)run;
	hf_pin_free(pin);
	pin = NULL;
	while (n_held) {
		n_held--;
		munmap(held[n_held].p, held[n_held].len);
	}
}
