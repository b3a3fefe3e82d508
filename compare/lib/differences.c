// SPDX-License-Identifier: GPL-2.0-or-later
/* What differs between the machines and kernels of two sides. */
#include "compare/lib/differences.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What makes two machines or kernels incomparable, and what may differ and is told. Everything else (load, free memory, taint) is the state of a moment.
 */
static const struct {
	const char *key;
	bool clock, forbidden;
} properties[] = {
	{ "machine", false, true },
	{ "cpu", false, true },
	{ "cpus", false, true },
	{ "nodes", false, true },
	{ "virt", false, true },
	{ "source", true, true },
	{ "kernel", true, true },
	{ "governor", false, true },
	{ "thp", false, true },
	{ "thp_defrag", false, true },
	{ "thp_shmem", false, true },
	{ "mthp", false, true },
	{ "hvo", false, true },
	{ "release", false, false },
	{ "version", false, false },
	{ "cmdline", false, false },
	{ "preempt", false, false },
	{ "hz", false, false },
	{ "mitigations", false, false },
	{ "init_on_alloc", false, false },
	{ "lockdown", false, false },
	{ "aslr", false, false },
	{ "page_reporting", false, false },
};

/* All values of a property on a side, "a | b"; NULL when no run knows it. Return: 0, -ENOMEM. */
static int values(const struct hf_sides *s, size_t property, bool b, char **text)
{
	const char *seen[64], *last = NULL;
	size_t n = 0, len;
	FILE *f;

	*text = NULL;
	for (size_t i = 0; i < s->n_runs && n < sizeof(seen) / sizeof(seen[0]); i++) {
		const struct hf_run *run = hf_reader_run(s->reader, i);
		const char *v = hf_reader_pair(properties[property].clock ? &run->clock : &run->host, properties[property].key);
		size_t k = 0;

		if (s->run_b[i] != b || !v || !*v || (last && strcmp(last, v) == 0))
			continue;
		last = v;
		while (k < n && strcmp(seen[k], v) != 0)
			k++;
		if (k < n)
			continue;
		for (; k && strcmp(seen[k - 1], v) > 0; k--)
			seen[k] = seen[k - 1];
		seen[k] = v;
		n++;
	}
	if (!n)
		return 0;
	f = open_memstream(text, &len);
	for (size_t k = 0; f && k < n; k++)
		fprintf(f, "%s%s", k ? " | " : "", seen[k]);
	return !f || fclose(f) ? -ENOMEM : 0;
}

static const char *name_of(size_t property)
{
	if (!properties[property].clock)
		return properties[property].key;
	return strcmp(properties[property].key, "source") == 0 ? "clock" : "clocksource";
}

/* The first value of a property on the first side, unless it is @first already. Return: it has another one, too. */
static bool differs(const struct hf_sides *s, size_t property, const char **first)
{
	for (size_t k = 0; k < s->n_runs; k++) {
		const struct hf_run *run = hf_reader_run(s->reader, k);
		const char *v = hf_reader_pair(properties[property].clock ? &run->clock : &run->host, properties[property].key);

		if (s->run_b[k] || !v || !*v)
			continue;
		if (*first && strcmp(*first, v) != 0)
			return true;
		*first = v;
	}
	return false;
}

const char *hf_differences_mixed(const struct hf_sides *s, const struct hf_sides *other)
{
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		const char *first = NULL;

		if (!properties[i].forbidden || hf_sides_declared(s, name_of(i)))
			continue;
		if (differs(s, i, &first) || (other && differs(other, i, &first)))
			return name_of(i);
	}
	return NULL;
}

int hf_differences_find(struct hf_sides *s)
{
	s->difference = calloc(sizeof(properties) / sizeof(properties[0]), sizeof(*s->difference));
	if (!s->difference)
		return hf_sides_no_memory(s);
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		struct hf_difference d = { .key = name_of(i) };

		if (values(s, i, false, &d.base) || values(s, i, true, &d.new)) {
			free(d.base);
			free(d.new);
			return hf_sides_no_memory(s);
		}
		d.forbidden = properties[i].forbidden && !hf_sides_declared(s, d.key);
		if (d.base && d.new &&strcmp(d.base, d.new) != 0) {
			s->difference[s->n_differences++] = d;
		} else {
			free(d.base);
			free(d.new);
		}
	}
	return 0;
}
