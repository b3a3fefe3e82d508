// SPDX-License-Identifier: GPL-2.0-or-later
/* Least-squares lines from sums. */
#include "measure/line.h"

#include <errno.h>
#include <math.h>

#define SAME 1e-12 /* relative spread of x below which the points have one x, rounding apart */

void hf_line_merge(struct hf_line *to, const struct hf_line *from)
{
	to->n += from->n;
	to->w += from->w;
	to->x += from->x;
	to->y += from->y;
	to->xx += from->xx;
	to->xy += from->xy;
	to->yy += from->yy;
}

int hf_line_fit(const struct hf_line *l, double *fixed, double *each, double *fit)
{
	double sxx = l->xx - l->x * l->x / l->w, sxy = l->xy - l->x * l->y / l->w, syy = l->yy - l->y * l->y / l->w;

	if (l->n < 2 || !(sxx > SAME * l->xx))
		return -EDOM;
	*each = sxy / sxx;
	*fixed = (l->y - *each * l->x) / l->w;
	*fit = l->n > 2 && syy > 0 ? sxy * sxy / (sxx * syy) : NAN;
	return 0;
}
