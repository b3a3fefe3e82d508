// SPDX-License-Identifier: GPL-2.0-or-later
/* A process that takes memory and gives it back, told by one word in shared memory. */
#include "system/hog.h"

#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "system/memfree.h"

#define STEP 4096	 /* base pages between two looks at what is left */
#define MARGIN 16384	 /* base pages that faults leave: a per-CPU list fetches thousands at once (rmqueue_bulk()), and the OOM killer does not look there */
#define MAPS 1024	 /* BPF maps at most */
#define MAP_LARGE (4u << 20)
#define MAP_SMALL 3584 /* with its head less than a base page */
#define LOOK_NS 20000000 /* between two looks whether the other one is still there */

enum order { FILL, EASE };

struct word {
	_Atomic uint32_t asked, done; /* orders so far */
	enum order order;
	size_t bytes;
	int err;
};

struct hf_hog {
	pid_t pid;
	struct word *word;
};

/* Waits a moment for *@at to be other than @old. */
static void await(_Atomic uint32_t *at, uint32_t old)
{
	struct timespec ts = { .tv_nsec = LOOK_NS };

	syscall(SYS_futex, at, FUTEX_WAIT, old, &ts, NULL, 0);
}

static void tell(_Atomic uint32_t *at)
{
	atomic_fetch_add(at, 1);
	syscall(SYS_futex, at, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* What the process has. */
struct taken {
	char *area;
	size_t bytes, most; /* of the area: touched, all */
	int zoneinfo, map[MAPS];
	unsigned int maps;
};

/* Faults until MARGIN base pages are left, taking half of the rest at a time. */
static int take_bulk(struct taken *t)
{
	const size_t base = (size_t)sysconf(_SC_PAGESIZE);

	for (;;) {
		int64_t above;
		int err = hf_memfree_above(t->zoneinfo, &above);

		if (err || above <= MARGIN)
			return err;
		if (t->bytes == t->most)
			return -ENOSPC;
		above = (above - MARGIN + 1) / 2;
		for (above = above < STEP ? above : STEP; above && t->bytes < t->most; above--, t->bytes += base)
			((volatile char *)t->area)[t->bytes] = 1;
	}
}

/* Maps of this size and ever smaller ones until not even the smallest can be had. */
static int take_rest(struct taken *t)
{
	for (size_t size = MAP_LARGE; size >= MAP_SMALL / 2;) {
		union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = size < MAP_SMALL ? MAP_SMALL : (unsigned int)size, .max_entries = 1 };
		int fd;

		if (t->maps == MAPS)
			return -ENOSPC;
		fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
		if (fd >= 0)
			t->map[t->maps++] = fd;
		else if (errno != ENOMEM)
			return -errno;
		else
			size /= 2;
	}
	return 0;
}

static void ease(struct taken *t, size_t bytes)
{
	while (t->maps)
		close(t->map[--t->maps]);
	bytes = bytes < t->bytes ? bytes : t->bytes;
	t->bytes -= bytes;
	madvise(t->area + t->bytes, bytes, MADV_DONTNEED);
}

__attribute__((noreturn)) static void serve(struct word *w, pid_t parent, size_t most)
{
	struct taken t = { .most = most, .zoneinfo = hf_memfree_open() };
	uint32_t served = 0;
	int64_t above;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	t.area = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (getppid() != parent || t.area == MAP_FAILED || t.zoneinfo < 0 || hf_memfree_above(t.zoneinfo, &above))
		_exit(1);
	madvise(t.area, most, MADV_NOHUGEPAGE);
	if (hf_file_write("/proc/self/oom_score_adj", "1000"))
		_exit(1);
	tell(&w->done);
	for (;;) {
		while (atomic_load(&w->asked) == served)
			await(&w->asked, served);
		served++;
		w->err = 0;
		if (w->order == FILL) {
			w->err = take_bulk(&t);
			if (!w->err)
				w->err = take_rest(&t);
		} else {
			ease(&t, w->bytes);
		}
		tell(&w->done);
	}
}

/* Until it has done one thing more than @done. */
static int wait_for(struct hf_hog *hog, uint32_t done)
{
	while (atomic_load(&hog->word->done) == done) {
		if (waitpid(hog->pid, NULL, WNOHANG) == hog->pid) {
			hog->pid = 0;
			return -ESRCH;
		}
		await(&hog->word->done, done);
	}
	return hog->word->err;
}

static int order(struct hf_hog *hog, enum order what)
{
	uint32_t done = atomic_load(&hog->word->done);

	if (!hog->pid)
		return -ESRCH;
	hog->word->order = what;
	tell(&hog->word->asked);
	return wait_for(hog, done);
}

int hf_hog_open(struct hf_hog **out, size_t most)
{
	struct hf_hog *hog = calloc(1, sizeof(*hog));
	pid_t parent = getpid();
	int err = -ENOMEM;

	if (!hog)
		return -ENOMEM;
	hog->word = mmap(NULL, sizeof(*hog->word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hog->word == MAP_FAILED)
		goto free;
	hog->pid = fork();
	if (hog->pid == 0)
		serve(hog->word, parent, most);
	err = hog->pid < 0 ? -errno : wait_for(hog, 0);
	if (err)
		goto unmap;
	*out = hog;
	return 0;
unmap:
	munmap(hog->word, sizeof(*hog->word));
free:
	free(hog);
	return err;
}

int hf_hog_fill(struct hf_hog *hog)
{
	return order(hog, FILL);
}

int hf_hog_ease(struct hf_hog *hog, size_t bytes)
{
	hog->word->bytes = bytes;
	return order(hog, EASE);
}

void hf_hog_close(struct hf_hog *hog)
{
	if (!hog)
		return;
	if (hog->pid) {
		kill(hog->pid, SIGKILL);
		waitpid(hog->pid, NULL, 0);
	}
	munmap(hog->word, sizeof(*hog->word));
	free(hog);
}
