// SPDX-License-Identifier: GPL-2.0-or-later
/* Law "memory": what is too much, and what is not. */
#include "harness/drift.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#define MIB (INT64_C(1) << 20)
#define BASE (190 * MIB)
#define S UINT64_C(1000000000)

static struct hf_drift start(void)
{
	struct hf_low low = HF_LOW_NONE;
	struct hf_drift d;

	hf_low_add(&low, BASE + 4 * MIB); /* two pages are being cleared */
	hf_low_add(&low, BASE);
	hf_low_add(&low, BASE - MIB / 4);
	hf_low_add(&low, BASE + 2 * MIB);
	hf_drift_start(&d, &low, 24000 * MIB);
	assert_int_equal(d.before, BASE);
	return d;
}

/* One reading alone says nothing; a page that is being cleared does not count, one that stays away does. */
static void one_page(void **state)
{
	struct hf_drift d = start();

	(void)state;
	assert_false(hf_drift_after(&d, BASE, 24000 * MIB));
	assert_int_equal(hf_drift_bytes(&d), 0);
	assert_true(hf_drift_after(&d, BASE + MIB / 2, 24000 * MIB));
	d = start();
	for (int i = 0; i < 150; i++)
		assert_false(hf_drift_after(&d, BASE + 2 * MIB + (i % 3) * 2 * MIB, 24000 * MIB));
	assert_int_equal(hf_drift_bytes(&d), 2 * MIB);
	assert_int_equal(hf_drift_bound(&d), HF_DRIFT_LEAST);
}

/* @bytes(second) all through a run of 20 s, a reading each 100 ms. */
static void run(struct hf_drift *d, int64_t (*bytes)(int second))
{
	for (int i = 0; i < 200; i++)
		hf_drift_during(d, BASE + bytes(i / 10) + (i % 2) * 2 * MIB, (uint64_t)(i + 1) * S / 10);
}

static int64_t steadily(int second)
{
	return second * MIB / 4;
}

static int64_t to_and_fro(int second)
{
	return second / 4 % 2 * 10 * MIB;
}

static int64_t much(int second)
{
	return second / 4 % 2 * 100 * MIB;
}

/* A leak of each episode never falls: the bound stays what it is. What others take and give back widens it, to its limit. */
static void fall(void **state)
{
	struct hf_drift d = start();

	(void)state;
	run(&d, steadily);
	assert_int_equal(hf_drift_bound(&d), HF_DRIFT_LEAST);
	d = start();
	run(&d, to_and_fro);
	assert_int_equal(hf_drift_bound(&d), HF_DRIFT_LEAST + 10 * MIB);
	hf_drift_after(&d, BASE + 10 * MIB, 24000 * MIB);
	assert_true(hf_drift_after(&d, BASE + 10 * MIB, 24000 * MIB));
	d = start();
	run(&d, much);
	assert_int_equal(hf_drift_bound(&d), HF_DRIFT_MOST);
}

/* Memory that was reserved at boot and is ordinary now. */
static void grown(void **state)
{
	struct hf_drift d = start();

	(void)state;
	hf_drift_after(&d, BASE + 3 * MIB, 24003 * MIB);
	assert_true(hf_drift_after(&d, BASE + 3 * MIB, 24003 * MIB));
	assert_int_equal(hf_drift_bound(&d), HF_DRIFT_LEAST + 3 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_page),
		cmocka_unit_test(fall),
		cmocka_unit_test(grown),
	};

	return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}
