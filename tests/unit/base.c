// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/base: parsing, random numbers, small files, JSON, names of errors. */
#include <errno.h>
#include <fcntl.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/rand.h"
#include "tests/unit/fake.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

struct number {
	const char *text;
	int result;
	uint64_t value;
};

static void parse_all(const struct number *t, size_t n, int (*parse)(const char *, uint64_t, uint64_t, uint64_t *), uint64_t min,
		      uint64_t max)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t v = 77;

		if (parse(t[i].text, min, max, &v) != t[i].result || v != (t[i].result ? 77 : t[i].value))
			fail_msg("\"%s\"", t[i].text);
	}
}

static void test_u64(void **state)
{
	static const struct number any[] = {
		{ "0", 0, 0 },
		{ "007", 0, 7 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "0xfF", 0, 255 },
		{ "0X10", 0, 16 },
		{ "", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1k", -EINVAL, 0 },
		{ "0x", -EINVAL, 0 },
		{ "0xg", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "1\n", -EINVAL, 0 },
		{ "0x1ffffffffffffffff", -ERANGE, 0 },
	};
	static const struct number some[] = { { "9", -ERANGE, 0 }, { "10", 0, 10 }, { "20", 0, 20 }, { "21", -ERANGE, 0 } };

	(void)state;
	parse_all(any, COUNT(any), hf_parse_u64, 0, UINT64_MAX);
	parse_all(some, COUNT(some), hf_parse_u64, 10, 20);
}

static void test_size(void **state)
{
	static const struct number t[] = {
		{ "4097", 0, 4097 },
		{ "2M", 0, 2 << 20 },
		{ "1g", 0, 1 << 30 },
		{ "3k", 0, 3072 },
		{ "16777215T", 0, 16777215ULL << 40 },
		{ "0x10K", 0, 16384 },
		{ "16777216T", -ERANGE, 0 },
		{ "3M7", -EINVAL, 0 },
		{ "2MB", -EINVAL, 0 },
		{ "2 M", -EINVAL, 0 },
		{ "M", -EINVAL, 0 },
		{ "1.5M", -EINVAL, 0 },
		{ "-2M", -EINVAL, 0 },
		{ "2X", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
	};
	static const struct number some[] = { { "4K", 0, 4096 }, { "4095", -ERANGE, 0 }, { "8K", 0, 8192 }, { "9K", -ERANGE, 0 } };

	(void)state;
	parse_all(t, COUNT(t), hf_parse_size, 0, UINT64_MAX);
	parse_all(some, COUNT(some), hf_parse_size, 4096, 8192);
}

static void test_show_size(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} t[] = { { 0, "0" },
		  { 4097, "4097" },
		  { 2 << 20, "2M" },
		  { 1 << 30, "1G" },
		  { 1536 << 10, "1536K" },
		  { 5ULL << 50, "5120T" },
		  { UINT64_MAX, "18446744073709551615" } };

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		uint64_t back;
		char buf[24];

		assert_string_equal(hf_parse_show_size(t[i].bytes, buf, sizeof(buf)), t[i].text);
		assert_int_equal(hf_parse_size(buf, 0, UINT64_MAX, &back), 0);
		assert_true(back == t[i].bytes);
	}
}

static void test_ns(void **state)
{
	static const struct number t[] = {
		{ "2", 0, 2000000000 },	 { "1.5", 0, 1500000000 }, { "10ns", 0, 10 },	      { "10us", 0, 10000 },
		{ "0.25ms", 0, 250000 }, { ".5s", 0, 500000000 },  { "2m", 0, 120000000000 }, { "1h", 0, 3600000000000 },
		{ "0", 0, 0 },		 { "1d", -EINVAL, 0 },	   { "", -EINVAL, 0 },	      { "s", -EINVAL, 0 },
		{ "-1s", -EINVAL, 0 },	 { "nan", -EINVAL, 0 },	   { "inf", -EINVAL, 0 },     { "1 s", -EINVAL, 0 },
		{ "1s ", -EINVAL, 0 },	 { "1e400", -ERANGE, 0 },  { "1e10h", -ERANGE, 0 },   { ".", -EINVAL, 0 },
	};
	static const struct number some[] = { { "1us", 0, 1000 }, { "999ns", -ERANGE, 0 }, { "1.001us", -ERANGE, 0 } };

	(void)state;
	parse_all(t, COUNT(t), hf_parse_ns, 0, UINT64_MAX);
	parse_all(some, COUNT(some), hf_parse_ns, 1000, 1000);
}

static void test_double(void **state)
{
	static const struct {
		const char *text;
		int result;
		double value;
	} t[] = {
		{ "0.25", 0, 0.25 },   { "-1", 0, -1 },	      { "1e1", 0, 10 },	    { "11", -ERANGE, 0 }, { "-1.1", -ERANGE, 0 },
		{ "nan", -EINVAL, 0 }, { "inf", -EINVAL, 0 }, { "", -EINVAL, 0 },   { "-", -EINVAL, 0 },  { "--1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },  { "1,5", -EINVAL, 0 }, { "1x", -EINVAL, 0 }, { " 1", -EINVAL, 0 }, { "-nan", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		double v = 77;

		assert_int_equal(hf_parse_double(t[i].text, -1, 10, &v), t[i].result);
		assert_true(v == (t[i].result ? 77 : t[i].value));
	}
}

static void test_bool(void **state)
{
	static const char *const yes[] = { "on", "yes", "true", "1" }, *const no[] = { "off", "no", "false", "0" },
				 *const neither[] = { "", "ON", "y", "2", "on ", "01" };
	bool v;

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++) {
		v = false;
		assert_int_equal(hf_parse_bool(yes[i], &v), 0);
		assert_true(v);
		assert_int_equal(hf_parse_bool(no[i], &v), 0);
		assert_false(v);
	}
	for (size_t i = 0; i < COUNT(neither); i++)
		assert_int_equal(hf_parse_bool(neither[i], &v), -EINVAL);
}

static void test_cpulist(void **state)
{
	static const struct {
		const char *text;
		int result;
		unsigned int cpu[8];
	} t[] = {
		{ "0-3,7", 5, { 0, 1, 2, 3, 7 } },
		{ "7,0", 2, { 7, 0 } },
		{ "5\n", 1, { 5 } },
		{ "", 0, { 0 } },
		{ "\n", 0, { 0 } },
		{ "0-7", 8, { 0, 1, 2, 3, 4, 5, 6, 7 } },
		{ "0-8", -ERANGE, { 0 } },
		{ "3-1", -EINVAL, { 0 } },
		{ "1,", -EINVAL, { 0 } },
		{ ",1", -EINVAL, { 0 } },
		{ "1-", -EINVAL, { 0 } },
		{ "1;2", -EINVAL, { 0 } },
		{ "all", -EINVAL, { 0 } },
		{ "0-99999999999", -EINVAL, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		unsigned int cpu[9];

		cpu[8] = 77;
		assert_int_equal(hf_parse_cpulist(t[i].text, cpu, 8), t[i].result);
		for (int c = 0; c < t[i].result; c++)
			assert_int_equal(cpu[c], t[i].cpu[c]);
		assert_int_equal(cpu[8], 77);
	}
}

static void test_rand_vectors(void **state)
{
	/* xoshiro256** from state 1, 2, 3, 4: the authors' reference implementation, as published with several libraries */
	static const uint64_t x256[] = { 11520,
					 0,
					 1509978240,
					 1215971899390074240,
					 1216172134540287360,
					 607988272756665600,
					 16172922978634559625ULL,
					 8476171486693032832,
					 10595114339597558777ULL,
					 2904607092377533576 };
	/* splitmix64 from 1234567, which fills the state; 0xe220a8397b1dcdaf is its first output from 0 */
	static const uint64_t split[] = { 6457827717110365317, 3203168211198807973, 9817491932198370423ULL, 4593380528125082431 };
	struct hf_rand r = { { 1, 2, 3, 4 } };

	(void)state;
	for (size_t i = 0; i < COUNT(x256); i++)
		assert_true(hf_rand_next(&r) == x256[i]);
	hf_rand_seed(&r, 0, 0xe220a8397b1dcdafULL ^ 1234567);
	for (size_t i = 0; i < COUNT(split); i++)
		assert_true(r.s[i] == split[i]);
}

static void test_rand_streams(void **state)
{
	struct hf_rand a, b;

	(void)state;
	hf_rand_seed(&a, 42, 1);
	hf_rand_seed(&b, 42, 1);
	for (int i = 0; i < 100; i++)
		assert_true(hf_rand_next(&a) == hf_rand_next(&b));
	hf_rand_seed(&b, 42, 2);
	assert_true(hf_rand_next(&a) != hf_rand_next(&b));
	hf_rand_seed(&a, 43, 2);
	hf_rand_seed(&b, 42, 2);
	assert_true(hf_rand_next(&a) != hf_rand_next(&b));
	assert_true(hf_rand_fresh() != hf_rand_fresh());
	assert_true(hf_rand_fresh() <= INT64_MAX);
}

/* Seeded, so the same outcome every time: chi-square with n - 1 degrees of freedom, limits at 0.1 % and 99.9 %. */
static void test_rand_below(void **state)
{
	static const struct {
		uint64_t n;
		double lo, hi;
	} t[] = { { 2, 0.0000016, 10.83 }, { 7, 0.381, 22.46 }, { 10, 1.152, 27.88 }, { 64, 34.6, 103.4 } };
	struct hf_rand r;

	(void)state;
	hf_rand_seed(&r, 7, 0);
	for (size_t k = 0; k < COUNT(t); k++) {
		double count[64] = { 0 }, expect = 100000 / (double)t[k].n, chi2 = 0;

		for (int i = 0; i < 100000; i++) {
			uint64_t v = hf_rand_below(&r, t[k].n);

			assert_true(v < t[k].n);
			count[v]++;
		}
		for (uint64_t v = 0; v < t[k].n; v++)
			chi2 += (count[v] - expect) * (count[v] - expect) / expect;
		if (chi2 < t[k].lo || chi2 > t[k].hi)
			fail_msg("n %d: chi-square %f", (int)t[k].n, chi2);
	}
	/* 3/4 of the range: a modulo would favour the lowest third two to one, a product without rejection every third value */
	{
		const uint64_t n = 3ULL << 62;
		int part[3] = { 0 }, third[3] = { 0 };

		for (int i = 0; i < 30000; i++) {
			uint64_t v = hf_rand_below(&r, n);

			assert_true(v < n);
			part[v >> 62]++;
			third[v % 3]++;
		}
		for (int i = 0; i < 3; i++) { /* 10000 and five standard deviations */
			assert_in_range(part[i], 9600, 10400);
			assert_in_range(third[i], 9600, 10400);
		}
	}
	for (int i = 0; i < 100; i++)
		assert_int_equal(hf_rand_below(&r, 1), 0);
}

static void test_file(void **state)
{
	char buf[64], big[PATH_MAX + 16], *text, **names;
	uint64_t v = 0;
	int fd;

	(void)state;
	fake_write("/proc/sys/vm/x", "12\n\n");
	assert_int_equal(hf_file_read("/proc/sys/vm/x", buf, sizeof(buf)), 2);
	assert_string_equal(buf, "12");
	assert_int_equal(hf_file_read("/proc/sys/vm/x", buf, 5), 2);
	assert_int_equal(hf_file_read("/proc/sys/vm/x", buf, 4), -EFBIG);
	assert_int_equal(hf_file_read("/proc/none", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(hf_file_read_u64("/proc/sys/vm/x", &v), 0);
	assert_true(v == 12);
	fake_write("/proc/sys/vm/y", "12 13\n");
	assert_int_equal(hf_file_read_u64("/proc/sys/vm/y", &v), -EINVAL);
	fake_write("/proc/empty", "");
	assert_int_equal(hf_file_read("/proc/empty", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");

	assert_int_equal(hf_file_write("/proc/sys/vm/x", "34"), 0);
	fake_expect("/proc/sys/vm/x", "34\n\n");
	assert_int_equal(hf_file_write("/proc/none", "1"), -ENOENT);
	assert_int_equal(hf_file_write("/proc/sys", "1"), -EISDIR);

	fake_write("/sys/choice", "always [madvise] never\n");
	assert_string_equal(hf_file_word("/sys/choice", buf, sizeof(buf)), "madvise");
	fake_write("/sys/choice", "a [b\n");
	assert_string_equal(hf_file_word("/sys/choice", buf, sizeof(buf)), "a [b");
	assert_null(hf_file_word("/sys/none", buf, sizeof(buf)));
	fake_write("/sys/dir/node10", "");
	fake_write("/sys/dir/node9", "");
	fake_write("/sys/dir/node", "");
	fake_write("/sys/dir/nodes", "");
	assert_int_equal(hf_file_numbered("/sys/dir", "node", &names), 2);
	assert_string_equal(names[0], "node9");
	assert_string_equal(names[1], "node10");
	free(names);
	assert_int_equal(hf_file_numbered("/sys/none", "node", &names), 0);
	assert_null(names);

	fd = hf_file_open("/proc/sys/vm/x", O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	assert_int_equal(hf_file_open("/proc/none", O_RDONLY), -ENOENT);

	memset(big, 'x', sizeof(big));
	big[0] = '/';
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(hf_file_open(big, O_RDONLY), -ENAMETOOLONG);
	assert_null(hf_file_path("/abc", buf, 4));
	unsetenv("HF_SYSROOT");
	assert_string_equal(hf_file_path("/abc", buf, 5), "/abc");
	assert_null(hf_file_path("/abc", buf, 4));
	setenv("HF_SYSROOT", fake_root, 1);

	text = malloc(300001); /* longer than the first two buffers */
	assert_non_null(text);
	memset(text, 'a', 300000);
	text[150000] = '\n';
	text[300000] = '\0';
	fake_write("/proc/long", text);
	{
		char *all = NULL;

		assert_int_equal(hf_file_slurp("/proc/long", &all), 300000);
		assert_string_equal(all, text);
		free(all);
		assert_int_equal(hf_file_slurp("/proc/none", &all), -ENOENT);
	}
	free(text);
}

static void test_json(void **state)
{
	struct hf_json *doc = hf_json_object(), *o, *a;
	char *text;

	(void)state;
	hf_json_int(doc, "v", 1);
	hf_json_str(doc, "a quote", "\"\\\n");
	hf_json_str(doc, "utf8", "caf\xc3\xa9");
	hf_json_str(doc, "not utf8", "caf\xe9!");
	hf_json_str(doc, "none", NULL);
	hf_json_num(doc, "num", 0.1);
	hf_json_num(doc, "nan", 0.0 / 0.0);
	hf_json_num(doc, "inf", -1.0 / 0.0);
	hf_json_int(doc, "int", INT64_MIN);
	hf_json_bool(doc, "bool", true);
	hf_json_null(doc, "null");
	hf_json_raw(doc, "raw", "[1,{\"x\":\"y\"}]");
	hf_json_raw(doc, "broken", "[1,");
	o = hf_json_add_object(doc, "o");
	hf_json_int(o, "z", 1);
	hf_json_int(o, "y", 2);
	a = hf_json_add_array(doc, "a");
	hf_json_int(a, NULL, 3);
	hf_json_int(hf_json_add_object(a, NULL), "k", 4);
	hf_json_int(hf_json_add_array(a, NULL), NULL, 5);
	hf_json_int(doc, "v", 2); /* keeps its place */
	text = hf_json_text(doc);
	assert_string_equal(
		text, "{\"v\":2,\"a quote\":\"\\\"\\\\\\n\",\"utf8\":\"caf\xc3\xa9\",\"not utf8\":\"caf?!\",\"none\":null,\"num\":0.1,"
		      "\"nan\":null,\"inf\":null,\"int\":-9223372036854775808,\"bool\":true,\"null\":null,"
		      "\"raw\":[1,{\"x\":\"y\"}],\"broken\":null,\"o\":{\"z\":1,\"y\":2},\"a\":[3,{\"k\":4},[5]]}");
	free(text);
	hf_json_free(doc);
	hf_json_free(NULL);
	assert_null(hf_json_text(NULL));
}

static void test_err(void **state)
{
	(void)state;
	assert_string_equal(hf_err_name(ENOMEM), "ENOMEM");
	assert_string_equal(hf_err_name(-EBUSY), "EBUSY");
	assert_string_equal(hf_err_name(99999), "E?");
	assert_string_equal(hf_err_status(HF_EXIT_OK), "ok");
	assert_string_equal(hf_err_status(HF_EXIT_FAIL), "fail");
	assert_string_equal(hf_err_status(HF_EXIT_USAGE), "usage");
	assert_string_equal(hf_err_status(HF_EXIT_BROKEN), "broken");
	assert_string_equal(hf_err_status(HF_EXIT_SKIP), "skip");
	assert_string_equal(hf_err_status(139), "broken");
	assert_string_equal(hf_err_status(-1), "broken");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_show_size),
		cmocka_unit_test(test_ns),
		cmocka_unit_test(test_double),
		cmocka_unit_test(test_bool),
		cmocka_unit_test(test_cpulist),
		cmocka_unit_test(test_rand_vectors),
		cmocka_unit_test(test_rand_streams),
		cmocka_unit_test(test_rand_below),
		cmocka_unit_test_setup_teardown(test_file, fake_setup, fake_teardown),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_err),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
