# SPDX-License-Identifier: GPL-2.0-or-later
# While another process reserves, takes, holds and frees huge pages, transparent ones, base pages and pipe buffers all the time, no stressor raises a false alarm, and none harms it.
# needs: root hugepages
# timeout: 300
pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
was=$(<$pool)
echo $((was + 6)) >$pool
[ "$(<$pool)" -eq $((was + 6)) ] || skip "no huge pages to be had"
trap 'echo $(($(<$pool) - 6)) >$pool' EXIT
coproc neighbour { exec "$HELPERS/neighbour" 2>&1; }
# shellcheck disable=SC2154 # coproc sets it
pid=$neighbour_PID
exec {from}<&"${neighbour[0]}" {to}>&"${neighbour[1]}"
read -r -t 20 line <&"$from"
[ "$line" = ready ] || fail "the neighbour does not begin: '$line'"
for name in $(programs stress); do
	for seconds in 2 8; do # all of a short time may go by without an episode on a busy machine
		rm -f records.jsonl
		"$BUILD/stress/$name" --seed=1 -d "$seconds" -o records.jsonl >out 2>err
		status=$?
		if [ "$status" -ne 3 ] || ! grep -q 'no samples' err; then
			break
		fi
	done
	[ "$status" -eq 0 ] || [ "$status" -eq 4 ] || fail "$name: exit status $status"$'\n'"$(tail -n 20 out err)"
	kill -0 "$pid" 2>/dev/null || fail "$name: the neighbour has died: $(cat <&"$from")"
	echo "$name: $status"
done
exec {to}>&-
# The coprocess keeps its own copy of the pipe's end.
eval "exec ${neighbour[1]}>&-"
read -r -t 20 line <&"$from"
wait "$pid" || fail "the neighbour ended with status $?: $line"
