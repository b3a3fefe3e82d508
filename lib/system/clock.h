/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clock of every timed region: the invariant TSC read in program order where the CPU has one (Intel SDM vol. 3 17.17, AMD APM vol. 2
 * 13.2.4: lfence orders rdtsc), CLOCK_MONOTONIC_RAW elsewhere. Ticks are converted to nanoseconds outside the timed region.
 */
#ifndef HF_SYSTEM_CLOCK_H
#define HF_SYSTEM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/**
 * struct hf_clock - what hf_clock_init() found out
 * @tsc:	ticks are TSC cycles; otherwise they are nanoseconds of CLOCK_MONOTONIC_RAW
 * @source:	"tsc" or "monotonic_raw"
 * @hz:		ticks per second
 * @ns_per_tick: 1e9 / @hz
 * @cost_ns:	median of an empty timed region: what every timed interval includes
 * @cost_p99_ns: 99th percentile of the same
 * @res_ns:	smallest step the clock can show
 * @kernel:	the kernel's current clocksource, "" if unknown
 */
struct hf_clock {
	bool tsc;
	const char *source;
	double hz;
	double ns_per_tick;
	double cost_ns;
	double cost_p99_ns;
	double res_ns;
	char kernel[32];
};

extern struct hf_clock hf_clock;

/** hf_clock_init() - calibrate against CLOCK_MONOTONIC_RAW (about 20 ms) and measure the clock's own cost. Call it pinned. Return: 0. */
int hf_clock_init(void);

/** hf_clock_raw_ns() - CLOCK_MONOTONIC_RAW in ns; a vDSO call */
static inline uint64_t hf_clock_raw_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/** hf_clock_now() - ordered: everything before is done, nothing after has begun. Return: ticks. */
static inline uint64_t hf_clock_now(void)
{
#if defined(__x86_64__)
	if (__builtin_expect(hf_clock.tsc, 1)) {
		uint64_t t;

		_mm_lfence();
		t = __rdtsc();
		_mm_lfence();
		return t;
	}
#endif
	return hf_clock_raw_ns();
}

/** hf_clock_peek() - unordered and cheap, for spinning up to a deadline. Return: ticks. */
static inline uint64_t hf_clock_peek(void)
{
#if defined(__x86_64__)
	if (__builtin_expect(hf_clock.tsc, 1))
		return __rdtsc();
#endif
	return hf_clock_raw_ns();
}

/** hf_clock_ns() - a length in ticks as nanoseconds, rounded */
static inline uint64_t hf_clock_ns(uint64_t ticks)
{
	return (uint64_t)((double)ticks * hf_clock.ns_per_tick + 0.5);
}

/** hf_clock_ticks() - a length in nanoseconds as ticks, rounded */
static inline uint64_t hf_clock_ticks(uint64_t ns)
{
	return (uint64_t)((double)ns / hf_clock.ns_per_tick + 0.5);
}

/** hf_clock_relax() - the CPU's hint that this is a spin loop */
static inline void hf_clock_relax(void)
{
#if defined(__x86_64__)
	_mm_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#endif
}

#endif
