# SPDX-License-Identifier: GPL-2.0-or-later
# The timed region: an empty one shows the clock's own cost and no more, one that sleeps 100 us shows at least that.
# The margins are generous: a virtual machine may be preempted, and its clock may be slow.
expect 0 "$BUILD/tests/mustfail/times-nothing" -d 0.3 -r 2 -o records.jsonl
cost=$(head -n 1 records.jsonl | json | get .clock.cost_ns)
got=$(grep '"metric":"empty_ns"' records.jsonl | json | get .p50)
awk -v cost="$cost" -v got="$got" 'BEGIN { exit !(cost > 0 && got <= 3 * cost + 50 && got >= cost / 3 - 20) }' ||
	fail "an empty timed region takes $got ns, the clock is said to cost $cost ns"

expect 0 "$BUILD/tests/mustfail/times-sleep" -d 0.3 -r 2 -o sleep.jsonl
least=$(grep '"metric":"sleep_ns"' sleep.jsonl | json | get .min)
value=$(grep '"metric":"sleep_ns"' sleep.jsonl | json | get .value)
# 0.1 % for the calibration of the clock.
awk -v least="$least" -v value="$value" 'BEGIN { exit !(least >= 99900 && value >= 100000 && value < 10000000) }' ||
	fail "a sleep of 100000 ns takes $least ns at least, $value ns typically"
