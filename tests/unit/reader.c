// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of records: what it takes, what it refuses and how it says so. */
#include "compare/lib/reader.h"

#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "tests/unit/temp.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

#define RUN(id) "{\"v\":1,\"type\":\"run\",\"run\":\"" id "\",\"label\":\"l\",\"bench\":\"b\",\"time\":1,\"boot\":\"x\"}\n"
#define END(id) "{\"v\":1,\"type\":\"end\",\"run\":\"" id "\",\"status\":\"ok\",\"reasons\":[],\"restored\":true}\n"
/* A sample of run r1 with @more keys; metric and unit are among them. */
#define SAMPLE(more)                                                                                                                       \
	"{\"v\":1,\"type\":\"sample\",\"run\":\"r1\",\"label\":\"l\",\"boot\":\"x\",\"time\":2,\"bench\":\"b\",\"params\":{\"tasks\":2},"  \
	"\"better\":\"lower\"," more "}\n"
#define NS "\"metric\":\"m\",\"unit\":\"ns\",\"value\":5"

static void write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Reads the whole file. Return: samples, or -errno. */
static int read_all(struct hf_reader *rd, const char *name)
{
	struct hf_sample s;
	int n = 0, ret = hf_reader_open(rd, name);

	if (ret)
		return ret;
	while ((ret = hf_reader_next(rd, &s)) > 0) {
		n++;
		hf_reader_sample_free(&s);
	}
	return ret ? ret : n;
}

static void test_fields(void **state)
{
	const char *top = getenv("TOP");
	char file[4096];
	struct hf_reader *rd = hf_reader_new();
	const struct hf_run *run;
	struct hf_sample s;

	(void)state;
	snprintf(file, sizeof(file), "%s/tests/data/fields.jsonl", top ? top : ".");
	assert_int_equal(hf_reader_open(rd, file), 0);
	assert_int_equal(hf_reader_next(rd, &s), 1);
	assert_string_equal(s.metric, "m");
	assert_string_equal(hf_reader_pair(&s.params, "tasks"), "2");
	assert_true(s.value == 5 && s.n == 40 && s.lo == 4 && isnan(s.hi) && s.exact && s.p50 == 4.5 && isnan(s.p99));
	assert_true(s.n_reps == 3 && isnan(s.rep[1]) && s.rep[2] == 6);
	assert_true(s.better == HF_BETTER_LOWER);
	assert_true(s.perf.n == 1 && s.perf.at[0].value == 7);
	assert_true(s.vmstat.n == 1 && s.vmstat.at[0].value == -3);
	assert_true(s.n_bins == 2 && s.bin[1].index == 300 && s.bin[1].count == 39);
	hf_reader_sample_free(&s);
	assert_int_equal(hf_reader_next(rd, &s), 0);
	assert_int_equal(hf_reader_runs(rd), 1);
	run = hf_reader_run(rd, 0);
	assert_true(run->ended && !run->restored && run->time == 1.5 && run->seconds == 3);
	assert_string_equal(run->status, "fail");
	assert_string_equal(run->reasons.at[0], "why");
	assert_string_equal(run->kmsg.at[0], "BUG");
	assert_string_equal(hf_reader_pair(&run->host, "topology.cores"), "4");
	assert_string_equal(hf_reader_pair(&run->host, "hvo"), "");
	assert_null(hf_reader_pair(&run->host, "none"));
	assert_string_equal(run->origin, "su, te");
	assert_string_equal(run->paths.at[1], "p2");
	assert_string_equal(run->param[0].def, "2M");
	assert_string_equal(run->metric[0].source, "bps of q");
	assert_int_equal(run->n_warns, 2);
	assert_string_equal(run->warn[0].code, "unsteady");
	assert_string_equal(hf_reader_pair(&run->warn[0].params, "tasks"), "2");
	assert_string_equal(run->warn[1].text, "u");
	hf_reader_free(rd);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *error;
		int line;
	} bad[] = {
		{ "{\"v\":1,\n", "bad JSON", 1 },
		{ "\n", "bad JSON", 1 },
		{ "[1]\n", "must be a JSON object", 1 },
		{ RUN("r1") "{\"v\":1,\"v\":1}\n", "bad JSON", 2 },
		{ RUN("r1") SAMPLE("\"metric\":\"m\",\"unit\":\"ns\",\"value\":NaN"), "bad JSON", 2 },
		{ RUN("r1") SAMPLE("\"metric\":\"m\",\"unit\":\"ns\",\"value\":1e999"), "bad JSON", 2 },
		{ RUN("r1") SAMPLE("\"metric\":\"m\",\"unit\":\"ns\",\"value\":null"), "'value' must be a number", 2 },
		{ RUN("r1") SAMPLE("\"metric\":\"m\",\"unit\":\"ns\",\"value\":\"5\""), "'value' must be a number", 2 },
		{ RUN("r1") SAMPLE("\"metric\":\"m\",\"unit\":\"ns\""), "'value' is missing", 2 },
		{ RUN("r1") SAMPLE("\"metric\":\"m\",\"value\":5"), "'unit' is missing", 2 },
		{ RUN("r1") SAMPLE(NS ",\"n\":-1"), "'n' must be an integer", 2 },
		{ RUN("r1") SAMPLE(NS ",\"n\":1.5"), "'n' must be an integer", 2 },
		{ RUN("r1") SAMPLE(NS ",\"reps\":[1,true]"), "'reps' must be an array of numbers", 2 },
		{ RUN("r1") SAMPLE(NS ",\"hist\":{\"bits\":8,\"unit\":\"ns\",\"bins\":[]}"), "'bits' must be 7", 2 },
		{ RUN("r1") SAMPLE(NS ",\"hist\":{\"bits\":7,\"unit\":\"us\",\"bins\":[]}"), "unit is 'us'", 2 },
		{ RUN("r1") SAMPLE(NS ",\"hist\":{\"bits\":7,\"unit\":\"ns\",\"bins\":[[5,1],[5,1]]}"), "ascending", 2 },
		{ RUN("r1") SAMPLE(NS ",\"hist\":{\"bits\":7,\"unit\":\"ns\",\"bins\":[[5,0]]}"), "count above 0", 2 },
		{ RUN("r1") SAMPLE(NS ",\"hist\":{\"bits\":7,\"unit\":\"ns\",\"bins\":[[99999,1]]}"), "index below", 2 },
		{ RUN("r1") SAMPLE(NS) SAMPLE("\"metric\":\"m\",\"unit\":\"us\",\"value\":5"), "unit 'us' here and 'ns' before", 3 },
		{ "{\"v\":2,\"type\":\"run\",\"run\":\"r1\"}\n", "'v' must be 1", 1 },
		{ "{\"type\":\"run\",\"run\":\"r1\"}\n", "'v' is missing", 1 },
		{ RUN("r1") "{\"v\":1,\"type\":\"sampel\",\"run\":\"r1\"}\n", "'sampel' is not known", 2 },
		{ SAMPLE(NS) RUN("r1"), "sample before the 'run' line of run r1", 1 },
		{ RUN("r1") END("r1") SAMPLE(NS), "sample after the 'end' line of run r1", 3 },
		{ RUN("r1") END("r1") RUN("r1"), "run r1 begins a second time", 3 },
		{ RUN("r1") "{\"v\":1,\"type\":\"end\",\"run\":\"r1\",\"status\":\"good\"}\n", "'status' must be ok", 2 },
		{ RUN("r1") "{\"v\":1,\"type\":\"end\",\"run\":\"r1\",\"status\":\"ok\",\"reasons\":[1]}\n",
		  "'reasons' must be an array of strings", 2 },
		{ "{\"v\":1,\"type\":\"run\",\"run\":\"r1\",\"label\":null,\"bench\":\"b\",\"time\":1,\"boot\":\"x\"}\n",
		  "'label' must be a string", 1 },
		{ RUN("r1") "{\"v\":1,\"type\":\"sample\",\"run\":\"r1\",\"label\":\"l\",\"boot\":\"x\",\"time\":2,\"bench\":\"c\","
			    "\"params\":{},\"better\":\"lower\"," NS "}\n",
		  "bench is 'c', its run's is 'b'", 2 },
		{ RUN("r1") "{\"v\":1,\"type\":\"sample\",\"run\":\"r1\",\"label\":\"l\",\"boot\":\"x\",\"time\":2,\"bench\":\"b\","
			    "\"params\":{},\"better\":\"up\"," NS "}\n",
		  "'better' must be lower, higher or info", 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct hf_reader *rd = hf_reader_new();
		char where[64];
		int ret;

		write_file(bad[i].text);
		ret = read_all(rd, path);
		snprintf(where, sizeof(where), "%s:%d: ", path, bad[i].line);
		if (ret != -EBADMSG || !strstr(hf_reader_error(rd), bad[i].error) ||
		    strncmp(hf_reader_error(rd), where, strlen(where)) != 0)
			fail_msg("case %zu: %d, '%s' instead of '%s%s'", i, ret, hf_reader_error(rd), where, bad[i].error);
		hf_reader_free(rd);
	}
}

static void test_broken_run(void **state)
{
	struct hf_reader *rd = hf_reader_new();

	(void)state;
	write_file(RUN("r0") END("r0") RUN("r1") SAMPLE(NS));
	assert_int_equal(read_all(rd, path), 1);
	assert_int_equal(hf_reader_runs(rd), 2);
	assert_string_equal(hf_reader_run(rd, 0)->status, "ok");
	assert_string_equal(hf_reader_run(rd, 1)->status, "broken");
	assert_false(hf_reader_run(rd, 1)->ended);
	/* The same file once more is the same runs twice. */
	assert_int_equal(read_all(rd, path), -EBADMSG);
	assert_int_equal(hf_reader_runs(rd), 2);
	hf_reader_free(rd);
}

static void test_no_file(void **state)
{
	struct hf_reader *rd = hf_reader_new();

	(void)state;
	assert_int_equal(read_all(rd, "/no/such/file"), -ENOENT);
	assert_string_equal(hf_reader_error(rd), "/no/such/file: No such file or directory");
	assert_int_equal(read_all(rd, "/tmp"), -EISDIR);
	write_file("");
	assert_int_equal(read_all(rd, path), 0);
	hf_reader_free(rd);
}

/* Samples do not stay behind: the size of the file does not matter. */
static void test_streaming(void **state)
{
	struct hf_reader *rd = hf_reader_new();
	FILE *f = fopen(path, "w");
	size_t before;

	(void)state;
	assert_non_null(f);
	fputs(RUN("r1"), f);
	for (int i = 0; i < 2000; i++) {
		fputs("{\"v\":1,\"type\":\"sample\",\"run\":\"r1\",\"label\":\"l\",\"boot\":\"x\",\"time\":2,\"bench\":\"b\",\"params\":{},"
		      "\"better\":\"lower\"," NS ",\"hist\":{\"bits\":7,\"unit\":\"ns\",\"bins\":[[0,1]",
		      f);
		for (int b = 1; b < 200; b++)
			fprintf(f, ",[%d,%d]", b, i + 1);
		fputs("]}}\n", f);
	}
	assert_int_equal(fclose(f), 0);
	before = mallinfo2().uordblks;
	assert_int_equal(read_all(rd, path), 2000);
	assert_true(mallinfo2().uordblks < before + (256 << 10));
	hf_reader_free(rd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),	cmocka_unit_test(test_refused),	  cmocka_unit_test(test_broken_run),
		cmocka_unit_test(test_no_file), cmocka_unit_test(test_streaming),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
