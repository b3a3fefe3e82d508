// SPDX-License-Identifier: GPL-2.0-or-later
/* What a page that has left a pool may look like. */
#include "harness/left.h"

#include <errno.h>
#include <linux/kernel-page-flags.h>

#include "fake.h"

#define FRAMES 8
#define HEAD (UINT64_C(1) << KPF_COMPOUND_HEAD)
#define TAIL (UINT64_C(1) << KPF_COMPOUND_TAIL)
#define HUGE (UINT64_C(1) << KPF_HUGE)
#define FREE (UINT64_C(1) << KPF_BUDDY)
#define LRU (UINT64_C(1) << KPF_LRU)

static void judge(void **state)
{
	static const struct {
		uint64_t flags[FRAMES];
		int bad; /* frame, -1: none */
		uint64_t count;
	} table[] = {
		{ { FREE, FREE, FREE, FREE, FREE, FREE, FREE, FREE }, -1, 0 },
		{ { LRU, LRU, FREE, FREE, 0, HEAD | LRU, TAIL, TAIL }, -1, 1 },
		{ { TAIL, TAIL, 0, 0, 0, 0, 0, 0 }, -1, 0 }, /* of a page that begins before */
		{ { HEAD, TAIL, 0, TAIL, 0, 0, 0, 0 }, 3, 0 },
		{ { HEAD, HEAD | TAIL, 0, 0, 0, 0, 0, 0 }, 1, 0 },
		{ { FREE, FREE, FREE, HUGE, FREE, FREE, FREE, FREE }, 3, 0 },
		{ { FREE, FREE, FREE, FREE, FREE, FREE, FREE | LRU, FREE }, 6, 0 },
		{ { FREE, 0, 0, 0, 0, 0, 0, 0 }, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint64_t count[FRAMES] = { table[i].count };
		char why[200] = "", frame[32];
		int got = hf_left_judge(table[i].flags, count, FRAMES, 0x1000, why, sizeof(why));

		assert_int_equal(got, table[i].bad < 0 ? 0 : -EPROTO);
		snprintf(frame, sizeof(frame), "frame %#x,", 0x1000 + table[i].bad);
		if (table[i].bad >= 0)
			assert_non_null(strstr(why, frame));
	}
}

/* A machine of four stretches of 2 MiB. */
static void frames(uint64_t flags, uint64_t at)
{
	char path[PATH_MAX];
	FILE *f;

	fake_path("/proc/kpageflags", path, sizeof(path));
	f = fopen(path, "r+");
	assert_non_null(f);
	assert_int_equal(fseek(f, (long)(at * sizeof(flags)), SEEK_SET), 0);
	for (int i = 0; i < 512; i++)
		assert_int_equal(fwrite(&flags, sizeof(flags), 1, f), 1);
	assert_int_equal(fclose(f), 0);
}

static void machine(void **state)
{
	static const uint64_t zero[2048];
	struct hf_left *l;
	char path[PATH_MAX], why[200];
	FILE *f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "/proc/kpageflags" : "/proc/kpagecount";

		fake_write(name, "");
		fake_path(name, path, sizeof(path));
		f = fopen(path, "w");
		assert_int_equal(fwrite(zero, sizeof(zero), 1, f), 1);
		fclose(f);
	}
	frames(HUGE | HEAD, 1536); /* the last one */
	l = hf_left_new(2 << 20);
	assert_non_null(l);
	frames(TAIL, 512); /* never was a hugetlb page */
	assert_int_equal(hf_left_check(l, why, sizeof(why)), 0);
	frames(HUGE | HEAD, 1024);
	hf_left_look(l);
	frames(FREE, 1024);
	assert_int_equal(hf_left_check(l, why, sizeof(why)), 0);
	frames(FREE | LRU, 1536);
	assert_int_equal(hf_left_check(l, why, sizeof(why)), -EPROTO);
	assert_non_null(strstr(why, "frame 0x600,"));
	hf_left_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judge),
		cmocka_unit_test_setup_teardown(machine, fake_setup, fake_teardown),
	};

	return cmocka_run_group_tests_name("left", tests, NULL, NULL);
}
