// SPDX-License-Identifier: GPL-2.0-or-later
/* Counters of splits: a made-up tree, what is missing there, and the kernel at hand. */
#include <errno.h>

#include "fake.h"

#include "system/thpstat.h"

#define STATS "/sys/kernel/mm/transparent_hugepage/hugepages-2048kB/stats/"
#define SIZE ((size_t)2 << 20)

static const char vmstat[] = "nr_free_pages 1\nthp_collapse_alloc 9\nthp_split_page 5\nthp_split_page_failed 6\nthp_deferred_split_page 7\nthp_split_pmd 8\nthp_zero_page_alloc 0\n";

static void test_tree(void **state)
{
	struct hf_thpstat_value v;
	struct hf_thpstat *stat;

	(void)state;
	fake_write("/proc/vmstat", vmstat);
	fake_write(STATS "split", "1\n");
	fake_write(STATS "split_failed", "2\n");
	fake_write(STATS "split_deferred", "3\n");
	fake_write(STATS "nr_anon_partially_mapped", "4\n");
	assert_int_equal(hf_thpstat_open(&stat, SIZE), 0);
	assert_true(hf_thpstat_sized(stat));
	assert_int_equal(hf_thpstat_read(stat, &v), 0);
	assert_int_equal(v.size_split, 1);
	assert_int_equal(v.size_failed, 2);
	assert_int_equal(v.size_deferred, 3);
	assert_int_equal(v.size_partial, 4);
	assert_int_equal(v.split, 5);
	assert_int_equal(v.failed, 6);
	assert_int_equal(v.deferred, 7);
	assert_int_equal(v.pmd, 8);
	assert_int_equal(v.collapse, 9);
	hf_thpstat_close(stat);
	hf_thpstat_close(NULL);
}

/* 6.1: no counters by size. */
static void test_unsized(void **state)
{
	struct hf_thpstat_value v;
	struct hf_thpstat *stat;

	(void)state;
	fake_write("/proc/vmstat", vmstat);
	assert_int_equal(hf_thpstat_open(&stat, SIZE), 0);
	assert_false(hf_thpstat_sized(stat));
	assert_int_equal(hf_thpstat_read(stat, &v), 0);
	assert_int_equal(v.split, 5);
	assert_int_equal(v.size_split, 0);
	assert_int_equal(v.size_partial, -1);
	hf_thpstat_close(stat);
}

static void test_missing(void **state)
{
	struct hf_thpstat *stat;

	(void)state;
	assert_int_equal(hf_thpstat_open(&stat, SIZE), -ENOENT);
	fake_write("/proc/vmstat", "nr_free_pages 1\npgfault 2\n"); /* a kernel without THP */
	assert_int_equal(hf_thpstat_open(&stat, SIZE), -ENOENT);
	fake_write("/proc/vmstat", "nr_free_pages 1\nthp_collapse_alloc 9\nthp_split_page x\nthp_split_page_failed 6\nthp_deferred_split_page 7\nthp_split_pmd 8\n");
	assert_int_equal(hf_thpstat_open(&stat, SIZE), -ENOENT);
}

/* A file longer than what the kernel gives at once. */
static void test_long(void **state)
{
	char text[12000];
	size_t len = 0;
	struct hf_thpstat_value v;
	struct hf_thpstat *stat;

	(void)state;
	for (int i = 0; len < 9000; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "other_%d %d\n", i, i);
	snprintf(text + len, sizeof(text) - len, "%s", vmstat);
	fake_write("/proc/vmstat", text);
	assert_int_equal(hf_thpstat_open(&stat, SIZE), 0);
	assert_int_equal(hf_thpstat_read(stat, &v), 0);
	assert_int_equal(v.pmd, 8);
	hf_thpstat_close(stat);
}

static void test_here(void **state)
{
	struct hf_thpstat_value v;
	struct hf_thpstat *stat;

	(void)state;
	unsetenv("HF_SYSROOT");
	if (hf_thpstat_open(&stat, SIZE))
		skip();
	assert_int_equal(hf_thpstat_read(stat, &v), 0);
	assert_true(v.split >= 0 && v.pmd >= 0);
	hf_thpstat_close(stat);
}

#define WITH_TREE(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { WITH_TREE(test_tree), WITH_TREE(test_unsized), WITH_TREE(test_missing), WITH_TREE(test_long), WITH_TREE(test_here) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
