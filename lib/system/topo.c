// SPDX-License-Identifier: GPL-2.0-or-later
/* Topology through hwloc 2, which also honours HWLOC_SYNTHETIC and HWLOC_XMLFILE in the environment: made-up machines for tests. */
#include "system/topo.h"

#include <errno.h>
#include <hwloc.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"

/* Caches of one CPU, from the first level outwards. */
struct caches {
	size_t l1d, l2;
	hwloc_obj_t last;
};

static struct caches caches_of(hwloc_obj_t pu)
{
	struct caches c = { 0 };

	for (hwloc_obj_t obj = pu->parent; obj; obj = obj->parent) {
		if (!hwloc_obj_type_is_dcache(obj->type))
			continue;
		if (obj->type == HWLOC_OBJ_L1CACHE)
			c.l1d = obj->attr->cache.size;
		else if (obj->type == HWLOC_OBJ_L2CACHE)
			c.l2 = obj->attr->cache.size;
		c.last = obj;
	}
	return c;
}

/* The first node in hwloc's order that is local to @pu: memory without CPUs of its own (CXL, HBM) comes after it. */
static unsigned int node_of(hwloc_topology_t hw, hwloc_obj_t pu)
{
	hwloc_obj_t node = NULL;

	while ((node = hwloc_get_next_obj_by_type(hw, HWLOC_OBJ_NUMANODE, node))) {
		if (hwloc_bitmap_isset(node->cpuset, pu->os_index))
			return node->os_index;
	}
	return 0;
}

/* What the process may use: the cgroup's CPUs, and on the machine itself (not a made-up one) only those of the affinity mask. */
static int usable_cpus(hwloc_topology_t hw, hwloc_bitmap_t set)
{
	int err = 0;

	if (hwloc_topology_is_thissystem(hw)) {
		if (hwloc_get_cpubind(hw, set, HWLOC_CPUBIND_PROCESS))
			return -errno;
		err = hwloc_bitmap_and(set, set, hwloc_topology_get_allowed_cpuset(hw));
	} else {
		err = hwloc_bitmap_copy(set, hwloc_topology_get_allowed_cpuset(hw));
	}
	return err ? -ENOMEM : 0;
}

static unsigned int count(hwloc_topology_t hw, hwloc_obj_type_t type, unsigned int otherwise)
{
	int n = hwloc_get_nbobjs_by_type(hw, type);

	return n > 0 ? (unsigned int)n : otherwise;
}

/* hwloc adds up the nodes' meminfo, which leaves out memory that a kernel with deferred initialisation has not come to yet. */
static size_t memory(hwloc_topology_t hw)
{
	if (hwloc_topology_is_thissystem(hw))
		return (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
	return hwloc_get_root_obj(hw)->total_memory;
}

/* Last-level caches in order of appearance: hwloc's order is that of the tree, so CPUs that share one are neighbours. */
struct llc_walk {
	hwloc_obj_t last;
	unsigned int n;
};

static unsigned int llc_index(struct llc_walk *walk, hwloc_obj_t llc)
{
	if (!llc)
		return 0;
	if (llc != walk->last)
		walk->n++;
	walk->last = llc;
	return walk->n - 1;
}

/*
 * Take the usable CPUs into topo->cpu in order: rank by rank among the usable CPUs of each core, and within a rank in the order
 * of the tree, which goes node by node and cache by cache.
 */
static int fill_cpus(struct hf_topo *topo, hwloc_topology_t hw, hwloc_const_bitmap_t usable, int only_node)
{
	struct hf_topo_cpu *all = calloc(topo->pus, sizeof(*all));
	unsigned int *rank = calloc(topo->pus, sizeof(*rank));
	unsigned int core = UINT_MAX, smt = 0, core_rank = 0, top = 0, n = 0;
	struct llc_walk walk = { 0 };
	hwloc_obj_t pu = NULL;
	int err = -ENOMEM;

	topo->cpu = calloc(topo->pus, sizeof(*topo->cpu));
	if (!all || !rank || !topo->cpu)
		goto out;

	while ((pu = hwloc_get_next_obj_by_type(hw, HWLOC_OBJ_PU, pu))) {
		hwloc_obj_t c = hwloc_get_ancestor_obj_by_type(hw, HWLOC_OBJ_CORE, pu);
		hwloc_obj_t p = hwloc_get_ancestor_obj_by_type(hw, HWLOC_OBJ_PACKAGE, pu);
		struct hf_topo_cpu cpu = {
			.os = pu->os_index,
			.node = node_of(hw, pu),
			.package = p ? p->logical_index : 0,
			.core = c ? c->logical_index : pu->logical_index,
			.llc = llc_index(&walk, caches_of(pu).last),
		};

		if (cpu.core != core) {
			core = cpu.core;
			smt = 0;
			core_rank = 0;
		}
		cpu.smt = smt++;
		if (!hwloc_bitmap_isset(usable, cpu.os) || (only_node >= 0 && cpu.node != (unsigned int)only_node))
			continue;
		if (core_rank > top)
			top = core_rank;
		rank[n] = core_rank++;
		all[n++] = cpu;
	}
	for (unsigned int r = 0; r <= top; r++) {
		for (unsigned int i = 0; i < n; i++) {
			if (rank[i] == r)
				topo->cpu[topo->n_cpus++] = all[i];
		}
	}
	topo->llcs = walk.n;
	err = 0;
out:
	free(all);
	free(rank);
	return err;
}

static int find_cpu(const struct hf_topo_cpu *cpu, unsigned int n, unsigned int os)
{
	for (unsigned int i = 0; i < n; i++) {
		if (cpu[i].os == os)
			return (int)i;
	}
	return -1;
}

/* Keep of topo->cpu what @cpus names, in that order. A CPU of another node is dropped, one that is not usable at all is an error. */
static int confine(struct hf_topo *topo, const char *cpus, hwloc_const_bitmap_t usable)
{
	unsigned int *want = calloc(topo->pus, sizeof(*want)), kept = 0;
	struct hf_topo_cpu *list = calloc(topo->pus, sizeof(*list));
	int n, err = -ENOMEM;

	if (!want || !list)
		goto out;
	err = -EINVAL;
	n = hf_parse_cpulist(cpus, want, topo->pus);
	if (n < 0)
		goto out;
	for (int i = 0; i < n; i++) {
		int at = find_cpu(topo->cpu, topo->n_cpus, want[i]);

		if (!hwloc_bitmap_isset(usable, want[i]) || find_cpu(list, kept, want[i]) >= 0)
			goto out;
		if (at >= 0)
			list[kept++] = topo->cpu[at];
	}
	free(topo->cpu);
	topo->cpu = list;
	topo->n_cpus = kept;
	list = NULL;
	err = 0;
out:
	free(want);
	free(list);
	return err;
}

static void fill_model(struct hf_topo *topo, hwloc_topology_t hw)
{
	hwloc_obj_t package = hwloc_get_obj_by_type(hw, HWLOC_OBJ_PACKAGE, 0);
	const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;

	uint64_t maker, part;

	if (!model)
		model = hwloc_obj_get_info_by_name(hwloc_get_root_obj(hw), "CPUModel");
	snprintf(topo->model, sizeof(topo->model), "%s", model ? model : "");
	/* Arm has numbers alone (arch/arm64/kernel/cpuinfo.c). */
	if (!*topo->model && !hf_file_find_u64("/proc/cpuinfo", "CPU implementer\t:", 10, &maker) && !hf_file_find_u64("/proc/cpuinfo", "CPU part\t:", 10, &part))
		snprintf(topo->model, sizeof(topo->model), "implementer 0x%02llx part 0x%03llx", (unsigned long long)maker, (unsigned long long)part);
}

static void fill_caches(struct hf_topo *topo, hwloc_topology_t hw)
{
	struct caches c = caches_of(hwloc_get_pu_obj_by_os_index(hw, topo->cpu[0].os));

	topo->l1d = c.l1d;
	topo->l2 = c.l2;
	topo->llc = c.last ? c.last->attr->cache.size : 0;
}

int hf_topo_load(struct hf_topo *topo, const char *cpus, int node)
{
	hwloc_bitmap_t usable = NULL;
	hwloc_topology_t hw;
	int err;

	*topo = (struct hf_topo){ 0 };
	if (hwloc_topology_init(&hw))
		return -ENOMEM;
	/* The machine is counted whole, also where a cgroup hides a part of it. */
	if (hwloc_topology_set_flags(hw, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) || hwloc_topology_load(hw)) {
		err = errno ? -errno : -EIO;
		goto out;
	}
	err = -ENOMEM;
	usable = hwloc_bitmap_alloc();
	if (!usable)
		goto out;
	err = usable_cpus(hw, usable);
	if (err)
		goto out;

	topo->pus = count(hw, HWLOC_OBJ_PU, 1);
	topo->cores = count(hw, HWLOC_OBJ_CORE, topo->pus);
	topo->packages = count(hw, HWLOC_OBJ_PACKAGE, 1);
	topo->nodes = count(hw, HWLOC_OBJ_NUMANODE, 1);
	topo->mem = memory(hw);
	fill_model(topo, hw);

	err = fill_cpus(topo, hw, usable, node);
	if (!err && cpus)
		err = confine(topo, cpus, usable);
	if (!err && !topo->n_cpus)
		err = -ENODEV;
	if (!err)
		fill_caches(topo, hw);
out:
	if (err)
		hf_topo_free(topo);
	hwloc_bitmap_free(usable);
	hwloc_topology_destroy(hw);
	return err;
}

void hf_topo_free(struct hf_topo *topo)
{
	free(topo->cpu);
	*topo = (struct hf_topo){ 0 };
}

int hf_topo_pin(unsigned int os_cpu)
{
	size_t bytes = CPU_ALLOC_SIZE(os_cpu + 1);
	cpu_set_t *set = CPU_ALLOC(os_cpu + 1);
	int err = 0;

	if (!set)
		return -ENOMEM;
	CPU_ZERO_S(bytes, set);
	CPU_SET_S(os_cpu, bytes, set);
	if (sched_setaffinity(0, bytes, set))
		err = -errno;
	CPU_FREE(set);
	return err;
}
