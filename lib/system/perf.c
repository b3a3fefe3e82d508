// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * perf events by name, through libpfm4. It knows CPU models by CPUID whether or not there is a PMU, and tracepoints only if
 * tracefs was mounted when it was initialised: so what exists is decided by perf_event_open() alone, and tracepoints are looked
 * up when they are opened.
 */
#include "system/perf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <perfmon/pfmlib.h>
#include <perfmon/pfmlib_perf_event.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/file.h"

/* Hardware groups are scheduled whole or not at all: more than the counters of a small PMU would never run. */
#define HARDWARE_GROUP 4

struct event {
	char name[64], why[96];
	int err, fd;
	unsigned int group, slot; /* place in what a read of the group returns */
	uint64_t base;
};

struct group {
	uint32_t pmu;
	int leader;
	unsigned int n;
	uint64_t base_enabled, base_running;
};

struct hf_perf {
	struct event event[HF_PERF_MAX];
	struct group group[HF_PERF_MAX];
	unsigned int n_events, n_groups;
};

/* PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING */
struct group_values {
	uint64_t n, enabled, running, value[HF_PERF_MAX];
};

/* Both set by pfm_once(). */
static int pfm_err;
static bool pfm_has_perf;

static void pfm_once(void)
{
	pfm_pmu_info_t info = { .size = sizeof(info) };

	pfm_err = pfm_initialize();
	/* not there when the kernel has no perf events at all */
	pfm_has_perf = pfm_err == PFM_SUCCESS && pfm_get_pmu_info(PFM_PMU_PERF_EVENT, &info) == PFM_SUCCESS && info.is_present;
}

static bool kernel_has_perf(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, pfm_once);
	return pfm_has_perf;
}

/* SUBSYSTEM:NAME. What follows the colon of an ordinary event is a modifier of one or two letters. */
static bool is_tracepoint(const char *name)
{
	const char *colon = strchr(name, ':');

	if (!colon || colon == name || strlen(colon + 1) < 3)
		return false;
	for (const char *p = name; *p; p++) {
		if (p != colon && !isalnum((unsigned char)*p) && *p != '_' && *p != '-')
			return false;
	}
	return true;
}

/* Return: 0 with *@attr filled (only its type for a tracepoint libpfm4 does not know), or -EINVAL and libpfm4's reason. */
static int encode(const char *name, struct perf_event_attr *attr, const char **why)
{
	pfm_perf_encode_arg_t arg = { .attr = attr, .size = sizeof(arg) };
	int err;

	memset(attr, 0, sizeof(*attr));
	err = pfm_get_os_event_encoding(name, PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &arg);
	if (err == PFM_ERR_NOTFOUND && is_tracepoint(name)) {
		memset(attr, 0, sizeof(*attr));
		attr->type = PERF_TYPE_TRACEPOINT;
		return 0;
	}
	*why = pfm_strerror(err);
	return err == PFM_SUCCESS ? 0 : -EINVAL;
}

/* Call @fn for each name of the list. Return: number of names, -E2BIG, -ENOMEM, or what @fn returned if that is not 0. */
static int each_name(const char *events, int (*fn)(void *arg, const char *name), void *arg)
{
	char *list = strdup(events), *rest = list, *name;
	int n = 0, err = 0;

	if (!list)
		return -ENOMEM;
	while (!err && *events && (name = strsep(&rest, ","))) {
		if (++n > HF_PERF_MAX)
			err = -E2BIG;
		else
			err = fn(arg, name);
	}
	free(list);
	return err ? err : n;
}

struct check {
	char *why;
	size_t room;
};

static int check_name(void *arg, const char *name)
{
	const struct check *check = arg;
	struct perf_event_attr attr;
	const char *reason = "bad name";

	if (*name && strlen(name) < sizeof(((struct event *)0)->name) && (!kernel_has_perf() || encode(name, &attr, &reason) == 0))
		return 0;
	snprintf(check->why, check->room, "unknown event '%s': %s", name, reason);
	return -EINVAL;
}

int hf_perf_check(const char *events, char *why, size_t room)
{
	struct check check = { why, room };
	int n;

	if (room)
		*why = '\0';
	n = each_name(events, check_name, &check);
	if (n == -E2BIG)
		snprintf(why, room, "more than %d events", HF_PERF_MAX);
	return n < 0 ? n : 0;
}

const char *hf_perf_default(void)
{
	return "page-faults,minor-faults,major-faults,context-switches,cpu-migrations,lock:contention_begin,kmem:mm_page_alloc,"
	       "cycles:u,cycles:k,instructions:u,instructions:k,dTLB-load-misses,dTLB-store-misses,LLC-load-misses";
}

__attribute__((format(printf, 3, 4))) static int fail(struct event *ev, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ev->why, sizeof(ev->why), fmt, ap);
	va_end(ap);
	ev->err = err;
	return err;
}

/* Tracefs may be mounted, also in a mount namespace of its own, at any time before this. */
static int tracepoint_id(struct event *ev, uint64_t *id)
{
	static const char *const top[] = { "/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events" };
	const char *colon = strchr(ev->name, ':');
	bool mounted = false, denied = false;

	for (size_t i = 0; i < sizeof(top) / sizeof(top[0]); i++) {
		char path[PATH_MAX];
		int err, dir;

		snprintf(path, sizeof(path), "%s/%.*s/%s/id", top[i], (int)(colon - ev->name), ev->name, colon + 1);
		err = hf_file_read_u64(path, id);
		if (!err)
			return 0;
		denied |= err == -EACCES || err == -EPERM;
		dir = hf_file_open(top[i], O_RDONLY | O_DIRECTORY);
		if (dir >= 0) {
			mounted = true;
			close(dir);
		}
	}
	if (denied)
		return fail(ev, -EACCES, "tracefs is for root only here");
	if (mounted)
		return fail(ev, -ENOENT, "this kernel has no such tracepoint");
	return fail(ev, -ENOENT, "tracefs not mounted (mount -t tracefs tracefs /sys/kernel/tracing)");
}

static bool is_hardware(const struct perf_event_attr *attr)
{
	return attr->type != PERF_TYPE_SOFTWARE && attr->type != PERF_TYPE_TRACEPOINT && attr->type != PERF_TYPE_BREAKPOINT;
}

/* Every PMU counts cycles. */
static bool no_pmu(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	int fd = perf_event_open(&attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ENODEV || errno == EOPNOTSUPP;
	close(fd);
	return false;
}

static int explain(struct event *ev, const struct perf_event_attr *attr, int err)
{
	char paranoid[16] = "?";

	/* Permission is checked before the PMU is looked for: name what no permission would help. */
	if (is_hardware(attr) && no_pmu())
		return fail(ev, -ENOENT, "no hardware performance counters on this machine (usual in virtual machines)");
	switch (err) {
	case EACCES:
	case EPERM:
		hf_file_read("/proc/sys/kernel/perf_event_paranoid", paranoid, sizeof(paranoid));
		return fail(ev, -EACCES, "perf_event_paranoid is %s: needs CAP_PERFMON%s", paranoid,
			    is_hardware(attr) || attr->type == PERF_TYPE_SOFTWARE ? ", or count user space alone (:u)" : "");
	case ENOENT:
	case ENODEV:
	case EOPNOTSUPP:
		return fail(ev, -err, "not counted by this machine's counters");
	case ENOSYS:
		return fail(ev, -err, "this kernel has no perf events");
	default:
		return fail(ev, -err, "%s", strerror(err));
	}
}

/* Events whose counts may share a group. Software events and tracepoints go together, all forms of CPU events do. */
static uint32_t pmu_of(const struct perf_event_attr *attr)
{
	switch (attr->type) {
	case PERF_TYPE_TRACEPOINT:
		return PERF_TYPE_SOFTWARE;
	case PERF_TYPE_HW_CACHE:
	case PERF_TYPE_RAW:
		return PERF_TYPE_HARDWARE;
	default:
		return attr->type;
	}
}

static struct group *group_with_room(struct hf_perf *perf, uint32_t pmu)
{
	for (unsigned int i = 0; i < perf->n_groups; i++) {
		struct group *g = &perf->group[i];

		if (g->pmu == pmu && (pmu == PERF_TYPE_SOFTWARE || g->n < HARDWARE_GROUP))
			return g;
	}
	return NULL;
}

static void open_event(struct hf_perf *perf, struct event *ev)
{
	struct perf_event_attr attr;
	struct group *g;
	const char *why;

	if (!kernel_has_perf()) {
		fail(ev, -ENOSYS, "this kernel has no perf events");
		return;
	}
	if (encode(ev->name, &attr, &why)) {
		fail(ev, -EINVAL, "%s", why);
		return;
	}
	if (attr.type == PERF_TYPE_TRACEPOINT && !attr.config) {
		uint64_t id;

		if (tracepoint_id(ev, &id))
			return;
		attr.config = id;
	}
	attr.size = sizeof(attr);
	attr.sample_period = 0;
	attr.freq = 0;
	attr.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;

	g = group_with_room(perf, pmu_of(&attr));
	if (g)
		ev->fd = perf_event_open(&attr, 0, -1, g->leader, PERF_FLAG_FD_CLOEXEC);
	if (ev->fd < 0) {
		/* the first of its kind, or one that cannot be counted together with the others */
		attr.disabled = 1;
		ev->fd = perf_event_open(&attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
		if (ev->fd < 0) {
			explain(ev, &attr, errno);
			return;
		}
		g = &perf->group[perf->n_groups++];
		*g = (struct group){ .pmu = pmu_of(&attr), .leader = ev->fd };
	}
	ev->group = (unsigned int)(g - perf->group);
	ev->slot = g->n++;
}

static int add_name(void *arg, const char *name)
{
	struct hf_perf *perf = arg;
	struct event *ev = &perf->event[perf->n_events++];

	snprintf(ev->name, sizeof(ev->name), "%s", name);
	ev->fd = -1;
	open_event(perf, ev);
	return 0;
}

int hf_perf_open(struct hf_perf **out, const char *events)
{
	struct hf_perf *perf;
	char why[128];
	int n, err = hf_perf_check(events, why, sizeof(why));

	if (err)
		return err;
	perf = calloc(1, sizeof(*perf));
	if (!perf)
		return -ENOMEM;
	n = each_name(events, add_name, perf);
	if (n < 0) {
		hf_perf_close(perf);
		return n;
	}
	*out = perf;
	return 0;
}

static int read_group(const struct group *g, struct group_values *v)
{
	ssize_t got = read(g->leader, v, sizeof(*v));

	if (got < 0)
		return -errno;
	return (size_t)got >= (3 + g->n) * sizeof(uint64_t) ? 0 : -EIO;
}

/* PERF_EVENT_IOC_RESET leaves the times alone: zero is what a group read before it was started. */
void hf_perf_start(struct hf_perf *perf)
{
	for (unsigned int i = 0; i < perf->n_groups; i++) {
		struct group *g = &perf->group[i];
		struct group_values v;

		if (read_group(g, &v))
			continue; /* hf_perf_read() meets the same error */
		g->base_enabled = v.enabled;
		g->base_running = v.running;
		for (unsigned int e = 0; e < perf->n_events; e++) {
			struct event *ev = &perf->event[e];

			if (!ev->err && ev->group == i)
				ev->base = v.value[ev->slot];
		}
	}
	for (unsigned int i = 0; i < perf->n_groups; i++)
		ioctl(perf->group[i].leader, PERF_EVENT_IOC_ENABLE, 0);
}

/* In the opposite order, so that no group counts the starting and stopping of the others. */
void hf_perf_stop(struct hf_perf *perf)
{
	for (unsigned int i = perf->n_groups; i-- > 0;)
		ioctl(perf->group[i].leader, PERF_EVENT_IOC_DISABLE, 0);
}

static void event_value(const struct event *ev, const struct group *g, const struct group_values *v, struct hf_perf_value *value)
{
	uint64_t count = v->value[ev->slot] - ev->base;

	value->enabled = v->enabled - g->base_enabled;
	value->running = v->running - g->base_running;
	value->value = (double)count;
	if (value->running && value->running < value->enabled)
		value->value *= (double)value->enabled / (double)value->running;
	if (value->enabled && !value->running) {
		value->err = -EBUSY;
		snprintf(value->why, sizeof(value->why), "no counter was free while it was enabled");
	}
}

unsigned int hf_perf_read(struct hf_perf *perf, struct hf_perf_value *value)
{
	for (unsigned int i = 0; i < perf->n_events; i++) {
		const struct event *ev = &perf->event[i];

		value[i] = (struct hf_perf_value){ .err = ev->err };
		memcpy(value[i].name, ev->name, sizeof(value[i].name));
		memcpy(value[i].why, ev->why, sizeof(value[i].why));
	}
	for (unsigned int g = 0; g < perf->n_groups; g++) {
		struct group_values v;
		int err = read_group(&perf->group[g], &v);

		for (unsigned int i = 0; i < perf->n_events; i++) {
			const struct event *ev = &perf->event[i];

			if (ev->err || ev->group != g)
				continue;
			if (!err) {
				event_value(ev, &perf->group[g], &v, &value[i]);
				continue;
			}
			value[i].err = err;
			snprintf(value[i].why, sizeof(value[i].why), "reading it: %s", strerror(-err));
		}
	}
	return perf->n_events;
}

void hf_perf_close(struct hf_perf *perf)
{
	if (!perf)
		return;
	/* siblings before leaders: a sibling outlives its leader as an event of its own */
	for (unsigned int i = perf->n_events; i-- > 0;) {
		if (perf->event[i].fd >= 0)
			close(perf->event[i].fd);
	}
	free(perf);
}
