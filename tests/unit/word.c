// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of tasks: a store that is lost, an older one that is back, another page's and a foreign one are each seen, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/word.h"
#include "harness/shared.h"
#include "harness/stress.h"

#define PAGES 3

static struct hf_stress_shared stress;
static struct hf_shared shared;
static struct hf_run run;
static struct hf_task task[2];
static struct hf_words *lines;
static _Alignas(64) char page[PAGES][4096];

static int fresh(void **state)
{
	(void)state;
	memset(page, 0, sizeof(page));
	memset(&stress, 0, sizeof(stress));
	stress.failed_law = -1;
	shared.verdict = 0; /* somebody else's is there: hf_fail() writes none */
	shared.stress = &stress;
	run = (struct hf_run){ .tasks = 2, .shared = &shared, .task = task };
	for (unsigned int i = 0; i < 2; i++)
		task[i] = (struct hf_task){ .run = &run, .index = i };
	lines = hf_words_new(&run, PAGES);
	return 0;
}

static int done(void **state)
{
	(void)state;
	hf_words_free(lines);
	return 0;
}

static void what_was_stored_is_right(void **state)
{
	(void)state;
	assert_true(hf_word_own(&task[0], lines, page[1], 1, false));
	hf_word_store(&task[0], lines, page[1], 1);
	hf_word_store(&task[1], lines, page[1], 1);
	assert_true(hf_word_own(&task[0], lines, page[1], 1, false));
	assert_true(hf_word_all(&task[0], lines, page[1], 1));
	hf_words_check(&task[0], lines, page, 0, PAGES, false);
	assert_int_equal(stress.failed_law, -1);
}

static void lost_store(void **state)
{
	(void)state;
	hf_word_store(&task[1], lines, page[0], 0);
	memset(page[0], 0, sizeof(page[0]));
	assert_true(hf_word_own(&task[1], lines, page[0], 0, true));
	assert_int_equal(stress.failed_law, -1);
	assert_false(hf_word_own(&task[1], lines, page[0], 0, false));
	assert_int_equal(stress.failed_law, HF_LAW_CONTENT);
}

/* An older copy of the page is wrong also where the page may have been given up, and also after that. */
static void older_store(void **state)
{
	char old[4096];

	(void)state;
	hf_word_store(&task[0], lines, page[0], 0);
	memcpy(old, page[0], sizeof(old));
	hf_word_store(&task[0], lines, page[0], 0);
	assert_true(hf_word_all(&task[0], lines, old, 0));
	assert_false(hf_word_own(&task[0], lines, old, 0, true));
	hf_words_forget(lines, 0, 1);
	assert_false(hf_word_own(&task[0], lines, page[0], 0, true));
	hf_words_check(&task[1], lines, old, 0, 1, true);
	assert_int_equal(stress.actor[1].broken[HF_LAW_CONTENT], 1);
}

static void other_page_and_foreign(void **state)
{
	(void)state;
	hf_word_store(&task[0], lines, page[2], 2);
	assert_false(hf_word_all(&task[0], lines, page[2], 1));
	hf_word_foreign(&run, page[1], 1);
	assert_false(hf_word_all(&task[1], lines, page[1], 1));
}

/* A kernel that looks at the first half of each page alone, or at the second, is wrong about many of them. */
static void lines_are_all_over_the_page(void **state)
{
	unsigned int front = 0;

	(void)state;
	for (unsigned int i = 0; i < PAGES; i++) {
		unsigned int at = 0;

		hf_word_store(&task[0], lines, page[i], i);
		while (!page[i][at])
			at++;
		front += at < 2048;
	}
	assert_in_range(front, 1, PAGES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_stored_is_right, fresh, done),
		cmocka_unit_test_setup_teardown(lost_store, fresh, done),
		cmocka_unit_test_setup_teardown(older_store, fresh, done),
		cmocka_unit_test_setup_teardown(other_page_and_foreign, fresh, done),
		cmocka_unit_test_setup_teardown(lines_are_all_over_the_page, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
