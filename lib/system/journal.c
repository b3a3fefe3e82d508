// SPDX-License-Identifier: GPL-2.0-or-later
/* The journal: its lines, its entries in memory, and reading one that a dead run has left. The format is in knob.h. */
#include "system/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"

#define MAGIC "hugefault-journal-1"

struct hf_journal_number hf_journal_number(uint64_t v)
{
	struct hf_journal_number n;

	snprintf(n.text, sizeof(n.text), "%llu", (unsigned long long)v);
	return n;
}

static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

/* The journal's lines. */

static void put_escaped(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\')
			fputs("\\\\", f);
		else if (*s == '\n')
			fputs("\\n", f);
		else if (*s == '\t')
			fputs("\\t", f);
		else
			fputc(*s, f);
	}
}

static bool unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s != '\\') {
			*to++ = *s;
			continue;
		}
		s++;
		if (*s == '\\')
			*to++ = '\\';
		else if (*s == 'n')
			*to++ = '\n';
		else if (*s == 't')
			*to++ = '\t';
		else
			return false;
	}
	*to = '\0';
	return true;
}

/* Splits @line at its tabs. Return: number of fields, 0 when there are more than @max or one is ill-formed. */
static unsigned int split(char *line, char **field, unsigned int max)
{
	unsigned int n = 0;
	char *f;

	while ((f = strsep(&line, "\t"))) {
		if (n == max || !unescape(f))
			return 0;
		field[n++] = f;
	}
	return n;
}

/* Appends one line with one write(2) and waits until it is on disk. On failure the journal is as before. */
int hf_journal_append(struct hf_knobs *k, const char *word, ...)
{
	char *line = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&line, &len);
	const char *s;
	va_list ap;
	ssize_t n;
	int err = 0;

	if (!f)
		return -ENOMEM;
	fputs(word, f);
	va_start(ap, word);
	while ((s = va_arg(ap, const char *))) {
		fputc('\t', f);
		put_escaped(f, s);
	}
	va_end(ap);
	fputc('\n', f);
	if (fclose(f)) {
		err = -ENOMEM;
		goto free_line;
	}

	n = write(k->fd, line, len);
	if (n < 0)
		err = -errno;
	else if ((size_t)n != len)
		err = -ENOSPC;
	else if (fsync(k->fd))
		err = -errno;
	if (!err)
		k->size += (off_t)len;
	else if (n > 0 && ftruncate(k->fd, k->size))
		err = -EIO;
free_line:
	free(line);
	return err;
}

/* The entries in memory. */

void hf_journal_drop(struct hf_entry *e)
{
	free(e->path);
	free(e->before);
	free(e->after);
}

/* The next entry; it counts once k->n goes up. @before and @after may be NULL. */
struct hf_entry *hf_journal_entry(struct hf_knobs *k, enum hf_entry_kind kind, const char *path, const char *before, const char *after)
{
	struct hf_entry *e;

	if (k->n == k->room) {
		size_t room = k->room ? 2 * k->room : 16;

		e = reallocarray(k->entry, room, sizeof(*e));
		if (!e)
			return NULL;
		k->entry = e;
		k->room = room;
	}
	e = &k->entry[k->n];
	*e = (struct hf_entry){ .kind = kind, .path = strdup(path) };
	if (before)
		e->before = strdup(before);
	if (after)
		e->after = strdup(after);
	if (e->path && !before == !e->before && !after == !e->after)
		return e;
	hf_journal_drop(e);
	return NULL;
}

/* Journals the entry that hf_journal_entry() began: from here on it will be undone, whatever happens. */
int hf_journal_commit(struct hf_knobs *k, struct hf_entry *e)
{
	struct hf_journal_number id = hf_journal_number(k->n);
	int err = -EINVAL;

	switch (e->kind) {
	case HF_ENTRY_SET:
		err = hf_journal_append(k, "set", id.text, e->path, e->before, e->after, NULL);
		break;
	case HF_ENTRY_POOL:
	case HF_ENTRY_BRACKET:
		err = hf_journal_append(k, e->kind == HF_ENTRY_POOL ? "pool" : "bracket", id.text, e->path, hf_journal_number(e->base).text, hf_journal_number(e->surplus).text,
			     hf_journal_number(e->pages).text, NULL);
		break;
	case HF_ENTRY_MKDIR:
		err = hf_journal_append(k, "mkdir", id.text, e->path, NULL);
		break;
	case HF_ENTRY_WORD:
		err = hf_journal_append(k, "word", id.text, e->path, e->after, NULL);
		break;
	}
	if (err)
		hf_journal_drop(e);
	else
		k->n++;
	return err;
}

/* Reading a journal. */

static bool is_pool(const struct hf_entry *e)
{
	return e->kind == HF_ENTRY_POOL || e->kind == HF_ENTRY_BRACKET;
}

static int replay_new(struct hf_knobs *k, char **f, unsigned int n)
{
	struct hf_entry *e;

	if (strcmp(f[0], "set") == 0 && n == 5)
		e = hf_journal_entry(k, HF_ENTRY_SET, f[2], f[3], f[4]);
	else if (strcmp(f[0], "pool") == 0 && n == 6)
		e = hf_journal_entry(k, HF_ENTRY_POOL, f[2], NULL, NULL);
	else if (strcmp(f[0], "bracket") == 0 && n == 6)
		e = hf_journal_entry(k, HF_ENTRY_BRACKET, f[2], NULL, NULL);
	else if (strcmp(f[0], "mkdir") == 0 && n == 3)
		e = hf_journal_entry(k, HF_ENTRY_MKDIR, f[2], NULL, NULL);
	else if (strcmp(f[0], "word") == 0 && n == 4)
		e = hf_journal_entry(k, HF_ENTRY_WORD, f[2], NULL, f[3]);
	else
		return -EBADMSG;
	if (!e)
		return -ENOMEM;
	if (is_pool(e) && (hf_parse_u64(f[3], 0, INT64_MAX, &e->base) || hf_parse_u64(f[4], 0, INT64_MAX, &e->surplus) ||
				hf_parse_u64(f[5], 0, INT64_MAX, &e->pages))) {
		hf_journal_drop(e);
		return -EBADMSG;
	}
	k->n++;
	return 0;
}

static int replay_line(struct hf_knobs *k, char *line)
{
	char *f[6];
	unsigned int n = split(line, f, 6);
	struct hf_entry *e;
	uint64_t i;

	if (n < 2 || hf_parse_u64(f[1], 0, k->n, &i))
		return -EBADMSG;
	if (i == k->n)
		return replay_new(k, f, n);
	e = &k->entry[i];
	if (strcmp(f[0], "held") == 0 && n == 2) {
		e->held = true;
	} else if (strcmp(f[0], "undone") == 0 && n == 2) {
		e->undone = true;
	} else if (strcmp(f[0], "take") == 0 && n == 4) {
		if (hf_parse_u64(f[2], 0, INT64_MAX, &e->from) || hf_parse_u64(f[3], 0, e->from, &e->to))
			return -EBADMSG;
		e->taking = true;
	} else if (strcmp(f[0], "settle") == 0 && n == 3) {
		if (e->kind != HF_ENTRY_BRACKET || hf_parse_u64(f[2], 0, e->pages, &e->pages))
			return -EBADMSG;
	} else {
		return -EBADMSG;
	}
	return 0;
}

static int read_boot(char *boot, size_t room)
{
	ssize_t n = hf_file_read("/proc/sys/kernel/random/boot_id", boot, room);

	return n < 0 ? (int)n : 0;
}

static int replay_header(struct hf_knobs *k, char *line)
{
	char boot[64], *f[3];
	uint64_t pid;
	int err = read_boot(boot, sizeof(boot));

	if (err)
		return err;
	if (split(line, f, 3) != 3 || strcmp(f[0], MAGIC) != 0 || hf_parse_u64(f[2], 1, INT_MAX, &pid))
		return -EBADMSG;
	k->foreign = strcmp(f[1], boot) != 0;
	return 0;
}

/* Not below the sysroot, so not hf_file_slurp(). Return: the terminated text for free(3), NULL with errno. */
static char *read_journal(int fd, size_t *len)
{
	struct stat st;
	size_t have = 0;
	char *text;
	ssize_t n;

	if (fstat(fd, &st))
		return NULL;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return NULL;
	while (have < (size_t)st.st_size && (n = pread(fd, text + have, (size_t)st.st_size - have, (off_t)have)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(text);
			return NULL;
		}
		have += (size_t)n;
	}
	text[have] = '\0';
	*len = have;
	return text;
}

/* Opens the journal that is there, cuts off a torn last line and fills in the entries; none when it is of another boot. */
int hf_journal_load(struct hf_knobs *k)
{
	char *text, *line, *end;
	bool first = true;
	int err = 0;
	size_t len;

	k->fd = open(k->path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	if (k->fd < 0)
		return -errno;
	text = read_journal(k->fd, &len);
	if (!text)
		return -errno;
	for (line = text; !err && !k->foreign && (end = memchr(line, '\n', len - (size_t)(line - text))); line = end + 1) {
		*end = '\0';
		err = first ? replay_header(k, line) : replay_line(k, line);
		first = false;
	}
	if (!err && !k->foreign) {
		k->size = line - text;
		if ((size_t)k->size < len && ftruncate(k->fd, k->size))
			err = -errno;
	}
	free(text);
	return err;
}

bool hf_journal_again(int err)
{
	return err == -EBUSY || err == -EAGAIN || err == -EINTR;
}

size_t hf_journal_pending(const struct hf_knobs *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++)
		n += !k->entry[i].undone;
	return n;
}

struct hf_knobs *hf_journal_new(const char *state_dir)
{
	struct hf_knobs *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->fd = -1;
	k->dir = strdup(state_dir);
	if (k->dir && asprintf(&k->path, "%s/journal", state_dir) >= 0)
		return k;
	free(k->dir);
	free(k);
	return NULL;
}

int hf_journal_remove(struct hf_knobs *k)
{
	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
	if (unlink(k->path) && errno != ENOENT)
		return -errno;
	return sync_dir(k->dir);
}

int hf_journal_begin(struct hf_knobs *k)
{
	char boot[64];
	int err = read_boot(boot, sizeof(boot));

	if (err)
		return err;
	k->fd = open(k->path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (k->fd < 0)
		return -errno;
	err = hf_journal_append(k, MAGIC, boot, hf_journal_number((uint64_t)getpid()).text, NULL);
	if (!err)
		err = sync_dir(k->dir);
	if (err)
		hf_journal_remove(k);
	return err;
}

void hf_journal_free(struct hf_knobs *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->n; i++)
		hf_journal_drop(&k->entry[i]);
	free(k->entry);
	if (k->fd >= 0)
		close(k->fd);
	free(k->path);
	free(k->dir);
	free(k);
}
