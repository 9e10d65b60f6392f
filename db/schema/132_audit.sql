-- Audits of sites, and what a decided audit makes of a site's scopes.

CREATE FUNCTION audit_json(a audit) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('number', a.number, 'site', s.handle,
	    'type', a.type, 'scopes', a.scopes, 'state', a.state,
	    'auditors', jsonb_build_array(x.handle, y.handle),
	    'planned', a.planned, 'result', a.result,
	    'ended', json_time(a.ended),
	    'report', encode(e.sha256, 'hex'), 'summary', a.summary,
	    'evidence', ARRAY(SELECT encode(sha256, 'hex') FROM evidence
		WHERE id = ANY (a.rests_on) ORDER BY id),
	    'reported_by', r.handle, 'confirmed_by', c.handle,
	    'created', json_time(a.created))
	  FROM site s
	  JOIN principal x ON x.id = a.auditor_1
	  JOIN principal y ON y.id = a.auditor_2
	  LEFT JOIN evidence e ON e.id = a.report_id
	  LEFT JOIN principal r ON r.id = a.reported_by
	  LEFT JOIN principal c ON c.id = a.confirmed_by
	 WHERE s.id = a.site_id;
$$;

-- For change: the row is locked.
CREATE FUNCTION audit_take(p_number text) RETURNS audit
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a audit;
BEGIN
	SELECT * INTO a FROM audit WHERE number = p_number FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no audit %', p_number
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN a;
END
$$;

CREATE FUNCTION audit_must_be(a audit, p_state text) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF a.state <> p_state THEN
		RAISE EXCEPTION '% is %, not %', a.number,
		    replace(a.state, '_', ' '), replace(p_state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
END
$$;

-- May an audit of this type be about a scope in this state?
CREATE FUNCTION audit_must_fit(p_type text, x site_scope) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_type = 'dry' AND x.was_provisional THEN
		RAISE EXCEPTION 'the scope % was provisional before: that is '
		    'granted once, so plan a wet audit', x.scope
		    USING ERRCODE = 'AY004', DETAIL = 'PROVISIONAL_ONCE';
	END IF;
	IF x.state = 'withdrawn' OR
	    p_type = 'dry' AND x.state <> 'registered' OR
	    p_type IN ('wet', 'repeat') AND x.state = 'full' OR
	    p_type = 'renewal' AND x.state <> 'full' THEN
		RAISE EXCEPTION 'the scope % is %: a % audit is not for it',
		    x.scope, x.state, p_type
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
END
$$;

CREATE FUNCTION audit_plan(p_site text, p_type text, p_scopes text[],
    p_auditors text[], p_planned date) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('officer');
	s site := site_find(p_site);
	a audit;
	missing text;
BEGIN
	IF cardinality(p_auditors) <> 2 OR p_auditors[1] = p_auditors[2] THEN
		RAISE EXCEPTION 'auditors: two different ones are needed'
		    USING ERRCODE = 'AY001', DETAIL = 'TWO_AUDITORS';
	END IF;
	SELECT x INTO missing FROM unnest(p_auditors) x
	 WHERE (principal_find(x)).role <> 'auditor'
	    OR (principal_find(x)).state <> 'active' LIMIT 1;
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION 'auditors: % is no active auditor', missing
		    USING ERRCODE = 'AY001', DETAIL = 'ROLE_MISMATCH';
	END IF;
	SELECT x INTO missing FROM unnest(p_scopes) x
	 WHERE NOT EXISTS (SELECT FROM site_scope
	    WHERE site_id = s.id AND scope = x) LIMIT 1;
	IF missing IS NOT NULL OR cardinality(p_scopes) = 0 THEN
		RAISE EXCEPTION 'scopes: % has no scope %', s.handle,
		    coalesce(missing, '(none given)')
		    USING ERRCODE = 'AY001', DETAIL = 'SCOPE_UNKNOWN';
	END IF;
	PERFORM audit_must_fit(p_type, x) FROM site_scope x
	 WHERE x.site_id = s.id AND x.scope = ANY (p_scopes);
	INSERT INTO audit (number, site_id, type, scopes, auditor_1,
	    auditor_2, planned, created_by)
	VALUES (next_number('AUD'), s.id, p_type, p_scopes,
	    (principal_find(p_auditors[1])).id,
	    (principal_find(p_auditors[2])).id, p_planned, who.id)
	RETURNING * INTO a;
	RETURN audit_json(a);
END
$$;

CREATE FUNCTION audit_must_audit(a audit) RETURNS principal
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('auditor');
BEGIN
	IF who.id NOT IN (a.auditor_1, a.auditor_2) THEN
		RAISE EXCEPTION '% is not an auditor of %', who.handle,
		    a.number
		    USING ERRCODE = 'AY002', DETAIL = 'NOT_ITS_AUDITOR';
	END IF;
	RETURN who;
END
$$;

CREATE FUNCTION audit_start(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a audit := audit_take(p_number);
BEGIN
	PERFORM audit_must_audit(a);
	PERFORM audit_must_be(a, 'planned');
	UPDATE audit SET state = 'in_progress' WHERE id = a.id
	RETURNING * INTO a;
	RETURN audit_json(a);
END
$$;

CREATE FUNCTION audit_cancel(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a audit := audit_take(p_number);
BEGIN
	PERFORM actor_must('officer');
	UPDATE audit SET state = 'cancelled' WHERE id = a.id
	RETURNING * INTO a;
	RETURN audit_json(a);
END
$$;

-- One auditor files the report, of accepted evidence; until the other one
-- stands behind it, it may be filed again.
CREATE FUNCTION audit_report(p_number text, p_result text,
    p_ended timestamptz, p_report bytea, p_evidence bytea[], p_summary text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a audit := audit_take(p_number);
	who principal := audit_must_audit(a);
	report bigint;
	others bigint[];
BEGIN
	PERFORM audit_must_be(a, 'in_progress');
	report := evidence_must_hold('report', p_report);
	SELECT array_agg(evidence_must_hold('evidence', x)) INTO others
	  FROM unnest(p_evidence) x;
	IF p_ended > assay_now() + interval '1 minute' THEN
		RAISE EXCEPTION 'ended: an audit ends before it is reported'
		    USING ERRCODE = 'AY001', DETAIL = 'TIME_IN_FUTURE';
	END IF;
	UPDATE audit SET result = p_result, ended = p_ended,
	    report_id = report, rests_on = coalesce(others, '{}'),
	    summary = p_summary, reported_by = who.id
	 WHERE id = a.id
	RETURNING * INTO a;
	RETURN audit_json(a);
END
$$;

CREATE FUNCTION audit_confirm(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a audit := audit_take(p_number);
	who principal := audit_must_audit(a);
BEGIN
	PERFORM audit_must_be(a, 'in_progress');
	IF a.reported_by IS NULL THEN
		RAISE EXCEPTION '% has no report yet', a.number
		    USING ERRCODE = 'AY004', DETAIL = 'NO_REPORT';
	END IF;
	IF a.reported_by = who.id THEN
		RAISE EXCEPTION 'four eyes: the other auditor must confirm '
		    'the report'
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
	UPDATE audit SET confirmed_by = who.id, state = 'reported'
	 WHERE id = a.id
	RETURNING * INTO a;
	RETURN audit_json(a);
END
$$;

-- What two auditors reported does not change.
CREATE FUNCTION audit_report_immutable() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF OLD.state NOT IN ('planned', 'in_progress') AND
	    (OLD.result, OLD.ended, OLD.report_id, OLD.rests_on, OLD.summary,
	     OLD.reported_by, OLD.confirmed_by, OLD.scopes, OLD.type) IS
	    DISTINCT FROM
	    (NEW.result, NEW.ended, NEW.report_id, NEW.rests_on, NEW.summary,
	     NEW.reported_by, NEW.confirmed_by, NEW.scopes, NEW.type) THEN
		RAISE EXCEPTION 'the report of % is immutable', OLD.number
		    USING ERRCODE = 'AY002', DETAIL = 'REPORT_IMMUTABLE';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER report_immutable BEFORE UPDATE ON audit
	FOR EACH ROW EXECUTE FUNCTION audit_report_immutable();

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
	IF actor_id() IN (a.auditor_1, a.auditor_2) THEN
		RAISE EXCEPTION 'nobody decides an audit of their own'
		    USING ERRCODE = 'AY002', DETAIL = 'AUDITOR_DECIDES';
	END IF;
	PERFORM statement_must_say(format('/v1/audits/%s/decide', a.number),
	    jsonb_build_object('result', p_result));
	made := proposal_open('audit_decide', a.id, a.number,
	    jsonb_build_object('audit', a.number, 'result', a.result,
	    'type', a.type, 'scopes', a.scopes));
	RETURN proposal_json(made.id);
END
$$;

-- What a decided audit means for one scope of its site.  A dry audit gives
-- nine months, once; a wet one, or its repeat, twelve months from the audit's
-- end; a renewal twenty-four.  An extraordinary one changes nothing by itself.
-- A failed one leaves the scope what it is, to its end.
CREATE FUNCTION site_scope_apply(a audit, x site_scope) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_to text := CASE a.type WHEN 'dry' THEN 'provisional' ELSE 'full' END;
	v_end timestamptz := CASE a.type
	    WHEN 'dry' THEN assay_now() + interval '9 months'
	    WHEN 'renewal' THEN a.ended + interval '24 months'
	    ELSE a.ended + interval '12 months' END;
BEGIN
	IF a.result <> 'compliant' OR a.type = 'extraordinary' THEN
		RETURN;
	END IF;
	PERFORM audit_must_fit(a.type, x);
	IF v_end <= assay_now() THEN
		RAISE EXCEPTION '% ended too long ago to accredit anything',
		    a.number
		    USING ERRCODE = 'AY004', DETAIL = 'AUDIT_TOO_OLD';
	END IF;
	UPDATE site_scope SET state = v_to, effective = assay_now(),
	    expires = v_end, was_provisional = was_provisional OR a.type = 'dry'
	 WHERE id = x.id;
END
$$;

CREATE FUNCTION act_audit_decide(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a audit;
	x site_scope;
BEGIN
	SELECT * INTO STRICT a FROM audit WHERE id = p.subject_id FOR UPDATE;
	IF actor_id() IN (a.auditor_1, a.auditor_2) THEN
		RAISE EXCEPTION 'nobody decides an audit of their own'
		    USING ERRCODE = 'AY002', DETAIL = 'AUDITOR_DECIDES';
	END IF;
	UPDATE audit SET state = 'decided' WHERE id = a.id;
	FOR x IN SELECT * FROM site_scope
	    WHERE site_id = a.site_id AND scope = ANY (a.scopes) FOR UPDATE
	LOOP
		PERFORM site_scope_apply(a, x);
	END LOOP;
	UPDATE audit SET state = 'closed' WHERE id = a.id;
END
$$;

GRANT EXECUTE ON FUNCTION audit_json(audit),
	audit_plan(text, text, text[], text[], date),
	audit_start(text), audit_cancel(text),
	audit_report(text, text, timestamptz, bytea, bytea[], text),
	audit_confirm(text), audit_decide(text, text)
	TO assay_api;
