// SPDX-License-Identifier: GPL-2.0-or-later
/* The standing A/A control. */
#include "compare/lib/control.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <stdlib.h>
#include <string.h>

/* Boots of a session one after the other, sessions by their first boot's name. */
static int by_session_and_time(const void *a, const void *b)
{
	const struct hf_units_part *x = a, *y = b;
	int order = strcmp(hf_units_build(x->run), hf_units_build(y->run));

	order = order ? order : strcmp(x->run->label, y->run->label);
	return order ? order : (x->t > y->t) - (x->t < y->t);
}

static bool same_session(const struct hf_units_part *a, const struct hf_units_part *b)
{
	return strcmp(hf_units_build(a->run), hf_units_build(b->run)) == 0 && strcmp(a->run->label, b->run->label) == 0;
}

/* Return: 1 when something was decided, 0, -ENOMEM. */
static int one(struct hf_sides *history, const struct hf_judge_options *options, struct hf_control *control)
{
	struct hf_judge judge;
	int err = hf_judge_run(history, options, &judge);
	size_t tested = 0;

	for (size_t i = 0; i < judge.n_results; i++)
		tested += judge.result[i].tested && !judge.result[i].exact;
	if (!err && tested) {
		control->comparisons++;
		control->alarms += judge.rejected > 0;
	}
	hf_judge_free(&judge);
	return err == -ENOMEM ? err : 0;
}

double hf_control_chance(unsigned int alarms, unsigned int comparisons, double level)
{
	return alarms ? gsl_cdf_binomial_Q(alarms - 1, level, comparisons) : 1;
}

int hf_control_run(struct hf_sides *history, const struct hf_judge_options *options, struct hf_control *control)
{
	struct hf_judge_options plain = *options;
	struct hf_units_part *part;
	size_t n;
	int err = 0;

	*control = (struct hf_control){ .p = 1 };
	plain.history = NULL;
	plain.n_looks = 0;
	plain.max_t = false; /* too few pairs */
	part = hf_units_parts(history, &n);
	if (!part)
		return -ENOMEM;
	qsort(part, n, sizeof(*part), by_session_and_time);
	for (size_t i = 0; i + HF_CONTROL_BOOTS <= n && !err;) {
		if (!same_session(&part[i], &part[i + HF_CONTROL_BOOTS - 1])) {
			i++;
			continue;
		}
		hf_units_choose(history, &part[i], HF_CONTROL_BOOTS, i + 1);
		err = one(history, &plain, control);
		i += HF_CONTROL_BOOTS;
	}
	free(part);
	if (hf_units_reset(history))
		err = -ENOMEM;
	control->p = hf_control_chance(control->alarms, control->comparisons, HF_MODEL_FAMILY);
	control->broken = control->p < HF_CONTROL_LEVEL;
	return err;
}
