// SPDX-License-Identifier: GPL-2.0-or-later
/* Page census on real mappings: by frame numbers where the test may see them, and in a child without privileges by PAGEMAP_SCAN. */
#include <errno.h>
#include <limits.h>
#include <linux/kernel-page-flags.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "system/census.h"
#include "system/knob.h"
#include "system/lock.h"
#include "tests/unit/fake.h"

#define NR_HUGEPAGES "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
#define HUGETLB_2M (MAP_HUGETLB | 21 << 26)

static size_t page, pmd;
static int run_lock = -1;

/* The tests see and change what runs see and change: one at a time per machine. Without the lock they are skipped. */
static int take_lock(void **state)
{
	char dir[PATH_MAX];

	(void)state;
	if (hf_knob_state_dir(dir, sizeof(dir)) == 0)
		run_lock = hf_lock_take(dir, 30000, NULL);
	return 0;
}

static int drop_lock(void **state)
{
	(void)state;
	if (run_lock >= 0)
		close(run_lock);
	return 0;
}

/* An aligned address range of @len bytes, @advice given for all of it. */
static char *map_aligned(size_t len, size_t align, int advice)
{
	char *p = mmap(NULL, len + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *at;

	assert_ptr_not_equal(p, MAP_FAILED);
	at = (char *)(((uintptr_t)p + align - 1) & ~(align - 1));
	if (at > p)
		assert_int_equal(munmap(p, (size_t)(at - p)), 0);
	assert_int_equal(munmap(at + len, (size_t)(p + align - at)), 0);
	if (madvise(at, len, advice))
		skip(); /* no THP in this kernel */
	return at;
}

static struct hf_census *census_open(bool frames)
{
	struct hf_census *census = NULL;
	char why[128];

	if (run_lock < 0 || hf_census_open(&census, why, sizeof(why)) || hf_census_frames(census) != frames) {
		hf_census_close(census);
		skip();
	}
	assert_string_equal(why, "");
	return census;
}

static bool thp_allowed(void)
{
	char text[64];

	return hf_file_read("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof(text)) > 0 && !strstr(text, "[never]");
}

static void assert_count(struct hf_census *census, const void *p, size_t len, struct hf_census_count want)
{
	struct hf_census_count got;

	assert_int_equal(hf_census_range(census, p, len, &got), 0);
	assert_int_equal(got.absent, want.absent);
	assert_int_equal(got.base, want.base);
	assert_int_equal(got.thp, want.thp);
	assert_int_equal(got.hugetlb, want.hugetlb);
	assert_int_equal(got.zero, want.zero);
}

static void test_base(void **state)
{
	struct hf_census *census = census_open(true);
	char *p = map_aligned(2 * pmd, pmd, MADV_NOHUGEPAGE);
	const uint64_t n = pmd / page;
	uint64_t pfn, flags;
	volatile char sink;

	(void)state;
	assert_int_equal(hf_census_pfn(census, p, &pfn), -ENODATA);
	assert_int_equal(hf_census_is(census, p, page), 0);
	assert_count(census, p, 2 * pmd, (struct hf_census_count){ .absent = 2 * n });

	/* the first half of the range written, one page of the second read, which maps the zero page */
	memset(p, 1, pmd);
	sink = p[pmd + page];
	(void)sink;
	assert_int_equal(hf_census_pfn(census, p, &pfn), 0);
	assert_int_equal(hf_census_flags(census, pfn, &flags), 0);
	assert_true(flags & 1ull << KPF_ANON);
	assert_int_equal(hf_census_is(census, p, page), 1);
	assert_int_equal(hf_census_is(census, p, pmd), 0);
	assert_int_equal(hf_census_is(census, p, 2 * page), 0);
	assert_count(census, p, 2 * pmd, (struct hf_census_count){ .absent = n - 1, .base = n, .zero = 1 });

	assert_int_equal(hf_census_is(census, p, page + 1), -EINVAL);
	assert_int_equal(hf_census_is(census, p, page / 2), -EINVAL);
	assert_int_equal(hf_census_is(census, p + page, 2 * page), 0);
	assert_int_equal(hf_census_range(census, p + 1, page, &(struct hf_census_count){ 0 }), -EINVAL);
	assert_int_equal(hf_census_flags(census, 1ull << 50, &flags), -ENODATA);
	munmap(p, 2 * pmd);
	hf_census_close(census);
}

static void test_thp(void **state)
{
	struct hf_census *census = census_open(true);
	const uint64_t n = pmd / page;
	char *p;

	(void)state;
	if (!thp_allowed()) {
		hf_census_close(census);
		skip();
	}
	p = map_aligned(2 * pmd, pmd, MADV_HUGEPAGE);
	p[0] = 1;
	assert_int_equal(hf_census_is(census, p, pmd), 1);
	assert_int_equal(hf_census_is(census, p, pmd / 2), 0);
	assert_int_equal(hf_census_is(census, p + pmd / 2, pmd / 2), 0);
	assert_int_equal(hf_census_is(census, p, page), 0);
	assert_int_equal(hf_census_is(census, p + page, page), 0);
	assert_int_equal(hf_census_is(census, p + pmd, pmd), 0);
	assert_count(census, p, 2 * pmd, (struct hf_census_count){ .absent = n, .thp = n });

	/* mapped by PTEs now, and still one folio as long as its first and last page are there */
	assert_int_equal(madvise(p + 3 * page, page, MADV_DONTNEED), 0);
	assert_int_equal(hf_census_is(census, p + 3 * page, page), 0);
	assert_count(census, p, pmd, (struct hf_census_count){ .absent = 1, .thp = n - 1 });
	assert_int_equal(madvise(p, page, MADV_DONTNEED), 0);
	assert_int_equal(hf_census_is(census, p, pmd), 0);
	munmap(p, 2 * pmd);
	hf_census_close(census);
}

static void test_huge_zero(void **state)
{
	struct hf_census *census = census_open(true);
	volatile char sink;
	uint64_t on = 0;
	char *p;

	(void)state;
	hf_file_read_u64("/sys/kernel/mm/transparent_hugepage/use_zero_page", &on);
	if (!on || !thp_allowed()) {
		hf_census_close(census);
		skip();
	}
	p = map_aligned(pmd, pmd, MADV_HUGEPAGE);
	sink = p[0];
	(void)sink;
	assert_count(census, p, pmd, (struct hf_census_count){ .zero = pmd / page });
	munmap(p, pmd);
	hf_census_close(census);
}

#define HALVES 64
#define FOLIOS (HALVES * 16)

/*
 * Two folios that are neighbours in memory are not one of double size when they are mapped side by side, too, which only the middle frame
 * shows. Such a pair is looked for among many folios and moved together. They come from mappings shorter than a PMD, so that none is
 * huge-mapped.
 */
static void test_mthp(void **state)
{
	static const char enabled[] = "/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled";
	static struct {
		char *at;
		uint64_t pfn;
	} folio[FOLIOS], *a, *b;
	const size_t size = 64 << 10, len = HALVES * pmd;
	struct hf_census *census = census_open(true);
	char was[64], *word, *p, *pair;
	unsigned int n = 0, bad = 0;

	(void)state;
	if (pmd != 32 * size || hf_file_read(enabled, was, sizeof(was)) < 0 || hf_file_write(enabled, "madvise")) {
		hf_census_close(census);
		skip();
	}
	word = strchr(was, '[') + 1;
	*strchr(word, ']') = '\0';
	p = map_aligned(len, pmd, MADV_HUGEPAGE);
	for (char *half = p; half < p + len; half += pmd) {
		munmap(half + pmd / 2, pmd / 2);
		for (char *at = half; at < half + pmd / 2; at += size) {
			at[0] = 1;
			if (hf_census_is(census, at, size) != 1)
				continue; /* memory is too fragmented */
			bad += hf_census_is(census, at, size / 2) != 0 || hf_census_is(census, at, page) != 0;
			bad += hf_census_pfn(census, at, &folio[n].pfn) != 0;
			folio[n++].at = at;
		}
	}
	assert_int_equal(hf_file_write(enabled, word), 0);
	assert_int_equal(bad, 0);

	pair = map_aligned(2 * size, 2 * size, MADV_NOHUGEPAGE);
	for (a = folio; a < folio + n; a++) {
		if (a->pfn & (2 * size / page - 1))
			continue;
		for (b = folio; b < folio + n && b->pfn != a->pfn + size / page; b++)
			;
		if (b < folio + n)
			break;
	}
	if (a < folio + n) {
		assert_ptr_equal(mremap(a->at, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, pair), pair);
		assert_ptr_equal(mremap(b->at, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, pair + size), pair + size);
		assert_int_equal(hf_census_is(census, pair, size), 1);
		assert_int_equal(hf_census_is(census, pair + size, size), 1);
		assert_int_equal(hf_census_is(census, pair, 2 * size), 0);
	}
	munmap(pair, 2 * size);
	munmap(p, len);
	hf_census_close(census);
	if (a == folio + n)
		skip();
}

/* Where the vmemmap of hugetlb pages is optimised their sizes cannot be told apart (hf_census_is()). */
static bool hvo_off(void)
{
	uint64_t on = 0;

	hf_file_read_u64("/proc/sys/vm/hugetlb_optimize_vmemmap", &on);
	return !on;
}

static void test_hugetlb(void **state)
{
	struct hf_census *census = census_open(true);
	struct hf_census_count count = { 0 };
	const size_t size = 2 << 20;
	int whole = -1, half = -1, base = -1, optimised = -1, beside = -1;
	uint64_t before, with = 0;
	char text[32], *p;

	(void)state;
	if (hf_file_read_u64(NR_HUGEPAGES, &before)) {
		hf_census_close(census);
		skip();
	}
	snprintf(text, sizeof(text), "%llu", (unsigned long long)before + 1);
	hf_file_write(NR_HUGEPAGES, text);
	hf_file_read_u64(NR_HUGEPAGES, &with);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | HUGETLB_2M, -1, 0);
	if (p != MAP_FAILED) {
		p[0] = 1;
		whole = hf_census_is(census, p, size);
		half = hf_census_is(census, p, size / 2);
		base = hf_census_is(census, p, page);
		optimised = hf_census_optimized(census, p, size);
		beside = hf_census_optimized(census, text, size);
		hf_census_range(census, p, size, &count);
		munmap(p, size);
	}
	/* nothing is asserted before the pool is as it was */
	snprintf(text, sizeof(text), "%llu", (unsigned long long)before);
	assert_int_equal(hf_file_write(NR_HUGEPAGES, text), 0);
	hf_census_close(census);
	if (with != before + 1)
		skip(); /* no free memory for one, or not allowed */
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(whole, 1);
	assert_int_equal(base, 0);
	assert_int_equal(count.hugetlb, size / page);
	assert_int_equal(count.absent + count.base + count.thp + count.zero, 0);
	assert_int_equal(beside, -ENODATA); /* no hugetlb page */
	if (hvo_off()) {
		assert_int_equal(half, 0);
		assert_int_equal(optimised, 0);
	} else {
		assert_true(optimised == 0 || optimised == 1); /* whether it shows depends on the version */
	}
}

/* What an ordinary user learns; runs in a child. Return: 0, 77 when it cannot be told here, else the number of the broken expectation. */
static int unprivileged(char *thp, char *base, char *none)
{
	struct hf_census_count count;
	struct hf_census *census;
	uint64_t v;
	char why[128];
	int err;

	if (getuid() == 0 && (setgid(65534) || setuid(65534)))
		return 1;
	prctl(PR_SET_DUMPABLE, 1); /* setuid() took /proc/self away from its new owner */
	err = hf_census_open(&census, why, sizeof(why));
	if (err)
		return err == -EPERM && strstr(why, "PAGEMAP_SCAN") ? 77 : 2;
	if (hf_census_frames(census))
		return 3;
	if (hf_census_pfn(census, base, &v) != -EPERM || hf_census_flags(census, 1, &v) != -EPERM ||
	    hf_census_range(census, base, page, &count) != -EPERM)
		return 4;
	if (thp && (hf_census_is(census, thp, pmd) != 1 || hf_census_is(census, thp, page) != 0))
		return 5;
	if (hf_census_is(census, base, pmd) != 0 || hf_census_is(census, base, page) != -EPERM || hf_census_is(census, base, 2 * pmd) != 0)
		return 6;
	if (hf_census_is(census, none, pmd) != 0 || hf_census_is(census, none, page) != 0)
		return 7;
	/* one base page gone: the rest is mapped by PTEs */
	if (thp && (madvise(thp + page, page, MADV_DONTNEED) || hf_census_is(census, thp, pmd) != 0))
		return 8;
	hf_census_close(census);
	return 0;
}

static void test_unprivileged(void **state)
{
	char *base = map_aligned(2 * pmd, 2 * pmd, MADV_NOHUGEPAGE), *none = map_aligned(pmd, pmd, MADV_NOHUGEPAGE), *thp = NULL;
	int status;
	pid_t pid;

	(void)state;
	memset(base, 1, 2 * pmd);
	if (thp_allowed()) {
		thp = map_aligned(pmd, pmd, MADV_HUGEPAGE);
		thp[0] = 1;
	}
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(unprivileged(thp, base, none));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A kernel that shows no flag of any frame: what can be told is told from the page table. */
static void test_dark(void **state)
{
	struct hf_census *census;
	char path[PATH_MAX], real[PATH_MAX];
	char *p;

	assert_int_equal(fake_setup(state), 0);
	fake_write("/proc/kpageflags", "");
	fake_path("/proc/kpageflags", path, sizeof(path));
	assert_int_equal(truncate(path, (off_t)1 << 40), 0); /* 512 TiB of frames */
	fake_write("/proc/self/none", "");
	fake_path("/proc/self/pagemap", path, sizeof(path));
	snprintf(real, sizeof(real), "/proc/%d/pagemap", (int)getpid());
	assert_int_equal(symlink(real, path), 0);
	census = census_open(true);
	p = map_aligned(2 * pmd, pmd, MADV_HUGEPAGE);
	assert_false(hf_census_dark(census, p));
	p[0] = 1;
	assert_true(hf_census_dark(census, p));
	assert_int_equal(hf_census_optimized(census, p, pmd), -ENXIO);
	if (hf_census_pmd(census, p) == 1) { /* else no THP, or no PAGEMAP_SCAN */
		assert_int_equal(hf_census_is(census, p, pmd), 1);
		assert_int_equal(hf_census_whole(census, p, pmd), 1);
		assert_int_equal(hf_census_is(census, p, page), 0);
		assert_int_equal(madvise(p + 3 * page, page, MADV_DONTNEED), 0);
	}
	assert_int_equal(hf_census_whole(census, p, pmd), -ENXIO);
	munmap(p, 2 * pmd);
	hf_census_close(census);
	unsetenv("HF_SYSROOT");
	assert_int_equal(fake_teardown(state), 0);
}

static void test_no_pagemap(void **state)
{
	struct hf_census *census = NULL;
	char why[128] = "";

	(void)state;
	setenv("HF_SYSROOT", "/nonexistent", 1);
	assert_int_equal(hf_census_open(&census, why, sizeof(why)), -ENOSYS);
	unsetenv("HF_SYSROOT");
	assert_non_null(strstr(why, "CONFIG_PROC_PAGE_MONITOR"));
	hf_census_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base),	   cmocka_unit_test(test_thp),	   cmocka_unit_test(test_huge_zero),
		cmocka_unit_test(test_mthp),	   cmocka_unit_test(test_hugetlb), cmocka_unit_test(test_unprivileged),
		cmocka_unit_test(test_dark),	   cmocka_unit_test(test_no_pagemap),
	};
	uint64_t size = 2 << 20;

	hf_file_read_u64("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", &size);
	page = (size_t)sysconf(_SC_PAGESIZE);
	pmd = size;
	return cmocka_run_group_tests(tests, take_lock, drop_lock);
}
