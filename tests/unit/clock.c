// SPDX-License-Identifier: GPL-2.0-or-later
/* The clock: rate, order, conversions, own cost. No bound is a speed: only relations within one run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "system/clock.h"

static void test_rate(void **state)
{
	uint64_t t0, t1, n0, n1;
	double ratio;

	(void)state;
	n0 = hf_clock_raw_ns();
	t0 = hf_clock_now();
	while (hf_clock_raw_ns() - n0 < 50000000)
		;
	t1 = hf_clock_now();
	n1 = hf_clock_raw_ns();
	ratio = (double)hf_clock_ns(t1 - t0) / (double)(n1 - n0);
	assert_true(ratio > 0.98 && ratio < 1.001);
}

static void test_order(void **state)
{
	uint64_t last = hf_clock_now();

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t now = hf_clock_now();

		assert_true(now >= last);
		last = now;
	}
}

static void test_conversion(void **state)
{
	(void)state;
	for (uint64_t ns = 1000; ns < UINT64_C(1) << 42; ns = ns * 3 + 1) {
		double back = (double)hf_clock_ns(hf_clock_ticks(ns));

		assert_true(fabs(back - (double)ns) <= 1 + 1e-6 * (double)ns);
	}
	assert_int_equal(hf_clock_ns(0), 0);
}

static void test_cost(void **state)
{
	(void)state;
	assert_true(hf_clock.cost_ns > 0);
	assert_true(hf_clock.res_ns > 0);
	assert_true(hf_clock.cost_p99_ns >= hf_clock.cost_ns);
	assert_true(hf_clock.source[0] != '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_conversion),
		cmocka_unit_test(test_cost),
	};

	hf_clock_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
