# SPDX-License-Identifier: GPL-2.0-or-later
# A command line that cannot be meant: one clear line, exit 2, nothing measured, nothing changed (run-cli compares the machine).
# timeout: 120
bad()
{
	local name=$1

	shift
	expect 2 "$BUILD/bench/$name" -o records.jsonl "$@"
	one_line "$name"
	[ ! -s records.jsonl ] || fail "records of a run that must not happen: $name $*"
}

for name in $(programs bench); do
	bad "$name" --no-such-option
	bad "$name" argument
	bad "$name" -t 0
	bad "$name" -t 99999
	bad "$name" -t 2x
	bad "$name" -t ''
	bad "$name" -d -1
	bad "$name" -d nan
	bad "$name" -d 1e999
	bad "$name" -r 0
	bad "$name" -r 1.5
	bad "$name" -r 99999999999999999999
	bad "$name" --seed=12q
	bad "$name" --seed=-1
	bad "$name" -c 0-
	bad "$name" -c 99999
	bad "$name" -n 4096
	bad "$name" --profile=fastest
	bad "$name" --events=no-such-event
	bad "$name" --events=page-faults,no:such:event
	bad "$name" --no-such-parameter=1
done

bad hugetlb-fault --len=3M7
bad hugetlb-fault --len=0
bad hugetlb-fault --len=-2M
bad hugetlb-fault --len=99999999999T
bad hugetlb-fault --via=nothing
