/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables that the figures of a comparison and of a history read, in the form of tables.h. */
#ifndef HF_COMPARE_CHARTS_H
#define HF_COMPARE_CHARTS_H

#include <stdio.h>

#include "compare/lib/judge.h"
#include "compare/lib/steps.h"

/** hf_charts_list() - print name and content of every table of a comparison, one a line; @history: of a history */
void hf_charts_list(bool history, FILE *out);

/**
 * hf_charts_compare() - print a table of a comparison
 * @name: one of those listed
 *
 * Return: how many rows of data it has (0: nothing was printed), -ENOENT for an unknown name, -ENOMEM.
 */
int hf_charts_compare(const char *name, const struct hf_judge *judge, FILE *out);

/** hf_charts_history() - print a table of a history. Return: as hf_charts_compare(). */
int hf_charts_history(const char *name, const struct hf_steps *steps, FILE *out);

#endif
