-- What becomes of a finding: the supplier answers and plans, an auditor or an
-- officer accepts the plan and closes it, and the clock runs meanwhile.
--
-- An answer alone does not stop the clock, and takes no overdue finding off
-- the list: only what somebody else accepts does.

CREATE FUNCTION finding_term(p_severity text) RETURNS interval
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE p_severity WHEN 'critical' THEN interval '7 days'
	    WHEN 'major' THEN interval '90 days' END;
$$;

-- Both auditors stand behind the report: deadlines run from now.  Minor
-- findings that earlier audits of the site left open are due with it.
CREATE FUNCTION finding_reported(a audit) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	f finding;
BEGIN
	UPDATE finding SET due = assay_now() + finding_term(severity)
	 WHERE audit_id = a.id AND state <> 'closed';
	UPDATE finding SET due = assay_now(), due_by = a.id
	 WHERE severity = 'minor' AND state <> 'closed' AND due IS NULL
	   AND audit_id IN (SELECT id FROM audit WHERE site_id = a.site_id
	    AND id <> a.id AND state IN ('reported', 'decided', 'closed'));
	FOR f IN SELECT * FROM finding WHERE audit_id = a.id ORDER BY id LOOP
		PERFORM notice_add('finding.reported', finding_organisation(f),
		    f.number, finding_brief(f));
	END LOOP;
END
$$;

CREATE FUNCTION finding_brief(f finding) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('severity', f.severity, 'scope', f.scope,
	    'audit', a.number, 'site', s.handle, 'due', json_time(f.due))
	FROM audit a JOIN site s ON s.id = a.site_id WHERE a.id = f.audit_id;
$$;

-- ---- the supplier's part

CREATE FUNCTION finding_must_not_be_closed(f finding) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF f.state = 'closed' THEN
		RAISE EXCEPTION '% is closed', f.number
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
END
$$;

CREATE FUNCTION finding_must_be_yours(f finding) RETURNS principal
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier');
BEGIN
	PERFORM actor_must_own(finding_organisation(f));
	PERFORM finding_must_not_be_closed(f);
	RETURN who;
END
$$;

-- Files of the supplier's own that nobody has turned down; accepting them is
-- for closing.
CREATE FUNCTION finding_evidence(p_organisation bigint, p_evidence bytea[])
	RETURNS bigint[]
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	v_one bytea;
BEGIN
	SELECT x INTO v_one FROM unnest(p_evidence) AS x
	WHERE NOT EXISTS (SELECT FROM evidence e WHERE e.sha256 = x
	    AND e.organisation_id = p_organisation
	    AND e.state IN ('submitted', 'accepted')) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'evidence: % is no file of yours that holds: '
		    'upload it first', encode(v_one, 'hex')
		    USING ERRCODE = 'AY001', DETAIL = 'EVIDENCE_ABSENT';
	END IF;
	RETURN ARRAY(SELECT id FROM evidence WHERE sha256 = ANY (p_evidence));
END
$$;

CREATE FUNCTION finding_respond(p_number text, p_text text,
    p_evidence bytea[]) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	f finding := finding_take(p_number);
	who principal := finding_must_be_yours(f);
BEGIN
	INSERT INTO finding_response (finding_id, principal_id, text, evidence)
	VALUES (f.id, who.id, p_text,
	    finding_evidence(who.organisation_id, p_evidence));
	IF f.state = 'open' THEN
		UPDATE finding SET state = 'responded', effective = assay_now()
		 WHERE id = f.id RETURNING * INTO f;
	END IF;
	RETURN finding_whole_json(f);
END
$$;

-- One that is open again is answered again: what was said of it before is what closed
-- it, on what proved false.
CREATE FUNCTION finding_must_be_answered(f finding) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF f.state = 'open' OR NOT EXISTS (SELECT FROM finding_response
	    WHERE finding_id = f.id) THEN
		RAISE EXCEPTION '% was not answered yet: its supplier responds '
		    'first', f.number
		    USING ERRCODE = 'AY004', DETAIL = 'FINDING_UNANSWERED';
	END IF;
END
$$;

-- Within its term, once it is overdue: as long as it had been given at first, and no
-- longer; a minor one as long as a major one.
CREATE FUNCTION finding_last_day(f finding) RETURNS date
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT ((CASE WHEN f.due > assay_now() THEN f.due
	    WHEN f.due IS NOT NULL THEN assay_now() + coalesce(
		finding_term(f.severity), finding_term('major'))
	    END) AT TIME ZONE 'UTC')::date;
$$;

-- What will be done, by when: within the deadline, or, when that is over, as
-- soon as auditors will take it, within another term.
CREATE FUNCTION finding_plan(p_number text, p_text text, p_day date)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	f finding := finding_take(p_number);
	who principal := finding_must_be_yours(f);
	v_today date := (assay_now() AT TIME ZONE 'UTC')::date;
	v_last date := finding_last_day(f);
BEGIN
	PERFORM finding_must_be_answered(f);
	IF f.state = 'plan_accepted' THEN
		RAISE EXCEPTION 'the plan for % is accepted: carry it out',
		    f.number
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
	IF p_day < v_today OR p_day > v_last THEN
		RAISE EXCEPTION 'day: a plan is carried out from today on, and '
		    'before the finding is due (%)',
		    CASE WHEN f.due IS NULL THEN 'with the next audit'
		    WHEN f.due > assay_now() THEN json_time(f.due)
		    ELSE format('overdue since %s: within its term again, '
			'until %s', json_time(f.due), v_last) END
		    USING ERRCODE = 'AY001', DETAIL = 'PLAN_DAY';
	END IF;
	INSERT INTO finding_plan (finding_id, text, day, proposed_by)
	VALUES (f.id, p_text, p_day, who.id)
	ON CONFLICT (finding_id) WHERE verdict IS NULL DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'a plan for % waits for its acceptance already',
		    f.number
		    USING ERRCODE = 'AY004', DETAIL = 'PLAN_WAITING';
	END IF;
	RETURN finding_whole_json(f);
END
$$;

-- ---- the auditors' part

-- An officer, an auditor of its audit, or one of a later audit of the site, to
-- which it was carried.
CREATE FUNCTION finding_must_judge(f finding) RETURNS principal
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('auditor', 'officer');
BEGIN
	IF who.role = 'auditor' AND NOT EXISTS (SELECT FROM audit a
	    JOIN audit mine ON mine.site_id = a.site_id AND mine.id >= a.id
	    WHERE a.id = f.audit_id AND mine.state <> 'cancelled'
	      AND who.id IN (mine.auditor_1, mine.auditor_2)) THEN
		RAISE EXCEPTION '% is not an auditor of the audit that found '
		    '%, nor of a later one', who.handle, f.number
		    USING ERRCODE = 'AY002', DETAIL = 'NOT_ITS_AUDITOR';
	END IF;
	IF who.organisation_id = finding_organisation(f) OR
	    EXISTS (SELECT FROM finding_response WHERE finding_id = f.id
		AND principal_id = who.id) THEN
		RAISE EXCEPTION 'nobody judges what they answered themselves'
		    USING ERRCODE = 'AY002', DETAIL = 'RESPONDER_JUDGES';
	END IF;
	PERFORM finding_must_not_be_closed(f);
	RETURN who;
END
$$;

-- An accepted plan for an overdue finding gives it the end of its day as a new
-- deadline; otherwise the deadline stays as it was.
CREATE FUNCTION finding_judge_plan(p_number text, p_verdict text,
    p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	f finding := finding_take(p_number);
	who principal := finding_must_judge(f);
	p finding_plan;
BEGIN
	PERFORM statement_must_say(format('/v1/findings/%s/%s', f.number,
	    CASE p_verdict WHEN 'accepted' THEN 'accept-plan'
	    ELSE 'reject-plan' END), jsonb_build_object('reason', p_reason));
	IF p_verdict = 'rejected' THEN
		PERFORM reason_must('a rejection', p_reason);
	END IF;
	UPDATE finding_plan SET verdict = p_verdict, judged_by = who.id,
	    reason = p_reason, judged = assay_now()
	 WHERE finding_id = f.id AND verdict IS NULL RETURNING * INTO p;
	IF NOT FOUND THEN
		RAISE EXCEPTION '% has no plan that waits for this', f.number
		    USING ERRCODE = 'AY004', DETAIL = 'NO_PLAN';
	END IF;
	IF p_verdict = 'accepted' AND f.state = 'open' THEN
		PERFORM finding_must_be_answered(f);
	END IF;
	IF p_verdict = 'accepted' THEN
		UPDATE finding SET state = 'plan_accepted',
		    effective = assay_now(),
		    due = CASE WHEN due <= assay_now() THEN
			(p.day + 1)::timestamp AT TIME ZONE 'UTC'
			ELSE due END
		 WHERE id = f.id RETURNING * INTO f;
	END IF;
	PERFORM notice_add('finding.plan_' || p_verdict,
	    finding_organisation(f), f.number,
	    finding_brief(f) || jsonb_build_object('reason', p_reason));
	RETURN finding_whole_json(f);
END
$$;

-- Mended, and there is evidence for it that somebody accepted.
CREATE FUNCTION finding_close(p_number text, p_evidence bytea[])
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	f finding := finding_take(p_number);
	who principal := finding_must_judge(f);
	v_evidence bigint[];
BEGIN
	PERFORM statement_must_say(format('/v1/findings/%s/close', f.number),
	    jsonb_build_object('evidence', to_jsonb(ARRAY(
		SELECT encode(x, 'hex') FROM unnest(p_evidence) AS x))));
	IF NOT EXISTS (SELECT FROM finding_response WHERE finding_id = f.id)
	THEN
		RAISE EXCEPTION '% was not answered yet: its supplier responds '
		    'first', f.number
		    USING ERRCODE = 'AY004', DETAIL = 'FINDING_UNANSWERED';
	END IF;
	v_evidence := ARRAY(SELECT evidence_must_hold('evidence', x)
	    FROM unnest(p_evidence) AS x);
	IF v_evidence = '{}' THEN
		RAISE EXCEPTION 'evidence: closing takes accepted evidence '
		    'that it is mended'
		    USING ERRCODE = 'AY001', DETAIL = 'EVIDENCE_REQUIRED';
	END IF;
	UPDATE finding SET state = 'closed', effective = assay_now(),
	    closed_by = who.id, closed_on = v_evidence
	 WHERE id = f.id RETURNING * INTO f;
	PERFORM audit_close(f.audit_id);
	PERFORM notice_add('finding.closed', finding_organisation(f),
	    f.number, finding_brief(f));
	RETURN finding_whole_json(f);
END
$$;

GRANT EXECUTE ON FUNCTION finding_respond(text, text, bytea[]),
	finding_plan(text, text, date),
	finding_judge_plan(text, text, text), finding_close(text, bytea[])
	TO assay_api;
