// SPDX-License-Identifier: GPL-2.0-or-later
/* hugefault restore: put back the kernel settings of a run that was killed. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "system/knob.h"
#include "system/lock.h"
#include "system/ns.h"

#define WAIT_MS 60000
#define STEP_MS 200

const char *argp_program_version = "hugefault restore " HF_VERSION;

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	bool *quiet = state->input;

	(void)arg;
	if (key != 'q')
		return ARGP_ERR_UNKNOWN;
	*quiet = true;
	return 0;
}

static void say(void *arg, const char *what, int err)
{
	const bool *quiet = arg;

	if (err)
		fprintf(stderr, "restore: %s: %s\n", what, strerror(-err));
	else if (!*quiet)
		printf("%s\n", what);
}

/* A zombie is dead: it holds neither lock nor memory any more. */
static bool is_alive(pid_t pid)
{
	char path[64], stat[512];
	const char *state;

	if (kill(pid, 0) && errno != EPERM)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (hf_file_read(path, stat, sizeof(stat)) < 0)
		return true;
	state = strrchr(stat, ')');
	return !state || strncmp(state, ") Z", 3) != 0;
}

/* The lock, once the memory of a dead run is free again. */
static int take_lock(const char *state_dir)
{
	pid_t owner = 0;
	int fd = -EBUSY;
	char why[1024];

	for (int waited = 0; fd == -EBUSY && waited < WAIT_MS; waited += STEP_MS) {
		fd = hf_lock_take(state_dir, STEP_MS, &owner);
		if (fd == -EBUSY && owner > 0 && is_alive(owner)) {
			fprintf(stderr, "restore: process %d is running hugefault: it restores its own settings\n", owner);
			return -EBUSY;
		}
	}
	if (fd == -EBUSY)
		fprintf(stderr, "restore: after %d s: %s\n", WAIT_MS / 1000, hf_lock_say(state_dir, owner, why, sizeof(why)));
	else if (fd < 0)
		fprintf(stderr, "restore: lock in %s: %s\n", state_dir, strerror(-fd));
	return fd;
}

int main(int argc, char **argv)
{
	static const struct argp_option option[] = {
		{ "quiet", 'q', NULL, 0, "Say nothing unless something could not be put back", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = option,
		.parser = parse_opt,
		.doc = "Put back the kernel settings that a killed run of hugefault had changed.\v"
		       "Does nothing when there is nothing to put back. Exit status: 0 when all is as before, 3 when something "
		       "could not be put back or a run is still going on.\n\nExample: sudo hugefault restore",
	};
	char state_dir[PATH_MAX];
	bool quiet = false;
	int n, fd, err;

	argp_err_exit_status = HF_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &quiet);
	err = hf_knob_state_dir(state_dir, sizeof(state_dir));
	if (err) {
		fprintf(stderr, "restore: state directory %s: %s\n", state_dir, strerror(-err));
		return HF_EXIT_BROKEN;
	}
	fd = take_lock(state_dir);
	if (fd < 0)
		return HF_EXIT_BROKEN;
	err = hf_ns_enter(state_dir, false, argv); /* tracefs may be mounted in the run's namespace only */
	if (err)
		fprintf(stderr, "restore: private mounts: %s\n", strerror(-err));
	n = hf_knob_recover(state_dir, say, &quiet);
	if (n == 0 && !quiet)
		printf("nothing to restore\n");
	close(fd);
	return n < 0 ? HF_EXIT_BROKEN : HF_EXIT_OK;
}
