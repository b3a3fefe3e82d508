/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exit statuses and names of errors. L0: returns 0 or -errno, never prints, never exits. */
#ifndef HF_BASE_ERR_H
#define HF_BASE_ERR_H

/**
 * enum hf_exit - exit status of every benchmark and stressor
 * @HF_EXIT_OK:		all checks held
 * @HF_EXIT_FAIL:	a check failed: the kernel is suspect
 * @HF_EXIT_USAGE:	the command line was wrong; nothing was changed
 * @HF_EXIT_BROKEN:	our fault or the machine's: no statement about the kernel
 * @HF_EXIT_SKIP:	needs were not met; all of them have been named
 */
enum hf_exit {
	HF_EXIT_OK = 0,
	HF_EXIT_FAIL = 1,
	HF_EXIT_USAGE = 2,
	HF_EXIT_BROKEN = 3,
	HF_EXIT_SKIP = 4,
};

/**
 * hf_err_status() - the word that records use for an exit status
 * @status: an enum hf_exit value
 *
 * Return: "ok", "fail", "usage", "broken" or "skip"; never NULL.
 */
const char *hf_err_status(int status);

/**
 * hf_err_name() - symbolic name of an errno value
 * @err: errno value, of either sign
 *
 * Return: "ENOMEM" and the like, or "E?" for an unknown value; never NULL.
 */
const char *hf_err_name(int err);

#endif
