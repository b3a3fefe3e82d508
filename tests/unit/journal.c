// SPDX-License-Identifier: GPL-2.0-or-later
/* The journal outlives whoever wrote it: journals as a death at any instant leaves them, and deaths at any instant. */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/rand.h"
#include "tests/unit/knobs.h"

#define HEADER "hugefault-journal-1\t" BOOT "\t4711\n"

/* Journals as a death at any instant, or an accident, leaves them. */
static void test_recover(void **state)
{
	static const struct {
		const char *journal, *a, *pool, *a_after, *pool_after;
		int result;
	} t[] = {
		/* died before or in the first line, or after it */
		{ "", "10\n", "12\n", "10\n", "12\n", 0 },
		{ "hugefault-jour", "10\n", "12\n", "10\n", "12\n", 0 },
		{ HEADER, "10\n", "12\n", "10\n", "12\n", 0 },
		/* torn line: never acted upon */
		{ HEADER "set\t0\t" A "\t10\t9", "99\n", "12\n", "99\n", "12\n", 0 },
		{ HEADER "set\t0\t" A "\t10\t99\nheld\t0\nundo", "99\n", "12\n", "10\n", "12\n", 1 },
		/* before the write; after it; after the read-back; the same with a value that the kernel had changed */
		{ HEADER "set\t0\t" A "\t10\t99\n", "10\n", "12\n", "10\n", "12\n", 1 },
		{ HEADER "set\t0\t" A "\t10\t99\n", "99\n", "12\n", "10\n", "12\n", 1 },
		{ HEADER "set\t0\t" A "\t10\t99\nheld\t0\n", "99\n", "12\n", "10\n", "12\n", 1 },
		{ HEADER "set\t0\t" A "\t10\t99\n", "98\n", "12\n", "10\n", "12\n", 1 },
		/* somebody else's value; undone already */
		{ HEADER "set\t0\t" A "\t10\t99\nheld\t0\n", "55\n", "12\n", "55\n", "12\n", 1 },
		{ HEADER "set\t0\t" A "\t10\t99\nheld\t0\nundone\t0\n", "99\n", "12\n", "99\n", "12\n", 0 },
		/* a stack of changes, the newest undone */
		{ HEADER "set\t0\t" A "\t10\t20\nheld\t0\nset\t1\t" A "\t20\t30\nheld\t1\nundone\t1\n", "20\n", "12\n", "10\n", "12\n", 1 },
		{ HEADER "set\t0\t" A "\t10\t20\nheld\t0\nset\t1\t" A "\t20\t30\nheld\t1\n", "20\n", "12\n", "10\n", "12\n", 2 },
		/* pool: before the growth, in it, after it, in the undoing before and after the write */
		{ HEADER "pool\t0\t" POOL "\t12\t0\t5\n", "10\n", "12\n", "10\n", "12\n", 1 },
		{ HEADER "pool\t0\t" POOL "\t12\t0\t5\n", "10\n", "14\n", "10\n", "12\n", 1 },
		{ HEADER "pool\t0\t" POOL "\t12\t0\t5\n", "10\n", "17\n", "10\n", "12\n", 1 },
		{ HEADER "pool\t0\t" POOL "\t12\t0\t5\ntake\t0\t17\t12\n", "10\n", "17\n", "10\n", "12\n", 1 },
		{ HEADER "pool\t0\t" POOL "\t12\t0\t5\ntake\t0\t17\t12\n", "10\n", "12\n", "10\n", "12\n", 1 },
		/* the same while another has added 3 (12 + 5 + 3 = 20): they stay, whichever side of the write we died on */
		{ HEADER "pool\t0\t" POOL "\t12\t0\t5\ntake\t0\t20\t15\n", "10\n", "20\n", "10\n", "15\n", 1 },
		{ HEADER "pool\t0\t" POOL "\t12\t0\t5\ntake\t0\t20\t15\n", "10\n", "15\n", "10\n", "15\n", 1 },
		/* 2 surplus pages had become persistent: 7 to take */
		{ HEADER "pool\t0\t" POOL "\t12\t2\t5\n", "10\n", "19\n", "10\n", "12\n", 1 },
		/* a bracket: small, large, in the undoing, settled, the same torn */
		{ HEADER "bracket\t0\t" POOL "\t12\t0\t8\n", "10\n", "12\n", "10\n", "12\n", 1 },
		{ HEADER "bracket\t0\t" POOL "\t12\t0\t8\n", "10\n", "19\n", "10\n", "12\n", 1 },
		{ HEADER "bracket\t0\t" POOL "\t12\t0\t8\ntake\t0\t17\t12\n", "10\n", "17\n", "10\n", "12\n", 1 },
		{ HEADER "bracket\t0\t" POOL "\t12\t0\t8\ntake\t0\t23\t15\n", "10\n", "15\n", "10\n", "15\n", 1 },
		{ HEADER "bracket\t0\t" POOL "\t12\t0\t8\nsettle\t0\t0\n", "10\n", "17\n", "10\n", "17\n", 1 },
		{ HEADER "bracket\t0\t" POOL "\t12\t0\t8\nsettle\t0\t0", "10\n", "17\n", "10\n", "12\n", 1 },
		{ HEADER "bracket\t0\t" POOL "\t12\t0\t8\nsettle\t0\t9\n", "10\n", "17\n", "10\n", "17\n", -EBADMSG },
		{ HEADER "pool\t0\t" POOL "\t12\t0\t5\nsettle\t0\t0\n", "10\n", "17\n", "10\n", "17\n", -EBADMSG },
		/* gone */
		{ HEADER "set\t0\t/proc/none\t1\t2\nheld\t0\nmkdir\t1\t/sys/none\npool\t2\t/sys/none/nr_hugepages\t1\t0\t1\n", "10\n",
		  "12\n", "10\n", "12\n", 3 },
		/* another boot's */
		{ "hugefault-journal-1\tother\t4711\nset\t0\t" A "\t10\t99\nheld\t0\n", "99\n", "12\n", "99\n", "12\n", 0 },
		/* not ours to guess at: nothing is undone and the journal stays */
		{ "hugefault-journal-2\t" BOOT "\t4711\nset\t0\t" A "\t10\t99\n", "99\n", "12\n", "99\n", "12\n", -EBADMSG },
		{ HEADER "set\t0\t" A "\t10\t99\nheld\t0\nwhat\t0\n", "99\n", "12\n", "99\n", "12\n", -EBADMSG },
		{ HEADER "set\t1\t" A "\t10\t99\n", "99\n", "12\n", "99\n", "12\n", -EBADMSG },
		{ HEADER "set\t0\t" A "\t10\t99\textra\n", "99\n", "12\n", "99\n", "12\n", -EBADMSG },
		{ HEADER "set\t0\t" A "\t1\\0\t99\n", "99\n", "12\n", "99\n", "12\n", -EBADMSG },
		{ HEADER "pool\t0\t" POOL "\t12\t0\t-5\n", "10\n", "17\n", "10\n", "17\n", -EBADMSG },
		{ HEADER "pool\t0\t" POOL "\t12\t0\t5\ntake\t0\t15\t20\n", "10\n", "17\n", "10\n", "17\n", -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		struct hf_knobs *k = NULL;

		fake_write(A, t[i].a);
		fake_write(POOL, t[i].pool);
		fake_write(journal, t[i].journal);
		if (t[i].result) {
			assert_int_equal(hf_knob_open(&k, fake_state), t[i].result > 0 ? -EEXIST : -EBADMSG);
		} else {
			hf_knob_close(open_knobs()); /* there is nothing to undo: it may be replaced */
			fake_write(journal, t[i].journal);
		}
		assert_int_equal(hf_knob_recover(fake_state, NULL, NULL), t[i].result);
		fake_expect(A, t[i].a_after);
		fake_expect(POOL, t[i].pool_after);
		assert_int_equal(access(journal, F_OK), t[i].result < 0 ? 0 : -1);
		unlink(journal);
	}
	fake_write(journal, HEADER "set\t0\t" A "\t10\t99\nheld\t0\n");
	fake_write(A, "55\n");
	assert_int_equal(hf_knob_recover(fake_state, say, NULL), 1);
	assert_string_equal(said, A ": left alone, somebody changed it to 55 (was 10, the run set 99) (ok)\n");
}

/* A recovery that cannot do all of it, in a journal with a torn line, can be repeated. */
static void test_recover_again(void **state)
{
	char full[512];

	(void)state;
	fake_write(GROUP "/child", "");
	fake_write(A, "99\n");
	fake_write(journal, HEADER "mkdir\t0\t" GROUP "\nset\t1\t" A "\t10\t99\nheld\t1\nset\t2\t/pro");
	assert_int_equal(hf_knob_recover(fake_state, say, NULL), -ENOTEMPTY);
	assert_string_equal(said, A ": 99 -> 10 (ok)\n" GROUP ": removed (ENOTEMPTY)\n");
	fake_write(A, "99\n"); /* no longer ours */
	snprintf(full, sizeof(full), "%s" GROUP "/child", fake_root);
	assert_int_equal(unlink(full), 0);
	assert_int_equal(hf_knob_recover(fake_state, NULL, NULL), 1);
	fake_expect(A, "99\n");
}

/* Odd bytes in paths and values come back as they were. */
static void test_escapes(void **state)
{
	static const char odd[] = "/proc/a\tb\\n\nc";
	struct hf_knobs *k = open_knobs();

	(void)state;
	fake_write(odd, "x\ty\nz\\t");
	assert_int_equal(hf_knob_set(k, odd, "1\t2\n3\\n"), 0);
	hf_knob_close(k);
	fake_expect(odd, "1\t2\n3\\n");
	assert_int_equal(hf_knob_recover(fake_state, NULL, NULL), 1);
	fake_expect(odd, "x\ty\nz\\t");
}

/* Everything below the root, as one text. */
static FILE *list;

static int list_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	char buf[4096];
	size_t n;
	FILE *f;

	(void)at;
	fprintf(list, "%s %o", path, st->st_mode);
	if (flag == FTW_F && (f = fopen(path, "r"))) {
		n = fread(buf, 1, sizeof(buf), f);
		fwrite(buf, 1, n, list);
		fclose(f);
	}
	return 0;
}

static char *tree(void)
{
	char *text = NULL;
	size_t len;

	list = open_memstream(&text, &len);
	assert_non_null(list);
	assert_int_equal(nftw(fake_root, list_one, 16, FTW_PHYS), 0);
	assert_int_equal(fclose(list), 0);
	return text;
}

/* What a benchmark does to a pool within a bracket: up and down a few times, and now and then it ends with pages left that it tells of. */
static int resize(struct hf_knobs *k, struct hf_rand *r)
{
	uint64_t base, most = 1 + hf_rand_below(r, 5), left = 0;
	char text[24];
	int err = hf_file_read_u64(POOL, &base);

	if (!err)
		err = hf_growth_bracket(k, POOL, most);
	for (uint64_t n = hf_rand_below(r, 4); !err && n; n--) {
		left = hf_rand_below(r, most + 1);
		snprintf(text, sizeof(text), "%llu", (unsigned long long)(base + left));
		err = hf_file_write(POOL, text);
	}
	return err || hf_rand_below(r, 2) ? err : hf_growth_settle(k, POOL, left);
}

/* Changes and undoes until it is killed. */
static void child_run(uint64_t seed)
{
	static const char *const text[] = { "low", "mid", "top" }, *const count[] = { "10", "20", "30", "40" };
	size_t mark[16], depth = 0;
	struct hf_knobs *k;
	struct hf_rand r;
	char dir[64];

	hf_rand_seed(&r, seed, 0);
	if (hf_knob_open(&k, fake_state))
		_exit(1);
	for (unsigned int i = 0;; i++) {
		int err = 0;

		if (depth == COUNT(mark) || (depth && hf_rand_below(&r, 4) == 0)) {
			depth = hf_rand_below(&r, depth);
			if (hf_knob_undo_to(k, mark[depth], NULL, NULL))
				_exit(2);
		}
		if (depth == 0 && hf_rand_below(&r, 4) == 0) {
			err = hf_knob_restore(k, NULL, NULL);
			hf_knob_close(k);
			if (err || hf_knob_open(&k, fake_state))
				_exit(3);
		}
		mark[depth++] = hf_knob_mark(k);
		switch (hf_rand_below(&r, 5)) {
		case 0:
			err = hf_knob_set(k, A, count[hf_rand_below(&r, COUNT(count))]);
			break;
		case 1:
			err = hf_knob_set(k, B, text[hf_rand_below(&r, COUNT(text))]);
			break;
		case 2:
			err = hf_growth_add(k, POOL, 1 + hf_rand_below(&r, 5)); /* two digits at most, whatever the depth */
			break;
		case 3:
			snprintf(dir, sizeof(dir), GROUP "-%u", i);
			err = hf_knob_mkdir(k, dir);
			break;
		case 4:
			err = resize(k, &r);
			break;
		}
		if (err)
			_exit(4);
	}
}

/* Forks @fn, kills it a random time after it has begun. Return: its wait status. */
static int kill_soon(void (*fn)(uint64_t), struct hf_rand *r, uint64_t max_us)
{
	uint64_t seed = hf_rand_next(r);
	int status, begun[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(begun), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(begun[0]);
		close(begun[1]);
		fn(seed);
		_exit(0);
	}
	close(begun[1]);
	assert_int_equal(read(begun[0], &c, 1), 0);
	close(begun[0]);
	usleep((useconds_t)hf_rand_below(r, max_us));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void child_recover(uint64_t seed)
{
	(void)seed;
	if (hf_knob_recover(fake_state, NULL, NULL) < 0)
		_exit(5);
}

static void test_kill_any_time(void **state)
{
	unsigned int kills = 0, found = 0, broken_recoveries = 0;
	struct hf_rand r;
	char *before, *after;

	(void)state;
	hf_rand_seed(&r, hf_rand_fresh(), 0);
	fake_write("/sys/fs/cgroup/cgroup.procs", "");
	before = tree();
	/* On a busy machine most kills come too early: more of them then, for the test would have shown nothing. */
	while (kills < 300 || (kills < 6000 && (found < 30 || broken_recoveries < 30))) {
		int n, status = kill_soon(child_run, &r, 3000);

		kills++;
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		for (uint64_t tries = hf_rand_below(&r, 3); tries; tries--) {
			status = kill_soon(child_recover, &r, 300);
			assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
			broken_recoveries += WIFSIGNALED(status) != 0;
		}
		n = hf_knob_recover(fake_state, NULL, NULL);
		assert_true(n >= 0);
		found += n > 0;
		after = tree();
		assert_string_equal(after, before);
		free(after);
		assert_int_equal(access(journal, F_OK), -1);
	}
	free(before);
	assert_true(found >= 30);
	assert_true(broken_recoveries >= 30);
	print_message("%u kills: %u left something to undo, %u recoveries killed as well\n", kills, found, broken_recoveries);
}

/* One change of each kind, and then some. */
static void change(void)
{
	struct hf_knobs *k;

	if (hf_knob_open(&k, fake_state) || hf_knob_set(k, A, "20") || hf_growth_add(k, POOL, 5) || hf_knob_mkdir(k, GROUP) ||
	    hf_knob_set(k, B, "top") || hf_knob_set(k, A, "30") || hf_growth_add(k, POOL, 7) || hf_growth_bracket(k, POOL, 6) ||
	    hf_file_write(POOL, "29") || hf_growth_settle(k, POOL, 5))
		_exit(6);
	hf_knob_close(k);
}

static void child_change(uint64_t seed)
{
	(void)seed;
	change();
}

static void child_all(uint64_t seed)
{
	struct hf_knobs *k;
	size_t mark;

	(void)seed;
	if (hf_knob_open(&k, fake_state) || hf_knob_set(k, A, "20") || hf_growth_add(k, POOL, 5) || hf_knob_mkdir(k, GROUP))
		_exit(6);
	mark = hf_knob_mark(k);
	if (hf_knob_set(k, A, "30") || hf_knob_set(k, B, "no") != -EIO || hf_growth_add(k, POOL, 7) ||
	    hf_knob_undo_to(k, mark, NULL, NULL) || hf_knob_set(k, A, "40") || hf_knob_restore(k, NULL, NULL))
		_exit(7);
	hf_knob_close(k);
}

/* Forks @fn and kills it when it enters its @nth system call. Return: false when it ended before that. */
static bool kill_at_call(void (*fn)(uint64_t), unsigned int nth)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(77);
		raise(SIGSTOP);
		fn(0);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();									   /* tracing is not allowed here */
	for (unsigned int stops = 0; WIFSTOPPED(status) && stops < 2 * nth - 1; stops++) { /* each call stops at its begin and at its end */
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	if (!WIFSTOPPED(status)) {
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
		return false;
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return true;
}

/* Dies before each system call in turn: first the run, then the recovery. */
static void test_kill_any_call(void **state)
{
	static void (*const victim[])(uint64_t) = { child_change, child_all, child_recover };
	unsigned int nth, kills = 0;
	char *before, *after;
	bool killed;

	(void)state;
	fake_write("/sys/fs/cgroup/cgroup.procs", "");
	before = tree();
	for (size_t i = 0; i < COUNT(victim); i++) {
		for (nth = 1, killed = true; killed; nth++) {
			if (victim[i] == child_recover)
				change();
			killed = kill_at_call(victim[i], nth);
			assert_true(hf_knob_recover(fake_state, NULL, NULL) >= 0);
			after = tree();
			if (strcmp(after, before) != 0)
				fail_msg("victim %zu, call %u:\n%s", i, nth, after);
			free(after);
			assert_int_equal(access(journal, F_OK), -1);
			kills += killed;
		}
	}
	free(before);
	assert_true(kills >= 200);
	print_message("killed before each of %u system calls\n", kills);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_recover), TEST(test_recover_again), TEST(test_escapes), TEST(test_kill_any_time),
		TEST(test_kill_any_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
