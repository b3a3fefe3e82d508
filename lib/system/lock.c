// SPDX-License-Identifier: GPL-2.0-or-later
/* The run lock. */
#include "system/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/parse.h"

#define STEP_MS 20

/* The pid that the holder wrote, 0 if there is none. */
static pid_t read_owner(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t pid;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return hf_parse_u64(text, 1, INT_MAX, &pid) ? 0 : (pid_t)pid;
}

static int write_owner(int fd)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%d\n", getpid());
	ssize_t done;

	if (ftruncate(fd, 0))
		return -errno;
	done = pwrite(fd, text, (size_t)n, 0);
	if (done < 0)
		return -errno;
	return done == n ? 0 : -ENOSPC;
}

int hf_lock_take(const char *state_dir, unsigned int wait_ms, pid_t *owner)
{
	char path[PATH_MAX];
	int fd, err;

	if (snprintf(path, sizeof(path), "%s/lock", state_dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EINTR)
			continue;
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
		if (err != -EBUSY)
			goto close;
		if (wait_ms == 0) {
			if (owner)
				*owner = read_owner(fd);
			goto close;
		}
		usleep(STEP_MS * 1000);
		wait_ms -= wait_ms < STEP_MS ? wait_ms : STEP_MS;
	}
	err = write_owner(fd);
	if (err)
		goto close;
	return fd;
close:
	close(fd);
	return err;
}
