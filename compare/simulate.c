// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * simulate: what the rules of compare do on data whose truth is known. Prints each goal beside what was reached; exit 1 when one is missed. Seeds are fixed: the
 * same numbers on every machine.
 *
 * Noise: lognormal iterations, processes (0.7 %) and boots; 5 processes of 20 iterations a boot, each process a 10 % trimmed mean. Damage: outliers (1 % of the
 * iterations, 3.4 times as long), 30 % of the processes or of the boots 6 % slower, drift over the session.
 */
#include <argp.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/parse.h"
#include "compare/lib/flips.h"
#include "compare/lib/looks.h"
#include "compare/lib/model.h"
#include "compare/lib/shape.h"
#include "compare/lib/steps.h"
#include "compare/lib/trial.h"
#include "measure/hist.h"

const char *argp_program_version = "hugefault " HF_VERSION;

#define PROCESSES 5
#define ITERATIONS 20
#define TRIM 2 /* iterations at each end: 10 % */
#define SUITE 40
#define MOST 24	   /* units of a comparison, at most */
#define SPREAD 0.4 /* of the logarithms of the boot noises of a suite */
#define LIMIT log1p(0.02)

enum drift { NO_DRIFT, LINEAR, STEP, WALK };

struct noise {
	double boot, iteration, outliers, slow_processes, slow_boots;
};

static const struct hf_model_levels levels = { HF_MODEL_CHANGE, HF_MODEL_SAME };
static unsigned int missed;
static double effort = 1; /* replications, as a multiple of the standard ones */

static gsl_rng *stream(unsigned long seed)
{
	gsl_rng *r = gsl_rng_alloc(gsl_rng_taus2);

	if (!r) {
		fputs("simulate: out of memory\n", stderr);
		exit(3);
	}
	gsl_rng_set(r, seed);
	return r;
}

static unsigned int times(double n)
{
	return (unsigned int)fmax(20, n * effort);
}

static double normal(gsl_rng *r)
{
	return gsl_ran_gaussian_ziggurat(r, 1);
}

static void say(const char *goal, const char *what, double reached, double low, double high, const char *unit)
{
	bool good = reached >= low && reached <= high;
	char bound[48];

	if (isinf(low))
		snprintf(bound, sizeof(bound), "<= %g %s", high, unit);
	else if (isinf(high))
		snprintf(bound, sizeof(bound), ">= %g %s", low, unit);
	else
		snprintf(bound, sizeof(bound), "%g .. %g %s", low, high, unit);
	printf("%-4s %-80s %-12s %8.3g %s  %s\n", goal, what, bound, reached, unit, good ? "reached" : "MISSED");
	fflush(stdout);
	missed += !good;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Value of a boot: mean logarithm of its processes. */
static double boot_value(gsl_rng *r, const struct noise *v)
{
	double y = v->boot * normal(r) + (gsl_rng_uniform(r) < v->slow_boots ? log(1.06) : 0), sum = 0;

	for (int p = 0; p < PROCESSES; p++) {
		double x[ITERATIONS], level = y + 0.007 * normal(r) + (gsl_rng_uniform(r) < v->slow_processes ? log(1.06) : 0), mean = 0;

		for (int i = 0; i < ITERATIONS; i++) {
			x[i] = exp(v->iteration * normal(r));
			if (v->outliers > 0 && gsl_rng_uniform(r) < v->outliers)
				x[i] *= 3.4;
		}
		qsort(x, ITERATIONS, sizeof(*x), by_size);
		for (int i = TRIM; i < ITERATIONS - TRIM; i++)
			mean += x[i] / (ITERATIONS - 2 * TRIM);
		sum += level + log(mean);
	}
	return sum / PROCESSES;
}

/* Sides in random order within each pair, and what drifts. */
static void schedule(gsl_rng *r, unsigned int n, enum drift kind, double size, bool *side, double *drift)
{
	unsigned int at = (unsigned int)gsl_rng_uniform_int(r, 2 * n);
	double walk = 0;

	for (unsigned int i = 0; i < 2 * n; i++) {
		side[i] = i % 2 ? !side[i - 1] : gsl_rng_uniform_int(r, 2);
		walk += kind == WALK ? size / sqrt(2.0 * n) * normal(r) : 0;
		drift[i] = kind == LINEAR ? size * i / (2.0 * n - 1) : kind == STEP ? (i >= at ? size : 0) : walk;
	}
}

static struct hf_model_fit fit_pairs(gsl_rng *r, unsigned int n, const struct noise *v, enum drift kind, double size, double effect)
{
	struct hf_model_unit unit[MOST];
	struct hf_model_fit fit;
	double drift[MOST];
	bool side[MOST];

	schedule(r, n, kind, size, side, drift);
	for (unsigned int i = 0; i < 2 * n; i++)
		unit[i] = (struct hf_model_unit){ boot_value(r, v) + drift[i] + effect * side[i], i, 1, side[i] };
	hf_model_fit(unit, 2 * n, false, 0, &fit);
	return fit;
}

/* G1, G8: false REGRESSION of one benchmark, and both sides of a drift */
static void alone(void)
{
	static const struct {
		const char *what;
		struct noise noise;
		enum drift kind;
		double size;
	} row[] = {
		{ "clean", { 0.02, 0.05, 0, 0, 0 }, NO_DRIFT, 0 },
		{ "1 % outliers", { 0.02, 0.05, 0.01, 0, 0 }, NO_DRIFT, 0 },
		{ "30 % of processes slow", { 0.02, 0.05, 0, 0.3, 0 }, NO_DRIFT, 0 },
		{ "30 % of boots slow", { 0.02, 0.05, 0, 0, 0.3 }, NO_DRIFT, 0 },
		{ "all three", { 0.02, 0.05, 0.01, 0.3, 0.3 }, NO_DRIFT, 0 },
		{ "drift 5 %, linear", { 0.015, 0.03, 0, 0, 0 }, LINEAR, 0.05 },
		{ "drift 4 %, a step", { 0.015, 0.03, 0, 0, 0 }, STEP, 0.04 },
		{ "drift 4 %, a random walk", { 0.015, 0.03, 0, 0, 0 }, WALK, 0.04 },
	};
	static const unsigned int ns[] = { 3, 5, 10 };
	gsl_rng *r = stream(1);
	double most = 0;
	char what[96];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		double worst = 0, both = 0;

		for (size_t k = 0; k < sizeof(ns) / sizeof(ns[0]); k++) {
			unsigned int reps = times(12000), wrong = 0, differ = 0;

			for (unsigned int j = 0; j < reps; j++) {
				struct hf_model_fit fit = fit_pairs(r, ns[k], &row[i].noise, row[i].kind, row[i].size, 0);
				struct hf_model_test test;

				hf_model_test(&fit, LIMIT, &levels, &test);
				wrong += test.verdict == HF_MODEL_REGRESSION;
				differ += test.p <= 0.05;
			}
			worst = fmax(worst, 100.0 * wrong / reps);
			both = fmax(both, 100.0 * differ / reps);
		}
		snprintf(what, sizeof(what), "A/A, false REGRESSION, n = 3, 5, 10 (most): %s", row[i].what);
		say("G1", what, worst, -INFINITY, 3, "%");
		if (row[i].kind == LINEAR)
			most = both;
	}
	say("G8", "A/A, drift 5 %, interleaved: p <= 0.05, n = 3, 5, 10 (most)", most, -INFINITY, 5.5, "%");
	gsl_rng_free(r);
}

static void sequential_order(void)
{
	double least = INFINITY;

	for (unsigned int n = 3; n <= 12; n++) {
		struct hf_model_unit unit[MOST];
		struct hf_model_fit fit;

		for (unsigned int i = 0; i < 2 * n; i++)
			unit[i] = (struct hf_model_unit){ i % 3, i, 1, i >= n };
		hf_model_fit(unit, 2 * n, false, 0, &fit);
		least = fmin(least, fit.vif);
	}
	say("G8", "AAA BBB: variance inflation by time, n = 3 .. 12 (least; 3 is refused)", least, 3.0000001, INFINITY, "");
}

struct suite {
	double fails, found, flagged_found, covered, tests;
};

/*
 * A suite of 40 benchmarks, the first @slow of them slower by @effect: boot noise lognormal (@spread) around 1.5 %, iterations 3 to 10 %, a quarter with
 * outliers, a quarter with slow processes, 15 % with slow boots; a factor that all share in a boot (0.5 %), drift 2 %.
 */
static void one_suite(gsl_rng *r, double spread, unsigned int n, unsigned int slow, double effect, unsigned int confirm, struct suite *sum)
{
	struct hf_model_unit unit[SUITE][MOST], fresh[SUITE][MOST];
	double drift[2][MOST], shared[2][MOST], s2[SUITE], nu[SUITE], p[SUITE], holm[SUITE], d0, s02;
	struct hf_model_fit fit[SUITE];
	struct hf_model_test test[SUITE];
	unsigned int flagged = 0, which[SUITE];
	bool side[2][MOST], fails = false;

	schedule(r, n, LINEAR, 0.02, side[0], drift[0]);
	if (confirm)
		schedule(r, confirm, LINEAR, 0.02, side[1], drift[1]);
	for (unsigned int i = 0; i < MOST; i++)
		shared[0][i] = 0.005 * normal(r), shared[1][i] = 0.005 * normal(r);
	for (unsigned int k = 0; k < SUITE; k++) {
		struct noise v = { .boot = 0.015 * exp(spread * normal(r)), .iteration = 0.03 + 0.07 * gsl_rng_uniform(r) };

		v.outliers = gsl_rng_uniform(r) < 0.25 ? 0.01 : 0;
		v.slow_processes = gsl_rng_uniform(r) < 0.25 ? 0.3 : 0;
		v.slow_boots = gsl_rng_uniform(r) < 0.15 ? 0.3 : 0;
		for (unsigned int i = 0; i < 2 * n; i++)
			unit[k][i] = (struct hf_model_unit){
				boot_value(r, &v) + drift[0][i] + shared[0][i] + (k < slow ? effect * side[0][i] : 0), i, 1, side[0][i]
			};
		for (unsigned int i = 0; i < 2 * confirm; i++)
			fresh[k][i] = (struct hf_model_unit){
				boot_value(r, &v) + drift[1][i] + shared[1][i] + (k < slow ? effect * side[1][i] : 0), i, 1, side[1][i]
			};
		hf_model_fit(unit[k], 2 * n, false, 0, &fit[k]);
		s2[k] = fit[k].s2;
		nu[k] = fit[k].nu;
	}
	hf_model_prior(s2, nu, SUITE, &d0, &s02);
	for (unsigned int k = 0; k < SUITE; k++) {
		double truth = k < slow ? effect : 0;

		hf_model_moderate(&fit[k], d0, s02);
		hf_model_test(&fit[k], LIMIT, &levels, &test[k]);
		p[k] = test[k].p_worse;
		sum->covered += test[k].lo <= truth && truth <= test[k].hi;
		sum->tests++;
		if (test[k].p_worse <= HF_MODEL_CHANGE)
			which[flagged++] = k;
	}
	hf_model_holm(p, SUITE, holm);
	for (unsigned int k = 0; k < SUITE && !confirm; k++) {
		bool rejected = holm[k] <= HF_MODEL_FAMILY && test[k].verdict == HF_MODEL_REGRESSION;

		fails = fails || (rejected && k >= slow);
		sum->found += rejected && k < slow;
	}
	/* second stage: only fresh boots bear the error rate; the first lends its variance */
	for (unsigned int i = 0; i < flagged && confirm; i++) {
		struct hf_model_fit second;

		hf_model_fit(fresh[which[i]], 2 * confirm, false, 0, &second);
		hf_model_pool(&second, fit[which[i]].s2, fit[which[i]].nu);
		hf_model_test(&second, LIMIT, &levels, &test[i]);
		p[i] = test[i].p_worse;
	}
	if (confirm)
		hf_model_holm(p, flagged, holm);
	for (unsigned int i = 0; i < flagged && confirm; i++) {
		bool rejected = holm[i] <= HF_MODEL_FAMILY && test[i].verdict == HF_MODEL_REGRESSION;

		fails = fails || (rejected && which[i] >= slow);
		sum->found += rejected && which[i] < slow;
	}
	sum->fails += fails;
}

/* G2 to G5 */
static void suites(void)
{
	static const unsigned int ns[] = { 3, 5, 10 };
	gsl_rng *r = stream(2);
	char what[96];

	for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		unsigned int reps = times(1500);
		struct suite sum = { 0 };

		for (unsigned int k = 0; k < reps; k++)
			one_suite(r, SPREAD, ns[i], 0, 0, 0, &sum);
		snprintf(what, sizeof(what), "A/A suite of 40 exits 1, n = %u", ns[i]);
		say("G2", what, 100 * sum.fails / reps, -INFINITY, 6, "%");
		snprintf(what, sizeof(what), "coverage of the 95 %% interval in that suite, n = %u", ns[i]);
		say("G3", what, 100 * sum.covered / sum.tests, 94, 98, "%");
	}
	for (int stage = 0; stage < 3; stage++) {
		unsigned int reps = times(600), n = stage == 2 ? 10 : 5;
		struct suite sum = { 0 };

		for (unsigned int k = 0; k < reps; k++)
			one_suite(r, SPREAD, n, SUITE / 10, stage == 2 ? log(1.05) : log(1.10), stage == 1 ? 3 : 0, &sum);
		if (stage == 0)
			say("G4", "+10 % found by the suite's gate, n = 5, Holm", 100 * sum.found / (reps * SUITE / 10), 92, INFINITY, "%");
		else if (stage == 1)
			say("G4", "+10 % found by the suite's gate, n = 5, two stages (3 fresh boots)",
			    100 * sum.found / (reps * SUITE / 10), 95, INFINITY, "%");
		else
			say("G5", "+5 % found by the suite's gate, n = 10", 100 * sum.found / (reps * SUITE / 10), 83, INFINITY, "%");
	}
	for (int n = 3; n <= 5; n += 2) {
		unsigned int reps = times(1000);
		struct suite sum = { 0 };

		for (unsigned int k = 0; k < reps; k++)
			one_suite(r, SPREAD, (unsigned int)n, 0, 0, 3, &sum);
		snprintf(what, sizeof(what), "A/A suite of 40 exits 1, two stages, n = %d", n);
		say("G2", what, 100 * sum.fails / reps, -INFINITY, 6, "%");
	}
	gsl_rng_free(r);
}

/* Boots alone, without what is inside them. */
static void plain_units(gsl_rng *r, unsigned int n, double sd, double effect, struct hf_model_unit *unit)
{
	double drift[MOST];
	bool side[MOST];

	schedule(r, n, NO_DRIFT, 0, side, drift);
	for (unsigned int i = 0; i < 2 * n; i++)
		unit[i] = (struct hf_model_unit){ sd * normal(r) + effect * side[i], i, 1, side[i] };
}

static void equivalence(void)
{
	static const double sds[] = { 0.003, 0.006, 0.01, 0.015, 0.02 };
	gsl_rng *r = stream(3);
	double worst = 0;

	for (unsigned int n = 3; n <= 12; n += 3) {
		for (size_t s = 0; s < sizeof(sds) / sizeof(sds[0]); s++) {
			unsigned int reps = times(20000), wrong = 0;

			for (unsigned int i = 0; i < reps; i++) {
				struct hf_model_unit unit[MOST];
				struct hf_model_test test;
				struct hf_model_fit fit;

				plain_units(r, n, sds[s], i % 2 ? LIMIT : -LIMIT, unit);
				hf_model_fit(unit, 2 * n, false, 0, &fit);
				hf_model_test(&fit, LIMIT, &levels, &test);
				wrong += test.verdict == HF_MODEL_NO_CHANGE;
			}
			worst = fmax(worst, 100.0 * wrong / reps);
		}
	}
	say("G6", "NO CHANGE although it is +2 % or -2 %, n = 3 .. 12, 0.3 to 2 % noise (most)", worst, -INFINITY, 5.5, "%");
	gsl_rng_free(r);
}

/* Looks after 3, 6, 9 and 12 pairs. Return: the verdict; @used: pairs until then. */
static enum hf_model_verdict look(gsl_rng *r, double sd, double effect, const struct hf_model_levels *at, unsigned int *used)
{
	struct hf_model_unit unit[MOST];
	struct hf_model_test test;
	struct hf_model_fit fit;

	plain_units(r, 12, sd, effect, unit);
	for (unsigned int k = 0; k < 4; k++) {
		*used = 3 * (k + 1);
		hf_model_fit(unit, 2 * *used, false, 0, &fit);
		hf_model_test(&fit, LIMIT, &at[k], &test);
		if (test.verdict != HF_MODEL_INCONCLUSIVE)
			return test.verdict;
	}
	return HF_MODEL_INCONCLUSIVE;
}

static void sequential(void)
{
	static const double t[] = { 0.25, 0.5, 0.75, 1 }, sds[] = { 0.01, 0.015, 0.02, 0.03 };
	struct hf_model_levels at[4];
	double change[4], same[4], worst = 0, sum = 0;
	gsl_rng *r = stream(4);
	unsigned int reps = times(20000), used;

	if (hf_looks_levels(HF_MODEL_CHANGE, t, 4, change) || hf_looks_levels(HF_MODEL_SAME, t, 4, same))
		exit(3);
	for (int k = 0; k < 4; k++)
		at[k] = (struct hf_model_levels){ change[k], same[k] };
	for (size_t s = 0; s < sizeof(sds) / sizeof(sds[0]); s++) {
		unsigned int wrong = 0;

		for (unsigned int i = 0; i < reps; i++)
			wrong += look(r, sds[s], 0, at, &used) == HF_MODEL_REGRESSION;
		worst = fmax(worst, 100.0 * wrong / reps);
	}
	say("G7", "A/A, false REGRESSION with looks at 3, 6, 9, 12 boots, 1 to 3 % noise (most)", worst, -INFINITY, 3, "%");
	for (unsigned int i = 0; i < reps; i++) {
		look(r, 0.02, log(1.05), at, &used);
		sum += used;
	}
	say("G7", "boots until +5 % is decided, 2 % noise, of 12 (mean)", sum / reps, -INFINITY, 8, "");
	gsl_rng_free(r);
}

/* ln p99 of a boot's histogram of 20,000 values: a body, and a tail whose weight differs between boots. */
static double tail_value(gsl_rng *r)
{
	static uint64_t count[HF_HIST_BINS];
	static struct hf_bin bin[HF_HIST_BINS];
	double level = 20000 * exp(0.02 * normal(r)), weight = 0.02 * exp(0.15 * normal(r));
	size_t n = 0;

	memset(count, 0, sizeof(count));
	for (int i = 0; i < 20000; i++) {
		double x = level * (1 + 0.05 * normal(r));

		if (gsl_rng_uniform(r) < weight)
			x *= 1.5 + gsl_ran_exponential(r, 0.7);
		count[hf_hist_bin((uint64_t)x)]++;
	}
	for (unsigned int i = 0; i < HF_HIST_BINS; i++)
		if (count[i])
			bin[n++] = (struct hf_bin){ i, count[i] };
	return log(hf_shape_quantile(bin, n, 0.99));
}

static void tails(void)
{
	gsl_rng *r = stream(5);
	unsigned int reps = times(1000), wrong = 0;

	for (unsigned int k = 0; k < reps; k++) {
		struct hf_model_unit unit[MOST];
		struct hf_model_test test;
		struct hf_model_fit fit;

		plain_units(r, 5, 0, 0, unit);
		for (int i = 0; i < 10; i++)
			unit[i].y = tail_value(r);
		hf_model_fit(unit, 10, false, 0, &fit);
		hf_model_test(&fit, log1p(0.1), &levels, &test);
		wrong += test.p <= 0.05;
	}
	say("G9", "A/A of p99 from histograms of 20,000 values, p <= 0.05, n = 5", 100.0 * wrong / reps, -INFINITY, 6, "%");
	gsl_rng_free(r);
}

static void history(void)
{
	static const char *const what[] = { "independent", "3 % spikes", "two modes" };
	gsl_rng *r = stream(6);
	struct hf_shape_step step[40];
	unsigned int reps = times(2000), hit = 0;
	double y[100], first;
	char text[96];
	size_t n;

	for (int kind = 0; kind < 3; kind++) {
		unsigned int wrong = 0;

		for (unsigned int k = 0; k < reps; k++) {
			for (int i = 0; i < 100; i++) {
				y[i] = 0.02 * normal(r);
				if (kind == 1 && gsl_rng_uniform(r) < 0.03)
					y[i] += 0.2;
				if (kind == 2 && gsl_rng_uniform(r) < 0.3)
					y[i] += log(1.06);
			}
			if (hf_shape_steps(y, 100, LIMIT, 0.01, 999, k + 1, step, &n, &first))
				exit(3);
			wrong += n > 0;
		}
		snprintf(text, sizeof(text), "stationary histories of 100 boots with a change point: %s", what[kind]);
		say("G10", text, 100.0 * wrong / reps, -INFINITY, 2, "%");
	}
	for (unsigned int k = 0; k < reps; k++) {
		bool found = false;

		for (int i = 0; i < 100; i++)
			y[i] = 0.02 * normal(r) + (i >= 80 ? log(1.03) : 0);
		if (hf_shape_steps(y, 100, LIMIT, 0.01, 999, k + 1, step, &n, &first))
			exit(3);
		for (size_t i = 0; i < n; i++)
			found = found || (step[i].at >= 78 && step[i].at <= 82);
		hit += found;
	}
	say("G10", "+3 % step 20 boots before the end found, within 2 boots, 2 % noise", 100.0 * hit / reps, 80, INFINITY, "%");
	gsl_rng_free(r);
}

/* A suite's history: no metric has a step, and none is to be listed. */
static void histories(void)
{
	enum { METRICS = 60, BOOTS = 40 };
	gsl_rng *r = stream(8);
	unsigned int reps = times(1000), wrong = 0;

	for (unsigned int k = 0; k < reps; k++) {
		double p[METRICS], q[METRICS], y[BOOTS];
		struct hf_shape_step step[BOOTS];
		bool listed = false;
		size_t n[METRICS];

		for (unsigned int i = 0; i < METRICS; i++) {
			for (unsigned int b = 0; b < BOOTS; b++)
				y[b] = 0.02 * normal(r);
			if (hf_shape_steps(y, BOOTS, LIMIT, HF_STEPS_ALPHA, 4000, k + 1, step, &n[i], &p[i]))
				exit(3);
		}
		if (hf_model_bh(p, METRICS, q))
			exit(3);
		for (unsigned int i = 0; i < METRICS; i++)
			listed = listed || (n[i] && q[i] <= HF_STEPS_FAMILY);
		wrong += listed;
	}
	say("G10", "stationary histories of 60 metrics, 40 boots: one is listed as changed", 100.0 * wrong / reps, -INFINITY, 6, "%");
	gsl_rng_free(r);
}

/* Old boots lend their variance: @effect by pairs of boots, with the F test that the noise has not changed. Return: percent called REGRESSION. */
static double with_history(gsl_rng *r, unsigned int n, double effect)
{
	enum { OLD = 20 };
	unsigned int reps = times(10000), hit = 0;

	for (unsigned int k = 0; k < reps; k++) {
		struct hf_model_unit unit[MOST];
		double old[OLD], mean = 0, s2 = 0;
		struct hf_model_test test;
		struct hf_model_fit fit;

		plain_units(r, n, 0.015, effect, unit);
		for (int i = 0; i < OLD; i++) {
			old[i] = 0.015 * normal(r);
			mean += old[i] / OLD;
		}
		for (int i = 0; i < OLD; i++)
			s2 += (old[i] - mean) * (old[i] - mean) / (OLD - 1);
		hf_model_fit(unit, 2 * n, false, 0, &fit);
		if (hf_model_alike(fit.s2, fit.nu, s2, OLD - 1))
			hf_model_pool(&fit, s2, OLD - 1);
		hf_model_test(&fit, LIMIT, &levels, &test);
		hit += test.verdict == HF_MODEL_REGRESSION;
	}
	return 100.0 * hit / reps;
}

/* What a history is worth with few boots: 59, 87 and 97 % without the F test, which costs some in the comparisons where chance makes it fail. */
static void priors(void)
{
	static const double least[] = { 57, 83, 92 };
	gsl_rng *r = stream(9);
	char what[96];

	for (unsigned int n = 1; n <= 3; n++) {
		snprintf(what, sizeof(what), "A/A, false REGRESSION with 20 old boots, n = %u", n);
		say("G1", what, with_history(r, n, 0), -INFINITY, 3, "%");
		snprintf(what, sizeof(what), "+5 %% found with 20 old boots, 1.5 %% noise, n = %u", n);
		say("F", what, with_history(r, n, log(1.05)), least[n - 1], INFINITY, "%");
	}
	gsl_rng_free(r);
}

/* Sign flips: all of 40 metrics share half of their noise, 8 pairs. */
static void flips(void)
{
	enum { METRICS = 40, PAIRS = 8 };
	gsl_rng *r = stream(10);
	unsigned int reps = times(1000), wrong = 0;

	for (unsigned int k = 0; k < reps; k++) {
		double d[METRICS * PAIRS], p[METRICS], shared[PAIRS];
		bool fails = false;

		for (unsigned int i = 0; i < PAIRS; i++)
			shared[i] = normal(r);
		for (unsigned int i = 0; i < METRICS * PAIRS; i++)
			d[i] = shared[i % PAIRS] + normal(r);
		if (hf_flips_adjust(d, METRICS, PAIRS, k + 1, p))
			exit(3);
		for (unsigned int i = 0; i < METRICS; i++)
			fails = fails || p[i] <= HF_MODEL_FAMILY;
		wrong += fails;
	}
	say("G2", "A/A, 40 metrics that share half their noise, sign flips of 8 pairs", 100.0 * wrong / reps, -INFINITY, 6, "%");
	gsl_rng_free(r);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* One side of G11 as records: each process is a run of its own. */
static void write_side(gsl_rng *r, int side, unsigned int boots, FILE *f)
{
	for (unsigned int k = 0; k < boots; k++) {
		double boot = 0.01 * normal(r);

		for (int i = 0; i < 500; i++) {
			const int bench = i / 5, time = 1755000000 + 1000 * (int)(2 * k + (k + (unsigned int)side) % 2) + bench;
			const double x = 1000 * (bench + 1) * exp(boot + 0.007 * normal(r));
			char same[160];

			snprintf(same, sizeof(same),
				 "\"v\":1,\"run\":\"%d-%u-%d\",\"label\":\"%d\",\"boot\":\"%d-%u\",\"time\":%d,\"bench\":\"b%d\"", side, k,
				 i, side, side, k, time, bench);
			fprintf(f, "{\"type\":\"run\",%s,\"host\":{\"release\":\"6.18\",\"machine\":\"x86_64\",\"hvo\":\"0\"}}\n", same);
			fprintf(f,
				"{\"type\":\"sample\",%s,\"params\":{\"len\":2097152,\"tasks\":1},\"metric\":\"fault_ns\",\"unit\":\"ns\","
				"\"better\":\"lower\",\"exact\":false,\"n\":4000,\"value\":%.9g,\"mean\":%.9g,\"sd\":%.4g,\"p50\":%.9g}\n",
				same, x, x, x / 20, x);
			fprintf(f, "{\"type\":\"end\",\"v\":1,\"run\":\"%d-%u-%d\",\"status\":\"ok\",\"reasons\":[]}\n", side, k, i);
		}
	}
}

/* G11: compare from files to verdicts in a process of its own, 100 benchmarks, 40 boots a side, 5 processes in each, suite's error by 999 sign flips */
static void speed(void)
{
	char path[2][32] = { "/tmp/simulate-XXXXXX", "/tmp/simulate-XXXXXX" };
	char *list[2] = { path[0], path[1] };
	gsl_rng *r = stream(7);
	struct rusage usage;
	int status = -1;
	pid_t pid;

	for (int side = 0; side < 2; side++) {
		int fd = mkstemp(path[side]);
		FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

		if (!f)
			exit(3);
		write_side(r, side, 40, f);
		if (fclose(f))
			exit(3);
	}
	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct hf_rules rules = HF_RULES_DEFAULT;
		struct hf_trial trial;

		rules.options.max_t = true;
		_exit(hf_trial_run("simulate", &rules, (struct hf_trial_paths){ list, 1 }, (struct hf_trial_paths){ list + 1, 1 }, 1,
				   &trial) != HF_JUDGE_OK ||
		      trial.judge.n_results != 100);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status)
		exit(3);
	for (int side = 0; side < 2; side++)
		unlink(path[side]);
	say("G11", "100 benchmarks x 40 boots a side x 5 processes, read and judged with 999 sign flips",
	    (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec),
	    -INFINITY, 1, "s");
	say("G11", "the same, memory", (double)usage.ru_maxrss / 1024, -INFINITY, 200, "MB");
	gsl_rng_free(r);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key != 'e')
		return ARGP_ERR_UNKNOWN;
	if (hf_parse_double(arg, 0.001, 1000, &effort))
		argp_error(state, "--effort must be a number, 0.001 to 1000, not '%s'", arg);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "effort", 'e', "FACTOR", 0, "Replications, as a multiple of the standard ones (default 1: about a minute)", 0 }, { 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		NULL,
		"Simulate what the rules of compare do when the truth is known, and print each goal beside what was reached.\v"
		"Example: simulate --effort=10\n\nExit status: 0 all goals reached, 1 one was missed, 2 usage.",
		NULL,
		NULL,
		NULL
	};

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	printf("%-4s %-80s %-12s %8s\n", "goal", "what", "to reach", "reached");
	alone();
	suites();
	equivalence();
	sequential();
	sequential_order();
	tails();
	history();
	histories();
	priors();
	flips();
	speed();
	printf("%u missed, %.0f s\n", missed, seconds());
	return missed > 0;
}
