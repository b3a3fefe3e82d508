// SPDX-License-Identifier: GPL-2.0-or-later
/* Self-describing pages. */
#include "harness/content.h"

#include <stdio.h>
#include <string.h>

#include "harness/law.h"
#include "harness/stress.h"

#define PART 4096u
#define LINE ((unsigned int)HF_CONTENT_LINE)
#define MAGIC UINT64_C(0x5345474150454755) /* "UGEPAGES" */
#define WHOLE_ONE_IN 16
#define MARKED_UNITS 8
#define NOBODYS 4 /* places that are looked at beside the actors' lines */

struct line {
	uint64_t magic;
	uint32_t owner, unit;
	uint64_t gen, part, check, tail[3];
};

_Static_assert(sizeof(struct line) == LINE, "a stamp is one line");

static __thread char found[200];

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static struct line make(const struct hf_stamp *s, uint64_t part)
{
	struct line l = { .magic = MAGIC, .owner = s->owner, .unit = s->unit, .gen = s->gen, .part = part };

	l.check = mix(mix((uint64_t)s->owner << 32 | s->unit) ^ mix(s->gen) ^ part);
	l.tail[0] = l.tail[1] = l.tail[2] = ~l.check;
	return l;
}

static size_t place(uint64_t part)
{
	return part * PART + mix(part + 1) % (PART / LINE) * LINE;
}

void hf_content_write(void *p, size_t len, const struct hf_stamp *stamp)
{
	for (uint64_t part = 0; part < len / PART; part++) {
		struct line l = make(stamp, part);

		memcpy((char *)p + place(part), &l, sizeof(l));
	}
}

/* What a line is that is not the one it should be. */
static const char *describe(const struct line *l, uint64_t part)
{
	static const struct line zero;
	struct hf_stamp s = { l->owner, l->unit, l->gen };
	struct line good = make(&s, l->part);

	if (memcmp(l, &zero, sizeof(zero)) == 0)
		snprintf(found, sizeof(found), "4 KiB no. %llu is zero", (unsigned long long)part);
	else if (memcmp(l, &good, sizeof(good)) == 0)
		snprintf(found, sizeof(found), "4 KiB no. %llu is no. %llu of owner %u, page %u, generation %llu", (unsigned long long)part, (unsigned long long)l->part, l->owner, l->unit,
			 (unsigned long long)l->gen);
	else
		snprintf(found, sizeof(found), "4 KiB no. %llu is torn or foreign: %016llx %016llx %016llx %016llx", (unsigned long long)part, (unsigned long long)l->magic,
			 (unsigned long long)l->gen, (unsigned long long)l->part, (unsigned long long)l->check);
	return found;
}

const char *hf_content_match(const void *p, size_t len, const struct hf_stamp *stamp)
{
	for (uint64_t part = 0; part < len / PART; part++) {
		struct line want = make(stamp, part), is;

		memcpy(&is, (const char *)p + place(part), sizeof(is));
		if (memcmp(&is, &want, sizeof(is)))
			return describe(&is, part);
	}
	return NULL;
}

const char *hf_content_blank(const void *p, size_t len, bool whole)
{
	static const struct line zero;

	for (uint64_t part = 0; part < len / PART; part++) {
		struct line is;

		memcpy(&is, (const char *)p + place(part), sizeof(is));
		if (memcmp(&is, &zero, sizeof(is)))
			return describe(&is, part);
	}
	for (const uint64_t *w = p; whole && w < (const uint64_t *)((const char *)p + len); w++) {
		if (*w) {
			snprintf(found, sizeof(found), "%016llx at byte %zu", (unsigned long long)*w, (size_t)((const char *)w - (const char *)p));
			return found;
		}
	}
	return NULL;
}

bool hf_content_check(struct hf_task *t, const void *p, size_t len, const struct hf_stamp *stamp)
{
	const char *is = hf_content_match(p, len, stamp);

	hf_law(t, HF_LAW_CONTENT, !is, "page %u of owner %u, generation %llu: %s", stamp->unit, stamp->owner, (unsigned long long)stamp->gen, is);
	return !is;
}

bool hf_content_fresh(struct hf_task *t, const void *p, size_t len)
{
	const char *is = hf_content_blank(p, len, hf_rand_below(&t->rand, WHOLE_ONE_IN) == 0);

	hf_law(t, HF_LAW_CONTENT, !is, "a fresh page is not zero: %s", is);
	return !is;
}

volatile char *hf_content_line(const struct hf_run *run, volatile void *p, unsigned int unit, unsigned int actor)
{
	uint64_t part = mix(run->seed ^ (uint64_t)(unit + 1) << 8 ^ actor) % (run->page / PART);

	return (volatile char *)p + part * PART + (1 + actor) * HF_CONTENT_LINE; /* the first of a base page is nobody's */
}

char hf_content_mark(const struct hf_run *run, unsigned int unit)
{
	return (char)(1 + (hf_stress_episode(run) * MARKED_UNITS + unit % MARKED_UNITS) % 127);
}

void hf_content_store(struct hf_task *t, volatile void *p, unsigned int unit)
{
	*hf_content_line(t->run, p, unit, t->index) = hf_content_mark(t->run, unit);
}

void hf_content_lines(struct hf_task *t, volatile void *p, unsigned int unit)
{
	char mark = hf_content_mark(t->run, unit);

	for (unsigned int i = 0; i < t->run->tasks; i++) {
		char is = *hf_content_line(t->run, p, unit, i);

		hf_law(t, HF_LAW_CONTENT, !is || is == mark, "line of actor %u in page %u is %d, neither zero nor this episode's %d: an old or foreign page", i, unit, is, mark);
	}
	for (unsigned int i = 0; i < NOBODYS; i++) {
		uint64_t part = i ? hf_rand_below(&t->rand, t->run->page / PART) : 0;
		char is = ((volatile char *)p)[part * PART];

		hf_law(t, HF_LAW_CONTENT, !is, "4 KiB no. %llu of page %u begins with %d, which nobody stored there: an old or foreign page", (unsigned long long)part, unit, is);
	}
}
