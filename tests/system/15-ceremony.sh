#!/usr/bin/env bash
# A root that is offline: whole ceremonies from a script, without instance,
# network or database, with 2 of 3 custodians; openssl judges what they made.
# A new root, the same root again, the next root beside the old one with links
# and another algorithm, a root on a token.
. "$(dirname "$0")/lib.sh"
umask 077
cd "$work" || exit 1
assay() { env -u ASSAY_VAR "$bin/assay" "$@"; }
ca() { assay ca "$@"; }
not() { ! "$@"; }
now=$(date -u +%FT%TZ)
later=$(date -u -d '+180 days' +%FT%TZ)

for name in anna bert cleo dora; do
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $name.key 2>/dev/null
	openssl pkey -in $name.key -pubout -out $name.pem
done
for name in access issuer-3 issuer-4 root-ocsp; do
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $name.key \
		-subj "/CN=$name" -outform DER -out $name.csr 2>/dev/null
done

# ask NAME PROFILE ISSUER_ID SERIAL CN ROLE: one request, of NAME.csr if there is one.
ask() {
	local csr=null role=null
	[ -e "$1.csr" ] && csr="\"$(base64 -w0 "$1.csr")\""
	[ -n "$6" ] && role="\"$6\""
	printf '{"name":"%s","profile":"%s","issuer_id":%s,"serial":"01%s%030d","country":"DE",
		"organisation":"Aufsicht","common_name":"%s","role":%s,"csr":%s}' \
		"$1" "$2" "$3" "$4" 0 "$5" "$role" "$csr"
}
# requests FILE ROOT ROOT_ID CRL REQUEST...: the file, unsigned; $after: the root
# before it.
n=0 after=null
requests() {
	local file=$1 root=$2 id=$3 crl=$4
	shift 4
	n=$((n + 1))
	jq -s --arg now "$(date -u +%FT%TZ)" --argjson n $n --argjson root "$root" --argjson id "$id" --argjson crl "$crl" \
		--argjson after "$after" \
		'{assay: "ca-requests/1", number: $n, made: $now, public_url: "http://pki.example",
		oid_arc: "2.999.33812", root: $root, previous_root: $after, root_algorithm: null,
		root_id: $id, certificates: ., crl: $crl, signature: null}' \
		<<<"$*" >"$file"
}
# signed FILE SIGNER CA: by SIGNER.key and its certificate under CA (access.key)
signed() {
	"$bin/tests/requests_signer" "$1" "$2.key" "$2.crt" "$3" >signed.json && mv signed.json "$1"
}
# signer NAME CA PURPOSE: a key, and a certificate for it by that access CA
signer() {
	printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=%s\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' "$3" >signer.ext
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
		-subj "/C=DE/O=Aufsicht/CN=$1" -out "$1.req" 2>/dev/null &&
		openssl x509 -req -in "$1.req" -CA "$2" -CAkey access.key -extfile signer.ext -days 30 \
			-set_serial "0x01$(openssl rand -hex 16)" -out "$1.crt" 2>/dev/null
}
crl() { jq -n --arg now "$now" --arg later "$later" --argjson n "$1" --argjson revoked "$2" \
	'{number: $n, this_update: $now, next_update: $later, revoked: $revoked}'; }
# script NAME REQUESTS ROOT CERTIFY [MORE]: NAME.yaml, whose results go to NAME.
script() {
	cat >"$1.yaml" <<-EOF
	title: $1
	date: $now
	requests: {file: $2, sha256: $(sha256sum <"$2" | cut -c-64)}
	root: $3
	certify: $4
	custodians:
	  - {name: anna, key: anna.pem}
	  - {name: bert, key: bert.pem}
	  - {name: cleo, key: cleo.pem}
	needed: 2
	results: $1
	${5:-}
	EOF
}
# confirmed NAME WHO...: a new root's key is made, each confirms, and the
# ceremony is carried out.
confirmed() {
	local name=$1 who args=()
	shift
	! ca ceremony "$name.yaml" --dry-run | grep -q 'yet to be made' || ca ceremony key "$name.yaml" || return
	for who; do
		rm -f "$name-$who.jws"
		ca ceremony confirm "$name.yaml" --key "$who.key" --out "$name-$who.jws" --quiet || return
		args+=(--confirmation "$name-$who.jws")
	done
	ca ceremony "$name.yaml" "${args[@]}"
}
pem() { openssl x509 -in "$1" -out "${1%.cer}.pem"; }
text() { openssl x509 -in "$1" -noout -text; }

# ---- a new root

requests first.json null 1 "$(crl 1 '[]')" \
	"$(ask root root 1 00 'Root CA' '')" "$(ask access access_ca 2 01 'Access CA' '')" \
	"$(ask issuer-3 issuing_ca 3 02 'TrE CA 3' tre)" "$(ask root-ocsp ocsp_signer 0 03 'OCSP root' '')"
all='[{name: root}, {name: access}, {name: issuer-3, days: 3650}, {name: root-ocsp}]'
echo "a long passphrase" >secret
script first first.json '{new: true, algorithm: P-384, key: {file: root.key, passphrase: fd:3}}' \
	"$all" 'crl: {number: 1, previous: none}'

touch before
sleep 1.1
claim "a dry run shows every certificate" ca ceremony first.yaml --dry-run
dry=$(ca ceremony first.yaml --dry-run)
claim "and that nobody has signed the requests" grep -q '^requests: number 1 of .*NOT SIGNED' <<<"$dry"
nothing_new() { [ -z "$(find . -newer before ! -name .)" ]; }
claim "and writes nothing" nothing_new
echo "$dry" >dry.txt
claim "the issuing CA's, as it will be" grep -q 'subject: C=DE, O=Aufsicht, CN=TrE CA 3' dry.txt
claim "with its constraints" grep -q 'basicConstraints, critical: CA, path length 0' dry.txt
claim "and the CRL" grep -q '^number: 1$' dry.txt
claim "two dry runs show the same digest" \
	test "$(grep ^digest dry.txt)" = "$(ca ceremony first.yaml --dry-run | grep ^digest)"
claim "and say that the root's key is yet to be made" grep -q "yet to be made" dry.txt
claim "the digest covers the requests as they were reviewed" grep -q "^requests $(sha256sum <first.json | cut -c-64)$" dry.txt

refused ROOT_KEY_MISSING "nobody confirms a key that is yet to be made" \
	ca ceremony confirm first.yaml --key anna.key --out first-anna.jws
refused ROOT_KEY_MISSING "nor is anything signed with one" ca ceremony first.yaml
claim "so the root's key is made" grep -q 'made now' <(ca ceremony key first.yaml 3<secret)
claim "once" grep -q 'was there already' <(ca ceremony key first.yaml 3<secret)
claim "and is in what is confirmed" grep -q "^root-key $(openssl pkey -pubin -in root.key.pub -outform DER | sha256sum | cut -c-64)$" \
	<(ca ceremony first.yaml --dry-run)
claim "custodians confirm, and see what" grep -q 'CN=TrE CA 3' \
	<(ca ceremony confirm first.yaml --key anna.key --out first-anna.jws)
refused CONFIRMATIONS_MISSING "without confirmations nothing is done" ca ceremony first.yaml
refused CONFIRMATIONS_MISSING "nor with one" ca ceremony first.yaml --confirmation first-anna.jws
refused CONFIRMATION_TWICE "nor with one that is there twice" \
	ca ceremony first.yaml --confirmation first-anna.jws --confirmation first-anna.jws
refused CONFIRMATION_STRANGER "a stranger cannot confirm" \
	ca ceremony confirm first.yaml --key dora.key --out first-dora.jws
claim "a confirmation is a file, and nothing is written over" \
	exits 5 ca ceremony confirm first.yaml --key anna.key --out first-anna.jws
claim "there is no root yet" test ! -e first
carry_out() { confirmed first anna bert 3<secret; }
claim "two of three carry it out" carry_out
claim "the root's key is encrypted" grep -q 'BEGIN ENCRYPTED PRIVATE KEY' root.key
claim "the folder has what was asked for" \
	test "$(ls first | tr '\n' ' ')" = "access.cer issuer-3.cer root-ocsp.cer root.cer root.crl transcript.json "
for f in first/*.cer; do pem "$f"; done
mkdir pem && mv first/*.pem pem/
openssl crl -in first/root.crl -out pem/crl.pem
claim "the root is of P-384" grep -q 'ASN1 OID: secp384r1' <(text pem/root.pem)
claim "openssl verifies the CAs under it, with its CRL" \
	openssl verify -x509_strict -crl_check -CRLfile pem/crl.pem -CAfile pem/root.pem pem/access.pem pem/issuer-3.pem
claim "and the OCSP key for its purpose" openssl verify -purpose ocsphelper -CAfile pem/root.pem pem/root-ocsp.pem
claim "and the CRL" openssl crl -in first/root.crl -CAfile pem/root.pem -noout -verify
claim "the CRL has its number" grep -q '0x01' <(openssl crl -in first/root.crl -noout -crlnumber)
claim "the serial number is the one that was reserved" \
	test "$(openssl x509 -in pem/issuer-3.pem -noout -serial)" = "serial=0102000000000000000000000000000000"

# leaf NAME CA: a certificate for C=DE, O=Aufsicht by CA.pem and its key
leaf() {
	printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' >leaf.ext
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
		-subj "/C=DE/O=Aufsicht/CN=$1" -out "$1.req" 2>/dev/null &&
		openssl x509 -req -in "$1.req" -CA "$2.pem" -CAkey "${2##*/}.key" -extfile leaf.ext \
			-CAcreateserial -out "$1.pem" 2>/dev/null
}
leaf device pem/issuer-3
claim "a device's path leads from the issuing CA to the root" \
	openssl verify -x509_strict -CAfile pem/root.pem -untrusted pem/issuer-3.pem device.pem

# ---- verified, and every tampering refused

claim "the transcript holds" ca transcript verify first --root pem/root.pem --script first.yaml
claim "it says so to programs, too" test "$(ca transcript verify first --json | jq -r .valid)" = true
claim "and tells who confirmed" grep -q 'confirmed by bert' <(ca transcript verify first)
# tampered CODE WHAT COMMAND...: done to a copy
tampered() {
	local code=$1 what=$2
	shift 2
	rm -rf copy
	cp -r first copy
	(cd copy && "$@") || { not_ok "$what (could not be done)"; return; }
	refused "$code" "$what" ca transcript verify copy --root pem/root.pem --script first.yaml
}
octet() { printf '\x55' | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null; }
edit() { jq "$1" transcript.json >t && mv t transcript.json; }
tampered ARTEFACT_ALTERED "an octet of a certificate" octet issuer-3.cer 200
tampered ARTEFACT_ALTERED "an octet of the root" octet root.cer 100
tampered ARTEFACT_ALTERED "an octet of the CRL" octet root.crl 60
tampered ARTEFACT_MISSING "a certificate that is missing" rm access.cer
tampered ARTEFACT_UNKNOWN "a certificate more" cp access.cer more.cer
tampered CONFIRMATION_REMOVED "a confirmation less" edit '.transcript.confirmations |= .[:1]'
tampered CONFIRMATION_EXCHANGED "confirmations exchanged" edit '.transcript.confirmations |= reverse'
tampered TRANSCRIPT_ORDER "another order" edit '.transcript.records |= (.[:4] + [.[5], .[4]] + .[6:])'
tampered TRANSCRIPT_SIGNATURE "another word" edit '.transcript.records[3].where = "elsewhere"'
tampered CEREMONY_REFUSED "other requests" edit '.transcript.inputs.requests |= . + " "'
sed 's/^title: .*/title: other/' first.yaml >other.yaml
refused TRANSCRIPT_SCRIPT "another script" ca transcript verify first --script other.yaml
claim "an answer of no has an exit code of its own" exits 1 ca transcript verify first --script other.yaml
refused TRANSCRIPT_ROOT "another root" ca transcript verify first --root pem/access.pem

# ---- interrupted: never a second root

cp first/root.cer kept.cer
rm first/transcript.json first/root.crl
claim "interrupted and repeated, it goes on" carry_out
claim "with the same root" cmp kept.cer first/root.cer
claim "and its transcript holds" ca transcript verify first --root pem/root.pem --script first.yaml
refused CEREMONY_CONFLICT "what is complete is not done again" carry_out
openssl crl -in first/root.crl -out pem/crl.pem

# ---- killed, again and again

script killed first.json '{new: true, algorithm: P-384, key: {file: killed.key}}' "$all" 'crl: {number: 1, previous: none}'
confirmations=()
ca ceremony key killed.yaml --quiet
for who in anna cleo; do
	ca ceremony confirm killed.yaml --key $who.key --out killed-$who.jws --quiet
	confirmations+=(--confirmation killed-$who.jws)
done
kills=0
for i in $(seq 1 400); do
	(timeout -s KILL "0.0$((10 + i / 8))" "$bin/assay" ca ceremony killed.yaml "${confirmations[@]}") >killed.out 2>&1 && break
	kills=$((kills + 1))
	[ -e killed/root.cer ] && [ ! -e killed.cer ] && cp killed/root.cer killed.cer
	[ -e killed/transcript.json ] && break
done
ca ceremony killed.yaml "${confirmations[@]}" >killed.out 2>&1
echo "# killed $kills times"
[ -e killed.cer ] || cp killed/root.cer killed.cer
claim "killed at any moment and repeated, it comes to its end" ca transcript verify killed --script killed.yaml
claim "with the root that it began with" cmp killed.cer killed/root.cer

# ---- the same root, half a year later

hash=$(sha256sum <first/root.cer | cut -c-64)
revoked="[{\"serial\":\"0102000000000000000000000000000000\",\"date\":\"$now\",\"reason\":4}]"
signer asks pem/access.pem 2.999.33812.4.3
requests second.json "\"$hash\"" 1 "$(crl 2 "$revoked")" "$(ask issuer-4 issuing_ca 4 04 'TrE CA 4' tre)"
signed second.json asks pem/access.pem
script second second.json '{new: false, certificate: first/root.cer, key: {file: root.key, passphrase: '"$work/secret"'}}' \
	'[{name: issuer-4}]' 'crl: {number: 2, previous: first/root.crl}'

# What somebody could do to the file on its way, and to the hash in the script.
# carried CODE WHAT JQ: second.json changed so, and a script that names it
carried() {
	jq "$3" second.json >carried.json
	sed -e 's/second/carried/g' -e "s/sha256: [^}]*/sha256: $(sha256sum <carried.json | cut -c-64)/" second.yaml >carried.yaml
	refused "$1" "$2" ca ceremony carried.yaml --dry-run
}
carried REQUESTS_SIGNATURE "a revocation is not dropped" '.crl.revoked = []'
carried REQUESTS_SIGNATURE "nor made a hold" '.crl.revoked[0].reason = 6'
carried REQUESTS_SIGNATURE "nor added" '.crl.revoked += [.crl.revoked[0] + {serial: "0103"}]'
carried REQUESTS_SIGNATURE "no other key is put in" ".certificates[0].csr = \"$(base64 -w0 issuer-3.csr)\""
carried REQUESTS_SIGNATURE "no other serial number" '.certificates[0].serial = "0199"'
carried REQUESTS_SIGNATURE "no other name" '.certificates[0].organisation = "Somebody"'
carried REQUESTS_SIGNATURE "no CA is put in" '.certificates += [.certificates[0] + {name: "issuer-9", serial: "0199", issuer_id: 9}]'
carried REQUESTS_SIGNATURE "none is left out" '.certificates = []'
carried REQUESTS_SIGNATURE "no time is moved" '.crl.next_update = .crl.this_update[:3] + "9" + .crl.this_update[4:]'
carried REQUESTS_SIGNATURE "no address" '.public_url = "http://pki.exemple"'
carried REQUESTS_SIGNATURE "no number" '.number = 99'
carried REQUESTS_UNSIGNED "the signature is not taken off" '.signature = null'
carried CEREMONY_REFUSED "it is for no other root" '.root = "00" + .root[2:]'
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out thief.key 2>/dev/null
"$bin/tests/requests_signer" second.json thief.key asks.crt pem/access.pem >thief.json
carried REQUESTS_SIGNATURE "a stranger's signature is none" ".signature = $(jq .signature thief.json)"
signer feeds pem/access.pem 2.999.33812.4.2
"$bin/tests/requests_signer" second.json feeds.key feeds.crt pem/access.pem >thief.json
carried REQUESTS_SIGNER "nor is one of a key for something else" ".signature = $(jq .signature thief.json)"
sed 's/sha256: [^}]*/&, unsigned: true/' second.yaml >unsigned.yaml
refused CEREMONY_REFUSED "what is signed is not said to be unsigned" ca ceremony unsigned.yaml --dry-run
claim "the dry run tells who asks" grep -q '^requests: number 2 of .*signed by asks of Aufsicht' <(ca ceremony second.yaml --dry-run)
claim "the same root certifies again" confirmed second cleo anna
sed 's/results: second/results: again/' second.yaml >again.yaml
refused REQUESTS_OLD "but not the same requests again" confirmed again cleo anna
claim "its transcript holds" ca transcript verify second --root pem/root.pem --script second.yaml
# whoever has the root's key and none of the custodians': the same script with
# people of their own under its names
mkdir -p forged/first
cp second.yaml second.json root.key forged/
cp first/root.cer first/root.crl forged/first/
cp first/transcript.json forged/root.key.last
forged() {
	cd forged || return
	for name in anna bert cleo; do
		openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $name.key 2>/dev/null
		openssl pkey -in $name.key -pubout -out $name.pem
	done
	confirmed second anna bert
}
claim "with custodians of one's own a ceremony can be held" eval '(forged)'
refused TRANSCRIPT_CUSTODIAN "but is none of those whom the script names" \
	ca transcript verify forged/second --root pem/root.pem --script second.yaml
mkdir elsewhere && cp second.yaml elsewhere/
claim "where their keys are not, that is said" grep -q 'custodians.*are the transcript.s own' \
	<(ca transcript verify second --root pem/root.pem --script elsewhere/second.yaml)
claim "to programs, too" is "$(ca transcript verify second --root pem/root.pem --script elsewhere/second.yaml --json | jq -r .custodians_trusted)" false
claim "and which they are, whoever was there" grep -q "^custodian anna $(openssl pkey -pubin -in anna.pem -outform DER | sha256sum | cut -c-64)$" \
	<(ca transcript verify second --root pem/root.pem)
claim "where they are, they are trusted" is "$(ca transcript verify second --root pem/root.pem --script second.yaml --json | jq -r .custodians_trusted)" true
openssl crl -in second/root.crl -out pem/crl2.pem
pem second/issuer-4.cer && mv second/issuer-4.pem pem/
claim "openssl verifies the new CA" openssl verify -crl_check -CRLfile pem/crl2.pem -CAfile pem/root.pem pem/issuer-4.pem
claim "and finds the revoked one" grep -q 'certificate revoked' \
	<(openssl verify -crl_check -CRLfile pem/crl2.pem -CAfile pem/root.pem pem/issuer-3.pem 2>&1)
requests third.json "\"$hash\"" 1 "$(crl 3 '[]')"
signed third.json asks pem/access.pem
script third third.json '{new: false, certificate: first/root.cer, key: {file: root.key, passphrase: '"$work/secret"'}}' \
	'[]' 'crl: {number: 3, previous: second/root.crl}'
refused CEREMONY_REFUSED "nothing is un-revoked" confirmed third anna bert
requests fourth.json "\"$hash\"" 1 "$(crl 4 "$revoked")"
signed fourth.json asks pem/access.pem
script fourth fourth.json '{new: false, certificate: first/root.cer, key: {file: root.key, passphrase: '"$work/secret"'}}' \
	'[]' 'crl: {number: 4, previous: none}'
refused CEREMONY_REFUSED "a root that is there has a previous CRL" confirmed fourth anna bert
sed -i 's/previous: none/previous: second\/root.crl/' fourth.yaml
mv root.key.last kept.last
refused CEREMONY_MEMORY "without its memory the root signs nothing" confirmed fourth anna bert
cp second/transcript.json root.key.last
claim "the last one's transcript is it" confirmed fourth anna bert
claim "which is the last one now" cmp fourth/transcript.json root.key.last
# an instance's first requests have no signature: nor does this root sign them
requests posing.json null 1 "$(crl 5 '[]')" "$(ask root root 1 21 'Root CA' '')" "$(ask access access_ca 2 22 'Access CA' '')"
script posing posing.json '{new: true, algorithm: P-384, key: {file: root.key, passphrase: '"$work/secret"'}}' \
	'[{name: root}, {name: access}]' 'crl: {number: 5, previous: none}'
refused ROOT_KEY_USED "the key of a root makes no other root" confirmed posing anna bert
claim "nor anything under it" test ! -e posing/access.cer

# ---- the next root, of another algorithm, beside the old one

# successor NAME ALGORITHM OLD OLD_KEY ACCESS CRL: a root, links, and an issuing CA
# under it, asked for under the old root
successor() {
	signer "asks-$1" "$5" 2.999.33812.4.3
	after="\"$(sha256sum <"$3" | cut -c-64)\""
	requests "$1.json" null 7 "$(crl 1 '[]')" \
		"$(ask root root 7 00 'Root CA' '')" \
		"$(ask link-old-with-new root_link 1 11 'Root CA' '')" \
		"$(ask link-new-with-old root_link 7 12 'Root CA' '')" \
		"$(ask issuer-4 issuing_ca 4 13 'TrE CA 4' tre)"
	after=null
	signed "$1.json" "asks-$1" "$5"
	script "$1" "$1.json" "{new: true, algorithm: $2, key: {file: $1.key}}" \
		'[{name: root}, {name: link-old-with-new}, {name: link-new-with-old}, {name: issuer-4}]' \
		"previous_root: {certificate: $3, key: $4}
crl: {number: 1, previous: $6}"
	confirmed "$1" anna bert
}
# crossed OLD NEW OLDLEAF: pem of both, and what is under each
crossed() {
	local f
	mkdir -p "x-$2"
	for f in "$2"/*.cer; do openssl x509 -in "$f" -out "x-$2/$(basename "$f" .cer).pem"; done
	cp issuer-4.key "x-$2/"
	leaf "new-$2" "x-$2/issuer-4" || return
	openssl verify -x509_strict -CAfile "$1" -untrusted <(cat "x-$2/link-new-with-old.pem" "x-$2/issuer-4.pem") "new-$2.pem" &&
		openssl verify -x509_strict -CAfile "x-$2/root.pem" -untrusted <(cat "x-$2/link-old-with-new.pem" "$3") "$4"
}
claim "a successor on Ed25519 with links" successor next Ed25519 first/root.cer "{file: root.key, passphrase: $work/secret}" pem/access.pem fourth/root.crl
sed "s/sha256: [^}]*/sha256: $(jq '.signature = null' next.json | tee bare.json | sha256sum | cut -c-64)/; s/next.json/bare.json/" next.yaml >bare.yaml
refused REQUESTS_UNSIGNED "nobody asks for a successor without signing" ca ceremony bare.yaml --dry-run
claim "it is the old root's last memory, too" cmp next/transcript.json root.key.last
claim "its transcript holds" ca transcript verify next --root next/root.cer --script next.yaml
# a successor is asked for under a CA that the old root has revoked
access="{\"serial\":\"$(openssl x509 -in pem/access.pem -noout -serial | cut -d= -f2 | tr A-F a-f)\",\"date\":\"$now\",\"reason\":2}"
n=$((n + 10)) # others were counted by themselves
requests revoking.json "\"$hash\"" 1 "$(crl 5 "[${revoked:1:-1},$access]")"
signed revoking.json asks pem/access.pem
script revoking revoking.json '{new: false, certificate: first/root.cer, key: {file: root.key, passphrase: '"$work/secret"'}}' \
	'[]' 'crl: {number: 5, previous: fourth/root.crl}'
claim "the access CA is revoked" confirmed revoking anna bert
after="\"$hash\""
requests late.json null 8 "$(crl 1 '[]')" "$(ask root root 8 31 'Root CA' '')" \
	"$(ask link-old-with-new root_link 1 32 'Root CA' '')" "$(ask link-new-with-old root_link 8 33 'Root CA' '')"
after=null
signed late.json asks pem/access.pem
late() { # CRL
	script late late.json '{new: true, algorithm: P-256, key: {file: late.key}}' \
		'[{name: root}, {name: link-old-with-new}, {name: link-new-with-old}]' \
		"previous_root: {certificate: first/root.cer, key: {file: root.key, passphrase: $work/secret}}
	crl: {number: 1, previous: $1}"
	sed -i 's/^\tcrl/crl/' late.yaml
	ca ceremony late.yaml --dry-run
}
refused CEREMONY_REFUSED "a successor's script names the old root's last CRL" late none
refused CEREMONY_REFUSED "and not another root's" late killed/root.crl
refused REQUESTS_SIGNER "by which a revoked CA asks for none" late revoking/root.crl
claim "as it could before it was revoked" late fourth/root.crl
claim "which CRL that is, people read" grep -q "^previous CRL: number 4 of " <(ca ceremony late.yaml --dry-run)
refused PREVIOUS_CRL_OLD "but not where the root is, which remembers a later one" confirmed late anna bert
claim "nothing is made" test ! -e late/root.cer
requests silent.json "\"$hash\"" 1 null "$(ask issuer-4 issuing_ca 4 41 'TrE CA 4' tre)"
signed silent.json asks pem/access.pem
script silent silent.json '{new: false, certificate: first/root.cer, key: {file: root.key, passphrase: '"$work/secret"'}}' \
	'[{name: issuer-4}]'
refused CEREMONY_REFUSED "nor by asking for no CRL" ca ceremony silent.yaml --dry-run
claim "who has the old root verifies under the new one, and the other way round" \
	crossed pem/root.pem next pem/issuer-3.pem device.pem
claim "without the link nobody does" not openssl verify -CAfile pem/root.pem -untrusted x-next/issuer-4.pem new-next.pem
claim "the link names its issuer's CRL" grep -q 'URI:http://pki.example/crl/root.crl' <(text x-next/link-new-with-old.pem)
claim "each its own" grep -q 'URI:http://pki.example/crl/7/0.crl' <(text x-next/link-old-with-new.pem)

requests p256.json null 1 "$(crl 1 '[]')" "$(ask root root 1 00 'Root CA' '')" "$(ask issuer-3 issuing_ca 3 02 'TrE CA 3' tre)" \
	"$(ask access access_ca 2 01 'Access CA' '')"
script p256 p256.json '{new: true, algorithm: P-256, key: {file: p256.key}}' '[{name: root}, {name: issuer-3}, {name: access}]' 'crl: {number: 1, previous: none}'
claim "a root of P-256" confirmed p256 anna bert
mkdir x-p256
openssl x509 -in p256/root.cer -out x-p256/root.pem
openssl x509 -in p256/issuer-3.cer -out x-p256/issuer-3.pem
openssl x509 -in p256/access.cer -out x-p256/access.pem
leaf old-device x-p256/issuer-3
claim "is followed by one of P-384" successor p384 P-384 p256/root.cer '{file: p256.key}' x-p256/access.pem p256/root.crl
claim "and each verifies what is under the other" crossed x-p256/root.pem p384 x-p256/issuer-3.pem old-device.pem
claim "the transcript holds" ca transcript verify p384 --script p384.yaml
sed 's/"common_name": "Root CA"/"common_name": "Other CA"/' p384.json >named.json
signed named.json asks-p384 x-p256/access.pem
sed -e 's/p384/named/g' -e "s/sha256: .*}/sha256: $(sha256sum <named.json | cut -c-64)}/" p384.yaml >named.yaml
refused LINT_LINK "roots of different names have no links" ca ceremony named.yaml --dry-run

# ---- a root on a token, and a custodian's key

mkdir tokens
echo "directories.tokendir = $work/tokens" >softhsm2.conf
export SOFTHSM2_CONF=$work/softhsm2.conf
softhsm2-util --init-token --free --label vault --so-pin 87654321 --pin 13579246 >/dev/null
echo 13579246 >pin
uri="pkcs11:token=vault?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=$work/pin"
requests token.json null 1 "$(crl 1 '[]')" "$(ask root root 1 00 'Root CA' '')" "$(ask issuer-3 issuing_ca 3 02 'TrE CA 3' tre)"
script token token.json "{new: true, algorithm: P-384, public: vault.pub, key: {token: \"$uri\", label: root, last: vault.last}}" \
	'[{name: root}, {name: issuer-3}]' 'crl: {number: 1, previous: none}'
pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --token-label vault --login --pin 13579246 \
	--keypairgen --key-type EC:secp256r1 --label emil >/dev/null 2>&1
pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --token-label vault --read-object --type pubkey --label emil 2>/dev/null |
	openssl pkey -pubin -inform DER -out emil.pem
sed -i 's/name: bert, key: bert.pem/name: emil, key: emil.pem/' token.yaml
on_vault() { pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --token-label vault --login --pin 13579246 "$@" >/dev/null 2>&1; }
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out brought.key 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in brought.key -out brought.p8
claim "somebody puts a key of their own there" softhsm2-util --import brought.p8 --token vault --label root --id aa --pin 13579246
refused KEY_NOT_LOCAL "it becomes no root" ca ceremony key token.yaml
claim "and nothing says that it is one" not test -e vault.pub
claim "it is removed" eval 'on_vault --delete-object --type privkey --label root; on_vault --delete-object --type pubkey --label root'
claim "a root's key is made on a token" ca ceremony key token.yaml
claim "a custodian's key on a token confirms" ca ceremony confirm token.yaml --key "$uri" --label emil --out emil.jws
ca ceremony confirm token.yaml --key anna.key --out token-anna.jws --quiet
claim "a dry run needs no token" env SOFTHSM2_CONF=/dev/null "$bin/assay" ca ceremony token.yaml --dry-run
claim "a root on a token" ca ceremony token.yaml --confirmation emil.jws --confirmation token-anna.jws
claim "its transcript holds" ca transcript verify token --root token/root.cer --script token.yaml
claim "the key was made there, never to leave it" grep -q 'sensitive, always sensitive, never extractable, local' \
	<(pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --token-label vault --login --pin 13579246 -O --type privkey)
openssl x509 -in token/root.cer -out token.pem
openssl x509 -in token/issuer-3.cer -out token-issuer.pem
claim "openssl verifies what it signed" openssl verify -x509_strict -CAfile token.pem token-issuer.pem
claim "and its CRL" openssl crl -in token/root.crl -CAfile token.pem -noout -verify
rm token/transcript.json
claim "interrupted, the token's key is used again" confirmed token anna cleo
finish
