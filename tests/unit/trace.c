// SPDX-License-Identifier: GPL-2.0-or-later
/* An instance of tracefs in a faked tree: what is enabled, what is read, what was lost. */
#include "system/trace.h"

#include <errno.h>

#include "tests/unit/fake.h"

#define ONE HF_TRACE_DIR "/events/page_isolation/test_pages_isolated/enable"
#define TWO HF_TRACE_DIR "/events/migrate/mm_migrate_pages/enable"
#define TRACE HF_TRACE_DIR "/trace"

static const char *const events[] = { "page_isolation:test_pages_isolated", "migrate:mm_migrate_pages", NULL };
static char seen[512];

static void remember(void *arg, const char *name, const char *text)
{
	(void)arg;
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s|%s\n", name, text);
}

static void instance(void)
{
	fake_write(HF_TRACE_DIR "/buffer_size_kb", "7\n");
	fake_write(ONE, "0");
	fake_write(TWO, "0");
	fake_write(TRACE, "# tracer: nop\n");
}

static void test_read(void **state)
{
	struct hf_trace *t;

	(void)state;
	instance();
	assert_int_equal(hf_trace_open(&t, events), 0);
	fake_expect(ONE, "1");
	fake_expect(TWO, "1");
	fake_expect(TRACE, "");
	fake_write(TRACE, "# tracer: nop\n#\n# entries-in-buffer/entries-written: 2/2   #P:2\n#\n"
			  "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
			  "   offline-block-812     [001] .....  1000.321142: test_pages_isolated: start_pfn=0x8000 end_pfn=0x10000 fin_pfn=0x8200 ret=fail\n"
			  "  a: b-9     [000] d..1.     2.000001: mm_migrate_pages: nr_succeeded=512 nr_failed=3 mode=MIGRATE_SYNC reason=memory_hotplug\n");
	seen[0] = '\0';
	assert_int_equal(hf_trace_read(t, remember, NULL), 0);
	assert_string_equal(seen, "test_pages_isolated|start_pfn=0x8000 end_pfn=0x10000 fin_pfn=0x8200 ret=fail\n"
				  "mm_migrate_pages|nr_succeeded=512 nr_failed=3 mode=MIGRATE_SYNC reason=memory_hotplug\n");
	fake_expect(TRACE, "");
	hf_trace_close(t);
	fake_expect(ONE, "0");
	fake_expect(TWO, "0");
}

/* Events that were overwritten are no events that did not happen. */
static void test_lost(void **state)
{
	struct hf_trace *t;

	(void)state;
	instance();
	assert_int_equal(hf_trace_open(&t, events), 0);
	seen[0] = '\0';
	fake_write(TRACE, "# entries-in-buffer/entries-written: 12/120   #P:2\n c-1 [0] .. 1.0: x: y=1\n");
	assert_int_equal(hf_trace_read(t, remember, NULL), -EOVERFLOW);
	fake_write(TRACE, "no header\n");
	assert_int_equal(hf_trace_read(t, remember, NULL), -EPROTO);
	assert_string_equal(seen, "");
	hf_trace_close(t);
	hf_trace_close(NULL);
}

/* One tracepoint that this kernel lacks: none stays enabled. */
static void test_missing(void **state)
{
	static const char *const more[] = { "page_isolation:test_pages_isolated", "mm:no_such", NULL };
	struct hf_trace *t;

	(void)state;
	assert_int_equal(hf_trace_open(&t, events), -ENOENT);
	instance();
	assert_int_equal(hf_trace_open(&t, more), -ENOENT);
	fake_expect(ONE, "0");
}

static void test_number(void **state)
{
	const char *text = "start_pfn=0x8000 pfn=9 bad=12x nr_pfn=1";
	uint64_t v = 0;

	(void)state;
	assert_int_equal(hf_trace_number(text, "start_pfn", &v), 0);
	assert_int_equal(v, 0x8000);
	assert_int_equal(hf_trace_number(text, "pfn", &v), 0);
	assert_int_equal(v, 9);
	assert_int_equal(hf_trace_number(text, "bad", &v), -EINVAL);
	assert_int_equal(hf_trace_number(text, "fin_pfn", &v), -ENOENT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(test_read), TEST(test_lost), TEST(test_missing), TEST(test_number) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
