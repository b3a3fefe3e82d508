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

# machine: what a run must leave as it was; a case may have one of its own
machine()
{
	"$BUILD/tools/doctor" --state
}

# remember: as the machine is now it has to be after each killed run
remember()
{
	before=$(machine)
	changed=0
}

# killed I SECONDS COMMAND...: start it, kill_run I after that time, and wait for its end. Return: its status.
killed()
{
	local pid

	rm -f records.jsonl
	"${@:3}" -o records.jsonl >out 2>err &
	pid=$!
	sleep "$2"
	[ "$(machine)" = "$before" ] || changed=$((changed + 1))
	kill_run "$1" "$pid"
	wait "$pid" 2>/dev/null
}

# restored WHAT: after `restore` the machine is as it was
restored()
{
	local now

	"$BUILD/tools/restore" >restore.log 2>&1 || fail "$1: restore: $(cat restore.log)"
	now=$(machine)
	[ "$now" = "$before" ] || fail "$1, not as before:"$'\n'"$(diff <(echo "$before") <(echo "$now"))"$'\n'"$(cat restore.log err)"
}

# kills_told KILLS: those that all came before or after the interesting time would prove nothing
kills_told()
{
	[ "$changed" -ge 1 ] || fail "none of $1 kills came while the machine was changed"
	echo "$changed of $1 kills came while the machine was changed"
}

# boots DIR LABEL SIDE N [AWK-ASSIGNMENT...]: records of N boots in DIR/records.jsonl, as `run`, `sample` and `end` lines of three benchmarks. SIDE 0 and 1
# take turns in time. By assignments: slow (factor on bench slow-path), hvo (its state), first (of the first boot), turns=0 (all of side 1 after
# all of side 0), sd (share), runs (per boot), status (of slow-path's runs), seed (of the noise).
boots()
{
	local dir=$1 label=$2 side=$3 n=$4

	shift 4
	mkdir -p "$dir"
	# The noise is the same everywhere: Park and Miller's generator, four draws added.
	awk -v label="$label" -v side="$side" -v n="$n" -v slow=1 -v hvo=0 -v first=0 -v turns=1 -v sd=0.01 -v runs=1 -v status=ok -v seed=0 "${@/#/-v}" '
	function noise(	i, sum)
	{
		for (i = 0; i < 4; i++) {
			state = (state * 16807) % 2147483647
			sum += state / 2147483647 - 0.5
		}
		return sum * sqrt(3)
	}
	function sample(metric, unit, better, exact, value)
	{
		printf "{\"v\":1,\"type\":\"sample\",\"run\":\"%s\",\"label\":\"%s\",\"boot\":\"%s\",\"time\":%d,\"bench\":\"%s\",\"params\":{\"len\":2097152},", id, label, boot, t, bench
		printf "\"metric\":\"%s\",\"unit\":\"%s\",\"better\":\"%s\",\"exact\":%s,\"value\":%.9g}\n", metric, unit, better, exact, value
	}
	BEGIN {
		state = 12345 + 7919 * side + 104729 * seed
		split("slow-path other-path third-path", names, " ")
		for (i = first; i < first + n; i++)
			for (k = 1; k <= 3; k++)
				for (r = 0; r < runs; r++) {
					bench = names[k]
					boot = label "-boot-" i
					id = boot "-" bench "-" r
					t = 1755000000 + 100 * (turns ? 2 * (runs * i + r) + (side + i + r) % 2 : side * n * runs + runs * i + r)
					x = 1000 * k * (k == 1 ? slow : 1) * exp(sd * noise())
					printf "{\"v\":1,\"type\":\"run\",\"run\":\"%s\",\"label\":\"%s\",\"bench\":\"%s\",\"time\":%d,\"boot\":\"%s\",", id, label, bench, t, boot
					printf "\"host\":{\"machine\":\"x86_64\",\"cpu\":\"X\",\"hvo\":\"%s\"},\"clock\":{\"source\":\"tsc\"}}\n", hvo
					sample("fault_ns", "ns", "lower", "false", x)
					sample("fault_Bps", "B/s", "higher", "false", 2e9 / x)
					sample("faults", "count", "lower", "true", 7)
					printf "{\"v\":1,\"type\":\"end\",\"run\":\"%s\",\"status\":\"%s\",\"reasons\":[]}\n", id, k == 1 ? status : "ok"
				}
	}' >"$dir/records.jsonl"
}
