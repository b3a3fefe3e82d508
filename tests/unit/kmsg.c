// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of real kernels, harmless and not, and the records of /dev/kmsg. */
#include "system/kmsg.h"

#include <errno.h>

#include "tests/unit/fake.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static const char *const bad[] = {
	"------------[ cut here ]------------",
	"WARNING: CPU: 1 PID: 2239 at mm/hugetlb.c:5612 hugetlb_fault+0x8f1/0xb50",
	"WARNING: mm/page_alloc.c:4804 at __alloc_frozen_pages_noprof+0x2ec/0x330, CPU#0: stress/812",
	"WARNING: possible circular locking dependency detected",
	"WARNING: inconsistent lock state",
	"WARNING: suspicious RCU usage",
	"[ BUG: Invalid wait context ]",
	"INFO: trying to register non-static key.",
	"kernel BUG at mm/huge_memory.c:3417!",
	"BUG: unable to handle page fault for address: ffffea0001800008",
	"BUG: kernel NULL pointer dereference, address: 0000000000000008",
	"BUG: Bad page state in process hugetlb-race  pfn:10f600",
	"BUG: Bad page map in process thp-split  pte:8000000123456067 pmd:10f6a1067",
	"BUG: Bad rss-counter state mm:00000000c0ffee00 type:MM_ANONPAGES val:512",
	"BUG: non-zero pgtables_bytes on freeing mm: 4096",
	"BUG: sleeping function called from invalid context at mm/hugetlb.c:2203",
	"BUG: scheduling while atomic: pool-shrink/4711/0x00000002",
	"BUG: workqueue lockup - pool cpus=1 node=0 flags=0x0 nice=0 stuck for 31s!",
	"BUG: KASAN: slab-use-after-free in region_del+0x3c4/0x4f0",
	"BUG: KCSAN: data-race in folio_add_anon_rmap_ptes / folio_remove_rmap_pmd",
	"BUG kmalloc-64 (Not tainted): Poison overwritten",
	"KASAN: null-ptr-deref in range [0x0000000000000008-0x000000000000000f]",
	"UBSAN: array-index-out-of-bounds in mm/hugetlb_cgroup.c:512:31",
	"Oops: 0002 [#1] PREEMPT SMP NOPTI",
	"Oops: general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] SMP NOPTI",
	"general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] PREEMPT SMP PTI",
	"invalid opcode: 0000 [#1] PREEMPT SMP NOPTI",
	"Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP",
	"Unable to handle kernel paging request at virtual address dead000000000108",
	"Kernel panic - not syncing: Fatal exception",
	"watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [offline-block:913]",
	"watchdog: CPU118: Watchdog detected hard LOCKUP on cpu 118",
	"NMI watchdog: Watchdog detected hard LOCKUP on cpu 5",
	"rcu: INFO: rcu_preempt self-detected stall on CPU",
	"rcu: INFO: rcu_sched detected stalls on CPUs/tasks:",
	"rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-... } 5443 jiffies s: 49 root: 0x2/.",
	"rcu: rcu_preempt kthread starved for 5250 jiffies! g1029 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=1",
	"INFO: rcu_tasks detected stalls on tasks:",
	"INFO: task khugepaged:45 blocked for more than 120 seconds.",
	"INFO: task mount:812 blocked in I/O wait for more than 122 seconds.",
	"mm/pgtable-generic.c:50: bad pmd 00000000deadbeef(8000000123400080)",
	"hugetlb: Huge Page Reserved count may go negative.",
	"HugeTLB: hugetlb: Huge Page Reserved count may go negative.",
};

static const char *const harmless[] = {
	"",
	"HugeTLB: registered 2.00 MiB page size, pre-allocated 0 pages",
	"HugeTLB: 28 KiB vmemmap can be freed for a 2.00 MiB page",
	"HugeTLB: allocating 4096 of page size 2.00 MiB failed.  Only allocated 3911 hugepages.",
	/* one OOM kill, by system and by cgroup */
	"hugetlb-race invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0",
	"CPU: 1 UID: 0 PID: 912 Comm: hugetlb-race Not tainted 6.18.44 #1 PREEMPT(voluntary)",
	"Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2 04/01/2014",
	"Call Trace:",
	" <TASK>",
	" dump_stack_lvl+0x5d/0x80",
	" oom_kill_process.cold+0x8/0x87",
	"Mem-Info:",
	"active_anon:112 inactive_anon:5120331 isolated_anon:0",
	"Node 0 hugepages_total=512 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB",
	"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/"
	",task=hugetlb-race,pid=912,uid=0",
	"Out of memory: Killed process 912 (hugetlb-race) total-vm:20973568kB, anon-rss:20479000kB, UID:0 pgtables:40188kB",
	"Memory cgroup out of memory: Killed process 1033 (thp-fault) total-vm:1052100kB, anon-rss:524288kB, file-rss:1180kB",
	"oom_reaper: reaped process 912 (hugetlb-race), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
	/* others that pressure, hot-unplug and dying programs bring about */
	"kworker/1:2: page allocation failure: order:9, mode:0x146cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_NOWARN), nodemask=0",
	"migrating pfn 10f600 failed ret:1 ",
	"page: refcount:3 mapcount:1 mapping:00000000c0ffee00 index:0x7f2a1 pfn:0x10f600",
	"page dumped because: migration failure",
	"Offlined Pages 32768",
	"hugetlb-quota[4711]: segfault at 7f0000000000 ip 000055d0c0de1234 sp 00007ffc00000000 error 6 in hugetlb-quota[55d0c0de0000+3000]",
	"traps: test[4711] general protection fault ip:55d0c0de1234 sp:7ffc00000000 error:0 in test[55d0c0de0000+3000]",
	"Memory failure: 0x10f600: recovery action for huge page: Recovered",
	"rcu: \tRCU CPU stall warnings timeout set to 21 (rcu_cpu_stall_timeout).",
	"rcu: Hierarchical RCU implementation.",
	"watchdog: Delayed init of the lockup detector failed: -19",
	"perf: interrupt took too long (2503 > 2500), lowering kernel.perf_event_max_sample_rate to 79750",
	"workqueue: free_hpage_workfn hogged CPU for >10000us 4 times, consider switching to WQ_UNBOUND",
	"systemd[1]: Starting a unit whose description says BUG: no",
	"clocksource: timekeeping watchdog on CPU1: Marking clocksource 'tsc' as unstable because the skew is too large:",
	"Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible via Spectre v2 BHB attacks!",
	"[Firmware Bug]: TSC doesn't count with P0 frequency!",
	"drop_caches: warning: nothing dropped",
};

static void test_bad(void **state)
{
	(void)state;
	for (int level = 0; level < 8; level++) { /* the level decides nothing */
		for (size_t i = 0; i < COUNT(bad); i++) {
			if (!hf_kmsg_bad(level, bad[i]))
				fail_msg("taken for harmless: %s", bad[i]);
		}
		for (size_t i = 0; i < COUNT(harmless); i++) {
			if (hf_kmsg_bad(level, harmless[i]))
				fail_msg("taken for bad: %s", harmless[i]);
		}
	}
}

static char lines[1024];

static void collect(void *arg, int level, const char *text, bool is_bad)
{
	size_t n = strlen(lines);

	(void)arg;
	snprintf(lines + n, sizeof(lines) - n, "%d%c<%s>", level, is_bad ? '!' : ' ', text);
}

static void test_record(void **state)
{
	static const struct {
		const char *record, *lines;
		int result;
	} t[] = {
		{ "6,339,5140900,-;NET: Registered PF_VSOCK protocol family\n", "6 <NET: Registered PF_VSOCK protocol family>", 0 },
		{ "4,1,2,-,caller=T912;BUG: Bad page state in process x  pfn:1\n", "4!<BUG: Bad page state in process x  pfn:1>", 1 },
		/* the dictionary is no part of the text */
		{ "7,160,424069,-;pci_root PNP0A03:00: bridge\n SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A03:00\n BUG: no\n",
		  "7 <pci_root PNP0A03:00: bridge>", 0 },
		/* semicolons and commas in the text */
		{ "5,7,8,-;a, b; c\n", "5 <a, b; c>", 0 },
		/* bytes that do not print, a backslash, and what only looks like one escaped */
		{ "6,7,8,-;tab\\x09caf\\xc3\\xa9 \\x5cx41 \\xg1 \\x4\n", "6 <tab\tcaf\xc3\xa9 \\x41 \\xg1 \\x4>", 0 },
		{ "6,7,8,-;a\\x00b\n", "6 <ab>", 0 },
		/* several lines in one record: each is judged */
		{ "4,7,8,-;harmless\\x0aWARNING: one\\x0aWARNING: two\n", "4 <harmless>4!<WARNING: one>4!<WARNING: two>", 2 },
		/* facility 1 and 3: written by programs */
		{ "12,7,8,-;WARNING: not the kernel's\n", "4 <WARNING: not the kernel's>", 0 },
		{ "28,7,8,-;BUG: not the kernel's\n", "4 <BUG: not the kernel's>", 0 },
		{ "6,7,8,-;\n", "6 <>", 0 },
		{ "6,7,8,-;no newline", "6 <no newline>", 0 },
		{ "", "", -EINVAL },
		{ "6,7,8,- no text\n", "", -EINVAL },
		{ "no number,7;text\n", "", -EINVAL },
		{ "6;7,8,-\n", "", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		char record[256];

		snprintf(record, sizeof(record), "%s", t[i].record);
		lines[0] = '\0';
		assert_int_equal(hf_kmsg_record(record, collect, NULL), t[i].result);
		assert_string_equal(lines, t[i].lines);
	}
}

static void test_open(void **state)
{
	struct hf_kmsg *k = NULL;

	(void)state;
	assert_int_equal(hf_kmsg_open(&k), -ENOENT); /* the fake tree has no /dev/kmsg */
	hf_kmsg_close(NULL);
}

static void test_taint(void **state)
{
	(void)state;
	assert_true(hf_kmsg_taint() == 0);
	fake_write("/proc/sys/kernel/tainted", "4609\n");
	assert_true(hf_kmsg_taint() == 4609);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(test_bad), TEST(test_record), TEST(test_open), TEST(test_taint) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
