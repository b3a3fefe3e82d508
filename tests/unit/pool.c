// SPDX-License-Identifier: GPL-2.0-or-later
/* Pools as sysfs shows them, and their laws. */
#include "system/pool.h"

#include <errno.h>

#include "tests/unit/fake.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))
#define MACHINE "/sys/kernel/mm/hugepages/hugepages-2048kB/"
#define NODE "/sys/devices/system/node/node1/hugepages/hugepages-2048kB/"
#define OTHER "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/"

static void test_sizes(void **state)
{
	static const char *const name[] = { "hugepages-1048576kB", "hugepages-64kB", "hugepages-32768kB", "hugepages-2048kB", "hugepages-",
					    "hugepages-12",	   "hugepages-x4kB", "hugepages-4kBs",	  "other-2048kB" };
	size_t size[8] = { 0 };
	char path[256];

	(void)state;
	assert_int_equal(hf_pool_sizes(size, 8), 0); /* no hugetlb in this kernel */
	for (size_t i = 0; i < COUNT(name); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/%s/nr_hugepages", name[i]);
		fake_write(path, "0\n");
	}
	assert_int_equal(hf_pool_sizes(size, 8), 4);
	assert_int_equal(size[0], 64 << 10);
	assert_int_equal(size[1], 2 << 20);
	assert_int_equal(size[2], 32 << 20);
	assert_int_equal(size[3], 1 << 30);
	size[3] = 7;
	assert_int_equal(hf_pool_sizes(size, 3), 3);
	assert_int_equal(size[3], 7);
}

static void test_path(void **state)
{
	char buf[256];

	(void)state;
	assert_string_equal(hf_pool_path(2 << 20, -1, "nr_hugepages", buf, sizeof(buf)), MACHINE "nr_hugepages");
	assert_string_equal(hf_pool_path(2 << 20, 1, "free_hugepages", buf, sizeof(buf)), NODE "free_hugepages");
}

static void test_read(void **state)
{
	struct hf_pool p = { .nr = -7 };

	(void)state;
	assert_int_equal(hf_pool_read(2 << 20, -1, &p), -ENOENT);
	assert_int_equal(p.nr, -7);
	fake_write(MACHINE "nr_hugepages", "20\n");
	fake_write(MACHINE "free_hugepages", "11\n");
	fake_write(MACHINE "resv_hugepages", "18446744073709551615\n");
	fake_write(MACHINE "surplus_hugepages", "3\n");
	fake_write(MACHINE "nr_overcommit_hugepages", "4\n");
	assert_int_equal(hf_pool_read(2 << 20, -1, &p), 0);
	assert_int_equal(p.nr, 20);
	assert_int_equal(p.free, 11);
	assert_int_equal(p.resv, -1);
	assert_int_equal(p.surplus, 3);
	assert_int_equal(p.overcommit, 4);
	fake_write(MACHINE "free_hugepages", "many\n");
	assert_int_equal(hf_pool_read(2 << 20, -1, &p), -EINVAL);

	/* A node has neither reservations nor overcommit. */
	fake_write(NODE "nr_hugepages", "5\n");
	fake_write(NODE "free_hugepages", "4\n");
	fake_write(NODE "surplus_hugepages", "1\n");
	assert_int_equal(hf_pool_read(2 << 20, 1, &p), 0);
	assert_int_equal(p.nr, 5);
	assert_int_equal(p.free, 4);
	assert_int_equal(p.resv, 0);
	assert_int_equal(p.surplus, 1);
	assert_int_equal(p.overcommit, 0);
}

static void test_law(void **state)
{
	static const struct {
		struct hf_pool pool;
		const char *why; /* NULL: obeys them all */
	} t[] = {
		{ { 0, 0, 0, 0, 0 }, NULL },
		{ { 8, 8, 8, 8, 0 }, NULL },
		{ { 8, 5, 3, 2, 1 }, NULL },
		{ { -1, 0, 0, 0, 0 }, "0 <= nr broken: nr -1, free 0, resv 0, surplus 0" },
		{ { 8, -1, 0, 0, 0 }, "0 <= free broken: nr 8, free -1, resv 0, surplus 0" },
		{ { 8, 4, -1, 0, 0 }, "0 <= resv broken: nr 8, free 4, resv -1, surplus 0" },
		{ { 8, 4, 0, -1, 0 }, "0 <= surplus broken: nr 8, free 4, resv 0, surplus -1" },
		{ { 8, 9, 0, 0, 0 }, "free <= nr broken: nr 8, free 9, resv 0, surplus 0" },
		{ { 8, 4, 5, 0, 0 }, "resv <= free broken: nr 8, free 4, resv 5, surplus 0" },
		{ { 8, 4, 0, 9, 0 }, "surplus <= nr broken: nr 8, free 4, resv 0, surplus 9" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		char why[128] = "";

		assert_int_equal(hf_pool_law(&t[i].pool, why, sizeof(why)), t[i].why ? -EPROTO : 0);
		assert_string_equal(why, t[i].why ? t[i].why : "");
	}
}

static void test_nodes(void **state)
{
	struct hf_pool p = { .nr = 8, .free = 5, .surplus = 2 };
	char why[200] = "";

	(void)state;
	assert_int_equal(hf_pool_nodes_law(2 << 20, &p, why, sizeof(why)), 0); /* there are none to be seen */
	fake_write("/sys/devices/system/node/has_memory", "0-1\n");
	assert_int_equal(hf_pool_nodes_law(2 << 20, &p, why, sizeof(why)), 0);
	fake_write(NODE "nr_hugepages", "5\n");
	fake_write(NODE "free_hugepages", "4\n");
	fake_write(NODE "surplus_hugepages", "1\n");
	fake_write(OTHER "nr_hugepages", "3\n");
	fake_write(OTHER "free_hugepages", "1\n");
	fake_write(OTHER "surplus_hugepages", "1\n");
	assert_int_equal(hf_pool_nodes_law(2 << 20, &p, why, sizeof(why)), 0);
	p.surplus = 1;
	assert_int_equal(hf_pool_nodes_law(2 << 20, &p, why, sizeof(why)), -EPROTO);
	assert_string_equal(why, "nodes have nr 8, free 5, surplus 2, the machine nr 8, free 5, surplus 1");
	p.surplus = 2;
	fake_write(NODE "surplus_hugepages", "18446744073709551615\n");
	fake_write(OTHER "surplus_hugepages", "3\n");
	assert_int_equal(hf_pool_nodes_law(2 << 20, &p, why, sizeof(why)), -EPROTO);
	assert_non_null(strstr(why, "wrapped"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(test_sizes), TEST(test_path), TEST(test_read), TEST(test_law), TEST(test_nodes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
