/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One JSON text (RFC 8259) as an array of values that is used again for the next text; strings stay where they are in the text. Records are read by the
 * hundred thousand, and making a tree of each took most of the time; tests/fuzz holds this against jansson.
 */
#ifndef HF_COMPARE_SCAN_H
#define HF_COMPARE_SCAN_H

#include <stddef.h>
#include <stdint.h>

#define HF_SCAN_DEPTH 64 /* arrays and objects inside each other */

enum hf_scan_type {
	HF_SCAN_NULL,
	HF_SCAN_FALSE,
	HF_SCAN_TRUE,
	HF_SCAN_INTEGER,
	HF_SCAN_REAL,
	HF_SCAN_STRING,
	HF_SCAN_ARRAY,
	HF_SCAN_OBJECT
};

/**
 * struct hf_scan_node - a value
 * @span:	nodes it takes, itself and everything inside it
 * @n:		elements or members
 * @key, @hash:	of a member of an object; NULL for others
 * @text, @integer, @real: by type; texts are UTF-8 without a zero byte inside
 */
struct hf_scan_node {
	enum hf_scan_type type;
	uint32_t span, n, hash;
	const char *key;
	union {
		const char *text;
		int64_t integer;
		double real;
	};
};

/** struct hf_scan - begin with all zeroes; @node[0] is the whole text; @error says what is wrong with it; @decoded: strings with escapes */
struct hf_scan {
	struct hf_scan_node *node;
	size_t n, room;
	char *decoded;
	size_t decoded_room;
	char error[80];
};

/**
 * hf_scan_text() - take a text apart
 * @text, @len: it is changed; the nodes are good as long as it is and until the next call
 *
 * Strict: no duplicate keys, no number out of range (64 bits for integers, double), no zero bytes, one value and nothing but blanks around it.
 *
 * Return: 0; -EBADMSG with @scan->error; -ENOMEM.
 */
int hf_scan_text(struct hf_scan *scan, char *text, size_t len);

/** hf_scan_free() - release the nodes */
void hf_scan_free(struct hf_scan *scan);

/** hf_scan_get() - member @key of an object. @from: a member of it to look at first, or anything else. Return: NULL if there is none, or @object is none. */
const struct hf_scan_node *hf_scan_get(const struct hf_scan_node *object, const char *key, const struct hf_scan_node *from);

/** hf_scan_at() - element @i of an array, by walking. Return: NULL if there is none, or @array is none. */
const struct hf_scan_node *hf_scan_at(const struct hf_scan_node *array, size_t i);

/** hf_scan_each() - loop over the elements or members @v of @node; none for other values */
#define hf_scan_each(v, node) for (const struct hf_scan_node *v = (node) + 1; v < (node) + (node)->span; v += v->span)

#endif
