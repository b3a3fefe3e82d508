/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The descriptor of a benchmark or stressor: everything that list, --help, --describe, records, lint and catalogue know of it.
 */
#ifndef HF_HARNESS_BENCH_H
#define HF_HARNESS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hf_run;
struct hf_task;
struct hf_mem;
struct hf_stress;

/**
 * enum hf_type - type of a parameter; all are given as text and parsed strictly
 * @HF_UINT:	unsigned integer
 * @HF_SIZE:	bytes, suffix K M G T
 * @HF_TIME:	nanoseconds, suffix ns us ms s; may be negative when the minimum is
 * @HF_CHOICE:	one of the words in .min ("a|b|c")
 */
enum hf_type { HF_UINT, HF_SIZE, HF_TIME, HF_CHOICE };

/**
 * struct hf_param - one parameter: a long option, a key of the record's params
 * @name:	without dashes
 * @type:	see enum hf_type
 * @def:	default; every default set runs as it is
 * @min, @max:	range, inclusive; for HF_CHOICE @min lists the words and @max is NULL
 * @help:	one line
 * @quick, @full: comma-separated points of the sweep of that profile; NULL: the default alone
 */
struct hf_param {
	const char *name;
	enum hf_type type;
	const char *def, *min, *max, *help, *quick, *full;
};

enum hf_better { HF_INFO, HF_LOWER, HF_HIGHER };

/**
 * enum hf_kind - where a metric's value comes from
 * @HF_KIND_TIMED:	intervals between hf_begin() and hf_end(), or of the race engine, in ns
 * @HF_KIND_VALUES:	values given by hf_value()
 * @HF_KIND_COUNT:	sum of hf_count()
 * @HF_KIND_SHARE:	hf_count() of this metric over hf_count() of @of
 * @HF_KIND_PER_S:	hf_count() of @of per second of measuring
 * @HF_KIND_INVERSE:	1e9 / location of the timed metric @of: how often a second it could be done back to back
 * @HF_KIND_BPS:	bytes per operation (hf_bytes()) over the location of timed metric @of, less that of timed metric @less if given
 * @HF_KIND_QUOTIENT:	value of metric @of over value of metric @less
 * @HF_KIND_VMSTAT:	change of kernel counter @of per operation
 * @HF_KIND_SLOPE:	least-squares slope of the pairs given by hf_pair(): y per unit of x
 * @HF_KIND_INTERCEPT:	y at x = 0 on the line of slope metric @of
 * @HF_KIND_FIT:	share of the variance of y that this line explains (r squared)
 * @HF_KIND_CURVE:	share by offset: one sample per bin, with the extra parameter @of (hf_curve())
 */
enum hf_kind {
	HF_KIND_TIMED,
	HF_KIND_VALUES,
	HF_KIND_COUNT,
	HF_KIND_SHARE,
	HF_KIND_PER_S,
	HF_KIND_INVERSE,
	HF_KIND_BPS,
	HF_KIND_QUOTIENT,
	HF_KIND_VMSTAT,
	HF_KIND_CURVE,
	HF_KIND_SLOPE,
	HF_KIND_INTERCEPT,
	HF_KIND_FIT,
};

struct hf_source {
	enum hf_kind kind;
	const char *of, *less;
	int faults; /* timed: page faults that an operation takes; the first timed metric has the descriptor's .faults instead */
	bool per_task; /* a rate of each task; all tasks together reach that many times as much */
};

#define HF_TIMED { HF_KIND_TIMED, NULL, NULL, 0, false }
#define HF_TIMED_FAULT { HF_KIND_TIMED, NULL, NULL, 1, false }
#define HF_VALUES { HF_KIND_VALUES, NULL, NULL, 0, false }
#define HF_COUNT { HF_KIND_COUNT, NULL, NULL, 0, false }
#define HF_SHARE(of) { HF_KIND_SHARE, of, NULL, 0, false }
#define HF_PER_S(of) { HF_KIND_PER_S, of, NULL, 0, false }
#define HF_INVERSE(of) { HF_KIND_INVERSE, of, NULL, 0, false }
#define HF_BPS(of) { HF_KIND_BPS, of, NULL, 0, false }
#define HF_BPS_EACH(of) { HF_KIND_BPS, of, NULL, 0, true }
#define HF_BPS_EACH_NET(of, less) { HF_KIND_BPS, of, less, 0, true }
#define HF_QUOTIENT(of, by) { HF_KIND_QUOTIENT, of, by, 0, false }
#define HF_VMSTAT(counter) { HF_KIND_VMSTAT, counter, NULL, 0, false }
#define HF_SLOPE { HF_KIND_SLOPE, NULL, NULL, 0, false }
#define HF_INTERCEPT(of) { HF_KIND_INTERCEPT, of, NULL, 0, false }
#define HF_FIT(of) { HF_KIND_FIT, of, NULL, 0, false }
#define HF_CURVE(param) { HF_KIND_CURVE, param, NULL, 0, false }

/**
 * struct hf_metric - one number that the benchmark states; those it is about come first
 * @name:	with its unit as suffix where it has one (fault_ns, clear_Bps)
 * @unit:	"ns", "B/s", "1/s", "1" (shares, quotients, per operation) or "count"
 * @better:	direction
 * @source:	one of the macros above
 * @help:	a sentence that defines it: numerator, denominator, what is not in it
 * @exact:	a count that must repeat exactly
 */
struct hf_metric {
	const char *name, *unit;
	enum hf_better better;
	struct hf_source source;
	const char *help;
	bool exact;
};

/**
 * struct hf_origin - where the scenario comes from
 * @suite:	"hugefault" when it is ours first; else the suite, thread or CVE
 * @test:	its name there
 * @note:	how ours relates to it
 */
struct hf_origin {
	const char *suite, *test, *note;
};

#define HF_ORIGIN(suite, test, note) { suite, test, note }

/**
 * enum hf_modes - what tasks may be; the first allowed of threads, processes is the default unless .prefer_processes is set
 */
enum hf_modes { HF_THREADS = 1, HF_PROCESSES = 2, HF_BOTH = 3 };

/**
 * struct hf_needs - what must be there, beside the pages that .memory asks for; unmet needs are all named at once (exit 4)
 * @cpus:	as many CPUs to pin tasks to
 * @nodes:	NUMA nodes
 * @root:	effective user 0
 * @files:	kernel files that must exist, NULL-terminated
 * @whole:	name of a size parameter: the run takes all memory of the machine, so only where its total memory is at most that, and without swap
 */
struct hf_needs {
	unsigned int cpus, nodes;
	bool root;
	const char *whole;
	const char *const *files;
};

/**
 * struct hf_setting - a kernel setting that the run needs; journalled, restored
 * @path:	the file
 * @value:	values that will do ("madvise|always"); when it has none of them the first is written
 */
struct hf_setting {
	const char *path, *value;
};

/**
 * struct hf_bracket - a hugetlb pool that the measured process resizes itself; journalled as a whole beforehand, taken back afterwards
 * @page:	page size of the pool
 * @node:	that node's pool file, or -1: the machine's
 * @most:	pages that it will have added at any moment, at most
 */
struct hf_bracket {
	size_t page;
	int node;
	uint64_t most;
};

#define HF_BRACKETS_MAX 4
#define HF_FAULTS_ANY (-1)

/**
 * struct hf_bench - a benchmark or stressor: the only global symbol of its file
 * @name:	the file's name without .c; "object-event", words joined by '-', no digits
 * @summary:	one line, no full stop
 * @paths:	kernel functions exercised, NULL-terminated, today's names first
 * @origin:	see struct hf_origin
 * @mem:	backing, NULL for none
 * @params:	NULL-name-terminated, see HF_PARAMS
 * @metrics:	NULL-name-terminated, see HF_METRICS
 * @needs:	see struct hf_needs
 * @settings:	NULL-path-terminated or NULL
 * @settings_for: more settings, for these parameters; may be NULL
 * @brackets:	fills @list (HF_BRACKETS_MAX) with the pools that the run resizes with these parameters (harness/resize.h); returns how many; may be NULL
 * @blocks:	the body takes memory blocks offline and back: each one's state is journalled before the measured process exists, so that whatever
 *		becomes of that, all come back
 * @traces:	"SUBSYSTEM:NAME" of tracepoints that the body reads (system/trace.h), NULL-terminated; the supervisor makes the instance of tracefs, and says so
 *		in the record when they cannot be had; NULL: none
 * @memcg:	the memory of its processes is charged to a cgroup of their own (v2), whose limit the body changes; without the controller there is none
 * @warm_ops:	so many operations are the warm-up, for operations of tens of milliseconds; 0: until the time per operation is steady, and proved
 *		to be proportional to their number
 * @modes:	what tasks may be; 0 means one task only
 * @prefer_processes: processes are the default
 * @tasks:	default number of tasks; 0 means 1
 * @all_cpus:	default number of tasks is one per CPU
 * @sweep_tasks: a profile also sweeps the number of tasks: 1, 2, 4 ... up to the CPUs
 * @user_space:	timed regions execute nothing of the kernel's: where the CPU is emulated its values are `info`, which decides nothing
 * @faults:	page faults that one operation of the first timed metric takes (proved before measuring), or HF_FAULTS_ANY: not proved
 * @min_backing: least share of checked operations that must have got the page size (default 1)
 * @warm_s:	limit of the warm-up of a repeat in seconds, unless the command line says; 0: 1
 * @memory:	bytes of backing that a run maps at most, all tasks together; NULL: none
 * @setup:	once per repeat, in its own process, before the tasks exist: map, prepare
 * @body:	in every task: loop while hf_running() (or hf_race())
 * @check:	after measuring, tasks idle: laws that must hold; hf_fail() where one does not
 * @teardown:	always after a setup that returned
 * @stress:	what makes it a stressor (harness/stress.h); its body is hf_stress_body()
 */
struct hf_bench {
	const char *name, *summary;
	const char *const *paths;
	struct hf_origin origin;
	const struct hf_mem *mem;
	const struct hf_param *params;
	const struct hf_metric *metrics;
	struct hf_needs needs;
	const struct hf_setting *settings;
	const struct hf_setting *(*settings_for)(const struct hf_run *run);
	unsigned int (*brackets)(const struct hf_run *run, struct hf_bracket *list);
	bool blocks, memcg;
	const char *const *traces;
	unsigned int warm_ops;
	enum hf_modes modes;
	bool prefer_processes;
	unsigned int tasks;
	bool all_cpus, sweep_tasks, user_space;
	int faults;
	double min_backing, warm_s;
	size_t (*memory)(const struct hf_run *run);
	void (*setup)(struct hf_run *run);
	void (*body)(struct hf_task *t);
	void (*check)(struct hf_run *run);
	void (*teardown)(struct hf_run *run);
	const struct hf_stress *stress;
};

#define HF_LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define HF_PARAMS(...) ((const struct hf_param[]){ __VA_ARGS__, { .name = NULL } })
#define HF_METRICS(...) ((const struct hf_metric[]){ __VA_ARGS__, { .name = NULL } })
#define HF_SETTINGS(...) ((const struct hf_setting[]){ __VA_ARGS__, { .path = NULL } })

/** hf_bench - the program's descriptor, defined by its one source file in bench/ or stress/ */
extern const struct hf_bench hf_bench;

#endif
