// SPDX-License-Identifier: GPL-2.0-or-later
/* Work in a child process with a time limit. */
#include "system/aside.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS 500000
#define KILL_MS 200 /* a killed child that is not gone by then hangs in the kernel */

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = POLL_NS }, NULL);
}

__attribute__((noreturn)) static void child(pid_t parent, hf_aside_fn *fn, const void *arg, void *shared)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent) {
		close_range(3, ~0u, 0);
		fn(shared, arg);
	}
	_exit(0);
}

/* Until the child ends, or nothing changes for too long. Return: 0 or -errno. */
static int wait_for(pid_t pid, void *result, const void *shared, size_t len, double limit_s)
{
	double changed = now_s();
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == pid)
			return WIFEXITED(status) ? 0 : -ECHILD;
		if (memcmp(result, shared, len)) {
			memcpy(result, shared, len);
			changed = now_s();
		}
		if (now_s() - changed > limit_s)
			break;
		nap();
	}
	kill(pid, SIGKILL);
	for (double killed = now_s(); now_s() - killed < KILL_MS / 1000.0; nap())
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
	return -ETIMEDOUT;
}

int hf_aside(hf_aside_fn *fn, const void *arg, void *result, size_t len, double limit_s)
{
	void *shared = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid, parent = getpid();
	int err;

	if (shared == MAP_FAILED)
		return -errno;
	memcpy(shared, result, len);
	pid = fork();
	if (pid == 0)
		child(parent, fn, arg, shared);
	err = pid < 0 ? -errno : wait_for(pid, result, shared, len, limit_s);
	memcpy(result, shared, len);
	munmap(shared, len);
	return err;
}
