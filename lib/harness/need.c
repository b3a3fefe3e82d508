// SPDX-License-Identifier: GPL-2.0-or-later
/* What a point needs and the machine lacks. */
#include "harness/need.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "harness/map.h"
#include "system/block.h"
#include "system/cgroup.h"
#include "system/pool.h"

struct list {
	char *at;
	size_t room;
	unsigned int n;
};

__attribute__((format(printf, 2, 3))) static void unmet(struct list *l, const char *fmt, ...)
{
	size_t have = strlen(l->at);
	va_list ap;

	if (l->n++ && have + 2 < l->room) {
		strcat(l->at, "; ");
		have += 2;
	}
	va_start(ap, fmt);
	vsnprintf(l->at + have, l->room - have, fmt, ap);
	va_end(ap);
}

static bool writable(const char *path)
{
	char full[PATH_MAX];

	return hf_file_path(path, full, sizeof(full)) && access(full, W_OK) == 0;
}

size_t hf_need_pages(const struct hf_run *run)
{
	if (!run->bench->mem || !run->bench->mem->hugetlb || !run->bench->memory || !run->page)
		return 0;
	return (run->bench->memory(run) + run->page - 1) / run->page;
}

int hf_need_setting_met(const struct hf_setting *s)
{
	char text[256], *word = hf_file_word(s->path, text, sizeof(text));
	const char *want = s->value;
	size_t len;

	while (word && *want) {
		len = strcspn(want, "|");
		if (strlen(word) == len && strncmp(want, word, len) == 0)
			return 1;
		want += len + (want[len] == '|');
	}
	return 0;
}

static void settings(struct list *l, const struct hf_setting *s)
{
	for (; s && s->path; s++)
		if (!hf_need_setting_met(s) && !writable(s->path))
			unmet(l, "%s must be %s and cannot be written", s->path, s->value);
}

/* Bytes of memory that can be had without swapping (MemAvailable), 0 if unknown. */
static uint64_t available(void)
{
	uint64_t kb = 0;

	return hf_file_find_u64("/proc/meminfo", "MemAvailable:", 10, &kb) ? 0 : kb << 10;
}

/* For a run that takes all memory. */
static void whole(struct list *l, const struct hf_run *run, const char *param)
{
	uint64_t most = (uint64_t)hf_param(run, param), total = 0, swap = 0;
	char size[24];

	hf_parse_show_size((size_t)most, size, sizeof(size));
	if (hf_file_find_u64("/proc/meminfo", "MemTotal:", 10, &total) || total > most >> 10)
		unmet(l, "a machine with at most %s of memory, a virtual one say (%llu MiB here): the run takes all of it; see --%s", size,
		      (unsigned long long)total >> 10, param);
	if (hf_file_find_u64("/proc/meminfo", "SwapTotal:", 10, &swap) || swap)
		unmet(l, "a machine without swap: the run takes all memory");
}

static void hugetlb(struct list *l, const struct hf_run *run, const struct hf_opts *opts)
{
	char path[PATH_MAX], size[24];
	size_t pages = hf_need_pages(run);
	struct hf_pool pool;

	if (!pages) /* not for these parameters */
		return;
	hf_parse_show_size(run->page, size, sizeof(size));
	if (pages * run->page > hf_cgroup_room(run->page))
		unmet(l, "%zu pages of %s within the limits of this hugetlb cgroup, which leave %llu", pages, size,
		      (unsigned long long)(hf_cgroup_room(run->page) / run->page));
	if (opts->use_pool) {
		if (hf_pool_read(run->page, -1, &pool) || pool.free - pool.resv < (int64_t)pages)
			unmet(l, "%zu free pages of %s in the pool", pages, size);
		return;
	}
	hf_pool_path(run->page, -1, "nr_hugepages", path, sizeof(path));
	if (!writable(path))
		unmet(l, "%s cannot be written to add %zu pages of %s (be root, or set pages aside and give --use-pool)", path, pages, size);
}

static void brackets(struct list *l, const struct hf_run *run)
{
	struct hf_bracket bracket[HF_BRACKETS_MAX];
	unsigned int n = run->bench->brackets(run, bracket);
	char path[PATH_MAX], full[PATH_MAX];

	for (unsigned int i = 0; i < n; i++) {
		hf_pool_path(bracket[i].page, bracket[i].node, "nr_hugepages", path, sizeof(path));
		if (!hf_file_path(path, full, sizeof(full)) || access(full, F_OK))
			unmet(l, "%s", path);
		else if (access(full, W_OK))
			unmet(l, "%s, writable (be root)", path);
	}
}

static void blocks(struct list *l, const struct hf_opts *opts)
{
	struct hf_block *block;
	char path[PATH_MAX];
	int n = hf_block_list(&block), inner = 0;

	if (n < 0) {
		unmet(l, "memory blocks (kernel without CONFIG_MEMORY_HOTPLUG)");
		return;
	}
	for (int i = 0; i < n; i++)
		inner += block[i].inner && strcmp(block[i].zone, "none") != 0;
	if (!inner)
		unmet(l, "a memory block with online neighbours of its zone (%d blocks here)", n);
	else if (!writable(hf_block_path(block[0].id, "state", path, sizeof(path))))
		unmet(l, "root, to take memory blocks offline");
	free(block);
	if (access("/proc/kpageflags", R_OK) || access("/proc/kpagecount", R_OK))
		unmet(l, "/proc/kpageflags and /proc/kpagecount, to see what is in a block (CONFIG_PROC_PAGE_MONITOR, CAP_SYS_ADMIN)");
	if (opts->use_pool)
		unmet(l, "pages of its own in the pool, since offlining takes them: --use-pool is not possible");
}

unsigned int hf_need_unmet(const struct hf_run *run, const struct hf_opts *opts, const struct hf_topo *topo, char *why, size_t room)
{
	const struct hf_bench *b = run->bench;
	struct list l = { .at = why, .room = room };
	char what[256], path[PATH_MAX];
	uint64_t bytes, have = available();

	why[0] = '\0';
	if (topo->n_cpus < b->needs.cpus || (topo->n_cpus < run->tasks && !b->stress))
		unmet(&l, "%u CPUs (%u here)", b->needs.cpus > run->tasks ? b->needs.cpus : run->tasks, topo->n_cpus);
	if (topo->nodes < b->needs.nodes)
		unmet(&l, "%u NUMA nodes (%u here)", b->needs.nodes, topo->nodes);
	if (b->needs.root && geteuid() != 0)
		unmet(&l, "root");
	for (int i = 0; b->needs.files && b->needs.files[i]; i++)
		if (!hf_file_path(b->needs.files[i], path, sizeof(path)) || access(path, F_OK))
			unmet(&l, "%s", b->needs.files[i]);
	if (b->needs.whole)
		whole(&l, run, b->needs.whole);
	settings(&l, b->settings);
	if (b->blocks)
		blocks(&l, opts);
	if (!b->mem)
		return l.n;
	if (!run->page) {
		unmet(&l, "pages of that size: this kernel has none");
		return l.n;
	}
	if (b->mem->unmet && b->mem->unmet(run, what, sizeof(what)))
		unmet(&l, "%s", what);
	if (b->mem->settings)
		settings(&l, b->mem->settings(run));
	if (b->settings_for)
		settings(&l, b->settings_for(run));
	if (b->brackets)
		brackets(&l, run);
	if (b->mem->hugetlb)
		hugetlb(&l, run, opts);
	bytes = b->memory && !(b->mem->hugetlb && opts->use_pool) ? b->memory(run) : 0; /* pages in the pool are not available memory any more */
	if (have && (double)bytes > (double)have * opts->memory_share)
		unmet(&l, "%llu MiB of memory (%.0f %% of the %llu MiB available; see --memory-share)", (unsigned long long)bytes >> 20,
		      opts->memory_share * 100, (unsigned long long)have >> 20);
	return l.n;
}
