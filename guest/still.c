// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * still: keeps perf's hooks switched on until it is killed: those in the scheduler and those of every software event. Every run opens perf events, and the kernel switches a
 * hook on with the first event that needs it and off after the last (kernel/events/core.c, perf_sched_count, perf_swevent_enabled): by patching its own code, over and over,
 * under the feet of whatever is being measured. QEMU before 8.1 cannot always follow when two of its threads emulate processors.
 */
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr) };
	int opened = 0;

	/* A kernel may not know the last ones. */
	for (attr.config = 0; attr.config < PERF_COUNT_SW_MAX; attr.config++)
		opened += syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC) >= 0;
	if (!opened) {
		perror("still: perf_event_open");
		return 3;
	}
	for (;;)
		pause();
}
