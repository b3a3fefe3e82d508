/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statistics of a comparison. The unit is the boot: one number for each, its mean logarithm (or, with zero or negative values, its
 * mean).
 * A larger number is always the worse one: the caller turns the sign where higher is better.
 */
#ifndef HF_COMPARE_MODEL_H
#define HF_COMPARE_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#define HF_MODEL_CHANGE 0.025	/* one-sided level of REGRESSION and of IMPROVEMENT */
#define HF_MODEL_SAME 0.05	/* level of NO CHANGE, on each side */
#define HF_MODEL_FAMILY 0.05	/* Holm's level for the exit status, Benjamini-Hochberg's for the listing */
#define HF_MODEL_SUITE 10	/* metrics it takes to estimate a prior variance */
#define HF_MODEL_VIF_WARN 1.5	/* variance inflation by time from which it is said, */
#define HF_MODEL_VIF_REFUSE 3.0 /* and from which A and B are not comparable: AAA BBB has 4.0 or more */

/**
 * struct hf_model_unit - one boot
 * @y:	its value, larger is worse
 * @t:	when, in any unit; NaN if unknown
 * @w:	its weight, above 0; 1 for equal weights
 * @b:	it belongs to the second side (NEW)
 */
struct hf_model_unit {
	double y, t, w;
	bool b;
};

/**
 * struct hf_model_fit - what the units say
 * @n_a, @n_b:	units on each side
 * @d:		difference, NEW less BASE
 * @s2, @nu:	residual variance of a unit and its degrees of freedom (0: cannot be told, @s2 is NaN)
 * @slope:	change with time, 0 without a time term
 * @c:		the squared standard error of @d is @c times @s2
 * @vif:	1 / (1 - R^2 of the side on time): how much better @d were known without the time term; infinite when time tells the side
 * @timed:	a linear term of time was fitted
 * @welch:	Welch's test, for unequal counts
 * @moderated:	@s2 and @nu hold what the suite adds
 */
struct hf_model_fit {
	unsigned int n_a, n_b;
	double d, s2, nu, slope, c, vif;
	bool timed, welch, moderated;
};

/** enum hf_model_verdict - what is said of a metric */
enum hf_model_verdict { HF_MODEL_REGRESSION, HF_MODEL_IMPROVEMENT, HF_MODEL_NO_CHANGE, HF_MODEL_INCONCLUSIVE };

/** struct hf_model_levels - one-sided levels of a decision; those of a look when looks are sequential */
struct hf_model_levels {
	double change, same;
};

/**
 * struct hf_model_test - inference from a fit
 * @se:			standard error of @d
 * @lo, @hi:		interval of 1 - 2 * change (95 %)
 * @lo_same, @hi_same:	interval of 1 - 2 * same (90 %)
 * @p:			two-sided
 * @p_worse, @p_better:	one-sided
 * @mde:		effect that is found with probability 0.8 at the level @change
 * @verdict:		of the metric alone
 * @confirmed:		even the bound is beyond the limit
 * @real:		NO CHANGE, yet the difference is not zero
 */
struct hf_model_test {
	double se, lo, hi, lo_same, hi_same, p, p_worse, p_better, mde;
	enum hf_model_verdict verdict;
	bool confirmed, real;
};

/**
 * hf_model_fit() - difference between the sides
 * @unit, @n:	all units, in any order
 * @no_time:	leave the time term out
 * @floor:	smallest residual variance to believe (resolution of the clock); 0 for none
 *
 * Least squares with side and time (from 6 units on, when time varies); Welch (1947) when the counts differ by more than a half.
 *
 * Return: 0, or -ENODATA when a side is empty (then only the counts are set).
 */
int hf_model_fit(const struct hf_model_unit *unit, size_t n, bool no_time, double floor, struct hf_model_fit *fit);

/**
 * hf_model_prior() - what the variances of a suite have in common (Smyth 2004, doi 10.2202/1544-6115.1027)
 * @s2, @nu:	residual variances and their degrees of freedom; those that are 0 are left out
 * @d0, @s02:	degrees of freedom (infinite when the variances differ by no more than chance) and variance of the prior
 *
 * Return: 0, or -ENODATA when fewer than two are left.
 */
int hf_model_prior(const double *s2, const double *nu, size_t m, double *d0, double *s02);

/**
 * hf_model_moderate() - use the prior for one metric
 *
 * The prior never outweighs the data, and a variance never becomes smaller: plain moderation lets the noisiest tenth of a suite fire three times
 * too often. A fit by Welch's test is left as it is.
 */
void hf_model_moderate(struct hf_model_fit *fit, double d0, double s02);

/**
 * hf_model_pool() - use the variance of other units of the same metric, too: @s2 on @nu degrees of freedom (an earlier stage, a history)
 */
void hf_model_pool(struct hf_model_fit *fit, double s2, double nu);

/** hf_model_alike() - two variances do not differ by more than chance: F test, two-sided at 5 %; true where there is nothing to test */
bool hf_model_alike(double s2_a, double nu_a, double s2_b, double nu_b);

/** hf_model_trigamma_inverse() - x with psi'(x) = @y, for @y > 0 */
double hf_model_trigamma_inverse(double y);

/**
 * hf_model_test() - decide
 * @limit: smallest difference that matters, in the units of @d, 0 or more
 *
 * REGRESSION: d > 0 at the level @levels->change, and d >= @limit. IMPROVEMENT is its mirror image. NO CHANGE: the interval of 1 - 2 * same
 * is within -limit .. limit (two one-sided tests, Schuirmann 1987, doi 10.1007/BF01068419). INCONCLUSIVE: everything else. At a true difference of exactly
 * @limit a REGRESSION is a coin flip.
 */
void hf_model_test(const struct hf_model_fit *fit, double limit, const struct hf_model_levels *levels, struct hf_model_test *test);

/** hf_model_word() - "REGRESSION", "IMPROVEMENT", "NO CHANGE", "INCONCLUSIVE" */
const char *hf_model_word(enum hf_model_verdict verdict);

/**
 * hf_model_holm() - p values adjusted for a family (Holm 1979); a test is rejected at level a when its adjusted p is at most a. Return: 0,
 * -ENOMEM.
 */
int hf_model_holm(const double *p, size_t m, double *adjusted);

/** hf_model_bh() - p values adjusted for the false discovery rate (Benjamini and Hochberg 1995). Return: 0, -ENOMEM. */
int hf_model_bh(const double *p, size_t m, double *adjusted);

/**
 * hf_model_mde() - effect found with probability 0.8 one-sided at @level: (t_{1-level} + t_{0.8}) @s sqrt(1/n_a + 1/n_b), on @nu degrees of
 * freedom
 */
double hf_model_mde(double s, double nu, unsigned int n_a, unsigned int n_b, double level);

/** enum hf_model_aim - what boots are needed for */
enum hf_model_aim { HF_MODEL_DETECT, HF_MODEL_PROVE };

/**
 * hf_model_boots() - boots a side, with probability 0.8, with 2n-3 degrees of freedom
 * @s:		standard deviation of a boot's value
 * @effect:	to detect a difference of that size, or to prove that there is none of that size when there is none at all
 *
 * Return: 3 or more; 100000 when it takes that many or more; 0 when @effect is not above 0 or @s is unknown.
 */
unsigned int hf_model_boots(double s, double effect, enum hf_model_aim aim);

/**
 * struct hf_model_parts - variance of a boot's value by what it comes from; 0 where a level cannot be told from the one below
 * @boot, @process, @iteration:	their parts of the variance of one boot's value
 */
struct hf_model_parts {
	double boot, process, iteration;
};

/**
 * hf_model_parts() - Kalibera and Jones (2013, doi 10.1145/2464157.2464160), on logarithms
 * @s1:	mean variance of the iterations of a process; 0 if unknown
 * @s2:	mean variance of the values of processes in a boot
 * @s3:	variance of the values of boots
 * @iterations, @processes: in a process, in a boot
 */
struct hf_model_parts hf_model_parts(double s1, double s2, double s3, double iterations, double processes);

#endif
