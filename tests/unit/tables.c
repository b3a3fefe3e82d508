// SPDX-License-Identifier: GPL-2.0-or-later
/* Points, numbers for people, and the tables that figures are drawn from, on the records in tests/data. */
#include "compare/lib/tables.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "compare/lib/points.h"
#include "compare/lib/show.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static struct hf_points suite;
static char suite_path[4096];

static const struct hf_group *group(const struct hf_points *points, const char *bench)
{
	for (size_t i = 0; i < points->n_groups; i++)
		if (strcmp(points->group[i].bench, bench) == 0)
			return &points->group[i];
	fail_msg("no group %s", bench);
	return NULL;
}

/* Return: the table as text, for free(3); *@rows is what hf_tables_write() said. */
static char *table(const char *name, const struct hf_points *points, int *rows)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	*rows = hf_tables_write(name, points, f);
	assert_int_equal(fclose(f), 0);
	return text;
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
		n++;
	return n;
}

static void test_show(void **state)
{
	static const struct {
		double value;
		const char *unit, *text;
	} cases[] = {
		{ 0, "ns", "0.00 ns" },
		{ 12.34, "ns", "12.3 ns" },
		{ 999, "ns", "999 ns" },
		{ 1000, "ns", "1.00 us" },
		{ 61234, "ns", "61.2 us" },
		{ 2.5e6, "ns", "2.50 ms" },
		{ 3e9, "ns", "3.00 s" },
		{ 8.41e9, "B/s", "8.41 GB/s" },
		{ 950, "B/s", "950 B/s" },
		{ 11200, "1/s", "11.2 k/s" },
		{ 0.5, "1", "0.500" },
		{ 0.98234, "1", "0.9823" },
		{ 1.5, "1", "1.50" },
		{ 7, "count", "7" },
		{ 12000, "count", "12000" },
		{ 2097152, "B", "2.00 MiB" },
		{ 4096, "parsec", "4096 parsec" },
		{ NAN, "ns", "-" },
		{ INFINITY, "1/s", "-" },
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(hf_show_value(cases[i].value, cases[i].unit, buf, sizeof(buf)), cases[i].text);
	/* An interval takes the unit of its value, also where it crosses to the next. */
	assert_string_equal(hf_show_interval(61234, 60800, 61900, "ns", buf, sizeof(buf)), "60.8 .. 61.9");
	assert_string_equal(hf_show_interval(990, 970, 1010, "ns", buf, sizeof(buf)), "970 .. 1010");
	assert_string_equal(hf_show_interval(990, NAN, 1010, "ns", buf, sizeof(buf)), "");
}

static void test_points(void **state)
{
	const struct hf_group *g = group(&suite, "hugetlb-fault-parallel");
	const struct hf_point *p;
	char name[64];

	(void)state;
	assert_int_equal(suite.replaced, 0);
	assert_int_equal(g->n_points, 16);
	assert_int_equal(g->varying.n, 2);
	assert_string_equal(hf_points_headline(g), "fault_Bps");
	/* Samples come in the order of the file, values in that of the descriptor. */
	assert_string_equal(g->point[0].value[0].sample.metric, "fault_Bps");
	assert_string_equal(hf_points_name(g, &g->point[5], NULL, name, sizeof(name)), "prefault=populate tasks=2");
	assert_string_equal(hf_points_name(g, &g->point[5], "tasks", name, sizeof(name)), "prefault=populate");
	assert_string_equal(hf_points_name(g, &g->point[5], NULL, name, 12), "prefault...");
	p = hf_points_default(g);
	assert_non_null(p);
	assert_string_equal(hf_points_name(g, p, NULL, name, sizeof(name)), "prefault=touch tasks=1");
	/* Bytes read as people write them. */
	assert_string_equal(hf_reader_pair(&p->params, "len"), "64M");
	g = group(&suite, "base-fault");
	assert_string_equal(hf_points_name(g, &g->point[0], NULL, name, sizeof(name)), "default");
	assert_string_equal(group(&suite, "hugetlb-cow")->status, "fail");
	assert_string_equal(group(&suite, "hugetlb-last")->status, "broken");
	assert_string_equal(group(&suite, "clear-gigantic")->status, "skip");
	assert_null(hf_points_default(group(&suite, "clear-gigantic")));
}

static void test_curves(void **state)
{
	const struct hf_value *v = hf_points_value(&group(&suite, "hugetlb-fault")->point[0], "fault_ns");
	double half = 0;

	(void)state;
	assert_non_null(v);
	assert_true(v->n_xy > 20 && v->n_xy < 400);
	assert_true(v->share[0] == 0 && v->share[v->n_xy - 1] == 1);
	for (size_t i = 1; i < v->n_xy; i++) {
		assert_true(v->x[i] > v->x[i - 1] && v->share[i] > v->share[i - 1]);
		if (v->share[i - 1] < 0.5 && v->share[i] >= 0.5)
			half = v->x[i];
	}
	/* Where the curve crosses one half is the median, up to a bin and a step. */
	assert_true(fabs(half / v->sample.p50 - 1) < 0.02);
	assert_null(v->sample.bin);
}

static void test_tables(void **state)
{
	static const struct {
		const char *name, *header, *row;
		unsigned int blocks;
	} cases[] = {
		{ "overview", "# metric\tvalue (ns)\t", "\nbase-fault: fault_ns\t", 1 },
		{ "ecdf", "# panel\tcurve\t", "\nclear-hugetlb: clear_ns (2)\tcache=warm offset=2044K tasks=2\t", 65 },
		{ "scaling", "# panel\tcurve\ttasks\t", "\nhugetlb-fault-parallel: fault_Bps\tprefault=fallocate\t8\t", 16 },
		{ "race", "# row\tplace\tmetric\t", "\n6\thugetlb-race-last mode=processes\tskew_ns\t", 4 },
		{ "clearing", "# row\tplace\tmetric\t", "\n1\tclear-limit method=rep-stosb\tzero_Bps\t4.1e+10\t4.018e+10\t4.182e+10\tNaN\n",
		  1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int rows;
		char *text = table(cases[i].name, &suite, &rows);

		assert_true(rows > 0);
		assert_int_equal(strncmp(text, cases[i].header, strlen(cases[i].header)), 0);
		if (!strstr(text, cases[i].row))
			fail_msg("%s: no row '%s'", cases[i].name, cases[i].row);
		/* A header, the rows, and two empty lines between blocks. */
		assert_int_equal(count(text, "\n\n\n"), cases[i].blocks - 1);
		assert_int_equal(count(text, "\n"), (unsigned int)rows + 1 + 2 * (cases[i].blocks - 1));
		free(text);
	}
}

static void test_ideal(void **state)
{
	int rows;
	char *text = table("scaling", &suite, &rows), *at = strstr(text, "prefault=touch\t8\t");
	double value, lo, hi, ideal;

	(void)state;
	assert_non_null(at);
	assert_int_equal(sscanf(at, "prefault=touch\t8\t%lf\t%lf\t%lf\t%lf", &value, &lo, &hi, &ideal), 4);
	assert_true(lo < value && value < hi);
	assert_true(ideal == 8 * 3.4e10);
	free(text);
}

/* What a table says of records that are given as text. */
static char *table_of(const char *name, const char *records, int *rows, size_t *replaced)
{
	char path[] = "/tmp/tables-XXXXXX", *files[] = { path }, *text;
	int fd = mkstemp(path);
	struct hf_points points;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, records, strlen(records)), strlen(records));
	close(fd);
	assert_int_equal(hf_points_load(&points, files, 1), 0);
	unlink(path);
	text = table(name, &points, rows);
	*replaced = points.replaced;
	hf_points_free(&points);
	return text;
}

#define RUN(id) "{\"v\":1,\"type\":\"run\",\"run\":\"" id "\",\"label\":\"l\",\"bench\":\"b\",\"time\":1,\"boot\":\"x\"}\n"
#define PER_TASK(id)                                                                                                                       \
	"{\"v\":1,\"type\":\"run\",\"run\":\"" id "\",\"label\":\"l\",\"bench\":\"b\",\"time\":1,\"boot\":\"x\","                              \
	"\"descriptor\":{\"metrics\":[{\"name\":\"clear_Bps\",\"unit\":\"B/s\",\"per_task\":true}]}}\n"
#define SAMPLE(id, params, value)                                                                                                          \
	"{\"v\":1,\"type\":\"sample\",\"run\":\"" id "\",\"label\":\"l\",\"boot\":\"x\",\"time\":2,\"bench\":\"b\",\"params\":" params     \
	",\"better\":\"higher\",\"metric\":\"clear_Bps\",\"unit\":\"B/s\",\"value\":" value "}\n"

static void test_fields(void **state)
{
	size_t replaced;
	int rows;
	char *text;

	(void)state;
	/* What would end, quote or comment a field is not in it. */
	text = table_of("clearing", RUN("1") SAMPLE("1", "{\"p\":\"a\\tb\\nc\\\"#\"}", "1") SAMPLE("1", "{\"p\":\"d\"}", "2"), &rows,
			&replaced);
	assert_int_equal(rows, 2);
	assert_non_null(strstr(text, "\n1\tb p=a b c''\tclear_Bps\t1\tNaN\tNaN\tNaN\n"));
	free(text);
	/* The later of two samples counts, and the earlier is not forgotten silently. */
	text = table_of("clearing", RUN("1") SAMPLE("1", "{\"p\":1,\"q\":2}", "1") RUN("2") SAMPLE("2", "{\"q\":2,\"p\":1}", "7"), &rows,
			&replaced);
	assert_int_equal(rows, 1);
	assert_int_equal(replaced, 1);
	assert_non_null(strstr(text, "\n1\tb\tclear_Bps\t7\t"));
	free(text);
	/* Steps go by number of tasks, and without one task there is no ideal. */
	text = table_of("scaling", RUN("1") SAMPLE("1", "{\"tasks\":16}", "5") SAMPLE("1", "{\"tasks\":2}", "3"), &rows, &replaced);
	assert_int_equal(rows, 2);
	assert_non_null(strstr(text, "\t2\t3\tNaN\tNaN\tNaN\nb: clear_Bps\tdefault\t16\t5\t"));
	free(text);
	/* What is defined per task is shown for all of them. */
	text = table_of("scaling", PER_TASK("1") SAMPLE("1", "{\"tasks\":1}", "5") SAMPLE("1", "{\"tasks\":4}", "3"), &rows, &replaced);
	assert_int_equal(rows, 2);
	assert_non_null(strstr(text, "\t4\t12\tNaN\tNaN\t20\n"));
	free(text);
}

#define POINT(batch, value)                                                                                                                \
	"{\"v\":1,\"type\":\"sample\",\"run\":\"1\",\"label\":\"l\",\"boot\":\"x\",\"time\":2,\"bench\":\"b\",\"params\":{\"batch\":" batch            \
	"},\"better\":\"lower\",\"metric\":\"free_call_ns\",\"unit\":\"ns\",\"value\":" value ",\"lo\":8,\"hi\":16}\n"
#define FREE_RUN                                                                                                                           \
	"{\"v\":1,\"type\":\"run\",\"run\":\"1\",\"label\":\"l\",\"bench\":\"b\",\"time\":1,\"boot\":\"x\",\"descriptor\":{\"metrics\":[{\"name\":" \
	"\"free_call_ns\",\"unit\":\"ns\"}]}}\n"
#define SHARED(content, metric, value)                                                                                                     \
	"{\"v\":1,\"type\":\"sample\",\"run\":\"1\",\"label\":\"l\",\"boot\":\"x\",\"time\":2,\"bench\":\"b\",\"params\":{\"content\":\"" content   \
	"\"},\"better\":\"info\",\"metric\":\"" metric "\",\"unit\":\"1\",\"n\":4,\"value\":" value ",\"lo\":0.25,\"hi\":1}\n"

static void test_pool(void **state)
{
	size_t replaced;
	int rows;
	char *text;

	(void)state;
	/* Per page, with the line that has given the numbers: 100 + 10 a page. */
	text = table_of("cost", FREE_RUN POINT("8", "180") POINT("1", "110") POINT("64", "740"), &rows, &replaced);
	assert_int_equal(rows, 3);
	assert_non_null(strstr(text, "\nb: free_call_ns / batch\tdefault\t1\t110\t8\t16\t100\t10\n"));
	assert_non_null(strstr(text, "\tdefault\t8\t22.5\t1\t2\t100\t10\n"));
	free(text);
	/* Two batch sizes make no figure. */
	text = table_of("cost", FREE_RUN POINT("8", "180") POINT("1", "110"), &rows, &replaced);
	assert_int_equal(rows, 0);
	free(text);
	text = table_of("outcome",
			RUN("1") SHARED("slab", "success", "0.25") SHARED("slab", "ebusy", "0.75") SHARED("slab", "refused_ns", "5") SHARED("free", "success", "1"),
			&rows, &replaced);
	assert_int_equal(rows, 1);
	assert_non_null(strstr(text, "\nb content=slab\t0.25\t0.75\t0\t0\t0.25\t1\t4\tNaN\t5\n"));
	free(text);
}

static void test_no_data(void **state)
{
	static const char *const names[] = { "overview", "ecdf", "scaling", "race", "curve", "clearing", "cost", "buddy", "outcome" };
	size_t replaced;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		int rows;
		char *text = table_of(names[i], RUN("1"), &rows, &replaced);

		assert_int_equal(rows, 0);
		assert_string_equal(text, "");
		free(text);
	}
	assert_int_equal(hf_tables_write("no-such-figure", &suite, stderr), -ENOENT);
}

static int load(void **state)
{
	const char *top = getenv("TOP");
	char *files[] = { suite_path };

	(void)state;
	snprintf(suite_path, sizeof(suite_path), "%s/tests/data/suite.jsonl", top ? top : ".");
	return hf_points_load(&suite, files, 1);
}

static int unload(void **state)
{
	(void)state;
	hf_points_free(&suite);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_show),  cmocka_unit_test(test_points), cmocka_unit_test(test_curves),  cmocka_unit_test(test_tables),
		cmocka_unit_test(test_ideal), cmocka_unit_test(test_fields), cmocka_unit_test(test_pool),
		cmocka_unit_test(test_no_data),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
