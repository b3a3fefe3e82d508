/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A private mount namespace with what the suite wants mounted: hugetlbfs for every page size (libhugetlbfs looks for it) and tracefs (tracepoints). It goes
 * with the process: nothing of it is seen outside, nothing has to be undone.
 */
#ifndef HF_SYSTEM_NS_H
#define HF_SYSTEM_NS_H

#include <stdbool.h>

/**
 * hf_ns_enter() - enter it; start the program again when it must see the mounts before main()
 * @state_dir: directory below which the mounts go
 * @again: execute this program again (once) with HUGETLB_* out of the environment
 * @argv: its arguments
 *
 * Return: 0 also where namespaces are not allowed (an ordinary user): then only what the system has mounted is there. -errno when
 * executing again failed.
 */
int hf_ns_enter(const char *state_dir, bool again, char **argv);

#endif
