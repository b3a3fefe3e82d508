// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths of records in, verdicts out. */
#include "compare/lib/trial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compare/lib/differences.h"

static int add(struct hf_sides *s, struct hf_trial_paths paths, bool b)
{
	int err = 0;

	for (size_t i = 0; i < paths.n && !err; i++)
		err = hf_sides_add(s, paths.path[i], b);
	return err;
}

static int bad(const char *program, const char *why)
{
	fprintf(stderr, "%s: %s\n", program, why);
	return HF_JUDGE_BAD;
}

static int no_memory(const char *program)
{
	fprintf(stderr, "%s: out of memory\n", program);
	return HF_TRIAL_BROKEN;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct hf_trial_paths *paths = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_ARGS:
		*paths = (struct hf_trial_paths){ state->argv + state->next, (size_t)(state->argc - state->next) };
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "files or directories of records are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp hf_trial_argp = { NULL, parse, NULL, NULL, NULL, NULL, NULL };

int hf_trial_load(const char *program, struct hf_trial_paths paths, bool boots, struct hf_sides *sides)
{
	int err = hf_sides_init(sides, NULL, 0);

	sides->boots = boots;
	return err || add(sides, paths, false) || hf_sides_finish(sides) ? bad(program, sides->error) : 0;
}

int hf_trial_end(const char *program, struct hf_sides *sides, int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "%s: standard output: %s\n", program, strerror(errno));
		status = HF_TRIAL_BROKEN;
	}
	hf_sides_free(sides);
	return status;
}

static int read_sides(const char *program, const struct hf_rules *rules, struct hf_trial_paths base, struct hf_trial_paths new,
		      uint64_t seed, struct hf_sides *s)
{
	int err;

	s->boots = rules->n_history > 0;
	err = add(s, base, false);
	if (!err)
		err = new.n ? add(s, new, true) : hf_units_split(s, seed);
	if (!err)
		err = hf_sides_finish(s);
	return err ? bad(program, s->error) : 0;
}

/* Return: 0 or an exit status. */
static int read_history(const char *program, const struct hf_rules *rules, struct hf_judge_options *options, struct hf_trial *t)
{
	struct hf_sides *s = &t->history;
	const char *differs;

	s->boots = true;
	if (add(s, (struct hf_trial_paths){ rules->history, rules->n_history }, false) || hf_sides_finish(s))
		return bad(program, s->error);
	differs = hf_differences_mixed(s, &t->sides);
	if (differs) {
		fprintf(stderr, "%s: the history is not of this machine in this state: '%s' differs\n", program, differs);
		return HF_JUDGE_INCOMPARABLE;
	}
	if (hf_control_run(s, options, &t->control))
		return no_memory(program);
	t->controlled = true;
	options->history = s;
	options->advisory = options->gate && t->control.broken;
	return 0;
}

static int judge(const char *program, const struct hf_judge_options *options, struct hf_trial *t)
{
	const struct hf_sides *s = &t->sides;

	switch (hf_judge_run(s, options, &t->judge)) {
	case 0:
		t->judged = true;
		return t->judge.status;
	case -ERANGE:
		fprintf(stderr, "%s: no look is due with %zu units against %zu; see --looks\n", program, s->units[0], s->units[1]);
		return HF_JUDGE_BAD;
	case -EDOM:
		fprintf(stderr, "%s: --fwer=maxT needs 8 pairs of each metric at least, units of A and B next to each other in time\n",
			program);
		return HF_JUDGE_BAD;
	case -ENODATA:
		fprintf(stderr, "%s: no metric is on both sides: %zu in %s alone, %zu in NEW alone (parameters, too, must be the same)\n",
			program, t->judge.missing[0], options->gate ? "the baseline" : "BASE", t->judge.missing[1]);
		return HF_JUDGE_INCOMPARABLE;
	default:
		return no_memory(program);
	}
}

/* The second stage. Return: exit status. */
static int confirm(const char *program, const struct hf_rules *rules, struct hf_trial *t)
{
	struct hf_sides *s = &t->fresh;
	int err;

	s->boots = t->sides.unit == HF_UNIT_BOOT;
	if (add(s, (struct hf_trial_paths){ rules->confirm, rules->n_confirm }, false) || hf_sides_follow(s, &t->sides) ||
	    hf_sides_finish(s))
		return bad(program, s->error);
	for (size_t i = 0; i < s->n_differences; i++)
		if (s->difference[i].forbidden) {
			fprintf(stderr, "%s: the fresh boots of the two sides are not comparable: '%s' differs\n", program,
				s->difference[i].key);
			return HF_JUDGE_INCOMPARABLE;
		}
	err = hf_judge_confirm(&t->judge, s);
	if (err == -EEXIST)
		return bad(program, "--confirm: a boot is not fresh: the first stage has seen it");
	return err ? no_memory(program) : (int)t->judge.status;
}

int hf_trial_run(const char *program, const struct hf_rules *rules, struct hf_trial_paths base, struct hf_trial_paths new, uint64_t seed,
		 struct hf_trial *trial)
{
	struct hf_judge_options options = rules->options;
	char *const *varies = rules->varies;
	int status;

	*trial = (struct hf_trial){ 0 };
	if (hf_sides_init(&trial->sides, (char **)varies, rules->n_varies) ||
	    hf_sides_init(&trial->fresh, (char **)varies, rules->n_varies) ||
	    hf_sides_init(&trial->history, (char **)varies, rules->n_varies))
		return no_memory(program);
	status = read_sides(program, rules, base, new, seed, &trial->sides);
	if (!status && rules->n_history)
		status = read_history(program, rules, &options, trial);
	if (status)
		return status;
	status = judge(program, &options, trial);
	if (trial->judged && rules->n_confirm) {
		trial->judged = false;
		status = confirm(program, rules, trial);
		trial->judged = trial->judge.stage == 2 && trial->judge.fresh && status != HF_JUDGE_BAD && status != HF_TRIAL_BROKEN;
	}
	return status;
}

void hf_trial_free(struct hf_trial *trial)
{
	hf_judge_free(&trial->judge);
	hf_sides_free(&trial->sides);
	hf_sides_free(&trial->fresh);
	hf_sides_free(&trial->history);
	*trial = (struct hf_trial){ 0 };
}
