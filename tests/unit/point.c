// SPDX-License-Identifier: GPL-2.0-or-later
/* Parameters, sweeps, and what makes a descriptor incomplete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/describe.h"
#include "harness/point.h"
#include "hugefault.h"

static void body(struct hf_task *t)
{
	(void)t;
}

static const struct hf_bench good = {
	.name = "unit-point",
	.summary = "unit test",
	.paths = HF_LIST("nothing"),
	.origin = HF_ORIGIN("hugefault", "unit", "test"),
	.params = HF_PARAMS({ "len", HF_SIZE, "2M", "4K", "1G", "bytes", "2M,4M", "2M,4M,8M" }, { "n", HF_UINT, "3", "1", "9", "number", NULL, NULL },
			    { "when", HF_TIME, "0", "-1ms", "1ms", "offset", NULL, "-1us,1us" }, { "kind", HF_CHOICE, "b", "a|b|bb", NULL, "kind", "a,b", NULL }),
	.metrics = HF_METRICS({ "x_ns", "ns", HF_LOWER, HF_TIMED, "time", false }),
	.modes = HF_BOTH,
	.sweep_tasks = true,
	.body = body,
};

static void test_value(void **state)
{
	static const struct {
		int param;
		const char *s;
		int err;
		int64_t value;
		const char *text;
	} row[] = {
		{ 0, "2M", 0, 2 << 20, "2M" },	    { 0, "2097152", 0, 2 << 20, "2M" }, { 0, "4097", 0, 4097, "4097" },	    { 0, "3M7", -EINVAL, 0, NULL },
		{ 0, "2G", -ERANGE, 0, NULL },	    { 0, "", -EINVAL, 0, NULL },	{ 0, "-4K", -EINVAL, 0, NULL },	    { 1, "9", 0, 9, "9" },
		{ 1, "10", -ERANGE, 0, NULL },	    { 1, "0x3", 0, 3, "3" },		{ 1, "3 ", -EINVAL, 0, NULL },	    { 2, "-500us", 0, -500000, "-500us" },
		{ 2, "1500ns", 0, 1500, "1500ns" }, { 2, "2ms", -ERANGE, 0, NULL }, { 2, "0", 0, 0, "0ns" }, { 3, "bb", 0, 2, "bb" },
		{ 3, "a", 0, 0, "a" },		    { 3, "c", -EINVAL, 0, NULL },	{ 3, "", -EINVAL, 0, NULL },	    { 3, "a|b", -EINVAL, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char text[HF_TEXT_MAX] = "";
		int64_t v = -7;

		assert_int_equal(hf_point_value(&good.params[row[i].param], row[i].s, &v, text), row[i].err);
		if (row[i].err)
			continue;
		assert_int_equal(v, row[i].value);
		assert_string_equal(text, row[i].text);
	}
}

static int sweep(struct hf_opts *o, unsigned int cpus, struct hf_point **p)
{
	char why[128] = "";

	return hf_point_sweep(&good, o, cpus, p, why, sizeof(why));
}

static void test_sweep(void **state)
{
	struct hf_opts o = { .block = -1 };
	struct hf_point *p;

	(void)state;
	assert_int_equal(sweep(&o, 8, &p), 1); /* no profile: the defaults */
	assert_int_equal(p[0].values[0], 2 << 20);
	assert_int_equal(p[0].tasks, 1);
	assert_false(p[0].processes);
	free(p);
	o.given[0] = "4K,8K,16K";
	assert_int_equal(sweep(&o, 8, &p), 3);
	assert_int_equal(p[2].values[0], 16384);
	free(p);
	o.given[0] = NULL;
	o.profile = HF_PROFILE_QUICK; /* len x kind x tasks 1, 2, 4, 6 */
	assert_int_equal(sweep(&o, 6, &p), 2 * 2 * 4);
	assert_int_equal(p[15].tasks, 6);
	free(p);
	o.profile = HF_PROFILE_FULL; /* len x when x kind (quick list stands in) */
	o.tasks = 2;
	assert_int_equal(sweep(&o, 6, &p), 3 * 2 * 2);
	assert_int_equal(p[0].tasks, 2);
	free(p);
	o.tasks = 7;
	assert_int_equal(sweep(&o, 6, &p), -EINVAL);
}

static void test_check(void **state)
{
	static const struct {
		struct hf_metric metric;
		const char *says;
	} row[] = {
		{ { "a", NULL, HF_LOWER, HF_TIMED, "x", false }, "unit" },
		{ { "a", "ms", HF_LOWER, HF_TIMED, "x", false }, "unit" },
		{ { "a", "1", HF_LOWER, HF_TIMED, "x", false }, "not in ns" },
		{ { "a", "ns", HF_LOWER, HF_TIMED, NULL, false }, "definition" },
		{ { "a", "1", HF_LOWER, HF_SHARE("a"), "x", false }, "not a count" },
		{ { "a", "1/s", HF_LOWER, HF_INVERSE("b"), "x", false }, "not timed" },
		{ { "a", "B/s", HF_LOWER, HF_BPS("none"), "x", false }, "not timed" },
		{ { "a", "1", HF_LOWER, HF_QUOTIENT("a", "none"), "x", false }, "do not exist" },
		{ { "a", "1", HF_LOWER, HF_VMSTAT(NULL), "x", false }, "of what" },
	};
	char why[256] = "";

	(void)state;
	assert_int_equal(hf_describe_check(&good, why, sizeof(why)), 0);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct hf_metric metrics[2] = { row[i].metric, { .name = NULL } };
		struct hf_bench bad = good;

		bad.metrics = metrics;
		assert_int_equal(hf_describe_check(&bad, why, sizeof(why)), -EINVAL);
		assert_non_null(strstr(why, row[i].says));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
