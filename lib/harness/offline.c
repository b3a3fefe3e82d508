// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory blocks for benchmarks: choice, attempt, the pool afterwards. */
#include "harness/offline.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/parse.h"
#include "harness/shared.h"
#include "system/kmsg.h"
#include "system/pool.h"
#include "system/trace.h"

#define HVO "/proc/sys/vm/hugetlb_optimize_vmemmap"
#define TRIES 100	    /* to bring a block back */
#define SAMPLE ((size_t)2 << 20) /* bytes from one frame that is looked at to the next */

static struct hf_block *block;
static unsigned int n_blocks, last;
static int settled; /* the block that was taken offline by hf_offline_settle() */
static struct hf_kmsg *kmsg;
static struct hf_trace *trace;
static int64_t persistent; /* pages of the pool as the supervisor made it */
static uint64_t added;	   /* of those, the run's */

static size_t block_page(const struct hf_run *run)
{
	uint64_t size;

	(void)run;
	return hf_file_read_u64("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", &size) ? 2u << 20 : (size_t)size;
}

static const struct hf_setting *block_settings(const struct hf_run *run)
{
	static const struct hf_setting hvo[][2] = {
		{ { HVO, "0" }, { .path = NULL } },
		{ { HVO, "1" }, { .path = NULL } },
	};
	int64_t on;

	if (!hf_param_known(run, "hvo"))
		return hf_map_thp_settings(false);
	on = hf_param(run, "hvo");
	return on || hf_file_read_u64(HVO, &(uint64_t){ 0 }) == 0 ? hvo[on] : NULL; /* a kernel without it has it off */
}

const struct hf_mem hf_mem_block = {
	.name = "block",
	.hugetlb = true,
	.page = block_page,
	.settings = block_settings,
};

static void open_trace(struct hf_run *run)
{
	int err = run->bench->traces ? hf_trace_open(&trace, run->bench->traces) : -ENOENT;

	if (err)
		trace = NULL;
	if (err && run->bench->traces)
		snprintf(run->shared->trace_why, sizeof(run->shared->trace_why), "tracepoints cannot be read, metrics made of them are left out: %s", hf_err_name(err));
}

void hf_offline_open(struct hf_run *run)
{
	const struct hf_mem *mem = run->bench->mem;
	struct hf_pool pool;
	int n = hf_block_list(&block);

	if (n < 0)
		hf_broken(run, "cannot list the memory blocks: %s", hf_err_name(n));
	n_blocks = (unsigned int)n;
	last = (unsigned int)hf_rand_below(&run->task[0].rand, n_blocks);
	settled = -1;
	persistent = 0;
	added = 0;
	if (hf_kmsg_open(&kmsg))
		kmsg = NULL; /* the supervisor warns of it */
	open_trace(run);
	if (mem && mem->hugetlb && run->page && hf_pool_read(run->page, -1, &pool) == 0) {
		persistent = pool.nr - pool.surplus;
		added = run->bench->memory(run) / run->page;
	}
}

void hf_offline_close(void)
{
	hf_kmsg_close(kmsg);
	kmsg = NULL;
	hf_trace_close(trace);
	trace = NULL;
	free(block);
	block = NULL;
	n_blocks = 0;
}

unsigned int hf_offline_blocks(const struct hf_block **first)
{
	*first = block;
	return n_blocks;
}

int hf_offline_of(uint64_t pfn)
{
	unsigned int lo = 0, hi = n_blocks;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (pfn < block[mid].pfn)
			hi = mid;
		else if (pfn >= block[mid].pfn + block[mid].pages)
			lo = mid + 1;
		else
			return (int)mid;
	}
	return -1;
}

bool hf_offline_ours(const struct hf_run *run, const struct hf_block_count *count)
{
	return count->n[HF_BLOCK_HUGETLB_FREE] * (size_t)sysconf(_SC_PAGESIZE) <= added * run->page;
}

bool hf_offline_may(struct hf_run *run, unsigned int i, struct hf_block_count *count)
{
	const char *why;

	return hf_block_count(&block[i], count) == 0 && hf_block_may(&block[i], count, &why) && hf_offline_ours(run, count);
}

/* All of block @i is of @class as far as a frame here and there tells. */
static bool looks_like(unsigned int i, enum hf_block_class class)
{
	size_t base = (size_t)sysconf(_SC_PAGESIZE);

	return hf_block_sample(&block[i], SAMPLE, class) == (int)(block[i].pages * base / SAMPLE);
}

int hf_offline_find(struct hf_run *run, enum hf_block_class class, uint64_t least, uint64_t most, struct hf_block_count *count)
{
	for (unsigned int k = 1; k <= n_blocks; k++) {
		unsigned int i = (last + k) % n_blocks;

		if (!block[i].inner || (least == block[i].pages && !looks_like(i, class)))
			continue;
		if (!hf_offline_may(run, i, count) || count->n[class] < least || count->n[class] > most)
			continue;
		last = i;
		return (int)i;
	}
	return -1;
}

int hf_offline_try(struct hf_task *t, unsigned int i, uint64_t limit_ns, const struct hf_offline_metrics *m, uint64_t *ns)
{
	int fd = hf_block_open(&block[i]), metric, err, back;

	if (fd < 0)
		hf_broken(t->run, "cannot open the state of memory block %u: %s", block[i].id, hf_err_name(fd));
	err = hf_block_arm(limit_ns);
	if (err)
		hf_broken(t->run, "cannot arm a timer: %s", hf_err_name(err));
	hf_begin(t);
	err = hf_block_set(fd, false);
	*ns = hf_stop(t);
	metric = err ? m->refused : m->offline;
	if (metric >= 0)
		hf_keep(t, metric, *ns);
	hf_block_disarm();
	if (err) {
		close(fd);
		return err;
	}
	hf_begin(t);
	back = hf_block_set(fd, true);
	if (!back && m->online >= 0)
		hf_end_as(t, m->online, 1);
	for (int k = 0; back && k < TRIES; k++)
		back = hf_block_set(fd, true);
	close(fd);
	if (back)
		hf_broken(t->run, "memory block %u does not come back online: %s", block[i].id, hf_err_name(back));
	return 0;
}

/* The state file of block @i. */
static int state_of(struct hf_task *t, unsigned int i)
{
	int fd = hf_block_open(&block[i]);

	if (fd < 0)
		hf_broken(t->run, "cannot open the state of memory block %u: %s", block[i].id, hf_err_name(fd));
	return fd;
}

int hf_offline_down(struct hf_task *t, unsigned int i, uint64_t limit_ns)
{
	int fd = state_of(t, i), err = hf_block_arm(limit_ns);

	if (err)
		hf_broken(t->run, "cannot arm a timer: %s", hf_err_name(err));
	err = hf_block_set(fd, false);
	hf_block_disarm();
	close(fd);
	return err;
}

void hf_offline_up(struct hf_task *t, unsigned int i)
{
	int fd = state_of(t, i), err = hf_block_set(fd, true);

	for (int k = 0; err && k < TRIES; k++)
		err = hf_block_set(fd, true);
	close(fd);
	if (err)
		hf_broken(t->run, "memory block %u does not come back online: %s", block[i].id, hf_err_name(err));
}

void hf_offline_settle(struct hf_task *t, uint64_t limit_ns)
{
	static const struct hf_offline_metrics none = { -1, -1, -1 };
	struct hf_block_count count;
	uint64_t ns;

	if (settled < 0 || !looks_like((unsigned int)settled, HF_BLOCK_FREE) || !hf_offline_may(t->run, (unsigned int)settled, &count))
		settled = hf_offline_find(t->run, HF_BLOCK_FREE, block[0].pages, block[0].pages, &count);
	if (settled >= 0)
		hf_offline_try(t, (unsigned int)settled, limit_ns, &none, &ns);
}

/* Persistent pages of the run; what others have grown the pool by is taken for the run's, as nobody can tell. */
static uint64_t own(const struct hf_run *run)
{
	int64_t others = persistent - (int64_t)added, now;
	struct hf_pool pool;

	if (hf_pool_read(run->page, -1, &pool))
		return 0;
	now = pool.nr - pool.surplus;
	return now > others ? (uint64_t)(now - others) : 0;
}

uint64_t hf_offline_hold(struct hf_run *run, uint64_t pages)
{
	char path[PATH_MAX], text[24];
	uint64_t had = own(run);
	int err;

	if (had == pages)
		return had;
	atomic_store(&run->shared->held[0], had > pages ? had : pages);
	snprintf(text, sizeof(text), "%lld", (long long)(persistent - (int64_t)added) + (long long)pages);
	err = hf_file_write(hf_pool_path(run->page, -1, "nr_hugepages", path, sizeof(path)), text);
	if (err)
		hf_broken(run, "cannot write %s to %s: %s", text, path, hf_err_name(err));
	had = own(run);
	atomic_store(&run->shared->held[0], had);
	return had;
}

void hf_offline_shrink(struct hf_run *run)
{
	hf_offline_hold(run, 0);
}

void hf_offline_grow(struct hf_run *run, uint64_t pages)
{
	uint64_t goal = pages < added ? pages : added, has;

	if (own(run) >= goal)
		return;
	has = hf_offline_hold(run, goal);
	if (has < goal)
		hf_broken(run, "the pool cannot get back %llu of its pages", (unsigned long long)(goal - has));
}

unsigned int hf_offline_cpus(unsigned int *cpu, unsigned int max)
{
	char text[4096];
	int n;

	if (hf_file_read("/sys/devices/system/cpu/online", text, sizeof(text)) < 0)
		return 0;
	n = hf_parse_cpulist(text, cpu, max);
	return n > 0 ? (unsigned int)n : 0;
}

struct evidence {
	struct hf_task *t;
	const struct hf_offline_evidence *m;
	uint64_t tests, fails, moved, stuck;
};

static void log_line(void *arg, int level, const char *text, bool bad)
{
	const struct evidence *e = arg;

	(void)level;
	(void)bad;
	if (!e)
		return;
	if (strstr(text, "page dumped because: unmovable page"))
		hf_count(e->t, e->m->log_unmovable, 1);
	else if (strstr(text, "page dumped because: migration failure"))
		hf_count(e->t, e->m->log_migration, 1);
}

static void trace_event(void *arg, const char *name, const char *text)
{
	struct evidence *e = arg;
	uint64_t a = 0, b = 0;

	if (strcmp(name, "test_pages_isolated") == 0) {
		e->tests++;
		e->fails += strstr(text, "ret=fail") != NULL;
	} else if (strcmp(name, "mm_migrate_pages") == 0 && strstr(text, "reason=memory_hotplug")) {
		if (hf_trace_number(text, "nr_succeeded", &a) == 0 && hf_trace_number(text, "nr_failed", &b) == 0) {
			e->moved += a;
			e->stuck += b;
		}
	}
}

void hf_offline_watch(void)
{
	if (kmsg)
		hf_kmsg_read(kmsg, log_line, NULL);
	if (trace)
		hf_trace_skip(trace);
}

void hf_offline_evidence(struct hf_task *t, const struct hf_offline_evidence *m)
{
	struct evidence e = { t, m, 0, 0, 0, 0 };

	if (kmsg)
		hf_kmsg_read(kmsg, log_line, &e);
	if (!trace || hf_trace_read(trace, trace_event, &e))
		return;
	hf_value(t, m->tests, e.tests);
	hf_value(t, m->fails, e.fails);
	hf_value(t, m->moved, e.moved);
	hf_value(t, m->stuck, e.stuck);
}
