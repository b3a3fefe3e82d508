// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel with a bug, as far as a stressor can tell: preloaded into it, this library makes system calls do what HF_SHIM says, from the 20th such call on. So the oracle
 * is tested with the stressors as they are.
 *	corrupt		after MADV_DONTNEED somebody else's page is there
 *	noreserve	a private mapping of a hugetlb file reserves nothing
 *	sigbus		MADV_DONTNEED ends in SIGBUS
 *	error		fallocate fails with EIO
 *	quota		statfs counts one page less as free
 *	pin		a page is pinned, and nobody has it
 *	reserve		pages are reserved, and nobody maps them
 *	stuck		MADV_DONTNEED does not come back
 *	memory		2 MiB are gone: neither free nor accounted for
 *	forward		a memory block goes offline, and the call does not end all the same
 *	page		of a page that is mapped, the frame is in the block that has just gone offline
 * What the kernel says may be wrong, too:
 *	wrap		the count of free pages wraps
 *	taken		one page less is free
 *	surplus		there are surplus pages, once the pool is as before
 *	cgroup		one page more is charged
 *	quota-wrap	more of a quota is free than there is
 *	frames		a page that is in no pool is marked hugetlb
 *	left		a page that has left the pool has a tail without a head
 *	isolated	a page block stays isolated
 * once the pool is as before:
 *	nodes		a node has one surplus page more than the machine
 *	moving		a page stays isolated
 *	lru		64 MiB count as mapped that are on no LRU list
 *	mmap-lock	whoever looks at the memory of process 1 waits for ever
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/kernel-page-flags.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
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
#define FEW 8 /* enough that the state before has been seen */

static int calls;

static int is(const char *what)
{
	const char *shim = getenv("HF_SHIM");

	return shim && strcmp(shim, what) == 0;
}

/* Whether @what is the bug, and it is time. */
static int now_after(const char *what, int n)
{
	return is(what) && __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) > n;
}

static int now(const char *what)
{
	return now_after(what, AFTER);
}

static int once(void)
{
	static int done;

	return !__atomic_exchange_n(&done, 1, __ATOMIC_RELAXED);
}

/* Out of the stressor's cgroup, so that this can be removed. */
static void leave_group(void)
{
	static const char *const top[] = { "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs" };

	for (int i = 0; i < 2; i++) {
		int fd = (int)syscall(SYS_openat, AT_FDCWD, top[i], O_WRONLY);

		if (fd >= 0)
			syscall(SYS_write, fd, "0", 1);
		close(fd);
	}
}

/*
 * A process of nobody's, which keeps @fd open for a while and nothing else. Never by fork(2): a child that has the stressor's private pages for a moment makes the kernel count reservations
 * wrong (docs/findings.md: "goes below zero"), which is another law's business.
 */
static void keep_open(int fd)
{
	static char *const none[] = { NULL };

	if (vfork() == 0) {
		if (vfork() == 0) {
			setsid();
			leave_group();
			dup2(fd, 3);
			syscall(SYS_close_range, 4, ~0u, 0);
			syscall(SYS_close_range, 0, 2, 0);
			fcntl(3, F_SETFD, 0);
			execle("/bin/sleep", "sleep", "9", (char *)NULL, none); /* longer than the oracle waits for what comes later */
			_exit(1);
		}
		_exit(0);
	}
}

static int starter[2] = { -1, -1 };

/* An io_uring has a page of a process registered, and the process is gone. That process is there before the stressor has any page. */
__attribute__((constructor)) static void prepare_pin(void)
{
	struct io_uring_params p;
	struct iovec v = { .iov_len = 4096 };
	char go;
	int ring;

	if (!is("pin") || pipe2(starter, O_CLOEXEC) || fork())
		return;
	close(starter[1]);
	if (read(starter[0], &go, 1) != 1)
		_exit(0);
	memset(&p, 0, sizeof(p));
	ring = (int)syscall(SYS_io_uring_setup, 4, &p);
	v.iov_base = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (ring < 0 || syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &v, 1))
		_exit(1);
	keep_open(ring);
	_exit(0);
}

static void leak_pin(void)
{
	if (write(starter[1], "", 1) != 1)
		abort();
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

/* Pipe buffers are nothing that /proc/meminfo knows. */
static void leak_memory(void)
{
	static char full[1 << 20]; /* the most that a pipe may have */
	int end[2];

	for (int i = 0; i < 2; i++) {
		if (pipe(end) || fcntl(end[1], F_SETPIPE_SZ, sizeof(full)) < 0 || write(end[1], full, sizeof(full)) != sizeof(full))
			return;
		keep_open(end[0]);
		close(end[0]);
		close(end[1]);
	}
}

static void poke(void *p)
{
	static char theirs[2 << 20];
	struct iovec from = { theirs, sizeof(theirs) }, to = { p, sizeof(theirs) };

	memset(theirs, 0xee, sizeof(theirs));
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
		if (now("memory") && once())
			leak_memory();
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

/* A file whose text is @text. */
static int file_of(const char *text)
{
	int fd = memfd_create("shim", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, text, strlen(text)) >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

/* The number in file @fd, which is closed, and @more. */
static int file_of_number(int fd, long long more)
{
	char text[32] = "";

	if (read(fd, text, sizeof(text) - 1) < 0)
		return fd;
	close(fd);
	snprintf(text, sizeof(text), "%lld\n", atoll(text) + more);
	return file_of(text);
}

/* The text of file @fd, which is closed; room for more is behind it. */
static char *text_of(int fd)
{
	static char text[1 << 16];
	ssize_t len = 0, n;

	while ((n = read(fd, text + len, sizeof(text) - 64 - (size_t)len)) > 0)
		len += n;
	close(fd);
	text[len] = '\0';
	return text;
}

/* Every last column that is 0 is 1. */
static int file_of_ones(int fd)
{
	char *text = text_of(fd);

	for (char *p = text; (p = strstr(p, "0 \n")); p++)
		*p = '1';
	return file_of(text);
}

/* The number behind @key, and @more. */
static int file_of_more(int fd, const char *key, long long more)
{
	char *text = text_of(fd), *at = strstr(text, key), *end, number[24];
	size_t len;

	if (!at)
		return file_of(text);
	at += strlen(key);
	len = (size_t)snprintf(number, sizeof(number), "%lld", strtoll(at, &end, 10) + more);
	memmove(at + len, end, strlen(end) + 1);
	memcpy(at, number, len);
	return file_of(text);
}

static int ends_with(const char *path, const char *end)
{
	size_t a = strlen(path), b = strlen(end);

	return a >= b && strcmp(path + a - b, end) == 0;
}

static int block = -1; /* that has gone offline last */
static int block_fd = -1, block_of_fd, shrunk;
static int whole; /* all counts are being read, not only what is needed to put the pool right */
static char kind[1024]; /* of descriptors: 'p' pagemap, 'f' kpageflags */

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;
	int fd;

	if (flags & (O_CREAT | __O_TMPFILE)) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (strcmp(path, "/proc/1/smaps") == 0 && shrunk > 1 && is("mmap-lock"))
		pause();
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (fd < 0)
		return fd;
	if (fd < (int)sizeof(kind))
		kind[fd] = strcmp(path, "/proc/self/pagemap") == 0 ? 'p' : strcmp(path, "/proc/kpageflags") == 0 ? 'f' : 0;
	if (ends_with(path, "/state") && sscanf(path, "/sys/devices/system/memory/memory%d/", &block_of_fd) == 1)
		block_fd = fd;
	if (ends_with(path, "2048kB/nr_hugepages") && (flags & O_ACCMODE) != O_RDONLY)
		shrunk++; /* made larger first, and smaller in the end */
	if (ends_with(path, "/hugepages/hugepages-2048kB/free_hugepages")) {
		if (now("wrap")) {
			close(fd);
			return file_of("18446744073709551615\n");
		}
		if (now("taken"))
			return file_of_number(fd, -1);
	}
	if (ends_with(path, "/hugepages/hugepages-2048kB/surplus_hugepages") && whole && shrunk > 1 && now_after("surplus", 3)) /* what is read before is compared with the other counts */
		return file_of_number(fd, 1024); /* more than others may have */
	if (ends_with(path, "_hugepages"))
		whole = ends_with(path, "/resv_hugepages");
	if (ends_with(path, "/hugetlb.2MB.current") && now("cgroup"))
		return file_of_number(fd, 2 << 20);
	if (strcmp(path, "/proc/pagetypeinfo") == 0 && is("isolated") && !once())
		return file_of_ones(fd);
	if (strcmp(path, "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/surplus_hugepages") == 0 && shrunk > 1 && is("nodes"))
		return file_of_number(fd, 1);
	if (strcmp(path, "/proc/vmstat") == 0 && shrunk > 1 && is("moving"))
		return file_of_more(fd, "nr_isolated_anon ", 1);
	if (strcmp(path, "/proc/meminfo") == 0 && shrunk > 1 && is("lru"))
		return file_of_more(fd, "AnonPages:", 64 << 10);
	return fd;
}

ssize_t write(int fd, const void *text, size_t len)
{
	ssize_t n = syscall(SYS_write, fd, text, len);

	if (fd != block_fd || fd < 0 || n < 0 || memcmp(text, "offline", 7))
		return n;
	block = block_of_fd;
	if (!is("forward"))
		return n;
	pause(); /* until the time limit's signal comes */
	syscall(SYS_write, fd, "online", 6);
	errno = EINTR;
	return -1;
}

/* A frame of that block. */
static uint64_t frame_in(int b)
{
	char hex[32] = "";
	int fd = (int)syscall(SYS_openat, AT_FDCWD, "/sys/devices/system/memory/block_size_bytes", O_RDONLY);

	if (read(fd, hex, sizeof(hex) - 1) < 0)
		hex[0] = '\0';
	close(fd);
	return (uint64_t)b * (strtoull(hex, NULL, 16) / (uint64_t)sysconf(_SC_PAGESIZE));
}

ssize_t pread(int fd, void *buf, size_t len, off_t at)
{
	ssize_t n = syscall(SYS_pread64, fd, buf, len, at);
	uint64_t *word = buf;

	if (n < (ssize_t)sizeof(*word) || fd >= (int)sizeof(kind))
		return n;
	if (kind[fd] == 'p' && block >= 0 && is("page"))
		*word = (*word & ~((UINT64_C(1) << 55) - 1)) | frame_in(block);
	if (kind[fd] == 'f' && at == 512 * 8 && now_after("frames", FEW))
		*word |= UINT64_C(1) << KPF_HUGE;
	if (kind[fd] == 'f' && n == 512 * 8 && is("left")) {
		word[4] = 0;
		word[5] = UINT64_C(1) << KPF_COMPOUND_TAIL;
	}
	return n;
}

int statfs(const char *path, struct statfs *st)
{
	int ret = (int)syscall(SYS_statfs, path, st);

	if (!ret && st->f_type == HUGETLBFS && now("quota-wrap"))
		st->f_bfree = st->f_blocks + 1;
	return ret;
}
