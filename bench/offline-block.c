// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A memory block with a given content goes offline and comes back.
 * One op = one write of "offline" to the block's state file, and of "online" when that succeeded. A timer signal ends an attempt that goes on for too long. Not timed: filling
 * a block, the census, draining per-CPU lists by taking another, free block offline and back, giving the content back, and giving the pool back the pages that were dissolved.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hugefault.h"

#define CPUS_MAX 256
#define CHURN_LEN (1 << 18)

static pid_t churner[CPUS_MAX];
static unsigned int n_churners;

/* Allocates and frees base pages for ever. */
static void churn(void)
{
	char *p = mmap(NULL, CHURN_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (p == MAP_FAILED)
		_exit(1);
	madvise(p, CHURN_LEN, MADV_NOHUGEPAGE);
	for (;;) {
		for (size_t at = 0; at < CHURN_LEN; at += 4096)
			hf_touch(p + at);
		madvise(p, CHURN_LEN, MADV_DONTNEED);
	}
}

static void start_churn(struct hf_run *run)
{
	unsigned int cpu[CPUS_MAX], n = hf_offline_cpus(cpu, CPUS_MAX);

	for (unsigned int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			hf_broken(run, "fork failed");
		if (pid == 0) {
			if (hf_topo_pin(cpu[i]))
				_exit(0);
			churn();
		}
		churner[n_churners++] = pid;
	}
}

static void count_outcome(struct hf_task *t, int err)
{
	hf_count(t, hf_metric(t->run, "attempts"), 1);
	hf_count(t, hf_metric(t->run, err == 0 ? "success" : err == -EBUSY ? "ebusy" : err == -EINTR ? "eintr" : "other_error"), 1);
}

static void body(struct hf_task *t)
{
	static const char *const name[HF_BLOCK_CLASSES] = { "hugetlb_free", "hugetlb_used", "free",	"reserved", "slab",	   "pgtable",
							    "mlocked",	    "thp",	    "anon",	"file",	    "blank_pages", "other_pages" };
	struct hf_run *run = t->run;
	struct hf_offline_metrics m = { hf_metric(run, "offline_ns"), hf_metric(run, "refused_ns"), hf_metric(run, "online_ns") };
	const struct hf_offline_evidence e = { hf_metric(run, "log_unmovable"), hf_metric(run, "log_migration"), hf_metric(run, "isolate_tests"),
					       hf_metric(run, "isolate_fails"), hf_metric(run, "migrated"),	 hf_metric(run, "migrate_failed") };
	uint64_t limit = hf_param_is(run, "try", "fast") ? (uint64_t)hf_param(run, "fast") : (uint64_t)hf_param(run, "hard"), ns, placed;
	struct hf_block_count count;

	while (hf_running(t)) {
		unsigned int b = hf_place_put(run, (size_t)hf_param(run, "fill") / run->page, &count, &placed);

		hf_value(t, hf_metric(run, "placed"), placed);
		for (int c = 0; c < HF_BLOCK_CLASSES; c++)
			hf_value(t, hf_metric(run, name[c]), count.n[c]);
		hf_offline_settle(t, limit);
		hf_offline_watch();
		count_outcome(t, hf_offline_try(t, b, limit, &m, &ns));
		hf_offline_evidence(t, &e);
		hf_place_take(run);
	}
}

static bool of_pool(const struct hf_run *run)
{
	return hf_param_is(run, "content", "hugetlb-free") || hf_param_is(run, "content", "hugetlb-used");
}

static size_t memory(const struct hf_run *run)
{
	return of_pool(run) ? (size_t)hf_param(run, "fill") / run->page * run->page : 0;
}

static void setup(struct hf_run *run)
{
	hf_offline_open(run);
	hf_place_open(run, (enum hf_place_content)hf_param(run, "content"), (size_t)hf_param(run, "fill") / run->page);
	if (hf_param_is(run, "load", "churn"))
		start_churn(run);
}

static void teardown(struct hf_run *run)
{
	while (n_churners) {
		kill(churner[--n_churners], SIGKILL);
		waitpid(churner[n_churners], NULL, 0);
	}
	hf_place_close(run);
	hf_offline_grow(run, UINT64_MAX);
	hf_offline_close();
}

#define PAGES(name, what) { name, "count", HF_INFO, HF_VALUES, "base pages in the block before the attempt: " what, false }

const struct hf_bench hf_bench = {
	.name = "offline-block",
	.summary = "a memory block goes offline and comes back, by what is in it",
	.paths = HF_LIST("offline_pages", "start_isolate_page_range", "do_migrate_range", "dissolve_free_hugetlb_folios", "test_pages_isolated", "online_pages"),
	.origin = HF_ORIGIN("linux-mm 2020", "mm, page_alloc: disable pcplists during memory offline",
			    "load=churn is that thread's case: pages of an isolated block that are freed to per-CPU lists; the rest is ours"),
	.mem = &hf_mem_block,
	.params = HF_PARAMS({ "content", HF_CHOICE, "free", HF_PLACE_CONTENTS, NULL, "what is put into the block",
			      "free,anon,thp,page-cache,pinned,hugetlb-used,slab", "free,anon,thp,page-cache,mlocked,pinned,hugetlb-free,hugetlb-used,slab" },
			    { "fill", HF_SIZE, "16M", "2M", "64M", "how much of it, in whole huge pages; no meaning for free and slab", NULL, "4M,16M,32M" },
			    { "load", HF_CHOICE, "none", "none|churn", NULL, "processes on every CPU that allocate and free base pages", NULL, "none,churn" },
			    { "try", HF_CHOICE, "fast", "fast|hard", NULL, "which of the two limits ends the attempt", NULL, "fast,hard" },
			    { "fast", HF_TIME, "50ms", "1ms", "10s", "limit of try=fast", NULL, NULL },
			    { "hard", HF_TIME, "1s", "1ms", "60s", "limit of try=hard", NULL, NULL }),
	.metrics = HF_METRICS({ "success", "1", HF_HIGHER, HF_SHARE("attempts"), "attempts that took the block offline, over all attempts", false },
			      { "offline_ns", "ns", HF_LOWER, HF_TIMED, "one write of \"offline\" that succeeded, from before write(2) until after it", false },
			      { "online_ns", "ns", HF_LOWER, HF_TIMED, "one write of \"online\" to a block that went offline just before", false },
			      { "refused_ns", "ns", HF_INFO, HF_TIMED, "one write of \"offline\" that ended in an error, the timer's signal included", false },
			      { "attempts", "count", HF_INFO, HF_COUNT, "writes of \"offline\"", false },
			      { "ebusy", "1", HF_INFO, HF_SHARE("attempts"), "attempts that ended with EBUSY: not isolated, or not dissolved", false },
			      { "eintr", "1", HF_INFO, HF_SHARE("attempts"), "attempts that the timer's signal ended (EINTR)", false },
			      { "other_error", "1", HF_INFO, HF_SHARE("attempts"), "attempts that ended with another error", false },
			      { "log_unmovable", "count", HF_INFO, HF_COUNT, "reports \"page dumped because: unmovable page\" in the kernel log during attempts", false },
			      { "log_migration", "count", HF_INFO, HF_COUNT,
				"reports \"page dumped because: migration failure\" in the kernel log during attempts (the kernel limits their rate)", false },
			      { "isolate_tests", "count", HF_INFO, HF_VALUES, "tests per attempt of whether the whole block is isolated (page_isolation:test_pages_isolated)", false },
			      { "isolate_fails", "count", HF_INFO, HF_VALUES, "of those, the ones that found a page which is not: the kernel goes round again", false },
			      { "migrated", "count", HF_INFO, HF_VALUES, "base pages moved out of the block per attempt (migrate:mm_migrate_pages, reason memory_hotplug)", false },
			      { "migrate_failed", "count", HF_INFO, HF_VALUES, "base pages that could not be moved, counted once a round", false },
			      PAGES("placed", "of the content, where it was put there; else of the class looked for"), PAGES("free", "in the buddy allocator"),
			      PAGES("anon", "anonymous base pages"), PAGES("thp", "of large anonymous folios"), PAGES("file", "page cache and shared memory"),
			      PAGES("mlocked", "mlocked"), PAGES("hugetlb_free", "of hugetlb pages that nothing maps"),
			      PAGES("hugetlb_used", "of hugetlb pages that are mapped"), PAGES("slab", "slab"), PAGES("pgtable", "page tables"), PAGES("reserved", "reserved"),
			      PAGES("blank_pages", "without any flag: the kernel's without a type, or on a per-CPU list"), PAGES("other_pages", "anything else")),
	.brackets = hf_place_brackets,
	.blocks = true,
	.traces = HF_OFFLINE_TRACES,
	.warm_ops = 1,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
