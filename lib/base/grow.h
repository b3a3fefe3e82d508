/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays that grow by one element at a time. */
#ifndef HF_BASE_GROW_H
#define HF_BASE_GROW_H

#include <stddef.h>

/** hf_grow() - room for one more element of @size bytes in an array of @n, for realloc(3) and free(3) as well. Return: the array; NULL, and the old one is as it was. */
void *hf_grow(void *array, size_t n, size_t size);

#endif
