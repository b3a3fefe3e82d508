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
#include "system/account.h"
#include "system/kmsg.h"
#include "system/pool.h"
#include "system/trace.h"

#define HVO "/proc/sys/vm/hugetlb_optimize_vmemmap"
#define TRIES 100	    /* to bring a block back, and to look at a pool that changes */
#define SAMPLE ((size_t)2 << 20) /* bytes from one frame that is looked at to the next */

static struct hf_block *block;
static unsigned int n_blocks, last;
static int settled; /* the block that was taken offline by hf_offline_settle() */
static struct hf_kmsg *kmsg;
static struct hf_trace *trace;
static bool default_size; /* of hugetlb pages, this run's */
static uint64_t added; /* pages that the supervisor has added to the pool */
static uint64_t mine;  /* persistent pages of the pool that are the run's now; all others are left alone */

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
	int n = hf_block_list(&block);
	uint64_t kb;

	if (n < 0)
		hf_broken(run, "cannot list the memory blocks: %s", hf_err_name(n));
	n_blocks = (unsigned int)n;
	last = (unsigned int)hf_rand_below(&run->task[0].rand, n_blocks);
	settled = -1;
	added = 0;
	if (hf_kmsg_open(&kmsg))
		kmsg = NULL; /* the supervisor warns of it */
	open_trace(run);
	default_size = hf_file_find_u64("/proc/meminfo", "Hugepagesize:", 10, &kb) == 0 && kb << 10 == run->page;
	if (mem && mem->hugetlb && run->page)
		added = run->bench->memory(run) / run->page;
	mine = added;
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
	return hf_block_only(&block[i], SAMPLE, 1u << class) == 1;
}

/*
 * Pages of the pool without its surplus, which resizing does not count. Surplus pages come and go while this looks, and sysfs has the two counts in files of their own: what counts is what two
 * looks in a row agree on, for the default size in /proc/meminfo, which fills in all of its counts in one go.
 */
static int64_t persistent(const struct hf_run *run)
{
	int64_t now = -1;

	for (int i = 0; run->page && i < TRIES; i++) {
		struct hf_pool pool;
		int64_t was = now;

		if (default_size ? hf_account_meminfo_pool(&pool) : hf_pool_read(run->page, -1, &pool))
			break;
		now = pool.nr - pool.surplus;
		if (now == was)
			break;
	}
	return now < 0 ? 0 : now;
}

/* An attempt has dissolved free pages of the pool that were in the block, also if it failed. They were the run's (hf_offline_ours()). */
static void account_dissolved(const struct hf_run *run, int64_t before)
{
	int64_t gone = before - persistent(run);

	if (gone > 0)
		mine -= (uint64_t)gone < mine ? (uint64_t)gone : mine;
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
	int64_t before = persistent(t->run);

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
	account_dissolved(t->run, before);
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
	int64_t before = persistent(t->run);

	if (err)
		hf_broken(t->run, "cannot arm a timer: %s", hf_err_name(err));
	err = hf_block_set(fd, false);
	hf_block_disarm();
	close(fd);
	account_dissolved(t->run, before);
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

uint64_t hf_offline_hold(struct hf_run *run, uint64_t pages)
{
	const uint64_t least = mine < pages ? mine : pages, most = mine < pages ? pages : mine;
	char path[PATH_MAX], text[24];
	int64_t was, now;
	int err;

	if (mine == pages)
		return mine;
	atomic_store(&run->shared->held[0], most);
	was = persistent(run);
	snprintf(text, sizeof(text), "%lld", (long long)was + (long long)pages - (long long)mine);
	err = hf_file_write(hf_pool_path(run->page, -1, "nr_hugepages", path, sizeof(path)), text);
	if (err)
		hf_broken(run, "cannot write %s to %s: %s", text, path, hf_err_name(err));
	/* Who else resizes the pool at this very moment cannot be told from us. */
	now = (int64_t)mine + persistent(run) - was;
	mine = now < (int64_t)least ? least : now > (int64_t)most ? most : (uint64_t)now;
	atomic_store(&run->shared->held[0], mine);
	return mine;
}

void hf_offline_shrink(struct hf_run *run)
{
	hf_offline_hold(run, 0);
}

void hf_offline_grow(struct hf_run *run, uint64_t pages)
{
	uint64_t goal = pages < added ? pages : added, has;

	if (mine >= goal)
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
