// SPDX-License-Identifier: GPL-2.0-or-later
/* Clearing in a fault against the physical limit. */
#include "harness/clear.h"

#include <sys/mman.h>
#include <unistd.h>

#include "system/zero.h"

#define LINE 64
#define TRIAL_MAX (32u << 20) /* the best method is chosen on so much of a gigantic page */

/* Caches as the point wants them; the page is mapped. */
static void prepare(char *p, size_t len, bool cold, hf_zero_fn *warm)
{
	if (cold)
		hf_zero_flush(p, len);
	else
		warm(p, len);
}

/* One read of a line at @p. */
static void residue(struct hf_task *t, int metric, const char *p)
{
	if (metric < 0)
		return;
	hf_begin(t);
	hf_peek(p);
	hf_end_as(t, metric, 1);
}

/* Lines where the fault was, next to it and far from it; which line of the base page is random, the faulting one itself included. */
static void residues(struct hf_task *t, const int metric[3], const char *p, size_t offset)
{
	size_t base = (size_t)sysconf(_SC_PAGESIZE), page = t->run->page, at = offset / base * base;
	size_t line = hf_rand_below(&t->rand, base / LINE) * LINE;
	size_t near = at + base < page ? at + base : at - base, far = (at + page / 2) % page;

	residue(t, metric[0], p + at + line);
	residue(t, metric[1], p + near + line);
	residue(t, metric[2], p + far + line);
}

static struct hf_map pages; /* one for each task */

size_t hf_clear_memory(const struct hf_run *run)
{
	return run->tasks * run->page;
}

void hf_clear_setup(struct hf_run *run)
{
	pages = hf_map_new(run, hf_clear_memory(run), HF_PRIVATE);
}

void hf_clear_teardown(struct hf_run *run)
{
	hf_map_free(run, &pages);
}

void hf_clear(struct hf_task *t, char *refault)
{
	struct hf_run *run = t->run;
	size_t page = run->page, at = (size_t)t->index * page, offset = (size_t)hf_param(run, "offset") % page;
	bool cold = hf_param_is(run, "cache", "cold");
	hf_zero_fn *warm = hf_zero_get(HF_ZERO_MEMSET), *limit;
	int clear_ns = hf_metric(run, "clear_ns"), limit_ns = hf_metric(run, "limit_ns"), refault_ns = hf_metric(run, "refault_ns");
	int residue_ns[3] = { hf_metric(run, "residue_fault_ns"), hf_metric(run, "residue_near_ns"), hf_metric(run, "residue_far_ns") };
	char *p = pages.p + at;

	hf_touch(p);
	if (refault)
		hf_touch(refault);
	if (!t->priv) /* chosen once, in the first phase */
		t->priv = hf_zero_get(hf_zero_best(p, page < TRIAL_MAX ? page : TRIAL_MAX, cold));
	limit = (hf_zero_fn *)t->priv;
	while (hf_running_together(t)) {
		uint64_t frame = cold ? 0 : hf_frame(t, p);
		bool ok;

		prepare(p, page, cold, warm);
		hf_map_zap(run, &pages, at, page);
		hf_sync(t);
		hf_begin(t);
		hf_touch(p + offset);
		hf_end_as(t, clear_ns, 1);
		hf_bytes(t, clear_ns, page);
		residues(t, residue_ns, p, offset);
		ok = hf_expect_page(t, p);
		if (frame && hf_frame(t, p) != frame) /* another task's: not the page that this CPU has just written */
			hf_drop(t);
		prepare(p, page, cold, warm);
		hf_sync(t); /* nobody skips one: the others wait */
		if (ok) {
			hf_begin(t);
			limit(p, page);
			hf_end_as(t, limit_ns, 1);
			hf_bytes(t, limit_ns, page);
		}
		if (!refault)
			continue;
		hf_sync(t); /* its TLB flush would hit the others in their timed regions */
		hf_safe_madvise(run, refault, page, MADV_DONTNEED);
		hf_sync(t);
		hf_begin(t);
		hf_touch(refault + offset);
		hf_end_as(t, refault_ns, 1);
	}
}
