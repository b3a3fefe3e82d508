# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/new in a copy of the tree: the skeletons build and run, lint fails for their TODOs alone and passes once they are filled in; the list shows them.
# needs: cc
# timeout: 300
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
grep -q fsanitize "$BUILD/.flags" && skip "lint looks at a build without sanitizers"

mkdir copy
tar -C "$TOP" --exclude=./build --exclude=./results --exclude=./.git -cf - . | tar -C copy -xf -
cp -a "$BUILD" copy/build
cd copy || exit 1
unset BUILD

# refused ARGUMENTS...: one clear line, exit 2
refused()
{
	expect 2 scripts/new "$@"
	one_line new
}

refused
refused bench
refused bench Demo-Fault
refused bench demo-fault2
refused bench ../demo-fault
refused compare demo-fault
refused bench "$(basename "$(find bench -name '*.c' | head -n 1)" .c)"

scripts/lint >before 2>&1
expect 0 scripts/new bench demo-fault
expect 0 scripts/new stress demo-churn
refused stress demo-fault
[ "$(cat bench/demo-fault.c stress/demo-churn.c | wc -l)" -lt 160 ] || fail "the skeletons are too long"
printf '%s\n' '- `demo-fault`: a demonstration' '- `demo-churn`: a demonstration' >>README.md # this copy is no checkout of git
make -s build/bench/demo-fault build/stress/demo-churn >make.log 2>&1 || fail "the skeletons do not build: $(cat make.log)"

expect 1 scripts/lint
grep -q '^bench/demo-fault.c:[0-9]*: todo: ' out || fail "lint does not see the TODOs: $(cat out)"
grep -q '^stress/demo-churn.c:[0-9]*: todo: ' out || fail "lint does not see the TODOs: $(cat out)"
diff before out | sed -n "s,^> ,,p" | grep -v -e ' todo: ' -e 'descriptors: .*TODO' -e '^lint: ' && fail "lint finds more in the skeletons than what is left to do"

sed -i 's/TODO: //g' bench/demo-fault.c stress/demo-churn.c
make -s build/bench/demo-fault build/stress/demo-churn >make.log 2>&1 || fail "the filled-in skeletons do not build: $(cat make.log)"
scripts/lint >after 2>&1
diff before after >new || fail "lint still finds something in the filled-in skeletons: $(cat new)"
for prog in bench/demo-fault stress/demo-churn; do
	"build/$prog" --smoke -o records.jsonl >run.log 2>&1
	status=$?
	[ $status -eq 0 ] || [ $status -eq 4 ] || fail "$prog ends with $status: $(cat run.log)"
done
expect 0 scripts/hugefault list
for name in demo-fault demo-churn; do
	grep -q "^ *$name " out || fail "$name is not in the list: $(cat out)"
done
