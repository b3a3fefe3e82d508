/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in the kernel a task is. */
#ifndef HF_SYSTEM_WHERE_H
#define HF_SYSTEM_WHERE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** hf_where_state() - its state letter; 0 when it is gone */
char hf_where_state(pid_t tid);

/** hf_where_killed() - whether it has been killed and is still there */
bool hf_where_killed(pid_t tid);

/** hf_where_line() - /proc/TID/@file on one line; "?" when it cannot be read. Return: @buf. */
char *hf_where_line(pid_t tid, const char *file, char *buf, size_t room);

/** hf_where() - "COMM, state D, wchan ..., stack ...", on one line. Return: @buf. */
char *hf_where(pid_t tid, char *buf, size_t room);

#endif
