/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intervals for what a run states: over the values of its repeats, and for shares. */
#ifndef HF_MEASURE_SUMMARY_H
#define HF_MEASURE_SUMMARY_H

#include <stdint.h>

/** hf_summary_t975() - 97.5 % quantile of Student's t; NaN for @df 0 (table to 30, Cornish-Fisher beyond; error below 1e-4) */
double hf_summary_t975(unsigned int df);

/**
 * hf_summary_interval() - 95 % interval for the location @value from the spread of the repeats
 * @value: the location that is reported
 * @rep: location of each repeat (each its own process)
 * @n: how many
 * @lo, @hi: set; NaN when @n < 2
 *
 * On the log scale when all are positive (effects are ratios), else on the plain one: value * exp(+-t s / sqrt n) or value +- t s / sqrt n.
 */
void hf_summary_interval(double value, const double *rep, unsigned int n, double *lo, double *hi);

/** hf_summary_wilson() - 95 % Wilson score interval for @hits of @n (Wilson 1927); 0..1 when @n is 0 */
void hf_summary_wilson(uint64_t hits, uint64_t n, double *lo, double *hi);

/** hf_summary_upper() - upper 95 % bound on a probability that was seen 0 times in @n (1 - 0.05^(1/n), Clopper-Pearson); 1 when @n is 0 */
double hf_summary_upper(uint64_t n);

#endif
