#!/usr/bin/env bash
# An instance whose root is offline, the whole story: it begins at a ceremony; a
# supplier's lot waits until the next one; a CA is revoked, and the third brings
# the CRL.  openssl judges along the way; no wrong folder is taken.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
umask 077

VAR=$work/var PORT=$(free_port) PUBLIC_PORT=$(free_port)
. "$top/tests/lib/ceremony.sh"

# misled NAME REQUESTS KEY [PREVIOUS-CRL]: the same of what the authority has not
# signed, since people said that it need not be, by a root with the memory of its
# first ceremony; forgotten afterwards
misled() {
	local rc=0 first=first
	[ "$3" = root.key ] || first=other
	jq '.signature = null' "$2" >"$work/misled.json"
	cp "$vault/$3.last" "$work/kept.last"
	cp "$vault/$first/transcript.json" "$vault/$3.last"
	unsigned=', unsigned: true' ceremony "$1" "$work/misled.json" "${@:3}" || rc=$?
	cp "$work/kept.last" "$vault/$3.last"
	return $rc
}
# init_refuses WORDS WHAT FOLDER [ROOT]
init_refuses() {
	local out
	if out=$(by_ceremony "${@:3}" 2>&1); then not_ok "$2 (it was taken)"
	elif grep -q "$1" <<<"$out"; then ok "$2"
	else not_ok "$2 (another reason)"; sed 's/^/#   /' <<<"$out"; fi
}

# ---- the beginning

out=$(init --port "$PORT" --public-port "$PUBLIC_PORT")
claim "init is for an offline root unless it is told otherwise" grep -qx 'root = offline' "$VAR/assay.cnf"
claim "it stops, and says that a ceremony is next" grep -q 'assay ca ceremony' <<<"$out"
claim "and which hash its script must name" grep -q "$(sha256sum <"$VAR/requests.json" | cut -c-64)" <<<"$out"
claim "requests.json wants root, access CA and OCSP signer" test \
	"$(jq -r '.root, .certificates[].name' "$VAR/requests.json" | xargs)" = "null root access root-ocsp"
asked=$(sha256sum <"$VAR/requests.json")
claim "again, it says the same" init
claim "and asks for nothing else" test "$asked" = "$(sha256sum <"$VAR/requests.json")"
claim "it does not run so" exits 5 timeout 60 "$bin/assay" run --var "$VAR"
claim "and says what is missing" grep -q 'ROOT_AWAITED' "$work/stderr"

claim "a ceremony makes the root" ceremony first "$VAR/requests.json" root.key
claim "another one, another root" eval 'ceremony other "$VAR/requests.json" other.key >"$work/said"'

# the first CRL's number leaves none for those that follow
jq '.crl.number += 1000000000' "$VAR/requests.json" >"$work/far.json"
claim "a ceremony is given a CRL's number from far ahead" ceremony far "$work/far.json" far.key
init_refuses 'leaps' "no instance begins with it" "$vault/far"

claim "a ceremony says its root's SHA-256" grep -q "$(sha256sum <"$vault/other/root.cer" | cut -c-64)" "$work/said"
init_refuses 'ROOT_OTHER' "a whole other ceremony is refused by it" "$vault/other" "$vault/root.cer"
claim "and without it nothing is taken" exits 2 init --ceremony "$vault/first"
copy first bad && cp "$vault/other/access.cer" "$vault/bad/"
init_refuses 'did not sign it' "another root's access CA is refused" "$vault/bad"
copy first bad && cp "$vault/other/root.cer" "$vault/bad/"
init_refuses 'did not sign it' "another root with the first one's certificates is refused" "$vault/bad"
copy first bad && cp "$vault/other/root.crl" "$vault/bad/"
init_refuses 'did not sign the CRL' "another root's CRL is refused" "$vault/bad"
copy first bad && rm "$vault/bad/root.crl"
init_refuses 'has no root.crl' "a folder without CRL is refused" "$vault/bad"
copy first bad && rm "$vault/bad/access.cer"
init_refuses 'has no access.cer' "a folder without the access CA is refused" "$vault/bad"
copy first bad && cp "$vault/first/root-ocsp.cer" "$vault/bad/access.cer"
init_refuses 'has no access.cer' "nor does another certificate pass under its name" "$vault/bad"
copy first bad
flip "$vault/bad/access.cer" 300
init_refuses 'access\|Access CA\|inspection\|certificate' "a changed octet is refused" "$vault/bad"
init_refuses 'root.cer' "an empty folder is refused" "$(mkdir "$vault/empty" && echo "$vault/empty")" "$vault/root.cer"

# a stick that gives the right root to who looks, and its own to who takes it
copy other bad && rm "$vault/bad/root.cer" && mkfifo "$vault/bad/root.cer"
(cat "$vault/first/root.cer" >"$vault/bad/root.cer"; sleep 1; cat "$vault/other/root.cer" >"$vault/bad/root.cer") 2>/dev/null &
swaps=$!
init_refuses 'ROOT_OTHER\|another ceremony' "a root that is exchanged when it has been looked at is refused" "$vault/bad" "$vault/first/root.cer"
kill $swaps 2>/dev/null
claim "the right one is taken after all that" by_ceremony "$vault/first"
claim "and nothing happens when it is said again" by_ceremony "$vault/first"
claim "nor without it" init
start_instance
claim "the instance runs" test "$(assay whoami --as officer-1 --json | jq -r .principal)" = officer-1

# The public halves of all private keys in VAR, whatever the files are called.
publics() {
	grep -rlE 'BEGIN (EC |ENCRYPTED |)PRIVATE KEY' "$VAR" | while read -r f; do
		openssl pkey -in "$f" -pubout -outform DER 2>/dev/null | sha256sum
	done
}
root_public() { openssl x509 -inform DER -in "$vault/root.cer" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum; }
has_private_root() { publics | grep -qx "$(root_public)"; }
claim "private keys in VAR are found" test "$(publics | wc -l)" -gt 10
claim "the root's is not among them" not has_private_root
claim "not in other forms either" not grep -rqF \
	"$(openssl pkey -in "$vault/root.key" -outform DER | tail -c +40 | head -c 30 | od -An -tx1 | tr -d ' \n')" "$VAR"

crl_to() { curl -fsS "$PUBLIC_URL/crl/root.crl" | openssl crl -inform DER -out "$1"; }
openssl x509 -inform DER -in "$vault/root.cer" -out "$work/root.pem"
verifies() { # CA.pem
	crl_to "$work/crl.pem" && openssl verify -x509_strict -crl_check -CRLfile "$work/crl.pem" \
		-CAfile "$work/root.pem" "$1"
}
curl -fsS "$PUBLIC_URL/ca/2.cer" | openssl x509 -inform DER -out "$work/access.pem"
claim "openssl verifies the access CA with the published CRL" verifies "$work/access.pem"
days_left() { echo $((($(date -d "$(openssl crl -in "$work/crl.pem" -noout -nextupdate | cut -d= -f2)" +%s) - $(date +%s)) / 86400)); }
claim "which is valid for 180 days" test "$(days_left)" -ge 178
ocsp_of_ca() { # CA.pem
	openssl ocsp -issuer "$work/root.pem" -cert "$1" -url "$PUBLIC_URL/ocsp" \
		-CAfile "$work/root.pem" -no_nonce 2>&1
}
claim "OCSP says of it: good" grep -q ': good' <(ocsp_of_ca "$work/access.pem")

# ---- a supplier's CA

claim "suppliers and models are accredited" story_accredited
a tresor-pki device new --kind tre --prefix TRE- --count 2 --rows "$VAR/tre.rows" >/dev/null
lot=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$VAR/tre.rows" | jq -r .number)
lot_is() { [ "$(j officer-1 lot show "$1" | jq -r .state)" = "$2" ]; }
waits() { j tresor-pki lot show "$1" | jq -re .waits_for | grep -q 'assay ca requests'; }
claim "its lot waits, and says for what" until_true 20 waits "$lot"
openssl ecparam -name prime256v1 -genkey -noout -out "$work/own.key"
openssl req -new -key "$work/own.key" -subj /CN=x -out "$work/own.csr"
refused ROOT_OFFLINE "a CA of its own cannot be asked for" assay delegated-ca request --role tre --model tresor-m2 \
	--site tresor-dresden --csr "$work/own.csr" --as tresor-pki
claim "what was asked for is in the authority's own log" grep -Eq 'asked for a certificate: issuer-.*[0-9a-f]{40}' "$VAR/log/authority.log"
claim "the body hears of it" grep -q alarm.ca_requested <(j officer-1 notice list)
claim "a principal gets a certificate meanwhile" story_principal tresor-two tresor supplier
sleep 2
claim "the authority does not turn in circles" test "$(grep -c 'waits for its certificate' "$VAR/log/authority.log")" -lt 3
claim "nor is an index made void that is asked for" not grep -q 'they are void' "$VAR/log/authority.log"
refused ROLE_NOT_ALLOWED "a supplier cannot see what is asked for" assay ca requests --as tresor-pki
refused ROLE_NOT_ALLOWED "nor can a decider" assay ca requests --as decider-1
claim "an officer takes the requests out" assay ca requests --out "$work/second.json" --as officer-1
claim "which the authority has signed" test "$(jq -r '.signature | length > 1000' "$work/second.json")" = true
claim "and logged" grep -q "CAR-.*SHA-256 $(sha256sum <"$work/second.json" | cut -c-64)$" "$VAR/log/authority.log"
claim "one CA, under this root" test "$(jq -r '.certificates[].role' "$work/second.json")" = tre
stop_instance
start_instance
claim "after a restart it is asked for still, under the same number" test \
	"$(assay ca requests --state pending --json --as officer-1 | jq -r '.requests[0].serial')" = "$(jq -r '.certificates[0].serial' "$work/second.json")"

cp "$vault/first/root.crl" "$vault/previous.crl"
claim "the second ceremony" ceremony second "$work/second.json" root.key previous.crl
ca=$(jq -r '.certificates[0].name' "$work/second.json")
refused ROLE_NOT_ALLOWED "a supplier brings nothing" import second tresor-pki
refused ROLE_NOT_ALLOWED "a decider neither" import second decider-1
copy second bad
flip "$vault/bad/$ca.cer" 400
import_refused 'RESULT_' "a changed certificate is refused" bad

# The same request, signed by the other root.
jq --arg r "$(sha256sum <"$vault/other/root.cer" | cut -c-64)" '.root = $r' "$work/second.json" >"$work/stolen.json"
refused CEREMONY_REFUSED "somebody else's root does not sign the same" ceremony stolen "$work/second.json" other.key other/root.crl
refused REQUESTS_SIGNER "nor when it says that it is that root's" ceremony stolen "$work/stolen.json" other.key other/root.crl
claim "but whoever wants to can" misled stolen "$work/stolen.json" other.key other/root.crl
import_refused RESULT_NOT_ASKED_FOR "and that is refused" stolen
cp "$vault/second/root.cer" "$vault/stolen/root.cer"
import_refused RESULT_SIGNATURE "with our root beside it, too" stolen

# The same file, changed on its way: the ceremony says so.
jq '.certificates[0].organisation = "Somebody Else"' "$work/second.json" >"$work/changed.json"
refused REQUESTS_SIGNATURE "what was changed on its way is not signed" ceremony changed "$work/changed.json" root.key previous.crl
jq '.signature = null' "$work/second.json" >"$work/bare.json"
refused REQUESTS_UNSIGNED "nor what has lost its signature" ceremony bare "$work/bare.json" root.key previous.crl

# A certificate of our root that nobody asked for.
jq '.certificates[0].serial |= "0101010101010101010101010101010101" | .certificates[0].name = "issuer-99" | .certificates[0].issuer_id = 99' \
	"$work/second.json" >"$work/unasked.json"
claim "our root signs what nobody asked for" misled unasked "$work/unasked.json" root.key previous.crl
import_refused RESULT_NOT_ASKED_FOR "which is refused all the same" unasked
# With the right number, another name.
jq '.certificates[0].organisation = "Somebody Else"' "$work/second.json" >"$work/named.json"
claim "our root signs another name" misled named "$work/named.json" root.key previous.crl
import_refused RESULT_DIFFERS "which is refused, too" named
claim "the lot still waits" waits "$lot"
claim "each refusal is on record with its reason" test \
	"$(assay ca imports --json --as reader | jq '[.imports[] | select(.state == "refused" and .reason != null)] | length')" = 5

# Between request and ceremony the key was lost: nothing else may stop for it.
mv "$VAR/authority/$ca.key" "$work/lost.key"
import_refused RESULT_KEY_MISSING "a CA whose key is gone is refused" second
requests_out "$work/keyless.json"
claim "nor is it asked for any more" test "$(jq '.certificates | length' "$work/keyless.json")" = 0
mv "$work/lost.key" "$VAR/authority/$ca.key"

claim "the right folder is taken" import second
# two ceremonies of the same file: the root's memory was not there
cp "$vault/first/transcript.json" "$vault/root.key.last"
claim "another ceremony signs the same requests" ceremony again "$work/second.json" root.key previous.crl
import_refused RESULT_ANSWERED "of which one certificate was taken" again
cp "$vault/second/transcript.json" "$vault/root.key.last"
claim "the lot goes on and is issued" until_true 30 lot_is "$lot" issued
claim "bringing it again changes nothing" import second
a tresor-pki device collect "$lot" >/dev/null
issuer_of TRE-1 >"$work/tre-ca.pem"
claim "openssl verifies the new CA with the root's CRL" verifies "$work/tre-ca.pem"
claim "OCSP says of it: good" until_true 20 eval 'grep -q ": good" <<<"$(ocsp_of_ca "$work/tre-ca.pem")"'
claim "and of its device" until_true 20 ocsp_says TRE-1 good
claim "a request that was answered is no longer there" test \
	"$(assay ca requests --state pending --json --as security-1 | jq '.requests | length')" = 0

# ---- the terminals' CA, and a permit

a karren-pki device new --kind terminal --prefix TERM- --count 2 --tre-prefix TRE- --rows "$VAR/term.rows" >/dev/null
term=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$VAR/term.rows" | jq -r .number)
asked_for() { [ "$(assay ca requests --state pending --json --as officer-1 | jq -r '[.requests[].role] | join(" ")')" = "$1" ]; }
claim "the terminals' CA is asked for" until_true 20 asked_for terminal
assay ca requests --out "$work/third.json" --as officer-1 --quiet
cp "$vault/second/root.crl" "$vault/previous.crl"
# a request whose key is lost, withdrawn after it was written
number() { assay ca requests --state pending --json --as officer-1 | jq -r '.requests[0].request'; }
lost=$(number)
refused ROLE_NOT_ALLOWED "a supplier withdraws none" assay ca requests withdraw "$lost" --reason x --as karren-pki
claim "an officer withdraws the request" assay ca requests withdraw "$lost" --reason "its key is lost" --as officer-1
refused CA_REQUEST_CLOSED "once" assay ca requests withdraw "$lost" --reason "its key is lost" --as officer-1
anew() { [ "$(number)" != "$lost" ] && asked_for terminal; }
claim "the CA is asked for anew" until_true 20 anew
claim "the third ceremony" ceremony third "$work/third.json" root.key previous.crl
claim "is taken, but for what was withdrawn" import third security-1
claim "which is said" grep -q 'passed over: Terminal CA' <(assay ca imports --as reader --json | jq -r '.imports[0].reason')
claim "its index is void: OCSP does not call it good" not grep -q ': good' <(ocsp_of_ca <(openssl x509 -inform DER -in "$vault/third/$(jq -r '.certificates[0].name' "$work/third.json").cer"))
requests_out "$work/anew.json"
cp "$vault/third/root.crl" "$vault/previous.crl"
claim "a ceremony for the new one" ceremony anew "$work/anew.json" root.key previous.crl
claim "is taken, however long its transcript" eval 'head -c 3000000 /dev/zero | tr "\\0" " " >>"$vault/anew/transcript.json" && import anew'
claim "and the lot is issued" until_true 30 lot_is "$term" issued
a karren-pki device collect "$term" >/dev/null
answers "an operator is told: permit" permit - --tre TRE-1 --terminal TERM-1

# ---- a hold that ends while the root signs

term_ca=$(curl -fsS "$PUBLIC_URL/ca/$(jq -r '.certificates[0].issuer_id' "$work/anew.json").cer" | openssl x509 -inform DER -noout -serial | cut -d= -f2 | tr A-F a-f)
claim "a CA is put on hold" a security-1 cert hold "$term_ca" --legal-basis "a suspicion"
sleep 2
requests_out "$work/held.json"
claim "the CRL that is to be signed has the hold" test "$(jq -r '.crl.revoked[] | "\(.serial) \(.reason)"' "$work/held.json")" = "$term_ca 6"
claim "its release is proposed" a security-1 cert release "$term_ca" --reason "it was nothing"
claim "and approved" a decider-1 approve "$term_ca"
not_held() { ! j reader cert show "$term_ca" | jq -re .state | grep -q hold; }
claim "the hold is over" until_true 20 not_held
cp "$vault/anew/root.crl" "$vault/previous.crl"
jq '.crl.revoked[0].reason = 1' "$work/held.json" >"$work/worse.json"
claim "a ceremony that is talked into another reason" misled worse "$work/worse.json" root.key previous.crl
import_refused RESULT_CRL_DIFFERS "is not believed" worse
claim "a ceremony signs the hold" ceremony held "$work/held.json" root.key previous.crl
behind() { j officer-1 notice list | grep -c 'CRL of root 1'; }
claim "and is taken: it was so when it was asked for" import held
claim "the body hears that it is behind" until_true 10 behind
assay ca requests --out "$work/released.json" --as officer-1 --quiet
cp "$vault/held/root.crl" "$vault/previous.crl"
claim "the next one" ceremony released "$work/released.json" root.key previous.crl
claim "has no hold any more" import released

# ---- a CA is revoked

import_refused RESULT_CRL_OLD "the CRL before is refused" first
serial=$(openssl x509 -in "$work/tre-ca.pem" -noout -serial | cut -d= -f2 | tr A-F a-f)
number=$(openssl x509 -in "$work/tre-ca.pem" -noout -subject -nameopt multiline | awk '/commonName/ { print $NF }')
measure=$(j security-1 measure impose --kind mass_revocation --scope-kind issuer --scope "$number" \
	--reason keyCompromise --legal-basis "the key was copied" | jq -r .number)
claim "two people revoke the TrEs' CA" a decider-1 approve "$measure" --count 2
refuses() { [ "$(j mobilfunk-hlr decide --tre TRE-1 --terminal TERM-1 | jq -r .verdict)" = refuse ]; }
claim "decisions know it at once" until_true 5 refuses
ocsp_revokes() { grep -q ': revoked' <<<"$(ocsp_of_ca "$work/tre-ca.pem")"; }
claim "OCSP does, too" until_true 20 ocsp_revokes
claim "the CRL does not: the root has not signed yet" verifies "$work/tre-ca.pem"
claim "the body hears that it is behind" grep -q alarm.root_crl_behind <(j officer-1 notice list)
assay ca requests --out "$work/fourth.json" --as officer-1 --quiet
claim "the CRL that is to be signed lists the CA" test "$(jq -r '.crl.revoked[].serial' "$work/fourth.json")" = "$serial"
cp "$vault/released/root.crl" "$vault/previous.crl"
sleep 2
jq --arg now "$(date -u +%FT%TZ)" '.crl.revoked = [] | .crl.this_update = $now' "$work/fourth.json" >"$work/silent.json"
claim "a root that is talked into leaving it out" misled silent "$work/silent.json" root.key previous.crl
import_refused RESULT_CRL_DIFFERS "is not believed" silent
jq --arg s "$(openssl x509 -in "$work/access.pem" -noout -serial | cut -d= -f2 | tr A-F a-f)" \
	'.crl.revoked += [{serial: $s, date: .crl.this_update, reason: 1}]' "$work/fourth.json" >"$work/loud.json"
jq '.crl.revoked[0].reason = 4' "$work/fourth.json" >"$work/milder.json"
claim "nor one that gives a milder reason" misled milder "$work/milder.json" root.key previous.crl
import_refused RESULT_CRL_DIFFERS "than the register" milder
claim "nor one that revokes the access CA" misled loud "$work/loud.json" root.key previous.crl
import_refused RESULT_CRL_DIFFERS "whom nobody has revoked" loud
jq '.crl.number += 1000000000' "$work/fourth.json" >"$work/leap.json"
claim "nor one whose number leaves none for others" misled leap "$work/leap.json" root.key previous.crl
import_refused RESULT_CRL_DIFFERS "by years" leap
jq '.crl.revoked = []' "$work/fourth.json" >"$work/dropped.json"
refused REQUESTS_SIGNATURE "nobody drops the revocation on the way" ceremony dropped "$work/dropped.json" root.key previous.crl
refused REQUESTS_OLD "nor sends the file of before it" ceremony replayed "$work/released.json" root.key "held/root.crl"
claim "the fourth ceremony" ceremony fourth "$work/fourth.json" root.key previous.crl
claim "its CRL is taken" import fourth
revoked_now() { crl_to "$work/crl.pem" && openssl crl -in "$work/crl.pem" -noout -text | grep -qi "Serial Number: $serial"; }
claim "and published" until_true 20 revoked_now
claim "openssl refuses the CA" not verifies "$work/tre-ca.pem"
claim "and takes the access CA" verifies "$work/access.pem"
import_refused RESULT_CRL_OLD "the CRL before it does not come back" released

# ---- the next OCSP signer, from a day on that is still to come

# its half is over, as far as the register knows; who asks gets the one before
sql_past "UPDATE delegated_certificate SET not_before = not_before - interval '300 days' WHERE issuer_id = 1"
ocsp_due() { [ "$(assay ca requests --state pending --json --as officer-1 | jq -r '[.requests[].name] | join(" ")')" = root-ocsp ]; }
claim "the OCSP signer's successor is asked for" until_true 90 ocsp_due
requests_out "$work/signer.json"
cp "$vault/fourth/root.crl" "$vault/previous.crl"
from=$(date -u -d '+201 days' +%FT%TZ)
claim "a ceremony lets it begin when the one before has ended" ceremony gap "$work/signer.json" root.key previous.crl
import_refused RESULT_DIFFERS "there is no time without any" gap
sleep 1 # a CRL's number is the second in which it is asked for
requests_out "$work/signer.json"
begins=$(($(date +%s) + 45))
from=$(date -u -d "@$((begins + 300))" +%FT%TZ) # it is dated back five minutes
claim "a ceremony lets it begin later, and is shown the CRL of the one before" ceremony signer "$work/signer.json" root.key gap/root.crl
from=
trusted() { grep -q "Response verify OK" <<<"$(ocsp_of_ca "$work/access.pem")"; }
signer_is() { cmp "$VAR/status/ocsp/1.der" "$1"; }
claim "it is taken" import signer
sleep 5
claim "OCSP is signed by the one before until then" signer_is "$vault/first/root-ocsp.cer"
claim "and is believed" trusted
until [ "$(date +%s)" -gt "$begins" ]; do sleep 1; done
claim "then by the new one" until_true 20 signer_is "$vault/signer/root-ocsp.cer"
claim "which is believed, too" until_true 10 trusted

claim "the root's key was never here" not has_private_root
stop_instance
finish
