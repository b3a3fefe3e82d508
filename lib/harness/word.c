// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of tasks in base pages. */
#include "harness/word.h"

#include <sys/mman.h>
#include <unistd.h>

#include "harness/law.h"

#define LINE 64
#define PLACES (4096u / LINE)
#define PLACES_STEP 29 /* prime to it */
#define FOREIGN UINT64_C(0xfffffffffffffff1)

/* A word: task + 1 in 8 bits, number of the base page in 24, how often the task has stored there in 32. */
struct hf_words {
	unsigned int tasks, pages;
	size_t bytes;
	struct {
		uint64_t is;	/* what the task stored last; 0: nothing */
		uint32_t times; /* also counts what did not come through */
	} last[]; /* [task][base page] */
};

static uint64_t make(unsigned int task, unsigned int nr, uint32_t times)
{
	return (uint64_t)(task + 1) << 56 | (uint64_t)(nr & 0xffffff) << 32 | times;
}

/* Where a base page is nearly empty, what there is may be anywhere in it: a kernel that looks at a part of a page alone (is it zero?) must not look at the right one each time. */
static volatile uint64_t *line(const void *page, unsigned int nr, unsigned int task)
{
	return (volatile uint64_t *)((uintptr_t)page + (task + nr * PLACES_STEP) % PLACES * LINE);
}

struct hf_words *hf_words_new(struct hf_run *run, unsigned int pages)
{
	size_t bytes = sizeof(struct hf_words) + (size_t)run->tasks * pages * sizeof(((struct hf_words *)0)->last[0]);
	struct hf_words *l = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (l == MAP_FAILED)
		hf_broken(run, "no memory to remember the content of %u base pages", pages);
	l->tasks = run->tasks;
	l->pages = pages;
	l->bytes = bytes;
	return l;
}

void hf_words_free(struct hf_words *l)
{
	if (l)
		munmap(l, l->bytes);
}

void hf_words_forget(struct hf_words *l, unsigned int nr, unsigned int n)
{
	for (unsigned int task = 0; task < l->tasks; task++)
		for (unsigned int i = nr; i < nr + n; i++)
			l->last[task * l->pages + i].is = 0;
}

void hf_word_store(struct hf_task *t, struct hf_words *l, void *page, unsigned int nr)
{
	unsigned int i = t->index * l->pages + nr;
	uint64_t is = make(t->index, nr, ++l->last[i].times);

	*line(page, nr, t->index) = is; /* SIGBUS leaves here */
	l->last[i].is = is;
}

static bool check(struct hf_task *t, const struct hf_words *l, unsigned int task, const void *page, unsigned int nr, bool gone)
{
	uint64_t is = *line(page, nr, task), want = l->last[task * l->pages + nr].is;

	hf_law(t, HF_LAW_CONTENT, is == want || (gone && !is), "base page %u: the line of actor %u is %016llx, where it stored %016llx last, its store number %llu there%s", nr, task, (unsigned long long)is,
	       (unsigned long long)want, (unsigned long long)(want & UINT32_MAX), gone ? "; zero would be right, too" : "");
	return is == want || (gone && !is);
}

bool hf_word_own(struct hf_task *t, const struct hf_words *l, const void *page, unsigned int nr, bool gone)
{
	return check(t, l, t->index, page, nr, gone);
}

uint64_t hf_word_read(const struct hf_task *t, const void *page, unsigned int nr)
{
	return *line(page, nr, t->index);
}

bool hf_word_all(struct hf_task *t, const struct hf_words *l, const void *page, unsigned int nr)
{
	bool ok = true;

	for (unsigned int i = 0; i < PLACES; i++) { /* also those that are nobody's: another base page has lines there */
		uint64_t is = *line(page, nr, i);
		bool theirs = !is;

		if (is && i < l->tasks) {
			uint32_t times = *(volatile const uint32_t *)&l->last[i * l->pages + nr].times; /* counted before it is stored */

			theirs = is >> 32 == make(i, nr, 0) >> 32 && (uint32_t)is <= times;
		}
		ok &= theirs;
		hf_law(t, HF_LAW_CONTENT, theirs, "base page %u: the line of actor %u is %016llx, which was never stored there", nr, i, (unsigned long long)is);
	}
	return ok;
}

void hf_words_check(struct hf_task *t, const struct hf_words *l, const void *p, unsigned int nr, unsigned int n, bool gone)
{
	size_t base = (size_t)sysconf(_SC_PAGESIZE);

	for (unsigned int i = 0; i < n; i++)
		for (unsigned int task = 0; task < l->tasks; task++)
			if (!check(t, l, task, (const char *)p + i * base, nr + i, gone))
				return;
}

void hf_word_foreign(const struct hf_run *run, void *page, unsigned int nr)
{
	for (unsigned int task = 0; task < run->tasks; task++)
		*line(page, nr, task) = FOREIGN;
}
