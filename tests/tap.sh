# SPDX-License-Identifier: GPL-2.0-or-later
# tap.sh: what the test runners share. Every test prints one line, "ok NAME", "not ok NAME: why" or "skip NAME: why"; .ci/run counts them.
# shellcheck shell=bash

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$(cd "${BUILD:-$TOP/build}" && pwd) || exit 2
export TOP BUILD
# What the user's environment says must not change what the tests see.
export LC_ALL=C
unset CDPATH HF_SYSROOT "${!HUGETLB_@}"

if grep -q fsanitize "$BUILD/.flags" 2>/dev/null; then
	# A signal is a signal there, too, and what the sanitizers find is a failure; but a program may leave to exit(2) what it needs to its end.
	signals=handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0
	case $0 in
	*run-unit) leaks=detect_leaks=1 ;;
	*) leaks=detect_leaks=0 ;;
	esac
	export ASAN_OPTIONS=$signals:$leaks${ASAN_OPTIONS:+:$ASAN_OPTIONS}
	export TSAN_OPTIONS=$signals${TSAN_OPTIONS:+:$TSAN_OPTIONS}
	export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}
	# Older compilers' sanitizers cannot place their shadow memory when the kernel randomises more than 28 bits of addresses.
	if [ -z "${HF_NORANDOM:-}" ] && setarch -R true 2>/dev/null; then
		HF_NORANDOM=1 exec setarch -R "$0" "$@"
	fi
fi

passed=0
failed=0
skipped=0

ok()
{
	echo "ok $1"
	passed=$((passed + 1))
}

not_ok()
{
	echo "not ok $1: $2"
	failed=$((failed + 1))
}

skip()
{
	echo "skip $1: $2"
	skipped=$((skipped + 1))
}

# own_directory: go to an empty directory of the runner's own, $work, which goes with it
own_directory()
{
	work=$(mktemp -d) || exit 2
	trap 'rm -rf "$work"' EXIT
	cd "$work" || exit 2
}

# quote FILE: the end of a failed test's output, marked so that it is not taken for results
quote()
{
	tail -n 40 "$1" | sed 's/^/# /'
}

# total: the runner's last line and exit status; no test at all is a failure, too
total()
{
	echo "# ${0##*/}: $passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
}
