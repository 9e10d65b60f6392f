#!/usr/bin/env bash
# A root that was with the authority is followed by one that is offline: the
# instance goes on, no device is touched, and the old root signs its CRL by itself.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
umask 077
. "$top/tests/lib/ceremony.sh"
roots() { j reader ca list --role root | jq -c '[.cas[] | .state]'; }
pending() { assay ca requests --state pending --json --as officer-1 | jq -r '[.requests[].name] | sort | join(" ")'; }
asked() { is "$(pending)" "$1"; }
submit() { # PREFIX: a lot of two TrEs; its number
	a tresor-pki device new --kind tre --prefix "$1" --count 2 --rows "$work/$1.rows" >/dev/null &&
		j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/$1.rows" | jq -r .number
}
lot_is() { is "$(j officer-1 lot show "$1" | jq -r .state)" "$2"; }
ca_of() { openssl x509 -in "$1" -noout -ext authorityInfoAccess | sed -n 's|.*CA Issuers - URI:.*/ca/\(.*\)\.cer|\1|p'; }

start_accredited
claim "devices of the first root" story_lots 2
old=$work/old.pem
cp "$VAR/credentials/root.crt" "$old"
cp "$VAR/devices/TRE-1.crt" "$work/before.crt"
refused ROOT_ONLINE "no ceremony is asked for anything" requests_out "$work/no.json"

# ---- from now on roots are made at ceremonies
stop_instance
sed -i 's/^root .*/root = offline/' "$VAR/assay.cnf"
grep -q '^root = offline' "$VAR/assay.cnf" || not_ok "assay.cnf has root"
start_instance
claim "with the setting alone nothing is changed: lots are issued" until_true 30 lot_is "$(submit TREB-)" issued
claim "a successor is proposed" a security-1 ca succeed 1 --reason "its key goes offline"
claim "and approved by another" a decider-1 approve CA-1
claim "no root is made here: a ceremony is asked for" until_true 20 asked link-new-with-old
claim "the body hears of it" grep -q alarm.ca_requested <(j officer-1 notice list)
claim "the old root goes on" is "$(roots)" '["active"]'
claim "and issues" until_true 30 lot_is "$(submit TREC-)" issued
new=$(assay ca requests --state pending --json --as officer-1 | jq -r '.requests[0].ca')
claim "the requests are written, and signed" requests_out "$work/next.json" "$new"
claim "for a root after the old one" is "$(jq -r '.root, .previous_root' "$work/next.json" | xargs)" \
	"null $(openssl x509 -in "$old" -outform DER | sha256sum | cut -c-64)"

# ---- the ceremony, to which the old root's key is brought
cp "$VAR/authority/root.key" "$vault/old.key"
openssl x509 -in "$old" -outform DER -out "$vault/old.cer"
curl -fsS "$PUBLIC_URL/crl/root.crl" -o "$vault/old.crl"
next() { ceremony "$1" "$work/next.json" "$2" old.crl old.key; }
refused CEREMONY_MEMORY "a script that does not say where the old key was is refused" next silent silent.key
was_online=', was_online: true'
jq '.signature = null' "$work/next.json" >"$work/bare.json"
refused REQUESTS_UNSIGNED "nor does it take what nobody signed" ceremony bare "$work/bare.json" bare.key old.crl old.key
claim "both roots sign" next next new.key
claim "the transcript holds" "$bin/assay" ca transcript verify "$vault/next" --root "$vault/next/root.cer" --script "$vault/next.yaml"
claim "the old root has a memory now" test -s "$vault/old.key.last"
refused REQUESTS_OLD "by which it signs no second one, whatever the script says" next twice twice.key
(cd "$vault" && openssl ecparam -name secp384r1 -genkey -noout -out raw.key && openssl pkcs8 -topk8 -nocrypt -in raw.key -out theirs.key &&
	openssl req -x509 -new -key theirs.key -subj "$(openssl x509 -in "$old" -noout -subject -nameopt compat | sed 's/^subject=//')" -days 9 -outform DER -out theirs.cer 2>/dev/null)
copy next stolen && cp "$vault/theirs.cer" "$vault/stolen/root.cer"
import_refused ROOT_REFUSED "somebody else's root is refused" stolen
copy next bad && rm "$vault/bad/link-new-with-old.cer"
import_refused RESULT_MISSING "and one that the old root has not signed" bad
claim "the old root is the one" is "$(roots)" '["active"]'
claim "the new one is taken" import next
claim "and is the root of today" is "$(roots)" '["active","retired"]'

# ---- how it goes on
fetch() { curl -fsS "$PUBLIC_URL/ca/$1.cer" | openssl x509 -inform DER; }
claim "it is published" until_true 20 eval "fetch $new >$work/new.pem"
fetch "$new-with-1" >"$work/new-with-old.pem"
fetch "1-with-$new" >"$work/old-with-new.pem"
claim "who has the old one believes it" openssl verify -x509_strict -CAfile "$old" "$work/new-with-old.pem"
claim "and the reverse" openssl verify -x509_strict -CAfile "$work/new.pem" "$work/old-with-new.pem"
tre_ca=$(ca_of "$VAR/devices/TRE-1.crt")
claim "the CAs of before go on" until_true 30 lot_is "$(submit TRED-)" issued
claim "the TrEs' is retired" a security-1 ca retire "$tre_ca" --reason "to the new root"
claim "by two" a decider-1 approve "CA-$tre_ca"
waiting=$(submit TREE-)
waits() { pending | grep -q '^issuer-'; }
claim "its successor is asked of the new root" until_true 20 waits
open=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 2 | jq -r .number)
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/o.key" -subj /CN=TREO-1 -outform DER 2>/dev/null | base64 >"$work/o.b64"
est() {
	api_as tresor-pki -o "$work/o.p7" -D "$work/o.head" -w '%{http_code}' -H 'Content-Type: application/pkcs10' \
		--data-binary @"$work/o.b64" "$URL/.well-known/est/$open/simpleenroll"
}
claim "a device that asks by EST is told to come again" is "$(est) $(tr -d '\r' <"$work/o.head" | awk 'tolower($1) == "retry-after:" { print ($2 > 0) }')" "202 1"
requests_out "$work/second.json"
claim "which signs at a ceremony" ceremony second "$work/second.json" new.key next/root.crl
claim "what it made is taken" import second
claim "the lot is issued" until_true 30 lot_is "$waiting" issued
a tresor-pki device collect "$waiting" >/dev/null
enrolled() { is "$(est)" 200; }
claim "and the device's request is answered, as it was" until_true 20 enrolled
path() { # DEVICE ROOT [LINK]
	openssl verify -x509_strict -policy_check -CAfile "$2" -untrusted <(issuer_of "$1"; [ -z "${3:-}" ] || cat "$3") <(leaf_of "$1")
}
claim "a device of it leads to the new root" path TREE-1 "$work/new.pem"
claim "and by the link to the old one" path TREE-1 "$old" "$work/new-with-old.pem"
claim "one of before leads to the old root" path TRE-1 "$old"
claim "and by the link to the new one" path TRE-1 "$work/new.pem" "$work/old-with-new.pem"
claim "no device was touched" cmp "$work/before.crt" "$VAR/devices/TRE-1.crt"
answers "a device of before is permitted" permit - --tre TRE-2 --terminal TERM-2
serial=$(issuer_of TRE-1 | openssl x509 -noout -serial | cut -d= -f2 | tr A-F a-f)
claim "a CA of the old root is revoked" a security-1 cert revoke "$serial" --reason cessationOfOperation
lists() { curl -fsS "$PUBLIC_URL/crl/root.crl" | openssl crl -inform DER -noout -text | grep -qi "Serial Number: $serial"; }
claim "the old root signs its CRL here, as before" until_true 20 lists
refused ROOT_ONLINE "and is asked for none" requests_out "$work/old.json" 1
answers "a device under that CA is refused" refuse ISSUER_REVOKED --tre TRE-2 --terminal TERM-2
stop_instance
start_instance
claim "after a restart all is as it was" is "$(roots)" '["active","retired"]'
finish
