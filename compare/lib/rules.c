// SPDX-License-Identifier: GPL-2.0-or-later
/* The options that compare and gate have in common. */
#include "compare/lib/rules.h"

#include <string.h>

#include "base/parse.h"

enum {
	OPT_VARIES = 0x200,
	OPT_SEQUENTIAL,
	OPT_SESSION,
	OPT_SESOI,
	OPT_TAIL,
	OPT_STRICT,
	OPT_LOOKS,
	OPT_CONFIRM,
	OPT_HISTORY,
	OPT_FWER,
	OPT_PLAIN
};

static double share(const char *arg, const char *name, struct argp_state *state)
{
	double v = 0;

	if (hf_parse_double(arg, 0, 1000, &v))
		argp_error(state, "%s must be a percentage, 0 to 1000, not '%s'", name, arg);
	return v / 100;
}

static void add_varies(struct hf_rules *rules, char *arg, struct argp_state *state)
{
	for (char *name = strtok(arg, ","); name; name = strtok(NULL, ",")) {
		if (rules->n_varies == HF_RULES_VARIES)
			argp_error(state, "more than %d names after --varies", HF_RULES_VARIES);
		else
			rules->varies[rules->n_varies++] = name;
	}
}

static void add_looks(struct hf_rules *rules, char *arg, struct argp_state *state)
{
	struct hf_judge_options *o = &rules->options;

	o->n_looks = 0;
	for (char *word = strtok(arg, ","); word; word = strtok(NULL, ",")) {
		uint64_t n = 0, before = o->n_looks ? o->look[o->n_looks - 1] : 1;

		if (o->n_looks == HF_JUDGE_LOOKS || hf_parse_u64(word, before + 1, 100000, &n)) {
			argp_error(state, "--looks must be up to %d ascending numbers, 2 or more, not '%s'", HF_JUDGE_LOOKS, word);
			return;
		}
		o->look[o->n_looks++] = (unsigned int)n;
	}
	if (!o->n_looks)
		argp_error(state, "--looks needs numbers");
}

static void add_path(char **list, size_t *n, char *arg, struct argp_state *state)
{
	if (*n == HF_RULES_PATHS)
		argp_error(state, "more than %d paths", HF_RULES_PATHS);
	else
		list[(*n)++] = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct hf_rules *rules = state->input;

	switch (key) {
	case OPT_VARIES:
		add_varies(rules, arg, state);
		return 0;
	case OPT_SEQUENTIAL:
		rules->options.sequential = true;
		return 0;
	case OPT_SESSION:
		rules->options.session_sd = share(arg, "--session-sd", state);
		return 0;
	case OPT_SESOI:
		rules->options.sesoi = share(arg, "--sesoi", state);
		return 0;
	case OPT_TAIL:
		rules->options.tail_sesoi = share(arg, "--tail-sesoi", state);
		return 0;
	case OPT_LOOKS:
		add_looks(rules, arg, state);
		return 0;
	case OPT_STRICT:
		rules->options.strict = true;
		return 0;
	case OPT_CONFIRM:
		add_path(rules->confirm, &rules->n_confirm, arg, state);
		return 0;
	case OPT_HISTORY:
		add_path(rules->history, &rules->n_history, arg, state);
		return 0;
	case OPT_FWER:
		rules->options.max_t = strcmp(arg, "maxT") == 0;
		if (!rules->options.max_t && strcmp(arg, "holm") != 0)
			argp_error(state, "--fwer must be holm or maxT, not '%s'", arg);
		return 0;
	case OPT_PLAIN:
		rules->options.plain_variance = true;
		return 0;
	case ARGP_KEY_END:
		if (rules->n_confirm && rules->options.n_looks)
			argp_error(state, "--confirm and --looks are two ways to go on; choose one");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
	{ "varies", OPT_VARIES, "KEY[,KEY]", 0, "Property of the machine (hvo, thp, ...) or parameter that is compared, and so may differ",
	  0 },
	{ "sesoi", OPT_SESOI, "PCT", 0, "Smallest change that matters (default 2)", 0 },
	{ "tail-sesoi", OPT_TAIL, "PCT", 0, "The same for p99 and p99.9 (default 10)", 0 },
	{ "allow-sequential", OPT_SEQUENTIAL, NULL, 0, "Decide although the two sides were not interleaved", 0 },
	{ "session-sd", OPT_SESSION, "PCT", 0, "With it: noise between sessions to allow for (default 0)", 0 },
	{ "looks", OPT_LOOKS, "N,N,...", 0,
	  "Boots a side at which data are looked at; this is the look at as many as there are now, at its share of the error", 0 },
	{ "confirm", OPT_CONFIRM, "PATH", 0,
	  "Second stage: fresh boots of both labels decide about what the first found slower (may be given more than once)", 0 },
	{ "history", OPT_HISTORY, "PATH", 0, "Older boots of this machine, which say how noisy a boot is (may be given more than once)",
	  0 },
	{ "fwer", OPT_FWER, "holm|maxT", 0, "How the suite's 5 % are kept: Holm (default), or sign flips of 8 pairs or more", 0 },
	{ "no-moderate", OPT_PLAIN, NULL, 0, "Do not borrow variance from other metrics of the suite", 0 },
	{ "strict", OPT_STRICT, NULL, 0, "Exit 3 when a metric is INCONCLUSIVE", 0 },
	{ 0 }
};

const struct argp hf_rules_argp = { options, parse, NULL, NULL, NULL, NULL, NULL };
