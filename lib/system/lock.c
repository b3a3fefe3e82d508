// SPDX-License-Identifier: GPL-2.0-or-later
/* The run lock. */
#include "system/lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/parse.h"
#include "system/aside.h"
#include "system/where.h"

#define STEP_MS 20
#define LOOKS 20 /* at a task that seems to hang */
#define LOOK_MS 50

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

/* What the child process that looks for holders shares. */
struct holders {
	char lock[PATH_MAX];
	pid_t first, stuck; /* processes that have the lock; a task that does not get on */
	bool killed;
};

static bool has_open(pid_t pid, const struct statx *lock)
{
	struct dirent *d;
	char path[96];
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && !found && (d = readdir(dir))) {
		struct statx st;

		snprintf(path, sizeof(path), "/proc/%d/fd/%.16s", (int)pid, d->d_name);
		found = statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO, &st) == 0 && st.stx_ino == lock->stx_ino && st.stx_dev_major == lock->stx_dev_major &&
			st.stx_dev_minor == lock->stx_dev_minor;
	}
	if (dir)
		closedir(dir);
	return found;
}

/* Whether a task is in state D all the time. */
static bool hangs(pid_t tid)
{
	for (int i = 0; i < LOOKS; i++) {
		if (hf_where_state(tid) != 'D')
			return false;
		usleep(LOOK_MS * 1000);
	}
	return true;
}

/* A task of the process that hangs; 0: none. */
static pid_t hanging(pid_t pid)
{
	struct dirent *d;
	char path[64];
	pid_t found = 0;
	uint64_t tid;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && !found && (d = readdir(dir)))
		if (hf_parse_u64(d->d_name, 1, INT_MAX, &tid) == 0 && (hf_where_killed((pid_t)tid) || hangs((pid_t)tid)))
			found = (pid_t)tid;
	if (dir)
		closedir(dir);
	return found;
}

static void find_holders(void *result, const void *arg)
{
	struct holders *h = result;
	DIR *proc = opendir("/proc");
	struct dirent *d;
	struct statx lock;
	uint64_t pid;

	(void)arg;
	if (statx(AT_FDCWD, h->lock, 0, STATX_INO, &lock))
		return;
	while (proc && !h->stuck && (d = readdir(proc))) {
		if (hf_parse_u64(d->d_name, 1, INT_MAX, &pid) || !has_open((pid_t)pid, &lock))
			continue;
		if (!h->first)
			h->first = (pid_t)pid;
		h->stuck = hanging((pid_t)pid);
		h->killed = h->stuck && hf_where_killed(h->stuck);
	}
	if (proc)
		closedir(proc);
}

char *hf_lock_say(const char *state_dir, pid_t owner, char *buf, size_t room)
{
	struct holders h = { .first = 0 };
	char where[512];

	snprintf(h.lock, sizeof(h.lock), "%s/lock", state_dir);
	hf_aside(find_holders, NULL, &h, sizeof(h), 2);
	if (h.stuck)
		snprintf(buf, room, "another run (pid %d) has the lock, and its task %d %s: %s. %s; to go on without that, at your own risk, move %s away", (int)owner, (int)h.stuck,
			 h.killed ? "has been killed and does not end" : "does not get on", hf_where(h.stuck, where, sizeof(where)),
			 h.killed ? "Only a reboot ends it" : "If it stays so after kill -KILL, only a reboot ends it", h.lock);
	else if (h.first && h.first != owner && !hf_where_state(owner))
		snprintf(buf, room, "the run with pid %d is dead, but process %d of it has the lock: %s", (int)owner, (int)h.first, hf_where(h.first, where, sizeof(where)));
	else
		snprintf(buf, room, "another run (pid %d) is under way; one at a time", (int)owner);
	return buf;
}
