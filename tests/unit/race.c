// SPDX-License-Identifier: GPL-2.0-or-later
/* The race engine and the measured process around it, on base pages: no huge pages and no root needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "harness/result.h"
#include "harness/task.h"
#include "hugefault.h"
#include "system/topo.h"

static struct hf_map map;
static char *hole; /* beyond the end of its file: every access is a SIGBUS */
static unsigned int due;
static uint64_t may;

static void act_page(struct hf_task *t)
{
	hf_touch(map.p + t->index); /* the same page, but not the same byte: ThreadSanitizer would be right to complain */
}

static void act_bus(struct hf_task *t)
{
	hf_touch(t->index ? hole : map.p);
}

static void reset(struct hf_task *t)
{
	hf_map_zap(t->run, &map, 0, map.len);
}

static void body_page(struct hf_task *t)
{
	const struct hf_race race = { .act = act_page, .reset = reset, .bound = true };

	hf_race(t, &race);
}

static void body_bus(struct hf_task *t)
{
	const struct hf_race race = { .act = act_bus, .reset = reset, .sigbus_due = due, .may_sigbus = may };

	hf_race(t, &race);
}

static void setup(struct hf_run *run)
{
	int fd = memfd_create("hole", MFD_CLOEXEC);

	map = hf_map_new(run, run->page, run->processes ? HF_SHARED : HF_PRIVATE);
	hole = mmap(NULL, run->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

#define ROUNDS 400

static struct hf_bench bench = {
	.name = "unit-race",
	.summary = "unit test",
	.paths = HF_LIST("do_anonymous_page"),
	.origin = HF_ORIGIN("hugefault", "unit", "test"),
	.mem = &hf_mem_base,
	.params = HF_PARAMS(HF_RACE_PARAMS),
	.metrics = HF_METRICS(HF_RACE_METRICS),
	.modes = HF_BOTH,
	.faults = HF_FAULTS_ANY,
	.setup = setup,
};

/* One repeat, in a process of its own as the supervisor would do it. Return: its exit status; @sh keeps the results. */
static int repeat(struct hf_shared **sh, bool processes, int64_t delay_ns, int64_t scan_ns)
{
	const int64_t values[2] = { delay_ns, scan_ns };
	struct hf_task_plan plan = { .ops = ROUNDS, .events = "" };
	struct hf_topo topo;
	unsigned int cpu[2];
	struct hf_run run = { .bench = &bench, .tasks = 2, .processes = processes, .page = (size_t)sysconf(_SC_PAGESIZE), .seed = 1, .values = values, .cpu = cpu, .cpus = 2 };
	int status;
	pid_t pid;

	assert_int_equal(hf_topo_load(&topo, NULL, -1), 0);
	if (topo.n_cpus < 2)
		skip();
	cpu[0] = topo.cpu[0].os;
	cpu[1] = topo.cpu[1].os;
	hf_topo_free(&topo);
	run.shared = hf_shared_new(&bench, 2);
	assert_non_null(run.shared);
	pid = fork();
	if (pid == 0)
		hf_task_repeat(&run, &plan);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	*sh = run.shared;
	return WEXITSTATUS(status);
}

static uint64_t count_of(const struct hf_shared *sh, const char *metric)
{
	struct hf_run run = { .bench = &bench };
	int m = hf_metric(&run, metric);

	assert_true(m >= 0);
	return sh->slot[0].hist[m] ? sh->slot[0].hist[m]->n : sh->slot[0].count[m];
}

static void test_rounds(void **state)
{
	bool processes = *state != NULL;
	struct hf_shared *sh;
	uint64_t rounds, clean;

	bench.body = body_page;
	assert_int_equal(repeat(&sh, processes, 0, 0), HF_EXIT_OK);
	assert_true(sh->measured);
	rounds = count_of(sh, "rounds");
	assert_int_equal(rounds, ROUNDS);
	assert_int_equal(rounds, sh->slot[0].ops);
	clean = rounds - count_of(sh, "preempted_share");
	/* every clean round has one winner, one skew, and at most one loser that faulted */
	assert_int_equal(count_of(sh, "winner_ns"), clean);
	assert_int_equal(count_of(sh, "skew_ns"), clean);
	assert_int_equal(count_of(sh, "loser_ns"), count_of(sh, "loser_wait_ns"));
	assert_true(count_of(sh, "loser_ns") <= clean);
	assert_true(count_of(sh, "hit_share") <= rounds);
	assert_int_equal(count_of(sh, "sigbus_spurious"), 0);
	assert_int_equal(count_of(sh, "sigbus_due"), 0);
	assert_true(count_of(sh, "solo_ns") > 0);
	hf_shared_free(sh);
}

/* A racer that comes 200 us late finds the page there: no hit, and it is not skew. */
static void test_delay(void **state)
{
	struct hf_shared *sh;
	struct hf_run run = { .bench = &bench };
	uint64_t rounds;

	(void)state;
	bench.body = body_page;
	assert_int_equal(repeat(&sh, false, 200000, 0), HF_EXIT_OK);
	rounds = count_of(sh, "rounds");
	assert_int_equal(rounds, ROUNDS);
	assert_true(count_of(sh, "hit_share") * 10 < rounds);
	if (count_of(sh, "skew_ns"))
		assert_true(hf_hist_quantile(sh->slot[0].hist[hf_metric(&run, "skew_ns")], 0.5) < 100000);
	hf_shared_free(sh);
}

/* The scan covers -x..x, both ends and zero, and counts every round once. */
static void test_scan(void **state)
{
	struct hf_shared *sh;
	uint64_t den = 0;
	double lo = 0, hi = 0;

	(void)state;
	bench.body = body_page;
	assert_int_equal(repeat(&sh, false, 0, 20000), HF_EXIT_OK);
	for (int b = 0; b < HF_CURVE_BINS; b++) {
		const struct hf_curve_bin *bin = &sh->curve[0].bin[b];

		assert_true(bin->num <= bin->den);
		den += bin->den;
		lo = bin->den && bin->x < lo ? bin->x : lo;
		hi = bin->den && bin->x > hi ? bin->x : hi;
	}
	assert_int_equal(den, count_of(sh, "rounds"));
	assert_true(lo < -10000 && lo >= -20001 && hi > 10000 && hi <= 20001);
	hf_shared_free(sh);
}

static void test_sigbus(void **state)
{
	static const struct {
		unsigned int due;
		uint64_t may;
		int exit;
		bool spurious, missing;
	} row[] = {
		{ 1, 2, HF_EXIT_OK, false, false },   /* task 1 is due one, and gets it */
		{ 1, 3, HF_EXIT_OK, false, false },   /* one of the two is */
		{ 0, 0, HF_EXIT_FAIL, true, false },  /* nobody is */
		{ 1, 1, HF_EXIT_FAIL, true, true },   /* task 0 is, but task 1 gets it */
		{ 2, 3, HF_EXIT_FAIL, false, true },  /* both are, but only one gets it */
	};
	struct hf_shared *sh;

	(void)state;
#ifdef __SANITIZE_THREAD__
	print_message("its runtime does not survive leaving a signal handler by siglongjmp()\n");
	skip();
#endif
	bench.body = body_bus;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		uint64_t rounds;

		due = row[i].due;
		may = row[i].may;
		assert_int_equal(repeat(&sh, false, 0, 0), row[i].exit);
		rounds = count_of(sh, "rounds");
		assert_true(rounds > 0);
		assert_int_equal(count_of(sh, "sigbus_spurious"), row[i].spurious ? rounds : 0);
		assert_int_equal(count_of(sh, "sigbus_missing"), row[i].missing ? rounds : 0);
		hf_shared_free(sh);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_rounds, NULL),
		cmocka_unit_test_prestate(test_rounds, (void *)1),
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_sigbus),
	};

	hf_clock_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
