// SPDX-License-Identifier: GPL-2.0-or-later
/* Intervals against published values. */
#include "measure/summary.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static bool near(double a, double b, double most)
{
	return fabs(a - b) <= most;
}

static void test_t975(void **state)
{
	/* NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, column 0.975: three decimals */
	static const struct {
		unsigned int df;
		double t;
	} t[] = {
		{ 1, 12.706 }, { 2, 4.303 },  { 3, 3.182 },  { 4, 2.776 },  { 5, 2.571 },  { 6, 2.447 },  { 7, 2.365 },	  { 8, 2.306 },
		{ 9, 2.262 },  { 10, 2.228 }, { 11, 2.201 }, { 12, 2.179 }, { 13, 2.160 }, { 14, 2.145 }, { 15, 2.131 },  { 16, 2.120 },
		{ 17, 2.110 }, { 18, 2.101 }, { 19, 2.093 }, { 20, 2.086 }, { 21, 2.080 }, { 22, 2.074 }, { 23, 2.069 },  { 24, 2.064 },
		{ 25, 2.060 }, { 26, 2.056 }, { 27, 2.052 }, { 28, 2.048 }, { 29, 2.045 }, { 30, 2.042 }, { 31, 2.040 },  { 32, 2.037 },
		{ 35, 2.030 }, { 40, 2.021 }, { 50, 2.009 }, { 60, 2.000 }, { 80, 1.990 }, { 99, 1.984 }, { 100, 1.984 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++)
		if (!near(hf_summary_t975(t[i].df), t[i].t, 0.00055))
			fail_msg("df %u: %f", t[i].df, hf_summary_t975(t[i].df));
	for (unsigned int df = 1; df < 500; df++)
		assert_true(hf_summary_t975(df) > hf_summary_t975(df + 1));
	assert_true(near(hf_summary_t975(1000000000), 1.959964, 1e-6));
	assert_true(isnan(hf_summary_t975(0)));
}

static void test_interval(void **state)
{
	/* t(2) = 4.30265; logarithms of 1, 2, 3: s = 0.5555484; -1, 0, 1: s = 1 */
	static const double positive[] = { 1, 2, 3 }, mixed[] = { -1, 0, 1 }, same[] = { 7, 7 };
	double lo, hi;

	(void)state;
	hf_summary_interval(2, positive, 3, &lo, &hi);
	assert_true(near(lo, 0.503128, 1e-4) && near(hi, 7.95027, 1e-3));
	hf_summary_interval(0, mixed, 3, &lo, &hi);
	assert_true(near(lo, -2.48414, 1e-4) && near(hi, 2.48414, 1e-4));
	hf_summary_interval(-2, positive, 3, &lo, &hi); /* one that is not positive is enough */
	assert_true(near(lo, -4.48414, 1e-4) && near(hi, 0.48414, 1e-4));
	hf_summary_interval(7, same, 2, &lo, &hi);
	assert_true(near(lo, 7, 1e-12) && near(hi, 7, 1e-12));
	hf_summary_interval(7, same, 1, &lo, &hi);
	assert_true(isnan(lo) && isnan(hi));
}

static void test_wilson(void **state)
{
	/* Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3 */
	static const struct {
		uint64_t hits, n;
		double lo, hi;
	} t[] = {
		{ 81, 263, 0.2553, 0.3662 }, { 15, 148, 0.0624, 0.1605 }, { 0, 20, 0, 0.1611 },
		{ 1, 29, 0.0061, 0.1718 },   { 20, 20, 0.8389, 1 },	  { 0, 0, 0, 1 },
	};
	double lo, hi;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		hf_summary_wilson(t[i].hits, t[i].n, &lo, &hi);
		assert_true(near(lo, t[i].lo, 0.00006) && near(hi, t[i].hi, 0.00006));
	}
	hf_summary_wilson(0, 20, &lo, &hi);
	assert_true(lo == 0);
	hf_summary_wilson(20, 20, &lo, &hi);
	assert_true(hi == 1);
}

static void test_upper(void **state)
{
	(void)state;
	assert_true(hf_summary_upper(0) == 1);
	assert_true(near(hf_summary_upper(1), 0.95, 1e-12));
	assert_true(near(hf_summary_upper(10), 0.2588656, 1e-7)); /* Clopper-Pearson, one-sided */
	assert_true(near(hf_summary_upper(100), 0.0295130, 1e-7));
	assert_true(near(hf_summary_upper(1000000000000) * 1e12, 2.9957323, 1e-6)); /* the rule of three, and no cancellation */
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_t975), cmocka_unit_test(test_interval),
						   cmocka_unit_test(test_wilson), cmocka_unit_test(test_upper) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
