// SPDX-License-Identifier: GPL-2.0-or-later
/* Second threads. */
#include "harness/second.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>

#define WAKE_NS 100000 /* until a thread that waits on another CPU runs */
#define SPIN_NS 20000  /* the end of a wait, for which a timer is not exact enough */

/* The caller's; not on its stack, which SIGBUS may leave while the second is at work. */
static __thread struct second {
	const struct hf_task *t;
	void (*act)(void *arg);
	void *arg;
	pthread_t thread;
	sem_t ready, go;
	struct sched_param was; /* of the caller */
	uint64_t at;		/* ticks */
} mine;

/* Above all actors, which have 1 .. tasks (take_turn() in stress.c); without the right to it there are fewer hits. */
static struct sched_param above(const struct hf_task *t, int by)
{
	return (struct sched_param){ .sched_priority = (int)t->run->tasks + by };
}

/* The pauses let an emulator with one thread for all CPUs go on with the next. */
static void wait_until(const struct hf_task *t, uint64_t at)
{
	int64_t left = (int64_t)(at - hf_clock_peek());
	uint64_t ns = left > 0 ? hf_clock_ns((uint64_t)left) : 0, spin = t->run->cpus > 1 ? SPIN_NS : 0;

	if (ns > spin)
		nanosleep(&(struct timespec){ .tv_sec = (time_t)((ns - spin) / 1000000000), .tv_nsec = (long)((ns - spin) % 1000000000) }, NULL);
	while ((int64_t)(at - hf_clock_peek()) > 0)
		hf_clock_relax();
}

static void *be_second(void *arg)
{
	struct second *s = arg;
	struct sched_param first = above(s->t, 2);

	sched_setscheduler(0, SCHED_FIFO, &first);
	sem_post(&s->ready);
	while (sem_wait(&s->go) && errno == EINTR)
		;
	wait_until(s->t, s->at);
	s->act(s->arg);
	return NULL;
}

bool hf_second_start(struct hf_task *t, void (*act)(void *arg), void *arg)
{
	const struct hf_run *run = t->run;
	struct sched_param then = above(t, 1);
	struct second *s = &mine;
	pthread_attr_t attr;
	cpu_set_t cpus;
	int err;

	*s = (struct second){ .t = t, .act = act, .arg = arg };
	sem_init(&s->ready, 0, 0);
	sem_init(&s->go, 0, 0);
	CPU_ZERO(&cpus);
	CPU_SET(run->cpu[(t->index + 1) % run->cpus], &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	err = pthread_create(&s->thread, &attr, be_second, s);
	pthread_attr_destroy(&attr);
	while (!err && sem_wait(&s->ready) && errno == EINTR)
		;
	if (!err && sched_getparam(0, &s->was) == 0)
		sched_setparam(0, &then); /* nobody else comes between the two; the policy stays */
	return !err;
}

void hf_second_go(struct hf_task *t, uint64_t mine_ns, uint64_t its_ns)
{
	uint64_t now = hf_clock_peek() + (t->run->cpus > 1 ? hf_clock_ticks(WAKE_NS) : 0);

	mine.at = now + hf_clock_ticks(its_ns);
	sem_post(&mine.go);
	wait_until(t, now + hf_clock_ticks(mine_ns));
}

void hf_second_end(void)
{
	pthread_join(mine.thread, NULL);
	sched_setparam(0, &mine.was);
	sem_destroy(&mine.ready);
	sem_destroy(&mine.go);
}
