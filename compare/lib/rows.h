/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing a table that a figure reads: see tables.h for its form. */
#ifndef HF_COMPARE_ROWS_H
#define HF_COMPARE_ROWS_H

#include <stdbool.h>
#include <stdio.h>

#define HF_ROWS_CURVES 8 /* in a panel, or panels of a figure: as many as a legend and the eye can bear */

/** struct hf_rows - where a table goes; begin with @out and @header, which is printed before the first row only. @rows: how many there are */
struct hf_rows {
	FILE *out;
	const char *header;
	int rows;
	bool in_row;
};

/** hf_rows_block() - what follows is another curve */
void hf_rows_block(struct hf_rows *t);

/** hf_rows_text() - a field, without what would end or quote it, or make a row a comment */
void hf_rows_text(struct hf_rows *t, const char *s);

/** hf_rows_number() - a field; "NaN" for what is not finite */
void hf_rows_number(struct hf_rows *t, double v);

/** hf_rows_end() - the row ends */
void hf_rows_end(struct hf_rows *t);

#endif
