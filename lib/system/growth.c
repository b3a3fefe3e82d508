// SPDX-License-Identifier: GPL-2.0-or-later
/* Pages that are added to pools, and taken away again. */
#include "system/growth.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "system/journal.h"

#define KEPT_TRY 25 /* half a second after: what is still there is not on its way */

/* Persistent and surplus pages. /proc/sys/vm/nr_hugepages has no surplus beside it: it shows the persistent pages. */
static int read_pool(const char *path, uint64_t *persistent, uint64_t *surplus)
{
	const char *slash = strrchr(path, '/');
	uint64_t nr, again = 0;
	char beside[PATH_MAX];
	int err;

	if (!slash || snprintf(beside, sizeof(beside), "%.*s/surplus_hugepages", (int)(slash - path), path) >= (int)sizeof(beside))
		return -EINVAL;
	for (int i = 0; i < HF_JOURNAL_TRIES; i++) {
		*surplus = 0;
		err = hf_file_read_u64(beside, surplus);
		if (err && err != -ENOENT)
			return err;
		err = hf_file_read_u64(path, &nr);
		if (err)
			return err;
		err = hf_file_read_u64(beside, &again);
		if (err == -ENOENT || (!err && again == *surplus && again <= nr)) {
			*persistent = nr - *surplus;
			return 0;
		}
	}
	return -EAGAIN; /* it never stood still between two reads */
}

/* How many of @now persistent pages are ours to take. */
static uint64_t pool_share(const struct hf_entry *e, uint64_t now)
{
	uint64_t added = e->surplus + e->pages;

	if (e->taking) /* an undoing that was interrupted: before the write, or after it? */
		return now >= e->from ? e->from - e->to : 0;
	if (now <= e->base)
		return 0;
	return now - e->base < added ? now - e->base : added;
}

/* Surplus pages above those of before that nobody uses; 0 where that cannot be told (/proc/sys/vm/nr_hugepages). */
static uint64_t kept(const struct hf_entry *e, uint64_t surplus)
{
	const char *slash = strrchr(e->path, '/');
	char beside[PATH_MAX];
	uint64_t free_pages = 0, more = surplus > e->surplus ? surplus - e->surplus : 0;

	snprintf(beside, sizeof(beside), "%.*s/free_hugepages", (int)(slash - e->path), e->path);
	if (!more || hf_file_read_u64(beside, &free_pages))
		return 0;
	return more < free_pages ? more : free_pages;
}

/*
 * Surplus pages that nobody uses: their vmemmap could not be restored when they were to be freed (mm/hugetlb.c, add_hugetlb_folio()). They only go as persistent
 * pages. Those that somebody does use become surplus pages again.
 */
static int free_kept(struct hf_knobs *k, size_t id, uint64_t now, uint64_t surplus)
{
	struct hf_entry *e = &k->entry[id];
	int err;

	e->from = now + surplus - e->surplus;
	e->to = now;
	err = hf_journal_append(k, "take", hf_journal_number(id).text, hf_journal_number(e->from).text, hf_journal_number(e->to).text, NULL);
	if (err)
		return err;
	e->taking = true;
	err = hf_file_write(e->path, hf_journal_number(e->from).text);
	if (!err || hf_journal_again(err))
		err = hf_file_write(e->path, hf_journal_number(e->to).text);
	return hf_journal_again(err) ? 0 : err;
}

int hf_growth_undo(struct hf_knobs *k, size_t id, char *what, size_t room)
{
	struct hf_entry *e = &k->entry[id];
	uint64_t now, surplus, first, ours;
	bool owed;
	int err = read_pool(e->path, &now, &surplus);

	snprintf(what, room, "%s: %s%llu more pages", e->path, e->kind == HF_ENTRY_BRACKET ? "up to " : "", (unsigned long long)e->pages);
	if (err == -ENOENT) {
		snprintf(what, room, "%s: gone", e->path);
		return 0;
	}
	if (err)
		return err;
	first = now;
	ours = pool_share(e, now);
	if (!ours && !e->taking && !kept(e, surplus)) {
		snprintf(what, room, "%s: %llu, as before", e->path, (unsigned long long)now);
		return 0;
	}
	owed = ours;
	for (int i = 0; i < HF_JOURNAL_TRIES && (owed || surplus > e->surplus); i++) {
		if (i > 0)
			usleep(HF_JOURNAL_TRY_US);
		if (i == KEPT_TRY && !owed && kept(e, surplus)) {
			err = free_kept(k, id, now, surplus);
			if (err)
				return err;
		}
		if (owed) {
			e->from = now;
			e->to = now - ours;
			err = hf_journal_append(k, "take", hf_journal_number(id).text, hf_journal_number(e->from).text, hf_journal_number(e->to).text, NULL);
			if (err)
				return err;
			e->taking = true;
			err = hf_file_write(e->path, hf_journal_number(e->to).text);
			if (err && !hf_journal_again(err))
				return err;
		}
		err = read_pool(e->path, &now, &surplus);
		if (err && !hf_journal_again(err))
			return err;
		/* From FROM on the write had no effect; between TO and FROM it had, and somebody has added pages since. */
		if (owed && !err && now < e->from)
			owed = false;
	}
	if (owed)
		return err ? err : -EBUSY;
	if (surplus > e->surplus)
		snprintf(what, room, "%s: %llu -> %llu, and %llu surplus pages that the kernel frees with their users", e->path,
			 (unsigned long long)first, (unsigned long long)now, (unsigned long long)surplus);
	else
		snprintf(what, room, "%s: %llu -> %llu", e->path, (unsigned long long)first, (unsigned long long)now);
	return 0;
}

/* Journals that @pages may be added to what the pool holds now; @goal is set to both together. */
static int commit_pool(struct hf_knobs *k, enum hf_entry_kind kind, const char *path, uint64_t pages, uint64_t *goal)
{
	uint64_t base, surplus;
	struct hf_entry *e;
	int err = read_pool(path, &base, &surplus);

	if (err)
		return err;
	if (__builtin_add_overflow(base + surplus, pages, goal) || *goal > INT64_MAX)
		return -ENOMEM;
	e = hf_journal_entry(k, kind, path, NULL, NULL);
	if (!e)
		return -ENOMEM;
	e->base = base;
	e->surplus = surplus;
	e->pages = pages;
	return hf_journal_commit(k, e);
}

int hf_growth_bracket(struct hf_knobs *knobs, const char *path, uint64_t most)
{
	uint64_t goal;

	return commit_pool(knobs, HF_ENTRY_BRACKET, path, most, &goal);
}

int hf_growth_settle(struct hf_knobs *knobs, const char *path, uint64_t left)
{
	for (size_t i = knobs->n; i-- > 0;) {
		struct hf_entry *e = &knobs->entry[i];
		int err;

		if (e->kind != HF_ENTRY_BRACKET || e->undone || strcmp(e->path, path) != 0)
			continue;
		if (left >= e->pages)
			return 0;
		err = hf_journal_append(knobs, "settle", hf_journal_number(i).text, hf_journal_number(left).text, NULL);
		if (!err)
			e->pages = left;
		return err;
	}
	return -ENOENT;
}

int hf_growth_add(struct hf_knobs *knobs, const char *path, uint64_t pages)
{
	uint64_t goal, now, surplus;
	int err;

	if (!pages)
		return read_pool(path, &now, &surplus);
	err = commit_pool(knobs, HF_ENTRY_POOL, path, pages, &goal);
	if (err)
		return err;
	err = hf_file_write(path, hf_journal_number(goal).text);
	if (!err)
		err = read_pool(path, &now, &surplus);
	if (!err && now < goal)
		err = -ENOMEM;
	if (err)
		hf_knob_undo_to(knobs, knobs->n - 1, NULL, NULL);
	return err;
}
