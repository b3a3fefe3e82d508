// SPDX-License-Identifier: GPL-2.0-or-later
/* Pins, each on base pages: taken, let go, and the content is as before. What cannot be had here is skipped with the reason. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/pin.h"
#include "system/stuck.h"

#define LEN 8192

static char *memory(void)
{
	char *p = mmap(NULL, 2 * LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	memset(p, 0x5a, 2 * LEN);
	return p;
}

static void expect_content(const char *p)
{
	for (size_t i = 0; i < 2 * LEN; i++)
		assert_int_equal(p[i], 0x5a);
}

static bool had(int err, const char *name)
{
	if (!err)
		return true;
	assert_true(err == -EPERM || err == -ENOSYS || err == -ENODEV || err == -ENOENT || err == -EACCES || err == -ENOMEM);
	printf("pin %s cannot be had here: %s\n", name, strerror(-err));
	return false;
}

static void test_kinds(void **state)
{
	(void)state;
	for (int k = 0; k < HF_PIN_KINDS; k++) {
		const char *name = hf_pin_info((enum hf_pin_kind)k)->name;
		struct hf_pin *pin;
		struct iovec at[2];
		char *p;

		assert_non_null(strstr("|" HF_PIN_KINDS_TEXT "|", name));
		if (!had(hf_pin_prepare((enum hf_pin_kind)k), name))
			continue;
		p = memory();
		at[0] = (struct iovec){ p, LEN };
		at[1] = (struct iovec){ p + LEN, LEN };
		for (int again = 0; again < 3; again++) {
			int err = hf_pin_new(&pin, (enum hf_pin_kind)k, at, 2);

			if (!had(err, name))
				break;
			hf_pin_aim(pin, 1);
			hf_pin_free(pin);
		}
		expect_content(p);
		munmap(p, 2 * LEN);
		hf_pin_finish();
	}
	hf_pin_free(NULL);
}

/* What a race uses: one call takes it, another lets it go, over and over. */
static void test_single_call(void **state)
{
	static const enum hf_pin_kind kinds[] = { HF_PIN_REGISTERED, HF_PIN_VMSPLICE, HF_PIN_READV };
	struct hf_pin *pin;

	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct iovec at = { memory(), LEN };

		if (had(hf_pin_open(&pin, kinds[k], LEN), hf_pin_info(kinds[k])->name)) {
			for (int i = 0; i < 100; i++) {
				assert_int_equal(hf_pin_add(pin, &at), 0);
				hf_pin_drop(pin);
			}
			hf_pin_free(pin);
		}
		expect_content(at.iov_base);
		munmap(at.iov_base, 2 * LEN);
	}
	assert_int_equal(hf_pin_open(&pin, HF_PIN_FORK, LEN), -EINVAL);
}

/* A look follows the page that was pinned, whatever the page table says later. */
static void test_look(void **state)
{
	struct iovec at = { memory(), 4096 };
	char *p = at.iov_base, seen[4096];
	struct hf_pin *pin;

	(void)state;
	if (!had(hf_pin_new(&pin, HF_PIN_REGISTERED, &at, 1), "registered"))
		return;
	p[100] = 2;
	assert_int_equal(hf_pin_look(pin, p, seen, sizeof(seen)), 0);
	assert_memory_equal(seen, p, sizeof(seen));
	assert_int_equal(hf_pin_look(pin, p + 64, seen, 64), 0);
	assert_int_equal(seen[36], 2);
	assert_int_equal(hf_pin_look(pin, p + 4096, seen, 64), -EFAULT);
	assert_ptr_equal(mmap(p, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), p);
	p[100] = 3;
	assert_int_equal(hf_pin_look(pin, p, seen, sizeof(seen)), 0);
	assert_int_equal(seen[100], 2);
	hf_pin_free(pin);
	munmap(p, 2 * LEN);
}

static void test_too_much(void **state)
{
	struct iovec at = { NULL, (size_t)1 << 30 };
	struct hf_pin *pin;

	(void)state;
	assert_int_equal(hf_pin_new(&pin, HF_PIN_VMSPLICE, &at, 1), -E2BIG);
	assert_int_equal(hf_pin_new(&pin, HF_PIN_DIRECT, &at, 1), -EINVAL); /* not prepared */
	if (!had(hf_pin_prepare(HF_PIN_DIRECT), "direct"))
		return;
	assert_int_equal(hf_pin_new(&pin, HF_PIN_DIRECT, &at, 1), -E2BIG);
	hf_pin_finish();
}

/* A process that is killed with its read in flight goes: nobody is left waiting for an answer. */
static void test_killed(void **state)
{
	int ready[2], status;
	char word;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct hf_stuck *stuck;
		struct iovec at;

		close(ready[0]);
		if (hf_stuck_new(&stuck))
			_exit(0);
		at = (struct iovec){ memory(), LEN };
		if (hf_stuck_read(stuck, &at, 1))
			_exit(1);
		if (hf_stuck_read(stuck, &at, 1) != -EBUSY || write(ready[1], "r", 1) != 1)
			_exit(2);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &word, 1) != 1) {
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		skip(); /* no FUSE here */
	}
	kill(pid, SIGKILL);
	for (int i = 0; i < 500 && waitpid(pid, &status, WNOHANG) != pid; i++) {
		usleep(10000);
		assert_true(i < 499);
	}
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(ready[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_kinds), cmocka_unit_test(test_single_call), cmocka_unit_test(test_look), cmocka_unit_test(test_too_much), cmocka_unit_test(test_killed) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
