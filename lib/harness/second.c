// SPDX-License-Identifier: GPL-2.0-or-later
/* Second threads. */
#include "harness/second.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include "harness/gate.h"
#include "harness/shared.h"

#define WAKE_NS 100000 /* until a thread that waits on another CPU runs */

/* The caller's; not on its stack, which SIGBUS may leave while the second is at work. */
static __thread struct second {
	const struct hf_task *t;
	void (*act)(void *arg);
	void *arg;
	pthread_t thread;
	sem_t ready, go;
	uint64_t at; /* ticks */
} mine;

static void *be_second(void *arg)
{
	struct second *s = arg;
	struct sched_param first = { .sched_priority = 1 + (int)s->t->run->tasks }; /* actors have 1 .. tasks (take_turn() in stress.c) */

	sched_setscheduler(0, SCHED_FIFO, &first); /* without the right to it there are fewer hits */
	sem_post(&s->ready);
	while (sem_wait(&s->go) && errno == EINTR)
		;
	hf_gate_wait(s->t, s->at);
	s->act(s->arg);
	return NULL;
}

bool hf_second_start(struct hf_task *t, void (*act)(void *arg), void *arg)
{
	const struct hf_run *run = t->run;
	struct second *s = &mine;
	pthread_attr_t attr;
	cpu_set_t cpus;
	int err;

	*s = (struct second){ .t = t, .act = act, .arg = arg };
	sem_init(&s->ready, 0, 0);
	sem_init(&s->go, 0, 0);
	CPU_ZERO(&cpus);
	CPU_SET(run->cpu[(t->index + !run->shared->crowded) % run->cpus], &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	err = pthread_create(&s->thread, &attr, be_second, s);
	pthread_attr_destroy(&attr);
	while (!err && sem_wait(&s->ready) && errno == EINTR)
		;
	return !err;
}

void hf_second_go(struct hf_task *t, uint64_t mine_ns, uint64_t its_ns)
{
	uint64_t now = hf_clock_peek() + (t->run->shared->crowded ? 0 : hf_clock_ticks(WAKE_NS));

	mine.at = now + hf_clock_ticks(its_ns);
	sem_post(&mine.go);
	hf_gate_wait(t, now + hf_clock_ticks(mine_ns));
}

void hf_second_end(struct hf_task *t)
{
	(void)t;
	pthread_join(mine.thread, NULL);
	sem_destroy(&mine.ready);
	sem_destroy(&mine.go);
}
