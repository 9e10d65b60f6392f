-- Audits of sites, up to the report that two auditors stand behind.  What was
-- found is in 133_finding.sql, what is decided on it in 134_audit_decide.sql.

CREATE FUNCTION audit_json(a audit) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('number', a.number, 'site', s.handle,
	    'type', a.type, 'scopes', a.scopes, 'state', a.state,
	    'repeats', (SELECT number FROM audit WHERE id = a.repeats_id),
	    'auditors', jsonb_build_array(x.handle, y.handle),
	    'planned', a.planned, 'result', a.result,
	    'ended', json_time(a.ended),
	    'report', encode(e.sha256, 'hex'), 'summary', a.summary,
	    'evidence', evidence_names(a.rests_on),
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

CREATE FUNCTION audit_plan(p_site text, p_type text, p_scopes text[],
    p_auditors text[], p_planned date) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('officer');
	s site := site_find(p_site);
	a audit;
	failed audit;
	v_kind text := p_type;
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
	IF p_type = 'repeat' THEN
		failed := audit_to_repeat(s.id, p_scopes);
		v_kind := audit_kind(failed);
	END IF;
	PERFORM audit_must_fit(v_kind, x) FROM site_scope x
	 WHERE x.site_id = s.id AND x.scope = ANY (p_scopes);
	INSERT INTO audit (number, site_id, type, scopes, repeats_id,
	    auditor_1, auditor_2, planned, created_by)
	VALUES (next_number('AUD'), s.id, p_type, p_scopes, failed.id,
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
	IF EXISTS (SELECT FROM finding WHERE audit_id = a.id) THEN
		RAISE EXCEPTION '% has findings: it is reported, not cancelled',
		    a.number
		    USING ERRCODE = 'AY004', DETAIL = 'AUDIT_HAS_FINDINGS';
	END IF;
	PERFORM state_must_change(a.number, a.state, 'cancelled');
	UPDATE audit SET state = 'cancelled' WHERE id = a.id
	RETURNING * INTO a;
	RETURN audit_json(a);
END
$$;

-- What a report rests on must hold whenever somebody stands behind it: when it
-- is confirmed, and when it is decided on.
CREATE FUNCTION audit_evidence_must_hold(a audit) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM evidence_hold_still(a.rests_on || a.report_id);
	PERFORM evidence_must_be_good('evidence', evidence_standing(x))
	FROM unnest(a.rests_on || a.report_id) AS x;
END
$$;

-- Not with a critical finding open on any of its scopes, from this audit or
-- from an earlier one.
CREATE FUNCTION audit_must_not_pass(a audit, p_result text) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	v_list text;
BEGIN
	IF p_result <> 'compliant' THEN
		RETURN;
	END IF;
	SELECT string_agg(f.number, ', ' ORDER BY f.id) INTO v_list
	FROM finding f JOIN audit b ON b.id = f.audit_id
	WHERE b.site_id = a.site_id AND f.scope = ANY (a.scopes)
	  AND f.severity = 'critical' AND f.state <> 'closed';
	IF v_list IS NOT NULL THEN
		RAISE EXCEPTION 'result: with a critical finding open (%) % is '
		    'not compliant: close that first', v_list, a.number
		    USING ERRCODE = 'AY004', DETAIL = 'CRITICAL_FINDING';
	END IF;
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
	IF EXISTS (SELECT FROM evidence e JOIN site s
	    ON s.organisation_id = e.organisation_id
	    WHERE e.id = report AND s.id = a.site_id) THEN
		RAISE EXCEPTION 'report: the audited submitted that one: an '
		    'auditor submits the report'
		    USING ERRCODE = 'AY002', DETAIL = 'REPORT_OF_THE_AUDITED';
	END IF;
	SELECT array_agg(evidence_must_hold('evidence', x)) INTO others
	  FROM unnest(p_evidence) x;
	PERFORM audit_must_not_pass(a, p_result);
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

-- Whoever stands behind a report says which: until then it may be filed again, and what
-- they have not read they would have signed.
-- When the audit ended is said, too: what is accredited on it begins and ends by that.
CREATE FUNCTION audit_confirm(p_number text, p_result text, p_report bytea,
    p_ended timestamptz) RETURNS jsonb
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
	IF p_result <> a.result OR json_time(p_ended) <> json_time(a.ended)
	    OR p_report <> (SELECT sha256 FROM evidence
	    WHERE id = a.report_id) THEN
		RAISE EXCEPTION 'the report of % says otherwise: %, report %, '
		    'ended %: read it, and confirm that', a.number, a.result,
		    (SELECT encode(sha256, 'hex') FROM evidence
			WHERE id = a.report_id), json_time(a.ended)
		    USING ERRCODE = 'AY004', DETAIL = 'REPORT_CHANGED';
	END IF;
	PERFORM audit_must_not_pass(a, a.result);
	PERFORM audit_evidence_must_hold(a);
	UPDATE audit SET confirmed_by = who.id, state = 'reported'
	 WHERE id = a.id
	RETURNING * INTO a;
	PERFORM finding_reported(a);
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
	     OLD.reported_by, OLD.confirmed_by, OLD.scopes, OLD.type,
	     OLD.repeats_id, OLD.auditor_1, OLD.auditor_2, OLD.site_id) IS
	    DISTINCT FROM
	    (NEW.result, NEW.ended, NEW.report_id, NEW.rests_on, NEW.summary,
	     NEW.reported_by, NEW.confirmed_by, NEW.scopes, NEW.type,
	     NEW.repeats_id, NEW.auditor_1, NEW.auditor_2, NEW.site_id) THEN
		RAISE EXCEPTION 'the report of % is immutable', OLD.number
		    USING ERRCODE = 'AY002', DETAIL = 'REPORT_IMMUTABLE';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER report_immutable BEFORE UPDATE ON audit
	FOR EACH ROW EXECUTE FUNCTION audit_report_immutable();

GRANT EXECUTE ON FUNCTION
	audit_plan(text, text, text[], text[], date),
	audit_start(text), audit_cancel(text),
	audit_report(text, text, timestamptz, bytea, bytea[], text),
	audit_confirm(text, text, bytea, timestamptz)
	TO assay_api;

-- ---- by the clock

-- An audit that nobody has begun thirty days after its date was forgotten.
CREATE FUNCTION audit_late_at(a audit) RETURNS timestamptz
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT (a.planned + 30)::timestamp AT TIME ZONE 'UTC';
$$;

CREATE FUNCTION clock_audit_late(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a audit;
	n int := 0;
BEGIN
	FOR a IN SELECT x.* FROM audit x WHERE x.state = 'planned'
	    AND audit_late_at(x) <= p_now AND NOT EXISTS (SELECT FROM notice n
		WHERE n.topic = 'alarm.audit_not_begun'
		  AND n.subject = x.number)
	    ORDER BY x.id
	LOOP
		PERFORM alarm_raise('alarm.audit_not_begun', a.number,
		    jsonb_build_object('planned', a.planned, 'site',
			(SELECT handle FROM site WHERE id = a.site_id)), '');
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (110, 'audit_late',
    'an audit not begun 30 days after its date raises an alarm');
