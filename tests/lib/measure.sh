# Whom measures hit, after pg.sh and registry.sh: two lots of TrEs (ten million
# and two of them by count) and one of terminals; and the words of those who
# impose, adopt, lift and appeal.

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
