// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing JSON through jansson: the library's only user of it. A struct hf_json * is a json_t * that jansson owns. */
#include "base/json.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *in(struct hf_json *j)
{
	return (json_t *)j;
}

static struct hf_json *out(json_t *j)
{
	return (struct hf_json *)j;
}

/* Takes over @value, which may be NULL (out of memory): nothing is set then. */
static struct hf_json *add(struct hf_json *at, const char *key, json_t *value)
{
	if (!at || !value) {
		json_decref(value);
		return NULL;
	}
	if (key)
		return json_object_set_new(in(at), key, value) ? NULL : out(value);
	return json_array_append_new(in(at), value) ? NULL : out(value);
}

struct hf_json *hf_json_object(void)
{
	return out(json_object());
}

void hf_json_free(struct hf_json *doc)
{
	json_decref(in(doc));
}

struct hf_json *hf_json_add_object(struct hf_json *at, const char *key)
{
	return add(at, key, json_object());
}

struct hf_json *hf_json_add_array(struct hf_json *at, const char *key)
{
	return add(at, key, json_array());
}

void hf_json_str(struct hf_json *at, const char *key, const char *value)
{
	json_t *j = value ? json_string(value) : json_null();

	if (!j) { /* not UTF-8 (a kernel file may hold anything): keep the ASCII part */
		char *s = strdup(value);

		for (char *p = s; p && *p; p++)
			if (*p & 0x80)
				*p = '?';
		j = s ? json_string(s) : NULL;
		free(s);
	}
	add(at, key, j);
}

void hf_json_int(struct hf_json *at, const char *key, int64_t value)
{
	add(at, key, json_integer(value));
}

void hf_json_num(struct hf_json *at, const char *key, double value)
{
	add(at, key, isfinite(value) ? json_real(value) : json_null());
}

void hf_json_bool(struct hf_json *at, const char *key, bool value)
{
	add(at, key, json_boolean(value));
}

void hf_json_null(struct hf_json *at, const char *key)
{
	add(at, key, json_null());
}

void hf_json_raw(struct hf_json *at, const char *key, const char *text)
{
	json_t *j = json_loads(text, JSON_DECODE_ANY, NULL);

	add(at, key, j ? j : json_null());
}

char *hf_json_text(const struct hf_json *doc)
{
	return doc ? json_dumps((const json_t *)doc, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
}

int hf_json_print(struct hf_json *doc, FILE *f)
{
	char *text = hf_json_text(doc);

	hf_json_free(doc);
	if (!text)
		return -ENOMEM;
	fprintf(f, "%s\n", text);
	free(text);
	return 0;
}
