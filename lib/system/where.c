// SPDX-License-Identifier: GPL-2.0-or-later
/* Where in the kernel a task is. */
#include "system/where.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

char *hf_where_line(pid_t tid, const char *file, char *buf, size_t room)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, file);
	if (hf_file_read(path, buf, room) < 0)
		snprintf(buf, room, "?");
	for (char *p = buf; *p; p++)
		if (*p == '\n')
			*p = ' ';
	return buf;
}

char hf_where_state(pid_t tid)
{
	char path[64], text[1024];
	const char *rest;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
	if (hf_file_read(path, text, sizeof(text)) < 0 || !(rest = strrchr(text, ')')) || rest[1] != ' ')
		return 0;
	return rest[2];
}

bool hf_where_killed(pid_t tid)
{
	static const char *const key[] = { "SigPnd:", "ShdPnd:" };
	char path[64];
	uint64_t set;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	for (int i = 0; i < 2; i++)
		if (hf_file_find_u64(path, key[i], 16, &set) == 0 && set >> (SIGKILL - 1) & 1)
			return true;
	return false;
}

char *hf_where(pid_t tid, char *buf, size_t room)
{
	char comm[32], wchan[64], stack[320], state = hf_where_state(tid);

	hf_where_line(tid, "comm", comm, sizeof(comm));
	hf_where_line(tid, "wchan", wchan, sizeof(wchan));
	hf_where_line(tid, "stack", stack, sizeof(stack));
	snprintf(buf, room, "%s, state %c, wchan %s, stack %s", comm, state ? state : '?', wchan, stack);
	return buf;
}
