// SPDX-License-Identifier: GPL-2.0-or-later
/* Archives one after the other; the last one is written here. */
#include "guest/lib/initrd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PAD 4096
#define MODE_FILE 0100644u
#define MODE_DIR 040755u

/* Members begin at multiples of four bytes. */
static void align(FILE *out)
{
	while (ftell(out) % 4)
		fputc(0, out);
}

/* The header of a member in format newc: magic and thirteen fields of eight hexadecimal digits. */
static void member(FILE *out, const char *name, unsigned int ino, unsigned int mode, size_t size)
{
	align(out);
	fprintf(out, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", ino, mode, 0u, 0u, 1u, 0u, size, 0u, 0u, 0u, 0u,
		strlen(name) + 1, 0u);
	fwrite(name, 1, strlen(name) + 1, out);
	align(out);
}

static int append(FILE *out, const char *path)
{
	FILE *in = fopen(path, "re");
	char buf[65536];
	size_t n;
	int err;

	if (!in)
		return -errno;
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		fwrite(buf, 1, n, out);
	err = ferror(in) ? -EIO : 0;
	fclose(in);
	align(out);
	return err;
}

int hf_initrd_write(const char *path, char *const parts[], const char *commands, const char **why)
{
	size_t len = strlen(commands), size = (len / PAD + 1) * PAD;
	FILE *out = fopen(path, "we");
	int err = 0;

	*why = path;
	if (!out)
		return -errno;
	for (size_t i = 0; parts[i] && !err; i++) {
		err = append(out, parts[i]);
		if (err)
			*why = parts[i];
	}
	if (!err) {
		member(out, "hf", 1, MODE_DIR, 0);
		member(out, "hf/commands", 2, MODE_FILE, size);
		fputs(commands, out);
		for (size_t i = len; i < size; i++)
			fputc('\n', out);
		member(out, "TRAILER!!!", 0, 0, 0);
		err = ferror(out) ? -EIO : 0;
	}
	if (fclose(out) && !err)
		err = -errno;
	return err;
}
