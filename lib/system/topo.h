/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Topology: which CPUs the tasks go to. The only user of hwloc. */
#ifndef HF_SYSTEM_TOPO_H
#define HF_SYSTEM_TOPO_H

#include <stddef.h>

/**
 * struct hf_topo_cpu - one logical CPU that a task may be pinned to
 * @os:		the kernel's number of it
 * @node:	NUMA node, kernel's number
 * @package:	package index
 * @core:	core index, machine-wide
 * @llc:	index of its last-level cache, machine-wide
 * @smt:	0 for the first CPU of its core, 1 for the second...
 */
struct hf_topo_cpu {
	unsigned int os, node, package, core, llc, smt;
};

/**
 * struct hf_topo - the machine as far as placing tasks needs it
 * @cpu:	the allowed CPUs in the order in which tasks take them: one CPU of every core first, cores that share a cache next to
 *		each other, node by node, and SMT siblings only when the cores are used up
 * @n_cpus:	how many
 * @packages, @cores, @pus, @nodes, @llcs: of the whole machine
 * @l1d, @l2, @llc: cache sizes in bytes seen from the first CPU, 0 where unknown
 * @model:	CPU model name, on Arm the numbers that stand for it, "" if unknown
 * @mem:	bytes of memory in the machine
 */
struct hf_topo {
	struct hf_topo_cpu *cpu;
	unsigned int n_cpus;
	unsigned int packages, cores, pus, nodes, llcs;
	size_t l1d, l2, llc;
	char model[96];
	size_t mem;
};

/**
 * hf_topo_load() - read the topology
 * @topo: filled; release with hf_topo_free()
 * @cpus: a kernel-style list ("0-3,7") that the tasks are confined to, in this order, or NULL for all CPUs that the process may use
 * @node: only CPUs of this NUMA node, or -1
 *
 * Return: 0, -EINVAL (bad list, or a CPU in it that this process may not use), -ENODEV (no CPU left), other -errno.
 */
int hf_topo_load(struct hf_topo *topo, const char *cpus, int node);

/** hf_topo_free() - release what hf_topo_load() took */
void hf_topo_free(struct hf_topo *topo);

/** hf_topo_pin() - pin the calling thread to one CPU (kernel's number). Return: 0 or -errno. */
int hf_topo_pin(unsigned int os_cpu);

#endif
