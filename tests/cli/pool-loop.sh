# SPDX-License-Identifier: GPL-2.0-or-later
# pool-shrink and pool-grow against a straight loop over the pool file that shares no code with them: single pages, HVO off and on, medians within 15 %.
# Both run one after the other on the same CPU; a machine that does something else meanwhile gets three tries.
# needs: root hugepages
# timeout: 300
hvo=/proc/sys/vm/hugetlb_optimize_vmemmap
[ -w $hvo ] || skip "no $hvo"
grep -q fsanitize "$BUILD/.flags" && skip "a sanitizer adds some tenths of a microsecond to the loop's two"
was=$(<$hvo)
trap 'echo $was >$hvo' EXIT

# p50 FILE METRIC: the median in ns, rounded
p50()
{
	grep "\"metric\":\"$2\"" "$1" | json | get .p50 | cut -d. -f1
}

# near A B: they differ by at most 15 % of the larger
near()
{
	local more=$1 less=$2

	[ "$more" -ge "$less" ] || { more=$2 && less=$1; }
	[ $((100 * (more - less))) -le $((15 * more)) ]
}

# agree HVO ROUNDS SECONDS
agree()
{
	local try grow shrink loop_grow loop_shrink got=()

	for try in 1 2 3; do
		rm -f records.jsonl
		echo "$1" >$hvo
		read -r loop_grow loop_shrink < <("$HELPERS/poolloop" "$2")
		[ -n "$loop_shrink" ] || skip "the pool cannot be changed"
		echo "$was" >$hvo
		expect 0 "$BUILD/bench/pool-grow" -c 0 --hvo="$1" -d "$3" -r 2 -o records.jsonl
		expect 0 "$BUILD/bench/pool-shrink" -c 0 --hvo="$1" -d "$3" -r 2 -o records.jsonl
		grow=$(p50 records.jsonl grow_ns)
		shrink=$(p50 records.jsonl free_ns)
		echo "hvo $1, try $try: grow $grow ns, loop $loop_grow; shrink $shrink ns, loop $loop_shrink"
		near "$shrink" "$loop_shrink" && got[0]=1
		near "$grow" "$loop_grow" && got[1]=1
		[ ${#got[@]} -lt 2 ] || return 0
	done
	fail "hvo $1: the straight loop says something else"
}

agree 0 2000 0.6
agree 1 60 3
