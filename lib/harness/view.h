/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small table that a program prints of its own points: a view of the records, for people. */
#ifndef HF_HARNESS_VIEW_H
#define HF_HARNESS_VIEW_H

#include <stdio.h>

#include "harness/point.h"
#include "harness/result.h"

/** hf_view_point() - the metrics of a point on @out */
void hf_view_point(FILE *out, const struct hf_bench *bench, const struct hf_point *point, const struct hf_result *result);

#endif
