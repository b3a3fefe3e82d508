// SPDX-License-Identifier: GPL-2.0-or-later
/* Ways to zero memory from user space. */
#include "system/zero.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#include "system/clock.h"

#define TRIALS 7

static const char *const names[HF_ZERO_COUNT] = { "best", "stosb", "stosq", "memset", "avx2", "avx512", "movnti", "avx2-nt", "avx512-nt", "clzero" };

const char *hf_zero_name(enum hf_zero_method method)
{
	return names[method];
}

static void by_memset(void *p, size_t len)
{
	memset(p, 0, len);
	__asm__ volatile("" ::"r"(p) : "memory"); /* the zeros are wanted */
}

#if defined(__x86_64__)

static void by_stosb(void *p, size_t len)
{
	__asm__ volatile("rep stosb" : "+D"(p), "+c"(len) : "a"(0) : "memory");
}

static void by_stosq(void *p, size_t len)
{
	size_t n = len / 8;

	__asm__ volatile("rep stosq" : "+D"(p), "+c"(n) : "a"(0) : "memory");
}

__attribute__((target("avx2"))) static void by_avx2(void *p, size_t len)
{
	__m256i zero = _mm256_setzero_si256();

	for (char *q = p, *end = q + len; q < end; q += 64) {
		_mm256_store_si256((__m256i *)q, zero);
		_mm256_store_si256((__m256i *)(q + 32), zero);
	}
	__asm__ volatile("" ::: "memory");
}

__attribute__((target("avx512f"))) static void by_avx512(void *p, size_t len)
{
	__m512i zero = _mm512_setzero_si512();

	for (char *q = p, *end = q + len; q < end; q += 64)
		_mm512_store_si512(q, zero);
	__asm__ volatile("" ::: "memory");
}

static void by_movnti(void *p, size_t len)
{
	for (long long *q = p, *end = q + len / 8; q < end; q += 8)
		for (int i = 0; i < 8; i++)
			_mm_stream_si64(q + i, 0);
	_mm_sfence();
}

__attribute__((target("avx2"))) static void by_avx2_nt(void *p, size_t len)
{
	__m256i zero = _mm256_setzero_si256();

	for (char *q = p, *end = q + len; q < end; q += 64) {
		_mm256_stream_si256((__m256i *)q, zero);
		_mm256_stream_si256((__m256i *)(q + 32), zero);
	}
	_mm_sfence();
}

__attribute__((target("avx512f"))) static void by_avx512_nt(void *p, size_t len)
{
	__m512i zero = _mm512_setzero_si512();

	for (char *q = p, *end = q + len; q < end; q += 64)
		_mm512_stream_si512((void *)q, zero);
	_mm_sfence();
}

static void by_clzero(void *p, size_t len)
{
	for (char *q = p, *end = q + len; q < end; q += 64)
		__asm__ volatile(".byte 0x0f, 0x01, 0xfc" ::"a"(q) : "memory"); /* clzero: the assembler may not know it */
	_mm_sfence();
}

/* CPUID Fn8000_0008 EBX bit 0 */
static bool has_clzero(void)
{
	unsigned int a, b = 0, c, d;

	return __get_cpuid(0x80000008, &a, &b, &c, &d) && (b & 1);
}

/* CPUID Fn7 EBX bit 23 */
static bool has_clflushopt(void)
{
	unsigned int a, b = 0, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 23));
}

__attribute__((target("clflushopt"))) static void flush_opt(const char *p, const char *end)
{
	for (; p < end; p += 64)
		_mm_clflushopt((void *)(uintptr_t)p);
}

void hf_zero_flush(const void *p, size_t len)
{
	const char *q = p, *end = q + len;

	if (has_clflushopt())
		flush_opt(q, end);
	else
		for (; q < end; q += 64)
			_mm_clflush(q);
	_mm_mfence();
}

hf_zero_fn *hf_zero_get(enum hf_zero_method method)
{
	switch (method) {
	case HF_ZERO_STOSB:
		return by_stosb;
	case HF_ZERO_STOSQ:
		return by_stosq;
	case HF_ZERO_MEMSET:
		return by_memset;
	case HF_ZERO_AVX2:
		return __builtin_cpu_supports("avx2") ? by_avx2 : NULL;
	case HF_ZERO_AVX512:
		return __builtin_cpu_supports("avx512f") ? by_avx512 : NULL;
	case HF_ZERO_MOVNTI:
		return by_movnti;
	case HF_ZERO_AVX2_NT:
		return __builtin_cpu_supports("avx2") ? by_avx2_nt : NULL;
	case HF_ZERO_AVX512_NT:
		return __builtin_cpu_supports("avx512f") ? by_avx512_nt : NULL;
	case HF_ZERO_CLZERO:
		return has_clzero() ? by_clzero : NULL;
	default:
		return NULL;
	}
}

#else

void hf_zero_flush(const void *p, size_t len)
{
	(void)p;
	(void)len;
}

hf_zero_fn *hf_zero_get(enum hf_zero_method method)
{
	return method == HF_ZERO_MEMSET ? by_memset : NULL;
}

#endif

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

enum hf_zero_method hf_zero_best(void *p, size_t len, bool cold)
{
	uint64_t ticks[HF_ZERO_COUNT][TRIALS];
	enum hf_zero_method best = HF_ZERO_MEMSET;

	for (int trial = 0; trial < TRIALS; trial++) {
		for (int m = HF_ZERO_STOSB; m < HF_ZERO_COUNT; m++) {
			hf_zero_fn *zero = hf_zero_get(m);
			uint64_t start;

			if (!zero)
				continue;
			if (cold)
				hf_zero_flush(p, len);
			else
				by_memset(p, len);
			start = hf_clock_now();
			zero(p, len);
			ticks[m][trial] = hf_clock_now() - start;
		}
	}
	for (int m = HF_ZERO_STOSB; m < HF_ZERO_COUNT; m++)
		if (hf_zero_get(m))
			qsort(ticks[m], TRIALS, sizeof(ticks[m][0]), by_value);
	for (int m = HF_ZERO_STOSB; m < HF_ZERO_COUNT; m++) {
		if (!hf_zero_get(m))
			continue;
		if (ticks[m][TRIALS / 2] < ticks[best][TRIALS / 2])
			best = m;
	}
	return best;
}
