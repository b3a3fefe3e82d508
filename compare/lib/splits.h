/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of figures about splits of large folios (thp-split, thp-split-pinned and the like). */
#ifndef HF_COMPARE_SPLITS_H
#define HF_COMPARE_SPLITS_H

#include "compare/lib/points.h"
#include "compare/lib/rows.h"

/** hf_splits_matrix() - success, pin by trigger: one block for each set of the other parameters, the same columns and rows in all of them, numbered in alphabetical order */
void hf_splits_matrix(struct hf_rows *t, const struct hf_points *points);

/** hf_splits_cost() - one block for each of split_ns, early_ns, late_ns; the row's number puts what belongs to a point side by side */
void hf_splits_cost(struct hf_rows *t, const struct hf_points *points);

/** hf_splits_share() - one block a curve: success of the points that differ in pinned_share alone, where there are at least two */
void hf_splits_share(struct hf_rows *t, const struct hf_points *points);

#endif
