-- Sites, their audits, and the evidence that audits rest on.

-- ---- evidence: the octets are on disk under their SHA-256; here is what
-- they are, whose they are, and who accepted them.

CREATE FUNCTION evidence_json(e evidence) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('sha256', encode(e.sha256, 'hex'),
	    'size', e.size, 'media_type', e.media_type,
	    'filename', e.filename, 'organisation', o.handle,
	    'submitted_by', s.handle, 'judged_by', j.handle,
	    'reason', e.judged_reason, 'state', e.state,
	    'created', json_time(e.created))
	  FROM organisation o, principal s
	  LEFT JOIN principal j ON j.id = e.judged_by
	 WHERE o.id = e.organisation_id AND s.id = e.submitted_by;
$$;

-- The same content twice is one: the second time nothing happens.
CREATE FUNCTION evidence_add(p_sha256 bytea, p_size bigint,
    p_media_type text, p_filename text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier', 'auditor', 'officer');
	e evidence;
BEGIN
	INSERT INTO evidence (sha256, size, media_type, filename,
	    organisation_id, submitted_by)
	VALUES (p_sha256, p_size, p_media_type, p_filename,
	    who.organisation_id, who.id)
	ON CONFLICT (sha256) DO NOTHING;
	SELECT * INTO e FROM evidence WHERE sha256 = p_sha256;
	IF e.organisation_id <> who.organisation_id THEN
		RAISE EXCEPTION 'this content was submitted by another '
		    'organisation: evidence belongs to one'
		    USING ERRCODE = 'AY004', DETAIL = 'EVIDENCE_TAKEN';
	END IF;
	RETURN evidence_json(e);
END
$$;

CREATE FUNCTION evidence_judge(p_sha256 bytea, p_state text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('officer', 'decider');
	e evidence;
BEGIN
	IF p_state NOT IN ('accepted', 'rejected') THEN
		RAISE EXCEPTION 'evidence is accepted or rejected'
		    USING ERRCODE = 'AY001', DETAIL = 'STATE_NOT_ALLOWED';
	END IF;
	IF p_state = 'rejected' AND coalesce(p_reason, '') = '' THEN
		RAISE EXCEPTION 'reason: a rejection needs one'
		    USING ERRCODE = 'AY001', DETAIL = 'REASON_REQUIRED';
	END IF;
	SELECT * INTO e FROM evidence WHERE sha256 = p_sha256 FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no evidence %',
		    encode(p_sha256, 'hex')
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	IF e.submitted_by = who.id THEN
		RAISE EXCEPTION 'four eyes: somebody other than its submitter '
		    'must judge evidence'
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
	UPDATE evidence SET state = p_state, judged_by = who.id,
	    judged_reason = p_reason WHERE id = e.id
	RETURNING * INTO e;
	RETURN evidence_json(e);
END
$$;

-- ---- sites

CREATE FUNCTION site_find(p_handle text) RETURNS site
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	found_one site;
BEGIN
	SELECT * INTO found_one FROM site WHERE handle = p_handle;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no site %', p_handle
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN found_one;
END
$$;

CREATE FUNCTION site_json(s site) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('handle', s.handle,
	    'organisation', o.handle, 'name', s.name, 'country', s.country,
	    'address', s.address, 'created', json_time(s.created),
	    'scopes', (SELECT jsonb_agg(jsonb_build_object(
		'scope', x.scope, 'state', x.state,
		'effective', json_time(x.effective),
		'expires', json_time(x.expires), 'reason', x.reason)
		ORDER BY x.scope)
		FROM site_scope x WHERE x.site_id = s.id))
	  FROM organisation o WHERE o.id = s.organisation_id;
$$;

CREATE FUNCTION site_new(p_handle text, p_organisation text, p_name text,
    p_country text, p_address text, p_scopes text[]) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	o organisation := organisation_find(p_organisation);
	made site;
BEGIN
	PERFORM actor_must('officer', 'supplier');
	PERFORM actor_must_own(o.id);
	IF o.kind <> 'supplier' THEN
		RAISE EXCEPTION 'organisation: % is no supplier', o.handle
		    USING ERRCODE = 'AY001', DETAIL = 'KIND_NOT_ALLOWED';
	END IF;
	IF cardinality(p_scopes) = 0 THEN
		RAISE EXCEPTION 'scopes: a site needs one at least'
		    USING ERRCODE = 'AY001', DETAIL = 'SCOPE_REQUIRED';
	END IF;
	IF 'terminal_assembly' = ANY (p_scopes) AND
	    NOT 'terminal' = ANY (o.makes) OR
	    p_scopes && ARRAY['tre_production', 'key_injection'] AND
	    NOT 'tre' = ANY (o.makes) THEN
		RAISE EXCEPTION 'scopes: % makes %, and that scope is not for it',
		    o.handle, array_to_string(o.makes, ' and ')
		    USING ERRCODE = 'AY001', DETAIL = 'SCOPE_NOT_ALLOWED';
	END IF;
	INSERT INTO site (handle, organisation_id, name, country, address)
	VALUES (p_handle, o.id, p_name, p_country, p_address)
	RETURNING * INTO made;
	INSERT INTO site_scope (site_id, scope)
	SELECT made.id, unnest(p_scopes) ON CONFLICT DO NOTHING;
	RETURN site_json(made);
END
$$;

-- ---- audits

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

-- What an audit rests on was uploaded, and somebody else accepted it.
CREATE FUNCTION evidence_must_hold(p_field text, p_sha256 bytea) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	e evidence;
BEGIN
	SELECT * INTO e FROM evidence WHERE sha256 = p_sha256;
	IF NOT FOUND THEN
		RAISE EXCEPTION '%: no evidence % was uploaded', p_field,
		    encode(p_sha256, 'hex')
		    USING ERRCODE = 'AY001', DETAIL = 'EVIDENCE_ABSENT';
	END IF;
	IF e.state <> 'accepted' THEN
		RAISE EXCEPTION '%: % is %, not accepted', p_field,
		    e.filename, e.state
		    USING ERRCODE = 'AY001', DETAIL = 'EVIDENCE_NOT_ACCEPTED';
	END IF;
	RETURN e.id;
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

GRANT EXECUTE ON FUNCTION evidence_json(evidence),
	evidence_add(bytea, bigint, text, text),
	evidence_judge(bytea, text, text),
	site_json(site),
	site_new(text, text, text, text, text, text[]),
	audit_json(audit),
	audit_plan(text, text, text[], text[], date),
	audit_start(text), audit_cancel(text),
	audit_report(text, text, timestamptz, bytea, bytea[], text),
	audit_confirm(text), audit_decide(text, text)
	TO assay_api;
