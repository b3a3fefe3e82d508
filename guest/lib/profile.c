// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of guest shapes. */
#include "guest/lib/profile.h"

#include <stddef.h>
#include <string.h>

#define NODE(n, cpu, size) "-object memory-backend-ram,id=m" #n ",size=" size " -numa node,nodeid=" #n ",cpus=" #cpu ",memdev=m" #n
/* Two sockets: a kernel warns of cores of one socket that are on different nodes (topology_sane() in arch/x86/kernel/smpboot.c). */
#define NODES_OF(size) "-smp 2,sockets=2 " NODE(0, 0, size) " " NODE(1, 1, size)

/* Pages that MADV_SOFT_OFFLINE has taken out of use can only be given back through its file in debugfs. */
#define UNPOISON "hwpoison_inject"

/* Small, because what fills all memory takes its time in emulation. */
static const struct hf_profile profiles[] = {
	{ "smp", 2, "2G", NULL, NULL, UNPOISON, "two processors, one node: the default" },
	{ "up", 1, "2G", NULL, NULL, NULL, "one processor" },
	{ "numa", 2, "2G", NODES_OF("1G"), NULL, UNPOISON, "two nodes with a processor and 1 GiB each" },
	/* Blocks in ZONE_MOVABLE can be taken offline; in a guest without the parameter none can. */
	{ "movable", 2, "3G", NULL, "movablecore=2G", UNPOISON, "two thirds of the memory are movable: blocks go offline" },
	/* What stressors want, in one: nodes, blocks that go offline, a free GiB that is aligned and not movable, and a kernel that can be interrupted anywhere (PREEMPT_DYNAMIC, 5.12; others ignore it). */
	{ "stress", 2, "6G", NODES_OF("3G"), "movablecore=2G preempt=full", UNPOISON, "for stressors: two nodes of 3 GiB, a third of it movable, and a preemptible kernel" },
	/* 6.1 leaves hotplugged memory offline, Debian's 6.12 puts it into ZONE_NORMAL; with the parameter both do the same (mm/memory_hotplug.c). */
	{ "hotplug", 2, "2G,slots=2,maxmem=8G", "-object memory-backend-ram,id=h0,size=1G -device pc-dimm,id=d0,memdev=h0",
	  "memhp_default_state=online_movable", NULL, "1 GiB of the memory is a DIMM that can be unplugged" },
	{ "virtio-mem", 2, "2G,maxmem=8G",
	  "-object memory-backend-ram,id=v0,size=2G -device virtio-mem-pci,id=vm0,memdev=v0,node=0,requested-size=1G",
	  "memhp_default_state=online_movable", "virtio_pci,virtio_mem", "1 GiB of the memory comes through virtio-mem" },
	/* Guests of 4 GiB have no free GiB that is aligned. */
	{ "gigantic", 2, "8G", NULL, NULL, NULL, "room for 1 GiB pages" },
	{ "init-on-alloc", 2, "2G", NULL, "init_on_alloc=1", NULL, "pages are cleared when they are allocated" },
	{ "no-init-on-alloc", 2, "2G", NULL, "init_on_alloc=0", NULL, "pages are not cleared when they are allocated" },
	{ "hvo", 2, "2G", NULL, "hugetlb_free_vmemmap=on", NULL, "vmemmap optimisation on since boot" },
	{ "no-hvo", 2, "2G", NULL, "hugetlb_free_vmemmap=off", NULL, "vmemmap optimisation off at boot" },
};

const struct hf_profile *hf_profile_at(unsigned int i)
{
	return i < sizeof(profiles) / sizeof(profiles[0]) ? &profiles[i] : NULL;
}

const struct hf_profile *hf_profile_find(const char *name)
{
	const struct hf_profile *p;

	for (unsigned int i = 0; (p = hf_profile_at(i)); i++)
		if (!name || strcmp(p->name, name) == 0)
			return p;
	return NULL;
}
