# SPDX-License-Identifier: GPL-2.0-or-later
# A fault-injecting library preloaded into stressors: each kind of bug is caught within ten seconds, by the name of its law; without it the same stressors end well.
# needs: root hugepages
# timeout: 240
grep -q fsanitize "$BUILD/.flags" && skip "preloading does not go together with sanitizers"

# caught SHIM LAW STRESSOR [ARGUMENT...]
caught()
{
	local shim=$1 law=$2 name=$3 start=$SECONDS

	shift 3
	rm -f records.jsonl
	HF_SHIM=$shim LD_PRELOAD=$BUILD/tests/helpers/shim.so expect 1 "$BUILD/stress/$name" --seed=1 -d 10 -o records.jsonl "$@"
	[ $((SECONDS - start)) -le 20 ] || fail "$shim took $((SECONDS - start)) s"
	grep -q "fail: law $law: " err || fail "$shim is not called law $law: $(cat err)"
	[ "$(end_of records.jsonl .stress[0].failed)" = "$law" ] || fail "$shim: the record does not name law $law"
}

expect 0 "$BUILD/stress/fault-race-dontneed" --seed=1 -d 1 -o records.jsonl
[ "$(end_of records.jsonl .stress[0].failed)" = "" ] || fail "a run that ended well has a failed law"
caught corrupt content fault-race-dontneed
caught noreserve reservation fault-race-dontneed
caught sigbus sigbus fault-race-dontneed
caught error error fault-race-punch
caught quota quota fault-race-quota
# The page that is reserved and not mapped is one that the run has not added.
pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
echo $(($(<$pool) + 1)) >$pool
caught reserve reservation fault-race-dontneed --ops=40
sleep 8
echo $(($(<$pool) - 1)) >$pool
caught pin pins fault-race-dontneed --ops=40
caught stuck progress fault-race-dontneed
[ -s records.jsonl.stacks ] || fail "no stacks of the tasks were saved"
sleep 8 # what the library has left behind is gone then
