// SPDX-License-Identifier: GPL-2.0-or-later
/* Free memory, per-CPU lists included. */
#include "system/memfree.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"

#define ROOM (1 << 20) /* a machine with hundreds of CPUs has as many lines for each zone */

/* The number after @key, which stands alone before it on its line but for blanks. Return: whether this line is one. */
static int number_after(const char *line, const char *key, uint64_t *v)
{
	size_t len = strlen(key), digits;
	char text[24];

	line += strspn(line, " ");
	if (strncmp(line, key, len) != 0)
		return 0;
	line += len + strspn(line + len, " ");
	digits = strspn(line, "0123456789");
	if (digits >= sizeof(text))
		return 0;
	memcpy(text, line, digits);
	text[digits] = '\0';
	return hf_parse_u64(text, 0, INT64_MAX, v) == 0;
}

int hf_memfree(int64_t *bytes)
{
	static char text[ROOM];
	ssize_t len = hf_file_read("/proc/zoneinfo", text, sizeof(text));
	uint64_t pages = 0, v;
	int zones = 0;

	if (len < 0)
		return (int)len;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (number_after(line, "pages free", &v)) {
			pages += v;
			zones++;
		} else if (number_after(line, "count:", &v)) {
			pages += v;
		}
	}
	if (!zones)
		return -ENODATA;
	*bytes = (int64_t)pages * sysconf(_SC_PAGESIZE);
	return 0;
}
