# SPDX-License-Identifier: GPL-2.0-or-later
# thp-split-pinned: what nobody holds is split, what a pin holds is not although the call returns 0, and nothing of it is left; and counters that do not move while folios are split
# are seen: the run is broken, and names the page.
# needs: root
# timeout: 120
bench=$BUILD/bench/thp-split-pinned

# share FILE METRIC: its value
share()
{
	grep "\"metric\":\"$2\"" "$1" | json | get .value | sed "s,\\.0*$,,"
}

# may STATUS: 4 is a kernel without what this needs
may()
{
	[ "$1" -ne 4 ] || skip "$(tail -n 1 err)"
	[ "$1" -eq 0 ] || fail "exit status $1: $(tail -n 3 err)"
}

"$bench" --pin=none --ops=2 -r 1 -o none.jsonl >out 2>err
may $?
"$bench" --pin=registered --ops=2 -r 1 -o pinned.jsonl >out 2>err
may $?
[ "$(share none.jsonl success)" = 1 ] || fail "without a pin: success $(share none.jsonl success)"
[ "$(share pinned.jsonl success)" = 0 ] || fail "with a pin: success $(share pinned.jsonl success)"
[ "$(share pinned.jsonl early)" = 1 ] || fail "with a pin: early $(share pinned.jsonl early)"
[ "$(share pinned.jsonl refused)" = 0 ] || fail "with a pin: the call returned an error"

# A tree like the kernel's, but for a /proc/vmstat that stands still.
mkdir -p root/proc
ln -s /sys root/sys
for file in /proc/*; do
	case $file in
	/proc/vmstat) cat "$file" >root/proc/vmstat ;;
	*) ln -s "$file" "root$file" ;;
	esac
done
HF_SYSROOT=$PWD/root "$bench" --pin=none --ops=1 -r 1 -o wrong.jsonl >out 2>err
status=$?
[ $status -eq 3 ] || fail "counters that stand still: exit status $status"
end_of wrong.jsonl '.reasons[0]' | grep -q '^page 0x.*do not agree' || fail "no page is named: $(end_of wrong.jsonl '.reasons[0]')"
