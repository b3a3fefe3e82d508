/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers for people, three digits and a fitting unit, and texts for their tables. */
#ifndef HF_COMPARE_SHOW_H
#define HF_COMPARE_SHOW_H

#include <stddef.h>
#include <stdio.h>

/** hf_show_value() - "61.2 us", "8.41 GB/s", "0.982", "-" for NaN. @unit as in records. Return: @buf. */
char *hf_show_value(double value, const char *unit, char *buf, size_t room);

/** hf_show_interval() - "60.8 .. 61.9" in the unit that hf_show_value() takes for @value, "" when there is none. Return: @buf. */
char *hf_show_interval(double value, double lo, double hi, const char *unit, char *buf, size_t room);

/** hf_show_cell() - "| " and a text as a cell of a Markdown table */
void hf_show_cell(FILE *out, const char *text);

#endif
