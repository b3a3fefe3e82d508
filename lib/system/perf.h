/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * perf events by name, through libpfm4 (its only user). An event that cannot be opened stays in the set with the reason; it is never a
 * zero. Events of one PMU are opened in groups so that they count over the same time; what the kernel multiplexed is scaled, and the
 * times are kept so that a reader can tell.
 */
#ifndef HF_SYSTEM_PERF_H
#define HF_SYSTEM_PERF_H

#include <stddef.h>
#include <stdint.h>

#define HF_PERF_MAX 32 /* events in a set */

/**
 * struct hf_perf_value - one event of a set
 * @name:	as it was asked for
 * @err:	0, or the -errno for which it could not be opened or read
 * @why:	that reason in words, "" when open
 * @value:	count, scaled by @enabled / @running
 * @enabled:	ns that the event was enabled
 * @running:	ns that it was really counting
 */
struct hf_perf_value {
	char name[64];
	int err;
	char why[96];
	double value;
	uint64_t enabled, running;
};

/** hf_perf_default() - comma-separated default set: faults, switches, migrations, lock contention and page allocation tracepoints,
 * cycles and instructions (user and kernel apart), dTLB and LLC misses. Whatever the machine lacks is named when opening. */
const char *hf_perf_default(void);

/**
 * hf_perf_check() - is every name in the list known?
 * @events: comma-separated names as libpfm4 has them ("cycles:u", "exceptions:page_fault_user" for a tracepoint); "" is an empty set
 * @why: filled with one line naming the first unknown event
 *
 * An event that is known but absent on this machine passes. Tracepoints (SUBSYSTEM:NAME) pass if the form is right.
 *
 * Return: 0, -EINVAL (unknown event), -E2BIG (more than HF_PERF_MAX), other -errno.
 */
int hf_perf_check(const char *events, char *why, size_t room);

struct hf_perf;

/**
 * hf_perf_open() - open the events for the calling thread, stopped
 * @perf: set on success, also when no event could be opened
 * @events: list that hf_perf_check() accepts
 *
 * Return: 0 or -errno (only for a bad list or no memory; a missing event is reported in its value).
 */
int hf_perf_open(struct hf_perf **perf, const char *events);

/** hf_perf_start() - zero and start counting */
void hf_perf_start(struct hf_perf *perf);
/** hf_perf_stop() - stop counting */
void hf_perf_stop(struct hf_perf *perf);

/** hf_perf_read() - fill @value[0..n-1]. Return: n, the number of events in the set, at most HF_PERF_MAX. */
unsigned int hf_perf_read(struct hf_perf *perf, struct hf_perf_value *value);

/** hf_perf_close() - NULL is allowed */
void hf_perf_close(struct hf_perf *perf);

#endif
