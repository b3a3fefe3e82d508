// SPDX-License-Identifier: GPL-2.0-or-later
/* The state that a run must leave as it was. */
#include "system/state.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "system/pool.h"

#define THP "/sys/kernel/mm/transparent_hugepage"
#define MEMORY "/sys/devices/system/memory"

int hf_state_offline(char *buf, size_t room)
{
	char **block;
	int offline = 0, n = hf_file_numbered(MEMORY, "memory", &block);

	*buf = '\0';
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX], state[32];
		size_t have = strlen(buf);

		snprintf(path, sizeof(path), MEMORY "/%s/state", block[i]);
		if (hf_file_read(path, state, sizeof(state)) < 0 || strcmp(state, "offline") != 0)
			continue;
		offline++;
		snprintf(buf + have, room - have, "%s%s", have ? "," : "", block[i]);
	}
	free(block);
	return offline;
}

/* One "name value" line; "absent" where the kernel has no such setting. Further words of a value follow commas. */
static void line(FILE *out, const char *indent, const char *name, const char *path)
{
	char buf[256], *value = hf_file_word(path, buf, sizeof(buf));

	for (char *p = value; p && *p; p++) {
		if (isspace((unsigned char)*p))
			*p = ',';
	}
	fprintf(out, "%s%s %s\n", indent, name, value ? value : "absent");
}

static void pool(FILE *out, const char *indent, size_t size, int node)
{
	static const char *const file[] = { "nr_hugepages", "nr_overcommit_hugepages", "surplus_hugepages", "demote_size" };

	for (size_t f = 0; f < sizeof(file) / sizeof(file[0]); f++) {
		char name[128], path[PATH_MAX], where[32] = "";

		if (node >= 0 && strcmp(file[f], "nr_hugepages") != 0)
			continue;
		if (node >= 0)
			snprintf(where, sizeof(where), "_node%d", node);
		snprintf(name, sizeof(name), "pool_%zukB%s_%s", size >> 10, where, file[f]);
		line(out, indent, name, hf_pool_path(size, node, file[f], path, sizeof(path)));
	}
}

void hf_state_print(const char *indent, FILE *out)
{
	static const struct {
		const char *name, *path;
	} plain[] = {
		{ "hvo", "/proc/sys/vm/hugetlb_optimize_vmemmap" },
		{ "thp_enabled", THP "/enabled" },
		{ "thp_defrag", THP "/defrag" },
		{ "thp_shmem_enabled", THP "/shmem_enabled" },
		{ "thp_use_zero_page", THP "/use_zero_page" },
		{ "thp_shrink_underused", THP "/shrink_underused" },
		{ "khugepaged_defrag", THP "/khugepaged/defrag" },
		{ "khugepaged_pages_to_scan", THP "/khugepaged/pages_to_scan" },
		{ "khugepaged_scan_sleep_millisecs", THP "/khugepaged/scan_sleep_millisecs" },
		{ "khugepaged_max_ptes_none", THP "/khugepaged/max_ptes_none" },
		{ "vm.overcommit_memory", "/proc/sys/vm/overcommit_memory" },
		{ "vm.swappiness", "/proc/sys/vm/swappiness" },
		{ "vm.compaction_proactiveness", "/proc/sys/vm/compaction_proactiveness" },
		{ "vm.min_free_kbytes", "/proc/sys/vm/min_free_kbytes" },
		{ "vm.unprivileged_userfaultfd", "/proc/sys/vm/unprivileged_userfaultfd" },
		{ "kernel.numa_balancing", "/proc/sys/kernel/numa_balancing" },
		{ "kernel.perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid" },
		{ "cpu_governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor" },
		{ "cpu_online", "/sys/devices/system/cpu/online" },
		{ "memory_auto_online", MEMORY "/auto_online_blocks" },
	};
	static char offline[1 << 16];
	char **list;
	size_t size[16];
	unsigned int sizes = hf_pool_sizes(size, 16);
	uint64_t node;
	int n;

	for (unsigned int i = 0; i < sizes; i++) {
		pool(out, indent, size[i], -1);
		n = hf_file_numbered("/sys/devices/system/node", "node", &list);
		for (int k = 0; k < n; k++)
			if (hf_parse_u64(list[k] + strlen("node"), 0, 1023, &node) == 0)
				pool(out, indent, size[i], (int)node);
		free(list);
	}
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		line(out, indent, plain[i].name, plain[i].path);
	n = hf_file_numbered(THP, "hugepages-", &list);
	for (int i = 0; i < n; i++) {
		static const char *const file[] = { "enabled", "shmem_enabled" };

		for (size_t f = 0; f < 2; f++) {
			char name[512], path[PATH_MAX];

			snprintf(name, sizeof(name), "mthp_%s_%s", list[i] + strlen("hugepages-"), file[f]);
			snprintf(path, sizeof(path), THP "/%s/%s", list[i], file[f]);
			line(out, indent, name, path);
		}
	}
	free(list);
	n = hf_state_offline(offline, sizeof(offline));
	fprintf(out, "%sblocks_offline %s\n", indent, n ? offline : "none");
}
