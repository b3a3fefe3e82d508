# SPDX-License-Identifier: GPL-2.0-or-later
# `hugefault stress` with made-up stressors: what it hands on to each, and what it makes of how each ends.
mkdir -p tree/stress
export BUILD=$PWD/tree

# program NAME STATUS LINE: a stressor that says LINE, has hit 7 races and ends with STATUS
program()
{
	cat >"tree/stress/$1" <<-EOF
		#!/bin/bash
		echo "$1 \$*" >>"$PWD/calls"
		while [ "\$1" != -o ]; do shift; done
		echo '{"type":"end","stress":[{"hits":7}]}' >>"\$2"
		echo "$1: $3"
		exit $2
	EOF
	chmod +x "tree/stress/$1"
}

# stress STATUS OPTION...: run it; the output is in out
stress()
{
	local want=$1

	shift
	rm -f calls
	"$TOP/scripts/hugefault" stress "$@" >out 2>err </dev/null
	status=$?
	[ $status -eq "$want" ] || fail "stress $*: exit status $status, not $want: $(cat out err)"
}

program one 0 fine
program two 0 fine
for wrong in --jobs=0 --jobs=17 --jobs=x --jobs= --seed=-1 --for=0 --for=x --only=none --nonsense; do
	stress 2 "$wrong"
	[ ! -e calls ] || fail "$wrong: something was run: $(cat calls)"
done

# Each gets the number of actors; they run one after the other.
stress 0 --jobs 5 --seed 3 --for 2
[ "$(cut -d ' ' -f 1 calls | tr '\n' ' ')" = 'one two ' ] || fail "not each of them once: $(cat calls)"
[ "$(grep -c -- ' --seed=3 -t 5$' calls)" = 2 ] || fail "not all have the seed and five actors: $(cat calls)"
grep -q '^2 ok, 0 failed, 0 broken, 0 skipped, of 2' out || fail "$(cat out)"
stress 0 --jobs=16 --only one
grep -q ' -t 16$' calls || fail "no sixteen actors: $(cat calls)"
stress 0 --only one
grep -q -- ' -t ' calls && fail "a number of actors that nobody asked for: $(cat calls)"

# The worst of all.
program two 4 'skip: no memory'
stress 0
program one 4 'skip: no memory'
stress 4
program one 3 'broken: no file'
stress 3
program three 1 'fail: law content: lost'
stress 1
grep -q '^\[2/3\] three  *fail  *7 hits: fail: law content: lost' out || fail "$(cat out)"
stress 1 --ktap
grep -q '^not ok 2 three # 7 hits' out || fail "$(cat out)"
grep -q '^ok 3 two # SKIP no memory' out || fail "$(cat out)"
