// SPDX-License-Identifier: GPL-2.0-or-later
/* A comparison for people, for CI and for others' tools. */
#include "compare/lib/print.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "compare/lib/show.h"

#define NAME_ROOM 256

static const char *const units[] = { "boot", "run", "repeat" };

enum hf_print_format hf_print_format(const char *word, unsigned int n)
{
	static const char *const words[] = { "text", "json", "markdown", "ktap", "junit" };

	for (unsigned int i = 0; i < n && i < HF_PRINT_FORMATS; i++)
		if (strcmp(words[i], word) == 0)
			return (enum hf_print_format)i;
	return HF_PRINT_FORMATS;
}

/* "bench point metric" */
static const char *name_of(const struct hf_judge *j, const struct hf_result *r, char *buf)
{
	char point[NAME_ROOM / 2];

	hf_sides_name(j->sides, r->series, point, sizeof(point));
	snprintf(buf, NAME_ROOM, "%s%s%s %s", r->series->bench, *point ? " " : "", point, r->metric);
	return buf;
}

static const char *percent(double x, char *buf, size_t room)
{
	if (isfinite(x))
		snprintf(buf, room, "%+.*f %%", fabs(x) < 0.0995 ? 2 : 1, 100 * x);
	else
		snprintf(buf, room, "-");
	return buf;
}

/* "+3.10 % [+1.20, +5.00]", of a plain metric "+12.0 ns [...]" */
static const char *change(const struct hf_result *r, char *buf, size_t room)
{
	char mid[48], lo[48], hi[48];

	if (isfinite(r->ratio)) {
		percent(r->ratio - 1, mid, sizeof(mid));
		percent(r->lo - 1, lo, sizeof(lo));
		percent(r->hi - 1, hi, sizeof(hi));
	} else {
		hf_show_value(r->diff, r->series->unit, mid, sizeof(mid));
		hf_show_value(r->diff_lo, r->series->unit, lo, sizeof(lo));
		hf_show_value(r->diff_hi, r->series->unit, hi, sizeof(hi));
	}
	if (r->exact || !isfinite(r->test.lo))
		snprintf(buf, room, "%s%s", mid, r->exact ? " (exact)" : "");
	else
		snprintf(buf, room, "%s [%s, %s]", mid, lo, hi);
	return buf;
}

static const char *mde(const struct hf_result *r, char *buf, size_t room)
{
	if (!isfinite(r->mde) || r->exact)
		snprintf(buf, room, "-");
	else if (r->plain)
		hf_show_value(r->mde, r->series->unit, buf, room);
	else
		snprintf(buf, room, "%.*f %%", r->mde < 0.0995 ? 1 : 0, 100 * r->mde);
	return buf;
}

/* The p value of what was tested. */
static const char *chance(const struct hf_result *r, char *buf, size_t room)
{
	snprintf(buf, room, r->tested && !r->exact ? "%.2g" : "-", r->test.p);
	return buf;
}

/* What there is to say of a result beyond its numbers: notes and boots that are missing. */
static void remarks(const struct hf_judge *j, const struct hf_result *r, char *buf, size_t room)
{
	size_t least = r->n[0] < r->n[1] ? r->n[0] : r->n[1], len = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < r->n_notes && len < room; i++)
		len += (size_t)snprintf(buf + len, room - len, "%s%s", len ? "; " : "", r->note[i]);
	if (len < room && r->verdict == HF_MODEL_REGRESSION && r->tested && !r->fails)
		len += (size_t)snprintf(buf + len, room - len, "%sdoes not fail the suite: may be chance among so many metrics",
					len ? "; " : "");
	if (len < room && r->verdict == HF_MODEL_INCONCLUSIVE && r->tested) {
		if (r->boots_needed > least)
			len += (size_t)snprintf(buf + len, room - len, "%s%u %ss a side would decide", len ? "; " : "", r->boots_needed,
						units[j->sides->unit]);
		else
			len += (size_t)snprintf(buf + len, room - len, "%sclose to the limit", len ? "; " : "");
	}
}

/* Where the noise of a boot's value comes from, and what to do about it. */
static void attribution(const struct hf_judge *j, const struct hf_result *r, char *buf, size_t room)
{
	double all = r->parts.boot + r->parts.process + r->parts.iteration;
	const char *most = r->parts.boot >= all / 2 ? "boots, not iterations" : r->parts.process >= all / 2 ? "repeats" : "operations";

	buf[0] = '\0';
	if (all > 0 && r->verdict == HF_MODEL_INCONCLUSIVE)
		snprintf(buf, room, "variance of a %s: %s %.0f %%, process %.0f %%, iteration %.0f %%: add %s", units[j->sides->unit],
			 units[j->sides->unit], 100 * r->parts.boot / all, 100 * r->parts.process / all, 100 * r->parts.iteration / all,
			 most);
}

/* What holds for all results, one line each. */
static void preamble(const struct hf_judge *j, const char *bullet, FILE *out)
{
	const struct hf_sides *s = j->sides;
	const char *unit = units[s->unit];

	fprintf(out, "%s%zu %s%s against %zu: the unit is the %s", bullet, s->units[0], s->unit == HF_SIDES_BOOT ? "boot" : "run",
		s->units[0] == 1 ? "" : "s", s->units[1], unit);
	if (s->unit == HF_SIDES_RUN)
		fputs("; within one boot only: a difference between boots cannot be told from one between kernels", out);
	if (s->unit == HF_SIDES_REPEAT)
		fputs("; within one run only: no verdict", out);
	if (s->unit != HF_SIDES_BOOT && j->options.gate)
		fputs("  NOT REPLICATED", out);
	fprintf(out, "\n%slimit %.3g %% (tails %.3g %%); REGRESSION and IMPROVEMENT at %.3g %% one-sided, NO CHANGE at %.3g %%%s\n", bullet,
		100 * j->options.sesoi, 100 * j->options.tail_sesoi, 100 * j->levels.change, 100 * j->levels.same,
		j->options.n_looks ? " (this look's share)" : "");
	for (size_t i = 0; i < s->n_differences; i++)
		fprintf(out, "%s%s: %s -> %s%s\n", bullet, s->difference[i].key, s->difference[i].base, s->difference[i].new,
			s->difference[i].forbidden ? "  NOT COMPARABLE (--varies declares it)" : "");
	if (j->sequential)
		fprintf(out,
			"%sA and B were not interleaved: what changed with time cannot be told from the kernel (%zu metrics)  NOT "
			"COMPARABLE\n",
			bullet, j->sequential);
	for (size_t i = 0; i < s->n_runs; i++) {
		const struct hf_run *run = hf_reader_run(s->reader, i);

		if (strcmp(run->status, "ok") == 0 || strcmp(run->status, "skip") == 0)
			continue;
		fprintf(out, "%s%s: %s %s%s%s\n", bullet, s->run_b[i] ? "NEW" : "BASE", run->bench, run->status, run->reasons.n ? ": " : "",
			run->reasons.n ? run->reasons.at[0] : "");
	}
	for (int k = 0; k < 2; k++) {
		size_t shown = 0;

		for (size_t i = 0; i < s->n_series && j->missing[k]; i++) {
			char name[NAME_ROOM];

			if (!hf_judge_missing(s->series[i], k))
				continue;
			if (!shown++)
				fprintf(out, "%sonly in %s, %zu metrics: %s %s %s\n", bullet, k ? "NEW" : "BASE", j->missing[k],
					s->series[i]->bench, hf_sides_name(s, s->series[i], name, sizeof(name)), s->series[i]->metric);
		}
	}
}

static void summary(const struct hf_judge *j, FILE *out)
{
	static const char *const last[] = { "no regression", "regression", "bad data", "inconclusive", "not comparable" };

	fprintf(out, "%zu metrics: %zu REGRESSION (%zu fail the suite), %zu IMPROVEMENT, %zu NO CHANGE, %zu INCONCLUSIVE: %s\n",
		j->n_results, j->count[HF_MODEL_REGRESSION], j->rejected, j->count[HF_MODEL_IMPROVEMENT], j->count[HF_MODEL_NO_CHANGE],
		j->count[HF_MODEL_INCONCLUSIVE], last[j->status]);
}

static void print_text(const struct hf_judge *j, bool all, FILE *out)
{
	preamble(j, "", out);
	for (int v = HF_MODEL_REGRESSION; v <= HF_MODEL_INCONCLUSIVE; v++) {
		if (!j->count[v])
			continue;
		fprintf(out, "\n%s\n", hf_model_word((enum hf_model_verdict)v));
		if (v == HF_MODEL_NO_CHANGE && !all) {
			fprintf(out, "  %zu metrics (--all lists them)\n", j->count[v]);
			continue;
		}
		for (size_t i = 0; i < j->n_results; i++) {
			const struct hf_result *r = &j->result[i];
			char name[NAME_ROOM], delta[160], old[32], new[32], least[32], more[512], p[24];

			if ((int)r->verdict != v)
				continue;
			fprintf(out, "%c %-50s  %-32s  %10s -> %-10s  p %s  finds %s\n",
				r->fails    ? '!'
				: r->listed ? '*'
					    : ' ',
				name_of(j, r, name), change(r, delta, sizeof(delta)),
				hf_show_value(r->location[0], r->series->unit, old, sizeof(old)),
				hf_show_value(r->location[1], r->series->unit, new, sizeof(new)), chance(r, p, sizeof(p)),
				mde(r, least, sizeof(least)));
			remarks(j, r, more, sizeof(more));
			if (*more)
				fprintf(out, "    %s\n", more);
			attribution(j, r, more, sizeof(more));
			if (*more && all)
				fprintf(out, "    %s\n", more);
		}
	}
	fputs("\n! fails the suite (Holm)   * stands out (false discovery rate 5 %)   finds: change that would have been found 4 times in "
	      "5\n",
	      out);
	summary(j, out);
}

/* Text for a cell of a Markdown table. */
static void cell(FILE *out, const char *s)
{
	fputs("| ", out);
	for (; *s; s++) {
		if (strchr("|\\`*_<>[]", *s))
			fputc('\\', out);
		fputc((unsigned char)*s < ' ' ? ' ' : *s, out);
	}
	fputc(' ', out);
}

static void print_markdown(const struct hf_judge *j, bool all, FILE *out)
{
	fputs("### hugefault: ", out);
	summary(j, out);
	fputs("\n| verdict | metric | change [95 %] | p | would find | remarks |\n|---|---|---:|---:|---:|---|\n", out);
	for (int v = HF_MODEL_REGRESSION; v <= HF_MODEL_INCONCLUSIVE; v++) {
		for (size_t i = 0; i < j->n_results; i++) {
			const struct hf_result *r = &j->result[i];
			char buf[512];

			if ((int)r->verdict != v || (v == HF_MODEL_NO_CHANGE && !all))
				continue;
			fprintf(out, "| %s%s%s ", r->fails ? "**" : "", hf_model_word(r->verdict), r->fails ? "**" : "");
			cell(out, name_of(j, r, buf));
			cell(out, change(r, buf, sizeof(buf)));
			cell(out, chance(r, buf, sizeof(buf)));
			cell(out, mde(r, buf, sizeof(buf)));
			remarks(j, r, buf, sizeof(buf));
			cell(out, buf);
			fputs("|\n", out);
		}
	}
	if (!all && j->count[HF_MODEL_NO_CHANGE])
		fprintf(out, "\n%zu metrics did not change.\n", j->count[HF_MODEL_NO_CHANGE]);
	fputc('\n', out);
	preamble(j, "- ", out);
}

static int print_doc(struct hf_json *doc, FILE *out)
{
	char *text = hf_json_text(doc);

	hf_json_free(doc);
	if (!text)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	free(text);
	return 0;
}

static void json_result(struct hf_json *list, const struct hf_result *r)
{
	struct hf_json *o = hf_json_add_object(list, NULL), *sub;

	hf_json_str(o, "bench", r->series->bench);
	sub = hf_json_add_object(o, "params");
	for (size_t i = 0; i < r->series->params.n; i++)
		hf_json_str(sub, r->series->params.at[i].name, r->series->params.at[i].text);
	hf_json_str(o, "metric", r->metric);
	hf_json_str(o, "unit", r->series->unit);
	hf_json_str(o, "verdict", hf_model_word(r->verdict));
	hf_json_num(o, "ratio", r->ratio);
	hf_json_num(o, "lo", r->exact ? r->ratio : r->lo);
	hf_json_num(o, "hi", r->exact ? r->ratio : r->hi);
	hf_json_num(o, "p", r->tested ? r->test.p : NAN);
	hf_json_num(o, "mde", r->mde);
	if (r->boots_needed || r->exact)
		hf_json_int(o, "boots_needed", r->boots_needed);
	else
		hf_json_null(o, "boots_needed");
	hf_json_int(o, "n_a", (int64_t)r->n[0]);
	hf_json_int(o, "n_b", (int64_t)r->n[1]);
	hf_json_num(o, "base", r->location[0]);
	hf_json_num(o, "new", r->location[1]);
	if (r->plain) {
		hf_json_num(o, "diff", r->diff);
		hf_json_num(o, "diff_lo", r->diff_lo);
		hf_json_num(o, "diff_hi", r->diff_hi);
	}
	hf_json_num(o, "p_worse", r->tested ? r->test.p_worse : NAN);
	hf_json_num(o, "p_holm", r->holm);
	hf_json_num(o, "p_bh", r->bh);
	hf_json_bool(o, "fails", r->fails);
	hf_json_bool(o, "exact", r->exact);
	hf_json_num(o, "vif", r->fit.vif);
	hf_json_num(o, "sd", sqrt(r->fit.s2));
	hf_json_num(o, "df", r->fit.nu);
	sub = hf_json_add_array(o, "notes");
	for (unsigned int i = 0; i < r->n_notes; i++)
		hf_json_str(sub, NULL, r->note[i]);
}

static int print_json(const struct hf_judge *j, FILE *out)
{
	struct hf_json *doc = hf_json_object(), *list = hf_json_add_array(doc, "results"), *o;

	for (size_t i = 0; i < j->n_results; i++)
		json_result(list, &j->result[i]);
	o = hf_json_add_object(doc, "family");
	hf_json_num(o, "alpha", j->family);
	hf_json_int(o, "rejected", (int64_t)j->rejected);
	hf_json_str(doc, "unit", units[j->sides->unit]);
	hf_json_num(doc, "sesoi", j->options.sesoi);
	hf_json_num(doc, "tail_sesoi", j->options.tail_sesoi);
	list = hf_json_add_array(doc, "differences");
	for (size_t i = 0; i < j->sides->n_differences; i++) {
		o = hf_json_add_object(list, NULL);
		hf_json_str(o, "key", j->sides->difference[i].key);
		hf_json_str(o, "base", j->sides->difference[i].base);
		hf_json_str(o, "new", j->sides->difference[i].new);
		hf_json_bool(o, "forbidden", j->sides->difference[i].forbidden);
	}
	hf_json_int(doc, "missing_in_new", (int64_t)j->missing[0]);
	hf_json_int(doc, "missing_in_base", (int64_t)j->missing[1]);
	hf_json_int(doc, "not_interleaved", (int64_t)j->sequential);
	hf_json_int(doc, "failed", (int64_t)j->failed);
	hf_json_int(doc, "broken", (int64_t)j->broken);
	hf_json_int(doc, "status", j->status);
	return print_doc(doc, out);
}

/* The kernel's test anything protocol; a name must not hold '#'. */
static void print_ktap(const struct hf_judge *j, FILE *out)
{
	size_t n = j->n_results, at = 0;

	for (size_t i = 0; i < j->sides->n_series; i++)
		n += hf_judge_missing(j->sides->series[i], false);
	for (size_t i = 0; i < j->sides->n_runs; i++)
		n += hf_judge_new_trouble(j->sides, i);
	fprintf(out, "KTAP version 1\n1..%zu\n", n);
	preamble(j, "# ", out);
	for (size_t i = 0; i < j->n_results; i++) {
		const struct hf_result *r = &j->result[i];
		char name[NAME_ROOM], delta[160], more[512];

		name_of(j, r, name);
		fprintf(out, "# %s: %s, %s\n", name, hf_model_word(r->verdict), change(r, delta, sizeof(delta)));
		remarks(j, r, more, sizeof(more));
		if (*more)
			fprintf(out, "# %s: %s\n", name, more);
		fprintf(out, "%sok %zu %s%s\n", r->fails ? "not " : "", ++at, name,
			r->verdict == HF_MODEL_INCONCLUSIVE ? " # SKIP inconclusive" : "");
	}
	for (size_t i = 0; i < j->sides->n_series; i++) {
		const struct hf_series *s = j->sides->series[i];
		char point[NAME_ROOM];

		if (hf_judge_missing(s, false))
			fprintf(out, "# missing in NEW\nnot ok %zu %s %s %s\n", ++at, s->bench,
				hf_sides_name(j->sides, s, point, sizeof(point)), s->metric);
	}
	for (size_t i = 0; i < j->sides->n_runs; i++)
		if (hf_judge_new_trouble(j->sides, i))
			fprintf(out, "not ok %zu %s run %s\n", ++at, hf_reader_run(j->sides->reader, i)->bench,
				hf_reader_run(j->sides->reader, i)->status);
	fputs("# ", out);
	summary(j, out);
}

static void xml(FILE *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc((unsigned char)*s < ' ' ? ' ' : *s, out);
		}
	}
}

static void print_junit(const struct hf_judge *j, FILE *out)
{
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"hugefault\" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\" "
		"errors=\"%zu\">\n",
		j->n_results + j->missing[0] + j->failed + j->broken, j->rejected + j->failed, j->count[HF_MODEL_INCONCLUSIVE],
		j->missing[0] + j->broken);
	for (size_t i = 0; i < j->n_results; i++) {
		const struct hf_result *r = &j->result[i];
		char name[NAME_ROOM], delta[160], more[512];

		fputs("<testcase classname=\"", out);
		xml(out, r->series->bench);
		fputs("\" name=\"", out);
		xml(out, name_of(j, r, name));
		fputs("\">", out);
		change(r, delta, sizeof(delta));
		remarks(j, r, more, sizeof(more));
		if (r->fails)
			fprintf(out, "<failure message=\"REGRESSION %s\"/>", delta);
		else if (r->verdict == HF_MODEL_INCONCLUSIVE)
			fputs("<skipped message=\"inconclusive\"/>", out);
		fprintf(out, "<system-out>%s %s%s%s</system-out></testcase>\n", hf_model_word(r->verdict), delta, *more ? "; " : "", more);
	}
	for (size_t i = 0; i < j->sides->n_series; i++) {
		const struct hf_series *s = j->sides->series[i];
		char point[NAME_ROOM];

		if (!hf_judge_missing(s, false))
			continue;
		fputs("<testcase classname=\"", out);
		xml(out, s->bench);
		fputs("\" name=\"", out);
		xml(out, s->bench);
		fputc(' ', out);
		xml(out, hf_sides_name(j->sides, s, point, sizeof(point)));
		fputc(' ', out);
		xml(out, s->metric);
		fputs("\"><error message=\"missing in NEW\"/></testcase>\n", out);
	}
	for (size_t i = 0; i < j->sides->n_runs; i++) {
		const struct hf_run *run = hf_reader_run(j->sides->reader, i);
		bool fails = strcmp(run->status, "fail") == 0;

		if (!hf_judge_new_trouble(j->sides, i))
			continue;
		fputs("<testcase classname=\"", out);
		xml(out, run->bench);
		fputs("\" name=\"", out);
		xml(out, run->bench);
		fprintf(out, " run\"><%s message=\"", fails ? "failure" : "error");
		xml(out, run->reasons.n ? run->reasons.at[0] : run->status);
		fputs("\"/></testcase>\n", out);
	}
	fputs("</testsuite>\n", out);
}

int hf_print_judge(const struct hf_judge *judge, enum hf_print_format format, bool all, FILE *out)
{
	switch (format) {
	case HF_PRINT_JSON:
		return print_json(judge, out);
	case HF_PRINT_MARKDOWN:
		print_markdown(judge, all, out);
		return 0;
	case HF_PRINT_KTAP:
		print_ktap(judge, out);
		return 0;
	case HF_PRINT_JUNIT:
		print_junit(judge, out);
		return 0;
	default:
		print_text(judge, all, out);
		return 0;
	}
}

/* A unit's value in the metric's unit. */
static double value_of(const struct hf_result *r, const struct hf_model_unit *u)
{
	double y = r->series->better == HF_BETTER_HIGHER ? -u->y : u->y;

	return r->plain ? y : exp(y);
}

/* "Benchmark" and a name without blanks: "hugetlb-fault/len=2M/fault_ns" */
static void slashed(const struct hf_judge *j, const struct hf_result *r, char *buf)
{
	name_of(j, r, buf);
	for (char *c = buf; *c; c++)
		if (*c == ' ')
			*c = '/';
}

void hf_print_benchstat(const struct hf_judge *judge, bool b, FILE *out)
{
	for (size_t i = 0; i < judge->n_results; i++) {
		const struct hf_result *r = &judge->result[i];
		const char *unit = strcmp(r->series->unit, "ns") == 0 ? "ns/op" : r->series->unit;
		char name[NAME_ROOM];

		slashed(judge, r, name);
		if (r->series->better == HF_BETTER_HIGHER && strcmp(unit, "B/s") != 0) /* benchstat knows that of B/s */
			fprintf(out, "Unit %s better=higher\n", unit);
		for (size_t k = 0; k < r->n[0] + r->n[1]; k++)
			if (r->unit[k].b == b)
				fprintf(out, "Benchmark%s 1 %.9g %s\n", name, value_of(r, &r->unit[k]), unit);
	}
}

int hf_print_gbench(const struct hf_judge *judge, bool b, FILE *out)
{
	struct hf_json *doc = hf_json_object(), *o = hf_json_add_object(doc, "context"), *list;

	hf_json_str(o, "library_build_type", "release");
	list = hf_json_add_array(doc, "benchmarks");
	for (size_t i = 0; i < judge->n_results; i++) {
		const struct hf_result *r = &judge->result[i];
		char name[NAME_ROOM];
		int64_t repetition = 0;

		if (strcmp(r->series->unit, "ns") != 0) /* that format's statistics are of times alone */
			continue;
		slashed(judge, r, name);
		for (size_t k = 0; k < r->n[0] + r->n[1]; k++) {
			if (r->unit[k].b != b)
				continue;
			o = hf_json_add_object(list, NULL);
			hf_json_str(o, "name", name);
			hf_json_str(o, "run_name", name);
			hf_json_str(o, "run_type", "iteration");
			hf_json_int(o, "repetitions", (int64_t)r->n[b]);
			hf_json_int(o, "repetition_index", repetition++);
			hf_json_int(o, "threads", 1);
			hf_json_int(o, "iterations", 1);
			hf_json_num(o, "real_time", value_of(r, &r->unit[k]));
			hf_json_num(o, "cpu_time", value_of(r, &r->unit[k]));
			hf_json_str(o, "time_unit", "ns");
		}
	}
	return print_doc(doc, out);
}
