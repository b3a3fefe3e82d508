// SPDX-License-Identifier: GPL-2.0-or-later
/* Pages added to a pool that others use, too. */
#include "tests/unit/knobs.h"

#define SURPLUS "/sys/kernel/mm/hugepages/hugepages-2048kB/surplus_hugepages"
#define FREE "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"

/* What others did to the pool between growing and undoing. */
static void test_pool_others(void **state)
{
	static const struct {
		const char *before;
		uint64_t pages;
		const char *grown, *others, *after;
	} t[] = {
		{ "10\n", 8, "18\n", "18\n", "10\n" },					      /* nobody */
		{ "10\n", 8, "18\n", "23\n", "15\n" },					      /* five more, which stay */
		{ "10\n", 8, "18\n", "14\n", "10\n" },					      /* shrunk by four, all of them ours */
		{ "10\n", 8, "18\n", "10\n", "10\n" }, { "20\n", 8, "28\n", "11\n", "11\n" }, /* below what was there: not made up for */
		{ "20\n", 0, "20\n", "25\n", "25\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		struct hf_knobs *k = open_knobs();

		fake_write(POOL, t[i].before);
		assert_int_equal(hf_growth_add(k, POOL, t[i].pages), 0);
		fake_expect(POOL, t[i].grown);
		fake_write(POOL, t[i].others);
		assert_int_equal(hf_knob_restore(k, NULL, NULL), 0);
		fake_expect(POOL, t[i].after);
		hf_knob_close(k);
	}
}

static void test_pool_limits(void **state)
{
	struct hf_knobs *k = open_knobs();

	(void)state;
	assert_int_equal(hf_growth_add(k, POOL, UINT64_MAX - 5), -ENOMEM); /* must not wrap into a shrinking */
	assert_int_equal(hf_growth_add(k, "/sys/none/nr_hugepages", 1), -ENOENT);
	assert_int_equal(hf_knob_mark(k), 0);
	/* 4 of 62 are surplus: 58 persistent, so 3 more are written as 65. This file keeps its surplus: that reads as 61, too few. */
	fake_write(POOL, "62\n");
	fake_write(SURPLUS, "4\n");
	assert_int_equal(hf_growth_add(k, POOL, 3), -ENOMEM);
	fake_expect(POOL, "58\n"); /* taken back to what was persistent */
	hf_knob_close(k);
}

/* A pool that the run itself resizes: what it may have left is taken, whatever the moment, and what others did stays where it can be told. */
static void test_pool_bracket(void **state)
{
	static const struct {
		const char *before;
		uint64_t most, left; /* @left: UINT64_MAX is not settled */
		const char *now, *after;
	} t[] = {
		{ "10\n", 8, UINT64_MAX, "10\n", "10\n" }, /* died small */
		{ "10\n", 8, UINT64_MAX, "13\n", "10\n" },
		{ "10\n", 8, UINT64_MAX, "18\n", "10\n" }, /* died as large as it gets */
		{ "10\n", 8, UINT64_MAX, "21\n", "13\n" }, /* others added three at least */
		{ "20\n", 8, UINT64_MAX, "11\n", "11\n" }, /* others shrank it: not made up for */
		{ "10\n", 0, UINT64_MAX, "18\n", "18\n" },
		{ "10\n", 8, 0, "15\n", "15\n" },	      /* it had given back all: these are others' */
		{ "10\n", 8, 2, "15\n", "13\n" },
		{ "10\n", 8, 8, "15\n", "10\n" },
		{ "10\n", 8, 99, "21\n", "13\n" }, /* a limit is not raised */
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(t); i++) {
		struct hf_knobs *k = open_knobs();
		bool dies = i >= COUNT(t);
		size_t c = i % COUNT(t);

		fake_write(POOL, t[c].before);
		assert_int_equal(hf_growth_bracket(k, POOL, t[c].most), 0);
		fake_expect(POOL, t[c].before);
		fake_write(POOL, t[c].now);
		if (t[c].left != UINT64_MAX)
			assert_int_equal(hf_growth_settle(k, POOL, t[c].left), 0);
		if (!dies)
			assert_int_equal(hf_knob_restore(k, NULL, NULL), 0);
		hf_knob_close(k);
		if (dies)
			assert_int_equal(hf_knob_recover(fake_state, NULL, NULL), 1);
		fake_expect(POOL, t[c].after);
	}
}

/*
 * Surplus pages that stayed behind without a user go as persistent ones. A fake pool does not follow its counts, so the surplus stays what it reads: what shows is
 * that the pool file was written twice, with a journal line that lets it be done again. Those that others have, or had before, are left alone.
 */
static void test_pool_kept(void **state)
{
	static const struct {
		const char *before, *free_now, *after;
	} t[] = {
		{ "0\n", "1\n", "14\n" },
		{ "0\n", "0\n", "15\n" }, /* somebody uses it */
		{ "1\n", "1\n", "15\n" }, /* it was there before */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		struct hf_knobs *k = open_knobs();

		fake_write(POOL, i == 2 ? "15\n" : "14\n");
		fake_write(SURPLUS, t[i].before);
		fake_write(FREE, t[i].free_now);
		assert_int_equal(hf_growth_bracket(k, POOL, 8), 0);
		fake_write(POOL, "15\n");
		fake_write(SURPLUS, "1\n");
		assert_int_equal(hf_knob_restore(k, NULL, NULL), 0);
		hf_knob_close(k);
		fake_expect(POOL, t[i].after);
	}
}

static void test_bracket_limits(void **state)
{
	struct hf_knobs *k = open_knobs();

	(void)state;
	assert_int_equal(hf_growth_bracket(k, POOL, UINT64_MAX - 5), -ENOMEM);
	assert_int_equal(hf_growth_bracket(k, "/sys/none/nr_hugepages", 1), -ENOENT);
	assert_int_equal(hf_growth_settle(k, POOL, 0), -ENOENT);
	assert_int_equal(hf_knob_mark(k), 0);
	/* Two around the same pool: the newest is meant. Undone newest first, each takes its own. */
	assert_int_equal(hf_growth_bracket(k, POOL, 5), 0);
	fake_write(POOL, "14\n");
	assert_int_equal(hf_growth_bracket(k, POOL, 7), 0);
	fake_write(POOL, "18\n");
	assert_int_equal(hf_growth_settle(k, POOL, 3), 0);
	assert_int_equal(hf_knob_undo_to(k, 1, NULL, NULL), 0);
	fake_expect(POOL, "15\n");
	assert_int_equal(hf_growth_settle(k, POOL, 2), 0);
	assert_int_equal(hf_knob_undo_to(k, 0, NULL, NULL), 0);
	fake_expect(POOL, "13\n");
	assert_int_equal(hf_growth_settle(k, POOL, 0), -ENOENT);
	hf_knob_close(k);
	assert_int_equal(hf_knob_recover(fake_state, NULL, NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_pool_others), TEST(test_pool_limits), TEST(test_pool_bracket), TEST(test_pool_kept),
		TEST(test_bracket_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
