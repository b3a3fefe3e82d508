# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# commands.sh: the commands of one boot, and the words that the verdict on it is made of (lib/verdict.c). init (guests) and metal (this machine) read it; their write_journal() takes a line of
# the journal:
#   boot UPTIME | begin N UPTIME | done N STATUS UPTIME | watchdog UPTIME | end TAINT UPTIME

# journal WORD...
journal()
{
	read -r up _ </proc/uptime
	write_journal "$* $up"
}

# The last word: nothing comes after it.
journal_end()
{
	journal end "$(cat /proc/sys/kernel/tainted)"
}

# print_log: the marker and the whole kernel log, after what commands printed
print_log()
{
	echo "==== hugefault: kernel log"
	dmesg -r
}

# Its end alone does not tell that a command was ended for its time: many end orderly when they are asked to.
seconds_of()
{
	read -r up _ </proc/uptime
	echo "${up%.*}"
}

# run_commands FILE DIR LIMIT: each line of FILE, a shell command, in DIR; LIMIT seconds for each, or none
run_commands()
{
	n=0
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		n=$((n + 1))
		journal begin $n
		started=$(seconds_of)
		(
			echo 0 >/proc/self/oom_score_adj
			cd "$2" || exit 3
			exec 7>&- 8<&-
			# shellcheck disable=SC2086 # no words without a limit
			exec ${3:+timeout -k 10 "$3"} sh -c "$line"
		)
		status=$?
		[ -z "$3" ] || [ $(($(seconds_of) - started)) -lt "$3" ] || status=124
		journal "done" $n $status
	done 8<"$1" <&8
}
