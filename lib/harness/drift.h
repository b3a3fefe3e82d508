/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Law "memory": bytes that are neither free nor accounted for (hf_account_lost()), before a run, during it and afterwards.
 *
 * Readings are too high rather than too low: pages on their way count as lost. So low ones are compared, the second lowest of many; they agree within a few 100 kB while other processes allocate
 * and free gigabytes, and 1.25 MiB more than before is too much: one huge page of 2 MiB, once in a run, is missed by nobody. What cannot be told from a loss is memory without a kind that
 * somebody else takes during the run and keeps: buffers of pipes and sockets, drivers' memory. Where such memory comes and goes it shows during the run, and its greatest fall
 * is added to the bound, up to 32 MiB. So is the growth of MemTotal: with vmemmap optimisation, memory that the kernel had reserved at boot becomes ordinary memory, and stays so. A huge zero page that
 * was allocated meanwhile is given as such growth, too.
 */
#ifndef HF_HARNESS_DRIFT_H
#define HF_HARNESS_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#define HF_DRIFT_LEAST (INT64_C(5) << 18)
#define HF_DRIFT_MOST (INT64_C(32) << 20)

/** struct hf_low - the two lowest readings so far; start with HF_LOW_NONE */
struct hf_low {
	int64_t first, second;
};
#define HF_LOW_NONE ((struct hf_low){ INT64_MAX, INT64_MAX })

/**
 * struct hf_drift - what is known of a run
 * @before, @total: unaccounted bytes and MemTotal before it
 * @top:	highest low of a stretch of it so far; @fall: greatest difference between such a low and a later one
 * @now:	readings of the present stretch, which began at @since (ns)
 * @after:	readings after it
 * @grown:	MemTotal's growth until the last of these
 */
struct hf_drift {
	int64_t before, total, top, fall, grown;
	struct hf_low now, after;
	uint64_t since;
};

/** hf_low_add() - one more reading */
void hf_low_add(struct hf_low *low, int64_t bytes);

/** hf_drift_start() - the readings before the run, and MemTotal with them */
void hf_drift_start(struct hf_drift *d, const struct hf_low *before, int64_t total);

/** hf_drift_during() - a reading at @ns. Lows are taken of stretches of two seconds. */
void hf_drift_during(struct hf_drift *d, int64_t bytes, uint64_t ns);

/** hf_drift_after() - a reading afterwards. Return: whether no more than may be is missing, by all of these. The first one alone says no. */
bool hf_drift_after(struct hf_drift *d, int64_t bytes, int64_t total);

/** hf_drift_bytes() - how much more was unaccounted for after the run than before; 0 without two readings */
int64_t hf_drift_bytes(const struct hf_drift *d);

/** hf_drift_bound() - how much it may be */
int64_t hf_drift_bound(const struct hf_drift *d);

#endif
