/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small kernel files (/proc, /sys), below a root that tests may move: with HF_SYSROOT=/some/tree in the environment every
 * path given here is looked up under that tree.
 */
#ifndef HF_BASE_FILE_H
#define HF_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** hf_file_path() - @path below the sysroot. Return: @buf, or NULL with errno ENAMETOOLONG. */
char *hf_file_path(const char *path, char *buf, size_t room);

/** hf_file_open() - open(2) below the sysroot, with O_CLOEXEC. Return: descriptor or -errno. */
int hf_file_open(const char *path, int flags);

/**
 * hf_file_read() - a whole small file, as a string without its trailing newlines
 * @path: absolute path
 * @buf: where to; always terminated on success
 * @room: size of @buf
 *
 * Return: length, or -errno; -EFBIG when it does not fit.
 */
ssize_t hf_file_read(const char *path, char *buf, size_t room);

/** hf_file_slurp() - a whole file of any size; the caller frees *@text. Return: length or -errno. */
ssize_t hf_file_slurp(const char *path, char **text);

/** hf_file_read_u64() - a file that holds one number. Return: 0, -errno, -EINVAL. */
int hf_file_read_u64(const char *path, uint64_t *v);

/**
 * hf_file_find_u64() - the number after the first @key in a file of lines ("MemAvailable:")
 * @base: 10 or 16 (without 0x)
 *
 * Return: 0, -ENOENT (no such file or key), -EINVAL (no number there), other -errno.
 */
int hf_file_find_u64(const char *path, const char *key, int base, uint64_t *v);

/** hf_file_word() - of a file that shows its choices ("always [madvise] never") the one in brackets, else all of it, as hf_file_read(). Return: in @buf; NULL if it cannot be read. */
char *hf_file_word(const char *path, char *buf, size_t room);

/**
 * hf_file_numbered() - names in a directory that are @prefix and begin with a digit behind it, in the order of the numbers
 * @names: set to an array for free(3), names included
 *
 * Return: how many; 0 when the directory cannot be read.
 */
int hf_file_numbered(const char *dir, const char *prefix, char ***names);

/** hf_file_write() - write @text with one write(2). Return: 0 or -errno (what the kernel said). */
int hf_file_write(const char *path, const char *text);

#endif
