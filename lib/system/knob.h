/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs: kernel settings that a run changes and that must be as before afterwards, also after SIGKILL or a power cut. Before each change
 * a line saying how to undo it is appended to a journal and fsynced; undoing goes through the journal backwards. One journal a machine,
 * guarded by the run lock (system/lock.h). A change and its undoing may be interrupted anywhere, and undoing may be repeated.
 *
 * Others change settings too, and what they did stays:
 * - A setting that reads neither as we left it nor as it was before has been changed by somebody else since: it is left alone and named,
 *   and that is no error. (Only if the run died between its write and its read-back is it put back whatever it reads: what the kernel
 *   made of the value was not known yet.)
 * - Pools are undone by difference (system/growth.h).
 * - A file or directory that is gone needs no undoing.
 *
 * The journal, one line per step, fields separated by tabs ('\t', '\n' and '\\' in them written as in C), K counting the changes from 0:
 *	hugefault-journal-1 BOOT_ID PID			the first line
 *	set K PATH BEFORE AFTER				about to write AFTER
 *	held K						it reads back as AFTER
 *	set K PATH BEFORE BEFORE			the measured process may write anything to it, at any time: is put back whatever it reads
 *	pool K PATH PERSISTENT SURPLUS PAGES		about to add PAGES to PERSISTENT + SURPLUS
 *	bracket K PATH PERSISTENT SURPLUS PAGES		about to let somebody resize that pool, to at most PERSISTENT + SURPLUS + PAGES
 *	settle K PAGES					of bracket K no more than PAGES can still be there
 *	take K FROM TO					about to shrink that pool again, from FROM persistent pages to TO
 *	mkdir K PATH					about to make it
 *	word K PATH WORD				about to add WORD to a list of words
 *	undone K
 */
#ifndef HF_SYSTEM_KNOB_H
#define HF_SYSTEM_KNOB_H

#include <stddef.h>
#include <stdint.h>

struct hf_knobs;

/** typedef hf_knob_say - told of each step of an undoing: what was done, and err (0 or -errno) */
typedef void hf_knob_say(void *arg, const char *what, int err);

/**
 * hf_knob_state_dir() - where journal and lock live: $HUGEFAULT_STATE, else /run/hugefault as root, else $XDG_RUNTIME_DIR/hugefault,
 * else /tmp/hugefault-UID. /run does not outlive a boot, nor do the settings. Made (mode 0700) if missing.
 * Return: 0 or -errno; -EPERM when it belongs to another user or others may write to it, -ENOTDIR when it is a link or no directory.
 */
int hf_knob_state_dir(char *buf, size_t room);

/**
 * hf_knob_open() - start a journal
 * @knobs: set on success; end with hf_knob_restore() and hf_knob_close()
 * @state_dir: from hf_knob_state_dir(); the caller holds the run lock
 *
 * Return: 0; -EEXIST when a dead run's journal is still there and not undone (call hf_knob_recover() first); -EBADMSG when there is one
 * that cannot be understood; other -errno.
 */
int hf_knob_open(struct hf_knobs **knobs, const char *state_dir);

/**
 * hf_knob_set() - save, journal, write, read back
 * @knobs: open journal
 * @path: file below /proc, /sys or a cgroup mount
 * @value: text to write, without newline
 *
 * Nothing is written or journalled when the file already reads as @value. A file that shows its choices ("always [madvise] never") reads
 * as the one in brackets.
 *
 * Return: 0; -EIO when it reads back as something else (it is put back at once); what open, read or write said.
 */
int hf_knob_set(struct hf_knobs *knobs, const char *path, const char *value);

/**
 * hf_knob_guard() - journal what a file reads, for a setting that somebody else (the measured process) is about to change any number of times
 * @knobs: open journal
 * @path: as for hf_knob_set()
 *
 * Nothing is written to the file. Undoing puts it back whatever it reads then: also what others made of it since.
 *
 * Return: 0, what open or read said, or why it could not be journalled.
 */
int hf_knob_guard(struct hf_knobs *knobs, const char *path);

/**
 * hf_knob_word() - add a word to a file that holds a list of them ("+hugetlb" to a cgroup.subtree_control); restoring takes it away
 *
 * Nothing is written or journalled when the word is there already.
 *
 * Return: 0; -EIO when it is not there afterwards; what open, read or write said: -ENOENT for a controller that cannot be had, -EBUSY for a group that has processes.
 */
int hf_knob_word(struct hf_knobs *knobs, const char *path, const char *word);

/** hf_knob_mkdir() - make a directory (a cgroup) that is removed again when restoring. Return: 0, -EEXIST (it stays), other -errno. */
int hf_knob_mkdir(struct hf_knobs *knobs, const char *path);

/** hf_knob_mark() - a position in the journal, for hf_knob_undo_to() */
size_t hf_knob_mark(const struct hf_knobs *knobs);

/** hf_knob_undo_to() - undo, newest first, what was changed since @mark; goes on after errors. Return: 0 or the first -errno. */
int hf_knob_undo_to(struct hf_knobs *knobs, size_t mark, hf_knob_say *say, void *arg);

/** hf_knob_restore() - undo everything and, when all of it succeeded, remove the journal: no more changes after that. Return: as above. */
int hf_knob_restore(struct hf_knobs *knobs, hf_knob_say *say, void *arg);

/** hf_knob_close() - release; does not undo (a journal that is still there can be recovered). NULL is allowed. */
void hf_knob_close(struct hf_knobs *knobs);

/**
 * hf_knob_recover() - undo the journal of a run that died
 * @state_dir: from hf_knob_state_dir(); the caller holds the run lock
 * @say: told of each step, may be NULL
 *
 * Entries of another boot (boot_id) are dropped: the settings did not survive it. A torn last line was never acted upon.
 *
 * Return: how many entries were undone (0: nothing to do), or the first -errno, and then the journal stays; -EBADMSG when it cannot be
 * understood, and then nothing was undone.
 */
int hf_knob_recover(const char *state_dir, hf_knob_say *say, void *arg);

#endif
