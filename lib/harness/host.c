// SPDX-License-Identifier: GPL-2.0-or-later
/* What the machine is. */
#include "harness/host.h"

#include <dirent.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <zlib.h>

#include "base/file.h"
#include "system/balloon.h"
#include "system/pool.h"

#define THP "/sys/kernel/mm/transparent_hugepage"

/* A file's text under @key, null if it cannot be read. */
static void file(struct hf_json *at, const char *key, const char *path)
{
	char buf[4096];

	hf_json_str(at, key, hf_file_read(path, buf, sizeof(buf)) < 0 ? NULL : buf);
}

/* The word in brackets of "always [madvise] never". */
static void bracketed(struct hf_json *at, const char *key, const char *path)
{
	char buf[256];

	hf_json_str(at, key, hf_file_word(path, buf, sizeof(buf)));
}

static void page_reporting(struct hf_json *at)
{
	int order = hf_balloon_reporting();

	if (order < 0)
		hf_json_null(at, "page_reporting");
	else
		hf_json_int(at, "page_reporting", order);
}

static void mthp(struct hf_json *at)
{
	struct hf_json *list = hf_json_add_object(at, "mthp");
	char path[4096];
	struct dirent *e;
	DIR *dir;

	if (!hf_file_path(THP, path, sizeof(path)))
		return;
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		char name[512];

		if (strncmp(e->d_name, "hugepages-", 10))
			continue;
		snprintf(name, sizeof(name), THP "/%s/enabled", e->d_name);
		bracketed(list, e->d_name + 10, name);
	}
	if (dir)
		closedir(dir);
}

static void hugetlb(struct hf_json *at)
{
	struct hf_json *list = hf_json_add_object(at, "hugetlb");
	size_t size[16];
	unsigned int n = hf_pool_sizes(size, 16);

	for (unsigned int i = 0; i < n; i++) {
		struct hf_json *j;
		struct hf_pool pool;
		char key[32];

		if (hf_pool_read(size[i], -1, &pool))
			continue;
		snprintf(key, sizeof(key), "%zukB", size[i] >> 10);
		j = hf_json_add_object(list, key);
		hf_json_int(j, "nr", pool.nr);
		hf_json_int(j, "free", pool.free);
		hf_json_int(j, "resv", pool.resv);
		hf_json_int(j, "surplus", pool.surplus);
		hf_json_int(j, "overcommit", pool.overcommit);
	}
}

/* One option of the running kernel's configuration ("CONFIG_HZ"), "" when not set, NULL when the configuration cannot be read. */
static const char *config(const char *text, const char *option, char *buf, size_t room)
{
	size_t len = strlen(option);

	if (!text)
		return NULL;
	buf[0] = '\0';
	while ((text = strstr(text, option))) {
		if (text[len] == '=' && text[-1] == '\n') {
			snprintf(buf, room, "%.*s", (int)strcspn(text + len + 1, "\n"), text + len + 1);
			break;
		}
		text += len;
	}
	return buf;
}

/* /proc/config.gz or /boot/config-RELEASE, NULL if neither is there. */
static char *read_config(const char *release)
{
	size_t room = 1 << 20;
	char path[512], *text = NULL;
	gzFile gz = gzopen("/proc/config.gz", "r");
	int n;

	if (gz) {
		text = malloc(room);
		n = text ? gzread(gz, text, (unsigned int)room - 1) : -1;
		gzclose(gz);
		if (n >= 0) {
			text[n] = '\0';
			return text;
		}
		free(text);
		text = NULL;
	}
	snprintf(path, sizeof(path), "/boot/config-%s", release);
	return hf_file_slurp(path, &text) < 0 ? NULL : text;
}

/* The preemption model: chosen at boot with PREEMPT_DYNAMIC, so the configuration alone may be wrong; debugfs is unreadable under lockdown. */
static void preempt(struct hf_json *at, const char *text, const char *cmdline)
{
	static const char *const model[] = { "CONFIG_PREEMPT_NONE", "CONFIG_PREEMPT_VOLUNTARY", "CONFIG_PREEMPT_LAZY", "CONFIG_PREEMPT",
					     "CONFIG_PREEMPT_RT" };
	static const char *const name[] = { "none", "voluntary", "lazy", "full", "rt" };
	const char *boot = strstr(cmdline, "preempt=");
	char buf[64], out[64] = "";

	if (hf_file_read("/sys/kernel/debug/sched/preempt", buf, sizeof(buf)) >= 0) {
		hf_json_str(at, "preempt", buf);
		return;
	}
	if (boot && (boot == cmdline || boot[-1] == ' ')) {
		snprintf(out, sizeof(out), "%.*s", (int)strcspn(boot + 8, " "), boot + 8);
		hf_json_str(at, "preempt", out);
		return;
	}
	for (int i = 0; i < 5; i++) {
		const char *v = config(text, model[i], buf, sizeof(buf));

		if (v && *v == 'y')
			snprintf(out, sizeof(out), "%s%s", name[i],
				 *config(text, "CONFIG_PREEMPT_DYNAMIC", buf, sizeof(buf)) == 'y' ? " (dynamic)" : "");
	}
	hf_json_str(at, "preempt", *out ? out : NULL);
}

static void mitigations(struct hf_json *at)
{
	static const char dir_path[] = "/sys/devices/system/cpu/vulnerabilities";
	struct hf_json *list = hf_json_add_object(at, "mitigations");
	char path[4096];
	struct dirent *e;
	DIR *dir;

	if (!hf_file_path(dir_path, path, sizeof(path)))
		return;
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir_path, e->d_name);
		file(list, e->d_name, path);
	}
	if (dir)
		closedir(dir);
}

/* What boots a guest says on its command line how it is executed (guest/boot.c): timings under emulation must not be taken for others. */
static const char *virt(void)
{
	static const char *const told[] = { "kvm", "tcg", "icount" };
	char *text;
	bool guest;

	if (hf_file_slurp("/proc/cmdline", &text) >= 0) {
		const char *at = strstr(text, "hugefault.virt="), *name = NULL;

		at = at ? at + strlen("hugefault.virt=") : "";
		for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
			if (strncmp(at, told[i], strlen(told[i])) == 0)
				name = told[i];
		free(text);
		if (name)
			return name;
	}
	if (hf_file_slurp("/proc/cpuinfo", &text) < 0)
		return NULL;
	guest = strstr(text, " hypervisor") != NULL;
	free(text);
	return guest ? "guest" : "none";
}

bool hf_host_emulated(void)
{
	const char *is = virt();

	return is && (strcmp(is, "tcg") == 0 || strcmp(is, "icount") == 0);
}

static void topology(const struct hf_topo *t, struct hf_json *at)
{
	struct hf_json *j = hf_json_add_object(at, "topology"), *cpus;

	hf_json_int(j, "packages", t->packages);
	hf_json_int(j, "cores", t->cores);
	hf_json_int(j, "pus", t->pus);
	hf_json_int(j, "nodes", t->nodes);
	hf_json_int(j, "llcs", t->llcs);
	hf_json_int(j, "l1d", (int64_t)t->l1d);
	hf_json_int(j, "l2", (int64_t)t->l2);
	hf_json_int(j, "llc", (int64_t)t->llc);
	cpus = hf_json_add_array(j, "order");
	for (unsigned int i = 0; i < t->n_cpus; i++) {
		struct hf_json *c = hf_json_add_object(cpus, NULL);

		hf_json_int(c, "cpu", t->cpu[i].os);
		hf_json_int(c, "node", t->cpu[i].node);
		hf_json_int(c, "core", t->cpu[i].core);
		hf_json_int(c, "llc", t->cpu[i].llc);
		hf_json_int(c, "smt", t->cpu[i].smt);
	}
}

/*
 * Which build of the kernel: the GNU build-id among the ELF notes of vmlinux (notes_read() in kernel/ksysfs.c). A note is three words (length of its name and of
 * what it says, type), the name and what it says, each filled up to four bytes.
 */
static void build(struct hf_json *at)
{
	char *notes = NULL, text[2 * 64 + 1] = "";
	ssize_t len = hf_file_slurp("/sys/kernel/notes", &notes);
	uint32_t head[3];

	for (size_t i = 0; len > 0 && i + sizeof(head) <= (size_t)len;) {
		size_t name = i + sizeof(head), says;

		memcpy(head, notes + i, sizeof(head));
		if (head[0] > (size_t)len || head[1] > (size_t)len)
			break;
		says = name + (head[0] + 3) / 4 * 4;
		i = says + (head[1] + 3) / 4 * 4;
		if (i > (size_t)len || head[2] != NT_GNU_BUILD_ID || head[0] != 4 || memcmp(notes + name, "GNU", 4) != 0 || head[1] > 64)
			continue;
		for (size_t k = 0; k < head[1]; k++)
			sprintf(text + 2 * k, "%02x", (unsigned char)notes[says + k]);
		break;
	}
	hf_json_str(at, "build", *text ? text : NULL);
	free(notes);
}

void hf_host_describe(const struct hf_topo *topo, struct hf_json *at)
{
	char cmdline[4096] = "", buf[64], *text;
	struct utsname u;

	uname(&u);
	text = read_config(u.release);
	hf_file_read("/proc/cmdline", cmdline, sizeof(cmdline));
	hf_json_str(at, "release", u.release);
	hf_json_str(at, "version", u.version);
	build(at);
	hf_json_str(at, "cmdline", cmdline);
	hf_json_str(at, "machine", u.machine);
	hf_json_str(at, "cpu", topo->model);
	hf_json_int(at, "cpus", topo->pus);
	hf_json_int(at, "nodes", topo->nodes);
	hf_json_int(at, "memory", (int64_t)topo->mem);
	preempt(at, text, cmdline);
	hf_json_str(at, "hz", config(text, "CONFIG_HZ", buf, sizeof(buf)));
	hf_json_str(at, "init_on_alloc", config(text, "CONFIG_INIT_ON_ALLOC_DEFAULT_ON", buf, sizeof(buf)));
	mitigations(at);
	file(at, "governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	bracketed(at, "thp", THP "/enabled");
	bracketed(at, "thp_defrag", THP "/defrag");
	bracketed(at, "thp_shmem", THP "/shmem_enabled");
	mthp(at);
	hugetlb(at);
	file(at, "hvo", "/proc/sys/vm/hugetlb_optimize_vmemmap");
	bracketed(at, "lockdown", "/sys/kernel/security/lockdown");
	file(at, "aslr", "/proc/sys/kernel/randomize_va_space");
	hf_json_str(at, "virt", virt());
	page_reporting(at);
	file(at, "tainted", "/proc/sys/kernel/tainted");
	file(at, "loadavg", "/proc/loadavg");
	file(at, "buddyinfo", "/proc/buddyinfo");
	topology(topo, at);
	free(text);
}

char *hf_host_boot(char *buf, size_t room)
{
	if (hf_file_read("/proc/sys/kernel/random/boot_id", buf, room) < 0)
		buf[0] = '\0';
	return buf;
}
