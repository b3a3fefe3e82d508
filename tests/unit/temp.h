/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A temporary file, for a group of tests. */
#ifndef HF_TESTS_TEMP_H
#define HF_TESTS_TEMP_H

#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/hugefault-unit-XXXXXX";

/* cmocka set-up of a group */
static inline int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static inline int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

#endif
