# SPDX-License-Identifier: GPL-2.0-or-later
# While a benchmark that takes memory blocks offline grows and shrinks the pool, somebody else adds three pages. They are not the run's: they are there when it ends, and nothing else is.
# needs: hugepages
# timeout: 120
[ -e /sys/devices/system/memory/block_size_bytes ] || skip "no memory blocks"
"$BUILD/bench/offline-block" --smoke -o smoke.jsonl >out 2>&1
[ $? -eq 4 ] && skip "offline-block: $(tail -n 1 out)"
pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
was=$(<$pool)
trap 'kill $run 2>/dev/null; wait; echo "$was" >$pool' EXIT

# The file takes absolute numbers: one of three tries may meet the run between its reading and its writing.
for _ in 1 2 3; do
	"$BUILD/bench/offline-block" --content=hugetlb-free,thp -d 2 -r 1 -o records.jsonl >out 2>err &
	run=$!
	until [ "$(<$pool)" -gt "$was" ]; do
		kill -0 $run 2>/dev/null || break
	done
	child=$(cat /proc/$run/task/$run/children)
	for pid in $child; do kill -STOP "$pid"; done
	echo $(($(<$pool) + 3)) >$pool
	for pid in $child; do kill -CONT "$pid"; done
	wait $run
	status=$?
	[ $status -eq 0 ] || fail "exit status $status: $(tail -n 5 err)"
	now=$(<$pool)
	[ "$now" -ne $((was + 3)) ] || exit 0
	echo "$was" >$pool
done
fail "the pool had $was pages, somebody added 3, and there are $now"
