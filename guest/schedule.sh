# SPDX-License-Identifier: GPL-2.0-or-later
# schedule.sh: what an A/B of boots is, whatever boots: options, programs, the order of boots, the verdict. ab (guests) and metal (this machine) read it.
# shellcheck shell=bash disable=SC2034 # most of what is set here is for those two
: "${self:?how messages begin}" "${here:?where the scripts are}" "${base:?where the programs are}"
sweep='' boots='' only=() stress='' for='' append='' timeout='' seed='' out='' own='' compare_args=() names=() labels=()
sides=(A B)

# die STATUS TEXT...
die()
{
	local status=$1

	shift
	echo "$self: $*" >&2
	exit "$status"
}

say()
{
	echo "$*" >&2
}

# needs_value WORD...: the first one is an option with a value
needs_value()
{
	[ $# -ge 2 ] || die 2 "$1 needs a value"
}

# common_option WORD...: take the option that the first word is; sets taken, how many words it had, 0 when it is none of these
common_option()
{
	taken=1
	case $1 in
	--boots | --only | --for | --append | --timeout | --seed | --out | --varies)
		needs_value "$@"
		taken=2
		;;
	esac
	case $1 in
	--boots) boots=$2 ;;
	--only) only+=("$2") ;;
	--for) for=$2 ;;
	--append) append=$2 ;;
	--timeout) timeout=$2 ;;
	--seed) seed=$2 ;;
	--out) out=$2 ;;
	--varies) compare_args+=(--varies "$2") ;;
	--quick | --full | --smoke) sweep=$1 ;;
	--stress) stress=1 ;;
	--)
		own=$(printf ' %q' "${@:2}")
		[ $# -gt 1 ] || own=''
		taken=$#
		;;
	*) taken=0 ;;
	esac
}

# check_common BOOTS: what common_option() took, after what only one of its callers has; BOOTS when it was not said
check_common()
{
	kind=bench
	if [ -n "$stress" ]; then
		kind=stress
		for=${for:-300}
		[[ $for =~ ^[1-9][0-9]{0,4}$ ]] || die 2 "--for: '$for' is not a number of seconds from 1 to 99999"
	fi
	[ -z "$for" ] || [ -n "$stress" ] || die 2 "--for belongs to --stress"
	boots=${boots:-$1}
	[[ $boots =~ ^[1-9][0-9]{0,3}$ ]] || die 2 "--boots: '$boots' is not a number from 1 to 9999"
	[[ -z $seed || $seed =~ ^(0|[1-9][0-9]{0,17})$ ]] || die 2 "--seed: '$seed' is not an integer from 0 to 10^18-1"
	# What a stressor finds out at the end, and a boot's own start and end, take their time beside it.
	timeout=${timeout:-$((for > 400 ? 2 * for + 100 : 900))}
	[[ $timeout =~ ^[1-9][0-9]{0,4}$ ]] || die 2 "--timeout: '$timeout' is not a number of seconds from 1 to 99999"
	seed=${seed:-$(od -A n -t u4 -N 4 /dev/urandom | tr -d ' ')}
	out=${out:-results/ab/$(date +%Y%m%d-%H%M%S)}
	choose_programs
	# The unit of comparison is the boot: its time is better spent on more boots than on long repeats.
	case $sweep in
	--quick) options="--quick -r 1 -d 0.2 -w 0.2" ;;
	'') options="-r 3" ;;
	*) options=$sweep ;;
	esac
	# A command that does not end leaves time for others.
	limit=$((timeout / 3 + 1))
}

# choose_programs: sets names
choose_programs()
{
	local path glob

	[ ${#only[@]} -gt 0 ] || only=('*')
	for path in "$base/$kind"/*; do
		case $path in *.o | *.d) continue ;; esac
		{ [ -f "$path" ] && [ -x "$path" ]; } || continue
		for glob in "${only[@]}"; do
			# shellcheck disable=SC2053 # a pattern is what is wanted
			if [[ ${path##*/} == $glob ]]; then
				names+=("${path##*/}")
				break
			fi
		done
	done
	[ ${#names[@]} -gt 0 ] || die 2 "--only: nothing in $kind matches; \`hugefault list\` names what there is"
}

# make_out: the directory for results; it must have none
make_out()
{
	local stale

	mkdir -p "$out" || die 3 "cannot make $out"
	out=$(readlink -f "$out")
	for stale in "$out/A" "$out/B"; do
		[ ! -e "$stale" ] || die 2 "--out: $stale is there already"
	done
}

# tell_apart: labels of two builds of one version, or of one kernel against itself
tell_apart()
{
	[ "${labels[0]}" != "${labels[1]:-}" ] || labels=("${labels[0]}-A" "${labels[1]}-B")
}

# schedule: pairs of boots, each in random order; of one kernel, boots
schedule()
{
	local i order side k

	RANDOM=$((seed % 32768))
	printf 'block\torder\tside\tkernel\n'
	for ((i = 1; i <= boots; i++)); do
		order=AB
		[ $((RANDOM % 2)) = 0 ] || order=BA
		[ ${#labels[@]} -eq 2 ] || order=A
		for side in "${order:0:1}" "${order:1:1}"; do
			[ -n "$side" ] || continue
			[ "$side" = A ] && k=0 || k=1
			printf '%s\t%s\t%s\t%s\n' $i "$order" "$side" "${labels[k]}"
		done
	done
}

# stressors: a line for each way in which a stressor is run: its share of the time, name and options. What an actor of its own processor shows is not what actors that take the processor from each other do.
stressors()
{
	local name about
	declare -A share

	for name in "${names[@]}"; do
		about=$("$base/stress/$name" --describe)
		share[$name]=$(grep -o '"share":[0-9]*' <<<"$about" | cut -d: -f2)
		echo "${share[$name]} $name"
		! grep -q '"modes":"threads, processes"' <<<"$about" || share[$name]+=' P'
	done
	for name in "${names[@]}"; do echo "${share[$name]% P} $name -t 5"; done
	for name in "${names[@]}"; do
		[[ ${share[$name]} != *P ]] || echo "${share[$name]% P} $name -P -t 4"
	done
}

# commands BLOCK ORDER LABEL: what a boot runs
commands()
{
	local name share rest all ways who="--label=$3 --block=$1 --turn=$2 --seed=$((seed + $1))$own -o \$HF_RECORDS"

	if [ -n "$stress" ]; then
		mapfile -t ways < <(stressors)
		all=$(printf '%s\n' "${ways[@]}" | awk '{ sum += $1 } END { print sum }')
		while read -r share name rest; do
			echo "stress/$name ${sweep:---full}${rest:+ $rest} -d $(awk -v t="$for" -v part="$share" -v all="$all" 'BEGIN { s = t * part / all; printf "%.1f", s < 1 ? 1 : s }') $who"
		done < <(printf '%s\n' "${ways[@]}")
		return
	fi
	for name in "${names[@]}"; do
		echo "$kind/$name $options $who"
	done
}

# begin_boots: boots.tsv, whose lines are those of boot_row()
begin_boots()
{
	printf 'block\torder\tside\tstatus\texit\tseconds\tby\twhat\twhy\n' >"$out/boots.tsv"
}

# boot_row BLOCK ORDER SIDE STATUS EXIT SECONDS BY WHAT WHY: a line of it
boot_row()
{
	printf '%s\t' "${@:1:8}"
	echo "$9"
}

# read_verdict FILE LOG: what boot has printed, or the last line of its log; sets word, used, took, subjects, why
read_verdict()
{
	IFS=$'\t' read -r word used took subjects why <"$1" || word=broken used='' took=0 subjects=guest why=$(tail -n 1 "$2")
	# A boot that says no more than what fails has empty fields, which read skips.
	[ "$word" != ok ] || subjects='' why=''
}

# with_laws SUBJECTS DIR: what a boot failed by; of a stressor which laws it saw broken, so that one which fails on both kernels does not hide what only one of them does
with_laws()
{
	local subject laws

	for subject in $1; do
		laws=$(awk -v name="${subject##*/}" '
			/"type":"run"/ { ours = index($0, "\"bench\":\"" name "\"") }
			ours && /"type":"end"/ && match($0, /"reasons":\[[^]]*\]/) {
				text = substr($0, RSTART, RLENGTH)
				while (match(text, /"(law [a-z]+|kernel log):/)) {
					law = substr(text, RSTART + 1, RLENGTH - 2)
					sub(/^law /, "", law)
					sub(/ /, "-", law)
					print name "/" law
					text = substr(text, RSTART + RLENGTH)
				}
			}' "$2/records.jsonl" 2>/dev/null | sort -u | tr '\n' ' ')
		printf ' %s' "${laws:-$subject}"
	done
}

# failing SIDE: what failed in any of its boots, each once, sorted
failing()
{
	local block what

	# A boot that fails has no empty field, of which read would make none.
	awk -F '\t' -v OFS='\t' -v side="$1" '$3 == side && $5 == 1 { print $1, $8 }' "$out/boots.tsv" | while IFS=$'\t' read -r block what; do
		with_laws "$what" "$out/$1/$block"
	done | tr -s ' ' '\n' | sed '/^$/d' | sort -u | tr '\n' ' ' | sed 's/ $//'
}

# compare_sides: the verdict on speed. Return: that of compare
compare_sides()
{
	"$base/compare/compare" "${compare_args[@]}" "$out/A" "$out/B" >"$out/compare.txt" 2>&1
}

# conclude STATUS: figures, the report, and who fails where the other does not, whichever side it is: a regression. Return: the exit status, STATUS if nobody does
conclude()
{
	local why a b only_a only_b

	why=$("$HUGEFAULT" plot --compare "$out" "$out/A" "$out/B" 2>&1) || say "$self: $(tail -n 1 <<<"$why")"
	"$here/report" "$out" || say "$self: no report"
	a=$(failing A) b=$(failing B)
	only_a=$(comm -23 <(tr ' ' '\n' <<<"$a") <(tr ' ' '\n' <<<"$b") | tr '\n' ' ')
	only_b=$(comm -13 <(tr ' ' '\n' <<<"$a") <(tr ' ' '\n' <<<"$b") | tr '\n' ' ')
	[ -z "${a}${b}" ] || echo
	[ -z "$a" ] || echo "${labels[0]} fails: $a"
	[ -z "$b" ] || echo "${labels[1]} fails: $b"
	say "details: $out/report.html"
	[ -z "${only_a// /}${only_b// /}" ] || return 1
	return "$1"
}
