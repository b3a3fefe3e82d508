/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The laws that a stressor's oracle checks. A broken law ends the run with status 1 and a reason "law NAME: what was seen". How often each was checked is counted, so that a
 * law that was never put to the test shows as such.
 */
#ifndef HF_HARNESS_LAW_H
#define HF_HARNESS_LAW_H

#include <stdbool.h>

#include "harness/run.h"

/**
 * enum hf_law - what must hold
 * @HF_LAW_CONTENT:	a page holds what its owner wrote last, all of it; a fresh one is zero
 * @HF_LAW_SIGBUS:	SIGBUS when it is due and only then
 * @HF_LAW_ERROR:	a call succeeds, or fails with an error that may come here
 * @HF_LAW_POOL:	counts of a pool: none wrapped, free <= total, surplus <= total, nodes add up
 * @HF_LAW_RESERVATION:	reserved pages: as many as mappings and files are owed, never more than are free, all given back
 * @HF_LAW_SURPLUS:	surplus pages only as far as overcommit allows, and gone with their last user
 * @HF_LAW_QUOTA:	a hugetlbfs mount's pages in use add up
 * @HF_LAW_CGROUP:	a hugetlb cgroup's charge is what its members have
 * @HF_LAW_PAGE:	a mapped page is of the size it should be, and not where it must not be (a block that is offline, two owners)
 * @HF_LAW_FRAMES:	frames that are marked hugetlb are those of the pools' pages
 * @HF_LAW_MEMORY:	no memory is lost
 * @HF_LAW_PINS:	pages pinned (GUP) are let go again
 * @HF_LAW_PROGRESS:	every task goes on
 * @HF_LAW_FORWARD:	what must succeed in the end does (a block without unmovable pages goes offline, a free page leaves the pool)
 */
enum hf_law {
	HF_LAW_CONTENT,
	HF_LAW_SIGBUS,
	HF_LAW_ERROR,
	HF_LAW_POOL,
	HF_LAW_RESERVATION,
	HF_LAW_SURPLUS,
	HF_LAW_QUOTA,
	HF_LAW_CGROUP,
	HF_LAW_PAGE,
	HF_LAW_FRAMES,
	HF_LAW_MEMORY,
	HF_LAW_PINS,
	HF_LAW_PROGRESS,
	HF_LAW_FORWARD,
	HF_LAWS,
};

/** hf_law_name() - the word for it in records: "content" ... */
const char *hf_law_name(enum hf_law law);

/** hf_law_count() - @law was checked once more by task @t */
void hf_law_count(struct hf_task *t, enum hf_law law);

/** hf_law_broken() - @law does not hold; the first to be broken is the run's reason. Returns, so that the rest is put right. */
void hf_law_broken(struct hf_task *t, enum hf_law law, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** hf_law() - check that @holds; a statement */
#define hf_law(t, law, holds, ...)                              \
	do {                                                    \
		hf_law_count(t, law);                           \
		if (__builtin_expect(!(holds), 0))              \
			hf_law_broken(t, law, __VA_ARGS__);     \
	} while (0)

#endif
