-- A subject in each state, after matrix_cast.sql: sites and what is found there,
-- models and what is said of them, CoCs, measures.

SET search_path = assay, t, pg_temp;
SET session_replication_role = replica;

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
    date_trunc('day', assay_now() + interval '3 days', 'UTC'), 1, 'fine', t.who('auditor-2'),
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
