// SPDX-License-Identifier: GPL-2.0-or-later
/* Own group, charges and limits in a faked hierarchy; and a real group, where root may make one. */
#include "system/cgroup.h"

#include <errno.h>

#include "base/file.h"
#include "system/knob.h"
#include "tests/unit/fake.h"

#define TOP "/sys/fs/cgroup"
#define PAGE (2u << 20)

static void hierarchy(void)
{
	fake_write("/proc/self/mounts", "proc /proc proc rw 0 0\ncgroup " TOP "/memory cgroup rw,memory 0 0\ncgroup2 " TOP " cgroup2 rw 0 0\n");
	fake_write("/proc/self/cgroup", "4:memory:/elsewhere\n0::/a.slice/b.scope\n");
}

static void test_own(void **state)
{
	char dir[256];

	(void)state;
	assert_int_equal(hf_cgroup_own(dir, sizeof(dir)), -ENOENT);
	hierarchy();
	assert_int_equal(hf_cgroup_own(dir, sizeof(dir)), 0);
	assert_string_equal(dir, TOP "/a.slice/b.scope");
	assert_int_equal(hf_cgroup_own(dir, 20), -ENAMETOOLONG);
	fake_write("/proc/self/cgroup", "0::/\n");
	assert_int_equal(hf_cgroup_own(dir, sizeof(dir)), 0);
	assert_string_equal(dir, TOP);
	fake_write("/proc/self/cgroup", "4:memory:/elsewhere\n");
	assert_int_equal(hf_cgroup_own(dir, sizeof(dir)), -ENOENT);
}

static void test_charge(void **state)
{
	struct hf_cgroup_charge c = { 1, 1 };

	(void)state;
	assert_int_equal(hf_cgroup_charge(TOP "/a", PAGE, &c), -ENOENT);
	fake_write(TOP "/a/hugetlb.2MB.current", "4194304\n");
	assert_int_equal(hf_cgroup_charge(TOP "/a", PAGE, &c), 0);
	assert_int_equal(c.current, 4194304);
	assert_int_equal(c.reserved, 0); /* before 5.7 */
	fake_write(TOP "/a/hugetlb.2MB.rsvd.current", "2097152\n");
	assert_int_equal(hf_cgroup_charge(TOP "/a", PAGE, &c), 0);
	assert_int_equal(c.reserved, 2097152);
	fake_write(TOP "/a/hugetlb.1GB.current", "x\n");
	assert_int_equal(hf_cgroup_charge(TOP "/a", 1u << 30, &c), -EINVAL);
}

/* The least of what the group and all above it leave. */
static void test_room(void **state)
{
	(void)state;
	assert_true(hf_cgroup_room(PAGE) == UINT64_MAX);
	hierarchy();
	assert_true(hf_cgroup_room(PAGE) == UINT64_MAX);
	fake_write(TOP "/a.slice/b.scope/hugetlb.2MB.max", "max\n");
	fake_write(TOP "/a.slice/b.scope/hugetlb.2MB.current", "0\n");
	assert_true(hf_cgroup_room(PAGE) == UINT64_MAX);
	fake_write(TOP "/a.slice/hugetlb.2MB.max", "8388608\n");
	fake_write(TOP "/a.slice/hugetlb.2MB.current", "2097152\n");
	assert_true(hf_cgroup_room(PAGE) == 6291456);
	fake_write(TOP "/a.slice/b.scope/hugetlb.2MB.rsvd.max", "2097152\n");
	fake_write(TOP "/a.slice/b.scope/hugetlb.2MB.rsvd.current", "4194304\n");
	assert_true(hf_cgroup_room(PAGE) == 0);
}

static void test_limit(void **state)
{
	char text[32];
	uint64_t n = 0;

	(void)state;
	assert_int_equal(hf_cgroup_limit(TOP "/a", PAGE, false, PAGE), -ENOENT);
	assert_int_equal(hf_cgroup_refused(TOP "/a", PAGE, &n), -ENOENT);
	fake_write(TOP "/a/hugetlb.2MB.max", "max\n");
	fake_write(TOP "/a/hugetlb.2MB.rsvd.max", "max\n");
	fake_write(TOP "/a/hugetlb.2MB.events", "max 7\n");
	assert_int_equal(hf_cgroup_limit(TOP "/a", PAGE, false, PAGE), 0);
	assert_true(hf_file_read(TOP "/a/hugetlb.2MB.max", text, sizeof(text)) > 0);
	assert_memory_equal(text, "2097152", 7);
	assert_true(hf_file_read(TOP "/a/hugetlb.2MB.rsvd.max", text, sizeof(text)) > 0);
	assert_string_equal(text, "max");
	fake_write(TOP "/a/hugetlb.2MB.rsvd.max", "0\n");
	assert_int_equal(hf_cgroup_limit(TOP "/a", PAGE, true, UINT64_MAX), 0);
	assert_true(hf_file_read(TOP "/a/hugetlb.2MB.rsvd.max", text, sizeof(text)) > 0);
	assert_memory_equal(text, "max", 3);
	assert_int_equal(hf_cgroup_refused(TOP "/a", PAGE, &n), 0);
	assert_int_equal(n, 7);
}

static void test_memory(void **state)
{
	char text[32];
	uint64_t n = 0;

	(void)state;
	assert_int_equal(hf_cgroup_memory(TOP "/a", &n), -ENOENT);
	assert_int_equal(hf_cgroup_memory_limit(TOP "/a", 4096), -ENOENT);
	assert_int_equal(hf_cgroup_memory_drain(TOP "/a"), -ENOENT);
	fake_write(TOP "/a/memory.current", "2101248\n");
	fake_write(TOP "/a/memory.stat", "anon 4096\nfile 0\nanon_thp 2097152\n");
	fake_write(TOP "/a/memory.max", "max\n");
	fake_write(TOP "/a/memory.high", "max\n");
	assert_int_equal(hf_cgroup_memory(TOP "/a", &n), 0);
	assert_int_equal(n, 2101248);
	assert_int_equal(hf_cgroup_memory_stat(TOP "/a", "anon_thp ", &n), 0);
	assert_int_equal(n, 2097152);
	assert_int_equal(hf_cgroup_memory_stat(TOP "/a", "shmem_thp ", &n), -ENOENT);
	assert_int_equal(hf_cgroup_memory_limit(TOP "/a", 4096), 0);
	assert_true(hf_file_read(TOP "/a/memory.max", text, sizeof(text)) > 0);
	assert_memory_equal(text, "4096", 4);
	assert_int_equal(hf_cgroup_memory_drain(TOP "/a"), 0);
	assert_true(hf_file_read(TOP "/a/memory.high", text, sizeof(text)) > 0);
	assert_memory_equal(text, "max", 3); /* whatever comes of it, the group is not left to be throttled */
}

/* A controller that is switched on for a group of ours and, by way of the journal, off again. */
static void test_real(void **state)
{
	char top[256], control[300], group[300], before[256], now[256];
	struct hf_cgroup_charge c = { 1, 1 };
	struct hf_knobs *knobs;
	int err;

	(void)state;
	unsetenv("HF_SYSROOT");
	if (hf_cgroup_own(top, sizeof(top)))
		skip();
	snprintf(control, sizeof(control), "%s/cgroup.subtree_control", top);
	snprintf(group, sizeof(group), "%s/hugefault-unit", top);
	if (access(control, W_OK) || hf_file_read(control, before, sizeof(before)) < 0 || strstr(before, "hugetlb"))
		skip();
	assert_int_equal(mkdir(fake_state, 0700), 0);
	assert_int_equal(hf_knob_open(&knobs, fake_state), 0);
	err = hf_knob_word(knobs, control, "hugetlb");
	if (err) { /* no such controller, or a group with processes */
		hf_knob_restore(knobs, NULL, NULL);
		hf_knob_close(knobs);
		skip();
	}
	assert_int_equal(hf_knob_word(knobs, control, "hugetlb"), 0);
	assert_int_equal(hf_knob_mkdir(knobs, group), 0);
	assert_int_equal(hf_cgroup_charge(group, PAGE, &c), 0);
	assert_true(c.current == 0 && c.reserved == 0);
	hf_knob_close(knobs);
	/* A run that died here: two changes are undone. */
	assert_int_equal(hf_knob_recover(fake_state, NULL, NULL), 2);
	assert_true(hf_file_read(control, now, sizeof(now)) >= 0);
	assert_string_equal(now, before);
	assert_int_not_equal(access(group, F_OK), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(test_own), TEST(test_charge), TEST(test_room), TEST(test_limit), TEST(test_memory), TEST(test_real) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
