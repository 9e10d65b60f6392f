#!/usr/bin/env bash
# Measures of all kinds as somebody meets them who has the api's database role
# and psql: what fits together, what each does in the transaction that puts it
# in force, whom it hits, how it ends, and what the clock does.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh

# ---- two lots of TrEs (ten million and two of them by count), one of terminals
sql assay_test <<'SQL' || exit 1
SET ROLE assay_owner;
INSERT INTO principal (handle, organisation_id, role)
SELECT h, o.id, r FROM (VALUES ('security-2', 'body', 'security'),
	('decider-3', 'body', 'decider'), ('decider-4', 'body', 'decider'))
	AS v(h, org, r) JOIN organisation o ON o.handle = v.org;
INSERT INTO organisation (handle, name, country, kind)
VALUES ('other-op', 'Other', 'FR', 'operator');
UPDATE organisation SET state = 'active' WHERE handle = 'other-op';
INSERT INTO site (handle, organisation_id, name, country, address)
SELECT 'fab', id, 'fab', 'DE', 'Street 1' FROM organisation WHERE handle = 'acme';
INSERT INTO site_scope (site_id, scope)
SELECT s.id, x FROM site s, unnest(ARRAY['tre_production', 'terminal_assembly',
	'key_injection']) x;
UPDATE site_scope SET state = 'full', expires = '2029-01-01';
INSERT INTO model (handle, kind, organisation_id, name, version,
	hardware_platform_id, tre_kind, least_firmware, tacs, state)
SELECT v.h, v.k, o.id, v.h, '1', NULL, NULL, NULL, NULL, 'draft'
FROM organisation o, (VALUES ('chip', 'hardware_platform')) AS v(h, k)
WHERE o.handle = 'acme';
INSERT INTO model (handle, kind, organisation_id, name, version,
	hardware_platform_id, tre_kind, least_firmware, state)
SELECT h, 'tre', o.id, h, '1', c.id, 'embedded', '1.0', 'draft'
FROM organisation o, model c, unnest(ARRAY['tre', 'tre2']) h
WHERE o.handle = 'acme' AND c.handle = 'chip';
INSERT INTO model (handle, kind, organisation_id, name, version, tacs, state)
SELECT 'ter', 'terminal', o.id, 'ter', '1', '{12345678}', 'draft'
FROM organisation o WHERE o.handle = 'acme';
UPDATE model SET state = 'registered';
INSERT INTO model_contains SELECT t.id, m.id FROM model t, model m
WHERE t.handle = 'ter' AND m.kind = 'tre';
INSERT INTO declaration (number, model_id, ruleset_id, answers, jws,
	submitted_by, accepted_by, expires)
SELECT 'DCL-' || m.handle, m.id, (SELECT min(id) FROM ruleset), '{}', m.handle,
	p.id, q.id, '2029-01-01' FROM model m, principal p, principal q
WHERE p.handle = 'acme-1' AND q.handle = 'officer-1';
UPDATE declaration SET state = 'in_force';
INSERT INTO coc (number, model_id, level, quota, ruleset_id, declaration_id,
	site_scope_id, valid_from, expires)
SELECT 'COC-' || m.handle, m.id, 1, 1000000000, d.ruleset_id, d.id,
	(SELECT id FROM site_scope WHERE scope = CASE m.kind WHEN 'tre'
	    THEN 'tre_production' WHEN 'terminal' THEN 'terminal_assembly' END),
	'2027-01-01', '2029-01-01'
FROM model m JOIN declaration d ON d.model_id = m.id;
UPDATE coc SET state = 'certified';
INSERT INTO issuer (id, role, organisation_id, cert_der, subject_der, spki_der,
	key_id, next_index)
SELECT v.id, v.r, CASE WHEN v.id > 1 THEN o.id END, v.r::bytea, 'x',
	v.r::bytea, decode(repeat('0' || v.id, 20), 'hex'), 20000000
FROM organisation o, (VALUES (1, 'root'), (3, 'tre'), (4, 'terminal')) v(id, r)
WHERE o.handle = 'acme';
ALTER TABLE lot DISABLE TRIGGER USER;
INSERT INTO lot (number, organisation_id, model_id, site_id, coc_id, reference,
	count, header_jws, rows_sha256, submitted_by, issued, state)
SELECT v.n, m.organisation_id, m.id, s.id, c.id, '', v.k, 'x',
	sha256(v.n::bytea), p.id, v.k, 'issued'
FROM (VALUES ('LOT-1', 'tre', 10000000), ('LOT-2', 'tre2', 2),
	('LOT-3', 'ter', 2)) v(n, m, k)
JOIN model m ON m.handle = v.m JOIN coc c ON c.model_id = m.id,
site s, principal p WHERE p.handle = 'acme-1';
ALTER TABLE lot ENABLE TRIGGER USER;
INSERT INTO index_range (issuer_id, first, count, lot_id)
SELECT CASE number WHEN 'LOT-3' THEN 4 ELSE 3 END,
	CASE number WHEN 'LOT-2' THEN 10000000 ELSE 0 END, count, id FROM lot;
UPDATE index_range SET state = 'issued';
SELECT status_issued(issuer_id, first, count, lot_id) FROM index_range
ORDER BY id;
INSERT INTO device (kind, device_id, model_id, lot_id, organisation_id)
SELECT m.kind, l.number || '-' || i, m.id, l.id, l.organisation_id
FROM lot l JOIN model m ON m.id = l.model_id, generate_series(0, 1) i;
-- certificates 0 and 1 of each lot; those of the CAs by the root
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256,
	spki_sha256, lot_id, coc_id, device_id, not_before, issued)
SELECT r.issuer_id, r.first + i, m.kind, decode(lpad(to_hex(l.id * 16 + i),
	4, '0'), 'hex'), convert_to(d.device_id, 'UTF8'),
	sha256(convert_to(d.device_id, 'UTF8')),
	sha256(convert_to('key ' || d.device_id, 'UTF8')), l.id, l.coc_id, d.id,
	assay_now(), assay_now()
FROM lot l JOIN index_range r ON r.lot_id = l.id
JOIN model m ON m.id = l.model_id, generate_series(0, 1) i, device d
WHERE d.device_id = l.number || '-' || i;
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256,
	spki_sha256, not_before)
SELECT 1, i.id, 'issuing_ca', decode(lpad(to_hex(i.id), 2, '0'), 'hex'),
	i.cert_der, pg_catalog.sha256(i.cert_der),
	pg_catalog.sha256(i.spki_der), assay_now() FROM issuer i WHERE id > 1;
INSERT INTO binding (tre_id, terminal_id)
SELECT a.id, b.id FROM device a, device b
WHERE (a.device_id, b.device_id) IN (('LOT-1-0', 'LOT-3-0'),
	('LOT-2-0', 'LOT-3-1'));
INSERT INTO delegated_key (kind, name, spki_der) VALUES ('receipt', 'r1', 'x');
INSERT INTO delegated_certificate (key_id, issuer_id, der, not_before, not_after)
SELECT id, 1, 'x', now(), now() FROM delegated_key;

-- what is signed, as the api's caller does
CREATE FUNCTION t.measure(body text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/measures', body);
	SELECT assay.measure_propose(body::jsonb) $$;
CREATE FUNCTION t.adopt(n text, body text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/measures/' || n || '/adopt', body);
	SELECT assay.measure_adopt(n, body::jsonb) $$;
CREATE FUNCTION t.dismiss(n text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/measures/' || n || '/dismiss', '{"reason":"x"}');
	SELECT assay.measure_propose_dismiss(n, 'x') $$;
CREATE FUNCTION t.lift(n text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/measures/' || n || '/lift', '{"reason":"x"}');
	SELECT assay.measure_propose_lift(n, 'x') $$;
CREATE FUNCTION t.confirm(n text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/measures/' || n || '/confirm');
	SELECT assay.measure_confirm(n, NULL) $$;
CREATE FUNCTION t.count(subject text, n bigint, says text DEFAULT NULL)
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/proposals/' || id || '/approve', jsonb_build_object(
	    'subject', subject_number, 'act', act, 'verdict', 'approve',
	    'terms_sha256', encode(terms_sha256, 'hex'),
	    'count', coalesce(says::bigint, n))::text)
	FROM assay.proposal WHERE subject_number = subject AND state = 'open';
	SELECT assay.proposal_judge(id, subject_number, act, terms_sha256,
	    'approve', NULL, n)
	FROM assay.proposal WHERE subject_number = subject AND state = 'open' $$;
CREATE FUNCTION t.appeal(n text, hashes bytea[] DEFAULT '{}') RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/measures/' || n || '/appeal', jsonb_strip_nulls(
	    jsonb_build_object('ground', 'it is wrong', 'evidence',
	    CASE WHEN cardinality(hashes) > 0 THEN to_jsonb(ARRAY(SELECT
		encode(x, 'hex') FROM unnest(hashes) x)) END))::text);
	SELECT assay.appeal_file(n, 'it is wrong', hashes) $$;
CREATE FUNCTION t.decide_appeal(n text, verdict text, m text) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/appeals/' || n || '/decide', jsonb_build_object(
	    'measure', m, 'verdict', verdict, 'reason', 'x')::text);
	SELECT assay.appeal_propose_decide(n, verdict, 'x') $$;
CREATE FUNCTION t.confirm_correction(n text, m text) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/corrections/' || n || '/confirm', jsonb_build_object(
	    'measure', m, 'reason', 'x')::text);
	SELECT assay.correction_confirm(n, 'x') $$;
CREATE FUNCTION t.asked(op text, verdict text, tre text, ter text)
	RETURNS void LANGUAGE sql AS $$
	INSERT INTO assay.decision (id, organisation_id, principal_id,
	    request_id, request_sha256, purpose, mode, verdict, reasons,
	    warnings, tre_sha256, platform_sha256, event_id, receipt, signer_id)
	SELECT gen_random_uuid(), o.id, (SELECT min(id) FROM assay.principal),
	    gen_random_uuid(), pg_catalog.sha256('x'), 'reprovision', 'tre_and_platform',
	    verdict, '{}', '{}', sha256(convert_to(tre, 'UTF8')),
	    sha256(convert_to(ter, 'UTF8')), 0, 'x', 1
	FROM assay.organisation o WHERE handle = op $$;
CREATE FUNCTION t.state(n text) RETURNS text LANGUAGE sql AS $$
	SELECT state FROM assay.measure WHERE number = n $$;
-- what is said of the first certificate of each lot
CREATE FUNCTION t.status() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(s.state || ' ' || s.reason, ',' ORDER BY c.serial)
	FROM assay.certificate c, assay.certificate_status(c) s
	WHERE c.lot_id IS NOT NULL AND c.index IN (0, 10000000) $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api, assay_authority;
GRANT USAGE ON SCHEMA t TO assay_authority;
SQL
m() { printf 'MEA-2027-%06d' "$1"; }
# terms KIND SCOPE_KIND SCOPE [more members]
terms() { printf '{"kind":"%s","scope_kind":"%s","scope":"%s","legal_basis":"case 1"%s}' "$1" "$2" "$3" "${4:+,$4}"; }
measure() { echo "SELECT t.measure('$(terms "$@")');"; }
adopt() { local n=$1; shift; echo "SELECT t.adopt('$n', '$(terms "$@")');"; }
# the authority carries out what was approved last
carried() { claim assay_authority "$1" <<<"SELECT give_back(max(id)) FROM proposal WHERE state = 'approved' AND act IN ('measure_lift', 'appeal_decide', 'correction_confirm');"; }
status() { so "$1" "t.status() = '$2'"; }
tick() { claim assay_authority "$1" <<<"SELECT t.so($2, (clock_tick())::text)"; }
# imposed "sentence" NUMBER KIND SCOPE_KIND SCOPE [more]: by two
imposed() {
	local what=$1 n=$2
	shift 2
	may security-1 "$what" < <(measure "$@")
	may decider-1 "by two" <<<"SELECT t.judge('$n', 'approve');"
}
lifted() {
	may security-1 "lifting $1 is proposed" <<<"SELECT t.lift('$1');"
	may security-2 "approved" <<<"SELECT t.judge('$1', 'approve');"
	carried "and carried out"
}

# ---- what does not fit together: by whoever calls, before anything is written
no() { local code=$1 what=$2; shift 2; mustnt security-1 "$code" "$what" < <(measure "$@"); }
no MEASURE_KIND "a kind that is none" fine model tre
no SCOPE_ABSENT "a scope that is none" hold model nix
no SCOPE_ABSENT "an issuer that issues to people" hold issuer 1
no SCOPE_ABSENT "an operator is no scope" ban organisation operator
no MEASURE_SCOPE "a ban is on a supplier" ban model tre
no MEASURE_SCOPE "a scope reduction on a site" scope_reduction model tre '"scopes":["tre_production"]'
no MEASURE_SCOPE "a withdrawal on a model" withdrawal organisation acme
no MEASURE_SCOPE "a corrective action is not on a lot" corrective_action lot LOT-1 '"deadline":"2027-03-01"'
no MEASURE_EFFECT "a hold holds" hold model tre '"effect":"permit"'
no MEASURE_EFFECT "a mass revocation refuses" mass_revocation model tre '"effect":"permit","reason":"superseded"'
no MEASURE_EFFECT "an effect that is none" download_freeze model tre '"effect":"explode"'
no MEASURE_EMERGENCY "no mass revocation by one person" mass_revocation model tre '"emergency":true,"reason":"superseded"'
no MEASURE_EMERGENCY "no ban by one person" ban organisation acme '"emergency":true'
no DEADLINE_UNFIT "a corrective action has a deadline" corrective_action model tre
no DEADLINE_UNFIT "in the future" corrective_action model tre '"deadline":"2027-01-01"'
no ESCALATION_UNFIT "what it escalates to is on the same scope" corrective_action model tre '"deadline":"2027-03-01","escalates_to":"ban"'
no ESCALATION_UNFIT "and no mass revocation" corrective_action model tre '"deadline":"2027-03-01","escalates_to":"mass_revocation"'
no FIELD_UNFIT "a hold has no deadline" hold model tre '"deadline":"2027-03-01"'
no FIELD_UNFIT "nor a reason of a revocation" hold model tre '"reason":"superseded"'
no FIELD_UNFIT "nor anything unheard of" hold model tre '"lapses":"never"'
no FIELD_UNFIT "nor a range of firmware" hold model tre '"firmware_from":"1"'
no FIELD_UNFIT "which a site has none of" download_freeze site fab '"firmware_from":"1"'
no REASON_UNKNOWN "a mass revocation has a reason" mass_revocation model tre
no REASON_UNKNOWN "which is no hold" mass_revocation model tre '"reason":"certificateHold"'
no SCOPES_UNFIT "a reduction says of what" scope_reduction site fab
no SCOPES_UNFIT "that the site has" scope_reduction site fab '"scopes":["delegated_ca"]'
no FIRMWARE_MALFORMED "a minimum firmware is a version" minimum_firmware model tre '"least_firmware":"v2"'
no FIRMWARE_MALFORMED "and said" minimum_firmware model tre
no FIRMWARE_UNFIT "of a TrE" minimum_firmware model ter '"least_firmware":"2"'
no FIRMWARE_UNFIT "a range has its ends in order" download_freeze model tre '"firmware_from":"2.10","firmware_to":"2.9"'
no MEASURE_EFFECT "and cannot be on hold" download_freeze model tre '"firmware_from":"2","effect":"hold"'
mustnt officer-1 ROLE_REQUIRED "an officer imposes nothing" < <(measure hold model tre)
mustnt security-1 STATEMENT_DIFFERS "what is done is what was signed" <<<"SELECT t.sign('/v1/measures', '$(terms hold model tre)'); SELECT measure_propose('$(terms hold organisation acme)');"
refused assay_api 42501 "the api puts nothing in force by itself" <<<"SELECT measure_begin(m) FROM measure m;"
so "nothing came of all that" "(SELECT count(*) = 0 FROM measure)"

# ---- whom it hits
so "terminals are counted where their TrEs were made" \
	"(SELECT sum(terminals) = 2 AND count(*) = 2 FROM lot_bound)"
claim assay_test "operators were told permit, or refuse since" <<'SQL'
SELECT t.asked('operator', 'permit', 'LOT-1-0', 'LOT-3-0'),
	t.asked('operator', 'permit', 'LOT-1-1', 'LOT-3-0'),
	t.asked('operator', 'permit', 'LOT-1-1', 'LOT-3-0'),
	t.asked('other-op', 'permit', 'LOT-1-0', 'LOT-3-0'),
	t.asked('other-op', 'refuse', 'LOT-1-0', 'LOT-3-1'),
	t.asked('other-op', 'indeterminate', 'LOT-1-1', 'LOT-3-1');
SQL
so "the reach tells it all" "measure_reach('model', (SELECT id FROM model WHERE handle = 'tre')) =
	'{\"lots\": 1, \"models\": 1, \"devices\": 10000000, \"terminals\": 1, \"certificates\": 10000000, \"operators\": [{\"operator\": \"operator\", \"permits\": 2}]}'"
so "a permit that was refused since is none" \
	"(SELECT jsonb_agg(o -> 'operator' ORDER BY o -> 'operator') = '[\"operator\", \"other-op\"]' FROM jsonb_array_elements(measure_reach('organisation', (SELECT id FROM organisation WHERE handle = 'acme')) -> 'operators') o)"
so "through a hardware platform, its TrEs" "measure_devices('hardware_platform', (SELECT id FROM model WHERE handle = 'chip')) = 10000002"
so "of a CA, what it issued" "measure_devices('issuer', 4) = 2 AND measure_devices('issuer', 3) = 10000002"

# ---- a hold on ten million devices
before="(SELECT last FROM status_head)"
n0=$(sql assay_test <<<"SELECT last FROM status_head")
start=$(date +%s%N)
may security-1 "one person holds ten million devices in an emergency" < <(measure hold hardware_platform chip '"emergency":true')
echo "# after $((($(date +%s%N) - start) / 1000000)) ms, with psql's start"
so "by one event and no row of a certificate" "$before = $n0 + 1 AND (SELECT count(*) = 0 FROM certificate WHERE state <> 'issued')"
status "every certificate on it is on hold, and no other" "on_hold 6,on_hold 6,issued 0"
so "supplier and operators hear of it, also one that was refused since" \
	"(SELECT string_agg(o.handle, ' ' ORDER BY o.handle) = 'acme operator other-op' FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE topic = 'measure.in_force')"
so "operators not why" "(SELECT NOT detail ? 'legal_basis' FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE o.handle = 'operator')"
imposed "a full hold takes its place" "$(m 2)" hold hardware_platform chip '"supersedes":"'"$(m 1)"'"'
so "the old one is superseded" "t.state('$(m 1)') = 'superseded' AND t.state('$(m 2)') = 'in_force'"
so "and the hold goes on since the first" "(SELECT h.since = (SELECT at FROM status_event WHERE id = $n0 + 1) AND h.measure_id = (SELECT id FROM measure WHERE number = '$(m 2)') FROM cohort_hold h)"
no SUPERSEDES_UNFIT "what forbids less takes no hold's place" download_freeze hardware_platform chip '"supersedes":"'"$(m 2)"'"'
no SUPERSEDES_UNFIT "nor what ends by itself" hold hardware_platform chip '"emergency":true,"supersedes":"'"$(m 2)"'"'
no SUPERSEDES_UNFIT "nor what is on another scope" hold model tre '"supersedes":"'"$(m 2)"'"'
no MEASURE_STATE "what is not in force is not superseded" hold hardware_platform chip '"supersedes":"'"$(m 1)"'"'
lifted "$(m 2)"
status "all are good again" "issued 0,issued 0,issued 0"
so "who heard of its beginning hears of its end" "(SELECT count(*) = 3 FROM notice WHERE topic = 'measure.lifted')"

# ---- one CA's devices
imposed "a hold on a CA" "$(m 3)" hold issuer 4
status "holds what it issued" "issued 0,issued 0,on_hold 6"
so "its CRL is due and lists them" "(SELECT count(*) = 2 AND min(reason) = 6 FROM crl_entries(4, 0, 99)) AND (SELECT count(*) = 0 FROM crl_entries(3, 0, 99))"
lifted "$(m 3)"

# ---- mass revocation: final, and counted
may security-1 "a mass revocation is proposed" < <(measure mass_revocation lot LOT-2 '"reason":"keyCompromise"')
may decider-1 "whoever must approve is shown what it hits" <<<"SELECT t.so((j -> 'reach' ->> 'devices')::int = 2 AND (j -> 'reach' ->> 'counted')::bool) FROM proposal, proposal_json(id) j WHERE subject_number = '$(m 4)';"
mustnt decider-1 COUNT_REQUIRED "nobody approves it by habit" <<<"SELECT t.judge('$(m 4)', 'approve');"
mustnt decider-1 REACH_CHANGED "nor with another number" <<<"SELECT t.count('$(m 4)', 3);"
mustnt decider-1 STATEMENT_DIFFERS "nor with one that was not signed" <<<"SELECT t.count('$(m 4)', 2, '1');"
mustnt security-1 FOUR_EYES "nor by its proposer" <<<"SELECT t.count('$(m 4)', 2);"
may decider-1 "with the number it is in force" <<<"SELECT t.count('$(m 4)', 2);"
so "and the approval says what was seen" "(SELECT count = 2 AND reach ->> 'devices' = '2' FROM approval a JOIN proposal p ON p.id = a.proposal_id WHERE p.subject_number = '$(m 4)' AND p.state = 'approved')"
status "all of the lot are revoked" "issued 0,revoked 1,issued 0"
so "without a row of a certificate" "(SELECT count(*) = 0 FROM certificate WHERE state <> 'issued')"
so "so says the CRL" "(SELECT count(*) = 2 AND min(reason) = 1 AND max(reason) = 1 FROM crl_entries(3, 10000000, 10000009))"
mustnt security-1 MEASURE_FINAL "nothing lifts it" <<<"SELECT t.lift('$(m 4)');"
claim assay_test "a release of the cohort by hand undoes nothing" <<<"SELECT status_cohort(false, 'lot', (SELECT id FROM lot WHERE number = 'LOT-2'), (SELECT id FROM measure WHERE number = '$(m 4)'));"
status "it is revoked still" "issued 0,revoked 1,issued 0"
refused assay_authority COHORT_REVOKED "nothing is issued into it any more" <<<"SELECT status_issued(3, 10000002, 1, (SELECT id FROM lot WHERE number = 'LOT-2'));"
serial=$(sql assay_test <<<"SELECT encode(serial, 'hex') FROM certificate WHERE der = 'LOT-2-0'")
mustnt security-1 CERTIFICATE_REVOKED "one of it is not revoked again" <<<"SELECT certificate_revoke('$serial', 'superseded', NULL);"
mustnt security-1 CERTIFICATE_NOT_GOOD "nor put on hold" <<<"SELECT certificate_hold('$serial', 'x');"
so "issuing meets the obstacle" "lot_is_revoked((SELECT id FROM lot WHERE number = 'LOT-2'), 3)"

# ---- two revocations and a hold on one certificate: register and CRL agree
at 2027-01-02T00:00:00Z
serial=$(sql assay_test <<<"SELECT encode(serial, 'hex') FROM certificate WHERE der = 'LOT-3-1'")
may security-1 "one terminal is on hold by itself" <<<"SELECT certificate_hold('$serial', 'x');"
at 2027-01-03T00:00:00Z
may security-1 "its CA's devices are to be revoked" < <(measure mass_revocation issuer 4 '"reason":"superseded"')
may decider-1 "and are" <<<"SELECT t.count('$(m 5)', 2);"
so "since its hold, for the reason of the revocation" "(SELECT s.state = 'revoked' AND s.reason = 4 AND s.since = '2027-01-02' FROM certificate c, certificate_status(c) s WHERE der = 'LOT-3-1')"
so "in the CRL, too" "(SELECT reason = 4 AND since = '2027-01-02' FROM crl_entries(4, 1, 1))"
mustnt security-1 CERTIFICATE_NOT_HELD "its hold is not released" <<<"SELECT t.sign('/'); SELECT certificate_release_propose('$serial', 'x');"
at 2027-01-04T00:00:00Z
may security-1 "the reason moves to keyCompromise for one" <<<"SELECT certificate_revoke('$serial', 'keyCompromise', '2026-06-01');"
so "the time stays" "(SELECT s.reason = 1 AND s.since = '2027-01-02' AND s.invalidity = '2026-06-01' FROM certificate c, certificate_status(c) s WHERE der = 'LOT-3-1')"
so "as the CRL has it" "(SELECT reason = 1 AND since = '2027-01-02' AND invalidity = '2026-06-01' FROM crl_entries(4, 1, 1))"
so "the CA is revoked with its devices" "(SELECT state = 'revoked' FROM issuer WHERE id = 4) AND (SELECT state = 'revoked' AND reason = 4 FROM certificate WHERE issuer_id = 1 AND index = 4)"

# ---- corrective action: deadline, notices, escalation, correction
imposed "a corrective action" "$(m 6)" corrective_action model tre '"deadline":"2027-03-01"'
status "forbids nothing" "issued 0,revoked 1,revoked 4"
so "its supplier hears of it, and no operator" "(SELECT string_agg(o.handle, ' ') = 'acme' FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE n.subject = '$(m 6)' AND topic = 'measure.in_force')"
days() { so "$1" "(SELECT coalesce(string_agg(n.once, ' ' ORDER BY n.id), '') = '$2' FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE topic = 'measure.deadline' AND n.subject = '$(m 6)' AND o.handle = 'acme')"; }
at 2027-02-14T23:59:59Z
tick "15 days before nothing is due" "(SELECT changes = 0 FROM clock_tick())"
days "nobody is reminded" ""
at 2027-02-15T00:00:00Z
tick "14 days before" "(SELECT changes = 1 FROM clock_tick())"
tick "once" "(SELECT changes = 0 FROM clock_tick())"
at 2027-02-21T23:59:59Z
tick "a second before the seventh" "(SELECT changes = 0 FROM clock_tick())"
at 2027-02-22T00:00:00Z
tick "7 days before" "(SELECT changes = 1 FROM clock_tick())"
at 2027-02-27T23:59:59Z
tick "a second before the last" "(SELECT changes = 0 FROM clock_tick())"
at 2027-02-28T00:00:00Z
tick "1 day before" "(SELECT changes = 1 FROM clock_tick())"
days "the supplier was told three times" "14 7 1"
so "and so was the body" "(SELECT count(*) = 3 FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE topic = 'measure.deadline' AND o.kind = 'body')"
at 2027-02-28T23:59:59Z
tick "a second before the deadline it stands" "(SELECT changes = 0 FROM clock_tick())"
at 2027-03-01T00:00:00Z
tick "at it, its escalation arises" "(SELECT changes = 1 FROM clock_tick())"
tick "once" "(SELECT changes = 0 FROM clock_tick())"
so "proposed by nobody, and in force by nobody" "(SELECT kind = 'download_freeze' AND state = 'proposed' AND proposed_by IS NULL AND cause = '$(m 6)' FROM measure WHERE number = '$(m 7)')"
basis=$(sql assay_test <<<"SELECT legal_basis FROM measure WHERE number = '$(m 7)'")
own() { printf '{"kind":"%s","scope_kind":"model","scope":"tre","legal_basis":"%s"}' "$1" "$basis"; }
mustnt officer-1 ROLE_REQUIRED "an officer adopts nothing" <<<"SELECT t.adopt('$(m 7)', '$(own download_freeze)');"
mustnt security-1 MEASURE_DIFFERS "who adopts it says what it is" <<<"SELECT t.adopt('$(m 7)', '$(own hold)');"
mustnt security-1 MEASURE_STATE "what somebody proposed is not adopted" < <(adopt "$(m 6)" corrective_action model tre)
may security-1 "a security officer adopts it" <<<"SELECT t.adopt('$(m 7)', '$(own download_freeze)');"
mustnt security-1 FOUR_EYES "and does not approve it" <<<"SELECT t.judge('$(m 7)', 'approve');"
mustnt security-2 MEASURE_STATE "nor is it dismissed any more" <<<"SELECT t.dismiss('$(m 7)');"
may decider-1 "a second one does" <<<"SELECT t.judge('$(m 7)', 'approve');"
so "the corrective action is escalated" "t.state('$(m 6)') = 'escalated' AND t.state('$(m 7)') = 'in_force'"
so "supplier and body hear of that" "(SELECT count(*) = 2 FROM notice WHERE topic = 'measure.escalated')"
mustnt bolt-1 NOT_YOURS "another supplier reports no correction" <<<"SELECT correction_report('$(m 6)', 'done', '{}');"
mustnt acme-1 MEASURE_STATE "nor is a freeze corrected" <<<"SELECT correction_report('$(m 7)', 'done', '{}');"
mustnt acme-1 EVIDENCE_ABSENT "evidence is uploaded first" <<<"SELECT correction_report('$(m 6)', 'done', ARRAY[pg_catalog.sha256('nothing')]);"
may acme-1 "the supplier reports it, late" <<<"SELECT t.file('proof'); SELECT correction_report('$(m 6)', 'done', ARRAY[pg_catalog.sha256('proof')]);"
mustnt acme-1 CORRECTION_OPEN "once at a time" <<<"SELECT correction_report('$(m 6)', 'done', '{}');"
mustnt acme-1 ROLE_REQUIRED "and does not confirm it" <<<"SELECT t.confirm_correction('COR-2027-000001', '$(m 6)');"
mustnt auditor-1 ROLE_REQUIRED "nor does an auditor, who decides nothing" <<<"SELECT t.confirm_correction('COR-2027-000001', '$(m 6)');"
mustnt officer-1 STATEMENT_DIFFERS "an officer says which measure" <<<"SELECT t.confirm_correction('COR-2027-000001', '$(m 7)');"
may officer-1 "an officer rejects it" <<<"SELECT correction_reject('COR-2027-000001', 'two still fail');"
may acme-1 "it is reported again" <<<"SELECT correction_report('$(m 6)', 'now truly done', '{}');"
may officer-1 "an officer confirms it" <<<"SELECT t.confirm_correction('COR-2027-000002', '$(m 6)');"
mustnt officer-1 ROLE_REQUIRED "which lifts nothing" <<<"SELECT t.judge('COR-2027-000002', 'approve');"
may security-2 "a security officer approves" <<<"SELECT t.judge('COR-2027-000002', 'approve');"
so "which lifts nothing yet" "t.state('$(m 7)') = 'in_force'"
so "the authority is told what must have been signed" "(SELECT urls = '{/v1/corrections/COR-2027-000002/confirm}' AND measure = '$(m 6)' AND since = '2027-03-01' FROM given_back((SELECT max(id) FROM proposal)))"
carried "and lifts both"
so "both are lifted" "t.state('$(m 6)') = 'lifted' AND t.state('$(m 7)') = 'lifted'"

# ---- in time, but not judged in time; and dismissed
imposed "another corrective action, to a hold" "$(m 8)" corrective_action model tre '"deadline":"2027-04-01","escalates_to":"hold"'
may acme-1 "is reported done in time" <<<"SELECT correction_report('$(m 8)', 'done', '{}');"
at 2027-04-02T00:00:00Z
tick "the body's delay escalates nothing" "(SELECT changes = 0 FROM clock_tick())"
may officer-1 "it was not done" <<<"SELECT correction_reject('COR-2027-000003', 'no');"
tick "so it is overdue" "(SELECT changes = 1 FROM clock_tick())"
may security-1 "dismissing the escalation is proposed" <<<"SELECT t.dismiss('$(m 9)');"
mustnt security-1 FOUR_EYES "by one alone it is not" <<<"SELECT t.judge('$(m 9)', 'approve');"
may security-2 "two dismiss it" <<<"SELECT t.judge('$(m 9)', 'approve');"
tick "and it does not come again" "(SELECT changes = 0 FROM clock_tick())"
so "the corrective action stands" "t.state('$(m 9)') = 'rejected' AND t.state('$(m 8)') = 'in_force'"
lifted "$(m 8)"
may security-1 "one more" < <(measure corrective_action model tre '"deadline":"2027-05-01","escalates_to":"hold"')
may decider-1 "in force" <<<"SELECT t.judge('$(m 10)', 'approve');"
at 2027-05-01T00:00:00Z
tick "is overdue" "(SELECT changes = 1 FROM clock_tick())"
basis=$(sql assay_test <<<"SELECT legal_basis FROM measure WHERE number = '$(m 11)'")
may security-1 "its escalation is adopted" <<<"SELECT t.adopt('$(m 11)', '$(own hold)');"
may security-1 "it is lifted first" <<<"SELECT t.lift('$(m 10)');"
may security-2 "by two" <<<"SELECT t.judge('$(m 10)', 'approve');"
carried "and the authority"
mustnt decider-1 MEASURE_CAUSE_GONE "then nothing is left to escalate" <<<"SELECT t.judge('$(m 11)', 'approve');"
may decider-1 "it is rejected" <<<"SELECT t.judge('$(m 11)', 'reject');"
status "nothing was held" "issued 0,revoked 1,revoked 4"

# ---- firmware: what the decision is told
told="device_measures((SELECT id FROM device WHERE device_id = 'LOT-1-0'))"
imposed "a minimum firmware on a platform" "$(m 12)" minimum_firmware hardware_platform chip '"least_firmware":"2.10"'
so "is told of its TrEs" "$told @> '[{\"kind\": \"minimum_firmware\", \"least_firmware\": \"2.10\", \"effect\": \"refuse\"}]'"
imposed "on all of a supplier" "$(m 13)" minimum_firmware organisation acme '"least_firmware":"2.1"'
so "of its TrEs alone" "NOT device_measures((SELECT id FROM device WHERE device_id = 'LOT-3-0')) @> '[{\"kind\": \"minimum_firmware\"}]'"
no SUPERSEDES_UNFIT "a lower one takes not its place" minimum_firmware organisation acme '"least_firmware":"2.0.9","supersedes":"'"$(m 13)"'"'
imposed "a higher one does" "$(m 14)" minimum_firmware organisation acme '"least_firmware":"2.1.0.1","supersedes":"'"$(m 13)"'"'
imposed "a freeze of some versions" "$(m 15)" download_freeze model tre '"firmware_from":"1.0","firmware_to":"1.9"'
so "with the versions" "$told @> '[{\"kind\": \"download_freeze\", \"firmware_from\": \"1.0\", \"firmware_to\": \"1.9\"}]'"
so "issuing goes on under all of these" "(SELECT count(*) = 0 FROM measure m JOIN measure_kind k ON k.name = m.kind WHERE m.state = 'in_force' AND k.stops_issuance AND m.scope_kind <> 'lot' AND m.scope_kind <> 'issuer')"
for n in 12 14 15; do lifted "$(m $n)"; done

# ---- scope reduction, withdrawal, ban
imposed "an element is taken from a site" "$(m 16)" scope_reduction site fab '"scopes":["terminal_assembly"]'
so "that and no other, with the CoCs on it" "(SELECT string_agg(scope, ' ') = 'terminal_assembly' FROM site_scope WHERE state = 'withdrawn') AND (SELECT string_agg(number, ' ') = 'COC-ter' FROM coc WHERE state = 'suspended')"
mustnt security-1 MEASURE_FINAL "for good" <<<"SELECT t.lift('$(m 16)');"
# ---- a CoC is withdrawn, without a measure
may decider-2 "withdrawing a TrE model's CoC is proposed" <<<"SELECT t.sign('/v1/cocs/COC-tre/withdraw', '{\"reason\":\"x\"}'); SELECT coc_propose_change('COC-tre', 'withdraw', 'x');"
may decider-1 "with what it hits, to be counted" <<<"SELECT t.so(r ->> 'devices' = '10000000' AND (r -> 'counted')::bool) FROM proposal p, LATERAL (SELECT proposal_json(p.id) -> 'reach') x (r) WHERE p.act = 'coc_withdraw';"
mustnt decider-1 COUNT_REQUIRED "it revokes, so nobody approves it by habit" <<<"SELECT t.judge('COC-tre', 'approve');"
mustnt decider-1 REACH_CHANGED "nor with another number" <<<"SELECT t.count('COC-tre', 2);"
so "a refused approval left nothing behind" "(SELECT state = 'certified' FROM coc WHERE number = 'COC-tre')"
events=$(sql assay_test <<<"SELECT last FROM status_head")
may decider-1 "with the number it is withdrawn" <<<"SELECT t.count('COC-tre', 10000000);"
so "by one event for a lot of ten million" "(SELECT last = $events + 1 FROM status_head)"
status "its devices are revoked, privilegeWithdrawn, and no others" "revoked 9,revoked 1,revoked 4"
so "no measure says so" "(SELECT measures = '{}' FROM certificate c, certificate_status(c) WHERE der = 'LOT-1-0')"
so "who ever had a permit hears of it" "(SELECT count(*) = 2 FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE topic = 'coc.withdrawn' AND n.subject = 'COC-tre' AND o.kind = 'operator')"
so "the model itself may begin anew" "NOT EXISTS (SELECT FROM status_event WHERE kind = 'cohort_revoked' AND cohort_kind = 'model')"
refused assay_authority COHORT_REVOKED "its lot may not" <<<"SELECT status_issued(3, 19999999, 1, (SELECT id FROM lot WHERE number = 'LOT-1'));"

# ---- a platform is withdrawn by a measure
may security-1 "withdrawing the platform is proposed" < <(measure withdrawal hardware_platform chip)
mustnt decider-1 COUNT_REQUIRED "it revokes, so it is counted" <<<"SELECT t.judge('$(m 17)', 'approve');"
mustnt decider-1 REACH_CHANGED "rightly" <<<"SELECT t.count('$(m 17)', 10000001);"
so "a refused approval left nothing behind" "(SELECT state = 'certified' FROM coc WHERE number = 'COC-chip') AND (SELECT count(*) = 0 FROM approval a JOIN proposal p ON p.id = a.proposal_id WHERE p.subject_number = '$(m 17)')"
may decider-1 "with the number it is in force" <<<"SELECT t.count('$(m 17)', 10000002);"
so "its CoC is withdrawn, those on it suspended" "(SELECT string_agg(number || ' ' || state, ',' ORDER BY number) = 'COC-chip withdrawn,COC-ter suspended,COC-tre withdrawn,COC-tre2 suspended' FROM coc)"
status "every TrE on it is revoked, privilegeWithdrawn; what was so before for its own reason" "revoked 9,revoked 1,revoked 4"
imposed "a ban" "$(m 18)" ban organisation acme
so "suspends the supplier" "(SELECT state = 'suspended' FROM organisation WHERE handle = 'acme')"
may officer-1 "reinstating it is proposed" <<<"SELECT t.organisation('acme', 'reinstate');"
mustnt decider-2 ORGANISATION_BANNED "and refused while it is banned" <<<"SELECT t.judge('acme', 'approve');"

# ---- appeal
at 2027-05-30T23:59:59Z
mustnt bolt-1 NOT_YOURS "another supplier does not appeal" <<<"SELECT t.appeal('$(m 18)');"
may officer-1 "an officer files the appeal of one that has no access any more" <<<"SELECT t.appeal('$(m 18)');"
mustnt officer-1 APPEAL_FILED "once" <<<"SELECT t.appeal('$(m 18)');"
so "the measure stays in force" "t.state('$(m 18)') = 'in_force'"
decide="t.decide_appeal('APL-2027-000001', 'upheld', '$(m 18)')"
mustnt decider-1 FOUR_EYES "who approved the measure judges no appeal" <<<"SELECT $decide;"
mustnt security-2 ROLE_REQUIRED "nor does a security officer" <<<"SELECT $decide;"
mustnt decider-2 STATEMENT_DIFFERS "the measure is named in what is signed" <<<"SELECT t.decide_appeal('APL-2027-000001', 'upheld', '$(m 17)');"
may decider-2 "a decider upholds it" <<<"SELECT $decide;"
mustnt decider-2 FOUR_EYES "not alone" <<<"SELECT t.judge('APL-2027-000001', 'approve');"
mustnt decider-1 FOUR_EYES "nor with one who approved the measure" <<<"SELECT t.judge('APL-2027-000001', 'approve');"
may decider-3 "a second decider approves" <<<"SELECT t.judge('APL-2027-000001', 'approve');"
so "upheld it is, and the ban stands until the authority has read it" "(SELECT state = 'upheld' FROM appeal) AND t.state('$(m 18)') = 'in_force'"
so "which is told that the signed verdict must be this" "(SELECT verdict = 'upheld' AND measure = '$(m 18)' FROM given_back((SELECT max(id) FROM proposal WHERE act = 'appeal_decide')))"
carried "the authority lifts it"
so "the supplier is let in by its own act" "(SELECT state = 'suspended' FROM organisation WHERE handle = 'acme') AND t.state('$(m 18)') = 'lifted'"
may decider-2 "by two" <<<"SELECT t.judge('acme', 'approve');"
at 2027-05-31T00:00:00Z
mustnt acme-1 APPEAL_LATE "thirty days later an appeal is late" <<<"SELECT t.appeal('$(m 17)');"
imposed "one more freeze" "$(m 19)" issuance_freeze model tre
may acme-1 "is appealed against with evidence" <<<"SELECT t.appeal('$(m 19)', ARRAY[pg_catalog.sha256('proof')]);"
may acme-1 "and that is withdrawn" <<<"SELECT t.sign('/v1/appeals/APL-2027-000002/withdraw'); SELECT appeal_withdraw('APL-2027-000002');"
may acme-1 "and filed again" <<<"SELECT t.appeal('$(m 19)');"
may decider-3 "a decider dismisses it" <<<"SELECT t.decide_appeal('APL-2027-000003', 'dismissed', '$(m 19)');"
may decider-4 "with a second one" <<<"SELECT t.judge('APL-2027-000003', 'approve');"
so "and the measure stays" "(SELECT state = 'dismissed' FROM appeal WHERE number = 'APL-2027-000003') AND t.state('$(m 19)') = 'in_force' AND NOT EXISTS (SELECT FROM \"order\" WHERE state = 'queued' AND kind = 'appeal_decide')"
mustnt acme-1 APPEAL_FILED "for good" <<<"SELECT t.appeal('$(m 19)');"
may bolt-1 "a competitor sees no appeal" <<<"SELECT t.so(NOT actor_sees(organisation_id)) FROM appeal;"
may bolt-1 "nor whom it hits, nor why" <<<"SELECT t.so(NOT j ?| '{reach,legal_basis,appeals,cause}') FROM measure, shown_whole('measure', id) j;"
may acme-1 "the supplier sees how much, but not whose permits" <<<"SELECT t.so(j -> 'reach' ? 'devices' AND NOT j -> 'reach' ? 'operators') FROM measure, shown_whole('measure', id) j;"

# ---- by hand
for column in effect deadline "reason" scopes proposed_by legal_basis kind; do
	refused assay_test MEASURE_FIXED "not even its owner changes a measure's $column" <<<"SET ROLE assay_owner; UPDATE measure SET $column = (SELECT $column FROM measure x WHERE x.$column IS DISTINCT FROM measure.$column LIMIT 1) WHERE number = '$(m 19)';"
done
refused assay_test APPEND_ONLY "no appeal is deleted" <<<"DELETE FROM appeal"
refused assay_test APPEND_ONLY "no permit either" <<<"DELETE FROM permit"
refused assay_test APPEND_ONLY "the kinds are what they are" <<<"UPDATE measure_kind SET liftable = true"
refused assay_api 42501 "the api lifts nothing" <<<"SELECT measure_lift(1);"
refused assay_api 42501 "nor lets one arise" <<<"SELECT measure_arise('hold', 'model', 2, 'x', 'x');"
exit $bad
