// SPDX-License-Identifier: GPL-2.0-or-later
/* Free page reporting as sysfs shows it. */
#include "system/balloon.h"

#include <errno.h>

#include "tests/unit/fake.h"

#define DEVICE "/sys/bus/virtio/drivers/virtio_balloon/virtio0/features"
#define ORDER "/sys/module/page_reporting/parameters/page_reporting_order"

static void test_reporting(void **state)
{
	(void)state;
	assert_int_equal(hf_balloon_reporting(), -ENOENT);
	fake_write(ORDER, "9\n");
	assert_int_equal(hf_balloon_reporting(), -ENOENT);
	fake_write("/sys/bus/virtio/drivers/virtio_balloon/uevent", "\n");
	fake_write(DEVICE, "0110000000\n");
	assert_int_equal(hf_balloon_reporting(), -ENOENT);
	fake_write(DEVICE, "01100101000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\n");
	assert_int_equal(hf_balloon_reporting(), 9);
	fake_write(DEVICE, "01100\n");
	assert_int_equal(hf_balloon_reporting(), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reporting, fake_setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
