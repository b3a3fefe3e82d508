// SPDX-License-Identifier: GPL-2.0-or-later
/* Shrinking a failing schedule. */
#include "harness/shrink.h"

static uint64_t low_bits(unsigned int n)
{
	return n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

/* Takes bits out of *@mask, which is in *@part, one after the other. */
static bool fewer(struct hf_replay *part, uint64_t *mask, unsigned int n, hf_shrink_try *fails, void *arg)
{
	bool any = false;

	*mask &= low_bits(n);
	for (unsigned int i = n; i-- > 0;) {
		uint64_t was = *mask;

		if (!(was >> i & 1) || was == UINT64_C(1) << i)
			continue;
		*mask &= ~(UINT64_C(1) << i);
		if (fails(arg, part))
			any = true;
		else
			*mask = was;
	}
	return any;
}

bool hf_shrink(struct hf_replay *part, unsigned int actors, unsigned int ops, unsigned int steps, hf_shrink_try *fails, void *arg)
{
	bool any = fewer(part, &part->actors, actors, fails, arg);
	unsigned int n = part->steps ? part->steps : steps;

	any |= fewer(part, &part->ops, ops, fails, arg);
	while (n > 1) {
		unsigned int was = part->steps;

		part->steps = n / 2;
		if (!fails(arg, part)) {
			part->steps = was;
			break;
		}
		n /= 2;
		any = true;
	}
	return any;
}
