// SPDX-License-Identifier: GPL-2.0-or-later
/* The measured process gets a SIGBUS that it does not expect: it writes behind the end of a file. */
/* owes: 1 killed by SIGBUS */
#include <sys/mman.h>
#include <unistd.h>

#include "hugefault.h"

static void body(struct hf_task *t)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = memfd_create("body-sigbus", MFD_CLOEXEC);
	char *p;

	if (fd < 0)
		hf_broken(t->run, "memfd_create: %m");
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		hf_broken(t->run, "mmap: %m");
	while (hf_running(t)) {
		hf_begin(t);
		hf_touch(p);
		hf_end(t, 1);
	}
}

const struct hf_bench hf_bench = {
	.name = "body-sigbus",
	.summary = "a body that writes behind the end of a file",
	.paths = HF_LIST("none"),
	.origin = HF_ORIGIN("hugefault", "body-sigbus", "shows that a SIGBUS which is not due is told"),
	.params = HF_PARAMS({ .name = NULL }),
	.metrics = HF_METRICS({ "write_ns", "ns", HF_LOWER, HF_TIMED, "one write", false }),
	.body = body,
};
