// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory blocks: list, census, offline and online. */
#include "system/block.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kernel-page-flags.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"

#define DIR_PATH "/sys/devices/system/memory"
#define CHUNK 1024 /* frames read at once: MAX_ORDER_NR_PAGES of x86, the least that is initialised at a time (deferred_init_maxorder() in mm/mm_init.c) */
/* include/linux/kernel-page-flags.h, not in the uapi header */
#define KPF_RESERVED_BIT 32
#define KPF_MLOCKED_BIT 33
#define NEXT_NS 1000000L

static timer_t timer;

char *hf_block_path(unsigned int id, const char *file, char *buf, size_t room)
{
	snprintf(buf, room, DIR_PATH "/memory%u/%s", id, file);
	return buf;
}

static int by_id(const void *a, const void *b)
{
	const struct hf_block *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Fills in a block; false when it is no block after all. */
static bool read_block(const char *name, uint64_t pages, struct hf_block *b)
{
	char path[PATH_MAX], text[64];
	uint64_t id;

	if (strncmp(name, "memory", 6) != 0 || hf_parse_u64(name + 6, 0, UINT_MAX, &id))
		return false;
	*b = (struct hf_block){ .id = (unsigned int)id, .pfn = id * pages, .pages = pages };
	if (hf_file_read(hf_block_path(b->id, "state", path, sizeof(path)), text, sizeof(text)) < 0)
		return false;
	b->online = strcmp(text, "online") == 0;
	if (hf_file_read(hf_block_path(b->id, "valid_zones", path, sizeof(path)), text, sizeof(text)) < 0)
		strcpy(text, "none");
	snprintf(b->zone, sizeof(b->zone), "%.*s", (int)(sizeof(b->zone) - 1), text);
	return true;
}

static bool neighbours(const struct hf_block *a, const struct hf_block *b)
{
	return a->id + 1 == b->id && a->online && b->online && strcmp(a->zone, b->zone) == 0;
}

int hf_block_list(struct hf_block **list)
{
	char path[PATH_MAX], text[32];
	uint64_t size, pages;
	struct dirent *e;
	struct hf_block *at = NULL;
	int n = 0, room = 0, err;
	DIR *dir;

	if (hf_file_read(DIR_PATH "/block_size_bytes", text + 2, sizeof(text) - 2) < 0)
		return -ENOENT;
	memcpy(text, "0x", 2);
	err = hf_parse_u64(text, 1, INT64_MAX, &size);
	if (err)
		return err;
	pages = size / (uint64_t)sysconf(_SC_PAGESIZE);
	if (!hf_file_path(DIR_PATH, path, sizeof(path)))
		return -errno;
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		if (n == room) {
			struct hf_block *more = reallocarray(at, (size_t)(room ? 2 * room : 64), sizeof(*at));

			if (!more) {
				free(at);
				closedir(dir);
				return -ENOMEM;
			}
			at = more;
			room = room ? 2 * room : 64;
		}
		n += read_block(e->d_name, pages, &at[n]);
	}
	closedir(dir);
	if (!n) {
		free(at);
		return -ENOENT;
	}
	qsort(at, (size_t)n, sizeof(*at), by_id);
	for (int i = 1; i + 1 < n; i++)
		at[i].inner = neighbours(&at[i - 1], &at[i]) && neighbours(&at[i], &at[i + 1]);
	*list = at;
	return n;
}

static bool has(uint64_t flags, int bit)
{
	return flags >> bit & 1;
}

static enum hf_block_class classify(uint64_t flags, uint64_t mappings)
{
	if (!flags)
		return HF_BLOCK_BLANK;
	if (has(flags, KPF_HUGE))
		return mappings ? HF_BLOCK_HUGETLB_USED : HF_BLOCK_HUGETLB_FREE;
	if (has(flags, KPF_BUDDY))
		return HF_BLOCK_FREE;
	if (has(flags, KPF_RESERVED_BIT))
		return HF_BLOCK_RESERVED;
	if (has(flags, KPF_SLAB))
		return HF_BLOCK_SLAB;
	if (has(flags, KPF_PGTABLE))
		return HF_BLOCK_PGTABLE;
	if (has(flags, KPF_MLOCKED_BIT))
		return HF_BLOCK_MLOCKED;
	if (has(flags, KPF_ANON))
		return has(flags, KPF_THP) ? HF_BLOCK_THP : HF_BLOCK_ANON;
	if (has(flags, KPF_LRU))
		return HF_BLOCK_FILE;
	return HF_BLOCK_OTHER;
}

enum hf_block_class hf_block_add(struct hf_block_count *count, uint64_t flags, uint64_t mappings)
{
	enum hf_block_class class = classify(flags, mappings);

	count->n[class]++;
	count->heads += has(flags, KPF_HUGE) && has(flags, KPF_COMPOUND_HEAD);
	return class;
}

static int read_entries(int fd, uint64_t at, uint64_t *entry, size_t n)
{
	ssize_t got = pread(fd, entry, n * sizeof(*entry), (off_t)(at * sizeof(*entry)));

	if (got < 0)
		return -errno;
	return (size_t)got == n * sizeof(*entry) ? 0 : -ENODATA;
}

int hf_block_count(const struct hf_block *block, struct hf_block_count *count)
{
	int flags_fd = hf_file_open("/proc/kpageflags", O_RDONLY), count_fd = hf_file_open("/proc/kpagecount", O_RDONLY), err = 0;
	uint64_t flags[CHUNK], mappings[CHUNK];

	*count = (struct hf_block_count){ .blank = false };
	if (flags_fd < 0 || count_fd < 0)
		err = flags_fd < 0 ? flags_fd : count_fd;
	for (uint64_t done = 0; !err && done < block->pages; done += CHUNK) {
		size_t n = block->pages - done < CHUNK ? block->pages - done : CHUNK;
		uint64_t before = count->n[HF_BLOCK_BLANK];
		bool huge = false;

		err = read_entries(flags_fd, block->pfn + done, flags, n);
		for (size_t i = 0; !err && i < n; i++)
			huge = huge || has(flags[i], KPF_HUGE);
		if (!err && huge)
			err = read_entries(count_fd, block->pfn + done, mappings, n);
		for (size_t i = 0; !err && i < n; i++)
			hf_block_add(count, flags[i], huge ? mappings[i] : 0);
		if (!err && count->n[HF_BLOCK_BLANK] - before == n)
			count->blank = true;
	}
	if (flags_fd >= 0)
		close(flags_fd);
	if (count_fd >= 0)
		close(count_fd);
	return err == -EACCES ? -EPERM : err;
}

/* Frames of the block, one in every @step bytes: how many are of one of @classes; looking ends at the first that is not if @all of them have to be. */
static int look(const struct hf_block *block, size_t step, unsigned int classes, bool all)
{
	int fd = hf_file_open("/proc/kpageflags", O_RDONLY), err = 0, n = 0;
	uint64_t frames = step / (uint64_t)sysconf(_SC_PAGESIZE), flags;
	bool is = true;

	if (fd < 0)
		return fd == -EACCES ? -EPERM : fd;
	for (uint64_t at = 0; !err && at < block->pages && (is || !all); at += frames) {
		err = read_entries(fd, block->pfn + at, &flags, 1);
		is = !err && classes >> classify(flags, 0) & 1;
		n += is;
	}
	close(fd);
	if (err)
		return err;
	return all ? is : n;
}

int hf_block_sample(const struct hf_block *block, size_t step, enum hf_block_class class)
{
	return look(block, step, 1u << class, false);
}

int hf_block_only(const struct hf_block *block, size_t step, unsigned int classes)
{
	return look(block, step, classes, true);
}

bool hf_block_may(const struct hf_block *block, const struct hf_block_count *count, const char **why)
{
	*why = NULL;
	if (!block->online)
		*why = "is not online";
	else if (strcmp(block->zone, "none") == 0)
		*why = "has holes, or is of more than one zone";
	else if (!block->inner)
		*why = "is at the edge of its zone";
	else if (count->blank)
		*why = "may not be initialised";
	return !*why;
}

int hf_block_open(const struct hf_block *block)
{
	char path[PATH_MAX];

	return hf_file_open(hf_block_path(block->id, "state", path, sizeof(path)), O_WRONLY);
}

int hf_block_set(int fd, bool online)
{
	const char *word = online ? "online" : "offline";

	return write(fd, word, strlen(word)) < 0 ? -errno : 0;
}

static void on_signal(int sig)
{
	(void)sig;
}

int hf_block_arm(uint64_t limit_ns)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2, ._sigev_un._tid = gettid() };
	struct itimerspec when = { .it_value = { (time_t)(limit_ns / 1000000000), (long)(limit_ns % 1000000000) }, .it_interval = { 0, NEXT_NS } };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	if (sigaction(SIGUSR2, &sa, NULL) || pthread_sigmask(SIG_UNBLOCK, &set, NULL))
		return -errno;
	if (timer_create(CLOCK_MONOTONIC, &event, &timer))
		return -errno;
	if (timer_settime(timer, 0, &when, NULL)) {
		int err = -errno;

		timer_delete(timer);
		return err;
	}
	return 0;
}

void hf_block_disarm(void)
{
	timer_delete(timer);
}
