// SPDX-License-Identifier: GPL-2.0-or-later
/* Layout of the memory shared by supervisor, measured process and tasks. */
#include "harness/shared.h"

#include <string.h>
#include <sys/mman.h>

#include "harness/stress.h"

unsigned int hf_shared_metrics(const struct hf_bench *bench)
{
	unsigned int n = 0;

	while (bench->metrics[n].name)
		n++;
	return n;
}

bool hf_shared_has_hist(const struct hf_bench *bench, unsigned int m)
{
	enum hf_kind kind = bench->metrics[m].source.kind;

	return kind == HF_KIND_TIMED || kind == HF_KIND_VALUES;
}

static size_t align_up(size_t n)
{
	return (n + HF_CACHE_LINE - 1) & ~(size_t)(HF_CACHE_LINE - 1);
}

struct hf_shared *hf_shared_new(const struct hf_bench *bench, unsigned int tasks)
{
	unsigned int metrics = hf_shared_metrics(bench), hists = 0;
	size_t at_perf, at_slot, at_racer, at_stress, at_hist, bytes;
	struct hf_shared *sh;
	char *base;

	for (unsigned int m = 0; m < metrics; m++)
		hists += hf_shared_has_hist(bench, m);
	at_perf = align_up(sizeof(*sh));
	at_slot = at_perf + align_up(tasks * sizeof(*sh->perf));
	at_racer = at_slot + align_up(tasks * sizeof(*sh->slot));
	at_stress = at_racer + align_up(tasks * sizeof(*sh->racer));
	at_hist = at_stress + (bench->stress ? align_up(sizeof(*sh->stress)) : 0);
	bytes = at_hist + (size_t)tasks * hists * align_up(sizeof(struct hf_hist));
	base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (base == MAP_FAILED)
		return NULL;
	sh = (struct hf_shared *)base;
	sh->bytes = bytes;
	sh->verdict = -1;
	sh->perf = (void *)(base + at_perf);
	sh->slot = (void *)(base + at_slot);
	sh->racer = (void *)(base + at_racer);
	if (bench->stress) {
		sh->stress = (void *)(base + at_stress);
		sh->stress->failed_law = -1;
	}
	for (int i = 0; i < HF_CURVES_MAX; i++)
		sh->curve[i].metric = -1;
	for (unsigned int t = 0; t < tasks; t++) {
		for (unsigned int m = 0; m < metrics; m++) {
			if (!hf_shared_has_hist(bench, m))
				continue;
			sh->slot[t].hist[m] = (struct hf_hist *)(base + at_hist);
			at_hist += align_up(sizeof(struct hf_hist));
		}
	}
	return sh;
}

void hf_shared_free(struct hf_shared *sh)
{
	if (sh)
		munmap(sh, sh->bytes);
}

void hf_shared_clear(struct hf_shared *sh, const struct hf_bench *bench, unsigned int tasks)
{
	unsigned int metrics = hf_shared_metrics(bench);

	for (unsigned int t = 0; t < tasks; t++) {
		struct hf_slot *s = &sh->slot[t];

		s->ops = s->checked = s->wrong = 0;
		memset(s->count, 0, sizeof(s->count));
		memset(s->bytes, 0, sizeof(s->bytes));
		memset(s->byte_ops, 0, sizeof(s->byte_ops));
		memset(s->line, 0, sizeof(s->line));
		for (unsigned int m = 0; m < metrics; m++)
			if (s->hist[m])
				hf_hist_clear(s->hist[m]);
	}
	for (int i = 0; i < HF_CURVES_MAX; i++)
		sh->curve[i].metric = -1;
	sh->excluded = 0;
}
