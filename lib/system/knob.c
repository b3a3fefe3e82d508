// SPDX-License-Identifier: GPL-2.0-or-later
/* Knobs: kernel settings that are put back, with a journal that outlives the process. The rules and the journal's format are in knob.h. */
#include "system/knob.h"

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
#define VALUE_ROOM 4097 /* a sysfs file shows at most a page */
#define TRIES 150	/* 3 seconds for what the kernel frees late, a dying process's memory for one */
#define TRY_US 20000

enum kind { SET, POOL, BRACKET, MKDIR };

/* One change; the fields are those of its journal lines. */
struct entry {
	enum kind kind;
	bool held, taking, undone;
	char *path, *before, *after;
	uint64_t base, surplus, pages, from, to;
};

struct hf_knobs {
	int fd;	      /* the journal, or -1 */
	off_t size;   /* of its whole lines */
	bool foreign; /* it is of another boot */
	char *dir, *path;
	struct entry *entry;
	size_t n, room;
};

struct number {
	char text[24];
};

static struct number number(uint64_t v)
{
	struct number n;

	snprintf(n.text, sizeof(n.text), "%llu", (unsigned long long)v);
	return n;
}

static bool transient(int err)
{
	return err == -EBUSY || err == -EAGAIN || err == -EINTR;
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
static int __attribute__((sentinel)) append(struct hf_knobs *k, const char *word, ...)
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

static void free_entry(struct entry *e)
{
	free(e->path);
	free(e->before);
	free(e->after);
}

/* The next entry; it counts once k->n goes up. @before and @after may be NULL. */
static struct entry *new_entry(struct hf_knobs *k, enum kind kind, const char *path, const char *before, const char *after)
{
	struct entry *e;

	if (k->n == k->room) {
		size_t room = k->room ? 2 * k->room : 16;

		e = reallocarray(k->entry, room, sizeof(*e));
		if (!e)
			return NULL;
		k->entry = e;
		k->room = room;
	}
	e = &k->entry[k->n];
	*e = (struct entry){ .kind = kind, .path = strdup(path) };
	if (before)
		e->before = strdup(before);
	if (after)
		e->after = strdup(after);
	if (e->path && !before == !e->before && !after == !e->after)
		return e;
	free_entry(e);
	return NULL;
}

/* Journals the entry that new_entry() began: from here on it will be undone, whatever happens. */
static int commit_entry(struct hf_knobs *k, struct entry *e)
{
	struct number id = number(k->n);
	int err = -EINVAL;

	switch (e->kind) {
	case SET:
		err = append(k, "set", id.text, e->path, e->before, e->after, NULL);
		break;
	case POOL:
	case BRACKET:
		err = append(k, e->kind == POOL ? "pool" : "bracket", id.text, e->path, number(e->base).text, number(e->surplus).text,
			     number(e->pages).text, NULL);
		break;
	case MKDIR:
		err = append(k, "mkdir", id.text, e->path, NULL);
		break;
	}
	if (err)
		free_entry(e);
	else
		k->n++;
	return err;
}

/* Reading a journal. */

static bool is_pool(const struct entry *e)
{
	return e->kind == POOL || e->kind == BRACKET;
}

static int replay_new(struct hf_knobs *k, char **f, unsigned int n)
{
	struct entry *e;

	if (strcmp(f[0], "set") == 0 && n == 5)
		e = new_entry(k, SET, f[2], f[3], f[4]);
	else if (strcmp(f[0], "pool") == 0 && n == 6)
		e = new_entry(k, POOL, f[2], NULL, NULL);
	else if (strcmp(f[0], "bracket") == 0 && n == 6)
		e = new_entry(k, BRACKET, f[2], NULL, NULL);
	else if (strcmp(f[0], "mkdir") == 0 && n == 3)
		e = new_entry(k, MKDIR, f[2], NULL, NULL);
	else
		return -EBADMSG;
	if (!e)
		return -ENOMEM;
	if (is_pool(e) && (hf_parse_u64(f[3], 0, INT64_MAX, &e->base) || hf_parse_u64(f[4], 0, INT64_MAX, &e->surplus) ||
				hf_parse_u64(f[5], 0, INT64_MAX, &e->pages))) {
		free_entry(e);
		return -EBADMSG;
	}
	k->n++;
	return 0;
}

static int replay_line(struct hf_knobs *k, char *line)
{
	char *f[6];
	unsigned int n = split(line, f, 6);
	struct entry *e;
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
		if (e->kind != BRACKET || hf_parse_u64(f[2], 0, e->pages, &e->pages))
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
static int load(struct hf_knobs *k)
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

static size_t pending(const struct hf_knobs *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++)
		n += !k->entry[i].undone;
	return n;
}

static struct hf_knobs *new_knobs(const char *state_dir)
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

static int remove_journal(struct hf_knobs *k)
{
	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
	if (unlink(k->path) && errno != ENOENT)
		return -errno;
	return sync_dir(k->dir);
}

/* Settings. */

/* A file that shows all its choices has exactly one word in brackets: that one is the value. */
static void choose(char *value)
{
	char *open = strchr(value, '['), *close = open ? strchr(open, ']') : NULL;

	if (!close || strchr(open + 1, '[') || (open > value && open[-1] != ' ') || (close[1] && close[1] != ' '))
		return;
	*close = '\0';
	memmove(value, open + 1, (size_t)(close - open));
}

static int read_value(const char *path, char value[static VALUE_ROOM])
{
	ssize_t n = hf_file_read(path, value, VALUE_ROOM);

	if (n < 0)
		return (int)n;
	if (strlen(value) != (size_t)n)
		return -EINVAL;
	choose(value);
	return 0;
}

static int write_value(const char *path, const char *value)
{
	return hf_file_write(path, *value ? value : "\n"); /* an empty write(2) reaches no kernel file */
}

static int undo_set(const struct entry *e, char *what, size_t room)
{
	char now[VALUE_ROOM];
	int err = read_value(e->path, now);

	snprintf(what, room, "%s: %s -> %s", e->path, e->after, e->before);
	if (err == -ENOENT) {
		snprintf(what, room, "%s: gone", e->path);
		return 0;
	}
	if (err)
		return err;
	if (strcmp(now, e->before) == 0) {
		snprintf(what, room, "%s: %s, as before", e->path, now);
		return 0;
	}
	if (e->held && strcmp(now, e->after) != 0) {
		snprintf(what, room, "%s: left alone, somebody changed it to %s (was %s, the run set %s)", e->path, now, e->before,
			 e->after);
		return 0;
	}
	for (int i = 0; i < TRIES; i++) {
		err = write_value(e->path, e->before);
		if (!err)
			err = read_value(e->path, now);
		if (!err && strcmp(now, e->before) == 0)
			return 0;
		if (err && !transient(err))
			return err;
		usleep(TRY_US);
	}
	return err ? err : -EIO;
}

int hf_knob_set(struct hf_knobs *knobs, const char *path, const char *value)
{
	char now[VALUE_ROOM];
	struct entry *e;
	int err = read_value(path, now);

	if (err || strcmp(now, value) == 0)
		return err;
	e = new_entry(knobs, SET, path, now, value);
	if (!e)
		return -ENOMEM;
	err = commit_entry(knobs, e);
	if (err)
		return err;

	err = write_value(path, value);
	if (!err)
		err = read_value(path, now);
	if (!err && strcmp(now, value) != 0)
		err = -EIO;
	if (!err)
		err = append(knobs, "held", number(knobs->n - 1).text, NULL);
	if (err)
		hf_knob_undo_to(knobs, knobs->n - 1, NULL, NULL);
	else
		e->held = true;
	return err;
}

int hf_knob_guard(struct hf_knobs *knobs, const char *path)
{
	char now[VALUE_ROOM];
	struct entry *e;
	int err = read_value(path, now);

	if (err)
		return err;
	e = new_entry(knobs, SET, path, now, now);
	return e ? commit_entry(knobs, e) : -ENOMEM;
}

/* Pools. */

/* Persistent and surplus pages. /proc/sys/vm/nr_hugepages has no surplus beside it: it shows the persistent pages. */
static int read_pool(const char *path, uint64_t *persistent, uint64_t *surplus)
{
	const char *slash = strrchr(path, '/');
	uint64_t nr, again = 0;
	char beside[PATH_MAX];
	int err;

	if (!slash || snprintf(beside, sizeof(beside), "%.*s/surplus_hugepages", (int)(slash - path), path) >= (int)sizeof(beside))
		return -EINVAL;
	for (int i = 0; i < TRIES; i++) {
		*surplus = 0;
		err = hf_file_read_u64(beside, surplus);
		if (err && err != -ENOENT)
			return err;
		err = hf_file_read_u64(path, &nr);
		if (err)
			return err;
		err = hf_file_read_u64(beside, &again);
		if (err == -ENOENT || (!err && again == *surplus && again <= nr)) {
			*persistent = nr - *surplus;
			return 0;
		}
	}
	return -EAGAIN; /* it never stood still between two reads */
}

/* How many of @now persistent pages are ours to take. */
static uint64_t pool_share(const struct entry *e, uint64_t now)
{
	uint64_t added = e->surplus + e->pages;

	if (e->taking) /* an undoing that was interrupted: before the write, or after it? */
		return now >= e->from ? e->from - e->to : 0;
	if (now <= e->base)
		return 0;
	return now - e->base < added ? now - e->base : added;
}

static int undo_pool(struct hf_knobs *k, size_t id, char *what, size_t room)
{
	struct entry *e = &k->entry[id];
	uint64_t now, surplus, first, ours;
	bool owed;
	int err = read_pool(e->path, &now, &surplus);

	snprintf(what, room, "%s: %s%llu more pages", e->path, e->kind == BRACKET ? "up to " : "", (unsigned long long)e->pages);
	if (err == -ENOENT) {
		snprintf(what, room, "%s: gone", e->path);
		return 0;
	}
	if (err)
		return err;
	first = now;
	ours = pool_share(e, now);
	if (!ours && !e->taking) {
		snprintf(what, room, "%s: %llu, as before", e->path, (unsigned long long)now);
		return 0;
	}
	owed = ours;
	for (int i = 0; i < TRIES && (owed || surplus > e->surplus); i++) {
		if (i > 0)
			usleep(TRY_US);
		if (owed) {
			e->from = now;
			e->to = now - ours;
			err = append(k, "take", number(id).text, number(e->from).text, number(e->to).text, NULL);
			if (err)
				return err;
			e->taking = true;
			err = hf_file_write(e->path, number(e->to).text);
			if (err && !transient(err))
				return err;
		}
		err = read_pool(e->path, &now, &surplus);
		if (err && !transient(err))
			return err;
		/* From FROM on the write had no effect; between TO and FROM it had, and somebody has added pages since. */
		if (owed && !err && now < e->from)
			owed = false;
	}
	if (owed)
		return err ? err : -EBUSY;
	if (surplus > e->surplus)
		snprintf(what, room, "%s: %llu -> %llu, and %llu surplus pages that the kernel frees with their users", e->path,
			 (unsigned long long)first, (unsigned long long)now, (unsigned long long)surplus);
	else
		snprintf(what, room, "%s: %llu -> %llu", e->path, (unsigned long long)first, (unsigned long long)now);
	return 0;
}

/* Journals that @pages may be added to what the pool holds now; @goal is set to both together. */
static int commit_pool(struct hf_knobs *k, enum kind kind, const char *path, uint64_t pages, uint64_t *goal)
{
	uint64_t base, surplus;
	struct entry *e;
	int err = read_pool(path, &base, &surplus);

	if (err)
		return err;
	if (__builtin_add_overflow(base + surplus, pages, goal) || *goal > INT64_MAX)
		return -ENOMEM;
	e = new_entry(k, kind, path, NULL, NULL);
	if (!e)
		return -ENOMEM;
	e->base = base;
	e->surplus = surplus;
	e->pages = pages;
	return commit_entry(k, e);
}

int hf_knob_pool_bracket(struct hf_knobs *knobs, const char *path, uint64_t most)
{
	uint64_t goal;

	return commit_pool(knobs, BRACKET, path, most, &goal);
}

int hf_knob_pool_settle(struct hf_knobs *knobs, const char *path, uint64_t left)
{
	for (size_t i = knobs->n; i-- > 0;) {
		struct entry *e = &knobs->entry[i];
		int err;

		if (e->kind != BRACKET || e->undone || strcmp(e->path, path) != 0)
			continue;
		if (left >= e->pages)
			return 0;
		err = append(knobs, "settle", number(i).text, number(left).text, NULL);
		if (!err)
			e->pages = left;
		return err;
	}
	return -ENOENT;
}

int hf_knob_pool_grow(struct hf_knobs *knobs, const char *path, uint64_t pages)
{
	uint64_t goal, now, surplus;
	int err;

	if (!pages)
		return read_pool(path, &now, &surplus);
	err = commit_pool(knobs, POOL, path, pages, &goal);
	if (err)
		return err;
	err = hf_file_write(path, number(goal).text);
	if (!err)
		err = read_pool(path, &now, &surplus);
	if (!err && now < goal)
		err = -ENOMEM;
	if (err)
		hf_knob_undo_to(knobs, knobs->n - 1, NULL, NULL);
	return err;
}

/* Directories. */

static int undo_mkdir(const struct entry *e, char *what, size_t room)
{
	char full[PATH_MAX];
	int err = 0;

	snprintf(what, room, "%s: removed", e->path);
	if (!hf_file_path(e->path, full, sizeof(full)))
		return -errno;
	for (int i = 0; i < TRIES; i++) {
		if (rmdir(full) == 0)
			return 0;
		err = -errno;
		if (err == -ENOENT) {
			snprintf(what, room, "%s: gone", e->path);
			return 0;
		}
		if (!transient(err)) /* a cgroup is busy until its last process has gone */
			return err;
		usleep(TRY_US);
	}
	return err;
}

int hf_knob_mkdir(struct hf_knobs *knobs, const char *path)
{
	char full[PATH_MAX];
	struct stat st;
	struct entry *e;
	int err;

	if (!hf_file_path(path, full, sizeof(full)))
		return -errno;
	if (lstat(full, &st) == 0)
		return -EEXIST; /* known before it is journalled: recovering must not remove what was there */
	e = new_entry(knobs, MKDIR, path, NULL, NULL);
	if (!e)
		return -ENOMEM;
	err = commit_entry(knobs, e);
	if (err)
		return err;
	if (mkdir(full, 0755) == 0)
		return 0;
	err = -errno;
	if (append(knobs, "undone", number(knobs->n - 1).text, NULL) == 0)
		e->undone = true;
	return err;
}

/* Undoing. */

static int undo_entry(struct hf_knobs *k, size_t id, char *what, size_t room)
{
	struct entry *e = &k->entry[id];
	int err = -EINVAL;

	switch (e->kind) {
	case SET:
		err = undo_set(e, what, room);
		break;
	case POOL:
	case BRACKET:
		err = undo_pool(k, id, what, room);
		break;
	case MKDIR:
		err = undo_mkdir(e, what, room);
		break;
	}
	if (err)
		return err;
	err = append(k, "undone", number(id).text, NULL);
	if (!err)
		e->undone = true;
	return err;
}

size_t hf_knob_mark(const struct hf_knobs *knobs)
{
	return knobs->n;
}

int hf_knob_undo_to(struct hf_knobs *knobs, size_t mark, hf_knob_say *say, void *arg)
{
	char what[PATH_MAX + 512];
	int first = 0;

	for (size_t i = knobs->n; i-- > mark;) {
		int err;

		if (knobs->entry[i].undone)
			continue;
		err = undo_entry(knobs, i, what, sizeof(what));
		if (say)
			say(arg, what, err);
		if (err && !first)
			first = err;
	}
	return first;
}

int hf_knob_restore(struct hf_knobs *knobs, hf_knob_say *say, void *arg)
{
	int err = hf_knob_undo_to(knobs, 0, say, arg);

	return err ? err : remove_journal(knobs);
}

/* The journal as a whole. */

int hf_knob_state_dir(char *buf, size_t room)
{
	const char *state = getenv("HUGEFAULT_STATE"), *xdg = getenv("XDG_RUNTIME_DIR");
	struct stat st;
	int n;

	if (state && *state)
		n = snprintf(buf, room, "%s", state);
	else if (geteuid() == 0)
		n = snprintf(buf, room, "/run/hugefault");
	else if (xdg && *xdg)
		n = snprintf(buf, room, "%s/hugefault", xdg);
	else
		n = snprintf(buf, room, "/tmp/hugefault-%u", geteuid());
	if (n < 0 || (size_t)n >= room)
		return -ENAMETOOLONG;
	if (mkdir(buf, 0700) && errno != EEXIST)
		return -errno;
	if (lstat(buf, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	/* Whoever can write here decides what is written to kernel files later. */
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return -EPERM;
	return 0;
}

/* Removes a journal that has nothing left to undo. */
static int discard(const char *state_dir)
{
	struct hf_knobs *k = new_knobs(state_dir);
	int err;

	if (!k)
		return -ENOMEM;
	err = load(k);
	if (k->fd < 0 && err == -ENOENT)
		err = 0;
	else if (!err)
		err = pending(k) ? -EEXIST : remove_journal(k);
	hf_knob_close(k);
	return err;
}

int hf_knob_open(struct hf_knobs **knobs, const char *state_dir)
{
	struct hf_knobs *k;
	char boot[64];
	int err = discard(state_dir);

	if (!err)
		err = read_boot(boot, sizeof(boot));
	if (err)
		return err;
	k = new_knobs(state_dir);
	if (!k)
		return -ENOMEM;
	k->fd = open(k->path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (k->fd < 0) {
		err = -errno;
		goto close;
	}
	err = append(k, MAGIC, boot, number((uint64_t)getpid()).text, NULL);
	if (!err)
		err = sync_dir(k->dir);
	if (err)
		goto remove;
	*knobs = k;
	return 0;
remove:
	remove_journal(k);
close:
	hf_knob_close(k);
	return err;
}

void hf_knob_close(struct hf_knobs *knobs)
{
	if (!knobs)
		return;
	for (size_t i = 0; i < knobs->n; i++)
		free_entry(&knobs->entry[i]);
	free(knobs->entry);
	if (knobs->fd >= 0)
		close(knobs->fd);
	free(knobs->path);
	free(knobs->dir);
	free(knobs);
}

int hf_knob_recover(const char *state_dir, hf_knob_say *say, void *arg)
{
	struct hf_knobs *k = new_knobs(state_dir);
	size_t n;
	int err;

	if (!k)
		return -ENOMEM;
	err = load(k);
	n = pending(k);
	if (k->fd < 0 && err == -ENOENT)
		err = 0;
	else if (err && say)
		say(arg, k->path, err);
	else if (!err)
		err = hf_knob_restore(k, say, arg);
	hf_knob_close(k);
	return err ? err : (int)n;
}
