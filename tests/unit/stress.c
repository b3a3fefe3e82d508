// SPDX-License-Identifier: GPL-2.0-or-later
/* The schedules of stressors: a function of the seed, of what each actor may do, and of some or all kinds of operations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/stress.h"

#define OPS 6
#define EPISODES 400

static unsigned int nothing(struct hf_task *t, const struct hf_step *step)
{
	(void)t;
	(void)step;
	return 0;
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "first", 1, 1, nothing, "ok", HF_SIGBUS_NEVER }, { "a", 3, 0, nothing, "ok", HF_SIGBUS_NEVER }, { "b", 3, 0, nothing, "ok", HF_SIGBUS_NEVER },
		      { "c", 3, 0, nothing, "ok", HF_SIGBUS_NEVER }, { "d", 3, 0, nothing, "ok", HF_SIGBUS_NEVER }, { "others", 3, ~UINT64_C(1), nothing, "ok", HF_SIGBUS_NEVER }),
	.steps = 16,
	.scan = 20000,
};
static const struct hf_bench bench = { .stress = &race };
static struct hf_run run = { .bench = &bench, .tasks = 3, .cpus = 3, .seed = 7 };

/* The kinds of operations that all actors do in an episode: bit i for operation i. */
static uint64_t kinds(uint64_t episode)
{
	struct hf_step step[HF_STEPS_MAX];
	uint64_t seen = 0;

	for (unsigned int actor = 0; actor < run.tasks; actor++) {
		unsigned int n = hf_stress_draw(&run, episode, actor, step);

		for (unsigned int i = 0; i < n; i++) {
			const struct hf_op *op = &race.ops[step[i].op];

			assert_true(step[i].op < OPS);
			assert_true(!op->actors || op->actors >> actor & 1);
			seen |= UINT64_C(1) << step[i].op;
		}
	}
	return seen;
}

static void same_seed_same_schedule(void **state)
{
	struct hf_step a[HF_STEPS_MAX], b[HF_STEPS_MAX];
	uint64_t hash = hf_stress_hash(&run);

	(void)state;
	memset(a, 0, sizeof(a));
	memset(b, 0, sizeof(b));
	assert_int_equal(hf_stress_draw(&run, 5, 1, a), race.steps);
	hf_stress_draw(&run, 5, 1, b);
	assert_memory_equal(a, b, sizeof(a));
	run.seed++;
	assert_true(hf_stress_hash(&run) != hash);
	run.seed--;
	assert_true(hf_stress_hash(&run) == hash);
}

/* About half of the episodes have all kinds, others few; each kind is in many and missing from many. */
static void some_kinds_or_all(void **state)
{
	unsigned int all = 0, few = 0, with[OPS] = { 0 };

	(void)state;
	for (uint64_t e = 0; e < EPISODES; e++) {
		uint64_t seen = kinds(e) & ~UINT64_C(1);
		int n = __builtin_popcountll(seen);

		all += n == OPS - 1;
		few += n <= 2;
		for (unsigned int i = 1; i < OPS; i++)
			with[i] += seen >> i & 1;
	}
	assert_in_range(all, EPISODES / 3, 2 * EPISODES / 3);
	assert_in_range(few, EPISODES / 10, EPISODES / 2);
	for (unsigned int i = 1; i < OPS; i++)
		assert_in_range(with[i], EPISODES / 2, EPISODES - EPISODES / 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_schedule),
		cmocka_unit_test(some_kinds_or_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
