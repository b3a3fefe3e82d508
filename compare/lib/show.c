// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers for people. */
#include "compare/lib/show.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct scale {
	double factor;
	const char *name;
};

static const struct scale ns[] = { { 1, "ns" }, { 1e3, "us" }, { 1e6, "ms" }, { 1e9, "s" }, { 0, NULL } };
static const struct scale bps[] = { { 1, "B/s" }, { 1e3, "kB/s" }, { 1e6, "MB/s" }, { 1e9, "GB/s" }, { 1e12, "TB/s" }, { 0, NULL } };
static const struct scale bytes[] = { { 1, "B" }, { 1024, "KiB" }, { 1 << 20, "MiB" }, { 1 << 30, "GiB" }, { 0, NULL } };
static const struct scale per_s[] = { { 1, "/s" }, { 1e3, "k/s" }, { 1e6, "M/s" }, { 1e9, "G/s" }, { 0, NULL } };

static const struct {
	const char *unit;
	const struct scale *scale;
} scales[] = { { "ns", ns }, { "B/s", bps }, { "1/s", per_s }, { "B", bytes } };

static struct scale fitting(double value, const char *unit)
{
	const struct scale *s = NULL;

	for (size_t i = 0; i < sizeof(scales) / sizeof(scales[0]); i++)
		if (strcmp(scales[i].unit, unit) == 0)
			s = scales[i].scale;
	if (!s) /* a share or a count is a bare number */
		return (struct scale){ 1, strcmp(unit, "1") == 0 || strcmp(unit, "count") == 0 ? "" : unit };
	while (s[1].name && fabs(value) >= s[1].factor)
		s++;
	return *s;
}

/* Digits after the point that leave three significant ones. */
static int digits(double value, const char *unit)
{
	value = fabs(value);
	if (strcmp(unit, "count") == 0 && value == rint(value))
		return 0;
	if (strcmp(unit, "1") == 0 && value > 0.9 && value < 1) /* a share of nearly all */
		return value > 0.999 ? 5 : 4;
	return value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 || value == 0 ? 2 : value >= 0.01 ? 3 : 5;
}

char *hf_show_value(double value, const char *unit, char *buf, size_t room)
{
	struct scale s = fitting(value, unit);

	if (isfinite(value))
		snprintf(buf, room, "%.*f%s%s", digits(value / s.factor, unit), value / s.factor, *s.name ? " " : "", s.name);
	else
		snprintf(buf, room, "-");
	return buf;
}

char *hf_show_interval(double value, double lo, double hi, const char *unit, char *buf, size_t room)
{
	struct scale s = fitting(value, unit);
	int n = digits(value / s.factor, unit);

	buf[0] = '\0';
	if (isfinite(value) && isfinite(lo) && isfinite(hi))
		snprintf(buf, room, "%.*f .. %.*f", n, lo / s.factor, n, hi / s.factor);
	return buf;
}

void hf_show_cell(FILE *out, const char *s)
{
	fputs("| ", out);
	for (; *s; s++) {
		if (strchr("|\\`*_<>[]", *s))
			fputc('\\', out);
		fputc((unsigned char)*s < ' ' ? ' ' : *s, out);
	}
	fputc(' ', out);
}
