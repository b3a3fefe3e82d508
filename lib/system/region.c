// SPDX-License-Identifier: GPL-2.0-or-later
/* Regions replaced under their readers: liburcu's QSBR flavour. */
#include "system/region.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Under ThreadSanitizer liburcu stays behind its functions, where it is not instrumented (its futex word is a plain int), and is told
 * that what a reader did before it went quiet happened before the end of the grace period: that synchronize_rcu() really waits is
 * assumed there, not checked.
 */
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
static char grace;
#define reader_done() __tsan_release(&grace)
#define grace_over() __tsan_acquire(&grace)
#else
#define _LGPL_SOURCE /* inline what readers call */
#define reader_done() ((void)0)
#define grace_over() ((void)0)
#endif
#include <urcu/urcu-qsbr.h>

struct hf_region {
	struct hf_region_map *now;
	hf_region_drop *drop;
};

static struct hf_region_map *map_new(void *addr, size_t len, uint64_t gen, void *arg)
{
	struct hf_region_map *map = malloc(sizeof(*map));

	if (map)
		*map = (struct hf_region_map){ addr, len, gen, arg };
	return map;
}

int hf_region_new(struct hf_region **out, void *addr, size_t len, void *arg, hf_region_drop *drop)
{
	struct hf_region *region = malloc(sizeof(*region));

	if (!region)
		return -ENOMEM;
	region->drop = drop;
	region->now = map_new(addr, len, 0, arg);
	if (!region->now) {
		free(region);
		return -ENOMEM;
	}
	*out = region;
	return 0;
}

void hf_region_free(struct hf_region *region)
{
	if (!region)
		return;
	region->drop(region->now);
	free(region->now);
	free(region);
}

void hf_region_join(void)
{
	urcu_qsbr_register_thread();
}

void hf_region_leave(void)
{
	reader_done();
	urcu_qsbr_unregister_thread();
}

/* An atomic load rather than rcu_dereference(): the same instruction on the machines we know, and one that sanitizers understand. */
const struct hf_region_map *hf_region_get(const struct hf_region *region)
{
	return __atomic_load_n(&region->now, __ATOMIC_ACQUIRE);
}

void hf_region_quiet(void)
{
	reader_done();
	urcu_qsbr_quiescent_state();
}

int hf_region_replace(struct hf_region *region, void *addr, size_t len, void *arg)
{
	struct hf_region_map *old = region->now, *map = map_new(addr, len, old->gen + 1, arg);

	if (!map)
		return -ENOMEM;
	__atomic_store_n(&region->now, map, __ATOMIC_RELEASE);
	/* A reader that waits here is taken off line by liburcu itself meanwhile: it does not wait for itself, nor do others for it. */
	reader_done();
	urcu_qsbr_synchronize_rcu();
	grace_over();
	region->drop(old);
	free(old);
	return 0;
}
