// SPDX-License-Identifier: GPL-2.0-or-later
/* Splits: triggers, evidence, verdicts. */
#include "harness/split.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "system/census.h"
#include "system/counter.h"
#include "system/perf.h"

#define SETTLE_NS 2e9
#define DROP_CACHES "/proc/sys/vm/drop_caches"
#define DEBUGFS "/sys/kernel/debug/split_huge_pages"
#define UNPOISON "/sys/kernel/debug/hwpoison/unpoison-pfn"
#define NO_CENSUS "needs /proc/self/pagemap with frame numbers and /proc/kpageflags, to see what became of a folio"

static const struct hf_folio_set *f; /* those that are split */
static struct {
	enum hf_split_trigger trigger;
	unsigned int to;
	int debugfs, unpoison;
	struct hf_thpstat *stat;
	struct hf_perf *trace;
	int64_t pins_held, partial;
	/* the try that is armed */
	struct hf_split_evidence try;
	struct hf_thpstat_value before;
	uint64_t frame;
} s = { .debugfs = -1, .unpoison = -1 };

static bool deferred(void)
{
	return s.trigger == HF_SPLIT_MUNMAP || s.trigger == HF_SPLIT_DONTNEED;
}

void hf_split_setup(struct hf_run *run)
{
	hf_split_open(run, (enum hf_split_trigger)hf_param(run, "trigger"), HF_SPLIT_BATCH);
}

size_t hf_split_memory(const struct hf_run *run)
{
	return HF_SPLIT_BATCH * run->page;
}

/* What a trigger that succeeds does to the base page that it is about. */
static enum hf_folio_loss loss_of(enum hf_split_trigger trigger)
{
	switch (trigger) {
	case HF_SPLIT_MUNMAP:
		return HF_FOLIO_UNMAPPED;
	case HF_SPLIT_TRUNCATE:
		return HF_FOLIO_CUT_OFF;
	case HF_SPLIT_DONTNEED:
	case HF_SPLIT_PUNCH:
		return HF_FOLIO_ZEROED;
	case HF_SPLIT_FREE:
		return HF_FOLIO_FREED;
	default:
		return HF_FOLIO_KEPT;
	}
}

static void meaningful(struct hf_run *run)
{
	bool file = s.trigger == HF_SPLIT_PUNCH || s.trigger == HF_SPLIT_TRUNCATE;

	if (file && f->backing != HF_FOLIO_SHMEM)
		hf_skip(run, "does not apply: anonymous memory has no file to punch or to cut");
	if (f->backing == HF_FOLIO_SHMEM && s.trigger == HF_SPLIT_FREE)
		hf_skip(run, "does not apply: MADV_FREE is for anonymous memory (EINVAL, madvise_free_single_vma())");
	if (f->backing == HF_FOLIO_SHMEM && deferred())
		hf_skip(run, "does not apply: folios of files are never on the deferred-split queue (deferred_split_folio() is for anonymous ones)");
	if (!f->pmd_sized && f->backing == HF_FOLIO_SHMEM)
		hf_skip(run, "does not apply: shmem is tried with PMD-sized folios only");
	if (!f->pmd_sized && f->backing == HF_FOLIO_PTE)
		hf_skip(run, "does not apply: a folio smaller than a PMD is always mapped by PTEs, see backing=anon");
	if (s.to && (f->base << s.to) >= f->size)
		hf_skip(run, "does not apply: a folio is split to a smaller order only");
	if (s.to && s.trigger != HF_SPLIT_DEBUGFS)
		hf_skip(run, "does not apply: only debugfs can be told an order to split to");
}

static void open_trigger(struct hf_run *run)
{
	char path[4096];

	if (deferred() && (!hf_file_path(DROP_CACHES, path, sizeof(path)) || access(path, W_OK)))
		hf_skip(run, "needs " DROP_CACHES ", to run the shrinkers: %s", hf_err_name(errno));
	if (s.trigger == HF_SPLIT_DEBUGFS) {
		s.debugfs = hf_file_open(DEBUGFS, O_WRONLY);
		if (s.debugfs < 0)
			hf_skip(run, "needs " DEBUGFS " to be writable: %s (kernel lockdown forbids it to root, too)", hf_err_name(s.debugfs));
	}
	if (s.trigger == HF_SPLIT_SOFT_OFFLINE) {
		if (madvise(f->p, 0, MADV_SOFT_OFFLINE))
			hf_skip(run, "needs MADV_SOFT_OFFLINE: %s (kernel without CONFIG_MEMORY_FAILURE)", hf_err_name(errno));
		s.unpoison = hf_file_open(UNPOISON, O_WRONLY);
		if (s.unpoison < 0)
			hf_skip(run, "needs " UNPOISON " to give back the pages that MADV_SOFT_OFFLINE takes out of use: %s", hf_err_name(s.unpoison));
	}
}

/* Failing early or late: of folios mapped by PTEs only the tracepoint tells. It makes their splits slower, so it is for those that may fail. */
static void open_trace(struct hf_run *run)
{
	struct hf_perf_value v = { .err = -ENOENT };

	if (!hf_param_known(run, "pin") || (f->pmd_sized && f->backing != HF_FOLIO_PTE && !deferred()))
		return;
	if (hf_perf_open(&s.trace, "migrate:set_migration_pte"))
		s.trace = NULL;
	if (!s.trace || !hf_perf_read(s.trace, &v) || v.err)
		hf_skip(run, "needs the tracepoint migrate:set_migration_pte, to tell late failures of folios mapped by PTEs: %s", hf_err_name(v.err));
	hf_perf_start(s.trace);
}

static int64_t pins_held(struct hf_run *run)
{
	struct hf_counter_set *set;
	int64_t acquired = 0, released = 0;
	int err = hf_counter_read(&set);

	if (err)
		hf_broken(run, "cannot read the kernel's counters: %s", hf_err_name(err));
	hf_counter_get(set, "nr_foll_pin_acquired", &acquired);
	hf_counter_get(set, "nr_foll_pin_released", &released);
	hf_counter_free(set);
	return acquired - released;
}

static void shrink(struct hf_run *run)
{
	int err = hf_file_write(DROP_CACHES, "2");

	if (err)
		hf_broken(run, "cannot write 2 to " DROP_CACHES ": %s", hf_err_name(err));
}

void hf_split_read(struct hf_run *run, struct hf_thpstat_value *v)
{
	int err = hf_thpstat_read(s.stat, v);

	if (err)
		hf_broken(run, "cannot read the counters of splits: %s", hf_err_name(err));
}

void hf_split_open(struct hf_run *run, enum hf_split_trigger trigger, unsigned int n)
{
	struct hf_thpstat_value v;
	int err;

	f = hf_folio_open(run, n, loss_of(trigger));
	s.trigger = trigger;
	s.to = hf_param_known(run, "to") ? (unsigned int)hf_param(run, "to") : 0;
	meaningful(run);
	err = hf_thpstat_open(&s.stat, f->size);
	if (err || (!f->pmd_sized && !hf_thpstat_sized(s.stat)))
		hf_skip(run, "needs counters of splits of %zu KiB folios: %s", f->size >> 10, hf_err_name(err ? err : -ENOENT));
	err = hf_param_known(run, "pin") ? hf_pin_prepare((enum hf_pin_kind)hf_param(run, "pin")) : 0;
	if (err)
		hf_skip(run, "this pin cannot be had: %s", hf_err_name(err));
	open_trigger(run);
	open_trace(run);
	if (deferred())
		shrink(run); /* what others have left on the queue */
	hf_split_read(run, &v);
	s.partial = v.size_partial;
	s.pins_held = pins_held(run);
	hf_folio_reserve(run);
}

void hf_split_close(struct hf_run *run)
{
	(void)run;
	hf_folio_unpin();
	hf_pin_finish();
	hf_folio_close();
	hf_thpstat_close(s.stat);
	hf_perf_close(s.trace);
	for (size_t i = 0; i < 2; i++) {
		int *fd = (int *[]){ &s.debugfs, &s.unpoison }[i];

		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
}

void hf_split_check(struct hf_run *run)
{
	uint64_t begun = hf_clock_now();
	struct hf_thpstat_value v;
	int64_t held;

	hf_folio_drop(run);
	/*
	 * Both gauges are of the whole machine: another process may have pins and such folios for a while. Its folios are on the deferred queue, which the
	 * shrinker empties; one that is gone and still counted is not.
	 */
	for (;;) {
		held = pins_held(run) - s.pins_held;
		hf_split_read(run, &v);
		if (held == 0 && v.size_partial <= s.partial)
			return;
		if (hf_clock_ns(hf_clock_now() - begun) > SETTLE_NS)
			break;
		if (v.size_partial > s.partial)
			hf_file_write(DROP_CACHES, "2");
	}
	if (held)
		hf_fail(run, "%lld FOLL_PIN references are left (nr_foll_pin_acquired less nr_foll_pin_released, machine-wide)", (long long)held);
	hf_fail(run, "%lld folios of %zu KiB stay partially mapped (nr_anon_partially_mapped, machine-wide) although all are unmapped", (long long)(v.size_partial - s.partial), f->size >> 10);
}

static int advise(char *at, int advice)
{
	return madvise(at, f->base, advice) ? -errno : 0;
}

/* A range of one base page: of a longer one the kernel would look up each base page, and its VMA, after the split, at a price that depends on how many VMAs there are. */
static int ask_debugfs(const char *at)
{
	size_t page = (size_t)(at - f->p) / f->base;
	char text[128];
	int len;

	if (f->backing == HF_FOLIO_SHMEM)
		len = snprintf(text, sizeof(text), "/proc/%d/fd/%d,0x%zx,0x%zx", (int)getpid(), f->fd, page, page + 1);
	else
		len = snprintf(text, sizeof(text), "%d,0x%lx,0x%lx", (int)getpid(), (unsigned long)at, (unsigned long)at + f->base);
	if (s.to)
		len += snprintf(text + len, sizeof(text) - (size_t)len, ",%u", s.to);
	return pwrite(s.debugfs, text, (size_t)len, 0) == len ? 0 : -errno;
}

int hf_split_act(unsigned int i)
{
	char *at = hf_folio_target(i);
	int err = -EINVAL;

	switch (s.trigger) {
	case HF_SPLIT_PAGEOUT:
		err = advise(at, MADV_PAGEOUT);
		break;
	case HF_SPLIT_COLD:
		err = advise(at, MADV_COLD);
		break;
	case HF_SPLIT_FREE:
		err = advise(at, MADV_FREE);
		break;
	case HF_SPLIT_DONTNEED:
		err = advise(at, MADV_DONTNEED);
		break;
	case HF_SPLIT_MUNMAP:
		err = munmap(at, f->base) ? -errno : 0;
		break;
	case HF_SPLIT_PUNCH:
		err = fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at - f->p, (off_t)f->base) ? -errno : 0;
		break;
	case HF_SPLIT_TRUNCATE:
		err = ftruncate(f->fd, at - f->p) ? -errno : 0;
		break;
	case HF_SPLIT_DEBUGFS:
		err = ask_debugfs(at);
		break;
	case HF_SPLIT_SOFT_OFFLINE:
		err = advise(at, MADV_SOFT_OFFLINE);
		break;
	}
	hf_folio_tried(i, !err);
	return err;
}

/* The frame that was taken out of use comes back. */
static void unpoison(struct hf_run *run, uint64_t pfn)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%llu", (unsigned long long)pfn);

	if (write(s.unpoison, text, (size_t)len) != len)
		hf_broken(run, "frame %llu stays out of use: %s", (unsigned long long)pfn, hf_err_name(errno));
}

static uint64_t traced(void)
{
	struct hf_perf_value v = { .value = 0 };

	if (s.trace)
		hf_perf_read(s.trace, &v);
	return (uint64_t)v.value;
}

struct hf_thpstat_value hf_split_less(const struct hf_thpstat_value *a, const struct hf_thpstat_value *b)
{
	return (struct hf_thpstat_value){
		.split = a->split - b->split,
		.failed = a->failed - b->failed,
		.pmd = a->pmd - b->pmd,
		.deferred = a->deferred - b->deferred,
		.collapse = a->collapse - b->collapse,
		.size_split = a->size_split - b->size_split,
		.size_failed = a->size_failed - b->size_failed,
		.size_deferred = a->size_deferred - b->size_deferred,
		.size_partial = a->size_partial - b->size_partial,
	};
}

static void count_zeroed(struct hf_task *t, unsigned int i)
{
	struct hf_census_count count;
	int metric = hf_metric(t->run, "zeroed");

	if (metric >= 0 && hf_census_range(t->census, f->p + i * f->size, f->size, &count) == 0)
		hf_value(t, metric, count.zero);
}

enum hf_split_outcome hf_split_judge(const struct hf_split_evidence *e, char *why, size_t room)
{
	const struct hf_thpstat_value *c = &e->change;
	int64_t split = e->pmd_sized ? c->split : c->size_split, failed = e->pmd_sized ? c->failed : c->size_failed;
	bool unmapped = e->traced > 0 || (e->by_pmd && !e->zaps && c->pmd > 0);
	const char *wrong = NULL;

	if (e->pmd_sized && e->sized && (c->split != c->size_split || c->failed != c->size_failed))
		wrong = "the counters of the machine and of the size";
	else if (split < 0 || split > 1 || failed < 0 || failed > 2)
		wrong = "the counters and one try";
	else if (e->whole == (split == 1))
		wrong = "counters and census";
	else if (split && e->by_pmd && c->pmd < 1)
		wrong = "a split folio and an unsplit PMD";
	else if (!split && e->by_pmd && !e->zaps && e->still_by_pmd >= 0 && (c->pmd > 0) == e->still_by_pmd)
		wrong = "thp_split_pmd and how the folio is mapped";
	else if (!split && !failed && unmapped)
		wrong = "an unmapped folio and no attempt";
	if (wrong) {
		snprintf(why, room, "%s do not agree: split %+lld (its size %+lld), failed %+lld (%+lld), PMDs split %+lld, migration entries %llu, the folio is %s, mapped by %s",
			 wrong, (long long)c->split, (long long)c->size_split, (long long)c->failed, (long long)c->size_failed, (long long)c->pmd,
			 (unsigned long long)e->traced, e->whole ? "whole" : "split", e->still_by_pmd < 0 ? "?" : e->still_by_pmd ? "a PMD" : "PTEs");
		return HF_SPLIT_DISAGREE;
	}
	if (split)
		return HF_SPLIT_SUCCESS;
	return !failed ? HF_SPLIT_UNTOUCHED : unmapped ? HF_SPLIT_LATE : HF_SPLIT_EARLY;
}

void hf_split_arm(struct hf_task *t, unsigned int i)
{
	char *p = f->p + i * f->size;

	s.try = (struct hf_split_evidence){ .pmd_sized = f->pmd_sized, .sized = hf_thpstat_sized(s.stat), .by_pmd = f->pmd_sized && f->backing != HF_FOLIO_PTE, .still_by_pmd = -1 };
	s.try.zaps = s.trigger == HF_SPLIT_PUNCH || s.trigger == HF_SPLIT_TRUNCATE;
	if (!t->census || !hf_census_frames(t->census))
		hf_skip(t->run, NO_CENSUS);
	if (s.trigger == HF_SPLIT_TRUNCATE && ftruncate(f->fd, (off_t)((i + 1) * f->size)))
		hf_broken(t->run, "ftruncate: %s", hf_err_name(errno));
	if (s.try.by_pmd && hf_census_pmd(t->census, p) == 0) {
		if (hf_folio_fresh(i))
			hf_broken(t->run, "the folio at %p is not mapped by a PMD before the try", (void *)p);
		s.try.by_pmd = false;
	}
	s.frame = hf_frame(t, hf_folio_target(i));
	s.try.traced = traced();
	hf_split_read(t->run, &s.before);
}

enum hf_split_outcome hf_split_verdict(struct hf_task *t, unsigned int i)
{
	struct hf_thpstat_value after;
	char *p = f->p + i * f->size, why[256];
	enum hf_split_outcome outcome;

	hf_split_read(t->run, &after);
	s.try.change = hf_split_less(&after, &s.before);
	s.try.traced = traced() - s.try.traced;
	if (s.try.by_pmd && !s.try.zaps)
		s.try.still_by_pmd = hf_census_pmd(t->census, p);
	s.try.whole = hf_folio_whole(t, i);
	outcome = hf_split_judge(&s.try, why, sizeof(why));
	if (outcome == HF_SPLIT_DISAGREE)
		hf_broken(t->run, "page %p (frame %#llx): %s; or something else here splits huge pages", (void *)p, (unsigned long long)s.frame, why);
	return outcome;
}

/* One try of a trigger that does not defer. */
static enum hf_split_outcome try_now(struct hf_task *t, unsigned int i, bool release, uint64_t *ns, int *err)
{
	hf_split_arm(t, i);
	hf_begin(t);
	if (release)
		hf_folio_unpin();
	*err = hf_split_act(i);
	*ns = hf_stop(t);
	if (s.trigger == HF_SPLIT_SOFT_OFFLINE && !*err)
		unpoison(t->run, s.frame);
	return hf_split_verdict(t, i);
}

static void count(struct hf_task *t, const char *name, uint64_t n)
{
	int metric = hf_metric(t->run, name);

	if (metric >= 0)
		hf_count(t, metric, n);
}

static void timed(struct hf_task *t, const char *name, uint64_t ns)
{
	int metric = hf_metric(t->run, name);

	if (metric >= 0)
		hf_keep(t, metric, ns);
}

static void count_outcome(struct hf_task *t, enum hf_split_outcome outcome)
{
	static const char *const name[] = { "success", "early", "late", "untouched" };

	count(t, "tries", 1);
	count(t, name[outcome], 1);
}

static void batch_now(struct hf_task *t)
{
	for (unsigned int i = f->n; i-- > 0;) { /* truncation goes from the end */
		enum hf_split_outcome outcome;
		uint64_t ns;
		int err;

		if (!hf_folio_page(i))
			continue;
		hf_folio_aim(i);
		outcome = try_now(t, i, false, &ns, &err);
		count_outcome(t, outcome);
		count(t, "refused", err != 0);
		if (outcome == HF_SPLIT_SUCCESS) {
			timed(t, "split_ns", ns);
			count_zeroed(t, i);
		} else if (outcome != HF_SPLIT_UNTOUCHED) {
			timed(t, "fail_ns", ns);
			timed(t, outcome == HF_SPLIT_LATE ? "late_ns" : "early_ns", ns);
		}
		hf_folio_content(t, i);
	}
}

/* Part of each folio is unmapped; @again: it has been. */
static void defer(struct hf_task *t, bool again)
{
	struct hf_thpstat_value before, after;

	hf_split_read(t->run, &before);
	for (unsigned int i = 0; !again && i < f->n; i++) {
		int err;

		if (!hf_folio_page(i))
			continue;
		hf_begin(t);
		err = hf_split_act(i);
		timed(t, "defer_ns", hf_stop(t));
		count(t, "refused", err != 0);
	}
	hf_split_read(t->run, &after);
	count(t, "deferred", (uint64_t)(f->pmd_sized ? after.deferred - before.deferred : after.size_deferred - before.size_deferred));
}

/* The folios of a batch after the shrinkers have run: @split of them are split, @whole are not. Return: how many of the others failed late. */
static unsigned int judge_batch(struct hf_task *t, const struct hf_thpstat_value *c, uint64_t entries, unsigned int split, unsigned int whole, const char *first_whole)
{
	int64_t splits = f->pmd_sized ? c->split : c->size_split, failed = f->pmd_sized ? c->failed : c->size_failed;
	uint64_t each = f->size / f->base - 1; /* base pages still mapped */

	if (splits != split || failed < 0 || (failed && failed < whole) || (f->pmd_sized && hf_thpstat_sized(s.stat) && (c->split != c->size_split || c->failed != c->size_failed)))
		hf_broken(t->run, "page %p and %u others: counters and census do not agree: split %+lld (its size %+lld), failed %+lld (%+lld); %u folios are split, %u whole; or something else here splits huge pages",
			  (const void *)first_whole, split + whole - 1, (long long)c->split, (long long)c->size_split, (long long)c->failed, (long long)c->size_failed, split, whole);
	if (!failed || !whole || entries <= split * each)
		return 0;
	return entries / each - split < whole ? (unsigned int)(entries / each - split) : whole;
}

static void batch_deferred(struct hf_task *t, bool again, bool release, enum hf_split_outcome *of, uint64_t *ns)
{
	struct hf_thpstat_value before, after, c;
	unsigned int split = 0, whole = 0, late;
	const char *first = f->p;
	uint64_t entries;

	if (!t->census || !hf_census_frames(t->census))
		hf_skip(t->run, NO_CENSUS);
	defer(t, again);
	hf_split_read(t->run, &before);
	entries = traced();
	hf_begin(t);
	if (release)
		hf_folio_unpin();
	shrink(t->run);
	*ns = hf_stop(t);
	entries = traced() - entries;
	hf_split_read(t->run, &after);
	c = hf_split_less(&after, &before);
	for (unsigned int i = 0; i < f->n; i++) {
		bool is = hf_folio_page(i) && hf_folio_whole(t, i);

		of[i] = is ? HF_SPLIT_UNTOUCHED : HF_SPLIT_SUCCESS;
		split += hf_folio_page(i) && !is;
		first = is && !whole++ ? f->p + i * f->size : first;
	}
	late = judge_batch(t, &c, entries, split, whole, first);
	for (unsigned int i = 0; i < f->n; i++) {
		if (!hf_folio_page(i) || of[i] == HF_SPLIT_SUCCESS || !(f->pmd_sized ? c.failed : c.size_failed))
			continue;
		of[i] = late ? HF_SPLIT_LATE : HF_SPLIT_EARLY;
		late -= late > 0;
	}
}

void hf_split_batch(struct hf_task *t)
{
	enum hf_split_outcome of[HF_FOLIO_MAX];
	uint64_t ns;

	if (!deferred()) {
		batch_now(t);
		return;
	}
	batch_deferred(t, false, false, of, &ns);
	timed(t, "shrink_ns", ns);
	for (unsigned int i = 0; i < f->n; i++) {
		if (!hf_folio_page(i))
			continue;
		count_outcome(t, of[i]);
		if (of[i] == HF_SPLIT_SUCCESS)
			count_zeroed(t, i);
		hf_folio_content(t, i);
	}
}

enum hf_split_outcome hf_split_once(struct hf_task *t, bool release, uint64_t *ns)
{
	enum hf_split_outcome of[HF_FOLIO_MAX];
	int err;

	if (!deferred())
		return try_now(t, 0, release, ns, &err);
	batch_deferred(t, hf_folio_gone(0), release, of, ns);
	return of[0];
}

void hf_split_body(struct hf_task *t)
{
	bool pins = hf_param_known(t->run, "pin");

	while (hf_running(t)) {
		hf_folio_fill(t);
		if (pins)
			hf_folio_pin(t);
		hf_split_batch(t);
		hf_folio_unpin();
	}
}
