// SPDX-License-Identifier: GPL-2.0-or-later
/* The measured process, from its fork to its end. */
#include "harness/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "system/cgroup.h"

#define REAP_MS 10000 /* how long a killed process may take to go */

static sigset_t usual; /* what was blocked before hf_process_ready() */

/* What ends a wait: a child's end, and the signals to stop that whoever started us has not chosen to ignore (nohup, background jobs). */
static void stop_signals(sigset_t *set)
{
	static const int stop[] = { SIGINT, SIGTERM, SIGHUP };

	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < sizeof(stop) / sizeof(stop[0]); i++) {
		struct sigaction old;

		if (sigaction(stop[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaddset(set, stop[i]);
	}
}

void hf_process_ready(void)
{
	sigset_t block;

	signal(SIGCHLD, SIG_DFL); /* an ignored one is inherited, and then nobody can be waited for */
	stop_signals(&block);
	sigprocmask(SIG_BLOCK, &block, &usual);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* The forked child: signals as usual, its own process group, dead when the supervisor is. */
__attribute__((noreturn)) static void child(pid_t parent, struct hf_run *run, const struct hf_task_plan *plan, const struct hf_process_terms *terms)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(HF_EXIT_BROKEN);
	sigprocmask(SIG_SETMASK, &usual, NULL);
	if (*terms->group && hf_cgroup_join(terms->group))
		hf_broken(run, "cannot join %s", terms->group);
	if (terms->verbose)
		setvbuf(stdout, NULL, _IONBF, 0);
	hf_task_repeat(run, plan);
}

/* A killed process must go; one that does not is stuck in the kernel. */
static bool reap(pid_t pid, int *status)
{
	for (int ms = 0; ms < REAP_MS; ms += 10) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		usleep(10000);
	}
	return false;
}

/* The same for what it has left behind, which is ours now (PR_SET_CHILD_SUBREAPER). */
static bool reap_group(pid_t group)
{
	for (int ms = 0; ms < REAP_MS; ms += 10) {
		pid_t got = waitpid(-group, NULL, WNOHANG);

		if (got < 0)
			return true;
		if (got > 0)
			continue;
		kill(-group, SIGKILL);
		usleep(10000);
	}
	return false;
}

/* Waits for @pid until it ends or has to. */
static void wait_for(pid_t pid, const struct hf_process_terms *terms, struct hf_process_end *end)
{
	struct timespec start, now, left;
	int sig;
	sigset_t set;

	stop_signals(&set);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		double used;
		bool over;

		if (waitpid(pid, &end->status, WNOHANG) == pid)
			break;
		clock_gettime(CLOCK_MONOTONIC, &now);
		used = (double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9;
		end->timed_out = used >= terms->limit_s;
		over = terms->look(terms->arg, 0);
		if (!end->timed_out && !over) {
			if (terms->tick_s > 0 && terms->limit_s - used > terms->tick_s)
				used = terms->limit_s - terms->tick_s;
			left.tv_sec = (time_t)(terms->limit_s - used);
			left.tv_nsec = (long)((terms->limit_s - used - (double)left.tv_sec) * 1e9);
			sig = sigtimedwait(&set, NULL, &left);
			if (sig < 0 || sig == SIGCHLD)
				continue;
			terms->look(terms->arg, sig);
		}
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		if (!reap(pid, &end->status))
			end->stuck = pid;
		break;
	}
	kill(-pid, SIGKILL); /* task processes that outlived it */
	if (!end->stuck && !reap_group(pid))
		end->stuck = pid;
}

int hf_process_run(struct hf_run *run, const struct hf_task_plan *plan, const struct hf_process_terms *terms, struct hf_process_end *end)
{
	pid_t pid, parent = getpid();

	*end = (struct hf_process_end){ 0 };
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(parent, run, plan, terms);
	setpgid(pid, pid);
	wait_for(pid, terms, end);
	return 0;
}
