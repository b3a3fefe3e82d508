// SPDX-License-Identifier: GPL-2.0-or-later
/* Which page really backs an address: pagemap and kpageflags, or PAGEMAP_SCAN where frame numbers are hidden. */
#include "system/census.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/kernel-page-flags.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/file.h"

/* An entry of pagemap (Documentation/admin-guide/mm/pagemap.rst). */
#define ENTRY_PRESENT (1ull << 63)
#define ENTRY_PFN ((1ull << 55) - 1)

#define CHUNK 512 /* entries read at once */
#define STRUCT_PAGE 64 /* bytes of struct page; HVO needs a power of two, and it is 64 wherever HVO is */

#ifndef PAGEMAP_SCAN /* include/uapi/linux/fs.h since 6.7 */
struct page_region {
	__u64 start;
	__u64 end;
	__u64 categories;
};

struct pm_scan_arg {
	__u64 size;
	__u64 flags;
	__u64 start;
	__u64 end;
	__u64 walk_end;
	__u64 vec;
	__u64 vec_len;
	__u64 max_pages;
	__u64 category_inverted;
	__u64 category_mask;
	__u64 category_anyof_mask;
	__u64 return_mask;
};

#define PAGEMAP_SCAN _IOWR('f', 16, struct pm_scan_arg)
#define PAGE_IS_PRESENT (1 << 3)
#define PAGE_IS_HUGE (1 << 6)
#endif

struct hf_census {
	int pagemap, kpageflags; /* kpageflags: -1 where frames are hidden */
	size_t page, pmd;
};

/* @n entries of 8 bytes from entry @at on. */
static int read_entries(int fd, uint64_t at, uint64_t *entry, size_t n)
{
	size_t len = n * sizeof(*entry);
	ssize_t got = pread(fd, entry, len, (off_t)(at * sizeof(*entry)));

	if (got < 0)
		return -errno;
	return (size_t)got == len ? 0 : -ENODATA;
}

static int entry_of(struct hf_census *census, const void *addr, uint64_t *entry)
{
	return read_entries(census->pagemap, (uintptr_t)addr / census->page, entry, 1);
}

/* The first run of present pages in [@addr, @addr+@len) that are alike. Return: 1 with *@region filled, 0 if nothing is present, -errno. */
static int scan(struct hf_census *census, const void *addr, size_t len, struct page_region *region)
{
	struct pm_scan_arg arg = {
		.size = sizeof(arg),
		.start = (uintptr_t)addr,
		.end = (uintptr_t)addr + len,
		.vec = (uintptr_t)region,
		.vec_len = 1,
		.category_mask = PAGE_IS_PRESENT,
		.return_mask = PAGE_IS_PRESENT | PAGE_IS_HUGE,
	};
	int n = ioctl(census->pagemap, PAGEMAP_SCAN, &arg);

	return n < 0 ? -errno : n;
}

static size_t pmd_size(size_t page)
{
	uint64_t size;

	if (hf_file_read_u64("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", &size) == 0)
		return size;
	return page / sizeof(uint64_t) * page; /* no THP: a page table is a page full of entries on all but odd machines */
}

/* Frame numbers read as 0 without CAP_SYS_ADMIN in the first user namespace. */
static bool frames_visible(struct hf_census *census)
{
	volatile char here = 1;
	uint64_t entry;

	(void)here;
	return entry_of(census, (const void *)&here, &entry) == 0 && (entry & ENTRY_PFN);
}

static int open_pagemap(char *why, size_t room)
{
	int fd = hf_file_open("/proc/self/pagemap", O_RDONLY);

	if (fd >= 0)
		return fd;
	if (fd == -ENOENT) {
		snprintf(why, room, "/proc/self/pagemap is missing (kernel without CONFIG_PROC_PAGE_MONITOR)");
		return -ENOSYS;
	}
	snprintf(why, room, "/proc/self/pagemap: %s", strerror(-fd));
	return fd == -EACCES ? -EPERM : fd;
}

int hf_census_open(struct hf_census **out, char *why, size_t room)
{
	struct hf_census *census = calloc(1, sizeof(*census));
	struct page_region region;
	int err;

	snprintf(why, room, "out of memory");
	if (!census)
		return -ENOMEM;
	census->page = (size_t)sysconf(_SC_PAGESIZE);
	census->pmd = pmd_size(census->page);
	census->kpageflags = -1;
	census->pagemap = open_pagemap(why, room);
	if (census->pagemap < 0) {
		err = census->pagemap;
		goto free;
	}
	if (frames_visible(census))
		census->kpageflags = hf_file_open("/proc/kpageflags", O_RDONLY);
	if (census->kpageflags < 0) {
		census->kpageflags = -1;
		err = scan(census, (const void *)((uintptr_t)&region & ~(census->page - 1)), census->page, &region);
		if (err < 0) {
			snprintf(why, room,
				 "page frames need CAP_SYS_ADMIN and /proc/kpageflags, and this kernel has no PAGEMAP_SCAN (6.7) instead");
			err = -EPERM;
			goto close;
		}
	}
	snprintf(why, room, "%s", "");
	*out = census;
	return 0;
close:
	close(census->pagemap);
free:
	free(census);
	return err;
}

void hf_census_close(struct hf_census *census)
{
	if (!census)
		return;
	close(census->pagemap);
	if (census->kpageflags >= 0)
		close(census->kpageflags);
	free(census);
}

bool hf_census_frames(const struct hf_census *census)
{
	return census->kpageflags >= 0;
}

int hf_census_pfn(struct hf_census *census, const void *addr, uint64_t *pfn)
{
	uint64_t entry;
	int err;

	if (!hf_census_frames(census))
		return -EPERM;
	err = entry_of(census, addr, &entry);
	if (err)
		return err;
	if (!(entry & ENTRY_PRESENT))
		return -ENODATA;
	*pfn = entry & ENTRY_PFN;
	return 0;
}

int hf_census_flags(struct hf_census *census, uint64_t pfn, uint64_t *flags)
{
	if (!hf_census_frames(census))
		return -EPERM;
	return read_entries(census->kpageflags, pfn, flags, 1);
}

static bool is_head(uint64_t flags)
{
	return flags & 1ull << KPF_COMPOUND_HEAD;
}

static bool is_tail(uint64_t flags)
{
	return flags & 1ull << KPF_COMPOUND_TAIL;
}

static bool is_hugetlb(uint64_t flags)
{
	return flags & 1ull << KPF_HUGE;
}

/* A page that is mapped has flags, KPF_MMAP at least. */
static bool is_dark(uint64_t flags)
{
	return !flags;
}

static int is_by_scan(struct hf_census *census, const void *addr, size_t size)
{
	struct page_region region;
	int n = scan(census, addr, size, &region);
	bool huge;

	if (n < 0)
		return n;
	if (n == 0 || region.start != (uintptr_t)addr || region.end != (uintptr_t)addr + size)
		return 0;
	huge = region.categories & PAGE_IS_HUGE;
	if (size == census->pmd)
		return huge;
	/* A base page in a huge mapping, and a larger range in none, are certainly not what was asked for. */
	if ((size == census->page && huge) || (size > census->pmd && !huge))
		return 0;
	return -EPERM;
}

static int is_by_frames(struct hf_census *census, const void *addr, size_t size)
{
	const uint64_t n = size / census->page;
	uint64_t first, last, head, inner, after;
	int err = hf_census_pfn(census, addr, &first);

	if (!err)
		err = hf_census_pfn(census, (const char *)addr + size - census->page, &last);
	if (err)
		return err == -ENODATA ? 0 : err;
	if (last - first != n - 1 || first & (n - 1))
		return 0;
	err = hf_census_flags(census, first, &head);
	if (err)
		return err;
	if (is_dark(head))
		return is_by_scan(census, addr, size);
	if (n == 1)
		return !is_head(head) && !is_tail(head);
	if (!is_head(head))
		return 0;
	/*
	 * An aligned folio whose middle is a tail is no smaller than this. Of hugetlb the last frame has to do: where its vmemmap is
	 * optimised, kpageflags of 6.18 shows one head per page of struct pages, and what hugetlb page a mapping gets is not left to
	 * chance.
	 */
	err = hf_census_flags(census, is_hugetlb(head) ? last : first + n / 2, &inner);
	if (err)
		return err;
	if (!is_tail(inner) || is_hugetlb(inner) != is_hugetlb(head))
		return 0;
	/* One that goes on behind the end is larger: the next frame is a tail like this one, but for being mapped. */
	err = hf_census_flags(census, first + n, &after);
	if (err == -ENODATA)
		return 1;
	if (err)
		return err;
	return !is_tail(after) || ((after ^ inner) & ~(1ull << KPF_MMAP));
}

int hf_census_is(struct hf_census *census, const void *addr, size_t size)
{
	if (size < census->page || size & (size - 1))
		return -EINVAL;
	if ((uintptr_t)addr & (size - 1))
		return 0;
	return hf_census_frames(census) ? is_by_frames(census, addr, size) : is_by_scan(census, addr, size);
}

int hf_census_whole(struct hf_census *census, const void *addr, size_t size)
{
	uint64_t pfn, head, inner;
	int err = hf_census_pfn(census, addr, &pfn);

	if (!err)
		err = hf_census_flags(census, pfn, &head);
	if (err)
		return err;
	if (is_dark(head))
		return hf_census_is(census, addr, size) == 1 ? 1 : -ENXIO;
	if (!is_head(head))
		return 0;
	err = hf_census_flags(census, pfn + size / census->page / 2, &inner);
	return err ? err : is_tail(inner);
}

bool hf_census_dark(struct hf_census *census, const void *addr)
{
	uint64_t pfn, flags;

	return hf_census_pfn(census, addr, &pfn) == 0 && hf_census_flags(census, pfn, &flags) == 0 && is_dark(flags);
}

int hf_census_pmd(struct hf_census *census, const void *addr)
{
	return is_by_scan(census, addr, census->pmd);
}

int hf_census_optimized(struct hf_census *census, const void *addr, size_t size)
{
	const uint64_t step = census->page / STRUCT_PAGE, n = size / census->page;
	uint64_t first, flags, heads = 0, seen = 0;
	int err = hf_census_pfn(census, addr, &first);

	if (err)
		return err;
	err = hf_census_flags(census, first, &flags);
	if (!err && is_dark(flags))
		err = -ENXIO;
	else if (!err && (!is_hugetlb(flags) || !is_head(flags) || n <= step))
		err = -ENODATA;
	/* Of a gigantic page a few hundred frames tell as much as all of them. */
	for (uint64_t i = step; !err && i < n; i += step * (n / step > 256 ? n / step / 256 : 1)) {
		err = hf_census_flags(census, first + i, &flags);
		seen++;
		heads += is_head(flags);
	}
	if (err)
		return err;
	return heads == seen ? 1 : heads ? -EUCLEAN : 0;
}

/* Frames [@pfn, @pfn+@n) go into the count; @n is at most CHUNK. */
static int count_frames(struct hf_census *census, uint64_t pfn, size_t n, struct hf_census_count *count)
{
	uint64_t flags[CHUNK];
	int err = read_entries(census->kpageflags, pfn, flags, n);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		if (flags[i] & 1ull << KPF_ZERO_PAGE)
			count->zero++;
		else if (is_hugetlb(flags[i]))
			count->hugetlb++;
		else if (is_head(flags[i]) || is_tail(flags[i]))
			count->thp++;
		else
			count->base++;
	}
	return 0;
}

/* Neighbouring frames are looked up with one read. */
static int count_entries(struct hf_census *census, const uint64_t *entry, size_t n, struct hf_census_count *count)
{
	for (size_t i = 0, run; i < n; i += run) {
		int err;

		run = 1;
		if (!(entry[i] & ENTRY_PRESENT)) {
			count->absent++;
			continue;
		}
		while (i + run < n && entry[i + run] & ENTRY_PRESENT && (entry[i + run] & ENTRY_PFN) == (entry[i] & ENTRY_PFN) + run)
			run++;
		err = count_frames(census, entry[i] & ENTRY_PFN, run, count);
		if (err)
			return err;
	}
	return 0;
}

int hf_census_range(struct hf_census *census, const void *addr, size_t len, struct hf_census_count *count)
{
	const size_t pages = len / census->page;
	const uint64_t first = (uintptr_t)addr / census->page;
	uint64_t entry[CHUNK];

	if (!hf_census_frames(census))
		return -EPERM;
	if (((uintptr_t)addr | len) & (census->page - 1))
		return -EINVAL;
	*count = (struct hf_census_count){ 0 };
	for (size_t done = 0, n; done < pages; done += n) {
		int err;

		n = pages - done < CHUNK ? pages - done : CHUNK;
		err = read_entries(census->pagemap, first + done, entry, n);
		if (!err)
			err = count_entries(census, entry, n, count);
		if (err)
			return err;
	}
	return 0;
}
