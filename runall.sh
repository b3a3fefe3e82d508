#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# runall.sh: set up, build, run every benchmark and a short pass of every stressor, draw, report. See --help.
set -u

usage()
{
	cat <<'END'
usage: ./runall.sh [OPTION...]

  --quick         the short sweep of every benchmark (default): a few minutes
  --full          the long sweep
  --only GLOB     only benchmarks and stressors whose name matches, e.g. 'hugetlb-*'
  --label NAME    what is measured, for later comparisons (default: the kernel's release)
  --out DIR       results go below DIR (default: results)
  --seed N        seed of the random numbers (default: a fresh one for each program, which the records state)
  --no-install    install nothing

Results are in DIR/LABEL/STAMP/: records.jsonl, report.html, figures, tables, environment.txt, log.txt.

exit status: 0 nothing failed (skips are listed, and do not count), 1 a check failed: the kernel is suspect,
             2 usage, 3 something broke, or the machine is not as it was before
END
}

# die STATUS TEXT...
die()
{
	local status=$1

	shift
	echo "runall.sh: $*" >&2
	exit "$status"
}

top=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
profile=quick only='*' label=$(uname -r) out=$top/results seed='' setup_args=(-q)
while [ $# -gt 0 ]; do
	case $1 in
	--*=*) # --option=value is --option value
		set -- "${1%%=*}" "${1#*=}" "${@:2}"
		case $1 in --only | --label | --out | --seed) ;; *) die 2 "'$1' is not an option that takes a value; see --help" ;; esac
		;;
	esac
	case $1 in
	--only | --label | --out | --seed)
		[ -n "${2:-}" ] || die 2 "$1 needs a value"
		;;
	esac
	case $1 in
	--quick) profile=quick ;;
	--full) profile=full ;;
	--only) only=$2 ;;
	--label) label=$2 ;;
	--out) out=$(readlink -m "$2") ;;
	--seed) seed=$2 ;;
	--no-install) setup_args+=(--no-install) ;;
	-h | --help)
		usage
		exit 0
		;;
	*) die 2 "'$1' is not an option; see --help" ;;
	esac
	case $1 in
	--only | --label | --out | --seed) shift ;;
	esac
	shift
done
[[ $label =~ ^[A-Za-z0-9][A-Za-z0-9._+~-]*$ ]] || die 2 "--label: '$label' must be made of letters, digits and . _ + ~ -"
[[ -z $seed || $seed =~ ^(0|[1-9][0-9]{0,17})$ ]] || die 2 "--seed: '$seed' is not an integer from 0 to 10^18-1"

cd "$top" || exit 3
build=$top/build
hugefault=$top/scripts/hugefault
unset BUILD # the front end shall take the same programs

# A progress bar is for terminals only.
tty=''
[ -t 2 ] && [ "${TERM:-dumb}" != dumb ] && tty=1

say()
{
	echo "$*" >&2
}

#
# Set up, build
#
"$top/scripts/setup" "${setup_args[@]}" >&2 || die 3 "not all that the build needs is installed"
if ! why=$(make -s -j"$(nproc)" all 2>&1); then
	tail -n 20 <<<"$why" >&2
	die 3 "the build failed"
fi

programs=()
for path in "$build"/bench/* "$build"/stress/*; do
	case $path in *.o | *.d) continue ;; esac
	if [ ! -f "$path" ] || [ ! -x "$path" ]; then
		continue
	fi
	# A program whose source is gone is left over from an earlier build.
	[ -f "$top/${path#"$build"/}.c" ] || continue
	# shellcheck disable=SC2053 # a pattern is what is wanted
	[[ ${path##*/} == $only ]] && programs+=("$path")
done
[ ${#programs[@]} -gt 0 ] || die 2 "--only: no benchmark or stressor matches '$only'; \`scripts/hugefault list\` names them"

#
# Where results go
#
stamp=$(date +%Y%m%d-%H%M%S)
dir=$out/$label/$stamp
mkdir -p "$out/$label" 2>/dev/null || die 3 "cannot make $out/$label"
n=1
until mkdir "$dir" 2>/dev/null; do
	n=$((n + 1))
	if [ ! -w "$out/$label" ] || [ "$n" -ge 100 ]; then
		die 3 "cannot make $dir"
	fi
	dir=$out/$label/$stamp-$n
done
records=$dir/records.jsonl
log=$dir/log.txt
: >"$log"

# section TITLE COMMAND...: what it prints, or that it cannot be had
section()
{
	echo "== $1"
	shift
	"$@" 2>&1 </dev/null || echo "(not available: $*)"
	echo
}

# shellcheck disable=SC2317 # section() calls it
show_files()
{
	local file

	for file; do
		[ -r "$file" ] && echo "$file: $(tr '\n' ' ' <"$file" 2>/dev/null)"
	done
	return 0
}

{
	section "date" date -u +%Y-%m-%dT%H:%M:%SZ
	section "command" echo "runall.sh, profile $profile, label $label, seed ${seed:-fresh}, only $only"
	section "source" git -C "$top" describe --always --dirty --tags
	section "compiler" gcc --version
	section "uname" uname -a
	section "os" cat /etc/os-release
	section "kernel command line" cat /proc/cmdline
	section "doctor" "$hugefault" doctor
	section "lscpu" lscpu
	section "meminfo" cat /proc/meminfo
	section "huge pages" show_files /sys/kernel/mm/hugepages/*/nr_* /sys/kernel/mm/transparent_hugepage/{enabled,defrag,shmem_enabled} \
		/sys/kernel/mm/transparent_hugepage/hugepages-*/enabled /proc/sys/vm/hugetlb_optimize_vmemmap
	section "load" cat /proc/loadavg
	section "limits" bash -c 'ulimit -a'
} >"$dir/environment.txt" 2>&1

state()
{
	if [ -x "$build/tools/doctor" ]; then
		"$build/tools/doctor" --state 2>>"$log"
	else
		echo "unknown"
	fi
}
state_before=$(state)

#
# Run
#
child='' interrupted=''

# Ctrl-C goes to the running program, which puts everything back and ends; nothing is started after it.
# shellcheck disable=SC2317 # traps call it
on_signal()
{
	interrupted=$1
	[ -z "$child" ] || kill -s "$1" "$child" 2>/dev/null
}
trap 'on_signal INT' INT
trap 'on_signal TERM' TERM HUP

show_time()
{
	if [ "$1" -ge 60 ]; then
		printf '%d min %02d s' $(($1 / 60)) $(($1 % 60))
	else
		printf '%d s' "$1"
	fi
}

begin=$SECONDS done_n=0 started=$SECONDS mean=0

# The bar, and the time left if the programs to come take as long as those so far did.
draw()
{
	local total=${#programs[@]} name=$1 width=24 full left=''

	[ -n "$tty" ] || return 0
	full=$((done_n * width / total))
	if [ "$done_n" -gt 0 ]; then
		left=$((mean * (total - done_n) - (SECONDS - started)))
		[ "$left" -gt 0 ] || left=$((total - done_n))
		left=", about $(show_time "$left") left"
	fi
	printf '\r\033[K[%s%s] %d/%d %s%s' "$(printf '%*s' "$full" '' | tr ' ' '#')" "$(printf '%*s' $((width - full)) '' | tr ' ' '.')" \
		"$done_n" "$total" "$name" "$left" >&2
}

clear_bar()
{
	[ -z "$tty" ] || printf '\r\033[K' >&2
}

# run PATH: sets $status
run()
{
	local path=$1 name=${1##*/} args=(--profile="$profile" --label="$label" -o "$records")

	# Four repeats have an interval a quarter wider than five, and a quick pass ends in less than five minutes.
	[[ $profile != quick || $path != */bench/* ]] || args+=(-r 4)

	[ -z "$seed" ] || args+=(--seed="$seed")
	printf '\n=== %s %s\n' "$name" "${args[*]}" >>"$log"
	# A process group of its own: a Ctrl-C at the terminal must reach it once, through on_signal().
	set -m
	"$path" "${args[@]}" >>"$log" 2>&1 </dev/null &
	child=$!
	set +m
	# A signal may have come before there was a child to pass it to.
	[ -z "$interrupted" ] || kill -s "$interrupted" "$child" 2>/dev/null
	# Waiting for input that never comes is a pause without another process, so that nothing else runs beside what is measured.
	while [ -n "$tty" ] && kill -0 "$child" 2>/dev/null; do
		draw "$name"
		read -r -t 1 _ <&"$never"
	done
	while :; do
		wait "$child" 2>/dev/null # or bash says what killed it; the summary does
		status=$?
		# wait also ends when a signal was handled here: the program is still putting things back then.
		kill -0 "$child" 2>/dev/null || break
	done
	child=''
}

exec {never}<> <(:)
declare -A count=([ok]=0 [fail]=0 [broken]=0 [skip]=0)
troubles=()
for path in "${programs[@]}"; do
	name=${path##*/}
	started=$SECONDS
	before=$(grep -c '"type":"end"' "$records" 2>/dev/null)
	run "$path"
	took=$((SECONDS - started))
	case $status in
	0) word=ok ;;
	1) word=fail ;;
	4) word=skip ;;
	*) word=broken ;;
	esac
	count[$word]=$((count[$word] + 1))
	done_n=$((done_n + 1))
	mean=$(((SECONDS - begin + done_n - 1) / done_n))
	# Programs tell their reasons in the records; one that could not gets them here.
	after=$(grep -c '"type":"end"' "$records" 2>/dev/null)
	if [ "$word" != ok ] && [ "${before:-0}" = "${after:-0}" ]; then
		troubles+=("$name: $word (exit status $status, no end record): $(tail -n 1 "$log")")
	fi
	if [ -n "$tty" ]; then
		[ "$word" = ok ] || { clear_bar && say "$name: $word"; }
	else
		say "[$done_n/${#programs[@]}] $name: $word ($(show_time "$took"))"
	fi
	[ -z "$interrupted" ] || break
done
clear_bar
exec {never}<&-

#
# What it did to the machine, and what came of it
#
state_after=$(state)
changed=''
if [ "$state_before" != "$state_after" ]; then
	changed=$(diff <(echo "$state_before") <(echo "$state_after") | grep '^[<>]')
fi

figures=''
if [ -s "$records" ]; then
	if ! command -v gnuplot >/dev/null; then
		figures="no figures: gnuplot is not installed"
	elif ! why=$("$hugefault" plot "$dir" 2>&1); then
		figures="not all figures: $(tail -n 1 <<<"$why")"
	fi
	[ -z "$figures" ] || echo "$figures" >>"$log"
	"$hugefault" report "$dir" || troubles+=("report: could not be written")
	"$hugefault" summary "$records" || troubles+=("summary: the records cannot be read")
fi

echo
printf '%d ok, %d failed, %d broken, %d skipped, of %d, in %s\n' "${count[ok]}" "${count[fail]}" "${count[broken]}" "${count[skip]}" \
	"${#programs[@]}" "$(show_time $((SECONDS - begin)))"
for why in "${troubles[@]}"; do
	echo "$why"
done
[ -z "$figures" ] || echo "$figures"
[ "$state_before" != unknown ] || echo "not checked that the machine is as before: there is no doctor"
[ -z "$interrupted" ] || echo "interrupted: $((${#programs[@]} - done_n)) not started"
if [ -n "$changed" ]; then
	echo
	echo "THE MACHINE IS NOT AS IT WAS (< before, > after); try \`scripts/hugefault restore\`:"
	echo "$changed"
fi
echo "results: $dir"
[ ! -f "$dir/report.html" ] || echo "report:  $dir/report.html"

[ "${count[fail]}" -eq 0 ] || exit 1
if [ "${count[broken]}" -ne 0 ] || [ ${#troubles[@]} -ne 0 ] || [ -n "$changed$interrupted" ]; then
	exit 3
fi
exit 0
