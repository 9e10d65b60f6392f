#!/usr/bin/env bash
# Other algorithms than P-256: people with Ed25519 and RSA keys, CAs on Ed25519,
# and, where libcrypto has ML-DSA, a post-quantum root, issuers and devices.
# OpenSSL judges every path, CRL and OCSP answer.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/statement.sh"


own_installation

# devices_take NAME...: the profiles of devices list these, too
devices_take() {
	sed -e "/^\[ tre \]/,/^\[/ s/^key .*/key = P-256, $*/" \
		-e "/^\[ terminal \]/,/^\[/ s/^key .*/key = P-256, $*/" "$top/conf/profiles.cnf" >"$profiles"
}

# Suppliers' people have the algorithm that the test says.
suppliers=P-256
story_principal() {
	local algorithm=P-256
	[ "$3" != supplier ] || algorithm=$suppliers
	a officer-1 principal new "$1" --organisation "$2" --role "$3" --algorithm "$algorithm" &&
		a decider-1 approve "$1" &&
		a officer-1 principal fetch "$1"
}

signed_with() { openssl x509 -in "$1" -noout -text | sed -n 's/^    Signature Algorithm: //p' | head -1; }
key_of() { openssl x509 -in "$1" -noout -text | sed -n 's/.*Public Key Algorithm: //p'; }
whole_path() { # device: leaf, issuer, root, and both CRLs
	local url crls=$work/$1.crls c
	leaf_of "$1" >"$work/leaf"
	issuer_of "$1" >"$work/issuer"
	for c in "$work/leaf" "$work/issuer"; do
		url=$(openssl x509 -in "$c" -noout -ext crlDistributionPoints | sed -n 's/.*URI://p')
		curl -fsS "$url" | openssl crl -inform DER
	done >"$crls"
	openssl verify -x509_strict -crl_check_all -extended_crl -policy_check \
		-CAfile "$VAR/credentials/root.crt" -untrusted "$work/issuer" -CRLfile "$crls" "$work/leaf"
}
# What is verified years later, offline, with nothing but the root.
offline() { # TRE TERMINAL
	local root=$VAR/credentials/root.crt
	rm -rf "$work/receipt.json" "$work/feeds"
	a mobilfunk-hlr decide --tre "$1" --terminal "$2" --out "$work/receipt.json" &&
		"$bin/assay" receipt verify "$work/receipt.json" --root "$root" &&
		assay feed sync "$work/feeds" --root "$root" &&
		"$bin/assay" feed verify "$work/feeds" --root "$root"
}
again() { # a new instance
	stop_instance
	unset VAR PORT PUBLIC_PORT
	rm -rf "$work/var"
}

# ---- what assay.cnf may say

for name in RSA P-521; do
	claim "no root of $name is made" not "$bin/assay" --var "$work/no-$name" init --root-algorithm "$name"
	claim "and the journal says why" grep -q "$name" "$work/no-$name/log/authority-init.log"
done

# ---- Ed25519

suppliers=Ed25519
devices_take Ed25519, P-384
start_instance --root-algorithm P-256 --issuer-algorithm Ed25519
claim "suppliers whose people have Ed25519 keys are accredited" story_accredited
claim "they have them" is "$(key_of "$VAR/credentials/tresor-pki.crt")" ED25519
claim "their lots, signed with EdDSA, are issued" story_lots 2
claim "by a CA on Ed25519" is "$(signed_with "$VAR/devices/TRE-1.crt")" ED25519
claim "and OpenSSL follows the whole path" whole_path TERM-1
claim "OCSP answers for it" ocsp_says TRE-1 good
a reader device new --kind tre --prefix ED- --count 3 --algorithm Ed25519 --rows "$work/ed.rows"
a reader device new --kind tre --id P384-1 --algorithm P-384 --rows "$work/p384.rows"
cat "$work/p384.rows" >>"$work/ed.rows"
lot=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/ed.rows" --wait)
claim "devices with Ed25519 and P-384 keys are certified" is "$(jq -r '"\(.state) \(.issued)"' <<<"$lot")" "issued 4"
a tresor-pki device collect "$(jq -r .number <<<"$lot")"
claim "OpenSSL sees the device's key" is "$(key_of "$VAR/devices/ED-1.crt")" ED25519
claim "and its path" whole_path ED-1
claim "and that of the one on P-384" whole_path P384-1
echo ED-OPEN >"$work/ed.ids"
claim "a lot is opened with EdDSA" a tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 1 \
	--ids "$work/ed.ids" --secrets "$work/ed.secrets"
# By CMP a device confirms what it got, by the hash that its CA signs with.
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$work/$1.key"; }
key line
openssl req -x509 -new -key "$work/line.key" -subj /CN=line -days 30 -out "$work/line.crt" -addext keyUsage=critical,digitalSignature
cmp_lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 9 --renewal --factory "$work/line.crt" | jq -r .number)
is_open() { is "$(j tresor-pki lot show "$cmp_lot" | jq -r .state)" open; }
by_cmp() { # NEW [options]
	key "$1"
	openssl cmp -config /dev/null -server "${PUBLIC_URL#http://}" -path ".well-known/cmp/p/$cmp_lot" -trusted "$VAR/credentials/root.crt" \
		-recipient /CN=x -total_timeout 20 -newkey "$work/$1.key" -certout "$work/$1.crt" "${@:2}"
}
claim "a lot for a factory is opened" until_true 10 is_open
claim "a device asks by CMP, and confirms" by_cmp ED-CMP -cmd ir -subject /CN=ED-CMP -cert "$work/line.crt" -key "$work/line.key" -extracerts "$work/line.crt"
claim "what a CA on Ed25519 signed" is "$(signed_with "$work/ED-CMP.crt")" ED25519
claim "it renews, and confirms" by_cmp ED-CMP2 -cmd kur -cert "$work/ED-CMP.crt" -key "$work/ED-CMP.key"
claim "which supersedes the one before" is "$(sql "SELECT string_agg(c.state, ' ' ORDER BY c.issued) FROM certificate c
	JOIN device d ON d.id = c.device_id WHERE d.device_id = 'ED-CMP'")" "revoked issued"
a karren-pki device new --kind terminal --id TERM-ED --tre ED-1 --algorithm Ed25519 --rows "$work/term.rows"
lot=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$work/term.rows" --wait | jq -r .number)
a karren-pki device collect "$lot"
answers "a device proves possession with Ed25519" permit - --tre ED-1 --terminal TERM-ED
claim "receipt and feed hold offline" offline ED-1 TERM-ED
a security-1 cert revoke "$(serial_of ED-2)" --reason keyCompromise
claim "a CRL signed with Ed25519 lists it" until_true 20 crl_says ED-2 revoked
claim "a tamper report signed with EdDSA is taken" a reader device tamper ED-3 --what mesh

# ---- RSA: verified only, for a supplier whose tool knows nothing else

apply() { # WHO: with the key in its file
	act officer-1 /v1/principals "$(jq -nc --arg h "$1" --arg c "$(openssl req -new -key "$VAR/credentials/$1.key" \
		-subj /CN=x -outform DER | base64 -w0)" '{handle:$h,organisation:"karren",role:"supplier",csr:$c}')"
}
principal() { api_as officer-1 "$URL/v1/principals/$1"; }
fetched() { # WHO: leaf and issuer, into its file
	principal "$1" >"$work/principal.json"
	jq -e '.certificate' "$work/principal.json" >/dev/null || return 1
	for part in certificate issuer; do
		jq -r ".$part" "$work/principal.json" | base64 -d | openssl x509 -inform DER
	done >"$VAR/credentials/$1.crt"
}
# says WHO ALG PATH BODY: an act signed by openssl with RSA, in that padding
says() {
	local input padding=pkcs1
	[ "$2" != PS256 ] || padding=pss
	input=$(printf '{"alg":"%s","typ":"assay-act+jws","x5t#S256":"%s","url":"%s","iat":%s}' "$2" \
		"$(openssl x509 -in "$VAR/credentials/$1.crt" -outform DER | openssl dgst -sha256 -binary | b64url)" \
		"$3" "$(date +%s)" | b64url).
	api_as "$1" -H 'Content-Type: application/json' \
		-H "Assay-Statement: $input.$(printf '%s%s' "$input" "$(printf '%s' "$4" | b64url)" |
			openssl dgst -sha256 -sign "$VAR/credentials/$1.key" -sigopt rsa_padding_mode:$padding \
				${5:+-sigopt "$5"} | b64url)" -d "$4" "$URL$3"
}
site() { jq -nc --arg h "$1" '{handle:$h,organisation:"karren",name:"Works",country:"DE",address:"Street 1",scopes:["terminal_assembly"]}'; }

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$VAR/credentials/old-pki.key" 2>/dev/null
claim "RSA of 2048 bits is refused, and says what to do" \
	grep -q 'KEY_NOT_ALLOWED.*3072' <<<"$(apply old-pki | jq -c .)"
"$built/tests/twins" "$VAR/credentials/rsa-pki.key" "$VAR/credentials/twin-pki.key"
apply rsa-pki >/dev/null
a decider-1 approve rsa-pki
claim "RSA of 3072 bits is certified" until_true 20 fetched rsa-pki
claim "by TLS it is let in, as whom it is" is "$(api_as rsa-pki "$URL/v1/whoami" | jq -r .principal)" rsa-pki
claim "an act signed with PS256 is done" \
	is "$(says rsa-pki PS256 /v1/sites "$(site works-1)" rsa_pss_saltlen:digest | jq -r .handle)" works-1
claim "one signed with RS256, too" is "$(says rsa-pki RS256 /v1/sites "$(site works-2)" | jq -r .handle)" works-2
claim "one with another salt than JOSE has is not" \
	is "$(says rsa-pki PS256 /v1/sites "$(site works-3)" rsa_pss_saltlen:0 | jq -r '.type | sub(".*/"; "")')" STATEMENT_SIGNATURE
apply twin-pki >/dev/null
a decider-1 approve twin-pki
until_true 20 sh -c "[ -n '$(principal twin-pki | jq -r '.error // empty')' ]" || sleep 2
claim "a key that shares a prime with a registered one is not certified" \
	grep -q 'shares a prime' <<<"$(principal twin-pki | jq -r .error)"

# ---- a post-quantum root over classical issuers, and post-quantum all the way

ml_dsa=$(openssl list -public-key-algorithms 2>/dev/null | grep -c ML-DSA)
if [ "$ml_dsa" -eq 0 ]; then
	claim "without ML-DSA in libcrypto no such root is made" not "$bin/assay" --var "$work/no-pq" init --root online --root-algorithm ML-DSA-65
	claim "and the journal says what to do" grep -q 'OpenSSL 3.5' "$work/no-pq/log/authority-init.log"
	echo "skip - paths of ML-DSA: this libcrypto has none ($(openssl version))"
	finish
fi
again
suppliers=P-256
devices_take ML-DSA-44, ML-DSA-65
start_instance --root-algorithm ML-DSA-65
claim "under a post-quantum root suppliers are accredited" story_accredited
claim "the root is on ML-DSA-65" is "$(signed_with "$VAR/credentials/root.crt")" ML-DSA-65
claim "their lots are issued" story_lots 2
claim "by a CA on P-256" is "$(signed_with "$VAR/devices/TRE-1.crt")" ecdsa-with-SHA256
claim "OpenSSL follows the hybrid path" whole_path TERM-1
claim "and OCSP says good" ocsp_says TRE-1 good
answers "the operator is told, too" permit - --tre TRE-1 --terminal TERM-1
a reader device new --kind tre --prefix PQ- --count 2 --algorithm ML-DSA-65 --rows "$work/pq.rows"
a reader device new --kind tre --id PQ44-1 --algorithm ML-DSA-44 --rows "$work/pq44.rows"
cat "$work/pq44.rows" >>"$work/pq.rows"
lot=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/pq.rows" --wait)
claim "devices with ML-DSA keys are certified" is "$(jq -r '"\(.state) \(.issued)"' <<<"$lot")" "issued 3"
a tresor-pki device collect "$(jq -r .number <<<"$lot")"
claim "OpenSSL sees the key" is "$(key_of "$VAR/devices/PQ-1.crt")" ML-DSA-65
claim "and the path" whole_path PQ-1
a karren-pki device new --kind terminal --id TERM-PQ --tre PQ-1 --algorithm ML-DSA-44 --rows "$work/term.rows"
lot=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$work/term.rows" --wait | jq -r .number)
a karren-pki device collect "$lot"
answers "devices prove possession with ML-DSA" permit - --tre PQ-1 --terminal TERM-PQ
claim "receipt and feed hold offline under the hybrid path" offline PQ-1 TERM-PQ
claim "a tamper report signed with ML-DSA is taken" a reader device tamper PQ-2 --what mesh

again
start_instance --root-algorithm ML-DSA-65 --access-algorithm ML-DSA-44 --issuer-algorithm ML-DSA-65
claim "with post-quantum CAs throughout suppliers are accredited" story_accredited
claim "and lots are issued" story_lots 2
claim "by a CA on ML-DSA-65" is "$(signed_with "$VAR/devices/TRE-1.crt")" ML-DSA-65
claim "OpenSSL follows the path and its CRLs" whole_path TERM-1
claim "OCSP says good" ocsp_says TRE-1 good
a security-1 cert revoke "$(serial_of TRE-2)" --reason keyCompromise
claim "and revoked" until_true 20 ocsp_says TRE-2 revoked
claim "as the CRL does" until_true 20 crl_says TRE-2 revoked
answers "the operator is told permit" permit - --tre TRE-1 --terminal TERM-1
claim "receipt and feed hold offline on post-quantum paths" offline TRE-1 TERM-1
answers "and refuse" refuse CERTIFICATE_REVOKED --tre TRE-2 --terminal TERM-2
finish
