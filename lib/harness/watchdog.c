// SPDX-License-Identifier: GPL-2.0-or-later
/* The progress watchdog. */
#include "harness/watchdog.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "harness/shared.h"
#include "harness/stress.h"
#include "system/aside.h"
#include "system/where.h"

#define PATIENCE_S 6
#define CLEARED_PER_S ((double)(64u << 20)) /* bytes, in emulation on a busy host: so much longer a step may take for each of its pages */
#define STACKS_TRIES 8	  /* so many may hang */
#define STACKS_S 2.0	  /* that a single task may take to be looked at */
#define USER_SHARE 0.5	  /* of the time spent in user space: the actor computes, it does not hang */
#define STARVED_SHARE 0.5 /* of the time spent runnable without a CPU */

struct suspect {
	uint64_t beat, since; /* ns */
	double user_s, waited_s;
	bool known;
};

struct hf_watchdog {
	const struct hf_run *run;
	struct suspect s[HF_ACTORS_MAX];
};

struct hf_watchdog *hf_watchdog_new(const struct hf_run *run)
{
	struct hf_watchdog *w = calloc(1, sizeof(*w));

	if (w)
		w->run = run;
	return w;
}

void hf_watchdog_free(struct hf_watchdog *w)
{
	free(w);
}

/* Word number @n (from 1) of a line. */
static double word(const char *line, int n)
{
	double v = 0;
	char one[32];
	size_t len;

	while (line && --n > 0) {
		line = strchr(line, ' ');
		line = line ? line + 1 : NULL;
	}
	if (!line)
		return 0;
	len = strcspn(line, " \n");
	if (len >= sizeof(one))
		return 0;
	memcpy(one, line, len);
	one[len] = '\0';
	return hf_parse_double(one, -1e300, 1e300, &v) ? 0 : v;
}

/* CPU time in user space, and time spent waiting for a CPU, in seconds. Return: state letter, 0 when the task is gone. */
static char times(pid_t tid, double *user_s, double *waited_s)
{
	char path[64], text[1024];
	const char *rest;

	/* without task/ the times are those of the whole process (do_task_stat() in fs/proc/array.c) */
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)tid, (int)tid);
	if (hf_file_read(path, text, sizeof(text)) < 0 || !(rest = strrchr(text, ')')))
		return 0;
	rest += 2; /* word 1 is the state, stat's third */
	*user_s = word(rest, 12) / (double)sysconf(_SC_CLK_TCK);
	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)tid);
	*waited_s = 0;
	if (*rest && hf_file_read(path, text + 512, 512) >= 0)
		*waited_s = word(text + 512, 2) / 1e9;
	return *rest;
}

/*
 * Where actors share CPUs they are real-time tasks (take_turn() in stress.c). One that tries again and again in the kernel, as GUP and migration do, keeps the one that it waits for from
 * the CPU: that is no hang of the kernel's. As ordinary tasks both go on, and whoever does not then is stuck.
 */
static void make_ordinary(pid_t tid)
{
	struct sched_param p = { .sched_priority = 0 };

	sched_setscheduler(tid, SCHED_OTHER, &p); /* it may be gone, or none of ours may be real-time: there is nothing to yield then */
}

bool hf_watchdog_look(struct hf_watchdog *w, char *why, size_t room)
{
	const struct hf_stress *st = w->run->bench->stress;
	struct hf_stress_shared *sh = w->run->shared->stress;
	double patience = (st->patience_s ? st->patience_s : PATIENCE_S) + (double)w->run->page / CLEARED_PER_S;
	uint64_t now = hf_clock_raw_ns();

	for (unsigned int i = 0; i < w->run->tasks && i < HF_ACTORS_MAX; i++) {
		struct hf_actor *a = &sh->actor[i];
		unsigned int at = atomic_load_explicit(&a->at, memory_order_relaxed);
		uint64_t beat = atomic_load_explicit(&a->beat, memory_order_relaxed);
		double user_s = 0, waited_s = 0, held = (double)(now - w->s[i].since) / 1e9;
		char stack[320], wchan[64], state;

		if (!at || !w->s[i].known || w->s[i].beat != beat) {
			w->s[i].known = at && a->tid;
			w->s[i].beat = beat;
			w->s[i].since = now;
			w->s[i].user_s = -1;
			continue;
		}
		if (held < patience / 4)
			continue;
		state = times(a->tid, &user_s, &waited_s);
		if (w->s[i].user_s < 0) {
			w->s[i].user_s = user_s;
			w->s[i].waited_s = waited_s;
			make_ordinary(a->tid);
		}
		if (!state || held < patience)
			continue;
		if (user_s - w->s[i].user_s > USER_SHARE * held)
			continue; /* computing: --timeout ends it, as ours */
		if (waited_s - w->s[i].waited_s > STARVED_SHARE * held && held < 10 * patience)
			continue;
		hf_where_line(a->tid, "stack", stack, sizeof(stack));
		hf_where_line(a->tid, "wchan", wchan, sizeof(wchan));
		snprintf(why, room, "actor %u has been in %s for %.0f s: state %c, wchan %s, stack %s", i,
			 at <= HF_OPS_MAX ? st->ops[at - 1].name : "the checks between episodes", held, state, wchan, stack);
		return true;
	}
	return false;
}

static bool write_task(FILE *out, const char *pid, const char *tid)
{
	static const char *const files[] = { "comm", "wchan", "stack" };
	char path[PATH_MAX], text[8192];
	bool seen = false;

	fprintf(out, "== %s/%s\n", pid, tid);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%.16s/task/%.16s/%s", pid, tid, files[i]);
		if (hf_file_read(path, text, sizeof(text)) < 0)
			continue;
		fprintf(out, "%s: %s\n", files[i], text);
		seen |= i == 2;
	}
	return seen;
}

/* Whether one stack could be read; who is looked at, so that this changes as long as it goes on; and whom to begin behind: the last one hangs. */
struct dump {
	bool stacks;
	char at[40], behind[40];
};

static void write_all(void *result, const void *path)
{
	struct dump *dump = result;
	bool again = *dump->behind;
	FILE *out = fopen(path, again ? "ae" : "we");
	DIR *proc = opendir("/proc");
	struct dirent *p, *t;

	while (out && proc && (p = readdir(proc))) {
		char tasks[PATH_MAX];
		DIR *dir;

		if (!isdigit((unsigned char)p->d_name[0]))
			continue;
		snprintf(tasks, sizeof(tasks), "/proc/%.16s/task", p->d_name);
		dir = opendir(tasks);
		while (dir && (t = readdir(dir))) {
			if (!isdigit((unsigned char)t->d_name[0]))
				continue;
			snprintf(dump->at, sizeof(dump->at), "%.16s/%.16s", p->d_name, t->d_name);
			if (again) {
				again = strcmp(dump->at, dump->behind);
				continue;
			}
			dump->stacks |= write_task(out, p->d_name, t->d_name);
			fflush(out);
		}
		if (dir)
			closedir(dir);
	}
	if (out && !dump->stacks && hf_file_write("/proc/sysrq-trigger", "t") == 0)
		fprintf(out, "stacks cannot be read here; sysrq-t has sent them to the kernel log\n");
	if (proc)
		closedir(proc);
	if (out)
		fclose(out);
}

int hf_watchdog_stacks(const char *path)
{
	struct dump dump = { false, "", "" };
	int err;

	for (int i = 0; (err = hf_aside(write_all, path, &dump, sizeof(dump), STACKS_S)) == -ETIMEDOUT && i < STACKS_TRIES; i++)
		memcpy(dump.behind, dump.at, sizeof(dump.behind));
	return err;
}
