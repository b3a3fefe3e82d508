// SPDX-License-Identifier: GPL-2.0-or-later
/* The histogram against sorted arrays of the same values. */
#include "measure/hist.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "base/rand.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))
#define MOST 200000

static struct hf_hist h, other;
static uint64_t value[MOST];

static bool near(double a, double b, double relative)
{
	return fabs(a - b) <= relative * fabs(b);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Of value[0..n-1], sorted: the smallest that at least the share @q does not exceed. */
static double sorted_quantile(size_t n, double q)
{
	size_t i = (size_t)ceil(q * (double)n - 1e-9);

	return (double)value[i ? i - 1 : 0];
}

/* The mean of value[0..n-1], sorted, without @trim of them at each end; a value at the cut counts in part. */
static double sorted_tmean(size_t n, double trim)
{
	double cut = trim * (double)n, sum = 0;

	for (size_t i = 0; i < n; i++) {
		double weight = fmin((double)i + 1, (double)n - cut) - fmax((double)i, cut);

		if (weight > 0)
			sum += weight * (double)value[i];
	}
	return sum / ((double)n - 2 * cut);
}

static void fill(size_t n)
{
	hf_hist_clear(&h);
	for (size_t i = 0; i < n; i++)
		hf_hist_add(&h, value[i]);
	qsort(value, n, sizeof(value[0]), by_value);
}

static void test_bins(void **state)
{
	static const struct {
		uint64_t value;
		unsigned int bin;
		uint64_t low;
	} t[] = {
		{ 0, 0, 0 },
		{ 1, 1, 1 },
		{ 255, 255, 255 },
		{ 256, 256, 256 },
		{ 257, 256, 256 },
		{ 258, 257, 258 },
		{ 511, 383, 510 },
		{ 512, 384, 512 },
		{ 515, 384, 512 },
		{ 1000000, 1780, 999424 }, /* e = 12: 1536 + 244; 244 << 12 */
		{ (1ULL << 44) - 1, HF_HIST_BINS - 1, 255ULL << 36 },
		{ 1ULL << 44, HF_HIST_BINS - 1, 255ULL << 36 },
		{ UINT64_MAX, HF_HIST_BINS - 1, 255ULL << 36 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		assert_int_equal(hf_hist_bin(t[i].value), t[i].bin);
		assert_true(hf_hist_low(t[i].bin) == t[i].low);
	}
	for (unsigned int b = 0; b < HF_HIST_BINS; b++) { /* no gap, no overlap, no bin wider than promised */
		uint64_t low = hf_hist_low(b), next = hf_hist_low(b + 1);

		assert_int_equal(hf_hist_bin(low), b);
		assert_int_equal(hf_hist_bin(next - 1), b);
		assert_true(b < 256 ? next - low == 1 : (next - low) * 128 <= low);
	}
}

static void test_empty(void **state)
{
	(void)state;
	hf_hist_clear(&h);
	assert_true(isnan(hf_hist_mean(&h)));
	assert_true(isnan(hf_hist_sd(&h)));
	assert_true(isnan(hf_hist_quantile(&h, 0.5)));
	assert_true(isnan(hf_hist_tmean(&h, 0.1)));
	hf_hist_add(&h, 123457);
	assert_true(isnan(hf_hist_sd(&h)));
	for (double q = 0; q <= 1; q += 0.25)
		assert_true(hf_hist_quantile(&h, q) == 123457);
	assert_true(hf_hist_mean(&h) == 123457);
	assert_true(near(hf_hist_tmean(&h, 0.1), 123457, 1e-12));
	assert_true(near(hf_hist_tmean(&h, 0.49), 123457, 1e-12));
}

static void test_moments(void **state)
{
	static const uint64_t v[] = { 2, 4, 4, 4, 5, 5, 7, 9 };

	(void)state;
	memcpy(value, v, sizeof(v));
	fill(COUNT(v));
	assert_true(hf_hist_mean(&h) == 5);
	assert_true(near(hf_hist_sd(&h), sqrt(32.0 / 7), 1e-12));
	assert_true(h.min == 2 && h.max == 9 && h.n == 8);
	for (size_t i = 0; i < 1000; i++)
		value[i] = 1000000;
	fill(1000);
	assert_true(hf_hist_sd(&h) == 0);
}

/* Below 256 everything is exact. */
static void test_small(void **state)
{
	static const size_t n[] = { 1, 2, 3, 7, 10, 30, 100, 999 };
	struct hf_rand r;

	(void)state;
	hf_rand_seed(&r, 1, 0);
	for (size_t k = 0; k < COUNT(n); k++) {
		for (size_t i = 0; i < n[k]; i++)
			value[i] = hf_rand_below(&r, 256);
		fill(n[k]);
		for (int q = 0; q <= 1000; q++)
			assert_true(hf_hist_quantile(&h, q / 1000.0) == sorted_quantile(n[k], q / 1000.0));
		for (int t = 0; t < 50; t++)
			assert_true(near(hf_hist_tmean(&h, t / 100.0), sorted_tmean(n[k], t / 100.0), 1e-9));
	}
}

static uint64_t uniform(struct hf_rand *r)
{
	return 1000 + hf_rand_below(r, 9000);
}

static uint64_t log_uniform(struct hf_rand *r)
{
	return (uint64_t)(300 * exp(15 * (double)hf_rand_below(r, 1 << 30) / (1 << 30)));
}

/* Latencies as they are: a body, and one in fifty far above it */
static uint64_t tailed(struct hf_rand *r)
{
	uint64_t v = 20000;

	for (int i = 0; i < 8; i++)
		v += hf_rand_below(r, 1000);
	return hf_rand_below(r, 50) ? v : v * (10 + hf_rand_below(r, 90));
}

static void test_large(void **state)
{
	static uint64_t (*const draw[])(struct hf_rand *) = { uniform, log_uniform, tailed };
	static const size_t n[] = { 10, 33, 1000, MOST };
	struct hf_rand r;

	(void)state;
	hf_rand_seed(&r, 2, 0);
	for (size_t d = 0; d < COUNT(draw); d++) {
		for (size_t k = 0; k < COUNT(n); k++) {
			double most = n[k] == MOST ? 1.0 / 256 : 1.0 / 128, last = 0;

			for (size_t i = 0; i < n[k]; i++)
				value[i] = draw[d](&r);
			fill(n[k]);
			for (int q = 0; q <= 1000; q++) {
				double x = hf_hist_quantile(&h, q / 1000.0);

				assert_true(near(x, sorted_quantile(n[k], q / 1000.0), most));
				assert_true(x >= last && x >= (double)h.min && x <= (double)h.max);
				last = x;
			}
			assert_true(hf_hist_quantile(&h, 0) == (double)value[0]);
			assert_true(hf_hist_quantile(&h, 1) == (double)value[n[k] - 1]);
			for (int t = 0; t < 50; t++)
				assert_true(near(hf_hist_tmean(&h, t / 100.0), sorted_tmean(n[k], t / 100.0), 1.0 / 256));
			/* nothing is interpolated where nothing is cut, and next to nothing at the share that records use */
			assert_true(near(hf_hist_tmean(&h, 0), hf_hist_mean(&h), 1e-12));
			if (n[k] == MOST)
				assert_true(near(hf_hist_tmean(&h, 0.1), sorted_tmean(n[k], 0.1), 1e-5));
		}
	}
}

/* All values in one bin, off its middle: the bin's exact total is what keeps the trimmed mean right. */
static void test_one_bin(void **state)
{
	(void)state;
	for (size_t i = 0; i < 1000; i++)
		value[i] = 1000000 + (i % 10 == 0);
	fill(1000);
	assert_true(near(hf_hist_tmean(&h, 0.1), 1000000.1, 1e-9));
	assert_true(near(hf_hist_quantile(&h, 0.5), 1000000, 2e-6)); /* min and max bound the bin */
}

static void test_overflow(void **state)
{
	(void)state;
	value[0] = 5;
	value[1] = 1ULL << 50;
	value[2] = 1ULL << 51;
	fill(3);
	assert_true(hf_hist_quantile(&h, 1) == 0x1p51);
	assert_true(hf_hist_quantile(&h, 0.3) == 5);
	assert_true(hf_hist_mean(&h) == (5 + 0x1p50 + 0x1p51) / 3);
}

static void test_merge(void **state)
{
	struct hf_rand r;

	(void)state;
	hf_rand_seed(&r, 3, 0);
	hf_hist_clear(&other);
	for (size_t i = 0; i < 1000; i++) {
		value[i] = log_uniform(&r);
		if (i >= 300)
			hf_hist_add(&other, value[i]);
	}
	fill(1000); /* all of them */
	hf_hist_merge(&other, &(struct hf_hist){ 0 });
	assert_int_equal(other.n, 700);
	{
		static struct hf_hist first;
		struct hf_rand again;

		hf_hist_clear(&first);
		hf_rand_seed(&again, 3, 0);
		for (size_t i = 0; i < 300; i++)
			hf_hist_add(&first, log_uniform(&again));
		hf_hist_merge(&first, &other);
		assert_true(first.n == h.n && first.min == h.min && first.max == h.max);
		assert_true(near(first.sum, h.sum, 1e-12) && near(first.sum2, h.sum2, 1e-12));
		assert_memory_equal(first.count, h.count, sizeof(h.count));
		assert_memory_equal(first.total, h.total, sizeof(h.total));
		hf_hist_clear(&other);
		hf_hist_merge(&other, &first); /* into an empty one: its min must not stay 0 */
		assert_true(other.min == h.min && other.n == h.n);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bins),  cmocka_unit_test(test_empty),   cmocka_unit_test(test_moments),  cmocka_unit_test(test_small),
		cmocka_unit_test(test_large), cmocka_unit_test(test_one_bin), cmocka_unit_test(test_overflow), cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
