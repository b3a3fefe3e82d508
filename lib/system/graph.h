/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's function_graph tracer says of operations: the text of trace_pipe with marks in it (system/mark.h, hf_mark_trace()), as the functions that each operation called, and
 * how long they took. Format of the text: kernel/trace/trace_functions_graph.c, with the options funcgraph-cpu and funcgraph-proc.
 *
 * Written in the form of guest/plugin/insns.c, but with "unit ns" as the first line and
 *   function NAME CALLS SELF TOTAL	in all regions together, in ns: without and with the functions it called
 * in the place of "at"; a sample is the time in traced functions, the length of the region in ns, and the operations in it. Of each metric the shortest quarter of the regions is left out, and the
 * longest.
 */
#ifndef HF_SYSTEM_GRAPH_H
#define HF_SYSTEM_GRAPH_H

#include <stdint.h>
#include <stdio.h>

struct hf_graph;

/** hf_graph_new() - nothing seen yet. @out: where sections are written as they end; hf_graph_free() does not close it. Return: NULL when there is no memory. */
struct hf_graph *hf_graph_new(FILE *out);

/**
 * hf_graph_line() - one line of trace_pipe, without its newline; it is changed
 *
 * What is neither a function nor a mark is passed over. Where the tracer says that it has lost events, or calls and returns do not fit, the regions of that moment are dropped.
 */
void hf_graph_line(struct hf_graph *g, char *line);

/** hf_graph_end() - the last section ends. Return: regions that were dropped because events were missing. */
uint64_t hf_graph_end(struct hf_graph *g);

/** hf_graph_free() - NULL is not allowed */
void hf_graph_free(struct hf_graph *g);

#endif
