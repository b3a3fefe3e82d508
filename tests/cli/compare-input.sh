# SPDX-License-Identifier: GPL-2.0-or-later
# compare: bad records get one line that names file and line, exit 2, and never a pass.
compare=$BUILD/compare/compare
boots base A 0 3
boots good B 1 3
lines=$(wc -l <good/records.jsonl)

# bad TEXT: compare base with bad.jsonl; the line on stderr holds TEXT
bad()
{
	expect 2 "$compare" base bad.jsonl
	one_line compare
	grep -qF "$1" err || fail "no '$1' in: $(cat err)"
}

head -c -20 good/records.jsonl >bad.jsonl
bad "bad.jsonl:$lines: bad JSON"
head -n -1 good/records.jsonl >bad.jsonl
bad "bad.jsonl:$((lines - 4)): run B-boot-2-third-path-0 of third-path has no 'end' line"
sed '2s/"value":[^}]*/"value":NaN/' good/records.jsonl >bad.jsonl
bad "bad.jsonl:2: bad JSON"
sed '2s/"value":[^}]*/"value":"fast"/' good/records.jsonl >bad.jsonl
bad "bad.jsonl:2: sample: 'value' must be a number"
sed '2s/"unit":"ns"/"unit":"us"/' good/records.jsonl >bad.jsonl
bad "bad.jsonl:2: sample: metric 'fault_ns' of slow-path has unit 'us' here and 'ns' before"
sed 's/"v":1/"v":2/' good/records.jsonl >bad.jsonl
bad "bad.jsonl:1: line: 'v' must be 1"
cat good/records.jsonl good/records.jsonl >bad.jsonl
bad "bad.jsonl:$((lines + 1)): run B-boot-0-slow-path-0 begins a second time"
cp base/records.jsonl bad.jsonl
bad "bad.jsonl:1: run A-boot-0-slow-path-0 begins a second time"
sed 1d good/records.jsonl >bad.jsonl
bad "bad.jsonl:1: sample before the 'run' line"
head -c 3000 /dev/zero >bad.jsonl
bad "bad.jsonl:1: bad JSON"
# a gigabyte: of nothing, and of records with a flaw at the end; no more memory than a line needs
limited()
{
	(ulimit -v 400000 && exec "$@")
}
! grep -q fsanitize "$BUILD/.flags" || limited() { "$@"; } # sanitizers reserve more than there is
truncate -s 1G bad.jsonl
expect 2 limited "$compare" base bad.jsonl
one_line compare
grep -qF "bad.jsonl:1: a line of more than 64 MiB" err || fail "not the reason: $(cat err)"
{
	head -n 1 good/records.jsonl
	line=$(printf '{"v":1,"type":"warn","run":"B-boot-0-slow-path-0","code":"x","text":"%1000000s"}' "")
	for ((i = 0; i < 40; i++)); do
		echo "$line"
	done
	echo '{"v":1,"type":"sample","run":"B-boot-0-slow-path-0"}'
} >bad.jsonl
bad "bad.jsonl:42: sample: 'label' is missing"
# of another program, or schema
for line in '{}' '[]' '1' 'null' '{"v":1}' '{"schema":2,"label":"x"}' '{"v":2,"type":"run","run":"x"}' '{"v":"1","type":"run","run":"x"}'; do
	{
		cat good/records.jsonl
		echo "$line"
	} >bad.jsonl
	bad "bad.jsonl:$((lines + 1)): line"
done
mkdir -p several
cp good/records.jsonl several/a.jsonl
head -c -20 base/records.jsonl >several/b.jsonl
expect 2 "$compare" several several
grep -qE "^compare: several/b.jsonl:$(wc -l <several/b.jsonl | xargs -I{} expr {} + 1): bad JSON" err || fail "not the file: $(cat err)"
: >bad.jsonl
bad "bad.jsonl: no run in it"
rm bad.jsonl
bad "bad.jsonl: No such file"
mkdir bad.jsonl
bad "bad.jsonl: no records (*.jsonl) in this directory"

# a command line that cannot be meant
for arg in --no-such-option --format=xml --sesoi=x --sesoi=-1 --seed=-1 --export=csv third; do
	expect 2 "$compare" base good "$arg"
	[ ! -s out ] || fail "something on stdout: $arg"
done
expect 2 "$compare" base
expect 2 "$compare" --aa base good
