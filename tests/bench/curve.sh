#!/usr/bin/env bash
# How long one certificate takes in ever larger lots, end to end: is the curve
# flat?  One instance, whose register grows from lot to lot.  Prints a table and
# writes build/bench/curve.json.
#	SIZES='10000 100000 1000000' KIND=csr tests/bench/curve.sh
set -u
if [ "$(id -u)" -eq 0 ]; then
	cd "$(dirname "$0")/../.." || exit 1
	here=$(tests/reachable) || exit 1
	rc=0
	mkdir -p build/bench
	report=$(mktemp)
	chmod 666 "$report"
	(cd "$here" && tests/as-service-user env REPORT="$report" SIZES="${SIZES:-10000 100000 1000000}" \
		KIND="${KIND:-csr}" tests/bench/curve.sh) || rc=$?
	[ "$here" = "$PWD" ] || rm -rf "$here"
	[ -s "$report" ] && cat "$report" >build/bench/curve.json
	rm -f "$report"
	exit "$rc"
fi
. "$(dirname "$0")/../system/lib.sh"
. "$top/tests/system/story.sh"
sizes=${SIZES:-10000 100000 1000000} kind=${KIND:-csr}
report=${REPORT:-$bin/bench/curve.json}
model=tresor-m2 site=tresor-dresden
[ "$kind" = csr ] || { model=tresor-k1 site=tresor-bautzen; }
start_instance
story_coc() { # as story.sh has it, with a quota for all of them
	local model=$1 number
	shift
	number=$(j decider-1 coc propose --model "$model" --level 2 --quota 20000000 "$@" | jq -re .number) &&
		a decider-2 approve "$number" >&2 && echo "$number"
}
claim "suppliers, sites and models get accredited" story_accredited
claim "a site is audited for key injection" story_keys
[ "$failed" -eq 0 ] || finish
memory() { awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$(pgrep -P "$RUN_PID" -f assay-authority | head -n 1)/status"; }

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
for n in $sizes; do
	ms=$(issue "$n") || { not_ok "a lot of $n is issued"; finish; }
	printf '%10s %10s %14s %8s %6s\n' "$n" "$((ms / 1000))" "$((ms * 1000 / n))" "$(memory)" "$(cut -d' ' -f1 /proc/loadavg)"
	jq -nc --argjson n "$n" --argjson us "$((ms * 1000 / n))" --argjson mib "$(memory)" --arg kind "$kind" \
		'{name: "issue.curve.\($kind)", devices: $n, unit: "us/certificate", ours: $us, memory_mib: $mib}' >>"$work/table"
done
jq -s . "$work/table" >"$report"
finish
