// SPDX-License-Identifier: GPL-2.0-or-later
/* Large folios: their memory, their content, and what pins them. */
#include "harness/folio.h"

#include <errno.h>
#include <linux/mman.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "system/census.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"
#define DARK_MAX 64 /* folios in a row that are put aside */

enum { FILLED, BYTE, UNTOUCHED };

static struct {
	struct hf_folio_set set;
	int fill;
	bool have[HF_FOLIO_MAX], tried[HF_FOLIO_MAX], gone[HF_FOLIO_MAX]; /* gone: its target is not what it was */
	struct hf_pin *pin;
	int pinned_as[HF_FOLIO_MAX]; /* range of the pin, -1: not pinned */
} f = { .set.fd = -1 };

static size_t pmd_size(void)
{
	uint64_t size;

	return hf_file_read_u64(THP "hpage_pmd_size", &size) ? 0 : (size_t)size;
}

static bool is_shmem(const struct hf_run *run)
{
	return hf_param_is(run, "backing", "shmem");
}

static size_t split_page(const struct hf_run *run)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE) << hf_param(run, "order");
	char path[128];

	snprintf(path, sizeof(path), THP "hugepages-%zukB/enabled", size >> 10);
	return size == pmd_size() || (hf_file_read(path, path, sizeof(path)) >= 0 && size < pmd_size()) ? size : 0;
}

static const struct hf_setting *split_settings(const struct hf_run *run)
{
	static char path[2][128];
	static struct hf_setting sized[] = { { path[0], "madvise|always" }, { path[1], "never" }, { THP "defrag", "madvise|defer+madvise|always" }, { .path = NULL } };
	static const struct hf_setting anon[] = { { THP "enabled", "madvise|always" }, { THP "defrag", "madvise|defer+madvise|always" }, { .path = NULL } };
	static const struct hf_setting shmem[] = { { THP "shmem_enabled", "advise|within_size|always|force" }, { THP "defrag", "madvise|defer+madvise|always" }, { .path = NULL } };

	if (is_shmem(run))
		return shmem;
	if (!run->page || run->page == pmd_size())
		return anon;
	snprintf(path[0], sizeof(path[0]), THP "hugepages-%zukB/enabled", run->page >> 10);
	snprintf(path[1], sizeof(path[1]), THP "hugepages-%zukB/enabled", pmd_size() >> 10);
	return sized;
}

const struct hf_mem hf_mem_split = {
	.name = "split",
	.page = split_page,
	.settings = split_settings,
};

const struct hf_folio_set *hf_folio_open(const struct hf_run *run, unsigned int n, enum hf_folio_loss loss)
{
	f.set.n = n;
	f.set.size = run->page;
	f.set.base = (size_t)sysconf(_SC_PAGESIZE);
	f.set.pmd_sized = f.set.size == pmd_size();
	f.set.backing = (enum hf_folio_backing)hf_param(run, "backing");
	f.set.loss = loss;
	f.fill = hf_param_known(run, "fill") ? (int)hf_param(run, "fill") : FILLED;
	return &f.set;
}

void hf_folio_reserve(struct hf_run *run)
{
	size_t pmd = pmd_size(), room = f.set.n * f.set.size + 2 * pmd;
	char *raw;

	if (f.set.backing == HF_FOLIO_SHMEM)
		f.set.fd = memfd_create("hugefault", MFD_CLOEXEC);
	raw = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (raw == MAP_FAILED || (f.set.backing == HF_FOLIO_SHMEM && f.set.fd < 0))
		hf_broken(run, "no room for %u folios: %s", f.set.n, hf_err_name(errno));
	f.set.p = (char *)(((uintptr_t)raw + 2 * pmd - 1) & ~(uintptr_t)(pmd - 1));
}

void hf_folio_close(void)
{
	munmap(f.set.p, f.set.n * f.set.size);
	if (f.set.fd >= 0)
		close(f.set.fd);
	f.set.fd = -1;
}

size_t hf_folio_base(void)
{
	return f.set.base;
}

char *hf_folio_page(unsigned int i)
{
	return f.have[i] ? f.set.p + i * f.set.size : NULL;
}

/* Neither the first base page nor one in the middle: the census looks at those. Only the end of a file can be cut off. */
char *hf_folio_target(unsigned int i)
{
	size_t n = f.set.size / f.set.base;

	return f.set.p + i * f.set.size + (f.set.loss == HF_FOLIO_CUT_OFF ? n - 1 : n / 2 + 1) * f.set.base;
}

void hf_folio_drop(struct hf_run *run)
{
	size_t len = f.set.n * f.set.size;
	int flags = MAP_FIXED | (f.set.backing == HF_FOLIO_SHMEM ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS);

	if (f.set.backing == HF_FOLIO_SHMEM && (ftruncate(f.set.fd, 0) || ftruncate(f.set.fd, (off_t)len)))
		hf_broken(run, "ftruncate of a memfd: %s", hf_err_name(errno));
	if (mmap(f.set.p, len, PROT_READ | PROT_WRITE, flags, f.set.fd, 0) != f.set.p)
		hf_broken(run, "cannot map %zu bytes: %s", len, hf_err_name(errno));
}

/* What the word at the beginning and at the end of base page @at shall be. */
static uint64_t word_of(const char *at, unsigned int i)
{
	if (f.fill == FILLED)
		return (uintptr_t)at | 1;
	return f.fill == BYTE && at == f.set.p + i * f.set.size ? 1 : 0;
}

static void write_content(unsigned int i)
{
	char *p = f.set.p + i * f.set.size;

	for (char *at = p; f.fill == FILLED && at < p + f.set.size; at += f.set.base) {
		*(volatile uint64_t *)at = word_of(at, i);
		*(volatile uint64_t *)(at + f.set.base - 8) = word_of(at, i);
	}
	if (f.fill == BYTE)
		hf_touch(p);
}

void hf_folio_content(struct hf_task *t, unsigned int i)
{
	const char *p = f.set.p + i * f.set.size, *target = hf_folio_target(i);

	for (const char *at = p; at < p + f.set.size; at += f.set.base) {
		uint64_t want = word_of(at, i), first, last, end = f.fill == FILLED ? want : 0;

		if (at == target && f.gone[i] && (f.set.loss == HF_FOLIO_UNMAPPED || f.set.loss == HF_FOLIO_CUT_OFF))
			continue;
		first = *(const volatile uint64_t *)at;
		last = *(const volatile uint64_t *)(at + f.set.base - 8);
		if (at == target && f.gone[i])
			want = end = 0;
		if (first == want && last == end)
			continue;
		if (at == target && f.set.loss == HF_FOLIO_FREED && !first && !last)
			continue;
		hf_fail(t->run, "content of %p, base page %zu of its folio, has changed: %#llx, %#llx instead of %#llx, %#llx", (const void *)at, (size_t)(at - p) / f.set.base,
			(unsigned long long)first, (unsigned long long)last, (unsigned long long)want, (unsigned long long)end);
		return;
	}
}

void hf_folio_map_by_ptes(struct hf_run *run, unsigned int i)
{
	char *p = f.set.p + i * f.set.size;

	if (mprotect(p + f.set.base, f.set.base, PROT_READ) || mprotect(p + f.set.base, f.set.base, PROT_READ | PROT_WRITE))
		hf_broken(run, "mprotect(%p): %s", (void *)(p + f.set.base), hf_err_name(errno));
}

bool hf_folio_by_pmd(struct hf_task *t, unsigned int i)
{
	int is = t->census ? hf_census_pmd(t->census, f.set.p + i * f.set.size) : -EPERM;

	if (is < 0)
		hf_skip(t->run, "needs PAGEMAP_SCAN (6.7), to see whether a PMD maps a folio: %s", hf_err_name(is));
	return is;
}

/*
 * Whether the flags of the folio at @p can be seen (hf_census_dark()). If not it is moved elsewhere, where it stays until the process ends, so that it does not come again, and @p gets
 * another one. A file's folio cannot be moved out of it.
 */
static bool shown(struct hf_task *t, char *p)
{
	for (int i = 0; t->census && hf_census_dark(t->census, p); i++)
		if (i == DARK_MAX || f.set.backing == HF_FOLIO_SHMEM || mremap(p, f.set.size, f.set.size, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL) == MAP_FAILED || madvise(p, f.set.size, MADV_POPULATE_WRITE))
			return false;
	return true;
}

void hf_folio_fill(struct hf_task *t)
{
	size_t len = f.set.n * f.set.size;

	hf_folio_drop(t->run);
	hf_safe_madvise(t->run, f.set.p, len, MADV_HUGEPAGE);
	for (unsigned int i = 0; i < f.set.n; i++) {
		char *p = f.set.p + i * f.set.size;

		if (madvise(p, f.set.size, MADV_POPULATE_WRITE))
			hf_broken(t->run, "MADV_POPULATE_WRITE: %s", hf_err_name(errno));
		f.have[i] = shown(t, p);
		write_content(i);
		f.have[i] = f.have[i] && hf_expect_page(t, p);
		f.tried[i] = f.gone[i] = false;
	}
	hf_safe_madvise(t->run, f.set.p, len, MADV_NOHUGEPAGE); /* khugepaged shall leave them alone */
	for (unsigned int i = 0; f.set.backing == HF_FOLIO_PTE && i < f.set.n; i++)
		hf_folio_map_by_ptes(t->run, i);
}

bool hf_folio_whole(struct hf_task *t, unsigned int i)
{
	char *p = f.set.p + i * f.set.size;
	int whole = hf_census_whole(t->census, p, f.set.size);

	if (whole == -ENODATA) { /* swapped out, or a file's */
		hf_peek(p);
		whole = hf_census_whole(t->census, p, f.set.size);
	}
	if (whole < 0)
		hf_broken(t->run, "what is mapped at %p cannot be told: %s", (void *)p, hf_err_name(whole));
	return whole;
}

/* @k of the folios that there are, each choice equally likely. */
static unsigned int choose(struct hf_task *t, unsigned int k, struct iovec *at, size_t len)
{
	unsigned int left = 0, taken = 0;

	for (unsigned int i = 0; i < f.set.n; i++)
		left += f.have[i];
	k = k < left ? k : left;
	for (unsigned int i = 0; i < f.set.n; i++) {
		f.pinned_as[i] = -1;
		if (!f.have[i])
			continue;
		if (hf_rand_below(&t->rand, left--) >= k - taken)
			continue;
		at[taken] = (struct iovec){ f.set.p + i * f.set.size, len };
		f.pinned_as[i] = (int)taken++;
	}
	return taken;
}

void hf_folio_pin(struct hf_task *t)
{
	struct hf_run *run = t->run;
	enum hf_pin_kind kind = (enum hf_pin_kind)hf_param(run, "pin");
	size_t len = kind == HF_PIN_MLOCK ? f.set.size : (size_t)hf_param(run, "pages") * f.set.base;
	unsigned int share = hf_param_known(run, "pinned_share") ? (unsigned int)hf_param(run, "pinned_share") : 100;
	struct iovec at[HF_FOLIO_MAX];
	unsigned int n;
	int err;

	if (len > f.set.size)
		hf_skip(run, "does not apply: a folio has %zu base pages", f.set.size / f.set.base);
	n = choose(t, (f.set.n * share + 50) / 100, at, len);
	if (!n)
		return;
	err = hf_pin_new(&f.pin, kind, at, n);
	if (err)
		hf_skip(run, "pin %s of %zu KiB in each of %u folios: %s", hf_pin_info(kind)->name, len >> 10, n, hf_err_name(err));
}

void hf_folio_unpin(void)
{
	hf_pin_free(f.pin);
	f.pin = NULL;
}

void hf_folio_aim(unsigned int i)
{
	if (f.pin && f.pinned_as[i] >= 0)
		hf_pin_aim(f.pin, (unsigned int)f.pinned_as[i]);
}

void hf_folio_tried(unsigned int i, bool lost)
{
	f.tried[i] = true;
	f.gone[i] |= lost && f.set.loss != HF_FOLIO_KEPT && f.set.loss != HF_FOLIO_FREED;
}

bool hf_folio_fresh(unsigned int i)
{
	return !f.tried[i];
}

bool hf_folio_gone(unsigned int i)
{
	return f.gone[i];
}
