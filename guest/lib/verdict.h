/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one boot came to: from how QEMU ended, the guest's journal and its kernel log. */
#ifndef HF_GUEST_LIB_VERDICT_H
#define HF_GUEST_LIB_VERDICT_H

#include <stdint.h>

#include "guest/lib/qemu.h"

#define HF_VERDICT_REASONS 32
#define HF_VERDICT_TEXT 240

/**
 * enum hf_verdict_status - where several hold the one that comes last here counts
 * @HF_VERDICT_BROKEN: no statement about the kernel: QEMU could not start or died, or a command ended with 2 or 3
 * @HF_VERDICT_KILLED: we were asked to end
 * @HF_VERDICT_FULL: a serial port took more than its file may have
 * @HF_VERDICT_OOM: the kernel gave up for lack of memory, or killed a command for it
 * @HF_VERDICT_PANIC: the kernel panicked for another reason
 * @HF_VERDICT_RESET: the guest ended before its init did, without a word
 * @HF_VERDICT_HANG: nothing in the guest runs any more
 * @HF_VERDICT_TIMEOUT: the guest is alive, but a command does not end
 * @HF_VERDICT_FAIL: a command ended with 1, died by a signal, or the kernel's log or taint says that something is wrong
 * @HF_VERDICT_SKIP: all commands ended with 4
 */
enum hf_verdict_status {
	HF_VERDICT_OK,
	HF_VERDICT_SKIP,
	HF_VERDICT_BROKEN,
	HF_VERDICT_KILLED,
	HF_VERDICT_FAIL,
	HF_VERDICT_TIMEOUT,
	HF_VERDICT_HANG,
	HF_VERDICT_RESET,
	HF_VERDICT_PANIC,
	HF_VERDICT_OOM,
	HF_VERDICT_FULL,
};

/** struct hf_verdict_command - one line of the commands; @status -1: it did not end; times in seconds of the guest's uptime */
struct hf_verdict_command {
	char *text;
	int status;
	double begin, end;
};

/**
 * struct hf_verdict
 * @reasons: why the status is not ok, in words
 * @subjects: for each reason what it is about: the name of the program, "kernel-log", "taint", "guest"
 * @log: kernel messages that fail a run (hf_kmsg_bad()), the first ones; @bad counts all
 * @taint: /proc/sys/kernel/tainted at the end, or -1
 */
struct hf_verdict {
	enum hf_verdict_status status;
	char reasons[HF_VERDICT_REASONS][HF_VERDICT_TEXT], subjects[HF_VERDICT_REASONS][HF_VERDICT_TEXT],
		log[HF_VERDICT_REASONS][HF_VERDICT_TEXT];
	unsigned int n_reasons, n_log, bad;
	int64_t taint;
	struct hf_verdict_command *commands;
	unsigned int n_commands;
};

/** hf_verdict_name() - the word for a status, as in verdict.json */
const char *hf_verdict_name(enum hf_verdict_status status);

/** hf_verdict_exit() - enum hf_exit for a status: 1 whatever makes the kernel suspect, 3 broken and killed */
int hf_verdict_exit(enum hf_verdict_status status);

/**
 * hf_verdict_judge() - read what a boot left in @dir
 * @commands: what it was to run
 *
 * The kernel log at the end of output.txt becomes a file of its own, dmesg.txt. Where it is missing the console tells.
 *
 * Return: 0 or -ENOMEM; files that are missing or cut short are part of the verdict.
 */
int hf_verdict_judge(struct hf_verdict *v, const char *dir, const char *commands, const struct hf_qemu_result *res);

/** hf_verdict_free() - what hf_verdict_judge() allocated */
void hf_verdict_free(struct hf_verdict *v);

#endif
