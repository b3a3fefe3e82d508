# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel counter that did not change is 0 in the record; one that this kernel does not have is no number at all, and is named.
"$BUILD/tests/mustfail/counter-missing" --smoke -o records.jsonl >out 2>&1 || fail "exit status $?"
grep -q '"metric":"kills".*"value":0[,.}]' records.jsonl || fail "a counter that did not change is not 0: $(grep '"kills"' records.jsonl)"
grep -qE '"type":"sample".*"metric":"(lacking|wanting)"' records.jsonl && fail "a counter that is not there has a value"
grep -q '"type":"warn".*no_such_counter, nor_this_one' records.jsonl || fail "it is not named"
true
