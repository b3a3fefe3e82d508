// SPDX-License-Identifier: GPL-2.0-or-later
/* Knobs: kernel settings that are put back, with a journal that outlives the process. The rules and the journal's format are in knob.h. */
#include "system/knob.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "system/journal.h"

#define VALUE_ROOM 4097 /* a sysfs file shows at most a page */
#define TRIES 150	/* 3 seconds for what the kernel frees late, a dying process's memory for one */
#define TRY_US 20000
#define KEPT_TRY 25 /* half a second after: what is still there is not on its way */

static bool transient(int err)
{
	return err == -EBUSY || err == -EAGAIN || err == -EINTR;
}

/* Settings. */

/* A file that shows all its choices has exactly one word in brackets: that one is the value. */
static void choose(char *value)
{
	char *open = strchr(value, '['), *close = open ? strchr(open, ']') : NULL;

	if (!close || strchr(open + 1, '[') || (open > value && open[-1] != ' ') || (close[1] && close[1] != ' '))
		return;
	*close = '\0';
	memmove(value, open + 1, (size_t)(close - open));
}

static int read_value(const char *path, char value[static VALUE_ROOM])
{
	ssize_t n = hf_file_read(path, value, VALUE_ROOM);

	if (n < 0)
		return (int)n;
	if (strlen(value) != (size_t)n)
		return -EINVAL;
	choose(value);
	return 0;
}

static int write_value(const char *path, const char *value)
{
	return hf_file_write(path, *value ? value : "\n"); /* an empty write(2) reaches no kernel file */
}

static int undo_set(const struct hf_entry *e, char *what, size_t room)
{
	char now[VALUE_ROOM];
	int err = read_value(e->path, now);

	snprintf(what, room, "%s: %s -> %s", e->path, e->after, e->before);
	if (err == -ENOENT) {
		snprintf(what, room, "%s: gone", e->path);
		return 0;
	}
	if (err)
		return err;
	if (strcmp(now, e->before) == 0) {
		snprintf(what, room, "%s: %s, as before", e->path, now);
		return 0;
	}
	if (e->held && strcmp(now, e->after) != 0) {
		snprintf(what, room, "%s: left alone, somebody changed it to %s (was %s, the run set %s)", e->path, now, e->before,
			 e->after);
		return 0;
	}
	for (int i = 0; i < TRIES; i++) {
		err = write_value(e->path, e->before);
		if (!err)
			err = read_value(e->path, now);
		if (!err && strcmp(now, e->before) == 0)
			return 0;
		if (err && !transient(err))
			return err;
		usleep(TRY_US);
	}
	return err ? err : -EIO;
}

int hf_knob_set(struct hf_knobs *knobs, const char *path, const char *value)
{
	char now[VALUE_ROOM];
	struct hf_entry *e;
	int err = read_value(path, now);

	if (err || strcmp(now, value) == 0)
		return err;
	e = hf_journal_entry(knobs, HF_ENTRY_SET, path, now, value);
	if (!e)
		return -ENOMEM;
	err = hf_journal_commit(knobs, e);
	if (err)
		return err;

	err = write_value(path, value);
	if (!err)
		err = read_value(path, now);
	if (!err && strcmp(now, value) != 0)
		err = -EIO;
	if (!err)
		err = hf_journal_append(knobs, "held", hf_journal_number(knobs->n - 1).text, NULL);
	if (err)
		hf_knob_undo_to(knobs, knobs->n - 1, NULL, NULL);
	else
		e->held = true;
	return err;
}

int hf_knob_guard(struct hf_knobs *knobs, const char *path)
{
	char now[VALUE_ROOM];
	struct hf_entry *e;
	int err = read_value(path, now);

	if (err)
		return err;
	e = hf_journal_entry(knobs, HF_ENTRY_SET, path, now, now);
	return e ? hf_journal_commit(knobs, e) : -ENOMEM;
}

/* Files that hold a list of words, "+word" adds one, "-word" takes it away: cgroup.subtree_control. */

/* Return: whether @word is in the list, or -errno. */
static int has_word(const char *path, const char *word)
{
	char list[VALUE_ROOM];
	size_t len = strlen(word);
	int err = read_value(path, list);

	if (err)
		return err;
	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return 1;
	return 0;
}

static int write_word(const char *path, char sign, const char *word)
{
	char text[VALUE_ROOM];

	snprintf(text, sizeof(text), "%c%s", sign, word);
	return write_value(path, text);
}

static int undo_word(const struct hf_entry *e, char *what, size_t room)
{
	int there = has_word(e->path, e->after);

	snprintf(what, room, "%s: %s taken away", e->path, e->after);
	if (there == -ENOENT)
		snprintf(what, room, "%s: gone", e->path);
	if (there == -ENOENT || there == 0)
		return 0;
	for (int i = 0; there > 0 && i < TRIES; i++) {
		int err = write_word(e->path, '-', e->after);

		if (err && !transient(err)) /* busy as long as a group below has it */
			return err;
		there = has_word(e->path, e->after);
		if (there > 0)
			usleep(TRY_US);
	}
	return there > 0 ? -EBUSY : there;
}

int hf_knob_word(struct hf_knobs *knobs, const char *path, const char *word)
{
	struct hf_entry *e;
	int err = has_word(path, word);

	if (err)
		return err < 0 ? err : 0;
	e = hf_journal_entry(knobs, HF_ENTRY_WORD, path, NULL, word);
	if (!e)
		return -ENOMEM;
	err = hf_journal_commit(knobs, e);
	if (err)
		return err;
	err = write_word(path, '+', word);
	if (!err) {
		err = has_word(path, word);
		err = err == 1 ? 0 : err ? err : -EIO;
	}
	if (err)
		hf_knob_undo_to(knobs, knobs->n - 1, NULL, NULL);
	return err;
}

/* Pools. */

/* Persistent and surplus pages. /proc/sys/vm/nr_hugepages has no surplus beside it: it shows the persistent pages. */
static int read_pool(const char *path, uint64_t *persistent, uint64_t *surplus)
{
	const char *slash = strrchr(path, '/');
	uint64_t nr, again = 0;
	char beside[PATH_MAX];
	int err;

	if (!slash || snprintf(beside, sizeof(beside), "%.*s/surplus_hugepages", (int)(slash - path), path) >= (int)sizeof(beside))
		return -EINVAL;
	for (int i = 0; i < TRIES; i++) {
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
	if (!err || transient(err))
		err = hf_file_write(e->path, hf_journal_number(e->to).text);
	return transient(err) ? 0 : err;
}

static int undo_pool(struct hf_knobs *k, size_t id, char *what, size_t room)
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
	for (int i = 0; i < TRIES && (owed || surplus > e->surplus); i++) {
		if (i > 0)
			usleep(TRY_US);
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
			if (err && !transient(err))
				return err;
		}
		err = read_pool(e->path, &now, &surplus);
		if (err && !transient(err))
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

int hf_knob_pool_bracket(struct hf_knobs *knobs, const char *path, uint64_t most)
{
	uint64_t goal;

	return commit_pool(knobs, HF_ENTRY_BRACKET, path, most, &goal);
}

int hf_knob_pool_settle(struct hf_knobs *knobs, const char *path, uint64_t left)
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

int hf_knob_pool_grow(struct hf_knobs *knobs, const char *path, uint64_t pages)
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

/* Directories. */

static int undo_mkdir(const struct hf_entry *e, char *what, size_t room)
{
	char full[PATH_MAX];
	int err = 0;

	snprintf(what, room, "%s: removed", e->path);
	if (!hf_file_path(e->path, full, sizeof(full)))
		return -errno;
	for (int i = 0; i < TRIES; i++) {
		if (rmdir(full) == 0)
			return 0;
		err = -errno;
		if (err == -ENOENT) {
			snprintf(what, room, "%s: gone", e->path);
			return 0;
		}
		if (!transient(err)) /* a cgroup is busy until its last process has gone */
			return err;
		usleep(TRY_US);
	}
	return err;
}

int hf_knob_mkdir(struct hf_knobs *knobs, const char *path)
{
	char full[PATH_MAX];
	struct stat st;
	struct hf_entry *e;
	int err;

	if (!hf_file_path(path, full, sizeof(full)))
		return -errno;
	if (lstat(full, &st) == 0)
		return -EEXIST; /* known before it is journalled: recovering must not remove what was there */
	e = hf_journal_entry(knobs, HF_ENTRY_MKDIR, path, NULL, NULL);
	if (!e)
		return -ENOMEM;
	err = hf_journal_commit(knobs, e);
	if (err)
		return err;
	if (mkdir(full, 0755) == 0)
		return 0;
	err = -errno;
	if (hf_journal_append(knobs, "undone", hf_journal_number(knobs->n - 1).text, NULL) == 0)
		e->undone = true;
	return err;
}

/* Undoing. */

static int undo_entry(struct hf_knobs *k, size_t id, char *what, size_t room)
{
	struct hf_entry *e = &k->entry[id];
	int err = -EINVAL;

	switch (e->kind) {
	case HF_ENTRY_SET:
		err = undo_set(e, what, room);
		break;
	case HF_ENTRY_POOL:
	case HF_ENTRY_BRACKET:
		err = undo_pool(k, id, what, room);
		break;
	case HF_ENTRY_MKDIR:
		err = undo_mkdir(e, what, room);
		break;
	case HF_ENTRY_WORD:
		err = undo_word(e, what, room);
		break;
	}
	if (err)
		return err;
	err = hf_journal_append(k, "undone", hf_journal_number(id).text, NULL);
	if (!err)
		e->undone = true;
	return err;
}

size_t hf_knob_mark(const struct hf_knobs *knobs)
{
	return knobs->n;
}

int hf_knob_undo_to(struct hf_knobs *knobs, size_t mark, hf_knob_say *say, void *arg)
{
	char what[PATH_MAX + 512];
	int first = 0;

	for (size_t i = knobs->n; i-- > mark;) {
		int err;

		if (knobs->entry[i].undone)
			continue;
		err = undo_entry(knobs, i, what, sizeof(what));
		if (say)
			say(arg, what, err);
		if (err && !first)
			first = err;
	}
	return first;
}

int hf_knob_restore(struct hf_knobs *knobs, hf_knob_say *say, void *arg)
{
	int err = hf_knob_undo_to(knobs, 0, say, arg);

	return err ? err : hf_journal_remove(knobs);
}

/* The journal as a whole. */

int hf_knob_state_dir(char *buf, size_t room)
{
	const char *state = getenv("HUGEFAULT_STATE"), *xdg = getenv("XDG_RUNTIME_DIR");
	struct stat st;
	int n;

	if (state && *state)
		n = snprintf(buf, room, "%s", state);
	else if (geteuid() == 0)
		n = snprintf(buf, room, "/run/hugefault");
	else if (xdg && *xdg)
		n = snprintf(buf, room, "%s/hugefault", xdg);
	else
		n = snprintf(buf, room, "/tmp/hugefault-%u", geteuid());
	if (n < 0 || (size_t)n >= room)
		return -ENAMETOOLONG;
	if (mkdir(buf, 0700) && errno != EEXIST)
		return -errno;
	if (lstat(buf, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	/* Whoever can write here decides what is written to kernel files later. */
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return -EPERM;
	return 0;
}

/* Removes a journal that has nothing left to undo. */
static int discard(const char *state_dir)
{
	struct hf_knobs *k = hf_journal_new(state_dir);
	int err;

	if (!k)
		return -ENOMEM;
	err = hf_journal_load(k);
	if (k->fd < 0 && err == -ENOENT)
		err = 0;
	else if (!err)
		err = hf_journal_pending(k) ? -EEXIST : hf_journal_remove(k);
	hf_knob_close(k);
	return err;
}

int hf_knob_open(struct hf_knobs **knobs, const char *state_dir)
{
	struct hf_knobs *k;
	int err = discard(state_dir);

	if (err)
		return err;
	k = hf_journal_new(state_dir);
	if (!k)
		return -ENOMEM;
	err = hf_journal_begin(k);
	if (err)
		hf_journal_free(k);
	else
		*knobs = k;
	return err;
}

void hf_knob_close(struct hf_knobs *knobs)
{
	hf_journal_free(knobs);
}

int hf_knob_recover(const char *state_dir, hf_knob_say *say, void *arg)
{
	struct hf_knobs *k = hf_journal_new(state_dir);
	size_t n;
	int err;

	if (!k)
		return -ENOMEM;
	err = hf_journal_load(k);
	n = hf_journal_pending(k);
	if (k->fd < 0 && err == -ENOENT)
		err = 0;
	else if (err && say)
		say(arg, k->path, err);
	else if (!err)
		err = hf_knob_restore(k, say, arg);
	hf_knob_close(k);
	return err ? err : (int)n;
}
