// SPDX-License-Identifier: GPL-2.0-or-later
/* system/graph: the text of function_graph with marks in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "system/graph.h"

/* What comes of @lines, which end with NULL; for free(3) */
static char *graph(const char *const *lines, uint64_t want_dropped)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct hf_graph *g = hf_graph_new(out);

	assert_non_null(g);
	for (; *lines; lines++) {
		char *line = strdup(*lines);

		hf_graph_line(g, line);
		free(line);
	}
	assert_int_equal(hf_graph_end(g), want_dropped);
	hf_graph_free(g);
	fclose(out);
	return text;
}

static void check(const char *const *lines, uint64_t dropped, const char *want)
{
	char *text = graph(lines, dropped);

	assert_string_equal(text, want);
	free(text);
}

#define AT(body) " 0)   bench-12    |               |" body
#define TOOK(us, body) " 0)   bench-12    | " us " us    |" body
#define SECTION " 0)   super-11    |               |  /* hf:part {\"bench\": */", " 0)   super-11    |               |  /* hf:section \"x\"} */"

/* Calls and returns, one inside the other, with the ends of the calls that send the marks */
static void test_calls(void **state)
{
	static const char *const lines[] = {
		SECTION,
		AT("  ksys_write() {"),
		AT("    tracing_mark_write() {"),
		AT("      /* hf:begin  */"),
		TOOK("  9.000", "    }"),
		TOOK("  9.500", "  }"),
		TOOK("  0.125", "  down_read_trylock();"),
		AT("  hugetlb_fault() {"),
		TOOK("  0.250", "    first();"),
		" 1)   other-99    |   7.000 us    |  first();",
		" ------------------------------------------",
		AT("    clear_huge_page() {"),
		TOOK("! 100.5  ", "    }"),
		TOOK("! 102.750", "  } /* hugetlb_fault */"),
		AT("  ksys_write() {"),
		TOOK("  0.100", "    fdget();"),
		AT("      /* hf:stop  */"),
		TOOK("  1.000", "  }"),
		AT("      /* hf:region fault_ns 400 1 111 */"),
		AT("      /* hf:commit  */"),
		NULL,
	};

	(void)state;
	check(lines, 0,
	      "unit ns\nsection {\"bench\":\"x\"}\nmetric fault_ns\nsample 102875 111 1\nfunction down_read_trylock 1 125 125\n"
	      "function hugetlb_fault 1 2000 102750\nfunction first 1 250 250\nfunction clear_huge_page 1 100500 100500\nend\ncomplete\n");
}

#define OP(ns) AT("  /* hf:begin  */"), TOOK("  " ns, "  f();"), AT("  /* hf:stop  */"), AT("  /* hf:region m_ns 1 2 " ns "000 */"), AT("  /* hf:commit  */")

/* The middle half, by length */
static void test_middle(void **state)
{
	static const char *const lines[] = { SECTION, OP("4"), OP("900"), OP("2"), OP("3"), OP("1"), NULL };

	(void)state;
	check(lines, 0,
	      "unit ns\nsection {\"bench\":\"x\"}\nmetric m_ns\nsample 2000 2000 2\nsample 3000 3000 2\nsample 4000 4000 2\nfunction f 3 9000 9000\nend\ncomplete\n");
}

/* What was dropped is no sample; what is incomplete is none either, and is counted; a region without calls is one. */
static void test_dropped(void **state)
{
	static const char *const dropped[] = { SECTION, AT("  /* hf:begin  */"), TOOK("1", "  f();"), AT("  /* hf:stop  */"), AT("  /* hf:region m_ns 1 1 5 */"),
					       AT("  /* hf:drop  */"), AT("  /* hf:commit  */"), NULL };
	static const char *const lost[] = { SECTION, AT("  /* hf:begin  */"), "CPU:0 [LOST 77 EVENTS]", TOOK("1", "  f();"), AT("  /* hf:stop  */"),
					    AT("  /* hf:region m_ns 1 1 5 */"), AT("  /* hf:commit  */"), OP("3"), NULL };
	static const char *const empty[] = { SECTION, AT("  /* hf:begin  */"), AT("  /* hf:stop  */"), AT("  /* hf:region m_ns 1 1 5 */"), AT("  /* hf:commit  */"), NULL };

	(void)state;
	check(dropped, 0, "unit ns\nsection {\"bench\":\"x\"}\nend\ncomplete\n");
	check(lost, 1, "unit ns\nsection {\"bench\":\"x\"}\nmetric m_ns\nsample 3000 3000 2\nfunction f 1 3000 3000\nend\ncomplete\n");
	check(empty, 0, "unit ns\nsection {\"bench\":\"x\"}\nmetric m_ns\nsample 0 5 1\nend\ncomplete\n");
}

/* Nothing of it is a function or a mark. */
static void test_noise(void **state)
{
	static const char *const lines[] = { "", "|", "||", " 0)  x  |  |", " 0)  x-1  |", "# tracer: function_graph", " 0)  x-1  |  | /* hf: */", " 0)  x-1  |  | }", NULL };

	(void)state;
	check(lines, 0, "unit ns\ncomplete\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_middle),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
