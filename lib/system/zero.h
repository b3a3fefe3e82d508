/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways to zero memory from user space: the physical limit that clearing in the kernel is held against. */
#ifndef HF_SYSTEM_ZERO_H
#define HF_SYSTEM_ZERO_H

#include <stdbool.h>
#include <stddef.h>

/** Names of the methods, as a list for a parameter of type HF_CHOICE. "best" is whichever is fastest in a trial. */
#define HF_ZERO_METHODS "best|stosb|stosq|memset|avx2|avx512|movnti|avx2-nt|avx512-nt|clzero"

enum hf_zero_method {
	HF_ZERO_BEST,
	HF_ZERO_STOSB,	 /* rep stosb: what clear_page_erms() does (arch/x86/lib/clear_page_64.S) */
	HF_ZERO_STOSQ,	 /* rep stosq: clear_page_rep() */
	HF_ZERO_MEMSET,	 /* the C library's choice */
	HF_ZERO_AVX2,	 /* 32-byte stores */
	HF_ZERO_AVX512,	 /* 64-byte stores: a whole line, no read for ownership where the CPU sees that */
	HF_ZERO_MOVNTI,	 /* 8-byte non-temporal stores */
	HF_ZERO_AVX2_NT, /* 32-byte non-temporal stores */
	HF_ZERO_AVX512_NT, /* 64-byte non-temporal stores */
	HF_ZERO_CLZERO,	 /* AMD's line-zeroing instruction, non-temporal by nature (APM vol. 3) */
	HF_ZERO_COUNT
};

/** typedef hf_zero_fn - zero @len bytes at @p; @p and @len are multiples of 64; non-temporal stores are followed by sfence, which
 * makes them visible to all; ordinary ones are in the caches and coherent, as after the kernel's own clearing */
typedef void hf_zero_fn(void *p, size_t len);

/** hf_zero_name() - the method's word in HF_ZERO_METHODS */
const char *hf_zero_name(enum hf_zero_method method);

/** hf_zero_get() - the function, NULL when this CPU cannot (HF_ZERO_BEST: always NULL, see hf_zero_best()) */
hf_zero_fn *hf_zero_get(enum hf_zero_method method);

/**
 * hf_zero_best() - the fastest method on this memory, by the median of several trials each, taken in turn
 * @p, @len: memory that may be zeroed, mapped and touched already
 * @cold: write the lines back and drop them from the caches before each trial
 */
enum hf_zero_method hf_zero_best(void *p, size_t len, bool cold);

/** hf_zero_flush() - write back and evict every line of [@p, @p+@len) from all caches (clflushopt or clflush); nothing where the CPU has none */
void hf_zero_flush(const void *p, size_t len);

#endif
