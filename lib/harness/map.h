/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Backings: memory of a stated page size for a benchmark, and checked system calls (file:line, call, errno; the repeat ends as broken). */
#ifndef HF_HARNESS_MAP_H
#define HF_HARNESS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "harness/run.h"

/**
 * struct hf_map - a mapping
 * @p:		aligned to the run's page size
 * @len:	bytes, a multiple of it
 * @fd:		what it maps, or -1
 * @shared:	MAP_SHARED
 */
struct hf_map {
	char *p;
	size_t len;
	int fd;
	bool shared;
};

enum hf_map_flags {
	HF_PRIVATE = 0,
	HF_SHARED = 1,
	HF_NORESERVE = 2, /* hugetlb: MAP_NORESERVE, pages are not set aside */
	HF_FILE = 4,	  /* hugetlb: a file behind it, for fallocate(2); memfd where "via" says anon */
	HF_POPULATE = 8,  /* hugetlb: MAP_POPULATE */
};

/**
 * struct hf_mem - a backing
 * @name:	word in records
 * @hugetlb:	pages come from a pool, which the supervisor grows
 * @mounts:	wants private hugetlbfs mounts and a clean environment before main() (libhugetlbfs reads both in its constructor)
 * @page:	page size for these parameters; 0 if this kernel does not have it
 * @unmet:	fills @why when the backing cannot be had at all, whatever we change; returns true then; may be NULL
 * @settings:	knobs that the backing needs for these parameters, NULL-path-terminated; may be NULL
 * @map:	map @len bytes; returns 0 or -errno
 */
struct hf_mem {
	const char *name;
	bool hugetlb, mounts;
	size_t (*page)(const struct hf_run *run);
	bool (*unmet)(const struct hf_run *run, char *why, size_t room);
	const struct hf_setting *(*settings)(const struct hf_run *run);
	int (*map)(const struct hf_run *run, size_t len, unsigned int flags, struct hf_map *m);
};

/** hf_mem_hugetlb - hugetlb pages; parameters HF_HUGETLB_PARAMS. The only thing that pulls libhugetlbfs into a program. */
extern const struct hf_mem hf_mem_hugetlb;
/** hf_mem_thp - PMD-sized transparent huge pages; with a parameter "backing" = anon|shmem also shared memory */
extern const struct hf_mem hf_mem_thp;
/** hf_mem_base - anonymous base pages, MADV_NOHUGEPAGE */
extern const struct hf_mem hf_mem_base;

/**
 * hf_map_thp_settings() - the settings that PMD-sized THP on request needs: of all sizes, and where the kernel has one for each size (mm/huge_memory.c,
 * thpsize_create()), of that one
 * @shmem: for shared memory, not anonymous
 *
 * Return: a list as hf_mem.settings wants it, good until the next call.
 */
const struct hf_setting *hf_map_thp_settings(bool shmem);

#define HF_HUGETLB_PARAMS HF_HUGETLB_PARAMS_PAGES(NULL)
#define HF_HUGETLB_PARAMS_PAGES(full)                                                                                        \
	{ "page", HF_SIZE, "2M", "16K", "16G", "huge page size", NULL, full },                                               \
	{ "via", HF_CHOICE, "anon", "anon|memfd|libhugetlbfs", NULL, "how pages are asked for: MAP_HUGETLB, memfd_create(MFD_HUGETLB), hugetlbfs_unlinked_fd_for_size()", NULL, NULL }

/** hf_map_new() - map @len bytes (rounded up to pages) of the run's backing; ends the repeat as broken on failure */
struct hf_map hf_map_new(struct hf_run *run, size_t len, unsigned int flags);
/** hf_map_try() - the same, but returns -errno (0 on success) */
int hf_map_try(struct hf_run *run, size_t len, unsigned int flags, struct hf_map *m);
/** hf_map_copy() - a private mapping of the same file, to be written copy-on-write; @of was made with HF_FILE */
struct hf_map hf_map_copy(struct hf_run *run, const struct hf_map *of);
/** hf_map_huge() - map @len bytes of reserved, private hugetlb pages of the run's page size, whatever the backing. Return: 0 or -errno. */
int hf_map_huge(const struct hf_run *run, size_t len, struct hf_map *m);
/** hf_map_sized() - the same of pages of @page bytes */
int hf_map_sized(size_t page, size_t len, struct hf_map *m);
/** hf_map_mount() - a private pool of the run's page size (system/quota.h): @least pages of its own, @most at most; ends the repeat as skipped where it cannot be had */
int hf_map_mount(struct hf_run *run, uint64_t most, uint64_t least);
/**
 * hf_map_serves_private() - whether private mappings that have no reservation of their own get the private pool's own pages
 *
 * Before 6.14 they do not: dequeue_hugetlb_folio_vma() in mm/hugetlb.c (6.12) lets them have unreserved pages alone, which those are not, so they get SIGBUS although the quota is not full.
 *
 * Return: true also where it cannot be told (before 5.14).
 */
bool hf_map_serves_private(struct hf_run *run, int mount);
/** hf_map_in() - map @len bytes of a file in it; HF_SHARED and HF_NORESERVE count. Ends the repeat as broken on failure. */
struct hf_map hf_map_in(struct hf_run *run, int mount, size_t len, unsigned int flags);
/** hf_map_free() - unmap and close; a mapping that is all zero is ignored */
void hf_map_free(struct hf_run *run, struct hf_map *m);
/** hf_map_zap() - give the pages of [@off, @off+@len) back: MADV_DONTNEED if private, MADV_REMOVE (a hole is punched) if shared
 *
 * Hugetlb pages go back one by one, the last first: the pool is a stack (enqueue_hugetlb_folio() and dequeue_hugetlb_folio_node_exact() in mm/hugetlb.c both
 * work at the head), so the next pass takes them in the same order and each is as cold as the region is large. */
void hf_map_zap(struct hf_run *run, const struct hf_map *m, size_t off, size_t len);

/**
 * hf_map_reserve() - reserve the pages of a zapped hugetlb mapping again
 *
 * Punching a hole drops the reservation (hugetlb_unreserve_pages() in fs/hugetlbfs/inode.c, remove_inode_single_folio()), and whether MADV_DONTNEED keeps that of
 * a private mapping depends on the version. A shared mapping (HF_FILE) is reserved for by mapping the file once more; a private one is mapped anew at its
 * address, which only threads of the same process notice.
 */
void hf_map_reserve(struct hf_run *run, struct hf_map *m);

/** hf_safe_madvise() - madvise(2) that must succeed */
#define hf_safe_madvise(run, p, len, advice) hf_map_madvise(run, __FILE__, __LINE__, p, len, advice, #advice)
/** hf_map_madvise() - what hf_safe_madvise() calls, with the place it was called from */
void hf_map_madvise(struct hf_run *run, const char *file, int line, void *p, size_t len, int advice, const char *name);

/** hf_touch() - write one byte: the store is not optimised away */
static inline void hf_touch(void *p)
{
	*(volatile char *)p = 1;
}

/** hf_peek() - read one byte */
static inline char hf_peek(const void *p)
{
	return *(const volatile char *)p;
}

#endif
