// SPDX-License-Identifier: GPL-2.0-or-later
/* Marks for the plugin of an emulator. */
#include "system/mark.h"

char hf_mark_page[HF_MARK_PAGE] __attribute__((aligned(HF_MARK_PAGE)));

void hf_mark_text(const char *text, enum hf_mark code)
{
	for (; *text; text++)
		hf_mark(HF_MARK_BYTE + (unsigned char)*text);
	hf_mark(code);
}
