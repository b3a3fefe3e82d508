/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keeps a page from being split or moved: references taken by get_user_pages(), in all the ways that user space can cause on a stock kernel, and what only
 * looks like it (a second mapping, mlock). Which flags GUP gets is the kernel's business: hf_pin_info() says what was read in the source of 6.12; whether a kind counts
 * as FOLL_PIN on the running kernel shows in nr_foll_pin_acquired.
 */
#ifndef HF_SYSTEM_PIN_H
#define HF_SYSTEM_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

/**
 * enum hf_pin_kind - see HF_PIN_KINDS_TEXT for their words
 * @HF_PIN_NONE:	nothing
 * @HF_PIN_REGISTERED:	a registered buffer of an io_uring, until it is unregistered
 * @HF_PIN_VMSPLICE:	vmsplice(2) into a pipe, until the pipe is closed
 * @HF_PIN_DIRECT:	an O_DIRECT read in flight (system/stuck.h), until it is answered
 * @HF_PIN_READV:	a thread on another CPU that reads the pages with process_vm_readv(2) over and over
 * @HF_PIN_FORK:	a child process that maps them too
 * @HF_PIN_MLOCK:	mlock(2)
 */
enum hf_pin_kind { HF_PIN_NONE, HF_PIN_REGISTERED, HF_PIN_VMSPLICE, HF_PIN_DIRECT, HF_PIN_READV, HF_PIN_FORK, HF_PIN_MLOCK, HF_PIN_KINDS };

#define HF_PIN_KINDS_TEXT "none|registered|vmsplice|direct|readv|fork|mlock"

/**
 * struct hf_pin_info - what a kind is
 * @name:	its word
 * @flags:	what the kernel takes: GUP flags, or that it takes none
 * @source:	where (6.12)
 * @foll_pin:	it counts in nr_foll_pin_acquired (6.12)
 * @holds:	an unexpected reference is held without interruption, so that no split can succeed
 */
struct hf_pin_info {
	const char *name, *flags, *source;
	bool foll_pin, holds;
};

/** hf_pin_info() - what is known of @kind */
const struct hf_pin_info *hf_pin_info(enum hf_pin_kind kind);

/**
 * hf_pin_prepare() - what pins of @kind need beforehand; to be called before the memory to pin is mapped
 *
 * The server of a direct read is a child process: memory mapped before it was forked is shared with it, and a pin for writing would copy it first.
 *
 * Return: 0; -ENODEV or -ENOENT (direct: no FUSE), -EPERM, other -errno.
 */
int hf_pin_prepare(enum hf_pin_kind kind);

/** hf_pin_finish() - undo hf_pin_prepare(); no pin exists any more */
void hf_pin_finish(void);

struct hf_pin;

/**
 * hf_pin_new() - pin the @n ranges @at, which must be mapped
 * @pin: set on success
 *
 * Return: 0; -ENOSYS or -EPERM where it cannot be had, -ENOMEM (RLIMIT_MEMLOCK), -E2BIG (too much for one pipe or one request), -ENODEV (readv: no
 * second CPU), -EINVAL (direct: not prepared), other -errno.
 */
int hf_pin_new(struct hf_pin **pin, enum hf_pin_kind kind, const struct iovec *at, unsigned int n);

/** hf_pin_aim() - of a pin that comes and goes (readv): it shall now be at range @i. Returns when it has been there since. */
void hf_pin_aim(struct hf_pin *pin, unsigned int i);

/* A pin that is taken by one system call, for races: of kinds registered, vmsplice, and readv (here one call, so that the pin is gone when it returns). */
/** hf_pin_open() - what must be there before @len bytes can be pinned. Return: 0, -EINVAL (another kind), -E2BIG, other -errno. */
int hf_pin_open(struct hf_pin **pin, enum hf_pin_kind kind, size_t len);
/** hf_pin_add() - the call: pin @at, of at most that length. Return: 0 or -errno. */
int hf_pin_add(struct hf_pin *pin, const struct iovec *at);
/** hf_pin_drop() - let it go; hf_pin_add() may follow */
void hf_pin_drop(struct hf_pin *pin);

/**
 * hf_pin_look() - what the memory at @at holds, as a device would see it: through the pin, not through the page table
 * @pin: of kind registered, of one range
 * @at, @len: within what was pinned; at most 64 KiB
 *
 * Return: 0, -EFAULT (not within it), other -errno.
 */
int hf_pin_look(struct hf_pin *pin, const void *at, void *buf, size_t len);

/** hf_pin_free() - let the pages go; when it returns they are free; NULL is allowed */
void hf_pin_free(struct hf_pin *pin);

#endif
