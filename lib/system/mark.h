/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks: what a program tells the plugin of the emulator it runs in (guest/plugin/insns.c). A mark is one store of a byte into a page of its own by an
 * instruction that no compiler writes; the low 12 bits of the address are the message. On a real machine, and without the plugin, it is a store that nobody
 * reads.
 */
#ifndef HF_SYSTEM_MARK_H
#define HF_SYSTEM_MARK_H

#include <stdbool.h>
#include <stdint.h>

/**
 * enum hf_mark - the messages; those that take a text take what has been sent by hf_mark_text()
 * @HF_MARK_BEGIN:	counting begins on this CPU, from zero
 * @HF_MARK_STOP:	it stops
 * @HF_MARK_REGION:	takes "METRIC TICKS OPS": what was counted last is a sample of that metric, unless HF_MARK_DROP comes before HF_MARK_COMMIT
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

/** hf_mark() - send @code (enum hf_mark); no page fault once one has been sent. Nothing happens where it is not possible. */
static inline void hf_mark(unsigned int code)
{
#if defined(__x86_64__)
	__asm__ volatile(".byte 0x3e, 0x3e, 0x3e, 0x3e, 0x88, 0x02" ::"a"(0), "d"(&hf_mark_page[code]) : "memory");
#else
	(void)code;
#endif
}

/** hf_mark_text() - send @text, then @code, which takes it; what is longer than HF_MARK_TEXT_MAX - 1 bytes is cut by the plugin */
void hf_mark_text(const char *text, enum hf_mark code);

#endif
