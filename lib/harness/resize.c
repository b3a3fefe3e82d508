// SPDX-License-Identifier: GPL-2.0-or-later
/* Resizing a hugetlb pool: writes, laws, and the proof of what the pages are. */
#include "harness/resize.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/parse.h"
#include "harness/shared.h"
#include "system/census.h"
#include "system/memfree.h"

#define HVO "/proc/sys/vm/hugetlb_optimize_vmemmap"
#define STRUCT_PAGE 64	 /* HVO exists only where struct page is that large */
#define TRIAL_WIN 458752 /* bytes that HVO has to win in a trial: 16 pages of 2 MiB do */
#define TRIAL_TRIES 3	 /* others allocate at the same time */
#define PROVE_EVERY 256	 /* operations between two trials */
#define PROVE_LAST 2	 /* trials after measuring */
#define LAW_TRIES 5	 /* the counts are in files of their own */

static size_t pool_page(const struct hf_run *run)
{
	size_t size[16], want = (size_t)hf_param(run, "size");
	unsigned int n = hf_pool_sizes(size, 16);

	for (unsigned int i = 0; i < n; i++)
		if (size[i] == want)
			return want;
	return 0;
}

/* Without the file there is no HVO that could be on. */
static const struct hf_setting *pool_settings(const struct hf_run *run)
{
	static const struct hf_setting off[] = { { HVO, "0" }, { .path = NULL } }, on[] = { { HVO, "1" }, { .path = NULL } };
	char path[PATH_MAX];

	if (hf_param_is(run, "hvo", "1"))
		return on;
	return hf_file_path(HVO, path, sizeof(path)) && access(path, F_OK) == 0 ? off : NULL;
}

static int pool_map(const struct hf_run *run, size_t len, unsigned int flags, struct hf_map *m)
{
	(void)flags;
	m->p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | __builtin_ctzll(run->page) << MAP_HUGE_SHIFT,
		    -1, 0);
	if (m->p != MAP_FAILED)
		return 0;
	m->p = NULL;
	return -errno;
}

const struct hf_mem hf_mem_pool = {
	.name = "pool",
	.page = pool_page,
	.settings = pool_settings,
	.map = pool_map,
};

/* What HVO wins by one page: all of its struct pages but for one page full. */
static size_t page_win(size_t page)
{
	size_t base = (size_t)sysconf(_SC_PAGESIZE), vmemmap = page / base * STRUCT_PAGE;

	return vmemmap > base ? vmemmap - base : 0;
}

int hf_resize_node(const struct hf_run *run)
{
	return (int)hf_param(run, "node") - 1; /* the first word is "all" */
}

/* Pages of a trial: so many that the memory won by HVO stands out from what others allocate at the same time. */
static uint64_t trial_of(size_t page)
{
	size_t win = page ? page_win(page) : 0;

	return win ? (TRIAL_WIN + win - 1) / win : 1;
}

static uint64_t batch_of(const struct hf_run *run)
{
	return hf_param_known(run, "batch") ? (uint64_t)hf_param(run, "batch") : 1;
}

static uint64_t most_of(const struct hf_run *run)
{
	uint64_t trial = trial_of((size_t)hf_param(run, "size")), batch = batch_of(run);

	return batch > trial ? batch : trial;
}

unsigned int hf_resize_brackets(const struct hf_run *run, struct hf_bracket *list)
{
	size_t page = (size_t)hf_param(run, "size");

	list[0] = (struct hf_bracket){ page, hf_resize_node(run), most_of(run) };
	return 1;
}

size_t hf_resize_memory(const struct hf_run *run)
{
	return most_of(run) * (size_t)hf_param(run, "size");
}

/*
 * One consistent reading of the machine and the nodes, and the laws. The machine's counts and the nodes' are in files of their own: read again when
 * they disagree.
 */
static void look(struct hf_run *run, const struct hf_resize *r, struct hf_pool *pool)
{
	char why[HF_REASON_MAX] = "";

	for (int i = 0; i < LAW_TRIES; i++) {
		struct hf_pool all;
		int err = hf_pool_read(r->page, -1, &all);

		*pool = all;
		if (!err && r->node >= 0)
			err = hf_pool_read(r->page, r->node, pool);
		if (err)
			hf_broken(run, "cannot read the pool: %s", hf_err_name(err));
		if (hf_pool_law(&all, why, sizeof(why)) == 0 && hf_pool_nodes_law(r->page, &all, why, sizeof(why)) == 0)
			return;
	}
	hf_fail(run, "pool law: %s", why);
}

/* The files behind hf_resize_read(). A file of sysfs that is open has its buffer (seq_read_iter()). */
static const char *const count_file[HF_RESIZE_COUNTS] = { "nr_hugepages", "free_hugepages", "resv_hugepages", "surplus_hugepages" };

static int64_t count_of(struct hf_run *run, const struct hf_resize *r, int i)
{
	char text[32];
	ssize_t n = pread(r->count[i], text, sizeof(text) - 1, 0);
	uint64_t v = 0;

	if (n > 0)
		text[n - 1] = '\0';
	if (n <= 0 || hf_parse_u64(text, 0, UINT64_MAX, &v))
		hf_broken(run, "%s cannot be read", count_file[i]);
	return (int64_t)v;
}

struct hf_pool hf_resize_read(struct hf_run *run, const struct hf_resize *r)
{
	return (struct hf_pool){ .nr = count_of(run, r, 0), .free = count_of(run, r, 1), .resv = count_of(run, r, 2), .surplus = count_of(run, r, 3) };
}

int64_t hf_resize_persistent(struct hf_run *run, const struct hf_resize *r)
{
	int64_t nr, surplus;
	int tries = 0;

	do {
		nr = count_of(run, r, 0);
		surplus = count_of(run, r, 3);
	} while (count_of(run, r, 0) != nr && ++tries < LAW_TRIES);
	return nr - surplus;
}

void hf_resize_open(struct hf_run *run, struct hf_resize *r, size_t page, int node, unsigned int bracket)
{
	char path[PATH_MAX];

	*r = (struct hf_resize){ .page = page, .node = node, .bracket = bracket };
	hf_pool_path(page, node, "nr_hugepages", path, sizeof(path));
	r->fd = hf_file_open(path, O_RDWR);
	if (r->fd < 0)
		hf_broken(run, "%s: %s", path, hf_err_name(r->fd));
	for (int i = 0; i < HF_RESIZE_COUNTS; i++) {
		r->count[i] = hf_file_open(hf_pool_path(page, -1, count_file[i], path, sizeof(path)), O_RDONLY);
		count_of(run, r, i);
	}
	look(run, r, &r->now);
	if (r->now.surplus)
		hf_skip(run, "the pool has %lld surplus pages: growing it would make them persistent instead of adding pages", (long long)r->now.surplus);
}

void hf_resize_close(struct hf_resize *r)
{
	if (r->page)
		close(r->fd);
	for (int i = 0; r->page && i < HF_RESIZE_COUNTS; i++)
		close(r->count[i]);
	memset(r, 0, sizeof(*r));
}

void hf_resize_hold(struct hf_task *t, const struct hf_resize *r, uint64_t pages)
{
	t->run->shared->held[r->bracket] = pages;
}

void hf_resize_write(struct hf_task *t, struct hf_resize *r, int64_t by, int metric, int call)
{
	uint64_t pages = (uint64_t)(by < 0 ? -by : by);
	char text[32];
	int len;
	ssize_t n;

	len = snprintf(text, sizeof(text), "%lld", (long long)(r->now.nr - r->now.surplus + by));
	if (metric >= 0) {
		hf_begin(t);
		n = pwrite(r->fd, text, (size_t)len, 0);
		hf_end_as(t, metric, pages);
		if (call >= 0)
			hf_end_also(t, call, 1);
	} else {
		n = pwrite(r->fd, text, (size_t)len, 0);
	}
	if (n != len)
		hf_broken(t->run, "writing %s to the pool file: %s", text, hf_err_name(n < 0 ? errno : EIO));
}

int64_t hf_resize_moved(struct hf_task *t, struct hf_resize *r)
{
	struct hf_pool was = r->now;

	look(t->run, r, &r->now);
	r->same_len = snprintf(r->same, sizeof(r->same), "%lld", (long long)(r->now.nr - r->now.surplus));
	return r->now.nr - was.nr;
}

int hf_resize_write_to(const struct hf_resize *r, int64_t pages)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%lld", (long long)pages);

	return pwrite(r->fd, text, (size_t)len, 0) == len ? 0 : -errno;
}

void hf_resize_settle(struct hf_task *t, struct hf_resize *r, int64_t goal)
{
	int64_t by;

	hf_resize_moved(t, r);
	by = goal - (r->now.nr - r->now.surplus);
	if (by)
		hf_resize_write(t, r, by, -1, -1);
	hf_resize_moved(t, r);
}

static int64_t grow(struct hf_task *t, struct hf_resize *r, int64_t pages, int metric, int call, int fail)
{
	uint64_t held = t->run->shared->held[r->bracket];
	int64_t added;

	look(t->run, r, &r->now);
	hf_resize_hold(t, r, held + (uint64_t)pages);
	hf_resize_write(t, r, pages, metric, call);
	added = hf_resize_moved(t, r);
	if (metric >= 0 && !added && fail >= 0)
		hf_end_is(t, fail);
	else if (metric >= 0 && added != pages)
		hf_drop(t);
	if (added < 0 || added > pages) /* others resized it as well */
		return added < 0 ? 0 : pages;
	hf_resize_hold(t, r, held + (uint64_t)added);
	return added;
}

int64_t hf_resize_grow(struct hf_task *t, struct hf_resize *r, int64_t pages, int metric, int call)
{
	return grow(t, r, pages, metric, call, -1);
}

int64_t hf_resize_grow_try(struct hf_task *t, struct hf_resize *r, int64_t pages, int metric, int fail)
{
	return grow(t, r, pages, metric, -1, fail);
}

int64_t hf_resize_shrink(struct hf_task *t, struct hf_resize *r, int64_t pages, int metric, int call)
{
	uint64_t held = t->run->shared->held[r->bracket];
	int64_t gone, surplus;

	r->failed = 0;
	if (pages <= 0)
		return 0;
	look(t->run, r, &r->now);
	surplus = r->now.surplus;
	if (pages > r->now.nr - surplus) { /* others wrote a number without ours in it: there are no more to take */
		hf_resize_hold(t, r, (uint64_t)(r->now.nr - surplus));
		pages = r->now.nr - surplus;
		held = (uint64_t)pages;
		metric = -1;
	}
	hf_resize_write(t, r, -pages, metric, call);
	gone = -hf_resize_moved(t, r);
	r->failed = r->now.surplus > surplus ? r->now.surplus - surplus : 0;
	if (gone != pages && metric >= 0)
		hf_drop(t);
	if (gone < 0 || gone > pages)
		gone = gone < 0 ? 0 : pages;
	hf_resize_hold(t, r, held > (uint64_t)gone ? held - (uint64_t)gone : 0);
	return gone;
}

/* Pages of a node's pool are handed out to those who ask for that node. */
static void bind(const struct hf_resize *r, const struct hf_map *m)
{
	unsigned long mask[16] = { 0 };
	size_t bits = 8 * sizeof(mask[0]);

	if (r->node < 0)
		return;
	mask[(size_t)r->node / bits] = 1ul << ((size_t)r->node % bits);
	syscall(SYS_mbind, m->p, m->len, MPOL_BIND, mask, 16 * bits, 0);
}

/* Looks at each page of the mapping. Return: how many show an optimised vmemmap, of the @*shown whose frames show anything. */
static uint64_t examine(struct hf_task *t, const struct hf_resize *r, const struct hf_map *m, uint64_t *shown)
{
	uint64_t optimised = 0;

	*shown = 0;
	for (size_t at = 0; at < m->len; at += r->page) {
		int is;

		hf_touch(m->p + at);
		if (r->page == t->run->page)
			hf_expect_page(t, m->p + at);
		if (!t->census || !hf_census_frames(t->census))
			continue;
		is = hf_census_optimized(t->census, m->p + at, r->page);
		if (is == -ENXIO)
			continue;
		if (is < 0)
			hf_broken(t->run, "page %zu of %zu: its vmemmap cannot be told: %s", at / r->page, m->len / r->page, hf_err_name(is));
		optimised += (uint64_t)is;
		++*shown;
	}
	return optimised;
}

void hf_resize_prove(struct hf_task *t, struct hf_resize *r, int won)
{
	const uint64_t pages = trial_of(r->page);
	const bool want = hf_param_is(t->run, "hvo", "1");
	const int64_t win = (int64_t)page_win(r->page);
	struct hf_map m;

	for (int tries = 1;; tries++) {
		int64_t before, after, added, each;
		uint64_t shown, optimised;
		int err = hf_memfree(&before);

		added = hf_resize_grow(t, r, (int64_t)pages, -1, -1);
		if (!err)
			err = hf_memfree(&after);
		if (err)
			hf_broken(t->run, "free memory cannot be read: %s", hf_err_name(err));
		if (!added)
			hf_skip(t->run, "no page could be added to the pool");
		m = hf_map_new(t->run, (size_t)added * r->page, 0);
		bind(r, &m);
		optimised = examine(t, r, &m, &shown);
		hf_map_free(t->run, &m);
		hf_resize_shrink(t, r, added, -1, -1);
		each = (int64_t)r->page - (before - after) / added;
		/* A kernel that does not show it in kpageflags is judged by the memory won. Some but not all: a page of somebody else's came between. */
		if (want ? (optimised && optimised == shown) || (!optimised && each > win / 2) : !optimised && each <= win / 2) {
			if (won >= 0)
				hf_value(t, won, each > 0 ? (uint64_t)each : 0);
			return;
		}
		if (tries == TRIAL_TRIES)
			hf_broken(t->run, "HVO is to be %s, but %llu of %llu pages show an optimised vmemmap, and %lld bytes a page were won", want ? "on" : "off",
				  (unsigned long long)optimised, (unsigned long long)shown, (long long)each);
	}
}

void hf_resize_expect_hvo(struct hf_task *t, const struct hf_resize *r, const struct hf_map *m)
{
	uint64_t shown, optimised = examine(t, r, m, &shown);

	/* Where HVO is to be on, none at all may mean that this kernel does not show it; where it is to be off, any is wrong. */
	if (optimised && (optimised != shown || !hf_param_is(t->run, "hvo", "1")))
		hf_broken(t->run, "HVO is to be %s, but %llu of %llu pages show an optimised vmemmap", hf_param_is(t->run, "hvo", "1") ? "on" : "off",
			  (unsigned long long)optimised, (unsigned long long)shown);
}

void hf_resize_prove_held(struct hf_task *t, struct hf_resize *r, uint64_t pages)
{
	const uint64_t most = trial_of(r->page);
	const size_t len = (pages < most ? pages : most) * r->page;
	struct hf_map m = { .len = len, .fd = -1 };

	if (!len)
		return;
	m.p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | __builtin_ctzll(r->page) << MAP_HUGE_SHIFT,
		   -1, 0);
	if (m.p == MAP_FAILED)
		hf_broken(t->run, "cannot map %zu bytes from the pool: %s", len, hf_err_name(errno));
	bind(r, &m);
	hf_resize_expect_hvo(t, r, &m);
	munmap(m.p, len);
}

void hf_resize_flush(struct hf_task *t, struct hf_resize *r)
{
	if (pwrite(r->fd, r->same, (size_t)r->same_len, 0) != r->same_len)
		hf_broken(t->run, "writing %s to the pool file: %s", r->same, hf_err_name(errno));
}

static int metric_of(const struct hf_run *run, const char *name)
{
	return name ? hf_metric(run, name) : -1;
}

void hf_resize_body(struct hf_task *t, struct hf_resize *r, const struct hf_resize_timed *timed)
{
	const struct hf_run *run = t->run;
	const int up = metric_of(run, timed->grow), up_call = metric_of(run, timed->grow_call), down = metric_of(run, timed->shrink),
		  down_call = metric_of(run, timed->shrink_call), won = hf_metric(run, "won_B"), pages = hf_metric(run, "pages"), missed = hf_metric(run, "short"),
		  failed = hf_metric(run, "restore_failed");
	const int64_t batch = (int64_t)batch_of(run);

	while (hf_running(t)) {
		int64_t added = hf_resize_grow(t, r, batch, up, up_call);
		bool whole = added == batch;
		int64_t gone = hf_resize_shrink(t, r, added, whole ? down : -1, down_call);

		hf_count(t, missed, !whole || gone != added);
		hf_count(t, pages, (uint64_t)gone);
		hf_count(t, failed, (uint64_t)r->failed);
		if (t->slot->ops % PROVE_EVERY)
			continue;
		hf_resize_prove(t, r, won);
		hf_resize_shrink(t, r, hf_resize_grow(t, r, batch, -1, -1), -1, -1); /* caches are as between other operations again */
	}
}

void hf_resize_setup(struct hf_run *run, struct hf_resize *r)
{
	hf_resize_open(run, r, run->page, hf_resize_node(run), 0);
	hf_resize_prove(&run->task[0], r, -1);
}

void hf_resize_check(struct hf_run *run, struct hf_resize *r)
{
	for (int i = 0; i < PROVE_LAST; i++)
		hf_resize_prove(&run->task[0], r, hf_metric(run, "won_B"));
}
