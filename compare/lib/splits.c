// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of splits. */
#include "compare/lib/splits.h"

#include <math.h>
#include <string.h>

#include "base/parse.h"

#define NAME_ROOM 64
#define WORDS_MAX 32

/* The values of a parameter, in alphabetical order. */
struct words {
	const char *at[WORDS_MAX];
	unsigned int n;
};

static void add_word(struct words *w, const char *word)
{
	unsigned int i = w->n;

	for (unsigned int k = 0; k < w->n; k++)
		if (strcmp(w->at[k], word) == 0)
			return;
	if (w->n == WORDS_MAX)
		return;
	for (w->n++; i && strcmp(w->at[i - 1], word) > 0; i--)
		w->at[i] = w->at[i - 1];
	w->at[i] = word;
}

static unsigned int place_of(const struct words *w, const char *word)
{
	unsigned int i = 0;

	while (i < w->n && strcmp(w->at[i], word) != 0)
		i++;
	return i + 1;
}

/* The benchmark whose "success" is a matrix of "pin" by "trigger". */
static bool is_matrix(const struct hf_group *g, const struct hf_point *p)
{
	return strcmp(g->bench, "thp-split-pinned") == 0 && hf_points_value(p, "success") && hf_reader_pair(&p->params, "pin") && hf_reader_pair(&p->params, "trigger") &&
	       hf_reader_pair(&p->params, "backing");
}

/* What tells a matrix from another: all parameters but the two of its sides. */
static char *matrix_of(const struct hf_point *p, char *buf, size_t room)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < p->params.n && len < room; i++) {
		const char *name = p->params.at[i].name;

		if (strcmp(name, "pin") != 0 && strcmp(name, "trigger") != 0 && strcmp(name, "tasks") != 0 && strcmp(name, "mode") != 0)
			len += (size_t)snprintf(buf + len, room - len, "%s%s=%s", len ? " " : "", name, p->params.at[i].text);
	}
	return buf;
}

void hf_splits_matrix(struct hf_rows *t, const struct hf_points *points)
{
	struct words pins = { .n = 0 }, triggers = { .n = 0 };
	char first[256], other[256];

	for (size_t i = 0; i < points->n_groups; i++) {
		for (size_t p = 0; p < points->group[i].n_points; p++) {
			const struct hf_point *at = &points->group[i].point[p];

			if (!is_matrix(&points->group[i], at))
				continue;
			add_word(&pins, hf_reader_pair(&at->params, "pin"));
			add_word(&triggers, hf_reader_pair(&at->params, "trigger"));
		}
	}
	for (size_t i = 0; i < points->n_groups; i++) {
		const struct hf_group *g = &points->group[i];

		for (size_t p = 0; p < g->n_points; p++) {
			bool seen = !is_matrix(g, &g->point[p]);

			for (size_t q = 0; q < p && !seen; q++)
				seen = is_matrix(g, &g->point[q]) && strcmp(matrix_of(&g->point[p], first, sizeof(first)), matrix_of(&g->point[q], other, sizeof(other))) == 0;
			if (seen)
				continue;
			matrix_of(&g->point[p], first, sizeof(first));
			hf_rows_block(t);
			for (size_t q = p; q < g->n_points; q++) {
				const struct hf_point *at = &g->point[q];
				const struct hf_value *v = hf_points_value(at, "success");

				if (!is_matrix(g, at) || strcmp(matrix_of(at, other, sizeof(other)), first) != 0)
					continue;
				hf_rows_text(t, first);
				hf_rows_number(t, place_of(&pins, hf_reader_pair(&at->params, "pin")));
				hf_rows_text(t, hf_reader_pair(&at->params, "pin"));
				hf_rows_number(t, place_of(&triggers, hf_reader_pair(&at->params, "trigger")));
				hf_rows_text(t, hf_reader_pair(&at->params, "trigger"));
				hf_rows_number(t, v->sample.value);
				hf_rows_number(t, v->sample.lo);
				hf_rows_number(t, v->sample.hi);
				hf_rows_number(t, (double)v->sample.n);
				hf_rows_end(t);
			}
		}
	}
}

static void text_place(struct hf_rows *t, const struct hf_group *g, const struct hf_point *p)
{
	char place[128];

	hf_rows_text(t, hf_points_place(g, p, place, sizeof(place)));
}

void hf_splits_cost(struct hf_rows *t, const struct hf_points *points)
{
	static const char *const metrics[] = { "split_ns", "early_ns", "late_ns" };

	for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++) {
		unsigned int row = 0;
		int before = t->rows;

		for (size_t i = 0; i < points->n_groups; i++) {
			const struct hf_group *g = &points->group[i];

			for (size_t p = 0; p < g->n_points; p++) {
				const struct hf_value *v = hf_points_value(&g->point[p], metrics[m]);
				bool any = false;

				for (size_t k = 0; k < sizeof(metrics) / sizeof(metrics[0]); k++)
					any |= hf_points_value(&g->point[p], metrics[k]) != NULL;
				row += any;
				if (!v)
					continue;
				if (t->rows == before)
					hf_rows_block(t);
				hf_rows_number(t, row);
				text_place(t, g, &g->point[p]);
				hf_rows_text(t, metrics[m]);
				hf_rows_number(t, v->sample.p50);
				hf_rows_number(t, v->sample.value);
				hf_rows_number(t, v->sample.lo);
				hf_rows_number(t, v->sample.hi);
				hf_rows_end(t);
			}
		}
	}
}

static double share_of(const struct hf_point *p)
{
	double v;

	return hf_parse_double(hf_reader_pair(&p->params, "pinned_share"), 0, 100, &v) ? NAN : v;
}

void hf_splits_share(struct hf_rows *t, const struct hf_points *points)
{
	char first[NAME_ROOM], name[NAME_ROOM];

	for (size_t i = 0; i < points->n_groups; i++) {
		const struct hf_group *g = &points->group[i];

		for (size_t p = 0; p < g->n_points; p++) {
			bool alone = true, seen = false;

			if (!hf_points_value(&g->point[p], "success") || !hf_reader_pair(&g->point[p].params, "pinned_share"))
				continue;
			hf_points_name(g, &g->point[p], "pinned_share", first, sizeof(first));
			for (size_t q = 0; q < g->n_points; q++) {
				if (q == p || !hf_points_value(&g->point[q], "success") ||
				    strcmp(hf_points_name(g, &g->point[q], "pinned_share", name, sizeof(name)), first) != 0)
					continue;
				alone = false;
				seen |= q < p;
			}
			if (alone || seen)
				continue;
			hf_rows_block(t);
			for (size_t q = p; q < g->n_points; q++) {
				const struct hf_value *v = hf_points_value(&g->point[q], "success");

				if (!v || strcmp(hf_points_name(g, &g->point[q], "pinned_share", name, sizeof(name)), first) != 0)
					continue;
				hf_rows_text(t, g->bench);
				hf_rows_text(t, name);
				hf_rows_number(t, share_of(&g->point[q]));
				hf_rows_number(t, v->sample.value);
				hf_rows_number(t, v->sample.lo);
				hf_rows_number(t, v->sample.hi);
				hf_rows_end(t);
			}
		}
	}
}
