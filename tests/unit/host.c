// SPDX-License-Identifier: GPL-2.0-or-later
/* harness/host: whether processors are emulated, by the kernel's command line. system/mark: marks in the tracer's files. */
#include "fake.h"

#include <errno.h>

#include "base/file.h"
#include "harness/host.h"
#include "system/mark.h"

static void test_emulated(void **state)
{
	static const struct {
		const char *cmdline;
		bool emulated;
	} is[] = {
		{ "console=ttyS0 hugefault.virt=tcg quiet\n", true },
		{ "hugefault.virt=icount\n", true },
		{ "hugefault.virt=kvm\n", false },
		{ "root=/dev/vda1 ro\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(is) / sizeof(is[0]); i++) {
		fake_write("/proc/cmdline", is[i].cmdline);
		assert_int_equal(hf_host_emulated(), is[i].emulated);
	}
}

/* What is written, one after the other: the file stands for the tracer's */
static void test_marks(void **state)
{
	char want[4096], got[4096], text[700];
	ssize_t n;

	(void)state;
	assert_int_equal(hf_mark_trace(), -ENOENT);
	fake_write("/sys/kernel/tracing/trace_marker", "");
	assert_int_equal(hf_mark_trace(), -ENOENT);
	fake_write("/sys/kernel/tracing/tracing_on", "");
	assert_int_equal(hf_mark_trace(), 0);
	hf_mark(HF_MARK_BEGIN);
	hf_mark(HF_MARK_STOP);
	hf_mark_text("fault_ns 1 2 3", HF_MARK_REGION);
	hf_mark(HF_MARK_COMMIT);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	hf_mark_text(text, HF_MARK_SECTION);
	n = hf_file_read("/sys/kernel/tracing/trace_marker", got, sizeof(got));
	assert_true(n > 0);
	snprintf(want, sizeof(want), "hf:begin hf:stop hf:region fault_ns 1 2 3hf:commit hf:part %.512shf:section %.187s", text, text);
	assert_string_equal(got, want);
	/* on for each, off where an operation ends */
	assert_true(hf_file_read("/sys/kernel/tracing/tracing_on", got, sizeof(got)) > 0);
	assert_string_equal(got, "1111010");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_emulated, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_marks, fake_setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
