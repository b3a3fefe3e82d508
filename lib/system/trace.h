/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tracepoints of the kernel, read as text from an instance of tracefs of our own (Documentation/trace/ftrace.rst, "Instances"): nobody else's tracing is touched.
 * The instance is a directory, HF_TRACE_DIR; whoever runs the show makes it and removes it (system/knob.h).
 */
#ifndef HF_SYSTEM_TRACE_H
#define HF_SYSTEM_TRACE_H

#include <stddef.h>
#include <stdint.h>

#define HF_TRACE_DIR "/sys/kernel/tracing/instances/hugefault"

struct hf_trace;

/**
 * hf_trace_open() - enable tracepoints in the instance
 * @trace: set on success
 * @events: NULL-terminated, "SUBSYSTEM:NAME"
 *
 * Return: 0; -ENOENT when there is no instance or no such tracepoint; other -errno. Nothing is enabled then.
 */
int hf_trace_open(struct hf_trace **trace, const char *const *events);

/** hf_trace_skip() - what was recorded up to now is not of interest. Return: 0 or -errno. */
int hf_trace_skip(struct hf_trace *trace);

/** typedef hf_trace_event - told of each event: its name without the subsystem, and its text ("start_pfn=0x8000 end_pfn=...") */
typedef void hf_trace_event(void *arg, const char *name, const char *text);

/**
 * hf_trace_read() - what was recorded since hf_trace_open() or hf_trace_skip(), and skip that
 * Return: 0; -EOVERFLOW when the buffer was too small for all of it, and @fn was told nothing; other -errno.
 */
int hf_trace_read(struct hf_trace *trace, hf_trace_event *fn, void *arg);

/** hf_trace_number() - the number after "@key=" in an event's text, decimal or 0x and hexadecimal. Return: 0, -ENOENT, -EINVAL. */
int hf_trace_number(const char *text, const char *key, uint64_t *v);

/** hf_trace_close() - disable the tracepoints; NULL is allowed */
void hf_trace_close(struct hf_trace *trace);

#endif
