#!/usr/bin/env bash
# CRLs of makers of TPMs, as their functions and the clock have them: whose word
# counts, that it only gets newer, and what becomes of keys that are taken back.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/device.sh

sql assay_test <<'SQL' >/dev/null || exit 1
SET ROLE assay_owner;
CREATE FUNCTION t.submit(k text, f text, m text[], c bytea) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/references', jsonb_strip_nulls(jsonb_build_object('model', 'tre-1', 'kind', k,
	    'firmware', f, 'measured', to_jsonb(m), 'certificate', encode(c, 'base64')))::text);
	SELECT assay.reference_submit('tre-1', k, f, m, c) $$;
CREATE FUNCTION t.content(n text) RETURNS bytea LANGUAGE sql SECURITY DEFINER AS $$
	SELECT sha256 FROM assay.reference WHERE number = n $$;
CREATE FUNCTION t.offer(n text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/references/' || n || '/propose', jsonb_build_object('sha256',
	    encode(t.content(n), 'hex'))::text);
	SELECT assay.reference_propose(n, t.content(n)) $$;
-- a maker's CRL: its number, what it lists and why, for how long
CREATE FUNCTION t.bring(n int, serials text[], reasons int[], days int DEFAULT 7, root text DEFAULT 'REF-2027-000001',
	signed jsonb DEFAULT NULL, by text DEFAULT 'maker') RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	der bytea := convert_to('crl ' || n || by, 'UTF8');
BEGIN
	PERFORM t.sign('/v1/ek-crls', coalesce(signed, jsonb_build_object('root', root, 'crl',
	    encode(der, 'base64')))::text);
	RETURN assay.ek_crl_submit(root, NULL, der, t.sha(by), decode(lpad(to_hex(n), 40, '0'), 'hex'),
	    assay.assay_now() - interval '1 minute', assay.assay_now() + days * interval '1 day',
	    ARRAY(SELECT decode(s, 'hex') FROM unnest(serials) s), reasons,
	    array_fill(1700000000::bigint, ARRAY[cardinality(reasons)]));
END $$;
-- a key whose certificate has that serial number, by the maker, and his by the root
CREATE FUNCTION t.enrol(serial text, k text, has_crl bool DEFAULT false) RETURNS jsonb LANGUAGE sql AS $$
	SELECT assay.attestation_key_challenge('REF-2027-000001', 'ek', jsonb_build_array(
	    jsonb_build_object('issuer', encode(t.sha('maker'), 'hex'), 'serial', serial, 'has_crl', has_crl),
	    jsonb_build_object('issuer', encode(t.sha('root'), 'hex'), 'serial', '99', 'has_crl', false)),
	    'public', 'name', t.sha(k), t.sha('the secret')) $$;
CREATE FUNCTION t.activate(n text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT assay.attestation_key_activate(n, 'the secret') $$;
CREATE FUNCTION t.enrolled(k int) RETURNS bool LANGUAGE sql AS $$
	SELECT enrolled FROM assay.evidence_judge_shown(t.sha('TRE-' || k), 'dice', 'x', NULL) $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
SQL
stands() { so "$1 is ${2/_/ }" "(SELECT state = '$2' FROM ${3:-ek_crl} WHERE number = '$1')"; }
device() { so "TRE-$1 is ${2/_/ }" "(SELECT state = '$2' FROM device WHERE device_id = 'TRE-$1')"; }
enrolled() { may operator-1 "$1" <<<"SELECT t.so(t.enrolled($2) = $3);"; }
atk() { echo "ATK-2027-00000$1"; }
ekc() { echo "EKC-2027-00000$1"; }
enrol() { # NUMBER SERIAL KEY: enrolled and activated
	may acme-1 "$3 is enrolled" <<<"SELECT t.enrol('$2', '$3');"
	may acme-1 "and its TPM has shown it" <<<"SELECT t.activate('$(atk "$1")');"
}

accept() { # who approves
	may decider-1 "a decider proposes to accept $1" <<<"SELECT t.offer('$1');"
	may decider-2 "another one approves" <<<"SELECT t.judge('$1', 'approve');"
}
may acme-1 "a root, what firmware measures, and another root" <<<"SELECT t.submit('ek_root', NULL, NULL, 'root'),
	t.submit('dice', '1', '{\"sha-256;AAAA\"}', NULL), t.submit('ek_root', NULL, NULL, 'other');"
accept REF-2027-000001
accept REF-2027-000002

# ---- whose word counts

mustnt operator-1 ROLE_REQUIRED "an operator brings none" <<<"SELECT t.bring(1, '{}', '{}');"
mustnt bolt-1 NOT_FOUND "nor does a competitor below another's root" <<<"SELECT t.bring(1, '{}', '{}');"
mustnt acme-1 REFERENCE_KIND "a root is a root" <<<"SELECT t.bring(1, '{}', '{}', 7, 'REF-2027-000002');"
mustnt acme-1 REFERENCE_STATE "that two have accepted" <<<"SELECT t.bring(1, '{}', '{}', 7, 'REF-2027-000003');"
mustnt acme-1 STATEMENT_DIFFERS "what is brought is what was signed" \
	<<<"SELECT t.bring(1, '{}', '{}', 7, 'REF-2027-000001', '{\"root\":\"REF-2027-000001\",\"crl\":\"AAAA\"}');"
mustnt acme-1 STATEMENT_REQUIRED "and it was" <<<"SELECT ek_crl_submit('REF-2027-000001', NULL, 'x', t.sha('maker'),
	decode(repeat('00', 20), 'hex'), now(), now() + interval '1 day', '{}', '{}', '{}');"
refused assay_api 42501 "the api writes none by itself" <<<"INSERT INTO ek_revocation (issuer_sha256, serial, reason, since, crl_id)
	VALUES (t.sha('maker'), '\\x01', 1, now(), 1)"

# ---- at enrolment

enrol 1 01 "key TRE-1"
mustnt acme-1 EK_CRL_ABSENT "who says that there is a CRL is asked for it" <<<"SELECT t.enrol('02', 'key TRE-2', true);"
may acme-1 "its supplier brings one" <<<"SELECT t.bring(1, '{03}', '{1}');"
stands "$(ekc 1)" in_force
may acme-1 "and it is asked for no more" <<<"SELECT t.enrol('02', 'key TRE-2', true);"
mustnt acme-1 EK_REVOKED "what it takes back is not enrolled" <<<"SELECT t.enrol('03', 'key TRE-3');"
may acme-1 "another maker's serial number is another's" <<<"SELECT t.enrol('0003', 'key TRE-4');"

# ---- only newer

mustnt acme-1 EK_CRL_NOT_NEWER "the same again is none" <<<"SELECT t.bring(1, '{}', '{}');"
mustnt security-1 EK_CRL_NOT_NEWER "nor is an earlier one, from anybody" <<<"SELECT t.bring(0, '{}', '{}');"
may acme-1 "of another issuer the first may have any number" <<<"SELECT t.bring(0, '{}', '{}', 7, 'REF-2027-000001', NULL, 'another');"
at 2026-12-31T00:00:00Z
mustnt acme-1 EK_CRL_NOT_NEWER "a greater number of an earlier time" <<<"SELECT t.bring(2, '{}', '{}');"
at 2027-01-01T00:00:00Z
may security-1 "a security officer brings the next, which lists it no more" <<<"SELECT t.bring(2, '{05}', '{6}');"
stands "$(ekc 1)" superseded
mustnt acme-1 EK_REVOKED "what was taken back stays so" <<<"SELECT t.enrol('03', 'key TRE-3');"
mustnt acme-1 EK_REVOKED "what is held is none, either" <<<"SELECT t.enrol('05', 'key TRE-3');"
may acme-1 "the next does not hold it" <<<"SELECT t.bring(3, '{}', '{}');"
may acme-1 "and it is good again" <<<"SELECT t.enrol('05', 'key TRE-3');"
may acme-1 "held again, and then worse" <<<"SELECT t.bring(4, '{05}', '{6}'); SELECT t.bring(5, '{05}', '{1}');"
may acme-1 "is left out by the next" <<<"SELECT t.bring(6, '{}', '{}');"
mustnt acme-1 EK_REVOKED "and stays taken back" <<<"SELECT t.enrol('05', 'key TRE-3');"
mustnt acme-1 EK_REVOKED "between the secret and its answer, too" <<<"SELECT t.activate('$(atk 4)');"

# ---- afterwards

enrolled "the first key counts" 1 true
may acme-1 "its maker takes its certificate back" <<<"SELECT t.bring(7, '{01}', '{1}');"
stands "$(atk 1)" revoked attestation_key
enrolled "and it counts no more" 1 false
device 1 quarantined
heard acme attestation_key.revoked "$(atk 1)" 1
heard acme device.quarantined tre/TRE-1 1
heard body alarm.ek_revoked "$(atk 1)" 1
mustnt acme-1 EK_REVOKED "nor is it enrolled again" <<<"SELECT t.enrol('01', 'key TRE-1');"
enrol 5 06 "key TRE-2"
may acme-1 "a certificate that another took the place of" <<<"SELECT t.bring(8, '{06}', '{4}');"
stands "$(atk 5)" revoked attestation_key
so "says nothing against the device" "(SELECT state <> 'quarantined' FROM device WHERE device_id = 'TRE-2')"
may acme-1 "it says so in the next" <<<"SELECT t.bring(9, '{06}', '{1}');"
device 2 quarantined
enrol 6 0a "key TRE-4"
may acme-1 "a certificate is held" <<<"SELECT t.bring(10, '{0a}', '{6}');"
stands "$(atk 6)" revoked attestation_key
so "and its device goes on" "(SELECT state <> 'quarantined' FROM device WHERE device_id = 'TRE-4')"
may acme-1 "until the hold was for a key that somebody else has" <<<"SELECT t.bring(11, '{0a}', '{1}');"
device 4 quarantined
heard body alarm.ek_revoked "$(atk 6)" 2
may acme-1 "the next says the same, and nothing is new" <<<"SELECT t.bring(12, '{0a}', '{1}');"
heard body alarm.ek_revoked "$(atk 6)" 2
enrol 7 07 "key TRE-3"
may acme-1 "the maker itself is taken back by the root" <<<"SELECT t.bring(1, '{99}', '{2}', 7, 'REF-2027-000001', NULL, 'root');"
stands "$(atk 7)" revoked attestation_key
device 3 quarantined
mustnt acme-1 EK_REVOKED "and with it all that it has certified" <<<"SELECT t.enrol('08', 'key TRE-4');"

# ---- by the clock

at 2027-01-02T00:00:00Z
ticks 3 "keys that nobody showed lapse"
at 2027-01-07T23:59:59Z
ticks 0 "a second before nextUpdate it holds"
at 2027-01-08T00:00:00Z
mustnt acme-1 EK_CRL_STALE "at that second it is over, whether or not the clock was there" \
	<<<"SELECT attestation_key_challenge('REF-2027-000001', 'ek', jsonb_build_array(jsonb_build_object('issuer',
	encode(t.sha('another'), 'hex'), 'serial', '01', 'has_crl', false)), 'p', 'n', t.sha('k'), t.sha('s'));"
ticks 3 "and the clock says so of each issuer's"
stands "$(ekc 2)" stale
heard acme ek_crl.stale "$(ekc 2)" 1
heard body alarm.ek_crl_stale "$(ekc 2)" 1
mustnt acme-1 EK_CRL_NOT_NEWER "what is over is not brought again" <<<"SELECT t.bring(0, '{}', '{}', 7, 'REF-2027-000001', NULL, 'another');"
may acme-1 "but a newer one" <<<"SELECT t.bring(1, '{}', '{}', 7, 'REF-2027-000001', NULL, 'another');"
stands "$(ekc 2)" superseded

# ---- what was said stays

refused assay_test AY002 "what a CRL said does not change" <<<"SET ROLE assay_owner; UPDATE assay.ek_revocation SET reason = 6"
refused assay_test AY002 "nor does what it is" <<<"SET ROLE assay_owner; UPDATE assay.ek_crl SET next_update = 'infinity'"
refused assay_test AY002 "and nothing is deleted" <<<"SET ROLE assay_owner; DELETE FROM assay.ek_revocation"
exit $bad
