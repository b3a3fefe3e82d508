// SPDX-License-Identifier: GPL-2.0-or-later
/* A process that takes memory and gives it back, told by one word in shared memory. */
#include "system/hog.h"

#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/futex.h>
#include <linux/mempolicy.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

#define MAPS 4096	 /* BPF maps at most */
#define MAP_LARGE (7u << 21) /* MAP_SMALL times a power of four */
#define MAP_FEW (7u << 11)
#define MAP_SMALL (7u << 9) /* with its head less than a base page */
#define VALUE_MOST (7u << 19) /* of one entry, before 6.2 (array_map_alloc_check()) */
#define POCKET 64	 /* pipes with a base page each */
#define DECOYS 32
#define FILES (MAPS + 2 * POCKET + 64)
#define LOOK_NS 20000000 /* between two looks whether the other one is still there */

enum order { FILL, RETAKE, EASE, SPARE };

struct word {
	_Atomic uint32_t asked, done; /* orders so far */
	enum order order;
	size_t bytes;
	unsigned int killed;
	size_t mapped;
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
	size_t bytes, most, start, size[MAPS]; /* of the maps: all, at most, the next one to be tried, each */
	int map[MAPS], pocket[POCKET][2];
	unsigned int maps, pocketed, killed;
	bool full;
	pid_t decoy[DECOYS];
};

/* The decoy's own pages are few, but its stack, page tables and task are the kernel's: an allocation that the OOM killer was called for is served. */
static pid_t new_decoy(void)
{
	pid_t pid = fork();

	if (pid)
		return pid < 0 ? 0 : pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	syscall(SYS_close_range, 0, ~0u, 0); /* what the other one gives back is to be free */
	if (hf_file_write("/proc/self/oom_score_adj", "1000"))
		_exit(1);
	for (;;)
		pause();
}

/* Decoys that have died. Return: whether any has. */
static bool bury(struct taken *t)
{
	unsigned int before = t->killed;

	for (unsigned int i = 0; i < DECOYS; i++) {
		if (!t->decoy[i] || waitpid(t->decoy[i], NULL, WNOHANG) != t->decoy[i])
			continue;
		t->decoy[i] = 0;
		t->killed++;
	}
	return t->killed > before;
}

static void replenish(struct taken *t)
{
	static const char page[4096];

	for (unsigned int i = 0; i < DECOYS; i++)
		if (!t->decoy[i])
			t->decoy[i] = new_decoy();
	while (t->pocketed < POCKET && pipe(t->pocket[t->pocketed]) == 0)
		if (write(t->pocket[t->pocketed++][1], page, sizeof(page)) < 0)
			break;
}

/* Maps of this size and ever smaller ones until not even the smallest can be had. A size that cannot be had takes a tenth of a second in emulation: there are not many. */
static int take(struct taken *t)
{
	while (t->start >= MAP_SMALL) {
		size_t value = t->start < VALUE_MOST ? t->start : VALUE_MOST;
		union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = (unsigned int)value, .max_entries = (unsigned int)(t->start / value) };
		int fd;

		if (t->maps == MAPS || t->bytes >= t->most)
			return -ENOSPC;
		fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
		if (fd < 0 && errno != ENOMEM)
			return -errno;
		if (fd < 0) {
			t->start /= 4;
			continue;
		}
		t->size[t->maps] = t->start;
		t->map[t->maps++] = fd;
		t->bytes += t->start;
	}
	t->start = MAP_FEW; /* what is free next is little, unless it is given back */
	return 0;
}

static void ease(struct taken *t, size_t bytes)
{
	for (size_t freed = 0; t->maps && freed < bytes; freed += t->size[t->maps]) {
		close(t->map[--t->maps]);
		t->bytes -= t->size[t->maps];
		if (t->size[t->maps] > t->start)
			t->start = t->size[t->maps];
	}
}

static void spare(struct taken *t, size_t pages)
{
	for (; pages && t->pocketed; pages--) {
		close(t->pocket[--t->pocketed][0]);
		close(t->pocket[t->pocketed][1]);
	}
}

__attribute__((noreturn)) static void serve(struct word *w, pid_t parent, size_t most)
{
	static struct taken t;
	const struct rlimit files = { FILES, FILES };
	unsigned long all = ~0ul;
	uint32_t served = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_NOFILE, &files); /* where it cannot be had there are fewer maps */
	syscall(SYS_set_mempolicy, MPOL_INTERLEAVE, &all, 8 * sizeof(all)); /* what is given back is memory of all nodes; a kernel without nodes does not know it */
	if (getppid() != parent || hf_file_write("/proc/self/oom_score_adj", "999"))
		_exit(1);
	t.most = most;
	t.start = MAP_LARGE;
	tell(&w->done);
	for (;;) {
		while (atomic_load(&w->asked) == served) {
			await(&w->asked, served);
			if (t.full && bury(&t))
				take(&t); /* what it has left */
		}
		served++;
		w->err = 0;
		switch (w->order) {
		case FILL:
			replenish(&t);
			w->err = take(&t);
			t.full = true;
			w->mapped = t.bytes;
			break;
		case RETAKE:
			w->err = take(&t);
			break;
		case EASE:
			ease(&t, w->bytes);
			bury(&t);
			w->killed = t.killed;
			t.killed = 0;
			t.full = false;
			break;
		case SPARE:
			spare(&t, w->bytes);
			break;
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

int hf_hog_retake(struct hf_hog *hog)
{
	return order(hog, RETAKE);
}

int hf_hog_spare(struct hf_hog *hog, size_t pages)
{
	hog->word->bytes = pages;
	return order(hog, SPARE);
}

unsigned int hf_hog_killed(const struct hf_hog *hog)
{
	return hog->word->killed;
}

size_t hf_hog_tables(const struct hf_hog *hog)
{
	const size_t base = (size_t)sysconf(_SC_PAGESIZE);

	return hog->word->mapped / (base / sizeof(void *));
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
