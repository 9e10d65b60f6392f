-- Four eyes: one proposes, another approves, and only then does it happen.
--
-- proposal_open() records what is proposed; proposal_judge() records the
-- second person's verdict and, when it is "approve", calls act_NAME(proposal),
-- which does the thing, or orders it from the authority.  A rejection calls
-- reject_NAME(proposal) where there is one; so do its proposer's withdrawal
-- and the clock, when nobody has judged it for 30 days.  Both people's signed
-- requests are kept (statement).  policy/roles.txt says who may do what.

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles) VALUES
  ('organisation_activate', 'organisation', '{officer}', '{decider}'),
  ('organisation_reinstate','organisation', '{officer}', '{decider}'),
  ('principal_create',      'principal',    '{officer}', '{decider}'),
  ('principal_unlock',      'principal',    '{officer,security}', '{decider}'),
  ('site_reinstate',        'site',         '{officer,security}', '{decider}'),
  ('audit_decide',          'audit',        '{decider}', '{decider}'),
  ('coc_certify',           'coc',          '{decider}', '{decider}'),
  ('coc_suspend',           'coc',          '{decider}', '{decider}'),
  ('coc_reinstate',         'coc',          '{decider}', '{decider}'),
  ('coc_withdraw',          'coc',          '{decider}', '{decider}'),
  ('measure_impose',        'measure',      '{security,decider}', '{security,decider}'),
  ('measure_lift',          'measure',      '{security,decider}', '{security,decider}'),
  ('certificate_release',   'certificate',  '{security}', '{security,decider}');

CREATE FUNCTION proposal_open(p_act text, p_subject_id bigint,
    p_subject_number text, p_terms jsonb) RETURNS proposal
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a act;
	who principal;
	made proposal;
BEGIN
	SELECT * INTO STRICT a FROM act WHERE name = p_act;
	who := actor_must(VARIADIC a.proposer_roles);
	IF statement_id() IS NULL THEN
		RAISE EXCEPTION 'a proposal must be signed by its proposer'
		    USING ERRCODE = 'AY002', DETAIL = 'STATEMENT_REQUIRED';
	END IF;
	INSERT INTO proposal (act, subject_id, subject_number, terms,
	    terms_sha256, proposed_by, statement_id)
	SELECT p_act, p_subject_id, p_subject_number, p_terms, sha256(s.body),
	    who.id, s.id
	  FROM statement s WHERE s.id = statement_id()
	ON CONFLICT (act, subject_id) WHERE state = 'open' DO NOTHING
	RETURNING * INTO made;
	IF made.id IS NULL THEN
		RAISE EXCEPTION 'a proposal on % waits for its approval already',
		    p_subject_number
		    USING ERRCODE = 'AY004', DETAIL = 'PROPOSAL_OPEN';
	END IF;
	RETURN made;
END
$$;

-- What an act would hit, for those who are to approve it, where there is a
-- function reach_ACT(proposal).
CREATE FUNCTION proposal_reach(p proposal) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	reach jsonb;
BEGIN
	IF to_regprocedure('assay.reach_' || p.act || '(assay.proposal)')
	    IS NOT NULL THEN
		EXECUTE format('SELECT assay.%I($1)', 'reach_' || p.act)
		INTO reach USING p;
	END IF;
	RETURN reach;
END
$$;

-- What an end of a proposal does to its subject: act_NAME, or reject_NAME where
-- there is one.
CREATE FUNCTION proposal_carry_out(p proposal, p_verb text) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	call text := p_verb || '_' || p.act;
BEGIN
	IF p_verb = 'act' OR
	    to_regprocedure('assay.' || call || '(assay.proposal)') IS NOT NULL
	THEN
		EXECUTE format('SELECT assay.%I($1)', call) USING p;
	END IF;
END
$$;

CREATE FUNCTION proposal_take(p_id bigint) RETURNS proposal
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p proposal;
BEGIN
	SELECT * INTO p FROM proposal WHERE id = p_id FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no proposal %', p_id
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN p;
END
$$;

-- When, if nobody judges it: what it rested on has moved on by then.
CREATE FUNCTION proposal_lapses(p proposal) RETURNS timestamptz
	LANGUAGE sql STABLE SET search_path = assay, pg_temp
	AS $$ SELECT p.created + interval '30 days' $$;

CREATE FUNCTION proposal_must_be_open(p proposal) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p.state <> 'open' THEN
		RAISE EXCEPTION 'the proposal on % is % already',
		    p.subject_number, p.state
		    USING ERRCODE = 'AY004', DETAIL = 'PROPOSAL_CLOSED';
	END IF;
	IF proposal_lapses(p) <= assay_now() THEN
		RAISE EXCEPTION 'the proposal on % lapsed at %: propose anew',
		    p.subject_number, json_time(proposal_lapses(p))
		    USING ERRCODE = 'AY004', DETAIL = 'PROPOSAL_CLOSED';
	END IF;
END
$$;

-- Giving back what was taken is proposed after it was taken: what somebody said of
-- one loss does not end the next.
CREATE FUNCTION proposal_must_be_since(p proposal, p_taken timestamptz)
	RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p.created < p_taken THEN
		RAISE EXCEPTION 'this on % was proposed before what it is to '
		    'undo: reject it, and propose anew', p.subject_number
		    USING ERRCODE = 'AY004', DETAIL = 'PROPOSAL_STALE';
	END IF;
END
$$;

-- Whoever proposed must still be somebody who may act: what a credential
-- proposed that was locked or revoked since is proposed anew.
CREATE FUNCTION proposal_must_have_proposer(p proposal) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT principal_stands_behind(p.proposed_by, p.created) THEN
		RAISE EXCEPTION 'who proposed this on % may no longer act: '
		    'reject it, and have it proposed anew', p.subject_number
		    USING ERRCODE = 'AY004', DETAIL = 'PROPOSER_NOT_ACTIVE';
	END IF;
END
$$;

-- The second person's word.  They say what they saw: the act, and the SHA-256
-- of the octets that the proposer signed; where the act asks for it, also the
-- number of devices that it hits.
CREATE FUNCTION proposal_judge(p_id bigint, p_subject text, p_act text,
    p_terms_sha256 bytea, p_verdict text, p_reason text,
    p_count bigint DEFAULT NULL) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p proposal := proposal_take(p_id);
	who principal;
BEGIN
	SELECT * INTO who FROM actor_must(VARIADIC
	    (SELECT approver_roles FROM act WHERE name = p.act));
	PERFORM proposal_must_be_open(p);
	IF p_verdict = 'reject' THEN
		PERFORM reason_must('a rejection', p_reason);
	END IF;
	IF who.id = p.proposed_by THEN
		RAISE EXCEPTION 'four eyes: % proposed this, so somebody else '
		    'must judge it', who.handle
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
	IF statement_id() IS NULL THEN
		RAISE EXCEPTION 'a verdict must be signed'
		    USING ERRCODE = 'AY002', DETAIL = 'STATEMENT_REQUIRED';
	END IF;
	IF (p_subject, p_act, p_terms_sha256) IS DISTINCT FROM
	    (p.subject_number, p.act, p.terms_sha256::bytea) THEN
		RAISE EXCEPTION 'what you signed is not what is proposed on %: '
		    'read it again', p.subject_number
		    USING ERRCODE = 'AY004', DETAIL = 'TERMS_CHANGED';
	END IF;
	IF p_verdict = 'approve' THEN
		PERFORM proposal_must_have_proposer(p);
	END IF;
	PERFORM statement_must_say(format('/v1/proposals/%s/approve', p.id),
	    jsonb_build_object('subject', p_subject, 'act', p_act,
	    'terms_sha256', encode(p_terms_sha256, 'hex'),
	    'verdict', p_verdict, 'reason', p_reason, 'count', p_count));
	INSERT INTO approval (proposal_id, principal_id, verdict, reason,
	    reach, count, statement_id)
	VALUES (p.id, who.id, p_verdict, p_reason, proposal_reach(p), p_count,
	    statement_id());
	UPDATE proposal SET state = CASE p_verdict
	    WHEN 'approve' THEN 'approved' ELSE 'rejected' END
	 WHERE id = p.id;
	PERFORM proposal_carry_out(p, CASE p_verdict
	    WHEN 'approve' THEN 'act' ELSE 'reject' END);
	RETURN proposal_json(p.id);
END
$$;

-- The proposer thinks better of it: nobody else can.
CREATE FUNCTION proposal_withdraw(p_id bigint, p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p proposal := proposal_take(p_id);
	who principal := actor();
BEGIN
	IF who.id <> p.proposed_by THEN
		RAISE EXCEPTION 'only who proposed this on % may withdraw it',
		    p.subject_number
		    USING ERRCODE = 'AY002', DETAIL = 'NOT_ITS_PROPOSER',
		    HINT = 'somebody else rejects it';
	END IF;
	PERFORM proposal_must_be_open(p);
	PERFORM statement_must_say(format('/v1/proposals/%s/withdraw', p.id),
	    jsonb_build_object('reason', p_reason));
	INSERT INTO approval (proposal_id, principal_id, verdict, reason,
	    statement_id)
	VALUES (p.id, who.id, 'withdraw', p_reason, statement_id());
	UPDATE proposal SET state = 'withdrawn' WHERE id = p.id;
	PERFORM proposal_carry_out(p, 'reject');
	RETURN proposal_json(p.id);
END
$$;

-- How a proposal reads, to the body alone.
CREATE FUNCTION proposal_json(p_id bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT jsonb_build_object(
	    'proposal', p.id, 'act', p.act, 'subject', p.subject_number,
	    'state', p.state, 'order', (SELECT jsonb_build_object(
		'state', r.state, 'error', r.error) FROM "order" r
		WHERE r.kind = p.act AND r.subject_id = p.id), 'terms', p.terms,
	    'terms_sha256', encode(p.terms_sha256, 'hex'),
	    'proposed_by', w.handle, 'created', json_time(p.created),
	    'approvers', a.approver_roles,
	    'reach', CASE p.state WHEN 'open' THEN proposal_reach(p) END,
	    'verdicts', coalesce((SELECT jsonb_agg(jsonb_build_object(
		'by', v.handle, 'verdict', x.verdict, 'reason', x.reason,
		'reach', x.reach, 'count', x.count,
		'at', json_time(x.created)) ORDER BY x.id)
		FROM approval x JOIN principal v ON v.id = x.principal_id
		WHERE x.proposal_id = p.id), '[]'))
	  FROM proposal p
	  JOIN principal w ON w.id = p.proposed_by
	  JOIN act a ON a.name = p.act
	 WHERE p.id = p_id AND actor_is_body());
END
$$;
CREATE FUNCTION proposal_json(p proposal) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'BEGIN RETURN proposal_json(p.id); END';
CREATE INDEX proposal_subject ON proposal (subject_number, id);

GRANT EXECUTE ON FUNCTION
	proposal_judge(bigint, text, text, bytea, text, text, bigint),
	proposal_withdraw(bigint, text), proposal_json(bigint)
	TO assay_api;
