#!/usr/bin/env bash
# What a receipt says of a question is what was asked, what the register has and
# what was decided, member by member: each is held against where it comes from,
# by openssl and jq.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/transcript.sh"
. "$top/tests/lib/receipt.sh"

start_accredited
claim "a second operator, allowed to ask about platforms alone" story_second_operator --may-platform-only
claim "two lots are issued" story_lots 2
d=$work/d
mkdir "$d"

der() { openssl x509 -outform DER; }
# question WHO PURPOSE MODE: about the first device; $d/request, $d/octets, and the
# answer with its claims in $d/answer, $d/claims
question() {
	local tre terminal challenge
	tre=$(tre_id 1) terminal=$(term_id 1)
	leaf_of "$tre" | der >"$d/t.der"
	leaf_of "$terminal" | der >"$d/p.der"
	challenge=$(api_as "$1" -H 'Content-Type: application/json' -d '{}' "$URL/v1/challenges" | jq -r .challenge)
	jq -n --arg at "$(date -u +%FT%TZ)" '{signed_at: $at, validation: "remote", operator_nonce: "a nonce, ours",
		device: {tac: "35123456"}, claims: {tamper: "none", firmware: "2.0"}}' >"$d/context"
	transcript_context <"$d/context" >"$d/canonical"
	[ "$3" = platform_only ] && : >"$d/t.der"
	transcript_octets "$challenge" "${1%%-*}" "$2" "$3" "$([ "$3" = platform_only ] || echo "$d/t.der")" \
		"$d/p.der" "$d/canonical" >"$d/octets"
	jq -c --arg id "$(cat /proc/sys/kernel/random/uuid)" --arg challenge "$challenge" --arg purpose "$2" --arg mode "$3" \
		--arg t "$(base64 -w0 "$d/t.der")" --arg ti "$(issuer_of "$tre" | der | base64 -w0)" \
		--arg p "$(base64 -w0 "$d/p.der")" --arg pi "$(issuer_of "$terminal" | der | base64 -w0)" \
		--arg ts "$(transcript_sign "$VAR/devices/$tre.key" "$d/octets")" \
		--arg ps "$(transcript_sign "$VAR/devices/$terminal.key" "$d/octets")" \
		'{request_id: $id, purpose: $purpose, mode: $mode, challenge: $challenge, platform_chain: [$p, $pi], device,
		operator_nonce, evidence: {signed_at, validation, claims, platform_signature: $ps}} +
		{} | if $mode == "platform_only" then . else .tre_chain = [$t, $ti] | .evidence.tre_signature = $ts end' \
		"$d/context" | tr -d '\n' >"$d/request"
	api_as "$1" -H 'Content-Type: application/json' --data-binary @"$d/request" "$URL/v1/decisions" >"$d/answer"
	jq -r .receipt "$d/answer" | cut -d. -f2 | receipt_octets >"$d/claims"
}
has() { claim "$1" is "$(jq -rc "$2" "$d/claims" 2>&1)" "$3"; } # "sentence" JQ WANT
sha() { openssl dgst -sha256 -r <"$1" | cut -d' ' -f1; }
coc() { j reader coc list | jq -r --arg m "$1" '[.. | objects | select(.number? and .model? == $m)][0].number'; }

# ---- a permit, member by member

# The greatest number of those that the terminal's CA has published, of all its shards.
crls=$VAR/public/crl/$(leaf_of "$(term_id 1)" | openssl x509 -noout -ext crlDistributionPoints | sed -n 's,.*/crl/\([0-9]*\)/.*,\1,p')
published() {
	local file
	for file in "$crls"/*.crl; do
		echo $((16#$(openssl crl -inform DER -in "$file" -noout -crlnumber | sed 's/.*=//; s/^0x//I')))
	done | sort -n | tail -n 1
}
claim "CRLs of the terminal's CA are there" until_true 60 eval '[ "$(published)" -gt 0 ]'
crl=$(published)
question mobilfunk-hlr initial_download tre_and_platform
claim "a device gets its permit" is "$(jq -r .verdict "$d/answer")" permit
claim "the receipt is signed as JOSE has it" is "$(jq -r .receipt "$d/answer" | cut -d. -f1 | receipt_octets | jq -r '"\(.alg) \(.typ)"')" "ES256 eat+jwt"
has "it has these members and no other" 'keys | join(" ")' "aud decision eat_nonce exp iat iss jti submods"
has "who says it" .iss "$URL"
has "to whom" .aud mobilfunk
has "which decision it is" .jti "$(jq -r .decision "$d/answer")"
has "ten minutes to act on it" '.exp - .iat' 600
claim "from now on" eval '[ $(($(date +%s) - $(jq .iat "$d/claims"))) -le 60 ]'
has "the operator's nonce, and ours" .eat_nonce \
	"[\"a nonce, ours\",\"$(jq -r .challenge "$d/request" | tr '+/' '-_' | tr -d =)\"]"
has "both were there; the terminal's model is provisional" '[.submods.tre, .submods.platform] | map(."ear.status") | join(" ")' "32 32"
has "a vector each" '.submods | map_values(."ear.trustworthiness-vector")' \
	'{"tre":{"instance-identity":2,"hardware":2,"executables":0},"platform":{"instance-identity":2,"hardware":2}}'
has "verdict, purpose, mode" '.decision | "\(.verdict) \(.purpose) \(.mode)"' "permit initial_download tre_and_platform"
has "reasons and warnings as they were told" '.decision | [.reasons, .warnings]' "$(jq -c '[.reasons, .warnings]' "$d/answer")"
has "which of its requests" .decision.request_id "$(jq -r .request_id "$d/request")"
has "the octets of it" .decision.request_sha256 "$(sha "$d/request")"
has "what both keys signed" .decision.transcript_sha256 "$(sha "$d/octets")"
has "the TrE's certificate" .decision.tre_certificate_sha256 "$(sha "$d/t.der")"
has "the terminal's" .decision.platform_certificate_sha256 "$(sha "$d/p.der")"
for what in tre_coc:tresor-m2:certified hardware_platform_coc:tresor-soc:certified platform_coc:karren-t1:provisional; do
	IFS=: read -r name model state <<<"$what"
	has "the CoC of $model, at issue and now" ".decision.$name | \"\(.number) \(.at_issue) \(.now)\"" "$(coc "$model") $state $state"
done
has "no measure" .decision.measures '[]'
has "the floor, and no policy beside it" '.decision | "\(.floor) \(.operator_policy)"' "floor-v1 null"
has "the last event of the status log" .decision.status_event "$(sql "SELECT max(id) FROM status_event")"
has "and the log's hash there" .decision.status_log_sha256 "$(sql "SELECT encode(hash, 'hex') FROM status_event ORDER BY id DESC LIMIT 1")"
# A newer one may have been made since; files follow the register by a moment.
newest() { jq -e --argjson old "$crl" --argjson now "$(published)" '.decision.crl_number | . >= $old and . <= $now' "$d/claims"; }
claim "the newest CRL of the terminal's CA" until_true 20 newest
has "by which evidence" .decision.evidence transcript

# ---- the terminal alone

question fernfunk-hlr reprovision platform_only
claim "a terminal alone gets its permit" is "$(jq -r .verdict "$d/answer")" permit
has "its TrE is not evaluated, and it says so" '.submods.tre' not_evaluated
has "nor is anything told of it" '.decision | "\(.tre_certificate_sha256) \(.tre_coc) \(.hardware_platform_coc) \(.mode)"' \
	"null null null platform_only"
has "what its key signed, with no TrE in it" .decision.transcript_sha256 "$(sha "$d/octets")"
has "its policy is its own" .aud fernfunk

# ---- a refusal, with the measure's number

one=$(j security-1 measure impose --kind download_freeze --scope-kind model --scope tresor-m2 --legal-basis "a test" | jq -re .number)
two=$(j security-1 measure impose --kind hold --scope-kind organisation --scope karren --legal-basis "a test" | jq -re .number)
claim "two measures" eval 'a security-2 approve "$one" && a security-2 approve "$two"'
question mobilfunk-hlr initial_download tre_and_platform
has "both are reasons" '.decision.reasons | sort | join(" ")' "MEASURE_DOWNLOAD_FREEZE MEASURE_HOLD"
has "each with its number" '.decision.measures | sort | join(" ")' "$(printf '%s\n' "$one" "$two" | sort | xargs)"
has "it is contraindicated" '[.submods.tre, .submods.platform] | map(."ear.status") | join(" ")' "96 96"
has "no warning rides on it" .decision.warnings '[]'
claim "its event is of now" is "$(jq .decision.status_event "$d/claims")" "$(sql "SELECT max(id) FROM status_event")"
claim "two lift them" eval 'lift_measure "$one" && lift_measure "$two"'
question mobilfunk-hlr precheck tre_and_platform
has "a precheck says nothing of either" '[.decision.verdict, .submods.tre."ear.status", .submods.platform."ear.status"] | join(" ")' \
	"indeterminate 0 0"

# ---- one of a batch says the same of itself

echo "$(tre_id 2) $(term_id 2)" | "$bin/tests/batch" "$VAR/devices" "$(cat /proc/sys/kernel/random/uuid)" \
	"$(j mobilfunk-hlr challenge new | jq -r .challenge)" mobilfunk initial_download >"$d/batch"
api_as mobilfunk-hlr -H 'Content-Type: application/x-ndjson' --data-binary @"$d/batch" -D "$d/head" "$URL/v1/decisions/batch" >"$d/lines"
claim "a batch of one is answered in lines, as it came" grep -qi '^content-type: application/x-ndjson' "$d/head"
head -n 1 "$d/lines" | jq -r .receipt | cut -d. -f2 | receipt_octets >"$d/claims"
has "its receipt is of the batch" '"\(.jti) \(.batch.size) \(.batch.permit) \(.exp - .iat)"' "$(head -n 1 "$d/batch" | jq -r .batch) 1 1 600"
has "the octets of it" .batch.request_sha256 "$(sha "$d/batch")"
has "one status for all" .batch.status_event "$(sql "SELECT max(id) FROM status_event")"
tail -n 1 "$d/lines" | jq -c .item >"$d/claims"
has "the item's octets" .decision.request_sha256 "$(tail -n 1 "$d/batch" | tr -d '\n' | openssl dgst -sha256 -r | cut -d' ' -f1)"
has "its challenge is the batch's and its index" '.eat_nonce[-1]' "$({ printf TRE-BATCH-v1; printf '\0\0\0\0'; } |
	openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(head -n 1 "$d/batch" | jq -r .challenge | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')" -binary |
	base64 | tr '+/' '-_' | tr -d =)"
has "its tiers" '[.submods.tre, .submods.platform] | map(."ear.status") | join(" ")' "32 32"
has "the CoCs that it stands on" '.decision | [.tre_coc, .hardware_platform_coc, .platform_coc] | map(.number) | join(" ")' \
	"$(coc tresor-m2) $(coc tresor-soc) $(coc karren-t1)"
claim "of another type a batch is none" is "$(api_as mobilfunk-hlr -o "$d/x" -w '%{http_code}' -H 'Content-Type: application/json' \
	--data-binary @"$d/batch" "$URL/v1/decisions/batch") $(jq -r '.type | split("/")[-1]' "$d/x")" "415 MEDIA_TYPE"
finish
