/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that compare and gate have in common: how to decide. */
#ifndef HF_COMPARE_RULES_H
#define HF_COMPARE_RULES_H

#include <argp.h>
#include <stddef.h>

#include "compare/lib/judge.h"

#define HF_RULES_VARIES 32

/** struct hf_rules - what the options say; begin with HF_RULES_DEFAULT */
struct hf_rules {
	struct hf_judge_options options;
	char *varies[HF_RULES_VARIES];
	size_t n_varies;
};

#define HF_RULES_DEFAULT                                                                                                                   \
	{                                                                                                                                  \
		.options = {.sesoi = 0.02, .tail_sesoi = 0.10 }                                                                            \
	}

/** hf_rules_argp - a child parser; its input is a struct hf_rules */
extern const struct argp hf_rules_argp;

#endif
