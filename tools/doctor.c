// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hugefault doctor: what this machine can and cannot measure, and why. One line per subject, then the state that a run must leave as it
 * was. It changes no setting; what it mounts is private to it.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/parse.h"
#include "system/balloon.h"
#include "system/census.h"
#include "system/clock.h"
#include "system/counter.h"
#include "system/kmsg.h"
#include "system/knob.h"
#include "system/lock.h"
#include "system/ns.h"
#include "system/perf.h"
#include "system/pool.h"
#include "system/state.h"
#include "system/topo.h"

#define THP "/sys/kernel/mm/transparent_hugepage"
#define MEMORY "/sys/devices/system/memory"
#define HVO "/proc/sys/vm/hugetlb_optimize_vmemmap"
#define LEAST_MEMORY (512ull << 20)

const char *argp_program_version = "hugefault doctor " HF_VERSION;

enum mark { OK, LIMITED, MISSING };

/* Set by need(): something is missing without which no benchmark runs. */
static bool unfit;

__attribute__((format(printf, 3, 4))) static void say(enum mark mark, const char *subject, const char *fmt, ...)
{
	static const char *const word[] = { "ok", "limited", "missing" };
	va_list ap;

	printf("%-8s %-15s ", word[mark], subject);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

#define need(subject, ...) (unfit = true, say(MISSING, subject, __VA_ARGS__))

static void privileges(void)
{
	static const struct {
		int cap;
		const char *name, *what;
	} wanted[] = {
		{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "frame numbers, private mounts" },
		{ CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE", "kernel settings" },
		{ CAP_IPC_LOCK, "CAP_IPC_LOCK", "pinning much memory" },
		{ CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE", "raising limits" },
		{ CAP_SYS_NICE, "CAP_SYS_NICE", "real-time priority, other nodes" },
		{ 34, "CAP_SYSLOG", "kernel log" },
		{ 38, "CAP_PERFMON", "kernel events" }, /* since 5.8 */
	};
	char lack[512] = "";
	uint64_t caps = 0;

	hf_file_find_u64("/proc/self/status", "CapEff:", 16, &caps);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		size_t have = strlen(lack);

		if (!(caps >> wanted[i].cap & 1))
			snprintf(lack + have, sizeof(lack) - have, "%s%s (%s)", have ? ", " : "", wanted[i].name, wanted[i].what);
	}
	if (geteuid() != 0)
		say(LIMITED, "privileges",
		    "ordinary user: pools, THP modes, blocks and frame numbers are out of reach; run as root (sudo)");
	else if (*lack)
		say(LIMITED, "privileges", "root without %s: start it from a shell with full capabilities", lack);
	else
		say(OK, "privileges", "root with every capability that a benchmark asks for");
}

static void cpus(void)
{
	struct hf_topo topo;
	char llc[24];
	int err = hf_topo_load(&topo, NULL, -1);

	if (err) {
		need("cpus", "topology cannot be read: %s", strerror(-err));
		return;
	}
	hf_parse_show_size(topo.llc, llc, sizeof(llc));
	say(topo.n_cpus < 2 ? LIMITED : OK, "cpus",
	    "%u of %u usable: %u package(s), %u node(s), %u core(s), %u last-level cache(s) of %s, %s%s", topo.n_cpus, topo.pus,
	    topo.packages, topo.nodes, topo.cores, topo.llcs, llc, *topo.model ? topo.model : "unknown model",
	    topo.n_cpus < 2 ? "; races and scaling need two" : "");
	if (topo.nodes < 2)
		say(LIMITED, "numa", "one node: nothing about remote memory can be measured here");
	else
		say(OK, "numa", "%u nodes", topo.nodes);
	hf_topo_pin(topo.cpu[0].os); /* the clock is calibrated pinned */
	hf_topo_free(&topo);
}

static void timing(void)
{
	hf_clock_init();
	if (hf_clock.tsc)
		say(OK, "clock", "tsc, %.0f MHz; an empty timed region shows %.0f ns (kernel: %s)", hf_clock.hz / 1e6, hf_clock.cost_ns,
		    hf_clock.kernel);
	else
		say(LIMITED, "clock",
		    "no invariant TSC: %s, an empty timed region shows %.0f ns (kernel: %s); short operations are measured with that error",
		    hf_clock.source, hf_clock.cost_ns, hf_clock.kernel);
}

/* Return: whether there is a size of hugetlb page. */
static bool hugetlb(void)
{
	size_t size[16];
	unsigned int n = hf_pool_sizes(size, 16), gigantic = 0;
	bool pmd_size = false;

	for (unsigned int i = 0; i < n; i++) {
		char text[24], path[PATH_MAX], full[PATH_MAX], subject[32];
		struct hf_pool pool;
		bool can_grow;

		hf_parse_show_size(size[i], text, sizeof(text));
		snprintf(subject, sizeof(subject), "hugetlb-%s", text);
		if (size[i] >= 1ull << 30)
			gigantic++;
		else
			pmd_size = true;
		if (hf_pool_read(size[i], -1, &pool)) {
			say(MISSING, subject, "the pool cannot be read");
			continue;
		}
		hf_pool_path(size[i], -1, "nr_hugepages", path, sizeof(path));
		can_grow = hf_file_path(path, full, sizeof(full)) && access(full, W_OK) == 0;
		say(can_grow || pool.free > pool.resv ? OK : LIMITED, subject,
		    "pool of %lld page(s), %lld free, %lld reserved, %lld surplus; %s", (long long)pool.nr, (long long)pool.free,
		    (long long)pool.resv, (long long)pool.surplus,
		    can_grow ? "a run may grow it" : "it cannot be grown: be root, or set pages aside and give --use-pool");
	}
	if (!pmd_size)
		say(MISSING, "hugetlb", "no page size below 1G (CONFIG_HUGETLBFS, or hugepages not supported by this CPU)");
	if (!gigantic)
		say(MISSING, "gigantic", "no 1G pages: the CPU lacks them or the kernel has no support");
	else
		say(geteuid() ? LIMITED : OK, "gigantic", "growing that pool needs 1G of contiguous free memory: soonest after boot");
	if (!n)
		return false;
	if (hf_file_read_u64(HVO, &(uint64_t){ 0 }))
		say(MISSING, "hvo",
		    "vm.hugetlb_optimize_vmemmap is not there (CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP off, or struct page of an odd size)");
	else
		say(geteuid() ? LIMITED : OK, "hvo", "vm.hugetlb_optimize_vmemmap is there%s",
		    geteuid() ? ", but only root may switch it" : "");
	return true;
}

/* Return: whether there are THPs. */
static bool thp(void)
{
	char buf[128], list[512] = "", *mode = hf_file_word(THP "/enabled", buf, sizeof(buf));
	char **size;
	int n;

	if (!mode) {
		say(MISSING, "thp", "kernel without CONFIG_TRANSPARENT_HUGEPAGE");
		return false;
	}
	if (strcmp(mode, "never") == 0)
		say(LIMITED, "thp", "mode is never: echo madvise >%s/enabled", THP);
	else
		say(OK, "thp", "mode is %s", mode);
	n = hf_file_numbered(THP, "hugepages-", &size);
	for (int i = 0; i < n; i++) {
		size_t have = strlen(list);

		snprintf(list + have, sizeof(list) - have, " %s", size[i] + strlen("hugepages-"));
	}
	free(size);
	if (n)
		say(OK, "mthp", "sizes%s", list);
	else
		say(MISSING, "mthp", "no folio sizes between base page and PMD (kernel before 6.8)");
	return true;
}

static void census(void)
{
	struct hf_census *c;
	char why[128];

	if (hf_census_open(&c, why, sizeof(why))) {
		say(MISSING, "page-census", "%s: no proof of page sizes, backing_ok stays null", why);
		return;
	}
	if (hf_census_frames(c))
		say(OK, "page-census", "frame numbers and page flags: every size is proven");
	else
		say(LIMITED, "page-census", "PAGEMAP_SCAN alone: PMD mappings are proven, other sizes need CAP_SYS_ADMIN");
	hf_census_close(c);
}

static void counters(void)
{
	struct hf_counter_set *set;
	int err = hf_counter_read(&set);

	if (err) {
		need("counters", "/proc/vmstat: %s", strerror(-err));
		return;
	}
	if (hf_counter_exact(set))
		say(OK, "counters", "exact (vm.stat_refresh)");
	else
		say(LIMITED, "counters", "vm.stat_refresh cannot be written: counts may lag by the per-CPU thresholds; run as root");
	hf_counter_free(set);
}

static void perf_event(const char *subject, const char *event, const char *good)
{
	struct hf_perf_value v[HF_PERF_MAX];
	struct hf_perf *perf;

	if (hf_perf_open(&perf, event)) {
		say(MISSING, subject, "libpfm4 does not know %s", event);
		return;
	}
	hf_perf_read(perf, v);
	hf_perf_close(perf);
	if (v[0].err)
		say(MISSING, subject, "%s: %s", event, v[0].why);
	else
		say(OK, subject, "%s", good);
}

static void kernel_log(void)
{
	uint64_t taint = hf_kmsg_taint();
	struct hf_kmsg *kmsg;
	int err = hf_kmsg_open(&kmsg);

	if (err == -EPERM || err == -EACCES)
		say(LIMITED, "kernel-log", "not readable: warnings during a run go unseen; run as root, or sysctl kernel.dmesg_restrict=0");
	else if (err)
		say(LIMITED, "kernel-log", "%s: warnings during a run go unseen", strerror(-err));
	else
		say(OK, "kernel-log", "readable: a warning during a run fails it");
	if (!err)
		hf_kmsg_close(kmsg);
	if (taint)
		say(LIMITED, "taint", "the kernel is tainted already (%llu): a stressor's verdict is worth more after a reboot",
		    (unsigned long long)taint);
	else
		say(OK, "taint", "not tainted");
}

static void memory_blocks(void)
{
	uint64_t removable = 0, bytes = 0;
	char list[4096], size[24] = "?";
	int offline = hf_state_offline(list, sizeof(list));
	char **block, path[PATH_MAX];
	int total = hf_file_numbered(MEMORY, "memory", &block);

	if (total) {
		snprintf(path, sizeof(path), MEMORY "/%s/removable", block[0]);
		hf_file_read_u64(path, &removable);
	}
	free(block);
	if (hf_file_find_u64(MEMORY "/block_size_bytes", "", 16, &bytes) == 0)
		hf_parse_show_size(bytes, size, sizeof(size));
	if (!total)
		say(MISSING, "block-offline", "no memory blocks in %s (CONFIG_MEMORY_HOTPLUG off)", MEMORY);
	else if (!removable)
		say(MISSING, "block-offline", "%d blocks of %s, but none can go offline (CONFIG_MEMORY_HOTREMOVE off)", total, size);
	else if (offline)
		say(LIMITED, "block-offline",
		    "%d of %d blocks of %s are offline: bring them back with echo online >%s/BLOCK/state, or hugefault restore (%.200s)",
		    offline, total, size, MEMORY, list);
	else
		say(geteuid() ? LIMITED : OK, "block-offline", "%d blocks of %s, all online%s", total, size,
		    geteuid() ? "; only root may take one offline" : "");
}

static void features(void)
{
	struct io_uring_params params = { 0 };
	char buf[128], path[PATH_MAX], *mode;
	long fd;

	if (hf_file_path(MEMORY "/soft_offline_page", path, sizeof(path)) && access(path, F_OK) == 0)
		say(geteuid() ? LIMITED : OK, "soft-offline", "MADV_SOFT_OFFLINE%s", geteuid() ? " needs root" : "");
	else
		say(MISSING, "soft-offline", "kernel without CONFIG_MEMORY_FAILURE");

	fd = syscall(SYS_io_uring_setup, 1, &params);
	if (fd >= 0)
		say(OK, "io_uring", "registered buffers can pin pages");
	else
		say(MISSING, "io_uring", "%s%s", strerror(errno),
		    errno == ENOSYS  ? ": kernel without CONFIG_IO_URING"
		    : errno == EPERM ? ": see sysctl kernel.io_uring_disabled"
				     : "");
	if (fd >= 0)
		close((int)fd);

	fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (fd >= 0) {
		say(OK, "userfaultfd", "for faults of user and kernel");
		close((int)fd);
	} else if (errno == EPERM && (fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY)) >= 0) {
		say(LIMITED, "userfaultfd", "for faults from user space alone; run as root, or sysctl vm.unprivileged_userfaultfd=1");
		close((int)fd);
	} else {
		say(MISSING, "userfaultfd", "%s", errno == ENOSYS ? "kernel without CONFIG_USERFAULTFD" : strerror(errno));
	}

	mode = hf_file_word("/sys/kernel/security/lockdown", buf, sizeof(buf));
	if (!mode)
		say(LIMITED, "lockdown",
		    "cannot be told: /sys/kernel/security/lockdown is not there (no securityfs mounted, or kernel without it)");
	else if (strcmp(mode, "none") == 0)
		say(OK, "lockdown", "none");
	else
		say(LIMITED, "lockdown", "%s: debugfs and kprobes are closed, tracepoints still count", mode);
}

/* A journal without a living owner is a run that died: nothing runs before its changes are undone. */
static void journal(const char *state_dir)
{
	char path[PATH_MAX + 16];
	pid_t owner = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/journal", state_dir);
	if (access(path, F_OK)) {
		say(OK, "journal", "no dead run left one in %s", state_dir);
		return;
	}
	fd = hf_lock_take(state_dir, 0, &owner);
	if (fd == -EBUSY) {
		say(LIMITED, "journal", "run %d is going on: one run at a time, and these lines describe the machine as it set it",
		    (int)owner);
		return;
	}
	if (fd >= 0)
		close(fd);
	need("journal", "a dead run left changed settings (%s): run hugefault restore", path);
}

static void memory(void)
{
	uint64_t kb = 0, total_kb = 0;

	hf_file_find_u64("/proc/meminfo", "MemTotal:", 10, &total_kb);
	if (hf_file_find_u64("/proc/meminfo", "MemAvailable:", 10, &kb))
		say(LIMITED, "memory", "/proc/meminfo does not say what is available");
	else if (kb < LEAST_MEMORY >> 10)
		need("memory", "%llu MiB available: %llu MiB are the least", (unsigned long long)kb >> 10, LEAST_MEMORY >> 20);
	else
		say(kb < 4 << 20 ? LIMITED : OK, "memory", "%llu of %llu MiB available%s", (unsigned long long)kb >> 10,
		    (unsigned long long)total_kb >> 10, kb < 4 << 20 ? ": benchmarks of large ranges are skipped" : "");
}

static void governor(void)
{
	char buf[128], *word = hf_file_word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", buf, sizeof(buf));

	if (!word)
		say(LIMITED, "governor", "no CPU frequency control to be seen (usual in virtual machines): frequency changes go unnoticed");
	else if (strcmp(word, "performance") != 0)
		say(LIMITED, "governor", "%s: frequency follows load; cpupower frequency-set -g performance", word);
	else
		say(OK, "governor", "performance");
}

static void siblings(void)
{
	uint64_t smt = 0;

	if (hf_file_read_u64("/sys/devices/system/cpu/smt/active", &smt))
		say(OK, "smt", "no such control: taken as off");
	else if (smt)
		say(LIMITED, "smt", "on: tasks take one CPU of each core first, but a sibling's other work is felt");
	else
		say(OK, "smt", "off");
}

static void page_reporting(void)
{
	int order = hf_balloon_reporting();

	if (order >= 0)
		say(LIMITED, "page reporting",
		    "free memory goes back to the hypervisor from order %d on: the first touch of a page that was free for a while "
		    "includes getting it again, often a millisecond a huge page",
		    order);
	else
		say(OK, "page reporting", "free memory stays with this kernel");
}

/* Percent of the CPUs' time since boot that the hypervisor gave to others. */
static double stolen(void)
{
	uint64_t t[8] = { 0 }, sum = 0;
	char *text, *rest;

	if (hf_file_slurp("/proc/stat", &text) < 0)
		return 0;
	strtok_r(text, " \n", &rest); /* "cpu" */
	for (int i = 0; i < 8; i++) {
		const char *word = strtok_r(NULL, " \n", &rest);

		if (!word || hf_parse_u64(word, 0, UINT64_MAX, &t[i]))
			t[i] = 0;
		sum += t[i];
	}
	free(text);
	return sum ? 100.0 * (double)t[7] / (double)sum : 0;
}

static void virtualisation(void)
{
	bool guest = false;
	char *text;

	if (hf_file_slurp("/proc/cpuinfo", &text) >= 0) {
		guest = strstr(text, " hypervisor") != NULL;
		free(text);
	}
	if (guest)
		say(LIMITED, "virtualisation", "guest: nested page tables are part of every fault; %.2f %% of time since boot was stolen", stolen());
	else
		say(OK, "virtualisation", "none");
}

static void load(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	char buf[128];
	double tasks;

	if (hf_file_read("/proc/loadavg", buf, sizeof(buf)) < 0) {
		say(LIMITED, "load", "/proc/loadavg cannot be read");
		return;
	}
	buf[strcspn(buf, " ")] = '\0';
	if (hf_parse_double(buf, 0, 1e6, &tasks))
		tasks = 0;
	if (tasks > 0.1 * (double)online)
		say(LIMITED, "load", "%.2f on %ld CPUs over the last minute: something else is running", tasks, online);
	else
		say(OK, "load", "%.2f on %ld CPUs over the last minute", tasks, online);
}

static void examine(char **argv)
{
	char state_dir[PATH_MAX];
	bool any;
	int err = hf_knob_state_dir(state_dir, sizeof(state_dir));

	if (!err)
		hf_ns_enter(state_dir, false, argv); /* to see tracefs as a run sees it */
	privileges();
	cpus();
	timing();
	any = hugetlb();
	any |= thp();
	if (!any)
		need("huge-pages", "this kernel has neither hugetlb nor transparent huge pages");
	census();
	counters();
	perf_event("perf-software", "page-faults", "software events count");
	perf_event("perf-hardware", "cycles:u", "the PMU counts");
	perf_event("tracepoints", "kmem:mm_page_alloc", "tracepoints count");
	kernel_log();
	memory_blocks();
	features();
	if (err)
		need("journal", "state directory: %s", strerror(-err));
	else
		journal(state_dir);
	memory();
	governor();
	siblings();
	page_reporting();
	virtualisation();
	load();
}

static error_t parse_opt(int key, char *arg, struct argp_state *argp_state)
{
	bool *state_only = argp_state->input;

	(void)arg;
	if (key != 'S')
		return ARGP_ERR_UNKNOWN;
	*state_only = true;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp_option option[] = {
		{ "state", 'S', NULL, 0, "Print only the state that a run must leave as it was, one \"name value\" line each", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = option,
		.parser = parse_opt,
		.doc = "Tell what this machine can and cannot measure, and why.\v"
		       "It changes no setting. Exit status: 0, or 3 when something is missing that every benchmark needs.\n\n"
		       "Examples:\n  sudo hugefault doctor\n  sudo hugefault doctor --state >before",
	};
	bool state_only = false;

	argp_err_exit_status = HF_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &state_only);
	if (state_only) {
		hf_state_print("", stdout);
		return HF_EXIT_OK;
	}
	examine(argv);
	printf("\nstate that a run must leave as it was (hugefault doctor --state):\n");
	hf_state_print("  ", stdout);
	return unfit ? HF_EXIT_BROKEN : HF_EXIT_OK;
}
