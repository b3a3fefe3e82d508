/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest shapes: processors, memory, nodes and boot parameters under one name. */
#ifndef HF_GUEST_LIB_PROFILE_H
#define HF_GUEST_LIB_PROFILE_H

/**
 * struct hf_profile - one shape
 * @memory: value of QEMU's -m
 * @args: more arguments for QEMU, separated by spaces, or NULL
 * @append: kernel parameters, or NULL
 * @modules: kernel modules the init loads, separated by commas, or NULL; guest/pack brings them along
 * @help: what a guest of this shape can show
 */
struct hf_profile {
	const char *name;
	unsigned int cpus;
	const char *memory, *args, *append, *modules, *help;
};

/** hf_profile_find() - the profile of this name; NULL is the default. Return: NULL if there is none. */
const struct hf_profile *hf_profile_find(const char *name);

/** hf_profile_at() - profile @i. Return: NULL behind the last. */
const struct hf_profile *hf_profile_at(unsigned int i);

#endif
