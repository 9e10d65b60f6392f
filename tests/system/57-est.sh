#!/usr/bin/env bash
# EST (RFC 7030, 8951, 9908) and open lots: strongSwan's client and curl with
# openssl alone get certificates, who shouldn't gets none, and each request is a
# row like a manifest's.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay; $1"; }
cred=$VAR/credentials
d=$work/est
mkdir "$d"
cd "$d" || exit 1

# ---- open
printf 'TRE-S1\nTRE-S2\nTRE-S3\n' >ids
opened=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 16 --renewal --ids ids --secrets secrets --reference est)
lot=$(jq -r .number <<<"$opened")
claim "a lot is opened" is "$(jq -r '"\(.kind) \(.count) \(.renewal) \(.enrolled)"' <<<"$opened")" "open 16 true 0"
claim "its secrets are in a file that nobody else reads" is "$(stat -c %a secrets) $(wc -l <secrets)" "600 3"
claim "the register has none of them" is "$(record "SELECT count(*) FROM lot WHERE header_jws LIKE '%$(cut -d: -f2 secrets | head -1)%'")" 0
in_state() { is "$(j tresor-pki lot show "$1" | jq -r .state)" "$2"; }
claim "the authority finds it as signed" until_true 10 in_state "$lot" open
terminals=$(j karren-pki lot open --model karren-t1 --site karren-ulm --count 7 --renewal | jq -r .number)
refused SITE_UNKNOWN "nobody opens one at another's site" assay lot open --model tresor-m2 --site karren-ulm --count 1 --as tresor-pki
refused MODEL_UNKNOWN "nor for another's model" assay lot open --model tresor-m2 --site karren-ulm --count 1 --as karren-pki
refused ROLE_NOT_ALLOWED "nor does an operator" assay lot open --model tresor-m2 --site tresor-dresden --count 1 --as mobilfunk-hlr

# ---- what a client does: curl and openssl
est() { echo "$URL/.well-known/est/$1"; }
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
csr() { # NAME SUBJECT [openssl req options]
	[ -e "$1.key" ] || key "$1"
	openssl req -new -key "$1.key" -subj "$2" -outform DER -out "$1.der" "${@:3}"
	base64 "$1.der" >"$1.b64"
}
# post LOT OPERATION NAME [curl options]: the code; the body is in NAME.p7
post() {
	curl -sS --cacert "$cred/root.crt" -o "$3.p7" -D "$3.head" -w '%{http_code}' \
		-H 'Content-Type: application/pkcs10' --data-binary @"$3.b64" "${@:4}" "$(est "$1")/$2"
}
as() { echo "--cert $cred/$1.crt --key $cred/$1.key"; }
secret() { grep "^$1:" secrets; }
leaf() { base64 -d "$1.p7" | openssl pkcs7 -inform DER -print_certs | openssl x509 -outform PEM >"$1.crt"; }
# the leaf and its issuer, as device collect writes them
chain() {
	curl -sS --cacert "$cred/root.crt" "$(est "$2")/cacerts" | base64 -d |
		openssl pkcs7 -inform DER -print_certs | openssl x509 | cat "$1.crt" - >"$1.chain"
}
problem() { jq -r .type "$1.p7" | sed 's,.*/,,'; }

code=$(curl -sS --cacert "$cred/root.crt" -o ca.p7 -w '%{http_code} %{content_type}' "$(est "$lot")/cacerts")
claim "cacerts needs no credential" is "$code" "200 application/pkcs7-mime; smime-type=certs-only"
base64 -d ca.p7 | openssl pkcs7 -inform DER -print_certs >cas.pem
claim "it holds the issuing CA and the root" is "$(grep -c BEGIN cas.pem)" 2
claim "which verify" openssl verify -CAfile "$cred/root.crt" <(openssl x509 -in cas.pem)
curl -sS --cacert "$cred/root.crt" "$(est "$lot")/csrattrs" | base64 -d >attrs.der
claim "csrattrs is a template" grep -q '1.2.840.113549.1.9.16.2.61\|id-smime-aa-61\|:prime256v1' <<<"$(openssl asn1parse -inform DER -in attrs.der)"
curl -sS --cacert "$cred/root.crt" "$(est "$terminals")/csrattrs" | base64 -d >attrs2.der
claim "a terminal's asks for the TrE in it" grep -q dnQualifier <<<"$(openssl asn1parse -inform DER -in attrs2.der)"

csr TRE-E1 /CN=TRE-E1
claim "a supplier enrols a device" is "$(post "$lot" simpleenroll TRE-E1 $(as tresor-pki))" 200
leaf TRE-E1; chain TRE-E1 "$lot"
claim "and alone in the answer" is "$(base64 -d TRE-E1.p7 | openssl pkcs7 -inform DER -print_certs | grep -c BEGIN)" 1
claim "the certificate is of its key" is "$(openssl x509 -in TRE-E1.crt -noout -pubkey | sha256sum)" "$(openssl ec -in TRE-E1.key -pubout 2>/dev/null | sha256sum)"
claim "and verifies" openssl verify -x509_strict -CAfile "$cred/root.crt" -untrusted cas.pem TRE-E1.crt
serial() { openssl x509 -in "$1" -noout -serial | sed 's/.*=//' | tr A-F a-f; }
first=$(serial TRE-E1.crt)
claim "the same request again is the same certificate" is "$(post "$lot" simpleenroll TRE-E1 $(as tresor-pki)) $(leaf TRE-E1; serial TRE-E1.crt)" "200 $first"
csr TRE-E1 /CN=TRE-E1
claim "so is another request for the same key" is "$(post "$lot" simpleenroll TRE-E1 $(as tresor-pki)) $(leaf TRE-E1; serial TRE-E1.crt)" "200 $first"
base64 -w0 TRE-E1.der >TRE-E1.b64
claim "in one line" is "$(post "$lot" simpleenroll TRE-E1 $(as tresor-pki) -H 'Content-Transfer-Encoding: base64')" 200
base64 TRE-E1.der | sed 's/$/\r/' >TRE-E1.b64
claim "in lines that end as mail's do, and in chunks" is "$(post "$lot" simpleenroll TRE-E1 $(as tresor-pki) -H 'Transfer-Encoding: chunked')" 200
claim "the lot counts one" is "$(j tresor-pki lot show "$lot" | jq -r '"\(.enrolled) \(.issued)"')" "1 1"
claim "and the device is registered" is "$(j reader device show tre TRE-E1 | jq -r '"\(.state) \(.lot)"')" "accredited $lot"

# ---- whose certificate a process has not met shows it again, and nobody else notices
eight() { # NAME [OPTION...]: the same request eight times over one connection: codes, and connections made for it
	local urls=() n
	for n in 1 2 3 4 5 6 7 8; do urls+=(-o "$1.p7" "$(est "$lot")/simpleenroll"); done
	curl -sS --cacert "$cred/root.crt" -w '%{http_code} %{num_connects}\n' -H 'Content-Type: application/pkcs10' \
		--data-binary @"$1.b64" "${@:2}" "${urls[@]}" | sort | uniq -c | xargs
}
claim "eight requests over one connection" is "$(eight TRE-E1 $(as tresor-pki))" "7 200 0 1 200 1"
claim "and once more" is "$(eight TRE-E1 $(as tresor-pki))" "7 200 0 1 200 1"
print=$(openssl x509 -in "$cred/tresor-pki.crt" -noout -fingerprint -sha1 | cut -d= -f2 | tr -d : | tr A-F a-f)
forged=(-H "X-Client-Known-By: $print" -H "X-Client-Verify: SUCCESS" -H "X-Client-Ask-At: @nowhere")
claim "nobody becomes it by what it is known by" is "$(eight TRE-E1 "${forged[@]}" $(as karren-pki)) $(problem TRE-E1)" "7 404 0 1 404 1 LOT_UNKNOWN"
claim "nor without a certificate" is "$(eight TRE-E1 "${forged[@]}") $(problem TRE-E1)" "7 401 0 1 401 1 UNAUTHENTICATED"
claim "a secret needs none" is "$(csr TRE-S3f /CN=TRE-S3; eight TRE-S3f -u "$(secret TRE-S2)") $(problem TRE-S3f)" "7 401 0 1 401 1 SECRET_WRONG"

# ---- secrets
csr TRE-S1 /CN=TRE-S1
claim "a device enrols with its one-time secret" is "$(post "$lot" simpleenroll TRE-S1 -u "$(secret TRE-S1)")" 200
claim "and asks again with it" is "$(post "$lot" simpleenroll TRE-S1 -u "$(secret TRE-S1)")" 200
rm TRE-S1.key; csr TRE-S1 /CN=TRE-S1
claim "for another key it is used up" is "$(post "$lot" simpleenroll TRE-S1 -u "$(secret TRE-S1)") $(problem TRE-S1)" "401 SECRET_USED"
csr TRE-S2 /CN=TRE-S2
claim "another device's secret is no use" is "$(post "$lot" simpleenroll TRE-S2 -u "$(secret TRE-S3)") $(problem TRE-S2)" "401 SECRET_WRONG"
claim "under the own name neither" is "$(post "$lot" simpleenroll TRE-S2 -u "TRE-S2:$(secret TRE-S3 | cut -d: -f2)") $(problem TRE-S2)" "401 SECRET_WRONG"
claim "in another lot neither" is "$(post "$terminals" simpleenroll TRE-S2 -u "$(secret TRE-S2)") $(problem TRE-S2)" "401 SECRET_WRONG"
claim "who brings nothing is told what to bring" is "$(post "$lot" simpleenroll TRE-S2) $(grep -ci '^www-authenticate: basic' TRE-S2.head)" "401 1"
cp TRE-S2.key TRE-S2b.key; csr TRE-S2b /CN=TRE-S2
csr TRE-S2c /CN=TRE-S2
for n in TRE-S2b TRE-S2c; do post "$lot" simpleenroll $n -u "$(secret TRE-S2)" >"$n.code" & done
wait %2 %3 2>/dev/null || wait $(jobs -p | tail -2) 2>/dev/null
claim "of two at the same time one gets it" is "$(cat TRE-S2b.code TRE-S2c.code | grep -o 200 | wc -l)" 1
claim "no secret is in a log" is "$(grep -rlF -f <(cut -d: -f2 secrets) "$VAR/log" | wc -l)" 0

# ---- who gets nothing
csr TRE-X /CN=TRE-X
claim "another supplier's person" is "$(post "$lot" simpleenroll TRE-X $(as karren-pki)) $(problem TRE-X)" "404 LOT_UNKNOWN"
claim "an operator's" is "$(post "$lot" simpleenroll TRE-X $(as mobilfunk-hlr)) $(problem TRE-X)" "403 ROLE_NOT_ALLOWED"
cat TRE-E1.crt cas.pem >TRE-E1.both
claim "a device with its certificate, as a new one" is "$(post "$lot" simpleenroll TRE-X --cert TRE-E1.both --key TRE-E1.key) $(problem TRE-X)" "401 CERTIFICATE_NOT_REGISTERED"
claim "one without a name" is "$(csr NO /O=x; post "$lot" simpleenroll NO $(as tresor-pki)) $(problem NO)" "400 DEVICE_ID_MISSING"
claim "one with two" is "$(csr TWO /CN=TRE-A/CN=TRE-B; post "$lot" simpleenroll TWO $(as tresor-pki)) $(problem TWO)" "400 CSR_MALFORMED"
claim "one with a name of no device" is "$(csr LOW /CN=tre-low; post "$lot" simpleenroll LOW $(as tresor-pki)) $(problem LOW)" "400 DEVICE_ID"
claim "one with an IMSI" is "$(csr IMSI '/CN=TRE-I/OU=IMSI 262011234567890'; post "$lot" simpleenroll IMSI $(as tresor-pki)) $(problem IMSI)" "400 SUBSCRIBER_DATA_REFUSED"
{ cat TRE-X.der; printf '\0'; } | base64 >TAIL.b64
claim "one with an octet behind" is "$(post "$lot" simpleenroll TAIL $(as tresor-pki)) $(problem TAIL)" "400 CSR_MALFORMED"
sed 's/TRE-X/TRE-Y/' TRE-X.der | base64 >BENT.b64
claim "one that was changed" is "$(post "$lot" simpleenroll BENT $(as tresor-pki)) $(problem BENT)" "400 CSR_SIGNATURE"
echo '!!!' >JUNK.b64
claim "one that is no base64" is "$(post "$lot" simpleenroll JUNK $(as tresor-pki)) $(problem JUNK)" "400 CSR_MALFORMED"
head -c 9000 /dev/zero | base64 >LONG.b64
claim "one that is too long" is "$(post "$lot" simpleenroll LONG $(as tresor-pki))" 413
claim "a lot that is none" is "$(post LOT-1999-000001 simpleenroll TRE-X $(as tresor-pki)) $(problem TRE-X)" "404 LOT_UNKNOWN"
claim "one who wants its key made for it" is "$(post "$lot" serverkeygen TRE-X $(as tresor-pki)) $(problem TRE-X)" "403 KEY_NOT_OURS_TO_MAKE"
csr TRE-E1x /CN=TRE-E1
claim "another key for a registered id, which is a clone" is "$(post "$lot" simpleenroll TRE-E1x $(as tresor-pki)) $(problem TRE-E1x)" "409 ID_REGISTERED"
claim "and becomes an incident" is "$(j reader incident list | jq -r '.incidents[0].kind')" clone
cp TRE-E1.key TRE-E2.key; csr TRE-E2 /CN=TRE-E2
claim "a registered key under another id" is "$(post "$lot" simpleenroll TRE-E2 $(as tresor-pki)) $(problem TRE-E2)" "409 KEY_REGISTERED"
stolen=$(psql -h "$run" -U assay_api -d assay -qAtX 2>&1 <<<"INSERT INTO assay.lot_row (lot_id, row, device_id, csr, state) VALUES ($(record "SELECT id FROM lot WHERE number = '$lot'"), 9, 'TRE-Z', '\\x00', 'received')")
claim "who has stolen the api's role adds no row by hand" grep -q "LOT_CLOSED\|may be added only" <<<"$stolen"
stolen=$(psql -h "$run" -U assay_api -d assay -qAtX 2>&1 <<<"UPDATE assay.lot SET count = 1000 WHERE number = '$lot'")
claim "nor makes the lot larger" grep -q "permission denied" <<<"$stolen"

# ---- requests as no client should send them: refused with a text, and never our fault
count() { record "SELECT count(*) FROM certificate WHERE device_id IS NOT NULL"; }
before=$(count)
# raw "sentence" "CODE TYPE" FILE [curl options]: to simpleenroll, as it is
raw() {
	local code
	code=$(curl -sS --cacert "$cred/root.crt" -o raw.out -w '%{http_code}' -H "Content-Type: ${4-application/pkcs10}" \
		--data-binary @"$3" "${@:5}" $(as tresor-pki) "$(est "$lot")/simpleenroll")
	claim "$1" is "$code $(jq -r .type raw.out | sed 's,.*/,,') $(jq -r '.detail | length > 20' raw.out)" "$2 true"
}
csr TRE-ODD /CN=TRE-ODD
raw "another media type" "415 MEDIA_TYPE" TRE-ODD.b64 application/pkcs7-mime
raw "none" "415 MEDIA_TYPE" TRE-ODD.b64 ""
raw "as DER" "400 CSR_MALFORMED" TRE-ODD.der
raw "as DER that says it is" "400 CSR_MALFORMED" TRE-ODD.der application/pkcs10 -H 'Content-Transfer-Encoding: binary'
openssl req -inform DER -in TRE-ODD.der >TRE-ODD.pem
raw "as PEM" "400 CSR_MALFORMED" TRE-ODD.pem
tr '+/' '-_' <TRE-ODD.b64 | sed 's/$/-_/' >odd.b64
raw "in base64url" "400 CSR_MALFORMED" odd.b64
base64 -w0 TRE-ODD.der | sed 's/=*$//; s/.$//' >odd.b64
raw "cut off" "400 CSR_MALFORMED" odd.b64
{ cat TRE-ODD.b64; echo '='; } >odd.b64
raw "with too much of padding" "400 CSR_MALFORMED" odd.b64
{ cat TRE-ODD.b64; cat TRE-ODD.b64; } >odd.b64
raw "twice" "400 CSR_MALFORMED" odd.b64
{ head -c 40 TRE-ODD.b64; printf '\0'; tail -c +41 TRE-ODD.b64; } >odd.b64
raw "with a NUL in it" "400 CSR_MALFORMED" odd.b64
: >odd.b64
raw "empty" "400 CSR_MALFORMED" odd.b64
printf ' \r\n\t\r\n' >odd.b64
raw "of blanks" "400 CSR_MALFORMED" odd.b64
sed 's/\x02\x01\x00\x30/\x02\x01\x01\x30/' TRE-ODD.der | base64 >odd.b64
raw "of another version (RFC 2986 section 4.1)" "400 CSR_MALFORMED" odd.b64
sed 's/\x2a\x86\x48\xce\x3d\x04\x03\x02/\x2a\x86\x48\xce\x3d\x04\x03\x04/' TRE-ODD.der | base64 >odd.b64
raw "signed in another way than its key's" "400 KEY_NOT_ALLOWED" odd.b64
openssl req -new -key TRE-ODD.key -subj /CN=TRE-ODD -sha1 -outform DER | base64 >odd.b64
raw "with SHA-1" "400 KEY_NOT_ALLOWED" odd.b64
for method in GET "PUT -d x" DELETE PATCH; do
	claim "${method%% *} is none of its methods" is "$(curl -sS --cacert "$cred/root.crt" -o raw.out -w '%{http_code}' -X $method "$(est "$lot")/simpleenroll") $(jq -r .type raw.out | sed 's,.*/,,')" "405 METHOD_NOT_ALLOWED"
done
for where in LOT-1999-000001/cacerts LOT-1999-000001/csrattrs "$(printf 'x%.0s' {1..300})/cacerts" "%00/cacerts" "..%2f/cacerts" "$lot/fullcmc" "$lot/cacerts/x" "$lot/"; do
	code=$(curl -sS --path-as-is --cacert "$cred/root.crt" -o raw.out -w '%{http_code}' "$(est "$where")")
	claim "nothing is at ${where:0:40}" grep -Eq "^(400|404) .+" <<<"$code $(jq -r .type raw.out)"
done
claim "none of it made a certificate" is "$(count)" "$before"
# What it says beside its key and the device is not read (RFC 7030 section 4.2.3: the CA's policy).
cat >odd.cnf <<-CNF
	[req]
	distinguished_name = dn
	attributes = attributes
	req_extensions = ext
	prompt = no
	[dn]
	CN = TRE-ODD
	[attributes]
	challengePassword = c29tZXRoaW5nIHRoYXQgaXMgbm90IG9mIHRoaXMgVExT
	unstructuredName = what nobody knows
	[ext]
	subjectAltName = DNS:www.example.org,email:x@example.org
	basicConstraints = critical,CA:TRUE
CNF
openssl req -new -key TRE-ODD.key -config odd.cnf -outform DER | base64 >TRE-ODD.b64
claim "with attributes and extensions of its own it gets what any gets" is "$(post "$lot" simpleenroll TRE-ODD $(as tresor-pki))" 200
leaf TRE-ODD
claim "which has none of them" is "$(openssl x509 -in TRE-ODD.crt -noout -text | grep -c "example.org\|CA:TRUE\|challenge")" 0

# ---- strongSwan's client, which names no lot
key TRE-S3
pki --req --in TRE-S3.key --type ecdsa --dn "CN=TRE-S3" --digest sha256 >TRE-S3.req
# TLS 1.3 must be allowed to it; and it knows no critical certificate policies.
echo 'pki { tls { version_max = 1.3 }  x509 { enforce_critical = no } }' >strongswan.conf
export STRONGSWAN_CONF=$d/strongswan.conf
sw() { pki --est --url "$URL" --cacert "$cred/root.crt" --cacert sub.pem --outform pem "$@"; }
openssl x509 -in cas.pem -out sub.pem
claim "strongSwan's client reads the root" pki --estca --url "$URL" --cacert "$cred/root.crt" --caout sw-ca --outform pem --force
claim "and enrols with a secret" eval 'sw --in TRE-S3.req --userpass "$(secret TRE-S3)" >TRE-S3.crt'
claim "its certificate verifies" openssl verify -x509_strict -CAfile "$cred/root.crt" -untrusted cas.pem TRE-S3.crt
key TRE-S3n
pki --req --in TRE-S3n.key --type ecdsa --oldreq TRE-S3.req --digest sha256 >TRE-S3n.req 2>/dev/null ||
	pki --req --in TRE-S3n.key --type ecdsa --dn "CN=TRE-S3" --digest sha256 >TRE-S3n.req
claim "it renews with that certificate" eval 'sw --in TRE-S3n.req --cacert sub.pem --cert TRE-S3.crt --key TRE-S3.key >TRE-S3n.crt'
claim "for another key" is "$(openssl x509 -in TRE-S3n.crt -noout -pubkey | sha256sum)" "$(openssl ec -in TRE-S3n.key -pubout 2>/dev/null | sha256sum)"
claim "and the first is superseded" is "$(j reader cert show "$(serial TRE-S3.crt)" | jq -r .reason)" superseded

# ---- terminals, and renewal
csr TERM-E1 /CN=TERM-E1/dnQualifier=TRE-E1/serialNumber=35123456
claim "a terminal enrols with the TrE that it contains" is "$(post "$terminals" simpleenroll TERM-E1 $(as karren-pki))" 200
leaf TERM-E1; chain TERM-E1 "$terminals"
claim "they are bound" is "$(j reader device show terminal TERM-E1 | jq -r '"\(.tre) \(.tac)"')" "TRE-E1 35123456"
csr TERM-E2 /CN=TERM-E2/dnQualifier=TRE-E1
claim "another with the same TrE does not" is "$(post "$terminals" simpleenroll TERM-E2 $(as karren-pki)) $(problem TERM-E2)" "409 TRE_BOUND_ELSEWHERE"
csr TERM-Y /CN=TERM-Y/dnQualifier=TRE-Y
claim "nor one whose TrE nobody knows" is "$(post "$terminals" simpleenroll TERM-Y $(as karren-pki)) $(problem TERM-Y)" "409 TRE_UNKNOWN"
csr TRE-Y /CN=TRE-Y
claim "but with the same octets once it is there" is "$(post "$lot" simpleenroll TRE-Y $(as tresor-pki)) $(post "$terminals" simpleenroll TERM-Y $(as karren-pki))" "200 200"
mkdir -p "$VAR/devices"
both() { cat "$1.chain" >"$VAR/devices/$1.crt"; openssl pkcs8 -topk8 -nocrypt -in "$1.key" -out "$VAR/devices/$1.key"; }
both TRE-E1; both TERM-E1
for_tls() { openssl verify -purpose "$1" -CAfile "$cred/root.crt" -untrusted "$2.chain" "$2.crt" 2>&1; }
for name in TRE-E1 TERM-E1; do
	claim "by its certificate $name is a TLS client" grep -q ": OK$" <<<"$(for_tls sslclient $name)"
	claim "and no server, whatever its CN is like" grep -Eq "(unsuitable|unsupported) certificate purpose" <<<"$(for_tls sslserver $name)"
done
answers "a download to the two is permitted" permit - --tre TRE-E1 --terminal TERM-E1

renew() { post "$1" simplereenroll "$2" --cert "$3.both" --key "$3.key"; }
cp TERM-E1.chain TERM-E1.both
csr NEW /CN=anything
claim "a terminal renews with its certificate, for a new key" is "$(renew "$terminals" NEW TERM-E1)" 200
leaf NEW; chain NEW "$terminals"
claim "the certificate is of the new key" is "$(openssl x509 -in NEW.crt -noout -pubkey | sha256sum)" "$(openssl ec -in NEW.key -pubout 2>/dev/null | sha256sum)"
claim "of the same device" is "$(openssl x509 -in NEW.crt -noout -subject)" "$(openssl x509 -in TERM-E1.crt -noout -subject)"
claim "asked again it is the same" is "$(renew "$terminals" NEW TERM-E1) $(s=$(serial NEW.crt); leaf NEW; [ "$(serial NEW.crt)" = "$s" ] && echo same)" "200 same"
claim "the old one is superseded" is "$(j reader cert show "$(serial TERM-E1.crt)" | jq -r '"\(.state) \(.reason)"')" "revoked superseded"
claim "the register has one terminal, in its first lot" is "$(j reader device show terminal TERM-E1 | jq -r '"\(.lot) \(.tre) \(.certificates | length)"')" "$terminals TRE-E1 2"
claim "it is no new device: the quota stays" is "$(record "SELECT used FROM coc WHERE number LIKE 'TER%'") $(j karren-pki lot show "$terminals" | jq -r '"\(.issued) \(.renewed)"')" "2 2 1"
answers "the old certificate is refused" refuse CERTIFICATE_REVOKED --tre TRE-E1 --terminal TERM-E1
cp TERM-E1.both OLD.both; cp TERM-E1.key OLD.key
cp NEW.chain TERM-E1.chain; cp NEW.key TERM-E1.key; both TERM-E1
answers "the new one is permitted" permit - --tre TRE-E1 --terminal TERM-E1
csr NEW2 /CN=anything
claim "the old one renews nothing more" is "$(renew "$terminals" NEW2 OLD) $(problem NEW2)" "403 DEVICE_NOT_GOOD"
claim "nor in another's lot" is "$(post "$lot" simplereenroll NEW2 --cert NEW.chain --key NEW.key) $(problem NEW2)" "403 DEVICE_FOREIGN"
claim "nor a person" is "$(post "$terminals" simplereenroll NEW2 $(as karren-pki)) $(problem NEW2)" "403 DEVICE_FOREIGN"
claim "nor nobody" is "$(post "$terminals" simplereenroll NEW2) $(problem NEW2)" "401 UNAUTHENTICATED"
cp NEW.key SAME.key; csr SAME /CN=x
claim "nor the same key" is "$(post "$terminals" simplereenroll SAME --cert NEW.chain --key NEW.key) $(problem SAME)" "409 KEY_REGISTERED"
record "UPDATE rate SET most = 1 WHERE name = 'device_renewals'"
claim "a device renews so often in a day only, or it would use its lot up for all others" is "$(post "$terminals" simplereenroll NEW2 --cert NEW.chain --key NEW.key) $(problem NEW2)" "429 RATE_LIMITED"
claim "what it was given it is given again" is "$(renew "$terminals" NEW OLD)" 200
# once more, behind a request of the maker's for the same device
once_more() {
	record "BEGIN; INSERT INTO enrolment (lot_id, row, device_id, spki_sha256, principal_id)
		SELECT lot_id, row + 1000, device_id, spki_sha256, 1 FROM enrolment WHERE renews_issuer IS NOT NULL ORDER BY created DESC LIMIT 1;
		SELECT rate_renewal(lot_id, device_id) FROM enrolment ORDER BY created DESC LIMIT 1; ROLLBACK" 2>&1
}
claim "whatever else was asked for it in between" grep -q "too often: 1 renewals" <(once_more)
record "UPDATE rate SET most = 16 WHERE name = 'device_renewals'"
now=$(serial NEW.crt)
claim "the certificate is put on hold" a security-1 cert hold "$now" --legal-basis "a doubt"
claim "and then renews nothing" is "$(post "$terminals" simplereenroll NEW2 --cert NEW.chain --key NEW.key) $(problem NEW2)" "403 DEVICE_NOT_GOOD"

# ---- a device that renews in another lot stays in its own
first=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 4 --renewal | jq -r .number)
second=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 6 --renewal | jq -r .number)
claim "two lots are opened" until_true 10 eval 'in_state "$first" open && in_state "$second" open'
# fresh NAME: a device of the first lot, with its certificate as it shows it
fresh() { csr "$1" "/CN=$1" && is "$(post "$first" simpleenroll "$1" $(as tresor-pki))" 200 && leaf "$1" && chain "$1" "$first" && cp "$1.chain" "$1.both"; }
fresh TRE-R1; fresh TRE-R2; fresh TRE-R3; fresh TRE-R4
csr R1 /CN=x
claim "a device of one lot renews in another" is "$(renew "$second" R1 TRE-R1)" 200
leaf R1; chain R1 "$second"; cp R1.chain R1.both
is_in() { is "$(record "SELECT l.number FROM certificate c JOIN lot l ON l.id = c.lot_id WHERE c.serial = '\\x$(serial "$1.crt")'")" "$2"; }
claim "its certificate is of the first" is_in R1 "$first"
claim "the register has it there" is "$(j reader device show tre TRE-R1 | jq -r .lot)" "$first"
hold=$(j security-1 measure impose --kind hold --scope-kind lot --scope "$first" --legal-basis "section 9" | jq -r .number)
claim "the first lot is put on hold" a security-2 approve "$hold"
R1_is() { is "$(j reader cert show "$(serial R1.crt)" | jq -r .state)" "$1"; }
status_is() { openssl ocsp -issuer sub.pem -cert R1.crt -url "$PUBLIC_URL/ocsp" -CAfile "$cred/root.crt" 2>/dev/null | grep "^R1.crt: $1"; }
claim "which reaches the renewed certificate" R1_is on_hold
claim "by OCSP, too" until_true 10 status_is revoked
csr R1b /CN=x
claim "and it renews nothing" is "$(renew "$second" R1b R1) $(problem R1b)" "403 DEVICE_NOT_GOOD"
claim "the hold is lifted" lift_measure "$hold"
claim "it is good again" until_true 10 status_is good
claim "and renews" is "$(renew "$second" R1b R1)" 200

# ---- what ends while a renewal waits
claim "a device is stolen" a tresor-pki device stolen tre TRE-R4 --detail "a burglary"
theft=$(j reader incident list | jq -r '.incidents[0].number')
claim "which is triaged" a officer-1 incident triage "$theft" --severity major --reason "police report"
claim "and confirmed" a decider-1 incident confirm "$theft" --reason "police report"
csr R4 /CN=x
claim "whoever has it renews nothing" is "$(renew "$second" R4 TRE-R4) $(problem R4)" "403 DEVICE_NOT_GOOD"
authority=$(pgrep -P "$RUN_PID" assay-authority)
clones() { j reader incident list | jq '[.incidents[] | select(.kind == "clone")] | length'; }
clones=$(clones)
of_row() { is "$(record "SELECT r.state || ' ' || coalesce(r.reason, '') FROM lot_row r JOIN lot l ON l.id = r.lot_id WHERE l.number = '$second' AND r.device_id = '$1'")" "$2"; }
kill -STOP "$authority"
csr R2 /CN=x
claim "one asks" is "$(renew "$second" R2 TRE-R2)" 202
claim "its certificate is revoked before the answer" a security-1 cert revoke "$(serial TRE-R2.crt)" --reason keyCompromise
kill -CONT "$authority"
claim "nothing is made" until_true 10 of_row TRE-R2 "refused DEVICE_NOT_GOOD"
claim "nor asked for again" is "$(renew "$second" R2 TRE-R2) $(problem R2)" "403 DEVICE_NOT_GOOD"
claim "and nobody calls it a clone" is "$(clones)" "$clones"

# The last moment: judged, signed, and waiting for the CoC to store it.
csr R3 /CN=x
coproc LOCK { psql -h "$run" -d assay -qAtX; }
lock=$LOCK_PID
echo "SET search_path = assay; BEGIN; SELECT c.number FROM coc c JOIN lot l ON l.coc_id = c.id WHERE l.number = '$second' FOR UPDATE OF c;" >&"${LOCK[1]}"
read -r -t 10 locked <&"${LOCK[0]}"
renew "$second" R3 TRE-R3 >R3.code &
stored=$!
waits() { record "SELECT 1 FROM pg_stat_activity WHERE usename = 'assay_authority' AND wait_event_type = 'Lock'" | grep -q 1; }
claim "one is about to be stored (behind $locked)" until_true 10 waits
claim "its certificate is revoked in that moment" a security-1 cert revoke "$(serial TRE-R3.crt)" --reason keyCompromise
echo "COMMIT; \\q" >&"${LOCK[1]}"
wait "$lock" 2>/dev/null
wait "$stored"
claim "nothing is made of that either" until_true 10 of_row TRE-R3 "refused DEVICE_NOT_GOOD"
claim "no good certificate is left to it" is "$(record "SELECT count(*) FROM certificate c JOIN device d ON d.id = c.device_id WHERE d.device_id = 'TRE-R3' AND c.state <> 'revoked'")" 0
claim "the lot goes on" in_state "$second" open

# ---- ends
once=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 1 | jq -r .number)
csr TRE-O1 /CN=TRE-O1; csr TRE-O2 /CN=TRE-O2
enrolled() { [ "$(post "$once" simpleenroll TRE-O1 $(as tresor-pki))" = 200 ]; }
claim "a lot for one takes one" until_true 10 enrolled
claim "and no second" is "$(post "$once" simpleenroll TRE-O2 $(as tresor-pki)) $(problem TRE-O2)" "409 LOT_FULL"
claim "nor does anybody renew under one that is for new ones" is "$(post "$once" simplereenroll NEW2 --cert TRE-E1.both --key TRE-E1.key) $(problem NEW2)" "409 LOT_NOT_FOR_RENEWAL"
claim "its supplier closes it" a tresor-pki lot close "$once"
refused LOT_STATE "once" assay lot close "$once" --as tresor-pki
claim "closed it still gives what was issued" is "$(post "$once" simpleenroll TRE-O1 $(as tresor-pki))" 200
short=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 5 --days 1 | jq -r .number)
claim "another is opened for a day" until_true 10 in_state "$short" open
until=$(record "SELECT extract(epoch FROM until)::bigint FROM lot WHERE number = '$short'")
at() { record "INSERT INTO test_clock (now) VALUES ('$1') ON CONFLICT (one) DO UPDATE SET now = excluded.now"; }
at "$(date -u -d "@$((until - 1))" +%FT%TZ)"
sleep 2
claim "the second before its end it is open" in_state "$short" open
at "$(date -u -d "@$until" +%FT%TZ)"
claim "at its end the clock closes it" until_true 10 in_state "$short" issued
csr TRE-L /CN=TRE-L
claim "and it takes nothing" is "$(post "$short" simpleenroll TRE-L $(as tresor-pki)) $(problem TRE-L)" "409 LOT_CLOSED"
record "DELETE FROM test_clock"

# ---- the authority stands still; then the site loses its accreditation
authority=$(pgrep -P "$RUN_PID" assay-authority)
kill -STOP "$authority"
csr TRE-W /CN=TRE-W
claim "while nobody issues, the answer is: later" is "$(post "$lot" simpleenroll TRE-W $(as tresor-pki)) $(grep -ci '^retry-after' TRE-W.head)" "202 1"
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out TRE-N.key 2>/dev/null
csr TRE-N /CN=TRE-N -sha384
claim "for one that will be refused, too" is "$(post "$lot" simpleenroll TRE-N $(as tresor-pki))" 202
kill -CONT "$authority"
issued() { [ "$(post "$lot" simpleenroll TRE-W $(as tresor-pki))" = 200 ]; }
claim "and later it is there" until_true 10 issued
came() { j reader lot show "$lot" | jq .enrolled; }
asked=$(came)
refused_again() { is "$(post "$lot" simpleenroll TRE-N $(as tresor-pki)) $(problem TRE-N)" "409 KEY_NOT_ALLOWED"; }
claim "who asks again with the same hears why not" until_true 10 refused_again
claim "as often as they ask" refused_again
claim "and that is one request" is "$(came)" "$asked"
later=$(sql "SELECT to_char((assay_now() + interval '11 minutes') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
at "$later"
claim "a while later it is a new one" refused_again
claim "which counts" is "$(came)" $((asked + 1))
record "DELETE FROM test_clock"
claim "the site is suspended" a security-1 site suspend tresor-dresden --reason "a fire"
csr TRE-V /CN=TRE-V
claim "nothing is issued any more" is "$(post "$lot" simpleenroll TRE-V $(as tresor-pki)) $(problem TRE-V)" "409 LOT_STOPPED"
finish
