// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of a program's own points. */
#include "harness/view.h"

#include <math.h>
#include <string.h>

/* A value in a unit that people read: ns, us, ms, s; kB/s .. GB/s (decimal); plain otherwise. */
static char *human(double v, const char *unit, char *buf, size_t room)
{
	static const char *const ns[] = { "ns", "us", "ms", "s" }, *const rate[] = { "B/s", "kB/s", "MB/s", "GB/s", "TB/s" };
	int i = 0;

	if (isnan(v)) {
		snprintf(buf, room, "-");
	} else if (strcmp(unit, "ns") == 0) {
		for (; i < 3 && fabs(v) >= 1000; i++)
			v /= 1000;
		snprintf(buf, room, "%.4g %s", v, ns[i]);
	} else if (strcmp(unit, "B/s") == 0) {
		for (; i < 4 && fabs(v) >= 1000; i++)
			v /= 1000;
		snprintf(buf, room, "%.4g %s", v, rate[i]);
	} else {
		snprintf(buf, room, fabs(v) >= 1e5 ? "%.0f%s%s" : "%.4g%s%s", v, strcmp(unit, "1") && strcmp(unit, "count") ? " " : "",
			 strcmp(unit, "1") && strcmp(unit, "count") ? unit : "");
	}
	return buf;
}

void hf_view_point(FILE *out, const struct hf_bench *bench, const struct hf_point *point, const struct hf_result *r)
{
	fprintf(out, "%s", bench->name);
	for (int i = 0; bench->params[i].name; i++)
		fprintf(out, " %s=%s", bench->params[i].name, point->text[i]);
	fprintf(out, " tasks=%u mode=%s\n", point->tasks, point->processes ? "processes" : "threads");
	for (unsigned int m = 0; bench->metrics[m].name; m++) {
		const struct hf_metric *metric = &bench->metrics[m];
		char value[32], lo[32], hi[32], p99[32] = "";
		struct hf_stated s;

		if (metric->source.kind == HF_KIND_CURVE)
			continue;
		hf_result_state(r, bench, m, &s);
		if (isnan(s.value))
			continue;
		if (r->total.hist[m] && r->total.hist[m]->n >= 2000)
			human(hf_hist_quantile(r->total.hist[m], 0.99), metric->unit, p99, sizeof(p99));
		fprintf(out, "  %-18s %12s", metric->name, human(s.value, metric->unit, value, sizeof(value)));
		if (isnan(s.lo))
			fprintf(out, "  %-24s", "");
		else
			fprintf(out, "  [%9s, %9s]", human(s.lo, metric->unit, lo, sizeof(lo)), human(s.hi, metric->unit, hi, sizeof(hi)));
		fprintf(out, "  n %llu%s%s\n", (unsigned long long)s.n, *p99 ? "  p99 " : "", p99);
	}
}
