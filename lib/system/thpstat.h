/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's counters of splits, read fast enough (20 us) to judge every single try. Event counters are summed over the CPUs on each read (all_vm_events() in mm/vmstat.c,
 * sum_mthp_stat() in mm/huge_memory.c): they never lag.
 */
#ifndef HF_SYSTEM_THPSTAT_H
#define HF_SYSTEM_THPSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct hf_thpstat_value - counters since boot
 * @split, @failed, @pmd, @deferred, @collapse: thp_split_page, thp_split_page_failed, thp_split_pmd, thp_deferred_split_page, thp_collapse_alloc of /proc/vmstat: PMD-sized
 *	folios and PMDs of the whole machine
 * @size_split, @size_failed, @size_deferred: split, split_failed and split_deferred of hugepages-NkB/stats/: folios of that size
 * @size_partial: nr_anon_partially_mapped there: how many such folios are partially mapped now; -1 where the kernel does not tell (before 6.12)
 */
struct hf_thpstat_value {
	int64_t split, failed, pmd, deferred, collapse;
	int64_t size_split, size_failed, size_deferred, size_partial;
};

struct hf_thpstat;

/** hf_thpstat_open() - for folios of @size bytes. Return: 0, -ENOENT (no such counters), -ENOMEM, other -errno. */
int hf_thpstat_open(struct hf_thpstat **stat, size_t size);

/** hf_thpstat_sized() - whether there are counters of that size (6.10); without them the @size_ fields are 0, but for @size_partial */
bool hf_thpstat_sized(const struct hf_thpstat *stat);

/** hf_thpstat_read() - Return: 0, -EINVAL (a counter is missing), other -errno. */
int hf_thpstat_read(struct hf_thpstat *stat, struct hf_thpstat_value *value);

/** hf_thpstat_close() - NULL is allowed */
void hf_thpstat_close(struct hf_thpstat *stat);

#endif
