/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine is: the `host`, `clock` and `boot` of a record. */
#ifndef HF_HARNESS_HOST_H
#define HF_HARNESS_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "system/topo.h"

/** hf_host_describe() - everything docs/records.md lists under `host`, into @at */
void hf_host_describe(const struct hf_topo *topo, struct hf_json *at);

/** hf_host_emulated() - whether this is a guest whose processors are emulated, as its command line says (`host.virt` is "tcg" or "icount") */
bool hf_host_emulated(void);

/** hf_host_boot() - the kernel's boot_id into @buf, "" if unknown. Return: @buf. */
char *hf_host_boot(char *buf, size_t room);

#endif
