// SPDX-License-Identifier: GPL-2.0-or-later
/* The statistics of a comparison. */
#include "compare/lib/model.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BOOTS 100000
#define TIMED_FROM 6 /* units; with fewer a time term leaves too few degrees of freedom */

/* Beyond this many degrees of freedom Student's t is the normal distribution, and gsl's t becomes slow and then wrong. */
#define NORMAL_FROM 1e7

static double t_upper(double x, double nu)
{
	return nu > NORMAL_FROM ? gsl_cdf_ugaussian_Q(x) : gsl_cdf_tdist_Q(x, nu);
}

static double t_quantile(double upper, double nu)
{
	return nu > NORMAL_FROM ? gsl_cdf_ugaussian_Qinv(upper) : gsl_cdf_tdist_Qinv(upper, nu);
}

/* Weighted sums of products of deviations from the weighted means. */
struct sums {
	double gg, gt, tt, gy, ty, yy;
};

static struct sums sums(const struct hf_model_unit *unit, size_t n)
{
	double w = 0, g = 0, t = 0, y = 0;
	struct sums s = { 0 };

	for (size_t i = 0; i < n; i++) {
		w += unit[i].w;
		g += unit[i].w * unit[i].b;
		t += unit[i].w * unit[i].t;
		y += unit[i].w * unit[i].y;
	}
	for (size_t i = 0; i < n; i++) {
		double dg = unit[i].b - g / w, dt = unit[i].t - t / w, dy = unit[i].y - y / w, u = unit[i].w * (double)n / w;

		s.gg += u * dg * dg;
		s.gt += u * dg * dt;
		s.tt += u * dt * dt;
		s.gy += u * dg * dy;
		s.ty += u * dt * dy;
		s.yy += u * dy * dy;
	}
	return s;
}

/* A sum of squares that is nothing but rounding is zero: a metric that never varies must not look like one that hardly does. */
static double variance(double ss, double whole, double nu)
{
	return nu > 0 ? ss > 1e-14 * whole ? ss / nu : 0 : NAN;
}

static void fit_linear(const struct hf_model_unit *unit, size_t n, bool timed, struct hf_model_fit *fit)
{
	struct sums s = sums(unit, n);
	double gg = s.gg, gy = s.gy, yy = s.yy, whole = 0;

	for (size_t i = 0; i < n; i++)
		whole += unit[i].y * unit[i].y;
	if (timed) {
		gg -= s.gt * s.gt / s.tt;
		gy -= s.gt * s.ty / s.tt;
		yy -= s.ty * s.ty / s.tt;
	}
	fit->d = gy / gg;
	fit->c = 1 / gg;
	fit->nu = n > (timed ? 3u : 2u) ? (double)n - (timed ? 3 : 2) : 0;
	fit->s2 = variance(yy - gy * gy / gg, whole, fit->nu);
	fit->slope = timed ? (s.ty - fit->d * s.gt) / s.tt : 0;
	fit->timed = timed;
}

static void fit_welch(const struct hf_model_unit *unit, size_t n, struct hf_model_fit *fit)
{
	double mean[2] = { 0 }, ss[2] = { 0 }, v[2], count[2] = { fit->n_a, fit->n_b };

	for (size_t i = 0; i < n; i++)
		mean[unit[i].b] += unit[i].y / count[unit[i].b];
	for (size_t i = 0; i < n; i++)
		ss[unit[i].b] += (unit[i].y - mean[unit[i].b]) * (unit[i].y - mean[unit[i].b]);
	for (int k = 0; k < 2; k++)
		v[k] = variance(ss[k], count[k] * mean[k] * mean[k], count[k] - 1) / count[k];
	fit->d = mean[1] - mean[0];
	fit->c = 1 / count[0] + 1 / count[1];
	fit->s2 = (v[0] + v[1]) / fit->c;
	if (v[0] + v[1] > 0)
		fit->nu = (v[0] + v[1]) * (v[0] + v[1]) / (v[0] * v[0] / (count[0] - 1) + v[1] * v[1] / (count[1] - 1));
	else
		fit->nu = fmin(count[0], count[1]) - 1;
	fit->welch = true;
}

int hf_model_fit(const struct hf_model_unit *unit, size_t n, bool no_time, double floor, struct hf_model_fit *fit)
{
	bool clock = true;
	double most = 0;
	struct sums s;

	*fit = (struct hf_model_fit){ .d = NAN, .s2 = NAN, .c = NAN, .vif = 1 };
	for (size_t i = 0; i < n; i++) {
		fit->n_a += !unit[i].b;
		fit->n_b += unit[i].b;
		clock = clock && isfinite(unit[i].t);
	}
	if (!fit->n_a || !fit->n_b)
		return -ENODATA;
	s = sums(unit, n);
	clock = clock && s.tt > 0;
	if (clock) {
		double left = s.gg - s.gt * s.gt / s.tt;

		fit->vif = left > 1e-9 * s.gg ? s.gg / left : INFINITY;
	}
	if (fit->n_a > 1 && fit->n_b > 1 && (fit->n_a > 1.5 * fit->n_b || fit->n_b > 1.5 * fit->n_a))
		fit_welch(unit, n, fit);
	else
		fit_linear(unit, n, clock && !no_time && isfinite(fit->vif) && n >= TIMED_FROM, fit);
	for (size_t i = 0; i < n; i++)
		most = fmax(most, fabs(unit[i].y));
	if (fabs(fit->d) <= 1e-14 * most) /* rounding is no difference, either */
		fit->d = 0;
	if (fit->nu > 0)
		fit->s2 = fmax(fit->s2, floor);
	return 0;
}

bool hf_model_alike(double s2_a, double nu_a, double s2_b, double nu_b)
{
	if (!(nu_a > 0) || !(nu_b > 0))
		return true;
	if (!(s2_a > 0) || !(s2_b > 0))
		return !(s2_a > 0) && !(s2_b > 0);
	return gsl_cdf_fdist_Q(s2_a / s2_b, nu_a, nu_b) >= 0.025 && gsl_cdf_fdist_P(s2_a / s2_b, nu_a, nu_b) >= 0.025;
}

double hf_model_trigamma_inverse(double y)
{
	double x;

	/*
	 * psi' is 1/x + 1/(2 x^2) for large and 1/x^2 for small x; between, Newton's steps on 1/psi', which is convex and nearly linear
	 * (Smyth 2004)
	 */
	if (y > 1e7)
		return 1 / sqrt(y);
	if (y < 1e-6)
		return 1 / y;
	x = 0.5 + 1 / y;
	for (int i = 0; i < 60; i++) {
		double tri = gsl_sf_psi_1(x), step = tri * (1 - tri / y) / gsl_sf_psi_n(2, x);

		x += step;
		if (fabs(step) < 1e-13 * x)
			break;
	}
	return x;
}

int hf_model_prior(const double *s2, const double *nu, size_t m, double *d0, double *s02)
{
	double mean = 0, ss = 0, tri = 0, v;
	size_t n = 0;

	for (size_t i = 0; i < m; i++) { /* Welford's recursion: one pass */
		double e, old = mean;

		if (!(s2[i] > 0) || !(nu[i] > 0))
			continue;
		n++;
		e = log(s2[i]) - gsl_sf_psi(nu[i] / 2) + log(nu[i] / 2);
		mean += (e - mean) / (double)n;
		ss += (e - old) * (e - mean);
		tri += gsl_sf_psi_1(nu[i] / 2);
	}
	if (n < 2)
		return -ENODATA;
	v = ss / (double)(n - 1) - tri / (double)n;
	if (v <= 0) {
		*d0 = INFINITY;
		*s02 = exp(mean);
		return 0;
	}
	*d0 = 2 * hf_model_trigamma_inverse(v);
	*s02 = exp(mean + gsl_sf_psi(*d0 / 2) - log(*d0 / 2));
	return 0;
}

void hf_model_moderate(struct hf_model_fit *fit, double d0, double s02)
{
	if (fit->welch || !(fit->nu > 0))
		return;
	d0 = fmin(d0, fit->nu);
	fit->s2 = fmax(fit->s2, (d0 * s02 + fit->nu * fit->s2) / (d0 + fit->nu));
	fit->nu += d0;
	fit->moderated = true;
}

void hf_model_pool(struct hf_model_fit *fit, double s2, double nu)
{
	if (fit->nu > 0 && nu > 0)
		fit->s2 = (fit->nu * fit->s2 + nu * s2) / (fit->nu + nu);
	else if (nu > 0)
		fit->s2 = s2;
	fit->nu += nu;
}

void hf_model_test(const struct hf_model_fit *fit, double limit, const struct hf_model_levels *levels, struct hf_model_test *test)
{
	double d = fit->d, change, same;

	*test = (struct hf_model_test){ .se = NAN,
					.lo = NAN,
					.hi = NAN,
					.lo_same = NAN,
					.hi_same = NAN,
					.p = NAN,
					.p_worse = NAN,
					.p_better = NAN,
					.mde = NAN,
					.verdict = HF_MODEL_INCONCLUSIVE };
	if (!(fit->nu > 0) || !isfinite(d))
		return;
	test->se = sqrt(fit->s2 * fit->c);
	change = t_quantile(levels->change, fit->nu);
	same = t_quantile(levels->same, fit->nu);
	test->lo = d - change * test->se;
	test->hi = d + change * test->se;
	test->lo_same = d - same * test->se;
	test->hi_same = d + same * test->se;
	if (test->se > 0) {
		test->p_worse = t_upper(d / test->se, fit->nu);
		test->p_better = t_upper(-d / test->se, fit->nu);
	} else { /* both sides never vary */
		test->p_worse = d > 0 ? 0 : d < 0 ? 1 : 0.5;
		test->p_better = 1 - test->p_worse;
	}
	test->p = fmin(1, 2 * fmin(test->p_worse, test->p_better));
	test->mde = (change + t_quantile(0.2, fit->nu)) * test->se;
	if (test->lo > 0 && d >= limit)
		test->verdict = HF_MODEL_REGRESSION;
	else if (test->hi < 0 && d <= -limit)
		test->verdict = HF_MODEL_IMPROVEMENT;
	else if ((test->lo_same > -limit && test->hi_same < limit) || (test->se == 0 && d == 0))
		test->verdict = HF_MODEL_NO_CHANGE;
	test->confirmed = (test->verdict == HF_MODEL_REGRESSION && test->lo >= limit) ||
			  (test->verdict == HF_MODEL_IMPROVEMENT && test->hi <= -limit);
	test->real = test->verdict == HF_MODEL_NO_CHANGE && (test->lo > 0 || test->hi < 0);
}

const char *hf_model_word(enum hf_model_verdict verdict)
{
	static const char *const word[] = { "REGRESSION", "IMPROVEMENT", "NO CHANGE", "INCONCLUSIVE" };

	return word[verdict];
}

struct ranked {
	double p;
	size_t at;
};

static int by_p(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->p, y = ((const struct ranked *)b)->p;

	return x < y ? -1 : x > y;
}

static struct ranked *rank(const double *p, size_t m)
{
	struct ranked *r = calloc(m + 1, sizeof(*r));

	for (size_t i = 0; r && i < m; i++)
		r[i] = (struct ranked){ p[i], i };
	if (r)
		qsort(r, m, sizeof(*r), by_p);
	return r;
}

int hf_model_holm(const double *p, size_t m, double *adjusted)
{
	struct ranked *r = rank(p, m);
	double most = 0;

	if (!r)
		return -ENOMEM;
	for (size_t i = 0; i < m; i++) {
		most = fmax(most, r[i].p * (double)(m - i));
		adjusted[r[i].at] = fmin(1, most);
	}
	free(r);
	return 0;
}

int hf_model_bh(const double *p, size_t m, double *adjusted)
{
	struct ranked *r = rank(p, m);
	double least = 1;

	if (!r)
		return -ENOMEM;
	for (size_t i = m; i-- > 0;) {
		least = fmin(least, r[i].p * (double)m / (double)(i + 1));
		adjusted[r[i].at] = least;
	}
	free(r);
	return 0;
}

double hf_model_mde(double s, double nu, unsigned int n_a, unsigned int n_b, double level)
{
	return (t_quantile(level, nu) + t_quantile(0.2, nu)) * s * sqrt(1.0 / n_a + 1.0 / n_b);
}

static bool enough(double s, double effect, enum hf_model_aim aim, unsigned int n)
{
	double nu = 2.0 * n - 3, se = s * sqrt(2.0 / n);

	if (aim == HF_MODEL_DETECT)
		return (t_quantile(HF_MODEL_CHANGE, nu) + t_quantile(0.2, nu)) * se <= effect;
	return (t_quantile(HF_MODEL_SAME, nu) + t_quantile(0.1, nu)) * se <= effect;
}

unsigned int hf_model_boots(double s, double effect, enum hf_model_aim aim)
{
	unsigned int few = 2, many = MOST_BOOTS; /* too few, and enough or the most */

	if (!(effect > 0) || !(s >= 0))
		return 0;
	while (many - few > 1) {
		unsigned int n = few + (many - few) / 2;

		if (enough(s, effect, aim, n))
			many = n;
		else
			few = n;
	}
	return many;
}

struct hf_model_parts hf_model_parts(double s1, double s2, double s3, double iterations, double processes)
{
	struct hf_model_parts v = { fmax(0, s3 - s2 / processes), fmax(0, s2 - s1 / iterations) / processes,
				    s1 / (iterations * processes) };

	return v;
}
