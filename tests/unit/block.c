// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory blocks as sysfs and kpageflags show them. */
#include "system/block.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "tests/unit/fake.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))
#define MEMORY "/sys/devices/system/memory/"
#define BIT(n) (UINT64_C(1) << (n))

static void add_block(unsigned int id, const char *state, const char *zones)
{
	char path[128];

	snprintf(path, sizeof(path), MEMORY "memory%u/state", id);
	fake_write(path, state);
	snprintf(path, sizeof(path), MEMORY "memory%u/valid_zones", id);
	fake_write(path, zones);
}

/* @n entries, each @value, from entry @at on. */
static void entries(const char *path, uint64_t at, size_t n, uint64_t value)
{
	char full[PATH_MAX];
	FILE *f;

	fake_path(path, full, sizeof(full));
	f = fopen(full, "r+");
	assert_non_null(f);
	assert_int_equal(fseek(f, (long)(at * sizeof(value)), SEEK_SET), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(fwrite(&value, sizeof(value), 1, f), 1);
	assert_int_equal(fclose(f), 0);
}

static void test_list(void **state)
{
	struct hf_block *list = NULL;

	(void)state;
	assert_int_equal(hf_block_list(&list), -ENOENT);
	fake_write(MEMORY "block_size_bytes", "8000000\n");
	assert_int_equal(hf_block_list(&list), -ENOENT);
	add_block(10, "online\n", "Normal\n");
	add_block(0, "online\n", "none\n");
	add_block(2, "online\n", "DMA32\n");
	add_block(1, "online\n", "DMA32\n");
	add_block(3, "online\n", "DMA32\n");
	add_block(4, "online\n", "Normal Movable\n");
	add_block(5, "offline\n", "Normal Movable\n");
	fake_write(MEMORY "probe", "\n");
	fake_write(MEMORY "memoryx/state", "online\n");
	assert_int_equal(hf_block_list(&list), 7);
	assert_int_equal(list[0].id, 0);
	assert_int_equal(list[2].id, 2);
	assert_int_equal(list[2].pfn, 2 * 32768);
	assert_int_equal(list[2].pages, 32768);
	assert_true(list[2].online && list[2].inner);
	assert_string_equal(list[2].zone, "DMA32");
	assert_false(list[1].inner); /* block 0 is of no zone */
	assert_false(list[3].inner); /* block 4 is of another zone */
	assert_false(list[5].online);
	assert_int_equal(list[6].id, 10);
	assert_false(list[6].inner);
	free(list);
	fake_write(MEMORY "block_size_bytes", "many\n");
	assert_int_equal(hf_block_list(&list), -EINVAL);
}

static void test_classes(void **state)
{
	static const struct {
		uint64_t flags, mappings;
		enum hf_block_class class;
	} page[] = {
		{ 0, 0, HF_BLOCK_BLANK },
		{ BIT(10), 0, HF_BLOCK_FREE },
		{ BIT(3) | BIT(10), 0, HF_BLOCK_FREE },
		{ BIT(17) | BIT(15), 0, HF_BLOCK_HUGETLB_FREE },
		{ BIT(17) | BIT(16), 1, HF_BLOCK_HUGETLB_USED },
		{ BIT(32) | BIT(11), 0, HF_BLOCK_RESERVED },
		{ BIT(7) | BIT(16), 0, HF_BLOCK_SLAB },
		{ BIT(26), 0, HF_BLOCK_PGTABLE },
		{ BIT(5) | BIT(12) | BIT(33), 0, HF_BLOCK_MLOCKED },
		{ BIT(5) | BIT(12) | BIT(22) | BIT(16), 0, HF_BLOCK_THP },
		{ BIT(5) | BIT(12), 0, HF_BLOCK_ANON },
		{ BIT(5) | BIT(3), 0, HF_BLOCK_FILE },
		{ BIT(5) | BIT(22) | BIT(15), 0, HF_BLOCK_FILE },
		{ BIT(23), 0, HF_BLOCK_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(page); i++) {
		struct hf_block_count count = { .blank = false };

		assert_int_equal(hf_block_add(&count, page[i].flags, page[i].mappings), page[i].class);
		assert_int_equal(count.n[page[i].class], 1);
	}
}

static void test_count(void **state)
{
	struct hf_block b = { .id = 1, .pfn = 2048, .pages = 2048, .online = true, .inner = true, .zone = "Normal" };
	struct hf_block_count count;
	const char *why;

	(void)state;
	assert_int_equal(hf_block_count(&b, &count), -ENOENT);
	assert_int_equal(hf_block_sample(&b, 512 * 4096, HF_BLOCK_HUGETLB_FREE), -ENOENT);
	fake_write("/proc/kpageflags", "");
	fake_write("/proc/kpagecount", "");
	assert_int_equal(hf_block_count(&b, &count), -ENODATA);
	assert_int_equal(hf_block_sample(&b, 512 * 4096, HF_BLOCK_HUGETLB_FREE), -ENODATA);
	assert_int_equal(hf_block_only(&b, 512 * 4096, 1u << HF_BLOCK_HUGETLB_FREE), -ENODATA);
	entries("/proc/kpagecount", 0, 4096, 0);
	entries("/proc/kpageflags", 0, 4096, BIT(10));
	entries("/proc/kpageflags", 2048, 512, BIT(17) | BIT(16));
	entries("/proc/kpageflags", 2048, 1, BIT(17) | BIT(15));
	entries("/proc/kpageflags", 2560, 512, BIT(17) | BIT(16));
	entries("/proc/kpageflags", 2560, 1, BIT(17) | BIT(15));
	entries("/proc/kpagecount", 2560, 512, 1);
	entries("/proc/kpageflags", 3072, 1023, 0);
	assert_int_equal(hf_block_count(&b, &count), 0);
	assert_int_equal(count.n[HF_BLOCK_HUGETLB_FREE], 512);
	assert_int_equal(count.n[HF_BLOCK_HUGETLB_USED], 512);
	assert_int_equal(count.n[HF_BLOCK_BLANK], 1023);
	assert_int_equal(count.n[HF_BLOCK_FREE], 1);
	assert_int_equal(count.heads, 2);
	assert_int_equal(hf_block_sample(&b, 512 * 4096, HF_BLOCK_HUGETLB_FREE), 2);
	assert_int_equal(hf_block_sample(&b, 512 * 4096, HF_BLOCK_BLANK), 2);
	assert_int_equal(hf_block_sample(&b, 1024 * 4096, HF_BLOCK_HUGETLB_FREE), 1);
	assert_int_equal(hf_block_only(&b, 512 * 4096, 1u << HF_BLOCK_HUGETLB_FREE | 1u << HF_BLOCK_BLANK), 1);
	assert_int_equal(hf_block_only(&b, 512 * 4096, 1u << HF_BLOCK_HUGETLB_FREE | 1u << HF_BLOCK_FREE), 0);
	assert_int_equal(hf_block_only(&b, 4096, 1u << HF_BLOCK_HUGETLB_FREE | 1u << HF_BLOCK_BLANK), 0);
	assert_true(hf_block_may(&b, &count, &why));

	entries("/proc/kpageflags", 4095, 1, 0); /* now a whole part has no flags */
	assert_int_equal(hf_block_count(&b, &count), 0);
	assert_false(hf_block_may(&b, &count, &why));
	assert_non_null(strstr(why, "initialised"));
	count.blank = false;
	b.inner = false;
	assert_false(hf_block_may(&b, &count, &why));
	b.inner = true;
	b.online = false;
	assert_false(hf_block_may(&b, &count, &why));
	b.online = true;
	strcpy(b.zone, "none");
	assert_false(hf_block_may(&b, &count, &why));
}

static void test_set(void **state)
{
	struct hf_block b = { .id = 7 };
	int fd;

	(void)state;
	assert_int_equal(hf_block_open(&b), -ENOENT);
	add_block(7, "", "Normal\n");
	fd = hf_block_open(&b);
	assert_true(fd >= 0);
	assert_int_equal(hf_block_set(fd, false), 0);
	fake_expect(MEMORY "memory7/state", "offline");
	close(fd);
	assert_int_equal(hf_block_set(fd, true), -EBADF);
}

/* The timer ends a system call that would last for ever, and none comes after it was disarmed. */
static void test_arm(void **state)
{
	int pipe_fd[2];
	struct timespec nap = { 0, 5000000 };
	char c;

	(void)state;
	assert_int_equal(pipe(pipe_fd), 0);
	assert_int_equal(hf_block_arm(2000000), 0);
	assert_int_equal(read(pipe_fd[0], &c, 1), -1);
	assert_int_equal(errno, EINTR);
	hf_block_disarm();
	assert_int_equal(nanosleep(&nap, NULL), 0);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_list, fake_setup, fake_teardown),  cmocka_unit_test_setup_teardown(test_classes, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_count, fake_setup, fake_teardown), cmocka_unit_test_setup_teardown(test_set, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_arm, fake_setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
