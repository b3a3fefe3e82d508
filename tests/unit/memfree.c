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
	static const struct CMUnitTest tests[] = { TEST(test_sum), TEST(test_here) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
