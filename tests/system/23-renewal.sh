#!/usr/bin/env bash
# People and systems renew their own credentials: by the key that they have, for
# another one; the first use supersedes the one before, whatever is interrupted is
# gone on with, and nobody renews for somebody else, or after a revocation.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/statement.sh"

start_instance
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay; $1"; }
cred=$VAR/credentials
claim "an organisation, and its people" story_organisation tresor Tresor supplier --makes tre
claim "one" story_principal tresor-pki tresor supplier
claim "and another" story_principal tresor-b tresor supplier
serial() { openssl x509 -in "$cred/$1.crt" -noout -serial | sed 's/.*=//' | tr A-F a-f; }
state_of() { j security-1 cert show "$1" | jq -r '"\(.state) \(.reason)"'; }
keep() { cp "$cred/$1.key" "$cred/$2.key" && cp "$cred/$1.crt" "$cred/$2.crt"; }
renewal() { j "${2:-reader}" principal show "$1" | jq -r ".renewal$3"; }
not_left() { ! ls "$cred/$1".new.* 2>/dev/null; }

# ---- it is renewed, and what was signed before holds
keep officer-1 before
claim "somebody new is proposed" a officer-1 principal new tresor-c --organisation tresor --role supplier
claim "then the officer renews" a officer-1 principal renew
claim "nothing is left beside" not_left officer-1
claim "the key is another" not cmp -s "$cred/officer-1.key" "$cred/before.key"
claim "closed to others" is "$(stat -c %a "$cred/officer-1.key")" 600
claim "the name is the same" is "$(openssl x509 -in "$cred/officer-1.crt" -noout -subject)" "$(openssl x509 -in "$cred/before.crt" -noout -subject)"
claim "it verifies" openssl verify -x509_strict -CAfile "$cred/root.crt" -untrusted "$cred/officer-1.crt" "$cred/officer-1.crt"
claim "and acts" is "$(j officer-1 whoami | jq -r '"\(.principal) \(.role)"')" "officer-1 officer"
claim "the one before is superseded" is "$(state_of "$(serial before)")" "revoked superseded"
refused CERTIFICATE_REVOKED "and does nothing" a before whoami
claim "its CRL says so" until_true 20 eval 'curl -fsS "$PUBLIC_URL/crl/2/0.crl" | openssl crl -inform DER -noout -text | grep -qi "Serial Number: $(serial before)"'
claim "a decider approves what was proposed by the key of before" a decider-1 approve tresor-c
claim "and the authority believes it" a officer-1 principal fetch tresor-c
claim "people hear of a renewal" grep -q principal.renewed <(j decider-1 notice list)
claim "a supplier renews, on another curve" a tresor-pki principal renew --algorithm P-384
claim "with it" grep -q P-384 <(openssl ec -in "$cred/tresor-pki.key" -noout -text 2>/dev/null)
claim "and acts by it" a tresor-pki site new ulm --organisation tresor --name Ulm --country DE --address "Weg 1" --scope tre_production
claim "its organisation hears of it" grep -q principal.renewed <(j tresor-b notice list)
# Who asks all the time, as `assay run` has it, keeps its connection.
mkdir -p "$work/asks/log"
ln -s "$cred" "$VAR/assay.cnf" "$work/asks/"
"$bin/assay" --var "$work/asks" status check --every 2 --as reader 2>"$work/asks.err" &
asks=$!
answered() { [ "$(sed -n 's|^assay_status_checks_total{result="done"} ||p' "$work/asks/log/status.prom")" -gt "$1" ]; }
claim "who asks all channels all the time is answered" until_true 10 answered 0
claim "a reader renews, too" a reader principal renew
rounds=$(sed -n 's|^assay_status_checks_total{result="done"} ||p' "$work/asks/log/status.prom")
claim "and that one goes on with the new certificate" until_true 10 answered "$((rounds + 1))"
kill "$asks"
wait "$asks" 2>/dev/null
same=$(serial reader)
claim "not before it is time, if that is asked for" eval 'a reader principal renew --before 390 && is "$(serial reader)" "$same"'
claim "and then it does" eval 'a reader principal renew --before 397 && not is "$(serial reader)" "$same"'

# ---- until it is used it is the old one's
ask() { # WHO KEYFILE NAME: a request for that key, signed by WHO
	local csr
	csr=$(openssl req -new -key "$2" -subj "/CN=$3" -outform DER | base64 -w0)
	act "$1" /v1/whoami/renew "{\"csr\":\"$csr\"}"
}
key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$cred/$1.key" && chmod 600 "$cred/$1.key"; }
made() { is "$(renewal "$1" reader .state)" made; }
fetch() { # WHO AS: its new certificate, as another name's
	j "$1" principal show "$1" | jq -r '.renewal.certificate, .renewal.issuer' | while read -r der; do
		base64 -d <<<"$der" | openssl x509 -inform DER
	done >"$cred/$2.crt"
}
key thief
claim "somebody with a stolen key asks" is "$(ask tresor-b "$cred/tresor-b.key" tresor-b >/dev/null; ask tresor-b "$cred/thief.key" tresor-b | jq -r .state)" asked
claim "and it is made" until_true 10 made tresor-b
claim "the old one is good meanwhile" is "$(j tresor-b whoami | jq -r .principal) $(state_of "$(serial tresor-b)")" "tresor-b issued null"
fetch tresor-b thief
stolen=$(serial thief)
claim "whoever it belongs to renews by itself" a tresor-b principal renew
claim "what was asked for before is revoked" is "$(state_of "$stolen")" "revoked cessationOfOperation"
refused CERTIFICATE_REVOKED "and lets nobody in" a thief whoami
key thief
ask tresor-b "$cred/thief.key" x >/dev/null
claim "again it is made" until_true 10 made tresor-b
fetch tresor-b thief
claim "security revokes the certificate that asked" a security-1 cert revoke "$(serial tresor-b)" --reason keyCompromise
claim "the new one goes with it" is "$(state_of "$(serial thief)")" "revoked cessationOfOperation"
refused CERTIFICATE_REVOKED "so nobody comes in by it" a thief whoami
refused CERTIFICATE_REVOKED "nor renews by what is revoked" a tresor-b principal renew

key thief
ask tresor-c "$cred/thief.key" x >/dev/null
claim "another's is made" until_true 10 made tresor-c
fetch tresor-c thief
claim "the old certificate is put on hold" a security-1 cert hold "$(serial tresor-c)" --legal-basis "a doubt"
refused CERTIFICATE_REVOKED "which holds for the new one" a thief whoami
stolen() { psql -h "$run" -U assay_api -d assay -qAtX -v ON_ERROR_STOP=1 2>&1 <<<"SET search_path = assay; $1"; }
used() { stolen "SELECT principal_renewal_use('\\x$(openssl x509 -in "$cred/thief.crt" -outform DER | od -An -v -tx1 | tr -d ' \n')')"; }
claim "also when the api's role says that it was used" grep -q "is on hold" <<<"$(used)"
refused CERTIFICATE_REVOKED "so nobody gets round a hold" a thief whoami
claim "it is released" a security-1 cert release "$(serial tresor-c)" --reason "no doubt"
claim "by two" a decider-1 approve "$(serial tresor-c)"
claim "its principal is locked" until_true 10 a security-1 principal lock tresor-c --reason tested
refused PRINCIPAL_NOT_ACTIVE "the new one does nothing, either" a thief whoami
claim "nor is it used by the api's role" grep -q "is locked" <<<"$(used)"
claim "its principal is removed" a officer-1 principal remove tresor-c --reason tested
claim "and no certificate of it is good" is "$(state_of "$(serial thief)") $(state_of "$(serial tresor-c)")" \
	"revoked cessationOfOperation revoked cessationOfOperation"

# ---- who gets nothing
error_of() { renewal "$1" reader .error | grep -q "$2"; }
ask decider-1 "$cred/decider-1.key" x >/dev/null
claim "not for the key that one has" until_true 10 error_of decider-1 "that of decider-1 already"
ask officer-1 "$cred/before.key" x >/dev/null
claim "nor for one that one had" until_true 10 error_of officer-1 "that of officer-1 already"
ask officer-1 "$cred/decider-2.key" x >/dev/null
claim "nor for another's" until_true 10 error_of officer-1 "that of decider-2 already"
openssl genrsa -out "$work/rsa.key" 1024 2>/dev/null
claim "nor for a weak one" grep -q KEY_ <<<"$(ask officer-1 "$work/rsa.key" x)"
key x
claim "nor unsigned" is "$(api_as officer-1 -H 'Content-Type: application/json' -d "{\"csr\":\"$(openssl req -new -key "$cred/x.key" -subj /CN=x -outform DER | base64 -w0)\"}" "$URL/v1/whoami/renew" | jq -r .type | sed 's,.*/,,')" STATEMENT_MISSING
claim "nor without a certificate" is "$(api -H 'Content-Type: application/json' -d '{}' "$URL/v1/whoami/renew" | jq -r .type | sed 's,.*/,,')" UNAUTHENTICATED
claim "nor signed for another request" is "$(api_as officer-1 -H 'Content-Type: application/json' -H "Assay-Statement: $(statement officer-1 /v1/whoami/renew '{"csr":"AAAA"}')" \
	-d "{\"csr\":\"$(openssl req -new -key "$cred/x.key" -subj /CN=x -outform DER | base64 -w0)\"}" "$URL/v1/whoami/renew" | jq -r .type | sed 's,.*/,,')" STATEMENT_SIGNATURE
refused PRINCIPAL_NOT_ACTIVE "nor who is locked" eval 'a security-1 principal lock decider-3 --reason tested 2>/dev/null; story_principal decider-3 body decider >/dev/null; a security-1 principal lock decider-3 --reason tested; a decider-3 principal renew'

# Whoever has stolen the api's role can say that somebody asked, and has no signature.
csr=$(openssl req -new -key "$cred/x.key" -subj /CN=x -outform DER | base64 -w0)
claim "the api's role writes no renewal by hand" grep -q "permission denied" <<<"$(stolen "INSERT INTO principal_renewal (principal_id) VALUES (1)")"
claim "nor an order" grep -q "permission denied" <<<"$(stolen "INSERT INTO \"order\" (kind, subject_id) VALUES ('principal_renewal', 1)")"
stolen "BEGIN; SELECT actor_begin($(record "SELECT id FROM principal WHERE handle = 'decider-2'"));
	SELECT statement_add('/v1/whoami/renew', convert_to('{\"csr\":\"$csr\"}', 'UTF8'), 'made.up.jws');
	SELECT principal_renew(decode('$csr', 'base64')); COMMIT" >/dev/null
failed_is() { is "$(renewal "$1" reader .state)" failed; }
claim "what it makes up the authority refuses" until_true 10 failed_is decider-2
# And with somebody else's genuine signature.
jws=$(statement reader /v1/whoami/renew "{\"csr\":\"$csr\"}")
stolen "BEGIN; SELECT actor_begin($(record "SELECT id FROM principal WHERE handle = 'security-2'"));
	SELECT statement_add('/v1/whoami/renew', convert_to('{\"csr\":\"$csr\"}', 'UTF8'), '$jws');
	SELECT principal_renew(decode('$csr', 'base64')); COMMIT" >/dev/null
claim "a reader's signature makes no security officer" until_true 10 error_of security-2 "signed for a certificate of security-2"
claim "nobody has one of these" is "$(record "SELECT count(*) FROM principal_renewal WHERE state = 'made' AND principal_id IN (SELECT id FROM principal WHERE handle IN ('decider-2', 'security-2'))")" 0

# ---- interrupted
authority=$(pgrep -P "$RUN_PID" assay-authority)
kill -STOP "$authority"
refused NOT_CERTIFIED_YET "while the authority is away there is none" a security-1 principal renew --wait 1
claim "the old one acts" a security-1 whoami
kept=$(sha256sum <"$cred/security-1.new.key")
kill -CONT "$authority"
claim "run again it goes on" a security-1 principal renew
claim "with the key that it had made" is "$(sha256sum <"$cred/security-1.key")" "$kept"
keep security-2 halfway
claim "another one renews" a security-2 principal renew
mv "$cred/security-2.crt" "$cred/security-2.new.crt"
cp "$cred/halfway.crt" "$cred/security-2.crt"
claim "killed between the two names it goes on, too" a security-2 principal renew
claim "and acts" a security-2 whoami
claim "nothing is left beside it" not_left security-2

# ---- how often, and until when
record "UPDATE rate SET most = 1 WHERE name = 'principal_renewals'"
refused RATE_LIMITED "not more often than a day allows" a security-2 principal renew
record "UPDATE rate SET most = 100 WHERE name = 'principal_renewals'"
rm -f "$cred"/security-2.new.*
key late
ask security-2 "$cred/late.key" x >/dev/null
claim "one is made that nobody uses" until_true 10 made security-2
fetch security-2 late
since=$(record "SELECT extract(epoch FROM effective)::bigint FROM principal_renewal WHERE state = 'made' AND principal_id = (SELECT id FROM principal WHERE handle = 'security-2')")
at() { record "INSERT INTO test_clock (now) VALUES ('$(date -u -d "@$1" +%FT%TZ)') ON CONFLICT (one) DO UPDATE SET now = excluded.now"; }
at $((since + 14 * 86400 - 1))
sleep 2
claim "the second before two weeks are over it is there" is "$(renewal security-2 reader .state)" made
at $((since + 14 * 86400 + 1))
dropped() { is "$(renewal "$1" reader .state)" dropped; }
claim "then the clock drops it" until_true 10 dropped security-2
claim "and its certificate is revoked" is "$(state_of "$(serial late)")" "revoked cessationOfOperation"
record "DELETE FROM test_clock"
ends() { record "SELECT extract(epoch FROM cert_not_after)::bigint FROM principal WHERE handle = '$1'"; }
said() { record "SELECT count(*) FROM notice WHERE topic = 'principal.ends' AND subject = '$1'"; }
end=$(ends decider-2)
at $((end - 90 * 86400 - 1))
sleep 2
claim "ninety days and a second before its end nobody is warned" is "$(said decider-2)" 0
at $((end - 90 * 86400))
warned() { is "$(said "$1")" 1; }
claim "at ninety days its organisation is" until_true 10 warned decider-2
record "DELETE FROM test_clock"
claim "who was removed is nobody's reminder" is "$(record "SELECT count(*) FROM reminder WHERE topic = 'principal.ends' AND subject = 'tresor-c' AND warn_at IS NOT NULL")" 0
finish
