/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin insns.so has written (guest/plugin/insns.c says how): instructions by address, and the kernel's functions. Or what tools/functions has (lib/system/graph.h): times by
 * function.
 */
#ifndef HF_GUEST_LIB_COUNT_H
#define HF_GUEST_LIB_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct hf_count_sample - a timed region: kernel instructions, ticks of the guest's clock, operations in it (at least 1) */
struct hf_count_sample {
	uint64_t insns, ticks, ops;
};

/** struct hf_count_at - how often the instruction at an address was executed */
struct hf_count_at {
	uint64_t addr, n;
};

/** struct hf_count_function - in times: calls of a function, and ns in it without those it called */
struct hf_count_function {
	char *name;
	uint64_t calls, self;
};

/**
 * struct hf_count_metric - what a section holds of one timed metric
 * @at: by ascending address, over all samples; none in times
 * @function: over all samples, each once; none in instructions
 */
struct hf_count_metric {
	char *name;
	struct hf_count_sample *sample;
	size_t n_samples;
	struct hf_count_at *at;
	size_t n_at;
	struct hf_count_function *function;
	size_t n_functions;
};

/**
 * struct hf_count_section - a repeat of a point
 * @text:	what the benchmark's `sample` lines of that point begin with, an object of JSON
 * @point:	its part from "bench" on: the same in every boot
 */
struct hf_count_section {
	char *text;
	const char *point;
	struct hf_count_metric *metric;
	size_t n_metrics;
};

struct hf_count_symbol {
	uint64_t addr;
	char type;
	char *name;
};

/**
 * struct hf_count - one file
 * @symbol:	by ascending address, one for each
 * @time:	these are times, in ns
 * @complete:	it has its last line: the guest came to its end
 */
struct hf_count {
	struct hf_count_symbol *symbol;
	size_t n_symbols;
	struct hf_count_section *section;
	size_t n_sections;
	bool time, complete;
};

/**
 * hf_count_read() - read a file of the plugin's
 * @line: on -EBADMSG the line that is not as it should be
 *
 * A last line that is cut short is passed over.
 *
 * Return: 0 or -errno; the caller ends @count with hf_count_free() in either case.
 */
int hf_count_read(const char *path, struct hf_count *count, size_t *line);

/** hf_count_free() - what hf_count_read() allocated */
void hf_count_free(struct hf_count *count);

/**
 * hf_count_function() - name of the function at an address: that of the last symbol that is not behind it; "(no symbol)" without one
 *
 * Of several symbols at one address the plainest counts: fewest leading underscores, then global, then short, then first by name.
 */
const char *hf_count_function(const struct hf_count *count, uint64_t addr);

/** hf_count_metric() - a section's metric of that name, or NULL */
const struct hf_count_metric *hf_count_metric(const struct hf_count_section *section, const char *name);

/** hf_count_hash() - FNV-1a over every sample of a metric in its order, beginning with @hash (HF_COUNT_HASH for a new one) */
uint64_t hf_count_hash(const struct hf_count_metric *metric, uint64_t hash);

#define HF_COUNT_HASH UINT64_C(0xcbf29ce484222325)

#endif
