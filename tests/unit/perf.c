// SPDX-License-Identifier: GPL-2.0-or-later
/* perf events: names, what software events and tracepoints count on the kernel at hand, and the reasons of what cannot be opened. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/perf.h"

#define PAGES 64

static bool kernel_has_perf(void)
{
	return access("/proc/sys/kernel/perf_event_paranoid", F_OK) == 0;
}

static void touch_pages(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len = PAGES * page;
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	madvise(p, len, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < len; i += page)
		((volatile char *)p)[i] = 1;
	munmap(p, len);
}

static void test_check(void **state)
{
	static const char *const bad[] = {
		"nosuch",	   "cyclez:u",
		"cycles:nonsense", "page-faults,nosuch",
		"page-faults,",	   ",page-faults",
		"a:b:ccc",	   ":abc",
		"kmem:",	   "a_name_longer_than_any_event:could_be_it_is_cut_off_in_every_record_that_shows_it",
	};
	char why[128], list[33 * 3 + 1] = "";

	(void)state;
	assert_int_equal(hf_perf_check("", why, sizeof(why)), 0);
	assert_int_equal(hf_perf_check(hf_perf_default(), why, sizeof(why)), 0);
	assert_string_equal(why, "");
	assert_int_equal(hf_perf_check("exceptions:page_fault_user,r01c2,perf::cycles", why, sizeof(why)), 0);

	for (int i = 0; i < 33; i++)
		strcat(list, i ? ",cs" : "cs");
	assert_int_equal(hf_perf_check(list, why, sizeof(why)), -E2BIG);
	assert_non_null(strstr(why, "32"));
	list[strlen(list) - 3] = '\0';
	assert_int_equal(hf_perf_check(list, why, sizeof(why)), 0);

	if (!kernel_has_perf())
		skip(); /* then no name can be judged */
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hf_perf *perf = NULL;

		why[0] = '\0';
		assert_int_equal(hf_perf_check(bad[i], why, sizeof(why)), -EINVAL);
		assert_non_null(strstr(why, "unknown event"));
		assert_null(strchr(why, '\n'));
		assert_int_equal(hf_perf_open(&perf, bad[i]), -EINVAL);
	}
	hf_perf_check("page-faults,nosuch,cs", why, sizeof(why));
	assert_non_null(strstr(why, "'nosuch'"));
}

/* Counts between start and stop, all of it and nothing else, afresh each time. ":u" is open to ordinary users, too. */
static void test_software(void **state)
{
	struct hf_perf_value v[HF_PERF_MAX];
	struct hf_perf *perf;

	(void)state;
	assert_int_equal(hf_perf_open(&perf, "page-faults:u,minor-faults:u,major-faults:u"), 0);
	assert_int_equal(hf_perf_read(perf, v), 3);
	if (v[0].err) {
		assert_true(strlen(v[0].why) > 0);
		hf_perf_close(perf);
		skip();
	}
	assert_true(v[0].value == 0 && v[0].enabled == 0);
	touch_pages();
	for (int round = 0; round < 3; round++) {
		hf_perf_start(perf);
		touch_pages();
		hf_perf_stop(perf);
		touch_pages();
		assert_int_equal(hf_perf_read(perf, v), 3);
		assert_string_equal(v[1].name, "minor-faults:u");
		assert_string_equal(v[1].why, "");
		assert_int_equal(v[1].err, 0);
		assert_true(v[1].value >= PAGES && v[1].value < 2 * PAGES);
		assert_true(v[0].value == v[1].value + v[2].value);
		assert_true(v[0].enabled > 0 && v[0].running == v[0].enabled);
		assert_true(v[0].enabled == v[1].enabled);
		assert_true(v[0].enabled < 1000000000u);
	}
	hf_perf_close(perf);
	hf_perf_close(NULL);
}

/* The default set opens everywhere; each event either counts or says why it does not. */
static void test_default(void **state)
{
	struct hf_perf_value v[HF_PERF_MAX];
	struct hf_perf *perf;
	unsigned int n;

	(void)state;
	assert_int_equal(hf_perf_open(&perf, hf_perf_default()), 0);
	hf_perf_start(perf);
	touch_pages();
	hf_perf_stop(perf);
	n = hf_perf_read(perf, v);
	assert_int_equal(n, 14);
	for (unsigned int i = 0; i < n; i++) {
		if (v[i].err) {
			assert_true(v[i].err < 0);
			assert_true(strlen(v[i].why) > 10);
			assert_true(v[i].value == 0);
		} else {
			assert_string_equal(v[i].why, "");
			assert_true(v[i].running > 0);
		}
	}
	hf_perf_close(perf);

	assert_int_equal(hf_perf_open(&perf, ""), 0);
	hf_perf_start(perf);
	hf_perf_stop(perf);
	assert_int_equal(hf_perf_read(perf, v), 0);
	hf_perf_close(perf);
}

/* In a child with mounts of its own. Return: 0, 77 when tracefs cannot be had, else the number of the broken expectation. */
static int tracepoints(void)
{
	struct hf_perf_value v[HF_PERF_MAX];
	struct hf_perf *perf;

	/* libpfm4 is initialised before tracefs is there */
	if (hf_perf_open(&perf, "page-faults"))
		return 1;
	hf_perf_close(perf);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    (mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL) && errno != EBUSY))
		return 77;
	if (access("/sys/kernel/tracing/events/kmem/mm_page_alloc/id", R_OK))
		return 77;
	if (hf_perf_open(&perf, "kmem:mm_page_alloc,page-faults,kmem:no_such_event"))
		return 2;
	hf_perf_start(perf);
	touch_pages();
	hf_perf_stop(perf);
	if (hf_perf_read(perf, v) != 3)
		return 3;
	if (v[0].err || v[1].err)
		return 4;
	if (v[0].value < PAGES || v[1].value < PAGES)
		return 5;
	if (v[0].enabled != v[1].enabled) /* one group */
		return 6;
	if (v[2].err != -ENOENT || !strstr(v[2].why, "no such tracepoint"))
		return 7;
	hf_perf_close(perf);
	return 0;
}

static void test_tracepoints(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0 || !kernel_has_perf())
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(tracepoints());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_no_tracefs(void **state)
{
	struct hf_perf_value v[HF_PERF_MAX];
	struct hf_perf *perf;

	(void)state;
	if (!kernel_has_perf())
		skip();
	setenv("HF_SYSROOT", "/nonexistent", 1);
	assert_int_equal(hf_perf_open(&perf, "kmem:no_such_event"), 0);
	unsetenv("HF_SYSROOT");
	assert_int_equal(hf_perf_read(perf, v), 1);
	assert_int_equal(v[0].err, -ENOENT);
	assert_non_null(strstr(v[0].why, "tracefs not mounted"));
	hf_perf_close(perf);
}

/* perf_event_paranoid 2 and up: what includes the kernel is refused to an ordinary user, never silently counted without it. */
static int unprivileged(void)
{
	struct hf_perf_value v[HF_PERF_MAX];
	struct hf_perf *perf;

	if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
		return 1;
	if (hf_perf_open(&perf, "page-faults,page-faults:u") || hf_perf_read(perf, v) != 2)
		return 2;
	if (v[0].err != -EACCES || !strstr(v[0].why, "perf_event_paranoid"))
		return 3;
	if (v[1].err && v[1].err != -EACCES) /* 3 on some distributions forbids all */
		return 4;
	hf_perf_close(perf);
	return 0;
}

static void test_unprivileged(void **state)
{
	int level = -9, status;
	pid_t pid;
	FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "r");

	(void)state;
	if (f) {
		assert_int_equal(fscanf(f, "%d", &level), 1);
		fclose(f);
	}
	if (level < 2)
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(unprivileged());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),	    cmocka_unit_test(test_software),   cmocka_unit_test(test_default),
		cmocka_unit_test(test_tracepoints), cmocka_unit_test(test_no_tracefs), cmocka_unit_test(test_unprivileged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
