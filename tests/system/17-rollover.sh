#!/usr/bin/env bash
# CAs come and go, with other keys and other algorithms, and no device is touched:
# an issuing CA is retired and has a successor, then the root; devices of all of
# them are permitted, revoked and answered for, by who has either root alone.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/statement.sh"

signed_with() { openssl x509 -in "$1" -noout -text | sed -n 's/^    Signature Algorithm: //p' | head -1; }
ca_of() { issuer_url "$1" | sed -n 's|.*/ca/\(.*\)\.cer|\1|p'; } # of a certificate: whose it is
issuer_url() { openssl x509 -in "$1" -noout -ext authorityInfoAccess | sed -n 's/.*CA Issuers - URI://p'; }
state_of() { j reader ca show "$1" | jq -r .state; }

# tres PREFIX COUNT, terminals PREFIX COUNT TRE-PREFIX: a lot each; what it came to
tres() {
	local lot
	a tresor-pki device new --kind tre --prefix "$1" --count "$2" --rows "$work/$1.rows" &&
		lot=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/$1.rows" --wait) &&
		a tresor-pki device collect "$(jq -r .number <<<"$lot")" && jq -r '"\(.state) \(.issued)"' <<<"$lot"
}
terminals() {
	local lot
	a karren-pki device new --kind terminal --prefix "$1" --count "$2" --tre-prefix "$3" --rows "$work/$1.rows" &&
		lot=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$work/$1.rows" --wait) &&
		a karren-pki device collect "$(jq -r .number <<<"$lot")" && jq -r '"\(.state) \(.issued)"' <<<"$lot"
}
# with other settings in assay.cnf
restart_with() { # NAME VALUE
	stop_instance
	sed -i "s/^$1 .*/$1 = $2/" "$VAR/assay.cnf"
	grep -q "^$1 = $2" "$VAR/assay.cnf" || not_ok "assay.cnf has $1"
	start_instance
}

good_ca() { # ROOT CERTIFICATE
	openssl ocsp -issuer "$1" -cert <(echo "$2") -url "$PUBLIC_URL/ocsp" -no_nonce -CAfile "$1" 2>&1 | grep -q ': good'
}
if openssl list -public-key-algorithms 2>/dev/null | grep -q ML-DSA; then
	new_algorithm=ML-DSA-65 new_signature=ML-DSA-65
else
	new_algorithm=P-256 new_signature=ecdsa-with-SHA256
fi

start_accredited
claim "devices of the first CAs" story_lots 4
tre_ca=$(ca_of "$VAR/devices/TRE-1.crt") term_ca=$(ca_of "$VAR/devices/TERM-1.crt")

# ---- an issuing CA has a successor

claim "the list of CAs has root, access CA and both" is \
	"$(j reader ca list | jq -c '[.cas[] | [.ca, .role, .state, .algorithm, .root]]')" \
	"[[$term_ca,\"terminal\",\"active\",\"P-256\",1],[$tre_ca,\"tre\",\"active\",\"P-256\",1],[2,\"access\",\"active\",\"P-256\",1],[1,\"root\",\"active\",\"P-384\",null]]"
claim "it retires when two thirds of its life are over" \
	is "$(j reader ca show "$tre_ca" | jq -r '((.retires | fromdate) - (.not_before | fromdate) + 1) / 86400')" 3650
refused ROLE_NOT_ALLOWED "an officer does not retire it" a officer-1 ca retire "$tre_ca" --reason x
refused ROLE_NOT_ALLOWED "nor does its supplier" a tresor-pki ca retire "$tre_ca" --reason x
refused CA_ABSENT "one that is not there is not retired" a security-1 ca retire 77 --reason x
refused CA_IS_ROOT "the root is not" a security-1 ca retire 1 --reason x
claim "security proposes" a security-1 ca retire "$tre_ca" --reason "to P-384"
refused FOUR_EYES "and does not approve it, too" a security-1 approve "CA-$tre_ca"
refused ROLE_NOT_ALLOWED "an officer does not approve it" a officer-1 approve "CA-$tre_ca"
refused PROPOSAL_OPEN "it is proposed once" a decider-1 ca retire "$tre_ca" --reason "again"
claim "nothing has happened" is "$(state_of "$tre_ca")" active
"$bin/tests/devices" csr 20000 BIG- >"$work/big"
big=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/big" | jq -r .number)
some_issued() { [ "$(j reader lot show "$big" | jq -r .issued)" -gt 0 ]; }
claim "a large lot is under way" until_true 90 some_issued
claim "and paused" a officer-1 lot pause "$big"
claim "a second person approves" a security-2 approve "CA-$tre_ca"
claim "it is retired" is "$(state_of "$tre_ca")" retired
refused CA_NOT_ACTIVE "once" a security-1 ca retire "$tre_ca" --reason "again"
claim "the lot that it had begun goes on" a officer-1 lot resume "$big"
claim "to its end" is "$(j tresor-pki lot wait "$big" | jq -r '"\(.state) \(.issued)"')" "issued 20000"
claim "by the CA that began it, and no other" is "$(j reader lot show "$big" | jq -c '[.issuers[].id]')" "[$tre_ca]"
claim "none was made for it" is "$(j reader ca list --role tre | jq '.cas | length')" 1
claim "its supplier hears of it" grep -q ca.retired <(j tresor-pki notice list)
claim "the other supplier does not" not grep -q ca.retired <(j karren-pki notice list)

restart_with issuer_algorithm P-384
claim "the next lot is issued" is "$(tres TREB- 4)" "issued 4"
second=$(ca_of "$VAR/devices/TREB-1.crt")
claim "by another CA" not is "$second" "$tre_ca"
claim "on P-384" is "$(signed_with "$VAR/devices/TREB-1.crt")" ecdsa-with-SHA384
claim "which the list has" is "$(j reader ca show "$second" | jq -c '[.role, .state, .algorithm]')" '["tre","active","P-384"]'
claim "terminals for them" is "$(terminals TERMB- 4 TREB-)" "issued 4"
claim "by their CA, which goes on" is "$(ca_of "$VAR/devices/TERMB-1.crt")" "$term_ca"
answers "a device of the retired CA is permitted" permit - --tre TRE-1 --terminal TERM-1
answers "one of its successor, too" permit - --tre TREB-1 --terminal TERMB-1
claim "OCSP answers for the first" ocsp_says TRE-1 good
claim "and for the second" ocsp_says TREB-1 good
a security-1 cert revoke "$(serial_of TRE-2)" --reason keyCompromise
claim "the retired CA's CRL goes on" until_true 20 crl_says TRE-2 revoked
claim "and its OCSP" until_true 20 ocsp_says TRE-2 revoked
answers "what it revoked is refused" refuse CERTIFICATE_REVOKED --tre TRE-2 --terminal TERM-2

# ---- the root has a successor

old=$work/root-1.crt
cp "$VAR/credentials/root.crt" "$old"
restart_with issuer_algorithm P-256
refused ROLE_NOT_ALLOWED "no decider proposes a new root" a decider-1 ca succeed 1 --reason x
refused CA_IS_NO_ROOT "no other CA has one" a security-1 ca succeed "$second" --reason x
claim "security proposes it" a security-1 ca succeed 1 --reason "to another algorithm" --algorithm "$new_algorithm"
refused ROLE_REQUIRED "and does not approve it, too" a security-1 approve CA-1
refused ROLE_REQUIRED "nor does a colleague" a security-2 approve CA-1
claim "no root is made" is "$(j reader ca list --role root | jq '.cas | length')" 1
claim "a decider rejects it" a decider-1 reject CA-1 --reason "look at the plan again"
claim "an algorithm that the profile has not is proposed" a security-1 ca succeed 1 --reason x --algorithm RSA
refused NOT_CARRIED_OUT "and not made" a decider-1 approve CA-1
claim "the old root goes on" is "$(state_of 1)" active

# The authority is killed where it is about to commit: what it writes last is locked.
authority_pid() { pgrep -f "assay-authority -c $VAR/assay.cnf" | head -1; }
claim "it is proposed again" a security-1 ca succeed 1 --reason "to another algorithm" --algorithm "$new_algorithm"
exec 5> >(PGOPTIONS='-c lock_timeout=0' exec psql -X -q -h "$VAR/run" -U "$(id -un)" assay >/dev/null 2>"$work/psql.err")
echo "BEGIN; LOCK TABLE assay.root_link IN SHARE MODE;" >&5
sleep 1
timeout 60 "$bin/assay" --var "$VAR" --as decider-1 --quiet approve CA-1 >"$work/approve.out" 2>&1 &
approving=$!
waits() { [ -n "$(psql -X -Atq -h "$VAR/run" assay -c "SELECT 1 FROM pg_stat_activity WHERE usename = 'assay_authority' AND wait_event_type = 'Lock' AND query ILIKE '%root_link_add%'")" ]; }
claim "the authority stands before the end of its commit" until_true 20 waits
kill -9 "$(authority_pid)"
claim "killed there, it leaves no second root" is "$(j reader ca list --role root | jq -c '[.cas[] | .state]')" '["active"]'
# What it signs next, a CRL, is locked, too: the head is there before.
exec 6> >(PGOPTIONS='-c lock_timeout=0' exec psql -X -q -h "$VAR/run" -U "$(id -un)" assay >/dev/null 2>"$work/psql2.err")
echo "BEGIN; LOCK TABLE assay.crl_number IN SHARE MODE;" >&6
sleep 1
echo "COMMIT;" >&5
exec 5>&-
at_crl() { psql -X -Atq -h "$VAR/run" assay -c "SELECT max(i.id) FROM assay.issuer i, pg_stat_activity WHERE i.role = 'root'
	AND usename = 'assay_authority' AND wait_event_type = 'Lock' AND query ILIKE '%crl_number_take%' HAVING max(i.id) > 1" | grep .; }
claim "made at last, and before anything else is signed" until_true 30 at_crl
claim "its indexes are known outside the database" grep -qx "index $(at_crl) 2" "$VAR/authority/seen"
echo "COMMIT;" >&6
exec 6>&-
wait "$approving"
roots() { j reader ca list --role root | jq -c '[.cas[] | [.state, .algorithm]]'; }
made() { [ "$(roots)" = "[[\"active\",\"$new_algorithm\"],[\"retired\",\"P-384\"]]" ]; }
claim "started again, it makes one, and the old one is retired" until_true 30 made
new=$(j reader ca list --role root --state active | jq -r '.cas[0].ca')
refused CA_NOT_ACTIVE "the old one has one successor" a security-1 ca succeed 1 --reason x

fetch() { curl -fsS "$PUBLIC_URL/ca/$1.cer" | openssl x509 -inform DER; }
claim "the new root is published" until_true 20 eval "fetch $new >$work/root-2.crt"
fetch "$new-with-1" >"$work/new-with-old.crt"
fetch "1-with-$new" >"$work/old-with-new.crt"
claim "root.cer is the first one, for ever" is "$(fetch root | openssl x509 -noout -fingerprint)" "$(openssl x509 -in "$old" -noout -fingerprint)"
claim "the first one believes the link to the new one" openssl verify -x509_strict -CAfile "$old" "$work/new-with-old.crt"
claim "and the new one the link to the first" openssl verify -x509_strict -CAfile "$work/root-2.crt" "$work/old-with-new.crt"

claim "lots go on: CAs that were there before" is "$(tres TREC- 4)" "issued 4"
claim "end under the root that they came from" is "$(ca_of "$VAR/devices/TREC-1.crt")" "$second"
for ca in "$second" "$term_ca"; do
	a security-1 ca retire "$ca" --reason "to the new root"
	claim "CA $ca is retired" a decider-1 approve "CA-$ca"
done
claim "the next lot is issued" is "$(tres TRED- 4)" "issued 4"
third=$(ca_of "$VAR/devices/TRED-1.crt")
claim "by a CA under the new root" is "$(j reader ca show "$third" | jq -c '[.root, .algorithm]')" "[$new,\"P-256\"]"
claim "which signed it" is "$(openssl x509 -noout -text <<<"$(issuer_of TRED-1)" | sed -n 's/^    Signature Algorithm: //p' | head -1)" "$new_signature"
claim "and terminals, too" is "$(terminals TERMD- 4 TRED-)" "issued 4"
claim "and terminals of the new one with TrEs of the old one" is "$(terminals TERMC- 4 TREC-)" "issued 4"

for n in "TRE-1 TERM-1" "TREB-1 TERMB-1" "TREC-1 TERMC-1" "TRED-1 TERMD-1"; do
	answers "$n is permitted" permit - --tre "${n% *}" --terminal "${n#* }"
done

# path DEVICE ROOT [LINK]: openssl, with all CRLs on the way
path() {
	local c url
	leaf_of "$1" >"$work/leaf"
	issuer_of "$1" >"$work/issuer"
	cat "$work/issuer" ${3:+"$3"} >"$work/untrusted"
	for c in "$work/leaf" "$work/issuer" ${3:+"$3"}; do
		url=$(openssl x509 -in "$c" -noout -ext crlDistributionPoints | sed -n 's/.*URI://p')
		curl -fsS "$url" | openssl crl -inform DER || return 1
	done >"$work/crls"
	openssl verify -x509_strict -crl_check_all -extended_crl -policy_check -CAfile "$2" \
		-untrusted "$work/untrusted" -CRLfile "$work/crls" "$work/leaf"
}
for device in TRE-1 TERMB-1 TREB-1; do
	claim "$device leads to the first root" path "$device" "$old"
	claim "with the new root alone it does not" not path "$device" "$work/root-2.crt"
	claim "but by the link it does" path "$device" "$work/root-2.crt" "$work/old-with-new.crt"
done
for device in TRED-1 TERMD-1; do
	claim "$device leads to the new root" path "$device" "$work/root-2.crt"
	claim "with the first root alone it does not" not path "$device" "$old"
	claim "but by the link it does" path "$device" "$old" "$work/new-with-old.crt"
done

# good DEVICE ROOT LINK...: OCSP, for who has that root and these certificates
good() {
	openssl ocsp -issuer <(issuer_of "$1") -cert <(leaf_of "$1") -url "$PUBLIC_URL/ocsp" -no_nonce \
		-CAfile "$2" ${3:+-verify_other "$3"} 2>&1 | grep -q ': good'
}
for device in TRE-1 TREB-1; do claim "OCSP says good of $device" good "$device" "$old"; done
claim "OCSP says good of TRED-1" good TRED-1 "$work/root-2.crt"
claim "each root answers for its CAs" good_ca "$old" "$(issuer_of TRE-1)"
claim "the new one, too" good_ca "$work/root-2.crt" "$(issuer_of TRED-1)"
claim "and for the links" good_ca "$old" "$(cat "$work/new-with-old.crt")"
claim "in both directions" good_ca "$work/root-2.crt" "$(cat "$work/old-with-new.crt")"

for n in TRE-3 TREB-3 TREC-3 TRED-3; do a security-1 cert revoke "$(serial_of $n)" --reason keyCompromise; done
for n in TRE-3 TREB-3 TREC-3 TRED-3; do
	claim "$n is revoked by CRL" until_true 20 crl_says $n revoked
done
for n in TRE-3 TREB-3; do claim "and by OCSP, $n" until_true 20 ocsp_says $n revoked; done
answers "what was revoked is refused, under the first root" refuse CERTIFICATE_REVOKED --tre TREB-3 --terminal TERMB-3
answers "and under the new one" refuse CERTIFICATE_REVOKED --tre TRED-3 --terminal TERMD-3
claim "a CA of the old root is revoked" a security-1 cert revoke \
	"$(issuer_of TREB-1 | openssl x509 -noout -serial | sed 's/.*=//' | tr A-F a-f)" --reason cessationOfOperation
old_crl_lists() { curl -fsS "$PUBLIC_URL/crl/root.crl" | openssl crl -inform DER -noout -text | grep -qi "Serial Number: $1"; }
claim "by the CRL of the retired root" until_true 20 old_crl_lists "$(issuer_of TREB-1 | openssl x509 -noout -serial | sed 's/.*=//')"

# ---- a chain that is no path here

cat <(leaf_of TRED-1) "$work/new-with-old.crt" >"$work/odd.pem"
answers "a link in the place of a CA is none" refuse CHAIN_UNTRUSTED --tre TRED-1 --terminal TERMD-1 --tre-chain "$work/odd.pem"
cat <(leaf_of TRED-1) "$work/root-2.crt" >"$work/odd.pem"
answers "nor is a root" refuse CHAIN_LENGTH --tre TRED-1 --terminal TERMD-1 --tre-chain "$work/odd.pem"

# ---- EST tells of all of them

curl -fsS --cacert "$old" "$URL/.well-known/est/cacerts" | base64 -d | openssl pkcs7 -inform DER -print_certs >"$work/cas.pem"
claim "EST has both roots and both links" is "$(grep -c BEGIN "$work/cas.pem")" 4
claim "nginx lets devices of both roots come" is "$(grep -c BEGIN "$VAR/nginx/client-ca.pem")" 2
claim "receipts hold for who has the first root" eval 'a mobilfunk-hlr decide --tre TRED-1 --terminal TERMD-1 --out "$work/r.json" && "$bin/assay" receipt verify "$work/r.json" --root "$old"'

# ---- devices of every CA renew, in one open lot: by EST, and what CMP tells of roots

printf 'TRE-M1\n' >"$work/ids"
lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 20 --renewal --ids "$work/ids" --mac-keys "$work/keys" | jq -r .number)
in_state() { is "$(j tresor-pki lot show "$lot" | jq -r .state)" "$1"; }
claim "a lot for renewal is opened" until_true 10 in_state open
curl -fsS --cacert "$old" "$URL/.well-known/est/$lot/cacerts" | base64 -d | openssl pkcs7 -inform DER -print_certs >"$work/cas.pem"
claim "of it EST has the issuing CA, too" is "$(grep -c BEGIN "$work/cas.pem")" 5
renew() { # DEVICE: the number of the CA that its new certificate is of
	openssl ecparam -name prime256v1 -genkey -noout -out "$work/new.key"
	openssl req -new -key "$work/new.key" -subj /CN=x -outform DER | base64 >"$work/new.b64"
	curl -sS --cacert "$old" --cert "$(cert_of "$1")" --key "$VAR/devices/$1.key" -H 'Content-Type: application/pkcs10' \
		--data-binary @"$work/new.b64" "$URL/.well-known/est/$lot/simplereenroll" >"$work/new.p7" &&
		base64 -d "$work/new.p7" | openssl pkcs7 -inform DER -print_certs >"$work/new.crt" && ca_of "$work/new.crt"
}
for device in TRE-4 TREB-4 TREC-4 TRED-4; do
	claim "$device renews, by the CA of today" is "$(renew $device)" "$third"
done
genm() {
	openssl cmp -config /dev/null -server "${PUBLIC_URL#http://}" -path ".well-known/cmp/p/$lot" -recipient /CN=x -total_timeout 20 \
		-ref TRE-M1 -secret "pass:$(cut -d: -f2 "$work/keys")" -mac hmacWithSHA256 -cmd genm -infotype "$1" -rspout "$work/genp" 2>&1
}
has() { # FILE CERTIFICATE: does its DER stand in it, to the octet?
	local hex
	hex=$(openssl x509 -in "$2" -outform DER | od -An -v -tx1 | tr -d ' \n')
	od -An -v -tx1 "$1" | tr -d ' \n' | grep -q "$hex"
}
claim "CMP tells of the root's successor" genm rootCaKeyUpdate
for c in root-2 new-with-old old-with-new; do claim "with $c" has "$work/genp" "$work/$c.crt"; done

# ---- the access CA, which is people's and machines', is under the root of its day

claim "the access CA is under the first root still" is "$(j reader ca show 2 | jq .root)" 1
a security-1 ca retire 2 --reason "to the new root"
claim "until two retire it" a decider-1 approve CA-2
next_access() { j reader ca list --role access --state active | jq -e --argjson r "$new" '.cas[0].root == $r'; }
claim "its successor is under the new one" until_true 20 next_access
claim "whoever has a credential goes on" a reader whoami
claim "somebody new is let in by the new one" story_principal tresor-pki-2 tresor supplier
claim "and acts" until_true 20 a tresor-pki-2 whoami
# The CLI's root is the first one; links come with the answer, or from beside it.
path_of() { openssl verify -x509_strict -CAfile "$1" ${3:+-untrusted "$3"} -untrusted "$VAR/credentials/$2.crt" "$VAR/credentials/$2.crt"; }
claim "by a certificate of the new root" path_of "$work/root-2.crt" tresor-pki-2
claim "which the first one alone does not prove" not path_of "$old" tresor-pki-2
claim "it renews, by what the first root says of the new one" a tresor-pki-2 principal renew
far=$work/far
mkdir -p "$far/credentials"
cp "$VAR/assay.cnf" "$far/"
cp "$VAR"/credentials/{root.crt,tresor-pki.crt,tresor-pki.key} "$far/credentials/"
claim "so does who is far away and has that root alone" "$bin/assay" --var "$far" --as tresor-pki --quiet principal renew
claim "to the new root" openssl verify -x509_strict -CAfile "$work/root-2.crt" -untrusted "$far/credentials/tresor-pki.crt" "$far/credentials/tresor-pki.crt"
cp "$far"/credentials/tresor-pki.* "$VAR/credentials/"
claim "and submits a lot, which the authority believes" is "$(a tresor-pki device new --kind tre --prefix TREE- --count 2 --rows "$work/e.rows" && j tresor-pki-2 lot submit --model tresor-m2 --site tresor-dresden --rows "$work/e.rows" --wait | jq -r '"\(.state) \(.issued)"')" "issued 2"

# ---- receipts and feeds of after that, for who has one root and a link

cat "$old" "$work/new-with-old.crt" >"$work/linked.crt"
cat "$old" "$work/root-2.crt" >"$work/both.crt"
cat "$work/root-2.crt" "$work/new-with-old.crt" >"$work/unlinked.crt"
decide() { a mobilfunk-hlr decide --tre TRED-1 --terminal TERMD-1 --out "$work/r2.json"; }
verify() { "$bin/assay" receipt verify "$1" --root "$2"; }
under_new() { decide && verify "$work/r2.json" "$work/root-2.crt"; }
restart_with issuer_algorithm P-256
claim "a receipt is signed under the new root" until_true 90 under_new
refused RECEIPT_SIGNER "the first root alone does not prove it" verify "$work/r2.json" "$old"
claim "with the link it does" verify "$work/r2.json" "$work/linked.crt"
claim "both roots in one file do" verify "$work/r2.json" "$work/both.crt"
claim "and prove the receipt of before" verify "$work/r.json" "$work/both.crt"
refused ROOT_LINK "a link by a root that is not trusted counts for nothing" verify "$work/r2.json" "$work/unlinked.crt"
feed_under() { rm -rf "$work/feeds"; assay feed sync "$work/feeds" --root "$1" && "$bin/assay" feed verify "$work/feeds" --root "$1"; }
claim "the feed, with links, holds from beginning to end" feed_under "$work/linked.crt"
finish
