// SPDX-License-Identifier: GPL-2.0-or-later
/* Tries to split. */
#include "harness/try.h"

#include <linux/kernel-page-flags.h>

#include "system/census.h"
#include "system/perf.h"

static struct {
	struct hf_perf *perf;
	double entries;
	uint64_t frame;
} try[HF_TASKS_MAX];

static bool is_whole(struct hf_task *t, uint64_t frame, bool *anon)
{
	uint64_t flags;

	if (!frame || hf_census_flags(t->census, frame, &flags))
		return false;
	*anon = flags >> KPF_ANON & 1;
	return flags >> KPF_COMPOUND_HEAD & 1 && flags >> KPF_THP & 1 && !(flags >> KPF_ZERO_PAGE & 1);
}

/* Of this thread, since it asked first; negative: cannot be told. */
static double entries(struct hf_task *t)
{
	struct hf_perf **perf = &try[t->index].perf;
	struct hf_perf_value v;

	if (!*perf) {
		if (hf_perf_open(perf, "migrate:remove_migration_pte"))
			return -1;
		hf_perf_start(*perf);
	}
	return hf_perf_read(*perf, &v) == 1 && !v.err ? v.value : -1;
}

bool hf_try_begin(struct hf_task *t, const void *p)
{
	bool anon;

	try[t->index].frame = hf_frame(t, p);
	try[t->index].entries = entries(t);
	return is_whole(t, try[t->index].frame, &anon);
}

enum hf_split_outcome hf_try_end(struct hf_task *t)
{
	double before = try[t->index].entries, after = entries(t);
	bool anon = false;

	if (!is_whole(t, try[t->index].frame, &anon))
		return HF_SPLIT_SUCCESS;
	if (!anon || before < 0 || after < 0)
		return HF_SPLIT_DISAGREE;
	return after > before ? HF_SPLIT_LATE : HF_SPLIT_UNTOUCHED;
}
