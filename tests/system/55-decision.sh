#!/usr/bin/env bash
# The operator's question, from outside: each reason by a device that earns it,
# receipts verified by our program and by openssl alone, and no permit after a
# revocation was recorded.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/transcript.sh"
. "$top/tests/lib/receipt.sh"

start_accredited
claim "a second operator, allowed to ask about platforms alone" \
	story_organisation fernfunk "Fernfunk" operator --may-platform-only
story_principal fernfunk-hlr fernfunk operator
claim "two lots are issued" story_lots 12

root=$VAR/credentials/root.crt
d=$work/d
mkdir -p "$d"
pair() { echo --tre "$(tre_id "$1")" --terminal "$(term_id "$1")"; }
key_of() { echo "$VAR/devices/$1.key"; }
# two_measures ARGS: a measure that two people impose; prints its number
measure() {
	local number
	number=$(j security-1 measure impose --legal-basis "a test" "$@" | jq -re .number) &&
		a security-2 approve "$number" >&2 && echo "$number"
}
# reasons "sentence" CODES [options]: all of them, in this order
reasons() {
	local said=$1 want=$2
	shift 2
	claim "$said" is "$(j mobilfunk-hlr decide "$@" | jq -r '.reasons | join(" ")')" "$want"
}

# ---- permits

# shellcheck disable=SC2046 # pair gives words
answers "a good device" permit - $(pair 1) --out "$d/good.json"
answers "with all that it can say" permit - $(pair 1) --imei 351234560000010 --tac 35123456 \
	--firmware 1.2.3 --nonce "a nonce of ours" --validation remote --purpose reprovision \
	--max-status-age 60
answers "the TrE is found by the terminal's certificate" permit - --terminal "$(term_id 2)"
claim "a permit exits with 0" exits 0 assay --as mobilfunk-hlr decide $(pair 1)
claim "a refusal exits with 1" exits 1 assay --as mobilfunk-hlr decide --no-certificates
claim "so does what is indeterminate" exits 1 assay --as mobilfunk-hlr decide $(pair 1) --purpose precheck
answers "a precheck never permits" indeterminate PRECHECK_ONLY $(pair 1) --purpose precheck

# ---- 0 to 2: who asks, in which form, with which challenge

answers "a mode that the body does not allow this operator" refuse MODE_NOT_ALLOWED \
	$(pair 1) --mode platform_only
challenge=$(j mobilfunk-hlr challenge new | jq -r .challenge)
answers "a challenge, once" permit - $(pair 2) --challenge "$challenge"
answers "a challenge, twice" refuse CHALLENGE_REPLAYED $(pair 2) --challenge "$challenge"
answers "a challenge that nobody gave" refuse CHALLENGE_UNKNOWN \
	$(pair 2) --challenge "$(head -c 32 /dev/urandom | base64)"
answers "a challenge of another operator" refuse CHALLENGE_UNKNOWN \
	$(pair 2) --challenge "$(j fernfunk-hlr challenge new | jq -r .challenge)"
id=5e0f4d1e-2b7c-4c1a-8f6e-0a1b2c3d4e5f
once=(--purpose precheck --request-id $id)
j mobilfunk-hlr decide $(pair 1) "${once[@]}" >"$d/first"
j mobilfunk-hlr decide $(pair 1) "${once[@]}" >"$d/second"
claim "the same question again has the same receipt" cmp "$d/first" "$d/second"
refused REQUEST_ID_REUSED "another question under the same id" \
	assay --as mobilfunk-hlr decide $(pair 2) "${once[@]}"
same=(--purpose precheck --request-id 5e0f4d1e-2b7c-4c1a-8f6e-0a1b2c3d4e60)
for i in 1 2 3 4; do
	j mobilfunk-hlr decide $(pair 1) "${same[@]}" >"$d/same.$i" 2>"$d/same.err.$i" &
done
wait $(jobs -p | grep -v "^$RUN_PID$")
claim "four at once get one receipt between them, or are told to ask again" \
	is "$(cat "$d"/same.[1-4] | jq -r .receipt | sort -u | wc -l) $(grep -hv 'REQUEST_IN_PROGRESS' "$d"/same.err.* | wc -l)" "1 0"
claim "another operator may use that id" \
	is "$(j fernfunk-hlr decide $(pair 2) "${once[@]}" | jq -r .verdict)" indeterminate

# ---- 3, 4, 5: certificates

tre=$(tre_id 3) term=$(term_id 3)
answers "no certificate" refuse NO_CERTIFICATE --no-certificates
leaf_of "$term" >"$d/alone.pem"
answers "a leaf without its issuer" refuse CHAIN_LENGTH $(pair 3) --platform-chain "$d/alone.pem"
cat "$(cert_of "$term")" "$root" >"$d/three.pem"
answers "the root sent along" refuse CHAIN_LENGTH $(pair 3) --platform-chain "$d/three.pem"
lookalike "$term" "$d/lookalike.pem"
answers "a certificate of a look-alike CA" refuse CHAIN_UNTRUSTED $(pair 3) --platform-chain "$d/lookalike.pem"
{ leaf_of "$term"; sed 1,/END/d "$d/lookalike.pem"; } >"$d/mixed.pem"
answers "a good leaf under a look-alike CA" refuse CHAIN_UNTRUSTED $(pair 3) --platform-chain "$d/mixed.pem"
{ sed /END/q "$d/lookalike.pem"; issuer_of "$term"; } >"$d/mixed.pem"
answers "a look-alike's leaf under the good CA" refuse CHAIN_SIGNATURE $(pair 3) --platform-chain "$d/mixed.pem"
{ leaf_of "$term" | openssl x509 -outform DER; printf '\0'; } | base64 |
	{ echo "-----BEGIN CERTIFICATE-----"; cat; echo "-----END CERTIFICATE-----"; issuer_of "$term"; } >"$d/trailing.pem"
answers "an octet behind the certificate" refuse CERTIFICATE_MALFORMED $(pair 3) --platform-chain "$d/trailing.pem"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$d/rsa.key" -subj /CN=x -out "$d/rsa.pem" 2>/dev/null
cat <(issuer_of "$term") >>"$d/rsa.pem"
answers "an RSA certificate" refuse ALGORITHM_NOT_ALLOWED $(pair 3) --platform-chain "$d/rsa.pem"
answers "a TrE shown as a terminal" refuse ROLE_MISMATCH --tre "$tre" \
	--terminal "$tre" --platform-chain "$(cert_of "$tre")"
answers "an operator's credential shown as a terminal" refuse ROLE_MISMATCH --tre "$tre" \
	--terminal "$term" --platform-chain "$VAR/credentials/mobilfunk-hlr.crt"

# a certificate that our own CA has signed and nobody recorded
for ca in "$VAR"/authority/issuer-*.key; do
	openssl pkey -in "$ca" -pubout | cmp -s - <(issuer_of "$term" | openssl x509 -noout -pubkey) && break
done
{ leaf_of "$term" | resign "$ca"; issuer_of "$term"; } >"$d/unrecorded.pem"
answers "a certificate that is not in the register" refuse CERTIFICATE_NOT_ISSUED \
	$(pair 3) --platform-chain "$d/unrecorded.pem"
claim "which is an incident of the CA" is "$(sql "SELECT kind FROM incident")" mis_issuance
j mobilfunk-hlr decide $(pair 3) --platform-chain "$d/unrecorded.pem" >/dev/null
claim "one, however often it is shown" is "$(sql "SELECT count(*) FROM incident")" 1

# (r, n - s) for the (r, s) of a good certificate, which anybody can make
turn_over() { # PEM on standard input; PEM
	local n=ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
	local t=$d/turned r s i digit less=0 turned=
	mkdir -p "$t"
	openssl x509 -outform DER -out "$t/der"
	openssl asn1parse -inform DER -in "$t/der" -strparse 4 -noout -out "$t/tbs"
	read -r r s < <(openssl asn1parse -inform DER -in "$t/der" -strparse "$(openssl asn1parse \
		-inform DER -in "$t/der" | awk -F: '/BIT STRING/ { at = $1 } END { print at + 0 }')" |
		awk -F: '/INTEGER/ { print $NF }' | xargs)
	s=$(printf %64s "$s" | tr ' ' 0)
	for ((i = 56; i >= 0; i -= 8)); do
		digit=$((16#${n:i:8} - 16#${s:i:8} - less))
		less=$((digit < 0))
		turned=$(printf %08x $((digit + (less << 32))))$turned
	done
	printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "$r" "$turned" >"$t/cnf"
	openssl asn1parse -genconf "$t/cnf" -noout -out "$t/signature"
	put_together "$t"
}
{ leaf_of "$term" | turn_over; issuer_of "$term"; } >"$d/turned.pem"
claim "a certificate with its signature turned over verifies" \
	openssl verify -CAfile "$root" -untrusted "$d/turned.pem" "$d/turned.pem"
answers "it is not the one in the register" refuse CERTIFICATE_NOT_ISSUED \
	$(pair 3) --platform-chain "$d/turned.pem"
claim "but no CA's fault: no alarm can be made that way" is "$(sql "SELECT count(*) FROM incident")" 1

# ---- 7, 8: together, now

reasons "a TrE moved to another terminal" "BINDING_MISMATCH TRE_BOUND_ELSEWHERE" \
	--tre "$(tre_id 4)" --terminal "$(term_id 3)"
answers "another TAC" refuse DEVICE_ID_MISMATCH $(pair 3) --tac 35999999
answers "an IMEI of another TAC" refuse DEVICE_ID_MISMATCH $(pair 3) --imei 490154203237518
answers "a TrE that has not its key" refuse POSSESSION_TRE $(pair 3) --tre-key "$(key_of "$(tre_id 4)")"
answers "a terminal that has not its key" refuse POSSESSION_PLATFORM \
	$(pair 3) --platform-key "$(key_of "$(term_id 4)")"
answers "evidence of three minutes ago" refuse EVIDENCE_STALE \
	$(pair 3) --signed-at "$(date -u -d '3 minutes ago' +%FT%TZ)"
answers "evidence of three minutes hence" refuse EVIDENCE_STALE \
	$(pair 3) --signed-at "$(date -u -d '3 minutes' +%FT%TZ)"

# ---- a device of openssl, jq and curl alone, from the documents

outside() { # TrE terminal
	local tre=$1 term=$2 at
	at=$(date -u +%FT%TZ)
	leaf_of "$tre" | openssl x509 -outform DER -out "$d/t.der"
	leaf_of "$term" | openssl x509 -outform DER -out "$d/p.der"
	challenge=$(api_as mobilfunk-hlr -X POST -H 'Content-Type: application/json' -d '{}' "$URL/v1/challenges" | jq -r .challenge)
	jq -n --arg at "$at" '{device: {imei: "351234560000010"}, signed_at: $at, validation: "autonomous",
		claims: {tamper: "none", firmware: "2.0", debug: "disabled"}}' >"$d/context"
	transcript_context <"$d/context" >"$d/canonical"
	transcript_octets "$challenge" mobilfunk initial_download tre_and_platform "$d/t.der" "$d/p.der" "$d/canonical" >"$d/octets"
	jq -c --arg id "$(cat /proc/sys/kernel/random/uuid)" --arg challenge "$challenge" \
		--arg t "$(base64 -w0 "$d/t.der")" --arg ti "$(issuer_of "$tre" | openssl x509 -outform DER | base64 -w0)" \
		--arg p "$(base64 -w0 "$d/p.der")" --arg pi "$(issuer_of "$term" | openssl x509 -outform DER | base64 -w0)" \
		--arg ts "$(transcript_sign "$(key_of "$tre")" "$d/octets")" \
		--arg ps "$(transcript_sign "$(key_of "$term")" "$d/octets")" \
		'{request_id: $id, purpose: "initial_download", mode: "tre_and_platform", challenge: $challenge,
		tre_chain: [$t, $ti], platform_chain: [$p, $pi], device,
		evidence: {signed_at, validation, claims, tre_signature: $ts, platform_signature: $ps}}' "$d/context" >"$d/request"
	api_as mobilfunk-hlr -H 'Content-Type: application/json' -d @"$d/request" "$URL/v1/decisions"
}
claim "a device made of openssl and jq gets its permit" is "$(outside "$(tre_id 5)" "$(term_id 5)" | jq -r .verdict)" permit

# ---- receipts

verdict_of() { assay receipt verify "$1" --root "${2:-$root}" --json | jq -r '.verdict // .code'; }
claim "the receipt verifies, with no server and nothing but the root" \
	"$bin/assay" --var /nonexistent --url http://127.0.0.1:9 receipt verify "$d/good.json" --root "$root"
claim "openssl and jq alone say the same" is "$(receipt_verify "$d/good.json" "$root")" permit
claim "it is evidence after its end" exits 0 assay receipt verify "$d/good.json" --at 2036-01-01T00:00:00Z
ends=$(jq -r .receipt "$d/good.json" | cut -d. -f2 | receipt_octets | jq -r .exp)
may_act() { assay receipt verify "$d/good.json" --root "$root" --json --at "$(date -u -d "@$1" +%FT%TZ)" | jq -r .to_act_on; }
claim "it may be acted on to the second before its end" is "$(may_act $((ends - 1))) $(may_act "$ends")" "true false"
claim "a refusal has a receipt too" is "$(jq -r .receipt "$d/first" | cut -d. -f2 | receipt_octets | jq -r .decision.verdict)" indeterminate

# spoil NAME JQ...: a bundle changed by jq
spoil() { local name=$1; shift; jq "$@" "$d/good.json" >"$d/$name.json"; }
claims=$(jq -r .receipt "$d/good.json" | cut -d. -f2 | receipt_octets | sed 's/initial_download/change_of_operator/')
forged=$(printf %s "$claims" | base64 -w0 | tr '+/' '-_' | tr -d =)
spoil altered --arg p "$forged" '.receipt |= (split(".") | .[1] = $p | join("."))'
spoil unsigned '.receipt |= (split(".") | .[2] = .[2][:-4] + "AAAA" | join("."))'
spoil person --arg c "$(openssl x509 -in "$VAR/credentials/mobilfunk-hlr.crt" -outform DER | base64 -w0)" '.signer[0] = $c'
spoil nocrl '.crl = null'
spoil wrongcrl '.crl = .root_crl'
spoil norootcrl 'del(.root_crl)'
spoil wrongrootcrl '.root_crl = .crl'
spoil short 'del(.signer)'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout "$d/other.key" \
	-subj "/C=XX/O=Assay Body/CN=Root CA" -days 3650 -out "$d/other.pem" 2>/dev/null
for want in altered:RECEIPT_SIGNATURE unsigned:RECEIPT_SIGNATURE person:RECEIPT_SIGNER \
	nocrl:RECEIPT_STATUS wrongcrl:RECEIPT_STATUS norootcrl:RECEIPT_STATUS wrongrootcrl:RECEIPT_STATUS short:RECEIPT_MALFORMED; do
	name=${want%%:*}
	claim "a bundle that is $name: ${want#*:}" is "$(verdict_of "$d/$name.json")" "${want#*:}"
	claim "and openssl refuses it, too" exits 1 receipt_verify "$d/$name.json" "$root"
done
claim "under another root: RECEIPT_SIGNER" is "$(verdict_of "$d/good.json" "$d/other.pem")" RECEIPT_SIGNER
claim "and openssl refuses it, too" exits 1 receipt_verify "$d/good.json" "$d/other.pem"
claim "a receipt that does not hold exits with 1" exits 1 assay receipt verify "$d/altered.json"

ask_verify() { # bundle
	jq -c '{receipt}' "$1" | api_as mobilfunk-hlr -H 'Content-Type: application/json' -d @- "$URL/v1/receipts/verify" |
		jq -r '.verdict // .code'
}
claim "the API verifies it" is "$(ask_verify "$d/good.json")" permit
claim "and refuses an altered one" is "$(ask_verify "$d/altered.json")" RECEIPT_SIGNATURE
# a thief with the receipt key
header=$(jq -r .receipt "$d/good.json" | cut -d. -f1)
printf %s "$header.$forged" >"$d/signed"
der=$(openssl dgst -sha256 -sign "$VAR/api/receipt.key" "$d/signed" | openssl asn1parse -inform DER |
	awk -F: '/INTEGER/ { printf "%64s", $NF }' | tr ' ' 0)
signature=$(transcript_binary "$der" | base64 -w0 | tr '+/' '-_' | tr -d =)
jq --arg r "$header.$forged.$signature" '.receipt = $r' "$d/good.json" >"$d/stolen.json"
claim "what a stolen receipt key signs holds offline" is "$(verdict_of "$d/stolen.json")" permit
claim "and not where the record is asked" is "$(ask_verify "$d/stolen.json")" RECEIPT_NOT_RECORDED
decision=$(jq -r .receipt "$d/good.json" | cut -d. -f2 | receipt_octets | jq -r .jti)
claim "the operator can fetch it again" is \
	"$(j mobilfunk-hlr receipt get "$decision" | jq -r .receipt)" "$(jq -r .receipt "$d/good.json")"
claim "another operator cannot" exits 4 assay --as fernfunk-hlr receipt get "$decision"
claim "the body can" exits 0 assay --as reader receipt get "$decision"

# ---- 6: status, also of the TrE that is not shown

claim "one TrE is held" a security-1 cert hold "$(serial_of "$(tre_id 6)")" --legal-basis "a test"
answers "a TrE on hold" refuse CERTIFICATE_ON_HOLD $(pair 6)
claim "one terminal is revoked" a security-1 cert revoke "$(serial_of "$(term_id 7)")" --reason keyCompromise
answers "a revoked terminal" refuse CERTIFICATE_REVOKED $(pair 7)
alone() { j fernfunk-hlr decide --mode platform_only --terminal "$1" | jq -r '"\(.verdict) \(.reasons | join(" "))"'; }
claim "a terminal alone, for one who may ask so" is "$(alone "$(term_id 8)")" "permit "
claim "but not with a TrE that is known to be bad" is "$(alone "$(term_id 6)")" "refuse TRE_KNOWN_BAD"
claim "nor when it is revoked itself" is "$(alone "$(term_id 7)")" "refuse CERTIFICATE_REVOKED"

# ---- 12: incidents

for state in quarantined stolen retired; do
	sql "UPDATE device SET state = '$state' WHERE device_id = '$(term_id 9)'" >/dev/null 2>&1
	[ "$(sql "SELECT state FROM device WHERE device_id = '$(term_id 9)'")" = $state ] || continue
	answers "a device that is $state" refuse "DEVICE_${state^^}" $(pair 9)
	break
done

# ---- 10, 11: accreditation and measures, at once for all devices

for kind in hold download_freeze; do
	for scope in "organisation tresor" "site karren-ulm" "hardware_platform tresor-soc" "model karren-t1"; do
		number=$(measure --kind $kind --scope-kind ${scope% *} --scope ${scope#* })
		answers "a $kind on the $scope" refuse "MEASURE_${kind^^}" $(pair 1)
		claim "which two people lift" lift_measure "$number"
	done
done
answers "and then" permit - $(pair 1)
hold=$(measure --kind hold --scope-kind model --scope tresor-m2)
claim "a terminal alone does not get round a hold on its TrE's model" is "$(alone "$(term_id 8)")" "refuse TRE_KNOWN_BAD"
claim "which two people lift" lift_measure "$hold"

coc=$(j reader coc list | jq -r '[.. | objects | select(.number? // "" | startswith("HWP"))][0].number')
claim "the hardware platform's CoC is suspended by two" \
	eval 'a decider-1 coc suspend "$coc" --reason "a test" && a decider-2 approve "$coc"'
answers "every model on it is refused" refuse COC_SUSPENDED $(pair 1)
claim "it is reinstated by two" \
	eval 'a decider-1 coc reinstate "$coc" --reason "a test" && a decider-2 approve "$coc"'
answers "and permitted again" permit - $(pair 1)
claim "it is suspended again, for good" \
	eval 'a decider-1 coc suspend "$coc" --reason "a test" && a decider-2 approve "$coc"'
answers "they are refused" refuse COC_SUSPENDED $(pair 1)
other=$(j decider-1 coc propose --model tresor-soc --level 2 \
	--quota 100000 --instead-of "$coc" --reason "its maker moved" | jq -r .number)
claim "another in its place is certified by two" a decider-2 approve "$other"
answers "what fell with it is permitted" permit - $(pair 1)
claim "and the authority issues on it, which the two signed" eval 'a tresor-pki device new --kind tre --prefix NEW- --count 1 \
	--rows "$VAR/new.rows" && a tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$VAR/new.rows" --wait'
sql_past "UPDATE coc SET instead_of = NULL WHERE number = '$other'"
claim "not where the record has it otherwise" eval 'a tresor-pki device new --kind tre --prefix OLD- --count 1 \
	--rows "$VAR/old.rows" && ! a tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$VAR/old.rows" --wait'
sql_past "UPDATE coc c SET instead_of = o.id FROM coc o WHERE o.number = '$coc' AND c.number = '$other'"

# ---- time acts: the clock of the record is set, as only its owner can

at() { sql "INSERT INTO test_clock (now) VALUES ('$1') ON CONFLICT (one) DO UPDATE SET now = excluded.now"; }
at "$(date -u -d '6 minutes' +%FT%TZ)"
answers "a challenge of six minutes ago" refuse CHALLENGE_EXPIRED $(pair 1) \
	--challenge "$(sql "DELETE FROM test_clock"; c=$(j mobilfunk-hlr challenge new | jq -r .challenge); at "$(date -u -d '6 minutes' +%FT%TZ)"; echo "$c")" \
	--signed-at "$(date -u -d '6 minutes' +%FT%TZ)"
sql "DELETE FROM test_clock"

# ---- no permit after a revocation is on record, however many ask

for i in $(seq 20); do echo "$(tre_id 10) $(term_id 10)"; done >"$d/pairs"
# stream N: ask until the answer has changed
stream() {
	local end=$((SECONDS + 60))
	until grep -q '"refuse"' "$d/race.$1" 2>/dev/null || [ $SECONDS -gt $end ]; do
		j mobilfunk-hlr decide --pairs "$d/pairs" >>"$d/race.$1" 2>"$d/race.err"
	done
}
for i in 1 2; do stream $i & done
sleep 0.5
a security-1 cert revoke "$(serial_of "$(tre_id 10)")" --reason keyCompromise
event=$(sql "SELECT max(id) FROM status_event")
answers "the first question after it" refuse CERTIFICATE_REVOKED $(pair 10)
wait $(jobs -p | grep -v "^$RUN_PID$")
claim "who asked meanwhile got both answers" \
	is "$(cat "$d"/race.[12] | jq -r .verdict | sort -u | xargs)" "permit refuse"
claim "and no permit knew of the revocation" is \
	"$(sql "SELECT count(*) FROM decision WHERE verdict = 'permit' AND event_id >= $event
	    AND tre_sha256 = decode('$(leaf_of "$(tre_id 10)" | openssl x509 -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1)', 'hex')")" 0
claim "in each line, once refused, always refused" \
	is "$(for i in 1 2; do jq -r .verdict "$d/race.$i" | uniq | xargs; done | sort -u | grep -cv '^permit refuse$\|^permit$\|^refuse$')" 0

# ---- the supplier

claim "a supplier is suspended by one" a security-1 org suspend karren --reason tested
answers "all of its devices are refused" refuse SUPPLIER_SUSPENDED $(pair 1)
claim "the first receipt still verifies, offline" verify_receipt "$d/good.json"
claim "and by openssl alone" is "$(receipt_verify "$d/good.json" "$root")" permit
claim "two people reinstate it" eval 'a officer-1 org reinstate karren && a decider-1 approve karren'
answers "and it is permitted again" permit - $(pair 1)

# ---- the certificate of the devices' own CA

ca=$(issuer_of "$(term_id 1)" | openssl x509 -noout -serial | sed 's/.*=//' | tr A-F a-f)
claim "the CA's certificate is put on hold" a security-1 cert hold "$ca" --legal-basis "a doubt"
answers "its devices are refused" refuse ISSUER_REVOKED $(pair 1)
a karren-pki device new --kind terminal --prefix HELD- --count 1 --tre-prefix TRE- --rows "$work/held.rows" >/dev/null
claim "and it issues nothing" grep -q "is on hold" <<<"$(j karren-pki lot submit --model karren-t1 --site karren-ulm \
	--rows "$work/held.rows" --wait)"
claim "two release it" eval 'a security-1 cert release "$ca" --reason "none" && a security-2 approve "$ca"'
permitted() { [ "$(j mobilfunk-hlr decide $(pair 1) | jq -r .verdict)" = permit ]; }
claim "and its devices are permitted" until_true 10 permitted

# ---- CoCs end by the clock, also while the authority, which records it, stands
# still; then one is withdrawn

authority=$(pgrep -P "$RUN_PID" assay-authority)
kill -STOP "$authority"
later() { # days: the record's clock
	clock=$(date -u -d "$1 days" +%FT%TZ)
	at "$clock"
}
days() { # "sentence" DAYS VERDICT REASON WARNING
	local out
	later "$2"
	# by then the receipt's signer has long ended; the verdict is on record
	refused RECEIPT_SIGNER "$1, which no receipt proves" assay --as mobilfunk-hlr decide $(pair 1) --signed-at "$clock"
	out=$(j mobilfunk-hlr decision list | jq ".decisions[0]")
	claim "$1" is "$(jq -r '"\(.verdict) \(.reasons[0] // "-") \(.warnings - ["COC_PROVISIONAL"] | join(" "))"' <<<"$out")" "$3 $4 $5"
}
days "a CoC that ends within 30 days is said to" 340 permit - "COC_EXPIRES_SOON COC_GRACE"
days "devices of an expired CoC have grace" 370 permit - COC_GRACE
days "and then no more" 740 refuse COC_EXPIRED ""
sql "DELETE FROM test_clock"
kill -CONT "$authority"
ter=$(j reader coc list | jq -r '[.. | objects | select(.number? // "" | startswith("TER"))][0].number')
claim "withdrawing a CoC is proposed" a decider-1 coc withdraw "$ter" --reason "a test"
refused USAGE "and nobody approves it uncounted" assay approve "$ter" --as decider-2
refused REACH_CHANGED "nor with another number" assay approve "$ter" --count 1 --as decider-2
devices=$(sql "SELECT count(*) FROM device WHERE kind = 'terminal'")
claim "a second decider types the number of devices" a decider-2 approve "$ter" --count "$devices"
claim "its devices are refused for both" is "$(j mobilfunk-hlr decide $(pair 1) | jq -r '.reasons | join(" ")')" \
	"CERTIFICATE_REVOKED COC_WITHDRAWN"
claim "the CA's certificate is revoked" a security-1 cert revoke "$ca" --reason cACompromise
claim "which its devices are refused for, too" grep -qw ISSUER_REVOKED <<<"$(j mobilfunk-hlr decide $(pair 1) | jq -r '.reasons[]')"
claim "the CA issues nothing more" is "$(sql "SELECT state FROM issuer WHERE role = 'terminal'")" revoked
claim "the register says why" is "$(j reader device show terminal "$(term_id 1)" |
	jq -r '.certificates[] | "\(.state) \(.reason)"')" "revoked privilegeWithdrawn"
channels_agree
finish
