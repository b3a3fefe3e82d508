// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How fast this CPU can zero a huge page from user space: the limit that clearing in the kernel is held against.
 * One op = zeroing one mapped hugetlb page. Not timed: setting up the caches, the gate. All tasks at the same time, a page each.
 */
#include "hugefault.h"

static struct hf_map map;

static void body(struct hf_task *t)
{
	struct hf_run *run = t->run;
	char *p = map.p + t->index * run->page;
	bool cold = hf_param_is(run, "cache", "cold");
	enum hf_zero_method method = (enum hf_zero_method)hf_param(run, "method");
	hf_zero_fn *zero;

	hf_touch(p);
	if (!t->priv) /* chosen once, in the first phase */
		t->priv = hf_zero_get(method != HF_ZERO_BEST ? method : hf_zero_best(p, run->page, cold));
	zero = (hf_zero_fn *)t->priv;
	if (!zero)
		hf_skip(run, "this CPU cannot zero by %s", hf_zero_name(method));
	while (hf_running_together(t)) {
		if (cold)
			hf_zero_flush(p, run->page);
		else
			hf_zero_get(HF_ZERO_MEMSET)(p, run->page);
		hf_sync(t);
		hf_begin(t);
		zero(p, run->page);
		hf_end(t, 1);
		hf_bytes(t, t->first_timed, run->page);
		hf_expect_page(t, p);
	}
}

static void setup(struct hf_run *run)
{
	map = hf_map_new(run, hf_clear_memory(run), HF_PRIVATE);
}

static void teardown(struct hf_run *run)
{
	hf_map_free(run, &map);
}

const struct hf_bench hf_bench = {
	.name = "clear-limit",
	.summary = "how fast this CPU zeroes a huge page from user space, by method",
	.paths = HF_LIST("clear_page_erms", "clear_page_rep", "clear_page_orig"),
	.origin = HF_ORIGIN("hugefault", "clear-limit", "the denominator that GB/s of clearing are otherwise quoted without"),
	.mem = &hf_mem_hugetlb,
	.params = HF_PARAMS({ "method", HF_CHOICE, "best", HF_ZERO_METHODS, NULL, "stores or instruction used", "best,stosb,stosq,memset,avx2,avx512,movnti,avx2-nt,avx512-nt,clzero", NULL },
			    { "cache", HF_CHOICE, "cold", "cold|warm", NULL, "the page's lines before zeroing: flushed from all caches, or just written by this CPU", NULL, "cold,warm" },
			    HF_HUGETLB_PARAMS),
	.metrics = HF_METRICS({ "zero_Bps", "B/s", HF_HIGHER, HF_BPS_EACH("zero_ns"), "page size over zero_ns, per task", false },
			      { "zero_ns", "ns", HF_LOWER, HF_TIMED, "zeroing one page; non-temporal stores include the sfence", false }),
	.modes = HF_BOTH,
	.user_space = true,
	.faults = 0,
	.memory = hf_clear_memory,
	.setup = setup,
	.body = body,
	.teardown = teardown,
};
