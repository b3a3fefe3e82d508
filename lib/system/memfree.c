// SPDX-License-Identifier: GPL-2.0-or-later
/* Free memory, per-CPU lists included. */
#include "system/memfree.h"

#include <errno.h>
#include <fcntl.h>
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

int hf_memfree_open(void)
{
	return hf_file_open("/proc/zoneinfo", O_RDONLY);
}

/* The largest number of "(0, 936, 936)". */
static int64_t largest(const char *list)
{
	int64_t most = 0;

	for (list += strspn(list, " ("); *list && *list != ')' && *list != '\n'; list += strcspn(list, " )\n"), list += strspn(list, " ")) {
		uint64_t v;

		if (number_after(list, "", &v) && (int64_t)v > most)
			most = (int64_t)v;
	}
	return most;
}

int hf_memfree_above(int fd, int64_t *pages)
{
	static char text[ROOM];
	int64_t sum = 0, zone = 0;
	size_t have = 0;
	int zones = 0;
	ssize_t n;
	uint64_t v;

	while (have < sizeof(text) - 1 && (n = pread(fd, text + have, sizeof(text) - 1 - have, (off_t)have)) != 0) {
		if (n < 0)
			return -errno;
		have += (size_t)n;
	}
	text[have] = '\0';
	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *word;

		line += *line == '\n';
		word = line + strspn(line, " ");
		if (number_after(line, "pages free", &v)) { /* the first line of a zone */
			sum += zone > 0 ? zone : 0;
			zone = (int64_t)v;
			zones++;
		} else if (number_after(line, "min ", &v)) {
			zone -= (int64_t)v;
		} else if (strncmp(word, "protection:", 11) == 0) {
			zone -= largest(word + 11);
		}
	}
	if (!zones)
		return -ENODATA;
	*pages = sum + (zone > 0 ? zone : 0);
	return 0;
}
