// SPDX-License-Identifier: GPL-2.0-or-later
/* move_pages(2), one page at a time. */
#include "system/migrate.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"

#define NODES_MAX 64

static int move(void *p, const int *node, int flags, int *status)
{
	return syscall(SYS_move_pages, 0, 1ul, &p, node, status, flags) < 0 ? -errno : 0;
}

/* The node after @now that has memory; the first is after the last. */
static int next_node(int now)
{
	unsigned int node[NODES_MAX];
	char list[512];
	int n = hf_file_read("/sys/devices/system/node/has_memory", list, sizeof(list)) < 0 ? 0 : hf_parse_cpulist(list, node, NODES_MAX);

	if (n < 2)
		return -ENODEV;
	for (int i = 0; i < n; i++)
		if ((int)node[i] > now)
			return (int)node[i];
	return (int)node[0];
}

int hf_migrate(void *p)
{
	int now = -ENOENT, to = next_node(-1), status = -ENOENT, err;

	if (to < 0)
		return to;
	err = move(p, NULL, 0, &now);
	if (err || now < 0)
		return err ? err : now;
	to = next_node(now);
	err = move(p, &to, MPOL_MF_MOVE_ALL, &status);
	if (err == -EPERM)
		err = move(p, &to, MPOL_MF_MOVE, &status);
	if (err)
		return err;
	return status == to ? 0 : status == -ENOENT ? -ENOENT : -EBUSY;
}
