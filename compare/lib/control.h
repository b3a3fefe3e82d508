/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The standing A/A control: older boots of one build and label against each other. The rules promise that identical kernels fail in one comparison of twenty;
 * where they fail far more often, this machine's noise is not what the rules take it for, and a regression is advice, not a verdict.
 */
#ifndef HF_COMPARE_CONTROL_H
#define HF_COMPARE_CONTROL_H

#include "compare/lib/judge.h"

#define HF_CONTROL_BOOTS 6    /* of a comparison: three a side */
#define HF_CONTROL_LEVEL 0.01 /* chance of as many alarms, below which they are too many */

/**
 * struct hf_control - what came of it
 * @comparisons:	of boots of one session, no boot in two of them, in which something was decided
 * @alarms:		how many failed
 * @p:			chance of as many at the promised 5 %
 * @broken:		@p is below HF_CONTROL_LEVEL
 */
struct hf_control {
	unsigned int comparisons, alarms;
	double p;
	bool broken;
};

/**
 * hf_control_run() - compare the history with itself
 * @history:	its units are boots, all of the first side; it is afterwards as before
 * @options:	limits and procedure of the comparison that is controlled; history and looks play no part
 *
 * Return: 0, -ENOMEM.
 */
int hf_control_run(struct hf_sides *history, const struct hf_judge_options *options, struct hf_control *control);

/** hf_control_chance() - chance of @alarms or more in @comparisons, each at @level */
double hf_control_chance(unsigned int alarms, unsigned int comparisons, double level);

#endif
