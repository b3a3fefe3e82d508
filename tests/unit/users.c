// SPDX-License-Identifier: GPL-2.0-or-later
/* Users of a pool, one of them hanging; work that is given up. */
#include "system/users.h"

#include <errno.h>
#include <time.h>

#include "fake.h"
#include "system/aside.h"

static void work(void *result, const void *arg)
{
	for (int i = 0; i < *(const int *)arg; i++) {
		++*(int *)result;
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	}
	if (*(const int *)arg < 0)
		pause();
	if (*(const int *)arg == 3)
		abort();
}

static void aside(void **state)
{
	int result = 0, n = 20;

	(void)state;
	assert_int_equal(hf_aside(work, &n, &result, sizeof(result), 0.2), 0); /* longer than the limit, but it goes on */
	assert_int_equal(result, 20);
	n = -1;
	assert_int_equal(hf_aside(work, &n, &result, sizeof(result), 0.1), -ETIMEDOUT);
	n = 3;
	assert_int_equal(hf_aside(work, &n, &result, sizeof(result), 1), -ECHILD);
	assert_int_equal(result, 23);
}

#define MAP(size, page, flags) "7f0000000000-7f0000400000 rw-s 00000000 00:10 1 /x\nSize: " size " kB\nKernelPageSize: " page " kB\nMMUPageSize: " page " kB\nVmFlags: rd wr " flags " \n"

static void users(void **state)
{
	static struct hf_users before, now;
	struct hf_stuck_tasks stuck = { 0 };
	char path[PATH_MAX];
	double begun;
	struct timespec t;

	(void)state;
	fake_write("/proc/10/smaps", MAP("4096", "2048", "ht") MAP("4096", "4", "") MAP("8192", "2048", "nr ht"));
	fake_write("/proc/11/smaps", MAP("4096", "4", ""));
	fake_write("/proc/self/smaps", MAP("4096", "2048", "ht"));
	hf_users_read(&before, 2 << 20, &stuck);
	/* what files others have open on this machine is not in the tree */
	assert_int_equal(hf_users_used(&before, false) - hf_users_used(&before, true), 2 + 4);
	assert_int_equal(stuck.n, 0);

	/* Reading from a FIFO that nobody writes to is as good as a lock that nobody gives up. */
	fake_write("/proc/12/comm", "hangs");
	fake_path("/proc/12/smaps", path, sizeof(path));
	assert_int_equal(mkfifo(path, 0600), 0);
	fake_write("/proc/13/smaps", MAP("6144", "2048", "ht"));
	clock_gettime(CLOCK_MONOTONIC, &t);
	begun = (double)t.tv_sec;
	hf_users_read(&now, 2 << 20, &stuck);
	clock_gettime(CLOCK_MONOTONIC, &t);
	assert_true((double)t.tv_sec - begun < 20);
	assert_int_equal(stuck.n, 1);
	assert_int_equal(stuck.pid[0], 12);
	assert_int_equal(hf_users_used(&now, false) - hf_users_used(&now, true), 2 + 4 + 3);
	assert_true(hf_users_promised(&now, &before) >= 3); /* that of the new one */
	assert_true(hf_users_promised(&now, &now) == 0);
	fake_write("/proc/10/smaps", MAP("8192", "2048", "ht"));
	hf_users_read(&now, 2 << 20, &stuck);
	assert_int_equal(stuck.n, 1);
	assert_true(hf_users_promised(&now, &before) >= 3 + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aside),
		cmocka_unit_test_setup_teardown(users, fake_setup, fake_teardown),
	};

	return cmocka_run_group_tests_name("users", tests, NULL, NULL);
}
