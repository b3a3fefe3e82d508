// SPDX-License-Identifier: GPL-2.0-or-later
/* A file whose reads do not end. */
#include "system/stuck.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES_MAX 256 /* FUSE_MAX_MAX_PAGES before 6.13 */
#define FILE_SIZE (1ull << 40)
#define REQUEST_ROOM (1 << 17) /* at least FUSE_MIN_READ_BUFFER, and a header with max_write bytes */

/*
 * The server is a process of its own, the only one with /dev/fuse open: a process that is killed with its read in flight waits in the kernel for the answer, and gets it when
 * the server is killed because its parent thread is dead (PR_SET_PDEATHSIG) and the kernel ends the connection. A server inside the same process could never be closed.
 */
struct server {
	int dev, talk;
	char *request;
	uint64_t unique; /* of the read in flight */
};

struct hf_stuck {
	pid_t server;
	int talk, file;
	bool in_flight;
	pthread_t reader;
	struct iovec *at;
	unsigned int n;
};

static int answer(const struct server *s, uint64_t unique, int err, const void *body, size_t len)
{
	struct fuse_out_header head = { .len = (uint32_t)(sizeof(head) + len), .error = err, .unique = unique };
	struct iovec out[2] = { { &head, sizeof(head) }, { (void *)body, len } };

	return writev(s->dev, out, len ? 2 : 1) < 0 ? -errno : 0;
}

static int answer_init(const struct server *s, uint64_t unique)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = 31,
		.flags = FUSE_MAX_PAGES | FUSE_ASYNC_READ,
		.max_write = 1 << 16,
		.max_pages = PAGES_MAX,
		.time_gran = 1,
	};

	return answer(s, unique, 0, &out, sizeof(out));
}

static int answer_attr(const struct server *s, uint64_t unique)
{
	struct fuse_attr_out out = { .attr_valid = 3600, .attr = { .ino = FUSE_ROOT_ID, .size = FILE_SIZE, .mode = S_IFREG | 0400, .nlink = 1, .blksize = 4096 } };

	return answer(s, unique, 0, &out, sizeof(out));
}

static int answer_open(const struct server *s, uint64_t unique)
{
	struct fuse_open_out out = { .open_flags = FOPEN_DIRECT_IO | FOPEN_NOFLUSH };

	return answer(s, unique, 0, &out, sizeof(out));
}

/* One request of the kernel's. A read is not answered: its size is told. Return: 0, or that the connection is over. */
static int serve(struct server *s)
{
	const struct fuse_in_header *in = (const void *)s->request;
	ssize_t got = read(s->dev, s->request, REQUEST_ROOM);
	uint32_t size;

	if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT))
		return 0;
	if (got < (ssize_t)sizeof(*in))
		return -EIO;
	switch (in->opcode) {
	case FUSE_INIT:
		return answer_init(s, in->unique);
	case FUSE_GETATTR:
		return answer_attr(s, in->unique);
	case FUSE_OPEN:
		return answer_open(s, in->unique);
	case FUSE_READ:
		s->unique = in->unique;
		size = ((const struct fuse_read_in *)(in + 1))->size;
		return write(s->talk, &size, sizeof(size)) == sizeof(size) ? 0 : -EPIPE;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT: /* these want no answer */
		return 0;
	}
	return answer(s, in->unique, -ENOSYS, NULL, 0);
}

/* The server: until nobody talks to it any more. */
__attribute__((noreturn)) static void server(struct server *s, pid_t parent)
{
	struct pollfd poll_at[2] = { { .fd = s->dev, .events = POLLIN }, { .fd = s->talk, .events = POLLIN } };
	char word;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent && (poll(poll_at, 2, -1) >= 0 || errno == EINTR)) {
		if (poll_at[0].revents && serve(s))
			break;
		if (poll_at[1].revents && (read(s->talk, &word, 1) != 1 || answer(s, s->unique, 0, NULL, 0)))
			break;
	}
	_exit(0);
}

/* A mount without a place in the tree. Return: descriptor or -errno. */
static int mount_fuse(int dev)
{
	char text[16];
	int fs = fsopen("fuse", FSOPEN_CLOEXEC), mnt = -1, err;

	if (fs < 0)
		return -errno;
	snprintf(text, sizeof(text), "%d", dev);
	err = fsconfig(fs, FSCONFIG_SET_STRING, "source", "hugefault", 0) || fsconfig(fs, FSCONFIG_SET_STRING, "fd", text, 0) ||
	      fsconfig(fs, FSCONFIG_SET_STRING, "rootmode", "100400", 0) || fsconfig(fs, FSCONFIG_SET_STRING, "user_id", "0", 0) ||
	      fsconfig(fs, FSCONFIG_SET_STRING, "group_id", "0", 0) || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (!err)
		mnt = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	err = mnt < 0 ? -errno : 0;
	close(fs);
	return err ? err : mnt;
}

int hf_stuck_new(struct hf_stuck **out)
{
	struct hf_stuck *s = calloc(1, sizeof(*s));
	struct server own = { .request = malloc(REQUEST_ROOM) };
	int talk[2] = { -1, -1 }, mnt = -1, err = 0;
	pid_t parent = getpid();
	char path[32];

	if (!s || !own.request) {
		free(own.request);
		free(s);
		return -ENOMEM;
	}
	s->file = -1;
	s->talk = -1;
	own.dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (own.dev < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, talk)) {
		err = -errno;
		goto close;
	}
	s->talk = talk[0];
	own.talk = talk[1];
	mnt = mount_fuse(own.dev);
	if (mnt < 0) {
		err = mnt;
		goto close;
	}
	s->server = fork();
	if (s->server == 0) {
		close(talk[0]);
		close(mnt);
		server(&own, parent);
	}
	err = s->server < 0 ? -errno : 0;
close:
	if (own.dev >= 0)
		close(own.dev);
	if (talk[1] >= 0)
		close(talk[1]);
	free(own.request);
	if (!err) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", mnt);
		s->file = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
		err = s->file < 0 ? -errno : 0;
	}
	if (mnt >= 0)
		close(mnt);
	if (err) {
		hf_stuck_free(s);
		return err;
	}
	*out = s;
	return 0;
}

static void *read_file(void *arg)
{
	struct hf_stuck *s = arg;

	(void)!preadv(s->file, s->at, (int)s->n, 0);
	return NULL;
}

int hf_stuck_read(struct hf_stuck *s, const struct iovec *at, unsigned int n)
{
	uint32_t size;
	size_t len = 0;
	int err;

	for (unsigned int i = 0; i < n; i++)
		len += at[i].iov_len;
	if (s->in_flight)
		return -EBUSY;
	if (len > PAGES_MAX * (size_t)sysconf(_SC_PAGESIZE))
		return -E2BIG;
	s->at = calloc(n, sizeof(*s->at));
	if (!s->at)
		return -ENOMEM;
	memcpy(s->at, at, n * sizeof(*s->at));
	s->n = n;
	err = -pthread_create(&s->reader, NULL, read_file, s);
	if (err) {
		free(s->at);
		return err;
	}
	s->in_flight = true;
	if (read(s->talk, &size, sizeof(size)) != sizeof(size))
		err = -EIO;
	else if (size < len)
		err = -E2BIG;
	if (err)
		hf_stuck_end(s);
	return err;
}

void hf_stuck_end(struct hf_stuck *s)
{
	if (!s->in_flight)
		return;
	if (write(s->talk, "", 1) != 1)
		kill(s->server, SIGKILL);
	pthread_join(s->reader, NULL);
	free(s->at);
	s->in_flight = false;
}

void hf_stuck_free(struct hf_stuck *s)
{
	if (!s)
		return;
	hf_stuck_end(s);
	if (s->file >= 0)
		close(s->file);
	if (s->talk >= 0)
		close(s->talk); /* the server's end */
	if (s->server > 0)
		waitpid(s->server, NULL, 0);
	free(s);
}
