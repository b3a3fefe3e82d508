// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * insns: what the instructions counted in guests (guest/plugin/insns.c) say: as records beside those of the same boot, as a hash, or by function, one kernel
 * beside the other. The last also of the times of functions (tools/functions).
 */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/parse.h"
#include "guest/lib/count.h"
#include "guest/lib/fold.h"
#include "guest/lib/relabel.h"

const char *argp_program_version = "hugefault insns " HF_VERSION;

enum { OPT_BOOT = 0x100, OPT_LABEL, OPT_BLOCK, OPT_ORDER, OPT_TOP, OPT_TABLE, OPT_TABLES };
enum { TOP = 10 }; /* functions listed of each metric */
enum { FIGURE_METRICS = 6, FIGURE_FUNCTIONS = 6 };

struct args {
	struct hf_relabel relabel;
	const char *table;
	unsigned int top;
	char *path[3];
	unsigned int n_paths;
};

/* A whole number with a comma before every third digit from the end; below 100 with two places, if it has any. */
static const char *show(double v, bool sign, char *buf, size_t room)
{
	char digits[48];
	size_t len, n = 0;
	const char *minus = v < 0 ? "-" : sign ? "+" : "";

	v = fabs(v);
	if (v < 100 && fabs(v - rint(v)) > 0.005) {
		snprintf(buf, room, "%s%.2f", minus, v);
		return buf;
	}
	snprintf(digits, sizeof(digits), "%.0f", v);
	len = strlen(digits);
	n = (size_t)snprintf(buf, room, "%s", minus);
	for (size_t i = 0; i < len && n + 2 < room; i++) {
		if (i && (len - i) % 3 == 0)
			buf[n++] = ',';
		buf[n++] = digits[i];
	}
	buf[n] = '\0';
	return buf;
}

/* "thp-split fill=one trigger=debugfs split": the point, without what a single task has anyway, and the metric */
static void name_of(const struct hf_fold *f, char *buf, size_t room)
{
	static const char *const noise[] = { "\"bench\":", "\"params\":", ",\"tasks\":1", "\"tasks\":1", ",\"mode\":\"threads\"" };
	size_t n = 0, metric = strlen(f->metric);

	for (const char *s = f->point; *s && n + 1 < room;) {
		size_t skip = 0;

		for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]) && !skip; i++)
			skip = strncmp(s, noise[i], strlen(noise[i])) == 0 ? strlen(noise[i]) : 0;
		if (!skip) {
			skip = 1;
			if (*s == ',')
				buf[n++] = ' ';
			else if (*s == ':')
				buf[n++] = '=';
			else if (!strchr("\"{}", *s))
				buf[n++] = *s;
		}
		s += skip;
	}
	while (n && buf[n - 1] == ' ')
		n--;
	if (metric > 3 && strcmp(f->metric + metric - 3, "_ns") == 0)
		metric -= 3;
	snprintf(buf + n, room - n, " %.*s", (int)metric, f->metric);
}

static int read_counts(const char *path, struct hf_count *c)
{
	size_t line;
	int err = hf_count_read(path, c, &line);

	if (err == -EBADMSG)
		fprintf(stderr, "insns: %s:%zu: not a line of the plugin's\n", path, line);
	else if (err)
		fprintf(stderr, "insns: %s: %s\n", path, strerror(-err));
	else if (!c->complete)
		fprintf(stderr, "insns: %s: the guest did not come to its end\n", path);
	return err;
}

static void print_function(const struct hf_fold_row *r, unsigned int sides)
{
	char a[48], b[48], d[48], name[160];

	if (sides == 1) {
		printf("  %-44s %14s\n", r->own[0], show(r->insns[0], false, a, sizeof(a)));
		return;
	}
	if (r->own[0] && r->own[1] && strcmp(r->own[0], r->own[1]) != 0)
		snprintf(name, sizeof(name), "%s -> %s", r->own[0], r->own[1]);
	else
		snprintf(name, sizeof(name), "%s", r->own[1] ? r->own[1] : r->own[0]);
	printf("  %-44s %14s -> %14s  %14s\n", name, show(r->insns[0], false, a, sizeof(a)), show(r->insns[1], false, b, sizeof(b)),
	       show(r->insns[1] - r->insns[0], true, d, sizeof(d)));
}

static bool changed(const struct hf_fold *f)
{
	return fabs(f->total[1] - f->total[0]) > 1e-9 * f->total[0];
}

static void print_metric(const struct hf_fold *f, unsigned int sides, unsigned int top)
{
	char name[512], a[48], b[48];
	double rest = 0;
	size_t others = 0;

	name_of(f, name, sizeof(name));
	if (sides == 1)
		printf("%s: %s\n", name, show(f->total[0], false, a, sizeof(a)));
	else
		printf("%s %+.2f %%: %s -> %s\n", name, 100 * (f->total[1] / f->total[0] - 1), show(f->total[0], false, a, sizeof(a)),
		       show(f->total[1], false, b, sizeof(b)));
	for (size_t i = 0; i < f->n_rows; i++) {
		double d = f->row[i].insns[1] - f->row[i].insns[0];

		if (fabs(d) < 1e-9)
			continue;
		if (i < top) {
			print_function(&f->row[i], sides);
			continue;
		}
		rest += sides == 1 ? f->row[i].insns[0] : d;
		others++;
	}
	if (others)
		printf("  %-44s %14s %17s %15s\n", "others", sides == 1 ? show(rest, false, a, sizeof(a)) : "", "",
		       sides == 1 ? "" : show(rest, true, a, sizeof(a)));
}

static int by_change(const void *pa, const void *pb)
{
	const struct hf_fold *a = *(const struct hf_fold *const *)pa, *b = *(const struct hf_fold *const *)pb;
	double x = fabs(log(a->total[1] / a->total[0])), y = fabs(log(b->total[1] / b->total[0]));

	if (x < y || x > y)
		return x > y ? -1 : 1;
	return a < b ? -1 : 1;
}

/* Rows for plots/explain.gp: the functions that changed most, of the metrics that changed most. Return: how many. */
static int table_explain(const struct hf_fold *fold, size_t n)
{
	const struct hf_fold **order = calloc(n + 1, sizeof(*order));
	char name[512];
	int rows = 0;

	for (size_t i = 0; order && i < n; i++)
		order[i] = &fold[i];
	if (order && n)
		qsort(order, n, sizeof(*order), by_change);
	printf("row\tshare_percent\tfunction\tbase\tnew\tdifference\tgroup\n");
	for (size_t i = 0; order && i < n && i < FIGURE_METRICS && changed(order[i]); i++) {
		name_of(order[i], name, sizeof(name));
		for (size_t k = 0; k < order[i]->n_rows && k < FIGURE_FUNCTIONS; k++) {
			const struct hf_fold_row *r = &order[i]->row[k];
			double d = r->insns[1] - r->insns[0];

			if (fabs(d) < 1e-9)
				continue;
			/* its group's name stands above the first row of it */
			rows += 1 + !k;
			printf("%d\t%.4f\t%s\t%.2f\t%.2f\t%.2f\t", rows, 100 * d / order[i]->total[0], r->own[1] ? r->own[1] : r->own[0],
			       r->insns[0], r->insns[1], d);
			if (!k)
				printf("%s %+.2f %%", name, 100 * (order[i]->total[1] / order[i]->total[0] - 1));
			printf("\n");
		}
	}
	free(order);
	return rows;
}

static int explain(const struct args *a)
{
	struct hf_count count[2] = { 0 };
	const struct hf_count *side[2] = { &count[0], &count[1] };
	struct hf_fold *fold = NULL;
	int err = 0, n = 0, same = 0, status = HF_EXIT_OK;

	for (unsigned int s = 0; !err && s < a->n_paths; s++)
		err = read_counts(a->path[s], &count[s]);
	if (!err && a->n_paths > 1 && count[0].time != count[1].time) {
		fprintf(stderr, "insns: instructions cannot be put beside times\n");
		err = -EINVAL;
	}
	if (err) {
		status = HF_EXIT_USAGE;
		goto out;
	}
	n = hf_fold_all(side, a->n_paths, &fold);
	if (n < 0) {
		fprintf(stderr, "insns: out of memory\n");
		status = HF_EXIT_BROKEN;
		goto out;
	}
	if (!n) {
		fprintf(stderr, "insns: no operation was counted%s\n", a->n_paths > 1 ? " on both sides" : "");
		status = HF_EXIT_SKIP;
		goto out;
	}
	if (a->table) {
		status = table_explain(fold, (size_t)n) ? HF_EXIT_OK : HF_EXIT_SKIP;
		goto out;
	}
	if (count[0].time)
		printf("Nanoseconds per operation in each kernel function without those that it calls%s, by function_graph, whose own time is in them;\nthe middle half of the operations by length.\n",
		       a->n_paths > 1 ? ", base -> new" : "");
	else
		printf("Kernel instructions per operation%s. Not in them: caches, TLB, other CPUs, memory's distance. An iteration of a string instruction counts as "
		       "one.\n",
		       a->n_paths > 1 ? ", base -> new" : "");
	for (int i = 0; i < n; i++) {
		if (a->n_paths == 1 || changed(&fold[i]))
			print_metric(&fold[i], a->n_paths, a->top);
		else
			same++;
	}
	if (same)
		printf("%d of %d metrics: not one %s more or less\n", same, n, count[0].time ? "nanosecond" : "instruction");
out:
	hf_fold_free(fold, n > 0 ? (size_t)n : 0);
	hf_count_free(&count[0]);
	hf_count_free(&count[1]);
	return status;
}

/* One line for each metric of each point, and one for all of them. */
static int hash(const struct args *a)
{
	struct hf_count c;
	struct hf_fold *fold = NULL;
	uint64_t all = HF_COUNT_HASH;
	const struct hf_count *side = &c;
	char name[512];
	int n = read_counts(a->path[0], &c) ? -EINVAL : hf_fold_all(&side, 1, &fold);
	size_t samples = 0;

	for (int i = 0; i < n; i++) {
		uint64_t one = HF_COUNT_HASH;
		size_t of_one = 0;

		for (size_t s = 0; s < c.n_sections; s++) {
			const struct hf_count_metric *m =
				strcmp(c.section[s].point, fold[i].point) == 0 ? hf_count_metric(&c.section[s], fold[i].metric) : NULL;

			one = m ? hf_count_hash(m, one) : one;
			all = m ? hf_count_hash(m, all) : all;
			of_one += m ? m->n_samples : 0;
		}
		samples += of_one;
		name_of(&fold[i], name, sizeof(name));
		printf("%016llx %8zu %s\n", (unsigned long long)one, of_one, name);
	}
	if (n > 0)
		printf("%016llx %8zu all\n", (unsigned long long)all, samples);
	hf_fold_free(fold, n > 0 ? (size_t)n : 0);
	hf_count_free(&c);
	return n > 0 ? HF_EXIT_OK : n ? HF_EXIT_USAGE : HF_EXIT_SKIP;
}

static int records(const struct args *a)
{
	struct hf_count c;
	FILE *in;
	int err = read_counts(a->path[0], &c);

	if (err) {
		hf_count_free(&c);
		return HF_EXIT_USAGE;
	}
	in = fopen(a->path[1], "re");
	err = in ? hf_relabel_records(in, &c, &a->relabel, stdout) : -errno;
	if (err)
		fprintf(stderr, "insns: %s: %s\n", a->path[1], strerror(-err));
	if (in)
		fclose(in);
	hf_count_free(&c);
	return err ? HF_EXIT_BROKEN : HF_EXIT_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	uint64_t n;

	switch (key) {
	case OPT_BOOT:
		a->relabel.boot = arg;
		return 0;
	case OPT_LABEL:
		a->relabel.label = arg;
		return 0;
	case OPT_BLOCK:
		if (hf_parse_u64(arg, 0, INT32_MAX, &n))
			argp_error(state, "--block must be a number, not '%s'", arg);
		a->relabel.block = (int64_t)n;
		return 0;
	case OPT_ORDER:
		a->relabel.order = arg;
		return 0;
	case OPT_TOP:
		if (hf_parse_u64(arg, 1, 1000000, &n))
			argp_error(state, "--top must be a number, not '%s'", arg);
		a->top = (unsigned int)n;
		return 0;
	case OPT_TABLE:
		if (strcmp(arg, "explain") != 0)
			argp_error(state, "no table '%s'; --tables names them", arg);
		a->table = arg;
		return 0;
	case OPT_TABLES:
		printf("explain the functions whose instructions changed\n");
		exit(fflush(stdout) ? HF_EXIT_BROKEN : HF_EXIT_OK);
	case ARGP_KEY_ARG:
		if (a->n_paths == 3)
			argp_error(state, "'%s' is one argument too many", arg);
		else
			a->path[a->n_paths++] = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "boot", OPT_BOOT, "ID", 0, "records: what this boot is called; counted boots are alike to the last bit, their boot_id, too", 1 },
		{ "label", OPT_LABEL, "TEXT", 0, "records: what was measured", 1 },
		{ "block", OPT_BLOCK, "N", 0, "records: place in an A/B schedule", 1 },
		{ "order", OPT_ORDER, "TEXT", 0, "records: order inside the block", 1 },
		{ "top", OPT_TOP, "N", 0, "explain: functions listed of each metric (default 10)", 2 },
		{ "table", OPT_TABLE, "NAME", 0, "explain: print the table of a figure instead (exit 0 when it has rows)", 2 },
		{ "tables", OPT_TABLES, NULL, 0, "list them", 2 },
		{ 0 },
	};
	static const struct argp argp = { options, parse, "records PROFILE RECORDS\nhash PROFILE\nexplain BASE [NEW]",
					  "What was counted in a guest by the plugin insns.so: as records, beside those of the same boot; "
					  "a hash over every sample; by function, alone or beside another kernel's.\v"
					  "Exit status: 0, 2 usage or bad data, 3 broken, 4 nothing was counted.",
					  NULL, NULL, NULL };
	struct args a = { .relabel = { .block = -1 }, .top = TOP };
	int status = HF_EXIT_USAGE;
	const char *what;

	argp_err_exit_status = HF_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	what = a.n_paths ? a.path[0] : "";
	memmove(a.path, a.path + 1, sizeof(a.path) - sizeof(a.path[0]));
	a.n_paths -= a.n_paths > 0;
	if (strcmp(what, "records") == 0 && a.n_paths == 2 && a.relabel.boot)
		status = records(&a);
	else if (strcmp(what, "hash") == 0 && a.n_paths == 1)
		status = hash(&a);
	else if (strcmp(what, "explain") == 0 && (a.n_paths == 2 || (a.n_paths == 1 && !a.table)))
		status = explain(&a);
	else
		fprintf(stderr, "insns: records --boot=ID PROFILE RECORDS, hash PROFILE, or explain BASE [NEW]; see --help\n");
	if (fflush(stdout) || ferror(stdout)) {
		perror("insns: standard output");
		status = HF_EXIT_BROKEN;
	}
	return status;
}
