/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A region of memory that threads use while another thread replaces it: readers take the current one with no lock and no atomic
 * operation, the old one is unmapped after a grace period. The only user of liburcu (its QSBR flavour: hf_region_quiet() is a
 * store and a fence).
 */
#ifndef HF_SYSTEM_REGION_H
#define HF_SYSTEM_REGION_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct hf_region_map - one generation of the region
 * @addr, @len:	where it is mapped
 * @gen:	0 for the first, one more for each replacement
 * @arg:	the owner's, handed to the unmapping function
 */
struct hf_region_map {
	char *addr;
	size_t len;
	uint64_t gen;
	void *arg;
};

struct hf_region;

/** typedef hf_region_drop - unmaps a generation nobody reads any more; runs in the replacing thread */
typedef void hf_region_drop(const struct hf_region_map *map);

/** hf_region_new() - a region whose first generation is @addr, @len. Return: 0 or -errno. */
int hf_region_new(struct hf_region **region, void *addr, size_t len, void *arg, hf_region_drop *drop);

/** hf_region_free() - drop the current generation; no reader may be left. NULL is allowed. */
void hf_region_free(struct hf_region *region);

/** hf_region_join() - register the calling thread as a reader, once per thread */
void hf_region_join(void);
/** hf_region_leave() - the opposite; before the thread ends */
void hf_region_leave(void);

/** hf_region_get() - the current generation; valid until this thread's next hf_region_quiet(), hf_region_leave() or hf_region_replace() */
const struct hf_region_map *hf_region_get(const struct hf_region *region);

/** hf_region_quiet() - the calling reader holds no generation now */
void hf_region_quiet(void);

/**
 * hf_region_replace() - publish a new generation, wait for all readers, drop the old one
 *
 * One replacer at a time; it may be a reader itself. Return: 0 or -errno (nothing was replaced).
 */
int hf_region_replace(struct hf_region *region, void *addr, size_t len, void *arg);

#endif
