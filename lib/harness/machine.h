/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a repeat needs of the machine, for the supervisor: settings, pool pages, memory blocks. Undone with hf_knob_undo_to(). */
#ifndef HF_HARNESS_MACHINE_H
#define HF_HARNESS_MACHINE_H

#include "base/rand.h"
#include "harness/run.h"
#include "system/knob.h"

/**
 * hf_machine_prepare() - settings, pools and blocks for one repeat, each journalled before it changes
 * @knobs: open journal
 * @run: bench, values and page are set
 * @use_pool: free pages of the pool will do: do not grow it
 * @say, @arg: told of what is undone again on the way
 *
 * Return: NULL, or why the repeat cannot be measured (static storage); what was changed until then is in the journal.
 */
const char *hf_machine_prepare(struct hf_knobs *knobs, const struct hf_run *run, bool use_pool, hf_knob_say *say, void *arg);

/**
 * hf_machine_settle() - the measured process is dead: what it can have left in the pools is known now
 *
 * An error is none: the brackets stay as wide as they were.
 */
void hf_machine_settle(struct hf_knobs *knobs, const struct hf_run *run);

/**
 * hf_machine_shift() - hold a random number of huge pages while a repeat lasts
 *
 * Which frames a repeat gets is part of what it measures (cache sets, DRAM banks), and the allocator hands out the same ones again and again. With this
 * each repeat draws its own, so that the interval over repeats covers it.
 *
 * Return: bytes held, to be unmapped at *@held; 0 when none are.
 */
size_t hf_machine_shift(struct hf_rand *rand, void **held);

#endif
