/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks: what a program tells the plugin of the emulator it runs in (guest/plugin/insns.c). A mark is one store of a byte into a page of its own by an
 * instruction that no compiler writes; the low 12 bits of the address are the message. On a real machine, and without the plugin, it is a store that nobody
 * reads.
 *
 * After hf_mark_trace() they go to the kernel's tracer instead, as texts among what it records (system/graph.h reads them): "hf:NAME TEXT", where a long text comes in parts, "hf:part TEXT".
 * The tracer records from HF_MARK_BEGIN on until the mark after HF_MARK_STOP that ends the operation, so that its buffer holds operations alone.
 */
#ifndef HF_SYSTEM_MARK_H
#define HF_SYSTEM_MARK_H

#include <stdbool.h>
#include <stdint.h>

/**
 * enum hf_mark - the messages; those that take a text take what has been sent by hf_mark_text()
 * @HF_MARK_BEGIN:	counting begins on this CPU, from zero
 * @HF_MARK_STOP:	it stops
 * @HF_MARK_REGION:	takes "METRIC TICKS OPS NS": what was counted last is a sample of that metric, unless HF_MARK_DROP comes before HF_MARK_COMMIT
 * @HF_MARK_COMMIT:	the samples since the last HF_MARK_COMMIT or HF_MARK_DROP are final
 * @HF_MARK_DROP:	they are none
 * @HF_MARK_SECTION:	takes a text: what the samples that follow belong to
 * @HF_MARK_SYMBOL:	takes a line of /proc/kallsyms
 * @HF_MARK_BYTE:	and 255 more: one byte of a text
 */
enum hf_mark {
	HF_MARK_BEGIN,
	HF_MARK_STOP,
	HF_MARK_REGION,
	HF_MARK_COMMIT,
	HF_MARK_DROP,
	HF_MARK_SECTION,
	HF_MARK_SYMBOL,
	HF_MARK_BYTE = 0x100,
};

#define HF_MARK_PAGE 4096
#define HF_MARK_TEXT_MAX 4096
/* Four DS prefixes, which mean nothing in 64-bit mode, and mov %al,(%rdx). */
#define HF_MARK_INSN "\x3e\x3e\x3e\x3e\x88\x02"

extern char hf_mark_page[HF_MARK_PAGE];

/** hf_mark_possible() - whether there is such an instruction here: on x86-64 */
static inline bool hf_mark_possible(void)
{
#if defined(__x86_64__)
	return true;
#else
	return false;
#endif
}

/** hf_mark_trace() - marks go to the kernel's tracer from now on, those of processes forked later too. Return: 0 or -errno: there is no tracefs, or it may not be written. */
int hf_mark_trace(void);

/** hf_mark() - send @code (enum hf_mark); no page fault once one has been sent. Nothing happens where it is not possible. */
void hf_mark(unsigned int code);

/** hf_mark_text() - send @text, then @code, which takes it; what is longer than HF_MARK_TEXT_MAX - 1 bytes is cut by the plugin */
void hf_mark_text(const char *text, enum hf_mark code);

#endif
