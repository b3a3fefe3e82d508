// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line: common options and the descriptor's parameters, through argp. */
#include "harness/options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/parse.h"
#include "harness/describe.h"
#include "harness/map.h"
#include "harness/point.h"
#include "harness/stress.h"
#include "system/mark.h"
#include "system/perf.h"

enum key { KEY_SEED = 's', KEY_LABEL = 256, KEY_BLOCK, KEY_ORDER, KEY_PROFILE, KEY_EVENTS, KEY_TIMEOUT, KEY_SHARE, KEY_POOL, KEY_DESCRIBE, KEY_SMOKE, KEY_OPS, KEY_MARKS, KEY_QUICK, KEY_FULL, KEY_EPISODE, KEY_ACTORS, KEY_KINDS, KEY_STEPS, KEY_SHRINK, KEY_PARAM = 1024 };

struct context {
	const struct hf_bench *bench;
	struct hf_opts *opts;
	bool said;
};

static const struct argp_option common[] = {
	{ "tasks", 't', "N", 0, "tasks, one per CPU (default: the benchmark's)", 1 },
	{ "processes", 'P', NULL, 0, "tasks are processes", 1 },
	{ "threads", 'T', NULL, 0, "tasks are threads", 1 },
	{ "cpus", 'c', "LIST", 0, "CPUs for the tasks, in this order (0-3,7)", 1 },
	{ "node", 'n', "N", 0, "CPUs of this NUMA node only", 1 },
	{ "duration", 'd', "SECONDS", 0, "bound on measuring per point, all repeats together (default 1)", 2 },
	{ "ops", KEY_OPS, "N", 0, "measure exactly N operations per repeat, after as many to warm up, instead of a time", 2 },
	{ "repeats", 'r', "N", 0, "repeats per point, a process each (default 5)", 2 },
	{ "warm-up", 'w', "SECONDS", 0, "limit of the warm-up of a repeat (default: the benchmark's, most often 1)", 2 },
	{ "profile", KEY_PROFILE, "quick|full", 0, "measure all points of the sweep, not just the defaults", 2 },
	{ "quick", KEY_QUICK, NULL, 0, "--profile=quick", 2 },
	{ "full", KEY_FULL, NULL, 0, "--profile=full", 2 },
	{ "smoke", KEY_SMOKE, NULL, 0, "everything once, as short as can be: a test, not a measurement", 2 },
	{ "seed", KEY_SEED, "N", 0, "seed of the random numbers", 2 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0, "a repeat that takes longer is broken (default 30 + 10 times its measuring)", 2 },
	{ "output", 'o', "FILE", 0, "append records to FILE (- is stdout)", 3 },
	{ "label", KEY_LABEL, "TEXT", 0, "what is measured, for comparisons", 3 },
	{ "block", KEY_BLOCK, "N", 0, "place in an A/B schedule", 3 },
	{ "turn", KEY_ORDER, "TEXT", 0, "its place inside the block, order in the records", 3 },
	{ "events", KEY_EVENTS, "LIST", 0, "perf events by libpfm4's names, or subsystem:tracepoint; \"\" for none", 3 },
	{ "memory-share", KEY_SHARE, "PERCENT", 0, "take at most so much of the available memory (default 50)", 4 },
	{ "use-pool", KEY_POOL, NULL, 0, "use free pages of the pool as it is instead of growing it", 4 },
	{ "marks", KEY_MARKS, "trace", OPTION_ARG_OPTIONAL, "tell an emulator's plugin, or the kernel's tracer, where operations begin and end (--explain of `hugefault ab`)", 4 },
	{ "describe", KEY_DESCRIBE, NULL, 0, "print the descriptor as one line of JSON", 5 },
	{ "verbose", 'v', NULL, 0, "say what is done", 5 },
	{ 0 },
};

/* A stressor's, beside those. */
static const struct argp_option replay[] = {
	{ "episode", KEY_EPISODE, "N", 0, "replay: this episode of the seed's schedule alone, over and over", 6 },
	{ "actors", KEY_ACTORS, "MASK", 0, "replay: only these actors act (bit 0 is the first)", 6 },
	{ "kinds", KEY_KINDS, "LIST", 0, "replay: only operations of these kinds are done", 6 },
	{ "steps", KEY_STEPS, "N", 0, "replay: only the first N steps of each actor", 6 },
	{ "shrink", KEY_SHRINK, NULL, 0, "after a failure look for the smallest part of its episode that still fails", 6 },
	{ 0 },
};

/* One line, then the exit status for a wrong command line. */
static int refuse(struct argp_state *state, const char *fmt, const char *a, const char *b)
{
	struct context *ctx = state->input;

	if (!ctx->said) {
		fprintf(stderr, "%s: ", ctx->bench->name);
		fprintf(stderr, fmt, a, b);
		fprintf(stderr, "\n");
	}
	ctx->said = true;
	return EINVAL;
}

static int number(struct argp_state *state, const char *name, const char *arg, uint64_t min, uint64_t max, uint64_t *v)
{
	int err = hf_parse_u64(arg, min, max, v);
	char range[96];

	if (!err)
		return 0;
	snprintf(range, sizeof(range), "not a whole number from %llu to %llu", (unsigned long long)min, (unsigned long long)max);
	if (max == INT64_MAX)
		snprintf(range, sizeof(range), "not a whole number");
	fprintf(stderr, "%s: %s %s: %s\n", ((struct context *)state->input)->bench->name, name, arg, range);
	((struct context *)state->input)->said = true;
	return EINVAL;
}

static int seconds(struct argp_state *state, const char *name, const char *arg, double *v)
{
	uint64_t ns;

	if (hf_parse_ns(arg, 1000000, 86400000000000u, &ns))
		return refuse(state, "%s %s: not a time from 1ms to 24h (plain numbers are seconds)", name, arg);
	*v = (double)ns / 1e9;
	return 0;
}

static int param(struct argp_state *state, int i, const char *arg)
{
	struct context *ctx = state->input;
	const struct hf_param *p = &ctx->bench->params[i];
	char text[HF_TEXT_MAX], line[256];
	const char *s = arg;
	int64_t v;

	while (s) { /* a list is a sweep */
		char one[HF_TEXT_MAX];
		size_t len = strcspn(s, ",");
		int err = len < sizeof(one) ? 0 : -EINVAL;

		snprintf(one, sizeof(one), "%.*s", (int)len, s);
		if (!err)
			err = hf_point_value(p, one, &v, text);
		if (err == -ERANGE)
			snprintf(line, sizeof(line), "out of range %s..%s", p->min, p->max);
		else if (p->type == HF_CHOICE)
			snprintf(line, sizeof(line), "not one of %s", p->min);
		else
			snprintf(line, sizeof(line), "not a valid %s", p->type == HF_SIZE ? "size (suffix K, M, G or T)" : p->type == HF_TIME ? "time (suffix ns, us, ms or s)" : "number");
		if (err) {
			fprintf(stderr, "%s: --%s=%s: %s\n", ctx->bench->name, p->name, arg, line);
			ctx->said = true;
			return EINVAL;
		}
		s = s[len] ? s + len + 1 : NULL;
	}
	ctx->opts->given[i] = arg;
	return 0;
}

/* The mask of a list of operations by name. */
static int parse_kinds(struct argp_state *state, const char *arg, uint64_t *mask)
{
	struct context *ctx = state->input;
	const struct hf_op *op = ctx->bench->stress->ops;

	*mask = 0;
	for (const char *s = arg; s;) {
		size_t len = strcspn(s, ",");
		int i = 0;

		while (op[i].name && (strlen(op[i].name) != len || strncmp(op[i].name, s, len)))
			i++;
		if (!op[i].name)
			return refuse(state, "--kinds=%s: no such operation", arg, NULL);
		*mask |= UINT64_C(1) << i;
		s = s[len] ? s + len + 1 : NULL;
	}
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct context *ctx = state->input;
	struct hf_opts *o = ctx->opts;
	char why[160];
	uint64_t v;
	int err;

	if (key >= KEY_PARAM && key < KEY_PARAM + HF_PARAMS_MAX)
		return param(state, key - KEY_PARAM, arg);
	switch (key) {
	case 't':
		err = number(state, "-t", arg, 1, HF_TASKS_MAX, &v);
		if (!err && v > 1 && !ctx->bench->modes)
			return refuse(state, "-t %s: this benchmark has one task", arg, NULL);
		o->tasks = err ? 0 : (unsigned int)v;
		return err;
	case 'P':
	case 'T':
		if (!(ctx->bench->modes & (key == 'P' ? HF_PROCESSES : HF_THREADS)))
			return refuse(state, "%s: this benchmark's tasks cannot be %s", key == 'P' ? "-P" : "-T", key == 'P' ? "processes" : "threads");
		o->processes = key == 'P';
		o->threads = key == 'T';
		return 0;
	case 'c':
		o->cpus = arg;
		return 0;
	case 'n':
		err = number(state, "-n", arg, 0, 1023, &v);
		o->node = err ? -1 : (int)v;
		return err;
	case 'd':
		return seconds(state, "-d", arg, &o->seconds);
	case 'w':
		return seconds(state, "-w", arg, &o->warm_s);
	case KEY_TIMEOUT:
		return seconds(state, "--timeout", arg, &o->timeout_s);
	case 'r':
		err = number(state, "-r", arg, 1, 1000, &v);
		o->repeats = err ? 0 : (unsigned int)v;
		return err;
	case KEY_OPS:
		return number(state, "--ops", arg, 1, UINT32_MAX, &o->ops);
	case KEY_MARKS:
		if (arg && strcmp(arg, "trace") != 0)
			return refuse(state, "--marks must be trace, not '%s'", arg, NULL);
		if (arg && (err = hf_mark_trace()))
			return refuse(state, "--marks=trace: the tracer's files cannot be written: %s", hf_err_name(err), NULL);
		if (!arg && !hf_mark_possible())
			return refuse(state, "--marks: not on this architecture", NULL, NULL);
		o->marks = true;
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case KEY_SEED:
		o->have_seed = true;
		return number(state, "--seed", arg, 0, INT64_MAX, &o->seed);
	case KEY_LABEL:
		o->label = arg;
		return 0;
	case KEY_ORDER:
		o->order = arg;
		return 0;
	case KEY_BLOCK:
		err = number(state, "--block", arg, 0, INT32_MAX, &v);
		o->block = err ? -1 : (int64_t)v;
		return err;
	case KEY_QUICK:
		o->profile = HF_PROFILE_QUICK;
		return 0;
	case KEY_FULL:
		o->profile = HF_PROFILE_FULL;
		return 0;
	case KEY_PROFILE:
		if (strcmp(arg, "quick") && strcmp(arg, "full"))
			return refuse(state, "--profile=%s: neither quick nor full", arg, NULL);
		o->profile = arg[0] == 'q' ? HF_PROFILE_QUICK : HF_PROFILE_FULL;
		return 0;
	case KEY_EVENTS:
		if (hf_perf_check(arg, why, sizeof(why)))
			return refuse(state, "--events: %s", why, NULL);
		o->events = arg;
		return 0;
	case KEY_SHARE:
		err = number(state, "--memory-share", arg, 1, 95, &v);
		o->memory_share = err ? 0 : (double)v / 100;
		return err;
	case KEY_POOL:
		o->use_pool = true;
		return 0;
	case KEY_EPISODE:
		err = number(state, "--episode", arg, 0, INT64_MAX, &v);
		o->episode = err ? -1 : (int64_t)v;
		return err;
	case KEY_ACTORS:
		return number(state, "--actors", arg, 1, (1 << HF_ACTORS_MAX) - 1, &o->actors);
	case KEY_KINDS:
		return parse_kinds(state, arg, &o->kinds);
	case KEY_STEPS:
		err = number(state, "--steps", arg, 1, HF_STEPS_MAX, &v);
		o->steps = err ? 0 : (unsigned int)v;
		return err;
	case KEY_SHRINK:
		o->shrink = true;
		return 0;
	case KEY_SMOKE:
		o->smoke = true;
		o->repeats = 1;
		return 0;
	case KEY_DESCRIBE:
		hf_describe_print(ctx->bench);
		exit(fflush(stdout) ? HF_EXIT_BROKEN : HF_EXIT_OK);
	case 'v':
		o->verbose = true;
		return 0;
	case ARGP_KEY_ARG:
		return refuse(state, "unexpected argument '%s'", arg, NULL);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The common options, then one per parameter. */
static struct argp_option *all_options(const struct hf_bench *bench)
{
	size_t n_common = sizeof(common) / sizeof(common[0]) - 1, n_replay = bench->stress ? sizeof(replay) / sizeof(replay[0]) - 1 : 0, n = 0;
	struct argp_option *opt;

	while (bench->params[n].name)
		n++;
	opt = calloc(n_common + n + n_replay + 1, sizeof(*opt));
	if (!opt)
		return NULL;
	memcpy(opt + n_common + n, replay, n_replay * sizeof(*opt));
	memcpy(opt, common, n_common * sizeof(*opt));
	for (size_t i = 0; i < n; i++) {
		const struct hf_param *p = &bench->params[i];
		char *help;

		for (size_t c = 0; c < n_common; c++) /* of two long options with one name the parameter's is meant; the letter stays */
			if (opt[c].name && strcmp(opt[c].name, p->name) == 0)
				opt[c].name = NULL;
		if (asprintf(&help, "%s (%s%s%s; default %s)", p->help, p->type == HF_CHOICE ? "" : p->min, p->type == HF_CHOICE ? "" : "..",
			     p->type == HF_CHOICE ? p->min : p->max, p->def) < 0)
			return NULL;
		opt[n_common + i] = (struct argp_option){ p->name, KEY_PARAM + (int)i, p->type == HF_SIZE ? "SIZE" : p->type == HF_TIME ? "TIME" : p->type == HF_CHOICE ? "WORD" : "N", 0, help, -3 };
	}
	return opt;
}

static char *help_text(const struct hf_bench *bench)
{
	const struct hf_param *p = bench->params;
	char *doc;

	if (asprintf(&doc,
		     "%s\v"
		     "A parameter takes a list (--%s=A,B) to measure several points. Exit status: 0 ok, 1 a check failed (kernel suspect), 2 usage, "
		     "3 broken (ours or the machine's fault), 4 skipped (needs not met, all of them named).\n\n"
		     "Examples:\n"
		     "  %s -d 5 -o out.jsonl\n"
		     "  %s --profile=quick --label=base -o base.jsonl\n"
		     "  %s --%s=%s -r 10 -v",
		     bench->summary, p[0].name ? p[0].name : "param", bench->name, bench->name, bench->name, p[0].name ? p[0].name : "seed",
		     p[0].name ? p[0].def : "1") < 0)
		return NULL;
	return doc;
}

int hf_options_parse(const struct hf_bench *bench, int argc, char **argv, struct hf_opts *opts)
{
	struct context ctx = { .bench = bench, .opts = opts };
	struct argp argp = { .options = all_options(bench), .parser = parse, .doc = help_text(bench) };
	int at = 0, err;

	argp_program_version = "hugefault " HF_VERSION;
	*opts = (struct hf_opts){ .episode = -1, .actors = UINT64_MAX, .kinds = UINT64_MAX, .label = "", .block = -1, .node = -1, .repeats = bench->stress ? 1 : 5, .seconds = 1, .warm_s = bench->warm_s > 0 ? bench->warm_s : 1, .memory_share = 0.5, .events = hf_perf_default(), .argc = argc, .argv = argv };
	if (!argp.options || !argp.doc) {
		fprintf(stderr, "%s: out of memory\n", bench->name);
		return HF_EXIT_BROKEN;
	}
	for (int i = 1; i < argc; i++) /* argp's own --help and --version end the program; with ARGP_NO_ERRS they would not */
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-?") || !strcmp(argv[i], "--usage") || !strcmp(argv[i], "--version") || !strcmp(argv[i], "-V"))
			argp_parse(&argp, argc, argv, 0, NULL, &ctx);
	err = argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_EXIT, &at, &ctx);
	if (!err)
		return 0;
	if (!ctx.said)
		fprintf(stderr, "%s: %s: unknown option, or one without its value (see --help)\n", bench->name, at > 0 && at <= argc ? argv[at - 1] : "?");
	return HF_EXIT_USAGE;
}
