// SPDX-License-Identifier: GPL-2.0-or-later
/* Settings, directories, and where their journal lives. */
#include "tests/unit/knobs.h"

static void test_set(void **state)
{
	struct hf_knobs *k = open_knobs();
	char expect[1024];

	(void)state;
	assert_int_equal(hf_knob_set(k, A, "10"), 0);
	assert_int_equal(hf_knob_mark(k), 0);
	assert_int_equal(hf_knob_set(k, A, "99"), 0);
	fake_expect(A, "99\n");
	assert_int_equal(hf_knob_set(k, "/proc/none", "1"), -ENOENT);
	assert_int_equal(hf_knob_set(k, B, "up"), -EIO); /* reads as "upw" */
	fake_expect(B, "low\n");
	snprintf(expect, sizeof(expect),
		 "hugefault-journal-1\t" BOOT "\t%d\nset\t0\t" A "\t10\t99\nheld\t0\nset\t1\t" B "\tlow\tup\nundone\t1\n", getpid());
	fake_expect(journal, expect);
	assert_int_equal(hf_knob_restore(k, say, NULL), 0);
	fake_expect(A, "10\n");
	assert_string_equal(said, A ": 99 -> 10 (ok)\n");
	assert_int_equal(access(journal, F_OK), -1);
	assert_int_equal(hf_knob_set(k, A, "99"), -EBADF); /* no change without a journal */
	fake_expect(A, "10\n");
	hf_knob_close(k);
}

/* Somebody else writes the file: whatever it reads then, it is put back. */
static void test_guard(void **state)
{
	struct hf_knobs *k = open_knobs();
	char expect[1024];

	(void)state;
	assert_int_equal(hf_knob_guard(k, "/proc/none"), -ENOENT);
	assert_int_equal(hf_knob_guard(k, A), 0);
	fake_expect(A, "10\n");
	snprintf(expect, sizeof(expect), "hugefault-journal-1\t" BOOT "\t%d\nset\t0\t" A "\t10\t10\n", getpid());
	fake_expect(journal, expect);
	fake_write(A, "77\n");
	hf_knob_close(k); /* killed */
	assert_int_equal(hf_knob_recover(fake_state, say, NULL), 1);
	fake_expect(A, "10\n");

	k = open_knobs();
	assert_int_equal(hf_knob_guard(k, A), 0);
	said[0] = '\0';
	assert_int_equal(hf_knob_restore(k, say, NULL), 0);
	assert_string_equal(said, A ": 10, as before (ok)\n");
	hf_knob_close(k);
}

static void test_choices(void **state)
{
	static const struct {
		const char *file, *value;
	} same[] = {
		{ "always [madvise] never\n", "madvise" },
		{ "[always] madvise never\n", "always" },
		{ "always madvise [never]\n", "never" },
		{ "a[1]\n", "a[1]" },
		{ "[a] [b]\n", "[a] [b]" },
		{ "x\n\n", "x" },
	};
	struct hf_knobs *k = open_knobs();

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++) {
		fake_write(A, same[i].file);
		assert_int_equal(hf_knob_set(k, A, same[i].value), 0);
		assert_int_equal(hf_knob_mark(k), 0); /* it reads so already */
	}
	hf_knob_close(k);
}

static void test_marks(void **state)
{
	struct hf_knobs *k = open_knobs();
	size_t first, second;

	(void)state;
	assert_int_equal(hf_knob_set(k, A, "11"), 0);
	first = hf_knob_mark(k);
	assert_int_equal(hf_knob_set(k, A, "12"), 0);
	second = hf_knob_mark(k);
	assert_int_equal(hf_knob_set(k, A, "13"), 0);
	assert_int_equal(hf_growth_add(k, POOL, 5), 0);
	fake_expect(POOL, "17\n");
	assert_int_equal(hf_knob_undo_to(k, second, NULL, NULL), 0);
	fake_expect(A, "12\n");
	fake_expect(POOL, "12\n");
	assert_int_equal(hf_knob_undo_to(k, second, say, NULL), 0);
	assert_string_equal(said, ""); /* once is enough */
	assert_int_equal(hf_knob_undo_to(k, first, NULL, NULL), 0);
	fake_expect(A, "11\n");
	assert_int_equal(hf_knob_set(k, A, "14"), 0);
	hf_knob_close(k); /* as if it had died */

	assert_int_equal(hf_knob_open(&k, fake_state), -EEXIST);
	assert_int_equal(hf_knob_recover(fake_state, say, NULL), 2);
	fake_expect(A, "10\n");
	assert_string_equal(said, A ": 14 -> 11 (ok)\n" A ": 11 -> 10 (ok)\n");
	assert_int_equal(hf_knob_recover(fake_state, say, NULL), 0);
}

static void test_mkdir(void **state)
{
	char full[512], child[600];
	struct hf_knobs *k = open_knobs();

	(void)state;
	fake_write("/sys/fs/cgroup/cgroup.procs", "");
	snprintf(full, sizeof(full), "%s" GROUP, fake_root);
	snprintf(child, sizeof(child), "%s/child", full);
	assert_int_equal(mkdir(full, 0755), 0);
	assert_int_equal(hf_knob_mkdir(k, GROUP), -EEXIST);
	assert_int_equal(hf_knob_undo_to(k, 0, NULL, NULL), 0);
	assert_int_equal(rmdir(full), 0); /* it was still there */
	assert_int_equal(hf_knob_mkdir(k, "/sys/none/x"), -ENOENT);
	assert_int_equal(hf_knob_undo_to(k, 0, say, NULL), 0);
	assert_string_equal(said, "");

	assert_int_equal(hf_knob_mkdir(k, GROUP), 0);
	assert_int_equal(hf_knob_set(k, A, "55"), 0);
	assert_int_equal(mkdir(child, 0755), 0);
	assert_int_equal(hf_knob_restore(k, NULL, NULL), -ENOTEMPTY);
	fake_expect(A, "10\n"); /* the error did not keep the rest from being undone */
	hf_knob_close(k);
	assert_int_equal(hf_knob_recover(fake_state, NULL, NULL), -ENOTEMPTY);
	assert_int_equal(rmdir(child), 0);
	assert_int_equal(hf_knob_recover(fake_state, NULL, NULL), 1);
	assert_int_equal(access(full, F_OK), -1);
	assert_int_equal(access(journal, F_OK), -1);
}

static void test_state_dir(void **state)
{
	char dir[512], full[512], small[4];
	struct stat st;

	(void)state;
	assert_int_equal(rmdir(fake_state), 0);
	assert_int_equal(hf_knob_state_dir(dir, sizeof(dir)), 0);
	assert_string_equal(dir, fake_state);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(hf_knob_state_dir(small, sizeof(small)), -ENAMETOOLONG);
	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_equal(hf_knob_state_dir(full, sizeof(full)), -EPERM);
	assert_int_equal(chmod(dir, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(dir, 12345, -1), 0);
		assert_int_equal(hf_knob_state_dir(full, sizeof(full)), -EPERM);
		assert_int_equal(chown(dir, 0, -1), 0);
	}
	snprintf(full, sizeof(full), "%s/link", fake_top);
	assert_int_equal(symlink(fake_state, full), 0);
	setenv("HUGEFAULT_STATE", full, 1);
	assert_int_equal(hf_knob_state_dir(dir, sizeof(dir)), -ENOTDIR);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_set), TEST(test_guard), TEST(test_choices), TEST(test_marks),
		TEST(test_mkdir), TEST(test_state_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
