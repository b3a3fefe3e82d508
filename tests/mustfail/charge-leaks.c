// SPDX-License-Identifier: GPL-2.0-or-later
/* A page that outlives the processes of its repeat, in a file of the private hugetlbfs mount: its charge stays with their cgroup. */
/* needs: root charges */
/* owes: 1 hugetlb cgroup law: after the repeat 2097152 bytes of pages are charged (0 before) */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hugefault.h"

static void body(struct hf_task *t)
{
	while (hf_running(t)) {
		hf_begin(t);
		hf_end(t, 1);
	}
}

static size_t memory(const struct hf_run *run)
{
	return run->page;
}

/* "hugefault DIR hugetlbfs ...pagesize=2M..." */
static void setup(struct hf_run *run)
{
	FILE *f = fopen("/proc/self/mounts", "r");
	char line[512], path[600] = "", *p;
	int fd;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "hugefault /", 11) == 0 && strstr(line, "pagesize=2M"))
			snprintf(path, sizeof(path), "%.*s/leak", (int)strcspn(line + 10, " "), line + 10);
	if (f)
		fclose(f);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)run->page))
		hf_broken(run, "no file in '%s'", path);
	p = mmap(NULL, run->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		hf_broken(run, "no page in '%s'", path);
	hf_touch(p);
	close(fd);
}

const struct hf_bench hf_bench = {
	.name = "charge-leaks",
	.summary = "a page that outlives its processes",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "charge-leaks", "shows that charges which stay are told"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS(HF_HUGETLB_PARAMS),
	.metrics = HF_METRICS({ "empty_ns", "ns", HF_LOWER, HF_TIMED, "an empty timed region", false }),
	.memory = memory,
	.setup = setup,
	.body = body,
};
