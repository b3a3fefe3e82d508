// SPDX-License-Identifier: GPL-2.0-or-later
/* A page that is moved is where it is said to be, and still has its content; on one node nothing moves. */
#include "system/migrate.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/fake.h"

static int node_of(void *p)
{
	int status = -1;

	return syscall(SYS_move_pages, 0, 1ul, &p, NULL, &status, 0) ? -errno : status;
}

static void test_one_node(void **state)
{
	char byte = 1;

	(void)state;
	assert_int_equal(hf_migrate(&byte), -ENODEV);
	fake_write("/sys/devices/system/node/has_memory", "0\n");
	assert_int_equal(hf_migrate(&byte), -ENODEV);
}

static void test_nothing_there(void **state)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(p != MAP_FAILED);
	fake_write("/sys/devices/system/node/has_memory", "0-1\n");
	assert_true(hf_migrate(p) < 0);
	munmap(p, 4096);
}

/* On a machine with several nodes. */
static void test_real(void **state)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char list[64];
	int was;

	(void)state;
	unsetenv("HF_SYSROOT");
	assert_true(p != MAP_FAILED);
	*p = 7;
	was = node_of(p);
	if (hf_file_read("/sys/devices/system/node/has_memory", list, sizeof(list)) < 0 || !strpbrk(list, "-,") || was < 0)
		skip();
	assert_int_equal(hf_migrate(p), 0);
	assert_int_not_equal(node_of(p), was);
	assert_int_equal(*p, 7);
	munmap(p, 4096);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(test_one_node), TEST(test_nothing_there), TEST(test_real) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
