// SPDX-License-Identifier: GPL-2.0-or-later
/* Shrinking: what is needed stays, everything else goes; a failure that does not come again takes nothing away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/shrink.h"

struct need {
	uint64_t actors, ops;
	unsigned int steps, tries;
	bool never;
};

static bool fails(void *arg, const struct hf_replay *p)
{
	struct need *n = arg;

	n->tries++;
	return !n->never && (p->actors & n->actors) == n->actors && (p->ops & n->ops) == n->ops && (!p->steps || p->steps >= n->steps);
}

static void keeps_what_is_needed(void **state)
{
	struct hf_replay part = { .episode = 7, .actors = UINT64_MAX, .ops = UINT64_MAX };
	struct need n = { .actors = 0x5, .ops = 0x12, .steps = 3 };

	(void)state;
	assert_true(hf_shrink(&part, 4, 8, 16, fails, &n));
	assert_int_equal(part.actors, 0x5);
	assert_int_equal(part.ops, 0x12);
	assert_int_equal(part.steps, 4); /* halves: 8, 4, not 2 */
	assert_int_equal(part.episode, 7);
}

static void takes_nothing_when_it_does_not_fail_again(void **state)
{
	struct hf_replay part = { .actors = UINT64_MAX, .ops = UINT64_MAX };
	struct need n = { .never = true };

	(void)state;
	assert_false(hf_shrink(&part, 2, 3, 4, fails, &n));
	assert_int_equal(part.actors, 0x3);
	assert_int_equal(part.ops, 0x7);
	assert_int_equal(part.steps, 0);
}

static void leaves_one_of_each(void **state)
{
	struct hf_replay part = { .actors = UINT64_MAX, .ops = UINT64_MAX };
	struct need n = { .actors = 0 };

	(void)state;
	assert_true(hf_shrink(&part, 8, 8, 1, fails, &n));
	assert_int_equal(part.actors, 1);
	assert_int_equal(part.ops, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_is_needed),
		cmocka_unit_test(takes_nothing_when_it_does_not_fail_again),
		cmocka_unit_test(leaves_one_of_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
