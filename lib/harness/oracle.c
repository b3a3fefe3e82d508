// SPDX-License-Identifier: GPL-2.0-or-later
/* Laws seen from outside: pools at every moment, and the machine as before afterwards. */
#include "harness/oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "harness/left.h"
#include "harness/shared.h"
#include "harness/watchdog.h"
#include "system/account.h"
#include "system/cgroup.h"
#include "system/counter.h"
#include "system/pool.h"
#include "system/quota.h"
#include "system/where.h"

#define SIZES_MAX 8
#define SETTLE_MS 3000	  /* what the kernel does later (freeing by a worker, per-CPU batches) is done by then */
#define POLL_MS 20
#define CROSS_TIMES 8	  /* counts that contradict each other in so many looks in a row are no accident of reading */
#define LOST_READINGS 16  /* before the run */
#define BATCH_BYTES (INT64_C(256) << 10) /* pages on their way to an LRU list, for each CPU: some batches of up to 31 (include/linux/pagevec.h) */
#define LOST_NS 100000000 /* between two during it */
#define FRAMES_SHARE 50	  /* looking for frames of huge pages takes one part in so many of the time */

struct hf_oracle {
	const struct hf_run *run;
	const char *group, *stacks;
	hf_oracle_say *say;
	void *arg;
	struct hf_watchdog *watch;
	unsigned int sizes, crossed;
	size_t size[SIZES_MAX];
	struct hf_pool before[SIZES_MAX];
	struct hf_cgroup_charge charge[SIZES_MAX];
	int64_t pins, orphans, isolated, moving, off_lru, zero_pages; /* before */
	bool have_lost, have_pins, have_frames, have_orphans, have_isolated, have_moving;
	struct hf_drift drift;
	struct hf_stuck_tasks stuck; /* processes that cannot be looked at */
	struct hf_users now, users[SIZES_MAX]; /* users[]: before */
	struct hf_left *left;
	uint64_t lost_read, left_read, left_took; /* when, and how long that took, ns */
	bool told[HF_LAWS];
	uint64_t checked[HF_LAWS];
};

static void broken(struct hf_oracle *o, enum hf_law law, const char *text)
{
	if (o->told[law])
		return;
	o->told[law] = true;
	o->say(o->arg, law, text);
}

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = POLL_MS * 1000000 }, NULL);
}

/** typedef holds - whether something is as it should be; if not, @why says what is wrong */
typedef bool holds(struct hf_oracle *o, unsigned int i, char *why, size_t room);

/* A law that has to hold after the run: it is broken when it does not hold in any of many looks. What others do at the time makes one look or the other wrong, a loss all of them. */
static void settle(struct hf_oracle *o, enum hf_law law, holds *fn, unsigned int i)
{
	uint64_t end = hf_clock_raw_ns() + UINT64_C(1000000) * SETTLE_MS;
	char why[512];
	int looks = 0;

	if (o->told[law])
		return;
	o->checked[law]++;
	do {
		if (looks++)
			nap();
		if (fn(o, i, why, sizeof(why)))
			return;
	} while (looks < CROSS_TIMES || hf_clock_raw_ns() < end);
	broken(o, law, why);
}

/* Pages of all pools, in units of the smallest size: all of them, and those in use. */
static void pool_units(const struct hf_oracle *o, int64_t *all, int64_t *used)
{
	*all = *used = 0;
	for (unsigned int i = 0; i < o->sizes; i++) {
		struct hf_pool p;

		if (hf_pool_read(o->size[i], -1, &p))
			continue;
		*all += p.nr * (int64_t)(o->size[i] / o->size[0]);
		*used += (p.nr - p.free) * (int64_t)(o->size[i] / o->size[0]);
	}
}

static bool frames_add_up(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	int64_t marked, pools, again, used;

	(void)i;
	pool_units(o, &pools, &used);
	if (hf_account_hugetlb_frames(o->size[0], &marked, NULL))
		return true;
	pool_units(o, &again, &used);
	snprintf(why, room, "%lld huge pages' worth of frames are marked hugetlb, but the pools have %lld", (long long)marked, (long long)pools);
	return marked == pools && pools == again;
}

/* Pages in use that no process has mapped: in files, or lost. Return: 0 or -errno. */
static int orphans(const struct hf_oracle *o, int64_t *n)
{
	int64_t marked, mapped, all, used;
	int err = hf_account_hugetlb_frames(o->size[0], &marked, &mapped);

	pool_units(o, &all, &used);
	*n = used - mapped;
	return err;
}

static void charge_of(const struct hf_oracle *o, unsigned int i, struct hf_cgroup_charge *charge)
{
	*charge = (struct hf_cgroup_charge){ 0, 0 };
	if (*o->group)
		hf_cgroup_charge(o->group, o->size[i], charge);
}

static void memory_before(struct hf_oracle *o)
{
	struct hf_low low = HF_LOW_NONE;
	int64_t lost, total = 0, off_lru;

	o->have_lost = true;
	for (int i = 0; i < LOST_READINGS && o->have_lost; i++) {
		o->have_lost = hf_account_lost(&lost, &total) == 0;
		hf_low_add(&low, lost);
		if (hf_account_off_lru(&off_lru) == 0 && off_lru > o->off_lru) /* less than zero is memory that may be mapped again */
			o->off_lru = off_lru;
		nanosleep(&(struct timespec){ .tv_nsec = 3000000 }, NULL);
	}
	hf_drift_start(&o->drift, &low, total);
}

static void frames_before(struct hf_oracle *o)
{
	int64_t n;
	char why[200];

	o->have_frames = o->sizes && frames_add_up(o, 0, why, sizeof(why));
	for (int i = 0; i < CROSS_TIMES && o->sizes; i++) {
		if (orphans(o, &n))
			return;
		if (!o->have_orphans || n < o->orphans)
			o->orphans = n;
		o->have_orphans = true;
	}
	o->left = hf_left_new(o->size[0]);
}

/* How often the huge zero page has been made since boot; 0 without THP */
static int64_t zero_pages_made(void)
{
	struct hf_counter_set *set;
	int64_t n = 0;

	if (hf_counter_read(&set))
		return 0;
	hf_counter_get(set, "thp_zero_page_alloc", &n);
	hf_counter_free(set);
	return n;
}

struct hf_oracle *hf_oracle_new(const struct hf_run *run, const char *group, const char *stacks, hf_oracle_say *say, void *arg)
{
	struct hf_oracle *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->run = run;
	o->group = group;
	o->stacks = stacks;
	o->say = say;
	o->arg = arg;
	o->watch = hf_watchdog_new(run);
	o->sizes = hf_pool_sizes(o->size, SIZES_MAX);
	for (unsigned int i = 0; i < o->sizes; i++) {
		hf_pool_read(o->size[i], -1, &o->before[i]);
		charge_of(o, i, &o->charge[i]);
		hf_users_read(&o->users[i], o->size[i], &o->stuck);
	}
	o->have_pins = hf_account_pins(&o->pins) == 0;
	o->zero_pages = zero_pages_made();
	o->have_isolated = hf_account_isolated(&o->isolated) == 0;
	o->have_moving = hf_account_isolated_pages(&o->moving) == 0;
	frames_before(o);
	memory_before(o);
	return o;
}

void hf_oracle_free(struct hf_oracle *o)
{
	if (!o)
		return;
	hf_watchdog_free(o->watch);
	hf_left_free(o->left);
	free(o);
}

uint64_t hf_oracle_checked(const struct hf_oracle *o, enum hf_law law)
{
	return o->checked[law];
}

const struct hf_drift *hf_oracle_drift(const struct hf_oracle *o)
{
	return o->have_lost ? &o->drift : NULL;
}

const struct hf_stuck_tasks *hf_oracle_stuck(const struct hf_oracle *o)
{
	return &o->stuck;
}

static void check_wraps(struct hf_oracle *o)
{
	char why[200];

	for (unsigned int i = 0; i < o->sizes; i++) {
		struct hf_pool p;

		if (hf_pool_read(o->size[i], -1, &p))
			continue;
		o->checked[HF_LAW_POOL]++;
		o->checked[HF_LAW_RESERVATION]++;
		if (p.resv < 0) {
			snprintf(why, sizeof(why), "resv_hugepages of %zu kB wrapped: %lld", o->size[i] >> 10, (long long)p.resv);
			broken(o, HF_LAW_RESERVATION, why);
		}
		if (p.nr < 0 || p.free < 0 || p.surplus < 0) {
			snprintf(why, sizeof(why), "a count of %zu kB wrapped: nr %lld, free %lld, surplus %lld", o->size[i] >> 10, (long long)p.nr, (long long)p.free, (long long)p.surplus);
			broken(o, HF_LAW_POOL, why);
		}
	}
}

/*
 * Its fields are read one right after the other, without the pool's lock. A virtual CPU that is held up while it has that lock shows the others what nobody should see, to as many readings as there are
 * meanwhile: so it is looks in a row that count, between which we sleep.
 */
static void check_meminfo(struct hf_oracle *o)
{
	struct hf_pool p;
	char why[200];

	if (hf_account_meminfo_pool(&p) || hf_pool_law(&p, why, sizeof(why)) == 0)
		o->crossed = 0;
	else if (++o->crossed >= CROSS_TIMES)
		broken(o, p.resv > p.free ? HF_LAW_RESERVATION : HF_LAW_POOL, why);
}

/* statfs(2) takes the subpool's lock (hugetlbfs_statfs()), so what it says of a private pool is of one instant. */
static void check_mounts(struct hf_oracle *o)
{
	struct hf_shared *sh = o->run->shared;
	unsigned int n = atomic_load_explicit(&sh->mounts, memory_order_acquire);
	char why[200];

	for (unsigned int i = 0; i < n && i < HF_MOUNTS_MAX; i++) {
		int64_t used, most = (int64_t)sh->mount[i].most;

		if (hf_quota_look(sh->mount[i].pid, sh->mount[i].fd, sh->mount[i].most, &used))
			continue;
		o->checked[HF_LAW_QUOTA]++;
		snprintf(why, sizeof(why), "%lld pages of a quota of %lld are in use", (long long)used, (long long)most);
		if (used < 0 || used > most)
			broken(o, HF_LAW_QUOTA, why);
	}
}

static void check_charges(struct hf_oracle *o)
{
	char why[200];

	for (unsigned int i = 0; *o->group && i < o->sizes; i++) {
		struct hf_cgroup_charge c;

		charge_of(o, i, &c);
		o->checked[HF_LAW_CGROUP]++;
		snprintf(why, sizeof(why), "a charge of %zu kB pages wrapped: %lld bytes in use, %lld reserved", o->size[i] >> 10, (long long)c.current, (long long)c.reserved);
		if ((int64_t)c.current < 0 || (int64_t)c.reserved < 0)
			broken(o, HF_LAW_CGROUP, why);
	}
}

static void look_at_memory(struct hf_oracle *o, uint64_t now)
{
	int64_t lost, total;

	if (!o->have_lost || now - o->lost_read < LOST_NS)
		return;
	o->lost_read = now;
	if (hf_account_lost(&lost, &total) == 0)
		hf_drift_during(&o->drift, lost, now);
}

static void look_at_frames(struct hf_oracle *o, uint64_t now)
{
	if (!o->left || now - o->left_read < FRAMES_SHARE * o->left_took)
		return;
	hf_left_look(o->left);
	o->left_read = hf_clock_raw_ns();
	o->left_took = o->left_read - now;
}

static void look_at_counts(struct hf_oracle *o)
{
	uint64_t now = hf_clock_raw_ns();

	check_wraps(o);
	check_meminfo(o);
	check_mounts(o);
	check_charges(o);
	look_at_memory(o, now);
	look_at_frames(o, now);
}

void hf_oracle_tick(struct hf_oracle *o)
{
	char why[512];

	if (!atomic_load(&o->run->shared->starved))
		look_at_counts(o);
	o->checked[HF_LAW_PROGRESS]++;
	if (hf_watchdog_look(o->watch, why, sizeof(why))) {
		if (!o->told[HF_LAW_PROGRESS] && o->stacks)
			hf_watchdog_stacks(o->stacks);
		broken(o, HF_LAW_PROGRESS, why);
	}
}

static bool counts_agree(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	struct hf_pool p;
	char what[200];

	if (hf_pool_read(o->size[i], -1, &p) || (hf_pool_law(&p, what, sizeof(what)) == 0 && hf_pool_nodes_law(o->size[i], &p, what, sizeof(what)) == 0))
		return true;
	snprintf(why, room, "%zu kB: %s", o->size[i] >> 10, what);
	return false;
}

/* What others may have of pool @i. */
static const struct hf_users *others(struct hf_oracle *o, unsigned int i)
{
	hf_users_read(&o->now, o->size[i], &o->stuck);
	return &o->now;
}

static bool reservations_back(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	const struct hf_pool *was = &o->before[i];
	int64_t promised, more, returned;
	struct hf_pool now;

	if (hf_pool_read(o->size[i], -1, &now) || (more = now.resv - was->resv) <= 0)
		return true;
	returned = was->nr - was->free - (now.nr - now.free); /* pages that are given back may be reserved again */
	promised = hf_users_promised(others(o, i), &o->users[i]) + (returned > 0 ? returned : 0);
	snprintf(why, room, "%lld more pages of %zu kB are reserved than before the run, and mappings and files that others have changed account for %lld at most", (long long)more,
		 o->size[i] >> 10, (long long)promised);
	return more <= promised;
}

static bool surplus_gone(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	struct hf_pool now;
	int64_t theirs, more;

	if (hf_pool_read(o->size[i], -1, &now) || (more = now.surplus - o->before[i].surplus) <= 0)
		return true;
	theirs = hf_users_used(others(o, i), false) + now.resv; /* a surplus page that is neither in use nor reserved is freed */
	snprintf(why, room, "%lld more surplus pages of %zu kB than before the run, and others have, or have reserved, %lld at most", (long long)more, o->size[i] >> 10, (long long)theirs);
	return more <= theirs;
}

static bool none_in_use(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	struct hf_pool now;
	int64_t theirs, more;

	if (hf_pool_read(o->size[i], -1, &now) || (more = (now.nr - now.free) - (o->before[i].nr - o->before[i].free)) <= 0)
		return true;
	theirs = hf_users_used(others(o, i), false);
	snprintf(why, room, "%lld more pages of %zu kB are in use than before the run, and others map, or have in files, %lld", (long long)more, o->size[i] >> 10, (long long)theirs);
	return more <= theirs;
}

/* Sharper where frames can be seen: whatever others map, a page in use is mapped or in a file. */
static bool no_orphans(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	int64_t n, in_files = 0;

	(void)i;
	if (orphans(o, &n) || n <= o->orphans)
		return true;
	for (unsigned int k = 0; k < o->sizes; k++)
		in_files += hf_users_used(others(o, k), true) * (int64_t)(o->size[k] / o->size[0]);
	snprintf(why, room, "%lld more huge pages than before the run are in use and mapped by nobody, and files have %lld", (long long)(n - o->orphans), (long long)in_files);
	return n - o->orphans <= in_files;
}

static bool charges_back(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	struct hf_cgroup_charge c;

	charge_of(o, i, &c);
	snprintf(why, room, "after the run %llu bytes of %zu kB pages are charged to its cgroup (%llu before), and %llu bytes reserved (%llu before)", (unsigned long long)c.current,
		 o->size[i] >> 10, (unsigned long long)o->charge[i].current, (unsigned long long)c.reserved, (unsigned long long)o->charge[i].reserved);
	return c.current == o->charge[i].current && c.reserved == o->charge[i].reserved;
}

static bool frames_left(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	(void)i;
	return hf_left_check(o->left, why, room) == 0;
}

static bool none_isolated(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	int64_t now;

	(void)i;
	if (hf_account_isolated(&now))
		return true;
	snprintf(why, room, "%lld page blocks are isolated, %lld were before the run", (long long)now, (long long)o->isolated);
	return now <= o->isolated;
}

static bool none_moving(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	int64_t now;

	(void)i;
	if (hf_account_isolated_pages(&now))
		return true;
	snprintf(why, room, "%lld pages are isolated to be moved or reclaimed, %lld were before the run", (long long)now, (long long)o->moving);
	return now <= o->moving;
}

static bool all_listed(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	int64_t now, most = o->off_lru + BATCH_BYTES * sysconf(_SC_NPROCESSORS_ONLN);

	(void)i;
	if (hf_account_off_lru(&now))
		return true;
	snprintf(why, room, "%.1f MiB count as mapped or cached and are on no LRU list, and %.1f may be", (double)now / (1 << 20), (double)most / (1 << 20));
	return now <= most;
}

static bool pins_back(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	int64_t now;

	(void)i;
	if (hf_account_pins(&now))
		return true;
	snprintf(why, room, "%lld more pages are pinned than before the run, by no process", (long long)(now - o->pins));
	return now <= o->pins;
}

/* The huge zero page is memory without a kind: made at the first read of a THP that is not there, kept until memory is short (get_huge_zero_folio() in mm/huge_memory.c). Return: its size if it may be new, else 0. */
static int64_t zero_page(const struct hf_oracle *o)
{
	char text[32];
	uint64_t size;

	if (zero_pages_made() <= o->zero_pages || hf_file_read("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", text, sizeof(text)) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return hf_parse_u64(text, 0, INT64_C(1) << 40, &size) ? 0 : (int64_t)size;
}

static bool memory_back(struct hf_oracle *o, unsigned int i, char *why, size_t room)
{
	int64_t lost, total;
	bool is_back;

	(void)i;
	if (hf_account_lost(&lost, &total))
		return true;
	is_back = hf_drift_after(&o->drift, lost, total + zero_page(o) + atomic_load(&o->run->shared->keeps));
	snprintf(why, room, "%.1f MiB more memory than before the run is neither free nor accounted for, and %.1f may be", (double)hf_drift_bytes(&o->drift) / (1 << 20),
		 (double)hf_drift_bound(&o->drift) / (1 << 20));
	return is_back;
}

/* Somebody whose memory could be looked at before the run and now cannot. */
static void check_stuck(struct hf_oracle *o, unsigned int before)
{
	char why[256], where[160];

	o->checked[HF_LAW_PROGRESS]++;
	if (o->sizes)
		others(o, 0);
	if (o->stuck.n <= before)
		return;
	hf_where(o->stuck.pid[before], where, sizeof(where));
	snprintf(why, sizeof(why), "the memory of process %d cannot be looked at any more (its mmap_lock is held for seconds): %s", (int)o->stuck.pid[before], where);
	if (o->stacks)
		hf_watchdog_stacks(o->stacks);
	broken(o, HF_LAW_PROGRESS, why);
}

void hf_oracle_end(struct hf_oracle *o)
{
	unsigned int stuck = o->stuck.n;

	check_wraps(o);
	for (unsigned int i = 0; i < o->sizes; i++) {
		settle(o, HF_LAW_POOL, counts_agree, i);
		settle(o, HF_LAW_RESERVATION, reservations_back, i);
		settle(o, HF_LAW_SURPLUS, surplus_gone, i);
		settle(o, HF_LAW_POOL, none_in_use, i);
		if (*o->group)
			settle(o, HF_LAW_CGROUP, charges_back, i);
	}
	if (o->have_orphans)
		settle(o, HF_LAW_POOL, no_orphans, 0);
	if (o->have_frames)
		settle(o, HF_LAW_FRAMES, frames_add_up, 0);
	if (o->left)
		settle(o, HF_LAW_FRAMES, frames_left, 0);
	if (o->have_isolated)
		settle(o, HF_LAW_FRAMES, none_isolated, 0);
	if (o->have_moving)
		settle(o, HF_LAW_FRAMES, none_moving, 0);
	settle(o, HF_LAW_MEMORY, all_listed, 0);
	if (o->have_pins)
		settle(o, HF_LAW_PINS, pins_back, 0);
	if (o->have_lost)
		settle(o, HF_LAW_MEMORY, memory_back, 0);
	check_stuck(o, stuck);
}
