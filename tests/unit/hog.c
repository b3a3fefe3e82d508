// SPDX-License-Identifier: GPL-2.0-or-later
/* The process that takes memory, held to a few MiB. */
#include "system/hog.h"

#include <errno.h>
#include <unistd.h>

#include "tests/unit/fake.h"

#define MOST (8u << 20)

static void test_take(void **state)
{
	struct hf_hog *hog;
	int full;

	(void)state;
	fake_write("/proc/self/oom_score_adj", "0\n");
	assert_int_equal(hf_hog_open(&hog, MOST), 0);
	fake_expect("/proc/self/oom_score_adj", "999");
	/* It has its most and there is still memory: never silently less than all. An ordinary user may have no maps. */
	full = hf_hog_fill(hog);
	assert_true(full == -ENOSPC || (full == -EPERM && geteuid()));
	assert_int_equal(hf_hog_spare(hog, 3), 0);
	assert_int_equal(hf_hog_ease(hog, MOST / 2), 0);
	assert_int_equal(hf_hog_retake(hog), full);
	assert_int_equal(hf_hog_ease(hog, SIZE_MAX), 0);
	assert_int_equal(hf_hog_fill(hog), full);
	assert_int_equal(hf_hog_ease(hog, 1), 0);
	assert_int_equal(hf_hog_killed(hog), 0);
	hf_hog_close(hog);
	hf_hog_close(NULL);
}

/* Where the OOM killer would take somebody else it does not begin. */
static void test_refuse(void **state)
{
	struct hf_hog *hog;

	(void)state;
	assert_int_equal(hf_hog_open(&hog, MOST), -ESRCH);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(test_take), TEST(test_refuse) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
