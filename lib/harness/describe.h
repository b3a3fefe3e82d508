/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The descriptor as JSON, and whether it is complete. */
#ifndef HF_HARNESS_DESCRIBE_H
#define HF_HARNESS_DESCRIBE_H

#include <stddef.h>

#include "base/json.h"
#include "harness/bench.h"

/** hf_describe() - the descriptor under @key of @at (NULL: into object @at itself) */
void hf_describe(const struct hf_bench *bench, struct hf_json *at, const char *key);

/** hf_describe_print() - one line on stdout */
void hf_describe_print(const struct hf_bench *bench);

/**
 * hf_describe_check() - is the descriptor one that records can be made from?
 * @why: the first mistake
 *
 * Return: 0 or -EINVAL.
 */
int hf_describe_check(const struct hf_bench *bench, char *why, size_t room);

/** hf_describe_better() - "lower", "higher" or "info" */
const char *hf_describe_better(enum hf_better better);

#endif
