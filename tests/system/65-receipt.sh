#!/usr/bin/env bash
# Receipts for ever: stamped by a TSA that nobody waits for, verified by our
# program and by openssl alone, and what was so at noon, signed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/receipt.sh"

d=$work/d
tsa=$work/tsa
mkdir -p "$d" "$tsa"
pair() { echo --tre "$(tre_id "$1")" --terminal "$(term_id "$1")"; }
by_openssl() { receipt_verify "$1" "$root" 2>/dev/null | head -1; }
holds() { assay --url http://127.0.0.1:9 --json receipt verify "$@" --root "$root" 2>/dev/null; }
verdict_of() { holds "$@" | jq -r '.code // .verdict'; }

# ---- a TSA as openssl has one, under a CA of its own; and another one

make_tsa() { # NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$tsa/$1-ca.key" \
		-out "$tsa/$1-ca.pem" -subj "/O=$1/CN=Stamps CA" -days 3650 2>/dev/null
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$tsa/$1.key" \
		-subj "/O=$1/CN=Stamps" 2>/dev/null |
		openssl x509 -req -CA "$tsa/$1-ca.pem" -CAkey "$tsa/$1-ca.key" -CAcreateserial -days 365 -out "$tsa/$1.pem" \
			-extfile <(printf 'extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n') 2>/dev/null
	cat >"$tsa/tsa.cnf" <<-CNF
		[tsa]
		default_tsa = it
		[it]
		dir = $tsa
		serial = $tsa/serial
		signer_cert = $tsa/$1.pem
		signer_key = $tsa/$1.key
		certs = $tsa/$1-ca.pem
		signer_digest = sha256
		default_policy = 2.999.1
		digests = sha256
		accuracy = secs:1
	CNF
}
make_tsa strangers
make_tsa stamps
cp "$tsa/strangers.pem" "$tsa/other.pem"
port=$(free_port)
"$bin/tests/tsa" "$port" "$tsa" 2>/dev/null &
TSA=$!
touch "$tsa/dead"

VAR=$work/var
PORT=$(free_port)
PUBLIC_PORT=$(free_port)
"$bin/assay" init --var "$VAR" --root online --port "$PORT" --public-port "$PUBLIC_PORT" >/dev/null
mv "$tsa/stamps-ca.pem" "$tsa/away.pem"
sed -i "s|^tsa_url =.*|tsa_url = http://127.0.0.1:$port/tsa|; s|^tsa_ca =.*|tsa_ca = $tsa/stamps-ca.pem|" "$VAR/assay.cnf"
start_accredited
claim "two lots are issued" story_lots 6
root=$VAR/credentials/root.crt

# ---- nobody waits for a TSA that is dead

began=$(now_ms)
answers "a permit, while the TSA is dead" permit - $(pair 1) --out "$d/early.json"
claim "it did not wait" eval '[ $(($(now_ms) - began)) -lt 5000 ]'
claim "its bundle holds without a stamp" is "$(verdict_of "$d/early.json") $(jq -r .timestamp "$d/early.json")" "permit null"
claim "and says where the status log was" is \
	"$(jq -r .receipt "$d/early.json" | cut -d. -f2 | receipt_octets | jq -r .decision.status_log_sha256)" \
	"$(sql "SELECT encode(hash, 'hex') FROM status_event ORDER BY id DESC LIMIT 1")"
decision=$(jq -r .receipt "$d/early.json" | cut -d. -f2 | receipt_octets | jq -r .jti)
for i in 2 3 4; do answers "another, $i" permit - $(pair $i); done
until_true 20 eval '[ "$(sql "SELECT count(*) FROM receipt_stamp")" = 1 ]'
claim "what is to be stamped waits" is "$(sql "SELECT count(*) FROM receipt_stamp_token")" 0

# ---- a setting that is wrong keeps no webhook waiting

claim "the file of the TSA's CA is not there" grep -q "stamps-ca.pem" "$VAR/log/notifier.log"
claim "for which the notifier does not end" is "$(grep -c ready "$VAR/log/notifier.log")" 1
mv "$tsa/away.pem" "$tsa/stamps-ca.pem" # and needs no start, once it is

# ---- a TSA that answers for another question, then the right one

(cd "$tsa" && openssl ts -query -data tsa.cnf -sha256 -cert -out query 2>/dev/null &&
	openssl ts -reply -config tsa.cnf -queryfile query -out reply 2>/dev/null)
touch "$tsa/lies"
rm -f "$tsa/dead"
until_true 40 test -e "$tsa/lied"
claim "the stamp of something else is not taken" is "$(sql "SELECT count(*) FROM receipt_stamp_token")" 0
rm -f "$tsa/lies"
stamped() { j mobilfunk-hlr receipt get "$1" >"$2" && jq -e .timestamp "$2" >/dev/null; }
claim "once the TSA is there, the receipt is stamped" until_true 60 stamped "$decision" "$d/stamped.json"
stamper() { pgrep -P "$(pgrep -P "$RUN_PID" -f assay-notifier)"; }
claim "a stamp of before a dump was loaded, when others had these numbers" sql_past "INSERT INTO receipt_stamp (id, first, behind, leaves)
	OVERRIDING SYSTEM VALUE SELECT 0, '0', behind, sha256('other'::bytea) FROM receipt_stamp ORDER BY id DESC LIMIT 1;
	INSERT INTO receipt_stamp_token (stamp_id, token, stamped) VALUES (0, 'x', now())"
claim "is not taken for the receipt's own" stamped "$decision" "$d/stamped.json"
claim "it was never there" sql_past "DELETE FROM receipt_stamp_token WHERE stamp_id = 0; DELETE FROM receipt_stamp WHERE id = 0"
one=$(stamper)
kill -9 "$one"
another() { [ -n "$(stamper)" ] && [ "$(stamper)" != "$one" ]; }
claim "whoever has them stamped is not missed for long when it dies" until_true 20 another
claim "what it holds is the receipt of before" is "$(jq -r .receipt "$d/stamped.json")" "$(jq -r .receipt "$d/early.json")"
claim "its stamp holds under the TSA's CA" is \
	"$(holds "$d/stamped.json" --tsa-ca "$tsa/stamps-ca.pem" | jq -r '"\(.verdict) \(.stamped_at != null)"')" "permit true"
claim "without that CA nothing is said of it" is "$(holds "$d/stamped.json" | jq -r '"\(.verdict) \(.stamped_at)"')" "permit null"
claim "under another CA it does not hold" is \
	"$(verdict_of "$d/stamped.json" --tsa-ca "$tsa/strangers-ca.pem")" RECEIPT_TIMESTAMP
jq '.timestamp.index += 1' "$d/stamped.json" >"$d/x"
claim "nor at another place of its tree" is "$(verdict_of "$d/x" --tsa-ca "$tsa/stamps-ca.pem")" RECEIPT_TIMESTAMP
jq '.timestamp.path += ["'"$(printf '%064d' 0)"'"]' "$d/stamped.json" >"$d/x"
claim "nor by a longer path" is "$(verdict_of "$d/x" --tsa-ca "$tsa/stamps-ca.pem")" RECEIPT_TIMESTAMP
jq '.timestamp.token = "MAA="' "$d/stamped.json" >"$d/x"
claim "nor by anything that is no token" is "$(verdict_of "$d/x" --tsa-ca "$tsa/stamps-ca.pem")" RECEIPT_TIMESTAMP

# the same by openssl: the tree by hand, the token by `openssl ts -verify`
stamp_by_openssl() { # BUNDLE CA
	local root_hex
	root_hex=$({ printf '\0'; jq -j .receipt "$1"; } | openssl dgst -sha256 -r | cut -d' ' -f1)
	root_hex=$(receipt_climb "$root_hex" "$(jq .timestamp.index "$1")" "$(jq .timestamp.size "$1")" \
		$(jq -r '.timestamp.path[]' "$1")) || return 1
	jq -r .timestamp.token "$1" | openssl base64 -d -A >"$d/token"
	openssl ts -verify -digest "$root_hex" -in "$d/token" -token_in -CAfile "$2" 2>&1 | grep -q 'Verification: OK'
}
claim "openssl ts verifies the stamp" stamp_by_openssl "$d/stamped.json" "$tsa/stamps-ca.pem"
claim "and not under another CA" not stamp_by_openssl "$d/stamped.json" "$tsa/strangers-ca.pem"
jq '.timestamp.index += 1' "$d/stamped.json" >"$d/x"
claim "nor at another place" not stamp_by_openssl "$d/x" "$tsa/stamps-ca.pem"

# ---- was this device trusted at noon last March?

sleep 1
noon=$(date -u +%FT%TZ)
sleep 2
claim "a TrE is revoked in the afternoon" a security-1 cert revoke "$(serial_of "$(tre_id 2)")" --reason keyCompromise
afternoon=$(date -u -d '2 seconds' +%FT%TZ)
sleep 3
standing() { assay history "tre:$(tre_id 2)" --out "$d/$1" --as mobilfunk-hlr "${@:2}" --quiet; }
told() { holds "$1" | jq -r '.claims.standing | "\(.trusted) \(.against | join(" "))"'; }
standing noon.json --as-of "$noon"
claim "was it trusted at noon? yes, signed" is "$(told "$d/noon.json")" "true "
claim "and by openssl alone" is "$(by_openssl "$d/noon.json")" "trusted: true"
standing later.json --as-of "$afternoon"
claim "and afterwards? no" is "$(told "$d/later.json")" "false CERTIFICATE_REVOKED"
standing then.json --as-of "$noon" --known-at "$noon"
claim "what was known then is tied to the log of then" is \
	"$(holds "$d/then.json" | jq -r .claims.standing.status_log_sha256)" \
	"$(sql "SELECT encode(hash, 'hex') FROM status_event WHERE at < '$noon'::timestamptz + interval '1 second' ORDER BY id DESC LIMIT 1")"
jq --slurpfile o "$d/noon.json" '.receipt = (.receipt | split(".") | .[1] = ($o[0].receipt | split(".")[1]) | join("."))' \
	"$d/later.json" >"$d/x"
claim "one statement's words under another's signature do not hold" is "$(verdict_of "$d/x")" RECEIPT_SIGNATURE
claim "the record knows what it said" is "$(jq -c '{receipt}' "$d/noon.json" | api_as mobilfunk-hlr -H 'Content-Type: application/json' \
	--data-binary @- "$URL/v1/receipts/verify" | jq -r '"\(.valid) \(.verdict)"')" "true null"
id=$(jq -r .receipt "$d/noon.json" | cut -d. -f2 | receipt_octets | jq -r .jti)
claim "it has no stamp when it is made: nobody waits for a TSA" is "$(jq -r .timestamp "$d/noon.json")" null
sql "INSERT INTO test_clock (now) VALUES (now() + interval '61 seconds')"
claim "a minute later it is stamped, too" until_true 60 stamped "$id" "$d/noon-stamped.json"
sql "DELETE FROM test_clock"
claim "what was said is the same" is "$(jq -r .receipt "$d/noon-stamped.json")" "$(jq -r .receipt "$d/noon.json")"
claim "its stamp holds under the TSA's CA, offline" is \
	"$(holds "$d/noon-stamped.json" --tsa-ca "$tsa/stamps-ca.pem" | jq -r '"\(.claims.standing.trusted) \(.stamped_at != null)"')" "true true"
claim "and not under another's" is "$(verdict_of "$d/noon-stamped.json" --tsa-ca "$tsa/strangers-ca.pem")" RECEIPT_TIMESTAMP
claim "openssl ts verifies it" stamp_by_openssl "$d/noon-stamped.json" "$tsa/stamps-ca.pem"
claim "and not under another CA" not stamp_by_openssl "$d/noon-stamped.json" "$tsa/strangers-ca.pem"
jq --slurpfile o "$d/later.json" '.receipt = $o[0].receipt' "$d/noon-stamped.json" >"$d/x"
claim "nor is it another statement's" not stamp_by_openssl "$d/x" "$tsa/stamps-ca.pem"
claim "as we find, too" is "$(verdict_of "$d/x" --tsa-ca "$tsa/stamps-ca.pem")" RECEIPT_TIMESTAMP
claim "a supplier does not get what an operator was told" exits 4 a tresor-pki receipt get "$id"
claim "nor is a letter the name of one" exits 4 a mobilfunk-hlr receipt get x
claim "of a device that it never asked about, an operator is told nothing" exits 4 \
	assay history "tre:$(tre_id 6)" --out "$d/x" --as mobilfunk-hlr
claim "nor of what is yet to come" exits 7 standing x --known-at 2999-01-01

# ---- garbage is an answer, never a failure of ours

verify() { api_as "${1:-mobilfunk-hlr}" -o "$d/said" -w '%{http_code}' -H 'Content-Type: application/json' --data-binary @- "$URL/v1/receipts/verify"; }
says() { # "sentence" STATUS CODE, the body on standard input
	local status
	status=$(verify)
	claim "$1 ($3)" is "$status $(jq -r '.code // ((.type // "") | sub(".*/"; "")) // ""' "$d/said")" "$2 $3"
}
jq -c '{receipt}' "$d/early.json" | verify >/dev/null
claim "a receipt is verified for whoever holds it" is "$(jq -r '"\(.valid) \(.verdict) \(.operator) \(.to_act_on)"' "$d/said")" \
	"true permit mobilfunk true"
jwt=$(jq -r .receipt "$d/early.json")
part() { cut -d. -f"$1" <<<"$jwt"; }
url() { openssl base64 -A | tr '+/' '-_' | tr -d =; }
echo '{"receipt":"x"}' | says "a letter" 200 RECEIPT_MALFORMED
echo '{"receipt":"..."}' | says "three dots" 200 RECEIPT_MALFORMED
jq -nc --arg r "$(head -c 20000 /dev/urandom | url)" '{receipt: $r}' | says "noise" 200 RECEIPT_MALFORMED
jq -nc --arg r "$(part 1).$(printf '[%.0s' $(seq 9000) | url).$(part 3)" '{receipt: $r}' | says "brackets, 9000 deep" 200 RECEIPT_MALFORMED
jq -nc --arg r "$(part 1).$(printf '{"iat":1,"iat":2}' | url).$(part 3)" '{receipt: $r}' | says "a member twice" 200 RECEIPT_MALFORMED
jq -nc --arg r "$(part 1).$(part 2 | receipt_octets | jq -c '.iat = 9e15' | url).$(part 3)" '{receipt: $r}' | says "a time beyond all" 200 RECEIPT_MALFORMED
jq -nc --arg r "$(part 1).$(part 2 | receipt_octets | jq -c '.decision.verdict = "refuse"' | url).$(part 3)" '{receipt: $r}' |
	says "another verdict" 200 RECEIPT_SIGNATURE
jq -nc --arg r "$(part 1 | receipt_octets | jq -c '."x5t#S256" = "AAAA"' | url).$(part 2).$(part 3)" '{receipt: $r}' |
	says "a signer that is none" 200 RECEIPT_SIGNER
jq -nc --arg r "$(printf '{"alg":"none"}' | url).$(part 2)." '{receipt: $r}' | says "no signature at all" 200 RECEIPT_MALFORMED
jq -c '{receipt, item: {}, path: []}' "$d/early.json" | says "an item that belongs to no batch" 200 RECEIPT_MALFORMED
printf '{"receipt":' | says "half a body" 400 JSON_MALFORMED
printf '{"receipt":"a","x":1}' | says "what nobody asked for" 400 FIELD_UNKNOWN
head -c 70000 /dev/zero | tr '\0' a | says "too long" 413 BODY_TOO_LARGE
claim "a supplier may not ask" is "$(jq -c '{receipt}' "$d/early.json" | verify karren-pki)" 403
claim "none of it was a failure of ours" is "$(grep -c '" 50[0-9] ' "$VAR/log/access.log")" 0

# ---- the signer's key is stolen: what a TSA had seen before still holds

jq -r '.signer[0]' "$d/stamped.json" | openssl base64 -d -A | openssl x509 -inform DER -out "$d/signer.pem"
serial=$(openssl x509 -in "$d/signer.pem" -noout -serial | sed 's/.*=//' | tr A-F a-f)
claim "the receipt signer is revoked: its key was stolen" a security-1 cert revoke "$serial" --reason keyCompromise
revoked() { j mobilfunk-hlr receipt get "$decision" >"$d/late.json" && [ "$(verdict_of "$d/late.json")" = RECEIPT_SIGNER_REVOKED ]; }
claim "its receipts are believed no more" until_true 60 revoked
claim "a statement of before is believed no more either" eval 'j mobilfunk-hlr receipt get "$id" >"$d/x"; [ "$(verdict_of "$d/x")" = RECEIPT_SIGNER_REVOKED ]'
claim "but by its stamp" is "$(holds "$d/x" --tsa-ca "$tsa/stamps-ca.pem" | jq -r .claims.standing.trusted)" true
claim "but for those that were stamped before" is "$(verdict_of "$d/late.json" --tsa-ca "$tsa/stamps-ca.pem")" permit
kill "$TSA"
finish
