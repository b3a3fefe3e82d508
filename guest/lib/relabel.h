/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of a deterministic guest: one boot is like the next to the last bit, with the same boot_id and the same UUIDs, so who and where it was is written
 * into them afterwards; and beside each timed metric the instructions that were counted.
 */
#ifndef HF_GUEST_LIB_RELABEL_H
#define HF_GUEST_LIB_RELABEL_H

#include <stdint.h>
#include <stdio.h>

#include "guest/lib/count.h"

/** struct hf_relabel - @boot is needed; @label, @order NULL, @block -1: as they are */
struct hf_relabel {
	const char *boot, *label, *order;
	int64_t block;
};

/**
 * hf_relabel_member() - @line, an object of JSON, with @value (JSON) for its member @key where it has that, at the top level
 *
 * Return: a string for free(3), or NULL without memory.
 */
char *hf_relabel_member(const char *line, const char *key, const char *value);

/**
 * hf_relabel_records() - copy records (docs/records.md) from @in to @out
 *
 * Every sample is said to be exact. Before the `end` line of a run come its counted metrics: for fault_ns "fault_insns", kernel instructions per operation: per
 * repeat the mean without a tenth at either end, over the repeats their geometric mean, as for timed ones; "mean" is of all. "hash" is over all its samples.
 *
 * Return: 0 or -errno.
 */
int hf_relabel_records(FILE *in, const struct hf_count *count, const struct hf_relabel *how, FILE *out);

#endif
