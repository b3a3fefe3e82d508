/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions by function: one kernel, and two of them side by side. */
#ifndef HF_GUEST_LIB_FOLD_H
#define HF_GUEST_LIB_FOLD_H

#include "guest/lib/count.h"

/**
 * struct hf_fold_row - a function
 * @name:	as matched: today's name without the compiler's suffixes
 * @own:	its name on each side, NULL where no instruction of it was executed; belongs to the struct hf_count
 * @insns:	kernel instructions per operation on each side; of times, ns
 */
struct hf_fold_row {
	char *name;
	const char *own[2];
	double insns[2];
};

/**
 * struct hf_fold - a metric of a point, on one side or two
 * @point, @metric: belong to the struct hf_count
 * @total:	kernel instructions, or ns, per operation
 * @row:	by size of the difference, largest first; on one side alone by instructions
 */
struct hf_fold {
	const char *point, *metric;
	double total[2];
	struct hf_fold_row *row;
	size_t n_rows;
};

/**
 * hf_fold_name() - the name by which a function is matched: without the suffixes that compilers add (.constprop.0, .isra.0, .part.0, .cold, .llvm.1), without
 * "_noprof" (6.10, lib/alloc_tag), and today's name where Linux has renamed it between 6.1 and 6.12 (source of each pair: the two kernels' mm/)
 *
 * Return: a string for free(3), or NULL.
 */
char *hf_fold_name(const char *name);

/**
 * hf_fold_all() - every metric of every point that all sides have, repeats together
 * @side: one file or two; @n_sides says
 * @fold: set to an array for hf_fold_free(), in the order of the first side
 *
 * Return: how many, or -ENOMEM.
 */
int hf_fold_all(const struct hf_count *const *side, unsigned int n_sides, struct hf_fold **fold);

/** hf_fold_free() - release what hf_fold_all() returned */
void hf_fold_free(struct hf_fold *fold, size_t n);

#endif
