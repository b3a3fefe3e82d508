# SPDX-License-Identifier: GPL-2.0-or-later
# The test runners themselves, in a small tree of made-up programs: each kind of failure is seen, a skip is no pass, and no tests at all is a failure.
mkdir -p tree/{tests/{cli,unit,mustfail},scripts,bench,build/{tools,bench,tests/{unit,mustfail}}}
cp "$TOP"/tests/{tap.sh,cli.sh,run-*} tree/tests/
cp "$TOP/scripts/json.awk" tree/scripts/
export BUILD=$PWD/tree/build
echo 0 >state
# program FILE: a script from stdin below the build directory
program()
{
	{ echo '#!/bin/bash'; cat; } >"$BUILD/$1"
	chmod +x "$BUILD/$1"
}
program tools/doctor <<<"cat '$PWD/state'"

# says RUNNER STATUS LINE...: the runner ends with STATUS and prints exactly these results (globs), its total included
says()
{
	local runner=$1 want=$2 line

	shift 2
	"tree/tests/$runner" >log 2>&1
	status=$?
	[ $status -eq "$want" ] || fail "$runner: exit status $status, not $want: $(cat log)"
	grep -E '^(ok|not ok|skip|# run-)' log >results
	printf '%s\n' "$@" >wanted
	while IFS= read -r line; do
		IFS= read -r glob <&3
		# shellcheck disable=SC2053 # the right side is a pattern on purpose
		[[ $line == $glob ]] || fail "$runner: '$line' instead of '$glob'"
	done <results 3<wanted
	[ "$(wc -l <results)" -eq $# ] || fail "$runner: $(wc -l <results) results instead of $#: $(cat log)"
}

says run-cli 1 '# run-cli: 0 passed, 0 failed, 0 skipped'
says run-unit 1 '# run-unit: 0 passed, 0 failed, 0 skipped'
says run-smoke 1 '# run-smoke: 0 passed, 0 failed, 0 skipped'

# run-cli
case_()
{
	cat >"tree/tests/cli/$1.sh"
}
case_ a-pass <<<'echo "line $RANDOM"; [ -z "$(ls)" ] || exit 1; ! read -r line'
echo 'line [0-9]*' >tree/tests/cli/a-pass.out
case_ b-status <<<'exit 3'
case_ c-wanted <<<'exit 3'
echo 3 >tree/tests/cli/c-wanted.exit
case_ d-output <<<'echo other'
echo one >tree/tests/cli/d-output.out
case_ e-longer <<<'echo one; echo two'
echo one >tree/tests/cli/e-longer.out
case_ f-shorter <<<'echo one'
printf 'one\ntwo\n' >tree/tests/cli/f-shorter.out
case_ g-needs <<<'# needs: moon'
case_ h-skips <<<'skip "no moon"'
case_ i-fails <<<'expect 1 true'
case_ j-slow <<<$'# timeout: 1\nsleep 20'
case_ k-state <<<"echo 1 >'$PWD/state'"
says run-cli 1 'ok cli/a-pass' 'not ok cli/b-status: exit status 3, not 0' 'ok cli/c-wanted' 'not ok cli/d-output: the output differs' \
	'not ok cli/e-longer: the output differs' 'not ok cli/f-shorter: the output differs' "skip cli/g-needs: unknown need 'moon'" 'skip cli/h-skips: no moon' \
	'not ok cli/i-fails: exit status 1, not 0' 'not ok cli/j-slow: still running after 1 s' 'not ok cli/k-state: the machine is not as it was' \
	'# run-cli: 2 passed, 7 failed, 2 skipped'
rm tree/tests/cli/[d-k]-*
echo other >tree/tests/cli/a-pass.out
UPDATE=1 tree/tests/run-cli a-pass >log || fail "UPDATE=1: $(cat log)"
grep -q '^line ' tree/tests/cli/a-pass.out || fail "UPDATE=1 did not rewrite: $(cat tree/tests/cli/a-pass.out)"

# run-unit
for unit in a-pass b-fail c-skip d-crash e-silent f-missing g-leak; do
	touch tree/tests/unit/$unit.c
done
program tests/unit/a-pass <<<'printf "%s\n" 1..2 "ok 1 - one" "ok 2 - two" "# ok - tests"'
program tests/unit/b-fail <<<'printf "%s\n" 1..2 "ok 1 - one" "not ok 2 - two" "# why" "# not ok - tests"; exit 1'
program tests/unit/c-skip <<<'printf "%s\n" 1..2 "no moon" "not ok 1 # SKIP one" "ok 2 # SKIP two"'
program tests/unit/d-crash <<<'printf "%s\n" 1..2 "ok 1 - one"; kill -SEGV $$'
program tests/unit/e-silent <<<'exit 0'
program tests/unit/g-leak <<<'printf "%s\n" 1..1 "ok 1 - one"; exit 23'
says run-unit 1 'ok unit/a-pass/one' 'ok unit/a-pass/two' 'ok unit/b-fail/one' 'not ok unit/b-fail/two: see below' 'skip unit/c-skip/one: no moon' \
	'skip unit/c-skip/two: *' 'ok unit/d-crash/one' 'not ok unit/d-crash: exit status 139 after 1 of 2 tests' \
	'not ok unit/e-silent: exit status 0 after 0 of 0 tests' 'not ok unit/f-missing: not built' 'ok unit/g-leak/one' \
	'not ok unit/g-leak: exit status 23 after 1 of 1 tests' '# run-unit: 5 passed, 5 failed, 2 skipped'

# run-smoke
touch tree/bench/{good,lying,none}-fault.c tree/bench/kernel-bad.c
program bench/good-fault <<<'echo "{\"type\":\"end\",\"status\":\"ok\",\"reasons\":[]}" >records.jsonl'
program bench/lying-fault <<<'echo "{\"type\":\"end\",\"status\":\"broken\",\"reasons\":[]}" >records.jsonl'
program bench/none-fault <<<'echo "{\"type\":\"end\",\"status\":\"skip\",\"reasons\":[\"no moon\"]}" >records.jsonl; exit 4'
program bench/kernel-bad <<<'exit 1'
says run-smoke 1 'ok smoke/bench/good-fault' 'not ok smoke/bench/kernel-bad: exit status 1' 'not ok smoke/bench/lying-fault: *broken*' \
	'skip smoke/bench/none-fault: "no moon"' '# run-smoke: 1 passed, 2 failed, 1 skipped'

# run-mustfail
for name in as-owed no-record not-broken other-text says-nothing; do
	echo '/* owes: 3 broken leg */' >tree/tests/mustfail/$name.c
done
echo >tree/tests/mustfail/says-nothing.c
program tests/mustfail/as-owed <<<'echo "{\"type\":\"end\",\"status\":\"broken\",\"reasons\":[\"broken leg\"]}" >records.jsonl; exit 3'
program tests/mustfail/no-record <<<'echo "x: broken leg" >&2; exit 3'
program tests/mustfail/not-broken <<<'echo "{\"type\":\"end\",\"status\":\"ok\",\"reasons\":[\"broken leg\"]}" >records.jsonl; exit 3'
program tests/mustfail/other-text <<<'echo "{\"type\":\"end\",\"status\":\"broken\",\"reasons\":[\"broken arm\"]}" >records.jsonl; exit 3'
program tests/mustfail/says-nothing <<<'exit 3'
says run-mustfail 1 'ok mustfail/as-owed' 'ok mustfail/no-record' 'not ok mustfail/not-broken: *status broken' "not ok mustfail/other-text: does not say 'broken leg'" \
	'not ok mustfail/says-nothing: *' '# run-mustfail: 2 passed, 3 failed, 0 skipped'
