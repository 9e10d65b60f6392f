#!/usr/bin/env bash
# CMP (RFC 9810, 9811, 9483) into open lots, judged by `openssl cmp`, and for
# PBMAC1 by Bouncy Castle: factories and devices sign or make MACs, ask, confirm, renew and revoke; and what is
# altered, weak, foreign, sent again or no message at all gets nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay; $1"; }
root=$VAR/credentials/root.crt
d=$work/cmp
mkdir "$d"
cd "$d" || exit 1

# ---- factories, and lots that name them
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
ca() { # NAME: a maker's own CA, and a line's certificate under it
	key "$1-ca"
	openssl req -x509 -new -key "$1-ca.key" -subj "/O=$1/CN=$1 factory CA" -days 30 -out "$1-ca.crt" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
	key "$1"
	openssl req -new -key "$1.key" -subj "/O=$1/CN=$1 line 1" 2>/dev/null |
		openssl x509 -req -CA "$1-ca.crt" -CAkey "$1-ca.key" -CAcreateserial -days 30 -out "$1.crt" \
			-extfile <(echo keyUsage=critical,digitalSignature; echo subjectKeyIdentifier=hash) 2>/dev/null
}
ca tresor
ca strangers
printf 'TRE-M%d\n' 1 2 3 4 5 6 7 >ids
lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 40 --renewal --factory tresor-ca.crt --reference signed | jq -r .number)
macs=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 9 --ids ids --mac-keys keys --reference macs | jq -r .number)
in_state() { is "$(j tresor-pki lot show "$1" | jq -r .state)" "$2"; }
claim "a lot that names a factory is opened" until_true 10 in_state "$lot" open
claim "and one with keys for MACs" until_true 10 in_state "$macs" open
claim "whose keys nobody else reads" is "$(stat -c %a keys) $(wc -l <keys)" "600 7"

hex() { od -An -v -tx1 | tr -d ' \n'; }
# cmp LOT [options of openssl cmp]: what it writes is in `said`
public=$PUBLIC_URL
cmp() {
	openssl cmp -config /dev/null -server "${public#http://}" -path ".well-known/cmp/p/$1" -trusted "$root" -recipient "/CN=x" \
		-total_timeout 20 "${@:2}" >said 2>&1 || { tail -4 said; return 1; }
}
by_factory() { # LOT NAME [options]
	[ -e "$2.key" ] || key "$2"
	cmp "$1" -cert tresor.crt -key tresor.key -extracerts tresor-ca.crt -newkey "$2.key" -subject "/CN=$2" -certout "$2.crt" -chainout "$2.chain" "${@:3}"
}
serial() { openssl x509 -in "$1" -noout -serial | sed 's/.*=//' | tr A-F a-f; }
verifies() { openssl verify -x509_strict -CAfile "$root" -untrusted <(cat "${1%.crt}.chain" ca.pem 2>/dev/null) "$1"; }

# ---- new devices
claim "ir, confirmed" by_factory "$lot" TRE-C1 -cmd ir
claim "granted with another name than was asked for" grep -q "received .grantedWithMods." said
claim "gives a certificate that verifies" verifies TRE-C1.crt
claim "of its key" is "$(openssl x509 -in TRE-C1.crt -noout -pubkey | sha256sum)" "$(openssl ec -in TRE-C1.key -pubout 2>/dev/null | sha256sum)"
claim "the transaction is confirmed" is "$(record "SELECT accepted FROM cmp_transaction ORDER BY id DESC LIMIT 1")" t
claim "and the message is kept as proof" is "$(record "SELECT octet_length(proof) > 500 AND factory_sha256 IS NOT NULL FROM enrolment ORDER BY created DESC LIMIT 1")" t
claim "cr, with implicit confirmation, over HTTPS, at the address of its operation" openssl cmp -config /dev/null -cmd cr -server "127.0.0.1:$PORT" \
	-path ".well-known/cmp/p/$lot/certification" -tls_used -tls_trusted "$root" -trusted "$root" -recipient /CN=x -implicit_confirm \
	-cert tresor.crt -key tresor.key -extracerts tresor-ca.crt -newkey "$(key TRE-C2; echo TRE-C2.key)" -subject /CN=TRE-C2 -certout TRE-C2.crt -chainout TRE-C2.chain
claim "verifies" verifies TRE-C2.crt
claim "is confirmed at once" is "$(record "SELECT accepted FROM cmp_transaction ORDER BY id DESC LIMIT 1")" t
key TRE-C3
openssl req -new -key TRE-C3.key -subj /CN=TRE-C3 -out TRE-C3.csr
claim "p10cr" cmp "$lot" -cmd p10cr -csr TRE-C3.csr -cert tresor.crt -key tresor.key -extracerts tresor-ca.crt -certout TRE-C3.crt -chainout TRE-C3.chain
claim "verifies, too" verifies TRE-C3.crt
claim "answers are signed as a registration authority's" is "$(record "SELECT count(*) FROM delegated_key k JOIN delegated_certificate c ON c.key_id = k.id WHERE k.kind = 'cmp'")" 1
by_mac() { # LOT NAME KEY [options]
	[ -e "$2.key" ] || key "$2"
	openssl cmp -config /dev/null -server "${public#http://}" -path ".well-known/cmp/p/$1" -recipient /CN=x -total_timeout 20 \
		-ref "$2" -secret "pass:$3" -mac hmacWithSHA256 -newkey "$2.key" -subject "/CN=$2" -certout "$2.crt" -chainout "$2.chain" "${@:4}" >said 2>&1 || { tail -4 said; return 1; }
}
mac_of() { grep "^$1:" keys | cut -d: -f2; }
claim "ir by MAC, answered by MAC and with the root" by_mac "$macs" TRE-M1 "$(mac_of TRE-M1)" -cmd ir -cacertsout mac-root.crt
claim "whose certificate verifies" verifies TRE-M1.crt
claim "the root came with it" is "$(openssl x509 -in mac-root.crt -noout -fingerprint)" "$(openssl x509 -in "$root" -noout -fingerprint)"

# ---- waiting
authority=$(pgrep -f -P "$RUN_PID" "assay-authority" | head -1)
[ -n "$authority" ] || authority=$(pgrep -f "assay-authority.*$VAR" | head -1)
kill -STOP "$authority"
( sleep 3; kill -CONT "$authority" ) &
goes_on=$!
claim "while the authority is away a client polls" by_factory "$lot" TRE-C4 -cmd ir -verbosity 7
claim "was told to wait" grep -qi "pollReq\|polling\|waiting" said
claim "and gets its certificate" verifies TRE-C4.crt
wait "$goes_on"

# ---- genm
# OpenSSL 3.5 writes what came into files that it wants to be named.
into() { openssl cmp -help 2>&1 | grep -qw -- "-$1" && echo "-$1 $2"; }
claim "genm: CA certificates" cmp "$lot" -cmd genm -infotype caCerts $(into cacertsout genm.cas) -cert tresor.crt -key tresor.key -extracerts tresor-ca.crt
claim "which comes" eval 'grep -q "genp contains ITAV of type: .*caCerts" said || [ -s genm.cas ]'
claim "genm: a CRL" cmp "$lot" -cmd genm -infotype currentCRL -rspout genp -cert tresor.crt -key tresor.key -extracerts tresor-ca.crt
claim "which comes, to the octet" grep -q "$(hex <"$VAR/public/crl/$(record "SELECT id FROM issuer WHERE role = 'tre'")/0.crl")" <<<"$(hex <genp)"
claim "genm: what is unknown here is passed over" cmp "$lot" -cmd genm -infotype suppLangTags -cert tresor.crt -key tresor.key -extracerts tresor-ca.crt

# ---- renewal
key TRE-C1n
claim "kur with the device's certificate" cmp "$lot" -cmd kur -cert TRE-C1.crt -key TRE-C1.key -newkey TRE-C1n.key -certout TRE-C1n.crt -chainout TRE-C1n.chain
claim "granted as asked" not grep -q grantedWithMods said
claim "gives another that verifies" verifies TRE-C1n.crt
claim "for the new key" is "$(openssl x509 -in TRE-C1n.crt -noout -pubkey | sha256sum)" "$(openssl ec -in TRE-C1n.key -pubout 2>/dev/null | sha256sum)"
reason() { j reader cert show "$(serial "$1")" | jq -r '"\(.state) \(.reason)"'; }
claim "and the old one is superseded" is "$(reason TRE-C1.crt)" "revoked superseded"
key TRE-C2n
fails() { ! "$@" && ! grep -q "received .*certificate" said; }
gets() { # CODE-OR-TEXT command...: refused, and for that reason
	local want=$1
	shift
	! "$@" || { echo "it was let in"; return 1; }
	grep -q -- "$want" said || { tail -5 said; return 1; }
}
claim "the superseded one renews no more" gets "badRequest\|notAuthorized" cmp "$lot" -cmd kur -cert TRE-C1.crt -key TRE-C1.key -newkey TRE-C2n.key -certout no.crt
claim "a factory renews nobody" gets signerNotTrusted cmp "$lot" -cmd kur -cert tresor.crt -key tresor.key -extracerts tresor-ca.crt -oldcert TRE-C2.crt -newkey TRE-C2n.key -certout no.crt
claim "nor does one device another" gets badCertId cmp "$lot" -cmd kur -cert TRE-C2.crt -key TRE-C2.key -oldcert TRE-C3.crt -newkey TRE-C2n.key -certout no.crt
claim "a lot that is not for renewal" gets notAuthorized cmp "$macs" -cmd kur -cert TRE-C2.crt -key TRE-C2.key -newkey TRE-C2n.key -certout no.crt

# ---- revocation
claim "rr by the device" cmp "$lot" -cmd rr -cert TRE-C2.crt -key TRE-C2.key -oldcert TRE-C2.crt -revreason 1
claim "revokes for its reason" is "$(reason TRE-C2.crt)" "revoked keyCompromise"
claim "rr by its factory" cmp "$lot" -cmd rr -cert tresor.crt -key tresor.key -extracerts tresor-ca.crt -oldcert TRE-C3.crt
claim "revokes, without a reason for unspecified" is "$(reason TRE-C3.crt)" "revoked unspecified"
claim "again it is revoked already" gets certRevoked cmp "$lot" -cmd rr -cert tresor.crt -key tresor.key -extracerts tresor-ca.crt -oldcert TRE-C3.crt
claim "another device's is none of its business" gets badCertId cmp "$lot" -cmd rr -cert TRE-C1n.crt -key TRE-C1n.key -oldcert TRE-C4.crt
# one line's certificate counts for what comes from lots that name it
ca line2
line2=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 9 --factory line2-ca.crt | jq -r .number)
both=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 9 --factory <(cat tresor-ca.crt line2-ca.crt) | jq -r .number)
claim "two more lots are opened" until_true 10 eval 'in_state "$line2" open && in_state "$both" open'
by_line2() { cmp "$1" -cert line2.crt -key line2.key -extracerts line2-ca.crt "${@:2}"; }
claim "another factory of the same supplier revokes none of this one's devices" gets badCertId by_line2 "$line2" -cmd rr -oldcert TRE-C4.crt
claim "nor where a lot names both" gets badCertId by_line2 "$both" -cmd rr -oldcert TRE-C4.crt
claim "but its own" by_line2 "$line2" -cmd ir -newkey "$(key TRE-L1; echo TRE-L1.key)" -subject /CN=TRE-L1 -certout TRE-L1.crt -chainout TRE-L1.chain
claim "which the other does not" gets badCertId cmp "$both" -cmd rr -cert tresor.crt -key tresor.key -extracerts tresor-ca.crt -oldcert TRE-L1.crt
claim "also by way of another lot that names it" by_line2 "$both" -cmd rr -oldcert TRE-L1.crt
claim "which is revoked" is "$(reason TRE-L1.crt)" "revoked unspecified"
other=$(record "SELECT encode(der, 'base64') FROM certificate c JOIN device d ON d.id = c.device_id WHERE d.kind = 'terminal' LIMIT 1")
if [ -n "$other" ]; then
	base64 -d <<<"$other" | openssl x509 -inform DER -out other.crt
	claim "nor another supplier's" gets badCertId cmp "$lot" -cmd rr -cert tresor.crt -key tresor.key -extracerts tresor-ca.crt -oldcert other.crt
fi
# ---- MACs
claim "a MAC with SHA-1 is refused" gets badAlg by_mac "$macs" TRE-M2 "$(mac_of TRE-M2)" -cmd ir -mac hmac-sha1 -trusted "$root"
claim "a signature with SHA-1, too" gets badAlg by_factory "$lot" TRE-X2 -cmd ir -digest sha1
claim "and a MAC by another secret" gets badMessageCheck by_mac "$macs" TRE-M2 wrong -cmd ir -trusted "$root"
claim "and another device's" gets badMessageCheck by_mac "$macs" TRE-M2 "$(mac_of TRE-M3)" -cmd ir -trusted "$root"
claim "a device asks for itself alone" gets notAuthorized by_mac "$macs" TRE-M2 "$(mac_of TRE-M2)" -cmd ir -subject /CN=TRE-M9
rm TRE-M1.key
claim "a used key is used up" gets notAuthorized by_mac "$macs" TRE-M1 "$(mac_of TRE-M1)" -cmd ir
claim "in another lot it is none" gets signerNotTrusted by_mac "$lot" TRE-M2 "$(mac_of TRE-M2)" -cmd ir -trusted "$root"
claim "who has nothing but the secret can read an error, too" gets badRequest by_mac "$macs" TRE-M2 "$(mac_of TRE-M2)" -cmd ir -path ".well-known/cmp/p/$macs/revocation"
claim "no MAC revokes" gets notAuthorized by_mac "$macs" TRE-M3 "$(mac_of TRE-M3)" -cmd rr -oldcert TRE-C4.crt

# ---- MACs by PBMAC1, RFC 9481 section 6.1.2
classes=$d:/usr/share/java/bcpkix.jar:/usr/share/java/bcprov.jar:/usr/share/java/bcutil.jar
javac -d "$d" -cp "$classes" "$top/tests/system/judge/Cmp.java"
by_pbmac1() { # LOT NAME KEY HOW: what it says
	java -Xshare:auto -XX:TieredStopAtLevel=1 -cp "$classes" Cmp "$public/.well-known/cmp/p/$1" "$2" "$3" "$2" "$4" 2>&1
}
claim "ir by PBMAC1, answered so, and confirmed" is "$(by_pbmac1 "$macs" TRE-M4 "$(mac_of TRE-M4)" good)" confirmed
claim "gives a certificate that verifies" openssl verify -x509_strict -CAfile "$root" -untrusted TRE-M1.chain TRE-M4.der
claim "the transaction is confirmed, too" is "$(record "SELECT accepted FROM cmp_transaction ORDER BY id DESC LIMIT 1")" t
claim "asked twice it is the same certificate" is "$(by_pbmac1 "$macs" TRE-M5 "$(mac_of TRE-M5)" twice)" confirmed
claim "a used key is used up, here as well" eval 'grep -q "^refused" <<<"$(by_pbmac1 "$macs" TRE-M4 "$(mac_of TRE-M4)" good)"'
# bits of PKIFailureInfo, as Bouncy Castle writes them
claim "a key derived with SHA-1 is refused" is "$(by_pbmac1 "$macs" TRE-M6 "$(mac_of TRE-M6)" weak-kdf)" "refused PKIFailureInfo: 0x80"
claim "and so is a MAC with SHA-1" is "$(by_pbmac1 "$macs" TRE-M6 "$(mac_of TRE-M6)" weak-mac)" "refused PKIFailureInfo: 0x80"
claim "and one by another secret" is "$(by_pbmac1 "$macs" TRE-M6 "$(mac_of TRE-M3)" good)" "refused PKIFailureInfo: 0x40"
claim "none of which used the key up" is "$(by_pbmac1 "$macs" TRE-M6 "$(mac_of TRE-M6)" no-confirmation)" issued
claim "who confirms another request than the one that was made is refused" is "$(by_pbmac1 "$macs" TRE-M7 "$(mac_of TRE-M7)" other-id)" "not confirmed: type 23"
claim "and has confirmed nothing" is "$(record "SELECT accepted IS NULL FROM cmp_transaction ORDER BY id DESC LIMIT 1")" t

# ---- who gets nothing
issued() { record "SELECT count(*) FROM certificate WHERE device_id IS NOT NULL"; }
before=$(issued)
claim "a foreign factory's certificate" gets signerNotTrusted cmp "$lot" -cmd ir -cert strangers.crt -key strangers.key -extracerts strangers-ca.crt -newkey TRE-C2n.key -subject /CN=TRE-X1 -certout no.crt
openssl req -x509 -new -key strangers.key -subj "/O=tresor/CN=tresor line 1" -days 9 -out forged.crt 2>/dev/null
claim "one that has but its name" gets badMessageCheck cmp "$lot" -cmd ir -cert forged.crt -key strangers.key -extracerts tresor.crt -newkey TRE-C2n.key -subject /CN=TRE-X1 -certout no.crt
terminals=$(j karren-pki lot open --model karren-t1 --site karren-ulm --count 4 --factory strangers-ca.crt | jq -r .number)
until_true 10 in_state "$terminals" open
claim "a factory at another supplier's lot" gets signerNotTrusted cmp "$terminals" -cmd ir -cert tresor.crt -key tresor.key -extracerts tresor-ca.crt -newkey TRE-C2n.key -subject /CN=TRE-X1 -certout no.crt
claim "raVerified instead of a proof" gets badPOP by_factory "$lot" TRE-X2 -cmd ir -popo 0
# OpenSSL 3.5's client takes no proof for "make the key yourself".
claim "no proof at all" gets "$([ -n "$(into newkeyout x)" ] && echo rejection || echo badPOP)" \
	by_factory "$lot" TRE-X2 -cmd ir -popo -1 $(into newkeyout no.key)
claim "a message without protection" gets badMessageCheck cmp "$lot" -cmd ir -unprotected_requests -newkey TRE-C2n.key -subject /CN=TRE-X1 -certout no.crt
claim "no device's id" gets badRequest by_factory "$lot" tre-low -cmd ir
claim "the address of another operation" gets badRequest by_factory "$lot" TRE-X2 -cmd ir -path ".well-known/cmp/p/$lot/revocation"
claim "no such operation" gets 404 by_factory "$lot" TRE-X2 -cmd ir -path ".well-known/cmp/p/$lot/keyrecovery"
claim "no such lot" gets 404 by_factory LOT-1999-000001 TRE-X2 -cmd ir
claim "by EST a supplier's person gets nothing in a lot for factories alone" is "$(openssl req -new -key TRE-C2n.key -subj /CN=TRE-X3 -outform DER | base64 -w0 |
	curl -sS --cacert "$root" --cert "$VAR/credentials/tresor-pki.crt" --key "$VAR/credentials/tresor-pki.key" -H 'Content-Type: application/pkcs10' --data-binary @- "$URL/.well-known/est/$lot/simpleenroll" | jq -r .type | sed 's,.*/,,')" PROOF_MISSING
claim "none of these made a certificate" is "$(issued)" "$before"

# ---- sent again, altered, cut off
by_factory "$lot" TRE-R1 -cmd ir -reqout "ir.der conf.der"
post() { curl -sS -o "${2:-answer}.der" -w '%{http_code} %{content_type}' -H 'Content-Type: application/pkixcmp' --data-binary "@$1" "$public/.well-known/cmp/p/$lot"; }
body() { openssl asn1parse -inform DER -in answer.der 2>/dev/null | grep 'd=1.*cont \[ [0-9]* \]' | head -1 | sed 's/.*\[ \([0-9]*\) \].*/\1/'; }
before=$(issued)
claim "a recorded request is answered, by an error" is "$(post ir.der) $(body)" "200 application/pkixcmp 23"
claim "and makes no second certificate" is "$(issued)" "$before"
claim "a recorded confirmation neither" is "$(post conf.der) $(body)" "200 application/pkixcmp 23"
by_factory "$lot" TRE-R2 -cmd ir -disable_confirm -reqout lost.der
before=$(issued)
claim "one whose answer was lost is answered again" is "$(post lost.der) $(body)" "200 application/pkixcmp 1"
claim "with the same certificate" is "$(issued)" "$before"
by_factory "$lot" TRE-R3 -cmd ir -disable_confirm -reqout fresh.der >/dev/null
size=$(stat -c %s fresh.der)
alter() { # FILE OFFSET: one octet of it
	cp "$1" altered.der
	printf "\\x$(printf %02x $(($(od -An -tu1 -j "$2" -N 1 "$1") ^ 1)))" | dd of=altered.der bs=1 seek="$2" conv=notrunc 2>/dev/null
}
bad=0
for at in $(seq 0 17 $((size - 1))); do
	alter fresh.der "$at"
	case "$(post altered.der) $(body)" in
	"200 application/pkixcmp 23" | 400*) ;;
	*) bad=$((bad + 1)) ;;
	esac
done
claim "an octet altered in any part is refused" is "$bad" 0
for n in $(seq 1 13 $((size - 1))); do
	head -c "$n" fresh.der >cut.der
	case "$(post cut.der)" in 400*) ;; *) bad=$((bad + 1)) ;; esac
done
for n in 1 2 3 4 5 6 7 8; do
	head -c $((n * 300)) /dev/urandom >junk.der
	case "$(post junk.der)" in 400*) ;; *) bad=$((bad + 1)) ;; esac
done
{ cat fresh.der; printf '\0'; } >tail.der
claim "cut off, random or with an octet behind it is no message" is "$bad $(post tail.der)" "0 400 application/problem+json"
claim "none of it made a certificate" is "$(issued)" "$((before + 1))"
head -c 20000 /dev/zero >long.der
claim "what is too long is not read" is "$(post long.der | cut -d' ' -f1)" 413
claim "another media type neither" is "$(curl -sS -o /dev/null -w '%{http_code}' -H 'Content-Type: text/plain' --data-binary @ir.der "$public/.well-known/cmp/p/$lot")" 415
claim "and it still answers" by_factory "$lot" TRE-R4 -cmd ir
claim "no worker has fallen" is "$(grep -c "restarting worker\|signal" "$VAR"/log/api*.log | awk -F: '{ n += $2 } END { print n + 0 }')" 0

# ---- who has stolen the api's role
stolen() { psql -h "$run" -U assay_api -d assay -qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay; $1" 2>&1; }
csr=$(openssl req -new -key TRE-C2n.key -subj /CN=TRE-Z1 -outform DER | hex)
spki=$(openssl ec -in TRE-C2n.key -pubout -outform DER 2>/dev/null | sha256sum | cut -c-64)
row() { record "SELECT reason FROM lot_row WHERE device_id = 'TRE-Z1' ORDER BY row DESC LIMIT 1"; }
z_is() { is "$(row)" "$1"; }
stolen "SELECT enrol_by_factory('$lot', 'TRE-Z1', '\\x$spki', '\\x$spki', '\\x$csr', '', '', NULL)" >/dev/null
claim "a row made up without a proof is refused by the authority" until_true 10 z_is PROOF_MISSING
stolen "SELECT enrol_by_factory('$lot', 'TRE-Z1', '\\x$spki', '\\x$spki', '\\x$csr', '', '', '\\x$(hex <fresh.der)')" >/dev/null
claim "and with another request's proof" until_true 10 z_is PROOF_REFUSED

# ---- a certificate that is not wanted
gets "" by_factory "$lot" TRE-J1 -cmd ir -out_trusted strangers-ca.crt
claim "a client that rejects its certificate has it revoked" is "$(record "SELECT c.state FROM certificate c JOIN device d ON d.id = c.device_id WHERE d.device_id = 'TRE-J1'")" revoked

# ---- and one that renews what a device has
kur() { # DEVICE NEW [options]: NEW.key and NEW.crt
	[ -e "$2.key" ] || key "$2"
	cmp "$lot" -cmd kur -cert "$1.crt" -key "$1.key" -newkey "$2.key" -certout "$2.crt" -chainout "$2.chain" "${@:3}"
}
last() { record "SELECT concat_ws(' ', state, nullif(reason, 0)) FROM certificate WHERE device_id = (SELECT id FROM device WHERE device_id = '$1') ORDER BY issued DESC LIMIT 1"; }
last_is() { is "$(last "$1")" "$2"; }
transaction() { record "SELECT max(id) FROM cmp_transaction"; }
first=$(issued)
claim "a device rejects the one that is to follow its own" not kur TRE-R1 TRE-R1n -out_trusted strangers-ca.crt -reqout "kur.der conf.der"
claim "one was made" is "$(issued)" "$((first + 1))"
claim "and is revoked" last_is TRE-R1 "revoked 5"
claim "the one that it has is good, as before" is "$(reason TRE-R1.crt)" "issued null"
claim "the recorded request makes no other" is "$(post kur.der) $(body) $(issued)" "200 application/pkixcmp 23 $((first + 1))"
claim "nor does the same key" gets duplicateCertReq kur TRE-R1 TRE-R1n
claim "it renews with another" kur TRE-R1 TRE-R1m -reqout "kur.der conf.der"
claim "which supersedes it" is "$(reason TRE-R1.crt) $(reason TRE-R1m.crt)" "revoked superseded issued null"
claim "for good: what was confirmed is rejected by nobody" is "$(stolen "SELECT cmp_reject($(transaction))"; post conf.der) $(body) $(reason TRE-R1m.crt)" "
200 application/pkixcmp 23 issued null"
before=$(issued)
claim "a recorded request makes no other either" is "$(post kur.der) $(body) $(issued)" "200 application/pkixcmp 23 $before"

claim "the confirmation gets lost" kur TRE-R2 TRE-R2n -disable_confirm -reqout lost-kur.der -verbosity 8
claim "both are good meanwhile" is "$(reason TRE-R2.crt) $(reason TRE-R2n.crt)" "issued null issued null"
claim "the answer said until when" grep -q "1\.3\.6\.1\.5\.5\.7\.4\.14" <<<"$(post lost-kur.der >/dev/null; openssl asn1parse -inform DER -in answer.der -i | sed 's/id-it-confirmWaitTime/1.3.6.1.5.5.7.4.14/')"
claim "asked again it is the same one" is "$(post lost-kur.der again) $(issued)" "200 application/pkixcmp $((before + 1))"
claim "an hour later nothing has come" record "SELECT clock_device_renewal(assay_now() + interval '59 minutes'), clock_device_renewal(assay_now() + interval '61 minutes')"
claim "the new one is revoked, and the old one is what it has" is "$(reason TRE-R2.crt) $(reason TRE-R2n.crt)" "issued null revoked cessationOfOperation"
claim "a confirmation after that comes too late" grep -q "was rejected, or not confirmed in time" <<<"$(stolen "SELECT cmp_transaction_set($(transaction), NULL, NULL, NULL, true)")"
claim "the recorded request gives it no more" is "$(post lost-kur.der again) $(issued)" "200 application/pkixcmp $((before + 1))"
claim "it renews with another key" kur TRE-R2 TRE-R2m
claim "and has that one" is "$(reason TRE-R2.crt) $(reason TRE-R2m.crt)" "revoked superseded issued null"

claim "another's confirmation gets lost" kur TRE-R3 TRE-R3n -disable_confirm
claim "it asks for another key" kur TRE-R3 TRE-R3m -disable_confirm
claim "which ends what it had not confirmed, and nothing else" is "$(reason TRE-R3.crt) $(reason TRE-R3n.crt) $(reason TRE-R3m.crt)" "issued null revoked cessationOfOperation issued null"
claim "in the next transaction it confirms" kur TRE-R3 TRE-R3m
claim "the same one, and has it" is "$(reason TRE-R3.crt) $(reason TRE-R3m.crt)" "revoked superseded issued null"
claim "which no rejection in a third takes away" not kur TRE-R3 TRE-R3m -out_trusted strangers-ca.crt
claim "but is good" is "$(reason TRE-R3m.crt)" "issued null"

claim "another does not confirm" kur TRE-R4 TRE-R4n -disable_confirm
claim "but renews with it" kur TRE-R4n TRE-R4m -disable_confirm
claim "so it had it" is "$(reason TRE-R4.crt) $(reason TRE-R4n.crt) $(reason TRE-R4m.crt)" "revoked superseded issued null issued null"
claim "whose old one is revoked meanwhile" a security-1 cert revoke "$(serial TRE-R4n.crt)" --reason keyCompromise
claim "has no other in its pocket" is "$(reason TRE-R4n.crt) $(reason TRE-R4m.crt)" "revoked keyCompromise revoked cessationOfOperation"
claim "one does not confirm, and its old one is superseded by somebody else's word" eval 'kur TRE-R2m TRE-R2o -disable_confirm &&
	a security-1 cert revoke "$(serial TRE-R2m.crt)" --reason superseded'
claim "which means that the new one took its place" is "$(record "SELECT clock_device_renewal(assay_now() + interval '61 minutes')") $(reason TRE-R2m.crt) $(reason TRE-R2o.crt)" "0 revoked superseded issued null"
claim "one that waits, likewise" kur TRE-C1n TRE-C1m -disable_confirm
claim "and the new one is put on hold" a security-1 cert hold "$(serial TRE-C1m.crt)" --legal-basis "a doubt"
claim "the old one is no way round that" is "$(reason TRE-C1n.crt) $(reason TRE-C1m.crt)" "revoked superseded on_hold certificateHold"
claim "one that does not confirm" kur TRE-C4 TRE-C4n -disable_confirm
# somebody was permitted with it, which is all that is looked at of a decision
sql_past "INSERT INTO decision (id, organisation_id, principal_id, request_id, request_sha256, purpose, mode, verdict, reasons, warnings, tre_sha256, event_id, receipt, signer_id)
	VALUES (gen_random_uuid(), 1, 1, gen_random_uuid(), pg_catalog.sha256('x'), 'initial_download', 'tre_and_platform', 'permit', '{}', '{}', '\x$(openssl x509 -in TRE-C4n.crt -outform DER | sha256sum | cut -c-64)', 1, '', 1)"
claim "but is permitted with it" record "SELECT clock_device_renewal(assay_now() + interval '61 minutes')"
claim "has taken it" is "$(reason TRE-C4.crt) $(reason TRE-C4n.crt)" "revoked superseded issued null"

# ---- each message is kept, so that a device sends so many only
who=$(openssl x509 -in TRE-C4n.crt -outform DER | sha256sum | cut -c-64)
sends() { # N: transactions that it has begun
	record "SELECT count(cmp_transaction_begin('$lot', decode(md5(i::text), 'hex'), '\x$who', '\x00', true))
		FROM generate_series(1, $1 - (SELECT count(*) FROM cmp_transaction WHERE signer = '\x$who')) i" >/dev/null
}
sends 99
claim "a device asks for the hundredth time in an hour, for what is not its business" gets badCertId cmp "$lot" -cmd rr -cert TRE-C4n.crt -key TRE-C4n.key -oldcert TRE-C1.crt
cmp "$lot" -cmd rr -cert TRE-C4n.crt -key TRE-C4n.key -oldcert TRE-C1.crt -reqout again.rr >/dev/null 2>&1
claim "once more is too often" is "$(post again.rr)" "429 application/problem+json"
claim "and is kept no more" is "$(record "SELECT count(*) FROM cmp_transaction WHERE signer = '\x$who'")" 100
claim "factories go on" by_factory "$lot" TRE-R9 -cmd ir

# ---- after a restart of everything
stop_instance
start_instance
before=$(issued)
claim "after a restart a recorded request makes nothing either" is "$(post ir.der) $(body) $(issued)" "200 application/pkixcmp 23 $before"
claim "and one whose answer was lost is answered again" is "$(post lost.der) $(body) $(issued)" "200 application/pkixcmp 1 $before"

# ---- its end
assay lot close "$lot" --as tresor-pki >/dev/null
claim "a lot that is over takes nobody" gets notAuthorized by_factory "$lot" TRE-Y1 -cmd ir
finish
