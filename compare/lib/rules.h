/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that compare and gate have in common: how to decide. */
#ifndef HF_COMPARE_RULES_H
#define HF_COMPARE_RULES_H

#include <argp.h>
#include <stddef.h>

#include "compare/lib/judge.h"

#define HF_RULES_VARIES 32
#define HF_RULES_PATHS 64

/**
 * struct hf_rules - what the options say; begin with HF_RULES_DEFAULT
 * @confirm, @history: files or directories of records: fresh units of both sides, older boots of this machine
 */
struct hf_rules {
	struct hf_judge_options options;
	char *varies[HF_RULES_VARIES], *confirm[HF_RULES_PATHS], *history[HF_RULES_PATHS];
	size_t n_varies, n_confirm, n_history;
};

#define HF_RULES_DEFAULT                                                                                                                   \
	{                                                                                                                                  \
		.options = {.sesoi = 0.02, .tail_sesoi = 0.10 }                                                                            \
	}

/** hf_rules_argp - a child parser; its input is a struct hf_rules */
extern const struct argp hf_rules_argp;

#endif
