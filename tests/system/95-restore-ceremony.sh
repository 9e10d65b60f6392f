#!/usr/bin/env bash
# A database is put back to a moment before requests.json was carried to a ceremony:
# a root has signed serial numbers of which the register knows nothing.  The file's
# mark, which the authority keeps before it signs the file, tells: nothing is asked
# for, imported or issued until two people have resolved it, and then no number comes
# twice, and what that ceremony signed is taken by nobody.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
umask 077
VAR=$work/var PORT=$(free_port) PUBLIC_PORT=$(free_port)
. "$top/tests/lib/ceremony.sh"
init --port "$PORT" --public-port "$PUBLIC_PORT" >/dev/null
claim "a ceremony makes the root" ceremony first "$VAR/requests.json" root.key
claim "the instance begins" by_ceremony "$vault/first"
start_instance
. "$top/tests/lib/restore.sh"
openssl x509 -inform DER -in "$vault/root.cer" -out "$work/root.pem"
claim "suppliers, sites and models get accredited" story_accredited
# whoever signs such files is certified for the first, of which an event tells
claim "an officer takes out a file, of a CRL alone" requests_out "$work/before.json"
told() { [ "$(owner <<<"SELECT count(*) FROM assay.feed_untold()")" = 0 ]; }
until_true 60 told # so that no feed is lost that would tell of it, too
sleep 1.2

# ---- a backup, and then a file
replication_allowed
claim "a backup is made" backup "$work/copy"
before=$(head_event)
awaited() { j tresor-pki lot show "$1" | jq -re .waits_for | grep -q 'assay ca requests'; }
wanting() { # PREFIX: a lot for which a CA is needed
	local lot
	lot=$(submit "$1" 2) && until_true 20 awaited "$lot" && echo "$lot"
}
claim "a lot waits for a CA" wanting LOST-
made() { owner <<<"SELECT count(*) FROM assay.ca_request_file WHERE state = 'made'"; }
sleep 1.2
was=$(made)
chmod 500 "$VAR/authority"
claim "where no mark can be kept, no file is made" not timeout 5 "$bin/assay" --var "$VAR" ca requests --out "$work/unmarked.json" \
	--as officer-1 --quiet
claim "for nobody" is "$(made)" "$was"
chmod 700 "$VAR/authority"
claim "where it can, one is" until_true 15 eval '[ "$(made)" -gt "$was" ]'
claim "an officer takes out what is asked of the root" requests_out "$work/lost.json"
serial() { jq -r '.certificates[0].serial' "$1"; }
claim "and the root signs it" ceremony lost "$work/lost.json" root.key ../vault/first/root.crl
claim "of which no event tells" is "$(head_event)" "$before"
mark() { sed -n 's/^index 1 //p' "$VAR/authority/seen"; }
next() { owner <<<"SELECT next_index FROM assay.issuer WHERE id = 1"; }
claim "but the authority's mark does" is "$(mark)" "$(next)"
marked=$(mark)

# ---- put back
postgres_dies "$(pid_of authority)" "$(pid_of follower)"
stop_instance
put_back "$work/copy"
start_instance
claim "that it was put back is noticed" until_true 15 is_lost
claim "by the root's indexes" is "$(shown .cause)" indexes
claim "the register knows less than the root has signed" [ "$(next)" -lt "$marked" ]
claim "which indexes, is said" is "$(shown '.indexes[] | select(.issuer == 1) | .first + .count')" "$marked"
claim "OCSP says of nothing that it is good" not grep -q ': good' <(openssl ocsp -issuer "$work/root.pem" \
	-cert <(openssl x509 -inform DER -in "$VAR/public/ca/2.cer") -url "$PUBLIC_URL/ocsp" -CAfile "$work/root.pem" -no_nonce 2>&1)
claim "nothing is asked of a root" not timeout 8 "$bin/assay" --var "$VAR" ca requests --out "$work/early.json" --as officer-1 --quiet
claim "no file is there" [ ! -s "$work/early.json" ]
claim "nothing of a ceremony is taken" not timeout 8 "$bin/assay" --var "$VAR" ca import "$vault/lost" --as officer-1
behind=$(next)
again=$(submit AGAIN- 2)
sleep 3
claim "no CA gets a number" is "$(next)" "$behind"
claim "and none is made" is "$(owner <<<"SELECT count(*) FROM assay.issuer WHERE role = 'tre'")" 0
stop_instance
start_instance
claim "a restart changes nothing" until_true 15 is_lost
claim "nor does one person" eval 'a security-1 restore resolve --reason "I say so" && sleep 3 && is_lost'
refused ROLE_REQUIRED "or two security officers" a security-2 approve "$(shown .number)"
claim "a decider approves" a decider-1 approve "$(shown .number)"
claim "and then the database is vouched for" until_true 60 vouched

# ---- afterwards
claim "the next index lies behind what was signed" [ "$(next)" -ge "$marked" ]
root_says() { # SERIAL
	openssl ocsp -issuer "$work/root.pem" -serial "0x$1" -url "$PUBLIC_URL/ocsp" -CAfile "$work/root.pem" -no_nonce 2>&1
}
claim "what that ceremony has signed is not good" not grep -q ': good' <(root_says "$(serial "$work/lost.json")")
claim "and nobody takes it" not import lost
claim "the lot waits for a CA again" until_true 30 awaited "$again"
claim "an officer takes out the file anew" requests_out "$work/new.json"
claim "it has another serial number" not is "$(serial "$work/new.json")" "$(serial "$work/lost.json")"
claim "and a greater number than the one that was lost" [ "$(jq .number "$work/new.json")" -gt "$(jq .number "$work/lost.json")" ]
claim "so that the root signs it" ceremony new "$work/new.json" root.key ../vault/lost/root.crl
claim "and it is taken" import new
claim "the lot is issued" until_true 30 lot_is "$again" 2
claim "under a CA that openssl believes" eval 'a tresor-pki device collect "$again" &&
	openssl verify -x509_strict -CAfile "$work/root.pem" -untrusted <(issuer_of AGAIN-1) <(leaf_of AGAIN-1)'
finish
