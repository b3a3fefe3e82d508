// SPDX-License-Identifier: GPL-2.0-or-later
/* Backings of base pages and transparent huge pages, and what all backings have in common. Hugetlb pages are in hugetlb.c. */
#include "harness/map.h"

#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "harness/shared.h"
#include "system/quota.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"

int hf_map_try(struct hf_run *run, size_t len, unsigned int flags, struct hf_map *m)
{
	memset(m, 0, sizeof(*m));
	m->fd = -1;
	m->len = (len + run->page - 1) / run->page * run->page;
	m->shared = flags & HF_SHARED;
	return run->bench->mem->map(run, m->len, flags, m);
}

struct hf_map hf_map_new(struct hf_run *run, size_t len, unsigned int flags)
{
	struct hf_map m;
	int err = hf_map_try(run, len, flags, &m);

	if (err)
		hf_broken(run, "cannot map %zu bytes of %s: %s", m.len, run->bench->mem->name, hf_err_name(err));
	return m;
}

struct hf_map hf_map_copy(struct hf_run *run, const struct hf_map *of)
{
	struct hf_map m = { .len = of->len, .fd = dup(of->fd) };

	m.p = mmap(NULL, m.len, PROT_READ | PROT_WRITE, MAP_PRIVATE, m.fd, 0);
	if (m.p == MAP_FAILED)
		hf_broken(run, "cannot map %zu bytes of %s privately: %s", m.len, run->bench->mem->name, hf_err_name(errno));
	return m;
}

int hf_map_huge(const struct hf_run *run, size_t len, struct hf_map *m)
{
	return hf_map_sized(run->page, len, m);
}

int hf_map_sized(size_t page, size_t len, struct hf_map *m)
{
	int bits = __builtin_ctzll(page) << MAP_HUGE_SHIFT;

	*m = (struct hf_map){ .len = len, .fd = -1 };
	m->p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | bits, -1, 0);
	return m->p == MAP_FAILED ? -errno : 0;
}

int hf_map_mount(struct hf_run *run, uint64_t most, uint64_t least)
{
	struct hf_shared *sh = run->shared;
	unsigned int n = atomic_load_explicit(&sh->mounts, memory_order_relaxed);
	int mount = hf_quota_mount(run->page, most, least);

	if (mount < 0)
		hf_skip(run, "no private pool (a hugetlbfs with size= and min_size=) can be had: %s", hf_err_name(mount));
	if (most && n < HF_MOUNTS_MAX) {
		sh->mount[n] = (struct hf_mount){ getpid(), mount, most };
		atomic_store_explicit(&sh->mounts, n + 1, memory_order_release);
	}
	return mount;
}

bool hf_map_serves_private(struct hf_run *run, int mount)
{
	struct hf_map m = hf_map_in(run, mount, run->page, HF_PRIVATE | HF_NORESERVE);
	bool serves = madvise(m.p, m.len, MADV_POPULATE_WRITE) == 0 || errno != EFAULT;

	hf_map_free(run, &m);
	return serves;
}

struct hf_map hf_map_in(struct hf_run *run, int mount, size_t len, unsigned int flags)
{
	struct hf_map m = { .len = len, .fd = hf_quota_file(mount, len), .shared = flags & HF_SHARED };

	if (m.fd < 0)
		hf_broken(run, "no file in a hugetlbfs of our own: %s", hf_err_name(m.fd));
	m.p = mmap(NULL, len, PROT_READ | PROT_WRITE, (m.shared ? MAP_SHARED : MAP_PRIVATE) | (flags & HF_NORESERVE ? MAP_NORESERVE : 0), m.fd, 0);
	if (m.p == MAP_FAILED)
		hf_broken(run, "cannot map %zu bytes of a hugetlbfs of our own: %s", len, hf_err_name(errno));
	return m;
}

void hf_map_free(struct hf_run *run, struct hf_map *m)
{
	if (!m->p)
		return;
	if (munmap(m->p, m->len))
		hf_broken(run, "munmap(%p, %zu): %s", (void *)m->p, m->len, hf_err_name(errno));
	if (m->fd >= 0)
		close(m->fd);
	memset(m, 0, sizeof(*m));
}

void hf_map_reserve(struct hf_run *run, struct hf_map *m)
{
	char *p;

	if (m->shared) {
		p = mmap(NULL, m->len, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
		if (p == MAP_FAILED || munmap(p, m->len))
			hf_broken(run, "cannot reserve %zu bytes again: %s", m->len, hf_err_name(errno));
		return;
	}
	/* Not MAP_FIXED over the old mapping: the new reservation would be made before the old one is released. */
	if (munmap(m->p, m->len))
		hf_broken(run, "munmap(%p, %zu): %s", (void *)m->p, m->len, hf_err_name(errno));
	p = mmap(m->p, m->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED_NOREPLACE, m->fd, 0);
	if (p != m->p)
		hf_broken(run, "cannot map %zu bytes at %p again: %s", m->len, (void *)m->p, hf_err_name(errno));
}

static void zap(struct hf_run *run, const struct hf_map *m, size_t off, size_t len)
{
	if (madvise(m->p + off, len, m->shared ? MADV_REMOVE : MADV_DONTNEED))
		hf_broken(run, "madvise(%p, %zu, %s): %s", (void *)(m->p + off), len, m->shared ? "MADV_REMOVE" : "MADV_DONTNEED", hf_err_name(errno));
}

void hf_map_zap(struct hf_run *run, const struct hf_map *m, size_t off, size_t len)
{
	if (!run->bench->mem->hugetlb) {
		zap(run, m, off, len);
		return;
	}
	for (size_t end = off + len; end > off; end -= run->page)
		zap(run, m, end - run->page, run->page);
}

void hf_map_madvise(struct hf_run *run, const char *file, int line, void *p, size_t len, int advice, const char *name)
{
	if (madvise(p, len, advice))
		hf_broken(run, "%s:%d: madvise(%p, %zu, %s): %s", file, line, p, len, name, hf_err_name(errno));
}

/* Maps @len bytes aligned to @align by mapping more and unmapping the ends. */
static int map_aligned(size_t len, size_t align, int flags, char **out)
{
	char *raw = mmap(NULL, len + align, PROT_READ | PROT_WRITE, flags, -1, 0), *p;

	if (raw == MAP_FAILED)
		return -errno;
	p = (char *)(((uintptr_t)raw + align - 1) & ~(uintptr_t)(align - 1));
	if (p > raw)
		munmap(raw, (size_t)(p - raw));
	if (raw + align > p)
		munmap(p + len, (size_t)(raw + align - p));
	*out = p;
	return 0;
}

static size_t thp_page(const struct hf_run *run)
{
	uint64_t size;

	(void)run;
	return hf_file_read_u64(THP "hpage_pmd_size", &size) ? 0 : (size_t)size;
}

static bool is_shmem(const struct hf_run *run)
{
	return hf_param_known(run, "backing") && hf_param_is(run, "backing", "shmem");
}

/* THP that is switched off altogether stays off unless we may switch it on: .settings does that where the file is writable. */
static bool thp_unmet(const struct hf_run *run, char *why, size_t room)
{
	const char *file = is_shmem(run) ? THP "shmem_enabled" : THP "enabled";
	char mode[128], path[4096];

	if (hf_file_read(file, mode, sizeof(mode)) < 0) {
		snprintf(why, room, "this kernel has no %s", file);
		return true;
	}
	if ((strstr(mode, "[never]") || strstr(mode, "[deny]")) && hf_file_path(file, path, sizeof(path)) && access(path, W_OK)) {
		snprintf(why, room, "%s is %s and cannot be changed", file, mode);
		return true;
	}
	return false;
}

static int thp_map(const struct hf_run *run, size_t len, unsigned int flags, struct hf_map *m)
{
	bool shared = is_shmem(run) || (flags & HF_SHARED);
	int err = map_aligned(len, run->page, (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, &m->p);

	if (err)
		return err;
	m->shared = shared;
	return madvise(m->p, len, MADV_HUGEPAGE) ? -errno : 0;
}

const struct hf_setting *hf_map_thp_settings(bool shmem)
{
	static char file[128];
	static struct hf_setting list[4];
	char path[PATH_MAX];
	uint64_t pmd = 0;
	int n = 0;

	list[n++] = shmem ? (struct hf_setting){ THP "shmem_enabled", "advise|within_size|always|force" } : (struct hf_setting){ THP "enabled", "madvise|always" };
	list[n++] = (struct hf_setting){ THP "defrag", "madvise|defer+madvise|always" };
	hf_file_read_u64(THP "hpage_pmd_size", &pmd);
	snprintf(file, sizeof(file), THP "hugepages-%llukB/%s", (unsigned long long)pmd >> 10, shmem ? "shmem_enabled" : "enabled");
	if (hf_file_path(file, path, sizeof(path)) && access(path, F_OK) == 0) /* since 6.8, of shared memory since 6.11 */
		list[n++] = (struct hf_setting){ file, shmem ? "inherit|advise|within_size|always" : "inherit|madvise|always" };
	list[n] = (struct hf_setting){ .path = NULL };
	return list;
}

static const struct hf_setting *thp_settings(const struct hf_run *run)
{
	return hf_map_thp_settings(is_shmem(run));
}

const struct hf_mem hf_mem_thp = {
	.name = "thp",
	.page = thp_page,
	.unmet = thp_unmet,
	.settings = thp_settings,
	.map = thp_map,
};

static size_t base_page(const struct hf_run *run)
{
	(void)run;
	return (size_t)sysconf(_SC_PAGESIZE);
}

static int base_map(const struct hf_run *run, size_t len, unsigned int flags, struct hf_map *m)
{
	int err = map_aligned(len, run->page, (flags & HF_SHARED ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, &m->p);

	if (err)
		return err;
	/* EINVAL: a kernel without THP; base pages are all it has */
	return madvise(m->p, len, MADV_NOHUGEPAGE) && errno != EINVAL ? -errno : 0;
}

const struct hf_mem hf_mem_base = {
	.name = "base",
	.page = base_page,
	.map = base_map,
};
