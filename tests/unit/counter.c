// SPDX-License-Identifier: GPL-2.0-or-later
/* Counters: names and deltas on a made-up tree, what is missing or forbidden there, and the kernel at hand. */
#include <errno.h>
#include <sys/mman.h>

#include "fake.h"

#include "system/counter.h"

#define STAT_REFRESH "/proc/sys/vm/stat_refresh"
#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/"
#define MTHP "/sys/kernel/mm/transparent_hugepage/hugepages-64kB/"

static void drop(const char *path)
{
	char full[PATH_MAX];

	fake_path(path, full, sizeof(full));
	assert_int_equal(unlink(full), 0);
}

static void put_pool(int nr, int free_pages, int resv, int surplus)
{
	const struct {
		const char *path;
		int value;
	} file[] = {
		{ POOL "nr_hugepages", nr },	       { POOL "free_hugepages", free_pages }, { POOL "resv_hugepages", resv },
		{ POOL "surplus_hugepages", surplus }, { POOL "nr_overcommit_hugepages", 0 },
	};

	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		char text[16];

		snprintf(text, sizeof(text), "%d\n", file[i].value);
		fake_write(file[i].path, text);
	}
}

static int tree_setup(void **state)
{
	if (fake_setup(state))
		return -1;
	fake_write("/proc/vmstat", "nr_free_pages 100\nthp_fault_alloc 7\npgfault 18446744073709551615\n");
	fake_write(STAT_REFRESH, "");
	put_pool(4, 3, 2, 1);
	fake_write(MTHP "enabled", "always [inherit] madvise never\n");
	fake_write(MTHP "stats/anon_fault_alloc", "5\n");
	fake_write(MTHP "stats/split", "6\n");
	return 0;
}

static struct hf_counter_set *reading(void)
{
	struct hf_counter_set *set = NULL;

	assert_int_equal(hf_counter_read(&set), 0);
	return set;
}

static int64_t value_of(const struct hf_counter_set *set, const char *name)
{
	int64_t v = -999;

	assert_int_equal(hf_counter_get(set, name, &v), 0);
	return v;
}

struct deltas {
	char text[512];
};

static void append(void *arg, const char *name, int64_t delta)
{
	struct deltas *d = arg;
	size_t have = strlen(d->text);

	snprintf(d->text + have, sizeof(d->text) - have, "%s=%lld ", name, (long long)delta);
}

static void test_names(void **state)
{
	struct hf_counter_set *set = reading();
	int64_t v = 1;

	(void)state;
	assert_true(hf_counter_exact(set));
	assert_int_equal(value_of(set, "nr_free_pages"), 100);
	assert_int_equal(value_of(set, "thp_fault_alloc"), 7);
	assert_int_equal(value_of(set, "pool_2048kB_nr"), 4);
	assert_int_equal(value_of(set, "pool_2048kB_free"), 3);
	assert_int_equal(value_of(set, "pool_2048kB_resv"), 2);
	assert_int_equal(value_of(set, "pool_2048kB_surplus"), 1);
	assert_int_equal(value_of(set, "mthp_64kB_anon_fault_alloc"), 5);
	assert_int_equal(value_of(set, "mthp_64kB_split"), 6);
	assert_int_equal(hf_counter_get(set, "mthp_64kB_enabled", &v), -ENOENT);
	assert_int_equal(hf_counter_get(set, "", &v), -ENOENT);
	assert_int_equal(v, 1);
	hf_counter_free(set);
}

static void test_delta(void **state)
{
	struct hf_counter_set *before = reading(), *after;
	struct deltas d = { "" };

	(void)state;
	/* pgfault wraps, "new" is in one reading only, the lines after it are no counters */
	fake_write("/proc/vmstat", "thp_fault_alloc 9\npgfault 4\nnr_free_pages 90\nnew 1\n\nalone\n twice 1 2\nx -\nnr_dirty 12kB\n");
	put_pool(4, 1, 0, 1);
	fake_write(MTHP "stats/split", "8\n");
	fake_write(MTHP "stats/nonsense", "many\n");
	after = reading();
	hf_counter_delta(before, after, append, &d);
	assert_string_equal(d.text,
			    "mthp_64kB_split=2 nr_free_pages=-10 pgfault=5 pool_2048kB_free=-2 pool_2048kB_resv=-2 thp_fault_alloc=2 ");

	d.text[0] = '\0';
	hf_counter_delta(after, after, append, &d);
	assert_string_equal(d.text, "");
	hf_counter_free(before);
	hf_counter_free(after);
}

static void test_missing(void **state)
{
	struct hf_counter_set *set;
	int64_t v;

	(void)state;
	drop(STAT_REFRESH);
	drop(MTHP "stats/split");
	set = reading();
	assert_false(hf_counter_exact(set));
	assert_int_equal(hf_counter_get(set, "mthp_64kB_split", &v), -ENOENT);
	assert_int_equal(value_of(set, "mthp_64kB_anon_fault_alloc"), 5);
	hf_counter_free(set);

	drop("/proc/vmstat");
	assert_int_equal(hf_counter_read(&set), -ENOENT);
}

/* As an ordinary user stat_refresh says EACCES: the reading is still there, only not exact. */
static void test_forbidden(void **state)
{
	struct hf_counter_set *set;
	char full[PATH_MAX];
	uid_t uid = geteuid();

	(void)state;
	fake_path(STAT_REFRESH, full, sizeof(full));
	assert_int_equal(chmod(full, 0400), 0);
	assert_int_equal(chmod(fake_top, 0755), 0);
	if (uid == 0)
		assert_int_equal(seteuid(65534), 0);
	set = reading();
	if (uid == 0)
		assert_int_equal(seteuid(0), 0);
	assert_false(hf_counter_exact(set));
	assert_int_equal(value_of(set, "nr_free_pages"), 100);
	hf_counter_free(set);
}

static void test_real(void **state)
{
	struct hf_counter_set *before, *after;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len = 64 * page;
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(p, MAP_FAILED);
	unsetenv("HF_SYSROOT");
	before = reading();
	madvise(p, len, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < len; i += page)
		p[i] = 1;
	after = reading();
	/* others fault, too: at least ours must be in */
	if (hf_counter_exact(before) && hf_counter_exact(after))
		assert_true(value_of(after, "pgfault") - value_of(before, "pgfault") >= 64);
	assert_true(value_of(after, "nr_free_pages") > 0);
	munmap(p, len);
	hf_counter_free(before);
	hf_counter_free(after);
	hf_counter_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, tree_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_delta, tree_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_missing, tree_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_forbidden, tree_setup, fake_teardown),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
