-- A register as it is after years, for tests and measurements of lists: run by
-- the cluster's superuser in an empty or nearly empty instance, with psql's
-- variables
--	devices		how many, half of them TrEs, half terminals
--	others		how many of sites, models, audits, ... (thousands)
--	decisions	how many, and how many devices in custody
--	big, small	organisations (ids): suppliers of two fifths and of one
--			hundredth of the devices; 18 more are made
--	operator	of half of the decisions; 9 more are made
-- Triggers and foreign keys are off: nothing of it is told to anybody.
\set base 1000000000
SET session_replication_role = replica;
SET search_path = assay, pg_temp;
SET synchronous_commit = off;

INSERT INTO organisation (id, handle, name, country, kind, makes, state)
OVERRIDING SYSTEM VALUE
SELECT :base + i, 'many-' || i, 'Many ' || i, 'DE',
	CASE WHEN i <= 18 THEN 'supplier' WHEN i <= 27 THEN 'operator'
	    ELSE 'auditor' END,
	CASE WHEN i <= 18 THEN '{tre,terminal}'::text[] ELSE '{}' END,
	CASE WHEN i <= 28 THEN 'active' ELSE 'applicant' END
FROM generate_series(1, greatest(28, :others / 2)) i;

-- whose the hundred parts of the register are
CREATE TEMP TABLE part AS
SELECT i AS n, CASE WHEN i < 40 THEN :big WHEN i = 99 THEN :small
	ELSE :base + 1 + i % 18 END AS organisation_id
FROM generate_series(0, 99) i;
-- and of each of twenty suppliers, evenly
CREATE TEMP TABLE supplier AS
SELECT i AS n, CASE i WHEN 0 THEN :big WHEN 1 THEN :small ELSE :base + i - 1 END
	AS organisation_id
FROM generate_series(0, 19) i;

INSERT INTO principal (id, handle, organisation_id, role)
OVERRIDING SYSTEM VALUE
SELECT :base + i, 'many-p' || i, CASE WHEN i <= 2 THEN :base + 28
	ELSE s.organisation_id END,
	CASE WHEN i <= 2 THEN 'auditor' ELSE 'supplier' END
FROM generate_series(1, :others) i JOIN supplier s ON s.n = i % 20;

INSERT INTO statement (id, principal_id, url, body, jws, jws_sha256)
OVERRIDING SYSTEM VALUE
SELECT :base + i, :base + i % :others + 1, '/v1/many', 'body', 'jws',
	pg_catalog.sha256(convert_to('many ' || i, 'UTF8'))
FROM generate_series(1, 5 * :others) i;
INSERT INTO proposal (id, act, subject_id, subject_number, terms,
	terms_sha256, proposed_by, statement_id, state)
OVERRIDING SYSTEM VALUE
SELECT :base + i, 'organisation_activate', :base + i, 'many-' || i,
	'{"organisation": "many"}', pg_catalog.sha256('x'), :base + 1, :base + i,
	CASE WHEN i % 50 = 0 THEN 'open' ELSE 'approved' END
FROM generate_series(1, 5 * :others) i;

INSERT INTO evidence (id, sha256, size, media_type, filename,
	organisation_id, submitted_by, state)
OVERRIDING SYSTEM VALUE
SELECT :base + i, pg_catalog.sha256(convert_to('evidence ' || i, 'UTF8')),
	1, 'text/plain', 'many-' || i || '.txt', s.organisation_id, :base + 3,
	CASE WHEN i % 7 = 0 THEN 'submitted' ELSE 'accepted' END
FROM generate_series(1, 5 * :others) i JOIN supplier s ON s.n = i % 20;
INSERT INTO site (id, handle, organisation_id, name, country, address)
OVERRIDING SYSTEM VALUE
SELECT :base + i, 'many-s' || i, s.organisation_id, 'Many ' || i, 'DE',
	'Street ' || i
FROM generate_series(1, :others) i JOIN supplier s ON s.n = i % 20;
INSERT INTO site_scope (id, site_id, scope, state, expires)
OVERRIDING SYSTEM VALUE
SELECT :base + 2 * i + k, :base + i, (ARRAY['tre_production',
	'terminal_assembly'])[1 + k], 'full', now() + interval '1 year'
FROM generate_series(1, :others) i, generate_series(0, 1) k;
INSERT INTO audit (id, number, site_id, type, scopes, auditor_1, auditor_2,
	planned, state, result, ended, report_id, reported_by, confirmed_by,
	created_by)
OVERRIDING SYSTEM VALUE
SELECT :base + i, 'AUD-MANY-' || i, :base + i % :others + 1, 'wet',
	'{tre_production}', :base + 1, :base + 2, '2026-01-01', 'closed',
	'compliant', now(), :base + i, :base + 1, :base + 2, :base + 3
FROM generate_series(1, 3 * :others) i;

-- one in ten a hardware platform, five TrE models, four terminal models
INSERT INTO model (id, handle, kind, organisation_id, name, version,
	hardware_platform_id, tre_kind, least_firmware, tacs, state)
OVERRIDING SYSTEM VALUE
SELECT :base + i, 'many-m' || i, k, s.organisation_id, 'Many ' || i, '1',
	CASE k WHEN 'tre' THEN :base + greatest(i / 200 * 200, 200) END,
	CASE k WHEN 'tre' THEN 'embedded' END, CASE k WHEN 'tre' THEN '1' END,
	CASE k WHEN 'terminal' THEN ARRAY[lpad(i::text, 8, '0')] END, 'registered'
FROM generate_series(1, :others) i JOIN supplier s ON s.n = i % 20
CROSS JOIN LATERAL (SELECT CASE WHEN i / 20 % 10 = 0
	THEN 'hardware_platform' WHEN i / 20 % 10 < 6 THEN 'tre'
	ELSE 'terminal' END) k (k);
INSERT INTO model_contains (terminal_model_id, tre_model_id)
SELECT id, :base + 20 + id % 20 FROM model
WHERE kind = 'terminal' AND id >= :base;
INSERT INTO declaration (id, number, model_id, ruleset_id, answers, jws,
	submitted_by, state, expires)
OVERRIDING SYSTEM VALUE
SELECT :base + 2 * m.id - 2 * :base + k, 'DCL-MANY-' || m.id || '-' || k, m.id,
	r.id, (SELECT jsonb_object_agg(u.rule, '{"answer": "yes", "statement": "met"}'::jsonb)
	    FROM ruleset_rules(r.content) u), 'jws ' || m.id || k, :base + 3,
	CASE k WHEN 0 THEN 'superseded' ELSE 'in_force' END,
	now() + interval '1 year'
FROM model m CROSS JOIN LATERAL (SELECT * FROM ruleset
	WHERE content ->> 'applies_to' = m.kind AND state = 'in_force'
	ORDER BY id LIMIT 1) r, generate_series(0, 1) k WHERE m.id >= :base;
INSERT INTO coc (id, number, model_id, level, quota, used, site_scope_id,
	ruleset_id, declaration_id, state, valid_from, expires)
OVERRIDING SYSTEM VALUE
SELECT d.id, 'COC-MANY-' || d.id, d.model_id, 2, 1000000, 500, :base + 2,
	d.ruleset_id, d.id, CASE d.state WHEN 'in_force' THEN 'certified'
	ELSE 'superseded' END, now(), d.expires
FROM declaration d WHERE d.id >= :base;
-- every state goes to the history, which history_at() and others read
INSERT INTO history (entity, subject_id, from_state, to_state, effective,
	recorded, detail)
SELECT 'coc', c.id, 'proposed', 'certified', c.valid_from, c.valid_from,
	to_jsonb(c) FROM coc c WHERE c.id >= :base;
INSERT INTO measure (id, number, kind, effect, scope_kind, scope_id, scope_number,
	legal_basis, state, proposed_by)
OVERRIDING SYSTEM VALUE
SELECT :base + i, 'MEA-MANY-' || i, 'issuance_freeze', 'permit', 'model', :base + i,
	'many-m' || i, 'basis', CASE WHEN i % 100 = 0 THEN 'in_force'
	ELSE 'lifted' END, :base + 3
FROM generate_series(1, :others) i;

CREATE TEMP TABLE made AS
SELECT organisation_id, kind, array_agg(id ORDER BY id) AS models
FROM model WHERE id >= :base AND kind <> 'hardware_platform'
GROUP BY 1, 2;
CREATE TEMP TABLE born AS
SELECT i, k.kind, p.organisation_id,
	m.models[1 + i / 100 % cardinality(m.models)] AS model_id,
	:base + (i - 1) / 500 + 1 AS lot_id
FROM generate_series(1, :devices) i
CROSS JOIN LATERAL (SELECT CASE WHEN i <= :devices / 2 THEN 'tre'
	ELSE 'terminal' END) k (kind)
JOIN part p ON p.n = i % 100
JOIN made m ON m.organisation_id = p.organisation_id AND m.kind = k.kind;
INSERT INTO lot (id, number, organisation_id, model_id, site_id, coc_id,
	reference, count, header_jws, rows_sha256, submitted_by, state, issued)
OVERRIDING SYSTEM VALUE
SELECT lot_id, 'LOT-MANY-' || lot_id - :base, min(organisation_id),
	min(model_id), :base + 1, :base + 3, 'many', count(*), 'jws',
	pg_catalog.sha256(convert_to(lot_id::text, 'UTF8')), :base + 3, 'issued',
	count(*)
FROM born GROUP BY lot_id;
INSERT INTO device (id, kind, device_id, model_id, lot_id, organisation_id,
	state)
OVERRIDING SYSTEM VALUE
SELECT :base + i, kind, CASE kind WHEN 'tre' THEN 'MT' ELSE 'MX' END ||
	lpad((i::bigint * 7919 % 10000019)::text, 10, '0'), model_id, lot_id, organisation_id,
	CASE WHEN i % 100000 = 7 THEN 'stolen' WHEN i % 3 = 0 THEN 'in_service'
	ELSE 'accredited' END
FROM born;
INSERT INTO binding (id, tre_id, terminal_id)
OVERRIDING SYSTEM VALUE
SELECT :base + i, :base + i, :base + :devices / 2 + i
FROM generate_series(1, :devices / 2) i;
INSERT INTO index_range (id, issuer_id, first, count, lot_id, state)
OVERRIDING SYSTEM VALUE
SELECT lot_id, 2, lot_id::bigint * 500, 500, lot_id, 'issued'
FROM (SELECT DISTINCT lot_id FROM born) b;
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256,
	spki_sha256, device_id, lot_id, coc_id, not_before)
SELECT 2, :base + i, kind, decode(md5(i::text), 'hex'),
	decode(repeat(md5(i::text), 50), 'hex'),
	pg_catalog.sha256(convert_to('der ' || i, 'UTF8')),
	pg_catalog.sha256(convert_to('key ' || i, 'UTF8')), :base + i, lot_id,
	:base + 3, now()
FROM born;

INSERT INTO decision (id, organisation_id, principal_id, request_id,
	request_sha256, purpose, mode, verdict, reasons, warnings, event_id,
	receipt, signer_id, created)
SELECT gen_random_uuid(), CASE WHEN i % 2 = 0 THEN :operator
	ELSE :base + 19 + i % 9 END, :base + 3, gen_random_uuid(),
	pg_catalog.sha256('x'), 'initial_download', 'tre_and_platform',
	CASE WHEN i % 10000 < 2 THEN 'indeterminate' WHEN i % 10 < 2 THEN 'refuse'
	ELSE 'permit' END, '{}', '{}', 0, repeat('receipt', 300), 1,
	now() - i * interval '1 second'
FROM generate_series(1, :decisions) i;

INSERT INTO custody (device_id, organisation_id, since, state)
SELECT :base + i, CASE WHEN i % 2 = 0 THEN :operator
	ELSE :base + 19 + i % 9 END, now() - i * interval '1 second',
	CASE WHEN i % 10000 < 2 THEN 'disputed'
	WHEN i % 10 < 2 THEN 'moved' ELSE 'held' END
FROM generate_series(1, :decisions) i;

RESET session_replication_role;
ANALYZE;
