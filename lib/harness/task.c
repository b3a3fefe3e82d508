// SPDX-License-Identifier: GPL-2.0-or-later
/* The measured process: tasks as threads or processes, one per CPU, and the phases prove, warm, measure. */
#include "harness/task.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "harness/gate.h"
#include "harness/map.h"
#include "harness/shared.h"
#include "system/census.h"
#include "system/counter.h"
#include "system/mark.h"
#include "system/perf.h"
#include "system/topo.h"

#define PROVE_OPS 16
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PROOF 0 /* shadow memory takes page faults of its own */
#else
#define PROOF 1
#endif
#define BATCH_S 0.005	   /* shortest batch that says anything about the time per operation */
#define STEADY_SPREAD 1.10 /* the last batches' times per operation lie within this factor */
#define STEADY_BATCHES 4
#define LINEAR_SPREAD 0.10 /* 2N operations take twice as long as N, within this share */
#define LINEAR_TRIES 3
#define SMOKE_EPISODES 64 /* of a stressor, unless they take too long */
#define SMOKE_ROUNDS 8	  /* where tasks meet: one alone may be preempted */
#define SMOKE_S 1.0
#define FOR_EVER (UINT64_C(1) << 62) /* operations: the phase ends by its deadline */
#define FOR_EVER_S 1e6		     /* seconds: it ends by its operations */

static const struct hf_task_plan *plan;

static double seconds(uint64_t ticks)
{
	return (double)ticks / hf_clock.hz;
}

/* What a task needs of its own before the first phase. */
static void task_open(struct hf_task *t)
{
	struct hf_run *run = t->run;
	struct hf_shared *sh = run->shared;
	char why[sizeof(sh->census_why)];
	unsigned int cpu = run->cpu[t->index % run->cpus];
	int err = hf_topo_pin(cpu);

	if (err)
		hf_broken(run, "task %u: cannot pin to CPU %u: %s", t->index, cpu, hf_err_name(err));
	if (run->bench->mem && hf_census_open(&t->census, why, sizeof(why))) {
		t->census = NULL;
		if (!atomic_exchange(&sh->no_census, true))
			memcpy(sh->census_why, why, sizeof(why));
	}
	err = hf_perf_open(&t->perf, plan->events);
	if (err)
		hf_broken(run, "task %u: perf events '%s': %s", t->index, plan->events, hf_err_name(err));
}

static void task_close(struct hf_task *t)
{
	hf_perf_close(t->perf);
	hf_census_close(t->census);
}

/* The present phase in this task. */
static void task_phase(struct hf_task *t)
{
	struct hf_shared *sh = t->run->shared;
	enum hf_phase phase = sh->phase;
	unsigned int n;

	t->left = sh->quota;
	t->deadline = sh->deadline;
	t->now = 0;
	t->n_pending = 0;
	t->watch = HF_WATCH_NONE;
	if (PROOF && phase == HF_PHASE_PROVE && t->run->bench->faults != HF_FAULTS_ANY)
		t->watch = HF_WATCH_FAULTS;
	if (plan->marks && phase == HF_PHASE_MEASURE)
		t->watch = HF_WATCH_MARKS;
	if (phase == HF_PHASE_MEASURE)
		hf_perf_start(t->perf);
	t->run->bench->body(t);
	hf_commit(t);
	if (phase == HF_PHASE_MEASURE) {
		hf_perf_stop(t->perf);
		n = hf_perf_read(t->perf, sh->perf[t->index]);
		if (t->index == 0)
			sh->n_perf = n;
	}
	if (t->watch == HF_WATCH_FAULTS && t->index == 0) {
		sh->proof_ops = t->proof_ops;
		sh->proof_wrong = t->proof_wrong;
		sh->proof_seen = t->proof_seen;
	}
}

/* A task other than task 0: phase after phase until told to quit. */
static void *task_main(void *arg)
{
	struct hf_task *t = arg;
	struct hf_shared *sh = t->run->shared;
	uint32_t seen = 0;

	task_open(t);
	atomic_fetch_add(&sh->ready, 1);
	for (;;) {
		uint32_t seq;

		while ((seq = atomic_load_explicit(&sh->seq, memory_order_acquire)) == seen)
			hf_gate_relax(t);
		seen = seq;
		if (sh->phase == HF_PHASE_QUIT)
			break;
		task_phase(t);
		atomic_fetch_add_explicit(&sh->finished, 1, memory_order_release);
	}
	task_close(t);
	return NULL;
}

/* Runs a phase in all tasks, task 0 here. Return: its length in seconds; sh->wall_s is that less what the race engine spent on the bound and on preempted rounds. */
static double phase(struct hf_run *run, enum hf_phase kind, uint64_t quota, double limit_s)
{
	struct hf_shared *sh = run->shared;
	uint64_t start, wall;

	atomic_store(&sh->finished, 0);
	sh->excluded = 0;
	sh->phase = kind;
	sh->quota = quota ? quota : 1;
	start = hf_clock_now();
	sh->deadline = start + (uint64_t)(limit_s * hf_clock.hz);
	atomic_fetch_add_explicit(&sh->seq, 1, memory_order_release);
	if (kind == HF_PHASE_QUIT)
		return 0;
	task_phase(&run->task[0]);
	while (atomic_load_explicit(&sh->finished, memory_order_acquire) < run->tasks - 1)
		hf_gate_relax(&run->task[0]);
	wall = hf_clock_now() - start;
	sh->wall_s = seconds(wall - sh->excluded);
	return seconds(wall);
}

/* A warm-up batch. Return: seconds per operation. */
static double batch(struct hf_run *run, uint64_t quota, double limit_s)
{
	uint64_t ops = 0;
	double wall;

	hf_shared_clear(run->shared, run->bench, run->tasks);
	wall = phase(run, HF_PHASE_WARM, quota, limit_s);
	for (unsigned int i = 0; i < run->tasks; i++)
		if (run->shared->slot[i].ops > ops)
			ops = run->shared->slot[i].ops;
	return ops ? wall / (double)ops : wall;
}

static bool is_steady(const double *last)
{
	double lo = last[0], hi = last[0];

	for (int i = 1; i < STEADY_BATCHES; i++) {
		lo = last[i] < lo ? last[i] : lo;
		hi = last[i] > hi ? last[i] : hi;
	}
	return hi <= lo * STEADY_SPREAD;
}

/*
 * Warm up until the time per operation is steady: first touches of a guest's memory cost milliseconds a page, and must not be samples. Then check that 2N
 * operations take twice as long as N. Return: seconds per operation.
 */
static double warm_up(struct hf_run *run)
{
	struct hf_shared *sh = run->shared;
	double last[STEADY_BATCHES], per_op, worst = 0;
	uint64_t start = hf_clock_now(), n = 1;
	unsigned int batches = 0;

	if (run->bench->warm_ops || plan->ops) {
		per_op = batch(run, run->bench->warm_ops ? run->bench->warm_ops : plan->ops, FOR_EVER_S);
		sh->steady = true; /* nobody asked */
		sh->linearity = 1;
		sh->warm_s = seconds(hf_clock_now() - start);
		return per_op;
	}
	per_op = batch(run, n, plan->warm_s);
	while (per_op * (double)n < BATCH_S && n < UINT64_C(1) << 40 && seconds(hf_clock_now() - start) < plan->warm_s) {
		n *= 2;
		per_op = batch(run, n, plan->warm_s);
	}
	sh->steady = false;
	while (!plan->smoke && !sh->steady) {
		double used = seconds(hf_clock_now() - start);

		if (used >= plan->warm_s)
			break;
		per_op = batch(run, n, plan->warm_s - used);
		last[batches++ % STEADY_BATCHES] = per_op;
		sh->steady = batches >= STEADY_BATCHES && is_steady(last);
	}
	sh->linearity = 1;
	for (int i = 0; !plan->smoke && i < LINEAR_TRIES && (!i || seconds(hf_clock_now() - start) < plan->warm_s); i++) {
		double one = batch(run, n, plan->warm_s), two = batch(run, 2 * n, plan->warm_s);

		per_op = two;
		worst = two / one;
		sh->linearity = worst;
		if (worst > 1 - LINEAR_SPREAD && worst < 1 + LINEAR_SPREAD)
			break;
	}
	sh->warm_s = seconds(hf_clock_now() - start);
	return per_op;
}

static void keep_delta(void *arg, const char *name, int64_t delta)
{
	struct hf_shared *sh = arg;
	struct hf_delta *d;

	for (unsigned int i = 0; i < sh->n_deltas && i < HF_METRICS_MAX; i++)
		if (strcmp(sh->delta[i].name, name) == 0)
			return;
	if (sh->n_deltas == HF_DELTAS_MAX)
		return;
	d = &sh->delta[sh->n_deltas++];
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->value = delta;
}

/* What metrics are made of is kept also where it did not change: what is not kept, this kernel does not have. */
static void keep_own(const struct hf_bench *bench, struct hf_shared *sh, const struct hf_counter_set *before, const struct hf_counter_set *after)
{
	sh->no_counter[0] = '\0';
	for (unsigned int m = 0; bench->metrics[m].name; m++) {
		const char *name = bench->metrics[m].source.of;
		size_t len = strlen(sh->no_counter);
		int64_t from, to;

		if (bench->metrics[m].source.kind != HF_KIND_VMSTAT)
			continue;
		if (hf_counter_get(before, name, &from) == 0 && hf_counter_get(after, name, &to) == 0)
			keep_delta(sh, name, (int64_t)((uint64_t)to - (uint64_t)from));
		else
			snprintf(sh->no_counter + len, sizeof(sh->no_counter) - len, "%s%s", len ? ", " : "", name);
	}
}

static void measure(struct hf_run *run, double per_op)
{
	struct hf_shared *sh = run->shared;
	struct hf_counter_set *before = NULL, *after = NULL;
	double ops = plan->seconds / (per_op > 1e-9 ? per_op : 1e-9);
	uint64_t quota = ops < 0x1p62 ? (uint64_t)ops : FOR_EVER, smoke_ops = run->bench->stress ? SMOKE_EPISODES : run->tasks > 1 ? SMOKE_ROUNDS : 1;
	int err;

	if (plan->ops)
		quota = plan->ops;
	else if (plan->smoke)
		quota = smoke_ops;
	else if (run->tasks > 1) /* all until the time is up: a task that had done its share early would leave the others alone */
		quota = FOR_EVER;

	hf_shared_clear(sh, run->bench, run->tasks);
	err = hf_counter_read(&before);
	if (err)
		hf_broken(run, "cannot read the kernel's counters: %s", hf_err_name(err));
	phase(run, HF_PHASE_MEASURE, quota, plan->ops || (plan->smoke && !run->bench->stress) ? FOR_EVER_S : plan->smoke ? SMOKE_S : plan->seconds);
	err = hf_counter_read(&after);
	if (err)
		hf_broken(run, "cannot read the kernel's counters: %s", hf_err_name(err));
	sh->counters_exact = hf_counter_exact(before) && hf_counter_exact(after);
	keep_own(run->bench, sh, before, after);
	hf_counter_delta(before, after, keep_delta, sh);
	hf_counter_free(before);
	hf_counter_free(after);
	if (run->bench->check)
		run->bench->check(run);
	sh->measured = true;
}

static struct hf_run *the_run;
static pid_t task_pid[HF_TASKS_MAX];

/* A task process has died before its time: nothing more can come of this repeat. */
static void on_sigchld(int sig, siginfo_t *info, void *context)
{
	siginfo_t task = { .si_pid = 0 };
	unsigned int i = 1;

	(void)sig;
	(void)context;
	/* a stressor's own children end too, and one signal may stand for several ends */
	while (i < the_run->tasks && (waitid(P_PID, (id_t)task_pid[i], &task, WEXITED | WNOHANG | WNOWAIT) || !task.si_pid))
		i++;
	if (i == the_run->tasks)
		return;
	info = &task;
	if (info->si_code != CLD_EXITED && info->si_status == SIGBUS) {
		hf_fail(the_run, "a task process was killed by SIGBUS");
		_exit(HF_EXIT_FAIL);
	}
	hf_broken(the_run, "a task process ended early (%s %d)", info->si_code == CLD_EXITED ? "status" : "signal", info->si_status);
}

static void start_tasks(struct hf_run *run, pthread_t *thread, pid_t *pid)
{
	struct sigaction sa = { .sa_sigaction = on_sigchld, .sa_flags = SA_SIGINFO | SA_NOCLDSTOP };

	pid_t parent = getpid();

	the_run = run;
	if (run->processes)
		sigaction(SIGCHLD, &sa, NULL);
	for (unsigned int i = 1; i < run->tasks; i++) {
		int err;

		if (!run->processes) {
			pthread_attr_t attr;
			cpu_set_t cpus;

			/* born where it will live: task 0 will not leave its own CPU to it */
			CPU_ZERO(&cpus);
			CPU_SET(run->cpu[i % run->cpus], &cpus);
			pthread_attr_init(&attr);
			pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
			err = pthread_create(&thread[i], &attr, task_main, &run->task[i]);
			pthread_attr_destroy(&attr);
			if (err)
				hf_broken(run, "pthread_create: %s", hf_err_name(err));
			continue;
		}
		pid[i] = fork();
		if (pid[i] < 0)
			hf_broken(run, "fork: %s", hf_err_name(errno));
		if (pid[i] == 0) {
			signal(SIGCHLD, SIG_DFL);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() != parent)
				_exit(HF_EXIT_BROKEN);
			task_main(&run->task[i]);
			/* the shared memory keeps what it measured; stay until told, so that SIGCHLD always means a death before time */
			pause();
			_exit(0);
		}
	}
}

/* Until every task is on its CPU and has opened what it needs: the first phase is not to measure that. */
static void wait_for_tasks(struct hf_run *run)
{
	while (atomic_load(&run->shared->ready) < run->tasks - 1)
		sched_yield();
}

static void end_tasks(struct hf_run *run, const pthread_t *thread, const pid_t *pid)
{
	phase(run, HF_PHASE_QUIT, 0, 0);
	if (run->processes)
		signal(SIGCHLD, SIG_DFL);
	for (unsigned int i = 1; i < run->tasks; i++) {
		if (run->processes) {
			kill(pid[i], SIGKILL);
			waitpid(pid[i], NULL, 0);
		} else {
			pthread_join(thread[i], NULL);
		}
	}
}

void hf_task_repeat(struct hf_run *run, const struct hf_task_plan *how)
{
	struct hf_shared *sh = run->shared;
	static pthread_t thread[HF_TASKS_MAX];
	double per_op;
	int first_timed = -1, err;

	plan = how;
	for (int m = 0; first_timed < 0 && run->bench->metrics[m].name; m++)
		if (run->bench->metrics[m].source.kind == HF_KIND_TIMED)
			first_timed = m;
	err = posix_memalign((void **)&run->task, HF_CACHE_LINE, run->tasks * sizeof(*run->task));
	if (err)
		hf_broken(run, "no memory for %u tasks", run->tasks);
	memset(run->task, 0, run->tasks * sizeof(*run->task));
	for (unsigned int i = 0; i < run->tasks; i++) {
		struct hf_task *t = &run->task[i];

		t->run = run;
		t->index = i;
		t->slot = &sh->slot[i];
		t->first_timed = first_timed;
		hf_rand_seed(&t->rand, run->seed, i);
	}
	if (plan->marks)
		hf_mark(HF_MARK_DROP); /* the page of marks is there */
	sh->crowded = run->tasks > run->cpus;
	task_open(&run->task[0]);
	if (run->bench->setup)
		run->bench->setup(run);
	start_tasks(run, thread, task_pid);
	wait_for_tasks(run);
	if (run->bench->faults != HF_FAULTS_ANY)
		phase(run, HF_PHASE_PROVE, PROVE_OPS, plan->warm_s);
	if (run->bench->stress) { /* what is rare may happen in the first round: nothing is for warming up */
		sh->steady = true;
		sh->linearity = 1;
		per_op = 0;
	} else {
		per_op = warm_up(run);
	}
	measure(run, per_op);
	end_tasks(run, thread, task_pid);
	task_close(&run->task[0]);
	if (run->bench->teardown)
		run->bench->teardown(run);
	free(run->task);
	exit(sh->verdict == HF_EXIT_FAIL ? HF_EXIT_FAIL : HF_EXIT_OK);
}
