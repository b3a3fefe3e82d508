// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines: known ones come back, also from two halves; weights count; one x is no line. */
#include "measure/line.h"

#include <errno.h>
#include <math.h>

#include "tests/unit/fake.h"

static void test_exact(void **state)
{
	struct hf_line all = { .n = 0 }, half[2] = { { .n = 0 }, { .n = 0 } };
	double fixed, each, fit;

	(void)state;
	for (int i = 0; i < 8; i++) {
		hf_line_add(&all, i, 7 - 3.0 * i, 1);
		hf_line_add(&half[i % 2], i, 7 - 3.0 * i, 1);
	}
	assert_int_equal(hf_line_fit(&all, &fixed, &each, &fit), 0);
	assert_float_equal(fixed, 7, 1e-9);
	assert_float_equal(each, -3, 1e-9);
	assert_float_equal(fit, 1, 1e-9);
	hf_line_merge(&half[0], &half[1]);
	assert_memory_equal(&half[0], &all, sizeof(all));
}

/* Hand-computed: (0, 0), (1, 2), (2, 1): slope 1/2, intercept 1/2, r squared 1/4. With the middle one weighing nothing, y = x / 2. */
static void test_known(void **state)
{
	struct hf_line l = { .n = 0 }, without = { .n = 0 };
	double fixed, each, fit;

	(void)state;
	hf_line_add(&l, 0, 0, 1);
	hf_line_add(&l, 1, 2, 1);
	hf_line_add(&l, 2, 1, 1);
	assert_int_equal(hf_line_fit(&l, &fixed, &each, &fit), 0);
	assert_float_equal(each, 0.5, 1e-12);
	assert_float_equal(fixed, 0.5, 1e-12);
	assert_float_equal(fit, 0.25, 1e-12);
	hf_line_add(&without, 0, 0, 1);
	hf_line_add(&without, 1, 2, 0);
	hf_line_add(&without, 2, 1, 1);
	assert_int_equal(hf_line_fit(&without, &fixed, &each, &fit), 0);
	assert_float_equal(each, 0.5, 1e-12);
	assert_float_equal(fixed, 0, 1e-12);
}

static void test_refused(void **state)
{
	struct hf_line l = { .n = 0 };
	double fixed = 9, each = 9, fit = 9;

	(void)state;
	assert_int_equal(hf_line_fit(&l, &fixed, &each, &fit), -EDOM);
	hf_line_add(&l, 0.1, 1, 1);
	assert_int_equal(hf_line_fit(&l, &fixed, &each, &fit), -EDOM);
	for (int i = 0; i < 1000; i++)
		hf_line_add(&l, 0.1, i, 1);
	assert_int_equal(hf_line_fit(&l, &fixed, &each, &fit), -EDOM);
	assert_true(fixed == 9 && each == 9 && fit == 9);
	/* Two points: a line that fits whatever they are says nothing about fit. */
	l = (struct hf_line){ .n = 0 };
	hf_line_add(&l, 1, 1, 1);
	hf_line_add(&l, 2, 5, 1);
	assert_int_equal(hf_line_fit(&l, &fixed, &each, &fit), 0);
	assert_true(isnan(fit));
}

#define TEST(f) cmocka_unit_test(f)

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(test_exact), TEST(test_known), TEST(test_refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
