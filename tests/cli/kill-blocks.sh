# SPDX-License-Identifier: GPL-2.0-or-later
# SIGKILL at a random moment of a run that takes memory blocks offline and dissolves pages of the pool, of the supervisor, of its child, or of both, then
# `restore`: every block is online and in its zone, pools and settings are as before, every time. KILLS=50 tries it that often (default 6).
# needs: hugepages
# timeout: 900
[ -e /sys/devices/system/memory/block_size_bytes ] || skip "no memory blocks"
"$BUILD/bench/offline-block" --smoke -o smoke.jsonl >out 2>&1
[ $? -eq 4 ] && skip "offline-block: $(tail -n 1 out)"
kills=${KILLS:-6}
RANDOM=${SEED:-1}

machine()
{
	"$BUILD/tools/doctor" --state
	cat /sys/devices/system/memory/memory*/valid_zones
}

before=$(machine)
changed=0
for ((i = 0; i < kills; i++)); do
	rm -f records.jsonl
	case $((i % 4)) in
	0 | 1) set -- "$BUILD/bench/pool-dissolve" --hvo=$((i / 4 % 2)) ;;
	2) set -- "$BUILD/bench/offline-block" --content=hugetlb-free ;;
	*) set -- "$BUILD/bench/offline-block" --content=pinned --fast=400ms ;;
	esac
	"$@" -d 4 -r 1 -o records.jsonl >out 2>err &
	pid=$!
	sleep "$(printf '%d.%03d' $((RANDOM % 2)) $((RANDOM % 1000)))"
	[ "$(machine)" = "$before" ] || changed=$((changed + 1))
	kill_run $((i / 2)) $pid
	wait $pid 2>/dev/null
	"$BUILD/tools/restore" >restore.log 2>&1 || fail "kill $i: restore: $(cat restore.log)"
	now=$(machine)
	[ "$now" = "$before" ] || fail "kill $i of $*, not as before:"$'\n'"$(diff <(echo "$before") <(echo "$now"))"$'\n'"$(cat restore.log)"
done
# Kills that all came before or after the interesting time would prove nothing.
[ $changed -ge 1 ] || fail "none of $kills kills came while the machine was changed"
