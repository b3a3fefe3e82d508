# SPDX-License-Identifier: GPL-2.0-or-later
# gate --history: one boot a side is judged by the noise of older ones; too many false alarms among those make the gate advisory. history --baseline.
gate=$BUILD/compare/gate
compare=$BUILD/compare/compare
history=$BUILD/compare/history
boots old A 0 20 first=100 seed=2
boots one B 0 1
boots same C 1 1
boots slower D 1 1 slow=1.2

expect 4 "$gate" --baseline one same
expect 0 "$gate" --baseline one --history old same
grep -q '^history: 20 older boots .* A/A control: 0 of 3 comparisons' out || fail "no word of the history: $(cat out)"
expect 1 "$gate" --baseline one --history old slower
expect 1 "$gate" --baseline one --history old --format=json slower
json <out >flat
[ "$(get .control.comparisons <flat)" = 3 ] || fail "no A/A control: $(cat out)"
[ "$(get '.results[0].prior' <flat)" = true ] || fail "the history lends nothing: $(cat out)"
# two boots a side, in turns
boots two E 0 2
boots too F 1 2 slow=1.2
expect 1 "$compare" --history old two too
# boots of the comparison itself are not old
expect 3 "$compare" --history one one same
expect 2 "$gate" --baseline one --history nowhere same
# another machine, or state
boots other G 0 6 hvo=1
expect 4 "$gate" --baseline one --history other same
one_line gate
# NEW long after the baseline: the noise between sessions of one build comes from the history
boots first H 0 4 first=200
boots second I 0 4 first=300 slow=1.3
boots before J 0 4 turns=0
boots after K 1 4 turns=0 slow=1.2
expect 4 "$gate" --baseline before --history first --history second after
expect 1 "$gate" --baseline before --allow-sequential --history first after
# (without a build in the records both sessions are of the same one)
expect 0 "$gate" --baseline before --allow-sequential --history first --history second --format=json after
awk -F '\t' '$1 == ".results[0].sd" && $2 > 0.1 { exit 1 }' <<<"$(json <out)" || fail "the noise of a session holds that between sessions"

# counts that differ between boots of one label in every pattern that the A/A control may deal: it fails each time, and a regression is advice
awk 'BEGIN {
	for (i = 0; i < 18; i++)
		for (k = 0; k < 8; k++) {
			line = sprintf("\"run\":\"x%d-%d\",\"label\":\"A\",\"boot\":\"A-boot-%d\",\"time\":%d,\"bench\":\"count-%d\"", i, k, 100 + i, 1755000000 + 200 * (100 + i), k)
			bit = (int(k / 2 ^ int(i % 6 / 2)) + i) % 2
			printf "{\"v\":1,\"type\":\"run\",%s}\n", line
			printf "{\"v\":1,\"type\":\"sample\",%s,\"params\":{},\"metric\":\"faults\",\"unit\":\"count\",\"better\":\"lower\",\"exact\":true,\"value\":%d}\n", line, 7 + bit
			printf "{\"v\":1,\"type\":\"end\",\"run\":\"x%d-%d\",\"status\":\"ok\"}\n", i, k
		}
}' >counts.jsonl
expect 3 "$gate" --baseline one --history old --history counts.jsonl slower
grep -q 'A/A control: 3 of 3 comparisons' out || fail "the control does not fail: $(cat out)"
grep -q '^ADVISORY' out || fail "no word of advice: $(cat out)"
expect 1 "$compare" --history old --history counts.jsonl one slower
expect 0 "$history" old counts.jsonl
grep -q '^A/A control: 3 of 3 .* advice' out || fail "history does not tell: $(cat out)"

# the last green boots: not those after a step for the worse, nor those before one for the better
boots v1 L 0 10 turns=0
boots v2 L 1 10 turns=0 slow=1.1
sed -i 's/L-boot-/L-late-/g' v2/records.jsonl
expect 1 "$history" v1 v2
expect 0 "$history" --baseline v1 v2
[ "$(cat out)" = v1/records.jsonl ] || fail "not the boots before the step: $(cat out)"
boots v3 L 1 10 turns=0 slow=0.9
sed -i 's/L-boot-/L-late-/g' v3/records.jsonl
expect 0 "$history" --baseline=5 v1 v3
[ "$(cat out)" = v3/records.jsonl ] || fail "not the boots after the improvement: $(cat out)"
expect 3 "$history" --baseline one
one_line history
expect 2 "$history" --baseline=1 v1
# several files as the baseline
expect 0 "$gate" --baseline two --baseline v1 --allow-sequential --sesoi=50 v2

# figures of a history
expect 1 "$history" v1 v2
expect 0 "$history" --table=history v1 v2
awk -F '\t' '/^#/ || NF == 0 { next } NF != 3 { exit 1 } { n++ } END { exit n < 20 }' out || fail "history: $(cat out)"
expect 2 "$history" --table=none v1
expect 0 "$history" --tables
