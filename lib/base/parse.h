/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strict parsing of numbers: the whole string must be the number, with range, no sign where none makes sense, no trailing junk.
 * Every function returns 0, -EINVAL (not such a number) or -ERANGE (one, but outside @min..@max), and writes *@out only on success.
 */
#ifndef HF_BASE_PARSE_H
#define HF_BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** hf_parse_u64() - decimal or 0x-hexadecimal integer */
int hf_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out);

/** hf_parse_size() - bytes; one of the binary suffixes K, M, G, T may follow ("3M7" is -EINVAL) */
int hf_parse_size(const char *s, uint64_t min, uint64_t max, uint64_t *out);

/** hf_parse_ns() - a time in nanoseconds; suffix ns, us, ms, s, m or h; without one the unit is seconds; fractions allowed */
int hf_parse_ns(const char *s, uint64_t min, uint64_t max, uint64_t *out);

/** hf_parse_double() - a finite decimal number */
int hf_parse_double(const char *s, double min, double max, double *out);

/** hf_parse_bool() - on, off, yes, no, true, false, 1, 0 */
int hf_parse_bool(const char *s, bool *out);

/**
 * hf_parse_cpulist() - the kernel's list format, "0-3,7"
 * @s: the list; it may end in a newline
 * @cpu: filled in the order given
 * @max: room in @cpu
 *
 * Return: how many CPUs were named (0 for an empty list), -EINVAL, or -ERANGE when there are more than @max.
 */
int hf_parse_cpulist(const char *s, unsigned int *cpu, unsigned int max);

/**
 * hf_parse_show_size() - the inverse of hf_parse_size(): "2M", "1G", "4097"
 * @bytes: the size
 * @buf: where to; at least 24 bytes
 * @room: size of @buf
 *
 * Return: @buf.
 */
char *hf_parse_show_size(uint64_t bytes, char *buf, size_t room);

#endif
