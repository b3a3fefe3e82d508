// SPDX-License-Identifier: GPL-2.0-or-later
/* Tracepoints through an instance of tracefs. */
#include "system/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"

#define BUFFER_KB "1024" /* for each CPU: some ten thousand events */

struct hf_trace {
	const char *const *events;
};

/* Writes @value to the "enable" of one event. */
static int enable(const char *event, const char *value)
{
	const char *colon = strchr(event, ':');
	char path[PATH_MAX];

	if (!colon)
		return -EINVAL;
	snprintf(path, sizeof(path), HF_TRACE_DIR "/events/%.*s/%s/enable", (int)(colon - event), event, colon + 1);
	return hf_file_write(path, value);
}

int hf_trace_open(struct hf_trace **out, const char *const *events)
{
	struct hf_trace *t = calloc(1, sizeof(*t));
	int err, n;

	if (!t)
		return -ENOMEM;
	t->events = events;
	err = hf_file_write(HF_TRACE_DIR "/buffer_size_kb", BUFFER_KB);
	for (n = 0; !err && events[n]; n++)
		err = enable(events[n], "1");
	if (!err)
		err = hf_trace_skip(t);
	if (!err) {
		*out = t;
		return 0;
	}
	while (n-- > 0)
		enable(events[n], "0");
	free(t);
	return err;
}

int hf_trace_skip(struct hf_trace *trace)
{
	int fd = hf_file_open(HF_TRACE_DIR "/trace", O_WRONLY | O_TRUNC);

	(void)trace;
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* "# entries-in-buffer/entries-written: 3/3   #P:2": whether all that was written is there. */
static int check_whole(const char *text)
{
	static const char key[] = "# entries-in-buffer/entries-written: ";
	const char *at = strstr(text, key), *slash;
	size_t len;

	if (!at)
		return -EPROTO;
	at += sizeof(key) - 1;
	slash = at + strspn(at, "0123456789");
	len = (size_t)(slash - at);
	return *slash == '/' && strncmp(at, slash + 1, len) == 0 && !strchr("0123456789", slash[1 + len]) ? 0 : -EOVERFLOW;
}

/* "  offline-block-812   [001] .....  1000.321142: test_pages_isolated: start_pfn=..." */
static void tell(char *line, hf_trace_event *fn, void *arg)
{
	char *cpu = strstr(line, " ["), *name = cpu ? strstr(cpu, ": ") : NULL, *text = name ? strstr(name + 2, ": ") : NULL;

	if (*line == '#' || !text)
		return;
	*text = '\0';
	fn(arg, name + 2, text + 2);
}

int hf_trace_read(struct hf_trace *trace, hf_trace_event *fn, void *arg)
{
	char *text, *rest, *line;
	ssize_t len = hf_file_slurp(HF_TRACE_DIR "/trace", &text);
	int err;

	if (len < 0)
		return (int)len;
	err = check_whole(text);
	for (rest = text; !err && (line = strsep(&rest, "\n"));)
		tell(line, fn, arg);
	free(text);
	return err ? err : hf_trace_skip(trace);
}

int hf_trace_number(const char *text, const char *key, uint64_t *v)
{
	size_t len = strlen(key);

	for (const char *at = text; (at = strstr(at, key)); at += len) {
		char number[32];
		size_t digits;

		if ((at > text && at[-1] != ' ') || at[len] != '=')
			continue;
		at += len + 1;
		digits = strcspn(at, " ");
		if (digits >= sizeof(number))
			return -EINVAL;
		memcpy(number, at, digits);
		number[digits] = '\0';
		return hf_parse_u64(number, 0, UINT64_MAX, v);
	}
	return -ENOENT;
}

void hf_trace_close(struct hf_trace *trace)
{
	for (int i = 0; trace && trace->events[i]; i++)
		enable(trace->events[i], "0");
	free(trace);
}
