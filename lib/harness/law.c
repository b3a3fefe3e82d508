// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of laws, and what becomes of a broken one. */
#include "harness/law.h"

#include <stdarg.h>
#include <stdio.h>

#include "harness/shared.h"
#include "harness/stress.h"

static const char *const name[HF_LAWS] = {
	[HF_LAW_CONTENT] = "content",
	[HF_LAW_SIGBUS] = "sigbus",
	[HF_LAW_ERROR] = "error",
	[HF_LAW_POOL] = "pool",
	[HF_LAW_RESERVATION] = "reservation",
	[HF_LAW_SURPLUS] = "surplus",
	[HF_LAW_QUOTA] = "quota",
	[HF_LAW_CGROUP] = "cgroup",
	[HF_LAW_PAGE] = "page",
	[HF_LAW_FRAMES] = "frames",
	[HF_LAW_MEMORY] = "memory",
	[HF_LAW_PINS] = "pins",
	[HF_LAW_PROGRESS] = "progress",
	[HF_LAW_FORWARD] = "forward",
};

const char *hf_law_name(enum hf_law law)
{
	return name[law];
}

void hf_law_count(struct hf_task *t, enum hf_law law)
{
	t->run->shared->stress->actor[t->index].checked[law]++;
}

void hf_law_broken(struct hf_task *t, enum hf_law law, const char *fmt, ...)
{
	struct hf_stress_shared *st = t->run->shared->stress;
	char text[HF_REASON_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	st->actor[t->index].broken[law]++;
	n = -1;
	if (atomic_compare_exchange_strong(&st->failed_law, &n, (int)law))
		st->failed_episode = st->episode;
	hf_fail(t->run, "law %s: %s (episode %llu)", name[law], text, (unsigned long long)st->episode);
}
