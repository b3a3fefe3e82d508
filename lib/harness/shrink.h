/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shrinking: the smallest part of a failing schedule that still fails. */
#ifndef HF_HARNESS_SHRINK_H
#define HF_HARNESS_SHRINK_H

#include "harness/run.h"

/** typedef hf_shrink_try - run that part; Return: whether it still fails in the same way */
typedef bool hf_shrink_try(void *arg, const struct hf_replay *part);

/**
 * hf_shrink() - fewer actors, then fewer operations, then fewer steps, as long as it still fails
 * @part: in: what fails, and is not tried again; out: the smallest that was seen to fail
 * @actors, @ops, @steps: how many there are
 *
 * A failure that comes by chance may not come in a try: then the part that was tried counts as one that does not fail, and the result is larger than it might be, never wrong.
 *
 * Return: whether anything was taken away.
 */
bool hf_shrink(struct hf_replay *part, unsigned int actors, unsigned int ops, unsigned int steps, hf_shrink_try *fails, void *arg);

#endif
