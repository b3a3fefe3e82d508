// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory that comes and goes. */
#include "harness/churn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/content.h"
#include "harness/law.h"
#include "harness/stress.h"
#include "system/pin.h"

#define ALIGN ((size_t)2 << 20)
#define PIPES 8

#define BASE 4096
#define CLAIM_NS 4e9 /* no attempt to isolate anything lasts that long */

enum { HELD, PAGES, HUGETLB, PINNED }; /* units in stamps */

char *hf_churn_map(struct hf_run *run, size_t len, int advice)
{
	char *raw = mmap(NULL, len + ALIGN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *p;

	if (raw == MAP_FAILED)
		hf_broken(run, "mmap: %m");
	p = (char *)(((uintptr_t)raw + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1));
	if (p > raw)
		munmap(raw, (size_t)(p - raw));
	if (raw + ALIGN > p)
		munmap(p + len, (size_t)(raw + ALIGN - p));
	madvise(p, len, advice); /* a kernel without THP has base pages anyway */
	return p;
}

void hf_churn_unmap(char *p, size_t len)
{
	munmap(p, len);
}

static uint64_t use(struct hf_task *t, char *p, size_t len, uint32_t unit)
{
	struct hf_stamp stamp = { t->index, unit, hf_stress_episode(t->run) };
	uint64_t frame;

	hf_content_fresh(t, p, len);
	hf_content_write(p, len, &stamp);
	frame = hf_frame(t, p);
	hf_content_check(t, p, len, &stamp);
	return frame;
}

uint64_t hf_churn_pages(struct hf_task *t, size_t len, int advice)
{
	char *p = hf_churn_map(t->run, len, advice);
	uint64_t frame = use(t, p, len, PAGES);

	hf_churn_unmap(p, len);
	return frame;
}

void hf_churn_kernel(void)
{
	static const char zero[65536];
	int end[PIPES][2], n = 0;

	for (; n < PIPES && pipe2(end[n], O_NONBLOCK | O_CLOEXEC) == 0; n++)
		if (write(end[n][1], zero, sizeof(zero)) < 0)
			break;
	for (int i = 0; i < n; i++) {
		close(end[i][0]);
		close(end[i][1]);
	}
}

/*
 * A free page of a block that is being isolated is handed to nobody (dequeue_hugetlb_folio_node_exact() in mm/hugetlb.c, since 6.15), and a fault on a reserved page gets SIGBUS when there is no
 * other. It has to be there when the isolation is over. MADV_POPULATE_WRITE returns EFAULT where a store would get SIGBUS. Return: whether it took more than one try.
 */
static bool claim(struct hf_task *t, char *p, size_t len)
{
	uint64_t begun = hf_clock_now();
	bool late = false, there;

	while (!(there = !madvise(p, len, MADV_POPULATE_WRITE) || errno != EFAULT) && hf_clock_ns(hf_clock_now() - begun) < CLAIM_NS)
		late = true;
	hf_law(t, HF_LAW_SIGBUS, there, "actor %u gets SIGBUS in %zu bytes of reserved pages for %.0f s", t->index, len, CLAIM_NS / 1e9);
	return late;
}

enum hf_churned hf_churn_hugetlb(struct hf_task *t, size_t page, size_t len, uint64_t *frame)
{
	struct hf_map m;
	int err = hf_map_sized(page, len, &m);
	bool late;

	*frame = 0;
	hf_law(t, HF_LAW_ERROR, !err || err == -ENOMEM, "mapping %zu bytes of huge pages: errno %d", len, -err);
	if (err)
		return HF_CHURN_REFUSED;
	late = claim(t, m.p, len);
	*frame = use(t, m.p, len, HUGETLB);
	hf_map_free(t->run, &m);
	return late ? HF_CHURN_LATE : HF_CHURN_OK;
}

static struct hf_stamp held_stamp(const struct hf_held *h, unsigned int actor)
{
	return (struct hf_stamp){ actor, HELD, h->gen };
}

static void write_held(struct hf_held *h, unsigned int actor)
{
	struct hf_stamp stamp = held_stamp(h, actor);

	hf_content_write(h->p, HF_HELD_LEN, &stamp);
	hf_content_write(h->huge.p, h->huge.len, &stamp);
}

void hf_held_new(struct hf_run *run, struct hf_held *h, unsigned int actor, size_t page)
{
	int err = hf_map_sized(page, page, &h->huge);

	if (err)
		hf_broken(run, "no huge page to keep: errno %d", -err);
	h->p = hf_churn_map(run, HF_HELD_LEN, actor % 2 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	h->gen = 1;
	write_held(h, actor);
}

void hf_held_write(struct hf_task *t, struct hf_held *h)
{
	h->gen++;
	write_held(h, t->index);
	hf_held_check(t, h, t->index);
}

void hf_held_check(struct hf_task *t, const struct hf_held *h, unsigned int actor)
{
	struct hf_stamp stamp = held_stamp(h, actor);

	hf_content_check(t, h->p, HF_HELD_LEN, &stamp);
	hf_content_check(t, h->huge.p, h->huge.len, &stamp);
}

bool hf_held_pin(struct hf_task *t, struct hf_held *h, uint64_t bits)
{
	char *p = bits & 1 ? h->huge.p : h->p + (bits >> 8) % (HF_HELD_LEN / BASE) * BASE;
	struct hf_stamp stamp = { t->index, PINNED, bits };
	_Alignas(64) char seen[BASE];
	struct iovec iov = { p, BASE };
	struct hf_pin *pin;
	int err = hf_pin_new(&pin, HF_PIN_REGISTERED, &iov, 1);

	/* EFAULT, EBUSY: the page could not be moved out of the way first (check_and_migrate_movable_pages()) */
	hf_law(t, HF_LAW_ERROR, !err || err == -ENOSYS || err == -EPERM || err == -ENOMEM || err == -EFAULT || err == -EAGAIN || err == -EBUSY, "a buffer cannot be registered: errno %d", -err);
	if (err)
		return false;
	hf_content_write(p, BASE, &stamp);
	err = hf_pin_look(pin, p, seen, sizeof(seen));
	hf_law(t, HF_LAW_ERROR, !err, "a registered buffer cannot be read: errno %d", -err);
	if (!err)
		hf_content_check(t, seen, BASE, &stamp);
	hf_pin_free(pin);
	write_held(h, t->index); /* the line may have been one of the whole's */
	return true;
}

void hf_held_free(struct hf_run *run, struct hf_held *h)
{
	if (h->p)
		hf_churn_unmap(h->p, HF_HELD_LEN);
	hf_map_free(run, &h->huge);
	*h = (struct hf_held){ .p = NULL };
}
