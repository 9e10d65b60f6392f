#!/usr/bin/env bash
# How long one certificate takes in ever larger lots, end to end: is the curve
# flat?  One instance, whose register grows from lot to lot.  Prints a table and
# writes build/bench/curve.json.
#	SIZES='10000 100000 1000000' KIND=csr tests/bench/curve.sh
set -u
settings=("SIZES=10000 100000 1000000" KIND=csr)
. "$(dirname "$0")/lib.sh"
kind=$KIND
model=tresor-m2 site=tresor-dresden
[ "$kind" = csr ] || { model=tresor-k1 site=tresor-bautzen; }
start_instance
claim "suppliers, sites and models get accredited" story_accredited
claim "a site is audited for key injection" story_keys
[ "$failed" -eq 0 ] || finish
memory() { awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$(authority)/status"; }

# issue N: milliseconds from the first octet sent to the last certificate.
issue() {
	local t0 number
	"$bin/tests/devices" "$kind" "$1" "N$1-" >"$work/rows"
	a tresor-pki lot sign --model "$model" --site "$site" --kind "$kind" --rows "$work/rows" --out "$work/manifest"
	t0=$(now_ms)
	number=$(j tresor-pki lot submit --manifest "$work/manifest" | jq -re .number) || return 1
	a tresor-pki lot wait "$number" --timeout 86400 >/dev/null || return 1
	[ "$(j tresor-pki lot show "$number" | jq .issued)" -eq "$1" ] || return 1
	echo $(($(now_ms) - t0))
}
printf '# lots of kind %s, %s cores\n%10s %10s %14s %8s %6s\n' "$kind" "$(nproc)" devices seconds 'us/certificate' 'MiB' load
: >"$work/table"
for n in $SIZES; do
	ms=$(issue "$n") || { not_ok "a lot of $n is issued"; finish; }
	printf '%10s %10s %14s %8s %6s\n' "$n" "$((ms / 1000))" "$((ms * 1000 / n))" "$(memory)" "$(load)"
	jq -nc --argjson n "$n" --argjson us "$((ms * 1000 / n))" --argjson mib "$(memory)" --arg kind "$kind" \
		'{name: "issue.curve.\($kind)", devices: $n, unit: "us/certificate", ours: $us, memory_mib: $mib}' >>"$work/table"
done
jq -s . "$work/table" >"$report"
finish
