# SPDX-License-Identifier: GPL-2.0-or-later
# guest/boot with a script in the place of QEMU: every way in which a guest can end gets its verdict and exit status, what came before is kept, and nothing is left running.
# timeout: 120
boot=$BUILD/guest/boot
export HUGEFAULT_QEMU=$PWD/qemu PATH=$PWD:$PATH
cat >qemu <<'END'
#!/bin/bash
# Stands in for QEMU: the guest that $GUEST describes, on the serial ports of the command line
[ "$*" != --version ] || { echo "QEMU emulator version ${VERSION:-8.1.0} (Debian)"; exit; }
echo "$*" >args
echo $$ >pid
ports=()
while [ $# -gt 0 ]; do
	case $1 in
	-serial) ports+=("${2#file:}") ;;
	-chardev) ports+=("${2##*path=}") ;;
	esac
	shift
done
exec 3>"${ports[0]}" 4>"${ports[1]}" 5>"${ports[2]}" 6>"${ports[3]}"
. "$GUEST"
END
chmod +x qemu
echo kernel >vmlinuz
echo programs >programs.cpio
printf 'first --quick\n\nsecond "a b"\n' >commands

# is NAME EXIT STATUS REASON [OPTION...]: a guest as described on stdin ends with this exit status and verdict; REASON is a pattern
is()
{
	local name=$1 want=$2 status=$3 reason=$4

	shift 4
	cat >"guest-$name"
	GUEST=$PWD/guest-$name expect "$want" "$boot" --accel=tcg -k vmlinuz -i programs.cpio -c commands -o "$name" "$@"
	json <"$name/verdict.json" >verdict || fail "$name: verdict.json is not JSON"
	[ "$(get .status <verdict)" = "$status" ] || fail "$name: status $(get .status <verdict), not $status: $(cat "$name/verdict.json")"
	# shellcheck disable=SC2053 # a pattern
	[[ "$(get '.reasons[0]' <verdict)" == $reason ]] || fail "$name: reason '$(get '.reasons[0]' <verdict)', not '$reason'"
	[ ! -e "$name/initrd" ] || fail "$name: the initramfs is left"
	! kill -0 "$(cat "$name/pid")" 2>/dev/null || fail "$name: QEMU is left running"
}

ran='echo boot 1 >&5; echo begin 1 2 >&5; echo "{}" >&4; echo done 1 0 3.5 >&5; echo begin 2 4 >&5'
ended='echo "==== hugefault: kernel log" >&6; echo "<6>[    0.000000] Linux version 6" >&6; echo end 0 9 >&5'

is good 0 ok '' <<<"$ran; echo words >&6; echo done 2 0 5 >&5; $ended"
[ "$(get '.commands[0].command' <verdict)" = "first --quick" ] || fail "the first command is not named"
[ "$(get '.commands[0].seconds' <verdict)" = 1.5 ] || fail "the first command's time"
[ "$(cat good/output.txt)" = words ] || fail "output.txt: $(cat good/output.txt)"
grep -q 'Linux version 6' good/dmesg.txt || fail "no dmesg.txt"
[ "$(cat good/records.jsonl)" = '{}' ] || fail "records.jsonl: $(cat good/records.jsonl)"
grep -q -- '-smp 2 ' good/args || fail "not the default profile: $(cat good/args)"
grep -q 'hugefault.virt=tcg' good/args || fail "the guest is not told how it is executed"

is skipped 4 skip 'all commands*' <<<"echo boot 1 >&5; for n in 1 2; do echo begin \$n 1 >&5; echo done \$n 4 1 >&5; done; $ended"
is failed 1 fail 'exit status 1: second "a b"' <<<"$ran; echo done 2 1 5 >&5; $ended"
[ "$(cut -f 1,2,4,5 out)" = "fail	tcg	second	exit status 1: second \"a b\"" ] || fail "what boot prints: $(cat out)"
is crashed 1 fail 'exit status 139: *' <<<"$ran; echo done 2 139 5 >&5; $ended"
is broke 3 broken 'exit status 3: second*' <<<"$ran; echo done 2 3 5 >&5; $ended"
is slow 1 timeout 'did not end in its time: second*' <<<"$ran; echo done 2 124 5 >&5; $ended"
is tainted 1 fail '*tainted: 512' <<<"$ran; echo done 2 0 5 >&5; echo end 512 9 >&5"
is modules 0 ok '' <<<"$ran; echo done 2 0 5 >&5; echo end 12288 9 >&5"
is warned 1 fail 'kernel log: 1 bad*WARNING: CPU: 0 *' <<<"$ran; echo done 2 0 5 >&5
	echo '[    3.000000] WARNING: CPU: 0 PID: 1 at mm/x.c:1 f+0x1/0x2' >&3; echo end 0 9 >&5"
# What a program writes into the kernel's log is its own word, and the log at the end counts once.
is programs 0 ok '' <<<"$ran; echo done 2 0 5 >&5; echo 'WARNING: I am a program' >&3; echo '==== hugefault: kernel log' >&6; echo '<12>[    1.0] WARNING: x' >&6; echo end 0 9 >&5"
is caller 1 fail 'kernel log: 1 bad*BUG: Bad*' <<<"$ran; echo done 2 0 5 >&5; echo '==== hugefault: kernel log' >&6; echo '<1>[    1.0][  T12] BUG: Bad page state' >&6; echo end 0 9 >&5"
is panic 1 panic 'panic: sysrq triggered crash, in: second*' <<<"$ran; echo '[    5.0] Kernel panic - not syncing: sysrq triggered crash' >&3"
[ "$(cat panic/records.jsonl)" = '{}' ] || fail "a panic loses records"
is midline 1 reset '*' <<<"$ran; printf '{\"v\":1,\"type' >&4"
[ "$(cat midline/records.jsonl)" = '{}' ] || fail "a line that was cut short is left: $(cat midline/records.jsonl)"
[ "$(cat midline/records.cut)" = '{"v":1,"type' ] || fail "the line that was cut short is lost"
is norecords 1 reset '*' <<<":"
[ ! -e norecords/records.jsonl ] || fail "records without a record"
is deadlock 1 oom 'panic: System is deadlocked on memory, in: second*' <<<"$ran; echo '[    5.0] Kernel panic - not syncing: System is deadlocked on memory' >&3"
is oom 1 oom 'killed for lack of memory: second*' <<<"$ran; echo done 2 137 5 >&5; echo '[    4.0] Out of memory: Killed process 9 (second)' >&3; echo end 0 9 >&5"
is reset 1 reset 'the machine ended without a word, in: second*' <<<"$ran"
is early 1 reset 'the machine ended without a word, in: boot' <<<":"
is cut 1 reset '*in: second*' <<<"$ran; printf 'end 0' >&5"
is died 3 broken 'QEMU died by signal 6*' <<<"$ran; kill -ABRT \$\$"
is refused 3 broken 'QEMU ended with exit status 1*' <<<"echo no such machine >&2; exit 1"
grep -q 'no such machine' refused/qemu.log || fail "qemu.log: $(cat refused/qemu.log)"
is hang 1 hang 'no sign of life*second*' --timeout=1 <<<"$ran; exec sleep 60"
is alive 1 timeout 'the guest is alive*second*' --timeout=1 <<<"$ran; echo watchdog 50 >&5; exec sleep 60"
is stays 1 hang 'the guest did not power off' --timeout=1 <<<"$ran; echo done 2 0 5 >&5; echo end 0 9 >&5; exec sleep 60"
is panichang 1 panic 'panic: x, in: second*' --timeout=1 <<<"$ran; echo '[    5.0] Kernel panic - not syncing: x' >&3; exec sleep 60"
is full 1 full 'console.log grew beyond its limit, in: second*' <<<"$ran; exec yes >&3"
[ "$(stat -c %s full/console.log)" -lt 2000000000 ] || fail "the limit on serial files does not hold"

# Before 8.1 its threads do not always see that the kernel has patched itself.
VERSION=7.2.22 is old 0 ok '' <<<"$ran; echo done 2 0 5 >&5; $ended"
grep -q 'tcg,thread=single' old/args || fail "QEMU 7.2 emulates in threads: $(cat old/args)"
VERSION=10.0 is new 0 ok '' <<<"$ran; echo done 2 0 5 >&5; $ended"
grep -q 'tcg,thread=multi' new/args || fail "QEMU 10.0 emulates in one thread: $(cat new/args)"

# A kernel of 64-bit Arm: another machine, ports behind PCI, never under KVM
{ head -c 56 /dev/zero && printf 'ARM\x64more'; } >image
is arm 0 ok '' -k image --accel=auto <<<"$ran; echo done 2 0 5 >&5; $ended"
grep -q -- '-M virt .*-device pci-serial-4x,chardev1=s0,chardev2=s1,chardev3=s2,chardev4=s3' arm/args || fail "not Arm's machine: $(cat arm/args)"
grep -q -- '-accel tcg,' arm/args || fail "not emulated: $(cat arm/args)"
! grep -q erms arm/args || fail "an option of x86-64: $(cat arm/args)"
[ "$(cat arm/records.jsonl)" = '{}' ] || fail "records.jsonl: $(cat arm/records.jsonl)"

# No QEMU
rm -r good
HUGEFAULT_QEMU=/nonexistent expect 3 "$boot" --accel=tcg -k vmlinuz -i programs.cpio -c commands -o good
grep -q '^broken.*/nonexistent could not be started' out || fail "$(cat out err)"

# KVM where it works, and only there
mkdir -p root/dev root/sys/module
: >root/dev/kvm
export HF_SYSROOT=$PWD/root
is kvm 0 ok '' --accel=auto <<<"$ran; echo done 2 0 5 >&5; $ended"
grep -q -- '-accel kvm' kvm/args || fail "KVM is not used: $(cat kvm/args)"
is trial 1 reset '*' --accel=auto <<<":"
grep -q -- '-accel tcg' trial/args || fail "KVM is used although the trial failed"
grep -q '"accel_reason":"a trial boot' trial/verdict.json || fail "the reason for TCG is missing"
mkdir root/sys/module/kvm_pvm
is pvm 0 ok '' --accel=auto <<<"$ran; echo done 2 0 5 >&5; $ended"
grep -q -- '-accel tcg' pvm/args || fail "KVM is used on pvm"
unset HF_SYSROOT

# A signal ends the guest, and the verdict is written.
echo "$ran; exec sleep 60" >guest-killed
GUEST=$PWD/guest-killed "$boot" --accel=tcg -k vmlinuz -i programs.cpio -c commands -o killed 2>err &
pid=$!
until [ -s killed/journal ]; do sleep 0.1; done
kill -TERM $pid
wait $pid
[ $? -eq 3 ] || fail "SIGTERM: exit status $?"
grep -q '"status":"killed"' killed/verdict.json || fail "SIGTERM: $(cat killed/verdict.json)"
! kill -0 "$(cat killed/pid)" 2>/dev/null || fail "SIGTERM: QEMU is left running"

# gone PID: it ends within moments
gone()
{
	local i

	for ((i = 0; i < 50; i++)); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}

# SIGKILL to the runner, and to who started it
for who in boot parent; do
	rm -rf killed
	GUEST=$PWD/guest-killed bash -c '"$@" --parent=$$ & echo $! >boot.pid; wait' - "$boot" --accel=tcg -k vmlinuz -i programs.cpio -c commands -o killed 2>err &
	pid=$!
	until [ -s killed/pid ]; do sleep 0.1; done
	[ $who = parent ] || pid=$(cat boot.pid)
	kill -KILL "$pid"
	gone "$(cat boot.pid)" || fail "kill -9 of the $who: boot is left running"
	gone "$(cat killed/pid)" || fail "kill -9 of the $who: QEMU is left running"
done
# One whose parent is gone before it looks does not start.
expect 3 "$boot" --parent=1 --accel=tcg -k vmlinuz -i programs.cpio -c commands -o orphan
[ ! -e orphan/pid ] || fail "an orphan has started QEMU"

# The command line
for args in "" "--accel=x" "--profile=x" "--cpus=0" "--timeout=x" "-c /nonexistent"; do
	# shellcheck disable=SC2086 # words
	expect 2 "$boot" -k vmlinuz -i programs.cpio -o bad $args
done
expect 0 "$boot" --profiles
grep -q '^movable ' out || fail "--profiles: $(cat out)"
