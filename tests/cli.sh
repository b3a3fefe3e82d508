# SPDX-License-Identifier: GPL-2.0-or-later
# cli.sh: functions for the cases in tests/cli/; run-cli has it read before each of them.
# shellcheck shell=bash
# The scripts that a case starts are not cases.
unset BASH_ENV

# fail TEXT: the case has failed
fail()
{
	echo "FAILED: $*"
	exit 1
}

# skip TEXT: the case cannot be run here
skip()
{
	echo "$*"
	exit 77
}

# as_user COMMAND...: run it without any privilege: as "nobody" when the caller is root, else as the caller
as_user()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"
	else
		"$@"
	fi
}

# json: JSON on stdin (one value per line) as "path<TAB>value" lines; fails when it is not JSON
json()
{
	awk -f "$TOP/scripts/json.awk"
}

# get PATH: from the output of json, the values at this path
get()
{
	awk -F '\t' -v path="$1" '$1 == path { print $2 }'
}

# end_of FILE KEY: KEY of the last line of a record file, which has to be an "end"
end_of()
{
	tail -n 1 "$1" | json >end_of.$$ || fail "$1: the last line is not JSON"
	[ "$(get .type <end_of.$$)" = end ] || fail "$1: the last line is not an end record: $(tail -n 1 "$1")"
	get "$2" <end_of.$$
	rm end_of.$$
}

# programs KIND: the built programs of bench/ or stress/, by name
programs()
{
	local src

	for src in "$TOP/$1"/*.c; do
		[ -e "$src" ] && basename "$src" .c
	done
}

# expect STATUS COMMAND...: run it, stdout to file out, stderr to file err; fail when it exits with anything else
expect()
{
	local want=$1 got

	shift
	"$@" >out 2>err
	got=$?
	[ $got -eq "$want" ] || fail "exit status $got, not $want: $*"$'\n'"$(tail -n 20 out err)"
}

# one_line NAME: err holds a single line that begins with the program's name, and out is empty
one_line()
{
	[ "$(wc -l <err)" -eq 1 ] || fail "not one line on stderr:"$'\n'"$(cat err)"
	grep -q "^$1: " err || fail "the line does not begin with '$1: ': $(cat err)"
	[ ! -s out ] || fail "something on stdout: $(head -n 3 out)"
}

# kill_run I PID: SIGKILL, in turn, to the supervisor PID, to its measured process, to both at once.
kill_run()
{
	local child
	child=$(cat "/proc/$2/task/$2/children" 2>/dev/null)
	child=${child%% *}
	case $(($1 % 3)) in
	0) kill -KILL "$2" 2>/dev/null ;;
	1) [ -z "$child" ] || kill -KILL "$child" 2>/dev/null ;;
	2) kill -KILL "$2" ${child:+"$child"} 2>/dev/null ;;
	esac
}
