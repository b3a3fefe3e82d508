// SPDX-License-Identifier: GPL-2.0-or-later
/* The line through whole-call times: exact ones come back, small batches count as much as large ones, nonsense is refused. */
#include "compare/lib/cost.h"

#include <errno.h>

#include "tests/unit/fake.h"

static void test_exact(void **state)
{
	static const double x[] = { 1, 8, 64, 512 };
	static const struct {
		double fixed, each;
	} t[] = { { 0, 5000 }, { 8e6, 5000 }, { 1000, 0 }, { 8e6, 1 }, { -3, 10 } };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		double y[4], fixed, each;

		for (size_t k = 0; k < 4; k++)
			y[k] = t[i].fixed + t[i].each * x[k];
		assert_int_equal(hf_cost_fit(x, y, 4, &fixed, &each), 0);
		assert_float_equal(fixed, t[i].fixed, 1e-3 + 1e-9 * y[3]);
		assert_float_equal(each, t[i].each, 1e-3 + 1e-9 * y[3]);
	}
}

/* One batch of 512 that is off by 10 % moves the fixed cost less than plain least squares would have it (there: by nothing but the far end). */
static void test_relative(void **state)
{
	static const double x[] = { 1, 2, 512 }, y[] = { 1010, 1020, 6120 * 1.1 };
	double fixed, each;

	(void)state;
	assert_int_equal(hf_cost_fit(x, y, 3, &fixed, &each), 0);
	assert_true(fixed > 990 && fixed < 1010);
	assert_true(each > 10 && each < 11.5);
}

static void test_refused(void **state)
{
	static const double x[] = { 1, 1, 1 }, other[] = { 1, 2, 3 }, y[] = { 5, 6, 7 }, zero[] = { 5, 0, 7 };
	double fixed, each;

	(void)state;
	assert_int_equal(hf_cost_fit(x, y, 3, &fixed, &each), -EDOM);
	assert_int_equal(hf_cost_fit(other, zero, 3, &fixed, &each), -EDOM);
	assert_int_equal(hf_cost_fit(other, y, 1, &fixed, &each), -EDOM);
}

#define TEST(f) cmocka_unit_test(f)

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(test_exact), TEST(test_relative), TEST(test_refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
