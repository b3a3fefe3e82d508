# SPDX-License-Identifier: GPL-2.0-or-later
# Another process holds one huge page while benchmarks that grow, use and shrink the pool run: they end well, its page is intact, and when it ends
# the pool is as it was.
# needs: hugepages
pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
before=$("$BUILD/tools/doctor" --state)
was=$(<$pool)
echo $((was + 1)) >$pool
[ "$(<$pool)" -gt "$was" ] || skip "no huge page to be had"
trap 'echo $(($(<$pool) - 1)) >$pool' EXIT # one less than then, whatever others have done meanwhile
coproc holder { exec "$HELPERS/hold" 2>&1; }
# shellcheck disable=SC2154 # coproc sets it
pid=$holder_PID
exec {from}<&"${holder[0]}" {to}>&"${holder[1]}"
read -r -t 10 line <&"$from" || skip "no huge page to be had"
[ "$line" = held ] || skip "no huge page to be had: $line"

held=$("$BUILD/tools/doctor" --state)
[ "$held" != "$before" ] || fail "doctor --state does not show the pool's new page"
for name in hugetlb-fault hugetlb-race-private hugetlb-cow; do
	[ -e "$TOP/bench/$name.c" ] || continue
	expect 0 "$BUILD/bench/$name" --smoke -o records.jsonl
	[ "$("$BUILD/tools/doctor" --state)" = "$held" ] || fail "$name changed the machine:"$'\n'"$(diff <(echo "$held") <("$BUILD/tools/doctor" --state))"
done
exec {to}>&-
# The coprocess keeps its own copy of the pipe's end.
eval "exec ${holder[1]}>&-"
read -r -t 10 line <&"$from"
[ "$line" = intact ] || fail "the other process's page: '$line'"
wait "$pid"
