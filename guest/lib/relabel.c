// SPDX-License-Identifier: GPL-2.0-or-later
/* Records of deterministic guests. */
#include "guest/lib/relabel.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* Behind the string that begins at @s. */
static const char *past_string(const char *s)
{
	for (s++; *s && *s != '"'; s++)
		if (*s == '\\' && s[1])
			s++;
	return *s ? s + 1 : s;
}

/* Behind the value that begins at @s. */
static const char *past_value(const char *s)
{
	int depth = 0;

	for (; *s; s++) {
		if (*s == '"')
			s = past_string(s) - 1;
		else if (*s == '{' || *s == '[')
			depth++;
		else if (*s == '}' || *s == ']' || *s == ',') {
			if (!depth)
				return s;
			depth -= *s != ',';
		}
	}
	return s;
}

/* Where the value of the top-level member @key begins, or NULL. */
static const char *value_of(const char *line, const char *key)
{
	const char *s = line;
	size_t len = strlen(key);

	if (*s++ != '{')
		return NULL;
	while (*s == '"') {
		const char *name = s + 1, *end = past_string(s);

		if (*end != ':')
			return NULL;
		if ((size_t)(end - 1 - name) == len && strncmp(name, key, len) == 0)
			return end + 1;
		s = past_value(end + 1);
		if (*s == ',')
			s++;
	}
	return NULL;
}

char *hf_relabel_member(const char *line, const char *key, const char *value)
{
	const char *at = value_of(line, key);
	char *out;

	if (!at)
		return strdup(line);
	return asprintf(&out, "%.*s%s%s", (int)(at - line), line, value, past_value(at)) < 0 ? NULL : out;
}

/* The same; @line is freed, and NULL goes through. */
static char *change(char *line, const char *key, const char *value)
{
	char *out = line ? hf_relabel_member(line, key, value) : NULL;

	free(line);
	return out;
}

/* @text as a string of JSON, for free(3) */
static char *quote(const char *text)
{
	struct hf_json *j = hf_json_object();
	char *line, *out = NULL;

	hf_json_str(j, "x", text);
	line = hf_json_text(j);
	hf_json_free(j);
	if (line)
		out = strndup(line + strlen("{\"x\":"), strlen(line) - strlen("{\"x\":}"));
	free(line);
	return out;
}

static char *change_text(char *line, const char *key, const char *text)
{
	char *value = quote(text), *out = value ? change(line, key, value) : NULL;

	if (!value)
		free(line);
	free(value);
	return out;
}

/* The run's own name with the boot's behind it: unique again. */
static char *change_run(char *line, const char *boot)
{
	const char *at = line ? value_of(line, "run") : NULL;
	char *value, *out = NULL;

	if (at && *at == '"') {
		if (asprintf(&value, "%.*s-%s", (int)(past_string(at) - at - 2), at + 1, boot) >= 0) {
			out = change_text(line, "run", value);
			free(value);
			return out;
		}
		free(line);
		return NULL;
	}
	return line;
}

static char *relabel(const char *text, const struct hf_relabel *how)
{
	char *line = change_run(strdup(text), how->boot), number[24];

	line = change_text(line, "boot", how->boot);
	if (how->label)
		line = change_text(line, "label", how->label);
	if (how->order)
		line = change_text(line, "order", how->order);
	if (how->block >= 0) {
		snprintf(number, sizeof(number), "%lld", (long long)how->block);
		line = change(line, "block", number);
	}
	return change(line, "exact", "true");
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Of sorted values, without a tenth of them at either end: an operation that a timer interrupt fell into is as far from the others as it is by the clock. */
static double trimmed_mean(const double *value, size_t n)
{
	size_t cut = n / 10;
	double sum = 0;

	for (size_t i = cut; i < n - cut; i++)
		sum += value[i];
	return sum / (double)(n - 2 * cut);
}

/* "fault_ns" -> "fault_insns" */
static void insns_name(const char *metric, char *buf, size_t room)
{
	size_t len = strlen(metric);

	if (len > 3 && strcmp(metric + len - 3, "_ns") == 0)
		len -= 3;
	snprintf(buf, room, "%.*s_insns", (int)len, metric);
}

/* The sample line of a metric, from all sections of the same text as section @first. */
static char *sample_line(const struct hf_count *c, size_t first, const char *metric, const struct hf_relabel *how)
{
	const char *text = c->section[first].text;
	struct hf_json *j = hf_json_object(), *reps;
	uint64_t hash = HF_COUNT_HASH;
	double *each = NULL, sum = 0, squares = 0, logs = 0;
	size_t n = 0, n_reps = 0;
	char name[96], *tail, *line = NULL, *out;

	insns_name(metric, name, sizeof(name));
	hf_json_str(j, "metric", name);
	hf_json_str(j, "unit", "count");
	hf_json_str(j, "better", "lower");
	hf_json_bool(j, "exact", true);
	reps = hf_json_add_array(j, "reps");
	for (size_t i = first; i < c->n_sections; i++) {
		const struct hf_count_metric *m = strcmp(c->section[i].text, text) == 0 ? hf_count_metric(&c->section[i], metric) : NULL;
		double middle, *more = m && m->n_samples ? realloc(each, (n + m->n_samples) * sizeof(*each)) : NULL;

		if (!more)
			continue;
		each = more;
		for (size_t k = 0; k < m->n_samples; k++) {
			each[n] = (double)m->sample[k].insns / (double)m->sample[k].ops;
			sum += each[n];
			squares += each[n] * each[n];
			n++;
		}
		qsort(each + n - m->n_samples, m->n_samples, sizeof(*each), by_value);
		middle = trimmed_mean(each + n - m->n_samples, m->n_samples);
		hf_json_num(reps, NULL, middle);
		logs += log(middle);
		n_reps++;
		hash = hf_count_hash(m, hash);
	}
	if (n) {
		char hex[24];

		qsort(each, n, sizeof(*each), by_value);
		hf_json_int(j, "n", (int64_t)n);
		hf_json_num(j, "value", isfinite(logs) ? exp(logs / (double)n_reps) : sum / (double)n);
		hf_json_num(j, "mean", sum / (double)n);
		hf_json_num(j, "sd", sqrt(fmax(0, squares / (double)n - sum / (double)n * (sum / (double)n))));
		hf_json_num(j, "min", each[0]);
		hf_json_num(j, "max", each[n - 1]);
		hf_json_num(j, "p50", (each[(n - 1) / 2] + each[n / 2]) / 2);
		snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)hash);
		hf_json_str(j, "hash", hex);
	}
	free(each);
	tail = n ? hf_json_text(j) : NULL;
	hf_json_free(j);
	/* the section's text is an object, whose members come first */
	if (tail && asprintf(&line, "%.*s,%s", (int)strlen(text) - 1, text, tail + 1) < 0)
		line = NULL;
	free(tail);
	out = line ? relabel(line, how) : NULL;
	free(line);
	return out;
}

/* An earlier section of the same text has this metric. */
static bool seen(const struct hf_count *c, size_t section, const char *metric)
{
	for (size_t i = 0; i < section; i++)
		if (strcmp(c->section[i].text, c->section[section].text) == 0 && hf_count_metric(&c->section[i], metric))
			return true;
	return false;
}

static bool same_run(const char *a, const char *b)
{
	const char *x = value_of(a, "run"), *y = value_of(b, "run");

	return x && y && past_value(x) - x == past_value(y) - y && strncmp(x, y, (size_t)(past_value(x) - x)) == 0;
}

/* The counted metrics of the run whose last line is @end. */
static int put_counted(const char *end, const struct hf_count *c, const struct hf_relabel *how, FILE *out)
{
	for (size_t i = 0; i < c->n_sections; i++) {
		if (!same_run(end, c->section[i].text))
			continue;
		for (size_t k = 0; k < c->section[i].n_metrics; k++) {
			const struct hf_count_metric *m = &c->section[i].metric[k];
			char *line;

			if (!m->n_samples || seen(c, i, m->name))
				continue;
			line = sample_line(c, i, m->name, how);
			if (!line)
				return -ENOMEM;
			fprintf(out, "%s\n", line);
			free(line);
		}
	}
	return 0;
}

int hf_relabel_records(FILE *in, const struct hf_count *count, const struct hf_relabel *how, FILE *out)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t len;
	int err = 0;

	while (!err && (len = getline(&text, &room, in)) > 0) {
		const char *type;
		char *line;

		if (text[len - 1] != '\n')
			break; /* cut short: the guest died */
		text[len - 1] = '\0';
		type = value_of(text, "type");
		if (type && strncmp(type, "\"end\"", 5) == 0)
			err = put_counted(text, count, how, out);
		line = relabel(text, how);
		if (!line)
			err = -ENOMEM;
		else
			fprintf(out, "%s\n", line);
		free(line);
	}
	free(text);
	if (!err && ferror(in))
		err = -EIO;
	return err;
}
