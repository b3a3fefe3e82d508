// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What decides beyond one metric: sign flips, noise of older boots, the A/A control, pairs, builds. Reference values are computed with 30 digits (mpmath), or by
 * counting.
 */
#include "compare/lib/control.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "compare/lib/flips.h"
#include "compare/lib/prior.h"
#include "tests/unit/temp.h"

#define near(a, b) near_at(__LINE__, a, b)

static void near_at(int line, double a, double b)
{
	if (!(fabs(a - b) <= 1e-6 * fmax(1, fabs(b))))
		fail_msg("line %d: %.12g, not %.12g", line, a, b);
}

/* One boot with one value of one metric. */
static void boot(FILE *f, const char *label, const char *build, int name, double time, double value)
{
	fprintf(f,
		"{\"v\":1,\"type\":\"run\",\"run\":\"%s-%d\",\"label\":\"%s\",\"boot\":\"%s-%d\",\"time\":%g,\"bench\":\"b\",\"host\":{"
		"\"version\":\"%s\"}}\n",
		label, name, label, label, name, time, build);
	fprintf(f,
		"{\"v\":1,\"type\":\"sample\",\"run\":\"%s-%d\",\"label\":\"%s\",\"boot\":\"%s-%d\",\"time\":%g,\"bench\":\"b\",\"params\":"
		"{},\"metric\":\"m\","
		"\"unit\":\"ns\",\"better\":\"lower\",\"value\":%.17g}\n",
		label, name, label, label, name, time, value);
	fprintf(f, "{\"v\":1,\"type\":\"end\",\"run\":\"%s-%d\",\"status\":\"ok\"}\n", label, name);
}

static FILE *begin(void)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	return f;
}

static void load(FILE *f, bool boots, struct hf_sides *s)
{
	assert_int_equal(fclose(f), 0);
	assert_int_equal(hf_sides_init(s, NULL, 0), 0);
	s->boots = boots;
	assert_int_equal(hf_sides_add(s, path, false), 0);
	assert_int_equal(hf_sides_finish(s), 0);
}

static void test_flips(void **state)
{
	double d[3 * 8], p[3];

	(void)state;
	/* all differences positive: only the flip of none does as well, 1 in 256; of all metrics the same, so that there is nothing to correct for */
	for (int i = 0; i < 24; i++)
		d[i] = 1 + 0.1 * (i % 8);
	assert_int_equal(hf_flips_adjust(d, 3, 8, 1, p), 0);
	for (int i = 0; i < 3; i++) {
		assert_true(p[i] >= 0.001 && p[i] < 0.012); /* 1/256 and 999 draws of it */
		near(p[i], p[0]);
	}
	/* the second metric the other way round: never */
	for (int i = 8; i < 16; i++)
		d[i] = -d[i];
	assert_int_equal(hf_flips_adjust(d, 3, 8, 1, p), 0);
	assert_true(p[0] < 0.02 && p[1] > 0.95);
	/* a metric that does not vary, and one that lacks pairs */
	for (int i = 16; i < 24; i++)
		d[i] = 0;
	assert_int_equal(hf_flips_adjust(d, 3, 8, 1, p), 0);
	assert_true(p[2] > 0.4);
	d[3] = NAN;
	assert_int_equal(hf_flips_adjust(d, 3, 8, 1, p), -EDOM);
	assert_int_equal(hf_flips_adjust(d, 0, 8, 1, p), 0);
}

static void test_prior(void **state)
{
	static const double one[] = { 1.0, 1.2, 1.1, 0.9 }, two[] = { 1.6, 1.5, 1.7 };
	struct hf_series like = { .key = (char *)"b\nm" };
	struct hf_result r = { .series = &like };
	struct hf_prior_noise noise;
	struct hf_sides history, now;
	double mean[2] = { 0 }, inside = 0, s2, between;
	FILE *f = begin();

	(void)state;
	for (int i = 0; i < 4; i++)
		boot(f, "mon", "v1", i, i, exp(one[i]));
	for (int i = 0; i < 3; i++)
		boot(f, "tue", "v1", i, 10 + i, exp(two[i]));
	boot(f, "wed", "v2", 0, 20, 100); /* another build, one boot: no variance in it, and no session beside it */
	load(f, true, &history);
	f = begin();
	boot(f, "now", "v3", 0, 30, 1);
	load(f, true, &now);
	assert_int_equal(hf_prior_noise(&history, &now, &r, &noise), 0);
	for (int i = 0; i < 4; i++)
		mean[0] += one[i] / 4;
	for (int i = 0; i < 3; i++)
		mean[1] += two[i] / 3;
	for (int i = 0; i < 4; i++)
		inside += (one[i] - mean[0]) * (one[i] - mean[0]);
	for (int i = 0; i < 3; i++)
		inside += (two[i] - mean[1]) * (two[i] - mean[1]);
	s2 = inside / 5;
	between = (mean[0] - mean[1]) * (mean[0] - mean[1]) / 2;
	near(noise.nu, 5);
	near(noise.s2, s2);
	near(noise.sessions, 1);
	near(noise.session2, between - s2 * (1.0 / 4 + 1.0 / 3) / 2);
	/* boots that are in the comparison do not count */
	assert_int_equal(hf_prior_noise(&history, &history, &r, &noise), 0);
	near(noise.nu, 0);
	like.key = (char *)"b\nother";
	assert_int_equal(hf_prior_noise(&history, &now, &r, &noise), 0);
	near(noise.nu, 0);
	hf_sides_free(&history);
	hf_sides_free(&now);
}

static void test_alike(void **state)
{
	(void)state;
	/* F(5, 19): 2.5 % point 0.158132..., 97.5 % point 3.332719... (published: 3.33) */
	assert_true(hf_model_alike(3.3327, 5, 1, 19));
	assert_false(hf_model_alike(3.3328, 5, 1, 19));
	assert_true(hf_model_alike(1, 19, 3.3327, 5));
	assert_false(hf_model_alike(1, 19, 3.3328, 5));
	assert_true(hf_model_alike(NAN, 0, 1, 19));
	assert_false(hf_model_alike(0, 3, 1, 19));
	assert_true(hf_model_alike(0, 3, 0, 19));
}

static void test_control(void **state)
{
	struct hf_control control;
	struct hf_judge_options options = { .sesoi = 0.02, .tail_sesoi = 0.1 };
	struct hf_sides history;
	FILE *f = begin();

	(void)state;
	near(hf_control_chance(0, 10, 0.05), 1);
	near(hf_control_chance(1, 1, 0.05), 0.05);
	near(hf_control_chance(2, 5, 0.05), 0.0225925);
	near(hf_control_chance(3, 3, 0.05), 0.000125);
	near(hf_control_chance(4, 10, 0.05), 0.00102849800195313);
	/* two sessions of 13 and 5 boots: two comparisons of six, and none */
	for (int i = 0; i < 13; i++)
		boot(f, "mon", "v1", i, 10 * i, 100 + (i * 7) % 5);
	for (int i = 0; i < 5; i++)
		boot(f, "tue", "v1", i, 1000 + 10 * i, 100 + (i * 7) % 5);
	load(f, true, &history);
	assert_int_equal(hf_control_run(&history, &options, &control), 0);
	assert_int_equal(control.comparisons, 2);
	assert_int_equal(history.units[0], 18);
	assert_int_equal(history.units[1], 0);
	hf_sides_free(&history);
}

static void test_units(void **state)
{
	static const char *const build[] = { "v1", "v2", "v3" };
	struct hf_units_part *part;
	struct hf_sides s;
	FILE *f = begin();
	size_t n;

	(void)state;
	for (int i = 0; i < 6; i++)
		boot(f, "a", build[i % 3], i, 2 * i, 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(hf_sides_init(&s, NULL, 0), 0);
	assert_int_equal(hf_sides_add(&s, path, false), 0);
	f = begin();
	for (int i = 0; i < 6; i++)
		boot(f, "b", i % 3 ? i % 3 == 1 ? "w2" : "w3" : "w1", i, 2 * i + 1, 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(hf_sides_add(&s, path, true), 0);
	assert_int_equal(hf_sides_finish(&s), 0);
	assert_int_equal(s.unit, HF_UNIT_BUILD);
	assert_true(s.units[0] == 3 && s.units[1] == 3);
	part = hf_units_parts(&s, &n); /* each build began with its first boot: v1 w1 v2 w2 v3 w3 */
	assert_int_equal(n, 6);
	for (size_t i = 0; i < n; i++)
		assert_true(part[i].b == i % 2 && part[i].pair == i / 2 + 1);
	free(part);
	hf_sides_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flips),	cmocka_unit_test(test_prior), cmocka_unit_test(test_alike),
		cmocka_unit_test(test_control), cmocka_unit_test(test_units),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
