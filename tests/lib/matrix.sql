-- A subject in each state, after matrix_cast.sql and matrix_accreditation.sql:
-- whatever else there is.
--
-- A new noun: make one whole row, then t.each('noun', 'table', id, '{...}').

SET search_path = assay, t, pg_temp;
SET session_replication_role = replica;

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
