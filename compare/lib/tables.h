/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables that figures read: tab-separated, a '#' line with names and units first. Blocks (one per curve) are parted by two empty
 * lines, as gnuplot's `index` wants them. A number that is not known is "NaN".
 */
#ifndef HF_COMPARE_TABLES_H
#define HF_COMPARE_TABLES_H

#include <stdio.h>

#include "compare/lib/points.h"

/** hf_tables_list() - print name and content of every table, one a line */
void hf_tables_list(FILE *out);

/**
 * hf_tables_write() - print a table
 * @name: one of those listed
 *
 * Return: how many rows of data it has (0: the records have nothing for it, and nothing was printed), or -ENOENT for an unknown name.
 */
int hf_tables_write(const char *name, const struct hf_points *points, FILE *out);

#endif
