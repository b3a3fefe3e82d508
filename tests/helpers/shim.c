// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel with a bug, as far as a stressor can tell: preloaded into it, this library makes system calls do what HF_SHIM says, from the 20th such call on. So the oracle
 * is tested with the stressors as they are.
 *	corrupt		after MADV_DONTNEED somebody else's byte is in the page
 *	noreserve	a private mapping of a hugetlb file reserves nothing
 *	sigbus		MADV_DONTNEED ends in SIGBUS
 *	error		fallocate fails with EIO
 *	quota		statfs counts one page less as free
 *	pin		a page is pinned, and nobody has it
 *	reserve		pages are reserved, and nobody maps them
 *	stuck		MADV_DONTNEED does not come back
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define HUGETLBFS 0x958458f6
#define AFTER 20

static int calls;

/* Whether @what is the bug, and it is time. */
static int now(const char *what)
{
	const char *shim = getenv("HF_SHIM");

	return shim && strcmp(shim, what) == 0 && __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) > AFTER;
}

static int once(void)
{
	static int done;

	return !__atomic_exchange_n(&done, 1, __ATOMIC_RELAXED);
}

/* A process of nobody's, which keeps @fd open for a while and nothing else. */
static void keep_open(int fd)
{
	if (fork() == 0) {
		if (fork() == 0) {
			setsid();
			dup2(fd, 3);
			syscall(SYS_close_range, 4, ~0u, 0);
			syscall(SYS_close_range, 0, 2, 0);
			fcntl(3, F_SETFD, 0);
			unsetenv("LD_PRELOAD");
			execl("/bin/sleep", "sleep", "9", (char *)NULL); /* longer than the oracle waits for what comes later */
		}
		_exit(0);
	}
}

/* An io_uring has a page of a process registered, and the process is gone. */
static void leak_pin(void)
{
	struct io_uring_params p;
	struct iovec v = { .iov_len = 4096 };
	int ring;

	memset(&p, 0, sizeof(p));
	if (fork())
		return;
	ring = (int)syscall(SYS_io_uring_setup, 4, &p);
	v.iov_base = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (ring < 0 || syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &v, 1))
		_exit(1);
	keep_open(ring);
	_exit(0);
}

/* A hugetlbfs with min_size= that no process has a mapping of. */
static void leak_reserve(void)
{
	int fs = (int)syscall(SYS_fsopen, "hugetlbfs", 0), mount;

	syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "min_size", "2M", 0);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return;
	mount = (int)syscall(SYS_fsmount, fs, 0, 0);
	if (mount >= 0)
		keep_open(mount);
	close(fs);
	close(mount);
}

static void poke(void *p)
{
	char byte = 0x7f;
	struct iovec from = { &byte, 1 }, to = { p, 1 };

	syscall(SYS_process_vm_writev, getpid(), &from, 1, &to, 1, 0);
}

int madvise(void *p, size_t len, int advice)
{
	int ret;

	if (advice == MADV_DONTNEED && len == (2u << 20)) {
		if (now("sigbus"))
			raise(SIGBUS);
		if (now("stuck")) {
			if (vfork() == 0) { /* the parent waits for its end in the kernel */
				syscall(SYS_pause);
				_exit(0);
			}
		}
		if (now("pin") && once())
			leak_pin();
	}
	ret = (int)syscall(SYS_madvise, p, len, advice);
	if (advice == MADV_DONTNEED && len == (2u << 20) && now("corrupt"))
		poke(p);
	return ret;
}

void *mmap(void *p, size_t len, int prot, int flags, int fd, off_t off)
{
	struct statfs st;

	if (fd >= 0 && (flags & MAP_PRIVATE) && syscall(SYS_fstatfs, fd, &st) == 0 && st.f_type == HUGETLBFS) {
		if (now("noreserve"))
			flags |= MAP_NORESERVE;
		if (now("reserve") && once())
			leak_reserve();
	}
	return (void *)syscall(SYS_mmap, p, len, prot, flags, fd, off);
}

int fallocate(int fd, int mode, off_t off, off_t len)
{
	if (now("error")) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fallocate, fd, mode, off, len);
}

int fstatfs(int fd, struct statfs *st)
{
	int ret = (int)syscall(SYS_fstatfs, fd, st);

	if (!ret && st->f_type == HUGETLBFS && now("quota"))
		st->f_bfree--;
	return ret;
}
