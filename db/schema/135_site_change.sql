-- What befalls a site between audits.  Taking trust away takes one person and
-- holds at once; giving it back takes two.

-- One scope of a site, or all of them where none is named, that are in one of
-- these states; locked.
CREATE FUNCTION site_scopes_in(s site, p_scope text, p_states text[])
	RETURNS SETOF site_scope
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_scope IS NOT NULL AND NOT EXISTS (SELECT FROM site_scope
	    WHERE site_id = s.id AND scope = p_scope) THEN
		RAISE EXCEPTION 'scope: % has no scope %', s.handle, p_scope
		    USING ERRCODE = 'AY001', DETAIL = 'SCOPE_UNKNOWN';
	END IF;
	RETURN QUERY SELECT * FROM site_scope x
	 WHERE x.site_id = s.id AND x.state = ANY (p_states)
	   AND x.scope = coalesce(p_scope, x.scope)
	 ORDER BY x.id FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'nothing of % is %', s.handle,
		    array_to_string(p_states, ' or ')
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
END
$$;

CREATE FUNCTION site_take_away(p_handle text, p_scope text, p_reason text,
    p_state text, p_from text[]) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	s site := site_find(p_handle);
BEGIN
	PERFORM actor_must('officer', 'security');
	PERFORM reason_must('taking trust away', p_reason);
	UPDATE site_scope SET state = p_state, effective = assay_now(),
	    reason = p_reason
	 WHERE id IN (SELECT id FROM site_scopes_in(s, p_scope, p_from));
	RETURN site_json(s);
END
$$;

CREATE FUNCTION site_suspend(p_handle text, p_scope text, p_reason text)
	RETURNS jsonb
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT site_take_away(p_handle, p_scope, p_reason, 'suspended',
	    '{provisional,full}');
$$;

-- Final: a site that comes back is a new one.
CREATE FUNCTION site_withdraw(p_handle text, p_scope text, p_reason text)
	RETURNS jsonb
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT site_take_away(p_handle, p_scope, p_reason, 'withdrawn',
	    '{registered,provisional,full,suspended,expired}');
$$;

CREATE FUNCTION site_reinstate(p_handle text, p_scope text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	s site := site_find(p_handle);
	made proposal;
BEGIN
	PERFORM actor_must('officer', 'security');
	PERFORM statement_must_say(format('/v1/sites/%s/reinstate', s.handle),
	    jsonb_build_object('scope', p_scope, 'reason', p_reason));
	made := proposal_open('site_reinstate', s.id, s.handle,
	    jsonb_build_object('site', s.handle, 'reason', p_reason,
	    'scopes', (SELECT jsonb_agg(scope)
		FROM site_scopes_in(s, p_scope, '{suspended}'))));
	RETURN proposal_json(made.id);
END
$$;

-- What it stands on has not proved false since.
CREATE FUNCTION site_scope_must_stand(x site_scope) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a audit;
BEGIN
	SELECT * INTO a FROM audit WHERE id = x.audit_id;
	PERFORM evidence_hold_still(a.rests_on || a.report_id);
	IF EXISTS (SELECT FROM unnest(a.rests_on || a.report_id) AS i
	    WHERE (evidence_standing(i)).state = 'repudiated') THEN
		RAISE EXCEPTION 'the scope % stands on %, whose evidence was '
		    'repudiated: it takes another audit', x.scope, a.number
		    USING ERRCODE = 'AY004', DETAIL = 'EVIDENCE_REPUDIATED';
	END IF;
END
$$;

-- Each becomes what it was, to the end that it had.
CREATE FUNCTION act_site_reinstate(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x site_scope;
	was text;
BEGIN
	FOR x IN SELECT * FROM site_scope WHERE site_id = p.subject_id
	    AND p.terms -> 'scopes' ? scope ORDER BY id FOR UPDATE
	LOOP
		IF x.state <> 'suspended' OR x.expires <= assay_now() THEN
			RAISE EXCEPTION 'the scope % is %: it cannot be '
			    'reinstated', x.scope, CASE x.state
			    WHEN 'suspended' THEN 'expired' ELSE x.state END
			    USING ERRCODE = 'AY004',
			    DETAIL = 'ILLEGAL_TRANSITION';
		END IF;
		PERFORM proposal_must_be_since(p, x.effective);
		PERFORM site_scope_must_stand(x);
		SELECT from_state INTO STRICT was FROM history
		 WHERE entity = 'site_scope' AND subject_id = x.id
		   AND to_state = 'suspended'
		   AND from_state <> 'suspended' ORDER BY id DESC LIMIT 1;
		UPDATE site_scope SET state = was, effective = assay_now(),
		    reason = NULL WHERE id = x.id;
	END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION site_suspend(text, text, text),
	site_withdraw(text, text, text), site_reinstate(text, text, text)
	TO assay_api;

-- ---- by the clock

CREATE INDEX site_scope_ends ON site_scope (expires)
	WHERE state IN ('provisional', 'full', 'suspended');

CREATE FUNCTION clock_site_scope(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	n int;
BEGIN
	UPDATE site_scope SET state = 'expired', effective = expires
	 WHERE state IN ('provisional', 'full', 'suspended')
	   AND expires <= p_now;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (30, 'site_scope', 'a site''s scope is accredited to its end');

CREATE FUNCTION clock_site_end(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT coalesce(sum(warn('site.ends', s.organisation_id, s.handle,
	    jsonb_build_object('scope', x.scope, 'state', x.state),
	    x.scope, x.expires, '{90,30,7}', p_now)), 0)::int
	FROM site_scope x JOIN site s ON s.id = x.site_id
	WHERE x.state IN ('provisional', 'full', 'suspended')
	  AND x.expires > p_now
	  AND x.expires <= p_now + interval '2160 hours');
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (120, 'site_end',
    'a supplier is warned 90, 30 and 7 days before a scope of theirs ends');
