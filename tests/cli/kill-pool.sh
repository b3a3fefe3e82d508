# SPDX-License-Identifier: GPL-2.0-or-later
# SIGKILL at a random moment of a benchmark that resizes pools itself: of the supervisor, of its child, of both at once. After `restore` pools, HVO and
# overcommit are as they were, every time. KILLS=50 tries it that often (default 10).
# needs: root hugepages
# timeout: 900
kills=${KILLS:-10}
RANDOM=${SEED:-1}
programs=("pool-shrink --batch=1,64 --hvo=0,1" "pool-grow --batch=8,512 --hvo=0,1" "pool-surplus-free --hvo=0,1" "pool-demote --hvo=0,1" "pool-gigantic --hvo=0,1")
before=$("$BUILD/tools/doctor" --state)
changed=0

for ((i = 0; i < kills; i++)); do
	read -ra words <<<"${programs[i % ${#programs[@]}]}"
	rm -f records.jsonl
	"$BUILD/bench/${words[0]}" "${words[@]:1}" -d 0.3 -r 2 -o records.jsonl >out 2>err &
	pid=$!
	sleep "$(printf '0.%03d' $((50 + RANDOM % 900)))"
	[ "$("$BUILD/tools/doctor" --state)" = "$before" ] || changed=$((changed + 1))
	kill_run $i $pid
	wait $pid 2>/dev/null
	"$BUILD/tools/restore" >restore.log 2>&1 || fail "kill $i (${words[*]}): restore: $(cat restore.log)"
	now=$("$BUILD/tools/doctor" --state)
	[ "$now" = "$before" ] || fail "kill $i (${words[*]}), not as before:"$'\n'"$(diff <(echo "$before") <(echo "$now"))"$'\n'"$(cat restore.log err)"
done
# Kills that all came before or after the interesting time would prove nothing.
[ $changed -ge 1 ] || fail "none of $kills kills came while the machine was changed"
echo "$changed of $kills kills came while the machine was changed"
expect 0 "$BUILD/tools/restore"
