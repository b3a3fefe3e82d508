// SPDX-License-Identifier: GPL-2.0-or-later
/* Calibration of the clock and its own cost. */
#include "system/clock.h"

#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/file.h"

#define CAL_NS 5000000u
#define COST_TRIES 4096

struct hf_clock hf_clock = { .source = "monotonic_raw", .hz = 1e9, .ns_per_tick = 1 };

#if defined(__x86_64__)
/* CPUID 0x80000007 EDX bit 8: the TSC runs at one rate in all power states. The kernel may know better: it watches the TSC against other clocks. */
static bool tsc_usable(void)
{
	unsigned int a, b, c, d = 0;
	char avail[128];

	if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & (1u << 8)))
		return false;
	if (hf_file_read("/sys/devices/system/clocksource/clocksource0/available_clocksource", avail, sizeof(avail)) < 0)
		return true;
	for (char *rest, *word = strtok_r(avail, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		if (strcmp(word, "tsc") == 0)
			return true;
	return false;
}

/* One reading of both clocks, the TSC bracketed tightly: the closest of several tries. */
static void read_both(uint64_t *tsc, uint64_t *ns)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 32; i++) {
		uint64_t a = __rdtsc(), m = hf_clock_raw_ns(), b = __rdtsc();

		if (b - a < best) {
			best = b - a;
			*tsc = a + (b - a) / 2;
			*ns = m;
		}
	}
}

static void calibrate_tsc(void)
{
	uint64_t t0 = 0, n0 = 0, t1 = 0, n1 = 0;
	double rate[3];

	for (int i = 0; i < 3; i++) { /* the median of three: one preemption does no harm */
		read_both(&t0, &n0);
		while (hf_clock_raw_ns() - n0 < CAL_NS)
			hf_clock_relax();
		read_both(&t1, &n1);
		rate[i] = (double)(t1 - t0) / (double)(n1 - n0) * 1e9;
	}
	if ((rate[0] > rate[1]) == (rate[1] > rate[2]))
		hf_clock.hz = rate[1];
	else if ((rate[1] > rate[0]) == (rate[0] > rate[2]))
		hf_clock.hz = rate[0];
	else
		hf_clock.hz = rate[2];
	hf_clock.tsc = true;
	hf_clock.source = "tsc";
}
#endif

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void measure_cost(void)
{
	static uint64_t cost[COST_TRIES];
	uint64_t res = UINT64_MAX;

	for (int warm = 0; warm < 2; warm++) {
		for (int i = 0; i < COST_TRIES; i++) {
			uint64_t a = hf_clock_now();

			cost[i] = hf_clock_now() - a;
		}
	}
	qsort(cost, COST_TRIES, sizeof(cost[0]), by_value);
	for (int i = 1; i < COST_TRIES; i++)
		if (cost[i] != cost[i - 1] && cost[i] - cost[i - 1] < res)
			res = cost[i] - cost[i - 1];
	if (res == UINT64_MAX)
		res = 1;
	hf_clock.cost_ns = (double)cost[COST_TRIES / 2] * hf_clock.ns_per_tick;
	hf_clock.cost_p99_ns = (double)cost[COST_TRIES * 99 / 100] * hf_clock.ns_per_tick;
	hf_clock.res_ns = (double)res * hf_clock.ns_per_tick;
}

int hf_clock_init(void)
{
	if (hf_file_read("/sys/devices/system/clocksource/clocksource0/current_clocksource", hf_clock.kernel, sizeof(hf_clock.kernel)) < 0)
		hf_clock.kernel[0] = '\0';
#if defined(__x86_64__)
	if (tsc_usable())
		calibrate_tsc();
#endif
	hf_clock.ns_per_tick = 1e9 / hf_clock.hz;
	measure_cost();
	return 0;
}
