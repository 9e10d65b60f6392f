-- Findings that come back, because what closed them proved false, and findings
-- whose time is over.

-- ---- findings are closed on evidence

CREATE FUNCTION findings_on(e evidence) RETURNS SETOF finding
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT * FROM finding f
	WHERE f.closed_on && evidence_stands_for(e) ORDER BY f.id;
$$;
CREATE INDEX finding_closed_on ON finding USING gin (closed_on);

-- Open again, with the whole of its term from now on.
CREATE FUNCTION rests_on_evidence_finding(e evidence) RETURNS SETOF jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	f finding;
BEGIN
	IF e.state <> 'repudiated' THEN
		RETURN;
	END IF;
	FOR f IN SELECT * FROM findings_on(e) WHERE state = 'closed' LOOP
		UPDATE finding SET state = 'open', effective = assay_now(),
		    due = assay_now() + finding_term(severity),
		    due_by = NULL, closed_by = NULL, closed_on = '{}'
		 WHERE id = f.id RETURNING * INTO f;
		PERFORM notice_add('finding.reopened', finding_organisation(f),
		    f.number, finding_brief(f));
		RETURN NEXT jsonb_build_object('entity', 'finding',
		    'subject', f.number, 'from', 'closed', 'to', 'open');
	END LOOP;
END
$$;
CREATE FUNCTION evidence_supports_finding(e evidence) RETURNS SETOF jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('entity', 'finding', 'subject', number,
	    'state', state)
	FROM findings_on(e);
$$;
INSERT INTO evidence_use (name, ord) VALUES ('finding', 15);

-- ---- by the clock

-- 14 days and 2 days before for what had 90, 2 days for what had 7.
CREATE FUNCTION finding_warnings(p_severity text) RETURNS int[]
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE p_severity WHEN 'critical' THEN '{2}'::int[]
	    WHEN 'major' THEN '{14,2}' ELSE '{}' END;
$$;

CREATE FUNCTION clock_finding_warning(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT coalesce(sum(warn('finding.due', finding_organisation(f),
	    f.number, finding_brief(f), '', f.due,
	    finding_warnings(f.severity), p_now)), 0)::int
	FROM finding f
	WHERE f.state IN ('open', 'responded', 'plan_accepted')
	  AND f.due > p_now AND f.due <= p_now + interval '336 hours');
END
$$;

-- What an overdue finding calls for: nobody has to think of it.
CREATE FUNCTION finding_overdue(f finding) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a audit;
	m measure;
	v_detail jsonb := finding_brief(f);
BEGIN
	SELECT * INTO a FROM audit WHERE id = f.audit_id;
	IF f.severity IN ('major', 'critical') THEN
		m := measure_arise(CASE f.severity
		    WHEN 'major' THEN 'corrective_action'
		    ELSE 'issuance_freeze' END, 'site', a.site_id,
		    format('%s (%s) of %s was due at %s', f.number, f.severity,
			a.number, json_time(f.due)), f.number);
		v_detail := v_detail || jsonb_build_object('measure', m.number);
	END IF;
	PERFORM notice_add('finding.overdue', finding_organisation(f),
	    f.number, v_detail, json_time(f.due));
	PERFORM alarm_raise('alarm.finding_overdue', f.number, v_detail,
	    json_time(f.due));
END
$$;

CREATE FUNCTION clock_finding(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	f finding;
	n int := 0;
BEGIN
	FOR f IN SELECT * FROM finding
	    WHERE state IN ('open', 'responded', 'plan_accepted')
	      AND due <= p_now ORDER BY due, id FOR UPDATE
	LOOP
		UPDATE finding SET state = 'overdue', effective = due
		 WHERE id = f.id RETURNING * INTO f;
		PERFORM finding_overdue(f);
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES
    (130, 'finding_warning',
	'a supplier is warned before a finding is due: 14 and 2 days'),
    (135, 'finding',
	'an overdue finding is told, and proposes a measure: 7 or 90 days');
