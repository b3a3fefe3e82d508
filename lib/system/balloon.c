// SPDX-License-Identifier: GPL-2.0-or-later
/* Free memory that goes back to a hypervisor. */
#include "system/balloon.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

#define DRIVER "/sys/bus/virtio/drivers/virtio_balloon"
#define ORDER "/sys/module/page_reporting/parameters/page_reporting_order"
#define REPORTING 5 /* VIRTIO_BALLOON_F_REPORTING (include/uapi/linux/virtio_balloon.h) */

/* features_show() in drivers/virtio/virtio.c: a digit for each bit, from bit 0 on. */
static bool reports(const char *device)
{
	char path[PATH_MAX], bits[512];

	snprintf(path, sizeof(path), DRIVER "/%s/features", device);
	return hf_file_read(path, bits, sizeof(bits)) > REPORTING && bits[REPORTING] == '1';
}

int hf_balloon_reporting(void)
{
	char path[PATH_MAX];
	struct dirent *e;
	bool any = false;
	uint64_t order;
	DIR *dir;

	if (!hf_file_path(DRIVER, path, sizeof(path)))
		return -ENOENT;
	dir = opendir(path);
	while (dir && !any && (e = readdir(dir)))
		any = strncmp(e->d_name, "virtio", 6) == 0 && reports(e->d_name);
	if (dir)
		closedir(dir);
	return any && hf_file_read_u64(ORDER, &order) == 0 && order <= INT_MAX ? (int)order : -ENOENT;
}
