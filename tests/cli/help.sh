# SPDX-License-Identifier: GPL-2.0-or-later
# Every program explains itself: --help with usage, its parameters and an example, --version.
for dir in bench stress tools compare; do
	for name in $(programs $dir); do
		prog=$BUILD/$dir/$name
		expect 0 "$prog" --help
		grep -q "^Usage: .*$name" out || fail "$name --help: no usage line"
		[ ! -s err ] || fail "$name --help writes to stderr: $(cat err)"
		expect 0 "$prog" --version
		grep -q '[0-9]\.[0-9]' out || fail "$name --version: $(cat out)"
		if [ $dir = bench ] || [ $dir = stress ]; then
			"$prog" --describe | json >flat || fail "$name --describe is not JSON"
			grep -qF -- "$(get .summary <flat)" <("$prog" --help | tr -s '\n ' ' ') || fail "$name --help lacks its summary"
			expect 0 "$prog" --help
			sed -n 's/^\.params\[[0-9]*\]\.name\t//p' flat >params
			while read -r param; do
				grep -q -e "--$param" out || fail "$name --help lacks --$param"
			done <params
			grep -qi example out || fail "$name --help has no example"
		fi
	done
done
