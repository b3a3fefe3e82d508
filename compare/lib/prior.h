/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What older boots of the same machine say of noise: how far boots of one session differ, and sessions of one build. */
#ifndef HF_COMPARE_PRIOR_H
#define HF_COMPARE_PRIOR_H

#include "compare/lib/result.h"

/**
 * struct hf_prior_noise - on the scale of the result's units
 * @s2, @nu:	variance of boots inside a session, and its degrees of freedom: 0 when there is no session of two boots
 * @session2:	variance between sessions of one build beyond that of boots
 * @sessions:	its degrees of freedom, 0 when no build was measured in two sessions
 */
struct hf_prior_noise {
	double s2, nu, session2, sessions;
};

/**
 * hf_prior_noise() - noise of the metric of a result
 * @history:	its units are boots; those of one build and one label are a session
 * @now:	boots that are in the comparison itself do not count as old
 *
 * Return: 0, -ENOMEM.
 */
int hf_prior_noise(const struct hf_sides *history, const struct hf_sides *now, const struct hf_result *r, struct hf_prior_noise *noise);

#endif
