// SPDX-License-Identifier: GPL-2.0-or-later
/* Intervals for what a run states. */
#include "measure/summary.h"

#include <math.h>
#include <stdbool.h>

#define Z975 1.959963984540054

double hf_summary_t975(unsigned int df)
{
	static const double table[] = { NAN,	12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
					2.2010, 2.1788,	 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796,
					2.0739, 2.0687,	 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423 };
	double z = Z975, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z, v = df;

	if (df < sizeof(table) / sizeof(table[0]))
		return table[df];
	return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v) +
	       (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * v * v * v); /* Abramowitz & Stegun 26.7.5 */
}

void hf_summary_interval(double value, const double *rep, unsigned int n, double *lo, double *hi)
{
	bool ratio = value > 0;
	double mean = 0, ss = 0, half;

	*lo = *hi = NAN;
	if (n < 2)
		return;
	for (unsigned int i = 0; i < n; i++)
		ratio = ratio && rep[i] > 0;
	for (unsigned int i = 0; i < n; i++)
		mean += (ratio ? log(rep[i]) : rep[i]) / n;
	for (unsigned int i = 0; i < n; i++) {
		double d = (ratio ? log(rep[i]) : rep[i]) - mean;

		ss += d * d;
	}
	half = hf_summary_t975(n - 1) * sqrt(ss / (n - 1) / n);
	*lo = ratio ? value * exp(-half) : value - half;
	*hi = ratio ? value * exp(half) : value + half;
}

void hf_summary_wilson(uint64_t hits, uint64_t n, double *lo, double *hi)
{
	double z2 = Z975 * Z975, m = (double)n, p = (double)hits / m, centre, half;

	*lo = 0;
	*hi = 1;
	if (!n)
		return;
	centre = (p + z2 / (2 * m)) / (1 + z2 / m);
	half = Z975 * sqrt(p * (1 - p) / m + z2 / (4 * m * m)) / (1 + z2 / m);
	if (hits > 0)
		*lo = centre - half;
	if (hits < n)
		*hi = centre + half;
}

double hf_summary_upper(uint64_t n)
{
	return n ? -expm1(log(0.05) / (double)n) : 1;
}
