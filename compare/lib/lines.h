/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a file, which may be long: a histogram is one. */
#ifndef HF_COMPARE_LINES_H
#define HF_COMPARE_LINES_H

#include <stddef.h>

#define HF_LINES_LONGEST (64u << 20) /* bytes of a line; the largest histogram takes less than one */

/**
 * struct hf_lines - begin with @fd -1 and zeroes
 * @fd:		-1: no file is open
 * @no:		number of the line that was read last, from 1
 * @buf:	of the file: @at .. @have is still to come, and there is room for one byte more
 */
struct hf_lines {
	int fd;
	size_t no;
	char *buf;
	size_t at, have, room;
};

/** hf_lines_open() - begin a file, and close the one before; "-" is standard input. Return: 0 or -errno. */
int hf_lines_open(struct hf_lines *l, const char *path);

/** hf_lines_next() - the next line; the byte behind it may be written to. Return: 1; 0 at the end of the file; -EFBIG for a line longer than any may be; other -errno. */
int hf_lines_next(struct hf_lines *l, char **line, size_t *len);

/** hf_lines_close() - close the file, if one is open */
void hf_lines_close(struct hf_lines *l);

/** hf_lines_free() - that, and release the memory */
void hf_lines_free(struct hf_lines *l);

#endif
