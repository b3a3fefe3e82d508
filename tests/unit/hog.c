// SPDX-License-Identifier: GPL-2.0-or-later
/* The process that takes memory, held to a few MiB: a faked /proc/zoneinfo always shows that there is more. */
#include "system/hog.h"

#include <errno.h>

#include "tests/unit/fake.h"

#define MOST (8u << 20)

static void plenty(void)
{
	fake_write("/proc/zoneinfo", "  pages free     1000000\n        min      10\n        protection: (0, 0)\n");
	fake_write("/proc/self/oom_score_adj", "0\n");
}

static void test_take(void **state)
{
	struct hf_hog *hog;

	(void)state;
	plenty();
	assert_int_equal(hf_hog_open(&hog, MOST), 0);
	fake_expect("/proc/self/oom_score_adj", "1000");
	/* It has its most and there is still memory: never silently less than all. */
	assert_int_equal(hf_hog_fill(hog), -ENOSPC);
	assert_int_equal(hf_hog_ease(hog, MOST / 2), 0);
	assert_int_equal(hf_hog_fill(hog), -ENOSPC);
	assert_int_equal(hf_hog_ease(hog, SIZE_MAX), 0);
	hf_hog_close(hog);
	hf_hog_close(NULL);
}

/* Without the file that says what is left, and where the OOM killer would take somebody else, it does not begin. */
static void test_refuse(void **state)
{
	struct hf_hog *hog;

	(void)state;
	assert_int_equal(hf_hog_open(&hog, MOST), -ESRCH);
	fake_write("/proc/zoneinfo", "  pages free     1000000\n");
	assert_int_equal(hf_hog_open(&hog, MOST), -ESRCH);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(test_take), TEST(test_refuse) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
