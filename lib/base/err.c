// SPDX-License-Identifier: GPL-2.0-or-later
/* Exit statuses and names of errors. */
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

const char *hf_err_status(int status)
{
	static const char *const word[] = { "ok", "fail", "usage", "broken", "skip" };

	if (status < 0 || status > HF_EXIT_SKIP)
		return "broken";
	return word[status];
}

const char *hf_err_name(int err)
{
	const char *name = strerrorname_np(abs(err));

	return name ? name : "E?";
}
