// SPDX-License-Identifier: GPL-2.0-or-later
/* symbols: tell the plugin of an emulator the kernel's functions and where they are (/proc/kallsyms), by marks. Run once in a guest, before what is counted. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "system/mark.h"

const char *argp_program_version = "hugefault symbols " HF_VERSION;

int main(int argc, char **argv)
{
	static const struct argp argp = { NULL,
					  NULL,
					  NULL,
					  "Tell the plugin of an emulator the kernel's functions and where they are.\v"
					  "Example: symbols, once in a guest, before what is counted; elsewhere it does nothing.\n\n"
					  "Exit status: 0 told, 2 usage, 4 /proc/kallsyms shows no addresses.",
					  NULL,
					  NULL,
					  NULL };
	FILE *in;
	char *line = NULL;
	size_t room = 0, n = 0;

	argp_err_exit_status = HF_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	in = fopen("/proc/kallsyms", "re");
	if (!in) {
		fprintf(stderr, "symbols: /proc/kallsyms: %s\n", hf_err_name(errno));
		return HF_EXIT_SKIP;
	}
	/* "ffffffff81000000 T _stext", or "... t name	[module]"; without the right to see addresses they are 0 */
	while (getline(&line, &room, in) > 0) {
		const char *type = strchr(line, ' ');

		if (!type || !strchr("tTwW", type[1]) || strspn(line, "0") == (size_t)(type - line))
			continue;
		line[strcspn(line, "\n")] = '\0';
		hf_mark_text(line, HF_MARK_SYMBOL);
		n++;
	}
	free(line);
	fclose(in);
	if (!n)
		fprintf(stderr, "symbols: /proc/kallsyms shows no addresses (kernel.kptr_restrict?)\n");
	return n ? HF_EXIT_OK : HF_EXIT_SKIP;
}
