// SPDX-License-Identifier: GPL-2.0-or-later
/* What a repeat needs of the machine: settings, pool pages, memory blocks, all journalled before they change. */
#include "harness/machine.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"
#include "base/parse.h"
#include "harness/map.h"
#include "harness/need.h"
#include "harness/shared.h"
#include "system/block.h"
#include "system/growth.h"
#include "system/pool.h"
#include "system/trace.h"

#define SHIFT_MAX 16
#define SHIFT_PAGE (2u << 20)
#define GIGANTIC ((size_t)1 << 30)

/* The measured process may take any block offline, and may die at any moment: each one's state goes into the journal beforehand. */
static int guard_blocks(struct hf_knobs *knobs)
{
	struct hf_block *block;
	char path[PATH_MAX];
	int n = hf_block_list(&block), err = n < 0 ? n : 0;

	for (int i = 0; !err && i < n; i++)
		if (block[i].online && block[i].inner)
			err = hf_knob_guard(knobs, hf_block_path(block[i].id, "state", path, sizeof(path)));
	if (n > 0)
		free(block);
	return err;
}

/*
 * A gigantic page comes and goes: its frames, whole blocks in a row, are then what the buddy allocator gives away next. A benchmark that wants its memory in one
 * block need not search for long. Where it does not work the search is longer.
 */
static void gather_blocks(struct hf_knobs *knobs, hf_knob_say *say, void *arg)
{
	size_t mark = hf_knob_mark(knobs);
	char path[PATH_MAX];

	if (hf_growth_add(knobs, hf_pool_path(GIGANTIC, -1, "nr_hugepages", path, sizeof(path)), 1) == 0)
		hf_knob_undo_to(knobs, mark, say, arg);
}

const char *hf_machine_prepare(struct hf_knobs *knobs, const struct hf_run *run, bool use_pool, hf_knob_say *say, void *arg)
{
	static char why[PATH_MAX + 256];
	const struct hf_setting *list[3] = { run->bench->settings, NULL, NULL };
	struct hf_bracket bracket[HF_BRACKETS_MAX];
	unsigned int n = run->bench->brackets ? run->bench->brackets(run, bracket) : 0;
	size_t pages = hf_need_pages(run);
	char path[PATH_MAX], size[24];
	int err;

	if (run->bench->mem && run->bench->mem->settings)
		list[1] = run->bench->mem->settings(run);
	if (run->bench->settings_for)
		list[2] = run->bench->settings_for(run);
	for (int i = 0; i < 3; i++) {
		for (const struct hf_setting *k = list[i]; k && k->path; k++) {
			char value[128];

			if (hf_need_setting_met(k))
				continue;
			snprintf(value, sizeof(value), "%.*s", (int)strcspn(k->value, "|"), k->value);
			err = hf_knob_set(knobs, k->path, value);
			if (err) {
				snprintf(why, sizeof(why), "cannot set %s to %s: %s", k->path, value, hf_err_name(err));
				return why;
			}
		}
	}
	for (unsigned int i = 0; i < n; i++) {
		hf_pool_path(bracket[i].page, bracket[i].node, "nr_hugepages", path, sizeof(path));
		err = hf_growth_bracket(knobs, path, bracket[i].most);
		if (err) {
			snprintf(why, sizeof(why), "cannot journal changes of %s: %s", path, hf_err_name(err));
			return why;
		}
	}
	err = run->bench->blocks ? guard_blocks(knobs) : 0;
	if (run->bench->blocks && !err)
		gather_blocks(knobs, say, arg);
	if (err) {
		snprintf(why, sizeof(why), "cannot journal the state of the memory blocks: %s", hf_err_name(err));
		return why;
	}
	if (run->bench->traces)
		hf_knob_mkdir(knobs, HF_TRACE_DIR); /* without it the measured process says so */
	if (!pages || use_pool)
		return NULL;
	hf_pool_path(run->page, -1, "nr_hugepages", path, sizeof(path));
	err = hf_growth_add(knobs, path, pages);
	if (err) {
		snprintf(why, sizeof(why), "cannot add %zu pages of %s to the pool: %s (memory in use or fragmented)", pages,
			 hf_parse_show_size(run->page, size, sizeof(size)), hf_err_name(err));
		return why;
	}
	return NULL;
}

size_t hf_machine_shift(struct hf_rand *rand, void **held)
{
	size_t len = hf_rand_below(rand, SHIFT_MAX) * SHIFT_PAGE;

	*held = len ? mmap(NULL, len + SHIFT_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : MAP_FAILED;
	if (*held == MAP_FAILED)
		return 0;
	madvise(*held, len + SHIFT_PAGE, MADV_HUGEPAGE);
	madvise(*held, len + SHIFT_PAGE, MADV_DONTFORK);
	for (size_t at = 0; at < len + SHIFT_PAGE; at += 4096)
		hf_touch((char *)*held + at);
	return len + SHIFT_PAGE;
}

void hf_machine_settle(struct hf_knobs *knobs, const struct hf_run *run)
{
	struct hf_bracket bracket[HF_BRACKETS_MAX];
	unsigned int n = run->bench->brackets ? run->bench->brackets(run, bracket) : 0;
	char path[PATH_MAX];

	for (unsigned int i = 0; i < n; i++) {
		hf_pool_path(bracket[i].page, bracket[i].node, "nr_hugepages", path, sizeof(path));
		hf_growth_settle(knobs, path, run->shared->held[i]);
	}
}
