// SPDX-License-Identifier: GPL-2.0-or-later
/* Two sets of records side by side. */
#include "compare/lib/sides.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/grow.h"
#include "base/parse.h"
#include "compare/lib/differences.h"

#define PATH_ROOM 4096
#define DEEPEST 16 /* directories below the one that was named */

static int fail(struct hf_sides *s, int err, const char *path, const char *why)
{
	snprintf(s->error, sizeof(s->error), "%s: %s", path, why);
	return err;
}

int hf_sides_no_memory(struct hf_sides *s)
{
	snprintf(s->error, sizeof(s->error), "out of memory");
	return -ENOMEM;
}

bool hf_sides_declared(const struct hf_sides *s, const char *name)
{
	for (size_t i = 0; i < s->n_varies; i++)
		if (strcmp(s->varies[i], name) == 0)
			return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct hf_pair *)a)->name, ((const struct hf_pair *)b)->name);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct hf_series *)a)->key, ((const struct hf_series *)b)->key);
}

static void free_series(struct hf_series *series)
{
	for (size_t i = 0; i < series->n_obs; i++) {
		free(series->obs[i].rep);
		free(series->obs[i].bin);
	}
	for (size_t i = 0; i < series->params.n; i++) {
		free(series->params.at[i].name);
		free(series->params.at[i].text);
	}
	free(series->obs);
	free(series->params.at);
	free(series->key);
	free(series->bench);
	free(series->metric);
	free(series->unit);
	free(series);
}

static char *make_key(const struct hf_series *series)
{
	char *key = NULL;
	size_t len;
	FILE *f = open_memstream(&key, &len);

	if (!f)
		return NULL;
	fprintf(f, "%s\n%s", series->bench, series->metric);
	for (size_t i = 0; i < series->params.n; i++)
		fprintf(f, "\n%s=%s", series->params.at[i].name, series->params.at[i].text);
	if (fclose(f)) {
		free(key);
		return NULL;
	}
	return key;
}

static struct hf_series *new_series(const struct hf_sides *s, const struct hf_sample *sample)
{
	struct hf_series *series = calloc(1, sizeof(*series));

	if (!series)
		return NULL;
	series->better = sample->better;
	series->exact = sample->exact;
	series->bench = strdup(sample->bench);
	series->metric = strdup(sample->metric);
	series->unit = strdup(sample->unit);
	series->params.at = calloc(sample->params.n + 1, sizeof(*series->params.at));
	if (!series->bench || !series->metric || !series->unit || !series->params.at)
		goto err;
	for (size_t i = 0; i < sample->params.n; i++) {
		struct hf_pair *p = &series->params.at[series->params.n];

		if (hf_sides_declared(s, sample->params.at[i].name))
			continue;
		series->params.n++;
		p->name = strdup(sample->params.at[i].name);
		p->text = strdup(sample->params.at[i].text);
		if (!p->name || !p->text)
			goto err;
	}
	qsort(series->params.at, series->params.n, sizeof(*series->params.at), by_name);
	series->key = make_key(series);
	if (series->key)
		return series;
err:
	free_series(series);
	return NULL;
}

static struct hf_series *get_series(struct hf_sides *s, const struct hf_sample *sample)
{
	struct hf_series *series = new_series(s, sample), **found, **list;

	if (!series)
		return NULL;
	found = tsearch(series, &s->tree, by_key);
	if (!found) {
		free_series(series);
		return NULL;
	}
	if (*found != series) {
		free_series(series);
		return *found;
	}
	list = hf_grow(s->series, s->n_series, sizeof(struct hf_series *));
	if (!list) {
		tdelete(series, &s->tree, by_key);
		free_series(series);
		return NULL;
	}
	s->series = list;
	s->series[s->n_series++] = series;
	return series;
}

static int add_sample(struct hf_sides *s, struct hf_sample *sample, bool b)
{
	struct hf_obs obs = {
		.run = sample->run, .boot = sample->run->boot, .b = b, .t = sample->time, .value = sample->value, .res = sample->res
	};
	struct hf_series *series;
	struct hf_obs *list;

	if (sample->better == HF_BETTER_INFO)
		return 0;
	series = get_series(s, sample);
	obs.rep = calloc(sample->n_reps + 1, sizeof(*obs.rep));
	list = series ? hf_grow(series->obs, series->n_obs, sizeof(obs)) : NULL;
	if (list)
		series->obs = list;
	if (!list || !obs.rep) {
		free(obs.rep);
		return hf_sides_no_memory(s);
	}
	for (size_t i = 0; i < sample->n_reps; i++)
		if (isfinite(sample->rep[i]))
			obs.rep[obs.n++] = sample->rep[i];
	if (!obs.n)
		obs.rep[obs.n++] = sample->value;
	obs.cv2 = sample->sd * sample->sd / (sample->value * sample->value);
	obs.iterations = (double)sample->n;
	obs.bin = sample->bin;
	obs.n_bins = sample->n_bins;
	sample->bin = NULL;
	sample->n_bins = 0;
	series->obs[series->n_obs++] = obs;
	return 0;
}

static int add_file(struct hf_sides *s, const char *path, bool b)
{
	struct hf_sample sample;
	size_t before = s->n_runs, n;
	bool *run_b;
	int err = hf_reader_open(s->reader, path);

	if (err)
		goto err_reader;
	while ((err = hf_reader_next(s->reader, &sample)) > 0) {
		err = add_sample(s, &sample, b);
		hf_reader_sample_free(&sample);
		if (err)
			return err;
	}
	if (err)
		goto err_reader;
	n = hf_reader_runs(s->reader);
	if (n == before)
		return fail(s, -ENODATA, path, "no run in it");
	run_b = realloc(s->run_b, n * sizeof(*run_b));
	if (!run_b)
		return hf_sides_no_memory(s);
	s->run_b = run_b;
	for (s->n_runs = before; s->n_runs < n; s->n_runs++) {
		const struct hf_run *run = hf_reader_run(s->reader, s->n_runs);

		s->run_b[s->n_runs] = b;
		if (run->ended)
			continue;
		snprintf(s->error, sizeof(s->error), "%s:%zu: run %s of %s has no 'end' line: it was killed, or the file is cut short",
			 run->file, run->line, run->id, run->bench);
		return -EBADMSG;
	}
	return 0;

err_reader:
	snprintf(s->error, sizeof(s->error), "%s", hf_reader_error(s->reader));
	return err;
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int add_directory(struct hf_sides *s, const char *path, bool b, unsigned int depth, size_t *files)
{
	struct dirent **entry;
	char sub[PATH_ROOM];
	struct stat st;
	bool whole;
	int n, err = 0;

	snprintf(sub, sizeof(sub), "%s/records.jsonl", path);
	whole = stat(sub, &st) == 0;
	n = scandir(path, &entry, visible, alphasort);
	if (n < 0)
		return fail(s, -errno, path, strerror(errno));
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name, *dot = strrchr(name, '.');

		if (!err && snprintf(sub, sizeof(sub), "%s/%s", path, name) < (int)sizeof(sub) && stat(sub, &st) == 0) {
			if (S_ISDIR(st.st_mode) && depth < DEEPEST) {
				err = add_directory(s, sub, b, depth + 1, files);
			} else if (S_ISREG(st.st_mode) && dot && strcmp(dot, ".jsonl") == 0 &&
				   (!whole || strcmp(name, "records.jsonl") == 0)) {
				err = add_file(s, sub, b);
				(*files)++;
			}
		}
		free(entry[i]);
	}
	free(entry);
	return err;
}

int hf_sides_init(struct hf_sides *s, char **varies, size_t n_varies)
{
	memset(s, 0, sizeof(*s));
	s->varies = varies;
	s->n_varies = n_varies;
	s->reader = hf_reader_new();
	return s->reader ? 0 : hf_sides_no_memory(s);
}

int hf_sides_add(struct hf_sides *s, const char *path, bool b)
{
	struct stat st;
	size_t files = 0;
	int err;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return add_file(s, path, b);
	err = add_directory(s, path, b, 0, &files);
	return err || files ? err : fail(s, -ENODATA, path, "no records (*.jsonl) in this directory");
}

static bool has_label(const struct hf_sides *s, bool b, const char *label)
{
	for (size_t i = 0; i < s->n_runs; i++)
		if (s->run_b[i] == b && strcmp(hf_reader_run(s->reader, i)->label, label) == 0)
			return true;
	return false;
}

int hf_sides_follow(struct hf_sides *s, const struct hf_sides *other)
{
	for (size_t i = 0; i < s->n_runs; i++) {
		const struct hf_run *run = hf_reader_run(s->reader, i);
		bool base = has_label(other, false, run->label);

		if (base == has_label(other, true, run->label)) {
			snprintf(s->error, sizeof(s->error), "%s:%zu: label '%s' is of %s BASE %s NEW: it does not tell the side",
				 run->file, run->line, run->label, base ? "both" : "neither", base ? "and" : "nor");
			return -EINVAL;
		}
		s->run_b[i] = !base;
	}
	for (size_t i = 0; i < s->n_series; i++)
		for (size_t k = 0; k < s->series[i]->n_obs; k++)
			s->series[i]->obs[k].b = has_label(other, true, s->series[i]->obs[k].run->label);
	return 0;
}

const struct hf_series *hf_sides_find(const struct hf_sides *s, const struct hf_series *like)
{
	struct hf_series **found = tfind(like, &s->tree, by_key);

	return found ? *found : NULL;
}

int hf_sides_finish(struct hf_sides *s)
{
	int err = hf_units_find(s);

	return err ? err : hf_differences_find(s);
}

static void nothing(void *node)
{
	(void)node; /* series are freed by the list */
}

void hf_sides_free(struct hf_sides *s)
{
	tdestroy(s->tree, nothing);
	for (size_t i = 0; i < s->n_series; i++)
		free_series(s->series[i]);
	for (size_t i = 0; i < s->n_differences; i++) {
		free(s->difference[i].base);
		free(s->difference[i].new);
	}
	free(s->series);
	free(s->difference);
	free(s->run_b);
	hf_reader_free(s->reader);
	memset(s, 0, sizeof(*s));
}

static bool varies(const struct hf_sides *s, const struct hf_series *series, const struct hf_pair *p)
{
	for (size_t i = 0; i < s->n_series; i++) {
		const char *other = hf_reader_pair(&s->series[i]->params, p->name);

		if (strcmp(s->series[i]->bench, series->bench) == 0 && (!other || strcmp(other, p->text) != 0))
			return true;
	}
	return false;
}

char *hf_sides_name(const struct hf_sides *s, const struct hf_series *series, char *buf, size_t room)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < series->params.n && len < room; i++) {
		const struct hf_pair *p = &series->params.at[i];
		char size[32];
		uint64_t bytes;
		const char *text = p->text;

		if (!varies(s, series, p))
			continue;
		if (!hf_parse_size(text, 1024, UINT64_MAX, &bytes) && bytes % 1024 == 0)
			text = hf_parse_show_size(bytes, size, sizeof(size));
		len += (size_t)snprintf(buf + len, room - len, "%s%s=%s", len ? " " : "", p->name, text);
	}
	return buf;
}

const char *hf_sides_title(const struct hf_sides *s, const struct hf_series *series, const char *metric, char *buf, size_t room)
{
	char point[128];

	hf_sides_name(s, series, point, sizeof(point));
	snprintf(buf, room, "%s%s%s %s", series->bench, *point ? " " : "", point, metric);
	return buf;
}
