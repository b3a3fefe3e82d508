/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at the data more than once without paying for it in false alarms. */
#ifndef HF_COMPARE_LOOKS_H
#define HF_COMPARE_LOOKS_H

#include <stddef.h>

/**
 * hf_looks_spent() - level that may be used up at information @t of 1, of the whole level @alpha
 *
 * Lan and DeMets' (1983) function of O'Brien and Fleming's type: 2 (1 - Phi(z_{alpha/2} / sqrt t)).
 */
double hf_looks_spent(double alpha, double t);

/**
 * hf_looks_levels() - one-sided nominal level of each look, by Armitage, McPherson and Rowe's (1969) recursion for the normal distribution
 * @alpha:	one-sided level of all looks together
 * @t, @n:	information at each look, ascending, the last is at most 1
 * @level:	set
 *
 * The levels are then used with Student's t (Reboussin et al. 2000).
 *
 * Return: 0, -EINVAL for a @t that does not ascend within 0..1, -ENOMEM.
 */
int hf_looks_levels(double alpha, const double *t, size_t n, double *level);

#endif
