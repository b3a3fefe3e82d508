// SPDX-License-Identifier: GPL-2.0-or-later
/* Arrays that grow by one element at a time. */
#include "base/grow.h"

#include <stdlib.h>

void *hf_grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1)) /* room doubles at powers of two */
		return array;
	return realloc(array, (n ? 2 * n : 1) * size);
}
