#!/usr/bin/env bash
# One status snapshot for all of a batch: a measure that comes into force while it is
# being judged is known to all of its items, or to none.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited
claim "two lots are issued" story_lots 3
d=$work/d
mkdir "$d"
# batch NAME N: the first pair, N items of nothing, which take their time, and the
# second pair, which has signed for that place
batch() {
	{ echo "TRE-1 TERM-1"; yes "TRE-3 TERM-3" | head -n "$2"; echo "TRE-2 TERM-2"; } |
		"$bin/tests/batch" "$VAR/devices" "$(cat /proc/sys/kernel/random/uuid)" \
		"$(j mobilfunk-hlr challenge new | jq -r .challenge)" mobilfunk initial_download |
		awk -v last=$(($2 + 3)) 'NR <= 2 || NR == last { print; next } { print "{}" }' >"$d/$1"
}
ask() {
	api_as mobilfunk-hlr -o "$d/$1.out" -w '%{http_code}' --max-time 180 -H 'Content-Type: application/x-ndjson' \
		--data-binary "@$d/$1" "$URL/v1/decisions/batch"
}
of() { sed -n "$2p" "$d/$1.out" | jq -r '.item.decision | "\(.verdict) \(.reasons | join(" "))"'; } # NAME LINE
ends() { echo "$(of "$1" 2), $(of "$1" $(($(wc -l <"$d/$1.out"))))"; }                        # first and last
came_in() { [ "$(sql "SELECT 1 FROM decision_batch WHERE batch = '$(head -1 "$d/$1" | jq -r .batch)'")" = 1 ]; }

batch still 600
claim "with nothing between" is "$(ask still) $(ends still)" "200 permit , permit "
batch one 30000
{ ask one >"$d/status"; now_ms >"$d/answered"; } &
asker=$!
until_true 30 came_in one
a security-1 measure impose --kind hold --scope-kind model --scope tresor-m2 --legal-basis "a test" --emergency
in_force=$(now_ms)
wait $asker
claim "a batch is judged" is "$(cat "$d/status")" 200
claim "and a measure on both its devices has come into force meanwhile" test "$in_force" -lt "$(cat "$d/answered")"
claim "both its ends know the same" grep -qE '^(permit , permit |refuse MEASURE_HOLD, refuse MEASURE_HOLD)$' <<<"$(ends one)"
claim "by the event that the receipt has" is "$(sql "SELECT count(DISTINCT event_id) FROM decision x JOIN decision_batch b ON b.id = x.batch_id
	WHERE b.batch = '$(head -1 "$d/one" | jq -r .batch)'")" 1
batch next 600
claim "the next one knows of it, at both ends" is "$(ask next) $(ends next)" "200 refuse MEASURE_HOLD, refuse MEASURE_HOLD"
finish
