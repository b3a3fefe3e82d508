// SPDX-License-Identifier: GPL-2.0-or-later
/* What a stressor's run came to. */
#include "harness/verdict.h"

#include <stdarg.h>
#include <string.h>

#include "harness/shared.h"

void hf_verdict_start(struct hf_verdict *v, const struct hf_run *run)
{
	if (v->any)
		return;
	v->any = true;
	v->seed = run->seed;
	v->schedule = hf_stress_hash(run);
	v->failed_episode = -1;
	v->least = run->replay;
}

void hf_verdict_fail(struct hf_verdict *v, enum hf_law law)
{
	v->broken[law]++;
	if (v->failed)
		return;
	v->failed = true;
	v->failed_law = law;
}

void hf_verdict_add(struct hf_verdict *v, const struct hf_run *run, const struct hf_oracle *oracle)
{
	const struct hf_stress_shared *sh = run->shared->stress;
	const struct hf_drift *drift = oracle ? hf_oracle_drift(oracle) : NULL;

	if (drift) {
		v->lost += hf_drift_bytes(drift);
		if (hf_drift_bound(drift) > v->may_be_lost)
			v->may_be_lost = hf_drift_bound(drift);
	}
	v->episodes += sh->episodes;
	v->hits += sh->hits;
	for (int a = 0; a < HF_OPS_MAX; a++) {
		for (int b = 0; b < HF_OPS_MAX; b++)
			v->pair[a][b] += sh->pair[a][b];
		for (int b = 0; b < HF_OUTCOMES_MAX; b++)
			v->cover[a][b] += sh->cover[a][b];
	}
	for (int law = 0; law < HF_LAWS; law++) {
		v->checked[law] += oracle ? hf_oracle_checked(oracle, law) : 0;
		for (int i = 0; i < HF_ACTORS_MAX; i++) {
			v->checked[law] += sh->actor[i].checked[law];
			v->broken[law] += sh->actor[i].broken[law];
		}
	}
	if (sh->failed_law >= 0 && !v->failed) {
		v->failed = true;
		v->failed_law = (enum hf_law)sh->failed_law;
		v->failed_episode = (int64_t)sh->failed_episode;
	}
}

/* Name number @i of "a|b|c"; "sigbus" for that outcome. */
static char *outcome_name(const struct hf_op *op, unsigned int i, char *buf, size_t room)
{
	const char *s = op->outcomes;

	for (unsigned int k = i; s && k > 0; k--) {
		s = strchr(s, '|');
		s = s ? s + 1 : NULL;
	}
	if (i == HF_OUTCOME_SIGBUS || !s)
		snprintf(buf, room, "%s", i == HF_OUTCOME_SIGBUS ? "sigbus" : "?");
	else
		snprintf(buf, room, "%.*s", (int)strcspn(s, "|"), s);
	return buf;
}

static void add(char *buf, size_t room, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void add(char *buf, size_t room, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + len, room - len, fmt, ap);
	va_end(ap);
}

char *hf_verdict_replay(const struct hf_verdict *v, const struct hf_bench *bench, char *buf, size_t room)
{
	const struct hf_op *op = bench->stress->ops;
	const char *sep = "";

	snprintf(buf, room, "--seed=%llu", (unsigned long long)v->seed);
	if (v->least.episode >= 0 || v->failed_episode >= 0)
		add(buf, room, " --episode=%lld", (long long)(v->least.episode >= 0 ? v->least.episode : v->failed_episode));
	if (v->least.actors != UINT64_MAX)
		add(buf, room, " --actors=%#llx", (unsigned long long)v->least.actors);
	if (v->least.ops != UINT64_MAX) {
		add(buf, room, " --kinds=");
		for (int i = 0; op[i].name; i++) {
			if (!(v->least.ops >> i & 1))
				continue;
			add(buf, room, "%s%s", sep, op[i].name);
			sep = ",";
		}
	}
	if (v->least.steps)
		add(buf, room, " --steps=%u", v->least.steps);
	return buf;
}

static void json_outcomes(const struct hf_verdict *v, const struct hf_op *op, struct hf_json *at)
{
	char name[32];

	for (int i = 0; op[i].name; i++) {
		struct hf_json *o = hf_json_add_object(at, op[i].name);

		for (unsigned int k = 0; k < HF_OUTCOMES_MAX; k++) {
			bool declared = k != HF_OUTCOME_SIGBUS && strcmp(outcome_name(&op[i], k, name, sizeof(name)), "?");

			if (declared || v->cover[i][k]) /* also those that never came: they are what is not covered */
				hf_json_int(o, outcome_name(&op[i], k, name, sizeof(name)), (int64_t)v->cover[i][k]);
		}
	}
}

void hf_verdict_json(const struct hf_verdict *v, const struct hf_bench *bench, const struct hf_point *point, struct hf_json *list)
{
	struct hf_json *j = hf_json_add_object(list, NULL), *at;
	const struct hf_op *op = bench->stress->ops;
	char text[512];

	at = hf_json_add_object(j, "params");
	for (int i = 0; bench->params[i].name; i++)
		hf_json_str(at, bench->params[i].name, point->text[i]);
	hf_json_int(at, "tasks", point->tasks);
	hf_json_str(at, "mode", point->processes ? "processes" : "threads");
	hf_json_int(j, "seed", (int64_t)v->seed);
	snprintf(text, sizeof(text), "%016llx", (unsigned long long)v->schedule);
	hf_json_str(j, "schedule", text);
	hf_json_int(j, "episodes", (int64_t)v->episodes);
	hf_json_int(j, "hits", (int64_t)v->hits);
	hf_json_num(j, "bound", v->failed ? 1 : hf_stress_bound(v->hits));
	json_outcomes(v, op, hf_json_add_object(j, "outcomes"));
	at = hf_json_add_object(j, "races");
	for (int a = 0; op[a].name; a++) {
		for (int b = a; op[b].name; b++) {
			if (!v->pair[a][b])
				continue;
			snprintf(text, sizeof(text), "%s|%s", op[a].name, op[b].name);
			hf_json_int(at, text, (int64_t)v->pair[a][b]);
		}
	}
	at = hf_json_add_object(j, "laws");
	for (int law = 0; law < HF_LAWS; law++) {
		struct hf_json *l;

		if (!v->checked[law] && !v->broken[law])
			continue;
		l = hf_json_add_object(at, hf_law_name(law));
		hf_json_int(l, "checked", (int64_t)v->checked[law]);
		hf_json_int(l, "broken", (int64_t)v->broken[law]);
		if (law == HF_LAW_MEMORY) {
			hf_json_int(l, "bytes", v->lost);
			hf_json_int(l, "bound", v->may_be_lost);
		}
	}
	if (!v->failed)
		return;
	hf_json_str(j, "failed", hf_law_name(v->failed_law));
	hf_json_str(j, "replay", hf_verdict_replay(v, bench, text, sizeof(text)));
	hf_json_bool(j, "shrunk", v->shrunk);
}

void hf_verdict_print(FILE *out, const struct hf_verdict *v, const struct hf_bench *bench)
{
	const struct hf_op *op = bench->stress->ops;
	char text[512];

	if (!v->any)
		return;
	fprintf(out, "  seed %llu, schedule %016llx\n", (unsigned long long)v->seed, (unsigned long long)v->schedule);
	for (int i = 0; op[i].name; i++) {
		fprintf(out, "  %-18s", op[i].name);
		for (unsigned int k = 0; k < HF_OUTCOMES_MAX; k++)
			if (v->cover[i][k])
				fprintf(out, " %s %llu", outcome_name(&op[i], k, text, sizeof(text)), (unsigned long long)v->cover[i][k]);
		fprintf(out, "\n");
	}
	fprintf(out, "  races hit         ");
	for (int a = 0; op[a].name; a++)
		for (int b = a; op[b].name; b++)
			if (v->pair[a][b])
				fprintf(out, " %s|%s %llu", op[a].name, op[b].name, (unsigned long long)v->pair[a][b]);
	fprintf(out, "\n  laws checked      ");
	for (int law = 0; law < HF_LAWS; law++)
		if (v->checked[law] || v->broken[law])
			fprintf(out, " %s %llu%s", hf_law_name(law), (unsigned long long)v->checked[law], v->broken[law] ? " BROKEN" : "");
	if (v->failed)
		fprintf(out, "\n  law %s broken after %llu hits; replay: %s %s%s\n", hf_law_name(v->failed_law), (unsigned long long)v->hits, bench->name, hf_verdict_replay(v, bench, text, sizeof(text)),
			v->shrunk ? " (shrunk)" : "");
	else
		fprintf(out, "\n  %llu hits in %llu episodes, none failed: a hit fails with a probability of %.2g at most (95 %%)\n", (unsigned long long)v->hits, (unsigned long long)v->episodes,
			hf_stress_bound(v->hits));
}
