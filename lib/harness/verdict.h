/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a stressor's run at one point came to: hits, coverage, laws checked and broken, the failing episode. For the record and for people. */
#ifndef HF_HARNESS_VERDICT_H
#define HF_HARNESS_VERDICT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/json.h"
#include "harness/oracle.h"
#include "harness/point.h"
#include "harness/stress.h"

/**
 * struct hf_verdict - sums over the repeats of one point
 * @seed:	of the first repeat
 * @schedule:	hash of its schedule
 * @failed:	a law is broken; @failed_law the first of them
 * @failed_episode: in which episode a task saw that; -1 when it was seen from outside or afterwards
 * @shrunk:	@least still fails
 * @lost, @may_be_lost: bytes that law "memory" missed after the run, and how many it would have let pass; summed, and the greatest
 */
struct hf_verdict {
	uint64_t seed, schedule, episodes, hits;
	uint64_t cover[HF_OPS_MAX][HF_OUTCOMES_MAX], pair[HF_OPS_MAX][HF_OPS_MAX];
	uint64_t checked[HF_LAWS], broken[HF_LAWS];
	bool any, failed, shrunk;
	enum hf_law failed_law;
	int64_t lost, may_be_lost;
	int64_t failed_episode;
	struct hf_replay least;
};

/** hf_verdict_start() - before a repeat: seed and schedule of the first one */
void hf_verdict_start(struct hf_verdict *v, const struct hf_run *run);

/** hf_verdict_add() - after a repeat: what actors and oracle have counted */
void hf_verdict_add(struct hf_verdict *v, const struct hf_run *run, const struct hf_oracle *oracle);

/** hf_verdict_fail() - law @law is broken, as seen from outside */
void hf_verdict_fail(struct hf_verdict *v, enum hf_law law);

/** hf_verdict_replay() - the options that replay it: "--seed=5 --episode=7 --actors=3 --kinds=touch,zap --steps=2". Return: @buf. */
char *hf_verdict_replay(const struct hf_verdict *v, const struct hf_bench *bench, char *buf, size_t room);

/** hf_verdict_json() - an object appended to array @list */
void hf_verdict_json(const struct hf_verdict *v, const struct hf_bench *bench, const struct hf_point *point, struct hf_json *list);

/** hf_verdict_print() - for people: hits and the bound they give, outcomes, races, laws */
void hf_verdict_print(FILE *out, const struct hf_verdict *v, const struct hf_bench *bench);

#endif
