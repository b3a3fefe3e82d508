// SPDX-License-Identifier: GPL-2.0-or-later
/* The verdict on a boot. */
#include "guest/lib/verdict.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/parse.h"
#include "system/kmsg.h"

#define MARKER "==== hugefault: kernel log\n"
#define LINE_ROOM 4096
#define SIGNALLED 128 /* exit status of a shell's command that died by signal N: 128 + N */
#define TIMED_OUT 124 /* exit status of timeout(1) */
/* Documentation/admin-guide/tainted-kernels.rst: machine check, bad page, died, warned, lockup. The other bits say what was loaded or asked for. */
#define TAINT_BAD (1 << 4 | 1 << 5 | 1 << 7 | 1 << 9 | 1 << 14)

static const struct {
	const char *name;
	int exit;
} statuses[] = {
	[HF_VERDICT_OK] = { "ok", HF_EXIT_OK },
	[HF_VERDICT_SKIP] = { "skip", HF_EXIT_SKIP },
	[HF_VERDICT_BROKEN] = { "broken", HF_EXIT_BROKEN },
	[HF_VERDICT_KILLED] = { "killed", HF_EXIT_BROKEN },
	[HF_VERDICT_FAIL] = { "fail", HF_EXIT_FAIL },
	[HF_VERDICT_TIMEOUT] = { "timeout", HF_EXIT_FAIL },
	[HF_VERDICT_HANG] = { "hang", HF_EXIT_FAIL },
	[HF_VERDICT_RESET] = { "reset", HF_EXIT_FAIL },
	[HF_VERDICT_PANIC] = { "panic", HF_EXIT_FAIL },
	[HF_VERDICT_OOM] = { "oom", HF_EXIT_FAIL },
	[HF_VERDICT_FULL] = { "full", HF_EXIT_FAIL },
};

const char *hf_verdict_name(enum hf_verdict_status status)
{
	return statuses[status].name;
}

int hf_verdict_exit(enum hf_verdict_status status)
{
	return statuses[status].exit;
}

/* The name of the program in a command: its first word, without directories. */
static void program(const char *command, char *name)
{
	int len;

	command += strspn(command, " \t");
	len = (int)strcspn(command, " \t");
	for (int i = 0; i < len; i++)
		if (command[i] == '/') {
			command += i + 1;
			len -= i + 1;
			i = -1;
		}
	snprintf(name, HF_VERDICT_TEXT, "%.*s", len, command);
}

/* The worse status wins, every reason is kept. @subject is a command or one of the words of hf_verdict.subjects. */
static void __attribute__((format(printf, 4, 5)))
found(struct hf_verdict *v, enum hf_verdict_status status, const char *subject, const char *fmt, ...)
{
	va_list ap;

	if (status > v->status)
		v->status = status;
	if (v->n_reasons == HF_VERDICT_REASONS)
		return;
	program(subject, v->subjects[v->n_reasons]);
	va_start(ap, fmt);
	vsnprintf(v->reasons[v->n_reasons++], HF_VERDICT_TEXT, fmt, ap);
	va_end(ap);
}

static FILE *open_in(const char *dir, const char *name, const char *mode)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) ? fopen(path, mode) : NULL;
}

/* What a kernel log says beside its bad lines. */
struct told {
	bool panic, panic_oom, oom_kill;
	char what[HF_VERDICT_TEXT];
};

/* One message of the kernel's own, without its time. */
static void message(struct hf_verdict *v, struct told *told, int level, const char *text)
{
	if (strncmp(text, "Kernel panic - not syncing: ", 28) == 0 && !told->panic) {
		told->panic = true;
		/* mm/oom_kill.c: out_of_memory() and dump_header(); kernel/exit.c when init itself was killed, after which "oom_kill" tells */
		told->panic_oom = strstr(text, "memory") != NULL;
		snprintf(told->what, sizeof(told->what), "%s", text + 28);
	}
	if (strncmp(text, "Out of memory: Killed process ", 30) == 0)
		told->oom_kill = true;
	if (!hf_kmsg_bad(level, text))
		return;
	v->bad++;
	if (v->n_log < HF_VERDICT_REASONS)
		snprintf(v->log[v->n_log++], HF_VERDICT_TEXT, "%s", text);
}

/* "[   12.345678] text", or with the thread or processor "[   12.345678][   T12] text". Return: text, or NULL. */
static const char *after_time(const char *line)
{
	static const char digits[] = "0123456789.";
	const char *s = line;

	if (*s++ != '[')
		return NULL;
	s += strspn(s, " ");
	if (!strspn(s, digits))
		return NULL;
	s += strspn(s, digits);
	if (s[0] == ']' && s[1] == '[') {
		s += 2 + strspn(s + 2, " ");
		s += *s == 'T' || *s == 'C';
		s += strspn(s, digits);
	}
	return s[0] == ']' && s[1] == ' ' ? s + 2 : NULL;
}

/* "<priority>[time] text"; a facility other than 0 is a program's. */
static void log_line(struct hf_verdict *v, struct told *told, char *line)
{
	char *end = line[0] == '<' ? strchr(line, '>') : NULL;
	const char *text;
	uint64_t priority = 4;

	line[strcspn(line, "\r\n")] = '\0';
	if (end) {
		*end = '\0';
		if (hf_parse_u64(line + 1, 0, INT_MAX, &priority) || priority >> 3)
			return;
		line = end + 1;
	}
	text = after_time(line);
	if (text)
		message(v, told, (int)(priority & 7), text);
}

/* Move what follows the marker in output.txt to dmesg.txt. Return: true when there was one. */
static bool split_log(const char *dir)
{
	FILE *in = open_in(dir, "output.txt", "r+e"), *out = NULL;
	char line[LINE_ROOM];
	long at = 0;

	while (in && fgets(line, sizeof(line), in)) {
		if (out) {
			fputs(line, out);
		} else if (strcmp(line, MARKER) == 0) {
			out = open_in(dir, "dmesg.txt", "we");
			if (!out)
				break;
		} else {
			at = ftell(in);
		}
	}
	if (out) {
		fclose(out);
		if (fflush(in) || ftruncate(fileno(in), at))
			at = -1;
	}
	if (in)
		fclose(in);
	return out != NULL;
}

static void read_log(struct hf_verdict *v, struct told *told, const char *dir, const char *name)
{
	FILE *f = open_in(dir, name, "re");
	char line[LINE_ROOM];

	while (f && fgets(line, sizeof(line), f))
		log_line(v, told, line);
	if (f)
		fclose(f);
}

/* Return: the n-th word of a journal's line as a number, -1 if it is none. */
static double word(const char *line, unsigned int n)
{
	double value;
	char text[32];

	for (; n; n--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	snprintf(text, sizeof(text), "%.*s", (int)(strcspn(line, " \n") < 31 ? strcspn(line, " \n") : 31), line);
	return hf_parse_double(text, 0, 1e18, &value) ? -1 : value;
}

struct journal {
	bool boot, watchdog, end;
};

static struct hf_verdict_command *command(struct hf_verdict *v, const char *line)
{
	double n = word(line, 1);

	return n >= 1 && n <= v->n_commands ? &v->commands[(unsigned int)n - 1] : NULL;
}

static struct journal read_journal(struct hf_verdict *v, const char *dir)
{
	FILE *f = open_in(dir, "journal", "re");
	struct hf_verdict_command *c;
	struct journal j = { 0 };
	char line[LINE_ROOM];

	while (f && fgets(line, sizeof(line), f)) {
		if (!strchr(line, '\n'))
			break; /* cut short */
		if (strncmp(line, "boot ", 5) == 0) {
			j.boot = true;
		} else if (strncmp(line, "watchdog ", 9) == 0) {
			j.watchdog = true;
		} else if (strncmp(line, "end ", 4) == 0) {
			j.end = true;
			v->taint = (int64_t)word(line, 1);
		} else if (strncmp(line, "begin ", 6) == 0 && (c = command(v, line))) {
			c->begin = word(line, 2);
		} else if (strncmp(line, "done ", 5) == 0 && (c = command(v, line))) {
			c->status = (int)word(line, 2);
			c->end = word(line, 3);
		}
	}
	if (f)
		fclose(f);
	return j;
}

/* As the guest's init counts them: lines that are not empty. */
static int read_commands(struct hf_verdict *v, const char *commands)
{
	char *copy = strdup(commands), *rest = copy, *line;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (line = strsep(&rest, "\n"))) {
		struct hf_verdict_command *more;

		if (!line[strspn(line, " \t")])
			continue;
		more = realloc(v->commands, (v->n_commands + 1) * sizeof(*more));
		if (!more) {
			err = -ENOMEM;
			break;
		}
		v->commands = more;
		more[v->n_commands] = (struct hf_verdict_command){ .text = strdup(line), .status = -1, .begin = -1, .end = -1 };
		if (!more[v->n_commands++].text)
			err = -ENOMEM;
	}
	free(copy);
	return err;
}

/* How the commands ended. */
static void judge_commands(struct hf_verdict *v, const struct told *told)
{
	unsigned int skipped = 0;

	for (unsigned int i = 0; i < v->n_commands; i++) {
		const struct hf_verdict_command *c = &v->commands[i];

		if (c->status == SIGNALLED + 9 && told->oom_kill)
			found(v, HF_VERDICT_OOM, c->text, "killed for lack of memory: %s", c->text);
		else if (c->status == TIMED_OUT || c->status == SIGNALLED + 9)
			found(v, HF_VERDICT_TIMEOUT, c->text, "did not end in its time: %s", c->text);
		else if (c->status == HF_EXIT_FAIL || c->status > SIGNALLED)
			found(v, HF_VERDICT_FAIL, c->text, "exit status %d: %s", c->status, c->text);
		else if (c->status > 0 && c->status != HF_EXIT_SKIP)
			found(v, HF_VERDICT_BROKEN, c->text, "exit status %d: %s", c->status, c->text);
		skipped += c->status == HF_EXIT_SKIP;
	}
	if (skipped && skipped == v->n_commands)
		found(v, HF_VERDICT_SKIP, "guest", "all commands were skipped");
}

/* The command during which it happened. */
static const char *during(const struct hf_verdict *v)
{
	for (unsigned int i = v->n_commands; i-- > 0;)
		if (v->commands[i].begin >= 0)
			return v->commands[i].status < 0 ? v->commands[i].text : "the end";
	return "boot";
}

/* It ended otherwise than by its init. */
static void judge_end(struct hf_verdict *v, const struct told *told, const struct journal *j, const struct hf_qemu_result *res)
{
	switch (res->end) {
	case HF_QEMU_ABSENT:
		found(v, HF_VERDICT_BROKEN, "guest", "%s could not be started: see qemu.log", res->argv && res->argv[0] ? res->argv[0] : "QEMU");
		break;
	case HF_QEMU_INTERRUPTED:
		found(v, HF_VERDICT_KILLED, "guest", "ended by a signal after %.0f s, in: %s", res->wall_s, during(v));
		break;
	case HF_QEMU_FULL:
		found(v, HF_VERDICT_FULL, during(v), "%s grew beyond its limit, in: %s", res->full, during(v));
		break;
	case HF_QEMU_DEADLINE:
		if (j->end)
			found(v, HF_VERDICT_HANG, "guest", "the guest did not power off");
		else if (!told->panic)
			found(v, j->watchdog ? HF_VERDICT_TIMEOUT : HF_VERDICT_HANG, during(v), "%s after %.0f s, in: %s",
			      j->watchdog ? "the guest is alive, its tasks are in the console's log" : "no sign of life", res->wall_s,
			      during(v));
		break;
	case HF_QEMU_DIED:
		found(v, HF_VERDICT_BROKEN, "guest", "QEMU died by signal %d, in: %s", res->status, during(v));
		break;
	case HF_QEMU_EXITED:
		if (res->status)
			found(v, HF_VERDICT_BROKEN, "guest", "QEMU ended with exit status %d: see qemu.log", res->status);
		else if (!j->end && !told->panic)
			found(v, HF_VERDICT_RESET, during(v), "the machine ended without a word, in: %s", during(v));
	}
	if (told->panic && !j->end)
		found(v, told->panic_oom || (told->oom_kill && strstr(told->what, "kill init")) ? HF_VERDICT_OOM : HF_VERDICT_PANIC,
		      during(v), "panic: %s, in: %s", told->what, during(v));
}

int hf_verdict_judge(struct hf_verdict *v, const char *dir, const char *commands, const struct hf_qemu_result *res)
{
	struct told told = { 0 };
	struct journal journal;
	int err;

	*v = (struct hf_verdict){ .taint = -1 };
	err = read_commands(v, commands);
	if (err)
		return err;
	journal = read_journal(v, dir);
	read_log(v, &told, dir, split_log(dir) ? "dmesg.txt" : "console.log");
	judge_end(v, &told, &journal, res);
	judge_commands(v, &told);
	if (v->bad)
		found(v, HF_VERDICT_FAIL, "kernel-log", "kernel log: %u bad messages, the first: %.150s", v->bad, v->log[0]);
	if (v->taint > 0 && v->taint & TAINT_BAD)
		found(v, HF_VERDICT_FAIL, "taint", "the kernel is tainted: %lld", (long long)v->taint);
	return 0;
}

void hf_verdict_free(struct hf_verdict *v)
{
	for (unsigned int i = 0; i < v->n_commands; i++)
		free(v->commands[i].text);
	free(v->commands);
	v->commands = NULL;
}
