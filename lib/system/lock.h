/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run at a time per machine: flock(2) on a file in the state directory. The descriptor is inherited by the measured children on
 * purpose: the kernel drops the lock when the last of them has gone through exit_files(), which do_exit() (kernel/exit.c) runs after
 * exit_mm(), so whoever gets the lock knows that all memory of the dead run is free again. It is closed on exec: programs that a run
 * starts do not hold the lock.
 */
#ifndef HF_SYSTEM_LOCK_H
#define HF_SYSTEM_LOCK_H

#include <stddef.h>
#include <sys/types.h>

/**
 * hf_lock_take() - take the run lock
 * @state_dir: from hf_knob_state_dir()
 * @wait_ms: how long to wait for it, 0 = try once
 * @owner: set to the pid of the holder when the result is -EBUSY (0 if unknown); may be NULL. When only children of a dead run hold
 *	the lock any more, this is the pid of that dead run.
 *
 * Return: descriptor to keep open, -EBUSY, other -errno.
 */
int hf_lock_take(const char *state_dir, unsigned int wait_ms, pid_t *owner);

/**
 * hf_lock_say() - why the lock cannot be had, and what can be done, for people
 * @owner: as hf_lock_take() has set it
 *
 * Whoever has the file open holds the lock, also when the run that took it is dead. One that is in state D at every look for a second, or that has been killed and is still there, is named with the
 * place in the kernel where it is.
 *
 * Return: @buf.
 */
char *hf_lock_say(const char *state_dir, pid_t owner, char *buf, size_t room);

#endif
