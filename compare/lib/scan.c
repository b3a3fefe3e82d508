// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON by yajl: its calls, one a value, become one array of nodes. Here are also the limits that yajl leaves to its caller: depth, range, duplicate keys, zero bytes. */
#include "compare/lib/scan.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#define FEW 48 /* members up to which duplicate keys are looked for one against all */

/* @decoded: bytes of scan->decoded in use */
struct state {
	struct hf_scan *scan;
	char *text;
	size_t len, decoded;
	int err;
	const char *key;
	uint32_t hash;
	size_t open[HF_SCAN_DEPTH];
	unsigned int depth;
};

static int fail(struct state *s, const char *why)
{
	if (!s->err) {
		s->err = -EBADMSG;
		snprintf(s->scan->error, sizeof(s->scan->error), "%s", why);
	}
	return s->err;
}

/* Return: a new node, NULL when something is wrong; nodes move when room is made. */
static struct hf_scan_node *add(struct state *s, enum hf_scan_type type)
{
	struct hf_scan *scan = s->scan;

	if (scan->n == scan->room) {
		size_t room = scan->room ? 2 * scan->room : 256;
		struct hf_scan_node *node = room < UINT32_MAX ? realloc(scan->node, room * sizeof(*node)) : NULL;

		if (!node) {
			s->err = s->err ? s->err : -ENOMEM;
			return NULL;
		}
		scan->node = node;
		scan->room = room;
	}
	if (s->depth)
		scan->node[s->open[s->depth - 1]].n++;
	scan->node[scan->n] = (struct hf_scan_node){ .type = type, .span = 1, .key = s->key, .hash = s->hash };
	s->key = NULL;
	return &scan->node[scan->n++];
}

/* Room for the strings that yajl has to decode: all of them with their ends are shorter than the text. */
static char *decoded(struct state *s, size_t len)
{
	struct hf_scan *scan = s->scan;

	if (scan->decoded_room < s->len) {
		free(scan->decoded);
		scan->decoded = malloc(s->len);
		scan->decoded_room = scan->decoded ? s->len : 0;
	}
	if (!scan->decoded) {
		s->err = -ENOMEM;
		return NULL;
	}
	s->decoded += len;
	return scan->decoded + s->decoded - len;
}

/* @at lies in the text, where the closing quote makes room for the end, or in a buffer of yajl's that is used again. */
static const char *keep(struct state *s, const unsigned char *at, size_t len)
{
	bool here = (const char *)at >= s->text && (const char *)at < s->text + s->len;
	char *kept = here ? s->text + ((const char *)at - s->text) : decoded(s, len + 1);

	if (!kept)
		return "";
	if (memchr(at, 0, len))
		fail(s, "zero byte in a string");
	if (!here)
		memcpy(kept, at, len);
	kept[len] = '\0';
	return kept;
}

static int on_null(void *state)
{
	return add(state, HF_SCAN_NULL) != NULL;
}

static int on_boolean(void *state, int is)
{
	return add(state, is ? HF_SCAN_TRUE : HF_SCAN_FALSE) != NULL;
}

static int on_integer(void *state, long long value)
{
	struct hf_scan_node *v = add(state, HF_SCAN_INTEGER);

	if (v)
		v->integer = value;
	return v != NULL;
}

static int on_real(void *state, double value)
{
	struct hf_scan_node *v = add(state, HF_SCAN_REAL);

	if (v)
		v->real = value;
	return v != NULL;
}

static int on_string(void *state, const unsigned char *at, size_t len)
{
	struct state *s = state;
	struct hf_scan_node *v = add(s, HF_SCAN_STRING);

	if (!v)
		return 0;
	v->text = keep(s, at, len);
	return !s->err;
}

static int on_key(void *state, const unsigned char *at, size_t len)
{
	struct state *s = state;

	s->key = keep(s, at, len);
	s->hash = 2166136261u; /* FNV-1a */
	for (const char *c = s->key; *c; c++)
		s->hash = (s->hash ^ (unsigned char)*c) * 16777619u;
	return !s->err;
}

static int opens(struct state *s, enum hf_scan_type type)
{
	if (s->depth == HF_SCAN_DEPTH)
		fail(s, "nested too deeply");
	else if (add(s, type))
		s->open[s->depth++] = s->scan->n - 1;
	return !s->err;
}

static int on_object(void *state)
{
	return opens(state, HF_SCAN_OBJECT);
}

static int on_array(void *state)
{
	return opens(state, HF_SCAN_ARRAY);
}

static int by_hash(const void *a, const void *b)
{
	uint32_t x = (*(const struct hf_scan_node *const *)a)->hash, y = (*(const struct hf_scan_node *const *)b)->hash;

	return x < y ? -1 : x > y;
}

static void find_twins(struct state *s, const struct hf_scan_node *const *member, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) {
			if (n > FEW && member[k]->hash != member[i]->hash)
				break; /* sorted */
			if (member[k]->hash == member[i]->hash && strcmp(member[k]->key, member[i]->key) == 0) {
				fail(s, "duplicate key");
				return;
			}
		}
}

static void refuse_twins(struct state *s, const struct hf_scan_node *object)
{
	const struct hf_scan_node *few[FEW], **member = few;
	size_t n = 0;

	if (object->n > FEW)
		member = calloc(object->n, sizeof(struct hf_scan_node *));
	if (!member) {
		s->err = -ENOMEM;
		return;
	}
	hf_scan_each(v, object) member[n++] = v;
	if (n > FEW)
		qsort(member, n, sizeof(struct hf_scan_node *), by_hash);
	find_twins(s, member, n);
	if (member != few)
		free(member);
}

static int on_end(void *state)
{
	struct state *s = state;
	size_t node = s->open[--s->depth];

	s->scan->node[node].span = (uint32_t)(s->scan->n - node);
	if (s->scan->node[node].type == HF_SCAN_OBJECT)
		refuse_twins(s, &s->scan->node[node]);
	return !s->err;
}

/* What yajl has against the text: the first line of it, without its "lexical error: ". */
static void ask(struct state *s, yajl_handle yajl)
{
	unsigned char *why = yajl_get_error(yajl, 0, (unsigned char *)s->text, s->len);
	char *text = why ? (char *)why : (char *)"not JSON", *colon = strstr(text, ": ");

	text = colon ? colon + 2 : text;
	text[strcspn(text, "\n")] = '\0';
	fail(s, text);
	if (why)
		yajl_free_error(yajl, why);
}

int hf_scan_text(struct hf_scan *scan, char *text, size_t len)
{
	static const yajl_callbacks calls = {
		.yajl_null = on_null,
		.yajl_boolean = on_boolean,
		.yajl_integer = on_integer,
		.yajl_double = on_real,
		.yajl_string = on_string,
		.yajl_start_map = on_object,
		.yajl_map_key = on_key,
		.yajl_end_map = on_end,
		.yajl_start_array = on_array,
		.yajl_end_array = on_end,
	};
	struct state s = { .scan = scan, .text = text, .len = len };
	yajl_handle yajl = yajl_alloc(&calls, NULL, &s);
	const unsigned char *bytes = (const unsigned char *)text;

	scan->n = 0;
	scan->error[0] = '\0';
	if (!yajl)
		return -ENOMEM;
	if ((yajl_parse(yajl, bytes, len) != yajl_status_ok || yajl_complete_parse(yajl) != yajl_status_ok) && !s.err)
		ask(&s, yajl);
	yajl_free(yajl);
	return s.err;
}

void hf_scan_free(struct hf_scan *scan)
{
	free(scan->node);
	free(scan->decoded);
	*scan = (struct hf_scan){ 0 };
}

const struct hf_scan_node *hf_scan_get(const struct hf_scan_node *object, const char *key, const struct hf_scan_node *from)
{
	if (!object || object->type != HF_SCAN_OBJECT)
		return NULL;
	if (from > object && from < object + object->span && strcmp(from->key, key) == 0)
		return from;
	hf_scan_each(v, object) if (v->key[0] == key[0] && strcmp(v->key, key) == 0) return v;
	return NULL;
}

const struct hf_scan_node *hf_scan_at(const struct hf_scan_node *array, size_t i)
{
	if (!array || array->type != HF_SCAN_ARRAY)
		return NULL;
	hf_scan_each(v, array) if (!i--) return v;
	return NULL;
}
