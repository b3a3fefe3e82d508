/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long-term pins: memory registered as a buffer of an io_uring (FOLL_LONGTERM). Such a page cannot be migrated until it is let go. */
#ifndef HF_SYSTEM_PIN_H
#define HF_SYSTEM_PIN_H

#include <stddef.h>

struct hf_pin;

/** hf_pin_new() - pin [@p, @p+@len). Return: 0; -ENOSYS or -EPERM where io_uring cannot be had, -ENOMEM (RLIMIT_MEMLOCK), other -errno. */
int hf_pin_new(struct hf_pin **pin, void *p, size_t len);

/** hf_pin_free() - let the pages go; NULL is allowed */
void hf_pin_free(struct hf_pin *pin);

#endif
