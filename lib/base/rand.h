/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seeded random numbers (xoshiro256**, Blackman & Vigna 2018), the same on every machine for the same seed. */
#ifndef HF_BASE_RAND_H
#define HF_BASE_RAND_H

#include <stdint.h>

struct hf_rand {
	uint64_t s[4];
};

/** hf_rand_seed() - start a stream; @stream tells streams of one seed apart (a task's index) */
void hf_rand_seed(struct hf_rand *r, uint64_t seed, uint64_t stream);

/** hf_rand_next() - 64 uniform bits */
uint64_t hf_rand_next(struct hf_rand *r);

/** hf_rand_below() - uniform in 0..@n-1; @n must not be 0. No modulo bias (Lemire 2019). */
uint64_t hf_rand_below(struct hf_rand *r, uint64_t n);

/** hf_rand_fresh() - a seed from the kernel, for runs that were given none; the seed is recorded */
uint64_t hf_rand_fresh(void);

#endif
