# SPDX-License-Identifier: GPL-2.0-or-later
# SIGINT, SIGTERM and SIGHUP in the middle of a run: exit 3, an end record that says broken and why, everything put back (run-cli compares the machine).
# With pages added to the pool where that is allowed, so that there is something to put back.
name=base-fault
[ ! -w /proc/sys/vm/nr_hugepages ] || name=hugetlb-fault
for signal in INT TERM HUP; do
	rm -f records.jsonl
	# A background job of a shell without job control ignores SIGINT; env gives it back.
	env --default-signal=INT "$BUILD/bench/$name" -d 30 -o records.jsonl >out 2>err &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		[ -s records.jsonl ] && break
		sleep 0.1
	done
	[ -s records.jsonl ] || fail "no run record after 10 s: $(cat err)"
	sleep 0.5
	kill -s $signal $pid || fail "the run ended before SIG$signal: $(cat out err)"
	wait $pid
	status=$?
	[ $status -eq 3 ] || fail "exit status $status after SIG$signal: $(cat err)"
	[ "$(end_of records.jsonl .status)" = broken ] || fail "SIG$signal: status $(end_of records.jsonl .status)"
	[ "$(end_of records.jsonl .restored)" = true ] || fail "SIG$signal: not restored"
	end_of records.jsonl '.reasons[0]' | grep -qiE "signal|SIG$signal|interrupt|terminat|hang" || fail "SIG$signal: reason '$(end_of records.jsonl '.reasons[0]')'"
done
