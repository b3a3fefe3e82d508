/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel log from a point on, and the kernel's taint flags: part of every verdict. */
#ifndef HF_SYSTEM_KMSG_H
#define HF_SYSTEM_KMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hf_kmsg;

/**
 * hf_kmsg_open() - remember the present end of the log (/dev/kmsg, Documentation/ABI/testing/dev-kmsg)
 * @kmsg: set on success
 *
 * Return: 0, or -errno: -EPERM with dmesg_restrict and no CAP_SYSLOG.
 */
int hf_kmsg_open(struct hf_kmsg **kmsg);

/** typedef hf_kmsg_line - told of each line: its level, 0 (emergency) .. 7 (debug), and whether it is one that fails a run */
typedef void hf_kmsg_line(void *arg, int level, const char *text, bool bad);

/**
 * hf_kmsg_read() - what was logged since the last call
 * @fn: called for each line; @bad when the line is one that fails a run: a warning or oops banner, "BUG:", "WARNING:", a lockdep, KASAN,
 *	KCSAN or UBSAN report, a soft or hard lockup, an RCU stall, a hung task, "Bad page", "HugeTLB" accounting complaints. The kernel's
 *	report of an OOM kill is not bad by itself. Lines that a program wrote to /dev/kmsg are passed on, never bad.
 *
 * Return: number of bad lines, or -errno. Lines lost to a ring buffer overrun
 *	are one line that says so; it is not bad: what was lost is not known.
 */
int hf_kmsg_read(struct hf_kmsg *kmsg, hf_kmsg_line *fn, void *arg);

/**
 * hf_kmsg_record() - what hf_kmsg_read() does with one record of /dev/kmsg
 * @record: "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS[,...];TEXT", then lines that begin with a space (the device's dictionary); is written to
 *
 * Return: number of bad lines, -EINVAL when this is no record.
 */
int hf_kmsg_record(char *record, hf_kmsg_line *fn, void *arg);

/** hf_kmsg_bad() - the test that hf_kmsg_read() applies to one line of the kernel's own; no level alone makes a line bad */
bool hf_kmsg_bad(int level, const char *text);

/** hf_kmsg_close() - NULL is allowed */
void hf_kmsg_close(struct hf_kmsg *kmsg);

/** hf_kmsg_taint() - /proc/sys/kernel/tainted (Documentation/admin-guide/tainted-kernels.rst). Return: flags, 0 if it cannot be read. */
uint64_t hf_kmsg_taint(void);

#endif
