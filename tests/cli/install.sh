# SPDX-License-Identifier: GPL-2.0-or-later
# make install puts a command into DESTDIR that works from there and from where that is moved to; make uninstall leaves nothing.
# timeout: 120
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES SAN

# In a copy, where other flags than those of the build do no harm (-o all: what is built is as it should be).
mkdir copy root
tar -C "$TOP" --exclude=./build --exclude=./results --exclude=./.git -cf - . | tar -C copy -xf -
cp -a "$BUILD" copy/build
unset BUILD
expect 0 make -s -C copy -o all DESTDIR="$PWD/root" PREFIX=/usr install
mv root moved
expect 0 moved/usr/bin/hugefault list
for name in $(programs bench) $(programs stress); do
	grep -q "^ *$name " out || fail "$name is not in the installed command's list: $(cat out)"
done
expect 0 moved/usr/bin/hugefault run base-fault --smoke -o records.jsonl
[ "$(end_of records.jsonl .status)" = ok ] || fail "the installed program did not end well"
mv moved root
expect 0 make -s -C copy -o all DESTDIR="$PWD/root" PREFIX=/usr uninstall
[ -z "$(find root ! -type d)" ] || fail "left behind: $(find root ! -type d)"
