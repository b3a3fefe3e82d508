// SPDX-License-Identifier: GPL-2.0-or-later
/* The run lock: who has it, and who keeps it. */
#include "system/lock.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "system/knob.h"
#include "tests/unit/fake.h"

/* hf_knob_state_dir() makes the directory. */
static int setup(void **state)
{
	char dir[PATH_MAX];

	return fake_setup(state) || hf_knob_state_dir(dir, sizeof(dir)) ? -1 : 0;
}

/* A task in state D, which has inherited the lock: it waits for the end of one that it has made with vfork(). */
static pid_t hang(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (vfork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pause();
			_exit(0);
		}
		_exit(0);
	}
	return pid;
}

static void test_lock(void **state)
{
	pid_t owner = 0, child;
	int fd, status, gate[2];
	char why[1024], who[32];

	(void)state;
	unsetenv("HF_SYSROOT"); /* tasks are real */
	fd = hf_lock_take(fake_state, 0, NULL);
	assert_true(fd >= 0);
	assert_int_equal(hf_lock_take(fake_state, 50, &owner), -EBUSY);
	assert_int_equal(owner, getpid());
	assert_non_null(strstr(hf_lock_say(fake_state, owner, why, sizeof(why)), "is under way"));
	child = hang();
	usleep(100000);
	hf_lock_say(fake_state, owner, why, sizeof(why));
	snprintf(who, sizeof(who), "its task %d does not", (int)child);
	assert_non_null(strstr(why, who));
	assert_non_null(strstr(why, "state D"));
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	/* A child keeps it after the parent has let go, and the kernel drops it with the child. */
	assert_int_equal(pipe(gate), 0);
	child = fork();
	if (child == 0) {
		char c;

		close(gate[1]);
		_exit(read(gate[0], &c, 1) ? 1 : 0); /* 0 bytes: the parent closed its end */
	}
	close(gate[0]);
	close(fd);
	assert_int_equal(hf_lock_take(fake_state, 0, NULL), -EBUSY);
	close(gate[1]);
	fd = hf_lock_take(fake_state, 10000, NULL);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lock, setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
