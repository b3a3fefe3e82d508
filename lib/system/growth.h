/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that a run adds to pools, or lets the measured process add, journalled as all that is changed (system/knob.h), and undone by difference: others use the pools, too, and what they
 * did stays.
 *
 * What counts is the persistent pages: nr_hugepages less surplus_hugepages. At most as many are taken away as were added, and never so many that fewer than before remain. So what others
 * added meanwhile stays; and when others shrank the pool meanwhile, their shrinking counts as part of ours. Pages that are in use are not touched: the kernel makes them surplus and frees them
 * with their last user. They are waited for a few seconds, then named, and that is no error. Surplus pages that stay without a user, for want of memory, are freed as well.
 *
 * A bracket is a pool whose size the measured process itself changes, up and down, as often as it likes: the journal says how many pages it may have added at any moment, and undoing takes at
 * most those, by the same rule. Nobody can tell whose they are when the run died: pages that others added to a bracketed pool meanwhile then count as ours. When the supervisor lives it knows
 * better and settles first.
 *
 * The kernel's pool files take absolute numbers only, so another writer between our read and our write loses its change: nothing in user space can prevent that.
 */
#ifndef HF_SYSTEM_GROWTH_H
#define HF_SYSTEM_GROWTH_H

#include <stddef.h>
#include <stdint.h>

#include "system/knob.h"

/**
 * hf_growth_add() - add huge pages to a pool, relative to what it holds
 * @knobs: open journal
 * @path: an nr_hugepages file (global or per node)
 * @pages: how many more
 *
 * Surplus pages that the pool holds become persistent for the time being; @pages come on top of them.
 *
 * Return: 0, or -ENOMEM when the kernel could not add them all (what was added is taken back at once), other -errno.
 */
int hf_growth_add(struct hf_knobs *knobs, const char *path, uint64_t pages);

/**
 * hf_growth_bracket() - somebody is going to resize a pool
 * @knobs: open journal
 * @path: an nr_hugepages file (global or per node)
 * @most: pages that there will ever be above what is there now, surplus pages included
 *
 * Changes nothing. Undoing takes what is above the persistent pages of now, never more than @most and those surplus pages, never below.
 *
 * Return: 0 or -errno.
 */
int hf_growth_bracket(struct hf_knobs *knobs, const char *path, uint64_t most);

/**
 * hf_growth_settle() - who resized a bracketed pool is done (or dead)
 * @path: as given to hf_growth_bracket(), whose newest entry is meant
 * @left: at most that many of its pages are still in the pool; more than the bracket's own limit changes nothing
 *
 * Return: 0; -ENOENT when there is no bracket around that pool; other -errno.
 */
int hf_growth_settle(struct hf_knobs *knobs, const char *path, uint64_t left);

/** hf_growth_undo() - for knob.c: entry @id, by the rules above. @what: filled with what was done. Return: 0 or -errno. */
int hf_growth_undo(struct hf_knobs *knobs, size_t id, char *what, size_t room);

#endif
