-- A cast and a subject in each state, for tests/unit/api/matrix_test.c: by the
-- superuser, past all guards, so that a state needs no story.  Sourced once, on
-- a fresh schema with the rule sets loaded.
--
-- A new noun: make one whole row, then t.each('noun', 'table', id, '{...}').

CREATE SCHEMA t;
SET search_path = assay, t, pg_temp;
SET session_replication_role = replica;

-- What a test asks for: the subject of that state, as its address has it, and
-- the body that goes with it where a route's own does not do.
CREATE TABLE t.subject (
	kind text, state text, role text, name text NOT NULL, body text
);

-- A copy of a row with some of it changed; its id.
CREATE FUNCTION t.copy(tbl text, p_id bigint, changed jsonb) RETURNS bigint
	LANGUAGE plpgsql AS $$
DECLARE
	made bigint := nextval(pg_get_serial_sequence('assay.' || tbl, 'id'));
BEGIN
	EXECUTE format('INSERT INTO assay.%1$I OVERRIDING SYSTEM VALUE
	    SELECT (jsonb_populate_record(r, $2)).* FROM assay.%1$I r
	    WHERE id = $1', tbl)
	USING p_id, changed || jsonb_build_object('id', made);
	RETURN made;
END $$;

CREATE FUNCTION t.states(entity text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT DISTINCT to_state FROM assay.transition t
	WHERE t.entity = states.entity ORDER BY 1 $$;

-- One of each state of the entity: a copy of that row, with "%" for the state
-- in what is changed; name is what addresses call it.
CREATE FUNCTION t.each(entity text, tbl text, p_id bigint, changed text,
    name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	s text;
BEGIN
	FOR s IN SELECT t.states(entity) LOOP
		PERFORM t.copy(tbl, p_id, replace(changed, '%', replace(s,
		    '_', '-'))::jsonb || jsonb_build_object('state', s));
		INSERT INTO t.subject (kind, state, name)
		VALUES (entity, s, replace(name, '%', replace(s, '_', '-')));
	END LOOP;
END $$;

CREATE FUNCTION t.sha(what text) RETURNS bytea LANGUAGE sql AS $$
	SELECT sha256(convert_to(what, 'UTF8')) $$;

-- ---- who

INSERT INTO organisation (handle, name, country, kind, makes, state) VALUES
	('body', 'The Body', 'DE', 'body', '{}', 'active'),
	('acme', 'Acme', 'DE', 'supplier', '{tre,terminal}', 'active'),
	('lookers', 'Lookers', 'NL', 'auditor', '{}', 'active'),
	('mobile', 'Mobile', 'FR', 'operator', '{}', 'active');
INSERT INTO principal (handle, organisation_id, role)
SELECT h, o.id, r FROM (VALUES ('officer', 'body', 'officer'),
	('decider', 'body', 'decider'), ('security', 'body', 'security'),
	('reader', 'body', 'reader'), ('auditor', 'lookers', 'auditor'),
	('supplier', 'acme', 'supplier'), ('operator', 'mobile', 'operator'),
	('officer-2', 'body', 'officer'), ('decider-2', 'body', 'decider'),
	('security-2', 'body', 'security'), ('auditor-2', 'lookers', 'auditor'),
	('supplier-2', 'acme', 'supplier')) AS v(h, org, r)
  JOIN organisation o ON o.handle = v.org;
CREATE FUNCTION t.who(h text) RETURNS bigint LANGUAGE sql
	SECURITY DEFINER AS $$
	SELECT id FROM assay.principal WHERE handle = h $$;

SELECT t.each('organisation', 'organisation', id,
    '{"handle": "org-%", "name": "org-%"}', 'org-%')
  FROM organisation WHERE handle = 'mobile';
SELECT t.each('principal', 'principal', t.who('supplier-2'),
    '{"handle": "principal-%"}', 'principal-%');

-- ---- evidence: "paper" is accepted, of the supplier, and "report" of an auditor

INSERT INTO evidence (sha256, size, media_type, filename, organisation_id,
    submitted_by, judged_by, state)
SELECT t.sha(w), 5, 'text/plain', w, organisation_id, id,
    t.who('officer-2'), 'accepted' FROM principal,
    (VALUES ('supplier-2', 'paper'), ('auditor-2', 'report')) v(h, w)
 WHERE handle = h ORDER BY w;
DO $$ DECLARE
	s text;
BEGIN
	FOR s IN SELECT t.states('evidence') LOOP
		PERFORM t.copy('evidence', 1, jsonb_build_object('state', s,
		    'sha256', t.sha(s), 'successor_id',
		    CASE s WHEN 'superseded' THEN 1 END));
		INSERT INTO t.subject (kind, state, name)
		VALUES ('evidence', s, encode(t.sha(s), 'hex'));
	END LOOP;
END $$;

-- ---- sites and audits

INSERT INTO site (handle, organisation_id, name, country, address)
SELECT 'fab', id, 'Fab', 'DE', 'Street 1' FROM organisation
 WHERE handle = 'acme';
INSERT INTO site_scope (site_id, scope, state, expires)
SELECT id, 'tre_production', 'full', assay_now() + interval '1 year' FROM site;
DO $$ DECLARE
	s text;
BEGIN
	FOR s IN SELECT t.states('site_scope') LOOP
		PERFORM t.copy('site_scope', 1, jsonb_build_object('state', s,
		    'site_id', t.copy('site', 1, jsonb_build_object('handle',
		    'site-' || s))));
		INSERT INTO t.subject (kind, state, name)
		VALUES ('site_scope', s, 'site-' || s);
	END LOOP;
END $$;

INSERT INTO audit (number, site_id, type, scopes, auditor_1, auditor_2,
    planned, created_by, result, ended, report_id, summary, reported_by,
    confirmed_by, state)
SELECT 'AUD-1', id, 'extraordinary', '{tre_production}', t.who('auditor'),
    t.who('auditor-2'), '2026-01-01', t.who('officer'), 'compliant',
    assay_now() - interval '1 day', 1, 'fine', t.who('auditor-2'),
    t.who('auditor'), 'closed'
  FROM site WHERE handle = 'fab';
SELECT t.each('audit', 'audit', 1, '{"number": "AUD-%"}', 'AUD-%');
UPDATE audit SET confirmed_by = NULL
 WHERE state IN ('planned', 'in_progress', 'cancelled');

-- Answered ones; some with a plan that waits; and some of an audit that goes on.
DO $$ DECLARE
	s text;
	k text;
	f bigint;
BEGIN
	PERFORM t.copy('audit', 1, '{"number": "AUD-early", "state": "in_progress"}');
	INSERT INTO finding (number, audit_id, scope, severity, text,
	    recorded_by, due)
	SELECT 'FND-1', id, 'tre_production', 'major', 'a gap',
	    t.who('auditor'), now() + interval '9 days' FROM audit
	 WHERE number = 'AUD-reported' RETURNING id INTO f;
	FOREACH k IN ARRAY '{finding,finding_planned,finding_early}'::text[] LOOP
	FOR s IN SELECT t.states('finding') LOOP
		f := t.copy('finding', 1, jsonb_build_object('state', s,
		    'number', k || '-' || s,
		    'audit_id', (SELECT id FROM audit WHERE number =
		    CASE k WHEN 'finding_early' THEN 'AUD-early'
		    ELSE 'AUD-reported' END),
		    'closed_by', CASE s WHEN 'closed' THEN t.who('auditor-2') END,
		    'closed_on', CASE s WHEN 'closed' THEN '{1}' ELSE '{}' END));
		INSERT INTO finding_response (finding_id, principal_id, text)
		VALUES (f, t.who('supplier-2'), 'we mend it');
		IF k = 'finding_planned' THEN
			INSERT INTO finding_plan (finding_id, text, day,
			    proposed_by)
			VALUES (f, 'by then', current_date + 30,
			    t.who('supplier-2'));
		END IF;
		INSERT INTO t.subject (kind, state, name)
		VALUES (k, s, k || '-' || s);
	END LOOP;
	END LOOP;
END $$;

-- ---- models, declarations, CoCs

INSERT INTO model (handle, kind, organisation_id, name, version, state)
SELECT 'soc', 'hardware_platform', organisation_id, 'SoC', '1', 'registered'
  FROM principal WHERE handle = 'supplier';
SELECT t.each('model', 'model', 1, '{"handle": "model-%"}', 'model-%');
INSERT INTO declaration (number, model_id, ruleset_id, answers, jws,
    submitted_by, expires)
SELECT 'DCL-1', 1, id, '{"HWP-1": {"answer": "yes"}}', 'x', t.who('supplier-2'), now() + interval '1 year'
  FROM ruleset WHERE name = 'hardware-platform-robustness';
INSERT INTO coc (number, model_id, level, quota, ruleset_id, declaration_id,
    valid_from, expires, state)
SELECT 'HWP-1', 1, 2, 100, ruleset_id, 1, now(), expires, 'refused'
  FROM declaration;
DO $$ DECLARE
	s text;
	m bigint;
BEGIN
	FOR s IN SELECT t.states('declaration') LOOP
		m := t.copy('model', 1, jsonb_build_object('handle',
		    'of-dcl-' || replace(s, '_', '-')));
		PERFORM t.copy('declaration', 1, jsonb_build_object('state', s,
		    'number', 'DCL-' || s, 'model_id', m, 'jws', s));
		INSERT INTO t.subject (kind, state, name)
		VALUES ('declaration', s, 'DCL-' || s);
	END LOOP;
	FOR s IN SELECT t.states('coc') LOOP
		m := t.copy('model', 1, jsonb_build_object('handle',
		    'of-coc-' || s));
		PERFORM t.copy('coc', 1, jsonb_build_object('state', s,
		    'number', 'HWP-' || s, 'model_id', m));
		INSERT INTO t.subject (kind, state, name)
		VALUES ('coc', s, 'HWP-' || s);
	END LOOP;
END $$;

-- ---- measures: emergencies that wait for a second person

INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number,
    legal_basis, effect, emergency, lapses, proposed_by, state)
SELECT 'MEA-1', 'download_freeze', 'site', id, handle, 'section 1',
    'refuse', true, now() + interval '1 hour', t.who('security-2'), 'in_force'
  FROM site WHERE handle = 'site-full';
SELECT t.each('measure', 'measure', 1, '{"number": "MEA-%"}', 'MEA-%');

DO $$ DECLARE
	s text;
BEGIN
	FOR s IN SELECT t.states('measure') LOOP
		-- one that nobody proposed, and one that tells a supplier what
		-- to do
		PERFORM t.copy('measure', 1, jsonb_build_object('state', s,
		    'number', 'MEA-arisen-' || s, 'emergency', false,
		    'lapses', NULL, 'proposed_by', NULL, 'cause', 'FND-1'));
		PERFORM t.copy('measure', 1, jsonb_build_object('state', s,
		    'number', 'MEA-do-' || s, 'emergency', false,
		    'lapses', NULL, 'kind', 'corrective_action',
		    'effect', 'permit', 'deadline', now() + interval '9 days'));
		INSERT INTO t.subject (kind, state, name) VALUES
		    ('measure_arisen', s, 'MEA-arisen-' || s),
		    ('measure_corrective', s, 'MEA-do-' || s);
	END LOOP;
END $$;

-- ---- devices and certificates

INSERT INTO issuer (id, role, organisation_id, cert_der, subject_der,
    spki_der, key_id)
SELECT 3, 'tre', id, 'tre', '', 'tre', substr(t.sha('tre'), 1, 20)
  FROM organisation WHERE handle = 'acme';
INSERT INTO issuer (id, role, organisation_id, cert_der, subject_der,
    spki_der, key_id, state)
SELECT 10 + n, 'terminal', o.id, convert_to(s, 'UTF8'), '',
    convert_to(s, 'UTF8'), substr(t.sha(s), 1, 20), s
  FROM t.states('issuer') WITH ORDINALITY AS x (s, n), organisation o
 WHERE o.handle = 'acme';
INSERT INTO issuer (id, role, cert_der, subject_der, spki_der, key_id,
    not_before, not_after, offline, state)
SELECT CASE s WHEN 'active' THEN 1 ELSE 20 + n END, 'root',
    convert_to('root ' || s, 'UTF8'), '', convert_to('root ' || s, 'UTF8'),
    substr(t.sha('root ' || s), 1, 20), '1999-01-01', '2000-01-01', true, s
  FROM t.states('issuer') WITH ORDINALITY AS x (s, n);
INSERT INTO t.subject (kind, state, name)
SELECT CASE role WHEN 'root' THEN 'ca_root' ELSE 'issuer' END, state, id
  FROM issuer WHERE id <> 3;
INSERT INTO index_range (issuer_id, first, count)
SELECT 1, 100 + n, 1 FROM t.states('ca_request') WITH ORDINALITY AS x (s, n);
INSERT INTO ca_request (name, profile, range_id, serial, issuer_id, role,
    country, organisation, common_name, csr, state)
SELECT 'request-' || n, 'access_ca', r.id, substr(t.sha('request ' || s), 1, 17),
    200 + n, 'access', 'DE', 'Body', 'Access CA', 'csr', s
  FROM t.states('ca_request') WITH ORDINALITY AS x (s, n)
  JOIN index_range r ON r.issuer_id = 1 AND r.first = 100 + n;
INSERT INTO t.subject (kind, state, name)
SELECT 'ca_request', state, id FROM ca_request;
INSERT INTO lot (number, organisation_id, model_id, site_id, coc_id,
    reference, count, header_jws, rows_sha256, submitted_by)
SELECT 'LOT-1', organisation_id, 1, 1, 1, '', 1, '', t.sha(''), id
  FROM principal WHERE handle = 'supplier';
DO $$ DECLARE
	s text;
BEGIN
	FOR s IN SELECT t.states('lot') LOOP
		PERFORM t.copy('lot', (SELECT min(id) FROM lot),
		    jsonb_build_object('state', s, 'number',
		    'LOT-' || upper(s), 'kind', 'open', 'until', '2099-01-01',
		    'rows_sha256', '\x' || encode(t.sha(s), 'hex'),
		    'paused_in', 'received'));
		INSERT INTO enrolment_count (lot_id)
		SELECT id FROM lot WHERE number = 'LOT-' || upper(s);
		INSERT INTO t.subject (kind, state, name)
		VALUES ('lot', s, 'LOT-' || upper(s));
	END LOOP;
END $$;
INSERT INTO device (kind, device_id, model_id, lot_id, organisation_id)
SELECT k, 'DEV-1', 1, id, organisation_id
  FROM lot, unnest(ARRAY['tre', 'terminal']) AS k WHERE number = 'LOT-1';
DO $$ DECLARE
	s text;
BEGIN
	FOR s IN SELECT t.states('device') LOOP
		PERFORM t.copy('device', 1, jsonb_build_object('state', s,
		    'device_id', 'DEV-' || upper(replace(s, '_', '-'))));
		INSERT INTO t.subject (kind, state, name) VALUES ('device', s,
		    'tre/DEV-' || upper(replace(s, '_', '-')));
	END LOOP;
END $$;
CREATE FUNCTION t.certificate(what text, s text) RETURNS void LANGUAGE sql
AS $$
	INSERT INTO assay.certificate (issuer_id, index, profile, serial, der,
	    der_sha256, spki_sha256, device_id, lot_id, coc_id, not_before,
	    state, reason, changed)
	SELECT 3, count(*), 'tre', substr(t.sha(what), 1, 17),
	    convert_to(what, 'UTF8'), t.sha(what), t.sha('key of ' || what), 1,
	    1, 1, now(), s, CASE s WHEN 'issued' THEN 0 ELSE 6 END, now()
	  FROM assay.certificate;
	INSERT INTO t.subject (kind, state, name)
	VALUES ('certificate', s, encode(substr(t.sha(what), 1, 17), 'hex')) $$;
SELECT t.certificate('a certificate ' || s, s) FROM t.states('certificate') s;
-- good devices for what needs them: TRE-GOOD is in no terminal
INSERT INTO device (kind, device_id, model_id, lot_id, organisation_id, state)
SELECT k, d, 1, id, organisation_id, 'in_service'
  FROM lot, (VALUES ('tre', 'TRE-GOOD'), ('terminal', 'TERM-GOOD'))
    AS good (k, d) WHERE number = 'LOT-1';
INSERT INTO model_contains VALUES (1, 1);
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256,
    spki_sha256, device_id, lot_id, coc_id, not_before)
SELECT 3, 1000 + id, 'tre', substr(t.sha(device_id), 1, 17),
    convert_to(device_id, 'UTF8'), t.sha(device_id), t.sha('of ' || device_id),
    id, 1, 1, now() FROM device WHERE device_id LIKE '%-GOOD';

-- ---- incidents, rebindings

INSERT INTO incident (number, kind, source, reported_by, detail, model_id)
VALUES ('INC-1', 'vulnerability', 'principal', t.who('reader'), '{}', 1);
SELECT t.each('incident', 'incident', 1, '{"number": "INC-%"}', 'INC-%');
DO $$ DECLARE
	s text;
	d bigint;
BEGIN
	FOR s IN SELECT t.states('rebinding') LOOP
		d := t.copy('device', 2, jsonb_build_object('device_id',
		    'DEV-R' || upper(s)));
		INSERT INTO rebinding (number, terminal_id, tre_id, evidence_id,
		    requested_by, state, reason, expires)
		VALUES ('REB-' || s, d, d, 1, t.who('supplier-2'), s, 'repaired',
		    now() + interval '9 days');
		INSERT INTO t.subject (kind, state, name)
		VALUES ('rebinding', s, 'REB-' || s);
		UPDATE t.subject SET body = jsonb_build_object('terminal',
		    'DEV-R' || upper(s), 'tre', 'DEV-R' || upper(s),
		    'evidence', encode(t.sha('paper'), 'hex'))
		 WHERE kind = 'rebinding' AND state = s;
	END LOOP;
END $$;

-- ---- proposals: by others, to be judged; and one's own, to be withdrawn

CREATE FUNCTION t.proposal(k text, s text, by text, r text) RETURNS void
	LANGUAGE plpgsql AS $$
DECLARE
	p assay.proposal;
	n text := 'MEA-' || k || '-' || by || '-' || s;
	st bigint;
BEGIN
	INSERT INTO assay.statement (principal_id, url, body, jws, jws_sha256)
	VALUES (t.who(by), '/v1/measures', n::bytea, '', t.sha(n))
	RETURNING id INTO st;
	INSERT INTO assay.proposal (act, subject_id, subject_number, terms,
	    terms_sha256, proposed_by, statement_id, state)
	VALUES ('measure_impose', t.copy('measure', 1, jsonb_build_object(
	    'number', n, 'state', 'proposed', 'emergency', false,
	    'lapses', NULL)), n, '{}', t.sha(n), t.who(by), st, s)
	RETURNING * INTO p;
	INSERT INTO t.subject VALUES (k, s, r, p.id::text, CASE k
	    WHEN 'proposal' THEN jsonb_build_object('subject', n,
	    'act', 'measure_impose', 'terms_sha256', encode(t.sha(n), 'hex'),
	    'verdict', 'approve')::text END);
END $$;
SELECT t.proposal('proposal', s, 'security-2', NULL)
  FROM t.states('proposal') s;
SELECT t.proposal('proposal_own', s, r, r) FROM t.states('proposal') s,
	unnest('{officer,decider,security}'::text[]) r;

-- ---- what evidence is judged against

DO $$ DECLARE
	s text;
BEGIN
	FOR s IN SELECT t.states('reference') LOOP
		INSERT INTO reference (number, model_id, kind, certificate,
		    sha256, submitted_by, statement_id, state)
		SELECT 'REF-' || s, 1, 'ek_root', convert_to(s, 'UTF8'),
		    t.sha(s), t.who('supplier'), min(id), s FROM statement;
		INSERT INTO t.subject (kind, state, name, body)
		VALUES ('reference', s, 'REF-' || s, jsonb_build_object('sha256',
		    encode(t.sha(s), 'hex'))::text);
	END LOOP;
	FOR s IN SELECT t.states('attestation_key') LOOP
		INSERT INTO attestation_key (number, model_id, root_id,
		    ek_certificate, ek_sha256, links, public, name, spki_sha256,
		    secret_sha256, expires, enrolled_by, state)
		SELECT 'ATK-' || s, model_id, id, '', t.sha(s), '[]', '', '',
		    t.sha('ak ' || s), sha256(decode(repeat('00', 32), 'hex')),
		    now() + interval '1 day', submitted_by, s
		  FROM reference WHERE state = 'in_force';
		INSERT INTO t.subject (kind, state, name)
		VALUES ('attestation_key', s, 'ATK-' || s);
	END LOOP;
END $$;

-- ---- webhooks of each that may have them

DO $$ DECLARE
	s text;
	r text;
	made bigint;
BEGIN
	FOREACH r IN ARRAY '{officer,supplier,operator}'::text[] LOOP
	FOR s IN SELECT t.states('subscription') LOOP
		INSERT INTO subscription (number, organisation_id, url, topics,
		    state, created_by)
		SELECT 'SUB-' || r || '-' || s, organisation_id,
		    'https://example.org/hook', '{}', s, id
		  FROM principal WHERE handle = r RETURNING id INTO made;
		INSERT INTO subscription_secret VALUES (made, 1, t.sha(s));
		INSERT INTO delivery (subscription_id, reached) VALUES (made, 0);
		INSERT INTO t.subject VALUES ('subscription', s, r,
		    'SUB-' || r || '-' || s);
	END LOOP;
	END LOOP;
END $$;

-- ---- what makers say of models beside declarations, and what is said of it

INSERT INTO external_certificate (number, scheme, site_id, certificate, level,
    issuer, valid_from, expires, evidence_id, entered_by)
SELECT 'EXT-1', 'iso_27001', id, '1', 'whole', 'TUV', now() - interval '1 day',
    now() + interval '1 year', 1, t.who('supplier-2') FROM site
 WHERE handle = 'fab';
SELECT t.each('external_certificate', 'external_certificate', 1,
    '{"number": "EXT-%", "certificate": "%"}', 'EXT-%');
INSERT INTO t.subject (kind, state, name)
SELECT 'ruleset', s, 'matrix-' || replace(s, '_', '-') || '/1'
  FROM t.states('ruleset') s;
INSERT INTO ruleset (name, version, content, content_sha256, state)
SELECT 'matrix-' || replace(s, '_', '-'), 1, content, t.sha(s), s
  FROM t.states('ruleset') s, ruleset WHERE name = 'tre-robustness';
INSERT INTO declaration_challenge (number, declaration_id, rules, ground,
    challenged_by, answer_due)
SELECT 'CHL-1', id, '{HWP-1}', 'a doubt', t.who('security-2'),
    now() + interval '30 days'
  FROM declaration WHERE number = 'DCL-challenged';

-- ---- a database that was restored

INSERT INTO restore (number, cause, last, state, created)
SELECT 'RST-' || s, 'events', 7, s, assay_now() FROM t.states('restore') s;
INSERT INTO restore_report (restore_id, witness, event, hash, marks, feed, kit,
    notices)
SELECT id, 'authority', 9, '', '{}', 0, 0, 0 FROM restore;
INSERT INTO t.subject (kind, state, name)
SELECT 'restore', s, 'RST-' || s FROM t.states('restore') s;

-- ---- appeals and corrections, each on a measure of its own

CREATE FUNCTION t.against(entity text, s text, p_kind text) RETURNS bigint
	LANGUAGE sql AS $$
	SELECT t.copy('measure', 1, jsonb_build_object('number',
	    'MEA-' || entity || '-' || s, 'emergency', false, 'lapses', NULL,
	    'kind', p_kind, 'deadline', CASE p_kind WHEN 'corrective_action'
	    THEN now() + interval '9 days' END)) $$;
DO $$ DECLARE
	s text;
	m bigint;
	st bigint;
BEGIN
	INSERT INTO statement (principal_id, url, body, jws, jws_sha256)
	VALUES (t.who('supplier'), '/', '{}', '', t.sha('appeal'))
	RETURNING id INTO st;
	FOR s IN SELECT t.states('appeal') LOOP
		m := t.against('appeal', s, 'download_freeze');
		INSERT INTO appeal (number, measure_id, organisation_id, ground,
		    evidence, filed_by, statement_id, state)
		SELECT 'APP-' || s, m, organisation_id, 'not so', '{}', id, st, s
		  FROM principal WHERE handle = 'supplier-2';
		INSERT INTO t.subject (kind, state, name, body)
		VALUES ('appeal', s, 'APP-' || s, jsonb_build_object('measure',
		    'MEA-appeal-' || s, 'verdict', 'upheld',
		    'reason', 'as tested'));
	END LOOP;
	FOR s IN SELECT t.states('correction') LOOP
		m := t.against('correction', s, 'corrective_action');
		INSERT INTO correction (number, measure_id, what, evidence,
		    reported_by, state)
		VALUES ('COR-' || s, m, 'mended', '{1}', t.who('supplier-2'), s);
		INSERT INTO t.subject (kind, state, name, body)
		VALUES ('correction', s, 'COR-' || s, jsonb_build_object(
		    'measure', 'MEA-correction-' || s, 'reason', 'as tested'));
	END LOOP;
END $$;

-- ---- policies of an operator, drafted by somebody else

DO $$ DECLARE
	s text;
	st bigint;
	n int := 0;
BEGIN
	FOR s IN SELECT t.states('operator_policy') LOOP
		n := n + 1;
		INSERT INTO statement (principal_id, url, body, jws, jws_sha256)
		VALUES (t.who('operator'), '/', '{}', '', t.sha('policy' || s))
		RETURNING id INTO st;
		INSERT INTO operator_policy (number, organisation_id, purpose,
		    version, terms, terms_sha256, drafted_by, statement_id,
		    activated_by, activation_id, state)
		SELECT 'POL-' || s, organisation_id, 'reprovision',
		    CASE s WHEN 'draft' THEN 9 ELSE n END, '{}', t.sha(s),
		    t.who('supplier-2'), st, CASE WHEN s <> 'draft' THEN id END,
		    CASE WHEN s <> 'draft' THEN st END, s
		  FROM principal WHERE handle = 'operator';
		INSERT INTO t.subject (kind, state, name, body)
		VALUES ('operator_policy', s, 'POL-' || s, jsonb_build_object(
		    'sha256', encode(t.sha(s), 'hex')));
	END LOOP;
END $$;

-- ---- devices in an operator's custody; what others dispute, and it itself

CREATE FUNCTION t.custody(what text, s text, org bigint) RETURNS bigint
	LANGUAGE sql AS $$
	INSERT INTO assay.custody (device_id, organisation_id, locked_until,
	    state)
	VALUES (t.copy('device', 1, jsonb_build_object('device_id',
	    'DEV-' || upper(replace(what || s, '_', '-')))), org, now() + interval '9 days', s)
	RETURNING id $$;
DO $$ DECLARE
	s text;
	k text;
	c bigint;
	mobile bigint := (SELECT organisation_id FROM principal
	    WHERE handle = 'operator');
	other bigint := (SELECT id FROM organisation
	    WHERE handle = 'org-active');
BEGIN
	FOR s IN SELECT t.states('custody') LOOP
		c := t.custody('C', s, mobile);
		INSERT INTO t.subject (kind, state, name)
		SELECT 'custody', s, name FROM custody WHERE id = c;
	END LOOP;
	FOREACH k IN ARRAY '{dispute,dispute_own}'::text[] LOOP
	FOR s IN SELECT t.states('dispute') LOOP
		c := t.custody(k || s, CASE s WHEN 'open' THEN 'disputed'
		    ELSE 'held' END, CASE k WHEN 'dispute' THEN mobile
		    ELSE other END);
		INSERT INTO dispute (number, custody_id, custodian_id,
		    organisation_id, decision_id, opened_by, ground, state)
		SELECT k || '-' || s, c, organisation_id,
		    CASE k WHEN 'dispute' THEN other ELSE mobile END,
		    gen_random_uuid(), t.who('operator'), 'it is ours', s
		  FROM custody WHERE id = c;
		INSERT INTO t.subject (kind, state, name)
		VALUES (k, s, k || '-' || s);
	END LOOP;
	END LOOP;
END $$;

-- ---- delegated CAs

DO $$ DECLARE
	s text;
	made bigint;
BEGIN
	FOR s IN SELECT t.states('delegated_ca') LOOP
		INSERT INTO delegated_ca (number, organisation_id, role, site_id,
		    csr, spki_sha256, requested_by, statement_id, state)
		SELECT 'DCA-' || s, organisation_id, 'tre', 1, '\x00', t.sha(s),
		    id, (SELECT min(id) FROM statement), s
		  FROM principal WHERE handle = 'supplier-2'
		RETURNING id INTO made;
		INSERT INTO delegated_ca_model VALUES (made, 1);
		INSERT INTO t.subject (kind, state, name, body)
		VALUES ('delegated_ca', s, 'DCA-' || s, jsonb_build_object(
		    'csr_sha256', encode(sha256('\x00'::bytea), 'hex'), 'role', 'tre',
		    'site', 'fab', 'models', '["soc"]'::jsonb,
		    'valid_days', 30));
	END LOOP;
END $$;

-- ---- kinds of TrE

DO $$ DECLARE
	s text;
BEGIN
	FOR s IN SELECT t.states('tre_kind') LOOP
		INSERT INTO tre_kind (name, what, ruleset, default_mode, state)
		VALUES ('kind_' || s, 'another', 'tre-robustness',
		    'tre_and_platform', s);
		INSERT INTO t.subject (kind, state, name)
		VALUES ('tre_kind', s, 'kind_' || s);
	END LOOP;
END $$;
