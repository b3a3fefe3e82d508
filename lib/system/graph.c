// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions of operations, from the text of the function_graph tracer. */
#include "system/graph.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

#define DEPTH 128
#define FUNCTIONS 2048
#define TASKS 64
#define METRICS 32
#define PENDING 8

struct used {
	uint64_t calls, self, total;
};

/* What was seen of each function: by its number, and which of them at all. */
struct sum {
	struct used at[FUNCTIONS];
	uint64_t ns; /* of the outermost ones */
};

struct region {
	char metric[64];
	uint64_t ns, ops;
	struct sum *sum;
};

/* A task that sends marks or calls functions. */
struct task {
	uint64_t pid;
	bool counting, lost;
	struct {
		int function;
		uint64_t inner;
	} stack[DEPTH];
	unsigned int depth;
	struct sum tree, whole; /* of the outermost call that is not over; of the region */
	struct region pending[PENDING];
	unsigned int n_pending;
	char text[4096];
};

/* A region that counts, with the functions that were called in it. */
struct sample {
	uint64_t traced, ns, ops;
	struct {
		int function;
		struct used used;
	} * call;
	int n_calls;
};

struct metric {
	char name[64];
	struct sample *sample;
	size_t n;
};

struct hf_graph {
	FILE *out;
	char *name[FUNCTIONS];
	int n_names;
	struct task *task[TASKS];
	unsigned int n_tasks;
	struct metric *metric[METRICS];
	unsigned int n_metrics;
	bool in_section;
	uint64_t dropped;
};

struct hf_graph *hf_graph_new(FILE *out)
{
	struct hf_graph *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->out = out;
	fprintf(out, "unit ns\n");
	return g;
}

static void forget(struct task *t)
{
	while (t->n_pending)
		free(t->pending[--t->n_pending].sum);
}

static void free_metric(struct metric *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->sample[i].call);
	free(m->sample);
	free(m);
}

void hf_graph_free(struct hf_graph *g)
{
	for (int i = 0; i < g->n_names; i++)
		free(g->name[i]);
	for (unsigned int i = 0; i < g->n_tasks; i++) {
		forget(g->task[i]);
		free(g->task[i]);
	}
	for (unsigned int i = 0; i < g->n_metrics; i++)
		free_metric(g->metric[i]);
	free(g);
}

/* The number of a function, -1 when there are too many. */
static int function(struct hf_graph *g, const char *name, size_t len)
{
	for (int i = 0; i < g->n_names; i++)
		if (strncmp(g->name[i], name, len) == 0 && !g->name[i][len])
			return i;
	if (g->n_names == FUNCTIONS || !(g->name[g->n_names] = strndup(name, len)))
		return -1;
	return g->n_names++;
}

static struct task *task_of(struct hf_graph *g, uint64_t pid)
{
	struct task *t;

	for (unsigned int i = 0; i < g->n_tasks; i++)
		if (g->task[i]->pid == pid)
			return g->task[i];
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->pid = pid;
	if (g->n_tasks < TASKS) {
		g->task[g->n_tasks++] = t;
		return t;
	}
	/* Repeats are processes of their own: the oldest is over. */
	forget(g->task[0]);
	free(g->task[0]);
	memmove(g->task, g->task + 1, (TASKS - 1) * sizeof(g->task[0]));
	return g->task[TASKS - 1] = t;
}

static void add_used(struct used *to, const struct used *from)
{
	to->calls += from->calls;
	to->self += from->self;
	to->total += from->total;
}

static void add(struct sum *to, const struct sum *from, int n)
{
	for (int i = 0; i < n; i++)
		add_used(&to->at[i], &from->at[i]);
	to->ns += from->ns;
}

static void enter(struct hf_graph *g, struct task *t, const char *name)
{
	int f = function(g, name, strcspn(name, " ("));

	if (f < 0 || t->depth == DEPTH) {
		t->lost = true;
		return;
	}
	t->stack[t->depth].function = f;
	t->stack[t->depth++].inner = 0;
}

static void leave(struct hf_graph *g, struct task *t, uint64_t ns)
{
	struct used *u;

	if (!t->depth)
		return; /* called before the region began */
	t->depth--;
	u = &t->tree.at[t->stack[t->depth].function];
	u->calls++;
	u->self += ns > t->stack[t->depth].inner ? ns - t->stack[t->depth].inner : 0;
	u->total += ns;
	if (t->depth) {
		t->stack[t->depth - 1].inner += ns;
		return;
	}
	t->tree.ns = ns;
	add(&t->whole, &t->tree, g->n_names);
	memset(&t->tree, 0, sizeof(t->tree));
}

static void clear(struct task *t)
{
	t->depth = 0;
	memset(&t->tree, 0, sizeof(t->tree));
}

static uint64_t number(char **text)
{
	const char *w = strsep(text, " ");
	uint64_t v = 0;

	return w && !hf_parse_u64(w, 0, UINT64_MAX, &v) ? v : 0;
}

/* "METRIC TICKS OPS NS" */
static void region(struct task *t, char *text)
{
	struct region *r = &t->pending[t->n_pending];
	const char *name = strsep(&text, " ");

	if (t->n_pending == PENDING || !(r->sum = malloc(sizeof(*r->sum))))
		return;
	snprintf(r->metric, sizeof(r->metric), "%s", name);
	number(&text);
	r->ops = number(&text);
	r->ns = number(&text);
	*r->sum = t->whole;
	t->n_pending++;
}

static struct metric *metric_of(struct hf_graph *g, const char *name)
{
	struct metric *m;

	for (unsigned int i = 0; i < g->n_metrics; i++)
		if (strcmp(g->metric[i]->name, name) == 0)
			return g->metric[i];
	m = g->n_metrics < METRICS ? calloc(1, sizeof(*m)) : NULL;
	if (!m)
		return NULL;
	snprintf(m->name, sizeof(m->name), "%s", name);
	return g->metric[g->n_metrics++] = m;
}

static bool add_sample(struct metric *m, const struct region *r, int n_names)
{
	struct sample s = { .traced = r->sum->ns, .ns = r->ns, .ops = r->ops }, *more = realloc(m->sample, (m->n + 1) * sizeof(s));
	int n = 0;

	if (!more)
		return false;
	m->sample = more;
	for (int i = 0; i < n_names; i++)
		n += r->sum->at[i].calls > 0;
	s.call = malloc(((size_t)n + 1) * sizeof(*s.call));
	if (!s.call)
		return false;
	for (int i = 0; i < n_names; i++) {
		if (!r->sum->at[i].calls)
			continue;
		s.call[s.n_calls].function = i;
		s.call[s.n_calls++].used = r->sum->at[i];
	}
	m->sample[m->n++] = s;
	return true;
}

static void commit(struct hf_graph *g, struct task *t)
{
	for (unsigned int i = 0; i < t->n_pending; i++) {
		const struct region *r = &t->pending[i];
		struct metric *m = r->ops && !t->lost ? metric_of(g, r->metric) : NULL;

		if (!m || !add_sample(m, r, g->n_names))
			g->dropped++;
	}
	forget(t);
}

static int by_length(const void *pa, const void *pb)
{
	const struct sample *a = pa, *b = pb;

	return a->ns < b->ns ? -1 : a->ns > b->ns;
}

/* The middle half of the regions by their length: an interrupt, or a virtual CPU that had to wait, would weigh more than all others together. */
static void put_metric(struct hf_graph *g, struct metric *m)
{
	struct sum *sum = calloc(1, sizeof(*sum));

	fprintf(g->out, "metric %s\n", m->name);
	qsort(m->sample, m->n, sizeof(*m->sample), by_length);
	for (size_t i = m->n / 4; sum && i < m->n - m->n / 4; i++) {
		const struct sample *s = &m->sample[i];

		fprintf(g->out, "sample %llu %llu %llu\n", (unsigned long long)s->traced, (unsigned long long)s->ns, (unsigned long long)s->ops);
		for (int k = 0; k < s->n_calls; k++)
			add_used(&sum->at[s->call[k].function], &s->call[k].used);
	}
	for (int i = 0; sum && i < g->n_names; i++)
		if (sum->at[i].calls)
			fprintf(g->out, "function %s %llu %llu %llu\n", g->name[i], (unsigned long long)sum->at[i].calls,
				(unsigned long long)sum->at[i].self, (unsigned long long)sum->at[i].total);
	free(sum);
}

static void end_section(struct hf_graph *g)
{
	for (unsigned int i = 0; i < g->n_metrics; i++) {
		put_metric(g, g->metric[i]);
		free_metric(g->metric[i]);
	}
	g->n_metrics = 0;
	if (g->in_section)
		fprintf(g->out, "end\n");
	g->in_section = false;
}

/* A mark: its name, and its text with what came in parts before it. */
static void mark(struct hf_graph *g, struct task *t, char *rest)
{
	const char *name = strsep(&rest, " ");
	size_t len = strlen(t->text);

	snprintf(t->text + len, sizeof(t->text) - len, "%s", rest ? rest : "");
	if (strcmp(name, "part") == 0)
		return;
	if (strcmp(name, "begin") == 0) {
		clear(t);
		memset(&t->whole, 0, sizeof(t->whole));
		t->lost = false;
		t->counting = true;
	} else if (strcmp(name, "stop") == 0) {
		t->counting = false;
		clear(t); /* the call that sends the mark */
	} else if (strcmp(name, "region") == 0) {
		region(t, t->text);
	} else if (strcmp(name, "commit") == 0) {
		commit(g, t);
	} else if (strcmp(name, "drop") == 0) {
		forget(t);
	} else if (strcmp(name, "section") == 0) {
		end_section(g);
		fprintf(g->out, "section %s\n", t->text);
		g->in_section = true;
	}
	t->text[0] = '\0';
}

/* "12.345 us", perhaps after a sign that it is long, as ns */
static uint64_t duration(const char *s)
{
	uint64_t ns = 0, place = 1000;

	s += strcspn(s, "0123456789|");
	for (; *s >= '0' && *s <= '9'; s++)
		ns = 10 * ns + (uint64_t)(*s - '0') * 1000;
	if (*s == '.')
		for (s++; *s >= '0' && *s <= '9'; s++)
			ns += (uint64_t)(*s - '0') * (place /= 10);
	return ns;
}

void hf_graph_line(struct hf_graph *g, char *line)
{
	char *bar = strchr(line, '|'), *body, *pid;
	struct task *t;
	uint64_t id;
	size_t len;

	if (!bar && strstr(line, "LOST") && strstr(line, "EVENTS")) {
		for (unsigned int i = 0; i < g->n_tasks; i++)
			g->task[i]->lost = true;
		return;
	}
	/* " 0)  name-123   |   1.234 us    |    function();" */
	body = bar ? strchr(bar + 1, '|') : NULL;
	if (!body)
		return;
	*bar = '\0';
	pid = strrchr(line, '-');
	if (!pid)
		return;
	pid[1 + strspn(pid + 1, "0123456789")] = '\0';
	t = hf_parse_u64(pid + 1, 0, INT32_MAX, &id) ? NULL : task_of(g, id);
	if (!t)
		return;
	for (body++; *body == ' '; body++)
		;
	for (len = strlen(body); len && body[len - 1] == ' '; len--)
		body[len - 1] = '\0';
	if (strncmp(body, "/* hf:", 6) == 0) {
		if (len > 9 && strcmp(body + len - 3, " */") == 0)
			body[len - 3] = '\0';
		mark(g, t, body + 6);
	} else if (!t->counting) {
		return;
	} else if (*body == '}') {
		leave(g, t, duration(bar + 1));
	} else if (len > 3 && body[len - 1] == ';') {
		enter(g, t, body);
		leave(g, t, duration(bar + 1));
	} else if (len > 3 && body[len - 1] == '{') {
		enter(g, t, body);
	}
}

uint64_t hf_graph_end(struct hf_graph *g)
{
	end_section(g);
	fprintf(g->out, "complete\n");
	return g->dropped;
}
