#!/usr/bin/env bash
# Whose key signed a lot's header, and what became of that key afterwards: who
# renews it meanwhile has signed all the same, and of a key that others have
# nothing is issued any more, of a lot under way neither.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
cred=$VAR/credentials
d=$work/signer
mkdir "$d"
cd "$d" || exit 1

state() { j reader lot show "$1" | jq -r .state; }
in_state() { is "$(state "$1")" "$2"; }
ended() { jq -r '"\(.state) \(.issued) \(.refused)"' <<<"$1"; }
serial() { openssl x509 -in "$1" -noout -serial | sed 's/.*=//' | tr A-F a-f; }
some_issued() { [ "$(j reader lot show "$1" | jq -r .issued)" -gt 0 ]; }

# ---- renewed while its lots wait
"$bin/tests/devices" csr 60000 MANY- >many
"$bin/tests/devices" csr 20 FEW- >few
printf 'TRE-S1\nTRE-S2\nTRE-S3\n' >ids
open=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 12 --ids ids --secrets secrets | jq -r .number)
claim "a lot is opened" until_true 10 in_state "$open" open
many=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows many | jq -r .number)
a tresor-pki lot pause "$many"
claim "another one is paused before it was looked at to its end" in_state "$many" paused
before=$(serial "$cred/tresor-pki.crt")
claim "who signed both renews" a tresor-pki principal renew
claim "so that the key that signed them is superseded" is "$(j security-1 cert show "$before" | jq -r '"\(.state) \(.reason)"')" "revoked superseded"
sleep 1
claim "the lot goes on" a tresor-pki lot resume "$many"
claim "and is not rejected for that" until_true 60 some_issued "$many"
claim "it is paused again" a tresor-pki lot pause "$many"

post() { # DEVICE: into the open lot, with its secret
	[ -e "$1.der" ] || openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/CN=$1" -outform DER -out "$1.der" 2>/dev/null
	base64 "$1.der" | curl -sS --cacert "$cred/root.crt" -o "$1.out" -w '%{http_code}' -u "$(grep "^$1:" secrets)" \
		-H 'Content-Type: application/pkcs10' --data-binary @- "$URL/.well-known/est/$open/simpleenroll"
}
post_gets() { is "$(post "$1")" "$2"; } # who is told to come back comes back
claim "devices go on asking in the open lot" until_true 20 post_gets TRE-S1 200

# ---- that key was known to others
claim "it turns out that others have that key" a security-1 cert revoke "$before" --reason keyCompromise
claim "then no device gets a certificate in the open lot" until_true 20 post_gets TRE-S2 409
claim "which is over" until_true 10 in_state "$open" issued
claim "for that" grep -q "signer's certificate is revoked" <<<"$(j reader lot show "$open" | jq -r .reason)"
a tresor-pki lot resume "$many"
claim "so is the other one" until_true 60 in_state "$many" issued
claim "whose rest was refused" is "$(j reader lot show "$many" | jq '.issued < 60000 and .issued + .refused == 60000')" true
claim "what its key of today signs is issued" is "$(ended "$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows few --wait)")" "issued 20 0"
claim "and the audit trail of what was issued stays" is "$(sql "SELECT c.state FROM certificate c JOIN device d ON d.id = c.device_id WHERE d.device_id = 'TRE-S1'")" issued
finish
