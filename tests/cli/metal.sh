# SPDX-License-Identifier: GPL-2.0-or-later
# hugefault ab --on-metal in a root of its own, whose systemctl, kexec and boot loaders only say what they were asked for: what it refuses, what it will do, and from every word of its journal what
# the next boot does about it. Nothing here can reboot: what reboots is taken from that root alone.
# needs: guest
# timeout: 240
root=$PWD/root
export HF_SYSROOT=$root TOP CALLS=$PWD/calls
metal=("$TOP/scripts/hugefault" ab --on-metal)

# fake NAME: a program of that root, the script on stdin
fake()
{
	{ echo '#!/bin/bash'; cat; } >"$root/bin/$1"
	chmod +x "$root/bin/$1"
}

# image FILE BANNER: the header of a bzImage
image()
{
	{ head -c 514 /dev/zero; printf 'HdrS'; head -c 8 /dev/zero; printf '\0\1'; head -c 240 /dev/zero; printf '%s\0' "$2"; } >"$1"
}

mkdir -p root/bin root/boot/grub root/run/systemd/system root/var/lib root/proc/sys/kernel/random root/sys/fs/pstore built/bench built/guest built/compare built/tools
for name in kexec systemctl grub-reboot grub-editenv; do
	fake $name <<<'echo "${0##*/} $*" >>"$CALLS"; [ ! -e "$CALLS.refuse-${0##*/}" ]'
done
fake bootctl <<<'[ "$1" = is-installed ] && { [ -e "$CALLS.bootctl" ]; exit; }; echo "bootctl $*" >>"$CALLS"'
for name in systemd-detect-virt who dmesg journalctl; do fake $name <<<'exit 1'; done
fake id <<<'[ -e "$CALLS.user" ] && echo 1000 || echo 0'
fake stat <<<'[ -e "$CALLS.tmpfs" ] && echo tmpfs || echo ext2/ext3'
fake uname <<<'[ "$1" = -r ] && cut -d " " -f 1 "$CALLS.running" || cut -d " " -f 2- "$CALLS.running"'
echo 0 >root/proc/sys/kernel/kexec_load_disabled
echo 0 >root/proc/sys/kernel/panic
echo 'BOOT_IMAGE=/vmlinuz-6.1.0-old root=/dev/sda1 initrd=x ro' >root/proc/cmdline
old='6.1.0-old #1 SMP one' new='6.2.0-new #7 SMP two'
image root/boot/vmlinuz-6.1.0-old '6.1.0-old (who@where) #1 SMP one'
image root/boot/vmlinuz-6.2.0-new '6.2.0-new (who@where) #7 SMP two'
image root/boot/vmlinuz-6.2.0-new.built-again '6.2.0-new (who@where) #8 SMP three'
echo initrd >root/boot/initrd.img-6.1.0-old
ln -s "$BUILD/guest/boot" built/guest/boot
ln -s "$BUILD/compare/compare" built/compare/compare
cat >built/tools/restore <<<'#!/bin/true'
# A benchmark whose records tell of one boot with three of them; $BENCH may change what it does
cat >built/bench/base-fault <<'END'
#!/bin/bash
. "$TOP/tests/cli.sh"
label=$(sed 's/.*--label=\([^ ]*\).*/\1/' <<<"$*") block=$(sed 's/.*--block=\([^ ]*\).*/\1/' <<<"$*")
work=$(mktemp -d)
boots "$work" "$label" "$(case $label in *new* | *-B) echo 1 ;; *) echo 0 ;; esac)" 6
grep -- "-boot-$((block - 1))[\"-]" "$work/records.jsonl" >>"${!#}"
rm -r "$work"
eval "${BENCH:-}"
END
chmod +x built/tools/restore built/bench/base-fault
export BUILD=$PWD/built

# runs KERNEL: the machine has booted it
boots_n=0
runs()
{
	boots_n=$((boots_n + 1))
	echo "$1" >calls.running
	printf '%08x-0000-0000-0000-000000000000\n' $boots_n >root/proc/sys/kernel/random/boot_id
	: >calls
}

# resume, go_on [VARIABLE=VALUE...]: what the unit runs, and what it runs after that
resume()
{
	expect 0 "${metal[@]}" --resume
}

go_on()
{
	expect 0 env EXIT_CODE=exited SERVICE_RESULT=success "$@" "${metal[@]}" --go-on
}

# boot KERNEL: a boot in which everything goes well
boot()
{
	runs "$1"
	resume
	go_on
}

# dies: it resumes and is dead in the middle of a benchmark
dies()
{
	BENCH='kill -KILL "$(cat "$CALLS.pid")"' bash -c 'echo $$ >"$CALLS.pid"; exec "$@"' - "${metal[@]}" --resume >/dev/null 2>&1
	[ "$(last)" = "step 1" ] || fail "not in the middle of a step: $(last)"
}

# begin NAME [OPTION...]: a schedule with results in NAME; --seed 4 is BA AB
begin()
{
	rm -rf root/var/lib/hugefault root/etc
	runs "$old"
	expect 0 "${metal[@]}" --yes --seed 4 --only base-fault --out "$@" 6.1.0-old 6.2.0-new
}

# called TEXT: one of the calls that reboot is this one, and the last
called()
{
	[ "$(grep -v 'is-system-running\|unset next_entry\|daemon-reload\|enable' calls | tail -n "$(grep -c . <<<"$1")")" = "$1" ] || fail "not '$1': $(cat calls; cat root/var/lib/hugefault/metal/journal)"
}

last()
{
	grep . root/var/lib/hugefault/metal/journal | tail -n 1 | cut -d ' ' -f 2,3
}

into_old="kexec --kexec-syscall-auto --load $root/boot/vmlinuz-6.1.0-old --initrd=$root/boot/initrd.img-6.1.0-old --command-line=root=/dev/sda1 ro panic=10
systemctl --no-block kexec"
into_new="kexec --kexec-syscall-auto --load $root/boot/vmlinuz-6.2.0-new --command-line=root=/dev/sda1 ro panic=10
systemctl --no-block kexec"
home="systemctl --no-block reboot"

# What it refuses; nothing was asked of anything then.
runs "$old"
for args in "--yes" "--yes 6.1.0-old" "6.1.0-old 6.2.0-new" "--yes 6.1.0-old 6.3.0-none" "--yes --dry-run 6.1.0-old 6.2.0-new" "--yes --reboot-by hand 6.1.0-old 6.2.0-new" "--yes --icount 6.1.0-old 6.2.0-new" \
	"--yes --boots 0 6.1.0-old 6.2.0-new" "--yes --only none 6.1.0-old 6.2.0-new" "--status" "--cancel" "--resume" "--go-on" "--cancel 6.1.0-old" "--yes $root/boot/grub/none 6.2.0-new" "--yes $root/boot/initrd.img-6.1.0-old 6.2.0-new"; do
	# shellcheck disable=SC2086 # words
	expect 2 "${metal[@]}" $args
done
both=(6.1.0-old 6.2.0-new)

# untouched: nothing was asked of the machine, and nothing written
untouched()
{
	if [ -s calls ] || [ -e root/var/lib/hugefault ] || [ -e root/etc ]; then fail "touched: $(cat calls; find root/etc root/var/lib)"; fi
}

# refuses PATTERN [OPTION...]: in earnest and in a dry run, and nothing was touched
refuses()
{
	rm -rf root/var/lib/hugefault root/etc
	: >calls
	expect 3 "${metal[@]}" --yes "${@:2}" "${both[@]}"
	grep -q "$1" err || fail "not '$1': $(cat err)"
	expect 3 "${metal[@]}" --dry-run "${@:2}" "${both[@]}"
	grep -q "$1" err || fail "dry run: not '$1': $(cat err)"
	untouched
}
touch calls.user && refuses "only root" && rm calls.user
touch calls.tmpfs && refuses "does not outlast" && rm calls.tmpfs
mv root/run/systemd away && refuses "systemd does not run" && mv away root/run/systemd
fake who <<<'echo "somebody tty1 2026-01-01 10:00"'
refuses "others are logged in: somebody"
expect 0 "${metal[@]}" --dry-run --with-users "${both[@]}"
fake who <<<'exit 1'
fake systemd-detect-virt <<<'exit 0'
refuses "container"
fake systemd-detect-virt <<<'exit 1'
echo 1 >root/proc/sys/kernel/kexec_load_disabled
refuses "no way to reboot works: kexec: .*grub: no grub.cfg.*systemd-boot: "
refuses "no way to reboot works: kexec: " --reboot-by kexec
echo 0 >root/proc/sys/kernel/kexec_load_disabled
touch calls.refuse-kexec
expect 3 "${metal[@]}" --yes "${both[@]}"
! grep -q systemctl calls || fail "kexec loads nothing, and yet: $(cat calls)"
[ ! -e root/var/lib/hugefault ] || fail "kexec loads nothing, and yet there is a schedule"
rm calls.refuse-kexec

# What it will do
: >calls
expect 0 "${metal[@]}" --dry-run --seed 4 --boots 2 --only base-fault "${both[@]}"
[ "$(awk -F '\t' '$1 ~ /^[12]$/ { printf "%s", $3 }' out)" = BAAB ] || fail "the schedule: $(cat out)"
grep -q "kexec --kexec-syscall-auto --load $root/boot/vmlinuz-6.2.0-new" out || fail "the way: $(cat out)"
grep -q "bench/base-fault -r 3 --label=6.1.0-old" out || fail "the commands: $(cat out)"
grep -q "RuntimeMaxSec=1020" out || fail "the unit: $(cat out)"
untouched

# All goes well.
begin well --boots 6
called "$into_new"
[ -e root/etc/systemd/system/hugefault-metal.service ] || fail "no unit"
expect 3 "${metal[@]}" --status
expect 3 "${metal[@]}" --yes "${both[@]}"
grep -q "in progress" err || fail "a second one: $(cat err)"
while IFS=$'\t' read -r _ _ _ label; do
	expect_kernel=$old
	[ "$label" = 6.1.0-old ] || expect_kernel=$new
	boot "$expect_kernel"
done < <(tail -n +2 well/schedule.tsv)
called "$home"
boot "$old"
[ ! -s <(grep 'kexec\|reboot' calls) ] || fail "home, and yet: $(cat calls)"
grep -q "systemctl disable hugefault-metal.service" calls || fail "the unit stays enabled: $(cat calls)"
[ ! -e root/etc/systemd/system/hugefault-metal.service ] || fail "the unit stays"
[ "$(cut -f 4,7 well/boots.tsv | sort | uniq -c | tr -s ' \t' ' ')" = " 12 ok kexec
 1 status by" ] || fail "boots: $(cat well/boots.tsv)"
expect 0 "${metal[@]}" --status
grep -q "NO CHANGE" out || fail "the verdict: $(cat out)"
grep -q '6.2.0-new' well/report.html || fail "no report"
boot "$old"
[ ! -s calls ] || fail "it is over, and yet: $(cat calls)"

# B is slower. What differs is the build.
begin slower --boots 6
sed -i 's/^boots .*/& slow=$([ "${label%new}" = "$label" ] \&\& echo 1 || echo 1.5)/' built/bench/base-fault
while IFS=$'\t' read -r _ _ side _; do
	if [ "$side" = A ]; then boot "$old"; else boot "$new"; fi
done < <(tail -n +2 slower/schedule.tsv)
boot "$new"
expect 1 "${metal[@]}" --status
grep -q "The machine runs 6.2.0-new; the schedule was begun on 6.1.0-old" out || fail "not at home, and not a word: $(cat out)"

# The kernel does not come up: twice, and that is a verdict and the end.
begin dead --boots 2
boot "$old"
called "$into_new"
[ "$(last)" = "boot 1" ] || fail "$(last)"
boot "$old"
called "$home"
[ "$(last)" = "home 0" ] || fail "$(last)"
boot "$old"
expect 1 "${metal[@]}" --status
grep -q "6.2.0-new fails: boot" out || fail "who: $(cat out)"
grep -q "reset.*asked for 6.2.0-new 2 times, 6.1.0-old came up" dead/boots.tsv || fail "why: $(cat dead/boots.tsv)"

# Another build of that version is not that kernel.
begin build --boots 2
boot "6.2.0-new #8 SMP three"
called "$into_new"

# It dies in the middle of a step: once more; what was measured in the meantime is no boot's, but it is there.
begin dies --boots 2
runs "$new"
dies
boot "$old"
called "$into_new"
[ -s dies/interrupted/B-1-1/records.jsonl ] || fail "what was measured is lost: $(find dies)"
[ ! -e dies/B/1 ] || fail "what was measured is two boots': $(find dies)"
boot "$new"
called "$into_old"
[ "$(last)" = "boot 2" ] || fail "$(last)"

# ... and panics, as pstore says: no second time. A panic of before does not count.
begin panics --boots 2
echo '<0>[    5.0] Kernel panic - not syncing: long ago' >root/sys/fs/pstore/dmesg-1
touch -d '2001-01-01' root/sys/fs/pstore/dmesg-1
runs "$new"
dies
echo '<0>[    5.0] Kernel panic - not syncing: test' >root/sys/fs/pstore/dmesg-2
boot "$old"
called "$home"
grep -q "panic: test, in: bench/base-fault" panics/B/1/boot.tsv || fail "$(cat panics/B/1/boot.tsv)"
! grep -q "long ago" panics/B/1/console.log || fail "an old panic counts"
rm root/sys/fs/pstore/*

# It is stopped from outside: nothing reboots. The next boot begins the step again; twice is no statement.
begin stopped --boots 2
for word in 1 2; do
	runs "$new"
	dies
	go_on EXIT_CODE=killed EXIT_STATUS=TERM
	[ ! -s <(grep 'kexec\|reboot' calls) ] || fail "stopped, and yet: $(cat calls)"
	[ "$(last)" = "stopped 1" ] || fail "$(last)"
	boot "$old"
	[ $word = 2 ] || called "$into_new"
done
called "$home"
grep -q "broken.*stopped from outside 2 times" stopped/B/1/boot.tsv || fail "$(cat stopped/B/1/boot.tsv)"

# It takes too long: that is the program's fault, and the next step comes.
begin long --boots 2
runs "$new"
dies
go_on EXIT_CODE=killed EXIT_STATUS=TERM SERVICE_RESULT=timeout
called "$into_old"
grep -q "timeout.*base-fault.*did not end in its time" long/B/1/boot.tsv || fail "$(cat long/B/1/boot.tsv)"

# A check fails; the kernel's log is part of the verdict.
begin check --boots 2
runs "$new"
BENCH='exit 1' expect 0 "${metal[@]}" --resume
fake dmesg <<<'echo "<4>[    5.0] WARNING: CPU: 0 PID: 1 at mm/x.c:1 f+0x1/0x2"'
go_on
called "$into_old"
grep -q "fail.*base-fault.*exit status 1" check/B/1/boot.tsv || fail "$(cat check/B/1/boot.tsv)"
boot "$old"
grep -q "fail.*kernel-log.*WARNING: CPU: 0" check/A/1/boot.tsv || fail "$(cat check/A/1/boot.tsv)"
fake dmesg <<<'exit 1'

# Power fails between two words of the journal, and in the middle of one.
begin power --boots 2
boot "$new"
journal=root/var/lib/hugefault/metal/journal
sed -i '$d' $journal
[ "$(last)" = "done 1" ] || fail "$(last)"
boot "$new"
called "$into_old"
sed -i '$d' $journal
sed -i '/ done 1 /d' $journal
printf '1755000000 do' >>$journal
boot "$new"
called "$into_old"
[ "$(last)/$(grep -c ' boot 1 ' $journal)" = "boot 2/1" ] || fail "the step is done, and done again: $(cat $journal)"

# The same boot again asks for nothing a second time.
resume
: >calls
go_on
[ ! -s calls ] || fail "it reboots twice in a boot: $(cat calls)"

# ... and is not the boot that it asks for, though its kernel is.
begin same --boots 1 --seed 2
called "$into_old"
resume
go_on
[ "$(last)" = "boot 1" ] || fail "a step without a boot: $(last)"

# The kernel that runs cannot kexec: the default one may; where that cannot either there is no statement.
begin refuses --boots 2
touch calls.refuse-kexec
boot "$new"
called "$home"
[ "$(last)" = "boot 2" ] || fail "$(last)"
boot "$old" # which is that of steps 2 and 3
boot "$old"
called "$home"
[ "$(last)" = "boot 4" ] || fail "$(last)"
boot "$old"
called "$home"
[ "$(last)" = "home 0" ] || fail "$(last)"
grep -q "broken" refuses/B/2/boot.tsv || fail "$(cat refuses/B/2/boot.tsv)"
rm calls.refuse-kexec

# What cannot be written down is not done.
begin full --boots 2
runs "$new"
fake sync <<<'exit 1'
expect 3 "${metal[@]}" --resume
expect 3 env EXIT_CODE=exited SERVICE_RESULT=exit-code "${metal[@]}" --go-on
[ ! -s <(grep 'kexec\|reboot' calls) ] || fail "nothing is written down, and yet: $(cat calls)"
rm root/bin/sync

# Cancelled: whatever is stopped then, nothing reboots.
begin cancelled --boots 2
boot "$new"
runs "$old"
resume
expect 0 "${metal[@]}" --cancel
[ "$(grep -c 'systemctl stop\|kexec --unload' calls)" = 2 ] || fail "$(cat calls)"
[ ! -e root/etc/systemd/system/hugefault-metal.service ] || fail "the unit stays"
: >calls
go_on EXIT_CODE=killed EXIT_STATUS=TERM
boot "$new"
[ ! -s calls ] || fail "cancelled, and yet: $(cat calls)"
expect 3 "${metal[@]}" --status
expect 2 "${metal[@]}" --cancel

# Boot loaders: the entry of the kernel, not the one that rescues
cat >root/boot/grub/grub.cfg <<'END'
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
fi
menuentry 'Debian' --class os $menuentry_id_option 'gnulinux-simple-x' {
	linux	/boot/vmlinuz-6.3.0-other root=/dev/sda1 ro
}
submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced-x' {
	menuentry 'Debian, with Linux 6.2.0-new (recovery mode)' --class os $menuentry_id_option 'gnulinux-6.2.0-new-recovery-x' {
		linux	/boot/vmlinuz-6.2.0-new root=/dev/sda1 ro single
		initrd	/boot/initrd.img-6.2.0-new
	}
	menuentry 'Debian, with Linux 6.2.0-new' --class os $menuentry_id_option 'gnulinux-6.2.0-new-advanced-x' {
		linux	/boot/vmlinuz-6.2.0-new root=/dev/sda1 ro
		initrd	/boot/initrd.img-6.2.0-new
	}
}
menuentry "The old one" {
	linux	/vmlinuz-6.1.0-old root=/dev/sda1 ro
}
END
refuses "\--append is for kexec" --reboot-by grub --append x
begin grub --boots 2 --reboot-by grub
called "grub-reboot gnulinux-advanced-x>gnulinux-6.2.0-new-advanced-x
systemctl --no-block reboot"
boot "$new"
called "grub-reboot The old one
systemctl --no-block reboot"
grep -q "grub-editenv $root/boot/grub/grubenv unset next_entry" calls || fail "the entry is not forgotten: $(cat calls)"
[ "$(cut -f 7 grub/B/1/boot.tsv)" = grub ] || fail "$(cat grub/B/1/boot.tsv)"

refuses "no systemd-boot" --reboot-by systemd-boot
touch calls.bootctl
refuses "no entry with version 6.1.0-old" --reboot-by systemd-boot
mkdir -p root/efi/loader/entries
for version in 6.1.0-old 6.2.0-new 6.3.0-other; do
	printf 'title Debian\nversion %s\nlinux /x/linux\n' $version >root/efi/loader/entries/id-$version.conf
done
begin loader --boots 2 --reboot-by systemd-boot
called "bootctl set-oneshot id-6.2.0-new.conf
systemctl --no-block reboot"
