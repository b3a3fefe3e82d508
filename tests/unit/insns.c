// SPDX-License-Identifier: GPL-2.0-or-later
/* guest/lib/count, fold, relabel: what the plugin writes, by function, across renames, and as records. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest/lib/count.h"
#include "guest/lib/fold.h"
#include "guest/lib/relabel.h"

#define POINT "\"bench\":\"thp-split\",\"params\":{\"fill\":\"one\",\"tasks\":1}}"
#define TEXT "{\"v\":1,\"type\":\"sample\",\"run\":\"r\",\"label\":\"\",\"boot\":\"x\",\"block\":null,\"time\":7," POINT

static const char base[] = "symbol ffff800000001000 T split_huge_page_to_list\n"
			   "symbol ffff800000001000 t __split\n"
			   "symbol ffff800000002000 t clear_huge_page.constprop.0\t[mod]\n"
			   "symbol ffff800000003000 t gone\n"
			   "section " TEXT "\n"
			   "metric split_ns\n"
			   "sample 100 130 1\n"
			   "sample 110 140 1\n"
			   "at ffff800000001000 50\n"
			   "at ffff800000001010 50\n"
			   "at ffff800000002004 90\n"
			   "at ffff800000003000 20\n"
			   "end\n"
			   "section " TEXT "\n"
			   "metric split_ns\n"
			   "sample 100 130 1\n"
			   "sample 110 140 1\n"
			   "at ffff800000001000 110\n"
			   "at ffff800000002004 90\n"
			   "at ffff800000003008 10\n"
			   "end\n"
			   "complete\n";
static const char new[] = "symbol ffff800000001000 T folio_zero_user\n"
			  "symbol ffff800000005000 T split_huge_page_to_list_to_order\n"
			  "symbol ffff800000005800 t split_huge_page_to_list_to_order.cold\n"
			  "symbol ffff800000006000 T memcmp\n"
			  "section " TEXT "\n"
			  "metric split_ns\n"
			  "sample 1204 1300 4\n"
			  "at ffff800000000100 4\n"
			  "at ffff800000001000 180\n"
			  "at ffff800000005000 200\n"
			  "at ffff800000005800 20\n"
			  "at ffff800000006000 800\n"
			  "end\n"
			  "section " TEXT "\n"
			  "metric other_ns\n"
			  "sample 1 1 1\n"
			  "at ffff800000006000 1\n";

/* Times, as tools/functions writes them */
static const char times[] = "unit ns\n"
			    "section " TEXT "\n"
			    "metric split_ns\n"
			    "sample 90 100 2\n"
			    "sample 90 110 2\n"
			    "function split_huge_page_to_list 4 80 180\n"
			    "function memcmp 8 100 100\n"
			    "end\n"
			    "complete\n";

static void load(const char *text, struct hf_count *c, int want, size_t want_line)
{
	char path[] = "/tmp/hf-insns-XXXXXX";
	int fd = mkstemp(path);
	size_t line;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(hf_count_read(path, c, &line), want);
	if (want)
		assert_int_equal(line, want_line);
	unlink(path);
}

static void test_read(void **state)
{
	struct hf_count c;

	(void)state;
	load(base, &c, 0, 0);
	assert_true(c.complete);
	assert_int_equal(c.n_sections, 2);
	assert_int_equal(c.n_symbols, 3);
	assert_string_equal(c.section[0].point, POINT);
	assert_string_equal(hf_count_function(&c, UINT64_C(0xffff800000000fff)), "(no symbol)");
	assert_string_equal(hf_count_function(&c, UINT64_C(0xffff800000001000)), "split_huge_page_to_list");
	assert_string_equal(hf_count_function(&c, UINT64_C(0xffff800000002fff)), "clear_huge_page.constprop.0");
	assert_null(hf_count_metric(&c.section[0], "split"));
	assert_int_equal(hf_count_metric(&c.section[0], "split_ns")->n_at, 4);
	hf_count_free(&c);
	load(new, &c, 0, 0);
	assert_false(c.complete);
	hf_count_free(&c);
	/* the last line is cut short: the guest died while it was written */
	load("symbol ffff800000001000 T a\nsymbol ffff8000", &c, 0, 0);
	assert_int_equal(c.n_symbols, 1);
	hf_count_free(&c);
}

static void test_read_bad(void **state)
{
	static const struct {
		const char *text;
		size_t line;
	} bad[] = {
		{ "nonsense\n", 1 },
		{ "symbol xyz T a\n", 1 },
		{ "sample 1 2 3\n", 1 },
		{ "section {}\n", 1 },
		{ "section " TEXT "\nsample 1 2 3\n", 2 },
		{ "section " TEXT "\nmetric a\nsample 1 2 0\n", 3 },
		{ "section " TEXT "\nmetric a\nsample 1 2\n", 3 },
		{ "section " TEXT "\nmetric a\nat 12 -3\n", 3 },
		{ "section " TEXT "\nmetric a\nfunction f 1 2\n", 3 },
		{ "section " TEXT "\nfunction f 1 2 3\n", 2 },
		{ "unit insns\n", 1 },
		{ "section " TEXT "\nunit ns\n", 2 },
	};
	struct hf_count c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		load(bad[i].text, &c, -EBADMSG, bad[i].line);
		hf_count_free(&c);
	}
}

static void test_hash(void **state)
{
	struct hf_count a, b;

	(void)state;
	load(base, &a, 0, 0);
	load(base, &b, 0, 0);
	assert_true(hf_count_hash(&a.section[0].metric[0], HF_COUNT_HASH) == hf_count_hash(&b.section[1].metric[0], HF_COUNT_HASH));
	b.section[0].metric[0].sample[1].insns++;
	assert_true(hf_count_hash(&a.section[0].metric[0], HF_COUNT_HASH) != hf_count_hash(&b.section[0].metric[0], HF_COUNT_HASH));
	b.section[0].metric[0].sample[1].insns--;
	b.section[0].metric[0].sample[1].ticks++;
	assert_true(hf_count_hash(&a.section[0].metric[0], HF_COUNT_HASH) != hf_count_hash(&b.section[0].metric[0], HF_COUNT_HASH));
	hf_count_free(&a);
	hf_count_free(&b);
}

static void test_names(void **state)
{
	static const char *const names[][2] = {
		{ "memcmp", "memcmp" },
		{ "foo.constprop.0.isra.0", "foo" },
		{ "foo.cold", "foo" },
		{ "__alloc_pages_noprof", "__alloc_pages" },
		{ "_noprof", "_noprof" },
		{ "clear_huge_page", "folio_zero_user" },
		{ "clear_huge_page.part.0", "folio_zero_user" },
		{ "clear_huge_pages", "clear_huge_pages" },
		{ "alloc_buddy_huge_page.isra.0", "alloc_buddy_hugetlb_folio" },
		{ ".text", ".text" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *name = hf_fold_name(names[i][0]);

		assert_string_equal(name, names[i][1]);
		free(name);
	}
}

/* By what functions take without those that they call, per operation */
static void test_times(void **state)
{
	struct hf_count c;
	const struct hf_count *side = &c;
	struct hf_fold *fold;

	(void)state;
	load(times, &c, 0, 0);
	assert_true(c.time && c.complete);
	assert_int_equal(hf_fold_all(&side, 1, &fold), 1);
	assert_int_equal(fold[0].total[0], 45);
	assert_int_equal(fold[0].n_rows, 2);
	assert_string_equal(fold[0].row[0].name, "memcmp");
	assert_int_equal(fold[0].row[0].insns[0], 25);
	assert_string_equal(fold[0].row[1].name, "split_huge_page_to_list_to_order");
	assert_int_equal(fold[0].row[1].insns[0], 20);
	hf_fold_free(fold, 1);
	hf_count_free(&c);
}

static void test_fold(void **state)
{
	static const struct {
		const char *name;
		double insns[2];
	} want[] = {
		{ "memcmp", { 0, 200 } },
		{ "gone", { 7.5, 0 } },
		{ "split_huge_page_to_list_to_order", { 52.5, 55 } },
		{ "(no symbol)", { 0, 1 } },
		{ "folio_zero_user", { 45, 45 } },
	};
	struct hf_count a, b;
	const struct hf_count *side[2] = { &a, &b };
	struct hf_fold *fold;

	(void)state;
	load(base, &a, 0, 0);
	load(new, &b, 0, 0);
	/* other_ns is on one side alone */
	assert_int_equal(hf_fold_all(side, 2, &fold), 1);
	assert_string_equal(fold[0].metric, "split_ns");
	assert_int_equal(fold[0].total[0] * 1000, 105000);
	assert_int_equal(fold[0].total[1] * 1000, 301000);
	assert_int_equal(fold[0].n_rows, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < fold[0].n_rows; i++) {
		assert_string_equal(fold[0].row[i].name, want[i].name);
		for (int s = 0; s < 2; s++)
			assert_int_equal(fold[0].row[i].insns[s] * 1000, want[i].insns[s] * 1000);
	}
	assert_string_equal(fold[0].row[2].own[0], "split_huge_page_to_list");
	assert_string_equal(fold[0].row[2].own[1], "split_huge_page_to_list_to_order");
	assert_null(fold[0].row[0].own[0]);
	hf_fold_free(fold, 1);
	assert_int_equal(hf_fold_all(&side[1], 1, &fold), 2);
	hf_fold_free(fold, 2);
	hf_count_free(&a);
	hf_count_free(&b);
}

static void test_member(void **state)
{
	static const char *const lines[][4] = {
		{ "{\"a\":1,\"b\":[1,{\"c\":2}],\"c\":3}", "c", "9", "{\"a\":1,\"b\":[1,{\"c\":2}],\"c\":9}" },
		{ "{\"a\":\"x\\\"c\\\":\",\"c\":{\"d\":[]}}", "c", "null", "{\"a\":\"x\\\"c\\\":\",\"c\":null}" },
		{ "{\"a\":1}", "c", "9", "{\"a\":1}" },
		{ "{\"a\":\"}\"}", "a", "2", "{\"a\":2}" },
		{ "not", "a", "2", "not" },
		{ "{\"a", "a", "2", "{\"a" },
		{ "", "a", "2", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *line = hf_relabel_member(lines[i][0], lines[i][1], lines[i][2]);

		assert_string_equal(line, lines[i][3]);
		free(line);
	}
}

static void test_records(void **state)
{
	static char in[] = "{\"v\":1,\"type\":\"run\",\"run\":\"r\",\"label\":\"\",\"boot\":\"x\",\"block\":null,\"time\":7}\n"
			   "{\"v\":1,\"type\":\"sample\",\"run\":\"r\",\"label\":\"\",\"boot\":\"x\",\"block\":null,\"exact\":false}\n"
			   "{\"v\":1,\"type\":\"end\",\"run\":\"r\"}\n"
			   "{\"v\":1,\"type\":\"end\",\"run\":\"other\"}\n"
			   "{\"v\":1,\"type\":\"ru";
	static const char *const want[] = {
		"{\"v\":1,\"type\":\"run\",\"run\":\"r-b7\",\"label\":\"A\",\"boot\":\"b7\",\"block\":3,\"time\":7}\n",
		"{\"v\":1,\"type\":\"sample\",\"run\":\"r-b7\",\"label\":\"A\",\"boot\":\"b7\",\"block\":3,\"exact\":true}\n",
		"{\"v\":1,\"type\":\"sample\",\"run\":\"r-b7\",\"label\":\"A\",\"boot\":\"b7\",\"block\":3,\"time\":7,\"bench\":\"thp-split\"",
		"\"metric\":\"split_insns\",\"unit\":\"count\",\"better\":\"lower\",\"exact\":true,\"reps\":[105.0,105.0],\"n\":4,\"value\":105.0,\"mean\":105.0",
		"{\"v\":1,\"type\":\"end\",\"run\":\"r-b7\"}\n{\"v\":1,\"type\":\"end\",\"run\":\"other-b7\"}\n",
	};
	const struct hf_relabel how = { .boot = "b7", .label = "A", .block = 3 };
	struct hf_count c;
	FILE *from = fmemopen(in, strlen(in), "r"), *to;
	char *text = NULL, *at;
	size_t len;

	(void)state;
	load(base, &c, 0, 0);
	to = open_memstream(&text, &len);
	assert_int_equal(hf_relabel_records(from, &c, &how, to), 0);
	fclose(to);
	fclose(from);
	at = text;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		at = strstr(at, want[i]);
		assert_non_null(at);
		at += strlen(want[i]);
	}
	assert_string_equal(at, "");
	free(text);
	hf_count_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),   cmocka_unit_test(test_read_bad), cmocka_unit_test(test_hash),   cmocka_unit_test(test_names),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_fold),   cmocka_unit_test(test_member),	cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
