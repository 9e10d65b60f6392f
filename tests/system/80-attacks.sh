#!/usr/bin/env bash
# Attacks.  What a thief can do who has taken the api's host: its database
# role, its files, whatever people signed and sent through it, but nobody's
# key.  Then what anybody can send who reaches the ports.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

# ---- folders that others may write to

shared=$work/shared
mkdir -m 777 "$shared" "$shared/keys"
says_ours() { has 'must be a folder of ours' "$("$bin/assay" init --var "$1" 2>&1)"; }
has() { grep -q "$1" <<<"$2" || { echo "no \"$1\" in: $2"; return 1; }; }
claim "an instance is not made where others may write" says_ours "$shared"
mkdir -m 700 "$work/mine"
ln -s "$shared/keys" "$work/mine/authority"
claim "nor its keys" says_ours "$work/mine"

start_accredited
claim "two lots are issued" story_lots 3
tre=$(tre_id 1) term=$(term_id 1)

# ---- the thief: psql in the name of assay_api, statements that nobody signed

run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
stolen() { psql -h "$run" -U assay_api -d assay -qAtX -v ON_ERROR_STOP=1 2>&1; }
record() { psql -h "$run" -d assay -qAtX; }
locks() { stolen <<<"SELECT pg_try_advisory_lock(1634952556);" | grep -q "42501\|permission denied"; }
claim "the thief cannot keep the authority from its work by its lock" locks
number_of() { record <<<"SELECT id FROM assay.principal WHERE handle = '$1'"; }
forge() { # handle url body: begin in that name with a "signed" statement
	echo "BEGIN; SET search_path = assay;
	SELECT actor_begin($(number_of "$1"));
	SELECT statement_add('$2', convert_to('$3', 'UTF8'), 'forged.' || gen_random_uuid());"
}
# forge_approval HANDLE SUBJECT: of what is open on it
forge_approval() {
	local id sum act body
	IFS='|' read -r id sum act < <(record <<<"SELECT id, encode(terms_sha256, 'hex'), act
		FROM assay.proposal WHERE subject_number = '$2' AND state = 'open'")
	body="{\"subject\":\"$2\",\"act\":\"$act\",\"terms_sha256\":\"$sum\",\"verdict\":\"approve\"}"
	{
		forge "$1" "/v1/proposals/$id/approve" "$body"
		echo "SELECT proposal_judge($id, '$2', '$act', '\\x$sum', 'approve', NULL); COMMIT;"
	} | stolen >"$work/forged" || { cat "$work/forged"; return 1; }
}
# order_says SUBJECT: what became of the last order on it
order_says() {
	record <<<"SELECT o.state, o.error FROM assay.order o JOIN assay.proposal p
		ON p.id = o.subject_id AND p.act = o.kind
		WHERE p.subject_number = '$1' ORDER BY o.id DESC LIMIT 1"
}
order_failed() { has '^failed|.*not signed by two' "$(order_says "$1")"; }

# a hold on one certificate
serial=$(serial_of "$tre")
claim "a TrE is put on hold" a security-1 cert hold "$serial" --legal-basis "section 1"
claim "OCSP says so" until_true 5 ocsp_says "$tre" revoked
claim "the thief proposes its release, as if security-1 had" stolen < <(
	forge security-1 "/v1/certificates/$serial/release" '{"reason":"x"}'
	echo "SELECT certificate_release_propose('$serial', 'x'); COMMIT;")
claim "and approves it, as if security-2 had" forge_approval security-2 "$serial"
claim "the authority finds that nobody signed" until_true 10 order_failed "$serial"
claim "the hold stands in the register" \
	is "$(j reader cert show "$serial" | jq -r .state)" on_hold
claim "and by OCSP" ocsp_says "$tre" revoked
claim "two people release it" \
	eval 'a security-1 cert release "$serial" --reason "found again" && a security-2 approve "$serial"'
claim "and it is good" until_true 5 ocsp_says "$tre" good
claim "held again" a security-1 cert hold "$serial" --legal-basis "section 2"
claim "with what people signed before" stolen < <(
	forge security-1 "/v1/certificates/$serial/release" '{"reason":"found again"}'
	echo "SELECT certificate_release_propose('$serial', 'found again'); COMMIT;")
claim "and a forged approval" forge_approval security-2 "$serial"
claim "it stays held: those signatures are older than the hold" until_true 10 order_failed "$serial"
claim "in the register too" is "$(j reader cert show "$serial" | jq -r .state)" on_hold
claim "two release it again" \
	eval 'a security-1 cert release "$serial" --reason "found again" && a security-2 approve "$serial"'

# a measure
measure=$(j security-1 measure impose --kind hold --scope-kind model --scope tresor-m2 \
	--legal-basis "section 9" --emergency | jq -re .number)
claim "a hold on the model" until_true 5 ocsp_says "$tre" revoked
claim "the thief proposes to lift it" stolen < <(
	forge security-1 "/v1/measures/$measure/lift" '{"reason":"x"}'
	echo "SELECT measure_propose_lift('$measure', 'x'); COMMIT;")
claim "and approves that" forge_approval security-2 "$measure"
claim "the authority finds that nobody signed" until_true 10 order_failed "$measure"
claim "the measure is in force" is "$(j reader measure show "$measure" | jq -r .state)" in_force
claim "by OCSP" ocsp_says "$tre" revoked
answers "in the decision" refuse MEASURE_HOLD --tre "$tre" --terminal "$term"
# one truly signs, the other is made up
claim "a real proposal" a security-1 measure lift "$measure" --reason "really"
claim "with a made-up approval" forge_approval security-2 "$measure"
claim "lifts nothing either" until_true 10 order_failed "$measure"
claim "two people lift it" lift_measure "$measure"
answers "permitted again" permit - --tre "$tre" --terminal "$term"

# revoked is final, whatever is claimed
claim "another TrE is revoked" a security-1 cert revoke "$(serial_of "$(tre_id 3)")" --reason keyCompromise
claim "no release can be proposed of what is revoked" has 'not on hold by itself' "$(
	{ forge security-1 /x '{}'
	echo "SELECT certificate_release_propose('$(serial_of "$(tre_id 3)")', 'x');"; } | stolen)"

# a suspended supplier, a suspended site
lot_of() { # principal model site prefix: state and reason of a new lot of one
	local kind=tre options=()
	[ "$2" = karren-t1 ] && kind=terminal && options=(--tre "$4")
	rm -f "$work/rows"
	a "$1" device new --kind $kind --prefix "$4" --count 1 --rows "$work/rows" >/dev/null &&
		j "$1" lot submit --model "$2" --site "$3" --rows "$work/rows" --wait | jq -r '"\(.state) \(.reason)"'
}
claim "a supplier is suspended" a officer-1 org suspend tresor --reason tested
claim "the thief reinstates it" stolen < <(
	forge officer-1 /v1/organisations/tresor/reinstate '{}'
	echo "SELECT organisation_propose('tresor', 'organisation_reinstate'); COMMIT;")
claim "with an approval" forge_approval decider-1 tresor
claim "to the database it is active" is "$(j reader org show tresor | jq -r .state)" active
claim "the authority issues nothing for it" \
	has '^rejected organisation_reinstate of tresor is not signed by two' "$(lot_of tresor-pki tresor-m2 tresor-dresden ATT-A)"
claim "it is suspended and reinstated by two" eval 'a officer-1 org suspend tresor --reason tested &&
	a officer-1 org reinstate tresor && a decider-1 approve tresor'
claim "and has certificates again" has '^issued' "$(lot_of tresor-pki tresor-m2 tresor-dresden ATT-B)"

# a lot from a site that the CoC isn't for, accredited in the database alone
claim "a site that nobody audited" a tresor-pki site new tresor-annex --organisation tresor \
	--name Annex --country DE --address "Hinterhof 1" --scope tre_production
record <<<"UPDATE assay.site_scope SET state = 'full',
	expires = assay.assay_now() + interval '1 year'
	WHERE site_id = (SELECT id FROM assay.site WHERE handle = 'tresor-annex')"
claim "gets nothing on another site's CoC" \
	has '^rejected the CoC .* is for the site tresor-dresden, and the lot is from tresor-annex' \
	"$(lot_of tresor-pki tresor-m2 tresor-annex ATT-C)"

# credentials
csr=$(openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/thief.key" \
	-subj /CN=thief -outform DER 2>/dev/null | base64 -w0)
forge_principal() { # handle organisation role
	forge officer-1 /v1/principals "{\"handle\":\"$1\",\"organisation\":\"$2\",\"role\":\"$3\",\"csr\":\"$csr\"}"
	echo "SELECT principal_new('$1', '$2', '$3', decode('$csr', 'base64')); COMMIT;"
}
claim "the thief orders a decider" stolen < <(forge_principal thief-d body decider)
claim "and approves it" forge_approval decider-1 thief-d
principal_error() { j officer-1 principal show "$1" | jq -re .error; }
claim "which the authority refuses" until_true 10 principal_error thief-d
claim "no certificate was made" is "$(j officer-1 principal show thief-d | jq -r .certificate)" null

# a person whose credential is on hold: their signature counts for nothing,
# even with the database told otherwise
claim "a supplier's credential is put on hold" a security-1 cert hold \
	"$(openssl x509 -in "$VAR/credentials/karren-pki.crt" -noout -serial | sed 's/.*=//' | tr A-F a-f)" \
	--legal-basis "laptop lost"
rm -f "$work/rows"
a karren-pki device new --kind terminal --prefix ATT-T --count 1 --tre-prefix ATT-B --rows "$work/rows" >/dev/null
a karren-pki lot sign --model karren-t1 --site karren-ulm --rows "$work/rows" --out "$work/manifest"
row=$(sed -n 2p "$work/manifest")
claim "the thief sends a lot that it signed since" stolen < <(
	echo "BEGIN; SET search_path = assay;
	SELECT actor_begin($(number_of karren-pki));
	SELECT lot_begin('karren-t1', 'karren-ulm', 1, '', '$(head -1 "$work/manifest" | jq -r .header)',
		'\\x$(tail -n +2 "$work/manifest" | sha256sum | cut -d' ' -f1)');
	INSERT INTO lot_row (lot_id, row, device_id, csr, tre_id, state)
	SELECT max(id), 1, '$(jq -r .id <<<"$row")', decode('$(jq -r .csr <<<"$row")', 'base64'),
		'$(jq -r .tre <<<"$row")', 'received' FROM lot; COMMIT;")
last_lot() { record <<<"SELECT state, reason FROM assay.lot ORDER BY id DESC LIMIT 1"; }
lot_rejected() { has '^rejected|.*on hold' "$(last_lot)"; }
claim "which the authority rejects" until_true 10 lot_rejected

# ---- one supplier at another's things

code() { api_as "$1" -o /dev/null -w '%{http_code}' "$URL$2"; }
lot=$(j tresor-pki lot list | jq -r '(.lots? // .)[-1].number')
report=$(sha256sum "$VAR/evidence-tresor-dresden.pdf" | cut -d' ' -f1)
claim "credentials that work: another one's" story_principal karren-2 karren supplier
for path in "/v1/lots/$lot" "/v1/lots/$lot/results" "/v1/lots/$lot/certificates" "/v1/devices/tre/$tre" \
	"/v1/certificates/$serial" "/v1/evidence/$report" "/v1/evidence/$report/content"; do
	claim "a supplier does not get ${path:0:28}" is "$(code karren-2 "$path")" 404
done
claim "its owner does" is "$(code tresor-pki "/v1/certificates/$serial")" 200
claim "an operator, too" is "$(code mobilfunk-hlr "/v1/certificates/$serial")" 200
person=$(openssl x509 -in "$VAR/credentials/decider-1.crt" -noout -serial | sed 's/.*=//' | tr A-F a-f)
claim "who decides is nobody's business outside" is "$(code karren-2 "/v1/certificates/$person")" 404
claim "but the body's" is "$(code reader "/v1/certificates/$person")" 200

# ---- a status index that is lost under the eyes of OCSP

rm "$VAR/status/head"
follower() { pgrep -P "$RUN_PID" -f assay-follower | head -n 1; }
kill -9 "$(follower)"
claim "a TrE is revoked meanwhile" a security-1 cert revoke "$(serial_of "$(tre_id 2)")" --reason keyCompromise
claim "OCSP says so" until_true 10 ocsp_says "$(tre_id 2)" revoked
claim "and what is good is good" until_true 10 ocsp_says "$tre" good

# ---- addresses and requests

body() { api_as officer-1 --path-as-is -w '\n%{http_code} %{content_type}' "$@"; }
for path in /v1/whoami%00 /v1/..%2f..%2fetc/passwd /v1/%zz "/v1/$(printf 'a%.0s' {1..20000})"; do
	out=$(body "$URL$path" 2>&1)
	claim "an address that cannot be read is a problem: ${path:0:24}" \
		has '^4[0-9][0-9] application/problem+json$' "$(tail -1 <<<"$out")"
done
claim "so is a GET with a body" has '^400 application/problem+json$' \
	"$(body -X GET -d x "$URL/v1/whoami" | tail -1)"
claim "and a method that nobody knows" has '^405 application/problem+json$' \
	"$(body -X TRACK "$URL/v1/whoami" | tail -1)"
claim "and a header that is no ASCII" has '^400 application/problem+json$' \
	"$(body -H $'Accept: a\tb' "$URL/v1/whoami" | tail -1)"
claim "and a transfer coding that nobody knows" has '^400 application/problem+json$' \
	"$(body -H 'Transfer-Encoding: zip' "$URL/v1/whoami" | tail -1)"
for path in /v1/decisions/x /v1/organisations/%c3%28 /v1/cocs/%ff; do
	out=$(body "$URL$path")
	claim "no word of PostgreSQL's is in an answer: $path" \
		not grep -Eqi 'syntax|encoding|uuid|byte sequence' <<<"$out"
done

finish
