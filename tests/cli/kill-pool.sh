# SPDX-License-Identifier: GPL-2.0-or-later
# SIGKILL at a random moment of a benchmark that resizes pools itself: of the supervisor, of its child, of both at once. After `restore` pools, HVO and
# overcommit are as they were, every time. KILLS=50 tries it that often (default 10).
# needs: root hugepages
# timeout: 900
kills=${KILLS:-10}
RANDOM=${SEED:-1}
programs=("pool-shrink --batch=1,64 --hvo=0,1" "pool-grow --batch=8,512 --hvo=0,1" "pool-surplus-free --hvo=0,1" "pool-demote --hvo=0,1" "pool-gigantic --hvo=0,1")
remember

for ((i = 0; i < kills; i++)); do
	read -ra words <<<"${programs[i % ${#programs[@]}]}"
	killed $i "$(printf '0.%03d' $((50 + RANDOM % 900)))" "$BUILD/bench/${words[0]}" "${words[@]:1}" -d 0.3 -r 2
	restored "kill $i (${words[*]})"
done
kills_told "$kills"
expect 0 "$BUILD/tools/restore"
