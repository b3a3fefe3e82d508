/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work that may block for ever, like reading /proc/PID/smaps of a process that hangs holding its mmap_lock: done in a child process, which is given up when nothing comes of it. */
#ifndef HF_SYSTEM_ASIDE_H
#define HF_SYSTEM_ASIDE_H

#include <stddef.h>

/** typedef hf_aside_fn - the work; @result is shared with the caller at all times */
typedef void hf_aside_fn(void *result, const void *arg);

/**
 * hf_aside() - do @fn(@result, @arg) in a child process and wait for its end
 * @fn: what it does to @result is kept, also when it does not end; everything else is lost
 * @result, @len: what the child starts from, and what the caller gets
 * @limit_s: so long @result may stay as it is
 *
 * The child has no descriptors but 0 to 2 (so it keeps no lock) and dies with its parent, if it can. One that cannot be killed is left behind.
 *
 * Return: 0, -ETIMEDOUT when it was given up, -ECHILD when it died, other -errno.
 */
int hf_aside(hf_aside_fn *fn, const void *arg, void *result, size_t len, double limit_s);

#endif
