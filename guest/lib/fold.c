// SPDX-License-Identifier: GPL-2.0-or-later
/* Instructions by function. */
#include "guest/lib/fold.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Functions that do the same work under another name: 6.1's, then 6.12's. */
static const struct {
	const char *old, *now;
} renamed[] = {
	{ "__update_and_free_page", "__update_and_free_hugetlb_folio" },
	{ "add_hugetlb_page", "add_hugetlb_folio" },
	{ "alloc_buddy_huge_page", "alloc_buddy_hugetlb_folio" },
	{ "alloc_fresh_huge_page", "alloc_fresh_hugetlb_folio" },
	{ "alloc_huge_page", "alloc_hugetlb_folio" },
	{ "alloc_pool_huge_page", "alloc_pool_huge_folio" },
	{ "alloc_surplus_huge_page", "alloc_surplus_hugetlb_folio" },
	{ "clear_huge_page", "folio_zero_user" },
	{ "copy_user_huge_page", "copy_user_large_folio" },
	{ "dequeue_huge_page_nodemask", "dequeue_hugetlb_folio_nodemask" },
	{ "dissolve_free_huge_page", "dissolve_free_hugetlb_folio" },
	{ "dissolve_free_huge_pages", "dissolve_free_hugetlb_folios" },
	{ "enqueue_huge_page", "enqueue_hugetlb_folio" },
	{ "free_huge_page", "free_huge_folio" },
	{ "hugepage_add_new_anon_rmap", "hugetlb_add_new_anon_rmap" },
	{ "hugetlb_vmemmap_optimize", "hugetlb_vmemmap_optimize_folio" },
	{ "hugetlb_vmemmap_restore", "hugetlb_vmemmap_restore_folio" },
	{ "lru_add_fn", "lru_add" },
	{ "page_add_new_anon_rmap", "folio_add_new_anon_rmap" },
	{ "release_pages", "folios_put_refs" },
	{ "remove_hugetlb_page", "remove_hugetlb_folio" },
	{ "split_huge_page_to_list", "split_huge_page_to_list_to_order" },
	{ "update_and_free_page", "update_and_free_hugetlb_folio" },
};

char *hf_fold_name(const char *name)
{
	static const char noprof[] = "_noprof";
	size_t len = strcspn(name, "."), tail = sizeof(noprof) - 1;

	if (len > tail && strncmp(name + len - tail, noprof, tail) == 0)
		len -= tail;
	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
		if (strlen(renamed[i].old) == len && strncmp(renamed[i].old, name, len) == 0)
			return strdup(renamed[i].now);
	return strndup(name, len ? len : strlen(name));
}

static struct hf_fold_row *find_row(struct hf_fold *f, const char *name)
{
	struct hf_fold_row *row;

	for (size_t i = 0; i < f->n_rows; i++)
		if (strcmp(f->row[i].name, name) == 0)
			return &f->row[i];
	row = realloc(f->row, (f->n_rows + 1) * sizeof(*row));
	if (!row)
		return NULL;
	f->row = row;
	row = &f->row[f->n_rows++];
	*row = (struct hf_fold_row){ .name = strdup(name) };
	return row->name ? row : NULL;
}

/* What the instructions of a function add, all at once: addresses ascend. */
static int add_function(struct hf_fold *f, unsigned int side, const char *own, double insns)
{
	char *name = hf_fold_name(own);
	struct hf_fold_row *row = name ? find_row(f, name) : NULL;

	free(name);
	if (!row)
		return -ENOMEM;
	if (!row->own[side] || strlen(own) < strlen(row->own[side]))
		row->own[side] = own;
	row->insns[side] += insns;
	return 0;
}

static double operations(const struct hf_count *c, const char *point, const char *metric)
{
	double ops = 0;

	for (size_t i = 0; i < c->n_sections; i++) {
		const struct hf_count_metric *m = strcmp(c->section[i].point, point) == 0 ? hf_count_metric(&c->section[i], metric) : NULL;

		for (size_t k = 0; m && k < m->n_samples; k++)
			ops += (double)m->sample[k].ops;
	}
	return ops;
}

static int add_side(struct hf_fold *f, unsigned int side, const struct hf_count *c, double ops)
{
	int err = 0;

	for (size_t i = 0; !err && i < c->n_sections; i++) {
		const struct hf_count_metric *m =
			strcmp(c->section[i].point, f->point) == 0 ? hf_count_metric(&c->section[i], f->metric) : NULL;

		for (size_t k = 0; m && !err && k < m->n_at;) {
			const char *own = hf_count_function(c, m->at[k].addr);
			double n = 0;

			for (; k < m->n_at && hf_count_function(c, m->at[k].addr) == own; k++)
				n += (double)m->at[k].n;
			err = add_function(f, side, own, n / ops);
			f->total[side] += n / ops;
		}
		for (size_t k = 0; m && !err && k < m->n_functions; k++) {
			err = add_function(f, side, m->function[k].name, (double)m->function[k].self / ops);
			f->total[side] += (double)m->function[k].self / ops;
		}
	}
	return err;
}

static int by_difference(const void *pa, const void *pb)
{
	const struct hf_fold_row *a = pa, *b = pb;
	double x = fabs(a->insns[1] - a->insns[0]), y = fabs(b->insns[1] - b->insns[0]);

	if (x < y || x > y)
		return x > y ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* An earlier section of this side is of the same point and has this metric. */
static bool seen(const struct hf_count *c, size_t section, const char *metric)
{
	for (size_t i = 0; i < section; i++)
		if (strcmp(c->section[i].point, c->section[section].point) == 0 && hf_count_metric(&c->section[i], metric))
			return true;
	return false;
}

int hf_fold_all(const struct hf_count *const *side, unsigned int n_sides, struct hf_fold **fold)
{
	const struct hf_count *c = side[0];
	struct hf_fold *all = NULL;
	size_t n = 0;
	int err = 0;

	for (size_t i = 0; !err && i < c->n_sections; i++) {
		for (size_t k = 0; !err && k < c->section[i].n_metrics; k++) {
			struct hf_fold f = { .point = c->section[i].point, .metric = c->section[i].metric[k].name }, *more;
			double ops[2] = { 0 };

			for (unsigned int s = 0; s < n_sides; s++)
				ops[s] = operations(side[s], f.point, f.metric);
			if (seen(c, i, f.metric) || !(ops[0] > 0) || (n_sides > 1 && !(ops[1] > 0)))
				continue;
			more = realloc(all, (n + 1) * sizeof(*all));
			if (!more) {
				err = -ENOMEM;
				break;
			}
			all = more;
			for (unsigned int s = 0; !err && s < n_sides; s++)
				err = add_side(&f, s, side[s], ops[s]);
			if (f.n_rows)
				qsort(f.row, f.n_rows, sizeof(*f.row), by_difference);
			all[n++] = f;
		}
	}
	if (err)
		hf_fold_free(all, n);
	*fold = err ? NULL : all;
	return err ? err : (int)n;
}

void hf_fold_free(struct hf_fold *fold, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < fold[i].n_rows; k++)
			free(fold[i].row[k].name);
		free(fold[i].row);
	}
	free(fold);
}
