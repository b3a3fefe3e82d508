# SPDX-License-Identifier: GPL-2.0-or-later
# gate: exit statuses and formats for CI; nothing that is missing is a pass.
gate=$BUILD/compare/gate
boots base A 0 6
boots same B 1 6
boots slower C 1 6 slow=1.1

expect 0 "$gate" --baseline base same
expect 1 "$gate" --baseline base slower
expect 1 "$gate" --baseline=base --format=json slower
[ "$(get .status <<<"$(json <out)")" = 1 ] || fail "status in JSON: $(cat out)"

expect 1 "$gate" --baseline base --format=ktap slower
[ "$(head -n 1 out)" = "KTAP version 1" ] || fail "no KTAP: $(cat out)"
[ "$(sed -n 's/^1\.\.//p' out)" -eq "$(grep -c '^\(not \)\?ok ' out)" ] || fail "the plan is not what follows: $(cat out)"
grep -q '^not ok [0-9]* slow-path fault_ns$' out || fail "no failure of slow-path: $(cat out)"

expect 1 "$gate" --baseline base --format=junit --output=junit.xml slower
[ ! -s out ] || fail "something on stdout"
grep -q '<testcase classname="slow-path" name="slow-path fault_ns"><failure message="REGRESSION' junit.xml || fail "JUnit: $(cat junit.xml)"
[ "$(grep -o '<testcase' junit.xml | wc -l)" -eq "$(sed -n 's/.*tests="\([0-9]*\)".*/\1/p' junit.xml)" ] || fail "JUnit counts: $(cat junit.xml)"
if command -v python3 >/dev/null; then
	python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse("junit.xml")' || fail "not XML"
fi
expect 0 "$gate" --baseline base --format=markdown same
grep -q '^### hugefault: 9 metrics: 0 REGRESSION' out || fail "Markdown: $(cat out)"

# a benchmark that is missing, one that broke or failed, too few boots, another order
grep -v other-path same/records.jsonl >less.jsonl
expect 4 "$gate" --baseline base --format=ktap less.jsonl
[ "$(grep -c '^not ok' out)" -eq 3 ] || fail "what is missing is not a failure: $(cat out)"
boots broken D 1 6 status=broken
expect 4 "$gate" --baseline base broken
boots failing E 1 6 status=fail
expect 1 "$gate" --baseline base --format=ktap failing
grep -q '^not ok [0-9]* slow-path run fail$' out || fail "no word of the failed runs: $(cat out)"
boots runs F 0 1 runs=8
boots more G 1 1 runs=8
expect 4 "$gate" --baseline runs more
boots late H 1 6 turns=0
boots early I 0 6 turns=0
expect 4 "$gate" --baseline early late

mkdir empty
for new in empty nowhere; do
	expect 2 "$gate" --baseline base $new
	one_line gate
done
expect 2 "$gate" base same
expect 2 "$gate" --baseline base
expect 2 "$gate" --baseline base same --format=csv
