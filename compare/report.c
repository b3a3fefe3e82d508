// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report --dir DIR: one page, DIR/report.html, from what a run left in DIR: records.jsonl, environment.txt, figures/NAME.svg and
 * figures/NAME.md. Nothing in it points elsewhere. All text is escaped; figures are taken over as they are, gnuplot wrote them.
 */
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare/lib/points.h"
#include "compare/lib/show.h"

const char *argp_program_version = "hugefault " HF_VERSION;

enum { EXIT_USAGE = 2, EXIT_BROKEN = 3, EXIT_NO_DATA = 4 };

static const char style[] =
	"body{font:15px/1.5 system-ui,sans-serif;color:#222;background:#fff;max-width:1200px;margin:2em auto;padding:0 1em}"
	"h1,h2,h3{line-height:1.2}h2{margin-top:2em;border-bottom:1px solid #ccc}"
	"table{border-collapse:collapse;margin:.6em 0}th,td{padding:.15em .7em;text-align:left;vertical-align:top;border-bottom:1px solid "
	"#e4e4e4}"
	"th{background:#f4f4f4}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
	"pre{background:#f7f7f7;padding:.8em;overflow:auto}figure{margin:1em 0}svg{max-width:100%;height:auto}"
	".wide{overflow-x:auto}.fail{color:#a00;font-weight:bold}.broken{color:#a50}.skip{color:#666}summary{cursor:pointer}";

static void text(FILE *f, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		case '\'':
			fputs("&#39;", f);
			break;
		default: /* other control characters are not allowed in HTML */
			fputc((unsigned char)*s < ' ' && *s != '\n' && *s != '\t' ? '?' : *s, f);
		}
	}
}

static void element(FILE *f, const char *tag, const char *s)
{
	fprintf(f, "<%s>", tag);
	text(f, s);
	fprintf(f, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

/* A word between backticks is code. */
static void marked(FILE *f, const char *line)
{
	bool code = false;

	for (; *line; line++) {
		char one[2] = { *line, '\0' };

		if (*line == '`') {
			fputs(code ? "</code>" : "<code>", f);
			code = !code;
		} else {
			text(f, one);
		}
	}
	if (code)
		fputs("</code>", f);
}

enum block { NONE, PARAGRAPH, ITEM };

static void close_block(FILE *f, enum block block)
{
	if (block != NONE)
		fputs(block == PARAGRAPH ? "</p>\n" : "</li></ul>\n", f);
}

/* The little Markdown that plots/NAME.md are written in: a heading, paragraphs, lists, `code`. Return: whether there was such a file. */
static bool markdown(FILE *f, const char *path)
{
	FILE *in = fopen(path, "re");
	enum block block = NONE;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	if (!in)
		return false;
	while ((len = getline(&line, &room, in)) >= 0) {
		if (len && line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (line[0] == '#' || !line[0]) {
			close_block(f, block);
			block = NONE;
			if (line[0])
				element(f, "h3", line + strspn(line, "# "));
		} else if (strncmp(line, "- ", 2) == 0) {
			if (block == PARAGRAPH)
				close_block(f, block);
			fputs(block == ITEM ? "</li>\n<li>" : "<ul>\n<li>", f);
			block = ITEM;
			marked(f, line + 2);
		} else {
			fputs(block == NONE ? "<p>" : "\n", f);
			block = block == NONE ? PARAGRAPH : block;
			marked(f, line + strspn(line, " "));
		}
	}
	close_block(f, block);
	free(line);
	fclose(in);
	return true;
}

/* The figure from its <svg> on: the XML declaration has no place inside HTML. */
static int svg(FILE *f, const char *path)
{
	FILE *in = fopen(path, "re");
	bool inside = false;
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	if (!in)
		return -errno;
	fputs("<figure>\n", f);
	while (getline(&line, &room, in) >= 0) {
		const char *from = line;

		if (!inside) {
			from = strstr(line, "<svg");
			if (!from)
				continue;
			inside = true;
		}
		fputs(from, f);
	}
	fputs("</figure>\n", f);
	if (!inside)
		err = -EBADMSG;
	free(line);
	fclose(in);
	return err;
}

static int is_svg(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 4 && strcmp(d->d_name + len - 4, ".svg") == 0;
}

/* The overview first, then by name. */
static int figure_order(const struct dirent **a, const struct dirent **b)
{
	bool first = strcmp((*a)->d_name, "overview.svg") == 0, second = strcmp((*b)->d_name, "overview.svg") == 0;

	return first != second ? second - first : strcmp((*a)->d_name, (*b)->d_name);
}

static void figures(FILE *f, const char *dir)
{
	char path[PATH_MAX];
	struct dirent **list = NULL;
	int n;

	element(f, "h2", "Figures");
	snprintf(path, sizeof(path), "%s/figures", dir);
	n = scandir(path, &list, is_svg, figure_order);
	if (n <= 0)
		element(f, "p", "None were drawn; log.txt says why.");
	for (int i = 0; i < n; i++) {
		int len = (int)strlen(list[i]->d_name) - 4;

		snprintf(path, sizeof(path), "%s/figures/%.*s.md", dir, len, list[i]->d_name);
		if (!markdown(f, path)) {
			char name[NAME_MAX + 1];

			snprintf(name, sizeof(name), "%.*s", len, list[i]->d_name);
			element(f, "h3", name);
		}
		snprintf(path, sizeof(path), "%s/figures/%s", dir, list[i]->d_name);
		if (svg(f, path))
			element(f, "p", "This figure cannot be read.");
		free(list[i]);
	}
	free(list);
}

static void environment(FILE *f, const char *dir, const struct hf_run *run)
{
	char path[PATH_MAX], *line = NULL;
	size_t room = 0;
	FILE *in;

	element(f, "h2", "Environment");
	fputs("<table>\n", f);
	for (size_t i = 0; i < run->host.n; i++) {
		if (!*run->host.at[i].text)
			continue;
		fputs("<tr>", f);
		element(f, "th", run->host.at[i].name);
		element(f, "td", run->host.at[i].text);
		fputs("</tr>\n", f);
	}
	for (size_t i = 0; i < run->clock.n; i++) {
		fputs("<tr><th>clock.", f);
		text(f, run->clock.at[i].name);
		fputs("</th>", f);
		element(f, "td", run->clock.at[i].text);
		fputs("</tr>\n", f);
	}
	fputs("</table>\n", f);
	snprintf(path, sizeof(path), "%s/environment.txt", dir);
	in = fopen(path, "re");
	if (!in)
		return;
	fputs("<details><summary>All that was noted of the machine</summary>\n<pre>", f);
	while (getline(&line, &room, in) >= 0)
		text(f, line);
	fputs("</pre></details>\n", f);
	free(line);
	fclose(in);
}

static void value_cells(FILE *f, const struct hf_value *v)
{
	char buf[64];

	if (!v) {
		fputs("<td></td><td></td>", f);
		return;
	}
	element(f, "td class=\"n\"", hf_show_value(v->sample.value, v->sample.unit, buf, sizeof(buf)));
	element(f, "td class=\"n\"", hf_show_interval(v->sample.value, v->sample.lo, v->sample.hi, v->sample.unit, buf, sizeof(buf)));
}

static void summary(FILE *f, const struct hf_points *points)
{
	char name[256];

	element(f, "h2", "Summary");
	fputs("<p>The first metric of every benchmark at every point, with its 95 % interval over the repeats. All metrics are listed by "
	      "benchmark below.</p>\n",
	      f);
	fputs("<div class=\"wide\"><table>\n<tr><th>benchmark</th><th>point</th><th>metric</th><th>value</th><th>95 % "
	      "interval</th><th>n</th><th>status</th></tr>\n",
	      f);
	for (size_t i = 0; i < points->n_groups; i++) {
		const struct hf_group *g = &points->group[i];
		const char *headline = hf_points_headline(g);

		for (size_t k = 0; k < g->n_points; k++) {
			const struct hf_value *v = hf_points_value(&g->point[k], headline);

			if (!v)
				continue;
			fputs("<tr>", f);
			element(f, "td", g->bench);
			element(f, "td", hf_points_name(g, &g->point[k], NULL, name, sizeof(name)));
			element(f, "td", headline);
			value_cells(f, v);
			fprintf(f, "<td class=\"n\">%llu</td><td class=\"%s\">%s</td></tr>\n", (unsigned long long)v->sample.n, g->status,
				g->status);
		}
	}
	fputs("</table></div>\n", f);
}

static void ends(FILE *f, const struct hf_reader *rd)
{
	bool any = false;

	element(f, "h2", "Failures, skips, warnings");
	fputs("<table>\n", f);
	for (size_t i = 0; i < hf_reader_runs(rd); i++) {
		const struct hf_run *run = hf_reader_run(rd, i);

		if (strcmp(run->status, "ok") != 0) {
			any = true;
			fputs("<tr>", f);
			element(f, "td", run->bench);
			fprintf(f, "<td class=\"%s\">%s</td><td>", run->status, run->status);
			for (size_t r = 0; r < run->reasons.n; r++) {
				fputs(r ? "<br>" : "", f);
				text(f, run->reasons.at[r]);
			}
			for (size_t r = 0; r < run->kmsg.n; r++) {
				fputs("<br>kernel log: ", f);
				text(f, run->kmsg.at[r]);
			}
			fputs(run->ended ? "" : "the run has no end: it was killed, or is still going", f);
			fputs(run->ended && !run->restored ? "<br>settings were not restored" : "", f);
			fputs("</td></tr>\n", f);
		}
		for (size_t w = 0; w < run->n_warns; w++) {
			any = true;
			fputs("<tr>", f);
			element(f, "td", run->bench);
			fputs("<td>warning: ", f);
			text(f, run->warn[w].code);
			fputs("</td>", f);
			element(f, "td", run->warn[w].text);
			fputs("</tr>\n", f);
		}
	}
	fputs("</table>\n", f);
	if (!any)
		element(f, "p", "None.");
}

static void definitions(FILE *f, const struct hf_run *run)
{
	fputs("<table>\n<tr><th>metric</th><th>unit</th><th>better</th><th>from</th><th>what it is</th></tr>\n", f);
	for (size_t i = 0; i < run->n_metrics; i++) {
		const struct hf_metric_def *m = &run->metric[i];

		fputs("<tr>", f);
		element(f, "td", m->name);
		element(f, "td", m->unit);
		element(f, "td", m->better);
		element(f, "td", m->source);
		element(f, "td", m->help);
		fputs("</tr>\n", f);
	}
	fputs("</table>\n", f);
	if (!run->n_params)
		return;
	fputs("<table>\n<tr><th>parameter</th><th>default</th><th>what it is</th></tr>\n", f);
	for (size_t i = 0; i < run->n_params; i++) {
		fputs("<tr>", f);
		element(f, "td", run->param[i].name);
		element(f, "td", run->param[i].def);
		element(f, "td", run->param[i].help);
		fputs("</tr>\n", f);
	}
	fputs("</table>\n", f);
}

static void quantile(FILE *f, double v, const char *unit)
{
	char buf[64];

	element(f, "td class=\"n\"", isfinite(v) ? hf_show_value(v, unit, buf, sizeof(buf)) : "");
}

static void results(FILE *f, const struct hf_group *g)
{
	char name[256];

	fprintf(f, "<details><summary>All metrics at all %zu points</summary><div class=\"wide\"><table>\n", g->n_points);
	fputs("<tr><th>point</th><th>metric</th><th>value</th><th>95 % interval</th><th>p50</th><th>p99</th><th>max</th><th>n</th></tr>\n",
	      f);
	for (size_t k = 0; k < g->n_points; k++) {
		for (size_t i = 0; i < g->point[k].n_values; i++) {
			const struct hf_value *v = &g->point[k].value[i];

			fputs("<tr>", f);
			element(f, "td", i ? "" : hf_points_name(g, &g->point[k], NULL, name, sizeof(name)));
			element(f, "td", v->sample.metric);
			value_cells(f, v);
			quantile(f, v->sample.p50, v->sample.unit);
			quantile(f, v->sample.p99, v->sample.unit);
			quantile(f, v->sample.max, v->sample.unit);
			fprintf(f, "<td class=\"n\">%llu</td></tr>\n", (unsigned long long)v->sample.n);
		}
	}
	fputs("</table></div></details>\n", f);
}

static void benchmarks(FILE *f, const struct hf_points *points)
{
	element(f, "h2", "Benchmarks");
	for (size_t i = 0; i < points->n_groups; i++) {
		const struct hf_group *g = &points->group[i];

		element(f, "h3", g->bench);
		if (*g->run->summary)
			element(f, "p", g->run->summary);
		if (*g->run->origin) {
			fputs("<p>Origin: ", f);
			text(f, g->run->origin);
			fputs("</p>\n", f);
		}
		if (g->run->paths.n) {
			fputs("<p>Kernel functions:", f);
			for (size_t k = 0; k < g->run->paths.n; k++) {
				fputs(" <code>", f);
				text(f, g->run->paths.at[k]);
				fputs("</code>", f);
			}
			fputs("</p>\n", f);
		}
		definitions(f, g->run);
		if (g->n_points)
			results(f, g);
	}
}

static void page(FILE *f, const char *dir, const struct hf_points *points)
{
	const struct hf_run *run = hf_reader_run(points->reader, 0);
	const char *release = hf_reader_pair(&run->host, "release");

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>hugefault ", f);
	text(f, run->label);
	fprintf(f, "</title>\n<style>%s</style>\n</head>\n<body>\n<h1>hugefault ", style);
	text(f, run->label);
	fputs("</h1>\n<p>Linux ", f);
	text(f, release ? release : "?");
	fprintf(f, ", %zu runs.</p>\n", hf_reader_runs(points->reader));
	summary(f, points);
	ends(f, points->reader);
	figures(f, dir);
	benchmarks(f, points);
	environment(f, dir, run);
	fputs("</body>\n</html>\n", f);
}

/* Written beside its place and renamed, so that a reader never sees half a page. */
static int write_page(const char *dir, const struct hf_points *points)
{
	char path[PATH_MAX], tmp[PATH_MAX];
	int err = 0;
	FILE *f;

	if ((size_t)snprintf(path, sizeof(path), "%s/report.html", dir) >= sizeof(path) - 4)
		return -ENAMETOOLONG;
	snprintf(tmp, sizeof(tmp), "%.*s.new", (int)sizeof(tmp) - 5, path);
	f = fopen(tmp, "we");
	if (!f)
		return -errno;
	page(f, dir, points);
	if (ferror(f))
		err = -EIO;
	if (fclose(f) && !err)
		err = -errno;
	if (!err && rename(tmp, path))
		err = -errno;
	if (err)
		unlink(tmp);
	return err;
}

struct args {
	const char *dir;
	bool figures;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'd':
		a->dir = arg;
		return 0;
	case 'f':
		a->figures = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is one argument too many", arg);
		return EINVAL;
	case ARGP_KEY_END:
		if (!a->dir)
			argp_error(state, "--dir is needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = { { "dir", 'd', "DIR", 0, "Directory that runall.sh wrote", 0 },
						      { "figures", 'f', NULL, 0, "Print what the page says of the figures in DIR instead, for a page of another kind", 0 },
						      { 0 } };
	static const struct argp argp = { options,
					  parse,
					  NULL,
					  "Write DIR/report.html, one page that needs no other file.\v"
					  "Example: report --dir results/6.12.0/20250101-120000\n\n"
					  "Exit status: 0 written, 2 usage or bad data, 3 cannot be written, 4 the records hold no run.",
					  NULL,
					  NULL,
					  NULL };
	struct args a = { NULL };
	char records[PATH_MAX], *files[] = { records };
	struct hf_points points;
	int err, status = 0;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.figures) {
		figures(stdout, a.dir);
		return fflush(stdout) ? EXIT_BROKEN : 0;
	}
	snprintf(records, sizeof(records), "%s/records.jsonl", a.dir);
	if (hf_points_load(&points, files, 1)) {
		fprintf(stderr, "report: %s\n", points.error);
		status = EXIT_USAGE;
	} else if (!hf_reader_runs(points.reader)) {
		fprintf(stderr, "report: %s: no run in it\n", records);
		status = EXIT_NO_DATA;
	} else if ((err = write_page(a.dir, &points))) {
		fprintf(stderr, "report: %s/report.html: %s\n", a.dir, strerror(-err));
		status = EXIT_BROKEN;
	}
	hf_points_free(&points);
	return status;
}
