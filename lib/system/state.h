/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state that a run must leave as it was: pools, settings of huge pages and memory, memory blocks. */
#ifndef HF_SYSTEM_STATE_H
#define HF_SYSTEM_STATE_H

#include <stddef.h>
#include <stdio.h>

/** hf_state_print() - one "name value" line each, behind @indent; "absent" where the kernel has no such setting, further words of a value follow commas */
void hf_state_print(const char *indent, FILE *out);

/** hf_state_offline() - memory blocks that are offline: "memory5,memory9", cut to @room. Return: how many. */
int hf_state_offline(char *buf, size_t room);

#endif
