/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that comes and goes, for stressors that isolate it meanwhile: allocated, found fresh, written to, found as written, freed. Laws "content" and "error". */
#ifndef HF_HARNESS_CHURN_H
#define HF_HARNESS_CHURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/map.h"

/** hf_churn_map() - @len bytes of anonymous memory aligned to the PMD's size, with @advice (MADV_HUGEPAGE, MADV_NOHUGEPAGE); ends the repeat as broken without memory. For hf_churn_unmap(). */
char *hf_churn_map(struct hf_run *run, size_t len, int advice);

/** hf_churn_unmap() - what hf_churn_map() returned, with its @len */
void hf_churn_unmap(char *p, size_t len);

/** hf_churn_pages() - @len bytes of anonymous memory. Return: a frame that was among them, 0 where that cannot be seen. */
uint64_t hf_churn_pages(struct hf_task *t, size_t len, int advice);

/** hf_churn_kernel() - the kernel's own pages: buffers of some pipes */
void hf_churn_kernel(void);

/**
 * enum hf_churned - what became of reserved pages, in the order of HF_CHURNED
 * @HF_CHURN_REFUSED:	the pool has none to promise
 * @HF_CHURN_LATE:	they were not there at once: those that are free were being isolated. They came.
 */
enum hf_churned { HF_CHURN_OK, HF_CHURN_REFUSED, HF_CHURN_LATE };
#define HF_CHURNED "ok|refused|late"

/**
 * hf_churn_hugetlb() - @len bytes of reserved hugetlb pages of @page bytes. Law "sigbus": they are there, at the latest when those that isolate memory are done
 * @frame: set to a frame that was among them; 0 where that cannot be seen
 */
enum hf_churned hf_churn_hugetlb(struct hf_task *t, size_t page, size_t len, uint64_t *frame);

/**
 * struct hf_held - what an actor keeps, and writes to while it may be on its way elsewhere
 * @p:		HF_HELD_LEN bytes of anonymous memory, of huge pages or of base pages
 * @huge:	one hugetlb page
 * @gen:	of what was written last
 */
struct hf_held {
	char *p;
	struct hf_map huge;
	uint64_t gen;
};

#define HF_HELD_LEN ((size_t)4 << 20)

/** hf_held_new() - for actor @actor; the hugetlb page is one of @page bytes. Ends the repeat as broken when it cannot be had. */
void hf_held_new(struct hf_run *run, struct hf_held *h, unsigned int actor, size_t page);

/** hf_held_write() - the task, whose it is, writes to all of it and looks: law "content", no store is lost or seen late */
void hf_held_write(struct hf_task *t, struct hf_held *h);

/** hf_held_check() - law "content": it has what actor @actor wrote last. Nobody else at work. */
void hf_held_check(struct hf_task *t, const struct hf_held *h, unsigned int actor);

/** hf_held_pin() - the task pins a base page of it, chosen by @bits, for writing and for long, stores, and looks through the pin; law "content". Return: whether it could be pinned. */
bool hf_held_pin(struct hf_task *t, struct hf_held *h, uint64_t bits);

/** hf_held_free() - all zero is allowed */
void hf_held_free(struct hf_run *run, struct hf_held *h);

#endif
