# SPDX-License-Identifier: GPL-2.0-or-later
# history and plan: a step is found where it is and nowhere else; boots are planned from noise; too little data is no answer.
history=$BUILD/compare/history
plan=$BUILD/compare/plan
boots old A 0 10 turns=0
boots new B 1 10 turns=0 slow=1.1

expect 1 "$history" --format=json old new
json <out >flat
[ "$(get '.changes[0].bench' <flat)" = slow-path ] || fail "no step of slow-path: $(cat out)"
[ "$(get '.changes[0].boot' <flat)" = B-boot-0 ] || fail "not at the first boot of the second kernel: $(cat out)"
[ "$(get '.changes[0].worse' <flat)" = true ] || fail "not for the worse: $(cat out)"
[ "$(get '.changes[2].bench' <flat)" = "" ] || fail "more than the two metrics of slow-path: $(cat out)"
expect 1 "$history" old new
expect 0 "$history" --sesoi=20 old new
expect 0 "$history" old
boots few C 0 4
expect 3 "$history" few
boots other D 0 10 hvo=1 first=20
expect 4 "$history" old other
one_line history
expect 2 "$history" nowhere
one_line history
expect 2 "$history"

expect 0 "$plan" --effect=2 old
grep -q '^order of boots: [AB ]*$' out || fail "no order of boots: $(cat out)"
most=$(sed -n 's/^boots a side: .* \([0-9]*\) for nine in ten.*/\1/p' out)
[ "$(sed -n 's/^order of boots: //p' out | wc -w)" -eq "$most" ] || fail "the order is not of $most pairs: $(cat out)"
expect 0 "$plan" --effect=1 old
[ "$(sed -n 's/^boots a side: .* \([0-9]*\) for nine in ten.*/\1/p' out)" -gt "$most" ] || fail "a smaller effect takes no more boots"
boots single E 0 1
expect 3 "$plan" single
expect 2 "$plan" nowhere
one_line plan
expect 2 "$plan" --effect=0 old
