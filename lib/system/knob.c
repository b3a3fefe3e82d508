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
#include "system/growth.h"
#include "system/journal.h"

#define VALUE_ROOM 4097 /* a sysfs file shows at most a page */

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
	for (int i = 0; i < HF_JOURNAL_TRIES; i++) {
		err = write_value(e->path, e->before);
		if (!err)
			err = read_value(e->path, now);
		if (!err && strcmp(now, e->before) == 0)
			return 0;
		if (err && !hf_journal_again(err))
			return err;
		usleep(HF_JOURNAL_TRY_US);
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
	for (int i = 0; there > 0 && i < HF_JOURNAL_TRIES; i++) {
		int err = write_word(e->path, '-', e->after);

		if (err && !hf_journal_again(err)) /* busy as long as a group below has it */
			return err;
		there = has_word(e->path, e->after);
		if (there > 0)
			usleep(HF_JOURNAL_TRY_US);
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

/* Directories. */

static int undo_mkdir(const struct hf_entry *e, char *what, size_t room)
{
	char full[PATH_MAX];
	int err = 0;

	snprintf(what, room, "%s: removed", e->path);
	if (!hf_file_path(e->path, full, sizeof(full)))
		return -errno;
	for (int i = 0; i < HF_JOURNAL_TRIES; i++) {
		if (rmdir(full) == 0)
			return 0;
		err = -errno;
		if (err == -ENOENT) {
			snprintf(what, room, "%s: gone", e->path);
			return 0;
		}
		if (!hf_journal_again(err)) /* a cgroup is busy until its last process has gone */
			return err;
		usleep(HF_JOURNAL_TRY_US);
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
		err = hf_growth_undo(k, id, what, room);
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
