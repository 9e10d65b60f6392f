#!/usr/bin/env bash
# Issue 1: an attacker "adds a set of credentials that are not authorised by the
# customer or the home operator".  Whoever provisions does so on a receipt: one
# that was never given, was changed, or says no, does not hold; and what nobody
# permitted nobody confirms.
. "${stage:-$(dirname "$0")/begin.sh}"
device
verify() { assay --url http://127.0.0.1:9 receipt verify "$1" --root "$VAR/credentials/root.crt"; }
asks mobilfunk-hlr --out "$work/good.json" >/dev/null
claim "a receipt holds, for whoever has no more than the root" verify "$work/good.json"
asks mobilfunk-hlr --tamper detected --out "$work/no.json" >/dev/null
claim "one that says no is no permit" is "$(assay --json receipt verify "$work/no.json" --root "$VAR/credentials/root.crt" | jq -r .verdict)" refuse

# The claims of another, under the signature of this one.
claims() { jq -r .receipt "$1" | cut -d. -f2; }
for part in 1 2 3; do
	jq --arg p "$(jq -r .receipt "$work/good.json" | cut -d. -f$part)" --argjson i $((part - 1)) \
		'.receipt |= (split(".") | .[$i] = $p | join("."))' "$work/no.json" >"$work/mixed.json"
	[ "$part" = 1 ] || claim "put together from two it does not hold ($part)" not verify "$work/mixed.json"
done
yes=$(claims "$work/no.json" | tr -- -_ +/ | base64 -di 2>/dev/null | jq -c '.decision.verdict = "permit" | .decision.reasons = []' | base64 -w0 | tr '+/' '-_' | tr -d =)
jq --arg p "$yes" '.receipt |= (split(".") | .[1] = $p | join("."))' "$work/no.json" >"$work/forged.json"
claim "nor does a no that was made a yes" not verify "$work/forged.json"
asked() { jq -c '{receipt}' "$1" | api_as mobilfunk-hlr -H 'Content-Type: application/json' --data-binary @- "$URL/v1/receipts/verify" | jq -r '"\(.valid) \(.code // .verdict)"'; }
claim "the server says the same" is "$(asked "$work/forged.json")" "false RECEIPT_SIGNATURE"
claim "and knows the good one" is "$(asked "$work/good.json")" "true permit"

refused NOT_FOUND "what nobody asked nobody confirms" confirm mobilfunk-hlr 00000000-0000-4000-8000-000000000000 ADD-1
refused NOT_PERMITTED "nor what was refused" confirm mobilfunk-hlr "$(asks mobilfunk-hlr --tamper detected | jq -r .decision)" ADD-1
refused NOT_FOUND "nor what another was permitted" confirm fernfunk-hlr "$(permitted mobilfunk-hlr)" ADD-1
claim "so the device is nobody's" is "$(holder)" nobody
scene_over
