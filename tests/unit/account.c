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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(isolated_blocks, fake_setup, fake_teardown) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
