/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of QEMU: command line, child, limits. Says how it ended; what that means is for verdict.h. */
#ifndef HF_GUEST_LIB_QEMU_H
#define HF_GUEST_LIB_QEMU_H

#include <stdbool.h>

#include "guest/lib/profile.h"

/** enum hf_qemu_accel - what executes the guest's instructions; icount is TCG with one instruction a nanosecond */
enum hf_qemu_accel { HF_QEMU_AUTO, HF_QEMU_KVM, HF_QEMU_TCG, HF_QEMU_ICOUNT };

/** enum hf_qemu_end - why it is over: QEMU exited, was killed, could not be started; we ended it: time, size of a serial file, a signal to us */
enum hf_qemu_end { HF_QEMU_EXITED, HF_QEMU_DIED, HF_QEMU_ABSENT, HF_QEMU_DEADLINE, HF_QEMU_FULL, HF_QEMU_INTERRUPTED };

/**
 * struct hf_qemu - what to start
 * @kernel: absolute path
 * @dir: directory with the file "initrd"; the serial ports become the files console.log, records.jsonl, journal and output.txt in it, what
 *	QEMU itself says qemu.log
 * @memory, @cpus: instead of the profile's, if not NULL and 0
 * @append: more kernel parameters, or NULL
 * @plugin: value of QEMU's -plugin, or NULL; relative names in it are below @dir
 * @arm64: the kernel is one of 64-bit Arm (hf_qemu_is_arm64()), and so is the machine; never under KVM
 * @limit_s: of each command in the guest; 0 for none
 * @timeout_s: limit on wall time
 */
struct hf_qemu {
	const char *kernel, *dir, *memory, *append, *plugin;
	const struct hf_profile *profile;
	enum hf_qemu_accel accel;
	bool arm64;
	unsigned int cpus, limit_s;
	double timeout_s;
};

/**
 * struct hf_qemu_result - how it ended
 * @status: exit status or number of the signal
 * @full: the serial file that grew too large
 * @argv: QEMU's command line, ended by NULL; freed by hf_qemu_result_free()
 */
struct hf_qemu_result {
	enum hf_qemu_end end;
	int status;
	double wall_s;
	const char *full;
	char **argv;
};

/** hf_qemu_accel_name() - "auto", "kvm", "tcg", "icount"; NULL behind the last */
const char *hf_qemu_accel_name(enum hf_qemu_accel accel);

/** hf_qemu_program() - QEMU for x86-64 or 64-bit Arm; $HUGEFAULT_QEMU overrides it */
const char *hf_qemu_program(bool arm64);

/** hf_qemu_is_arm64() - whether an image is an uncompressed kernel of 64-bit Arm (Documentation/arm64/booting.rst: "ARM\x64" at byte 56); false also where it cannot be read */
bool hf_qemu_is_arm64(const char *kernel);

/**
 * hf_qemu_run() - start QEMU and wait for its end
 *
 * QEMU gets SIGKILL when this process dies, however it dies (prctl(2), PR_SET_PDEATHSIG). SIGINT, SIGTERM and SIGHUP end QEMU and then this function.
 * Serial files have limits, from 1 to 64 MiB, so that a guest that writes without end fills no disk.
 *
 * Return: 0 when @res is filled, or -errno (fork, memory).
 */
int hf_qemu_run(const struct hf_qemu *q, struct hf_qemu_result *res);

/** hf_qemu_result_free() - what hf_qemu_run() allocated */
void hf_qemu_result_free(struct hf_qemu_result *res);

/**
 * hf_qemu_choose() - resolve HF_QEMU_AUTO: KVM where this very guest gets as far as its init with it in seconds, TCG elsewhere
 * @q: what would be started; @q->accel is not looked at
 * @why: set to the reason for not taking KVM, or NULL
 *
 * A host that is itself a guest of pvm (module kvm_pvm) emulates its guests' ring 0 instruction by instruction and is not tried.
 */
enum hf_qemu_accel hf_qemu_choose(const struct hf_qemu *q, const char **why);

#endif
