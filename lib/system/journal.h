/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal of knob.c, which says what its lines mean: entries in memory, each with its line on disk before anything is changed. For knob.c and growth.c alone. */
#ifndef HF_SYSTEM_JOURNAL_H
#define HF_SYSTEM_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "system/knob.h"

/* Undoing an entry is tried for 3 seconds: what the kernel frees late, a dying process's memory for one. */
#define HF_JOURNAL_TRIES 150
#define HF_JOURNAL_TRY_US 20000

enum hf_entry_kind { HF_ENTRY_SET, HF_ENTRY_POOL, HF_ENTRY_BRACKET, HF_ENTRY_MKDIR, HF_ENTRY_WORD };

/** struct hf_entry - one change; the fields are those of its journal lines */
struct hf_entry {
	enum hf_entry_kind kind;
	bool held, taking, undone;
	char *path, *before, *after;
	uint64_t base, surplus, pages, from, to;
};

/**
 * struct hf_knobs - the journal and its entries
 * @fd:		the file, or -1
 * @size:	of its whole lines
 * @foreign:	it is of another boot
 */
struct hf_knobs {
	int fd;
	off_t size;
	bool foreign;
	char *dir, *path;
	struct hf_entry *entry;
	size_t n, room;
};

/** struct hf_journal_number - a number as text */
struct hf_journal_number {
	char text[24];
};

/** hf_journal_number() - for hf_journal_append() */
struct hf_journal_number hf_journal_number(uint64_t v);

/** hf_journal_new() - neither opened nor made; NULL when out of memory */
struct hf_knobs *hf_journal_new(const char *state_dir);

/** hf_journal_free() - NULL is allowed; the file stays */
void hf_journal_free(struct hf_knobs *k);

/** hf_journal_begin() - make the file, with its first line. Return: 0 or -errno, and then there is none. */
int hf_journal_begin(struct hf_knobs *k);

/** hf_journal_load() - open the file that is there, cut off a torn last line and fill in the entries; none when it is of another boot. Return: 0, -ENOENT, -EBADMSG, other -errno. */
int hf_journal_load(struct hf_knobs *k);

/** hf_journal_remove() - close and delete the file. Return: 0 or -errno. */
int hf_journal_remove(struct hf_knobs *k);

/** hf_journal_append() - one line, with one write(2), and wait until it is on disk; fields end with NULL. On failure the journal is as before. Return: 0 or -errno. */
int hf_journal_append(struct hf_knobs *k, const char *word, ...) __attribute__((sentinel));

/** hf_journal_entry() - the next entry; it counts once hf_journal_commit() has succeeded. @before and @after may be NULL. Return: NULL when out of memory. */
struct hf_entry *hf_journal_entry(struct hf_knobs *k, enum hf_entry_kind kind, const char *path, const char *before, const char *after);

/** hf_journal_commit() - journals that entry: from here on it will be undone, whatever happens. Return: 0, or -errno, and then it is dropped. */
int hf_journal_commit(struct hf_knobs *k, struct hf_entry *e);

/** hf_journal_drop() - release what an entry holds */
void hf_journal_drop(struct hf_entry *e);

/** hf_journal_again() - whether what returned @err is worth another try */
bool hf_journal_again(int err);

/** hf_journal_pending() - how many entries are not undone */
size_t hf_journal_pending(const struct hf_knobs *k);

#endif
