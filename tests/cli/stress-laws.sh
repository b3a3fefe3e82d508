# SPDX-License-Identifier: GPL-2.0-or-later
# A fault-injecting library preloaded into stressors: each kind of bug is caught within ten seconds, by the name of its law; without it the same stressors end well. Every law is
# broken by at least one kind: the table is the lines below that begin with "caught", and lint compares it with the laws there are (rule laws).
# needs: root hugepages
# timeout: 300
grep -q fsanitize "$BUILD/.flags" && skip "preloading does not go together with sanitizers"
pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages

# caught LAW SHIM STRESSOR [ARGUMENT...]
caught()
{
	local law=$1 shim=$2 name=$3 begun took

	shift 3
	begun=$(date +%s%3N)
	rm -f records.jsonl
	HF_SHIM=$shim LD_PRELOAD=$BUILD/tests/helpers/shim.so "$BUILD/stress/$name" --seed=1 -d 8 -o records.jsonl "$@" >out 2>err
	status=$?
	took=$(($(date +%s%3N) - begun))
	if [ $status -eq 4 ]; then
		echo "$shim: $name was skipped: $(end_of records.jsonl '.reasons[0]')"
		skipped=1
		return
	fi
	[ $status -eq 1 ] || fail "$shim: exit status $status, not 1"$'\n'"$(tail -n 20 out err)"
	[ $took -le 10000 ] || fail "$shim took $took ms"
	grep -q "fail: law $law: " err || fail "$shim is not called law $law: $(cat err)"
	! grep "fail: law " err | grep -v "law $law: " || fail "$shim breaks other laws than $law"
	[ "$(end_of records.jsonl '.stress[0].failed')" = "$law" ] || [ "$(end_of records.jsonl '.stress[1].failed')" = "$law" ] || fail "$shim: the record does not name law $law"
	echo "$shim: law $law, after $took ms"
}

skipped=0
# A page that no run has added: one that is taken, or reserved and not mapped, is missed only where there is one.
echo $(($(<$pool) + 1)) >$pool
trap 'echo $(($(<$pool) - 1)) >$pool' EXIT
expect 0 "$BUILD/stress/fault-race-dontneed" --seed=1 -d 1 -o records.jsonl
[ "$(end_of records.jsonl '.stress[0].failed')" = "" ] || fail "a run that ended well has a failed law"
caught content corrupt fault-race-dontneed
caught sigbus sigbus fault-race-dontneed
caught error error fault-race-punch
caught reservation noreserve fault-race-dontneed
caught quota quota fault-race-quota
caught quota quota-wrap fault-race-dontneed -d 1
caught pool wrap fault-race-dontneed
caught pool taken fault-race-dontneed -d 1
caught pool nodes fault-race-dontneed -d 1
caught surplus surplus fault-race-dontneed -d 1
caught cgroup cgroup fault-race-dontneed -d 1
caught frames frames fault-race-dontneed -d 1
caught frames left resize-race-fault -d 1 --hvo=0
caught frames isolated fault-race-dontneed -d 1
caught frames moving fault-race-dontneed -d 1
caught memory lru fault-race-dontneed -d 1
caught page page isolate-race-free --hvo=0
caught forward forward isolate-race-free --hvo=0 --actors=0x1 --steps=1 # attempts that do not end take two seconds each
caught progress mmap-lock fault-race-dontneed -d 1
grep -q "memory of process 1 cannot be looked at" err || fail "who hangs is not named: $(cat err)"
caught progress stuck fault-race-dontneed
[ -s records.jsonl.stacks ] || fail "no stacks of the tasks were saved"
# These leave something behind for nine seconds.
caught pins pin fault-race-dontneed --ops=40
caught memory memory fault-race-dontneed -d 1
caught reservation reserve fault-race-dontneed --ops=40
sleep 10
[ $skipped -eq 0 ] || skip "some laws were not put to the test, see above: $(grep -h skipped out)"
