// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: any bytes as a file of records. The scanner takes what jansson takes, and both find the same values; what the reader lets through goes
 * on to a comparison of its boots with each other, in every format. `make fuzz` runs it.
 */
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compare/lib/print.h"
#include "compare/lib/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct hf_scan_node *a, const json_t *b)
{
	const char *key;
	json_t *v;
	size_t i;

	switch (json_typeof(b)) {
	case JSON_OBJECT:
		if (a->type != HF_SCAN_OBJECT || a->n != json_object_size(b))
			abort();
		json_object_foreach((json_t *)b, key, v) same(hf_scan_get(a, key, NULL), v);
		break;
	case JSON_ARRAY:
		if (a->type != HF_SCAN_ARRAY || a->n != json_array_size(b))
			abort();
		i = 0;
		hf_scan_each(e, a) same(e, json_array_get(b, i++));
		break;
	case JSON_STRING:
		if (a->type != HF_SCAN_STRING || strcmp(a->text, json_string_value(b)) != 0)
			abort();
		break;
	case JSON_INTEGER:
		if (a->type != HF_SCAN_INTEGER || a->integer != json_integer_value(b))
			abort();
		break;
	case JSON_REAL:
		if (a->type != HF_SCAN_REAL || fabs(a->real - json_real_value(b)) > 0)
			abort();
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		if (a->type != (json_is_true(b) ? HF_SCAN_TRUE : HF_SCAN_FALSE))
			abort();
		break;
	case JSON_NULL:
		if (a->type != HF_SCAN_NULL)
			abort();
	}
}

static void scan(const uint8_t *data, size_t size)
{
	static struct hf_scan s;
	json_error_t why;
	char *text = malloc(size + 1);
	json_t *json;
	int err;

	if (!text)
		return;
	memcpy(text, data, size);
	err = hf_scan_text(&s, text, size);
	json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	/* jansson 2.14 takes a zero byte behind a number for a blank, numbers too small for a double for 0, and nests deeper; yajl
	 * refuses INT64_MIN, and takes UTF-8 that is longer than it need be */
	if (err && json && strcmp(s.error, "nested too deeply") != 0 && !strstr(s.error, "overflow") && !memchr(data, 0, size))
		abort();
	if (!err && json)
		same(s.node, json);
	json_decref(json);
	free(text);
	hf_scan_free(&s);
}

static void compare(const char *path)
{
	static const struct hf_judge_options options = { .sesoi = 0.02, .tail_sesoi = 0.1, .gate = true };
	static FILE *null;
	struct hf_trial trial = { .controlled = true };
	struct hf_sides sides;

	if (!null)
		null = fopen("/dev/null", "w");
	if (!null || hf_sides_init(&sides, NULL, 0))
		abort();
	if (!hf_sides_add(&sides, path, false) && !hf_units_split(&sides, 1) && !hf_sides_finish(&sides)) {
		hf_judge_run(&sides, &options, &trial.judge);
		for (int format = 0; format < HF_PRINT_FORMATS; format++)
			hf_print_trial(&trial, (enum hf_print_format)format, true, null);
		hf_judge_free(&trial.judge);
	}
	hf_sides_free(&sides);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[32];

	if (fd < 0) {
		fd = memfd_create("records", 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	scan(data, size);
	compare(path);
	return 0;
}
