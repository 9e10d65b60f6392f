#!/usr/bin/env bash
# The bounds of a batch: a hundred thousand items, and no more; 512 MB, and half a
# minute for each piece of it.  Which bound ends a body that does not end, with which
# word, and that nobody waits for it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_instance
claim "who takes part" story_people
d=$work/d
mkdir "$d"
uuid() { cat /proc/sys/kernel/random/uuid; }
head_of() { echo "{\"batch\":\"$(uuid)\",\"items\":$1,\"purpose\":\"precheck\"}"; }
# ask [curl options]: the status, and the code of a problem
ask() {
	local status
	status=$(api_as mobilfunk-hlr -m 180 -X POST -o "$d/answer" -w '%{http_code}' -H 'Content-Type: application/x-ndjson' "$@" \
		"$URL/v1/decisions/batch")
	echo "$status $(head -n 1 "$d/answer" | jq -r 'if .type then .type | split("/")[-1] else .batch // "" | length end' 2>/dev/null)"
}
workers() { for f in "$VAR"/api/kore-*.pid; do pgrep -P "$(cat "$f")"; done | sort | xargs; }
batches() { sql "SELECT count(*) FROM decision_batch"; }
before=$(workers)

# ---- a hundred thousand

yes '{}' | head -n 100000 >"$d/items"
{ head_of 100000; cat "$d/items"; } >"$d/most"
claim "a hundred thousand items are taken" is "$(ask --data-binary "@$d/most")" "200 36"
claim "each has its answer, in its place" is "$(tail -n +2 "$d/answer" | jq -r .index | awk '$1 != NR - 1 { bad++ } END { print NR, bad + 0 }')" "100000 0"
claim "and one receipt is of all of them" is "$(head -n 1 "$d/answer" | jq -r '"\(.size) \(.permit) \(.refuse + .indeterminate)"')" "100000 0 100000"
{ head_of 99999; cat "$d/items"; } >"$d/x"
claim "one more than was said" is "$(ask --data-binary "@$d/x")" "400 BATCH_COUNT"
{ head_of 100000; cat "$d/items"; echo '{}'; } >"$d/x"
claim "one more than there may be" is "$(ask --data-binary "@$d/x")" "400 BATCH_TOO_LARGE"
claim "which says how many there may be" grep -q 'at most 100000 items' "$d/answer"
{ head_of 100001; echo '{}'; } >"$d/x"
claim "nor may the first line say so" is "$(ask --data-binary "@$d/x")" "400 BATCH_MALFORMED"
claim "none of these came in" is "$(batches)" 1

# ---- without an end: here with smaller bounds, or it would take half an hour

conf=$(find "$VAR" -name nginx.conf | head -1)
claim "a batch may have 512 MB" grep -q 'client_max_body_size 512m;' <(sed -n "/location = .v1.decisions.batch {/,/proxy_pass/p" "$conf")
claim "and each piece half a minute to come" grep -q 'client_body_timeout 30s' "$conf"
sed -i 's/client_max_body_size 512m/client_max_body_size 8m/; s/client_body_timeout 30s/client_body_timeout 3s/' "$conf"
nginx_reload
# whoever is still sending when it is refused may not get to read why
too_large() { local got; got=$("$@"); is "$got" "413 BODY_TOO_LARGE"; }
endless() { { head_of 100000; yes '{}'; } 2>/dev/null | ask -T -; }
claim "lines without an end" until_true 20 too_large endless
claim "which says what was wrong" is "$(jq -r .detail "$d/answer")" "the body is longer than this address takes"
one_line() { { head_of 100000; yes | tr -d '\n'; } 2>/dev/null | ask -T -; }
claim "a line without an end" until_true 20 too_large one_line
claim "one that is said to be longer is refused before it comes" is \
	"$(ask -m 10 -H 'Content-Length: 8388609' --data-binary "@$d/x")" "413 BODY_TOO_LARGE"
{ head_of 100000; head -c 100000 /dev/zero | tr '\0' a; } >"$d/line"
claim "a line of 100,000 octets" is "$(ask --data-binary "@$d/line")" "400 BATCH_MALFORMED"
claim "which says how many a line may have" grep -q 'a line has at most [0-9]* octets' "$d/answer"

# stops SECONDS COMMAND...: sends what the command prints, of a body that is said to be
# longer, and then nothing; how long it was let
who=$VAR/credentials/mobilfunk-hlr
stops() {
	local seconds=$1 began=$SECONDS
	shift
	{
		printf 'POST /v1/decisions/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: 500000\r\n\r\n'
		"$@"
		sleep "$seconds"
	} | timeout "$seconds" openssl s_client -quiet -connect "127.0.0.1:$PORT" -CAfile "$VAR/credentials/root.crt" \
		-cert "$who.crt" -cert_chain "$who.crt" -key "$who.key" >"$d/stopped" 2>/dev/null
	echo $((SECONDS - began))
}
slow() { grep -c '"POST -" 408 ' "$VAR/log/access.log"; }
stops 40 head -n 1000 "$d/most" >"$d/let" &
stopping=$!
claim "while one stops in the middle, another is answered" is "$(ask --data-binary "@$d/line")" "400 BATCH_MALFORMED"
let_go() { [ "$(slow)" -ge 1 ]; }
claim "it is let go of after that time, as too slow (408)" until_true 10 let_go
kill $(pgrep -P $stopping) 2>/dev/null
wait $stopping 2>/dev/null
# an octet now and then is no end either: it is waited for at nginx, by no process of ours
dribble() { while printf ' '; do sleep 1; done; }
stops 8 dribble >/dev/null &
dribbling=$!
sleep 4
claim "while one sends an octet a second, another is answered" is "$(ask --data-binary "@$d/line")" "400 BATCH_MALFORMED"
claim "and none of our processes has anything of it" is "$(find "$VAR/api/tmp" -type f | wc -l)" 0
wait $dribbling
claim "who hangs up in the middle has asked nothing" is "$(batches)" 1
nothing_kept() { [ "$(find "$VAR/nginx/body" "$VAR/api/tmp" -type f | wc -l)" = 0 ]; }
claim "nothing of any of them is kept" until_true 10 nothing_kept
claim "no process died of it" is "$(workers)" "$before"
{ head_of 2; echo '{}'; echo '{}'; } >"$d/x"
claim "and a good one is answered" is "$(ask --data-binary "@$d/x")" "200 36"
finish
