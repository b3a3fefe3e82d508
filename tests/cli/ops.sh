# SPDX-License-Identifier: GPL-2.0-or-later
# --ops: exactly so many operations in each repeat, whatever they take; --marks changes nothing that is measured.
expect 0 "$BUILD/bench/base-fault" --ops=70 -r 3 -o records.jsonl
expect 0 "$BUILD/bench/base-fault" --ops=70 -r 3 --marks -o records.jsonl
grep '"metric":"fault_ns"' records.jsonl | json | get .n >n
[ "$(sort -u n | tr "\n" " ")$(wc -l <n)" = "210 2" ] || fail "not 70 operations in each of 3 repeats: $(tr '\n' ' ' <n)"
expect 2 "$BUILD/bench/base-fault" --ops=0
grep -q -- '--ops 0: not a whole number from 1' err || fail "--ops=0: $(cat err)"
