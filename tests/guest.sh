# SPDX-License-Identifier: GPL-2.0-or-later
# guest.sh: what the runners share that boot guests; read after tap.sh. What a guest is made of is in the working directory: programs.cpio, and its commands in the file commands.
# shellcheck shell=bash

# suite BUILD: every benchmark and stressor there is: names (bench/NAME, stress/NAME), and programs as guest/pack wants them
suite()
{
	local path name

	names=()
	programs=()
	for path in "$TOP"/bench/*.c "$TOP"/stress/*.c; do
		[ -e "$path" ] || continue
		name=${path#"$TOP"/}
		name=${name%.c}
		names+=("$name")
		programs+=("$name=$1/$name")
	done
}

# in_guest PROGRAM SHORT LONGER: the command that runs it with the options SHORT. On a busy machine all rounds of a race may be preempted: then it runs once more, with the options LONGER.
in_guest()
{
	echo "$1 $2 -o \$HF_RECORDS; s=\$?; [ \$s != 3 ] || exec $1 $3 -o \$HF_RECORDS; exit \$s"
}

# start DIR KERNEL-DIR OPTION...: a boot that leaves its files in DIR; sets status, word, why. WRAP is a command that it is to be started by.
# shellcheck disable=SC2034 # they are for whoever calls
start()
{
	mkdir -p "$1"
	# shellcheck disable=SC2086 # words
	${WRAP:-} "$BUILD/guest/boot" --parent=$$ -k "$2/image" -i programs.cpio -i "$2/modules.cpio" -c commands -o "$1" "${@:3}" >"$1/verdict" 2>"$1/boot.log" </dev/null
	status=$?
	IFS=$'\t' read -r word _ _ _ why <"$1/verdict" || word=none why=$(tail -n 1 "$1/boot.log")
}

# verdict DIR: verdict.json of a boot as lines of path and value; nothing, when there is none
verdict()
{
	[ ! -s "$1/verdict.json" ] || awk -f "$TOP/scripts/json.awk" "$1/verdict.json"
}

# results DIR: command and exit status (null: it did not end) of all commands of a boot
results()
{
	verdict "$1" | awk -F '\t' '$1 ~ /^\.commands\[[0-9]+\]\.command$/ { c = $2 } $1 ~ /^\.commands\[[0-9]+\]\.status$/ { print c "\t" $2 }'
}

# clean DIR: the kernel's log is clean, and so is its taint
clean()
{
	[ "$(verdict "$1" | awk -F '\t' '($1 == ".bad" || $1 == ".taint") && $2 == 0' | wc -l)" = 2 ]
}

# reasons DIR PROGRAM: why a program of a boot was skipped, or failed
reasons()
{
	local run

	run=$(grep '"type":"run"' "$1/records.jsonl" 2>/dev/null | grep "\"bench\":\"${2##*/}\"" | tail -n 1 | sed 's/.*"run":"\([^"]*\)".*/\1/')
	grep "\"type\":\"end\",\"run\":\"${run:-none}\"" "$1/records.jsonl" 2>/dev/null | sed 's/.*"reasons":\[\([^]]*\)\].*/\1/'
}
