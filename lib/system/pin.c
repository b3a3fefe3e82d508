// SPDX-License-Identifier: GPL-2.0-or-later
/* Pins of all kinds; the wrapper of liburing. */
#include "system/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/stuck.h"

struct hf_pin {
	enum hf_pin_kind kind;
	struct iovec *at;
	unsigned int n;
	struct io_uring ring;
	int pipe[2];
	pid_t child;
	char *room; /* hf_pin_open(): what was pinned is read into it */
	size_t len;
	/* the reading thread */
	pthread_t thread;
	cpu_set_t cpus;
	_Atomic unsigned int aim;
	_Atomic uint64_t reads;
	_Atomic bool over;
	_Atomic int failed; /* -errno of a read that failed */
};

static const struct hf_pin_info info[HF_PIN_KINDS] = {
	[HF_PIN_NONE] = { "none", "no reference", "", false, false },
	[HF_PIN_REGISTERED] = { "registered", "FOLL_WRITE | FOLL_LONGTERM | FOLL_PIN", "io_pin_pages() in io_uring/memmap.c", true, true },
	[HF_PIN_VMSPLICE] = { "vmsplice", "FOLL_GET, read only", "iter_to_pipe() in fs/splice.c, iov_iter_get_pages2()", false, true },
	[HF_PIN_DIRECT] = { "direct", "FOLL_WRITE | FOLL_PIN", "fuse_get_user_pages() in fs/fuse/file.c, iov_iter_extract_pages(); before 6.5 or so FOLL_GET", true, true },
	[HF_PIN_READV] = { "readv", "FOLL_PIN for the time of the copy", "process_vm_rw_single_vec() in mm/process_vm_access.c, pin_user_pages_remote()", true, false },
	[HF_PIN_FORK] = { "fork", "no reference of GUP: a second mapping, which counts in mapcount and refcount alike", "copy_huge_pmd() in mm/huge_memory.c", false, false },
	[HF_PIN_MLOCK] = { "mlock", "no reference: VM_LOCKED, and PG_mlocked on folios that lie inside it", "mlock_folio() in mm/mlock.c", false, false },
};

const struct hf_pin_info *hf_pin_info(enum hf_pin_kind kind)
{
	return &info[kind];
}

static int pin_registered(struct hf_pin *pin)
{
	int err = io_uring_queue_init(1, &pin->ring, 0);

	if (err)
		return err;
	err = io_uring_register_buffers(&pin->ring, pin->at, pin->n);
	if (err)
		io_uring_queue_exit(&pin->ring);
	return err;
}

static void free_registered(struct hf_pin *pin)
{
	io_uring_unregister_buffers(&pin->ring);
	io_uring_queue_exit(&pin->ring);
}

/* Each base page takes a slot of the pipe. */
static int open_pipe(struct hf_pin *pin, size_t len)
{
	int err;

	if (pipe2(pin->pipe, O_CLOEXEC))
		return -errno;
	if (fcntl(pin->pipe[1], F_SETPIPE_SZ, (int)len) >= 0)
		return 0;
	err = errno == EPERM || errno == EINVAL ? -E2BIG : -errno;
	close(pin->pipe[0]);
	close(pin->pipe[1]);
	return err;
}

static void free_vmsplice(struct hf_pin *pin)
{
	close(pin->pipe[0]);
	close(pin->pipe[1]);
}

static int pin_vmsplice(struct hf_pin *pin)
{
	size_t len = 0, done = 0;
	int err;

	for (unsigned int i = 0; i < pin->n; i++)
		len += pin->at[i].iov_len;
	err = open_pipe(pin, len);
	if (err)
		return err;
	for (unsigned int i = 0; i < pin->n; i++) {
		ssize_t got = vmsplice(pin->pipe[1], &pin->at[i], 1, SPLICE_F_NONBLOCK);

		if (got < 0 && errno != EAGAIN) {
			err = -errno;
			break;
		}
		done += got > 0 ? (size_t)got : 0;
	}
	if (!err && done < len)
		err = -E2BIG;
	if (err)
		free_vmsplice(pin);
	return err;
}

/* The file of direct reads, and its server. */
static struct hf_stuck *stuck;

int hf_pin_prepare(enum hf_pin_kind kind)
{
	return kind == HF_PIN_DIRECT && !stuck ? hf_stuck_new(&stuck) : 0;
}

void hf_pin_finish(void)
{
	hf_stuck_free(stuck);
	stuck = NULL;
}

static int pin_direct(struct hf_pin *pin)
{
	return stuck ? hf_stuck_read(stuck, pin->at, pin->n) : -EINVAL;
}

static void free_direct(struct hf_pin *pin)
{
	(void)pin;
	hf_stuck_end(stuck);
}

static void *read_over_and_over(void *arg)
{
	struct hf_pin *pin = arg;
	size_t len = pin->at[0].iov_len;
	char *to = malloc(len);

	sched_setaffinity(0, sizeof(pin->cpus), &pin->cpus);
	while (to && !atomic_load_explicit(&pin->over, memory_order_relaxed)) {
		struct iovec local = { to, len };

		if (process_vm_readv(getpid(), &local, 1, &pin->at[atomic_load(&pin->aim)], 1, 0) < 0)
			atomic_store(&pin->failed, -errno);
		atomic_fetch_add(&pin->reads, 1);
	}
	if (!to)
		atomic_store(&pin->failed, -ENOMEM);
	free(to);
	return NULL;
}

static void free_readv(struct hf_pin *pin)
{
	atomic_store(&pin->over, true);
	pthread_join(pin->thread, NULL);
}

/* All CPUs but the one that we are on: the pin is to meet what happens here. */
static int pin_readv(struct hf_pin *pin)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	int err, here = sched_getcpu();

	if (n < 2 || here < 0)
		return -ENODEV;
	memset(&pin->cpus, 0xff, sizeof(pin->cpus));
	if (here < CPU_SETSIZE)
		CPU_CLR(here, &pin->cpus);
	err = -pthread_create(&pin->thread, NULL, read_over_and_over, pin);
	if (err)
		return err;
	hf_pin_aim(pin, 0);
	err = atomic_load(&pin->failed);
	if (err)
		free_readv(pin);
	return err;
}

static int pin_fork(struct hf_pin *pin)
{
	pid_t parent = getpid();

	pin->child = fork();
	if (pin->child < 0)
		return -errno;
	if (pin->child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == parent)
			pause();
		_exit(0);
	}
	return 0;
}

static void free_fork(struct hf_pin *pin)
{
	kill(pin->child, SIGKILL);
	waitpid(pin->child, NULL, 0);
}

static int pin_mlock(struct hf_pin *pin)
{
	for (unsigned int i = 0; i < pin->n; i++) {
		if (mlock(pin->at[i].iov_base, pin->at[i].iov_len) == 0)
			continue;
		while (i--)
			munlock(pin->at[i].iov_base, pin->at[i].iov_len);
		return -errno;
	}
	return 0;
}

static void free_mlock(struct hf_pin *pin)
{
	for (unsigned int i = 0; i < pin->n; i++)
		munlock(pin->at[i].iov_base, pin->at[i].iov_len);
}

static const struct {
	int (*take)(struct hf_pin *pin);
	void (*give)(struct hf_pin *pin);
} how[HF_PIN_KINDS] = {
	[HF_PIN_REGISTERED] = { pin_registered, free_registered },
	[HF_PIN_VMSPLICE] = { pin_vmsplice, free_vmsplice },
	[HF_PIN_DIRECT] = { pin_direct, free_direct },
	[HF_PIN_READV] = { pin_readv, free_readv },
	[HF_PIN_FORK] = { pin_fork, free_fork },
	[HF_PIN_MLOCK] = { pin_mlock, free_mlock },
};

int hf_pin_new(struct hf_pin **out, enum hf_pin_kind kind, const struct iovec *at, unsigned int n)
{
	struct hf_pin *pin = calloc(1, sizeof(*pin));
	int err = -ENOMEM;

	if (pin)
		pin->at = calloc(n ? n : 1, sizeof(*at));
	if (!pin || !pin->at)
		goto free;
	if (n)
		memcpy(pin->at, at, n * sizeof(*at));
	pin->n = n;
	pin->kind = n ? kind : HF_PIN_NONE;
	err = how[pin->kind].take ? how[pin->kind].take(pin) : 0;
	if (err)
		goto free;
	*out = pin;
	return 0;
free:
	if (pin)
		free(pin->at);
	free(pin);
	return err;
}

/* Two more reads: the one under way may have been aimed elsewhere. */
void hf_pin_aim(struct hf_pin *pin, unsigned int i)
{
	uint64_t since;

	if (pin->kind != HF_PIN_READV)
		return;
	atomic_store(&pin->aim, i);
	since = atomic_load(&pin->reads);
	while (atomic_load(&pin->reads) < since + 2 && !atomic_load(&pin->failed))
		sched_yield();
}

int hf_pin_open(struct hf_pin **out, enum hf_pin_kind kind, size_t len)
{
	struct hf_pin *pin;
	int err = kind == HF_PIN_REGISTERED || kind == HF_PIN_VMSPLICE || kind == HF_PIN_READV ? 0 : -EINVAL;

	if (err)
		return err;
	err = hf_pin_new(&pin, HF_PIN_NONE, NULL, 0);
	if (err)
		return err;
	pin->room = malloc(len);
	pin->len = len;
	if (!pin->room)
		err = -ENOMEM;
	else if (kind == HF_PIN_REGISTERED)
		err = io_uring_queue_init(1, &pin->ring, 0);
	else if (kind == HF_PIN_VMSPLICE)
		err = open_pipe(pin, len);
	if (err) {
		hf_pin_free(pin);
		return err;
	}
	pin->kind = kind;
	*out = pin;
	return 0;
}

int hf_pin_add(struct hf_pin *pin, const struct iovec *at)
{
	struct iovec local = { pin->room, at->iov_len };

	switch (pin->kind) {
	case HF_PIN_REGISTERED:
		return io_uring_register_buffers(&pin->ring, at, 1);
	case HF_PIN_VMSPLICE:
		return vmsplice(pin->pipe[1], at, 1, SPLICE_F_NONBLOCK) == (ssize_t)at->iov_len ? 0 : -EAGAIN;
	default:
		return process_vm_readv(getpid(), &local, 1, at, 1, 0) < 0 ? -errno : 0;
	}
}

void hf_pin_drop(struct hf_pin *pin)
{
	if (pin->kind == HF_PIN_REGISTERED)
		io_uring_unregister_buffers(&pin->ring);
	else if (pin->kind == HF_PIN_VMSPLICE)
		(void)!read(pin->pipe[0], pin->room, pin->len);
}

/* Writes what is pinned into @fd. */
static int write_pinned(struct hf_pin *pin, const void *at, size_t len, int fd)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&pin->ring);
	struct io_uring_cqe *cqe;
	int err;

	io_uring_prep_write_fixed(sqe, fd, at, (unsigned int)len, 0, 0);
	err = io_uring_submit(&pin->ring);
	if (err < 0)
		return err;
	do
		err = io_uring_wait_cqe(&pin->ring, &cqe);
	while (err == -EINTR);
	if (err)
		return err;
	err = cqe->res;
	io_uring_cqe_seen(&pin->ring, cqe);
	return err < 0 ? err : 0;
}

int hf_pin_look(struct hf_pin *pin, const void *at, void *buf, size_t len)
{
	int fd[2], err;

	if (pin->kind != HF_PIN_REGISTERED)
		return -EINVAL;
	if (pipe2(fd, O_CLOEXEC))
		return -errno;
	err = write_pinned(pin, at, len, fd[1]);
	if (!err && read(fd[0], buf, len) != (ssize_t)len)
		err = -EIO;
	close(fd[0]);
	close(fd[1]);
	return err;
}

void hf_pin_free(struct hf_pin *pin)
{
	if (!pin)
		return;
	if (pin->room) { /* opened, and not by hf_pin_new() */
		if (pin->kind == HF_PIN_REGISTERED)
			io_uring_queue_exit(&pin->ring);
		else if (pin->kind == HF_PIN_VMSPLICE)
			free_vmsplice(pin);
		free(pin->room);
		pin->kind = HF_PIN_NONE;
	}
	if (how[pin->kind].give)
		how[pin->kind].give(pin);
	free(pin->at);
	free(pin);
}
