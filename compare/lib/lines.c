// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of a file. */
#include "compare/lib/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

int hf_lines_open(struct hf_lines *l, const char *path)
{
	hf_lines_close(l);
	l->no = 0;
	l->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	return l->fd < 0 ? -errno : 0;
}

void hf_lines_close(struct hf_lines *l)
{
	if (l->fd > STDIN_FILENO)
		close(l->fd);
	l->fd = -1;
	l->at = l->have = 0;
}

/* More of the file behind what there is. Return: bytes, 0 at its end, -errno. */
static ssize_t more(struct hf_lines *l)
{
	ssize_t n;

	if (l->at) {
		memmove(l->buf, l->buf + l->at, l->have - l->at);
		l->have -= l->at;
		l->at = 0;
	}
	if (l->have + 1 >= l->room) {
		size_t room = l->room ? 2 * l->room : 64 << 10;
		char *buf = l->have < HF_LINES_LONGEST ? realloc(l->buf, room) : NULL;

		if (!buf)
			return l->have < HF_LINES_LONGEST ? -ENOMEM : -EFBIG;
		l->buf = buf;
		l->room = room;
	}
	do
		n = read(l->fd, l->buf + l->have, l->room - l->have - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	l->have += (size_t)n;
	return n;
}

int hf_lines_next(struct hf_lines *l, char **line, size_t *len)
{
	size_t seen = 0;
	char *end = NULL;
	ssize_t n = 1;

	l->no++;
	while (!end && n) {
		if (l->have > l->at + seen)
			end = memchr(l->buf + l->at + seen, '\n', l->have - l->at - seen);
		seen = l->have - l->at;
		if (!end)
			n = more(l);
		if (n < 0)
			return (int)n;
	}
	*line = l->buf + l->at;
	*len = end ? (size_t)(end - *line) : seen;
	l->at += *len + (end ? 1 : 0);
	return end || *len;
}

void hf_lines_free(struct hf_lines *l)
{
	hf_lines_close(l);
	free(l->buf);
}
