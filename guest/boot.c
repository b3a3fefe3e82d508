// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot: one boot of one guest. Everything that comes out of it is in a directory: console.log, records.jsonl, journal, output.txt (what commands printed),
 * dmesg.txt (where the guest came to its end), qemu.log, verdict.json.
 */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/json.h"
#include "base/parse.h"
#include "guest/lib/initrd.h"
#include "guest/lib/profile.h"
#include "guest/lib/qemu.h"
#include "guest/lib/verdict.h"

const char *argp_program_version = "hugefault boot " HF_VERSION;

enum { OPT_ACCEL = 0x100, OPT_MEMORY, OPT_CPUS, OPT_APPEND, OPT_PLUGIN, OPT_TIMEOUT, OPT_LIMIT, OPT_PARENT, OPT_PROFILES, OPT_JUDGE };

struct args {
	struct hf_qemu q;
	char **parts;
	size_t n_parts;
	char *kernel, *dir, *commands;
	const char *auto_why;
	bool tried, judge;
	double judge_s;
	pid_t parent;
};

static void list_profiles(void)
{
	const struct hf_profile *p;

	for (unsigned int i = 0; (p = hf_profile_at(i)); i++)
		printf("%-18s %s\n", p->name, p->help);
}

/* The whole of a file, or NULL with errno. */
static char *slurp(const char *path)
{
	FILE *f = fopen(path, "re");
	size_t room = 0;
	char *text = NULL;

	if (f && getdelim(&text, &room, '\0', f) < 0) {
		free(text);
		text = ferror(f) ? NULL : strdup("");
	}
	if (f)
		fclose(f);
	return text;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	uint64_t n;

	switch (key) {
	case 'k':
		a->q.kernel = arg;
		return 0;
	case 'i':
		a->parts[a->n_parts++] = arg;
		return 0;
	case 'c':
		free(a->commands);
		a->commands = slurp(arg);
		if (!a->commands)
			argp_failure(state, HF_EXIT_USAGE, errno, "--commands %s", arg);
		return 0;
	case 'o':
		a->q.dir = arg;
		return 0;
	case 'p':
		a->q.profile = hf_profile_find(arg);
		if (!a->q.profile)
			argp_error(state, "no profile '%s'; --profiles names them", arg);
		return 0;
	case OPT_ACCEL:
		for (a->q.accel = HF_QEMU_AUTO; hf_qemu_accel_name(a->q.accel); a->q.accel++)
			if (strcmp(hf_qemu_accel_name(a->q.accel), arg) == 0)
				return 0;
		argp_error(state, "--accel must be auto, kvm, tcg or icount, not '%s'", arg);
		return 0;
	case OPT_MEMORY:
		a->q.memory = arg;
		return 0;
	case OPT_CPUS:
		if (hf_parse_u64(arg, 1, 255, &n))
			argp_error(state, "--cpus must be a number from 1 to 255, not '%s'", arg);
		a->q.cpus = (unsigned int)n;
		return 0;
	case OPT_APPEND:
		a->q.append = arg;
		return 0;
	case OPT_PLUGIN:
		a->q.plugin = arg;
		return 0;
	case OPT_TIMEOUT:
		if (hf_parse_ns(arg, 1000000, 86400000000000u, &n))
			argp_error(state, "--timeout must be a time of 24 h at most, not '%s'", arg);
		a->q.timeout_s = (double)n / 1e9;
		return 0;
	case OPT_LIMIT:
		if (hf_parse_u64(arg, 1, 86400, &n))
			argp_error(state, "--limit must be a number of seconds from 1 to 86400, not '%s'", arg);
		a->q.limit_s = (unsigned int)n;
		return 0;
	case OPT_PARENT:
		if (hf_parse_u64(arg, 1, INT_MAX, &n))
			argp_error(state, "--parent must be a process, not '%s'", arg);
		a->parent = (pid_t)n;
		return 0;
	case OPT_JUDGE:
		if (hf_parse_u64(arg, 0, INT_MAX, &n))
			argp_error(state, "--judge must be a number of seconds, not '%s'", arg);
		a->judge = true;
		a->judge_s = (double)n;
		return 0;
	case OPT_PROFILES:
		list_profiles();
		exit(fflush(stdout) ? HF_EXIT_BROKEN : HF_EXIT_OK);
	case ARGP_KEY_END:
		if (!a->commands || !a->q.dir || (!a->judge && (!a->q.kernel || !a->n_parts)))
			argp_error(state, "--kernel, --initrd, --commands and --out are needed; the first two not with --judge");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void write_commands(struct hf_json *j, const struct hf_verdict *v)
{
	struct hf_json *list = hf_json_add_array(j, "commands");

	for (unsigned int i = 0; i < v->n_commands; i++) {
		const struct hf_verdict_command *c = &v->commands[i];
		struct hf_json *at = hf_json_add_object(list, NULL);

		hf_json_str(at, "command", c->text);
		if (c->status < 0)
			hf_json_null(at, "status");
		else
			hf_json_int(at, "status", c->status);
		if (c->status < 0)
			hf_json_null(at, "seconds");
		else
			hf_json_num(at, "seconds", c->end - c->begin);
	}
}

/* What executed it: no emulator, when it was a machine. */
static const char *accel_name(const struct args *a)
{
	return a->judge ? "none" : hf_qemu_accel_name(a->q.accel);
}

static int write_verdict(const struct args *a, const struct hf_verdict *v, const struct hf_qemu_result *res)
{
	struct hf_json *j = hf_json_object(), *list;
	char path[PATH_MAX], *text;
	FILE *f = NULL;
	int err = 0;

	hf_json_int(j, "v", 1);
	hf_json_str(j, "type", "boot");
	hf_json_str(j, "status", hf_verdict_name(v->status));
	list = hf_json_add_array(j, "reasons");
	for (unsigned int i = 0; i < v->n_reasons; i++)
		hf_json_str(list, NULL, v->reasons[i]);
	list = hf_json_add_array(j, "subjects");
	for (unsigned int i = 0; i < v->n_reasons; i++)
		hf_json_str(list, NULL, v->subjects[i]);
	hf_json_str(j, "accel", accel_name(a));
	if (a->tried)
		hf_json_str(j, "accel_reason", a->auto_why);
	if (!a->judge)
		hf_json_str(j, "profile", a->q.profile->name);
	hf_json_num(j, "wall_s", res->wall_s);
	if (v->taint < 0)
		hf_json_null(j, "taint");
	else
		hf_json_int(j, "taint", v->taint);
	hf_json_int(j, "bad", v->bad);
	list = hf_json_add_array(j, "log");
	for (unsigned int i = 0; i < v->n_log; i++)
		hf_json_str(list, NULL, v->log[i]);
	write_commands(j, v);
	list = hf_json_add_array(j, "qemu");
	for (size_t i = 0; res->argv && res->argv[i]; i++)
		hf_json_str(list, NULL, res->argv[i]);
	text = hf_json_text(j);
	hf_json_free(j);
	if (!text)
		return -ENOMEM;
	if (snprintf(path, sizeof(path), "%s/verdict.json", a->dir) < (int)sizeof(path))
		f = fopen(path, "we");
	if (!f || fprintf(f, "%s\n", text) < 0)
		err = -EIO;
	if (f && fclose(f) && !err)
		err = -errno;
	free(text);
	return err;
}

/* For scripts: status, accelerator, seconds, subjects and reasons between tabulators. */
static void print_verdict(const struct args *a, const struct hf_verdict *v, const struct hf_qemu_result *res)
{
	printf("%s\t%s\t%.0f\t", hf_verdict_name(v->status), accel_name(a), res->wall_s);
	for (unsigned int i = 0; i < v->n_reasons; i++)
		printf("%s%s", i ? " " : "", v->subjects[i]);
	printf("\t");
	for (unsigned int i = 0; i < v->n_reasons; i++)
		printf("%s%s", i ? "; " : "", v->reasons[i]);
	printf("\n");
}

/* Absolute names, the directory, and the initramfs in it. Return: 0 or an exit status. */
static int prepare(struct args *a)
{
	char path[PATH_MAX];
	const char *why;
	int err;

	if (mkdir(a->q.dir, 0755) && errno != EEXIST) {
		fprintf(stderr, "boot: %s: %s\n", a->q.dir, strerror(errno));
		return HF_EXIT_BROKEN;
	}
	a->dir = realpath(a->q.dir, NULL);
	if (a->dir && a->judge) {
		a->q.dir = a->dir;
		return 0;
	}
	a->kernel = realpath(a->q.kernel, NULL);
	if (!a->dir || !a->kernel) {
		fprintf(stderr, "boot: %s: %s\n", a->dir ? a->q.kernel : a->q.dir, strerror(errno));
		return HF_EXIT_USAGE;
	}
	a->q.dir = a->dir;
	a->q.kernel = a->kernel;
	if (snprintf(path, sizeof(path), "%s/initrd", a->dir) >= (int)sizeof(path))
		return HF_EXIT_USAGE;
	err = hf_initrd_write(path, a->parts, a->commands, &why);
	if (err)
		fprintf(stderr, "boot: %s: %s\n", why, strerror(-err));
	return err ? HF_EXIT_BROKEN : 0;
}

/*
 * What is in records.jsonl are records: the line during which the guest died goes to records.cut, and a file without any, which QEMU makes in any case, goes.
 */
static void settle_records(const char *dir)
{
	char path[PATH_MAX], cut[PATH_MAX], *text = NULL, *end;
	FILE *f = NULL;

	if (snprintf(path, sizeof(path), "%s/records.jsonl", dir) < (int)sizeof(path))
		text = slurp(path);
	if (!text)
		return;
	end = strrchr(text, '\n');
	end = end ? end + 1 : text;
	if (*end && snprintf(cut, sizeof(cut), "%s/records.cut", dir) < (int)sizeof(cut))
		f = fopen(cut, "we");
	if (f && fputs(end, f) != EOF && !fclose(f) && truncate(path, end - text))
		perror("boot: records.jsonl");
	if (end == text)
		unlink(path);
	free(text);
}

/* Die with the process that asked for this boot, so that its end is the end of QEMU, too. Return: false when it is dead already. */
static bool follow(pid_t parent)
{
	return !parent || (!prctl(PR_SET_PDEATHSIG, SIGTERM) && getppid() == parent);
}

static int run(struct args *a, struct hf_qemu_result *res)
{
	a->q.arm64 = hf_qemu_is_arm64(a->q.kernel);
	if (a->q.accel == HF_QEMU_AUTO) {
		a->tried = true;
		a->q.accel = hf_qemu_choose(&a->q, &a->auto_why);
	}
	return hf_qemu_run(&a->q, res);
}

static int boot(struct args *a)
{
	struct hf_qemu_result res = { .end = HF_QEMU_EXITED, .wall_s = a->judge_s };
	struct hf_verdict v = { 0 };
	char path[PATH_MAX];
	int err, status;

	err = a->judge ? 0 : run(a, &res);
	if (!err)
		err = hf_verdict_judge(&v, a->dir, a->commands, &res);
	if (!err)
		err = write_verdict(a, &v, &res);
	status = err ? HF_EXIT_BROKEN : hf_verdict_exit(v.status);
	if (err)
		fprintf(stderr, "boot: %s: %s\n", a->dir, strerror(-err));
	else
		print_verdict(a, &v, &res);
	if (snprintf(path, sizeof(path), "%s/initrd", a->dir) < (int)sizeof(path))
		unlink(path);
	settle_records(a->dir);
	hf_verdict_free(&v);
	hf_qemu_result_free(&res);
	return status;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "kernel", 'k', "IMAGE", 0, "what to boot", 1 },
		{ "initrd", 'i', "FILE", 0, "cpio archive of the initramfs; may be given several times", 1 },
		{ "commands", 'c', "FILE", 0, "shell commands that the guest's init runs, one on each line", 1 },
		{ "out", 'o', "DIR", 0, "where the boot leaves its files", 1 },
		{ "accel", OPT_ACCEL, "auto|kvm|tcg|icount", 0,
		  "what executes the guest (default auto: KVM where a trial boot works, else TCG)", 2 },
		{ "profile", 'p', "NAME", 0, "shape of the guest (default smp)", 2 },
		{ "profiles", OPT_PROFILES, NULL, 0, "list them", 2 },
		{ "memory", OPT_MEMORY, "SIZE", 0, "instead of the profile's: value of QEMU's -m", 2 },
		{ "cpus", OPT_CPUS, "N", 0, "instead of the profile's", 2 },
		{ "append", OPT_APPEND, "TEXT", 0, "more kernel parameters", 2 },
		{ "plugin", OPT_PLUGIN, "ARG", 0, "a TCG plugin, as QEMU's -plugin takes it", 2 },
		{ "timeout", OPT_TIMEOUT, "SECONDS", 0, "limit on the whole boot (default 300)", 2 },
		{ "limit", OPT_LIMIT, "SECONDS", 0, "limit on each command, after which the next one has its turn (default none)", 2 },
		{ "judge", OPT_JUDGE, "SECONDS", 0, "boot nothing: what a machine's boot of so many seconds has left in DIR is judged", 2 },
		{ "parent", OPT_PARENT, "PID", 0, "end when this process ends, which has started this one", 2 },
		{ 0 },
	};
	static const struct argp argp = {
		options,
		parse,
		NULL,
		"Boot a kernel in QEMU, run commands in it, and say what came of it.\v"
		"Prints status, accelerator, seconds, what failed and why between tabulators. "
		"In DIR: verdict.json, console.log, records.jsonl, journal, output.txt, dmesg.txt, qemu.log.\n\n"
		"Exit status: 0 all commands ended well and the kernel's log is clean, 1 not so (the kernel is suspect), 2 usage, "
		"3 no statement about the kernel, 4 all commands were skipped.",
		NULL,
		NULL,
		NULL
	};
	struct args a = { .q = { .profile = hf_profile_find(NULL), .timeout_s = 300 } };
	int status;

	argp_err_exit_status = HF_EXIT_USAGE;
	a.parts = calloc((size_t)argc + 1, sizeof(*a.parts));
	if (!a.parts)
		return HF_EXIT_BROKEN;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	status = prepare(&a);
	if (!status)
		status = follow(a.parent) ? boot(&a) : HF_EXIT_BROKEN;
	free(a.parts);
	free(a.commands);
	free(a.kernel);
	free(a.dir);
	return status;
}
