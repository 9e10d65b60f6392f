-- What is decided on an audit, and what that makes of a site's scopes.

CREATE FUNCTION audit_must_be_apart(a audit) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF actor_id() IN (a.auditor_1, a.auditor_2) THEN
		RAISE EXCEPTION 'nobody decides an audit of their own'
		    USING ERRCODE = 'AY002', DETAIL = 'AUDITOR_DECIDES';
	END IF;
END
$$;

CREATE FUNCTION audit_decide(p_number text, p_result text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a audit := audit_take(p_number);
	made proposal;
BEGIN
	PERFORM actor_must('decider');
	PERFORM audit_must_be(a, 'reported');
	IF p_result IS DISTINCT FROM a.result THEN
		RAISE EXCEPTION 'result: the auditors reported %',
		    replace(a.result, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'RESULT_MISMATCH';
	END IF;
	PERFORM audit_must_be_apart(a);
	PERFORM audit_must_not_pass(a, a.result);
	PERFORM audit_evidence_must_hold(a);
	PERFORM statement_must_say(format('/v1/audits/%s/decide', a.number),
	    jsonb_build_object('result', p_result));
	made := proposal_open('audit_decide', a.id, a.number,
	    jsonb_build_object('audit', a.number, 'result', a.result,
	    'type', a.type, 'scopes', a.scopes));
	RETURN proposal_json(made.id);
END
$$;

-- A dry audit gives nine months from its decision, once; a wet one twelve
-- months from the audit's end; a renewal twenty-four.
CREATE FUNCTION audit_gives_until(a audit) RETURNS timestamptz
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT CASE audit_kind(a)
	    WHEN 'dry' THEN assay_now() + interval '9 months'
	    WHEN 'renewal' THEN a.ended + interval '24 months'
	    ELSE a.ended + interval '12 months' END;
$$;

-- When a scope was last suspended, and when it was given back after that; NULLs: never.
CREATE FUNCTION site_scope_taken(x site_scope, OUT at timestamptz,
    OUT recorded timestamptz, OUT back timestamptz)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_id bigint;
BEGIN
	SELECT h.id, h.effective, h.recorded INTO v_id, at, recorded
	FROM history h WHERE h.entity = 'site_scope' AND h.subject_id = x.id
	    AND h.to_state = 'suspended' ORDER BY h.id DESC LIMIT 1;
	back := (SELECT h.effective FROM history h
	    WHERE h.entity = 'site_scope' AND h.subject_id = x.id
	    AND h.id > v_id AND h.to_state IN ('provisional', 'full')
	    ORDER BY h.id LIMIT 1);
END
$$;

-- What was seen was so then.  What has been found since is not undone by it: not
-- that the scope was suspended, also where it has run out meanwhile, nor that a later
-- audit was not passed.
CREATE FUNCTION audit_must_speak_last(a audit, x site_scope) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	taken record := site_scope_taken(x);
	failed text;
BEGIN
	IF a.ended < taken.at AND taken.back IS NULL THEN
		RAISE EXCEPTION '% ended before % was suspended: that takes a '
		    'later audit, or reinstating it', a.number, x.scope
		    USING ERRCODE = 'AY004', DETAIL = 'AUDIT_TOO_OLD';
	END IF;
	SELECT b.number INTO failed FROM audit b
	WHERE b.site_id = x.site_id AND x.scope = ANY (b.scopes)
	    AND b.state IN ('decided', 'closed')
	    AND b.result = 'non_compliant' AND b.ended > a.ended
	ORDER BY b.id DESC LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% ended before %, which did not find % '
		    'compliant: that takes a later audit', a.number, failed,
		    x.scope
		    USING ERRCODE = 'AY004', DETAIL = 'AUDIT_TOO_OLD';
	END IF;
END
$$;

-- Passed.  Provisional begins with its decision.  Full takes effect at the
-- audit's end, however much later it is decided and recorded: what was seen
-- was so then, and there is no gap for a decision that took its time; but not
-- before the scope was given back, where it was suspended since.
CREATE FUNCTION site_scope_grant(a audit, x site_scope) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_dry bool := audit_kind(a) = 'dry';
	v_end timestamptz := audit_gives_until(a);
	taken record := site_scope_taken(x);
BEGIN
	PERFORM audit_must_fit(audit_kind(a), x);
	IF v_end <= assay_now() THEN
		RAISE EXCEPTION '% ended too long ago to accredit anything',
		    a.number
		    USING ERRCODE = 'AY004', DETAIL = 'AUDIT_TOO_OLD';
	END IF;
	PERFORM audit_must_speak_last(a, x);
	UPDATE site_scope SET state = CASE WHEN v_dry THEN 'provisional'
	    ELSE 'full' END, expires = v_end, reason = NULL, audit_id = a.id,
	    effective = CASE WHEN v_dry THEN assay_now()
		WHEN a.ended < taken.at THEN taken.back ELSE a.ended END,
	    was_provisional = was_provisional OR v_dry
	 WHERE id = x.id;
END
$$;

-- It was suspended for something else; from now on it is for this, too, and what was
-- said of the first does not give it back.
CREATE FUNCTION site_scope_stays_down(x site_scope, p_reason text) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE site_scope SET effective = assay_now(), reason = p_reason
	WHERE id = x.id RETURNING * INTO x;
	PERFORM history_note('site_scope', x.id, x.state, to_jsonb(x));
	PERFORM site_scope_tell(x.id);
END
$$;

-- What a decided audit means for one scope.  Who failed keeps what they have,
-- to its end; but an extraordinary audit is held because something is wrong,
-- and when it finds that so, the scope is suspended.  When it does not, it
-- changes nothing: what was suspended is reinstated by two people.
--
-- A decision that was proposed before the scope was last suspended gives nothing:
-- who signed it knew nothing of that, and the authority would not issue on it.
CREATE FUNCTION site_scope_apply(p proposal, a audit, x site_scope)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF audit_kind(a) <> 'extraordinary' THEN
		IF a.result = 'compliant' THEN
			PERFORM proposal_must_be_since(p,
			    (site_scope_taken(x)).recorded);
			PERFORM site_scope_grant(a, x);
		END IF;
	ELSIF a.result = 'non_compliant' AND
	    x.state IN ('provisional', 'full') THEN
		UPDATE site_scope SET state = 'suspended',
		    effective = assay_now(),
		    reason = a.number || ' found it not compliant'
		 WHERE id = x.id;
		PERFORM site_scope_tell(x.id);
	ELSIF a.result = 'non_compliant' AND x.state = 'suspended' THEN
		PERFORM site_scope_stays_down(x, a.number ||
		    ' found it not compliant');
	END IF;
END
$$;

-- The supplier hears that a scope of theirs is suspended, and why.
CREATE FUNCTION site_scope_tell(p_scope bigint) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT notice_add('site.suspended', s.organisation_id, s.handle,
	    jsonb_build_object('scope', x.scope, 'reason', x.reason))
	FROM site_scope x JOIN site s ON s.id = x.site_id
	WHERE x.id = p_scope;
$$;

-- An audit is closed with the last of its findings that have a deadline of
-- their own; minor ones are for the next audit, observations for nobody.
CREATE FUNCTION audit_close(p_audit bigint) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	UPDATE audit SET state = 'closed'
	 WHERE id = p_audit AND state = 'decided' AND NOT EXISTS (
	    SELECT FROM finding WHERE audit_id = p_audit
	      AND severity IN ('major', 'critical') AND state <> 'closed');
$$;

-- What was withdrawn since is out of it; the others were seen as they were reported.
CREATE FUNCTION act_audit_decide(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a audit;
	x site_scope;
BEGIN
	SELECT * INTO STRICT a FROM audit WHERE id = p.subject_id FOR UPDATE;
	PERFORM audit_must_be_apart(a);
	PERFORM audit_must_not_pass(a, a.result);
	PERFORM audit_evidence_must_hold(a);
	UPDATE audit SET state = 'decided' WHERE id = a.id;
	FOR x IN SELECT * FROM site_scope
	    WHERE site_id = a.site_id AND scope = ANY (a.scopes)
	    AND state <> 'withdrawn' ORDER BY id FOR UPDATE
	LOOP
		PERFORM site_scope_apply(p, a, x);
	END LOOP;
	PERFORM audit_close(a.id);
END
$$;

GRANT EXECUTE ON FUNCTION audit_decide(text, text) TO assay_api;

-- ---- audits rest on evidence

-- Those whose report, or what it names, is this piece today.
CREATE FUNCTION audits_on(e evidence) RETURNS SETOF audit
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT * FROM audit a
	WHERE (a.rests_on || a.report_id) && evidence_stands_for(e)
	ORDER BY a.id;
$$;
CREATE INDEX audit_report ON audit USING gin ((rests_on || report_id));

-- An audit whose report proves false carries nothing: the scopes that stand on
-- it are suspended, and their CoCs with them (236_coc_change.sql).  One that
-- has run out was good when it was judged: the scope has an end of its own.
CREATE FUNCTION rests_on_evidence_audit(e evidence) RETURNS SETOF jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x site_scope;
BEGIN
	IF e.state <> 'repudiated' THEN
		RETURN;
	END IF;
	FOR x IN SELECT s.* FROM site_scope s
	    WHERE s.audit_id IN (SELECT id FROM audits_on(e))
	      AND s.state IN ('provisional', 'full')
	    ORDER BY s.id FOR UPDATE
	LOOP
		UPDATE site_scope SET state = 'suspended',
		    effective = assay_now(),
		    reason = left(format('evidence %s repudiated: %s',
			encode(e.sha256, 'hex'), e.judged_reason), 500)
		 WHERE id = x.id;
		PERFORM site_scope_tell(x.id);
		RETURN NEXT jsonb_build_object('entity', 'site_scope',
		    'subject', history_subject('site_scope', x.id, NULL),
		    'from', x.state, 'to', 'suspended');
	END LOOP;
END
$$;

-- The audit, the scopes that stand on it, and the CoCs that these carry.
CREATE FUNCTION evidence_supports_audit(e evidence) RETURNS SETOF jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH RECURSIVE held AS (SELECT * FROM audits_on(e)),
	scopes AS (SELECT * FROM site_scope WHERE audit_id IN
	    (SELECT id FROM held) AND state NOT IN ('expired', 'withdrawn')),
	carried AS (
		SELECT id FROM coc
		WHERE site_scope_id IN (SELECT id FROM scopes)
		UNION
		SELECT k.coc_id FROM carried
		JOIN coc_component k ON k.component_id = carried.id)
	SELECT jsonb_build_object('entity', entity, 'subject', subject,
	    'state', state)
	FROM (SELECT 0 AS ord, id, 'audit' AS entity, number AS subject, state
	    FROM held
	    UNION ALL
	    SELECT 1, id, 'site_scope',
		history_subject('site_scope', id, NULL), state FROM scopes
	    UNION ALL
	    SELECT 2, c.id, 'coc', c.number, c.state FROM coc c
	    WHERE c.id IN (SELECT id FROM carried)
	      AND c.state IN ('provisional', 'certified', 'suspended')) AS t
	ORDER BY ord, id;
$$;
INSERT INTO evidence_use (name, ord) VALUES ('audit', 10);
