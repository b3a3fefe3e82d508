/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of knobs, pools and their journal have in common. Fake files are plain files: a write replaces the first bytes only, so values that are written are as long as those that they
 * replace, and one write(2) is one change as in the kernel.
 */
#ifndef HF_TESTS_KNOBS_H
#define HF_TESTS_KNOBS_H

#include <errno.h>

#include "base/err.h"
#include "system/growth.h"
#include "system/knob.h"
#include "tests/unit/fake.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define BOOT "0c3e8fb2-6c5e-4a44-8a39-6f5b1b8d7a10"
#define A "/proc/sys/vm/a"
#define B "/sys/kernel/mm/b"
#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
#define GROUP "/sys/fs/cgroup/hugefault"
#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static char journal[PATH_MAX], said[4096];

static inline void say(void *arg, const char *what, int err)
{
	size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "%s (%s)\n", what, err ? hf_err_name(err) : "ok");
}

static inline int setup(void **state)
{
	char dir[PATH_MAX];

	if (fake_setup(state) || hf_knob_state_dir(dir, sizeof(dir)))
		return -1;
	snprintf(journal, sizeof(journal), "%s/journal", fake_state);
	said[0] = '\0';
	fake_write(BOOT_ID, BOOT "\n");
	fake_write(A, "10\n");
	fake_write(B, "low\n");
	fake_write(POOL, "12\n");
	return 0;
}

static inline struct hf_knobs *open_knobs(void)
{
	struct hf_knobs *k = NULL;

	assert_int_equal(hf_knob_open(&k, fake_state), 0);
	return k;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)

#endif
