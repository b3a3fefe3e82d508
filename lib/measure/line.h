/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Least-squares lines from sums, which merge by addition. */
#ifndef HF_MEASURE_LINE_H
#define HF_MEASURE_LINE_H

/** struct hf_line - sums over points (x, y) with weights; all zero: none yet */
struct hf_line {
	double n, w, x, y, xx, xy, yy;
};

/** hf_line_add() - one more point; @weight 1 for plain least squares, 1 / y^2 when relative distances are to count */
static inline void hf_line_add(struct hf_line *l, double x, double y, double weight)
{
	l->n++;
	l->w += weight;
	l->x += weight * x;
	l->y += weight * y;
	l->xx += weight * x * x;
	l->xy += weight * x * y;
	l->yy += weight * y * y;
}

/** hf_line_merge() - the points of both */
void hf_line_merge(struct hf_line *to, const struct hf_line *from);

/**
 * hf_line_fit() - y = @fixed + @each * x
 * @fit: share of the variance of y that the line explains (r squared); NaN with fewer than three points, or when y does not vary
 *
 * Return: 0; -EDOM, and nothing is set, with fewer than two different x.
 */
int hf_line_fit(const struct hf_line *l, double *fixed, double *each, double *fit);

#endif
