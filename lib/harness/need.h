/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a point needs and the machine lacks: all of it at once. */
#ifndef HF_HARNESS_NEED_H
#define HF_HARNESS_NEED_H

#include <stddef.h>

#include "harness/options.h"
#include "harness/run.h"
#include "system/topo.h"

/**
 * hf_need_unmet() - name every unmet need of a run
 * @run: bench, tasks, page (0 if the size does not exist here) and values are set
 * @why: filled with the needs, separated by "; "; empty when all are met
 *
 * Return: how many are unmet.
 */
unsigned int hf_need_unmet(const struct hf_run *run, const struct hf_opts *opts, const struct hf_topo *topo, char *why, size_t room);

/** hf_need_pages() - huge pages of the run's size that its memory takes; 0 for other backings */
size_t hf_need_pages(const struct hf_run *run);

/** hf_need_setting_met() - whether the file reads as one of the values that will do ("a|b|c") */
int hf_need_setting_met(const struct hf_setting *s);

#endif
