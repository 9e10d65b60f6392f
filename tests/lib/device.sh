# Devices for tests of the register's SQL: sourced after registry.sh.  The
# owner enters them, since only the authority could: TRE-1 to TRE-6 of acme's
# model tre-1, and TERM-1 to TERM-4 of bolt's model term-1 that contain the
# first four of them.
sql assay_test <<'SQL' || exit 1
SET ROLE assay_owner;
INSERT INTO principal (handle, organisation_id, role)
SELECT h, o.id, r FROM (VALUES ('security-2', 'body', 'security'),
	('operator-2', 'operator', 'operator'), ('acme-2', 'acme', 'supplier'))
	AS v(h, org, r) JOIN organisation o ON o.handle = v.org;
INSERT INTO organisation (handle, name, country, kind)
VALUES ('other', 'Other', 'IT', 'operator');
UPDATE organisation SET state = 'active' WHERE handle = 'other';
INSERT INTO principal (handle, organisation_id, role)
SELECT 'other-1', id, 'operator' FROM organisation WHERE handle = 'other';
INSERT INTO site (handle, organisation_id, name, country, address)
SELECT h, o.id, h, 'DE', 'Street 1' FROM (VALUES ('fab', 'acme'),
	('works', 'bolt')) AS v(h, org) JOIN organisation o ON o.handle = v.org;
INSERT INTO model (handle, kind, organisation_id, name, version)
SELECT 'soc-1', 'hardware_platform', id, 'SoC 1', '1' FROM organisation
 WHERE handle = 'acme';
INSERT INTO model (handle, kind, organisation_id, name, version,
    hardware_platform_id, tre_kind, least_firmware)
SELECT 'tre-1', 'tre', o.id, 'TrE 1', '1', m.id, 'embedded', '1'
  FROM organisation o, model m WHERE o.handle = 'acme';
INSERT INTO model (handle, kind, organisation_id, name, version, tacs)
SELECT 'term-1', 'terminal', id, 'Terminal 1', '1', '{35123456}'
  FROM organisation WHERE handle = 'bolt';
INSERT INTO model_contains SELECT t.id, m.id FROM model t, model m
 WHERE t.handle = 'term-1' AND m.handle = 'tre-1';
INSERT INTO declaration (number, model_id, ruleset_id, answers, jws,
    submitted_by, expires)
SELECT 'DEC-' || m.id, m.id, r.id, '{}', m.handle, p.id, '2028-01-01'
  FROM model m, ruleset r, principal p
 WHERE p.handle = 'acme-1' AND r.name = 'tre-robustness';
INSERT INTO coc (number, model_id, level, quota, ruleset_id,
    declaration_id, valid_from, expires)
SELECT 'COC-' || m.id, m.id, 2, 1000, d.ruleset_id, d.id, '2027-01-01',
    '2028-01-01' FROM model m JOIN declaration d ON d.model_id = m.id;
INSERT INTO issuer (id, role, organisation_id, cert_der, subject_der,
    spki_der, key_id)
SELECT n, r, o.id, r::bytea, '', r::bytea, substr(sha256(r::bytea), 1, 20)
  FROM (VALUES (3, 'tre', 'acme'), (4, 'terminal', 'bolt')) v(n, r, org)
  JOIN organisation o ON o.handle = v.org;
CREATE FUNCTION t.sha(what text) RETURNS bytea LANGUAGE sql AS $$
	SELECT sha256(convert_to(what, 'UTF8')) $$;
-- a lot of that model by that principal, with n devices of it
CREATE FUNCTION t.lot(m text, s text, h text, prefix text, n int)
	RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	l assay.lot;
	d assay.device;
	i int;
BEGIN
	INSERT INTO assay.lot (number, organisation_id, model_id, site_id,
	    coc_id, reference, count, header_jws, rows_sha256, submitted_by)
	SELECT assay.next_number('LOT'), p.organisation_id, m0.id, s0.id, c.id,
	    '', n, '', sha256(prefix::bytea), p.id FROM assay.principal p,
	    assay.site s0, assay.model m0 JOIN assay.coc c ON c.model_id = m0.id
	 WHERE p.handle = h AND s0.handle = s AND m0.handle = m
	RETURNING * INTO l;
	INSERT INTO assay.lot_row (lot_id, row, device_id, csr)
	SELECT l.id, g, prefix || g, '' FROM generate_series(1, n) g;
	FOR i IN 1..n LOOP
		INSERT INTO assay.device (kind, device_id, model_id, lot_id,
		    organisation_id)
		SELECT kind, prefix || i, id, l.id, organisation_id FROM assay.model
		 WHERE id = l.model_id RETURNING * INTO d;
		INSERT INTO assay.certificate (issuer_id, index, profile,
		    serial, der, der_sha256, spki_sha256, device_id, lot_id,
		    coc_id, not_before)
		SELECT CASE d.kind WHEN 'tre' THEN 3 ELSE 4 END, d.id, d.kind,
		    int8send(d.id), convert_to(d.device_id, 'UTF8'),
		    t.sha(d.device_id), t.sha('key ' || d.device_id),
		    d.id, l.id, l.coc_id, assay.assay_now();
	END LOOP;
END $$;
SELECT t.lot('tre-1', 'fab', 'acme-1', 'TRE-', 6);
SELECT t.lot('term-1', 'works', 'bolt-1', 'TERM-', 4);
INSERT INTO binding (tre_id, terminal_id)
SELECT a.id, b.id FROM device a JOIN device b
    ON b.kind = 'terminal' AND substr(b.device_id, 6) = substr(a.device_id, 5)
 WHERE a.kind = 'tre';
INSERT INTO delegated_key (kind, name, spki_der)
VALUES ('receipt', 'here', '\x00');
INSERT INTO delegated_certificate (key_id, issuer_id, der, not_before, not_after)
SELECT id, 3, '\x00', '2027-01-01', '2028-01-01' FROM delegated_key;
-- what the acting operator was told about TrE n in terminal m
CREATE FUNCTION t.decision(n int, m int, verdict text, reasons text[] DEFAULT '{}')
	RETURNS uuid LANGUAGE sql AS $$
	SELECT assay.decision_add(gen_random_uuid(), gen_random_uuid(),
	    t.sha(''), 'initial_download', 'tre_and_platform', verdict, reasons,
	    '{}', t.sha('TRE-' || n), t.sha('TERM-' || m), 0, '', 1) $$;
CREATE FUNCTION t.device(name text) RETURNS bigint LANGUAGE sql
	SECURITY DEFINER AS $$
	SELECT id FROM assay.device WHERE kind || '/' || device_id = name $$;
-- what people sign and say
CREATE FUNCTION t.report(kind text, devices text[]) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT assay.incident_report(kind, 'as seen', NULL, devices, NULL, NULL,
	    NULL) $$;
CREATE FUNCTION t.dismiss(n text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/incidents/' || n || '/dismiss',
	    '{"reason":"nothing in it"}');
	SELECT assay.incident_dismiss_propose(n, 'nothing in it') $$;
CREATE FUNCTION t.release(kind text, id text) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/devices/' || kind || '/' || id || '/release',
	    '{"reason":"looked at"}');
	SELECT assay.device_release_propose(kind, id, 'looked at') $$;
CREATE FUNCTION t.measure(n text, body jsonb) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/incidents/' || n || '/measure', body::text);
	SELECT assay.incident_measure(n, body ->> 'kind', body ->> 'scope_kind',
	    body ->> 'scope', body ->> 'legal_basis',
	    coalesce((body ->> 'emergency')::bool, false)) $$;
-- a report that TrE n has signed s seconds ago, with that number
CREATE FUNCTION t.tampered(n int, seq bigint, s int DEFAULT 0) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT assay.tamper_report_add(t.sha('TRE-' || n), seq,
	    assay.assay_now() - s * interval '1 second', 'mesh', NULL,
	    gen_random_uuid()::text) $$;
GRANT USAGE ON SCHEMA t TO assay_authority;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api, assay_authority;
SQL

# is DEVICE STATE; stands INCIDENT STATE; heard ORGANISATION TOPIC SUBJECT TIMES
is() { so "$1 is ${2/_/ }" "(SELECT state = '$2' FROM device WHERE kind || '/' || device_id = '$1')"; }
stands() { so "$1 is $2" "(SELECT state = '$2' FROM incident WHERE number = '$1')"; }
heard() {
	so "$1 has heard $4 times of $2, about $3" "(SELECT count(*) = $4 FROM notice n
		JOIN organisation o ON o.id = n.organisation_id
		WHERE o.handle = '$1' AND topic = '$2' AND subject = '$3')"
}
# ticks N "sentence": the clock does n things now, and nothing the second time
ticks() {
	claim assay_authority "$2" <<<"DO \$\$ DECLARE n int; BEGIN
		SELECT changes INTO n FROM assay.clock_tick();
		IF n <> $1 THEN RAISE 'the clock did %', n; END IF;
		SELECT changes INTO n FROM assay.clock_tick();
		IF n <> 0 THEN RAISE 'and again %', n; END IF; END \$\$"
}
