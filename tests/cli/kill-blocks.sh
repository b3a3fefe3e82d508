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

remember
for ((i = 0; i < kills; i++)); do
	case $((i % 4)) in
	0 | 1) set -- "$BUILD/bench/pool-dissolve" --hvo=$((i / 4 % 2)) ;;
	2) set -- "$BUILD/bench/offline-block" --content=hugetlb-free ;;
	*) set -- "$BUILD/bench/offline-block" --content=pinned --fast=400ms ;;
	esac
	killed $((i / 2)) "$(printf '%d.%03d' $((RANDOM % 2)) $((RANDOM % 1000)))" "$@" -d 4 -r 1
	restored "kill $i of $*"
done
kills_told "$kills"
