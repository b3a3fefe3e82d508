// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * poolloop ROUNDS: a straight loop over the pool file of 2 MiB pages, as anybody would write it: one page more, one page less, each write(2) between two readings of
 * CLOCK_MONOTONIC. Prints "GROW SHRINK", the medians in ns. Shares nothing with the library. Exit status 4 when the pool cannot be changed.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double timed_write(int fd, const char *text)
{
	struct timespec from, to;
	ssize_t n;

	clock_gettime(CLOCK_MONOTONIC, &from);
	n = pwrite(fd, text, strlen(text), 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	if (n < 0) {
		perror("poolloop: write");
		exit(4);
	}
	return (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 100, fd = open(POOL, O_RDWR);
	double *grow = calloc((size_t)rounds + 1, sizeof(*grow)), *shrink = calloc((size_t)rounds + 1, sizeof(*shrink));
	char less[32] = "", more[32];
	cpu_set_t cpu;

	if (fd < 0 || read(fd, less, sizeof(less) - 1) <= 0 || rounds < 1 || !grow || !shrink) {
		perror("poolloop: " POOL);
		return 4;
	}
	snprintf(more, sizeof(more), "%ld", atol(less) + 1);
	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	for (int i = -rounds / 4; i < rounds; i++) { /* the first quarter is overwritten: the pages of a guest cost more when they are new */
		int at = i < 0 ? 0 : i;

		grow[at] = timed_write(fd, more);
		shrink[at] = timed_write(fd, less);
	}
	qsort(grow, (size_t)rounds, sizeof(*grow), compare);
	qsort(shrink, (size_t)rounds, sizeof(*shrink), compare);
	printf("%.0f %.0f\n", grow[rounds / 2], shrink[rounds / 2]);
	return 0;
}
