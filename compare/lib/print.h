/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison for people and for CI. */
#ifndef HF_COMPARE_PRINT_H
#define HF_COMPARE_PRINT_H

#include <stdio.h>

#include "compare/lib/trial.h"

/** enum hf_print_format - how */
enum hf_print_format { HF_PRINT_TEXT, HF_PRINT_JSON, HF_PRINT_MARKDOWN, HF_PRINT_KTAP, HF_PRINT_JUNIT, HF_PRINT_FORMATS };

/** hf_print_format() - the format called @word, among the first @n of enum hf_print_format. Return: HF_PRINT_FORMATS for an unknown one. */
enum hf_print_format hf_print_format(const char *word, unsigned int n);

/** hf_print_trial() - print the verdicts of a trial that has some. @all: also what did not change, in text and Markdown. Return: 0, -ENOMEM. */
int hf_print_trial(const struct hf_trial *trial, enum hf_print_format format, bool all, FILE *out);

#endif
