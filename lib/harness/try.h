/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One try to split a huge page that others are at, too, as in a stressor. The kernel's counters are everybody's then (harness/split.h judges by them): what says something is the frame, and the migration entries that this thread
 * has replaced by mappings again (migrate:remove_migration_pte), which it does when it has split a folio, or has failed late. Files' folios are unmapped without such entries.
 */
#ifndef HF_HARNESS_TRY_H
#define HF_HARNESS_TRY_H

#include "harness/run.h"
#include "harness/split.h"

/** hf_try_begin() - before the call. Return: whether there is a whole huge page at @p (not the huge zero page, which is never split); false also where that cannot be told. */
bool hf_try_begin(struct hf_task *t, const void *p);

/** hf_try_end() - after it, if there was. Return: HF_SPLIT_SUCCESS, HF_SPLIT_LATE, HF_SPLIT_UNTOUCHED (no mapping was: it failed early, or none was tried), HF_SPLIT_DISAGREE: it is whole, and which of these cannot be told */
enum hf_split_outcome hf_try_end(struct hf_task *t);

#endif
