#!/usr/bin/env bash
# The offline kit's snapshot of CERTIFICATES of one CA with PERCENT of them
# revoked: its size against the bound of information theory, what building it
# takes, and an answer; every certificate is asked for.  Prints a table and
# writes build/bench/offline.json.
#	CERTIFICATES=100000000 PERCENT=1 tests/bench/offline.sh
set -u
settings=(CERTIFICATES=100000000 PERCENT=1)
. "$(dirname "$0")/lib.sh"

echo "# $CERTIFICATES certificates, $PERCENT % revoked, on $(nproc) cores, load $(load), $(
	openssl version | cut -d' ' -f1,2)"
"$bin/tests/offline" "$CERTIFICATES" "$PERCENT" >"$work/said" || { not_ok "it is measured"; finish; }
value() { awk -v name="$1" '$1 == name { print $2 }' "$work/said"; }

# row NAME UNIT LIMIT OURS GOAL MET
row() {
	printf '%-16s %-12s %12s %12s  %s\n' "$1" "$2" "$3" "$4" "$5, $([ "$6" = true ] && echo met || echo missed)"
	jq -nc --arg name "$1" --arg unit "$2" --argjson limit "$3" --argjson ours "$4" --arg goal "$5" --argjson met "$6" \
		'{name: $name, unit: $unit, limit: $limit, peer: null, ours: $ours,
		ratio: (if $limit != null and $limit > 0 then $ours / $limit * 1000 | round / 1000 else null end), goal: $goal, met: $met}' >>"$work/rows"
}
holds() { awk "BEGIN { print ($1) ? \"true\" : \"false\" }"; }

size=$(value octets) bound=$(value bound)
printf '%-16s %-12s %12s %12s\n' name unit limit ours
row offline.size octets "$bound" "$size" "1.1 times the bound and 64 KiB at most" \
	"$(holds "$size <= 1.1 * $bound + 65536")"
row offline.right "wrong ones" 0 "$(value wrong)" "none of all $CERTIFICATES" "$(holds "$(value wrong) == 0")"
row offline.build "CPU seconds" null "$(value build.cpu)" "3 for ten million at most" \
	"$(holds "$(value build.cpu) <= 3 * $CERTIFICATES / 1e7")"
row offline.lookup nanoseconds null "$(value lookup)" "1000 at most" "$(holds "$(value lookup) <= 1000")"
row offline.memory KiB null "$(value memory)" "64 octets for each revoked one and 64 MiB at most" \
	"$(holds "$(value memory) <= 65536 + 64 * $(value revoked) / 1024")"
jq -s . "$work/rows" >"$report"
echo "# built in $(value build) s by the clock, load $(load)"
if jq -e 'all(.met)' "$report" >/dev/null; then ok "every goal is met"; else not_ok "every goal is met"; fi
finish
