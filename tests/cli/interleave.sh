# SPDX-License-Identifier: GPL-2.0-or-later
# hugefault interleave: both sides are measured in turns, with what they vary, and the machine is put back.
# timeout: 120
front=$TOP/scripts/hugefault

for arg in -n '-n 0' '-n x' '--vary hvo' '--vary hvo=1' '--vary =0,1' '--vary no.such/thing=0,1' '--only no-such-benchmark' --frequency 'another'; do
	# shellcheck disable=SC2086 # words on purpose
	expect 2 "$front" interleave out.d $arg
	one_line hugefault
	[ ! -e out.d ] || fail "a directory of a command line that cannot be meant: $arg"
done
expect 2 "$front" interleave
expect 0 "$front" interleave --help

# two pairs are no answer: exit 3, but the records are there, each with its place
expect 3 "$front" interleave -n 2 --only base-fault out.d -- -d 0.02 -w 0.01
for side in A B; do
	file=out.d/$side/records.jsonl
	[ "$(grep -c '"type":"end"' $file)" -eq 2 ] || fail "not two runs on side $side"
	[ "$(grep '"type":"run"' $file | grep -c "\"label\":\"$side\"")" -eq 2 ] || fail "label of side $side"
	for block in 1 2; do
		grep '"type":"run"' $file | grep -q "\"block\":$block," || fail "no block $block on side $side"
	done
done
grep -q '^2 runs against 2: the unit is the run' out || fail "not compared: $(cat out)"
# records are not added to those of another time
expect 2 "$front" interleave -n 2 --only base-fault out.d
# options that a benchmark does not take
expect 2 "$front" interleave -n 2 --only base-fault other.d -- --no-such-option

knob=/proc/sys/vm/hugetlb_optimize_vmemmap
if [ -w $knob ]; then
	before=$(cat $knob)
	expect 3 "$front" interleave -n 2 --only base-fault --vary vm.hugetlb_optimize_vmemmap=0,1 --varies hvo hvo.d -- -d 0.02 -w 0.01
	[ "$(cat $knob)" = "$before" ] || fail "$knob is not put back"
	grep '"type":"run"' hvo.d/B/records.jsonl | grep -q '"hvo":"1"' || fail "side B has not varied"
	grep -q '^hvo: 0 -> 1$' out || fail "no word of what varies: $(cat out)"
fi
