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

mustnt officer-1 ROOT_ONLINE "of a root that is online nothing is asked" <<<"SELECT * FROM ca_request_each();"
mustnt officer-1 ROOT_ONLINE "nor has it a CRL to be signed" <<<"SELECT * FROM ca_crl_next();"
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
refused assay_api 42501 "and reads no request as it lies" <<<"SELECT * FROM ca_request"
for who in officer-1 security-1; do
	may $who "$who sees what waits" <<<"SELECT t.so(count(*) = 1) FROM ca_request_each();"
done
for who in decider-1 reader auditor-1 acme-1 operator-1; do
	mustnt $who ROLE_REQUIRED "$who does not" <<<"SELECT * FROM ca_request_each();"
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
may officer-1 "for a supplier that is suspended nothing goes to a ceremony" <<<"SELECT t.so(count(*) = 0) FROM ca_request_each();"

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
so "the next reminder is known" "(SELECT next_due = '2027-05-31T12:00:00Z' FROM clock_tick())"
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
may officer-1 "the next CRL's number does not fall behind the clock" <<<"
	SELECT t.so(number = extract(epoch FROM assay_now())::bigint) FROM ca_crl_next();"
sql assay_test <<<"SET ROLE assay_owner; UPDATE crl SET number = 99999999999" >/dev/null
may officer-1 "and always grows" <<<"SELECT t.so(number = 100000000000) FROM ca_crl_next();"

# ---- a CA is revoked
may security-1 "a CA's certificate is revoked" <<<"SELECT certificate_revoke(encode('serial of a CA', 'hex'), 'cACompromise', NULL);"
so "the body hears that the CRL is behind" "$(alarms root_crl_behind) = 1"
may security-1 "the next one lists it" <<<"SELECT t.so(array_agg(serial) = ARRAY['serial of a CA'::bytea]) FROM ca_crl_entries();"
refused assay_test APPEND_ONLY "no request is ever deleted" <<<"SET ROLE assay_owner; DELETE FROM assay.ca_request"
refused assay_test APPEND_ONLY "and no import" <<<"SET ROLE assay_owner; DELETE FROM assay.ca_import"
refused assay_test ILLEGAL_TRANSITION "what is refused is not accepted later" <<<"SET ROLE assay_owner; UPDATE assay.ca_import SET state = 'accepted'"
exit $bad
