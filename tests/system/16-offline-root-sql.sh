#!/usr/bin/env bash
# What a root that is offline is asked for, as the database has it: who sees and
# brings what, and when the clock says that a ceremony is needed.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh

sql assay_test <<'SQL' || exit 1
SET ROLE assay_owner;
INSERT INTO issuer (id, role, cert_der, subject_der, spki_der, key_id, next_index)
VALUES (1, 'root', 'root', 's', 'root key', decode(repeat('01', 20), 'hex'), 0);
SQL
tick() { sql assay_authority <<<"SELECT changes FROM clock_tick()"; }
alarms() { echo "(SELECT count(*) FROM notice WHERE topic = 'alarm.$1')"; }

sql assay_test >/dev/null <<'SQL'
SET ROLE assay_owner;
CREATE FUNCTION t.ask(root bigint DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/ca/request-files', jsonb_strip_nulls(
	    jsonb_build_object('root', root))::text);
	SELECT assay.ca_request_file_ask(root) $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
SQL
mustnt officer-1 ROOT_ONLINE "of a root that is online nothing is asked" <<<"SELECT t.ask();"
sql assay_test <<'SQL' || exit 1
SET ROLE assay_owner;
UPDATE issuer SET offline = true, next_index = 3;
INSERT INTO index_range (issuer_id, first, count) VALUES (1, 0, 1), (1, 1, 1), (1, 2, 1);
UPDATE index_range SET state = 'issued' WHERE first < 2;
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before)
VALUES (1, 1, 'issuing_ca', 'serial of a CA', 'ca', pg_catalog.sha256('ca'), pg_catalog.sha256('ca key'), now());
INSERT INTO delegated_key (kind, name, spki_der, csr)
VALUES ('ocsp', 'ocsp', 'ocsp key', 'csr'), ('ocsp', 'bare', 'bare key', NULL);
SQL
ask() { # name role organisation
	echo "SELECT ca_request_add(jsonb_populate_record(NULL::ca_request,
		jsonb_build_object('name', '$1', 'profile', 'issuing_ca', 'range_id', (SELECT max(id) FROM index_range),
		'serial', decode(repeat('$4', 17), 'hex'), 'issuer_id', 5, 'role', '$2', 'organisation_id',
		(SELECT id FROM organisation WHERE handle = '$3'), 'country', 'DE', 'organisation', 'Acme',
		'common_name', 'TrE CA 5', 'csr', 'csr')))"
}
claim assay_authority "a CA is asked for" <<<"$(ask issuer-5 tre acme 01)"
so "the body hears of it" "$(alarms ca_requested) = 1"
so "and its supplier" "(SELECT count(*) FROM notice WHERE topic = 'ca.requested') = 1"
so "it waits" "(SELECT state = 'pending' FROM ca_request)"
so "the index that it has is no leftover" "NOT EXISTS (SELECT FROM index_range r WHERE state = 'reserved'
	AND NOT EXISTS (SELECT FROM ca_request WHERE range_id = r.id AND state = 'pending'))"
refused assay_authority 23505 "not twice" <<<"SELECT ca_request_add(r) FROM ca_request r"
refused assay_api 42501 "the api asks for none" <<<"SELECT ca_request_add(NULL)"
refused assay_api 42501 "nor says that one is done" <<<"SELECT ca_request_done(1)"
refused assay_api 42501 "nor that an import is accepted" <<<"SELECT ca_import_set(1, 'accepted', NULL)"
refused assay_api 42501 "nor what a ceremony gets" <<<"SELECT ca_request_file_set(1, '{}', 0, 0, true, NULL)"
refused assay_api 42501 "nor what waits for one" <<<"SELECT * FROM ca_request_each(1)"
refused assay_api 42501 "nor has it a key of the authority's" <<<"SELECT own_key_set('request', 'k')"
for who in officer-1 security-1; do
	may $who "$who sees what waits" <<<"SELECT t.so(count(*) = 1) FROM ca_request;"
	may $who "and has it written" <<<"SELECT t.so(t.ask() ->> 'state' = 'asked');"
done
mustnt officer-1 CA_ABSENT "of a root that is there" <<<"SELECT t.ask(77);"
mustnt officer-1 STATEMENT_REQUIRED "not without signing" <<<"SELECT ca_request_file_ask(NULL);"
mustnt officer-1 STATEMENT_DIFFERS "of the one that was signed for" <<<"
	SELECT t.sign('/v1/ca/request-files', '{\"root\": 2}'); SELECT ca_request_file_ask(1);"
so "each has a higher number than the one before" "(SELECT count(*) = 2 AND count(DISTINCT ordinal) = 2
	AND min(ordinal) >= floor(extract(epoch FROM assay_now())) FROM ca_request_file)"
sql assay_test <<<"SET ROLE assay_owner; UPDATE ca_request_file SET ordinal = 99999999999 WHERE id = (SELECT max(id) FROM ca_request_file)" >/dev/null
may officer-1 "whatever the clock says" <<<"SELECT t.so((t.ask() ->> 'ordinal')::bigint = 100000000000);"
claim assay_authority "the authority makes it" <<<"SELECT ca_request_file_set((SELECT min(id) FROM ca_request_file), '{}', 0, 0, true, NULL)"
so "and no alarm is heard" "$(alarms ca_requests_unsigned) = 0"
refused assay_authority P0002 "once" <<<"SELECT ca_request_file_set((SELECT min(id) FROM ca_request_file), '{\"other\": 1}', 0, 0, true, NULL)"
refused assay_test ILLEGAL_TRANSITION "it is not asked for again" <<<"SET ROLE assay_owner; UPDATE assay.ca_request_file SET state = 'asked', file = NULL WHERE state = 'made'"
claim assay_authority "without signature" <<<"SELECT ca_request_file_set((SELECT max(id) FROM ca_request_file), '{}', 0, 0, false, 'nobody can')"
so "the body is alarmed" "$(alarms ca_requests_unsigned) = 1"
so "history has not the file itself" "NOT EXISTS (SELECT FROM history WHERE entity = 'ca_request_file' AND detail ? 'file')"
refused assay_test APPEND_ONLY "none is ever deleted" <<<"SET ROLE assay_owner; DELETE FROM assay.ca_request_file"
for who in acme-1 operator-1 auditor-1; do
	may $who "$who sees neither" <<<"SELECT t.so((SELECT count(*) FROM ca_request) + (SELECT count(*) FROM ca_request_file) = 0);"
done
for who in decider-1 reader auditor-1 acme-1 operator-1; do
	mustnt $who ROLE_REQUIRED "$who has nothing written" <<<"SELECT t.ask();"
	mustnt $who ROLE_REQUIRED "nor brings anything" <<<"SELECT ca_import_add('{\"certificates\": []}');"
done
mustnt officer-1 STATEMENT_REQUIRED "nothing comes unsigned" <<<"SELECT ca_import_add('{\"certificates\": []}');"
mustnt officer-1 STATEMENT_DIFFERS "nor otherwise than signed" <<<"
	SELECT t.sign('/v1/ca/imports', '{\"certificates\": [\"AA==\"]}'); SELECT ca_import_add('{\"certificates\": []}');"
may officer-1 "an officer brings something" <<<"
	SELECT t.sign('/v1/ca/imports', '{\"certificates\": []}');
	SELECT t.so(ca_import_add('{\"certificates\": []}') ->> 'state' = 'received');"
claim assay_authority "the authority refuses it" <<<"SELECT ca_import_set(1, 'refused', 'nothing is in it')"
refused assay_authority P0002 "once" <<<"SELECT ca_import_set(1, 'accepted', NULL)"
may reader "and everybody in the body sees why" <<<"
	SELECT t.so(reason = 'nothing is in it') FROM ca_import;"
may acme-1 "no supplier does" <<<"SELECT t.so(count(*) = 0) FROM ca_import;"
so "the body hears of that" "$(alarms ca_import_refused) = 1"
sql assay_test <<<"SET ROLE assay_owner; UPDATE organisation SET state = 'suspended' WHERE handle = 'acme'" >/dev/null
so "for a supplier that is suspended nothing goes to a ceremony" "NOT EXISTS (SELECT FROM ca_request_each(1))"

# ---- the OCSP signer: asked for at half its life
so "an OCSP key without certificate is asked for" "(SELECT array_agg(name) = '{ocsp}' FROM ca_request_ocsp_due())"
so "its certificate is not made here" "NOT EXISTS (SELECT FROM delegated_due() WHERE issuer_id = 1)"
so "nor is the root's CRL" "NOT EXISTS (SELECT FROM crl_due(0, 0, 0, '1 hour') WHERE issuer_id = 1)"
sql assay_test <<'SQL' || exit 1
SET ROLE assay_owner;
INSERT INTO delegated_certificate (key_id, issuer_id, der, not_before, not_after)
SELECT id, 1, 'x', '2027-01-01', '2027-07-20' FROM delegated_key WHERE name = 'ocsp';
INSERT INTO crl (issuer_id, shard, number, event_id, this_update, next_update)
VALUES (1, 0, 5, 0, '2027-01-01', '2027-06-30T12:00:00Z');
SQL
at 2027-04-10T23:59:59Z
so "not before half its life" "NOT EXISTS (SELECT FROM ca_request_ocsp_due())"
at 2027-04-11T00:00:00Z
so "but then" "EXISTS (SELECT FROM ca_request_ocsp_due())"

# ---- 30 days, 7 days, over
ticks_at() { # time n sentence
	at "$1"
	so "$3" "(SELECT changes = $2 FROM clock_tick())"
}
ticks_at 2027-05-31T11:59:59Z 0 "more than 30 days before the CRL ends nobody is disturbed"
ticks_at 2027-05-31T12:00:00Z 1 "30 days before, the body is told"
so "of the CRL" "(SELECT subject = 'CRL' FROM notice WHERE topic = 'alarm.root_30_days')"
ticks_at 2027-05-31T12:00:01Z 0 "once"
ticks_at 2027-06-19T23:59:59Z 0 "the OCSP signer's day is another"
ticks_at 2027-06-20T00:00:00Z 1 "it is told 30 days before its end"
ticks_at 2027-06-23T11:59:59Z 0 "the last week has not begun"
ticks_at 2027-06-23T12:00:00Z 1 "7 days before the CRL's end, it is said again"
so "as urgent" "$(alarms root_7_days) = 1"
ticks_at 2027-06-30T11:59:59Z 0 "to the last second it is good"
ticks_at 2027-06-30T12:00:00Z 1 "then it is over"
so "which is said" "$(alarms root_over) = 1"
sql assay_test <<<"SET ROLE assay_owner; UPDATE crl SET number = 6, this_update = '2027-06-30', next_update = '2027-12-27'" >/dev/null
ticks_at 2027-07-01T00:00:00Z 0 "after a ceremony there is peace"
so "the next CRL's number does not fall behind the clock" "ca_crl_next(1) = extract(epoch FROM assay_now())::bigint"
sql assay_test <<<"SET ROLE assay_owner; UPDATE crl SET number = 99999999999" >/dev/null
so "and always grows" "ca_crl_next(1) = 100000000000"

# ---- a CA is revoked
may security-1 "a CA's certificate is revoked" <<<"SELECT certificate_revoke(encode('serial of a CA', 'hex'), 'cACompromise', NULL);"
so "the body hears that the CRL is behind" "$(alarms root_crl_behind) = 1"
so "the next one lists it" "(SELECT array_agg(serial) = ARRAY['serial of a CA'::bytea] FROM crl_entries(1, 0, 281474976710655))"
# ---- what was, at the second of a CRL
at 2027-07-01T00:00:00Z
sql assay_test <<'SQL' || exit 1
SET ROLE assay_owner;
INSERT INTO index_range (issuer_id, first, count, state) VALUES (1, 3, 1, 'reserved');
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before)
VALUES (1, 3, 'issuing_ca', 'serial of other', 'other', pg_catalog.sha256('other'), pg_catalog.sha256('other key'), now());
SQL
was() { # TIME WHAT SENTENCE
	so "$3" "(SELECT coalesce(string_agg(reason || ' ' || json_time(to_timestamp(since)), ''), 'good') = '$2'
		FROM ca_crl_was(1, 'serial of other', extract(epoch FROM timestamptz '$1')::bigint))"
}
at 2027-07-02T10:00:00Z
may security-1 "a CA is held" <<<"SELECT certificate_hold(encode('serial of other', 'hex'), 'a doubt');"
at 2027-07-03T10:00:00Z
claim assay_test "and released" <<<"SET ROLE assay_owner; SELECT certificate_release(1, 3)"
at 2027-07-04T10:00:00Z
may security-1 "and held again" <<<"SELECT certificate_hold(encode('serial of other', 'hex'), 'a doubt');"
at 2027-07-05T10:00:00Z
may security-1 "and revoked" <<<"SELECT certificate_revoke(encode('serial of other', 'hex'), 'superseded', NULL);"
was 2027-07-02T09:59:59Z good "the second before the hold it was good"
was 2027-07-02T10:00:00Z '6 2027-07-02T10:00:00Z' "at that second it was held"
was 2027-07-03T09:59:59Z '6 2027-07-02T10:00:00Z' "to the second before its release"
was 2027-07-03T10:00:00Z good "and good at that"
was 2027-07-05T09:59:59Z '6 2027-07-04T10:00:00Z' "held again, since then"
was 2027-07-05T10:00:00Z '4 2027-07-04T10:00:00Z' "and revoked, since it was held"

# ---- a request is withdrawn
mustnt decider-1 ROLE_REQUIRED "a decider withdraws no request" <<<"SELECT ca_request_withdraw('1', 'x');"
mustnt officer-1 STATEMENT_REQUIRED "nobody does unsigned" <<<"SELECT ca_request_withdraw((SELECT id::text FROM ca_request), 'x');"
mustnt officer-1 CA_REQUEST_ABSENT "nor one that is not there" <<<"SELECT ca_request_withdraw('77', 'x');"
mustnt officer-1 CA_REQUEST_ABSENT "nor one whose name is no number" <<<"SELECT ca_request_withdraw('1 OR true', 'x');"
withdraw="SELECT t.sign(format('/v1/ca/requests/%s/withdraw', id), '{\"reason\": \"x\"}'), ca_request_withdraw(id::text, 'x') FROM ca_request;"
may officer-1 "an officer does" <<<"$withdraw"
so "its index is void" "(SELECT x.state = 'void' FROM ca_request r JOIN index_range x ON x.id = r.range_id)"
so "which the status log knows" "EXISTS (SELECT FROM status_event WHERE kind = 'void' AND issuer_id = 1 AND first = 2)"
mustnt officer-1 CA_REQUEST_CLOSED "once" <<<"$withdraw"
refused assay_test ILLEGAL_TRANSITION "it waits never again" <<<"SET ROLE assay_owner; UPDATE assay.ca_request SET state = 'pending'"
refused assay_api 42501 "nobody ends it otherwise" <<<"SELECT ca_request_end(NULL)"

# ---- a root that has a successor
sql assay_test <<<"SET ROLE assay_owner; UPDATE issuer SET state = 'retired', not_after = '2030-01-01' WHERE id = 1" >/dev/null
at 2029-12-31T23:59:59Z
so "its OCSP signer is asked for to its end" "EXISTS (SELECT FROM ca_request_ocsp_due() WHERE root_id = 1)"
so "and its CRL is needed, by its own name" "EXISTS (SELECT FROM root_ends() WHERE what = 'CRL of root 1')"
at 2030-01-01T00:00:00Z
so "then nothing more" "NOT EXISTS (SELECT FROM ca_request_ocsp_due()) AND NOT EXISTS (SELECT FROM root_ends())"

refused assay_test APPEND_ONLY "no request is ever deleted" <<<"SET ROLE assay_owner; DELETE FROM assay.ca_request"
refused assay_test APPEND_ONLY "and no import" <<<"SET ROLE assay_owner; DELETE FROM assay.ca_import"
refused assay_test ILLEGAL_TRANSITION "what is refused is not accepted later" <<<"SET ROLE assay_owner; UPDATE assay.ca_import SET state = 'accepted'"
exit $bad
