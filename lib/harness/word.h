/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who wrote what last, to the byte: every task has a line of 64 bytes of its own in each base page of a region, in another place of each, and alone knows what it stored there. A store that is lost, one that comes back
 * from an older copy of the page, and a page that is another's all show, whatever the others do to the page meanwhile.
 */
#ifndef HF_HARNESS_WORD_H
#define HF_HARNESS_WORD_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/run.h"

struct hf_words;

/** hf_words_new() - for a region of @pages base pages that are all zero; in setup(), since it is shared by all tasks. Ends the repeat as broken when out of memory. */
struct hf_words *hf_words_new(struct hf_run *run, unsigned int pages);

/** hf_words_free() - NULL is allowed */
void hf_words_free(struct hf_words *l);

/** hf_words_forget() - base pages @nr to @nr + @n - 1 have been given up: they are zero from now on. By task 0, nobody else at work. */
void hf_words_forget(struct hf_words *l, unsigned int nr, unsigned int n);

/** hf_word_store() - the task stores a new word into its line of base page @nr, which is at @page */
void hf_word_store(struct hf_task *t, struct hf_words *l, void *page, unsigned int nr);

/**
 * hf_word_own() - law "content": the task's own line in @page, which is base page @nr or a copy of it, has what it stored last
 * @gone: or zero, since somebody may have given the page up meanwhile
 *
 * Return: whether it has.
 */
bool hf_word_own(struct hf_task *t, const struct hf_words *l, const void *page, unsigned int nr, bool gone);

/** hf_word_read() - what the task's own line in @page, which is base page @nr or a copy of it, is, for a comparison with a later state; no law */
uint64_t hf_word_read(const struct hf_task *t, const void *page, unsigned int nr);

/** hf_word_all() - law "content": every line of @page is zero or a word that its task has stored in base page @nr. The others may be storing. Return: whether that is so. */
bool hf_word_all(struct hf_task *t, const struct hf_words *l, const void *page, unsigned int nr);

/** hf_words_check() - the same as hf_word_own() for all tasks, of base pages @nr to @nr + @n - 1, the first of them at @p. Nobody else at work. */
void hf_words_check(struct hf_task *t, const struct hf_words *l, const void *p, unsigned int nr, unsigned int n, bool gone);

/** hf_word_foreign() - a word that is nobody's into all lines of @page, which is to be a copy of base page @nr that no task sees */
void hf_word_foreign(const struct hf_run *run, void *page, unsigned int nr);

#endif
