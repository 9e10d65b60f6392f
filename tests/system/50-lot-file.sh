#!/usr/bin/env bash
# A lot's rows in a file that cannot be read to its end, as when a disk or a
# network drive goes away: nothing is signed for half of it, nothing is sent, and
# nothing is left lying about.  The kernel is told to fail by strace.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
rows=$work/rows
mark=TRE-$$-$RANDOM # whose file it is, where other tests have theirs
a reader device new --kind tre --id "$mark" --rows "$work/one"
for ((i = 0; i < 800; i++)); do cat "$work/one"; done >"$rows" # more than is read at once
claim "the rows are longer than what is read at once" test "$(wc -c <"$rows")" -gt 200000
lots() { j reader lot list | jq '[.. | objects | select(.number? // "" | startswith("LOT"))] | length'; }
before=$(lots)

# failing CALL COMMAND...: with the read of that number of the rows failing
failing() {
	local n=$1
	shift
	strace -f -qq -o "$work/strace" -P "$rows" -e trace=read -e inject=read:error=EIO:when="$n" \
		"$bin/assay" --var "$VAR" --as tresor-pki "$@" --model tresor-m2 --site tresor-dresden --rows "$rows" >"$work/out" 2>&1
}
left() { grep -ls -- "$mark" /tmp/assay-lot.*; }
failing 60000 lot sign --out "$work/good"
reads=$(grep -c 'read(' "$work/strace")
claim "nothing failed: it is signed" is "$(wc -l <"$work/good")" 801
claim "the rows were read twice, in several pieces ($reads)" test "$reads" -ge 6
rm -f "$work/good"
# of the first time, which is for their hash, and of the second, which copies them
for n in 1 2 $((reads / 2)) $((reads / 2 + 1)) $((reads / 2 + 2)) "$reads"; do
	claim "read $n fails: it is not signed" eval '! failing $n lot sign --out "$work/manifest"'
	claim "  since it did fail" grep -q INJECTED "$work/strace"
	claim "  it says which file, and what was wrong" grep -q "could not read $rows to its end" "$work/out"
	claim "  there is no half of a manifest" test ! -s "$work/manifest"
	claim "  nor anything beside it" is "$(left)" ""
done
claim "nor is such a lot sent" eval '! failing 2 lot submit'
claim "  which says so, too" grep -q "could not read $rows to its end" "$work/out"
claim "  nobody has heard of it" is "$(lots)" "$before"
claim "  nor is anything left" is "$(left)" ""
claim "when the file can be read again, it is taken" eval '[ "$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/one" --wait | jq -r .state)" = issued ]'
finish
