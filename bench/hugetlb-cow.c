// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copy-on-write of a huge page.
 * One op = one write to a page that is mapped read-only because its frame belongs to the page cache (kind=file) or to a forked child as well (kind=fork): a page is taken from
 * the pool, the content copied, the mapping replaced. Not timed: mapping the page for reading, forking, giving pages back.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugefault.h"

static struct hf_map source; /* kind=file: fills the page cache */
static struct hf_map map;

/* A child that shares all pages and does nothing. */
static pid_t fork_sharer(struct hf_run *run)
{
	pid_t pid = fork();

	if (pid < 0)
		hf_broken(run, "fork failed");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void end_sharer(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* The region as it is before the writes. Return: the child that shares it, 0 if there is none. */
static pid_t share(struct hf_run *run)
{
	bool file = hf_param_is(run, "kind", "file");

	hf_map_zap(run, &map, 0, map.len);
	for (size_t at = 0; at < map.len; at += run->page) {
		if (file)
			hf_peek(map.p + at);
		else
			hf_touch(map.p + at);
	}
	return file ? 0 : fork_sharer(run);
}

static void body(struct hf_task *t)
{
	struct hf_run *run = t->run;
	pid_t child = share(run);
	size_t at = 0;

	while (hf_running(t)) {
		if (at == map.len) {
			end_sharer(child);
			child = share(run);
			at = 0;
		}
		hf_begin(t);
		hf_touch(map.p + at);
		hf_end(t, 1);
		hf_bytes(t, t->first_timed, run->page);
		hf_expect_page(t, map.p + at);
		at += run->page;
	}
	end_sharer(child);
}

static size_t memory(const struct hf_run *run)
{
	return 2 * (((size_t)hf_param(run, "len") + run->page - 1) / run->page * run->page);
}

static void setup(struct hf_run *run)
{
	size_t len = (size_t)hf_param(run, "len");

	if (hf_param_is(run, "kind", "fork")) {
		map = hf_map_new(run, len, HF_PRIVATE);
		return;
	}
	source = hf_map_new(run, len, HF_SHARED | HF_FILE);
	for (size_t at = 0; at < source.len; at += run->page)
		hf_touch(source.p + at);
	map = hf_map_copy(run, &source);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
	hf_map_free(run, &source);
}

const struct hf_bench hf_bench = {
	.name = "hugetlb-cow",
	.summary = "copy-on-write of a huge page, shared with the page cache or with a forked child",
	.paths = HF_LIST("hugetlb_fault", "hugetlb_wp", "alloc_hugetlb_folio", "copy_user_large_folio", "copy_user_huge_page"),
	.origin = HF_ORIGIN("vm-scalability", "case-anon-cow-seq-hugetlb", "latency of each copy; libhugetlbfs mmap-cow and fork-cow check it"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "kind", HF_CHOICE, "file", "file|fork", NULL, "whom the page is shared with", "file,fork", NULL },
			    { "len", HF_SIZE, "32M", "16K", "1T", "region gone through before its pages are given back", NULL, "2M,32M,256M" }, HF_HUGETLB_PARAMS),
	.metrics = HF_METRICS({ "cow_ns", "ns", HF_LOWER, HF_TIMED, "one write to a page that has to be copied first", false },
			      { "cow_Bps", "B/s", HF_HIGHER, HF_BPS_EACH("cow_ns"), "page size over cow_ns", false }),
	.faults = 1,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
