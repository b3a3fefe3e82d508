// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading what the plugin insns.so, or tools/functions, has written. */
#include "guest/lib/count.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/parse.h"

/* The next word of a line, cut off. Return: NULL when there is none. */
static char *word(char **line)
{
	char *w = strsep(line, " \t");

	return w && *w ? w : NULL;
}

static int number(char **line, int base, uint64_t *v)
{
	char buf[24];
	const char *w = word(line);

	if (!w || snprintf(buf, sizeof(buf), "%s%s", base == 16 ? "0x" : "", w) >= (int)sizeof(buf))
		return -EBADMSG;
	return hf_parse_u64(buf, 0, UINT64_MAX, v) ? -EBADMSG : 0;
}

static int add_symbol(struct hf_count *c, char *rest)
{
	struct hf_count_symbol s = { 0 };
	char *type, *name;
	int err = number(&rest, 16, &s.addr);

	if (err)
		return err;
	type = word(&rest);
	name = word(&rest);
	if (!type || !name)
		return -EBADMSG;
	s.type = *type;
	s.name = strdup(name);
	c->symbol = s.name ? hf_grow(c->symbol, c->n_symbols, sizeof(s)) : NULL;
	if (!c->symbol)
		return -ENOMEM;
	c->symbol[c->n_symbols++] = s;
	return 0;
}

static int add_section(struct hf_count *c, const char *text)
{
	struct hf_count_section s = { .text = strdup(text) };

	c->section = s.text ? hf_grow(c->section, c->n_sections, sizeof(s)) : NULL;
	if (!c->section)
		return -ENOMEM;
	s.point = strstr(s.text, "\"bench\":");
	c->section[c->n_sections++] = s;
	return s.point ? 0 : -EBADMSG;
}

static int add_metric(struct hf_count_section *s, const char *name)
{
	struct hf_count_metric m = { .name = strdup(name) };

	s->metric = m.name ? hf_grow(s->metric, s->n_metrics, sizeof(m)) : NULL;
	if (!s->metric)
		return -ENOMEM;
	s->metric[s->n_metrics++] = m;
	return 0;
}

static int add_sample(struct hf_count_metric *m, char *rest)
{
	struct hf_count_sample s;

	if (number(&rest, 10, &s.insns) || number(&rest, 10, &s.ticks) || number(&rest, 10, &s.ops) || !s.ops)
		return -EBADMSG;
	m->sample = hf_grow(m->sample, m->n_samples, sizeof(s));
	if (!m->sample)
		return -ENOMEM;
	m->sample[m->n_samples++] = s;
	return 0;
}

static int add_at(struct hf_count_metric *m, char *rest)
{
	struct hf_count_at at;

	if (number(&rest, 16, &at.addr) || number(&rest, 10, &at.n))
		return -EBADMSG;
	m->at = hf_grow(m->at, m->n_at, sizeof(at));
	if (!m->at)
		return -ENOMEM;
	m->at[m->n_at++] = at;
	return 0;
}

/* "NAME CALLS SELF TOTAL" */
static int add_function(struct hf_count_metric *m, char *rest)
{
	struct hf_count_function f = { 0 };
	const char *name = word(&rest);
	uint64_t total;

	if (!name || number(&rest, 10, &f.calls) || number(&rest, 10, &f.self) || number(&rest, 10, &total))
		return -EBADMSG;
	f.name = strdup(name);
	m->function = f.name ? hf_grow(m->function, m->n_functions, sizeof(f)) : NULL;
	if (!m->function)
		return -ENOMEM;
	m->function[m->n_functions++] = f;
	return 0;
}

static int take(struct hf_count *c, char *line)
{
	struct hf_count_section *s = c->n_sections ? &c->section[c->n_sections - 1] : NULL;
	struct hf_count_metric *m = s && s->n_metrics ? &s->metric[s->n_metrics - 1] : NULL;
	char *rest = line, *kind = strsep(&rest, " ");

	if (strcmp(kind, "symbol") == 0 && rest)
		return add_symbol(c, rest);
	if (strcmp(kind, "section") == 0 && rest)
		return add_section(c, rest);
	if (strcmp(kind, "metric") == 0 && rest && s)
		return add_metric(s, rest);
	if (strcmp(kind, "sample") == 0 && rest && m)
		return add_sample(m, rest);
	if (strcmp(kind, "at") == 0 && rest && m)
		return add_at(m, rest);
	if (strcmp(kind, "function") == 0 && rest && m)
		return add_function(m, rest);
	if (strcmp(kind, "unit") == 0 && rest && strcmp(rest, "ns") == 0 && !c->n_sections) {
		c->time = true;
		return 0;
	}
	if (strcmp(kind, "end") == 0 && s)
		return 0;
	c->complete = strcmp(kind, "complete") == 0;
	return c->complete ? 0 : -EBADMSG;
}

static size_t underscores(const struct hf_count_symbol *s)
{
	return strspn(s->name, "_");
}

static bool is_local(const struct hf_count_symbol *s)
{
	return s->type == 't' || s->type == 'w';
}

/* By address, the plainest first. */
static int by_address(const void *pa, const void *pb)
{
	const struct hf_count_symbol *a = pa, *b = pb;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	if (underscores(a) != underscores(b))
		return underscores(a) < underscores(b) ? -1 : 1;
	if (is_local(a) != is_local(b))
		return is_local(a) ? 1 : -1;
	if (strlen(a->name) != strlen(b->name))
		return strlen(a->name) < strlen(b->name) ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void sort_symbols(struct hf_count *c)
{
	size_t n = 0;

	if (c->n_symbols)
		qsort(c->symbol, c->n_symbols, sizeof(*c->symbol), by_address);
	for (size_t i = 0; i < c->n_symbols; i++) {
		if (n && c->symbol[n - 1].addr == c->symbol[i].addr)
			free(c->symbol[i].name);
		else
			c->symbol[n++] = c->symbol[i];
	}
	c->n_symbols = n;
}

int hf_count_read(const char *path, struct hf_count *count, size_t *line)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;
	ssize_t len;
	int err = 0;

	*count = (struct hf_count){ 0 };
	*line = 0;
	if (!in)
		return -errno;
	while (!err && (len = getline(&text, &room, in)) > 0) {
		if (text[len - 1] != '\n')
			break;
		text[len - 1] = '\0';
		++*line;
		err = take(count, text);
	}
	if (!err && ferror(in))
		err = -EIO;
	free(text);
	fclose(in);
	sort_symbols(count);
	return err;
}

void hf_count_free(struct hf_count *count)
{
	for (size_t i = 0; i < count->n_symbols; i++)
		free(count->symbol[i].name);
	for (size_t i = 0; i < count->n_sections; i++) {
		struct hf_count_section *s = &count->section[i];

		for (size_t k = 0; k < s->n_metrics; k++) {
			free(s->metric[k].name);
			free(s->metric[k].sample);
			free(s->metric[k].at);
			for (size_t f = 0; f < s->metric[k].n_functions; f++)
				free(s->metric[k].function[f].name);
			free(s->metric[k].function);
		}
		free(s->metric);
		free(s->text);
	}
	free(count->symbol);
	free(count->section);
	*count = (struct hf_count){ 0 };
}

const char *hf_count_function(const struct hf_count *count, uint64_t addr)
{
	size_t lo = 0, hi = count->n_symbols;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (count->symbol[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? count->symbol[lo - 1].name : "(no symbol)";
}

const struct hf_count_metric *hf_count_metric(const struct hf_count_section *section, const char *name)
{
	for (size_t i = 0; i < section->n_metrics; i++)
		if (strcmp(section->metric[i].name, name) == 0)
			return &section->metric[i];
	return NULL;
}

static uint64_t fnv(uint64_t hash, uint64_t v)
{
	for (int i = 0; i < 8; i++, v >>= 8)
		hash = (hash ^ (v & 0xff)) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t hf_count_hash(const struct hf_count_metric *metric, uint64_t hash)
{
	for (size_t i = 0; i < metric->n_samples; i++)
		hash = fnv(fnv(fnv(hash, metric->sample[i].insns), metric->sample[i].ticks), metric->sample[i].ops);
	return hash;
}
