# SPDX-License-Identifier: GPL-2.0-or-later
# guest/pack: every form in which a kernel can come gives the same image; what is wrong is said; the same programs give the same bytes.
# needs: guest
# timeout: 120
pack=$TOP/guest/pack
export HUGEFAULT_CACHE=$PWD/cache

# put FILE OFFSET BYTES: printf escapes at an offset
put()
{
	# shellcheck disable=SC2059 # escapes are what is wanted
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# little N: four bytes as escapes
little()
{
	printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

# bzimage FILE COMMAND...: the kernel "elf", compressed by COMMAND, behind a setup header as the boot protocol has it; version 6.9.9-test
bzimage()
{
	local file=$1 size

	shift
	"$@" <elf >payload || fail "$*"
	case $1 in
	gzip) ;;
	*) put payload "$(stat -c %s payload)" "$(little "$(stat -c %s elf)")" ;;
	esac
	size=$(stat -c %s payload)
	truncate -s 0 "$file"
	truncate -s 1024 "$file"
	put "$file" 497 '\x01'
	put "$file" 514 HdrS
	put "$file" 526 '\x80\x01'
	put "$file" 584 "$(little 0)"
	put "$file" 588 "$(little "$size")"
	put "$file" 896 '6.9.9-test (builder) #1\x00'
	cat payload >>"$file"
	echo "setup's end" >>"$file"
}

printf '\x7fELF kernel \x04\x00\x00\x00\x08\x00\x00\x00\x12\x00\x00\x00Xen\x00 Linux version 6.9.9-test (builder)\n' >elf
head -c 100000 /dev/zero >>elf

# ready KERNEL: pack it; the image is the uncompressed kernel, the version right
ready()
{
	expect 0 "$pack" kernel "$1"
	dir=$(cat out)
	cmp -s "$dir/image" elf || fail "$1: not the uncompressed kernel"
	[ "$(cat "$dir/version")" = 6.9.9-test ] || fail "$1: version $(cat "$dir/version")"
	[ -e "$dir/modules.cpio" ] || fail "$1: no modules.cpio"
}

bzimage gz gzip -c
ready gz
for tool in "zstd -q" "xz --check=crc32" "lz4 -lq"; do
	command -v "${tool%% *}" >/dev/null || continue
	# shellcheck disable=SC2086 # words
	bzimage image $tool
	ready image
done
ready elf
# What cannot be unpacked is booted as it is.
bzimage odd cat
expect 0 "$pack" kernel odd
cmp -s "$(cat out)/image" odd || fail "an image that cannot be unpacked is not taken as it is"

# An unpacked package, a .deb of it, its name
mkdir -p package/boot package/DEBIAN
cp gz package/boot/vmlinuz-6.9.9-test
echo CONFIG_X=y >package/boot/config-6.9.9-test
ready package
[ "$(cat "$dir/config")" = CONFIG_X=y ] || fail "the package's config is not kept"
printf 'Package: linux-image-test\nVersion: 6.9.9-1\nArchitecture: all\nMaintainer: nobody\nDescription: x\n' >package/DEBIAN/control
dpkg-deb -b package linux-image-test_6.9.9-1_all.deb >/dev/null 2>&1 || fail "dpkg-deb -b"
ready linux-image-test_6.9.9-1_all.deb
first=$dir
ready linux-image-test_6.9.9-1_all.deb
[ "$dir" = "$first" ] || fail "a .deb is packed twice"

mkdir bin
cat >bin/apt-get <<END
#!/bin/bash
# "apt-get download NAME" in an archive with one package
echo call >>"$PWD/calls"
case "\${*: -1}" in
linux-image-test | linux-image-test=6.9.9-1) cp "$PWD/linux-image-test_6.9.9-1_all.deb" . ;;
*)
	echo "E: Unable to locate package \${*: -1}"
	exit 100
	;;
esac
END
chmod +x bin/apt-get
PATH=$PWD/bin:$PATH
ready linux-image-test
ready linux-image-test
[ "$(wc -l <calls)" -eq 1 ] || fail "a package is fetched $(wc -l <calls) times"
ready linux-image-test=6.9.9-1
expect 4 "$pack" kernel linux-image-none
grep -q 'linux-image-none: cannot be fetched: E: Unable to locate' err || fail "$(cat err)"

# A built tree, and one that is not
mkdir -p tree/include/config tree/arch/x86/boot
echo 6.9.9-test >tree/include/config/kernel.release
expect 3 "$pack" kernel tree
grep -q 'not built' err || fail "$(cat err)"
cp gz tree/arch/x86/boot/bzImage
ready tree
cp elf tree/vmlinux
ready tree
# It is built again: what was packed stays.
echo more >>tree/vmlinux
cmp -s "$dir/image" elf || fail "the packed image changes with the tree"
expect 3 "$pack" kernel bin
expect 3 "$pack" kernel calls
expect 2 "$pack" kernel ./none
expect 2 "$pack" kernel 'no name'
expect 2 "$pack" kernel
expect 2 "$pack" nonsense
# Programs of another architecture (here: this one's, from elsewhere): libraries by name below the sysroot, the interpreter where the program looks for it
mkdir -p sys/lib/other-linux-gnu sys/bin
export HUGEFAULT_SYSROOT=$PWD/sys
expect 3 "$pack" programs other.cpio "prog=$BUILD/bench/base-fault"
cp "$(command -v busybox)" sys/bin/
libs=$(ldd "$BUILD/bench/base-fault" | grep -o '/[^ ]*')
for lib in $libs; do cp -L "$lib" sys/lib/other-linux-gnu/; done
expect 0 "$pack" programs other.cpio "prog=$BUILD/bench/base-fault"
for lib in $libs; do
	cpio -t --quiet <other.cpio | grep -q "/${lib##*/}\$" || fail "${lib##*/} is missing: $(cpio -t --quiet <other.cpio)"
done
cpio -t --quiet <other.cpio | grep -qx "$(readelf -l "$BUILD/bench/base-fault" | sed -n 's/.*interpreter: .\(.*\)\]/\1/p')" || fail "no interpreter"
unset HUGEFAULT_SYSROOT
[ -z "$(find cache -name 'work.*')" ] || fail "left behind: $(find cache -name 'work.*')"

# Programs, their libraries, the init; the same bytes every time
echo '#!/bin/sh' >script
chmod +x script
expect 0 "$pack" programs one.cpio bench/base-fault="$BUILD/bench/base-fault" script
sleep 1 # another time of day
touch script
expect 0 "$pack" programs two.cpio bench/base-fault="$BUILD/bench/base-fault" script
cmp one.cpio two.cpio || fail "the same programs give different archives"
cpio -t --quiet <one.cpio >names 2>/dev/null
for name in init bin/busybox hf/bench/base-fault hf/script; do
	grep -qx "$name" names || fail "no $name in the archive: $(cat names)"
done
grep -q 'libc\.so' names || fail "no C library in the archive: $(cat names)"
expect 2 "$pack" programs x.cpio none
expect 2 "$pack" programs x.cpio
