# SPDX-License-Identifier: GPL-2.0-or-later
# hugefault ab with a script in the place of QEMU that writes records: the schedule, the verdict on speed, the verdict on failures, the report; signals leave no guest behind.
# needs: guest
# timeout: 300
export HUGEFAULT_QEMU=$PWD/qemu HUGEFAULT_CACHE=$PWD/cache
ab=("$TOP/scripts/hugefault" ab)
cat >qemu <<'END'
#!/bin/bash
[ "$*" != --version ] || { echo "QEMU emulator version 8.1.0"; exit; }
# A guest whose records tell of a boot with three benchmarks; $GUEST may change what it does
echo $$ >>"$PIDS"
ports=()
while [ $# -gt 0 ]; do
	[ "$1" != -serial ] || ports+=("${2#file:}")
	shift
done
exec 3>"${ports[0]}" 4>"${ports[1]}" 5>"${ports[2]}" 6>"${ports[3]}"
. "$TOP/tests/cli.sh"
words=$(grep -a -o -m 1 'bench/base-fault -.*' initrd)
label=$(sed 's/.*--label=\([^ ]*\).*/\1/' <<<"$words")
block=$(sed 's/.*--block=\([^ ]*\).*/\1/' <<<"$words")
side=$(($([ "${PWD%/B/*}" = "$PWD" ]; echo $?)))
slow=1
finish()
{
	boots records "$label" "$side" 6 slow="$slow"
	grep -- "-boot-$((block - 1))[\"-]" records/records.jsonl >&4
	rm -r records
	echo boot 1 >&5
	echo begin 1 2 >&5
	echo done 1 "${1:-0}" 3 >&5
	echo end 0 4 >&5
}
panic()
{
	echo begin 1 2 >&5
	echo '[    5.0] Kernel panic - not syncing: test' >&3
}
eval "$GUEST"
END
chmod +x qemu
export TOP GUEST PIDS=$PWD/pids
for version in 1 2; do
	printf '\x7fELF\x04\x00\x00\x00\x08\x00\x00\x00\x12\x00\x00\x00Xen\x00 Linux version 6.%s.0-test (builder)\n' $version >kernel$version
done

# run NAME EXIT GUEST [OPTION...]: in directory NAME
run()
{
	local name=$1 want=$2

	GUEST=$3
	shift 3
	expect "$want" "${ab[@]}" --accel tcg --seed 1 --only base-fault --boots 6 --out "$name" "$@" kernel1 kernel2
}

run same 0 finish
[ "$(find same/A same/B -name records.jsonl | wc -l)" -eq 12 ] || fail "not six boots a side"
[ "$(grep -c . same/schedule.tsv)" -eq 13 ] || fail "the schedule: $(cat same/schedule.tsv)"
for block in 1 2 3 4 5 6; do
	[ "$(awk -v b=$block '$1 == b { printf "%s", $3 }' same/schedule.tsv)" = "$(awk -v b=$block '$1 == b { print $2; exit }' same/schedule.tsv)" ] || fail "block $block: $(cat same/schedule.tsv)"
done
grep -q "BA" same/schedule.tsv || fail "every pair in the same order: $(cat same/schedule.tsv)"
run again 0 finish
cmp same/schedule.tsv again/schedule.tsv || fail "the same seed gives another schedule"
grep -q '<tr><td>label<td>6.1.0-test<td>6.2.0-test' same/report.html || fail "the report does not say in what A and B differ"
grep -q '<tr><td>host.cpu<td>[^<]*$' same/report.html || fail "the report does not say in what A and B are the same"
! command -v gnuplot >/dev/null || grep -q '<h3>Boots over time</h3>' same/report.html || fail "the report has no figures, or figures without words"

# Speed
run slower 1 '[ $side = 0 ] || slow=1.5; finish'
grep -q REGRESSION slower/compare.txt || fail "no regression: $(cat slower/compare.txt)"
run faster 0 '[ $side = 1 ] || slow=1.5; finish'

# One side fails, once; both fail in the same
run panics 1 'if [ $side = 1 ] && [ $block = 3 ]; then panic; else finish; fi'
grep -q '6.2.0-test fails: base-fault' out || fail "who fails: $(cat out)"
grep -q "panic: test, in: bench/base-fault" panics/boots.tsv || fail "why: $(cat panics/boots.tsv)"
run baseline 1 'if [ $side = 0 ] && [ $block = 3 ]; then panic; else finish; fi'
run both 0 'if [ $block = 3 ]; then panic; else finish; fi'
grep -q '6.1.0-test fails: base-fault' out || fail "both fail, A is not named: $(cat out)"
run checks 1 '[ $side = 0 ] && finish || finish 1'

# Stressors: every one with an actor for each processor and with more of them, and as processes if it can; what differs is the law, not the program
# shellcheck disable=SC2016 # for the guest
broken='grep -a -o "stress/[a-z-]* --full.*" initrd >ways; echo "{\"type\":\"run\",\"run\":\"r\",\"bench\":\"fault-race-fault\"}" >&4
	echo "{\"type\":\"end\",\"run\":\"r\",\"status\":\"fail\",\"reasons\":[\"law $law: x\",\"kernel log: y\"]}" >&4; echo boot 1 >&5; echo begin 1 2 >&5; echo done 1 1 3 >&5; echo end 0 4 >&5'
stressed=("${ab[@]}" --accel tcg --seed 1 --stress --only fault-race-fault --only pin-race-split --for 16 --boots 1)
# shellcheck disable=SC2016 # for the guest
GUEST='law=sigbus; [ $side = 0 ] || law=content; '$broken expect 1 "${stressed[@]}" --out laws kernel1 kernel2
grep -q '6.1.0-test fails: fault-race-fault/kernel-log fault-race-fault/sigbus$' out || fail "laws of A: $(cat out)"
grep -q '6.2.0-test fails: fault-race-fault/content fault-race-fault/kernel-log$' out || fail "laws of B: $(cat out)"
[ "$(sed 's/ -d .*//' laws/A/1/ways | tr '\n' ';')" = 'stress/fault-race-fault --full;stress/pin-race-split --full;stress/fault-race-fault --full -t 5;stress/pin-race-split --full -t 5;stress/fault-race-fault --full -P -t 4;' ] ||
	fail "ways: $(cat laws/A/1/ways)"
# each its share
[ "$(sed 's/.* -d \([^ ]*\) .*/\1/' laws/A/1/ways | tr '\n' ' ')" = '2.0 5.0 2.0 5.0 2.0 ' ] || fail "times: $(cat laws/A/1/ways)"
GUEST='law=sigbus; '$broken "${stressed[@]}" --out alike kernel1 kernel2 >out 2>err
[ $? -ne 1 ] || fail "both break the same laws, and one is blamed: $(cat out err)"

# One kernel
GUEST=finish
expect 0 "$TOP/scripts/hugefault" run --kernel kernel1 --accel tcg --only base-fault --out one
expect 1 env GUEST=panic "$TOP/scripts/hugefault" run --kernel=kernel1 --accel tcg --only base-fault --out onefails
grep -q '6.1.0-test fails: base-fault' err || fail "$(cat err)"
expect 4 env GUEST='finish 4' "$TOP/scripts/hugefault" run --kernel kernel1 --accel tcg --only base-fault --out skips
expect 3 env GUEST='finish 3' "$TOP/scripts/hugefault" run --kernel kernel1 --accel tcg --only base-fault --out breaks

# Two builds of one version are told apart.
cp kernel1 kernel3
echo more >>kernel3
expect 0 "${ab[@]}" --accel tcg --seed 1 --only base-fault --boots 6 --out versions kernel1 kernel3
grep -q '6.1.0-test-A' versions/schedule.tsv || fail "two builds of one version: $(cat versions/schedule.tsv)"

# The command line
for args in "" "kernel1" "kernel1 kernel2 kernel1" "--boots 0 kernel1 kernel2" "--boots" "--accel x kernel1 kernel2" "--profile x kernel1 kernel2" "--only none kernel1 kernel2" \
	"--seed x kernel1 kernel2" "--timeout 0 kernel1 kernel2" "--nonsense kernel1 kernel2" "--out same kernel1 kernel2" "./none kernel2" "--for 5 kernel1 kernel2" "--stress --for x kernel1 kernel2"; do
	# shellcheck disable=SC2086 # words
	expect 2 "${ab[@]}" $args
done
expect 0 "${ab[@]}" --profiles
expect 0 "${ab[@]}" --help

# gone: no guest that was started is running, after moments
gone()
{
	local i pid alive

	for ((i = 0; i < 50; i++)); do
		alive=''
		while read -r pid; do
			! kill -0 "$pid" 2>/dev/null || alive=$pid
		done <"$PIDS"
		[ -n "$alive" ] || return 0
		sleep 0.1
	done
	return 1
}

# A signal ends it orderly, SIGKILL at any moment leaves nothing running. KILLS=50 tries it that often.
GUEST='exec sleep 30'
for ((i = 0; i < ${KILLS:-6}; i++)); do
	: >"$PIDS"
	"${ab[@]}" --accel tcg --only base-fault --out "kill$i" kernel1 kernel2 >out 2>err &
	pid=$!
	[ "$i" -gt 0 ] || until [ -s "$PIDS" ]; do sleep 0.1; done
	sleep "$(printf '0.%03d' $((RANDOM % 900)))"
	kill "$([ "$i" -gt 0 ] && echo -KILL || echo -TERM)" $pid
	wait $pid
	status=$?
	[ "$i" -gt 0 ] || [ $status -eq 3 ] || fail "SIGTERM: exit status $status: $(cat err)"
	sleep 0.3 # what was between fork and exec has started now
	gone || fail "kill $i: a guest is left running"
done
