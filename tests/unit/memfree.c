// SPDX-License-Identifier: GPL-2.0-or-later
/* Free memory from /proc/zoneinfo. */
#include "system/memfree.h"

#include <errno.h>

#include "tests/unit/fake.h"

#define ZONEINFO "/proc/zoneinfo"

static void test_sum(void **state)
{
	const int64_t page = sysconf(_SC_PAGESIZE);
	int64_t bytes = -1;

	(void)state;
	assert_int_equal(hf_memfree(&bytes), -ENOENT);
	fake_write(ZONEINFO, "Node 0, zone      DMA\n  per-node stats\n      nr_free_cma  77\n");
	assert_int_equal(hf_memfree(&bytes), -ENODATA);
	assert_int_equal(bytes, -1);
	fake_write(ZONEINFO, "Node 0, zone      DMA\n"
			     "  pages free     3840\n        boost    0\n        high     999\n"
			     "      nr_free_pages 3840\n      nr_free_pages_blocks 3584\n"
			     "  pagesets\n    cpu: 0\n              count:    5\n              high:     8\n"
			     "    cpu: 1\n              count:    6\n              batch: 1\n"
			     "Node 0, zone   Normal\n  pages free     100\n    cpu: 0\n              count:    16130\n"
			     "Node 1, zone  Movable\n  pages free     0\n");
	assert_int_equal(hf_memfree(&bytes), 0);
	assert_int_equal(bytes, (3840 + 5 + 6 + 100 + 16130) * page);
}

static int64_t above(const char *text)
{
	int64_t pages = -1;
	int fd, err;

	fake_write(ZONEINFO, text);
	fd = hf_memfree_open();
	assert_true(fd >= 0);
	err = hf_memfree_above(fd, &pages);
	close(fd);
	return err ? err : pages;
}

/* A zone counts by what it has above watermark and reserve, never below 0; per-CPU lists are out of reach. */
static void test_above(void **state)
{
	(void)state;
	assert_int_equal(hf_memfree_open(), -ENOENT);
	assert_int_equal(above("no zone\n"), -ENODATA);
	assert_int_equal(above("Node 0, zone DMA\n  pages free     3808\n        boost    0\n        min      177\n        low      221\n"
			       "        protection: (0, 936, 940, 936)\n"
			       "              count: 5\n              high: 7\n"),
			 3808 - 177 - 940);
	assert_int_equal(above("  pages free 100\n  min 200\n  protection: (0)\n  pages free 50\n  min 20\n  protection: (0, 0)\n  pages free 9\n"), 30 + 9);
	assert_int_equal(above("  pages free 100\n  min 20\n      nr_zone_min 7\n  protection: (0, 900)\n"), 0);
}

/* What it says of this machine is near MemFree: no more than the per-CPU lists lie between them. */
static void test_here(void **state)
{
	int64_t bytes = 0;

	(void)state;
	unsetenv("HF_SYSROOT");
	if (hf_memfree(&bytes))
		skip();
	assert_true(bytes > 0);
	assert_true(bytes < (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(test_sum), TEST(test_above), TEST(test_here) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
