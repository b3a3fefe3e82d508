// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * still: keeps perf's scheduler hooks switched on until it is killed. Every run opens perf events, and the kernel switches these hooks on with the first event of a task and
 * off a second after the last (kernel/events/core.c, perf_sched_count): by patching its own code, over and over, under the feet of whatever is being measured. QEMU before 8.1
 * cannot always follow when two of its threads emulate processors.
 */
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_DUMMY };

	if (syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC) < 0) {
		perror("still: perf_event_open");
		return 3;
	}
	for (;;)
		pause();
}
