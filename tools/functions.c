// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * functions: which kernel functions a benchmark's operations call, and how long they take, by the kernel's own function_graph tracer (Documentation/trace/ftrace.rst). There is one such tracer in a
 * kernel: this is for guests. Tracing takes its time, and that is in what it says.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "system/graph.h"

const char *argp_program_version = "hugefault functions " HF_VERSION;

#define TRACEFS "/sys/kernel/tracing/"
#define BUFFER_KB "16384" /* for each CPU: an operation must fit */

struct args {
	const char *only, *out;
	char **command;
};

/* In this order; an option that a kernel does not know is passed over. */
static const struct {
	const char *file, *value;
	bool needed;
} settings[] = {
	{ "tracing_on", "0", true },		       { "buffer_size_kb", BUFFER_KB, true },	      { "current_tracer", "function_graph", true },
	{ "options/funcgraph-cpu", "1", false },       { "options/funcgraph-proc", "1", true },       { "options/funcgraph-duration", "1", true },
	{ "options/funcgraph-overhead", "0", false },  { "options/funcgraph-abstime", "0", false },   { "options/funcgraph-tail", "0", false },
	{ "options/funcgraph-irqs", "0", false },      { "options/function-fork", "1", true },
};

static int tracefs(const char *file, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), TRACEFS "%s", file);
	return hf_file_write(path, value);
}

/* Opening it so empties it. */
static void clear(const char *file)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), TRACEFS "%s", file);
	fd = hf_file_open(path, O_WRONLY | O_TRUNC);
	if (fd >= 0)
		close(fd);
}

/* Return: 0, or an exit status after saying why. */
static int prepare(const struct args *a)
{
	char now[64];
	int err = hf_file_read(TRACEFS "current_tracer", now, sizeof(now)) < 0 ? -ENOENT : 0;

	if (err || strcmp(now, "nop") != 0) {
		fprintf(stderr, "functions: %s\n", err ? "no tracefs, or no right to it" : "somebody traces already");
		return HF_EXIT_SKIP;
	}
	/* One function after another, as one that a kernel does not have would void the whole list. */
	for (const char *s = a->only; s && *s; s += strcspn(s, ","), s += *s == ',') {
		char name[128];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(s, ","), s);
		if (!tracefs("set_ftrace_filter", name))
			err++;
	}
	if (a->only && !err) {
		fprintf(stderr, "functions: this kernel has none of them: %s\n", a->only);
		return HF_EXIT_SKIP;
	}
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		err = tracefs(settings[i].file, settings[i].value);
		if (err && settings[i].needed) {
			fprintf(stderr, "functions: %s: %s\n", settings[i].file, hf_err_name(err));
			return HF_EXIT_SKIP;
		}
	}
	return 0;
}

static void put_back(void)
{
	tracefs("tracing_on", "0");
	tracefs("current_tracer", "nop");
	clear("set_ftrace_pid");
	clear("set_ftrace_filter");
	tracefs("tracing_on", "1");
}

/* The program, once its PID is known to the tracer. */
static void become(char **command, int go)
{
	char c;

	if (read(go, &c, 1) != 1)
		_exit(HF_EXIT_BROKEN);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(command[0], command);
	fprintf(stderr, "functions: %s: %s\n", command[0], strerror(errno));
	_exit(HF_EXIT_BROKEN);
}

/* Lines of the pipe, as far as they go. */
static void drain(int pipe, struct hf_graph *g)
{
	static char buf[1 << 16];
	static size_t have;
	ssize_t n;

	while ((n = read(pipe, buf + have, sizeof(buf) - have)) > 0) {
		char *line = buf, *end;

		have += (size_t)n;
		while ((end = memchr(line, '\n', have - (size_t)(line - buf)))) {
			*end = '\0';
			hf_graph_line(g, line);
			line = end + 1;
		}
		have -= (size_t)(line - buf);
		if (have == sizeof(buf))
			have = 0;
		memmove(buf, line, have);
	}
}

static int trace(const struct args *a, FILE *out)
{
	struct hf_graph *g = hf_graph_new(out);
	int pipe_fd = hf_file_open(TRACEFS "trace_pipe", O_RDONLY | O_NONBLOCK), go[2], status = 0;
	struct timespec tick = { .tv_nsec = 20000000 };
	char text[24];
	uint64_t lost;
	pid_t pid;

	if (!g || pipe_fd < 0 || pipe2(go, O_CLOEXEC)) {
		fprintf(stderr, "functions: trace_pipe: %s\n", pipe_fd < 0 ? hf_err_name(pipe_fd) : "no memory, or no descriptor");
		return HF_EXIT_BROKEN;
	}
	pid = fork();
	if (pid == 0)
		become(a->command, go[0]);
	snprintf(text, sizeof(text), "%d", (int)pid);
	if (pid < 0 || tracefs("set_ftrace_pid", text) || write(go[1], "", 1) != 1) {
		fprintf(stderr, "functions: %s cannot be traced\n", a->command[0]);
		if (pid > 0)
			kill(pid, SIGKILL);
		return HF_EXIT_BROKEN;
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		drain(pipe_fd, g);
		nanosleep(&tick, NULL);
	}
	drain(pipe_fd, g);
	lost = hf_graph_end(g);
	if (lost)
		fprintf(stderr, "functions: %llu operations are missing: the tracer's buffer was too small\n", (unsigned long long)lost);
	hf_graph_free(g);
	close(pipe_fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : HF_EXIT_BROKEN;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'f':
		a->only = arg;
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case ARGP_KEY_ARGS:
		a->command = state->argv + state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a program is needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "functions", 'f', "LIST", 0, "only these (a,b,c; those that the kernel does not have are passed over): the less is traced, the less it costs", 0 },
		{ "output", 'o', "FILE", 0, "write there (default: standard output)", 0 },
		{ 0 },
	};
	static const struct argp argp = { options,
					  parse,
					  "-- BENCHMARK --marks=trace [OPTION...]",
					  "Which kernel functions a benchmark's operations call, and how long they take.\v"
					  "Example: functions -o profile.txt -- bench/hugetlb-fault --ops=64 --marks=trace. Takes the kernel's one function tracer: for guests.\n\n"
					  "Exit status: the benchmark's; 2 usage, 3 broken, 4 the kernel cannot trace functions.",
					  NULL,
					  NULL,
					  NULL };
	struct args a = { 0 };
	FILE *out;
	int status;

	argp_err_exit_status = HF_EXIT_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &a);
	out = a.out ? fopen(a.out, "we") : stdout;
	if (!out) {
		fprintf(stderr, "functions: %s: %s\n", a.out, strerror(errno));
		return HF_EXIT_BROKEN;
	}
	status = prepare(&a);
	if (!status)
		status = trace(&a, out);
	put_back();
	if (fflush(out) || ferror(out)) {
		fprintf(stderr, "functions: the profile cannot be written\n");
		status = HF_EXIT_BROKEN;
	}
	return status;
}
