// SPDX-License-Identifier: GPL-2.0-or-later
/* Small kernel files below a root that tests may move. */
#include "base/file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"

char *hf_file_path(const char *path, char *buf, size_t room)
{
	const char *root = getenv("HF_SYSROOT");
	int n = snprintf(buf, room, "%s%s", root ? root : "", path);

	if (n >= 0 && (size_t)n < room)
		return buf;
	errno = ENAMETOOLONG;
	return NULL;
}

int hf_file_open(const char *path, int flags)
{
	char full[PATH_MAX];
	int fd;

	if (!hf_file_path(path, full, sizeof(full)))
		return -errno;
	fd = open(full, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Reads up to @room bytes. Return: bytes read or -errno. */
static ssize_t read_all(int fd, char *buf, size_t room)
{
	size_t have = 0;

	while (have < room) {
		ssize_t n = read(fd, buf + have, room - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

ssize_t hf_file_read(const char *path, char *buf, size_t room)
{
	int fd = hf_file_open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read_all(fd, buf, room);
	close(fd);
	if (n < 0)
		return n;
	if ((size_t)n >= room)
		return -EFBIG;
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return n;
}

ssize_t hf_file_slurp(const char *path, char **text)
{
	size_t room = 1 << 16;

	for (;;) {
		char *buf = malloc(room);
		ssize_t n;

		if (!buf)
			return -ENOMEM;
		n = hf_file_read(path, buf, room);
		if (n >= 0) {
			*text = buf;
			return n;
		}
		free(buf);
		if (n != -EFBIG || room > SIZE_MAX / 4)
			return n;
		room *= 4;
	}
}

int hf_file_read_u64(const char *path, uint64_t *v)
{
	char buf[64];
	ssize_t n = hf_file_read(path, buf, sizeof(buf));

	if (n < 0)
		return (int)n;
	return hf_parse_u64(buf, 0, UINT64_MAX, v);
}

int hf_file_find_u64(const char *path, const char *key, int base, uint64_t *v)
{
	char *text, *at, number[40];
	ssize_t n = hf_file_slurp(path, &text);
	int err = -ENOENT;

	if (n < 0)
		return (int)n;
	at = strstr(text, key);
	if (at) {
		at += strlen(key);
		at += strspn(at, " \t");
		snprintf(number, sizeof(number), "%s%.*s", base == 16 ? "0x" : "", (int)strcspn(at, " \t\n"), at);
		err = hf_parse_u64(number, 0, UINT64_MAX, v);
	}
	free(text);
	return err;
}

char *hf_file_word(const char *path, char *buf, size_t room)
{
	char *word, *end;

	if (hf_file_read(path, buf, room) < 0)
		return NULL;
	word = strchr(buf, '[');
	end = word ? strchr(word, ']') : NULL;
	if (!end)
		return buf;
	*end = '\0';
	return word + 1;
}

static const char *wanted_prefix; /* scandir() hands its filter no argument */

static int is_numbered(const struct dirent *e)
{
	size_t len = strlen(wanted_prefix);

	return strncmp(e->d_name, wanted_prefix, len) == 0 && isdigit((unsigned char)e->d_name[len]);
}

int hf_file_numbered(const char *dir, const char *prefix, char ***names)
{
	char path[PATH_MAX], *at;
	struct dirent **entry;
	size_t bytes = 0;
	int n;

	*names = NULL;
	wanted_prefix = prefix;
	n = hf_file_path(dir, path, sizeof(path)) ? scandir(path, &entry, is_numbered, versionsort) : 0;
	if (n <= 0)
		return 0;
	for (int i = 0; i < n; i++)
		bytes += sizeof(char *) + strlen(entry[i]->d_name) + 1;
	*names = malloc(bytes);
	at = *names ? (char *)(*names + n) : NULL;
	for (int i = 0; i < n; i++) {
		if (at) {
			(*names)[i] = at;
			at = stpcpy(at, entry[i]->d_name) + 1;
		}
		free(entry[i]);
	}
	free(entry);
	return *names ? n : 0;
}

int hf_file_write(const char *path, const char *text)
{
	int fd = hf_file_open(path, O_WRONLY), err = 0;
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = write(fd, text, len);
	if (n < 0)
		err = -errno;
	else if ((size_t)n != len)
		err = -EIO;
	if (close(fd) && !err)
		err = -errno;
	return err;
}
