/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The initramfs of one boot: archives that are there already, and one more with the commands. */
#ifndef HF_GUEST_LIB_INITRD_H
#define HF_GUEST_LIB_INITRD_H

/**
 * hf_initrd_write() - put archives and commands together
 * @path: the file to write
 * @parts: cpio archives (the kernel unpacks one after the other: Documentation/driver-api/early-userspace/buffer-format.rst), ended by NULL
 * @commands: becomes /hf/commands, padded with empty lines to a multiple of 4 KiB so that small differences between boots don't change sizes
 * @why: set to the name of the file that could not be read or written
 *
 * Return: 0 or -errno.
 */
int hf_initrd_write(const char *path, char *const parts[], const char *commands, const char **why);

#endif
