/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison as data, for programs: its verdicts as JSON, its values in the formats of others' tools. */
#ifndef HF_COMPARE_EXPORT_H
#define HF_COMPARE_EXPORT_H

#include <stdio.h>

#include "compare/lib/trial.h"

/** hf_export_json() - a trial that has verdicts as one line of JSON. Return: 0, -ENOMEM. */
int hf_export_json(const struct hf_trial *trial, FILE *out);

/** hf_export_benchstat() - the values as lines of Go's benchmark format, one a unit; @b: of NEW instead of BASE */
void hf_export_benchstat(const struct hf_judge *judge, bool b, FILE *out);

/** hf_export_gbench() - the values as google-benchmark's JSON, one entry a unit; @b: of NEW instead of BASE. Return: 0, -ENOMEM. */
int hf_export_gbench(const struct hf_judge *judge, bool b, FILE *out);

#endif
