// SPDX-License-Identifier: GPL-2.0-or-later
/* Self-describing pages: every way in which a page can be wrong is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/content.h"
#include "harness/shared.h"
#include "harness/stress.h"

#define LEN (1u << 20)

static char *a, *b;
static const struct hf_stamp mine = { 3, 5, 77 };

static int fresh(void **state)
{
	(void)state;
	a = calloc(1, LEN);
	b = calloc(1, LEN);
	return !a || !b;
}

static int done(void **state)
{
	(void)state;
	free(a);
	free(b);
	return 0;
}

static void good_page_matches(void **state)
{
	(void)state;
	assert_null(hf_content_blank(a, LEN, true));
	hf_content_write(a, LEN, &mine);
	assert_null(hf_content_match(a, LEN, &mine));
	assert_non_null(hf_content_blank(a, LEN, false));
}

static void other_stamps_do_not(void **state)
{
	static const struct hf_stamp others[] = { { 4, 5, 77 }, { 3, 6, 77 }, { 3, 5, 76 } };

	(void)state;
	hf_content_write(a, LEN, &mine);
	for (int i = 0; i < 3; i++)
		assert_non_null(hf_content_match(a, LEN, &others[i]));
}

/* Any 4 KiB that is missing, stale, or swapped with another is found. */
static void every_part_counts(void **state)
{
	static const struct hf_stamp old = { 3, 5, 76 };

	(void)state;
	hf_content_write(b, LEN, &old);
	for (size_t at = 0; at < LEN; at += 4096) {
		hf_content_write(a, LEN, &mine);
		memset(a + at, 0, 4096);
		assert_non_null(hf_content_match(a, LEN, &mine));
		memcpy(a + at, b + at, 4096);
		assert_non_null(hf_content_match(a, LEN, &mine));
		hf_content_write(a, LEN, &mine);
		memmove(a + at, a + (at + 4096) % LEN, 4096);
		assert_non_null(hf_content_match(a, LEN, &mine));
	}
}

/* A page that was cleared but for one 4 KiB: the old stamp shows. */
static void uncleared_part_is_found(void **state)
{
	(void)state;
	hf_content_write(b, LEN, &mine);
	for (size_t at = 0; at < LEN; at += 4096) {
		memset(a, 0, LEN);
		memcpy(a + at, b + at, 4096);
		assert_non_null(hf_content_blank(a, LEN, false));
	}
	memset(a, 0, LEN);
	a[LEN - 1] = 1;
	assert_non_null(hf_content_blank(a, LEN, true));
}

/* Actors' lines: apart from each other, not all in one part of the page, and a byte of another unit or episode shows. */
static void lines_of_actors(void **state)
{
	static struct hf_stress_shared stress = { .failed_law = -1 };
	static struct hf_shared shared = { .stress = &stress }; /* somebody else's verdict is there: hf_fail() writes none */
	struct hf_run run = { .tasks = 16, .shared = &shared, .page = LEN, .seed = 5 };
	struct hf_task task = { .run = &run, .index = 3 };
	bool upper = false, lower = false;

	(void)state;
	for (unsigned int i = 0; i < run.tasks; i++) {
		volatile char *p = hf_content_line(&run, a, 1, i);

		assert_int_equal(*p, 0);
		*p = hf_content_mark(&run, 1);
		upper |= p - a >= LEN / 2;
		lower |= p - a < LEN / 2;
	}
	assert_true(upper && lower);
	hf_content_lines(&task, a, 1);
	assert_int_equal(stress.actor[3].broken[HF_LAW_CONTENT], 0);
	*hf_content_line(&run, a, 1, 7) = hf_content_mark(&run, 0);
	hf_content_lines(&task, a, 1);
	assert_int_equal(stress.actor[3].broken[HF_LAW_CONTENT], 1);
	*hf_content_line(&run, a, 1, 7) = 0;
	a[0] = 1;
	hf_content_lines(&task, a, 1);
	assert_in_range(stress.actor[3].broken[HF_LAW_CONTENT], 2, 5);
	*hf_content_line(&run, a, 1, 7) = hf_content_mark(&run, 0);
	for (stress.episode = 1; stress.episode < 15; stress.episode++)
		assert_int_not_equal(hf_content_mark(&run, 0), *hf_content_line(&run, a, 1, 7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good_page_matches, fresh, done),
		cmocka_unit_test_setup_teardown(other_stamps_do_not, fresh, done),
		cmocka_unit_test_setup_teardown(every_part_counts, fresh, done),
		cmocka_unit_test_setup_teardown(uncleared_part_is_found, fresh, done),
		cmocka_unit_test_setup_teardown(lines_of_actors, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
