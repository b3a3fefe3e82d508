// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main() of every benchmark and stressor: the supervisor. It owns what must be put right afterwards (settings, pools, the record file), has a measured process
 * for each repeat (process.h), keeps what came of it (outcome.h), and always writes an `end`.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "harness/describe.h"
#include "harness/machine.h"
#include "harness/map.h"
#include "harness/need.h"
#include "harness/oracle.h"
#include "harness/outcome.h"
#include "harness/process.h"
#include "harness/record.h"
#include "harness/shrink.h"
#include "harness/verdict.h"
#include "harness/view.h"
#include "system/cgroup.h"
#include "system/kmsg.h"
#include "system/knob.h"
#include "system/lock.h"
#include "system/ns.h"
#include "system/pool.h"
#include "system/where.h"

#define LIST_MAX 64
#define TICK_S 0.005 /* between two looks of a stressor's oracle */
#define SHRINK_S 2.0 /* that a part of a failing schedule is given to fail once more */

struct list {
	char *at[LIST_MAX];
	unsigned int n;
};

/* One measured point: what it is and what came of it. */
struct cell {
	struct hf_point point;
	struct hf_result *result;
	struct hf_verdict *verdict; /* of a stressor */
	bool census;
	bool over; /* skipped or failed: no more repeats */
};

struct super {
	const struct hf_bench *bench;
	struct hf_opts opts;
	struct hf_topo topo;
	unsigned int *cpu;
	struct hf_record *rec;
	struct hf_knobs *knobs;
	struct hf_kmsg *kmsg;
	uint64_t taint;
	struct hf_rand rand;
	struct cell *cell;
	unsigned int n_cells, skipped, measured, to_come; /* to_come: repeats of all points */
	int status;
	bool stopped;
	double left_s; /* of a stressor's time */
	struct hf_oracle *oracle; /* of the stressor that is running */
	struct hf_verdict *verdict;
	bool law_broken; /* as seen from outside: the stressor is ended */
	char stacks[PATH_MAX]; /* where those of all tasks go when somebody hangs; "": nowhere */
	char group[PATH_MAX]; /* cgroup of the measured processes, "" when there is none */
	pid_t stuck; /* a measured process that could not be killed */
	struct list reasons, log;
};

static void note(struct super *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void note(struct super *s, const char *fmt, ...)
{
	va_list ap;

	if (!s->opts.verbose)
		return;
	va_start(ap, fmt);
	fprintf(stderr, "%s: ", s->bench->name);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
}

/* One line on stderr, for what ends the program before there is a record. */
static int refuse(const struct super *s, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int refuse(const struct super *s, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "%s: ", s->bench->name ? s->bench->name : "?");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	return status;
}

static void keep(struct list *l, const char *text)
{
	for (unsigned int i = 0; i < l->n; i++)
		if (strcmp(l->at[i], text) == 0)
			return;
	if (l->n < LIST_MAX && (l->at[l->n] = strdup(text)))
		l->n++;
}

/* The run's status is that of its worst part: a suspect kernel outweighs our own troubles, these outweigh success. */
static void worsen(struct super *s, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void worsen(struct super *s, int status, const char *fmt, ...)
{
	char text[HF_REASON_MAX + 64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	keep(&s->reasons, text);
	fprintf(stderr, "%s: %s: %s\n", s->bench->name, hf_err_status(status), text);
	if (status == HF_EXIT_SKIP) /* what else was measured decides */
		return;
	if (s->status == HF_EXIT_OK || status == HF_EXIT_FAIL)
		s->status = status;
}

static void say_undo(void *arg, const char *what, int err)
{
	if (err)
		fprintf(stderr, "%s: cannot restore: %s: %s\n", ((struct super *)arg)->bench->name, what, hf_err_name(err));
	else
		note(arg, "%s", what);
}

/* A law that the oracle sees broken, from outside or afterwards. */
static void law_broken(void *arg, enum hf_law law, const char *text)
{
	struct super *s = arg;

	if (s->verdict)
		hf_verdict_fail(s->verdict, law);
	worsen(s, HF_EXIT_FAIL, "law %s: %s", hf_law_name(law), text);
	s->status = HF_EXIT_FAIL; /* even where the stressor has given up because of it */
	s->law_broken = true;
}

/* Whether it takes pages of pools. */
static bool takes_pages(const struct hf_bench *b)
{
	return b->brackets || (b->mem && b->mem->hugetlb);
}

/* What the process has to end for before its time. */
static bool look(void *arg, int sig)
{
	struct super *s = arg;

	if (sig) {
		s->stopped = true;
		worsen(s, HF_EXIT_BROKEN, "stopped by SIG%s", sigabbrev_np(sig));
		return true;
	}
	if (s->oracle)
		hf_oracle_tick(s->oracle);
	return s->law_broken;
}

static void keep_line(void *arg, int level, const char *text, bool bad)
{
	struct super *s = arg;

	(void)level;
	if (bad)
		keep(&s->log, text);
}

static void check_kernel(struct super *s)
{
	unsigned int before = s->log.n;
	uint64_t taint = hf_kmsg_taint();

	if (s->kmsg && hf_kmsg_read(s->kmsg, keep_line, s) < 0) {
		hf_record_warn(s->rec, NULL, "kmsg", "the kernel log cannot be read any more: warnings in it are not seen");
		hf_kmsg_close(s->kmsg);
		s->kmsg = NULL;
	}
	if (s->log.n > before)
		worsen(s, HF_EXIT_FAIL, "kernel log: %s", s->log.at[before]);
	if (taint & ~s->taint)
		worsen(s, HF_EXIT_FAIL, "kernel taint went from %#llx to %#llx", (unsigned long long)s->taint, (unsigned long long)taint);
	s->taint |= taint;
}

static void warn(struct super *s, const struct hf_point *point, const char *code, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static void warn(struct super *s, const struct hf_point *point, const char *code, const char *fmt, ...)
{
	char text[HF_REASON_MAX + 64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	hf_record_warn(s->rec, point, code, text);
	note(s, "warning: %s", text);
}

/* After a repeat whose process is dead. The oracle of a stressor does all this itself. */
static void check_left(struct super *s, const struct hf_run *run, const struct hf_pool *pool, const struct hf_point *point)
{
	static const struct hf_cgroup_charge nothing;
	char broken[HF_REASON_MAX], differs[HF_REASON_MAX];

	if (s->oracle)
		return;
	if (takes_pages(s->bench)) {
		hf_outcome_pool(run, pool, broken, differs, sizeof(broken));
		if (*broken)
			worsen(s, HF_EXIT_FAIL, "pool law: %s", broken);
		if (*differs) {
			hf_record_warn(s->rec, point, "counters", differs);
			fprintf(stderr, "%s: warning: %s\n", s->bench->name, differs);
		}
	}
	if (*s->group && run->page && hf_outcome_charged(s->group, run->page, &nothing, broken, sizeof(broken)))
		worsen(s, HF_EXIT_FAIL, "%s", broken);
}

static struct hf_run run_of(const struct super *s, const struct cell *c, unsigned int rep)
{
	struct hf_run run = { .bench = s->bench, .tasks = c->point.tasks, .processes = c->point.processes, .values = c->point.values, .cpu = s->cpu,
			      .cpus = s->topo.n_cpus, .seed = s->opts.seed + rep };

	run.replay = (struct hf_replay){ .episode = s->opts.episode, .actors = s->opts.actors, .ops = s->opts.kinds, .steps = s->opts.steps };
	run.page = s->bench->mem ? s->bench->mem->page(&run) : (size_t)sysconf(_SC_PAGESIZE);
	return run;
}

static double limit_of(const struct super *s, const struct hf_task_plan *plan)
{
	return s->opts.timeout_s > 0 ? s->opts.timeout_s : 30 + 10 * plan->seconds + plan->warm_s;
}

/* Return: whether there was a process. */
static bool launch(struct super *s, struct hf_run *run, const struct hf_task_plan *plan, struct hf_process_end *end)
{
	const struct hf_process_terms terms = { .group = s->group, .verbose = s->opts.verbose, .limit_s = limit_of(s, plan), .tick_s = s->oracle ? TICK_S : 0, .look = look,
						.arg = s };
	int err = hf_process_run(run, plan, &terms, end);

	if (err)
		worsen(s, HF_EXIT_BROKEN, "fork: %s", hf_err_name(err));
	if (end->stuck)
		s->stuck = end->stuck;
	return !err;
}

/* What shrinking needs: a cell, and the law that its failing episode has broken. */
struct trial {
	struct super *s;
	struct cell *c;
	unsigned int rep;
};

/* Runs a part of a schedule for a while. Return: whether the same law is broken. */
static bool still_fails(void *arg, const struct hf_replay *part)
{
	struct trial *trial = arg;
	struct super *s = trial->s;
	struct hf_run run = run_of(s, trial->c, trial->rep);
	struct hf_task_plan plan = { .seconds = SHRINK_S, .warm_s = s->opts.warm_s, .events = "" };
	size_t mark = hf_knob_mark(s->knobs);
	struct hf_process_end end;
	bool fails = false;

	run.replay = *part;
	run.shared = s->stopped ? NULL : hf_shared_new(s->bench, run.tasks);
	if (!run.shared)
		return false;
	if (!hf_machine_prepare(s->knobs, &run, s->opts.use_pool, say_undo, s) && launch(s, &run, &plan, &end)) {
		fails = run.shared->stress->failed_law == (int)trial->c->verdict->failed_law;
		hf_machine_settle(s->knobs, &run);
	}
	hf_knob_undo_to(s->knobs, mark, say_undo, s);
	hf_shared_free(run.shared);
	return fails;
}

/* A failing episode made smaller; what others of the seed's episodes do has no part in it any more. */
static void shrink(struct super *s, struct cell *c, unsigned int rep)
{
	struct trial trial = { .s = s, .c = c, .rep = rep };
	struct hf_replay part = c->verdict->least;
	unsigned int ops = 0;

	while (s->bench->stress->ops[ops].name)
		ops++;
	part.episode = c->verdict->failed_episode;
	note(s, "shrinking episode %lld", (long long)part.episode);
	if (!still_fails(&trial, &part))
		return; /* not by itself, or not soon */
	c->verdict->shrunk = hf_shrink(&part, c->point.tasks, ops, s->bench->stress->steps, still_fails, &trial);
	c->verdict->least = part;
}

/* Processes whose memory cannot be looked at: what they have of the pools is not known. */
static void say_stuck(struct super *s, const struct hf_point *point)
{
	const struct hf_stuck_tasks *stuck = s->oracle ? hf_oracle_stuck(s->oracle) : NULL;

	for (unsigned int i = 0; stuck && i < stuck->n; i++) {
		char where[400];

		warn(s, point, "stuck", "the memory of process %d cannot be looked at, its mmap_lock has been held for seconds: %s", (int)stuck->pid[i],
		     hf_where(stuck->pid[i], where, sizeof(where)));
	}
}

/* One repeat of one cell. */
static void repeat(struct super *s, struct cell *c, unsigned int rep)
{
	struct hf_run run = run_of(s, c, rep);
	struct hf_task_plan plan = { .seconds = s->opts.seconds / s->opts.repeats, .warm_s = s->opts.warm_s, .ops = s->opts.ops, .smoke = s->opts.smoke,
				     .marks = s->opts.marks, .events = s->opts.events };
	struct hf_pool pool = { 0 };
	char why[1024];
	const char *no;
	size_t mark = 0, held_len;
	void *held;
	struct hf_process_end end;
	bool launched;
	int status;

	if (c->verdict) {
		plan.seconds = s->left_s / (1 + s->to_come); /* a stressor's time is that of all its points together; one that is skipped takes none */
		plan.events = ""; /* it is not measured */
	}
	if (hf_need_unmet(&run, &s->opts, &s->topo, why, sizeof(why))) {
		c->over = true;
		s->skipped++;
		hf_record_warn(s->rec, &c->point, "skip", why);
		worsen(s, HF_EXIT_SKIP, "needs %s", why);
		return;
	}
	run.shared = hf_shared_new(s->bench, run.tasks);
	if (!run.shared) {
		c->over = true;
		worsen(s, HF_EXIT_BROKEN, "no memory for the results of %u tasks", run.tasks);
		return;
	}
	held_len = c->verdict ? 0 : hf_machine_shift(&s->rand, &held);
	if (c->verdict) {
		s->verdict = c->verdict;
		s->oracle = hf_oracle_new(&run, s->group, *s->stacks ? s->stacks : NULL, law_broken, s);
		say_stuck(s, &c->point);
		hf_verdict_start(c->verdict, &run);
	}
	mark = hf_knob_mark(s->knobs);
	no = hf_machine_prepare(s->knobs, &run, s->opts.use_pool, say_undo, s);
	if (no) {
		c->over = true;
		s->skipped++;
		hf_record_warn(s->rec, &c->point, "skip", no);
		worsen(s, HF_EXIT_SKIP, "%s", no);
		goto undo;
	}
	if (run.page)
		hf_pool_read(run.page, -1, &pool);
	if (s->opts.marks)
		hf_record_mark(s->rec, &c->point);
	launched = launch(s, &run, &plan, &end);
	if (c->verdict)
		s->left_s -= plan.seconds;
	if (!launched)
		goto undo;
	if (s->stuck) {
		hf_where(s->stuck, why, sizeof(why));
		worsen(s, HF_EXIT_FAIL, "a killed process does not end, it is stuck in the kernel: %s", why);
		s->stopped = true;
	} else {
		hf_machine_settle(s->knobs, &run);
	}
	if (s->stopped)
		goto undo;
	status = s->law_broken ? HF_EXIT_OK : hf_outcome_judge(&run, &end, limit_of(s, &plan), why, sizeof(why));
	check_kernel(s);
	check_left(s, &run, &pool, &c->point);
	if (status == HF_EXIT_SKIP) {
		s->skipped++;
		hf_record_warn(s->rec, &c->point, "skip", why);
	}
	if (status != HF_EXIT_OK) {
		c->over = true;
		worsen(s, status, "%s", why);
	}
	if (run.shared->measured && status != HF_EXIT_BROKEN) {
		c->census = !run.shared->no_census && s->bench->mem;
		if (run.shared->no_census && rep == 0)
			warn(s, &c->point, "census", "page sizes are not verified: %s", run.shared->census_why);
		if (*run.shared->no_counter && rep == 0)
			warn(s, &c->point, "counters", "this kernel does not count %s: metrics made of that are left out", run.shared->no_counter);
		if (*run.shared->trace_why && rep == 0)
			warn(s, &c->point, "trace", "%s", run.shared->trace_why);
		if (!run.shared->counters_exact && rep == 0)
			warn(s, &c->point, "counters", "vm.stat_refresh cannot be written: per-CPU counters lag");
		if (!run.shared->steady && !s->opts.smoke)
			warn(s, &c->point, "unsteady", "repeat %u was not steady after %.2f s of warm-up", rep, run.shared->warm_s);
		if (run.shared->linearity < 0.9 || run.shared->linearity > 1.1)
			warn(s, &c->point, "nonlinear", "repeat %u: twice the operations took %.2f times as long", rep, 2 * run.shared->linearity);
		hf_result_add(c->result, s->bench, run.shared, run.tasks);
	}
undo:
	if (hf_knob_undo_to(s->knobs, mark, say_undo, s))
		worsen(s, HF_EXIT_BROKEN, "settings could not be restored; see 'hugefault restore'");
	if (held_len)
		munmap(held, held_len);
	if (s->oracle) {
		if (!s->stuck && !s->stopped)
			hf_oracle_end(s->oracle);
		hf_verdict_add(c->verdict, &run, s->oracle);
		hf_oracle_free(s->oracle);
		s->oracle = NULL;
		c->over |= c->verdict->failed;
		s->law_broken = false; /* or every trial of shrinking would end at once */
		if (s->opts.shrink && !s->stopped && c->verdict->failed_episode >= 0)
			shrink(s, c, rep);
		s->verdict = NULL;
	}
	hf_shared_free(run.shared);
}

/* Points in random order within each repeat, so that drift does not favour any. */
static void shuffle(struct super *s, unsigned int *order)
{
	for (unsigned int i = 0; i < s->n_cells; i++)
		order[i] = i;
	for (unsigned int i = s->n_cells; i > 1; i--) {
		unsigned int j = (unsigned int)hf_rand_below(&s->rand, i), x = order[i - 1];

		order[i - 1] = order[j];
		order[j] = x;
	}
}

static void measure_all(struct super *s)
{
	unsigned int *order = calloc(s->n_cells, sizeof(*order));

	s->left_s = s->opts.seconds;
	s->to_come = s->n_cells * s->opts.repeats;
	for (unsigned int rep = 0; order && rep < s->opts.repeats; rep++) {
		shuffle(s, order);
		for (unsigned int i = 0; i < s->n_cells; i++) {
			struct cell *c = &s->cell[order[i]];

			s->to_come--;
			if (c->over || s->stopped || hf_record_error(s->rec))
				continue;
			note(s, "repeat %u of %u, point %u of %u", rep + 1, s->opts.repeats, i + 1, s->n_cells);
			repeat(s, c, rep);
		}
	}
	free(order);
}

/* Whether every round of the race engine was preempted, so that the point says nothing. */
static bool all_preempted(const struct hf_bench *b, const struct hf_result *r)
{
	uint64_t preempted = 0;

	for (unsigned int m = 0; b->metrics[m].name; m++)
		if (strcmp(b->metrics[m].name, "preempted_share") == 0)
			preempted = r->total.count[m];
	for (unsigned int m = 0; b->metrics[m].name; m++)
		if (b->metrics[m].source.kind == HF_KIND_TIMED)
			return preempted && !r->total.hist[m]->n;
	return false;
}

static void state_all(struct super *s)
{
	FILE *out = s->opts.output && strcmp(s->opts.output, "-") == 0 ? stderr : stdout;

	for (unsigned int i = 0; i < s->n_cells; i++) {
		struct cell *c = &s->cell[i];

		if (!c->result->n_reps)
			continue;
		if (all_preempted(s->bench, c->result)) {
			hf_record_warn(s->rec, &c->point, "preempted", "every round was preempted");
			worsen(s, HF_EXIT_BROKEN, "no samples: every round was preempted");
		}
		s->measured++;
		hf_record_samples(s->rec, &c->point, c->result, c->census);
		hf_view_point(out, s->bench, &c->point, c->result);
		if (c->verdict)
			hf_verdict_print(out, c->verdict, s->bench);
	}
}

/* Which events can be counted here: opened once, on this thread. */
static unsigned int probe_events(const char *events, struct hf_perf_value *value)
{
	struct hf_perf *perf;
	unsigned int n;

	if (hf_perf_open(&perf, events))
		return 0;
	n = hf_perf_read(perf, value);
	hf_perf_close(perf);
	return n;
}

/* Lock and journal; a dead run's journal is undone first. Return: 0 or an exit status. */
static int own_machine(struct super *s, const char *state_dir)
{
	pid_t owner = 0;
	char why[1024];
	int err = hf_lock_take(state_dir, 0, &owner);

	if (err == -EBUSY)
		return refuse(s, HF_EXIT_BROKEN, "%s", hf_lock_say(state_dir, owner, why, sizeof(why)));
	if (err < 0)
		return refuse(s, HF_EXIT_BROKEN, "cannot take the lock in %s: %s", state_dir, hf_err_name(err));
	err = hf_knob_open(&s->knobs, state_dir);
	if (err == -EEXIST) {
		fprintf(stderr, "%s: undoing the settings of a run that died\n", s->bench->name);
		err = hf_knob_recover(state_dir, say_undo, s);
		if (err >= 0)
			err = hf_knob_open(&s->knobs, state_dir);
	}
	if (err < 0)
		return refuse(s, HF_EXIT_BROKEN, "cannot open the journal in %s: %s", state_dir, hf_err_name(err));
	return 0;
}

static int make_cells(struct super *s)
{
	struct hf_point *points;
	char why[256];
	unsigned int cpus = s->topo.n_cpus < HF_TASKS_MAX ? s->topo.n_cpus : HF_TASKS_MAX;
	int n = hf_point_sweep(s->bench, &s->opts, cpus, &points, why, sizeof(why));

	if (n == -EINVAL)
		return refuse(s, HF_EXIT_USAGE, "%s", why);
	s->cell = n > 0 ? calloc((size_t)n, sizeof(*s->cell)) : NULL;
	s->cpu = calloc(s->topo.n_cpus, sizeof(*s->cpu));
	if (!s->cell || !s->cpu)
		return refuse(s, HF_EXIT_BROKEN, "out of memory");
	for (unsigned int i = 0; i < s->topo.n_cpus; i++)
		s->cpu[i] = s->topo.cpu[i].os;
	for (int i = 0; i < n; i++) {
		s->cell[i].point = points[i];
		s->cell[i].result = hf_result_new(s->bench);
		s->cell[i].verdict = s->bench->stress ? calloc(1, sizeof(struct hf_verdict)) : NULL;
		if (!s->cell[i].result || (s->bench->stress && !s->cell[i].verdict))
			return refuse(s, HF_EXIT_BROKEN, "out of memory");
	}
	s->n_cells = (unsigned int)n;
	free(points);
	return 0;
}

static double since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* A cgroup for the measured processes, below ours, to which hugetlb pages, or all their memory, are charged; where it cannot be had the record says so. */
static void open_group(struct super *s)
{
	char own[PATH_MAX - 32], control[PATH_MAX];
	const char *controller = s->bench->memcg ? "memory" : "hugetlb";
	int err;

	if (!s->bench->memcg && !takes_pages(s->bench))
		return;
	err = hf_cgroup_own(own, sizeof(own));
	if (!err) {
		snprintf(control, sizeof(control), "%s/cgroup.subtree_control", own);
		snprintf(s->group, sizeof(s->group), "%s/hugefault", own);
		err = hf_knob_word(s->knobs, control, controller);
	}
	if (!err)
		err = hf_knob_mkdir(s->knobs, s->group);
	if (!err)
		return;
	s->group[0] = '\0';
	warn(s, NULL, "cgroup", "charges to a cgroup (controller %s) are not watched: %s", controller, hf_err_name(err));
}

/* Everything from the `run` line to the `end` line. */
static void run_and_record(struct super *s)
{
	struct hf_perf_value events[HF_PERF_MAX];
	uint64_t taint = hf_kmsg_taint();
	struct hf_record_end end = { 0 };
	const struct hf_point **points = calloc(s->n_cells, sizeof(*points));
	const struct hf_verdict **verdicts = calloc(s->n_cells, sizeof(*verdicts));
	struct timespec start;
	unsigned int n_events;

	clock_gettime(CLOCK_MONOTONIC, &start);
	s->taint = taint;
	n_events = probe_events(s->opts.events, events);
	hf_record_run(s->rec, &s->topo, events, n_events);
	if (hf_kmsg_open(&s->kmsg))
		warn(s, NULL, "kmsg", "the kernel log cannot be read: warnings in it are not seen");
	open_group(s);
	measure_all(s);
	state_all(s);
	if (hf_knob_restore(s->knobs, say_undo, s) == 0)
		end.restored = true;
	else
		worsen(s, HF_EXIT_BROKEN, "settings could not be restored; see 'hugefault restore'");
	if (s->status == HF_EXIT_OK && !s->measured)
		s->status = s->skipped ? HF_EXIT_SKIP : HF_EXIT_BROKEN;
	end.status = s->status;
	end.reasons = s->reasons.at;
	end.n_reasons = s->reasons.n;
	end.taint = s->taint & ~taint;
	end.kmsg = s->log.at;
	end.n_kmsg = s->log.n;
	end.seconds = since(&start);
	for (unsigned int i = 0; points && verdicts && i < s->n_cells; i++) {
		points[i] = &s->cell[i].point;
		verdicts[i] = s->cell[i].verdict;
	}
	end.points = points;
	end.verdicts = verdicts;
	end.n_verdicts = s->bench->stress && points && verdicts ? s->n_cells : 0;
	hf_record_end(s->rec, &end);
	free(points);
	free(verdicts);
}

int main(int argc, char **argv)
{
	struct super s = { .bench = &hf_bench };
	char state_dir[PATH_MAX], why[256];
	int status, err;

	if (hf_describe_check(s.bench, why, sizeof(why)))
		return refuse(&s, HF_EXIT_BROKEN, "%s", why);
	status = hf_options_parse(s.bench, argc, argv, &s.opts);
	if (status)
		return status;
	err = hf_knob_state_dir(state_dir, sizeof(state_dir));
	if (err)
		return refuse(&s, HF_EXIT_BROKEN, "no directory for lock and journal: %s", hf_err_name(err));
	err = hf_ns_enter(state_dir, s.bench->mem && s.bench->mem->mounts, argv);
	if (err)
		return refuse(&s, HF_EXIT_BROKEN, "cannot start again: %s", hf_err_name(err));
	err = hf_topo_load(&s.topo, s.opts.cpus, s.opts.node);
	if (err)
		return refuse(&s, err == -EINVAL || err == -ENODEV || err == -ERANGE ? HF_EXIT_USAGE : HF_EXIT_BROKEN, "no CPUs to use%s%s: %s", s.opts.cpus ? " in -c " : "",
			      s.opts.cpus ? s.opts.cpus : "", hf_err_name(err));
	status = make_cells(&s);
	if (status)
		return status;
	if (!s.opts.have_seed)
		s.opts.seed = hf_rand_fresh();
	hf_rand_seed(&s.rand, s.opts.seed, UINT32_MAX);
	if (s.opts.output && strcmp(s.opts.output, "-"))
		snprintf(s.stacks, sizeof(s.stacks), "%s.stacks", s.opts.output);
	err = hf_record_open(&s.rec, s.opts.output, s.bench, &s.opts);
	if (err)
		return refuse(&s, HF_EXIT_BROKEN, "cannot write records to %s: %s", s.opts.output, hf_err_name(err));
	status = own_machine(&s, state_dir);
	if (status)
		return status;
	hf_process_ready();
	hf_topo_pin(s.cpu[0]);
	hf_clock_init();
	run_and_record(&s);
	err = hf_record_close(s.rec);
	if (err) {
		fprintf(stderr, "%s: cannot write records to %s: %s\n", s.bench->name, s.opts.output, hf_err_name(err));
		s.status = s.status == HF_EXIT_FAIL ? HF_EXIT_FAIL : HF_EXIT_BROKEN;
	}
	hf_kmsg_close(s.kmsg);
	hf_knob_close(s.knobs);
	if (fflush(stdout))
		return HF_EXIT_BROKEN;
	return s.status;
}
