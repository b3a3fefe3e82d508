# SPDX-License-Identifier: GPL-2.0-or-later
# `hugefault`: its list is what is in bench/ and stress/; it runs what it lists; a command that does not exist is refused.
expect 0 "$TOP/scripts/hugefault" list
for name in $(programs bench) $(programs stress); do
	grep -q "^ *$name " out || fail "$name is not in the list: $(cat out)"
done
"$TOP/scripts/hugefault" list --format=json | tr -d "\n" | json >flat || fail "list --format=json is not JSON"
expect 0 "$TOP/scripts/hugefault" run base-fault --smoke -o records.jsonl
[ "$(end_of records.jsonl .status)" = ok ] || fail "the run did not end well"
expect 2 "$TOP/scripts/hugefault" run base-fault --no-such-option
expect 2 "$TOP/scripts/hugefault" run no-such-benchmark
expect 2 "$TOP/scripts/hugefault" no-such-command
one_line hugefault
