# SPDX-License-Identifier: GPL-2.0-or-later
# compare: verdicts and exit statuses on records that are made here, and the names in its JSON that others rely on.
compare=$BUILD/compare/compare

# verdict METRIC: of bench slow-path in the JSON in file out
verdict()
{
	json <out >flat
	awk -F '\t' -v metric="$1" '
	{ value[$1] = $2 }
	END {
		for (i = 0; (".results[" i "].bench") in value; i++)
			if (value[".results[" i "].bench"] == "slow-path" && value[".results[" i "].metric"] == metric)
				print value[".results[" i "].verdict"]
	}' flat
}

# is METRIC VERDICT
is()
{
	[ "$(verdict "$1")" = "$2" ] || fail "$1 is $(verdict "$1"), not $2"
}

boots base A 0 6
boots same B 1 6
boots slower C 1 6 slow=1.1
boots faster D 1 6 slow=0.9

expect 0 "$compare" --format=json base same
[ "$(get .family.alpha <<<"$(json <out)")" = 0.05 ] || fail "no family.alpha: $(cat out)"
[ "$(get .family.rejected <<<"$(json <out)")" = 0 ] || fail "rejected: $(cat out)"
is faults "NO CHANGE"
for key in bench params.len metric verdict ratio lo hi p mde boots_needed n_a n_b; do
	[ -n "$(get ".results[0].$key" <flat)" ] || fail "no results[0].$key"
done

expect 1 "$compare" --format=json base slower
is fault_ns REGRESSION
is fault_Bps REGRESSION
is faults "NO CHANGE"
expect 0 "$compare" --format=json base faster
is fault_ns IMPROVEMENT
is fault_Bps IMPROVEMENT
expect 1 "$compare" base slower
grep -q '^! slow-path fault_ns .*+' out || fail "the text does not mark the regression: $(cat out)"
expect 1 "$compare" --format=markdown base slower
grep -q '^| \*\*REGRESSION\*\* | slow-path fault\\_ns ' out || fail "the Markdown does not: $(cat out)"

# within noise that hides it: not an answer, and with --strict an exit status
boots noisy E 1 6 slow=1.03 sd=0.05
expect 0 "$compare" --format=json base noisy
is fault_ns INCONCLUSIVE
expect 3 "$compare" --strict base noisy

# a limit above the change
expect 0 "$compare" --format=json --sesoi=20 base slower
is fault_ns "NO CHANGE"

# looks: strict early, and only where one is due
expect 1 "$compare" --looks=3,6,9,12 base slower
grep -q 'at 0.152 % one-sided' out || fail "not the level of the second look: $(cat out)"
expect 2 "$compare" --looks=4,8 base slower
one_line compare
expect 2 "$compare" --looks=6,3 base slower

# not interleaved
boots late F 1 6 turns=0
boots early G 0 6 turns=0
expect 4 "$compare" --format=json early late
is fault_ns INCONCLUSIVE
grep -q 'not interleaved' out || fail "no word of the order"
expect 0 "$compare" --allow-sequential early late

# another machine state
boots optimised H 1 6 hvo=1
expect 4 "$compare" base optimised
grep -q '^hvo: 0 -> 1  NOT COMPARABLE' out || fail "no word of hvo: $(cat out)"
expect 0 "$compare" --varies hvo base optimised

# few boots
boots one I 0 1
boots uno J 1 1
expect 3 "$compare" --format=json one uno
is fault_ns INCONCLUSIVE
boots two K 0 2
boots due L 1 2 slow=2
expect 3 "$compare" --format=json two due
is fault_ns INCONCLUSIVE

# runs of one boot
boots runs M 0 1 runs=8
boots more N 1 1 runs=8 slow=1.2
expect 1 "$compare" runs more
grep -q 'within one boot only' out || fail "no word of the single boot"

# one side against itself; parameters that are not the same; trouble in NEW
expect 0 "$compare" --aa base
sed 's/"len":2097152/"len":4194304/' same/records.jsonl >len.jsonl
expect 4 "$compare" base len.jsonl
one_line compare
expect 0 "$compare" --varies len base len.jsonl
boots failing O 1 6 status=fail
expect 1 "$compare" base failing
boots broken P 1 6 status=broken
expect 4 "$compare" base broken

# for others' tools
expect 1 "$compare" --export=benchstat base slower
[ "$(grep -c '^Benchmarkslow-path/fault_ns 1 [0-9.]* ns/op$' base.txt)" -eq 6 ] || fail "benchstat: $(cat base.txt)"
expect 1 "$compare" --export=gbench base slower
[ "$(json <new.json | get '.benchmarks[0].name')" = slow-path/fault_ns ] || fail "gbench: $(cat new.json)"

# the tables of figures
expect 0 "$compare" --table=forest base slower
awk -F '\t' '/^#/ || NF == 0 { next } NF != 8 { exit 1 } { n++ } END { exit n != 6 }' out || fail "forest: $(cat out)"
[ "$(awk -F '\t' '$2 == "slow-path fault_ns" { print $3 }' out)" = REGRESSION ] || fail "forest: $(cat out)"
for name in boots chances; do
	expect 0 "$compare" --table=$name base slower
	grep -qv '^#' out || fail "$name is empty"
done
expect 4 "$compare" --table=forest one uno
expect 2 "$compare" --table=none base slower
expect 0 "$compare" --tables
