// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing a table that a figure reads. */
#include "compare/lib/rows.h"

#include <math.h>

void hf_rows_block(struct hf_rows *t)
{
	if (t->rows)
		fputs("\n\n", t->out);
}

static void tab(struct hf_rows *t)
{
	if (t->in_row)
		fputc('\t', t->out);
	else if (!t->rows)
		fputs(t->header, t->out);
	t->in_row = true;
}

void hf_rows_end(struct hf_rows *t)
{
	fputc('\n', t->out);
	t->in_row = false;
	t->rows++;
}

void hf_rows_text(struct hf_rows *t, const char *s)
{
	tab(t);
	for (; *s; s++)
		fputc((unsigned char)*s < ' ' || *s == 0x7f ? ' ' : *s == '"' || *s == '#' ? '\'' : *s, t->out);
}

void hf_rows_number(struct hf_rows *t, double v)
{
	tab(t);
	if (isfinite(v))
		fprintf(t->out, "%.9g", v);
	else
		fputs("NaN", t->out);
}
