// SPDX-License-Identifier: GPL-2.0-or-later
/* Laws seen from outside: pools at every moment, and the machine as before afterwards. */
#include "harness/oracle.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "harness/watchdog.h"
#include "system/account.h"
#include "system/pool.h"

#define SIZES_MAX 8
#define SETTLE_MS 3000	  /* what the kernel does later (freeing by a worker, per-CPU batches) is done by then */
#define POLL_MS 20
#define CROSS_TIMES 3	  /* counts of one reading that contradict each other, so often in a run, are no accident of reading */
#define MEMORY_SLACK (INT64_C(32) << 20) /* bytes that the kernel's own, unaccounted allocations come and go by */

struct hf_oracle {
	const struct hf_run *run;
	hf_oracle_say *say;
	void *arg;
	struct hf_watchdog *watch;
	unsigned int sizes, crossed, node[64], nodes;
	size_t size[SIZES_MAX];
	struct hf_pool before[SIZES_MAX];
	int64_t lost, pins; /* before */
	bool have_lost, have_pins, have_frames;
	bool told[HF_LAWS];
	uint64_t checked[HF_LAWS];
};

static void broken(struct hf_oracle *o, enum hf_law law, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void broken(struct hf_oracle *o, enum hf_law law, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (o->told[law])
		return;
	o->told[law] = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	o->say(o->arg, law, text);
}

static bool frames_add_up(const struct hf_oracle *o, int64_t *marked, int64_t *pools)
{
	int64_t again = 0;

	*pools = 0;
	for (unsigned int i = 0; i < o->sizes; i++) {
		struct hf_pool p;

		if (hf_pool_read(o->size[i], -1, &p) == 0)
			*pools += p.nr * (int64_t)(o->size[i] / o->size[0]);
	}
	if (hf_account_hugetlb_frames(o->size[0], marked))
		return true;
	for (unsigned int i = 0; i < o->sizes; i++) {
		struct hf_pool p;

		if (hf_pool_read(o->size[i], -1, &p) == 0)
			again += p.nr * (int64_t)(o->size[i] / o->size[0]);
	}
	return *marked == *pools && *pools == again;
}

struct hf_oracle *hf_oracle_new(const struct hf_run *run, hf_oracle_say *say, void *arg)
{
	struct hf_oracle *o = calloc(1, sizeof(*o));
	int64_t marked, pools;

	if (!o)
		return NULL;
	o->run = run;
	o->say = say;
	o->arg = arg;
	o->watch = hf_watchdog_new(run);
	o->sizes = hf_pool_sizes(o->size, SIZES_MAX);
	for (unsigned int i = 0; i < o->sizes; i++)
		hf_pool_read(o->size[i], -1, &o->before[i]);
	o->have_lost = hf_account_lost(&o->lost) == 0;
	o->have_pins = hf_account_pins(&o->pins) == 0;
	o->have_frames = o->sizes && hf_account_hugetlb_frames(o->size[0], &marked) == 0 && frames_add_up(o, &marked, &pools);
	return o;
}

void hf_oracle_free(struct hf_oracle *o)
{
	if (!o)
		return;
	hf_watchdog_free(o->watch);
	free(o);
}

uint64_t hf_oracle_checked(const struct hf_oracle *o, enum hf_law law)
{
	return o->checked[law];
}

static void check_wraps(struct hf_oracle *o)
{
	for (unsigned int i = 0; i < o->sizes; i++) {
		struct hf_pool p;

		if (hf_pool_read(o->size[i], -1, &p))
			continue;
		o->checked[HF_LAW_POOL]++;
		o->checked[HF_LAW_RESERVATION]++;
		if (p.resv < 0)
			broken(o, HF_LAW_RESERVATION, "resv_hugepages of %zu kB wrapped: %lld", o->size[i] >> 10, (long long)p.resv);
		if (p.nr < 0 || p.free < 0 || p.surplus < 0)
			broken(o, HF_LAW_POOL, "a count of %zu kB wrapped: nr %lld, free %lld, surplus %lld", o->size[i] >> 10, (long long)p.nr, (long long)p.free, (long long)p.surplus);
	}
}

static void check_meminfo(struct hf_oracle *o)
{
	struct hf_pool p;
	char why[200];

	if (hf_account_meminfo_pool(&p))
		return;
	if (hf_pool_law(&p, why, sizeof(why)) == 0)
		return;
	if (++o->crossed == CROSS_TIMES)
		broken(o, p.resv > p.free ? HF_LAW_RESERVATION : HF_LAW_POOL, "%s", why);
}

void hf_oracle_tick(struct hf_oracle *o, const char *stacks)
{
	char why[512];

	check_wraps(o);
	check_meminfo(o);
	o->checked[HF_LAW_PROGRESS]++;
	if (hf_watchdog_look(o->watch, why, sizeof(why))) {
		if (!o->told[HF_LAW_PROGRESS] && stacks)
			hf_watchdog_stacks(stacks);
		broken(o, HF_LAW_PROGRESS, "%s", why);
	}
}

/* Whether pool @i holds more than before that is nobody's. */
static bool pool_left(const struct hf_oracle *o, unsigned int i, struct hf_pool *d)
{
	const struct hf_pool *was = &o->before[i];
	struct hf_pool now;

	if (hf_pool_read(o->size[i], -1, &now))
		return false;
	d->resv = now.resv - was->resv;
	d->surplus = now.surplus - was->surplus;
	d->nr = now.nr - was->nr;
	d->free = (now.nr - now.free) - (was->nr - was->free); /* in use */
	return d->resv > 0 || d->surplus > 0 || d->free > 0;
}

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = POLL_MS * 1000000 }, NULL);
}

static void check_pools(struct hf_oracle *o)
{
	struct hf_pool d, p;
	char why[200];
	int64_t others;

	for (unsigned int i = 0; i < o->sizes; i++) {
		int ms = 0, wrong = 0;

		while (pool_left(o, i, &d) && ms < SETTLE_MS) {
			nap();
			ms += POLL_MS;
		}
		o->checked[HF_LAW_RESERVATION]++;
		o->checked[HF_LAW_SURPLUS]++;
		o->checked[HF_LAW_POOL]++;
		for (int n = 0; n < CROSS_TIMES; n++) {
			if (hf_pool_read(o->size[i], -1, &p))
				break;
			wrong += hf_pool_law(&p, why, sizeof(why)) != 0;
			if (wrong)
				nap();
		}
		if (wrong == CROSS_TIMES)
			broken(o, HF_LAW_POOL, "%zu kB: %s", o->size[i] >> 10, why);
		if (!pool_left(o, i, &d))
			continue;
		others = hf_account_mapped(o->size[i]);
		if (d.resv > others)
			broken(o, HF_LAW_RESERVATION, "%lld more pages of %zu kB are reserved than before the run, and other processes map %lld", (long long)d.resv, o->size[i] >> 10,
			       (long long)others);
		if (d.surplus > others)
			broken(o, HF_LAW_SURPLUS, "%lld more surplus pages of %zu kB than before the run, and other processes map %lld", (long long)d.surplus, o->size[i] >> 10, (long long)others);
		if (d.free > others)
			broken(o, HF_LAW_POOL, "%lld more pages of %zu kB are in use than before the run, and other processes map %lld", (long long)d.free, o->size[i] >> 10,
			       (long long)others);
	}
}

static void check_frames(struct hf_oracle *o)
{
	int64_t marked = 0, pools = 0;

	if (!o->have_frames)
		return;
	o->checked[HF_LAW_FRAMES]++;
	for (int ms = 0; ms < SETTLE_MS; ms += POLL_MS) {
		if (frames_add_up(o, &marked, &pools))
			return;
		nap();
	}
	broken(o, HF_LAW_FRAMES, "%lld huge pages' worth of frames are marked hugetlb, but the pools have %lld", (long long)marked, (long long)pools);
}

static void check_pins(struct hf_oracle *o)
{
	int64_t now = 0;

	if (!o->have_pins)
		return;
	o->checked[HF_LAW_PINS]++;
	for (int ms = 0; ms < SETTLE_MS; ms += POLL_MS) {
		if (hf_account_pins(&now) || now <= o->pins)
			return;
		nap();
	}
	broken(o, HF_LAW_PINS, "%lld more pages are pinned than before the run, by no process", (long long)(now - o->pins));
}

static void check_memory(struct hf_oracle *o)
{
	int64_t now = 0;

	if (!o->have_lost)
		return;
	o->checked[HF_LAW_MEMORY]++;
	for (int ms = 0; ms < SETTLE_MS; ms += POLL_MS) {
		if (hf_account_lost(&now) || now - o->lost <= MEMORY_SLACK)
			return;
		nap();
	}
	broken(o, HF_LAW_MEMORY, "%lld MiB more memory than before the run is neither free nor accounted for", (long long)((now - o->lost) >> 20));
}

void hf_oracle_end(struct hf_oracle *o)
{
	check_wraps(o);
	check_pools(o);
	check_frames(o);
	check_pins(o);
	check_memory(o);
}
