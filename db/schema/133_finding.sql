-- Findings: what auditors found, as a part of their report.  What becomes of
-- one is in 136_finding_answer.sql.
--
--	observation	for the record: no deadline
--	minor		until the next audit of the site is reported
--	major		90 days from the report
--	critical	7 days; and while it is open, no audit of its scope can
--			find it compliant
--
-- One that is overdue is mended by a plan, whose last day is no further away than its
-- term was.

CREATE TABLE finding (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	audit_id bigint NOT NULL REFERENCES audit,
	scope text NOT NULL,
	severity text NOT NULL CHECK (severity IN
	    ('observation', 'minor', 'major', 'critical')),
	rule text CHECK (length(rule) <= 32), -- of a rule set
	text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
	recorded_by bigint NOT NULL REFERENCES principal,
	state text NOT NULL DEFAULT 'open',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	due timestamptz,        -- exclusive; none before the report
	due_by bigint REFERENCES audit, -- minor: the audit that made it due
	closed_by bigint REFERENCES principal,
	closed_on bigint[] NOT NULL DEFAULT '{}', -- accepted evidence (ids)
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((state = 'closed') = (closed_by IS NOT NULL)),
	CHECK ((state = 'closed') = (closed_on <> '{}'))
);
CREATE INDEX finding_of_audit ON finding (audit_id, id);
CREATE INDEX finding_due ON finding (due)
	WHERE state IN ('open', 'responded', 'plan_accepted');
CREATE INDEX finding_open ON finding (severity) WHERE state <> 'closed';

-- What the supplier says to it.
CREATE TABLE finding_response (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	finding_id bigint NOT NULL REFERENCES finding,
	principal_id bigint NOT NULL REFERENCES principal,
	text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
	evidence bigint[] NOT NULL DEFAULT '{}',
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE INDEX finding_response_of ON finding_response (finding_id, id);

-- What the supplier will do, by the end of which day (UTC).
CREATE TABLE finding_plan (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	finding_id bigint NOT NULL REFERENCES finding,
	text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
	day date NOT NULL,
	proposed_by bigint NOT NULL REFERENCES principal,
	verdict text CHECK (verdict IN ('accepted', 'rejected')),
	judged_by bigint REFERENCES principal,
	reason text CHECK (length(reason) <= 1000),
	judged timestamptz,
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK (judged_by <> proposed_by),
	CHECK ((verdict IS NULL) = (judged_by IS NULL))
);
CREATE UNIQUE INDEX finding_plan_open ON finding_plan (finding_id)
	WHERE verdict IS NULL;
CREATE INDEX finding_plan_of ON finding_plan (finding_id, id);

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON finding
	FOR EACH ROW EXECUTE FUNCTION state_guard('finding');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON finding
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON finding_response
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON finding_plan
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT SELECT ON finding, finding_response, finding_plan
	TO assay_api, assay_authority;

-- What was found is a part of the report, and no more to be changed than that.
CREATE FUNCTION finding_is_fixed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	may text[] := '{state,effective,due,due_by,closed_by,closed_on}';
	a audit;
BEGIN
	SELECT * INTO a FROM audit WHERE id = NEW.audit_id;
	IF a.state = 'in_progress' THEN
		may := may || '{scope,severity,rule,text}';
	ELSIF TG_OP = 'INSERT' THEN
		RAISE EXCEPTION '% is %: what is found is recorded while it is '
		    'in progress', a.number, replace(a.state, '_', ' ')
		    USING ERRCODE = 'AY002', DETAIL = 'REPORT_IMMUTABLE';
	END IF;
	IF TG_OP = 'UPDATE' AND
	    to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
		RAISE EXCEPTION '% is a part of the report of %, which is '
		    'immutable', OLD.number, a.number
		    USING ERRCODE = 'AY002', DETAIL = 'REPORT_IMMUTABLE';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER finding_is_fixed BEFORE INSERT OR UPDATE ON finding
	FOR EACH ROW EXECUTE FUNCTION finding_is_fixed();

-- A plan is judged once; what it says stays.
CREATE FUNCTION finding_plan_is_fixed() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
DECLARE
	may text[] := '{verdict,judged_by,reason,judged}';
BEGIN
	IF OLD.verdict IS NOT NULL OR
	    to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
		RAISE EXCEPTION 'a plan cannot change: propose another'
		    USING ERRCODE = 'AY002', DETAIL = 'PLAN_FIXED';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER finding_plan_is_fixed BEFORE UPDATE ON finding_plan
	FOR EACH ROW EXECUTE FUNCTION finding_plan_is_fixed();

CREATE FUNCTION finding_organisation(f finding) RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT s.organisation_id FROM audit a JOIN site s ON s.id = a.site_id
	WHERE a.id = f.audit_id;
$$;

CREATE FUNCTION finding_json(f finding) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('number', f.number, 'audit', a.number,
	    'site', s.handle, 'organisation', o.handle, 'scope', f.scope,
	    'severity', f.severity, 'rule', f.rule, 'text', f.text,
	    'state', CASE WHEN f.due <= assay_now() AND f.state IN
		('open', 'responded', 'plan_accepted')
		THEN 'overdue' ELSE f.state END,
	    'due', json_time(f.due), 'due_by', (SELECT number FROM audit
		WHERE id = f.due_by),
	    'recorded_by', w.handle, 'closed_by', (SELECT handle
		FROM principal WHERE id = f.closed_by),
	    'evidence', evidence_names(f.closed_on),
	    'created', json_time(f.created))
	  FROM audit a JOIN site s ON s.id = a.site_id
	  JOIN organisation o ON o.id = s.organisation_id, principal w
	 WHERE a.id = f.audit_id AND w.id = f.recorded_by;
$$;

-- With all that was said to it.
CREATE FUNCTION finding_whole_json(f finding) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN finding_json(f) || jsonb_build_object(
	    'responses', (SELECT coalesce(jsonb_agg(jsonb_build_object(
		'by', w.handle, 'text', r.text, 'at', json_time(r.created),
		'evidence', evidence_names(r.evidence)) ORDER BY r.id), '[]')
		FROM finding_response r JOIN principal w
		    ON w.id = r.principal_id WHERE r.finding_id = f.id),
	    'plans', (SELECT coalesce(jsonb_agg(jsonb_build_object(
		'by', w.handle, 'text', p.text, 'day', p.day,
		'at', json_time(p.created), 'verdict', p.verdict,
		'judged_by', j.handle, 'reason', p.reason)
		ORDER BY p.id), '[]')
		FROM finding_plan p JOIN principal w ON w.id = p.proposed_by
		LEFT JOIN principal j ON j.id = p.judged_by
		WHERE p.finding_id = f.id),
	    'history', history_json('finding', f.id));
END
$$;

-- An audit's own; and the minor ones of earlier audits that are carried to it,
-- until it is reported those that are open, then those that it made due.
CREATE FUNCTION findings_of(a audit) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(finding_json(f) -
	    '{audit,site,organisation,evidence,created}'::text[]
	    ORDER BY f.id), '[]')
	FROM finding f WHERE f.audit_id = a.id;
$$;

CREATE FUNCTION findings_carried(a audit) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(finding_json(f) -
	    '{site,organisation,evidence,created}'::text[]
	    ORDER BY f.id), '[]')
	FROM finding f JOIN audit b ON b.id = f.audit_id
	WHERE b.site_id = a.site_id AND b.id <> a.id AND (f.due_by = a.id OR
	    a.state IN ('planned', 'in_progress') AND f.severity = 'minor'
	    AND f.state <> 'closed' AND f.due IS NULL
	    AND b.state IN ('reported', 'decided', 'closed'));
$$;

-- For change, after its audit: whoever takes both takes them in this order.
-- An audit with them.
CREATE FUNCTION audit_whole_json(a audit) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN audit_json(a) || jsonb_build_object('findings', findings_of(a),
	    'carried', findings_carried(a));
END
$$;

CREATE FUNCTION finding_take(p_number text) RETURNS finding
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	f finding;
BEGIN
	PERFORM FROM audit WHERE id = (SELECT audit_id FROM finding
	    WHERE number = p_number) FOR UPDATE;
	SELECT * INTO f FROM finding WHERE number = p_number FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no finding %', p_number
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN f;
END
$$;

CREATE FUNCTION finding_check(a audit, p_scope text, p_rule text)
	RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT p_scope = ANY (a.scopes) THEN
		RAISE EXCEPTION 'scope: % is about %, not %', a.number,
		    array_to_string(a.scopes, ', '), p_scope
		    USING ERRCODE = 'AY001', DETAIL = 'SCOPE_UNKNOWN';
	END IF;
	IF p_rule IS NOT NULL AND NOT EXISTS (SELECT FROM ruleset r,
	    ruleset_rules(r.content) AS u WHERE u.rule = p_rule) THEN
		RAISE EXCEPTION 'rule: no rule set has a rule %', p_rule
		    USING ERRCODE = 'AY001', DETAIL = 'RULE_UNKNOWN';
	END IF;
END
$$;

-- A report that was filed is of what was found by then: it must be filed
-- again, so that both auditors stand behind the same.
CREATE FUNCTION audit_unfile(a audit) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	UPDATE audit SET result = NULL, ended = NULL, report_id = NULL,
	    rests_on = '{}', summary = NULL, reported_by = NULL
	 WHERE id = a.id AND reported_by IS NOT NULL;
$$;

CREATE FUNCTION finding_new(p_audit text, p_scope text, p_severity text,
    p_rule text, p_text text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a audit := audit_take(p_audit);
	who principal := audit_must_audit(a);
	f finding;
BEGIN
	PERFORM audit_must_be(a, 'in_progress');
	PERFORM finding_check(a, p_scope, p_rule);
	INSERT INTO finding (number, audit_id, scope, severity, rule, text,
	    recorded_by)
	VALUES (next_number('FND'), a.id, p_scope, p_severity, p_rule, p_text,
	    who.id)
	RETURNING * INTO f;
	PERFORM audit_unfile(a);
	RETURN finding_whole_json(f);
END
$$;

-- Until both auditors stand behind the report, and until somebody answered.
CREATE FUNCTION finding_amend(p_number text, p_scope text, p_severity text,
    p_rule text, p_text text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	f finding := finding_take(p_number);
	a audit;
BEGIN
	SELECT * INTO a FROM audit WHERE id = f.audit_id;
	PERFORM audit_must_audit(a);
	PERFORM audit_must_be(a, 'in_progress');
	PERFORM finding_check(a, p_scope, p_rule);
	IF f.state <> 'open' THEN
		RAISE EXCEPTION '% was answered: it stays as it was recorded',
		    f.number
		    USING ERRCODE = 'AY004', DETAIL = 'FINDING_ANSWERED';
	END IF;
	UPDATE finding SET scope = p_scope, severity = p_severity,
	    rule = p_rule, text = p_text
	 WHERE id = f.id RETURNING * INTO f;
	PERFORM history_note('finding', f.id, f.state, to_jsonb(f));
	PERFORM audit_unfile(a);
	RETURN finding_whole_json(f);
END
$$;

GRANT EXECUTE ON FUNCTION
	finding_new(text, text, text, text, text),
	finding_amend(text, text, text, text, text)
	TO assay_api;
