/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Free memory that goes back to a hypervisor. */
#ifndef HF_SYSTEM_BALLOON_H
#define HF_SYSTEM_BALLOON_H

/**
 * hf_balloon_reporting() - does this kernel tell its hypervisor of free pages, which then takes their memory back?
 *
 * Free page reporting (mm/page_reporting.c) by a virtio balloon (VIRTIO_BALLOON_F_REPORTING, drivers/virtio/virtio_balloon.c). Who touches such a page next waits for
 * the hypervisor: a first touch of a huge page then costs a millisecond or more, and how many of them there are depends on what was freed before.
 *
 * Return: the least order of what is reported (9: 2 MiB); -ENOENT when no balloon does.
 */
int hf_balloon_reporting(void);

#endif
