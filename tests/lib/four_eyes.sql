-- For tests of what takes two people: after matrix.sql, by the superuser.

SET search_path = assay, t, pg_temp;

-- What each act may be done to, in tests/lib/matrix.sql's words; a new act is a
-- row here.  otherwise: the refusal of a second person's approval that shows
-- that four eyes were enough, where the act itself takes more than a state.
CREATE TABLE t.act_on (
	act text PRIMARY KEY, kind text, state text, otherwise text
);
INSERT INTO t.act_on VALUES
	('organisation_activate', 'organisation', 'applicant', NULL),
	('organisation_reinstate', 'organisation', 'suspended', NULL),
	('principal_create', 'principal', 'proposed', NULL),
	('principal_unlock', 'principal', 'locked', NULL),
	('site_reinstate', 'site_scope', 'suspended', NULL),
	('audit_decide', 'audit', 'reported', NULL),
	('coc_certify', 'coc', 'proposed', 'COC_PREREQUISITES'),
	('coc_suspend', 'coc', 'certified', NULL),
	('coc_reinstate', 'coc', 'suspended', 'COC_PREREQUISITES'),
	('coc_withdraw', 'coc', 'certified', NULL),
	('measure_impose', 'measure', 'proposed', NULL),
	('measure_lift', 'measure', 'in_force', NULL),
	('certificate_release', 'certificate', 'on_hold', NULL),
	('device_release', 'device', 'quarantined', NULL),
	('delegated_ca_certify', 'delegated_ca', 'requested',
	    'DELEGATED_CA_NOT_ACCREDITED'),
	('device_rebind', 'rebinding', 'requested', 'REBINDING_OBSTACLE'),
	('reference_accept', 'reference', 'submitted', NULL),
	('ruleset_adopt', 'ruleset', 'draft', NULL),
	('tre_kind_add', 'tre_kind', 'proposed', NULL),
	('declaration_uphold', 'declaration', 'challenged', NULL),
	('declaration_refute', 'declaration', 'challenged', NULL),
	('measure_dismiss', 'measure_arisen', 'proposed', NULL),
	('appeal_decide', 'appeal', 'filed', NULL),
	('correction_confirm', 'correction', 'reported', NULL),
	('incident_dismiss', 'incident', 'triaged', NULL),
	('ca_retire', 'issuer', 'active', NULL),
	('ca_root_new', 'ca_root', 'active', NULL),
	('ca_key_destroy', 'issuer', 'retired', NULL),
	('custody_release', 'organisation', 'suspended', NULL),
	('dispute_decide', 'dispute', 'open', NULL),
	('restore_resolve', 'restore', 'lost', NULL);

CREATE FUNCTION t.id_of(kind text, name text) RETURNS bigint LANGUAGE sql AS $$
	SELECT CASE $1
	    WHEN 'organisation' THEN (SELECT id FROM assay.organisation
		WHERE handle = $2)
	    WHEN 'principal' THEN (SELECT id FROM assay.principal
		WHERE handle = $2)
	    WHEN 'site_scope' THEN (SELECT id FROM assay.site
		WHERE handle = $2)
	    WHEN 'audit' THEN (SELECT id FROM assay.audit WHERE number = $2)
	    WHEN 'coc' THEN (SELECT id FROM assay.coc WHERE number = $2)
	    WHEN 'measure' THEN (SELECT id FROM assay.measure
		WHERE number = $2)
	    WHEN 'certificate' THEN (SELECT assay.certificate_subject(issuer_id,
		index) FROM assay.certificate WHERE encode(serial, 'hex') = $2)
	    WHEN 'device' THEN (SELECT id FROM assay.device
		WHERE kind || '/' || device_id = $2)
	    WHEN 'rebinding' THEN (SELECT id FROM assay.rebinding
		WHERE number = $2)
	    WHEN 'reference' THEN (SELECT id FROM assay.reference
		WHERE number = $2)
	    WHEN 'ruleset' THEN (SELECT id FROM assay.ruleset
		WHERE name || '/' || version = $2)
	    WHEN 'tre_kind' THEN (SELECT id FROM assay.tre_kind
		WHERE tre_kind.name = $2)
	    WHEN 'declaration' THEN (SELECT id FROM assay.declaration
		WHERE number = $2)
	    WHEN 'measure_arisen' THEN (SELECT id FROM assay.measure
		WHERE number = $2)
	    WHEN 'delegated_ca' THEN (SELECT id FROM assay.delegated_ca
		WHERE number = $2)
	    WHEN 'appeal' THEN (SELECT id FROM assay.appeal
		WHERE number = $2)
	    WHEN 'correction' THEN (SELECT id FROM assay.correction
		WHERE number = $2)
	    WHEN 'incident' THEN (SELECT id FROM assay.incident
		WHERE number = $2)
	    WHEN 'issuer' THEN $2::bigint
	    WHEN 'restore' THEN (SELECT id FROM assay.restore
		WHERE number = $2)
	    WHEN 'ca_root' THEN $2::bigint
	    WHEN 'dispute' THEN (SELECT id FROM assay.dispute
		WHERE number = $2)
	    END $$;

-- One of those who propose, and one of those who approve, who is another.
CREATE FUNCTION t.proposer(p_act text) RETURNS text LANGUAGE sql
	SECURITY DEFINER AS $$
	SELECT proposer_roles[1] FROM assay.act WHERE name = p_act $$;
CREATE FUNCTION t.approver(p_act text) RETURNS text LANGUAGE sql
	SECURITY DEFINER AS $$
	SELECT approver_roles[1] || CASE approver_roles[1]
	    WHEN proposer_roles[1] THEN '-2' ELSE '' END
	  FROM assay.act WHERE name = p_act $$;

-- Proposed, as its function would have; the number of the proposal.
CREATE FUNCTION t.propose(p_act text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	o t.act_on;
	s t.subject;
	st bigint;
	made bigint;
BEGIN
	SELECT * INTO STRICT o FROM t.act_on WHERE act = p_act;
	SELECT * INTO STRICT s FROM t.subject
	 WHERE kind = o.kind AND state = o.state;
	INSERT INTO assay.statement (principal_id, url, body, jws, jws_sha256)
	VALUES (t.who(t.proposer(p_act)), '/', '{}', '', t.sha(p_act))
	RETURNING id INTO st;
	INSERT INTO assay.proposal (act, subject_id, subject_number, terms,
	    terms_sha256, proposed_by, statement_id)
	VALUES (p_act, t.id_of(o.kind, s.name), s.name,
	    '{"reason": "as tested", "event": 9, "claims": 0, "valid_days": 30, "scopes": [],
	    "verdict": "dismissed"}',
	    t.sha('{}'), t.who(t.proposer(p_act)), st)
	RETURNING id INTO made;
	RETURN made;
END $$;

-- As that principal, from now on.
CREATE PROCEDURE t.as(h text) LANGUAGE sql SECURITY DEFINER AS $$
	SELECT assay.actor_begin((SELECT id FROM assay.principal
	    WHERE handle = h)) $$;
CREATE FUNCTION t.sign(url text, body jsonb) RETURNS bigint LANGUAGE sql AS $$
	SELECT assay.statement_add(url, convert_to(body::text, 'UTF8'),
	    gen_random_uuid()::text) $$;
-- What the second person signs, and says; they know it, whatever they may see.
CREATE FUNCTION t.proposed(p bigint) RETURNS assay.proposal LANGUAGE sql
	SECURITY DEFINER AS $$
	SELECT * FROM assay.proposal WHERE id = p $$;
CREATE FUNCTION t.terms(p bigint, v text) RETURNS jsonb LANGUAGE sql
	SECURITY DEFINER AS $$
	SELECT jsonb_build_object('subject', subject_number, 'act', act,
	    'terms_sha256', encode(terms_sha256, 'hex'), 'verdict', v,
	    'reason', 'as tested') FROM assay.proposal WHERE id = p $$;
CREATE FUNCTION t.say(p bigint, v text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT assay.proposal_judge(id, subject_number, act, terms_sha256, v,
	    'as tested') FROM t.proposed(p) $$;
CREATE FUNCTION t.judge(p bigint, v text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/proposals/' || p || '/approve', t.terms(p, v));
	SELECT t.say(p, v) $$;
CREATE FUNCTION t.withdraw(p bigint) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/proposals/' || p || '/withdraw',
	    '{"reason": "as tested"}');
	SELECT assay.proposal_withdraw(p, 'as tested') $$;
-- true, or the transaction fails
CREATE FUNCTION t.so(holds bool, what text DEFAULT '') RETURNS void
	LANGUAGE plpgsql AS $$ BEGIN
	IF holds IS NOT TRUE THEN RAISE 'not so: %', what; END IF; END $$;
-- the subject's state
CREATE FUNCTION t.state_of(p_act text) RETURNS text LANGUAGE plpgsql
	SECURITY DEFINER AS $$
DECLARE
	o t.act_on;
	n text;
	s text;
BEGIN
	SELECT * INTO STRICT o FROM t.act_on WHERE act = p_act;
	SELECT name INTO STRICT n FROM t.subject
	 WHERE kind = o.kind AND state = o.state;
	IF o.kind = 'certificate' THEN
		SELECT state INTO s FROM assay.certificate
		 WHERE encode(serial, 'hex') = n;
	ELSE
		EXECUTE format('SELECT state FROM assay.%I WHERE %s = $1',
		    CASE o.kind WHEN 'measure_arisen' THEN 'measure'
		    WHEN 'ca_root' THEN 'issuer' ELSE o.kind END, CASE o.kind WHEN 'site_scope' THEN 'site_id'
		    ELSE 'id' END) INTO s USING t.id_of(o.kind, n);
	END IF;
	RETURN s;
END $$;
GRANT USAGE ON SCHEMA t TO assay_api;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA t TO assay_api;
