// SPDX-License-Identifier: GPL-2.0-or-later
/* Fields of JSON objects. */
#include "compare/lib/field.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/lib/scan.h"

#define CHUNK 1024 /* least to allocate at once */

/* What a run or a sample owns: chunks that end together. */
struct hf_field_mem {
	struct hf_field_mem *next;
	size_t used, room;
	max_align_t data[];
};

int hf_field_fail(struct hf_field_fault *fault, const char *fmt, ...)
{
	va_list ap;
	int n = 0;

	if (fault->err)
		return fault->err;
	fault->err = -EBADMSG;
	if (fault->line)
		n = snprintf(fault->text, sizeof(fault->text), "%s:%zu: ", fault->path, fault->line);
	if (n < 0 || (size_t)n >= sizeof(fault->text))
		return fault->err;
	va_start(ap, fmt);
	vsnprintf(fault->text + n, sizeof(fault->text) - (size_t)n, fmt, ap);
	va_end(ap);
	return fault->err;
}

int hf_field_no_memory(struct hf_field_fault *fault)
{
	hf_field_fail(fault, "out of memory");
	return fault->err = -ENOMEM;
}

void *hf_field_take(struct hf_field_fault *fault, struct hf_field_mem **mem, size_t size)
{
	struct hf_field_mem *m = *mem;
	const size_t align = sizeof(max_align_t);
	void *data;

	size = (size + align - 1) / align * align;
	if (!m || m->room - m->used < size) {
		size_t room = size > CHUNK ? size : CHUNK;

		m = calloc(1, sizeof(*m) + room);
		if (!m) {
			hf_field_no_memory(fault);
			return NULL;
		}
		m->room = room;
		m->next = *mem;
		*mem = m;
	}
	data = (char *)m->data + m->used;
	m->used += size;
	return data;
}

void hf_field_free(struct hf_field_mem **mem)
{
	while (*mem) {
		struct hf_field_mem *m = *mem;

		*mem = m->next;
		free(m);
	}
}

char *hf_field_copy(struct hf_field_fault *fault, struct hf_field_mem **mem, const char *s)
{
	static char none[] = "";
	char *t = *s ? hf_field_take(fault, mem, strlen(s) + 1) : NULL;

	return t ? strcpy(t, s) : none;
}

const struct hf_scan_node *hf_field_get(struct hf_field_obj *o, const char *key, enum hf_field_need need)
{
	const struct hf_scan_node *v = o->fault->err ? NULL : hf_scan_get(o->json, key, o->next);

	if (v)
		o->next = v + v->span;
	if (v && v->type == HF_SCAN_NULL && need == HF_FIELD_MAY)
		return NULL;
	if (!v && need == HF_FIELD_MUST)
		hf_field_fail(o->fault, "%s: '%s' is missing", o->what, key);
	return v;
}

int hf_field_wrong(const struct hf_field_obj *o, const char *key, const char *due)
{
	return hf_field_fail(o->fault, "%s: '%s' must be %s", o->what, key, due);
}

static bool is(const struct hf_scan_node *v, enum hf_scan_type type)
{
	return v && v->type == type;
}

static bool is_number(const struct hf_scan_node *v)
{
	return is(v, HF_SCAN_INTEGER) || is(v, HF_SCAN_REAL);
}

static double number(const struct hf_scan_node *v)
{
	return v->type == HF_SCAN_INTEGER ? (double)v->integer : v->real;
}

char *hf_field_str(struct hf_field_obj *o, const char *key, enum hf_field_need need)
{
	const struct hf_scan_node *v = hf_field_get(o, key, need);

	if (v && !is(v, HF_SCAN_STRING))
		hf_field_wrong(o, key, "a string");
	return hf_field_copy(o->fault, o->mem, is(v, HF_SCAN_STRING) ? v->text : "");
}

double hf_field_num(struct hf_field_obj *o, const char *key, enum hf_field_need need)
{
	const struct hf_scan_node *v = hf_field_get(o, key, need);

	if (!v)
		return NAN;
	if (!is_number(v)) {
		hf_field_wrong(o, key, "a number");
		return NAN;
	}
	return number(v);
}

uint64_t hf_field_count(struct hf_field_obj *o, const char *key)
{
	const struct hf_scan_node *v = hf_field_get(o, key, HF_FIELD_MAY);

	if (!v)
		return 0;
	if (!is(v, HF_SCAN_INTEGER) || v->integer < 0) {
		hf_field_wrong(o, key, "an integer, 0 or more");
		return 0;
	}
	return (uint64_t)v->integer;
}

bool hf_field_bool(struct hf_field_obj *o, const char *key, bool absent)
{
	const struct hf_scan_node *v = hf_field_get(o, key, HF_FIELD_MAY);

	if (!v)
		return absent;
	if (!is(v, HF_SCAN_TRUE) && !is(v, HF_SCAN_FALSE))
		hf_field_wrong(o, key, "true or false");
	return is(v, HF_SCAN_TRUE);
}

static void write_list(FILE *f, const struct hf_scan_node *list);

/* Any value as people would write it: a string as it is, null as nothing, "[1, 2]". */
static void write_value(FILE *f, const struct hf_scan_node *v)
{
	switch (v->type) {
	case HF_SCAN_NULL:
		break;
	case HF_SCAN_FALSE:
	case HF_SCAN_TRUE:
		fputs(v->type == HF_SCAN_TRUE ? "true" : "false", f);
		break;
	case HF_SCAN_INTEGER:
		fprintf(f, "%lld", (long long)v->integer);
		break;
	case HF_SCAN_REAL:
		fprintf(f, "%.12g", v->real);
		break;
	case HF_SCAN_STRING:
		fputs(v->text, f);
		break;
	case HF_SCAN_ARRAY:
	case HF_SCAN_OBJECT:
		write_list(f, v);
	}
}

static void write_list(FILE *f, const struct hf_scan_node *list)
{
	const char *between = "";

	fputc(list->type == HF_SCAN_ARRAY ? '[' : '{', f);
	hf_scan_each(v, list)
	{
		fprintf(f, "%s%s%s", between, v->key ? v->key : "", v->key ? ": " : "");
		write_value(f, v);
		between = ", ";
	}
	fputc(list->type == HF_SCAN_ARRAY ? ']' : '}', f);
}

static char *as_text(const struct hf_field_obj *o, const struct hf_scan_node *v)
{
	char buf[32], *text = NULL, *kept;
	size_t len;
	FILE *f;

	if (!v || v->type == HF_SCAN_NULL)
		return hf_field_copy(o->fault, o->mem, "");
	if (v->type == HF_SCAN_STRING)
		return hf_field_copy(o->fault, o->mem, v->text);
	if (v->type == HF_SCAN_INTEGER) {
		snprintf(buf, sizeof(buf), "%lld", (long long)v->integer);
		return hf_field_copy(o->fault, o->mem, buf);
	}
	f = open_memstream(&text, &len);
	if (f)
		write_value(f, v);
	if (!f || fclose(f))
		hf_field_no_memory(o->fault);
	kept = hf_field_copy(o->fault, o->mem, text ? text : "");
	free(text);
	return kept;
}

static size_t count_leaves(const struct hf_scan_node *object)
{
	size_t n = 0;

	hf_scan_each(v, object) n += v->type == HF_SCAN_OBJECT ? count_leaves(v) : 1;
	return n;
}

static void add_leaves(const struct hf_field_obj *o, const struct hf_scan_node *object, const char *prefix, struct hf_pairs *pairs)
{
	hf_scan_each(v, object)
	{
		char name[256];

		snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "." : "", v->key);
		if (v->type == HF_SCAN_OBJECT) {
			add_leaves(o, v, name, pairs);
			continue;
		}
		pairs->at[pairs->n].name = hf_field_copy(o->fault, o->mem, name);
		pairs->at[pairs->n++].text = as_text(o, v);
	}
}

struct hf_pairs hf_field_pairs(struct hf_field_obj *o, const char *key, enum hf_field_need need)
{
	const struct hf_scan_node *v = hf_field_get(o, key, need);
	struct hf_pairs pairs = { NULL, 0 };

	if (v && !is(v, HF_SCAN_OBJECT))
		hf_field_wrong(o, key, "an object");
	if (!is(v, HF_SCAN_OBJECT))
		return pairs;
	pairs.at = hf_field_take(o->fault, o->mem, (count_leaves(v) + 1) * sizeof(*pairs.at));
	if (pairs.at)
		add_leaves(o, v, "", &pairs);
	return pairs;
}

const struct hf_scan_node *hf_field_array(struct hf_field_obj *o, const char *key, enum hf_field_need need)
{
	const struct hf_scan_node *v = hf_field_get(o, key, need);

	if (v && v->type != HF_SCAN_NULL && !is(v, HF_SCAN_ARRAY))
		hf_field_wrong(o, key, "an array");
	return is(v, HF_SCAN_ARRAY) ? v : NULL;
}

struct hf_texts hf_field_texts(struct hf_field_obj *o, const char *key)
{
	const struct hf_scan_node *list = hf_field_array(o, key, HF_FIELD_MAY);
	struct hf_texts texts = { NULL, 0 };

	if (!list)
		return texts;
	texts.at = hf_field_take(o->fault, o->mem, (list->n + 1) * sizeof(*texts.at));
	if (!texts.at)
		return texts;
	hf_scan_each(v, list)
	{
		if (!is(v, HF_SCAN_STRING))
			hf_field_wrong(o, key, "an array of strings");
		texts.at[texts.n++] = as_text(o, v);
	}
	return texts;
}

struct hf_numbers hf_field_numbers(struct hf_field_obj *o, const char *key)
{
	const struct hf_scan_node *list = hf_field_get(o, key, HF_FIELD_MAY);
	struct hf_numbers numbers = { NULL, 0 };

	if (list && !is(list, HF_SCAN_OBJECT))
		hf_field_wrong(o, key, "an object");
	if (!is(list, HF_SCAN_OBJECT))
		return numbers;
	numbers.at = hf_field_take(o->fault, o->mem, (list->n + 1) * sizeof(*numbers.at));
	if (!numbers.at)
		return numbers;
	hf_scan_each(v, list)
	{
		const struct hf_scan_node *value = is(v, HF_SCAN_OBJECT) ? hf_scan_get(v, "value", NULL) : v;

		if (!is_number(value)) {
			if (!is(value, HF_SCAN_NULL))
				hf_field_fail(o->fault, "%s: '%s.%s' must be a number", o->what, key, v->key);
			continue;
		}
		numbers.at[numbers.n].name = hf_field_copy(o->fault, o->mem, v->key);
		numbers.at[numbers.n++].value = number(value);
	}
	return numbers;
}

char *hf_field_joined(struct hf_field_obj *o, const char *key, const char *between)
{
	const struct hf_scan_node *list = hf_field_get(o, key, HF_FIELD_MAY);
	char buf[1024] = "";
	size_t len = 0;

	if (!is(list, HF_SCAN_OBJECT))
		return as_text(o, list);
	hf_scan_each(v, list)
	{
		bool word = strcmp(v->key, "of") == 0 || strcmp(v->key, "less") == 0 || strcmp(v->key, "by") == 0;

		if (is(v, HF_SCAN_STRING) && *v->text && len < sizeof(buf))
			len += (size_t)snprintf(buf + len, sizeof(buf) - len, "%s%s%s%s", len ? between : "", word ? v->key : "",
						word ? " " : "", v->text);
	}
	return hf_field_copy(o->fault, o->mem, buf);
}

char *hf_field_text(struct hf_field_obj *o, const char *key)
{
	return as_text(o, hf_field_get(o, key, HF_FIELD_MAY));
}

struct hf_field_obj hf_field_object(struct hf_field_obj *o, const char *key, const char *what)
{
	struct hf_field_obj in = { o->fault, o->mem, hf_field_get(o, key, HF_FIELD_MAY), NULL, what };

	if (in.json && !is(in.json, HF_SCAN_OBJECT)) {
		hf_field_wrong(o, key, "an object");
		in.json = NULL;
	}
	return in;
}

double *hf_field_reals(struct hf_field_obj *o, const char *key, size_t *n)
{
	const struct hf_scan_node *list = hf_field_array(o, key, HF_FIELD_MAY);
	double *at = hf_field_take(o->fault, o->mem, ((list ? list->n : 0) + 1) * sizeof(*at));

	*n = 0;
	if (!list || !at)
		return at;
	hf_scan_each(v, list)
	{
		if (!is_number(v) && v->type != HF_SCAN_NULL)
			hf_field_wrong(o, key, "an array of numbers");
		at[(*n)++] = is_number(v) ? number(v) : NAN;
	}
	return at;
}
