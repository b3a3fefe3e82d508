# SPDX-License-Identifier: GPL-2.0-or-later
# An ordinary user without huge pages in the pool: exit 4, and all unmet needs are named at once.
free=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null)
[ "${free:-0}" -eq 0 ] || skip "there are free huge pages"
[ "$(cat /proc/sys/vm/nr_overcommit_hugepages 2>/dev/null)" = 0 ] || skip "huge pages may be overcommitted"
chmod 755 .
mkdir -m 777 work
mkdir -m 700 state
[ "$(id -u)" -ne 0 ] || chown 65534 state
export HUGEFAULT_STATE=$PWD/state

expect 4 as_user "$BUILD/bench/hugetlb-fault" --smoke -o work/records.jsonl
grep -qi 'huge page\|pool' err out || fail "the reason is not named: $(cat out err)"
[ "$(end_of work/records.jsonl .status)" = skip ] || fail "status $(end_of work/records.jsonl .status)"
[ -n "$(end_of work/records.jsonl '.reasons[0]')" ] || fail "no reason in the record"

# Several at once are named together, in the record and on the terminal.
expect 4 as_user "$BUILD/tests/mustfail/unmet" --smoke -o work/unmet.jsonl
for need in '4096 NUMA nodes' /sys/kernel/no-such-file /proc/sys/vm/another; do
	grep -q "\"reasons\":.*$need" work/unmet.jsonl || fail "'$need' is not in the record: $(tail -n 1 work/unmet.jsonl)"
	cat out err | grep -q "$need" || fail "'$need' is not said: $(cat out err)"
done
