#!/usr/bin/env bash
# The status log and its follower: what the log's functions allow, and how
# assay-follower turns it into the index and the published files, over restarts
# of both, over a database that has lost its memory, and by a clock that leaps.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/follower.sh

start
claim assay_authority 'the authority records a range with its cohorts' <<'SQL'
SELECT status_issued(3, 0, 10, (SELECT id FROM lot));
SELECT status_void(3, 10, 2);
SQL
check 'what was issued is good' says 3 4 'state good'
check 'and of its lot' says 3 4 "lot $(sql assay_test <<<'SELECT id FROM lot')"
check 'and model' says 3 4 "model $(sql assay_test <<<"SELECT id FROM model WHERE handle = 'tre'")"
check 'what is void is void' says 3 11 'state void'
check 'what was never issued is never' says 3 12 'state never'

refused assay_authority RANGE_ISSUED 'a range that holds certificates is never void' \
	<<<'SELECT status_void(3, 5, 10)'
refused assay_api 42501 'the api cannot write the log' \
	<<<"INSERT INTO status_event (id, at, kind) VALUES (99, now(), 'void')"
refused assay_api 42501 'the api cannot release a certificate alone' \
	<<<'SELECT certificate_release(3, 4)'
refused assay_api 42501 'the api cannot change a certificate' \
	<<<"UPDATE certificate SET state = 'issued'"
refused assay_authority 42501 'the authority cannot either' \
	<<<"UPDATE certificate SET state = 'issued'"
refused assay_follower 42501 'the follower writes nothing' \
	<<<'UPDATE status_head SET last = 0'

as() { echo "BEGIN; CALL t.as('$1'); SELECT t.sign('$RANDOM');"; }
refused assay_api ROLE_REQUIRED 'an officer revokes nothing' <<SQL
$(as officer-1)
SELECT certificate_revoke('0103', 'keyCompromise', NULL);
SQL
claim assay_api 'a security officer revokes' <<SQL
$(as security-1)
SELECT certificate_revoke('0103', 'superseded', '2026-01-01T00:00:00Z');
COMMIT;
SQL
check 'and the index says why' says 3 3 'reason 4'
refused assay_api CERTIFICATE_REVOKED 'revoked is final' <<SQL
$(as security-1)
SELECT certificate_revoke('0103', 'privilegeWithdrawn', NULL);
SQL
claim assay_api 'the reason may move to keyCompromise' <<SQL
$(as security-1)
SELECT certificate_revoke('0103', 'keyCompromise', NULL);
COMMIT;
SQL
check 'and the index follows' says 3 3 'reason 1'
claim assay_test 'since when the key was bad stays said' \
	<<<"SELECT t.so(invalidity = '2026-01-01T00:00:00Z') FROM crl_entries(3, 3, 3)"
refused assay_api REASON_UNKNOWN 'certificateHold is no reason to revoke for' <<SQL
$(as security-1)
SELECT certificate_revoke('0104', 'certificateHold', NULL);
SQL
refused assay_api INVALIDITY_IN_FUTURE 'a key was not bad since tomorrow' <<SQL
$(as security-1)
SELECT certificate_revoke('0104', 'keyCompromise', now() + '1 day');
SQL
refused assay_api CERTIFICATE_UNKNOWN 'what is not there is not revoked' <<SQL
$(as security-1)
SELECT certificate_revoke('01ff', 'keyCompromise', NULL);
SQL
refused assay_api CERTIFICATE_NAME 'a name that is none is refused' <<SQL
$(as security-1)
SELECT certificate_revoke('hello', 'keyCompromise', NULL);
SQL

claim assay_api 'one is put on hold' <<SQL
$(as security-1)
SELECT certificate_hold('0104', 'section 1');
COMMIT;
SQL
check 'and held in the index' says 3 4 'state hold'
refused assay_api CERTIFICATE_NOT_GOOD 'one on hold is not held again' <<SQL
$(as security-1)
SELECT certificate_hold('0104', 'section 1');
SQL
refused assay_api CERTIFICATE_NOT_HELD 'only one on hold can be released' <<SQL
$(as security-1)
SELECT statement_add('/v1/certificates/0105/release',
	convert_to('{"reason":"found again"}', 'UTF8'), gen_random_uuid()::text);
SELECT certificate_release_propose('0105', 'found again');
SQL
claim assay_api 'its release is proposed' <<SQL
$(as security-1)
SELECT statement_add('/v1/certificates/0104/release',
	convert_to('{"reason":"found again"}', 'UTF8'), gen_random_uuid()::text);
SELECT certificate_release_propose('0104', 'found again');
COMMIT;
SQL
judge="SELECT statement_add('/v1/proposals/' || id || '/approve', convert_to(
	jsonb_build_object('subject', subject_number, 'act', act, 'terms_sha256',
	encode(terms_sha256, 'hex'), 'verdict', 'approve')::text, 'UTF8'),
	gen_random_uuid()::text) FROM proposal WHERE state = 'open';
SELECT proposal_judge(id, subject_number, act, terms_sha256, 'approve', NULL)
	FROM proposal WHERE state = 'open'"
refused assay_api FOUR_EYES 'not approved by the same person' <<SQL
$(as security-1)
$judge;
SQL
check 'and held still' says 3 4 'state hold'
claim assay_api 'another approves' <<SQL
$(as security-2)
$judge;
COMMIT;
SQL
check 'which alone gives nothing back' says 3 4 'state hold'
refused assay_api 42501 'nor can the api do that itself' \
	<<<"SELECT give_back(id) FROM proposal"
claim assay_authority 'the authority does, once' <<'SQL'
SELECT give_back(subject_id) FROM "order" WHERE kind = 'certificate_release';
SELECT 1 / (state = 'done')::int FROM "order" WHERE kind = 'certificate_release';
SQL
check 'and it is good again' says 3 4 'state good'
refused assay_authority CERTIFICATE_NOT_HELD 'not twice' <<'SQL'
SELECT give_back(subject_id) FROM "order" WHERE kind = 'certificate_release';
SQL
claim assay_test 'every step is in the history' <<'SQL'
SELECT t.so((SELECT string_agg(to_state, ' ' ORDER BY id) FROM history
	WHERE entity = 'certificate'
	AND subject_id = certificate_subject(3, 4)) = 'on_hold issued');
SQL
refused assay_test CERTIFICATE_IMMUTABLE 'a certificate itself never changes' \
	<<<"UPDATE certificate SET der = 'x' WHERE index = 4"
refused assay_test ISSUER_REVOKED 'a CA revoked since its indexes were reserved issues none of them' <<'SQL'
BEGIN;
INSERT INTO index_range (issuer_id, first, count) VALUES (3, 5000, 1);
UPDATE issuer SET state = 'revoked' WHERE id = 3;
UPDATE index_range SET state = 'issued' WHERE first = 5000;
SQL
# What a foreign key would say, by triggers that look once a statement (060).
of_nobody() { # issuer lot coc
	echo "INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, lot_id, coc_id,
		not_before) SELECT $1, 900 + i, 'tre', '\\x02', 'der', sha256(('of nobody' || i)::bytea),
		sha256(('key' || i)::bytea), $2, $3, assay_now() FROM generate_series(0, 1) i"
}
refused assay_authority 23503 'a certificate is of an issuer' <<<"$(of_nobody '3 + i * 90' NULL NULL)"
refused assay_authority 23503 'of a lot that there is' <<<"$(of_nobody 3 '1 + i * 90' NULL)"
refused assay_authority 23503 'and of a CoC that there is' <<<"$(of_nobody 3 NULL '90 + i')"
device_of() { # model lot
	echo "INSERT INTO device (kind, device_id, model_id, lot_id, organisation_id)
		SELECT 'tre', 'OF-NOBODY-' || i, $1, $2, 1 FROM generate_series(0, 1) i"
}
model="(SELECT id FROM model WHERE handle = 'tre')"
refused assay_authority 23503 'a device is of a model' <<<"$(device_of "$model + i * 90" 1)"
refused assay_authority 23503 'and of a lot' <<<"$(device_of "$model" '1 + i * 90')"
refused assay_test DEVICE_IMMUTABLE 'and stays so' <<<"$(device_of "$model" 1);
	UPDATE device SET model_id = 1 WHERE device_id = 'OF-NOBODY-0'"
refused assay_test ILLEGAL_TRANSITION 'nothing comes back from revoked' \
	<<<"UPDATE certificate SET state = 'issued' WHERE index = 3"
refused assay_test APPEND_ONLY 'nothing is deleted' <<<'DELETE FROM certificate'

# ---- cohorts
cohort="(SELECT id FROM model WHERE handle = 'platform')"
claim assay_test 'a hold on a hardware platform is one event' <<<"
	SELECT status_cohort(true, 'hardware_platform', $cohort, NULL)"
check 'and holds every model on it' says 3 9 'state hold'
check 'but not what is revoked already' says 3 3 'state revoked'
claim assay_test 'the register says the same' <<'SQL'
SELECT t.so(certificate_json(c) ->> 'state' =
	CASE c.index WHEN 3 THEN 'revoked' ELSE 'on_hold' END)
FROM certificate c;
SQL
claim assay_authority 'and so does the CRL' <<'SQL'
SELECT t.so((SELECT count(*) FROM crl_entries(3, 0, 65535)) = 10);
SELECT t.so((SELECT count(*) FROM crl_entries(3, 0, 4)) = 5);
SELECT t.so((SELECT reason FROM crl_entries(3, 3, 3)) = 1);
SQL
claim assay_test 'it is released' <<<"
	SELECT status_cohort(false, 'hardware_platform', $cohort, NULL)"
check 'and all are good again' says 3 9 'state good'

claim assay_test 'a hold on the issuer is one event' <<<"
	SELECT status_cohort(true, 'issuer', 3, NULL)"
check 'and holds what it issued' says 3 9 'state hold'
claim assay_test 'the register and the CRL say the same' <<'SQL'
SELECT t.so((SELECT count(*) = 9 FROM certificate c, certificate_status(c) s
	WHERE s.state = 'on_hold'));
SELECT t.so((SELECT count(*) = 9 FROM crl_entries(3, 0, 65535)
	WHERE reason = 6));
SELECT status_cohort(false, 'issuer', 3, NULL);
SQL
check 'released' says 3 9 'state good'

# ---- which CRLs are due
made() { # shard number
	echo "SELECT crl_store($1, 0, $2, (SELECT last FROM status_head),
	    assay_now(), assay_now() + '7 days', 'public/crl/$1/0.crl', '\\x01')"
}
due="SELECT string_agg(issuer_id || '/' || shard, ' ') FROM
	crl_due(0, 65536, 65536, '1 hour')"
claim assay_authority 'each issuer has its first CRL due' <<SQL
SELECT t.so(($due) = '1/0 3/0');
$(made 1 5);
$(made 3 5);
SELECT t.so(($due) IS NULL);
SQL
check 'the follower places it' eval \
	'for i in $(seq 100); do cmp -s "$var/public/crl/3/0.crl" <(printf "\001") && break; sleep 0.05; done; [ -s "$var/public/crl/3/0.crl" ]'
# A measure's CRLs are hundreds; whoever asks by OCSP doesn't wait for them: what
# keeps the event is written before the last of the files.
sql assay_test >/dev/null <<'SQL'
INSERT INTO publication (path, content)
SELECT 'public/crl/9/' || i || '.crl', decode(repeat('00', 4096), 'hex') FROM generate_series(1, 3000) i;
SELECT status_cohort(true, 'issuer', 3, NULL);
SQL
check 'an event among thousands of files is seen' says 3 9 'state hold'
check 'which all come' eval 'for i in $(seq 900); do [ "$(ls "$var/public/crl/9" | wc -l)" = 3000 ] && break; sleep 0.1; done
	[ "$(ls "$var/public/crl/9" | wc -l)" = 3000 ]'
check 'the last of them later' eval '[[ $(stat -c %.9Y "$var/status/seen") < $(stat -c %.9Z "$var/public/crl/9/999.crl") ]]'
sql assay_test >/dev/null <<<"SELECT status_cohort(false, 'issuer', 3, NULL)"
rm -r "$var/public/crl/9"
refused assay_authority CRL_NUMBER 'a number that does not grow is refused' \
	<<<"$(made 3 5)"
claim assay_test 'a change makes its block due' <<SQL
SELECT status_cohort(true, 'lot', (SELECT id FROM lot), NULL);
SELECT t.so(($due) = '3/0');
SELECT status_cohort(false, 'lot', (SELECT id FROM lot), NULL);
SQL
claim assay_test 'an hour makes all due' <<SQL
$(made 3 6);
SELECT t.so(($due) IS NULL);
INSERT INTO test_clock (now) VALUES (now() + '61 minutes');
SELECT t.so(($due) = '1/0 3/0');
DELETE FROM test_clock;
SQL
claim assay_test 'smaller blocks are more CRLs' <<'SQL'
SELECT t.so((SELECT count(*) FROM crl_due(0, 65536, 5, '1 hour')
	WHERE issuer_id = 3) = 2);
SQL

# ---- behind a restore
restored="INSERT INTO restore (number, cause, last) VALUES ('RST-1', 'events', 1)"
claim assay_test 'a restore makes all due: what was published may lack what is on hold again' <<SQL
BEGIN;
$restored;
SELECT status_cohort(true, 'organisation', 99, NULL);
SELECT t.so(($due) IS NULL);
UPDATE restore SET state = 'resolved', event_id = (SELECT last FROM status_head);
SELECT t.so(($due) = '1/0 3/0');
$(made 3 70);
SELECT t.so(($due) = '1/0');
SELECT t.so(base_number = 70 AND coming_number = 70 AND base_event = event_id, 'deltas begin anew')
	FROM crl WHERE issuer_id = 3;
$(made 3 71);
SELECT t.so(base_number = 70 AND coming_number = 70, 'once') FROM crl WHERE issuer_id = 3;
ROLLBACK;
SQL
claim assay_test 'of what witnesses claim the worst is put back, whoever came first' <<SQL
BEGIN;
$restored;
INSERT INTO restore_report (restore_id, witness, event, hash, marks, feed, kit, notices)
	SELECT id, 'follower-' || repeat(w, 16), 1, '', '{}', 0, 0, 0 FROM restore, unnest('{a,b}'::text[]) w;
SELECT restore_claim_add('follower-aaaaaaaaaaaaaaaa', jsonb_build_array(
	'{"issuer":3,"index":9,"state":"on_hold","reason":6,"since":1700000000}'::jsonb,
	jsonb_build_object('cohort', 'lot', 'id', (SELECT id FROM lot), 'state', 'revoked', 'reason', 9, 'since', 1700000000)));
SELECT restore_claim_add('follower-bbbbbbbbbbbbbbbb', jsonb_build_array(
	'{"issuer":3,"index":9,"state":"revoked","reason":4,"since":1700000000}'::jsonb,
	jsonb_build_object('cohort', 'lot', 'id', (SELECT id FROM lot), 'state', 'revoked', 'reason', 1, 'since', 1700000007)));
INSERT INTO restore_report (restore_id, witness, event, hash, marks, feed, kit, notices)
	SELECT id, 'follower-cccccccccccccccc', 1, '', '{}', 0, 0, 0 FROM restore;
SELECT restore_claim_add('follower-cccccccccccccccc',
	'[{"issuer":3,"index":9,"state":"revoked","reason":9,"since":1700000000,"invalidity":1600000000}]');
SELECT restore_claims(r, (SELECT min(id) FROM principal)) FROM restore r;
SELECT t.so(reason = 4 AND invalidity = to_timestamp(1600000000), 'since when its key was bad') FROM certificate c WHERE index = 9;
SELECT t.so(c.state = 'revoked' AND c.reason = 4, 'by itself ' || c.state) FROM certificate c WHERE index = 9;
SELECT t.so(s.reason = 1 AND s.since = to_timestamp(1700000000), 'by its lot ' || s.reason)
	FROM certificate c, certificate_status(c) s WHERE index = 8;
ROLLBACK;
SQL
claim assay_test 'what held by then is what every channel says of it' <<'SQL'
BEGIN;
SELECT certificate_set(c, 'held', 'on_hold', 6, assay_now() - interval '1 minute', NULL, 'x')
	FROM certificate c WHERE index = 7;
SELECT certificate_set(c, 'revoked', 'revoked', 4, assay_now(), NULL, NULL) FROM certificate c WHERE index = 6;
SELECT status_cohort_revoked('model', model_id, NULL, 9), status_cohort_revoked('lot', id, NULL, 9),
	status_cohort_revoked('lot', id, NULL, 1) FROM lot;
SELECT t.so(k ->> 'state' = s.state AND k ->> 'reason' = crl_reason_name(s.reason)
	AND k -> 'since' = to_jsonb(json_time(s.since)), format('%s: %s, but %s', c.index, s, k))
	FROM certificate c, certificate_status(c) s, certificate_known(c, assay_now(), assay_now()) k;
ROLLBACK;
SQL

# ---- a large one, in parts
parts=$(cat <<'SQL'
SELECT crl_place('public/crl/3/large.crl', substr(content, 1, 100), NULL) AS id FROM large \gset
SELECT crl_place_more(:id, substr(content, 101, 50)) FROM large;
SELECT crl_place_more(:id, substr(content, 151)) FROM large;
SQL
)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$var/ca.key" -out "$var/ca.pem" -subj /CN=CA \
	-addext "keyUsage = critical, keyCertSign, cRLSign" -addext "authorityKeyIdentifier = keyid" 2>/dev/null
: >"$var/index.txt"
cat >"$var/ca.cnf" <<CNF
[ ca ]
default_ca = it
[ it ]
database = $var/index.txt
crlnumber = $var/number
certificate = $var/ca.pem
private_key = $var/ca.key
default_md = sha256
default_crl_days = 7
crl_extensions = ext
[ ext ]
authorityKeyIdentifier = keyid
CNF
large() { # NUMBER: a table "large" of one CRL of that number, which openssl made
	echo "$1" >"$var/number"
	openssl ca -config "$var/ca.cnf" -gencrl 2>/dev/null | openssl crl -outform DER -out "$var/large.der"
	echo "CREATE TEMP TABLE large AS SELECT decode('$(od -An -v -tx1 <"$var/large.der" | tr -d ' \n')', 'hex') AS content;"
}
placed() { for i in $(seq 100); do cmp -s "$var/public/crl/3/large.crl" "$var/large.der" && return; sleep 0.05; done; return 1; }
claim assay_authority 'a CRL is published in parts' <<<"$(large 10) BEGIN; $parts COMMIT;"
check 'the follower puts them together' placed
claim assay_test 'whoever needs it at once has it' <<<"SELECT t.so(content = decode('$(od -An -v -tx1 <"$var/large.der" | tr -d ' \n')', 'hex'))
	FROM publication_content((SELECT max(id) FROM publication WHERE path = 'public/crl/3/large.crl')) AS content;"
refused assay_authority CRL_PLACED 'nothing is added to one that is out' \
	<<<"SELECT crl_place_more((SELECT max(id) FROM publication WHERE path = 'public/crl/3/large.crl'), 'more');"
refused assay_authority CRL_PLACED 'nor to what is no CRL' <<'SQL'
BEGIN;
INSERT INTO publication (path, content) VALUES ('public/ca/9.cer', 'a') RETURNING id \gset
SELECT crl_place_more(:id, 'more');
SQL
refused assay_api 'permission denied' 'nor by others' <<<"SELECT crl_place_more(1, 'more');"
cp "$var/large.der" "$var/whole.der"
claim assay_authority 'one comes of which the end is missing' <<<"$(large 11) BEGIN; ${parts/, 151/, 151, 20} COMMIT;"
sleep 1.5
check 'the one before stays where it is' cmp "$var/public/crl/3/large.crl" "$var/whole.der"
claim assay_authority 'the next is whole again' <<<"$(large 12) BEGIN; $parts COMMIT;"
check 'and there' placed
claim assay_test 'of one that was replaced ten minutes ago nothing is kept, when the next one comes' <<SQL
INSERT INTO test_clock (now) VALUES (now() + '11 minutes');
$(large 13)
BEGIN; $parts COMMIT;
SELECT t.so((SELECT count(*) = 1 FROM publication WHERE path = 'public/crl/3/large.crl')
	AND (SELECT count(*) = 2 FROM publication_part));
DELETE FROM test_clock;
SQL
check 'and the follower goes on' placed

# ---- which signers are due
due="SELECT string_agg(k.name || ' ' || d.issuer_id, ', ' ORDER BY d.issuer_id)
	FROM delegated_due() d JOIN delegated_key k ON k.id = d.key_id"
claim assay_test 'a signer needs a certificate of each issuer, and another at half of its life' <<SQL
INSERT INTO delegated_key (kind, name, spki_der) VALUES ('ocsp', 'ocsp', '\\x01');
SELECT t.so(($due) = 'ocsp 1, ocsp 3');
INSERT INTO delegated_certificate (key_id, issuer_id, der, not_before, not_after)
SELECT k.id, i, '\\x00', '2030-01-01', '2030-01-31'
FROM delegated_key k, (VALUES (1), (3)) v (i);
INSERT INTO test_clock (now) VALUES ('2030-01-15 23:59:59');
SELECT t.so(($due) IS NULL);
UPDATE test_clock SET now = '2030-01-16';
SELECT t.so(($due) = 'ocsp 1, ocsp 3');
DELETE FROM test_clock;
SQL
claim assay_test "one that is still to begin, as a clock ahead has made it, is made again" <<SQL
SELECT t.so(($due) = 'ocsp 1, ocsp 3');
SQL

# ---- deaths
finish -KILL
claim assay_api 'events are written while the follower is dead' <<SQL
$(as security-1)
SELECT certificate_revoke('0106', 'cessationOfOperation', NULL);
COMMIT;
SQL
start
check 'they are seen when it lives again' says 3 6 'reason 5'

sessions_end
"$pg_bin/pg_ctl" -D "$pg/data" -m immediate -w stop >/dev/null
sleep 0.5
check 'while PostgreSQL is away the index answers' says 3 6 'state revoked'
"$pg_bin/pg_ctl" -D "$pg/data" -w -l "$pg/log" -o "-k $pg -c \
	listen_addresses='' -c fsync=off -c timezone=UTC" start >/dev/null
claim assay_api 'PostgreSQL is back' <<SQL
$(as security-1)
SELECT certificate_revoke('0107', 'cessationOfOperation', NULL);
COMMIT;
SQL
check 'and the follower too' says 3 7 'reason 5'

finish -KILL
printf x | dd of="$var/status/3.state" bs=1 seek=6 conv=notrunc status=none
printf x | dd of="$var/status/head" bs=1 seek=9 conv=notrunc status=none
check 'a damaged index is not believed' eval \
	'! show 3 6 | grep -q "state good"'
start
check 'and rebuilt from the log' says 3 6 'reason 5'
told() { grep -c 'is rebuilt' "$pg/follower.log"; }
before=$(told)
printf '\341' | dd of="$var/status/3.state" bs=1 seek=6 conv=notrunc status=none # good
check 'one that is damaged while it is served is not believed' eval '! show 3 6 | grep -q "state good"'
check 'and its follower finds that out, and builds it anew' says 3 6 'reason 5'
check 'not without a word' test "$(told)" -gt "$before"

finish
ready=$(grep -c 'up to date' "$pg/follower.log")
start rebuild
check 'it is up to date' eval \
	'for i in $(seq 200); do [ $(grep -c "up to date" "$pg/follower.log") -gt $ready ] && break; sleep 0.05; done; [ $i -lt 200 ]'
check 'or because somebody asks for it' says 3 6 'reason 5'

# ---- a cohort is revoked, some of it after a hold and some by itself before:
# every channel says the same of each of the ten
claim assay_api 'one of the lot is put on hold' <<SQL
$(as security-1)
SELECT certificate_hold('0105', 'section 1');
COMMIT;
SQL
claim assay_test 'and the model is revoked, as a second measure holds the lot' <<'SQL'
SELECT status_cohort(true, 'lot', (SELECT id FROM lot), NULL);
SELECT status_cohort_revoked('model', (SELECT id FROM model WHERE handle = 'tre'), NULL, 9);
SQL
check 'in the index' says 3 9 'reason 9'
claim assay_api 'for one the reason moves to keyCompromise' <<SQL
$(as security-1)
SELECT certificate_revoke('0108', 'keyCompromise', NULL);
COMMIT;
SQL
check 'in the index, too' says 3 8 'reason 1'
claim assay_test 'both measures let go' <<'SQL'
SELECT status_cohort(false, 'lot', (SELECT id FROM lot), NULL);
SELECT status_cohort(false, 'model', (SELECT id FROM model WHERE handle = 'tre'), NULL);
SQL
# register NUMBER: "reason seconds" as the register has it; index, crl likewise
register() {
	sql assay_test <<<"SELECT CASE s.state WHEN 'revoked' THEN s.reason || ' ' ||
	    floor(extract(epoch FROM s.since)) ELSE s.state END
	    FROM certificate c, certificate_status(c) s WHERE index = $1"
}
index() {
	local since
	since=$(show 3 "$1" | sed -n 's/^since //p')
	echo "$(show 3 "$1" | sed -n 's/^reason //p') $(date -ud "$since" +%s)"
}
crl() {
	sql assay_authority <<<"SELECT reason || ' ' || floor(extract(epoch FROM since)) FROM crl_entries(3, $1, $1)"
}
all_agree() {
	local i n=0
	for i in 0 1 2 3 4 5 6 7 8 9; do
		[ "$(register $i)" = "$(index $i)" ] && [ "$(register $i)" = "$(crl $i)" ] && n=$((n + 1)) ||
			echo "# $i: register $(register $i), index $(index $i), CRL $(crl $i)"
	done
	[ $n = 10 ]
}
says 3 9 'reason 9' >/dev/null
check 'register, index and CRL agree about each of ten' all_agree
check 'the earlier one, the compromised and the rest, each for its reason' eval \
	'[ "$(for i in 3 6 8 9; do register $i; done | cut -d" " -f1 | xargs)" = "1 5 1 9" ]'
finish
start rebuild
sleep 1
check 'the same after the index is built anew' says 3 9 'reason 9'
check 'of each of ten' all_agree
refused assay_authority COHORT_REVOKED 'nothing is issued into it' \
	<<<"SELECT status_issued(3, 20, 1, (SELECT id FROM lot))"

# ---- the machine's clock goes forty days ahead, and back
cat >"$pg/leap.c" <<'C'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
time_t time(time_t *at)
{
	struct timespec ts;
	long off = 0;
	FILE *f = fopen(getenv("LEAP"), "r");

	if (f != NULL && fscanf(f, "%ld", &off) != 1)
		off = 0;
	if (f != NULL)
		fclose(f);
	clock_gettime(CLOCK_REALTIME, &ts);
	if (at != NULL)
		*at = ts.tv_sec + off;
	return ts.tv_sec + off;
}
C
gcc -shared -fPIC -o "$pg/leap.so" "$pg/leap.c" || exit 1
leap() { echo "$1" >"$pg/leap.new" && mv "$pg/leap.new" "$pg/leap"; }
logged() {
	local i
	for i in $(seq 100); do grep -q "$1" "$pg/follower.log" && return; sleep 0.1; done
	tail -3 "$pg/follower.log"
	return 1
}
checked_today() { # it has just vouched for the index, by the time as it was
	local at
	sleep 2
	at=$("$B/assay-follower" -c "$pg/assay.cnf" status | sed -n 's/^checked //p')
	at=$(($(date +%s) - $(date -ud "$at" +%s)))
	[ $at -ge -1 ] && [ $at -le 3 ] || { echo "# $at s ago"; return 1; }
}
finish
leap 0
# a sanitizer's library must be the first
sanitizer=$(ldd "$B/assay-follower" | awk '/libasan/ { print $3 }')
LEAP=$pg/leap LD_PRELOAD="$sanitizer $pg/leap.so" start
check 'a follower vouches for the index' checked_today
leap 3456000
check 'that the clock has leapt is an alarm' logged 'ALARM.*the clock has gone 3456[0-9]* s in no time'
check 'it vouches by the time as it was' checked_today
leap 0
check 'gone back, it is believed' logged 'the clock is believed again'
check 'and vouched by' checked_today
leap -86400
check 'nor is one that goes a day back believed' logged 'ALARM.*the clock has gone -86[34][0-9]* s in no time'
check 'nor vouched by' checked_today

# ---- a database restored to an earlier moment
finish
claim assay_test 'the database loses its last events' <<'SQL'
ALTER TABLE status_event DISABLE TRIGGER USER;
DELETE FROM status_event WHERE id = (SELECT last FROM status_head);
UPDATE status_head SET last = last - 1;
ALTER TABLE status_event ENABLE TRIGGER USER;
SQL
"$B/assay-follower" -c "$pg/assay.cnf" status >"$pg/before"
start
sleep 2
check 'the follower raises an alarm' \
	grep -q 'ALARM.*restored to an earlier moment' "$pg/follower.log"
"$B/assay-follower" -c "$pg/assay.cnf" status >"$pg/after"
check 'and vouches for nothing any more' not grep checked "$pg/after"
check 'and takes no revocation back' says 3 7 'state revoked'
finish
start rebuild
sleep 1.5
check 'not even by being built anew: then it answers nothing' \
	not says_good 3 7
exit $bad
