// SPDX-License-Identifier: GPL-2.0-or-later
/* Long-term pins by io_uring. */
#include "system/pin.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>

struct hf_pin {
	struct io_uring ring;
};

int hf_pin_new(struct hf_pin **out, void *p, size_t len)
{
	struct iovec iov = { .iov_base = p, .iov_len = len };
	struct hf_pin *pin = calloc(1, sizeof(*pin));
	int err;

	if (!pin)
		return -ENOMEM;
	err = io_uring_queue_init(1, &pin->ring, 0);
	if (err)
		goto free;
	err = io_uring_register_buffers(&pin->ring, &iov, 1);
	if (err)
		goto exit;
	*out = pin;
	return 0;
exit:
	io_uring_queue_exit(&pin->ring);
free:
	free(pin);
	return err;
}

void hf_pin_free(struct hf_pin *pin)
{
	if (!pin)
		return;
	io_uring_unregister_buffers(&pin->ring);
	io_uring_queue_exit(&pin->ring);
	free(pin);
}
