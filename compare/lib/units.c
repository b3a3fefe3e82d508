// SPDX-License-Identifier: GPL-2.0-or-later
/* What is independent of what, and how it is dealt out to two sides. */
#include "compare/lib/units.h"

#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "compare/lib/sides.h"

const char *hf_units_name(enum hf_unit unit)
{
	static const char *const name[] = { "build", "boot", "run", "repeat" };

	return name[unit];
}

const char *hf_units_build(const struct hf_run *run)
{
	const char *build = hf_reader_pair(&run->host, "build");

	if (!build || !*build)
		build = hf_reader_pair(&run->host, "version");
	return build ? build : "";
}

static const char *id_of(enum hf_unit unit, const struct hf_run *run)
{
	return unit == HF_UNIT_BUILD ? hf_units_build(run) : unit == HF_UNIT_BOOT ? run->boot : run->id;
}

const char *hf_units_id(const struct hf_sides *s, const struct hf_obs *obs)
{
	return id_of(s->unit, obs->run);
}

static bool counts(const struct hf_run *run)
{
	return strcmp(run->status, "ok") == 0;
}

static int by_side_and_id(const void *a, const void *b)
{
	const struct hf_units_part *x = a, *y = b;
	int order = (int)x->b - (int)y->b;

	order = order ? order : strcmp(x->id, y->id);
	return order ? order : (x->t > y->t) - (x->t < y->t);
}

static int by_group_and_time(const void *a, const void *b)
{
	const struct hf_units_part *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	return order ? order : (x->t > y->t) - (x->t < y->t);
}

/* The units of the runs that count, each once. Return: how many. */
static size_t find_parts(const struct hf_sides *s, enum hf_unit unit, struct hf_units_part *part)
{
	size_t n = 0, m = 0;

	for (size_t i = 0; i < s->n_runs; i++) {
		const struct hf_run *run = hf_reader_run(s->reader, i);

		if (counts(run))
			part[n++] = (struct hf_units_part){
				unit >= HF_UNIT_RUN ? run->bench : "", id_of(unit, run), run, run->time, s->run_b[i], 0
			};
	}
	qsort(part, n, sizeof(*part), by_side_and_id);
	for (size_t i = 0; i < n; i++)
		if (!m || part[m - 1].b != part[i].b || strcmp(part[m - 1].id, part[i].id) != 0)
			part[m++] = part[i];
	qsort(part, m, sizeof(*part), by_group_and_time);
	return m;
}

struct hf_units_part *hf_units_parts(const struct hf_sides *s, size_t *n)
{
	struct hf_units_part *part = calloc(s->n_runs + 1, sizeof(*part));
	unsigned int pair = 0;

	*n = part ? find_parts(s, s->unit, part) : 0;
	for (size_t i = 0; i + 1 < *n; i++) {
		if (i && strcmp(part[i].group, part[i - 1].group) != 0)
			pair = 0;
		if (strcmp(part[i].group, part[i + 1].group) != 0 || part[i].b == part[i + 1].b)
			continue;
		part[i].pair = part[i + 1].pair = ++pair;
		i++;
	}
	return part;
}

/* As many runs as there are of any one point on a side. */
static size_t most_runs(const struct hf_sides *s, bool b)
{
	size_t most = 0;

	for (size_t i = 0; i < s->n_series; i++) {
		size_t n = 0;

		for (size_t k = 0; k < s->series[i]->n_obs; k++)
			n += s->series[i]->obs[k].b == b && counts(s->series[i]->obs[k].run);
		if (n > most)
			most = n;
	}
	return most;
}

int hf_units_find(struct hf_sides *s)
{
	size_t boots[2] = { 0 }, runs[2] = { most_runs(s, false), most_runs(s, true) }, n;
	struct hf_units_part *part = calloc(s->n_runs + 1, sizeof(*part));
	bool shared = false; /* a build is on both sides: it is not what is compared */

	if (!part)
		return hf_sides_no_memory(s);
	n = find_parts(s, HF_UNIT_BUILD, part);
	s->builds[0] = s->builds[1] = 0;
	for (size_t i = 0; i < n; i++) {
		s->builds[part[i].b] += *part[i].id != '\0';
		for (size_t k = 0; k < i; k++)
			shared = shared || strcmp(part[i].id, part[k].id) == 0;
	}
	n = find_parts(s, HF_UNIT_BOOT, part);
	for (size_t i = 0; i < n; i++)
		boots[part[i].b]++;
	free(part);
	s->unit = !shared && s->builds[0] >= HF_UNIT_BUILDS && s->builds[1] >= HF_UNIT_BUILDS ? HF_UNIT_BUILD
		  : s->boots || boots[0] > 1 || boots[1] > 1					? HF_UNIT_BOOT
		  : runs[0] > 1 || runs[1] > 1							? HF_UNIT_RUN
												: HF_UNIT_REPEAT;
	for (int k = 0; k < 2; k++)
		s->units[k] = s->unit == HF_UNIT_BUILD ? s->builds[k] : s->unit == HF_UNIT_BOOT ? boots[k] : runs[k];
	return 0;
}

/* Of each two that follow each other, one to each side. */
static void deal(struct hf_units_part *part, size_t n, uint64_t seed)
{
	struct hf_rand rand;

	hf_rand_seed(&rand, seed, 0);
	for (size_t i = 0; i + 1 < n; i++) {
		if (strcmp(part[i].group, part[i + 1].group) != 0)
			continue;
		part[i].b = hf_rand_below(&rand, 2);
		part[i + 1].b = !part[i].b;
		i++;
	}
}

static const struct hf_units_part *part_of(const struct hf_sides *s, const struct hf_units_part *part, size_t n, const struct hf_run *run)
{
	for (size_t k = 0; k < n; k++)
		if (strcmp(id_of(s->unit, run), part[k].id) == 0)
			return &part[k];
	return NULL;
}

/* What is not among the units takes no part. */
static void apply(struct hf_sides *s, const struct hf_units_part *part, size_t n)
{
	for (size_t i = 0; i < s->n_runs; i++) {
		const struct hf_units_part *p = part_of(s, part, n, hf_reader_run(s->reader, i));

		s->run_b[i] = p && p->b;
	}
	for (size_t i = 0; i < s->n_series; i++)
		for (size_t k = 0; k < s->series[i]->n_obs; k++) {
			struct hf_obs *obs = &s->series[i]->obs[k];
			const struct hf_units_part *p = part_of(s, part, n, obs->run);

			obs->b = p && p->b;
			obs->out = !p;
		}
}

int hf_units_split(struct hf_sides *s, uint64_t seed)
{
	struct hf_units_part *part;
	size_t n;

	if (hf_units_find(s))
		return hf_sides_no_memory(s);
	part = hf_units_parts(s, &n);
	if (!part)
		return hf_sides_no_memory(s);
	deal(part, n, seed);
	apply(s, part, n);
	free(part);
	return 0;
}

void hf_units_choose(struct hf_sides *s, struct hf_units_part *part, size_t n, uint64_t seed)
{
	deal(part, n, seed);
	apply(s, part, n);
	s->units[0] = s->units[1] = 0;
	for (size_t i = 0; i < n; i++)
		s->units[part[i].b]++;
}

int hf_units_reset(struct hf_sides *s)
{
	for (size_t i = 0; i < s->n_runs; i++)
		s->run_b[i] = false;
	for (size_t i = 0; i < s->n_series; i++)
		for (size_t k = 0; k < s->series[i]->n_obs; k++)
			s->series[i]->obs[k].b = s->series[i]->obs[k].out = false;
	return hf_units_find(s);
}
