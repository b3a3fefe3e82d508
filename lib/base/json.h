/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing JSON: a thin layer over jansson so that no foreign type shows. Keys keep the order in which they were set. Running out of
 * memory makes the document invalid, not the program: hf_json_text() then returns NULL.
 */
#ifndef HF_BASE_JSON_H
#define HF_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct hf_json;

/** hf_json_object() - a new, empty document. The caller frees it with hf_json_free(). */
struct hf_json *hf_json_object(void);

/** hf_json_free() - a document from hf_json_object(); NULL is allowed */
void hf_json_free(struct hf_json *doc);

/** hf_json_add_object() - a new object under @key (@key NULL: appended to array @at); it belongs to @at */
struct hf_json *hf_json_add_object(struct hf_json *at, const char *key);
/** hf_json_add_array() - a new array under @key (@key NULL: appended to array @at); it belongs to @at */
struct hf_json *hf_json_add_array(struct hf_json *at, const char *key);

/* Values: under @key of object @at, or appended to array @at when @key is NULL. */
/** hf_json_str() - a string; NULL becomes null, bytes that are not UTF-8 become '?' */
void hf_json_str(struct hf_json *at, const char *key, const char *value);
/** hf_json_int() - an integer */
void hf_json_int(struct hf_json *at, const char *key, int64_t value);
/** hf_json_num() - a real number; NaN and infinities become null */
void hf_json_num(struct hf_json *at, const char *key, double value);
/** hf_json_bool() - true or false */
void hf_json_bool(struct hf_json *at, const char *key, bool value);
/** hf_json_null() - null */
void hf_json_null(struct hf_json *at, const char *key);
/** hf_json_raw() - parse @text (JSON of our own making) and set it; what does not parse becomes null */
void hf_json_raw(struct hf_json *at, const char *key, const char *text);

/** hf_json_print() - the document on a line of its own, and free it. Return: 0; -ENOMEM when it is not valid; @f knows of errors in writing. */
int hf_json_print(struct hf_json *doc, FILE *f);

/** hf_json_text() - the document on one line, no newline. Return: a string for free(3), or NULL. */
char *hf_json_text(const struct hf_json *doc);

#endif
