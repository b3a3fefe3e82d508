// SPDX-License-Identifier: GPL-2.0-or-later
/* Marks for the plugin of an emulator, or for the kernel's tracer. */
#include "system/mark.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define TRACEFS "/sys/kernel/tracing/"
#define PART 512 /* of a text: what the tracer takes in one write has a limit (1 KiB in Linux 6.1, kernel/trace/trace.c) */

char hf_mark_page[HF_MARK_PAGE] __attribute__((aligned(HF_MARK_PAGE)));

/* Where marks go: the tracer's two files, or the page when they are not open. */
static int marker = -1, recording = -1;

int hf_mark_trace(void)
{
	int fd = hf_file_open(TRACEFS "trace_marker", O_WRONLY), on = hf_file_open(TRACEFS "tracing_on", O_WRONLY);

	if (fd >= 0 && on >= 0) {
		marker = fd;
		recording = on;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	if (on >= 0)
		close(on);
	return fd < 0 ? fd : on;
}

/* What cannot be written is missed by who reads it: a region without its end is none. */
static void put(int fd, const char *text, size_t len)
{
	ssize_t n = write(fd, text, len);

	(void)n;
}

static void trace(unsigned int code, const char *text)
{
	static const char *const name[] = { [HF_MARK_BEGIN] = "begin", [HF_MARK_STOP] = "stop",	      [HF_MARK_REGION] = "region",
					    [HF_MARK_COMMIT] = "commit", [HF_MARK_DROP] = "drop",     [HF_MARK_SECTION] = "section",
					    [HF_MARK_SYMBOL] = "symbol" };
	char line[PART + 32];
	size_t left = strlen(text);
	int len;

	put(recording, "1", 1);
	for (; left > PART; left -= PART, text += PART) {
		len = snprintf(line, sizeof(line), "hf:part %.*s", PART, text);
		put(marker, line, (size_t)len);
	}
	len = snprintf(line, sizeof(line), "hf:%s %s", name[code], text);
	put(marker, line, (size_t)len);
	if (code == HF_MARK_COMMIT || code == HF_MARK_DROP || code == HF_MARK_SECTION)
		put(recording, "0", 1);
}

static void store(unsigned int code)
{
#if defined(__x86_64__)
	__asm__ volatile(".byte 0x3e, 0x3e, 0x3e, 0x3e, 0x88, 0x02" ::"a"(0), "d"(&hf_mark_page[code]) : "memory");
#else
	(void)code;
#endif
}

void hf_mark(unsigned int code)
{
	if (marker < 0)
		store(code);
	else
		trace(code, "");
}

void hf_mark_text(const char *text, enum hf_mark code)
{
	if (marker >= 0) {
		trace(code, text);
		return;
	}
	for (; *text; text++)
		store(HF_MARK_BYTE + (unsigned char)*text);
	store(code);
}
