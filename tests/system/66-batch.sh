#!/usr/bin/env bash
# Many questions at once: a verdict each, one receipt, each item provable alone.
# Attacks first: what is cut, swapped, twice, too long, too deep.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/receipt.sh"

start_accredited
story_organisation fernfunk "Fernfunk" operator
story_principal fernfunk-hlr fernfunk operator
claim "two lots are issued" story_lots 20
root=$VAR/credentials/root.crt
d=$work/d
mkdir -p "$d"
uuid() { cat /proc/sys/kernel/random/uuid; }
challenge() { j mobilfunk-hlr challenge new | jq -r .challenge; }
# pairs N...: TrE and terminal of these numbers
pairs() { local i; for i; do echo "$(tre_id "$i") $(term_id "$i")"; done; }
# batch NAME [BATCH [CHALLENGE [PURPOSE]]] <pairs: the body, into $d/NAME
batch() {
	"$bin/tests/batch" "$VAR/devices" "${2:-$(uuid)}" "${3-$(challenge)}" mobilfunk \
		"${4:-initial_download}" >"$d/$1"
}
# ask NAME [WHO [curl options]]: $d/NAME.out; the status on standard output
ask() {
	api_as "${2:-mobilfunk-hlr}" -o "$d/$1.out" -w '%{http_code}' --max-time 120 \
		-H 'Content-Type: application/x-ndjson' --data-binary "@$d/$1" "${@:3}" \
		"$URL/v1/decisions/batch"
}
# asks "sentence" NAME STATUS CODE [WHO]: refused as a whole
asks() {
	local got
	got=$(ask "$2" ${5:-})
	claim "$1 ($4)" is "$got $(jq -r '.type // "" | sub(".*/"; "")' "$d/$2.out" 2>&1 | head -1)" "$3 $4"
}
# verdicts NAME: of each item, with its first reason
verdicts() { tail -n +2 "$d/$1.out" | jq -r '.item.decision | "\(.verdict) \(.reasons[0] // "-")"'; }
# bundle NAME INDEX: of one item, as we hand it out
bundle() {
	local id
	id=$(tail -n +2 "$d/$1.out" | jq -r "select(.index == $2) | .item.jti")
	j mobilfunk-hlr receipt get "$id" >"$d/bundle"
}
verdict_of() { assay --url http://127.0.0.1:9 --json receipt verify "$1" --root "$root" 2>/dev/null | jq -r '.code // .verdict // "batch"'; }
by_openssl() { receipt_verify "$1" "$root" 2>/dev/null | head -1; }
# both "sentence" FILE CODE: our program refuses it, and so do openssl and jq
both() {
	claim "$1" is "$(verdict_of "$2")" "$3"
	jq -r .receipt "$2" | cut -d. -f2 | receipt_octets >"$d/claims"
	claim "$1, by openssl" not receipt_path "$2" "$d" 2>/dev/null
}
decisions() { sql "SELECT count(*) FROM decision"; }

# ---- what is no batch

before=$(decisions)
printf '' >"$d/x"
asks "no line at all" x 400 BATCH_MALFORMED
echo '{}' >"$d/x"
asks "a first line without anything" x 400 BATCH_MALFORMED
head -c 200000 /dev/zero | tr '\0' a >"$d/x"
asks "a line that does not end" x 400 BATCH_MALFORMED
pairs 1 2 3 | batch x
sed -i '$d' "$d/x"
asks "an item less than was said: cut off" x 400 BATCH_COUNT
sed -n '2p' "$d/x" >>"$d/x"
sed -n '2p' "$d/x" >>"$d/x"
asks "an item more" x 400 BATCH_COUNT
jq -c '.items = 100001' <(head -1 "$d/x") >"$d/y"
yes '{}' | head -100001 >>"$d/y"
asks "a hundred thousand and one" y 400 BATCH_TOO_LARGE
claim "a body of a gigabyte is refused before it comes" is \
	"$(truncate -s 1G "$d/huge" && api_as mobilfunk-hlr -o /dev/null -w '%{http_code}' --max-time 20 -H 'Expect: 100-continue' \
		-H 'Content-Type: application/x-ndjson' -T "$d/huge" -X POST "$URL/v1/decisions/batch")" 413
rm -f "$d/huge"
pairs 1 | batch x "" "$(head -c 32 /dev/urandom | base64)"
asks "a challenge that nobody gave" x 403 CHALLENGE_UNKNOWN
c=$(challenge)
pairs 1 | batch x "" "$c"
asks "another operator's challenge" x 403 CHALLENGE_UNKNOWN fernfunk-hlr
asks "a supplier" x 403 ROLE_NOT_ALLOWED karren-pki
jq -c '.IMSI = "262011234567890"' <(head -1 "$d/x") >"$d/y"
tail -n +2 "$d/x" >>"$d/y"
asks "subscriber data in the first line" y 400 BATCH_MALFORMED
claim "none of that is a decision" is "$(decisions)" "$before"

# ---- a batch, and what is in it twice

pairs 1 2 3 4 5 6 7 | batch seven
claim "seven devices are asked about" is "$(ask seven)" 200
claim "and permitted" is "$(verdicts seven | uniq -c | xargs)" "7 permit -"
claim "in their order" is "$(tail -n +2 "$d/seven.out" | jq -r '"\(.index) \(.item.index)"' | xargs)" \
	"0 0 1 1 2 2 3 3 4 4 5 5 6 6"
claim "and are in service now" is "$(sql "SELECT count(*) FROM device WHERE state = 'in_service'")" 14
claim "as so many decisions, all of one snapshot" is \
	"$(sql "SELECT count(*), count(DISTINCT event_id) FROM decision WHERE batch_id IS NOT NULL")" "7|1"
cp "$d/seven.out" "$d/seven.first"
claim "the same again" is "$(ask seven)" 200
claim "has the same answer, octet for octet" cmp "$d/seven.out" "$d/seven.first"
sed 's/semi_autonomous/remote/' "$d/seven" >"$d/x"
asks "other questions under its id" x 409 BATCH_ID_REUSED
pairs 1 | batch x "" "$(jq -r '.challenge // empty' <(head -1 "$d/seven"))"
asks "its challenge in another batch" x 403 CHALLENGE_REPLAYED
id=$(head -1 "$d/seven.out" | jq -r .batch)
api_as mobilfunk-hlr "$URL/v1/decisions/batch/$id/items?from=4" >"$d/rest"
claim "whose connection broke goes on where it was" cmp <(tail -n +2 "$d/rest") <(tail -n +6 "$d/seven.out")
claim "the whole of it is shown" is "$(api_as reader "$URL/v1/decisions/batch/$id" | jq -r '"\(.state) \(.permit)"')" "decided 7"
claim "to its operator, and to no other" is \
	"$(api_as fernfunk-hlr -o /dev/null -w '%{http_code}' "$URL/v1/decisions/batch/$id/items")" 404
pairs 20 | "$bin/tests/batch" "$VAR/devices" "$id" "$(j fernfunk-hlr challenge new | jq -r .challenge)" fernfunk initial_download >"$d/x"
sized() { api_as reader "$URL/v1/decisions/batch/$id$1" | jq -r '"\(.operator) \(.size)"'; }
claim "another operator has one of the same id" is "$(ask x fernfunk-hlr)" 200
claim "which is another batch" is "$(sized '?operator=mobilfunk') $(sized '?operator=fernfunk') $(sized '')" "mobilfunk 7 fernfunk 1 fernfunk 1"
claim "whose items are its own" is "$(api_as reader "$URL/v1/decisions/batch/$id/items?from=0&operator=mobilfunk" | wc -l)" 8
claim "of whom there is none, nothing" is "$(api_as reader -o /dev/null -w '%{http_code}' "$URL/v1/decisions/batch/$id?operator=nobody")" 404

{ pairs 8 9; echo "$(tre_id 8) $(term_id 10)"; echo "$(tre_id 11) $(term_id 9)"; pairs 12 13
	echo "$(tre_id 14) $(term_id 14) 351234560000010"; echo "$(tre_id 15) $(term_id 15) 351234560000010"; } | batch twice
claim "a TrE, a terminal, an IMEI twice" is "$(ask twice)" 200
claim "refuses all that have it, and no other" is "$(verdicts twice | xargs)" \
	"$(for i in 1 1 1 1 0 0 1 1; do [ $i = 1 ] && echo refuse DUPLICATE_IN_BATCH || echo permit -; done | xargs)"
claim "and nothing of these goes into service" is \
	"$(sql "SELECT count(*) FROM device WHERE state = 'in_service' AND device_id IN ('$(tre_id 8)', '$(term_id 9)', '$(tre_id 14)')")" 0

# ---- one bad item harms no other

pairs 8 9 10 11 14 15 16 17 | batch bad
deep=$(printf '[%.0s' $(seq 10000))
{
	sed -n 1,2p "$d/bad"
	echo '{"device":'"$deep"
	sed -n 4p "$d/bad" | jq -c '.platform_chain = .tre_chain'
	sed -n 6p "$d/bad"     # of index 4, in place 3
	sed -n 6p "$d/seven"   # of another batch, in place 4
	echo 'no JSON at all'
	sed -n 8p "$d/bad" | jq -c '.extra = 1'
	sed -n 9p "$d/bad" | jq -c '.device = {imei: "351234560000011"}'
} >"$d/bad.mixed"
claim "a batch of all kinds" is "$(ask bad.mixed)" 200
claim "each has its own answer" is "$(verdicts bad.mixed | xargs)" \
	"permit - refuse REQUEST_MALFORMED refuse ROLE_MISMATCH refuse POSSESSION_TRE refuse POSSESSION_TRE refuse REQUEST_MALFORMED refuse REQUEST_MALFORMED refuse REQUEST_MALFORMED"
claim "and a sentence, where it cannot be read" grep -q extra \
	<<<"$(tail -n +2 "$d/bad.mixed.out" | jq -r 'select(.index == 6).item.decision.detail')"

# ---- proofs: one device, without the others

bundle seven 3
cp "$d/bundle" "$d/good"
claim "one item's bundle holds" is "$(verdict_of "$d/good")" permit
claim "and by openssl and jq alone" is "$(by_openssl "$d/good")" permit
claim "it shows no other device" is "$(jq -c . "$d/good" | grep -c "$(tail -n +2 "$d/seven.out" | jq -r 'select(.index == 2).item.decision.tre_certificate_sha256')")" 0
jq '.path[1] = (.path[1] | explode | reverse | implode)' "$d/good" >"$d/x"
both "a path that was tampered with" "$d/x" RECEIPT_PATH
jq '.path |= .[0:2]' "$d/good" >"$d/x"
both "a path that is too short" "$d/x" RECEIPT_PATH
jq '.path += [.path[0]]' "$d/good" >"$d/x"
both "a path that is too long" "$d/x" RECEIPT_PATH
jq '.item.decision.verdict = "refuse"' "$d/good" >"$d/x"
both "an item that was tampered with" "$d/x" RECEIPT_PATH
jq '.item.index = 2' "$d/good" >"$d/x"
both "an item moved to another place" "$d/x" RECEIPT_PATH
bundle seven 2
jq --slurpfile o "$d/bundle" '.item = $o[0].item' "$d/good" >"$d/x"
both "two items swapped" "$d/x" RECEIPT_PATH
bundle twice 0
claim "a refusal is proven as well" is "$(verdict_of "$d/bundle")" refuse
jq --slurpfile o "$d/bundle" '.receipt = $o[0].receipt' "$d/good" >"$d/x"
both "under the root of another batch" "$d/x" RECEIPT_MALFORMED
jq --slurpfile o "$d/bundle" '.receipt = $o[0].receipt | .item.batch = $o[0].item.batch' "$d/good" >"$d/x"
both "and with that batch's name on it" "$d/x" RECEIPT_PATH
jq 'del(.path)' "$d/good" >"$d/x"
both "no path" "$d/x" RECEIPT_MALFORMED
jq 'del(.item, .path)' "$d/good" >"$d/x"
claim "the batch's receipt alone tells of the batch" is "$(verdict_of "$d/x")" batch
# verify: asked by whoever holds it
verify() { api_as "${1:-mobilfunk-hlr}" -H 'Content-Type: application/json' --data-binary @- "$URL/v1/receipts/verify"; }
jq -c '{receipt, item, path}' "$d/good" >"$d/x"
claim "the record says so, too" is "$(verify <"$d/x" | jq -r '"\(.valid) \(.verdict) \(.to_act_on)"')" "true permit true"
claim "and not of a changed item" is \
	"$(jq -c '.item.decision.verdict = "refuse"' "$d/x" | verify | jq -r .code)" RECEIPT_PATH
claim "nor of an item without its path" is "$(jq -c 'del(.path)' "$d/x" | verify | jq -r .status)" 400

# ---- many, in bounded memory; killed in the middle, and sent again

# workers: of the api; peak: the most memory that one of them ever had, in MiB
workers() { pgrep -P "$(pgrep -P "$RUN_PID" -d, kore)"; }
peak() { local p; for p in $(workers); do awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$p/status"; done | sort -n | tail -1; }
many() { # NAME N: prechecks of nothing at all
	echo "{\"batch\":\"$(uuid)\",\"items\":$2,\"purpose\":\"precheck\"}" >"$d/$1"
	yes '{}' | head -"$2" >>"$d/$1"
}
many some 1000
claim "a thousand are judged" is "$(ask some)" 200
few=$(peak)
many many 20000
id=$(head -1 "$d/many" | jq -r .batch)
ask many >"$d/status" &
asker=$!
until_true 20 eval '[ "$(sql "SELECT 1 FROM decision_batch WHERE batch = '"'$id'"'")" = 1 ]'
kill -9 $(workers)
wait "$asker"
claim "who is killed in the middle has decided nothing" is "$(cat "$d/status") $(sql "SELECT count(*) FROM decision_batch_answer a
	JOIN decision_batch b ON b.id = a.batch_id WHERE b.batch = '$id'")" "503 0"
again() { [ "$(ask many)" = 200 ]; }
claim "sent again, it is judged" until_true 60 again
claim "all of it, once" is "$(sql "SELECT count(*), count(DISTINCT batch_index) FROM decision d JOIN decision_batch b
	ON b.id = d.batch_id WHERE b.batch = '$id'") $(tail -n +2 "$d/many.out" | wc -l)" "20000|20000 20000"
claim "its memory is that of a few, and 200 octets an item" \
	eval '[ $(($(peak) - few)) -lt 24 ] || { echo "$few MiB, then $(peak)"; false; }'

# ---- what becomes of a device that was permitted in a batch

claim "a terminal is quarantined" a security-1 device quarantine terminal "$(term_id 5)" --reason "a test"
claim "its operator hears of it" is "$(sql "SELECT count(*) FROM notice n JOIN organisation o ON o.id = n.organisation_id
	WHERE o.handle = 'mobilfunk' AND topic = 'device.quarantined' AND subject = 'terminal/$(term_id 5)'")" 1
claim "a TrE is revoked" a security-1 cert revoke "$(serial_of "$(tre_id 4)")" --reason keyCompromise
pairs 3 4 5 | batch after
ask after >/dev/null
claim "and the next batch refuses it" is "$(verdicts after | xargs)" "permit - refuse CERTIFICATE_REVOKED refuse DEVICE_QUARANTINED"

# ---- facts of many and of one are the same, whatever befell the devices

number=$(j security-1 measure impose --kind hold --scope-kind model --scope tresor-m2 --legal-basis "a test" | jq -re .number) &&
	a security-2 approve "$number"
claim "every certificate of the register, among others and by itself" is "$(sql "BEGIN;
	SELECT actor_begin(id) FROM principal WHERE handle = 'mobilfunk-hlr';
	SELECT count(*) || ' ' || count(*) FILTER (WHERE to_jsonb(s) - 'n' IS DISTINCT FROM to_jsonb(o) - 'n') ||
	    ' ' || count(*) FILTER (WHERE s.measures <> '[]') || ' ' || count(DISTINCT s.standing)
	  FROM (SELECT array_agg(der_sha256 ORDER BY serial) AS all_of_them FROM certificate) q,
	    decision_sides(q.all_of_them) s, decision_sides(ARRAY[q.all_of_them[s.n]]) o" | tail -1)" \
	"$(sql "SELECT count(*) || ' 0 20 2' FROM certificate")"
finish
