/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which page really backs an address. With CAP_SYS_ADMIN: /proc/self/pagemap for the frame, /proc/kpageflags for what it is
 * (Documentation/admin-guide/mm/pagemap.rst). Without: the PAGEMAP_SCAN ioctl's PAGE_IS_HUGE (6.7+), which knows PMD mappings and
 * hugetlb only and does not tell sizes of hugetlb pages apart.
 *
 * Some frames are dark: mapped, and yet without a flag in kpageflags. Seen in virtual machines whose kernel initialises struct pages when memory is first needed (deferred_init=lazy): of a
 * block that has only been handed out in part, at boot, no flags are shown. What is there is told as without frames.
 */
#ifndef HF_SYSTEM_CENSUS_H
#define HF_SYSTEM_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct hf_census;

/**
 * hf_census_open() - for the calling process (open it again after fork)
 * @census: set on success
 * @why: filled with what is missing when the result is an error
 *
 * Return: 0; -EPERM or -ENOSYS when page sizes cannot be told here; other -errno.
 */
int hf_census_open(struct hf_census **census, char *why, size_t room);

/** hf_census_close() - NULL is allowed */
void hf_census_close(struct hf_census *census);

/** hf_census_frames() - whether page frame numbers are visible (CAP_SYS_ADMIN) */
bool hf_census_frames(const struct hf_census *census);

/** hf_census_pfn() - frame behind @addr. Return: 0, -ENODATA (nothing present there), -EPERM, other -errno. */
int hf_census_pfn(struct hf_census *census, const void *addr, uint64_t *pfn);

/** hf_census_flags() - KPF_* bits (linux/kernel-page-flags.h) of frame @pfn. Return: 0, -ENODATA (no such frame), -EPERM, other -errno. */
int hf_census_flags(struct hf_census *census, uint64_t pfn, uint64_t *flags);

/**
 * hf_census_is() - is the page at @addr one folio (or hugetlb page) of @size bytes?
 * @addr: aligned to @size, or the result is 0
 * @size: a power of two, at least the base page size
 *
 * True when the first and the last base page map frames that far apart, the first frame is aligned and a compound head, the
 * middle one a tail and the one after the last no tail like it (for a base page: neither head nor tail). Folios are aligned to their
 * size, so that leaves no other size and no two neighbours; hugetlb pages of different sizes are not told apart for certain. A
 * folio counts whether a PMD or PTEs map it; the huge zero page is a folio like any other. Five reads of 8 bytes: cheap enough
 * for every sample.
 *
 * Without frames, and of dark ones: 1 when all of a PMD-sized range is mapped by a PMD or hugetlb, 0 when not, and -EPERM for what that cannot tell.
 *
 * Return: 1 yes, 0 no, -errno when it cannot be told.
 */
int hf_census_is(struct hf_census *census, const void *addr, size_t size);

/**
 * hf_census_whole() - does a folio of at least @size bytes begin with the page mapped at @addr?
 * @size: a power of two, at least four base pages
 *
 * Only the frame at @addr has to be mapped: true when it is a compound head and the one half @size further a tail. A folio that was split, evenly or into one
 * half, one quarter and so on (folio_split() in mm/huge_memory.c, 6.15), has neither.
 *
 * Return: 1 yes, 0 no, -ENODATA nothing is present at @addr, -ENXIO its frame is dark and no PMD maps it, other -errno.
 */
int hf_census_whole(struct hf_census *census, const void *addr, size_t size);

/** hf_census_dark() - is the page at @addr one whose flags the kernel does not show? False without frames, and where nothing is. */
bool hf_census_dark(struct hf_census *census, const void *addr);

/**
 * hf_census_pmd() - is all of the PMD-sized range at @addr mapped by a PMD? By PAGEMAP_SCAN (6.7).
 *
 * Return: 1 yes, 0 no, -errno when it cannot be told.
 */
int hf_census_pmd(struct hf_census *census, const void *addr);

/**
 * hf_census_optimized() - is the hugetlb page at @addr one whose vmemmap is optimised (HVO)?
 * @addr: its first byte; it must be there (touched)
 * @size: its page size
 *
 * With HVO the struct pages of a hugetlb page share one page of memory, the first of them, which holds the head: mapped again, it shows a compound head
 * every (base page size / sizeof(struct page)) frames. Whether /proc/kpageflags shows these false heads depends on the version: 6.18 does
 * (fs/proc/page.c reads a snapshot), 6.12 corrects them (page_folio()). So "no" is proof where "yes" has been seen on the same kernel, and
 * otherwise the memory won has to tell (system/memfree.h).
 *
 * Return: 1 all the heads that HVO would show are there, 0 none is, -EUCLEAN some are, -ENXIO its frame is dark, -ENODATA no hugetlb page of that size there, other -errno.
 */
int hf_census_optimized(struct hf_census *census, const void *addr, size_t size);

/**
 * struct hf_census_count - base pages of a range by what they are
 * @absent: not mapped or not present      @base: order-0 pages    @thp: parts of a THP or mTHP     @hugetlb: parts of hugetlb pages
 * @zero: the shared zero page, small or huge
 */
struct hf_census_count {
	uint64_t absent, base, thp, hugetlb, zero;
};

/** hf_census_range() - count the base pages of [@addr, @addr+@len), both aligned to base pages. Needs frames. Return: 0 or -errno. */
int hf_census_range(struct hf_census *census, const void *addr, size_t len, struct hf_census_count *count);

#endif
