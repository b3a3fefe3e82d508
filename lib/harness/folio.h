/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Large folios of one size, in a row: their memory (parameters "backing", "order"), their content ("fill"), what is mapped where they are, and what pins them ("pin", "pages", "pinned_share").
 * One base page of each is the target of what is going to be done to it. Of one process: harness/split.h opens and closes them.
 */
#ifndef HF_HARNESS_FOLIO_H
#define HF_HARNESS_FOLIO_H

#include "harness/map.h"
#include "harness/run.h"
#include "system/pin.h"

#define HF_FOLIO_MAX 64

/** enum hf_folio_backing - parameter "backing": mapped by a PMD, by PTEs, a memfd */
enum hf_folio_backing { HF_FOLIO_ANON, HF_FOLIO_PTE, HF_FOLIO_SHMEM };

/**
 * enum hf_folio_loss - what is done to the targets
 * @HF_FOLIO_KEPT:	nothing that their content shows
 * @HF_FOLIO_UNMAPPED:	nothing is mapped there any more
 * @HF_FOLIO_CUT_OFF:	the file ends before them
 * @HF_FOLIO_ZEROED:	they are given up, and read as zeroes
 * @HF_FOLIO_FREED:	they may be given up, at any time
 */
enum hf_folio_loss { HF_FOLIO_KEPT, HF_FOLIO_UNMAPPED, HF_FOLIO_CUT_OFF, HF_FOLIO_ZEROED, HF_FOLIO_FREED };

/**
 * struct hf_folio_set - the folios
 * @p:		the first
 * @n:		how many
 * @size, @base: bytes of a folio and of a base page
 * @fd:		their file, -1: they have none
 */
struct hf_folio_set {
	char *p;
	unsigned int n;
	size_t size, base;
	bool pmd_sized;
	enum hf_folio_backing backing;
	enum hf_folio_loss loss;
	int fd;
};

/** hf_mem_split - folios of the size that "order" says; parameters HF_SPLIT_PARAMS */
extern const struct hf_mem hf_mem_split;

/** hf_folio_open() - what @n folios will be; there are none yet. Return: static, complete after hf_folio_reserve(). */
const struct hf_folio_set *hf_folio_open(const struct hf_run *run, unsigned int n, enum hf_folio_loss loss);
/** hf_folio_reserve() - addresses for them, and a PMD's worth before the first, with nothing mapped. Processes that are to share none of it are forked before. */
void hf_folio_reserve(struct hf_run *run);
/** hf_folio_close() - neither folios nor room */
void hf_folio_close(void);
/** hf_folio_fill() - new folios with their content, mapped as "backing" says; what was there before is given up. Those that are no such folios count as wrong. */
void hf_folio_fill(struct hf_task *t);
/** hf_folio_drop() - all are given up */
void hf_folio_drop(struct hf_run *run);

/** hf_folio_base() - base page size in bytes */
size_t hf_folio_base(void);
/** hf_folio_page() - the address of folio @i; NULL if it could not be had */
char *hf_folio_page(unsigned int i);
/** hf_folio_target() - its target; always inside it, but for HF_FOLIO_CUT_OFF neither at its beginning nor at its end */
char *hf_folio_target(unsigned int i);
/** hf_folio_map_by_ptes() - the PMD that maps folio @i becomes a page table, the folio stays: a VMA boundary inside it comes and goes (mprotect) */
void hf_folio_map_by_ptes(struct hf_run *run, unsigned int i);

/** hf_folio_tried() - something was done to folio @i. @lost: to its target what was said to hf_folio_open(). */
void hf_folio_tried(unsigned int i, bool lost);
/** hf_folio_fresh() - nothing was, since hf_folio_fill() */
bool hf_folio_fresh(unsigned int i);
/** hf_folio_gone() - its target is not what it was */
bool hf_folio_gone(unsigned int i);

/** hf_folio_whole() - whether folio @i is as large as it was; touches a file's folio that is not mapped any more */
bool hf_folio_whole(struct hf_task *t, unsigned int i);
/** hf_folio_by_pmd() - whether a PMD maps folio @i; ends the repeat with a skip where that cannot be told */
bool hf_folio_by_pmd(struct hf_task *t, unsigned int i);
/** hf_folio_content() - whether folio @i has its content, but for its target if that is gone; hf_fail() when it has not */
void hf_folio_content(struct hf_task *t, unsigned int i);

/** hf_folio_pin() - pin "pinned_share" percent of the folios, chosen by lot, as "pin" and "pages" say; hf_folio_unpin() ends it */
void hf_folio_pin(struct hf_task *t);
/** hf_folio_unpin() - the end of hf_folio_pin() */
void hf_folio_unpin(void);
/** hf_folio_aim() - hf_pin_aim() at folio @i, if it is pinned */
void hf_folio_aim(unsigned int i);

#endif
