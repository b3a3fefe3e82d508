// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * insns.so: a plugin of QEMU's that counts the kernel instructions executed by a CPU between the marks of an operation (lib/system/mark.h), by address.
 * Argument out=FILE. It writes, line by line:
 *   symbol ADDRESS TYPE NAME [MODULE]	what the guest sent of /proc/kallsyms
 *   section TEXT			a repeat of a point begins; the lines below belong to it
 *   metric NAME
 *   sample INSNS TICKS OPS		a timed region: kernel instructions, length by the guest's clock, operations in it
 *   at ADDRESS INSNS			how often the instruction there was executed in all those regions together
 *   end				of the section
 *   complete				the last line
 * Counted is every kernel instruction of that CPU but for interrupts: what the operation executes, and other tasks when it sleeps. An interrupt is what is executed from the first instruction
 * of its entry (asm_sysvec_*, asm_common_interrupt) to its iretq, with the softirqs at its end and exceptions inside it; without symbols they cannot be told, and are counted. One iteration
 * of a string instruction is an instruction; one that faults is counted when it is begun again, too. CPUs must be emulated one at a time (-icount, or thread=single).
 */
#include "guest/plugin/qemu.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/mark.h"

#define CPUS 8
#define METRICS 32
#define NAME_MAX_LEN 64
#define PENDING 8
#define ENTRIES 256
#define KERNEL UINT64_C(0xffff800000000000)
#define TABLE_BITS 20

/* What an instruction means for the nesting of interrupts */
enum role { PLAIN, INTERRUPT, EXCEPTION, RETURN };

/* An instruction, with what each CPU has executed of it in its present region. */
struct cell {
	uint64_t vaddr, now[CPUS];
	size_t index;
	enum role role;
	struct cell *next;
};

struct sample {
	uint64_t insns, ticks, ops;
};

/* A region that is no sample yet. */
struct region {
	char metric[NAME_MAX_LEN];
	struct sample sample;
	struct {
		struct cell *cell;
		uint64_t n;
	} * at;
	size_t n_at;
};

struct cpu {
	bool counting;
	unsigned int nested; /* in an interrupt: it, and exceptions and interrupts inside it */
	uint64_t insns;
	struct cell **touched;
	size_t n_touched, room;
	char text[HF_MARK_TEXT_MAX];
	size_t len;
	struct region pending[PENDING];
	unsigned int n_pending;
};

struct metric {
	char name[NAME_MAX_LEN];
	struct sample *sample;
	size_t n, room;
	uint64_t *count; /* by index of the cell */
	size_t n_count;
};

QEMU_PLUGIN_EXPORT extern int qemu_plugin_version;
QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static struct cell *table[1u << TABLE_BITS], **cells;
static size_t n_cells, room_cells;
static struct cpu cpus[CPUS];
static struct metric metrics[METRICS];
static unsigned int n_metrics;
static struct {
	uint64_t vaddr;
	enum role role;
} entries[ENTRIES];
static unsigned int n_entries;
static bool in_section;
static bool armed; /* the kernel's instructions are looked at: from the first region on, as it slows the guest down */
static qemu_plugin_id_t self;
static FILE *out;

static void *must(void *p)
{
	if (p)
		return p;
	fprintf(stderr, "insns.so: out of memory\n");
	abort();
}

static struct cell *find(uint64_t vaddr)
{
	struct cell **at = &table[(vaddr * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - TABLE_BITS)];

	while (*at && (*at)->vaddr != vaddr)
		at = &(*at)->next;
	if (*at)
		return *at;
	*at = must(calloc(1, sizeof(**at)));
	(*at)->vaddr = vaddr;
	(*at)->index = n_cells;
	if (n_cells == room_cells)
		cells = must(realloc(cells, (room_cells = room_cells ? 2 * room_cells : 4096) * sizeof(*cells)));
	cells[n_cells++] = *at;
	return *at;
}

static void on_insn(unsigned int cpu, void *arg)
{
	struct cell *cell = arg;
	struct cpu *c = &cpus[cpu];

	if (!c->counting)
		return;
	if (__builtin_expect(cell->role != PLAIN || c->nested, 0)) {
		if (cell->role == INTERRUPT || (cell->role == EXCEPTION && c->nested)) {
			c->nested++;
			return;
		}
		if (c->nested) {
			c->nested -= cell->role == RETURN;
			return;
		}
	}
	c->insns++;
	if (cell->now[cpu]++)
		return;
	if (c->n_touched == c->room)
		c->touched = must(realloc(c->touched, (c->room = c->room ? 2 * c->room : 4096) * sizeof(*c->touched)));
	c->touched[c->n_touched++] = cell;
}

static void forget(struct cpu *c)
{
	for (unsigned int i = 0; i < c->n_pending; i++)
		free(c->pending[i].at);
	c->n_pending = 0;
}

static struct metric *metric_of(const char *name)
{
	for (unsigned int i = 0; i < n_metrics; i++)
		if (strcmp(metrics[i].name, name) == 0)
			return &metrics[i];
	if (n_metrics == METRICS)
		return NULL;
	memset(&metrics[n_metrics], 0, sizeof(metrics[0]));
	snprintf(metrics[n_metrics].name, sizeof(metrics[0].name), "%s", name);
	return &metrics[n_metrics++];
}

/* Pending regions become samples of the section. */
static void commit(struct cpu *c)
{
	for (unsigned int i = 0; i < c->n_pending; i++) {
		struct region *r = &c->pending[i];
		struct metric *m = metric_of(r->metric);

		if (!m)
			continue;
		if (m->n == m->room)
			m->sample = must(realloc(m->sample, (m->room = m->room ? 2 * m->room : 64) * sizeof(*m->sample)));
		m->sample[m->n++] = r->sample;
		if (m->n_count < n_cells) {
			m->count = must(realloc(m->count, n_cells * sizeof(*m->count)));
			memset(m->count + m->n_count, 0, (n_cells - m->n_count) * sizeof(*m->count));
			m->n_count = n_cells;
		}
		for (size_t k = 0; k < r->n_at; k++)
			m->count[r->at[k].cell->index] += r->at[k].n;
	}
	forget(c);
}

/* The next word of a text of ours (lib/harness/run.c). */
static uint64_t number(char **text)
{
	uint64_t v = 0;

	for (const char *s = strsep(text, " "); s && *s >= '0' && *s <= '9'; s++)
		v = 10 * v + (uint64_t)(*s - '0');
	return v;
}

/* What was counted last is a sample of the metric that the text names; it stays counted, as it may be one of another, too. */
static void region(unsigned int cpu)
{
	struct cpu *c = &cpus[cpu];
	struct region *r = &c->pending[c->n_pending];
	char *text = c->text;
	const char *name;

	if (c->n_pending == PENDING)
		return;
	memset(r, 0, sizeof(*r));
	name = strsep(&text, " ");
	snprintf(r->metric, sizeof(r->metric), "%s", name);
	r->sample.ticks = number(&text);
	r->sample.ops = number(&text);
	r->sample.insns = c->insns;
	r->at = must(malloc((c->n_touched + 1) * sizeof(*r->at)));
	for (size_t i = 0; i < c->n_touched; i++) {
		r->at[i].cell = c->touched[i];
		r->at[i].n = c->touched[i]->now[cpu];
	}
	r->n_at = c->n_touched;
	c->n_pending++;
}

static int by_address(const void *a, const void *b)
{
	uint64_t x = cells[*(const size_t *)a]->vaddr, y = cells[*(const size_t *)b]->vaddr;

	return x < y ? -1 : x > y;
}

static void put_metric(struct metric *m)
{
	size_t *order = must(malloc((m->n_count + 1) * sizeof(*order))), n = 0;

	fprintf(out, "metric %s\n", m->name);
	for (size_t i = 0; i < m->n; i++)
		fprintf(out, "sample %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", m->sample[i].insns, m->sample[i].ticks, m->sample[i].ops);
	for (size_t i = 0; i < m->n_count; i++)
		if (m->count[i])
			order[n++] = i;
	qsort(order, n, sizeof(*order), by_address);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "at %" PRIx64 " %" PRIu64 "\n", cells[order[i]]->vaddr, m->count[order[i]]);
	free(order);
	free(m->sample);
	free(m->count);
}

static void end_section(void)
{
	if (!in_section)
		return;
	for (unsigned int i = 0; i < n_metrics; i++)
		put_metric(&metrics[i]);
	n_metrics = 0;
	fprintf(out, "end\n");
	fflush(out);
	in_section = false;
}

static void begin_counting(unsigned int cpu)
{
	struct cpu *c = &cpus[cpu];

	for (size_t i = 0; i < c->n_touched; i++)
		c->touched[i]->now[cpu] = 0;
	c->n_touched = 0;
	c->insns = 0;
	c->nested = 0;
	c->counting = true;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);

static void at_exit(qemu_plugin_id_t id, void *arg)
{
	(void)id;
	(void)arg;
	end_section();
	fprintf(out, "complete\n");
	if (fclose(out))
		perror("insns.so: out");
}

/* Everything is translated again after a reset, and nothing called unless asked for again. */
static void arm(qemu_plugin_id_t id)
{
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
}

/* A line of /proc/kallsyms: entries of interrupts and exceptions are remembered (arch/x86/include/asm/idtentry.h names them). */
static void symbol(const char *text)
{
	static const char digits[] = "0123456789abcdef";
	const char *name = text, *digit;
	uint64_t vaddr = 0;
	enum role role;

	fprintf(out, "symbol %s\n", text);
	for (; *name && (digit = strchr(digits, *name)); name++)
		vaddr = 16 * vaddr + (uint64_t)(digit - digits);
	if (strlen(name) < 3 || n_entries == ENTRIES)
		return;
	name += 3; /* " T " */
	if (strncmp(name, "asm_sysvec_", 11) == 0 || strcmp(name, "asm_common_interrupt") == 0)
		role = INTERRUPT;
	else if (strncmp(name, "asm_exc_", 8) == 0)
		role = EXCEPTION;
	else
		return;
	entries[n_entries].vaddr = vaddr;
	entries[n_entries++].role = role;
}

/* iretq is the end of every interrupt and exception that the kernel was executing when it came. */
static enum role role_of(const struct qemu_plugin_insn *insn, uint64_t vaddr)
{
	static const unsigned char iretq[] = { 0x48, 0xcf };

	if (qemu_plugin_insn_size(insn) == sizeof(iretq) && memcmp(qemu_plugin_insn_data(insn), iretq, sizeof(iretq)) == 0)
		return RETURN;
	for (unsigned int i = 0; i < n_entries; i++)
		if (entries[i].vaddr == vaddr)
			return entries[i].role;
	return PLAIN;
}

static void on_mark(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *arg)
{
	struct cpu *c = &cpus[cpu];
	unsigned int code = vaddr % HF_MARK_PAGE;

	(void)info;
	(void)arg;
	if (code >= HF_MARK_BYTE) {
		if (code < HF_MARK_BYTE + 256 && c->len < sizeof(c->text) - 1)
			c->text[c->len++] = (char)(code - HF_MARK_BYTE);
		return;
	}
	c->text[c->len] = '\0';
	c->len = 0;
	switch (code) {
	case HF_MARK_BEGIN:
		begin_counting(cpu);
		break;
	case HF_MARK_STOP:
		c->counting = false;
		break;
	case HF_MARK_REGION:
		region(cpu);
		break;
	case HF_MARK_COMMIT:
		commit(c);
		break;
	case HF_MARK_DROP:
		forget(c);
		break;
	case HF_MARK_SECTION:
		end_section();
		fprintf(out, "section %s\n", c->text);
		in_section = true;
		if (!armed) {
			armed = true;
			qemu_plugin_reset(self, arm);
		}
		break;
	case HF_MARK_SYMBOL:
		symbol(c->text);
		break;
	}
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t vaddr = qemu_plugin_insn_vaddr(insn);
		size_t size = qemu_plugin_insn_size(insn);

		if (vaddr >= KERNEL && armed) {
			struct cell *cell = find(vaddr);

			cell->role = role_of(insn, vaddr);
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_insn, QEMU_PLUGIN_CB_NO_REGS, cell);
		} else if (vaddr < KERNEL && size == sizeof(HF_MARK_INSN) - 1 && memcmp(qemu_plugin_insn_data(insn), HF_MARK_INSN, size) == 0)
			qemu_plugin_register_vcpu_mem_cb(insn, on_mark, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_W, NULL);
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	if (strcmp(info->target_name, "x86_64") != 0 || !info->system_emulation || info->system.max_vcpus > CPUS) {
		fprintf(stderr, "insns.so: only for a whole x86-64 machine of at most %d CPUs\n", CPUS);
		return -1;
	}
	if (argc != 1 || strncmp(argv[0], "out=", 4) != 0) {
		fprintf(stderr, "insns.so: one argument, out=FILE, is needed\n");
		return -1;
	}
	out = fopen(argv[0] + 4, "we");
	if (!out) {
		perror(argv[0] + 4);
		return -1;
	}
	self = id;
	arm(id);
	return 0;
}
