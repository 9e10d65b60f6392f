#!/usr/bin/env bash
# CAs as their functions and the clock have them: who retires one, when it retires
# by itself, which one a lot is issued by.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh

tick() { sql assay_authority <<<"SELECT clock_tick()" >/dev/null; }
told() { so "$1" "EXISTS (SELECT FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE o.handle = '$2' AND topic = '$3' AND subject = '$4' $5)"; }

# A root, an access CA, one of a supplier; each for 15 years, which are 5475 days.
sql assay_authority <<'SQL' || exit 1
INSERT INTO issuer (id, role, organisation_id, cert_der, subject_der, spki_der,
    key_id, root_id, algorithm, not_before, not_after)
SELECT v.id, v.role, (SELECT id FROM organisation WHERE handle = v.org),
    v.role::bytea, '', v.role::bytea, substr(sha256(v.role::bytea), 1, 20),
    v.root, 'P-256', '2027-01-01', timestamptz '2027-01-01' + 5475 * interval '24 hours'
FROM (VALUES (1, 'root', NULL, NULL::bigint), (2, 'access', NULL, 1),
    (3, 'tre', 'acme', 1)) v(id, role, org, root);
SQL
sql assay_test >/dev/null <<'SQL'
SET ROLE assay_owner;
CREATE FUNCTION t.retire(ca text, why text DEFAULT 'as tested') RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/cas/' || ca || '/retire',
	    jsonb_build_object('reason', why)::text);
	SELECT assay.ca_propose_retire(ca, why) $$;
CREATE FUNCTION t.succeed(ca text, algorithm text DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/cas/' || ca || '/succeed', jsonb_strip_nulls(
	    jsonb_build_object('reason', 'as tested', 'algorithm', algorithm))::text);
	SELECT assay.ca_propose_succeed(ca, 'as tested', algorithm) $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
SQL

# ---- who
mustnt acme-1 ROLE_REQUIRED "a supplier does not retire its CA" <<<"SELECT t.retire('3');"
mustnt security-1 CA_ABSENT "one that is not there is not retired" <<<"SELECT t.retire('4');"
mustnt security-1 CA_ABSENT "nor one whose name is no number" <<<"SELECT t.retire('3 OR true');"
mustnt security-1 CA_IS_ROOT "the root is not retired" <<<"SELECT t.retire('1');"
mustnt security-1 CA_IS_NO_ROOT "another has no successor by order" <<<"SELECT t.succeed('3');"
mustnt decider-1 ROLE_REQUIRED "a decider proposes no root" <<<"SELECT t.succeed('1');"
mustnt security-1 STATEMENT_DIFFERS "what was signed for one is not done to another" <<<"SELECT t.sign('/v1/cas/2/retire', '{\"reason\": \"x\"}'); SELECT ca_propose_retire('3', 'x');"
mustnt security-1 STATEMENT_DIFFERS "nor with another algorithm" <<<"SELECT t.sign('/v1/cas/1/succeed', '{\"reason\": \"x\", \"algorithm\": \"P-256\"}'); SELECT ca_propose_succeed('1', 'x', 'P-384');"
refused assay_api 42501 "the api's role retires none by hand" <<<"UPDATE issuer SET state = 'retired'"
refused assay_api 42501 "and calls nothing that does" <<<"SELECT root_retire(1)"
refused assay_api 42501 "nor makes a link" <<<"SELECT root_link_add(1, 3, '', '')"
may security-1 "a successor is proposed" <<<"SELECT t.succeed('1', 'P-384');"
may decider-1 "and approved" <<<"SELECT t.judge('CA-1', 'approve');"
so "it is the authority's to make: nothing else has happened" "(SELECT state = 'active' FROM issuer WHERE id = 1) AND (SELECT count(*) = 1 FROM \"order\" WHERE kind = 'ca_root_new' AND state = 'queued')"

# ---- of a root that is offline, a successor is asked for (422)
sql assay_test >/dev/null <<'SQL'
SET ROLE assay_owner;
INSERT INTO delegated_key (kind, name, spki_der, csr)
VALUES ('ocsp', 'ocsp', 'ocsp key', 'csr'), ('ocsp', 'bare', 'bare key', NULL);
UPDATE issuer SET offline = true WHERE id = 1;
INSERT INTO index_range (issuer_id, first, count) VALUES (1, 10, 1);
SQL
so "no root is awaited" "NOT root_is_awaited(9)"
claim assay_authority "one is asked for" <<<"BEGIN;
SELECT ca_request_add(jsonb_populate_record(NULL::ca_request, jsonb_build_object('name', 'link-new-with-old',
	'profile', 'root_link', 'range_id', (SELECT max(id) FROM index_range), 'serial', decode(repeat('01', 17), 'hex'),
	'issuer_id', 9, 'role', 'root', 'country', 'DE', 'organisation', 'Body', 'common_name', 'Root CA')));
SELECT root_succession_add('link-new-with-old', 1, 9, 'P-384', (SELECT max(id) FROM proposal));
COMMIT;"
so "it is awaited" "root_is_awaited(9) AND NOT root_is_awaited(1)"
told "the body hears of it" body alarm.ca_requested CA-9 ""
so "with the OCSP keys that have a request" "(SELECT ocsp_keys = ARRAY(SELECT id FROM delegated_key WHERE name = 'ocsp') FROM root_succession)"
so "the old root is not asked for more than the link" "NOT EXISTS (SELECT FROM ca_request_each(1))"
mustnt security-1 SUCCESSOR_AWAITED "a second one is not ordered" <<<"SELECT t.succeed('1');"
refused assay_test APPEND_ONLY "what was ordered stays as it was" <<<"SET ROLE assay_owner; UPDATE assay.root_succession SET algorithm = 'P-256'"
refused assay_api 42501 "the api's role asks for none" <<<"SELECT root_succession_add('link-new-with-old', 1, 9, 'P-384', 1)"
refused assay_api 42501 "nor says that one is done" <<<"SELECT root_succession_done(1)"
may officer-1 "its requests are written" <<<"SELECT t.sign('/v1/ca/request-files', '{\"root\": 9}'); SELECT t.so(ca_request_file_ask(9) ->> 'state' = 'asked');"
may officer-1 "until it is withdrawn" <<<"SELECT t.sign(format('/v1/ca/requests/%s/withdraw', id), '{\"reason\": \"x\"}'), ca_request_withdraw(id::text, 'x') FROM ca_request;"
mustnt officer-1 CA_ABSENT "then no root has that number" <<<"SELECT t.sign('/v1/ca/request-files', '{\"root\": 9}'); SELECT ca_request_file_ask(9);"
so "and it is not awaited" "NOT root_is_awaited(9)"
sql assay_test <<<"SET ROLE assay_owner; UPDATE issuer SET offline = false WHERE id = 1" >/dev/null

# ---- by the clock: two thirds of 5475 days after its beginning, at that second
at "$(date -u -d '2027-01-01 3560 days' +%FT00:00:00Z)"; tick
told "the supplier hears of it 90 days before" acme ca.retires CA-3 "AND detail ->> 'days' = '90'"
told "and the body" body ca.retires CA-3 "AND detail ->> 'days' = '90'"
told "also of the access CA" body ca.retires CA-2 ""
so "another supplier does not" "NOT EXISTS (SELECT FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE o.handle = 'bolt' AND topic LIKE 'ca.%')"
at "$(date -u -d '2027-01-01 3649 days' +%FT23:59:59Z)"; tick
so "at the second before, all are active" "(SELECT bool_and(state = 'active') FROM issuer)"
at "$(date -u -d '2027-01-01 3650 days' +%FT00:00:00Z)"; tick
so "at the second itself the issuing CA and the access CA retire" "(SELECT array_agg(id ORDER BY id) = '{2,3}' FROM issuer WHERE state = 'retired')"
so "which takes effect when it was due" "(SELECT bool_and(effective = '$(date -u -d '2027-01-01 3650 days' +%FT00:00:00Z)') FROM history WHERE entity = 'issuer' AND to_state = 'retired')"
told "their owners hear of it" acme ca.retired CA-3 ""
so "the root goes on" "(SELECT state = 'active' FROM issuer WHERE id = 1)"
told "but the body is alarmed" body alarm.root_ends CA-1 ""
tick; tick
so "once in a month" "(SELECT count(*) = 1 FROM notice WHERE topic = 'alarm.root_ends')"
at "$(date -u -d '2027-01-01 3690 days' +%FT00:00:00Z)"; tick
so "and in the next month again" "(SELECT count(*) = 2 FROM notice WHERE topic = 'alarm.root_ends')"
so "the access CA is missing" "(SELECT array_agg(role) = '{access}' FROM issuer_missing())"
mustnt security-1 CA_NOT_ACTIVE "what the clock has retired nobody retires" <<<"SELECT t.retire('3');"
refused assay_authority AY004 "a retired CA is never active again" <<<"UPDATE issuer SET state = 'active' WHERE id = 3"
at "$(date -u -d '2027-01-01 5475 days' +%FT00:00:00Z)"
so "of a root that has ended nobody is told any more" "NOT EXISTS (SELECT FROM root_certificates())"
exit $bad
