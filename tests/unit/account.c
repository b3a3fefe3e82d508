// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums over the machine. */
#include "system/account.h"

#include <errno.h>

#include "tests/unit/fake.h"

#define TYPES "/proc/pagetypeinfo"
#define FREE "Free pages count per migrate type at order       0      1      2\n"
#define TITLE "Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic      Isolate \n"

/* With two nodes the second one's table of free pages stands behind the first one's table of blocks. */
static void isolated_blocks(void **state)
{
	int64_t blocks = -1;

	(void)state;
	assert_int_equal(hf_account_isolated(&blocks), -ENOENT);
	fake_write(TYPES, "Page block order: 9\n\n" FREE "Node    0, zone   Normal, type    Unmovable    938   1611   2623\n\n" TITLE
			  "Node 0, zone      DMA            1            7            0            0            0 \n"
			  "Node 0, zone   Normal          459        10002          291            0            2 \n"
			  "Page block order: 9\n\n" FREE "Node    1, zone   Normal, type    Unmovable     38    611    623 \n\n" TITLE
			  "Node 1, zone  Movable            0          512            0            0            1 \n");
	assert_int_equal(hf_account_isolated(&blocks), 0);
	assert_int_equal(blocks, 3);
	fake_write(TYPES, "Number of blocks type     Unmovable      Movable \nNode 0, zone      DMA            1            7 \n");
	assert_int_equal(hf_account_isolated(&blocks), -ENOENT);
}

static void isolated_pages(void **state)
{
	int64_t pages = -1;

	(void)state;
	assert_int_equal(hf_account_isolated_pages(&pages), -ENOENT);
	fake_write("/proc/vmstat", "nr_isolated_anon 512\nnr_inactive_anon 9\nnr_isolated_file 3\n");
	assert_int_equal(hf_account_isolated_pages(&pages), 0);
	assert_int_equal(pages, 515);
}

static void off_lru(void **state)
{
	int64_t bytes = -1;

	(void)state;
	assert_int_equal(hf_account_off_lru(&bytes), -ENOENT);
	fake_write("/proc/meminfo", "MemTotal:  9000 kB\nBuffers: 10 kB\nCached: 300 kB\nSwapCached: 7 kB\nActive: 100 kB\nInactive: 250 kB\nActive(anon): 1 kB\nUnevictable: 20 kB\nAnonPages: 100 kB\n");
	assert_int_equal(hf_account_off_lru(&bytes), 0);
	assert_int_equal(bytes, 40 << 10);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(isolated_blocks), TEST(isolated_pages), TEST(off_lru) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
