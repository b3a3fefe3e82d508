/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that say whose they are. Every 4 KiB of a page carries one line of 64 bytes at a place of its own (which line it is varies with the 4 KiB's number): magic, owner, unit,
 * generation, number of the 4 KiB, checksum. Another owner's page, an older generation, 4 KiB that are missing, twice there or in the wrong place, and a page that was handed out with
 * parts not cleared all show. Writing or checking 2 MiB touches 32 KiB.
 */
#ifndef HF_HARNESS_CONTENT_H
#define HF_HARNESS_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/run.h"

/**
 * struct hf_stamp - what a page says
 * @owner:	a task, a process, a file
 * @unit:	which of its pages
 * @gen:	how often it was written
 */
struct hf_stamp {
	uint32_t owner, unit;
	uint64_t gen;
};

/** hf_content_write() - stamp [@p, @p+@len) */
void hf_content_write(void *p, size_t len, const struct hf_stamp *stamp);

/** hf_content_match() - Return: NULL when all of it is stamped so, else what was found instead (static storage of the calling thread). */
const char *hf_content_match(const void *p, size_t len, const struct hf_stamp *stamp);

/** hf_content_blank() - the same for a fresh page: all zero; of each 4 KiB the line that a stamp would be in, or @whole */
const char *hf_content_blank(const void *p, size_t len, bool whole);

/** hf_content_check() - law "content": stamped so. Return: whether it is. */
bool hf_content_check(struct hf_task *t, const void *p, size_t len, const struct hf_stamp *stamp);

/** hf_content_fresh() - law "content": a fresh page; every 16th is looked at as a whole. Return: whether it is zero. */
bool hf_content_fresh(struct hf_task *t, const void *p, size_t len);

/* Where actors of a stressor write to one huge page at once, each has a line of its own in it, and stores a byte there. */
#define HF_CONTENT_LINE 64

/**
 * hf_content_line() - where actor @actor's line of page @unit is, the page being at @p
 *
 * In a base page that depends on seed, unit and actor, the same one for the whole run: so first stores are to all parts of a huge page.
 */
volatile char *hf_content_line(const struct hf_run *run, volatile void *p, unsigned int unit, unsigned int actor);

/** hf_content_mark() - the byte that actors store in page @unit (0 to 7) in this episode: never zero, another one in each unit and in the next 14 episodes */
char hf_content_mark(const struct hf_run *run, unsigned int unit);

/** hf_content_store() - the task stores its byte in its line of page @unit, which is at @p; SIGBUS leaves here */
void hf_content_store(struct hf_task *t, volatile void *p, unsigned int unit);

/** hf_content_lines() - law "content": every actor's line of page @unit at @p is zero or what is stored there in this episode; its beginning, and that of some base pages, is zero. The others may be storing. */
void hf_content_lines(struct hf_task *t, volatile void *p, unsigned int unit);

#endif
