// SPDX-License-Identifier: GPL-2.0-or-later
/* The JSON scanner: what it takes, what it refuses. tests/fuzz/records.c holds it against jansson on anything. */
#include "compare/lib/scan.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static struct hf_scan scan;

static int take(const char *text)
{
	static char buf[8192];

	assert_true(strlen(text) < sizeof(buf));
	strcpy(buf, text);
	return hf_scan_text(&scan, buf, strlen(text));
}

static void test_values(void **state)
{
	const struct hf_scan_node *v;
	size_t i = 0;

	(void)state;
	assert_int_equal(
		take(" {\"a\":[1,-2.5e1,true,false,null,\"x\",[],{}],\"b\":{\"c\":9223372036854775807},\"\":-9223372036854775807}\r\n"), 0);
	v = hf_scan_get(scan.node, "a", NULL);
	assert_true(v->type == HF_SCAN_ARRAY && v->n == 8 && v->span == 9);
	hf_scan_each(e, v) assert_int_equal(
		e->type, ((const enum hf_scan_type[]){ HF_SCAN_INTEGER, HF_SCAN_REAL, HF_SCAN_TRUE, HF_SCAN_FALSE, HF_SCAN_NULL,
						       HF_SCAN_STRING, HF_SCAN_ARRAY, HF_SCAN_OBJECT })[i++]);
	assert_int_equal(i, 8);
	assert_true(hf_scan_at(v, 1)->real == -25);
	assert_null(hf_scan_at(v, 8));
	assert_true(hf_scan_get(hf_scan_get(scan.node, "b", NULL), "c", NULL)->integer == INT64_MAX);
	assert_true(hf_scan_get(scan.node, "", v)->integer == -INT64_MAX);
	assert_null(hf_scan_get(scan.node, "c", NULL));
	assert_null(hf_scan_get(v, "a", NULL));
	assert_int_equal(take("\"\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\xc3\xa9\""), 0);
	assert_string_equal(scan.node[0].text, "\xc3\xa9\xf0\x9f\x98\x80\"\\/\b\f\n\r\t\xc3\xa9");
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"[1",
		"[1,]",
		"{\"a\"}",
		"{\"a\":1,}",
		"{a:1}",
		"01",
		"-",
		"1.",
		".5",
		"1e",
		"+1",
		"NaN",
		"Infinity",
		"1e999",
		"0x10",
		"tru",
		"nulls",
		"1 2",
		"\"a",
		"\"\\x\"",
		"\"\\u12g4\"",
		"\"\\u0000\"",
		"\"\x01\"",
		"\"\xff\"",
		"\"\xc3\"",
		"{\"a\":1,\"a\":2}",
		"{\"a\":{\"b\":1,\"\\u0062\":2}}",
		"9223372036854775808",
		"-9223372036854775809",
		"99999999999999999999",
		"[1}",
		"{\"a\":1]",
		"{\"a\" 1}",
		"[1 2]",
		"\xef\xbb\xbf{}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (take(bad[i]) != -EBADMSG || !*scan.error)
			fail_msg("taken: %s", bad[i]);
	}
	assert_int_equal(hf_scan_text(&scan, (char[]){ '1', 0, 0 }, 2), -EBADMSG);
}

static void test_depth_and_twins(void **state)
{
	char text[8192], *to = text;

	(void)state;
	memset(text, '[', HF_SCAN_DEPTH);
	memset(text + HF_SCAN_DEPTH, ']', HF_SCAN_DEPTH);
	text[2 * HF_SCAN_DEPTH] = '\0';
	assert_int_equal(take(text), 0);
	memset(text, '[', HF_SCAN_DEPTH + 1);
	assert_int_equal(take(text), -EBADMSG);
	assert_string_equal(scan.error, "nested too deeply");
	/* as many members as are sorted to find duplicates */
	for (int i = 0; i < 300; i++)
		to += sprintf(to, "%s\"key-%d\":%d", i ? "," : "{", i, i);
	strcpy(to, "}");
	assert_int_equal(take(text), 0);
	assert_int_equal(scan.node[0].n, 300);
	strcpy(to, ",\"key-150\":0}");
	assert_int_equal(take(text), -EBADMSG);
	assert_string_equal(scan.error, "duplicate key");
}

static int end(void **state)
{
	(void)state;
	hf_scan_free(&scan);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth_and_twins),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
