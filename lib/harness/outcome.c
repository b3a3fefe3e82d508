// SPDX-License-Identifier: GPL-2.0-or-later
/* What came of a repeat. */
#include "harness/outcome.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "harness/shared.h"

#define LAW_TRIES 5
#define PROOF_ONE_IN 8 /* operations may take another number of faults than declared: the kernel may have to take one twice, we never do */
#define WAIT_MS 2000   /* how long a dead process's pages may take to come back */

int hf_outcome_judge(const struct hf_run *run, const struct hf_process_end *end, double limit_s, char *why, size_t room)
{
	const struct hf_bench *b = run->bench;
	struct hf_shared *sh = run->shared;
	double least = b->min_backing > 0 ? b->min_backing : 1;
	uint64_t checked = 0, wrong = 0, samples = 0;

	if (sh->verdict >= 0 && sh->reason_ready) {
		snprintf(why, room, "%s", sh->reason);
		return sh->verdict;
	}
	if (end->timed_out) {
		snprintf(why, room, "no end after %.1f s (--timeout)", limit_s);
		return HF_EXIT_BROKEN;
	}
	if (WIFSIGNALED(end->status)) {
		int sig = WTERMSIG(end->status);

		snprintf(why, room, "killed by SIG%s%s", sigabbrev_np(sig), sig == SIGKILL ? " (out of memory, or by somebody's hand)" : "");
		return sig == SIGBUS ? HF_EXIT_FAIL : HF_EXIT_BROKEN;
	}
	if (!sh->measured || (WIFEXITED(end->status) && WEXITSTATUS(end->status))) {
		snprintf(why, room, "ended early, with status %d", WEXITSTATUS(end->status));
		return HF_EXIT_BROKEN;
	}
	if (sh->proof_wrong * PROOF_ONE_IN > sh->proof_ops) {
		snprintf(why, room, "%llu of %llu timed operations took other than the %d page faults that the descriptor declares (%ld)", (unsigned long long)sh->proof_wrong,
			 (unsigned long long)sh->proof_ops, b->faults, sh->proof_seen);
		return HF_EXIT_BROKEN;
	}
	for (unsigned int t = 0; t < run->tasks; t++) {
		checked += sh->slot[t].checked;
		wrong += sh->slot[t].wrong;
		for (unsigned int m = 0; b->metrics[m].name; m++)
			samples += sh->slot[t].hist[m] ? sh->slot[t].hist[m]->n : sh->slot[t].count[m];
	}
	if (checked && (double)(checked - wrong) < least * (double)checked) {
		snprintf(why, room, "%llu of %llu checked operations did not get a page of %zu KiB (at most %.3g %% may)", (unsigned long long)wrong, (unsigned long long)checked,
			 run->page >> 10, 100 * (1 - least));
		return HF_EXIT_BROKEN;
	}
	if (!samples) {
		snprintf(why, room, "no samples");
		return HF_EXIT_BROKEN;
	}
	return HF_EXIT_OK;
}

static bool as_before(const struct hf_pool *now, const struct hf_pool *before)
{
	return now->nr == before->nr && now->free == before->free && now->resv == before->resv && now->surplus == before->surplus;
}

void hf_outcome_pool(const struct hf_run *run, const struct hf_pool *before, char *broken, char *differs, size_t room)
{
	struct hf_pool now;

	*broken = *differs = '\0';
	for (int ms = 0;; ms += 10) {
		if (hf_pool_read(run->page, -1, &now))
			return;
		if (as_before(&now, before) || ms >= WAIT_MS)
			break;
		usleep(10000); /* freeing may be deferred to a worker */
	}
	/* the counts are read one after the other: somebody else's change between two of them is no breach, one that stays is */
	for (int i = 0; i < LAW_TRIES && hf_pool_law(&now, broken, room); i++) {
		usleep(10000);
		if (hf_pool_read(run->page, -1, &now)) {
			*broken = '\0';
			return;
		}
	}
	if (!hf_pool_law(&now, broken, room))
		*broken = '\0';
	if (as_before(&now, before))
		return;
	snprintf(differs, room, "pool is not as before the repeat (nr %+lld free %+lld resv %+lld surplus %+lld): used by others, or a leak", (long long)(now.nr - before->nr),
		 (long long)(now.free - before->free), (long long)(now.resv - before->resv), (long long)(now.surplus - before->surplus));
}

bool hf_outcome_charged(const char *group, size_t page, const struct hf_cgroup_charge *before, char *why, size_t room)
{
	struct hf_cgroup_charge now;

	for (int ms = 0;; ms += 10) {
		if (hf_cgroup_charge(group, page, &now) || (now.current == before->current && now.reserved == before->reserved))
			return false;
		if (ms >= WAIT_MS)
			break;
		usleep(10000);
	}
	snprintf(why, room, "hugetlb cgroup law: after the repeat %llu bytes of pages are charged (%llu before), and %llu bytes reserved (%llu before)",
		 (unsigned long long)now.current, (unsigned long long)before->current, (unsigned long long)now.reserved, (unsigned long long)before->reserved);
	return true;
}
