// SPDX-License-Identifier: GPL-2.0-or-later
/* Regions: readers check a pattern in memory that is unmapped as soon as nobody reads it: one grace period too few is a SIGSEGV. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/region.h"

#define READERS 3
#define REPLACEMENTS 5000
#define PAGES 4

static size_t page;
static unsigned int dropped;
static uint64_t dropped_gen;
static void *dropped_arg;

/* PAGES pages that all say which generation they belong to. */
static void *map_pattern(uint64_t gen)
{
	char *p = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	for (size_t i = 0; i < PAGES; i++)
		*(uint64_t *)(void *)(p + i * page) = gen;
	return p;
}

static void unmap(const struct hf_region_map *map)
{
	dropped++;
	dropped_gen = map->gen;
	dropped_arg = map->arg;
	if (munmap(map->addr, map->len))
		abort();
}

struct reader {
	struct hf_region *region;
	atomic_bool *stop;
	atomic_uint *started;
	pthread_t thread;
	uint64_t reads, bad, seen;
};

static void *reader_main(void *arg)
{
	struct reader *r = arg;
	uint64_t last = 0;

	hf_region_join();
	atomic_fetch_add(r->started, 1);
	while (!atomic_load_explicit(r->stop, memory_order_relaxed)) {
		const struct hf_region_map *map = hf_region_get(r->region);

		/* while it holds a generation, so that the replacer gets ahead of it also on few CPUs */
		if (r->reads % 16 == 0)
			sched_yield();
		for (size_t i = 0; i < PAGES; i++)
			r->bad += *(volatile uint64_t *)(void *)(map->addr + i * page) != map->gen;
		r->bad += map->gen < last || map->len != PAGES * page;
		r->seen += map->gen != last;
		last = map->gen;
		r->reads++;
		hf_region_quiet();
	}
	hf_region_leave();
	return NULL;
}

/* @joined: the replacing thread is a reader, too, and holds a generation until it replaces it. */
static void race(bool joined)
{
	struct reader reader[READERS] = { 0 };
	atomic_bool stop = false;
	atomic_uint started = 0;
	struct hf_region *region;

	dropped = 0;
	assert_int_equal(hf_region_new(&region, map_pattern(0), PAGES * page, NULL, unmap), 0);
	if (joined)
		hf_region_join();
	for (int i = 0; i < READERS; i++) {
		reader[i].region = region;
		reader[i].stop = &stop;
		reader[i].started = &started;
		assert_int_equal(pthread_create(&reader[i].thread, NULL, reader_main, &reader[i]), 0);
	}
	while (atomic_load(&started) < READERS)
		usleep(100);
	for (uint64_t gen = 1; gen <= REPLACEMENTS; gen++) {
		if (joined)
			assert_int_equal(*(uint64_t *)(void *)hf_region_get(region)->addr, gen - 1);
		assert_int_equal(hf_region_replace(region, map_pattern(gen), PAGES * page, NULL), 0);
		assert_int_equal(dropped, gen);
		assert_int_equal(dropped_gen, gen - 1);
	}
	atomic_store(&stop, true);
	/* a registered thread that waits for others must not keep them from their own grace periods */
	if (joined)
		hf_region_leave();
	for (int i = 0; i < READERS; i++)
		pthread_join(reader[i].thread, NULL);
	for (int i = 0; i < READERS; i++) {
		assert_int_equal(reader[i].bad, 0);
		assert_true(reader[i].reads > 0);
		assert_true(reader[i].seen > 0);
	}
	hf_region_free(region);
	assert_int_equal(dropped, REPLACEMENTS + 1);
}

static void test_race(void **state)
{
	(void)state;
	race(false);
}

static void test_race_joined(void **state)
{
	(void)state;
	race(true);
}

static void test_alone(void **state)
{
	struct hf_region *region;
	int first, second;

	(void)state;
	dropped = 0;
	assert_int_equal(hf_region_new(&region, map_pattern(7), PAGES * page, &first, unmap), 0);
	assert_int_equal(hf_region_get(region)->gen, 0);
	assert_ptr_equal(hf_region_get(region)->arg, &first);
	assert_int_equal(hf_region_replace(region, map_pattern(8), PAGES * page, &second), 0);
	assert_int_equal(dropped, 1);
	assert_ptr_equal(dropped_arg, &first);
	assert_int_equal(hf_region_get(region)->gen, 1);
	assert_int_equal(hf_region_get(region)->len, PAGES * page);
	assert_int_equal(*(uint64_t *)(void *)hf_region_get(region)->addr, 8);
	hf_region_free(region);
	assert_int_equal(dropped, 2);
	assert_ptr_equal(dropped_arg, &second);
	hf_region_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_race),
		cmocka_unit_test(test_race_joined),
	};

	page = (size_t)sysconf(_SC_PAGESIZE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
