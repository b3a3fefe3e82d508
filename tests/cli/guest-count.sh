# SPDX-License-Identifier: GPL-2.0-or-later
# hugefault ab --icount and hugefault bisect with a script in the place of QEMU that counts: exact verdicts, hashes, explanations; a list of kernels and a git tree, by
# a value and by failure, with kernels that cannot be judged.
# needs: guest git
# timeout: 300
export HUGEFAULT_QEMU=$PWD/qemu HUGEFAULT_CACHE=$PWD/cache
bisect=("$TOP/scripts/hugefault" bisect)
cat >qemu <<'END'
#!/bin/bash
# A guest whose kernel's image says in a line "cost N": a number of instructions, "varies", "fails" or "broken"
ports=()
while [ $# -gt 0 ]; do
	case $1 in
	-serial) ports+=("${2#file:}") ;;
	-kernel) cost=$(grep -a '^cost ' "$2" | cut -d ' ' -f 2) ;;
	-plugin) profile=${2#*,out=} ;;
	esac
	shift
done
exec 3>"${ports[0]}" 4>"${ports[1]}" 5>"${ports[2]}" 6>"${ports[3]}"
[ "$cost" != broken ] || exit 1
[ "$cost" != varies ] || cost=$$
point='"bench":"base-fault","params":{"len":"4M","tasks":1}}'
echo boot 1 >&5
for n in 1 2 3; do printf 'begin %s 2\ndone %s 0 3\n' $n $n >&5; done
if [ "$cost" = fails ]; then
	echo '[    5.0] Kernel panic - not syncing: test' >&3
	exit 0
fi
head='{"v":1,"type":"sample","run":"r","label":"","boot":"x","block":null,"time":7,'
{
	echo "symbol ffffffff81000000 T hugetlb_fault"
	echo "section $head$point"
	printf 'metric fault_ns\nsample %s 1 1\nat ffffffff81000000 %s\nend\ncomplete\n' "$cost" "$cost"
} >"$profile"
echo '{"v":1,"type":"run","run":"r","label":"","boot":"x","block":null,"order":null,"bench":"base-fault","kind":"bench","time":7,"params":{},"host":{},"clock":{},"descriptor":{}}' >&4
echo '{"v":1,"type":"end","run":"r","status":"ok","reasons":[],"restored":true,"taint":"","kmsg":[],"seconds":1}' >&4
printf 'profile: %s\r\n' 'unit ns' "section $head$point" 'metric fault_ns' "sample 90 95 1" "function hugetlb_fault 1 $cost 90" end complete >&6
echo '==== hugefault: kernel log' >&6
echo '<6>[    0.000000] Linux version 6' >&6
echo end 0 4 >&5
END
chmod +x qemu

# image FILE VERSION COST
image()
{
	printf '\x7fELF\x04\x00\x00\x00\x08\x00\x00\x00\x12\x00\x00\x00Xen\x00 Linux version 6.%s.0-test (builder)\ncost %s\n' "$2" "$3" >"$1"
}

n=0
for cost in 100 100 100 100 broken broken 110 110 110 110; do
	n=$((n + 1))
	image "k$n" $n $cost
done
metric=(--only base-fault --metric fault_insns)

# Two kernels, counted: exact, and alike in every boot; a kernel against itself differs by nothing
ab=("$TOP/scripts/hugefault" ab --icount --only base-fault)
expect 1 "${ab[@]}" --explain --out x k1 k7
[ "$(find x/A x/B -name profile.txt | wc -l)" -eq 4 ] || fail "not two boots a side"
grep -q '^A: 2 boots, each of 1 samples alike to the last bit: [0-9a-f]*$' out || fail "hash of A: $(cat out)"
grep -q '^! base-fault fault_insns  *+10.0 % (exact)' out || fail "verdict: $(cat out)"
grep -q '^base-fault len=4M fault +10.00 %: 100 -> 110$' out || fail "explanation: $(cat out)"
grep -q '^  hugetlb_fault  *100 ->  *110  *+10$' out || fail "function: $(cat out)"
grep -q 'no cache, TLB' x/compare.txt || fail "the limits are not said: $(cat x/compare.txt)"
[ "$(json <x/A/1/records.jsonl | get .label | sort -u)" = 6.1.0-test ] || fail "label: $(cat x/A/1/records.jsonl)"
[ "$(cat x/A/1/records.jsonl x/A/2/records.jsonl | json | get .boot | sort -u | wc -l)" -eq 2 ] || fail "boots are not told apart"
grep -q '^Kernel instructions per operation' x/report.html || fail "the report does not say which functions"
! command -v gnuplot >/dev/null || [ -s x/figures/explain.svg ] || fail "no figure: $(cat err)"
expect 0 "${ab[@]}" --explain --out y k1 k1
grep -q '1 of 1 metrics: not one instruction more or less' out || fail "A/A: $(cat out)"
image kv 15 varies
"${ab[@]}" --out z k1 kv >out 2>err
grep -q '^B: 2 boots differ' out || fail "boots that differ: $(cat out)"
expect 2 "${ab[@]}" --stress k1 k7
expect 2 "${ab[@]}" --accel tcg k1 k7

# The times of functions, where nothing is counted: one more boot of each side, whose runs are no records
"$TOP/scripts/hugefault" ab --accel tcg --boots 1 --only base-fault --explain --out rt k1 k7 >out 2>err
grep -q '^base-fault len=4M fault +10.00 %: 100 -> 110$' out || fail "explanation by time: $(cat out)"
grep -q '^Nanoseconds per operation' rt/explain.txt || fail "unit: $(cat rt/explain.txt)"
[ "$(cut -f 3 rt/boots.tsv | sort | uniq -c | tr -s ' \n' ' ')" = " 1 A 1 B 1 side " ] || fail "boots: $(cat rt/boots.tsv)"
expect 2 "$BUILD/guest/insns" explain rt/explain/A/profile.txt x/A/1/profile.txt
expect 2 "$TOP/scripts/hugefault" ab --explain --stress k1 k7

# By a value: the first bad one is found although two before it cannot be judged, which is said
expect 3 "${bisect[@]}" "${metric[@]}" --out a --packages k1 k2 k3 k4 k5 k6 k7 k8 k9 k10
grep -q '^last good: k4: fault_insns 100' out || fail "last good: $(cat out)"
grep -q '^first bad: k7: fault_insns 110' out || fail "first bad: $(cat out)"
grep -q '2 kernels between them cannot be judged' err || fail "skipped: $(cat err)"
[ "$(cut -f 3 a/steps.tsv | sort | uniq -c | tr -s ' \n' ' ')" = " 2 bad 2 good 2 skip 1 verdict " ] || fail "steps: $(cat a/steps.tsv)"
grep -q 'hugetlb_fault .*+10$' out || fail "no explanation: $(cat out)"
expect 0 "${bisect[@]}" "${metric[@]}" --out b --packages k1 k2 k3 k4 k7 k8
grep -q '^first bad: k7: fault_insns 110' out || fail "first bad: $(cat out)"

# Nothing to find: within the limit, or alike
expect 1 "${bisect[@]}" "${metric[@]}" --out c --limit 10 --packages k1 k2 k7
grep -q 'the ends do not differ: fault_insns 100.0 and 110.0' err || fail "ends: $(cat err)"
expect 1 "${bisect[@]}" "${metric[@]}" --out d --packages k1 k2
expect 3 "${bisect[@]}" "${metric[@]}" --out e --packages k1 k5
grep -q 'the bad end cannot be measured' err || fail "bad end: $(cat err)"

# By failure
image f1 11 100
image f2 12 100
image f3 13 fails
image f4 14 fails
expect 0 "${bisect[@]}" --only base-fault --fails --out f --packages f1 f2 f3 f4 -- --accel tcg
grep -q '^last good: f2' out || fail "last good: $(cat out)"
grep -q '^first bad: f3: .*panic' out || fail "first bad: $(cat out)"
expect 1 "${bisect[@]}" --only base-fault --fails --out g --packages f1 f2 -- --accel tcg
grep -q 'the bad end is good' err || fail "good bad end: $(cat err)"

# A tree of 32 commits: at most 6 steps, and the tree is left as it was
git init -q -b main tree
cp k1 tree/vmlinux
(
	cd tree || exit 1
	git config user.email test@example.org
	git config user.name test
	git add vmlinux
	git commit -qm start
	for i in $(seq 1 32); do
		[ "$i" -lt 21 ] || sed -i 's/^cost .*/cost 110/' vmlinux
		# one that does not build
		echo "$i" >number
		git add -A
		git commit -qm "change $i"
	done
)
first=$(git -C tree rev-list --max-parents=0 main)
expect 0 "${bisect[@]}" "${metric[@]}" --build '[ "$(cat number 2>/dev/null)" != 16 ] && echo "$PWD/vmlinux"' --out t --tree tree "$first" main
grep -q '^last good: [0-9a-f]* change 20: ' out || fail "last good: $(cat out)"
grep -q '^first bad: [0-9a-f]* change 21: ' out || fail "first bad: $(cat out)"
grep -q 'skip.*does not build' out || fail "no skip: $(cat out)"
[ "$(grep -c '^step [0-9]' t/steps.tsv)" -le 7 ] || fail "more than 6 steps and one skipped: $(cat t/steps.tsv)"
[ "$(git -C tree symbolic-ref --short HEAD)" = main ] || fail "the tree is not as it was"
[ ! -e tree/.git/BISECT_LOG ] || fail "the bisection goes on"
echo changed >>tree/vmlinux
expect 2 "${bisect[@]}" "${metric[@]}" --out u --tree tree "$first" main
grep -q 'changes that are not committed' err || fail "dirty: $(cat err)"

# Wrong command lines
expect 2 "${bisect[@]}" --only x --packages k1 k2
expect 2 "${bisect[@]}" --metric x --packages k1 k2
expect 2 "${bisect[@]}" "${metric[@]}" --fails --packages k1 k2
expect 2 "${bisect[@]}" "${metric[@]}" --packages k1
expect 125 "${bisect[@]}" --step nowhere
