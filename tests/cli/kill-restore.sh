# SPDX-License-Identifier: GPL-2.0-or-later
# SIGKILL at a random moment of a run, of the supervisor, of its child, or of both, then `restore`: the machine is as it was, every time.
# KILLS=50 tries it that often (default 6).
# needs: hugepages
# timeout: 600
kills=${KILLS:-6}
RANDOM=${SEED:-1}
remember

for ((i = 0; i < kills; i++)); do
	killed $i "$(printf '0.%03d' $((RANDOM % 700)))" "$BUILD/bench/hugetlb-fault" -d 0.3 -r 2
	status=$?
	if [ $((i % 3)) -eq 1 ] && [ $status -ne 0 ]; then
		# The supervisor lives: it says what happened and puts everything right by itself.
		[ $status -eq 3 ] || fail "kill $i of the child: exit status $status: $(cat err)"
		[ "$(end_of records.jsonl .status)" = broken ] || fail "kill $i of the child: status $(end_of records.jsonl .status)"
		[ "$(end_of records.jsonl .restored)" = true ] || fail "kill $i of the child: not restored"
	fi
	restored "kill $i"
done
kills_told "$kills"
expect 0 "$BUILD/tools/restore"
grep -qi nothing out || fail "restore still finds something: $(cat out)"
