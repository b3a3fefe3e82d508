/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Westfall and Young's (1993) step-down procedure on sign flips: under identical kernels the order inside an A/B pair is a coin's, and all metrics of a pair
 * share the coin. What the metrics have in common is thus in the distribution of the largest t, where Holm's procedure assumes the worst.
 */
#ifndef HF_COMPARE_FLIPS_H
#define HF_COMPARE_FLIPS_H

#include <stddef.h>
#include <stdint.h>

#define HF_FLIPS_PAIRS 8 /* of a metric, at least: with fewer there are too few flips */

/**
 * hf_flips_adjust() - p values of "slower", adjusted for the family
 * @d:		difference in pair k of metric i at [i * @pairs + k], larger is worse; NaN where the pair lacks the metric
 * @m, @pairs:	metrics, pairs
 * @p:		set, from 999 flips and the data themselves
 *
 * Return: 0; -EDOM when a metric has fewer than HF_FLIPS_PAIRS pairs; -ENOMEM.
 */
int hf_flips_adjust(const double *d, size_t m, size_t pairs, uint64_t seed, double *p);

#endif
