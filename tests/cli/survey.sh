# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run-survey with a script in the place of QEMU: a failure's consequences are told from failures, a dead guest loses nothing, what is there is not booted again.
# needs: guest
# timeout: 120
export HUGEFAULT_QEMU=$PWD/qemu HUGEFAULT_CACHE=$PWD/cache RESULTS=$PWD/survey PROFILES='smp gigantic' TOP
cat >qemu <<'END'
#!/bin/bash
[ "$*" != --version ] || { echo "QEMU emulator version 8.1.0"; exit; }
# In 6.2 base-fault breaks a law, and clear-thp fails because it did; hugetlb-cow kills the guest. thp-split lacks something, pool-grow makes no statement.
[ ! -e "$RESULTS/../nothing" ] || exit 1
ports=() version=1
while [ $# -gt 0 ]; do
	case $1 in
	-serial) ports+=("${2#file:}") ;;
	-kernel) ! grep -q 6.2.0 "$2" || version=2 ;;
	esac
	shift
done
exec 3>"${ports[0]}" 4>"${ports[1]}" 5>"${ports[2]}" 6>"${ports[3]}"
echo boot 1 >&5
n=0 spoilt=
while read -r program _; do
	n=$((n + 1))
	result=0
	echo begin $n $n >&5
	case $version:$program in
	2:bench/base-fault) result=1 spoilt=1 ;;
	2:bench/clear-thp) [ -z "$spoilt" ] || result=1 ;;
	2:bench/hugetlb-cow)
		echo '[    5.0] Kernel panic - not syncing: test' >&3
		exit ;;
	*:bench/thp-split) result=4 ;;
	*:bench/pool-grow) result=3 ;;
	esac
	if [ $result -ne 0 ]; then
		echo "{\"type\":\"run\",\"run\":\"$n\",\"bench\":\"${program##*/}\"}" >&4
		echo "{\"type\":\"end\",\"run\":\"$n\",\"reasons\":[\"law $n: x | y\"]}" >&4
	fi
	echo done $n $result $n >&5
done < <(grep -a -o '\(bench\|stress\)/[a-z-]* -[rd] .*' initrd)
echo end 0 99 >&5
END
chmod +x qemu
for version in 1 2; do
	printf '\x7fELF\x04\x00\x00\x00\x08\x00\x00\x00\x12\x00\x00\x00Xen\x00 Linux version 6.%s.0-test (builder)\n' $version >kernel$version
done

# cell KERNEL PROGRAM: what came of it in smp, and in which boot
cell()
{
	awk -F '\t' -v p="$2" '$1 == p { print $2, $3 }' "survey/$1-test/smp/results"
}

# A boot that came to nothing is no cell.
touch nothing
expect 3 env PROFILES=smp "$TOP/tests/run-survey" "$PWD/kernel1"
! grep -q '^6' survey/survey.txt || fail "a cell without a boot: $(cat survey/survey.txt)"
rm nothing

expect 0 "$TOP/tests/run-survey" "$PWD/kernel1" "$PWD/kernel2"
total=$(programs bench | wc -l)
total=$((total + $(programs stress | wc -l)))
grep -q "^| 6.1.0 | $((total - 2))/0/1/1 | " survey/survey.md || fail "not everything passed: $(cat survey/survey.md)"
grep -q "^| 6.2.0 | $((total - 4))/2/1/1 | " survey/survey.md || fail "not two failures: $(cat survey/survey.md)"
[ "$(cell 6.2.0 bench/base-fault)" = 'failed 1' ] || fail "base-fault: $(cell 6.2.0 bench/base-fault)"
[ "$(cell 6.2.0 bench/clear-thp)" = 'passed 2' ] || fail "a consequence: $(cell 6.2.0 bench/clear-thp)"
[ "$(cell 6.2.0 bench/hugetlb-cow)" = 'failed 2' ] || fail "who killed the guest: $(cell 6.2.0 bench/hugetlb-cow)"
[ "$(cell 6.2.0 stress/pin-race-split)" = 'passed 3' ] || fail "who ran behind that: $(cell 6.2.0 stress/pin-race-split)"
grep -q '^| bench/base-fault | smp | 6.2.0 | 6.1.0 | 1 of 2 | "law 1: x \\| y" |$' survey/survey.md || fail "the law: $(cat survey/survey.md)"
grep -q '^| bench/hugetlb-cow | smp | 6.2.0 | 6.1.0 | 1 of 2 | panic: test, in: bench/hugetlb-cow;' survey/survey.md || fail "the panic: $(cat survey/survey.md)"
grep -q '^bench/thp-split  *"law' survey/survey.txt || fail "what ran nowhere: $(cat survey/survey.txt)"
[ "$(cut -f 1 survey/6.1.0-test/gigantic/results | grep -vc 'gigantic\|pool-demote')" = 0 ] || fail "gigantic: $(cat survey/6.1.0-test/gigantic/results)"

# With one boot a consequence cannot be told from a failure, and what did not run is said not to have run.
RESULTS=$PWD/one BOOTS=1 PROFILES=smp expect 0 "$TOP/tests/run-survey" "$PWD/kernel2"
grep -q '^bench/clear-thp	failed	1	after base-fault: ' one/6.2.0-test/smp/results || fail "one boot: $(cat one/6.2.0-test/smp/results)"
grep -q '^stress/pin-race-split	lost	1' one/6.2.0-test/smp/results || fail "one boot: $(cat one/6.2.0-test/smp/results)"

# What is there is not booted again.
touch nothing
cp survey/survey.md before
expect 0 "$TOP/tests/run-survey" "$PWD/kernel1" "$PWD/kernel2"
cmp before survey/survey.md || fail "another table without a boot"
