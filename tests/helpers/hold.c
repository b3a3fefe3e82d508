// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Another user of the pool: maps one huge page, fills it, says "held", waits for the end of its input and says whether the page is intact.
 * Exit status 0 intact, 1 changed, 4 no page to be had.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define LEN ((size_t)2 << 20)

static uint64_t pattern(size_t i)
{
	return (i + 1) * 0x9e3779b97f4a7c15u;
}

int main(void)
{
	volatile uint64_t *p;
	size_t i;
	char c;

	p = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 21 << MAP_HUGE_SHIFT, -1, 0);
	if (p == MAP_FAILED) {
		perror("hold: mmap");
		return 4;
	}
	for (i = 0; i < LEN / sizeof(*p); i++)
		p[i] = pattern(i);
	puts("held");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	for (i = 0; i < LEN / sizeof(*p); i++) {
		if (p[i] != pattern(i)) {
			printf("changed at byte %zu\n", i * sizeof(*p));
			return 1;
		}
	}
	puts("intact");
	return 0;
}
