// SPDX-License-Identifier: GPL-2.0-or-later
/* A comparison for people and for CI. */
#include "compare/lib/print.h"

#include <math.h>
#include <string.h>

#include "compare/lib/export.h"
#include "compare/lib/show.h"

#define NAME_ROOM 256

enum hf_print_format hf_print_format(const char *word, unsigned int n)
{
	static const char *const words[] = { "text", "json", "markdown", "ktap", "junit" };

	for (unsigned int i = 0; i < n && i < HF_PRINT_FORMATS; i++)
		if (strcmp(words[i], word) == 0)
			return (enum hf_print_format)i;
	return HF_PRINT_FORMATS;
}

/* Of ten times as much and more: "x 12.5". */
static const char *percent(double x, char *buf, size_t room)
{
	if (x >= 9)
		snprintf(buf, room, "x %.*f", x < 99 ? 1 : 0, 1 + x);
	else if (isfinite(x))
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
						hf_units_name(j->sides->unit));
		else
			len += (size_t)snprintf(buf + len, room - len, "%sclose to the limit", len ? "; " : "");
	}
}

static bool differ(const struct hf_sides *s, const char *key)
{
	for (size_t i = 0; i < s->n_differences; i++)
		if (strcmp(s->difference[i].key, key) == 0)
			return true;
	return false;
}

/* Runs that did not end well. */
static void trouble(const struct hf_sides *s, const char *bullet, FILE *out)
{
	for (size_t i = 0; i < s->n_runs; i++) {
		const struct hf_run *run = hf_reader_run(s->reader, i);

		if (strcmp(run->status, "ok") == 0 || strcmp(run->status, "skip") == 0)
			continue;
		fprintf(out, "%s%s: %s %s%s%s\n", bullet, s->run_b[i] ? "NEW" : "BASE", run->bench, run->status, run->reasons.n ? ": " : "",
			run->reasons.n ? run->reasons.at[0] : "");
	}
}

static bool is_slower(const struct hf_result *r)
{
	return r->tested && r->test.p_worse <= HF_MODEL_CHANGE;
}

/* Benchmarks with a flagged metric, each once: what a second stage has to measure. */
static void flagged(const struct hf_judge *j, FILE *out)
{
	const char *between = "";

	for (size_t i = 0; i < j->n_results; i++) {
		const struct hf_result *r = &j->result[i];
		bool named = !is_slower(r);

		for (size_t k = 0; k < i && !named; k++)
			named = is_slower(&j->result[k]) && strcmp(j->result[k].series->bench, r->series->bench) == 0;
		if (named)
			continue;
		fprintf(out, "%s%s", between, r->series->bench);
		between = " ";
	}
}

static void second_stage(const struct hf_judge *j, const char *bullet, FILE *out)
{
	const struct hf_sides *s = j->fresh;

	if (s) {
		fprintf(out, "%ssecond stage: %zu fresh %ss against %zu decide about %zu metrics that the first found slower%s\n", bullet,
			s->units[0], hf_units_name(s->unit), s->units[1], j->flagged,
			j->unconfirmed ? "; NOT ALL OF THEM WERE MEASURED AGAIN" : "");
	} else if (j->flagged && !j->rejected && !j->options.n_looks) {
		fprintf(out, "%sfresh boots of both kernels would settle %zu metrics (--confirm): ", bullet, j->flagged);
		flagged(j, out);
		fputc('\n', out);
	}
}

static void history(const struct hf_trial *t, const char *bullet, FILE *out)
{
	const struct hf_control *c = &t->control;
	size_t lent = 0;

	if (!t->controlled)
		return;
	for (size_t i = 0; i < t->judge.n_results; i++)
		lent += t->judge.result[i].prior;
	fprintf(out,
		"%shistory: %zu older boots say how noisy a boot is, for %zu metrics; A/A control: %u of %u comparisons of identical "
		"kernels failed%s\n",
		bullet, t->history.units[0], lent, c->alarms, c->comparisons,
		c->broken ? ", far more than 1 in 20: this machine's noise is not what the test takes it for" : "");
	if (t->judge.options.advisory)
		fprintf(out, "%sADVISORY: a regression is no failure here until the A/A control is back in bounds\n", bullet);
}

static const char *advice(double boot, double process, double iteration)
{
	double half = (boot + process + iteration) / 2;

	return boot >= half ? "boots, not iterations" : process >= half ? "repeats" : "operations";
}

/* Where the noise of a unit comes from, over all metrics, and what to do about it. */
static void noise(const struct hf_judge *j, const char *bullet, FILE *out)
{
	double boot = 0, process = 0, iteration = 0, n = 0;

	for (size_t i = 0; i < j->n_results; i++) {
		const struct hf_model_parts *v = &j->result[i].parts;
		double all = v->boot + v->process + v->iteration;

		if (!(all > 0))
			continue;
		boot += v->boot / all;
		process += v->process / all;
		iteration += v->iteration / all;
		n++;
	}
	if (n > 0)
		fprintf(out,
			"%svariance of a boot's value: boot %.0f %%, process %.0f %%, iteration %.0f %% (mean of %.0f metrics): add %s\n",
			bullet, 100 * boot / n, 100 * process / n, 100 * iteration / n, n, advice(boot, process, iteration));
}

/* Where the noise of this metric comes from, or what is known inside a boot alone. */
static void attribution(const struct hf_judge *j, const struct hf_result *r, char *buf, size_t room)
{
	double all = r->parts.boot + r->parts.process + r->parts.iteration;
	const char *unit = hf_units_name(j->sides->unit);
	char lo[24], hi[24];

	buf[0] = '\0';
	if (all > 0)
		snprintf(buf, room, "variance of a %s: %s %.0f %%, process %.0f %%, iteration %.0f %%: add %s", unit, unit,
			 100 * r->parts.boot / all, 100 * r->parts.process / all, 100 * r->parts.iteration / all,
			 advice(r->parts.boot, r->parts.process, r->parts.iteration));
	else if (isfinite(r->within_lo) && isfinite(r->within_hi))
		snprintf(buf, room, "within one %s only: the quantile is known to [%s, %s] (95 %%, order statistics)", unit,
			 percent(r->within_lo - 1, lo, sizeof(lo)), percent(r->within_hi - 1, hi, sizeof(hi)));
}

/* What holds for all results, one line each. */
static void preamble(const struct hf_trial *t, const char *bullet, FILE *out)
{
	const struct hf_judge *j = &t->judge;
	const struct hf_sides *s = j->sides;
	const char *unit = hf_units_name(s->unit);

	fprintf(out, "%s%zu %s%s against %zu: the unit is the %s", bullet, s->units[0], s->unit == HF_UNIT_REPEAT ? "run" : unit,
		s->units[0] == 1 ? "" : "s", s->units[1], unit);
	if (s->unit == HF_UNIT_RUN)
		fputs("; within one boot only: a difference between boots cannot be told from one between kernels", out);
	if (s->unit == HF_UNIT_REPEAT)
		fputs("; within one run only: no verdict", out);
	if (s->unit > HF_UNIT_BOOT && j->options.gate)
		fputs("  NOT REPLICATED", out);
	fprintf(out, "\n%slimit %.3g %% (tails %.3g %%); REGRESSION and IMPROVEMENT at %.3g %% one-sided, NO CHANGE at %.3g %%%s\n", bullet,
		100 * j->options.sesoi, 100 * j->options.tail_sesoi, 100 * j->levels.change, 100 * j->levels.same,
		j->options.n_looks ? " (this look's share)" : "");
	second_stage(j, bullet, out);
	history(t, bullet, out);
	if (s->unit == HF_UNIT_BOOT && s->builds[0] == 1 && s->builds[1] == 1 && differ(s, "version"))
		fprintf(out,
			"%sone build of each kernel: where its code lies in memory was drawn once, and may be part of any difference\n",
			bullet);
	for (size_t i = 0; i < s->n_differences; i++)
		fprintf(out, "%s%s: %s -> %s%s\n", bullet, s->difference[i].key, s->difference[i].base, s->difference[i].new,
			s->difference[i].forbidden ? "  NOT COMPARABLE (--varies declares it)" : "");
	if (j->sequential)
		fprintf(out,
			"%sA and B were not interleaved: what changed with time cannot be told from the kernel (%zu metrics)  NOT "
			"COMPARABLE\n",
			bullet, j->sequential);
	trouble(s, bullet, out);
	if (j->fresh)
		trouble(j->fresh, bullet, out);
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

static void summary(const struct hf_trial *t, FILE *out)
{
	const struct hf_judge *j = &t->judge;
	static const char *const last[] = { "no regression", "regression", "bad data", "inconclusive", "not comparable" };

	fprintf(out, "%zu metrics: %zu REGRESSION (%zu fail the suite), %zu IMPROVEMENT, %zu NO CHANGE, %zu INCONCLUSIVE: %s\n",
		j->n_results, j->count[HF_MODEL_REGRESSION], j->rejected, j->count[HF_MODEL_IMPROVEMENT], j->count[HF_MODEL_NO_CHANGE],
		j->count[HF_MODEL_INCONCLUSIVE],
		j->status == HF_JUDGE_INCONCLUSIVE && j->rejected ? "regression, advisory" : last[j->status]);
}

static void print_text(const struct hf_trial *t, bool all, FILE *out)
{
	const struct hf_judge *j = &t->judge;
	preamble(t, "", out);
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
				hf_judge_name(j, r, name, sizeof(name)), change(r, delta, sizeof(delta)),
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
	fprintf(out,
		"\n! fails the suite (%s)   * stands out (false discovery rate 5 %%)   finds: change that would have been found 4 times in "
		"5\n",
		hf_judge_procedure(j));
	noise(j, "", out);
	summary(t, out);
}

static void print_markdown(const struct hf_trial *t, bool all, FILE *out)
{
	const struct hf_judge *j = &t->judge;
	fputs("### hugefault: ", out);
	summary(t, out);
	fputs("\n| verdict | metric | change [95 %] | p | would find | remarks |\n|---|---|---:|---:|---:|---|\n", out);
	for (int v = HF_MODEL_REGRESSION; v <= HF_MODEL_INCONCLUSIVE; v++) {
		for (size_t i = 0; i < j->n_results; i++) {
			const struct hf_result *r = &j->result[i];
			char buf[512];

			if ((int)r->verdict != v || (v == HF_MODEL_NO_CHANGE && !all))
				continue;
			fprintf(out, "| %s%s%s ", r->fails ? "**" : "", hf_model_word(r->verdict), r->fails ? "**" : "");
			hf_show_cell(out, hf_judge_name(j, r, buf, NAME_ROOM));
			hf_show_cell(out, change(r, buf, sizeof(buf)));
			hf_show_cell(out, chance(r, buf, sizeof(buf)));
			hf_show_cell(out, mde(r, buf, sizeof(buf)));
			remarks(j, r, buf, sizeof(buf));
			hf_show_cell(out, buf);
			fputs("|\n", out);
		}
	}
	if (!all && j->count[HF_MODEL_NO_CHANGE])
		fprintf(out, "\n%zu metrics did not change.\n", j->count[HF_MODEL_NO_CHANGE]);
	fputc('\n', out);
	preamble(t, "- ", out);
	noise(j, "- ", out);
}

static void ktap_trouble(const struct hf_sides *s, size_t *at, FILE *out)
{
	for (size_t i = 0; i < s->n_runs; i++)
		if (hf_judge_new_trouble(s, i))
			fprintf(out, "not ok %zu %s run %s\n", ++*at, hf_reader_run(s->reader, i)->bench,
				hf_reader_run(s->reader, i)->status);
}

/* The kernel's test anything protocol; a name must not hold '#'. */
static void print_ktap(const struct hf_trial *t, FILE *out)
{
	const struct hf_judge *j = &t->judge;
	size_t n = j->n_results, at = 0;

	for (size_t i = 0; i < j->sides->n_series; i++)
		n += hf_judge_missing(j->sides->series[i], false);
	n += j->failed + j->broken;
	fprintf(out, "KTAP version 1\n1..%zu\n", n);
	preamble(t, "# ", out);
	for (size_t i = 0; i < j->n_results; i++) {
		const struct hf_result *r = &j->result[i];
		char name[NAME_ROOM], delta[160], more[512];

		hf_judge_name(j, r, name, sizeof(name));
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
	ktap_trouble(j->sides, &at, out);
	if (j->fresh)
		ktap_trouble(j->fresh, &at, out);
	fputs("# ", out);
	summary(t, out);
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

static void junit_trouble(const struct hf_sides *s, FILE *out)
{
	for (size_t i = 0; i < s->n_runs; i++) {
		const struct hf_run *run = hf_reader_run(s->reader, i);
		bool fails = strcmp(run->status, "fail") == 0;

		if (!hf_judge_new_trouble(s, i))
			continue;
		fputs("<testcase classname=\"", out);
		xml(out, run->bench);
		fputs("\" name=\"", out);
		xml(out, run->bench);
		fprintf(out, " run\"><%s message=\"", fails ? "failure" : "error");
		xml(out, run->reasons.n ? run->reasons.at[0] : run->status);
		fputs("\"/></testcase>\n", out);
	}
}

static void print_junit(const struct hf_trial *t, FILE *out)
{
	const struct hf_judge *j = &t->judge;
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
		xml(out, hf_judge_name(j, r, name, sizeof(name)));
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
	junit_trouble(j->sides, out);
	if (j->fresh)
		junit_trouble(j->fresh, out);
	fputs("</testsuite>\n", out);
}

int hf_print_trial(const struct hf_trial *trial, enum hf_print_format format, bool all, FILE *out)
{
	switch (format) {
	case HF_PRINT_JSON:
		return hf_export_json(trial, out);
	case HF_PRINT_MARKDOWN:
		print_markdown(trial, all, out);
		return 0;
	case HF_PRINT_KTAP:
		print_ktap(trial, out);
		return 0;
	case HF_PRINT_JUNIT:
		print_junit(trial, out);
		return 0;
	default:
		print_text(trial, all, out);
		return 0;
	}
}
