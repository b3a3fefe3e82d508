// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One actor cuts a hugetlb file shorter and makes it longer while the others fault its pages in.
 * A store may get SIGBUS exactly when the file had no such page at some moment of it, and may succeed exactly when it had it at some moment: the size is changed by one actor alone, so both
 * are known from the intervals of its steps.
 * cut=any: a fault that is clearing a page while the file is cut leaves it there, mapped, beyond the end (counted: beyond_end), and the accounting goes wrong for good: Linux 6.18 fails. So the
 * default is cut=filled: episodes in turn cut a file whose pages are all there, and make an empty one longer.
 * Laws: that; an actor's line of a page is what it stored in this episode or zero; when the file is cut to nothing it has no blocks and nothing of the quota is in use or promised.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hugefault.h"

enum { OK };
enum { RESIZE, WRITE, READ };

#define UNITS 3

static struct hf_map map;
static int mount = -1;
static unsigned int size_now; /* of the file, in pages; the first actor's */

/* What an episode does to the file's size: by default each either cuts a file whose pages are all there, or makes an empty one longer. */
static bool any(const struct hf_run *run)
{
	return hf_param_is(run, "cut", "any");
}

static bool grows(const struct hf_run *run)
{
	return !any(run) && hf_stress_episode(run) % 2;
}

static unsigned int first_size(const struct hf_run *run)
{
	return grows(run) ? 0 : UNITS;
}

static unsigned int units(const struct hf_run *run)
{
	(void)run;
	return UNITS;
}

/* The outcome is the new size. */
static unsigned int resize(struct hf_task *t, const struct hf_step *step)
{
	unsigned int pages = (unsigned int)(step->arg % (UNITS + 1));
	int err;

	if (!any(t->run))
		pages = grows(t->run) ? size_now + pages % (UNITS - size_now + 1) : size_now - pages % (size_now + 1);
	size_now = pages;
	err = ftruncate(map.fd, (off_t)(pages * t->run->page));

	hf_law(t, HF_LAW_ERROR, !err, "ftruncate of a hugetlb file: %m");
	return pages;
}

static unsigned int write_page(struct hf_task *t, const struct hf_step *step)
{
	char *p = map.p + step->unit * t->run->page;

	hf_content_store(t, p, step->unit);
	hf_content_lines(t, p, step->unit);
	return OK;
}

static unsigned int read_page(struct hf_task *t, const struct hf_step *step)
{
	hf_content_lines(t, map.p + step->unit * t->run->page, step->unit);
	return OK;
}

/* Whether the file, which had @first pages, had (@had) or had not page @unit at some moment of [@begun, @ended]; @sizes are the resizings, in order. */
static bool possible(unsigned int first, const struct hf_actor *sizes, unsigned int unit, uint64_t begun, uint64_t ended, bool had)
{
	unsigned int size = first;

	for (unsigned int i = 0; i < sizes->steps; i++) {
		const struct hf_done *r = &sizes->trace[i];

		if (r->begun >= ended)
			break;
		/* the old size held until the end of the resizing at the latest */
		if (r->ended > begun && (size > unit) == had)
			return true;
		size = r->outcome;
		if (r->ended > begun && (size > unit) == had)
			return true;
	}
	return (size > unit) == had;
}

/*
 * Whether a fault on @unit may have put the page into the file behind the back of the resizing that was to take it out: hugetlb_no_page() looks at the size before it takes and clears a page, and
 * remove_inode_hugepages() takes out only what is in the file by then. The page stays, mapped, beyond the end, until the file is cut again (Linux 6.1 to 6.18).
 */
static bool slipped_in(const struct hf_run *run, unsigned int unit, uint64_t before)
{
	const struct hf_actor *sizes = hf_stress_actor(run, 0);

	for (unsigned int a = 1; a < run->tasks; a++) {
		const struct hf_actor *x = hf_stress_actor(run, a);

		for (unsigned int i = 0; i < x->steps; i++)
			for (unsigned int k = 0; k < sizes->steps; k++)
				if (x->trace[i].unit == unit && sizes->trace[k].outcome <= unit && sizes->trace[k].begun < before && x->trace[i].begun < sizes->trace[k].ended &&
				    sizes->trace[k].begun < x->trace[i].ended)
					return true;
	}
	return false;
}

static void look(struct hf_task *t)
{
	const struct hf_actor *sizes = hf_stress_actor(t->run, 0);

	for (unsigned int a = 1; a < t->run->tasks; a++) {
		const struct hf_actor *x = hf_stress_actor(t->run, a);

		for (unsigned int i = 0; i < x->steps; i++) {
			const struct hf_done *f = &x->trace[i];
			bool killed = f->outcome == HF_OUTCOME_SIGBUS;

			if (!killed && any(t->run) && !possible(UNITS, sizes, f->unit, f->begun, f->ended, true) && slipped_in(t->run, f->unit, f->ended)) {
				hf_count(t, hf_metric(t->run, "beyond_end"), 1);
				continue;
			}
			hf_law(t, HF_LAW_SIGBUS, possible(first_size(t->run), sizes, f->unit, f->begun, f->ended, !killed), "actor %u, step %u on page %u: %s", a, i, f->unit,
			       killed ? "SIGBUS, although the file had the page all the time" : "no SIGBUS, although the file never had the page");
		}
	}
}

static void quiet(struct hf_task *t)
{
	struct hf_run *run = t->run;
	struct stat st;
	int64_t used;

	look(t);
	if (ftruncate(map.fd, 0))
		hf_broken(run, "ftruncate: %m");
	if (fstat(map.fd, &st) == 0)
		hf_law(t, HF_LAW_QUOTA, st.st_blocks == 0, "the file is empty and has %lld blocks", (long long)st.st_blocks);
	if (hf_quota_used(mount, &used) == 0)
		hf_law(t, HF_LAW_QUOTA, used == 0, "%lld pages of the quota are in use or promised when the file is empty", (long long)used);
}

static void begin(struct hf_task *t)
{
	struct hf_run *run = t->run;

	size_now = first_size(run);
	if (ftruncate(map.fd, (off_t)(size_now * run->page)))
		hf_broken(run, "ftruncate: %m");
	if (size_now && hf_rand_below(&t->rand, 2))
		hf_map_reserve(run, &map);
	if (size_now && !any(run) && fallocate(map.fd, 0, 0, (off_t)map.len))
		hf_broken(run, "fallocate: %m");
}

static size_t pages(const struct hf_run *run)
{
	return UNITS + run->tasks; /* a page that is out of the file is held a moment longer by who is just unmapping it */
}

static size_t memory(const struct hf_run *run)
{
	return pages(run) * run->page;
}

static void setup(struct hf_run *run)
{
	mount = hf_map_mount(run, pages(run), pages(run));
	map = hf_map_in(run, mount, UNITS * run->page, HF_SHARED);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
	close(mount);
}

static const struct hf_stress race = {
	.ops = HF_OPS({ "resize", 1, 1, resize, "to-none|to-one|to-two|to-three", HF_SIGBUS_NEVER }, { "write", 4, ~UINT64_C(1), write_page, "ok", HF_SIGBUS_MAY },
		      { "read", 1, ~UINT64_C(1), read_page, "ok", HF_SIGBUS_MAY }),
	.steps = 6,
	.units = units,
	.scan = 50000,
	.begin = begin,
	.quiet = quiet,
};

const struct hf_bench hf_bench = {
	.name = "fault-race-truncate",
	.summary = "a hugetlb file is cut and extended while its pages are faulted in: SIGBUS when and only when the page is beyond the end",
	.paths = HF_LIST("hugetlb_fault", "hugetlb_no_page", "hugetlb_vmtruncate", "remove_inode_hugepages", "hugetlb_unreserve_pages", "restore_reserve_on_error"),
	.origin = HF_ORIGIN("libhugetlbfs", "truncate, truncate_sigbus_versus_oom, truncate_above_4GB", "thousands of truncations a second against faults, each SIGBUS judged by the intervals"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "cut", HF_CHOICE, "filled", "filled|any", NULL,
			      "filled: only pages that are in the file are cut off, so that no fault is just adding one; any: also others, which stock kernels get wrong, and lose reservations for good",
			      NULL, NULL },
			    HF_HUGETLB_PARAMS),
	.metrics = HF_METRICS(HF_STRESS_METRICS, { "beyond_end", "count", HF_LOWER, HF_COUNT,
							     "accesses to a page beyond the end that went well, because a fault that raced with cutting the file had left it there", false }),
	.modes = HF_BOTH,
	.all_cpus = true,
	.faults = HF_FAULTS_ANY,
	.memory = memory,
	.setup = setup,
	.body = hf_stress_body,
	.teardown = teardown,
	.stress = &race,
};
