/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between the machines and kernels of two sides, and whether they may be compared all the same. */
#ifndef HF_COMPARE_DIFFERENCES_H
#define HF_COMPARE_DIFFERENCES_H

#include "compare/lib/sides.h"

/** hf_differences_find() - fill @s->difference. Return: 0, -ENOMEM. */
int hf_differences_find(struct hf_sides *s);

/** hf_differences_mixed() - a property that must not differ, and does within the first side of @s (and of @other, if not NULL): its name, NULL if there is none */
const char *hf_differences_mixed(const struct hf_sides *s, const struct hf_sides *other);

#endif
