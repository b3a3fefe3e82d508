// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON in place. A byte of zero ends the text: it is never allowed inside, so that no other bound needs looking at. */
#include "compare/lib/scan.h"

#include <errno.h>
#include <float.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

#define FEW 48 /* members up to which duplicate keys are looked for one against all */

struct state {
	struct hf_scan *scan;
	char *at;
	int err;
};

static int fail(struct state *s, const char *why)
{
	if (!s->err) {
		s->err = -EBADMSG;
		s->scan->error = why;
	}
	return s->err;
}

static void blanks(struct state *s)
{
	while (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r')
		s->at++;
}

/* Past @c, if it is here; never past the end. */
static bool pass(struct state *s, char c)
{
	if (s->err || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* Return: index of a new node; nodes move when room is made. */
static size_t add(struct state *s, enum hf_scan_type type, const char *key, uint32_t hash)
{
	struct hf_scan *scan = s->scan;

	if (scan->n == scan->room) {
		size_t room = scan->room ? 2 * scan->room : 256;
		struct hf_scan_node *node = room < UINT32_MAX ? realloc(scan->node, room * sizeof(*node)) : NULL;

		if (!node) {
			s->err = s->err ? s->err : -ENOMEM;
			return 0;
		}
		scan->node = node;
		scan->room = room;
	}
	scan->node[scan->n] = (struct hf_scan_node){ .type = type, .span = 1, .key = key, .hash = hash };
	return scan->n++;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four digits of \uXXXX. Return: -1 for anything else. */
static int unit(const char *at)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		int d = digit(at[i]);

		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

static char *encode(char *to, unsigned int c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* What follows a backslash; it is never shorter than what it stands for. Return: where to go on writing. */
static char *escape(struct state *s, char *to)
{
	static const char name[] = "\"\\/bfnrt", value[] = "\"\\/\b\f\n\r\t";
	const char *known = *s->at ? strchr(name, *s->at) : NULL;
	int c, low;

	if (known) {
		s->at++;
		*to++ = value[known - name];
		return to;
	}
	c = *s->at == 'u' ? unit(s->at + 1) : -1;
	if (c < 0) {
		fail(s, "unknown escape in a string");
		return to;
	}
	s->at += 5;
	if (c >= 0xd800 && c < 0xdc00 && s->at[0] == '\\' && s->at[1] == 'u') {
		low = unit(s->at + 2);
		if (low >= 0xdc00 && low < 0xe000) {
			s->at += 6;
			return encode(to, 0x10000u + ((unsigned int)c - 0xd800u) * 0x400u + ((unsigned int)low - 0xdc00u));
		}
	}
	if (!c || (c >= 0xd800 && c < 0xe000))
		fail(s, "escape that stands for no character");
	return encode(to, (unsigned int)c);
}

/* Bytes of the UTF-8 sequence here; 0 when it is none (RFC 3629). */
static int sequence(const unsigned char *c)
{
	int n = c[0] >= 0xc2 && c[0] < 0xe0 ? 2 : c[0] >= 0xe0 && c[0] < 0xf0 ? 3 : c[0] >= 0xf0 && c[0] < 0xf5 ? 4 : 0;

	for (int i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] >= 0xa0) || (c[0] == 0xf0 && c[1] < 0x90) ||
	    (c[0] == 0xf4 && c[1] >= 0x90))
		return 0;
	return n;
}

/* Behind the opening quote. Return: the string, ended by a zero byte; @hash of it (FNV-1a), when wanted. */
static const char *string(struct state *s, uint32_t *hash)
{
	char *begin = s->at, *to = begin;
	uint32_t h = 2166136261u;

	while (!s->err && *s->at != '"') {
		unsigned char c = (unsigned char)*s->at;

		if (c == '\\') {
			s->at++;
			to = escape(s, to);
		} else if (c < 0x20) {
			fail(s, c ? "control character in a string" : "string without end");
		} else if (c < 0x80) {
			*to++ = *s->at++;
		} else {
			int n = sequence((const unsigned char *)s->at);

			if (!n)
				fail(s, "string that is not UTF-8");
			for (; n; n--)
				*to++ = *s->at++;
		}
	}
	if (s->err)
		return "";
	s->at++;
	*to = '\0';
	for (const char *c = begin; hash && c < to; c++)
		h = (h ^ (unsigned char)*c) * 16777619u;
	if (hash)
		*hash = h;
	return begin;
}

static void number(struct state *s, size_t node)
{
	char *begin = s->at, *digits = begin + (*begin == '-');
	struct hf_scan_node *v = &s->scan->node[node];
	bool real = false;
	uint64_t all = 0;
	char behind;

	s->at = digits;
	while (*s->at >= '0' && *s->at <= '9')
		s->at++;
	if (s->at == digits || (*digits == '0' && s->at > digits + 1)) {
		fail(s, "number that is none");
		return;
	}
	if (s->at - digits > 19)
		real = true; /* to be refused below, unless it goes on as one */
	for (const char *c = digits; c < s->at && !real; c++)
		all = all * 10 + (uint64_t)(*c - '0');
	if (*s->at != '.' && (*s->at | 0x20) != 'e') {
		if (real || all > (uint64_t)INT64_MAX + (*begin == '-'))
			fail(s, "integer out of range");
		v->type = HF_SCAN_INTEGER;
		v->integer = (int64_t)(*begin == '-' ? 0 - all : all);
		return;
	}
	if (*s->at == '.') {
		char *fraction = ++s->at;

		while (*s->at >= '0' && *s->at <= '9')
			s->at++;
		if (s->at == fraction)
			fail(s, "number that is none");
	}
	if ((*s->at | 0x20) == 'e') {
		char *power;

		s->at++;
		if (*s->at == '+' || *s->at == '-')
			s->at++;
		power = s->at;
		while (*s->at >= '0' && *s->at <= '9')
			s->at++;
		if (s->at == power)
			fail(s, "number that is none");
	}
	v->type = HF_SCAN_REAL;
	behind = *s->at;
	*s->at = '\0';
	if (hf_parse_double(begin, -DBL_MAX, DBL_MAX, &v->real))
		fail(s, "number out of range");
	*s->at = behind;
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

static void value(struct state *s, const char *key, uint32_t hash, unsigned int depth);

/* Behind the opening bracket. */
static void inside(struct state *s, size_t node, bool object, unsigned int depth)
{
	const char end = object ? '}' : ']';
	uint32_t n = 0;

	blanks(s);
	if (*s->at != end) {
		do {
			const char *key = NULL;
			uint32_t hash = 0;

			if (object) {
				blanks(s);
				if (!pass(s, '"')) {
					fail(s, "key that is no string");
					return;
				}
				key = string(s, &hash);
				blanks(s);
				if (!pass(s, ':')) {
					fail(s, "no ':' after a key");
					return;
				}
			}
			value(s, key, hash, depth);
			n++;
			blanks(s);
		} while (pass(s, ','));
	}
	if (!pass(s, end)) {
		fail(s, object ? "no ',' or '}' after a member" : "no ',' or ']' after an element");
		return;
	}
	s->scan->node[node].n = n;
	s->scan->node[node].span = (uint32_t)(s->scan->n - node);
	if (object)
		refuse_twins(s, &s->scan->node[node]);
}

static bool word(struct state *s, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(s->at, text, len) != 0)
		return false;
	s->at += len;
	return true;
}

static void value(struct state *s, const char *key, uint32_t hash, unsigned int depth)
{
	size_t node = add(s, HF_SCAN_NULL, key, hash);

	blanks(s);
	if (s->err)
		return;
	if (*s->at == '{' || *s->at == '[') {
		bool object = *s->at++ == '{';

		s->scan->node[node].type = object ? HF_SCAN_OBJECT : HF_SCAN_ARRAY;
		if (depth == HF_SCAN_DEPTH)
			fail(s, "nested too deeply");
		else
			inside(s, node, object, depth + 1);
	} else if (pass(s, '"')) {
		const char *text = string(s, NULL);

		s->scan->node[node].type = HF_SCAN_STRING;
		s->scan->node[node].text = text;
	} else if (*s->at == '-' || (*s->at >= '0' && *s->at <= '9')) {
		number(s, node);
	} else if (word(s, "true")) {
		s->scan->node[node].type = HF_SCAN_TRUE;
	} else if (word(s, "false")) {
		s->scan->node[node].type = HF_SCAN_FALSE;
	} else if (!word(s, "null")) {
		fail(s, *s->at ? "not a value" : "cut short");
	}
}

int hf_scan_text(struct hf_scan *scan, char *text, size_t len)
{
	struct state s = { .scan = scan, .at = text };

	text[len] = '\0';
	scan->n = 0;
	scan->error = "";
	value(&s, NULL, 0, 0);
	if (s.err)
		return s.err;
	blanks(&s);
	return s.at == text + len ? 0 : fail(&s, "something after the value");
}

void hf_scan_free(struct hf_scan *scan)
{
	free(scan->node);
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
