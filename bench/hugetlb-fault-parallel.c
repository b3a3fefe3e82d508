// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks instantiate distinct hugetlb pages at the same time: does clearing scale?
 * One op = one round: all tasks, released together, fill a range of their own by the chosen way of prefaulting; the phase lasts from the first start to the last end. Not timed:
 * giving all pages back between rounds.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "hugefault.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum { TOUCH, POPULATE, POPULATE_WRITE, FALLOCATE };

static struct hf_map map;	  /* touch, populate-write, fallocate: one mapping, a range per task */
static struct hf_map *own;	  /* populate: a mapping per task and round */
static size_t len;
static int how, phase_ns;

static void act(struct hf_task *t)
{
	struct hf_run *run = t->run;
	char *p = map.p + t->index * len;

	switch (how) {
	case TOUCH:
		for (size_t at = 0; at < len; at += run->page)
			hf_touch(p + at);
		break;
	case POPULATE:
		if (hf_map_try(run, len, HF_POPULATE | (hf_param_is(run, "sharing", "shared") ? HF_SHARED : HF_PRIVATE), &own[t->index]))
			hf_broken(run, "task %u cannot map its range", t->index);
		break;
	case POPULATE_WRITE:
		hf_safe_madvise(run, p, len, MADV_POPULATE_WRITE);
		break;
	case FALLOCATE:
		if (fallocate(map.fd, 0, (off_t)(t->index * len), (off_t)len))
			hf_broken(run, "fallocate of %zu bytes: errno %d", len, errno);
		break;
	}
}

/* A populated mapping is the task's own: in a process nobody else can unmap it. */
static void undo(struct hf_task *t)
{
	hf_map_free(t->run, &own[t->index]);
}

static void reset(struct hf_task *t)
{
	hf_bytes(t, phase_ns, t->run->tasks * len);
	if (how == POPULATE)
		return;
	hf_map_zap(t->run, &map, 0, map.len);
}

static void body(struct hf_task *t)
{
	const struct hf_race race = { .act = act, .reset = reset, .undo = how == POPULATE ? undo : NULL, .keep_preempted = true,
				      .page = how == TOUCH || how == POPULATE_WRITE ? map.p + len - t->run->page : NULL };

	hf_race(t, &race);
}

static size_t memory(const struct hf_run *run)
{
	return run->tasks * (((size_t)hf_param(run, "len") + run->page - 1) / run->page * run->page);
}

static void setup(struct hf_run *run)
{
	unsigned int shared = hf_param_is(run, "sharing", "shared") ? HF_SHARED : HF_PRIVATE;
	static struct hf_map slots[HF_TASKS_MAX];

	own = slots;
	len = memory(run) / run->tasks;
	how = (int)hf_param(run, "prefault");
	phase_ns = hf_metric(run, "phase_ns");
	if (how == POPULATE && !hf_param_is(run, "via", "anon"))
		hf_skip(run, "with --via=anon only: otherwise making the file would be timed too");
	if (how == FALLOCATE)
		shared = HF_SHARED | HF_FILE;
	if (run->processes && shared == HF_PRIVATE && how != POPULATE)
		hf_skip(run, "pages of a private mapping cannot be given back in other processes: use --sharing=shared");
	if (how != POPULATE)
		map = hf_map_new(run, run->tasks * len, shared);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
}

const struct hf_bench hf_bench = {
	.name = "hugetlb-fault-parallel",
	.summary = "tasks instantiate distinct hugetlb pages at the same time: does clearing scale",
	.paths = HF_LIST("hugetlb_fault", "hugetlb_no_page", "alloc_hugetlb_folio", "folio_zero_user", "hugetlbfs_fallocate", "faultin_page"),
	.origin = HF_ORIGIN("lkml", "2006-10-18 Smarter handling of in-flight hugepage allocations", "one mutex around the fault serialised the clearing; does today's table of mutexes let it scale?"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "prefault", HF_CHOICE, "touch", "touch|populate|populate-write|fallocate", NULL, "stores, MAP_POPULATE, MADV_POPULATE_WRITE, fallocate(2)",
			      "touch,populate,populate-write,fallocate", NULL },
			    { "len", HF_SIZE, "64M", "16K", "1T", "range of each task", NULL, "16M,64M,256M" },
			    { "sharing", HF_CHOICE, "private", "private|shared", NULL, "kind of mapping (fallocate: always shared)", NULL, "private,shared" }, HF_HUGETLB_PARAMS),
	.metrics = HF_METRICS({ "fault_Bps", "B/s", HF_HIGHER, HF_BPS("phase_ns"), "bytes that all tasks instantiate in a round over phase_ns", false },
			      { "phase_ns", "ns", HF_LOWER, HF_TIMED, "first start to last end of a round", false },
			      { "skew_ns", "ns", HF_LOWER, HF_TIMED, "latest start less earliest start of a round", false },
			      { "preempted_share", "1", HF_INFO, HF_SHARE("rounds"), "rounds in which a task had an involuntary context switch, over rounds", false },
			      { "rounds", "count", HF_INFO, HF_COUNT, "rounds", false }),
	.modes = HF_BOTH,
	.all_cpus = true,
	.sweep_tasks = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
