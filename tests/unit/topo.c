// SPDX-License-Identifier: GPL-2.0-or-later
/* Topology: the order of CPUs on made-up machines, confinement, and the machine at hand. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "system/topo.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* 2 packages x 2 nodes x one shared L3 x 2 cores x 2 CPUs, CPUs numbered as firmware often does: siblings last. */
#define BIG                                                                                                                                \
	"package:2 numa:2 l3:1(size=8388608) l2:2(size=1048576) l1d:1(size=32768) core:1 "                                                 \
	"pu:2(indexes=0,8,1,9,2,10,3,11,4,12,5,13,6,14,7,15)"
/* The same CPUs numbered sibling next to sibling. */
#define PAIRS "package:2 numa:2 l3:1(size=8388608) core:2 pu:2"

static void synthetic(const char *machine)
{
	assert_int_equal(setenv("HWLOC_SYNTHETIC", machine, 1), 0);
}

static int no_synthetic(void **state)
{
	(void)state;
	return unsetenv("HWLOC_SYNTHETIC");
}

static void assert_order(const char *cpus, int node, const unsigned int *os, unsigned int n)
{
	struct hf_topo topo;

	assert_int_equal(hf_topo_load(&topo, cpus, node), 0);
	assert_int_equal(topo.n_cpus, n);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(topo.cpu[i].os, os[i]);
	hf_topo_free(&topo);
}

static void test_order_pairs(void **state)
{
	static const unsigned int all[] = { 0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15 };
	static const unsigned int node2[] = { 8, 10, 9, 11 };

	(void)state;
	synthetic(PAIRS);
	assert_order(NULL, -1, all, N(all));
	assert_order(NULL, 2, node2, N(node2));
}

static void test_fields(void **state)
{
	struct hf_topo topo;

	(void)state;
	synthetic(BIG);
	assert_int_equal(hf_topo_load(&topo, NULL, -1), 0);
	assert_int_equal(topo.packages, 2);
	assert_int_equal(topo.nodes, 4);
	assert_int_equal(topo.cores, 8);
	assert_int_equal(topo.pus, 16);
	assert_int_equal(topo.llcs, 4);
	assert_int_equal(topo.l1d, 32768);
	assert_int_equal(topo.l2, 1048576);
	assert_int_equal(topo.llc, 8388608);
	assert_int_equal(topo.n_cpus, 16);
	for (unsigned int i = 0; i < 16; i++) {
		const struct hf_topo_cpu *cpu = &topo.cpu[i];

		assert_int_equal(cpu->os, i);
		assert_int_equal(cpu->smt, i / 8);
		assert_int_equal(cpu->core, i % 8);
		assert_int_equal(cpu->llc, i % 8 / 2);
		assert_int_equal(cpu->node, i % 8 / 2);
		assert_int_equal(cpu->package, i % 8 / 4);
	}
	hf_topo_free(&topo);
	assert_null(topo.cpu);
}

static void test_no_caches(void **state)
{
	static const unsigned int all[] = { 0, 1, 2 };
	struct hf_topo topo;

	(void)state;
	synthetic("core:3 pu:1");
	assert_order(NULL, -1, all, N(all));
	assert_int_equal(hf_topo_load(&topo, NULL, -1), 0);
	assert_int_equal(topo.llcs, 0);
	assert_int_equal(topo.llc, 0);
	assert_int_equal(topo.packages, 1);
	hf_topo_free(&topo);
}

static void test_confined(void **state)
{
	static const unsigned int listed[] = { 5, 0, 1, 14 };
	static const unsigned int listed_node0[] = { 1, 0 };
	struct hf_topo topo;

	(void)state;
	synthetic(PAIRS);
	assert_order("5,0-1,14", -1, listed, N(listed));
	assert_order("1,5,0,14", 0, listed_node0, N(listed_node0));

	assert_int_equal(hf_topo_load(&topo, "0,16", -1), -EINVAL);
	assert_int_equal(hf_topo_load(&topo, "0-16", -1), -EINVAL);
	assert_int_equal(hf_topo_load(&topo, "0,0", -1), -EINVAL);
	assert_int_equal(hf_topo_load(&topo, "0,x", -1), -EINVAL);
	assert_int_equal(hf_topo_load(&topo, "", -1), -ENODEV);
	assert_int_equal(hf_topo_load(&topo, "0", 3), -ENODEV);
	assert_int_equal(hf_topo_load(&topo, NULL, 9), -ENODEV);
	assert_null(topo.cpu);
}

/* On the machine itself: exactly the CPUs of the affinity mask, and pinning to each one works. */
static void test_real(void **state)
{
	cpu_set_t before, now;
	struct hf_topo topo;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(hf_topo_load(&topo, NULL, -1), 0);
	assert_int_equal(topo.n_cpus, CPU_COUNT(&before));
	assert_true(topo.pus >= topo.n_cpus);
	assert_true(topo.pus >= topo.cores && topo.cores >= topo.packages);
	assert_true(topo.mem > 0);
	for (unsigned int i = 0; i < topo.n_cpus; i++) {
		assert_true(CPU_ISSET(topo.cpu[i].os, &before));
		assert_int_equal(hf_topo_pin(topo.cpu[i].os), 0);
		assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
		assert_int_equal(CPU_COUNT(&now), 1);
		assert_true(CPU_ISSET(topo.cpu[i].os, &now));
		assert_int_equal(sched_getcpu(), (int)topo.cpu[i].os);
	}
	hf_topo_free(&topo);

	/* still pinned to the last one: the others are out of bounds now */
	assert_int_equal(hf_topo_load(&topo, NULL, -1), 0);
	assert_int_equal(topo.n_cpus, 1);
	assert_true(CPU_ISSET(topo.cpu[0].os, &now));
	hf_topo_free(&topo);

	assert_int_equal(hf_topo_pin(1u << 16), -EINVAL);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_order_pairs, no_synthetic), cmocka_unit_test_teardown(test_fields, no_synthetic),
		cmocka_unit_test_teardown(test_no_caches, no_synthetic),   cmocka_unit_test_teardown(test_confined, no_synthetic),
		cmocka_unit_test_teardown(test_real, no_synthetic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
