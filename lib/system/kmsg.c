// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel log from a point on, through /dev/kmsg, and the kernel's taint flags. */
#include "system/kmsg.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"

#define RECORD_ROOM 16384 /* a read of a longer record fails; the kernel's limit is 8192 (CONSOLE_EXT_LOG_MAX) or less */

struct hf_kmsg {
	int fd;
	char record[RECORD_ROOM + 1];
};

int hf_kmsg_open(struct hf_kmsg **kmsg)
{
	struct hf_kmsg *k = malloc(sizeof(*k));
	int err;

	if (!k)
		return -ENOMEM;
	k->fd = hf_file_open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (k->fd < 0) {
		err = k->fd;
		goto free_kmsg;
	}
	if (lseek(k->fd, 0, SEEK_END) < 0) {
		err = -errno;
		goto close;
	}
	*kmsg = k;
	return 0;
close:
	close(k->fd);
free_kmsg:
	free(k);
	return err;
}

void hf_kmsg_close(struct hf_kmsg *kmsg)
{
	if (!kmsg)
		return;
	close(kmsg->fd);
	free(kmsg);
}

bool hf_kmsg_bad(int level, const char *text)
{
	/* Bad is what begins with .head (any line, if NULL) and contains .part (anything, if NULL). */
	static const struct {
		const char *head, *part;
	} bad[] = {
		{ "------------[ cut here ]", NULL },
		{ "WARNING: ", NULL }, /* WARN_ON(), lockdep, suspicious RCU usage */
		{ "BUG: ", NULL },     /* oopses, bad pages, sleeping in atomic, soft lockups, KASAN, KCSAN, KFENCE */
		{ "BUG ", NULL },      /* slab: "BUG kmalloc-64 (Not tainted): Poison overwritten" */
		{ "[ BUG: ", NULL },   /* lockdep: "[ BUG: Invalid wait context ]" */
		{ "watchdog: BUG: ", NULL },
		{ "kernel BUG at ", NULL },
		{ "Kernel BUG at ", NULL }, /* powerpc, arm64, riscv */
		{ "Oops", NULL },
		{ "Internal error: ", NULL },	      /* arm64 */
		{ "Unable to handle kernel ", NULL }, /* all but x86 */
		{ "general protection fault", NULL }, /* of the kernel; a program's has "traps: NAME[PID] " before it */
		{ NULL, ": 0000 [#" },		      /* the end of any die() banner before 6.10: "invalid opcode: 0000 [#1] SMP" */
		{ "Kernel panic", NULL },
		{ "KASAN: ", NULL },
		{ "UBSAN: ", NULL },
		{ "INFO: trying to register non-static key", NULL },
		{ "INFO: task ", " blocked " },
		{ "rcu: INFO: ", " stall" },
		{ "INFO: rcu_", " stall" }, /* RCU tasks */
		{ "rcu: ", " kthread starved " },
		{ NULL, "hard LOCKUP" },
		{ NULL, "Bad page " },
		{ NULL, ": bad pgd " }, /* mm/pgtable-generic.c */
		{ NULL, ": bad p4d " },
		{ NULL, ": bad pud " },
		{ NULL, ": bad pmd " },
		{ NULL, "Huge Page Reserved count may go negative" }, /* hugetlb_fix_reserve_counts() */
	};

	(void)level;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (bad[i].head && strncmp(text, bad[i].head, strlen(bad[i].head)) != 0)
			continue;
		if (!bad[i].part || strstr(text, bad[i].part))
			return true;
	}
	return false;
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* The kernel writes bytes that do not print, and the backslash, as \xNN. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] == 'x' && isxdigit((unsigned char)s[2]) && isxdigit((unsigned char)s[3])) {
			*to = (char)(hex(s[2]) << 4 | hex(s[3]));
			if (*to) /* a zero byte would end the line */
				to++;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

int hf_kmsg_record(char *record, hf_kmsg_line *fn, void *arg)
{
	char *text = strchr(record, ';'), *comma = strchr(record, ','), *line;
	uint64_t priority;
	int bad = 0;

	if (!text || !comma || comma > text)
		return -EINVAL;
	*comma = '\0';
	*text++ = '\0';
	if (hf_parse_u64(record, 0, INT32_MAX, &priority))
		return -EINVAL;
	text[strcspn(text, "\n")] = '\0'; /* what follows begins with a space: the dictionary */
	unescape(text);
	while ((line = strsep(&text, "\n"))) {
		/* Facility 0 is the kernel; devkmsg_write() gives programs no way to it. */
		bool is_bad = priority >> 3 == 0 && hf_kmsg_bad((int)(priority & 7), line);

		bad += is_bad;
		if (fn)
			fn(arg, (int)(priority & 7), line, is_bad);
	}
	return bad;
}

int hf_kmsg_read(struct hf_kmsg *kmsg, hf_kmsg_line *fn, void *arg)
{
	int bad = 0;

	for (;;) {
		ssize_t n = read(kmsg->fd, kmsg->record, RECORD_ROOM);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE) { /* the next read goes on with the oldest line that is left */
			if (fn)
				fn(arg, 4, "hugefault: kernel log lines were overwritten before they could be read", false);
			continue;
		}
		if (n == 0 || (n < 0 && errno == EAGAIN))
			return bad;
		if (n < 0)
			return -errno;
		kmsg->record[n] = '\0';
		n = hf_kmsg_record(kmsg->record, fn, arg);
		if (n < 0)
			return (int)n;
		bad += (int)n;
	}
}

uint64_t hf_kmsg_taint(void)
{
	uint64_t taint;

	return hf_file_read_u64("/proc/sys/kernel/tainted", &taint) ? 0 : taint;
}
