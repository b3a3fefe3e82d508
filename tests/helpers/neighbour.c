// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Another user of the machine who never rests: reserves, takes, keeps for a while and frees hugetlb pages by mappings, by files that nobody maps and by forked copies, transparent huge pages, base
 * pages and pipe buffers. Says "ready" when all has been done once, goes on until the end of its input, and says how often.
 * Exit status 0; 1 when a page is not as it was left, or was promised and is not there (SIGBUS); 4 when the pool never had a page for it.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE ((size_t)2 << 20)
#define SLOTS 4

/* Something that is kept until its turn comes again. */
struct slot {
	uint64_t *p;
	size_t len;
	uint64_t mark;
	int fd, pipe[2];
};

static struct slot slot[SLOTS];
static unsigned long rounds, refused, taken;

static void wrong(const char *what)
{
	printf("%s after %lu rounds\n", what, rounds);
	exit(1);
}

static void on_sigbus(int sig)
{
	static const char text[] = "SIGBUS\n";

	(void)sig;
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

static void fill(struct slot *s)
{
	for (size_t at = 0; at < s->len / sizeof(*s->p); at += 512)
		s->p[at] = s->mark + at;
}

static void check(const struct slot *s)
{
	for (size_t at = 0; at < s->len / sizeof(*s->p); at += 512)
		if (s->p[at] != s->mark + at)
			wrong("a page is not as it was left");
}

/* In a child, which has its own copy in the end. Private copies of reserved pages are not promised: only transparent ones are written. */
static void copy(struct slot *s, int write_too)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		check(s);
		s->mark++;
		if (write_too)
			fill(s);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	check(s);
}

static void map(struct slot *s, size_t len, int flags)
{
	s->p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	if (s->p == MAP_FAILED) {
		s->p = NULL;
		refused++;
		return;
	}
	taken += flags & MAP_HUGETLB ? 1 : 0;
	s->len = len;
}

static void release(struct slot *s)
{
	if (s->p && s->mark)
		check(s);
	if (s->p)
		munmap(s->p, s->len);
	if (s->fd > 0)
		close(s->fd);
	if (s->pipe[1]) {
		close(s->pipe[0]);
		close(s->pipe[1]);
	}
	memset(s, 0, sizeof(*s));
}

static void take(struct slot *s)
{
	static const char zero[65536];
	unsigned int pages = 1 + (unsigned int)rand() % 2;

	switch (rounds % 6) {
	case 0: /* reserved and used */
		map(s, pages * PAGE, MAP_HUGETLB);
		break;
	case 1: /* only reserved */
		map(s, pages * PAGE, MAP_HUGETLB);
		return;
	case 2: /* in a file, mapped by nobody */
		s->fd = memfd_create("neighbour", MFD_CLOEXEC | MFD_HUGETLB);
		if (s->fd < 0 || fallocate(s->fd, 0, 0, (off_t)(pages * PAGE)))
			refused++;
		return;
	case 3:
		map(s, 8 * PAGE, 0);
		if (s->p)
			madvise(s->p, s->len, MADV_HUGEPAGE);
		break;
	case 4:
		map(s, 32 * PAGE, 0);
		break;
	case 5:
		if (pipe2(s->pipe, O_NONBLOCK | O_CLOEXEC) || write(s->pipe[1], zero, sizeof(zero)) < 0)
			refused++;
		return;
	}
	if (!s->p)
		return;
	s->mark = ((uint64_t)rand() << 32) | 1;
	fill(s);
	copy(s, rounds % 6 == 3);
}

int main(void)
{
	struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
	char c;

	signal(SIGBUS, on_sigbus);
	for (;;) {
		struct slot *s = &slot[rounds % SLOTS];

		release(s);
		take(s);
		if (++rounds == 12) {
			puts("ready");
			fflush(stdout);
		}
		if (poll(&in, 1, rand() % 8) > 0 && read(STDIN_FILENO, &c, 1) <= 0)
			break;
	}
	for (int i = 0; i < SLOTS; i++)
		release(&slot[i]);
	printf("%lu rounds, %lu mappings of huge pages, %lu refused\n", rounds, taken, refused);
	return taken ? 0 : 4;
}
