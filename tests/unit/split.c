// SPDX-License-Identifier: GPL-2.0-or-later
/* Verdicts on splits: what the evidence says, and that contradictions are seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "hugefault.h"

/* Change of split, failed, PMDs split, and of the same two by size. */
#define MOVED(s, f, p) { .split = s, .failed = f, .pmd = p, .size_split = s, .size_failed = f }
#define PMD_ANON .pmd_sized = true, .sized = true, .by_pmd = true
#define PTE_ANON .pmd_sized = true, .sized = true, .still_by_pmd = -1
#define SMALL .sized = true, .still_by_pmd = -1

static void test_verdicts(void **state)
{
	static const struct {
		const char *what;
		struct hf_split_evidence e;
		enum hf_split_outcome outcome;
	} cases[] = {
		{ "split", { PMD_ANON, .change = MOVED(1, 0, 1) }, HF_SPLIT_SUCCESS },
		{ "split in MADV_FREE's second attempt", { PMD_ANON, .change = MOVED(1, 1, 1) }, HF_SPLIT_SUCCESS },
		{ "early", { PMD_ANON, .change = MOVED(0, 1, 0), .whole = true, .still_by_pmd = 1 }, HF_SPLIT_EARLY },
		{ "late", { PMD_ANON, .change = MOVED(0, 1, 1), .whole = true, .still_by_pmd = 0 }, HF_SPLIT_LATE },
		{ "late, then early in MADV_FREE's second attempt", { PMD_ANON, .change = MOVED(0, 2, 1), .whole = true, .still_by_pmd = 0 }, HF_SPLIT_LATE },
		{ "untouched", { PMD_ANON, .whole = true, .still_by_pmd = 1 }, HF_SPLIT_UNTOUCHED },
		{ "no PAGEMAP_SCAN", { PMD_ANON, .change = MOVED(0, 1, 1), .whole = true, .still_by_pmd = -1 }, HF_SPLIT_LATE },
		{ "a hole punched, early", { PMD_ANON, .zaps = true, .change = MOVED(0, 1, 1), .whole = true, .still_by_pmd = -1 }, HF_SPLIT_EARLY },
		{ "mapped by PTEs, split", { PTE_ANON, .change = MOVED(1, 0, 0), .traced = 512 }, HF_SPLIT_SUCCESS },
		{ "mapped by PTEs, early", { PTE_ANON, .change = MOVED(0, 1, 0), .whole = true }, HF_SPLIT_EARLY },
		{ "mapped by PTEs, late", { PTE_ANON, .change = MOVED(0, 1, 0), .whole = true, .traced = 512 }, HF_SPLIT_LATE },
		{ "small, split", { SMALL, .change = { .size_split = 1 }, .traced = 16 }, HF_SPLIT_SUCCESS },
		{ "small, early", { SMALL, .change = { .size_failed = 1 }, .whole = true }, HF_SPLIT_EARLY },
		{ "small, while somebody splits large ones", { SMALL, .change = { .split = 3, .size_split = 1 } }, HF_SPLIT_SUCCESS },

		{ "counted, and whole", { PMD_ANON, .change = MOVED(1, 0, 1), .whole = true }, HF_SPLIT_DISAGREE },
		{ "split, and not counted", { PMD_ANON, .change = MOVED(0, 0, 1) }, HF_SPLIT_DISAGREE },
		{ "split, and counted as failed", { PMD_ANON, .change = MOVED(0, 1, 1) }, HF_SPLIT_DISAGREE },
		{ "somebody else's split", { PMD_ANON, .change = MOVED(2, 0, 1) }, HF_SPLIT_DISAGREE },
		{ "somebody else's failures", { PMD_ANON, .change = MOVED(0, 3, 0), .whole = true, .still_by_pmd = 1 }, HF_SPLIT_DISAGREE },
		{ "machine's and size's counters apart", { PMD_ANON, .change = { .split = 1, .pmd = 1 } }, HF_SPLIT_DISAGREE },
		{ "failed by the size alone", { PMD_ANON, .change = { .size_failed = 1 }, .whole = true, .still_by_pmd = 1 }, HF_SPLIT_DISAGREE },
		{ "split without its PMD", { PMD_ANON, .change = MOVED(1, 0, 0) }, HF_SPLIT_DISAGREE },
		{ "a PMD split that did not happen", { PMD_ANON, .change = MOVED(0, 1, 1), .whole = true, .still_by_pmd = 1 }, HF_SPLIT_DISAGREE },
		{ "a PMD gone that nobody counted", { PMD_ANON, .change = MOVED(0, 1, 0), .whole = true, .still_by_pmd = 0 }, HF_SPLIT_DISAGREE },
		{ "unmapped without an attempt", { PTE_ANON, .traced = 512, .whole = true }, HF_SPLIT_DISAGREE },
		{ "counters that go backwards", { PMD_ANON, .change = MOVED(-1, 0, 0), .whole = true, .still_by_pmd = 1 }, HF_SPLIT_DISAGREE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[256] = "";
		enum hf_split_outcome outcome = hf_split_judge(&cases[i].e, why, sizeof(why));

		if (outcome != cases[i].outcome)
			fail_msg("%s: outcome %d, not %d (%s)", cases[i].what, outcome, cases[i].outcome, why);
		if ((outcome == HF_SPLIT_DISAGREE) != (strstr(why, "do not agree") != NULL))
			fail_msg("%s: outcome %d with reason '%s'", cases[i].what, outcome, why);
	}
}

static void test_less(void **state)
{
	const struct hf_thpstat_value a = { 10, 20, 30, 40, 50, 60, 70, 80, 90 }, b = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	struct hf_thpstat_value d = hf_split_less(&a, &b);

	(void)state;
	for (size_t i = 0; i < sizeof(d) / sizeof(int64_t); i++)
		assert_int_equal(((int64_t *)&d)[i], 9 * (int64_t)(i + 1));
}

static void body(struct hf_task *t)
{
	(void)t;
}

/* The harness's main() is in the same archive. */
const struct hf_bench hf_bench = { .name = "split", .body = body };

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_verdicts), cmocka_unit_test(test_less) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
