#!/usr/bin/env bash
# Every code that a decision can give: each is earned from the real system, here
# or in the test that has what it takes; one that is new and has no test is found.
# And the printed table is the one that was designed, and a device of thirty
# lines of shell gets its permit.
set -u -o pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/transcript.sh"
. "$top/tests/lib/attest.sh"
pair() { echo --tre "$(tre_id "$1")" --terminal "$(term_id "$1")"; }
f=$work/f
mkdir -p "$f"

# ---- the table as designed: check, codes

designed() {
	cat <<-TABLE
		0 OPERATOR_UNAUTHENTICATED OPERATOR_NOT_ENABLED MODE_NOT_ALLOWED
		1 REQUEST_MALFORMED REQUEST_ID_REUSED
		2 CHALLENGE_UNKNOWN CHALLENGE_EXPIRED CHALLENGE_REPLAYED
		3 NO_CERTIFICATE CERTIFICATE_MALFORMED ALGORITHM_NOT_ALLOWED
		4 CHAIN_LENGTH CHAIN_UNTRUSTED CHAIN_SIGNATURE ROLE_MISMATCH ISSUER_OUT_OF_SCOPE
		4 CERTIFICATE_NOT_YET_VALID CERTIFICATE_EXPIRED
		5 CERTIFICATE_NOT_ISSUED
		6 CERTIFICATE_REVOKED CERTIFICATE_ON_HOLD ISSUER_REVOKED STATUS_STALE
		7 BINDING_MISMATCH TRE_BOUND_ELSEWHERE DEVICE_ID_MISMATCH TRE_KNOWN_BAD
		8 POSSESSION_TRE POSSESSION_PLATFORM EVIDENCE_STALE
		9 TAMPER_INDICATED DEBUG_ENABLED FIRMWARE_BELOW_MINIMUM MEASUREMENT_UNKNOWN MEASUREMENT_BAD
		9 FIRMWARE_UPDATE_AVAILABLE
		10 SUPPLIER_SUSPENDED SITE_NOT_ACCREDITED_AT_ISSUE MODEL_NOT_ACCREDITED COC_PROVISIONAL COC_SUSPENDED
		10 COC_WITHDRAWN COC_EXPIRED DECLARATION_MISSING DECLARATION_CHALLENGED COC_GRACE COC_EXPIRES_SOON
		11 MEASURE_ISSUANCE_FREEZE MEASURE_DOWNLOAD_FREEZE MEASURE_HOLD MEASURE_MASS_REVOCATION
		11 MEASURE_MINIMUM_FIRMWARE MEASURE_WITHDRAWAL MEASURE_BAN
		12 DEVICE_QUARANTINED DEVICE_STOLEN DEVICE_RETIRED
		13 CONSENT_MISSING CONSENT_INVALID MIGRATION_LOCKED
		14 POLICY_LEVEL POLICY_PROVISIONAL POLICY_SUPPLIER POLICY_AUDIT_AGE POLICY_SELF_DECLARED
	TABLE
}
# printed: "check code" a line
printed() {
	"$bin/assay" decide --explain | awk '/^ *[0-9]+[ !]/ { check = $1 } /^      [A-Z]/ { print check, $1 }'
}
claim "the table has its checks in their order" \
	is "$("$bin/assay" decide --explain | awk '/^ *[0-9]+[ !]/ { print $1 }' | sort -nc 2>&1 | wc -l)" 0
claim "the checks 0 to 5 end the matter, the others do not" is "$("$bin/assay" decide --explain |
	awk '/^ *[0-9]+ !/ { print $1 }' | xargs)" "0 1 2 3 4 5"
claim "every code of the design is printed under its check" is \
	"$(designed | awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | sort | comm -23 - <(printed | sort))" ""
# what came to the design since: batches, TPMs and DICE, policies of one's own
claim "and no other but these" is \
	"$(designed | awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | LC_ALL=C sort | LC_ALL=C comm -13 - <(printed | LC_ALL=C sort) | xargs)" \
	"1 DUPLICATE_IN_BATCH 14 POLICY_CONSENT 14 POLICY_GRACE 14 POLICY_MODE 14 POLICY_MODEL 14 POLICY_UNKNOWN 14 POLICY_VALIDATION 15 PRECHECK_ONLY 8 ATTESTATION_KEY_UNKNOWN 8 EVIDENCE_MALFORMED 8 EVIDENCE_MISSING"
claim "all sixteen checks are there" is "$("$bin/assay" decide --explain | awk '/^ *[0-9]+[ !]/ { print $1 }' | xargs)" \
	"0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"
claim "what rides on a permit is printed as a warning, all else is not" is \
	"$("$bin/assay" decide --explain | awk '/^      [A-Z]/ && $2 == "warning" { print $1 }' | sort | xargs)" \
	"COC_EXPIRES_SOON COC_GRACE COC_PROVISIONAL FIRMWARE_UPDATE_AVAILABLE"
claim "and every code has a sentence" is "$("$bin/assay" decide --explain | awk '/^      [A-Z]/ && NF < 4')" ""

# ---- what it takes

start_accredited
claim "an operator has a second person" story_principal mobilfunk-2 mobilfunk operator
claim "devices are made" story_lots 4
a tresor-pki device new --kind tre --prefix SPARE- --count 1 --rows "$f/spare" >/dev/null
spare=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$f/spare" --wait | jq -re .number)
claim "and a TrE without a terminal" a tresor-pki device collect "$spare"

# code CODE "sentence" OPTIONS: this is the whole answer
declare -A earned
code() {
	local code=$1 said=$2 got
	shift 2
	got=$(j mobilfunk-hlr decide "$@" 2>&1 | jq -r '.reasons | join(" ")' 2>&1)
	earned[$code]=here
	claim "$said ($code)" is "$got" "$code"
}
# among CODE "sentence" OPTIONS: it is one of several, which come with it
among() {
	local code=$1 said=$2
	shift 2
	earned[$code]=here
	claim "$said ($code)" grep -qw "$code" <<<"$(j mobilfunk-hlr decide "$@" | jq -r '.reasons[]')"
}
# shellcheck disable=SC2046 # pair gives words
code PRECHECK_ONLY "a precheck of a good device" $(pair 1) --purpose precheck

# ---- a device of thirty lines

device=$top/policy/device.sh
claim "it has thirty lines" test "$(wc -l <"$device")" -le 30
by_device() {
	local at key id=$(cat /proc/sys/kernel/random/uuid) challenge
	at=$(date -u +%FT%TZ)
	leaf_of "$(tre_id 1)" | openssl x509 -outform DER -out "$f/t.der"
	leaf_of "$(term_id 1)" | openssl x509 -outform DER -out "$f/p.der"
	challenge=$(j mobilfunk-hlr challenge new | jq -r .challenge)
	device() { "$device" "$1" "$f/t.der" "$f/p.der" "$challenge" mobilfunk initial_download "$at" 1.2.3; }
	device --context | jq -c --arg id "$id" --arg challenge "$challenge" \
		--arg t "$(base64 -w0 "$f/t.der")" --arg ti "$(issuer_of "$(tre_id 1)" | openssl x509 -outform DER | base64 -w0)" \
		--arg p "$(base64 -w0 "$f/p.der")" --arg pi "$(issuer_of "$(term_id 1)" | openssl x509 -outform DER | base64 -w0)" \
		--arg ts "$(device "$VAR/devices/$(tre_id 1).key")" --arg ps "$(device "$VAR/devices/$(term_id 1).key")" \
		'{request_id: $id, purpose: "initial_download", challenge: $challenge, tre_chain: [$t, $ti],
		platform_chain: [$p, $pi], evidence: (. + {tre_signature: $ts, platform_signature: $ps})}' |
		api_as mobilfunk-hlr -H 'Content-Type: application/json' -d @- "$URL/v1/decisions"
}
claim "and gets its permit" is "$(by_device | jq -r '"\(.verdict) \(.reasons | join(" "))"')" "permit "

# ---- 0: who asks.  The door says it before the engine is asked.

earned[OPERATOR_UNAUTHENTICATED]=here earned[OPERATOR_NOT_ENABLED]=here
ask() { # curl's options: the status and the code
	api "$@" -H 'Content-Type: application/json' -d '{}' "$URL/v1/decisions" | jq -r '.type | split("/")[-1]'
}
claim "nobody in particular is not asked what for" is "$(ask)" UNAUTHENTICATED
claim "a supplier is none who may ask" is "$(ask --cert "$VAR/credentials/tresor-pki.crt" \
	--key "$VAR/credentials/tresor-pki.key")" ROLE_NOT_ALLOWED
claim "an operator is suspended" a security-1 org suspend mobilfunk --reason tested
claim "and asks nothing more" is "$(ask --cert "$VAR/credentials/mobilfunk-hlr.crt" \
	--key "$VAR/credentials/mobilfunk-hlr.key")" ORGANISATION_NOT_ACTIVE
claim "until two let it in again" eval 'a officer-1 org reinstate mobilfunk && a decider-1 approve mobilfunk'

# ---- 4: paths that our CA has signed, but never issued

for ca in "$VAR"/authority/issuer-*.key; do
	openssl pkey -in "$ca" -pubout | cmp -s - <(issuer_of "$(term_id 2)" | openssl x509 -noout -pubkey) && break
done
# forged FROM TO: the terminal's certificate with one thing in it another (hex),
# as its own CA would sign it; what is shorter by two octets is so in the lengths
forged() {
	local t=$f/forged tbs n
	mkdir -p "$t"
	leaf_of "$(term_id 2)" | openssl x509 -outform DER -out "$t/der"
	openssl asn1parse -inform DER -in "$t/der" -strparse 4 -noout -out "$t/was"
	tbs=$(od -An -v -tx1 "$t/was" | tr -d ' \n' | sed -E "s/$1/$2/")
	n=$((${#tbs} / 2 - 4))
	transcript_binary "30$(der_length $n)${tbs:8}" >"$t/tbs"
	openssl dgst -sha256 -sign "$ca" -out "$t/signature" "$t/tbs"
	{ put_together "$t"; issuer_of "$(term_id 2)"; } >"$f/forged.pem"
}
hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
utc() { hex "$(date -u -d "$1" +%y%m%d%H%M%SZ)"; }
forged "170d[0-9a-f]{26}180f" "170d$(utc '2 days')180f"
code CERTIFICATE_NOT_YET_VALID "a certificate of the day after tomorrow" $(pair 2) --platform-chain "$f/forged.pem"
forged "3020170d([0-9a-f]{26})180f[0-9a-f]{30}" "301e170d\1170d\1"
sleep 1
code CERTIFICATE_EXPIRED "a certificate that has ended" $(pair 2) --platform-chain "$f/forged.pem"
name=$(hex "Karren Automotive")
forged "(.*)$name" "\1$(hex "Karrex Automotive")"
code ISSUER_OUT_OF_SCOPE "a certificate in another supplier's name" $(pair 2) --platform-chain "$f/forged.pem"

# ---- 7: by the binding alone

code BINDING_MISMATCH "a TrE that is in no terminal" --tre SPARE-1 --terminal "$(term_id 2)"

# ---- 9: what a TrE claims to measure

tre=$VAR/devices/$(tre_id 1).crt term=$VAR/devices/$(term_id 1).crt
signs() { jq -n --arg s "$(transcript_sign "${tre%.crt}.key" "$1")" '{tre_signature: $s}'; }
says() { attest_says "$1" "$2" mobilfunk-hlr "$tre" "$term" signs; }
one="sha-256;$(printf one | openssl dgst -sha256 -binary | base64)"
two="sha-256;$(printf two | openssl dgst -sha256 -binary | base64)"
measured() { jq -nc '{firmware: "1.0", measurements: $ARGS.positional}' --args "$@"; }
claims=$(measured "$one") says "nobody has said what its firmware measures" permit
ref=$(j tresor-pki reference submit --model tresor-m2 --kind transcript --firmware 1.0.0 --measured "$one $two" | jq -re .number)
claim "its supplier says it, two accept it" eval 'a decider-1 reference propose "$ref" && a decider-2 approve "$ref"'
claims=$(measured "$one" "$two") says "what it claims is that" permit
claims=$(measured "$one") says "part of it is not" "refuse MEASUREMENT_UNKNOWN"
code MEASUREMENT_UNKNOWN "nor is nothing" $(pair 1)
claim "it is revoked" a security-1 reference revoke "$ref" --reason "a hole"
claims=$(measured "$one" "$two") says "what was revoked is bad" "refuse MEASUREMENT_BAD"
earned[MEASUREMENT_BAD]=here
claims='{"firmware":"1.0"}' says "and that it was lets nobody in who claims nothing" "refuse MEASUREMENT_UNKNOWN"
claim "all that was said of it is gone" sql_past "UPDATE reference SET state = 'rejected' WHERE number = '$ref'"
claims='{"firmware":"1.0"}' says "and with no values none are asked" permit

# ---- 10: the record changed as no way leads to

touched() { # CODE "sentence" TABLE SET WHERE BACK [WHERE]
	claim "$2: laid down" sql_past "UPDATE $3 SET $4 WHERE $5"
	code "$1" "$2" $(pair 1)
	claim "and taken back" sql_past "UPDATE $3 SET $6 WHERE ${7:-$5}"
}
karren="(SELECT id FROM model WHERE handle = 'karren-t1')"
touched DECLARATION_MISSING "a model without its declaration" declaration \
	"state = 'withdrawn'" "model_id = $karren" "state = 'in_force'"
touched MODEL_NOT_ACCREDITED "a model that was not accredited at issue" history "entity = 'lost'" \
	"entity = 'coc' AND subject_id = (SELECT id FROM coc WHERE model_id = $karren)" \
	"entity = 'coc'" "entity = 'lost'"
touched SITE_NOT_ACCREDITED_AT_ISSUE "a site that was not, either" history "entity = 'lost'" \
	"entity = 'site_scope' AND subject_id = (SELECT site_scope_id FROM coc WHERE model_id = $karren)" \
	"entity = 'site_scope'" "entity = 'lost'"
answers "a good device is one still" permit - $(pair 1)

# ---- 14: an operator's policy

in_force() { # TERMS
	local number
	echo "$1" >"$f/terms" && number=$(j mobilfunk-hlr policy draft "$f/terms" --purpose initial_download | jq -re .number) &&
		a mobilfunk-2 policy activate "$number"
}
claim "audits of three days ago at most" in_force '{"max_audit_age": 3}'
touched POLICY_AUDIT_AGE "a site that was audited longer ago" audit "ended = ended - interval '9 days'" \
	"site_id = (SELECT id FROM site WHERE handle = 'karren-ulm')" "ended = ended + interval '9 days'"
claim "no more than a day's grace" in_force '{"grace_days": 1}'
# the record's clock, while the authority, which would write that time down, stands
authority=$(pgrep -P "$RUN_PID" assay-authority)
kill -STOP "$authority"
then=$(sql_past "SELECT to_char(expires + interval '2 days', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM coc WHERE model_id = $karren")
sql_past "INSERT INTO test_clock (now) VALUES ('$then')"
# the receipt's signer has long ended by then, and proves nothing; the verdict is on record
refused RECEIPT_SIGNER "nor does a receipt of after its signer's end prove anything" \
	assay --as mobilfunk-hlr decide $(pair 1) --signed-at "$then"
earned[POLICY_GRACE]=here
claim "a CoC that ended two days ago (POLICY_GRACE)" is \
	"$(j mobilfunk-hlr decision list | jq -r ".decisions[0].reasons | join(\" \")")" POLICY_GRACE
sql_past "DELETE FROM test_clock"
kill -CONT "$authority"
claim "a policy that nobody can read" sql_past "UPDATE operator_policy SET terms = '{\"min_level\": \"two\"}' WHERE state = 'active'"
code POLICY_UNKNOWN "is no permit" $(pair 1)
claim "another takes its place" in_force '{"min_level": 1}'

# ---- 11: measures that bring more with them, so at the end

imposed() { # number: approved, with the number of devices where it asks
	a security-2 approve "$1" || a security-2 approve "$1" --count "$(j security-2 measure show "$1" | jq -r '.reach.devices // .devices')"
}
number=$(j security-1 measure impose --kind withdrawal --scope-kind model --scope karren-t1 --legal-basis "a test" | jq -re .number)
claim "a withdrawal on a model is imposed by two" imposed "$number"
among MEASURE_WITHDRAWAL "its devices are refused for that, too" $(pair 1)
number=$(j security-1 measure impose --kind ban --scope-kind organisation --scope karren --legal-basis "a test" | jq -re .number)
claim "a ban on its supplier is imposed by two" imposed "$number"
among MEASURE_BAN "and for that" $(pair 1)

# ---- every code there is: earned here, or where a test says so

for code in $(printed | awk '{ print $2 }'); do
	[ -z "${earned[$code]:-}" ] || continue
	where=$(grep -lw -- "$code" "$top"/tests/system/[0-9]*.sh | grep -v '/68-codes.sh$' | xargs -rn1 basename | xargs)
	claim "$code is earned${where:+ in ${where%% *}}: no code without a test of the real system" test -n "$where"
done
finish
