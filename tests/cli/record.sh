# SPDX-License-Identifier: GPL-2.0-or-later
# The records of a run: one JSON value a line, a run line first, samples of every metric that must be there, an end line last; the reader agrees.
expect 0 "$BUILD/bench/base-fault" -d 0.2 -r 2 --label=first --seed=7 -o records.jsonl
expect 0 "$BUILD/bench/base-fault" --smoke --label=second -o records.jsonl
json <records.jsonl >flat || fail "not JSON lines"
[ "$(get .v <flat | sort -u)" = 1 ] || fail "a line is not of version 1"
[ "$(get .type <flat | head -n 1)" = run ] || fail "the first line is not a run"
[ "$(get .type <flat | grep -c '^run$')" -eq 2 ] || fail "not two runs in the file"
[ "$(get .type <flat | grep -c '^end$')" -eq 2 ] || fail "not two ends in the file"
[ "$(get .run <flat | sort -u | wc -l)" -eq 2 ] || fail "not one id a run"
[ "$(end_of records.jsonl .status)" = ok ] || fail "status $(end_of records.jsonl .status)"
[ "$(end_of records.jsonl .restored)" = true ] || fail "not restored"
grep '"type":"sample"' records.jsonl | grep '"label":"first"' | json >flat || fail "no samples"
[ "$(get .bench <flat | sort -u)" = base-fault ] || fail "samples of something else"
get .metric <flat | sort | uniq -d | grep . && fail "a metric twice at the same point"
for key in label boot time bench metric unit better exact n value lo hi res mean sd min max p50 backing_ok params.tasks params.mode; do
	[ -n "$(get ".$key" <flat)" ] || fail "samples have no $key"
done
grep '"metric":"fault_ns"' records.jsonl | head -n 1 | json | awk -F '\t' '
	{ v[$1] = $2 }
	END {
		if (!(v[".min"] <= v[".p50"] && v[".p50"] <= v[".max"] && v[".n"] > 0 && v[".unit"] == "ns" && v[".value"] > 0)) exit 1
		for (i = 0; (".hist.bins[" i "][1]") in v; i++)
			n += v[".hist.bins[" i "][1]"]
		if (n != v[".n"]) {
			print "n is " v[".n"] ", the histogram holds " n
			exit 1
		}
	}' || fail "fault_ns contradicts itself: $(grep '"metric":"fault_ns"' records.jsonl | head -c 600)"
expect 0 "$BUILD/compare/summary" records.jsonl
grep -q base-fault out || fail "summary does not show the run: $(cat out)"
