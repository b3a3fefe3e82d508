// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The statistics of a comparison against reference values: published ones where they are named, else computed with 30 digits (mpmath) from
 * the textbook formulas: matrices for the linear model, incomplete beta functions for t and the binomial, Gauss-Legendre panels for the
 * looks.
 */
#include "compare/lib/model.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "compare/lib/looks.h"
#include "compare/lib/shape.h"
#include "measure/hist.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static const struct hf_model_levels plain = { HF_MODEL_CHANGE, HF_MODEL_SAME };

#define near(a, b) near_at(__LINE__, a, b, 1e-6)

/* Relative above 1, absolute below. */
static void near_at(int line, double a, double b, double most)
{
	if (!(fabs(a - b) <= most * fmax(1, fabs(b))))
		fail_msg("line %d: %.12g, not %.12g", line, a, b);
}

static const struct hf_model_unit eight[] = {
	{ 4.60, 0, 1, false },	{ 4.63, 10, 1, true }, { 4.61, 25, 1, true },  { 4.66, 31, 1, false },
	{ 4.62, 44, 1, false }, { 4.67, 52, 1, true }, { 4.64, 60, 1, false }, { 4.69, 75, 1, true },
};

static void test_linear(void **state)
{
	struct hf_model_test test;
	struct hf_model_fit fit;

	(void)state;
	assert_int_equal(hf_model_fit(eight, COUNT(eight), false, 0, &fit), 0);
	assert_true(fit.timed && !fit.welch && fit.n_a == 4 && fit.n_b == 4);
	near(fit.d, 0.0140169157034);
	near(fit.s2 * 1e3, 0.50330307304594);
	near(fit.c, 0.510276289822385);
	near(fit.vif, 1.020552579644770);
	near(fit.nu, 5);
	hf_model_test(&fit, 0.05, &plain, &test);
	near(test.p_worse, 0.210890875502491);
	near(test.p_better, 1 - 0.210890875502491);
	near(test.p, 2 * 0.210890875502491);
	near(test.lo, -0.0271785028751882);
	near(test.hi, 0.0552123342819709);
	near(test.lo_same, -0.0182756804881241);
	near(test.hi_same, 0.0463095118949468);
	near(test.mde, 0.0559317675261723);
	assert_int_equal(test.verdict, HF_MODEL_NO_CHANGE);
	hf_model_test(&fit, 0.04630, &plain, &test); /* two one-sided tests: the limit is just inside the 90 % interval */
	assert_int_equal(test.verdict, HF_MODEL_INCONCLUSIVE);
	hf_model_test(&fit, 0.04631, &plain, &test);
	assert_int_equal(test.verdict, HF_MODEL_NO_CHANGE);
}

static void test_weights(void **state)
{
	static const double w[] = { 1, 2, 1, 1, 3, 1, 2, 1 };
	struct hf_model_unit unit[COUNT(eight)];
	struct hf_model_fit fit;

	(void)state;
	memcpy(unit, eight, sizeof(unit));
	for (size_t i = 0; i < COUNT(unit); i++)
		unit[i].w = w[i];
	assert_int_equal(hf_model_fit(unit, COUNT(unit), false, 0, &fit), 0);
	near(fit.d, 0.0221785976250421);
	near(fit.s2 * 1e3, 0.403568119791976);
	near(fit.c, 0.523742144598854);
	for (size_t i = 0; i < COUNT(unit); i++)
		unit[i].w = 7;
	assert_int_equal(hf_model_fit(unit, COUNT(unit), false, 0, &fit), 0);
	near(fit.s2 * 1e3, 0.50330307304594);
}

static void test_welch(void **state)
{
	static const double a[] = { 27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4 },
			    b[] = { 27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0 };
	struct hf_model_unit unit[COUNT(a) + COUNT(b)];
	struct hf_model_test test;
	struct hf_model_fit fit;

	(void)state;
	for (size_t i = 0; i < COUNT(unit); i++)
		unit[i] = (struct hf_model_unit){ i < COUNT(a) ? a[i] : b[i - COUNT(a)], NAN, 1, i >= COUNT(a) };
	assert_int_equal(hf_model_fit(unit, COUNT(unit), false, 0, &fit), 0);
	assert_true(fit.welch && !fit.timed);
	hf_model_test(&fit, 0, &plain, &test);
	near(fit.d, 2.68);
	near(test.se, 1.03018491174205);
	near(fit.nu, 18.5211893146037);
	near(test.p, 0.0177682164599746);
	assert_int_equal(test.verdict, HF_MODEL_REGRESSION);
	hf_model_moderate(&fit, 10, 1);
	assert_false(fit.moderated);
}

/*
 * Student's t itself, through a fit of two values a side: F. 97.5 % quantile for 2 degrees of freedom is sqrt(2) * 0.95 / sqrt(2 * 0.975 *
 * 0.025).
 */
static void test_small(void **state)
{
	static const struct hf_model_unit four[] = { { 1, 1, 1, false }, { 3, 4, 1, false }, { 2, 2, 1, true }, { 6, 3, 1, true } };
	struct hf_model_test test;
	struct hf_model_fit fit;

	(void)state;
	assert_int_equal(hf_model_fit(four, 4, false, 0, &fit), 0);
	hf_model_test(&fit, 0.01, &plain, &test);
	assert_false(fit.timed); /* too few for a time term */
	near(fit.d, 2);
	near(fit.s2, 5);
	near(test.hi - test.lo, 2 * 4.302652729911275 * sqrt(5));
	/* one on each side: nothing can be told */
	assert_int_equal(hf_model_fit(four + 1, 2, false, 0, &fit), 0);
	near(fit.d, -1);
	hf_model_test(&fit, 0.01, &plain, &test);
	assert_int_equal(test.verdict, HF_MODEL_INCONCLUSIVE);
	assert_true(isnan(test.p) && isnan(test.mde));
	assert_int_equal(hf_model_fit(four, 2, false, 0, &fit), -ENODATA);
	assert_int_equal(hf_model_fit(four, 0, false, 0, &fit), -ENODATA);
}

static void test_order(void **state)
{
	struct hf_model_unit unit[6];
	struct hf_model_fit fit;

	(void)state;
	for (unsigned int i = 0; i < 6; i++)
		unit[i] = (struct hf_model_unit){ i % 4, i, 1, i >= 3 };
	assert_int_equal(hf_model_fit(unit, 6, false, 0, &fit), 0);
	near(fit.vif, 35.0 / 8); /* AAA BBB: R^2 = 27/35 */
	assert_true(fit.vif > HF_MODEL_VIF_REFUSE);
	for (unsigned int i = 0; i < 6; i++)
		unit[i].b = i % 2;
	assert_int_equal(hf_model_fit(unit, 6, false, 0, &fit), 0);
	near(fit.vif, 35.0 / 32); /* ABABAB: R^2 = 3/35 */
	for (unsigned int i = 0; i < 6; i++)
		unit[i].t = i >= 3;
	for (unsigned int i = 0; i < 6; i++)
		unit[i].b = i >= 3;
	assert_int_equal(hf_model_fit(unit, 6, false, 0, &fit), 0);
	assert_true(isinf(fit.vif) && !fit.timed && isfinite(fit.d));
	for (unsigned int i = 0; i < 6; i++)
		unit[i].t = 5;
	assert_int_equal(hf_model_fit(unit, 6, false, 0, &fit), 0);
	assert_true(fit.vif == 1 && !fit.timed);
}

static void test_zero_variance(void **state)
{
	struct hf_model_unit unit[6];
	struct hf_model_test test;
	struct hf_model_fit fit;

	(void)state;
	for (unsigned int i = 0; i < 6; i++)
		unit[i] = (struct hf_model_unit){ log(123.456), NAN, 1, i % 2 };
	assert_int_equal(hf_model_fit(unit, 6, false, 0, &fit), 0);
	assert_true(fit.s2 == 0);
	hf_model_test(&fit, 0.02, &plain, &test);
	assert_int_equal(test.verdict, HF_MODEL_NO_CHANGE);
	for (unsigned int i = 0; i < 6; i++)
		unit[i].y += 0.5 * unit[i].b;
	assert_int_equal(hf_model_fit(unit, 6, false, 0, &fit), 0);
	hf_model_test(&fit, 0.02, &plain, &test);
	assert_int_equal(test.verdict, HF_MODEL_REGRESSION);
	assert_true(test.confirmed && test.p == 0);
	assert_int_equal(hf_model_fit(unit, 6, false, 4, &fit), 0); /* the clock could not have seen it */
	assert_true(fit.s2 == 4);
	hf_model_test(&fit, 0.02, &plain, &test);
	assert_int_equal(test.verdict, HF_MODEL_INCONCLUSIVE);
}

static void test_verdicts(void **state)
{
	static const struct {
		double d, se;
		enum hf_model_verdict verdict;
		bool confirmed, real;
	} t[] = {
		/* on 3 degrees of freedom: t.975 = 3.182, t.95 = 2.353; limit 0.02 */
		{ 0.05, 0.01, HF_MODEL_REGRESSION, false, false },	{ 0.06, 0.01, HF_MODEL_REGRESSION, true, false },
		{ -0.05, 0.01, HF_MODEL_IMPROVEMENT, false, false },	{ -0.06, 0.01, HF_MODEL_IMPROVEMENT, true, false },
		{ 0.05, 0.02, HF_MODEL_INCONCLUSIVE, false, false },	{ 0.0, 0.008, HF_MODEL_NO_CHANGE, false, false },
		{ 0.0, 0.009, HF_MODEL_INCONCLUSIVE, false, false },	{ 0.01, 0.003, HF_MODEL_NO_CHANGE, false, true },
		{ 0.0199, 0.003, HF_MODEL_INCONCLUSIVE, false, false }, { 0.02, 0.003, HF_MODEL_REGRESSION, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		struct hf_model_fit fit = { .n_a = 3, .n_b = 3, .d = t[i].d, .s2 = t[i].se * t[i].se, .c = 1, .nu = 3 };
		struct hf_model_test test;

		hf_model_test(&fit, 0.02, &plain, &test);
		if (test.verdict != t[i].verdict || test.confirmed != t[i].confirmed || test.real != t[i].real)
			fail_msg("row %zu: %s", i, hf_model_word(test.verdict));
	}
}

static void test_moderation(void **state)
{
	static const double raw[] = { 1.2, 0.4, 2.9, 1.7, 0.9, 5.1, 0.3, 2.2, 1.1, 0.7, 3.8, 1.5 };
	double s2[COUNT(raw) + 1], nu[COUNT(raw) + 1], d0, s02;
	struct hf_model_fit fit = { .n_a = 5, .n_b = 5, .s2 = 0.3e-4, .nu = 7, .c = 0.4 };

	(void)state;
	near(hf_model_trigamma_inverse(1.6449340668482264), 1);
	near(hf_model_trigamma_inverse(0.001), 1000.49991666668194);
	near(hf_model_trigamma_inverse(0.1), 10.4916818210784224);
	near(hf_model_trigamma_inverse(50), 0.143379812352861477);
	near(hf_model_trigamma_inverse(1e8) * 1e4, 1);
	for (size_t i = 0; i <= COUNT(raw); i++) { /* the last has no variance and must not count */
		s2[i] = i < COUNT(raw) ? raw[i] * 1e-4 : 0;
		nu[i] = 7;
	}
	assert_int_equal(hf_model_prior(s2, nu, COUNT(s2), &d0, &s02), 0);
	near(d0, 5.841859358332391);
	near(s02 * 1e4, 1.29197536590203885);
	for (size_t i = 0; i <= COUNT(raw); i++)
		nu[i] = 3;
	assert_int_equal(hf_model_prior(s2, nu, COUNT(s2), &d0, &s02), 0);
	assert_true(isinf(d0));
	near(s02 * 1e4, 1.92779741947010497);
	assert_int_equal(hf_model_prior(s2, nu, 1, &d0, &s02), -ENODATA);

	hf_model_moderate(&fit, INFINITY, 1.3e-4); /* the prior counts as much as the data at most */
	near(fit.s2 * 1e4, 0.8);
	near(fit.nu, 14);
	fit = (struct hf_model_fit){ .s2 = 3e-4, .nu = 7, .c = 0.4 };
	hf_model_moderate(&fit, 2, 1e-4); /* never down */
	near(fit.s2 * 1e4, 3);
	near(fit.nu, 9);
}

static void test_families(void **state)
{
	/*
	 * Benjamini and Hochberg 1995, section 3.2: 15 tests of thrombolysis; at 0.05 the FDR procedure rejects the first four, Bonferroni
	 * three
	 */
	static const double bh95[] = { 0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
				       0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000 };
	static const double p[] = { 0.03, 0.01, 0.05, 0.02, 0.04 }, holm[] = { 0.09, 0.05, 0.09, 0.08, 0.09 };
	double adjusted[COUNT(bh95)];
	unsigned int rejected = 0;

	(void)state;
	assert_int_equal(hf_model_holm(p, COUNT(p), adjusted), 0);
	for (size_t i = 0; i < COUNT(p); i++)
		near(adjusted[i], holm[i]);
	assert_int_equal(hf_model_bh(p, COUNT(p), adjusted), 0);
	for (size_t i = 0; i < COUNT(p); i++)
		near(adjusted[i], 0.05);
	assert_int_equal(hf_model_bh(bh95, COUNT(bh95), adjusted), 0);
	for (size_t i = 0; i < COUNT(bh95); i++)
		rejected += adjusted[i] <= 0.05;
	assert_int_equal(rejected, 4);
	near(adjusted[3], 0.0095 * 15 / 4);
	near(adjusted[4], 0.0344 * 15 / 8 < 0.0298 * 15 / 7 ? 0.0603 : 0.0298 * 15 / 7 < 0.0603 ? 0.0298 * 15 / 7 : 0.0603);
	assert_int_equal(hf_model_holm(bh95, COUNT(bh95), adjusted), 0);
	rejected = 0;
	for (size_t i = 0; i < COUNT(bh95); i++)
		rejected += adjusted[i] <= 0.05;
	assert_int_equal(rejected, 3);
	near(adjusted[0], 0.0015);
	near(adjusted[2], 0.0019 * 13);
	near(adjusted[14], 1);
	assert_int_equal(hf_model_holm(NULL, 0, adjusted), 0);
}

static void test_planning(void **state)
{
	/* detect and prove, by noise and effect in percent */
	static const struct {
		double s, effect;
		unsigned int detect, prove;
	} t[] = { { 0.5, 1, 6, 6 },   { 0.5, 2, 3, 3 },	  { 1, 1, 17, 19 }, { 1, 2, 6, 6 },   { 1, 3, 4, 4 },	{ 1.5, 1, 37, 40 },
		  { 1.5, 2, 11, 11 }, { 1.5, 3, 6, 6 },	  { 1.5, 5, 4, 4 }, { 2, 1, 65, 71 }, { 2, 2, 18, 19 }, { 2, 3, 9, 9 },
		  { 2, 5, 5, 5 },     { 3, 1, 144, 157 }, { 3, 2, 38, 41 }, { 3, 3, 18, 19 }, { 3, 5, 8, 8 },	{ 3, 10, 4, 4 } };
	/* MDE in percent for a noise of 1.5 % */
	static const struct {
		unsigned int n;
		double mde;
	} mde[] = { { 3, 5.1 }, { 5, 3.1 }, { 8, 2.3 }, { 12, 1.8 }, { 20, 1.4 } };
	struct hf_model_parts v;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		unsigned int detect = hf_model_boots(t[i].s, t[i].effect, HF_MODEL_DETECT),
			     prove = hf_model_boots(t[i].s, t[i].effect, HF_MODEL_PROVE);

		/* the plan was made another way: one boot or 2 % are no difference */
		if (abs((int)(detect - t[i].detect)) > 1 + detect / 50 || abs((int)(prove - t[i].prove)) > 1 + prove / 50)
			fail_msg("noise %g effect %g: %u/%u, not %u/%u", t[i].s, t[i].effect, detect, prove, t[i].detect, t[i].prove);
	}
	for (size_t i = 0; i < COUNT(mde); i++)
		near_at(__LINE__, hf_model_mde(1.5, 2 * mde[i].n - 3, mde[i].n, mde[i].n, HF_MODEL_CHANGE), mde[i].mde, 0.05);
	assert_int_equal(hf_model_boots(0, 1, HF_MODEL_DETECT), 3);
	assert_int_equal(hf_model_boots(1, 0, HF_MODEL_DETECT), 0);
	assert_int_equal(hf_model_boots(NAN, 1, HF_MODEL_DETECT), 0);
	assert_int_equal(hf_model_boots(1e9, 1e-9, HF_MODEL_DETECT), 100000);
	/* iterations 5 %, processes 0.7 %, boots 1.5 %, 20 iterations, 5 processes: 87, 4 and 10 % */
	v = hf_model_parts(25, 0.49 + 25.0 / 20, 2.25 + (0.49 + 25.0 / 20) / 5, 20, 5);
	near(v.boot, 2.25);
	near(v.process, 0.49 / 5);
	near(v.iteration, 0.25);
	v = hf_model_parts(0, 4, 0.1, 1, 5);
	near(v.boot, 0);
}

static void test_looks(void **state)
{
	/*
	 * Lan and DeMets, O'Brien-Fleming type, five equal looks, two-sided 0.05: 4.8769 3.3569 2.6803 2.2898 2.0310 (as published with
	 * ld98)
	 */
	static const double five[] = { 0.2, 0.4, 0.6, 0.8, 1 }, z[] = { 4.8769, 3.3569, 2.6803, 2.2898, 2.0310 };
	static const double levels5[] = { 0.000000539, 0.000393949, 0.003678029, 0.011015970, 0.021125872 };
	static const double three[] = { 1 / 3.0, 2 / 3.0, 1 }, levels3[] = { 0.000686895, 0.016144470, 0.045055549 };
	static const double four[] = { 0.25, 0.5, 0.75, 1 }, levels4[] = { 0.000007367, 0.001522632, 0.009161035, 0.022000035 };
	static const double bad[] = { 0.5, 0.5 };
	double level[5], one = 1;

	(void)state;
	assert_int_equal(hf_looks_levels(0.025, five, 5, level), 0);
	for (size_t i = 0; i < 5; i++) {
		near(level[i], levels5[i]);
		near_at(__LINE__, level[i], erfc(z[i] / sqrt(2)) / 2, 1e-5);
	}
	assert_int_equal(hf_looks_levels(0.05, three, 3, level), 0);
	for (size_t i = 0; i < 3; i++)
		near(level[i], levels3[i]);
	assert_int_equal(hf_looks_levels(0.025, four, 4, level), 0);
	for (size_t i = 0; i < 4; i++)
		near(level[i], levels4[i]);
	assert_int_equal(hf_looks_levels(0.025, &one, 1, level), 0);
	near(level[0], 0.025);
	assert_int_equal(hf_looks_levels(0.025, bad, 2, level), -EINVAL);
}

static void test_ranks(void **state)
{
	static const struct {
		unsigned int n;
		double q;
		unsigned int lo, hi;
	} t[] = { { 20000, 0.99, 19772, 19828 }, { 100, 0.5, 40, 61 }, { 2000, 0.99, 1971, 1989 }, { 20, 0.9, 15, 21 }, { 1, 0.5, 0, 2 } };
	unsigned int lo, hi;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		hf_shape_ranks(t[i].n, t[i].q, 0.05, &lo, &hi);
		if (lo != t[i].lo || hi != t[i].hi)
			fail_msg("%u, %g: %u..%u, not %u..%u", t[i].n, t[i].q, lo, hi, t[i].lo, t[i].hi);
	}
}

static void test_bins(void **state)
{
	static const struct hf_bin a[] = { { 10, 3 }, { 20, 1 } }, b[] = { { 5, 1 }, { 20, 2 }, { 30, 1 } };
	static const struct hf_bin both[] = { { 5, 1 }, { 10, 3 }, { 20, 3 }, { 30, 1 } };
	struct hf_bin *bin = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(hf_shape_merge(&bin, &n, a, 2), 0);
	assert_int_equal(hf_shape_merge(&bin, &n, b, 3), 0);
	assert_int_equal(n, 4);
	assert_memory_equal(bin, both, sizeof(both));
	near(hf_shape_quantile(bin, n, 0.5), 11);
	near(hf_shape_quantile(bin, n, 0.25), 10 + 1 / 3.0);
	near(hf_shape_quantile(bin, n, 1), 31);
	assert_true(isnan(hf_shape_quantile(NULL, 0, 0.5)));
	free(bin);
}

static void test_modes(void **state)
{
	/* the 1 % points, from a larger simulation */
	static const struct {
		size_t n;
		double t;
	} critical[] = { { 15, 7.1 }, { 25, 5.2 }, { 50, 4.1 }, { 100, 3.6 } };
	struct hf_shape_modes m;
	double x[30], few[7] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(critical); i++)
		near_at(__LINE__, hf_shape_critical(critical[i].n, 1), critical[i].t, 0.08);
	assert_true(isnan(hf_shape_critical(7, 1)));
	for (int i = 0; i < 30; i++) /* 20 around 0, 10 around 1 */
		x[i] = (i % 3 == 0) + 0.01 * ((i * 7) % 11 - 5);
	assert_int_equal(hf_shape_modes(x, 30, &m), 0);
	assert_true(m.t > 50);
	near(m.share, 1 / 3.0);
	near_at(__LINE__, m.low, 0, 0.03);
	near_at(__LINE__, m.high, 1, 0.03);
	for (int i = 0; i < 30; i++)
		x[i] = i; /* flat: not two modes */
	assert_int_equal(hf_shape_modes(x, 30, &m), 0);
	assert_true(m.t < hf_shape_critical(30, 1));
	for (int i = 0; i < 30; i++)
		x[i] = 3;
	assert_int_equal(hf_shape_modes(x, 30, &m), 0);
	assert_true(m.t == 1);
	assert_int_equal(hf_shape_modes(few, 7, &m), -ENODATA);
}

static void test_steps(void **state)
{
	struct hf_shape_step step[20];
	double y[60], p;
	size_t n;

	(void)state;
	for (int i = 0; i < 60; i++)
		y[i] = 0.01 * ((i * 7) % 11 - 5) + (i >= 20 ? 1 : 0) + (i >= 45 ? -2 : 0);
	assert_int_equal(hf_shape_steps(y, 60, 0.1, 0.01, 999, 1, step, &n, &p), 0);
	assert_int_equal(n, 2);
	assert_true(step[0].at == 20 && step[1].at == 45);
	near_at(__LINE__, step[1].size, -2, 0.03);
	assert_int_equal(hf_shape_steps(y, 60, 3, 0.01, 999, 1, step, &n, &p), 0);
	assert_int_equal(n, 0);
	assert_int_equal(hf_shape_steps(y, 20, 0.001, 0.01, 999, 1, step, &n, &p), 0);
	assert_int_equal(n, 0);
	assert_int_equal(hf_shape_steps(y, 5, 0, 0.01, 999, 1, step, &n, &p), 0);
	assert_int_equal(n, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linear),	 cmocka_unit_test(test_weights),    cmocka_unit_test(test_welch),
		cmocka_unit_test(test_small),	 cmocka_unit_test(test_order),	    cmocka_unit_test(test_zero_variance),
		cmocka_unit_test(test_verdicts), cmocka_unit_test(test_moderation), cmocka_unit_test(test_families),
		cmocka_unit_test(test_planning), cmocka_unit_test(test_looks),	    cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_bins),	 cmocka_unit_test(test_modes),	    cmocka_unit_test(test_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
