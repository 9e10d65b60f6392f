#!/usr/bin/env bash
# A root that is offline has a successor, on another algorithm: ordered by two,
# made at a ceremony with both links, brought back.  No device is touched: who has
# either root alone verifies the devices of both, with every CRL on the way.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
umask 077

VAR=$work/var PORT=$(free_port) PUBLIC_PORT=$(free_port)
. "$top/tests/lib/ceremony.sh"
pem() { openssl x509 -inform DER -in "$1" -out "$2"; }
ca_of() { openssl x509 -in "$1" -noout -ext authorityInfoAccess | sed -n 's|.*CA Issuers - URI:.*/ca/\(.*\)\.cer|\1|p'; }
roots() { j reader ca list --role root | jq -c '[.cas[] | [.state, .algorithm]]'; }
pending() { assay ca requests --state pending --json --as officer-1 | jq -r '[.requests[].name] | sort | join(" ")'; }
asked() { is "$(pending)" "$1"; }
submit() { # PREFIX: a lot of two TrEs; its number
	a tresor-pki device new --kind tre --prefix "$1" --count 2 --rows "$work/$1.rows" >/dev/null &&
		j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/$1.rows" | jq -r .number
}
lot_is() { is "$(j officer-1 lot show "$1" | jq -r .state)" "$2"; }

# ---- a root on P-256, a TrE and a terminal under it

init --port "$PORT" --public-port "$PUBLIC_PORT" --root-algorithm P-256 >/dev/null
refused CEREMONY_REFUSED "a root of another algorithm than the one asked for is not made" ceremony wrong "$VAR/requests.json" wrong.key
algorithm=P-256
claim "the first root is on P-256" ceremony first "$VAR/requests.json" old.key
by_ceremony "$vault/first" >/dev/null
start_accredited
lot=$(submit TRE-)
claim "a CA is asked for" until_true 20 asked issuer-3
requests_out "$work/second.json"
claim "the second ceremony" ceremony second "$work/second.json" old.key first/root.crl
claim "is taken" import second
claim "and the lot is issued" until_true 30 lot_is "$lot" issued
a tresor-pki device collect "$lot" >/dev/null
a karren-pki device new --kind terminal --prefix TERM- --count 2 --tre-prefix TRE- --rows "$VAR/term.rows" >/dev/null
term=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$VAR/term.rows" | jq -r .number)
claim "the terminals' CA is asked for" until_true 20 asked issuer-4
requests_out "$work/third.json"
claim "the third ceremony" ceremony third "$work/third.json" old.key second/root.crl
claim "is taken, too" import third
claim "and terminals are issued" until_true 30 lot_is "$term" issued
a karren-pki device collect "$term" >/dev/null
answers "a device of the first root is permitted" permit - --tre TRE-1 --terminal TERM-1
cp "$VAR/devices/TRE-1.crt" "$work/tre-before.crt"

# ---- two order a successor

refused ROLE_NOT_ALLOWED "no decider proposes a new root" a decider-1 ca succeed 1 --reason x
claim "security proposes it" a security-1 ca succeed 1 --reason "to P-384" --algorithm P-384
refused ROLE_REQUIRED "and does not approve it, too" a security-1 approve CA-1
claim "a decider approves" a decider-1 approve CA-1
claim "a link is asked of the old root" until_true 20 asked link-new-with-old
claim "the body hears that a ceremony is needed" grep -q 'alarm.ca_requested' <(j officer-1 notice list)
claim "no root is made or retired" is "$(roots)" '[["active","P-256"]]'
refused SUCCESSOR_AWAITED "it is ordered once" a security-1 ca succeed 1 --reason again
request() { assay ca requests --state pending --json --as officer-1 | jq -r ".requests[] | select(.name == \"$1\") | .request"; }
refused ROLE_NOT_ALLOWED "a decider does not withdraw it" assay ca requests withdraw "$(request link-new-with-old)" --reason x --as decider-1
refused CA_REQUEST_ABSENT "nobody what is not there" assay ca requests withdraw 99 --reason x --as officer-1
withdrawn=$(assay ca requests --state pending --json --as officer-1 | jq -r '.requests[0].ca')
claim "an officer withdraws it" assay ca requests withdraw "$(request link-new-with-old)" --reason "not yet" --as officer-1
claim "nothing waits then" asked ""
refused CA_ABSENT "nor is it written" requests_out "$work/withdrawn.json" "$withdrawn"
claim "it is ordered again" a security-1 ca succeed 1 --reason "to P-384" --algorithm P-384
claim "and approved" a decider-1 approve CA-1
claim "and asked for" until_true 20 asked link-new-with-old
new=$(assay ca requests --state pending --json --as officer-1 | jq -r '.requests[0].ca')
claim "under another number" not is "$new" "$withdrawn"
tre2=$(submit TREB-)
claim "meanwhile lots go on under the old root" until_true 30 lot_is "$tre2" issued
a tresor-pki device collect "$tre2" >/dev/null

# ---- the ceremony

claim "an officer has the new root's requests written" requests_out "$work/next.json" "$new"
claim "they are for a root after the old one" is "$(jq -r '.root, .previous_root' "$work/next.json" | xargs)" "null $(sha256sum <"$vault/old.cer" | cut -c-64)"
claim "root, links and OCSP signer" is "$(jq -r '[.certificates[].name] | join(" ")' "$work/next.json")" "root link-old-with-new link-new-with-old root-$new-ocsp"
next() { ceremony "$1" "${2:-$work/next.json}" "${3:-new.key}" third/root.crl "${4:-old.key}"; }
refused CEREMONY_REFUSED "a ceremony makes none of another algorithm" next wrong-next "$work/next.json" wrong-next.key
algorithm=P-384
jq '.certificates[0].organisation = "Somebody"' "$work/next.json" >"$work/changed.json"
refused REQUESTS_SIGNATURE "nor what was changed on its way" next changed "$work/changed.json" thief.key
jq '.signature = null' "$work/next.json" >"$work/bare.json"
refused REQUESTS_UNSIGNED "nor what nobody signed" next bare "$work/bare.json" thief.key
jq '.previous_root = null | .signature = null' "$work/next.json" >"$work/first.json"
refused CEREMONY_REFUSED "nor as an instance's first, which has no signature" next posing "$work/first.json" thief.key
claim "both roots sign" next next
claim "the transcript holds" "$bin/assay" ca transcript verify "$vault/next" --root "$vault/next/root.cer" --script "$vault/next.yaml"
refused CEREMONY_CONFLICT "once" next next
refused REQUESTS_OLD "nor again, for another root" next twice "$work/next.json" twice.key

# somebody who has the requests, and not the old root's key
(cd "$vault" && openssl ecparam -name prime256v1 -genkey -noout -out raw.key && openssl pkcs8 -topk8 -nocrypt -in raw.key -out theirs.key &&
	openssl req -x509 -new -key theirs.key -subj "$(openssl x509 -inform DER -in old.cer -noout -subject -nameopt compat | sed 's/^subject=//')" -days 9 -outform DER -out theirs.cer 2>/dev/null)
copy next stolen && cp "$vault/theirs.cer" "$vault/stolen/root.cer"
import_refused 'ROOT_REFUSED' "a root of somebody else is refused" stolen
copy next bad && rm "$vault/bad/link-new-with-old.cer"
import_refused RESULT_MISSING "a folder without the old root's link is refused" bad
copy next bad && rm "$vault/bad/link-old-with-new.cer"
import_refused RESULT_MISSING "and without the new one's" bad
copy next bad && rm "$vault/bad/root.crl"
import_refused RESULT_MISSING "and without CRL" bad
copy next bad && rm "$vault/bad/root-$new-ocsp.cer"
import_refused RESULT_MISSING "and without OCSP signer" bad
copy next bad && cp "$vault/first/root.crl" "$vault/bad/root.crl"
import_refused RESULT_SIGNATURE "and with the other root's CRL" bad
copy next bad
printf '\x01' | dd of="$vault/bad/link-new-with-old.cer" bs=1 seek=300 conv=notrunc 2>/dev/null
import_refused RESULT_ "and with a changed link" bad
claim "after all that the old root is the one" is "$(roots)" '[["active","P-256"]]'

# a CA that waits for the old root when the new one comes
claim "the TrEs' CA is retired" a security-1 ca retire 3 --reason "its successor is asked of the old root"
a decider-1 approve CA-3 >/dev/null
tre3=$(submit TREC-)
waits() { [ "$(pending | tr ' ' '\n' | grep -c '^issuer-')" = 1 ]; }
claim "a lot waits for its successor" until_true 20 waits
stale=$(pending | tr ' ' '\n' | grep '^issuer-')
requests_out "$work/stale.json"
claim "a ceremony signs that one, too" ceremony stale "$work/stale.json" old.key third/root.crl
claim "the new root is taken" import next
claim "it is active, and the old one retired" is "$(roots)" '[["active","P-384"],["retired","P-256"]]'
claim "nothing is taken twice" import next
fresh() { waits && ! pending | grep -q "$stale"; }
claim "what waited for the old root waits for the new one" until_true 20 fresh
claim "what the old one made of it comes too late" import stale
claim "and is passed over, which is said" grep -q 'passed over: TrE CA' <(assay ca imports --as reader --json | jq -r '.imports[0].reason')
claim "its CRL is taken all the same" is "$(openssl crl -inform DER -in <(curl -fsS "$PUBLIC_URL/crl/root.crl") -noout -crlnumber)" \
	"$(openssl crl -inform DER -in "$vault/stale/root.crl" -noout -crlnumber)"

# ---- published

fetch() { curl -fsS "$PUBLIC_URL/ca/$1.cer" | openssl x509 -inform DER; }
claim "the new root is published" until_true 20 eval "fetch $new >$work/new.pem"
pem "$vault/old.cer" "$work/old.pem"
claim "it is the ceremony's" cmp <(openssl x509 -in "$work/new.pem" -outform DER) "$vault/next/root.cer"
claim "root.cer is the first one, for ever" cmp <(curl -fsS "$PUBLIC_URL/ca/root.cer") "$vault/old.cer"
fetch "$new-with-1" >"$work/new-with-old.pem"
fetch "1-with-$new" >"$work/old-with-new.pem"
claim "with both links" cmp <(openssl x509 -in "$work/new-with-old.pem" -outform DER) "$vault/next/link-new-with-old.cer"
claim "and a CRL of its own" openssl crl -inform DER -in <(curl -fsS "$PUBLIC_URL/crl/$new/0.crl") -CAfile "$work/new.pem" -noout -verify
crl_url() { openssl x509 -in "$1" -noout -ext crlDistributionPoints | sed -n 's/.*URI://p'; }
claim "which its link names" is "$(crl_url "$work/old-with-new.pem")" "$PUBLIC_URL/crl/$new/0.crl"
claim "and the old one's names the old one's" is "$(crl_url "$work/new-with-old.pem")" "$PUBLIC_URL/crl/root.crl"
claim "nginx lets devices of both come" is "$(grep -c BEGIN "$VAR/nginx/client-ca.pem")" 2

# ---- the new root certifies: asked for under the old one, by a link

requests_out "$work/fifth.json"
claim "requests are for the root of today" is "$(jq -r .root "$work/fifth.json")" "$(sha256sum <"$vault/next/root.cer" | cut -c-64)"
claim "and signed with a link to it" is "$(jq -r .signature "$work/fifth.json" | cut -d. -f1 | tr '_-' '/+' |
	awk '{ while (length($0) % 4) $0 = $0 "="; print }' | base64 -d | jq '.x5c | length')" 3
claim "a ceremony of the new root" ceremony fifth "$work/fifth.json" new.key next/root.crl
claim "is taken" import fifth
claim "the lot that waited is issued" until_true 30 lot_is "$tre3" issued
a tresor-pki device collect "$tre3" >/dev/null
claim "by a CA of the new root" is "$(j reader ca show "$(ca_of "$VAR/devices/TREC-1.crt")" | jq .root)" "$new"

# path DEVICE ROOT [LINK]: openssl, with all CRLs on the way
path() {
	local c
	leaf_of "$1" >"$work/leaf"
	issuer_of "$1" >"$work/issuer"
	cat "$work/issuer" ${3:+"$3"} >"$work/untrusted"
	for c in "$work/leaf" "$work/issuer" ${3:+"$3"}; do
		curl -fsS "$(crl_url "$c")" | openssl crl -inform DER || return 1
	done >"$work/crls"
	openssl verify -x509_strict -crl_check_all -extended_crl -policy_check -CAfile "$2" \
		-untrusted "$work/untrusted" -CRLfile "$work/crls" "$work/leaf"
}
for device in TRE-1 TREB-1 TERM-1; do
	claim "$device leads to the old root" path $device "$work/old.pem"
	claim "with the new root alone it does not" not path $device "$work/new.pem"
	claim "but by the link it does" path $device "$work/new.pem" "$work/old-with-new.pem"
done
claim "TREC-1 leads to the new root" path TREC-1 "$work/new.pem"
claim "with the old root alone it does not" not path TREC-1 "$work/old.pem"
claim "but by the link it does" path TREC-1 "$work/old.pem" "$work/new-with-old.pem"
good_ca() { # ROOT CERTIFICATE
	openssl ocsp -issuer "$1" -cert <(echo "$2") -url "$PUBLIC_URL/ocsp" -no_nonce -CAfile "$1" 2>&1 | grep -q ': good'
}
claim "the old root answers for its CAs" until_true 20 good_ca "$work/old.pem" "$(issuer_of TRE-1)"
claim "the new one, too" until_true 20 good_ca "$work/new.pem" "$(issuer_of TREC-1)"
claim "and for the links" good_ca "$work/old.pem" "$(cat "$work/new-with-old.pem")"
claim "in both directions" good_ca "$work/new.pem" "$(cat "$work/old-with-new.pem")"
answers "a device of the old root is permitted" permit - --tre TRE-1 --terminal TERM-1
claim "no device was touched" cmp "$work/tre-before.crt" "$VAR/devices/TRE-1.crt"
a karren-pki device new --kind terminal --prefix TERMC- --count 2 --tre-prefix TREC- --rows "$VAR/termc.rows" >/dev/null
termc=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$VAR/termc.rows" | jq -r .number)
claim "terminals of the old root's CA with TrEs of the new one's" until_true 30 lot_is "$termc" issued
a karren-pki device collect "$termc" >/dev/null
answers "are permitted" permit - --tre TREC-1 --terminal TERMC-1

# ---- the old root signs its CRL to its end

serial=$(issuer_of TRE-1 | openssl x509 -noout -serial | cut -d= -f2 | tr A-F a-f)
claim "a CA of the old root is revoked" a security-1 cert revoke "$serial" --reason cessationOfOperation
requests_out "$work/sixth.json" 1
claim "the old root is asked for its CRL" is "$(jq -r '.crl.revoked[].serial' "$work/sixth.json")" "$serial"
claim "and certifies no CA" is "$(jq '[.certificates[] | select(.issuer_id > 0)] | length' "$work/sixth.json")" 0
claim "a ceremony of the old root" ceremony sixth "$work/sixth.json" old.key stale/root.crl
claim "is taken" import sixth
lists() { curl -fsS "$PUBLIC_URL/crl/$1.crl" | openssl crl -inform DER -noout -text | grep -qi "Serial Number: $serial"; }
claim "its CRL lists the CA" until_true 20 lists root
claim "the new one's does not" not lists "$new/0"
claim "openssl refuses what is under it" not path TRE-1 "$work/old.pem"
claim "from the new root, too" not path TRE-1 "$work/new.pem" "$work/old-with-new.pem"
claim "and takes what is under the new root's CA" path TREC-1 "$work/old.pem" "$work/new-with-old.pem"
refused CA_NOT_ACTIVE "the old root has one successor" a security-1 ca succeed 1 --reason x
stop_instance
finish
