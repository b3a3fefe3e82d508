# SPDX-License-Identifier: GPL-2.0-or-later
# Output that cannot be written: one clear line that names the file, exit 3.
cannot()
{
	expect 3 "$@"
	[ "$(grep -c "^base-fault: " err)" -eq 1 ] || fail "not one line of base-fault's on stderr:"$'\n'"$(cat err)"
}

mkdir dir
base=$BUILD/bench/base-fault
cannot "$base" --smoke -o missing/records.jsonl
grep -q missing/records.jsonl err || fail "the file is not named: $(cat err)"
cannot "$base" --smoke -o dir
grep -q dir err || fail "the file is not named: $(cat err)"
cannot "$base" --smoke -o /dev/full
grep -q /dev/full err || fail "the file is not named: $(cat err)"

# Root may write into a directory that is read-only for everyone; the others may not.
chmod 755 .
chmod 555 dir
export HUGEFAULT_STATE=$PWD/state
mkdir -m 700 state
touch out err
chmod 666 out err
if [ "$(id -u)" -eq 0 ]; then
	chown 65534 state
fi
cannot as_user "$base" --smoke -o dir/records.jsonl
grep -q dir/records.jsonl err || fail "the file is not named: $(cat err)"

# A table that nobody can read is no reason to call a run good.
unset HUGEFAULT_STATE
expect 3 bash -c '"$0" --smoke -o records.jsonl >/dev/full' "$base"
