/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields of JSON objects, strictly by type. The first fault is kept and makes every later field read as nothing ("", NaN, 0, an empty list), so that an object is taken apart without a check
 * after each field. What is read is copied to memory whose end is one call.
 */
#ifndef HF_COMPARE_FIELD_H
#define HF_COMPARE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hf_field_mem;
struct hf_scan_node;

/** struct hf_pairs - names and their values as text, in the order of the file; nested objects are flattened ("topology.cores") */
struct hf_pairs {
	struct hf_pair {
		char *name, *text;
	} * at;
	size_t n;
};

/** struct hf_numbers - names and numbers */
struct hf_numbers {
	struct hf_number {
		char *name;
		double value;
	} * at;
	size_t n;
};

/** struct hf_texts - a list of strings */
struct hf_texts {
	char **at;
	size_t n;
};

/** struct hf_field_fault - the first fault. @err: 0, -EBADMSG, other -errno; @text: what, behind "@path:@line: " if there is a line */
struct hf_field_fault {
	const char *path;
	size_t line;
	int err;
	char text[512];
};

/**
 * struct hf_field_obj - an object whose fields are read
 * @mem:	where what is read shall live: NULL at first, for hf_field_free()
 * @json:	NULL: it has no fields
 * @next:	where the next field probably is, or anything
 * @what:	for messages: "sample", "run.descriptor"
 */
struct hf_field_obj {
	struct hf_field_fault *fault;
	struct hf_field_mem **mem;
	const struct hf_scan_node *json, *next;
	const char *what;
};

/** enum hf_field_need - whether it is a fault when there is no such field; one that may be missing may also be null */
enum hf_field_need { HF_FIELD_MAY, HF_FIELD_MUST };

/** hf_field_fail() - this is wrong. Return: -EBADMSG, or what was wrong before. */
int hf_field_fail(struct hf_field_fault *fault, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** hf_field_wrong() - field @key is not @due ("a number"). Return: as hf_field_fail(). */
int hf_field_wrong(const struct hf_field_obj *o, const char *key, const char *due);
/** hf_field_no_memory() - there is none. Return: -ENOMEM. */
int hf_field_no_memory(struct hf_field_fault *fault);

/** hf_field_take() - zeroed memory. Return: NULL when there is none. */
void *hf_field_take(struct hf_field_fault *fault, struct hf_field_mem **mem, size_t size);
/** hf_field_copy() - a copy of @s; "" in its place when there is no memory, so that texts are never NULL */
char *hf_field_copy(struct hf_field_fault *fault, struct hf_field_mem **mem, const char *s);
/** hf_field_free() - release all of it */
void hf_field_free(struct hf_field_mem **mem);

/** hf_field_get() - any value. Return: NULL when it is not there. */
const struct hf_scan_node *hf_field_get(struct hf_field_obj *o, const char *key, enum hf_field_need need);
/** hf_field_object() - an object; without fields when it is not there. @what: for messages. */
struct hf_field_obj hf_field_object(struct hf_field_obj *o, const char *key, const char *what);
/** hf_field_array() - an array. Return: NULL when it is not there, or null. */
const struct hf_scan_node *hf_field_array(struct hf_field_obj *o, const char *key, enum hf_field_need need);

/** hf_field_str() - a string */
char *hf_field_str(struct hf_field_obj *o, const char *key, enum hf_field_need need);
/** hf_field_num() - a number */
double hf_field_num(struct hf_field_obj *o, const char *key, enum hf_field_need need);
/** hf_field_count() - an integer, 0 or more */
uint64_t hf_field_count(struct hf_field_obj *o, const char *key);
/** hf_field_bool() - true or false. @absent: when it is not there. */
bool hf_field_bool(struct hf_field_obj *o, const char *key, bool absent);
/** hf_field_text() - any value as people would write it: a string as it is, null as nothing, "[1, 2]" */
char *hf_field_text(struct hf_field_obj *o, const char *key);
/** hf_field_joined() - the strings of an object as one text: "timed", "bps of fault_ns", "libhugetlbfs, alloc-instantiate-race, two racers"; other values as hf_field_text() */
char *hf_field_joined(struct hf_field_obj *o, const char *key, const char *between);
/** hf_field_texts() - an array of strings */
struct hf_texts hf_field_texts(struct hf_field_obj *o, const char *key);
/** hf_field_reals() - an array of @n numbers, null as NaN */
double *hf_field_reals(struct hf_field_obj *o, const char *key, size_t *n);
/** hf_field_pairs() - an object of anything, flattened */
struct hf_pairs hf_field_pairs(struct hf_field_obj *o, const char *key, enum hf_field_need need);
/** hf_field_numbers() - {name: number} or {name: {"value": number, ...}}; null is left out */
struct hf_numbers hf_field_numbers(struct hf_field_obj *o, const char *key);

#endif
