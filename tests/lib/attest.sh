# A question with evidence of any kind, from the documents: sourced by tests of
# the system after lib.sh and transcript.sh.

# attest_ask OPERATOR TRE TERMINAL HOW: POST /v1/decisions; HOW is a command that
# gets the transcript's file and prints the members of evidence that are the
# TrE's.  TREs' chains are files of PEM, leaf and issuer; the terminal's key is
# beside its own.  What is set may differ from question to question:
#	at		signed_at
#	claims		JSON
#	challenge	base64; a new one when it is empty
#	edit		a jq program over the request, at last
attest_ask() {
	local who=$1 tre=$2 term=$3 how=$4 d=$work/attest
	local at=${at:-$(date -u +%FT%TZ)} challenge=${challenge:-} claims=${claims:-null}
	mkdir -p "$d"
	openssl x509 -in "$tre" -outform DER -out "$d/t.der"
	openssl x509 -in "$term" -outform DER -out "$d/p.der"
	sed '1,/END CERTIFICATE/d' "$tre" | openssl x509 -outform DER -out "$d/ti.der"
	sed '1,/END CERTIFICATE/d' "$term" | openssl x509 -outform DER -out "$d/pi.der"
	[ -n "$challenge" ] || challenge=$(api_as "$who" -X POST -H 'Content-Type: application/json' -d '{}' \
		"$URL/v1/challenges" | jq -r .challenge)
	printf %s "$challenge" >"$d/challenge"
	jq -n --arg at "$at" --argjson claims "$claims" '{signed_at: $at, validation: "autonomous"} +
		if $claims == null then {} else {claims: $claims} end' >"$d/context"
	transcript_context <"$d/context" >"$d/canonical"
	transcript_octets "$challenge" "${who%%-*}" initial_download tre_and_platform "$d/t.der" "$d/p.der" \
		"$d/canonical" >"$d/octets"
	$how "$d/octets" >"$d/evidence" || return 1
	jq -c --arg id "$(cat /proc/sys/kernel/random/uuid)" --arg challenge "$challenge" \
		--arg t "$(base64 -w0 "$d/t.der")" --arg ti "$(base64 -w0 "$d/ti.der")" \
		--arg p "$(base64 -w0 "$d/p.der")" --arg pi "$(base64 -w0 "$d/pi.der")" \
		--arg ps "$(transcript_sign "${term%.crt}.key" "$d/octets")" --slurpfile e "$d/evidence" \
		'{request_id: $id, purpose: "initial_download", mode: "tre_and_platform", challenge: $challenge,
		tre_chain: [$t, $ti], platform_chain: [$p, $pi], evidence: (. + $e[0] + {platform_signature: $ps})}' \
		"$d/context" | jq -c "${edit:-.}" >"$d/request"
	api_as "$who" -H 'Content-Type: application/json' -d @"$d/request" "$URL/v1/decisions" >"$d/answer"
	cat "$d/answer"
}

# attest_says "sentence" WANT OPERATOR TRE TERMINAL HOW: verdict, reasons and
# warnings are these and no other, but COC_PROVISIONAL; a problem's code where
# there is no verdict
attest_says() {
	local said=$1 want=$2 got
	shift 2
	got=$(attest_ask "$@" | jq -r 'if .verdict then [.verdict] + .reasons + (.warnings - ["COC_PROVISIONAL"])
		else [.type | split("/")[-1]] end | join(" ")')
	if [ "$got" = "$want" ]; then ok "$said ($got)"; else
		not_ok "$said"
		echo "#   wanted $want, got $got: $(jq -c 'del(.receipt)' "$work/attest/answer")"
	fi
}
