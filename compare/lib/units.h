/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is independent of what in two sets of records: builds, boots, runs or repeats. Whole units are dealt out to the sides where one set of records is compared with itself. */
#ifndef HF_COMPARE_UNITS_H
#define HF_COMPARE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hf_obs;
struct hf_run;
struct hf_sides;

/**
 * enum hf_unit - what is independent of what
 *
 * Builds where each side has HF_UNIT_BUILDS of them: where code lies in memory is drawn once a build. Else boots; runs where each side has one boot; repeats
 * where each side has one run.
 */
enum hf_unit { HF_UNIT_BUILD, HF_UNIT_BOOT, HF_UNIT_RUN, HF_UNIT_REPEAT };

#define HF_UNIT_BUILDS 3

/** hf_units_name() - "build", "boot", "run", "repeat" */
const char *hf_units_name(enum hf_unit unit);

/** hf_units_id() - name of the unit that an observation belongs to (for repeats: of its run) */
const char *hf_units_id(const struct hf_sides *s, const struct hf_obs *obs);

/** hf_units_build() - what tells the build of a run's kernel from others, "" if the record does not say */
const char *hf_units_build(const struct hf_run *run);

/** hf_units_find() - set @s->unit, @s->units and @s->builds, once all is read. Return: 0, -ENOMEM. */
int hf_units_find(struct hf_sides *s);

/** struct hf_units_part - a unit of all series: its name, when it began, and its side; @pair counts pairs of neighbours in time, one of each side, from 1 */
struct hf_units_part {
	const char *group, *id; /* only units of one group are exchanged for each other: a run for one of the same benchmark */
	const struct hf_run *run;
	double t;
	bool b;
	unsigned int pair;
};

/**
 * hf_units_parts() - the units of the runs that ended well, each once, by group and time
 * @n: set
 *
 * Return: an array for free(3), NULL without memory.
 */
struct hf_units_part *hf_units_parts(const struct hf_sides *s, size_t *n);

/**
 * hf_units_choose() - let only these units take part, and deal them out by @seed as hf_units_split() does
 * @part, @n: some of hf_units_parts(), of one group and in order; @part[].b is set
 *
 * Call it after hf_sides_finish(), as often as wanted.
 */
void hf_units_choose(struct hf_sides *s, struct hf_units_part *part, size_t n, uint64_t seed);

/** hf_units_reset() - let all units take part, on the first side. Return: 0, -ENOMEM. */
int hf_units_reset(struct hf_sides *s);

/**
 * hf_units_split() - deal the units of one side out to both: of each two that follow each other in time one to each side, at random by
 * @seed. Return: 0, -errno.
 */
int hf_units_split(struct hf_sides *s, uint64_t seed);

#endif
