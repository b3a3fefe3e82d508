// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory that is neither free nor accounted for, over a run. */
#include "harness/drift.h"

#define STRETCH_NS UINT64_C(2000000000)

void hf_low_add(struct hf_low *low, int64_t bytes)
{
	if (bytes < low->first) {
		low->second = low->first;
		low->first = bytes;
	} else if (bytes < low->second) {
		low->second = bytes;
	}
}

void hf_drift_start(struct hf_drift *d, const struct hf_low *before, int64_t total)
{
	*d = (struct hf_drift){ .before = before->second, .total = total, .top = before->second, .now = HF_LOW_NONE, .after = HF_LOW_NONE };
}

void hf_drift_during(struct hf_drift *d, int64_t bytes, uint64_t ns)
{
	if (!d->since)
		d->since = ns;
	hf_low_add(&d->now, bytes);
	if (ns - d->since < STRETCH_NS || d->now.second == INT64_MAX)
		return;
	if (d->now.second > d->top)
		d->top = d->now.second;
	if (d->top - d->now.second > d->fall)
		d->fall = d->top - d->now.second;
	d->now = HF_LOW_NONE;
	d->since = ns;
}

bool hf_drift_after(struct hf_drift *d, int64_t bytes, int64_t total)
{
	hf_low_add(&d->after, bytes);
	d->grown = total > d->total ? total - d->total : 0;
	return d->after.second != INT64_MAX && hf_drift_bytes(d) <= hf_drift_bound(d);
}

int64_t hf_drift_bytes(const struct hf_drift *d)
{
	return d->after.second == INT64_MAX ? 0 : d->after.second - d->before;
}

int64_t hf_drift_bound(const struct hf_drift *d)
{
	int64_t bound = HF_DRIFT_LEAST + d->fall;

	return (bound < HF_DRIFT_MOST ? bound : HF_DRIFT_MOST) + d->grown;
}
