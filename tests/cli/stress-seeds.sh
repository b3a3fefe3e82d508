# SPDX-License-Identifier: GPL-2.0-or-later
# Equal seeds have equal schedules and other seeds other ones, in every stressor. A failure that is injected is replayed by its seed and made smaller, and what is left still fails by the same law.
# needs: root hugepages
# timeout: 300

# schedules STRESSOR SEED: the hashes of all its points
schedules()
{
	rm -f records.jsonl
	"$BUILD/stress/$1" --seed="$2" --ops=1 -o records.jsonl >out 2>err
	local status=$?
	[ $status -eq 0 ] || [ $status -eq 4 ] || fail "$1: exit status $status"$'\n'"$(tail -n 20 out err)"
	tail -n 1 records.jsonl | json | awk -F '\t' '$1 ~ /^\.stress\[[0-9]+\]\.schedule$/ { print $2 }'
}

for name in $(programs stress); do
	one=$(schedules "$name" 5)
	[ -n "$one" ] || continue # skipped, as its smoke run says
	[ "$(schedules "$name" 5)" = "$one" ] || fail "$name: the same seed has another schedule"
	other=$(schedules "$name" 6)
	[ -z "$(comm -12 <(sort <<<"$one") <(sort <<<"$other"))" ] || fail "$name: seeds 5 and 6 have the same schedule: $one"
	echo "$name: $one"
done

grep -q fsanitize "$BUILD/.flags" && exit 0 # preloading does not go together with sanitizers
export HF_SHIM=corrupt LD_PRELOAD=$BUILD/tests/helpers/shim.so
name=fault-race-dontneed
expect 1 "$BUILD/stress/$name" --seed=3 -t 4 -d 10 -o records.jsonl
[ "$(end_of records.jsonl '.stress[0].failed')" = content ] || fail "the failure is not law content"
read -r -a replay <<<"$(end_of records.jsonl '.stress[0].replay')"
expect 1 "$BUILD/stress/$name" "${replay[@]}" -t 4 -d 5 -o records.jsonl
[ "$(end_of records.jsonl '.stress[0].failed')" = content ] || fail "its replay is not law content: ${replay[*]}"

expect 1 "$BUILD/stress/$name" --seed=3 -t 4 -d 10 --shrink -o records.jsonl
[ "$(end_of records.jsonl '.stress[0].shrunk')" = true ] || fail "nothing was taken away"
read -r -a replay <<<"$(end_of records.jsonl '.stress[0].replay')"
echo "shrunk: ${replay[*]}"
actors=$(sed -n 's/.*--actors=\(0x[0-9a-f]*\).*/\1/p' <<<"${replay[*]}")
case $((actors)) in
1 | 2 | 4 | 8) ;;
*) fail "one actor is enough for this: ${replay[*]}" ;;
esac
kinds=$(sed -n 's/.*--kinds=\([a-z,]*\).*/\1/p' <<<"${replay[*]}")
case $kinds in
write,dontneed | read,dontneed) ;;
*) fail "two operations are enough for this: ${replay[*]}" ;;
esac
expect 1 "$BUILD/stress/$name" "${replay[@]}" -t 4 -d 5 -o records.jsonl
[ "$(end_of records.jsonl '.stress[0].failed')" = content ] || fail "what is left does not fail by law content: ${replay[*]}"
unset HF_SHIM LD_PRELOAD
expect 0 "$BUILD/stress/$name" "${replay[@]}" -t 4 -d 1 -o records.jsonl
