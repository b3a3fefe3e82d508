# SPDX-License-Identifier: GPL-2.0-or-later
# compare --confirm: fresh boots decide about what the first stage has found, and nothing else does. compare --fwer=maxT.
compare=$BUILD/compare/compare
boots base A 0 6
boots slower B 1 6 slow=1.1
boots same S 1 6

# found again; both labels of the fresh boots in one place
boots again-a A 0 3 first=10 seed=1
boots again-b B 1 3 first=10 seed=1 slow=1.1
expect 1 "$compare" --format=json --confirm again-a --confirm again-b base slower
json <out >flat
[ "$(get .stage <flat)" = 2 ] || fail "no second stage: $(cat out)"
[ "$(get .family.rejected <flat)" = 2 ] || fail "not the two metrics of slow-path: $(cat out)"
[ "$(get '.results[0].n_a' <flat)" = 3 ] || fail "not the fresh boots' numbers: $(cat out)"
mkdir fresh
cat again-a/records.jsonl again-b/records.jsonl >fresh/records.jsonl
expect 1 "$compare" --confirm fresh base slower
grep -q '^second stage: 3 fresh boots against 3 decide about [0-9]* metrics' out || fail "no word of the second stage: $(cat out)"
grep -q 'found again in fresh units' out || fail "no word of the outcome: $(cat out)"

# not found again: what the first stage saw is no failure
boots calm B 1 3 first=10 seed=1
expect 0 "$compare" --format=json --confirm again-a --confirm calm base slower
[ "$(get .family.rejected <<<"$(json <out)")" = 0 ] || fail "still rejected: $(cat out)"

# nothing was flagged: nothing is to be confirmed, whatever the fresh boots say
boots again-s S 1 3 first=10 seed=1 slow=1.1
expect 0 "$compare" --confirm again-a --confirm again-s base same

# flagged, and not measured again
grep -v slow-path again-b/records.jsonl >less.jsonl
expect 4 "$compare" --confirm again-a --confirm less.jsonl base slower
grep -q 'flagged, and not measured again' out || fail "no word of what is missing: $(cat out)"
# not interleaved, the same boots once more, a label of neither side, another state
boots late B 1 3 first=10 seed=1 slow=1.1 turns=0
boots early A 0 3 first=0 turns=0
sed 's/A-boot-/A-early-/g' early/records.jsonl >early.jsonl
expect 4 "$compare" --confirm early.jsonl --confirm late base slower
expect 2 "$compare" --confirm base --confirm slower base slower
one_line compare
grep -q 'not fresh' err || fail "not the reason: $(cat err)"
boots third C 1 3 first=10 seed=1
expect 2 "$compare" --confirm third base slower
grep -q "^compare: third/records.jsonl:1: label 'C' is of neither BASE nor NEW" err || fail "not the reason: $(cat err)"
boots hvo B 1 3 first=10 seed=1 hvo=1
expect 4 "$compare" --confirm again-a --confirm hvo base slower
expect 2 "$compare" --looks=6 --confirm fresh base slower
# a crash in the second stage
boots crash B 1 3 first=10 seed=1 slow=1.1 status=fail
expect 1 "$compare" --confirm again-a --confirm crash base slower

# sign flips of pairs: eight at least
boots many M 0 10
boots more N 1 10 slow=1.1
boots alike O 1 10
expect 1 "$compare" --fwer=maxT --format=json many more
[ "$(get .family.procedure <<<"$(json <out)")" = maxT ] || fail "another procedure: $(cat out)"
[ "$(get .family.rejected <<<"$(json <out)")" = 2 ] || fail "not the two metrics of slow-path: $(cat out)"
expect 0 "$compare" --fwer=maxT many alike
expect 2 "$compare" --fwer=maxT base slower
one_line compare
expect 2 "$compare" --fwer=best base slower
