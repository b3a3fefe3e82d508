// SPDX-License-Identifier: GPL-2.0-or-later
/* Strict parsing of numbers. */
#include "base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits at the start of @s; *@end is the first character after them. */
static int leading_u64(const char *s, uint64_t *v, char **end)
{
	if (!isdigit((unsigned char)s[0]))
		return -EINVAL;
	errno = 0;
	*v = strtoull(s, end, s[0] == '0' && (s[1] | 32) == 'x' ? 16 : 10);
	return errno ? -errno : 0;
}

int hf_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v;
	char *end;
	int err = leading_u64(s, &v, &end);

	if (err)
		return err;
	if (*end)
		return -EINVAL;
	if (v < min || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

int hf_parse_size(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	static const char suffix[] = "KMGT";
	const char *unit;
	uint64_t v;
	char *end;
	int shift = 0, err = leading_u64(s, &v, &end);

	if (err)
		return err;
	if (*end) {
		unit = strchr(suffix, toupper((unsigned char)*end));
		if (!unit || end[1])
			return -EINVAL;
		shift = 10 * (int)(unit - suffix + 1);
	}
	if (v > UINT64_MAX >> shift)
		return -ERANGE;
	v <<= shift;
	if (v < min || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

/* A number that starts with a digit or a point (so no sign, no "nan", no "inf"); *@end is the first character after it. */
static int leading_double(const char *s, double *v, char **end)
{
	if (!isdigit((unsigned char)s[0]) && !(s[0] == '.' && isdigit((unsigned char)s[1])))
		return -EINVAL;
	errno = 0;
	*v = strtod(s, end);
	return errno || !isfinite(*v) ? -ERANGE : 0;
}

int hf_parse_ns(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	static const struct {
		const char *name;
		double ns;
	} unit[] = { { "", 1e9 }, { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 } };
	double v;
	char *end;
	int err = leading_double(s, &v, &end);

	if (err)
		return err;
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (strcmp(end, unit[i].name) != 0)
			continue;
		v = rint(v * unit[i].ns);
		if (v < (double)min || v > (double)max || v >= 0x1p63)
			return -ERANGE;
		*out = (uint64_t)v;
		return 0;
	}
	return -EINVAL;
}

int hf_parse_double(const char *s, double min, double max, double *out)
{
	bool minus = s[0] == '-';
	double v;
	char *end;
	int err = leading_double(s + minus, &v, &end);

	if (err)
		return err;
	if (*end)
		return -EINVAL;
	if (minus)
		v = -v;
	if (v < min || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

int hf_parse_bool(const char *s, bool *out)
{
	static const char *const word[] = { "off", "on", "no", "yes", "false", "true", "0", "1" };

	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		if (strcmp(s, word[i]) == 0) {
			*out = i & 1;
			return 0;
		}
	}
	return -EINVAL;
}

int hf_parse_cpulist(const char *s, unsigned int *cpu, unsigned int max)
{
	unsigned int n = 0;

	while (*s && *s != '\n') {
		uint64_t first, last;
		char *end;
		int err = leading_u64(s, &first, &end);

		if (err)
			return err;
		last = first;
		if (*end == '-') {
			err = leading_u64(end + 1, &last, &end);
			if (err)
				return err;
		}
		if (last < first || last > 1u << 20)
			return -EINVAL;
		for (; first <= last; first++) {
			if (n == max)
				return -ERANGE;
			cpu[n++] = (unsigned int)first;
		}
		if (*end == ',' && isdigit((unsigned char)end[1]))
			end++;
		else if (*end && *end != '\n')
			return -EINVAL;
		s = end;
	}
	return (int)n;
}

char *hf_parse_show_size(uint64_t bytes, char *buf, size_t room)
{
	static const char suffix[] = "\0KMGT";
	int i = 0;

	while (i < 4 && bytes && !(bytes & 1023)) {
		bytes >>= 10;
		i++;
	}
	snprintf(buf, room, "%llu%.1s", (unsigned long long)bytes, &suffix[i]);
	return buf;
}
