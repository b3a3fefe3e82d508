// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU as a child that cannot outlive this process. */
#include "guest/lib/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"

#define ARGS_MAX 128
#define TICK_NS 50000000
#define TRIAL_S 15
#define NOT_STARTED 127 /* exit status of a child whose exec failed */
#define MIB (1L << 20)
#define FILE_LIMIT (1024 * MIB)

/* In the order of the guest's ports. */
static const struct {
	const char *name;
	long limit;
} serials[] = { { "console.log", 16 * MIB }, { "records.jsonl", 64 * MIB }, { "journal", MIB }, { "output.txt", 16 * MIB } };

#define SERIALS (sizeof(serials) / sizeof(serials[0]))

const char *hf_qemu_accel_name(enum hf_qemu_accel accel)
{
	static const char *const names[] = { "auto", "kvm", "tcg", "icount" };

	return (size_t)accel < sizeof(names) / sizeof(names[0]) ? names[accel] : NULL;
}

const char *hf_qemu_program(bool arm64)
{
	const char *program = getenv("HUGEFAULT_QEMU");

	return program && *program ? program : arm64 ? "qemu-system-aarch64" : "qemu-system-x86_64";
}

bool hf_qemu_is_arm64(const char *kernel)
{
	char head[60];
	FILE *f = fopen(kernel, "re");
	bool is = f && fread(head, sizeof(head), 1, f) == 1 && memcmp(head + 56, "ARM\x64", 4) == 0;

	if (f)
		fclose(f);
	return is;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/*
 * Whether processors may be emulated in threads of their own. Before 8.1 a thread could go on executing code that another had just changed (QEMU commit deba78709ae8): kernels
 * that patch themselves, which every tracepoint and perf event makes them do, died of an int3 that was not there any more, or stood still in text_poke_bp_batch().
 */
static bool threads_work(bool arm64)
{
	char *command, line[128] = "", text[16], *at;
	double version = 0;
	FILE *f = NULL;

	if (asprintf(&command, "exec %s --version", hf_qemu_program(arm64)) >= 0) {
		f = popen(command, "re");
		free(command);
	}
	if (f && !fgets(line, sizeof(line), f))
		line[0] = '\0';
	if (f)
		pclose(f);
	at = strstr(line, "version ");
	if (!at)
		return false;
	at += strlen("version ");
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, ".") + 2, at); /* "8.1": no minor version had two digits */
	return !hf_parse_double(text, 0, 1000, &version) && version >= 8.1;
}

struct args {
	char *v[ARGS_MAX];
	size_t n;
	bool bad;
};

static void add(struct args *a, const char *text)
{
	if (a->n + 1 == ARGS_MAX || !(a->v[a->n] = strdup(text)))
		a->bad = true;
	else
		a->n++;
}

static void add_words(struct args *a, const char *words)
{
	char *copy = strdup(words), *rest = copy, *word;

	if (!copy)
		a->bad = true;
	while (copy && (word = strsep(&rest, " ")))
		if (*word)
			add(a, word);
	free(copy);
}

static void add_kernel(struct args *a, const struct hf_qemu *q, bool trial)
{
	const struct hf_profile *p = q->profile;
	char watchdog[48] = "", limit[48] = "", *append;
	/* Time for the guest to say what it waits for, before it is killed. With icount its clock runs ahead whenever it is idle. */
	double left = q->timeout_s - (q->timeout_s > 100 ? q->timeout_s / 10 : 10);

	if (!trial && q->accel != HF_QEMU_ICOUNT && left >= 5)
		snprintf(watchdog, sizeof(watchdog), " hugefault.watchdog=%.0f", left);
	if (q->limit_s)
		snprintf(limit, sizeof(limit), " hugefault.limit=%u", q->limit_s);
	/*
	 * panic=-1 restarts at once, which -no-reboot makes an exit. The TSC is right, but 6.1 with two processors under TCG does not believe it and takes
	 * the HPET. loglevel=5 shows warnings.
	 */
	if (asprintf(&append, "console=ttyS0 panic=-1 loglevel=5 tsc=reliable nokaslr%s hugefault.virt=%s%s%s%s%s%s%s%s%s%s",
		     q->accel == HF_QEMU_ICOUNT ? " norandmaps" : "", hf_qemu_accel_name(q->accel), watchdog, limit,
		     trial ? " hugefault.trial=1" : "", p->modules ? " hugefault.modules=" : "", p->modules ? p->modules : "",
		     p->append ? " " : "", p->append ? p->append : "", q->append ? " " : "", q->append ? q->append : "") < 0) {
		a->bad = true;
		return;
	}
	add_words(a, "-initrd initrd -kernel");
	add(a, q->kernel);
	add(a, "-append");
	add(a, append);
	free(append);
}

/* Arm's board has one port: four more are behind its PCI bus. */
static void add_serials(struct args *a, bool arm64)
{
	char text[64], device[128] = "pci-serial-4x";

	for (size_t i = 0; i < SERIALS; i++) {
		size_t len = strlen(device);

		if (arm64)
			snprintf(text, sizeof(text), "file,id=s%zu,path=%s", i, serials[i].name);
		else
			snprintf(text, sizeof(text), "file:%s", serials[i].name);
		add(a, arm64 ? "-chardev" : "-serial");
		add(a, text);
		snprintf(device + len, sizeof(device) - len, ",chardev%zu=s%zu", i + 1, i);
	}
	if (arm64) {
		add(a, "-device");
		add(a, device);
	}
}

static void build(struct args *a, const struct hf_qemu *q, bool trial)
{
	const struct hf_profile *p = q->profile;
	const char *threads = q->accel == HF_QEMU_TCG && threads_work(q->arm64) ? "multi" : "single";
	char text[32];

	add(a, hf_qemu_program(q->arm64));
	add_words(a, q->arm64 ? "-M virt" : "-M q35");
	add_words(a, "-nodefaults -no-user-config -display none -monitor none -no-reboot");
	if (q->arm64) {
		/* The architecture's own algorithm of pointer authentication takes most of an emulated machine's time. */
		add_words(a, "-cpu max,pauth-impdef=on -accel");
		snprintf(text, sizeof(text), "tcg,thread=%s", threads);
		add(a, text);
		if (q->accel == HF_QEMU_ICOUNT)
			add_words(a, "-icount shift=0,sleep=off -rtc base=2024-01-01T00:00:00,clock=vm -seed 1");
	}
	/* Without ERMS, because the kernel would clear pages by "rep stosb", which TCG carries out byte by byte. */
	else if (q->accel == HF_QEMU_KVM)
		add_words(a, "-accel kvm -cpu host");
	else if (q->accel == HF_QEMU_TCG)
		add_words(a, *threads == 'm' ? "-accel tcg,thread=multi -cpu max,-erms" : "-accel tcg,thread=single -cpu max,-erms");
	else
		add_words(a, "-accel tcg,thread=single -cpu max,-erms,-rdrand,-rdseed -icount shift=0,sleep=off -rtc "
			     "base=2024-01-01T00:00:00,clock=vm -seed 1");
	snprintf(text, sizeof(text), "%u", q->cpus ? q->cpus : p->cpus);
	add(a, "-smp");
	add(a, text);
	add(a, "-m");
	add(a, q->memory ? q->memory : p->memory);
	if (p->args)
		add_words(a, p->args);
	add_kernel(a, q, trial);
	add_serials(a, q->arm64);
	if (q->plugin) {
		add(a, "-plugin");
		add(a, q->plugin);
	}
	a->v[a->n] = NULL;
}

/* The child, between fork and exec. */
static void become(const struct hf_qemu *q, char **argv, pid_t parent, const sigset_t *mask)
{
	const struct rlimit limit = { FILE_LIMIT, FILE_LIMIT }; /* behind the limits on serial files: whatever happens, no disk fills up */
	int null, log;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before it was asked to tell */
		_exit(NOT_STARTED);
	if (chdir(q->dir))
		_exit(NOT_STARTED);
	null = open("/dev/null", O_RDONLY);
	log = open("qemu.log", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (null < 0 || log < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
		_exit(NOT_STARTED);
	sigprocmask(SIG_SETMASK, mask, NULL);
	setrlimit(RLIMIT_FSIZE, &limit);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(NOT_STARTED);
}

/* The serial file that is too large, or NULL. */
static const char *overfull(const struct hf_qemu *q)
{
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < SERIALS; i++)
		if (snprintf(path, sizeof(path), "%s/%s", q->dir, serials[i].name) < (int)sizeof(path) && !stat(path, &st) &&
		    st.st_size > serials[i].limit)
			return serials[i].name;
	return NULL;
}

/* The files of an earlier boot must not be taken for this one's. */
static void clear(const struct hf_qemu *q)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < SERIALS; i++)
		if (snprintf(path, sizeof(path), "%s/%s", q->dir, serials[i].name) < (int)sizeof(path))
			unlink(path);
}

/* A signal during a trial ends what comes after it, too. */
static bool interrupted;

static void watch(const struct hf_qemu *q, pid_t pid, const sigset_t *signals, struct hf_qemu_result *res)
{
	double begin = now();
	bool ended = false;
	int status;

	for (;;) {
		struct timespec tick = { .tv_nsec = TICK_NS };
		int sig;

		if (waitpid(pid, &status, ended ? 0 : WNOHANG) == pid)
			break;
		sig = sigtimedwait(signals, NULL, &tick);
		if (sig > 0 && sig != SIGCHLD)
			interrupted = true;
		if (interrupted)
			res->end = HF_QEMU_INTERRUPTED;
		else if ((res->full = overfull(q)))
			res->end = HF_QEMU_FULL;
		else if (now() - begin > q->timeout_s)
			res->end = HF_QEMU_DEADLINE;
		else
			continue;
		kill(pid, SIGKILL);
		ended = true;
	}
	res->wall_s = now() - begin;
	if (ended)
		return;
	/* It may have written and ended between two looks. */
	res->full = overfull(q);
	res->end = res->full				? HF_QEMU_FULL
		   : WIFSIGNALED(status)		? HF_QEMU_DIED
		   : WEXITSTATUS(status) == NOT_STARTED ? HF_QEMU_ABSENT
							: HF_QEMU_EXITED;
	res->status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static int run(const struct hf_qemu *q, bool trial, struct hf_qemu_result *res)
{
	struct args args = { .n = 0 };
	pid_t parent = getpid(), pid;
	sigset_t signals, before;
	int err = 0;

	*res = (struct hf_qemu_result){ 0 };
	build(&args, q, trial);
	res->argv = calloc(args.n + 1, sizeof(*res->argv));
	if (res->argv)
		memcpy(res->argv, args.v, args.n * sizeof(*res->argv));
	if (!res->argv || args.bad)
		return -ENOMEM;
	clear(q);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	pid = fork();
	if (pid == 0)
		become(q, res->argv, parent, &before);
	if (pid < 0)
		err = -errno;
	else
		watch(q, pid, &signals, res);
	/* The signals stay blocked: what interrupted this must not keep the verdict from being written. */
	return err;
}

int hf_qemu_run(const struct hf_qemu *q, struct hf_qemu_result *res)
{
	return run(q, false, res);
}

void hf_qemu_result_free(struct hf_qemu_result *res)
{
	for (size_t i = 0; res->argv && res->argv[i]; i++)
		free(res->argv[i]);
	free(res->argv);
	res->argv = NULL;
}

/* Did the guest's init get as far as its first words? */
static bool alive(const struct hf_qemu *q)
{
	char path[PATH_MAX], text[256] = "";
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/journal", q->dir) >= (int)sizeof(path) || !(f = fopen(path, "re")))
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	return strncmp(text, "boot ", 5) == 0;
}

enum hf_qemu_accel hf_qemu_choose(const struct hf_qemu *q, const char **why)
{
	struct hf_qemu trial = *q;
	struct hf_qemu_result res;
	int fd = hf_file_open("/dev/kvm", O_RDWR);
	bool good;

	if (q->arm64) {
		if (fd >= 0)
			close(fd);
		*why = "the kernel is another architecture's";
		return HF_QEMU_TCG;
	}
	if (fd < 0) {
		*why = "/dev/kvm cannot be opened";
		return HF_QEMU_TCG;
	}
	close(fd);
	fd = hf_file_open("/sys/module/kvm_pvm", O_RDONLY | O_DIRECTORY);
	if (fd >= 0) {
		close(fd);
		*why = "this host's KVM emulates a guest's kernel instruction by instruction (kvm_pvm)";
		return HF_QEMU_TCG;
	}
	trial.accel = HF_QEMU_KVM;
	trial.timeout_s = TRIAL_S;
	trial.plugin = NULL;
	good = !run(&trial, true, &res) && res.end == HF_QEMU_EXITED && alive(q);
	hf_qemu_result_free(&res);
	*why = good ? NULL : "a trial boot under KVM did not reach its init";
	return good ? HF_QEMU_KVM : HF_QEMU_TCG;
}
