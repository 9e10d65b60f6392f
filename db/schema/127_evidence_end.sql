-- What becomes of accepted evidence, and of whatever rests on it.
--
--	superseded	by another accepted piece of the same organisation: what
--			rested on it rests on that one from now on, so nothing
--			falls
--	expired		by the clock: supports nothing new; what was done on it
--			while it held stays done, unless its own rule says more
--	repudiated	it proved false: everything that rests on it is judged
--			again, at once
--
-- Nothing is rewritten for that: who named a piece goes on naming it, and
-- evidence_standing() says what stands in its place.

-- What may rest on evidence.  A row here is a function beside its noun,
-- rests_on_evidence_NAME(evidence), that judges again whatever rests on this
-- piece, now that it no longer holds (its state says why: expired or
-- repudiated), and returns a row for each thing that it changed: {"entity",
-- "subject", "from", "to"}.  What rests on it names one of the pieces in
-- evidence_stands_for(e).  Beside it may stand evidence_supports_NAME(evidence),
-- which lists what rests on it: {"entity", "subject", "state"}.
CREATE TABLE evidence_use (
	name text PRIMARY KEY,
	ord int NOT NULL UNIQUE
);

-- What people call the subject of a row of history.
CREATE FUNCTION history_subject(p_entity text, p_id bigint, p_row jsonb)
	RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT CASE p_entity WHEN 'site_scope' THEN
	    (SELECT s.handle || ' ' || x.scope
	     FROM site_scope x JOIN site s ON s.id = x.site_id
	     WHERE x.id = p_id)
	WHEN 'device' THEN
	    (p_row ->> 'kind') || '/' || (p_row ->> 'device_id')
	ELSE coalesce(p_row ->> 'number', p_row ->> 'handle', p_id::text) END;
$$;

-- Everything that this transaction has brought into another state since then,
-- evidence itself apart: as it was before, as it is now.  Taken from the
-- history, which nobody gets round, and not from what functions say they did.
CREATE FUNCTION history_changes(p_after bigint)
	RETURNS TABLE (entity text, subject text, was text, is_now text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH step AS (
		SELECT * FROM history h
		WHERE h.id > p_after AND h.recorded = assay_now()
		    AND h.principal_id IS NOT DISTINCT FROM actor_id()
		    AND h.entity <> 'evidence'
	), changed AS (
		SELECT f.entity, f.subject_id,
		    history_subject(f.entity, f.subject_id, f.detail)
			AS subject,
		    f.from_state AS was, l.to_state AS is_now, f.id
		FROM (SELECT DISTINCT ON (entity, subject_id) * FROM step
		    ORDER BY entity, subject_id, id) AS f
		JOIN (SELECT DISTINCT ON (entity, subject_id)
			entity, subject_id, to_state FROM step
		    ORDER BY entity, subject_id, id DESC) AS l
		    USING (entity, subject_id)
		WHERE f.from_state <> l.to_state
	), model_too AS ( -- a model is what its CoC is
		SELECT m.handle, c.was, coalesce((SELECT a.state
		    FROM accreditation_now(m.id) AS a), 'none') AS is_now, c.id
		FROM changed c JOIN coc k ON k.id = c.subject_id
		JOIN model m ON m.id = k.model_id
		WHERE c.entity = 'coc'
		    AND c.was IN ('provisional', 'certified', 'suspended')
	)
	SELECT entity, subject, coalesce(nullif(was, ''), '-'), is_now
	FROM (SELECT entity, subject, was, is_now, id, 0 AS second
	    FROM changed
	    UNION ALL
	    SELECT 'model', handle, was, is_now, id, 1 FROM model_too) AS all_of_it
	ORDER BY id, second;
END
$$;

-- Have everything judged that rests on a piece; the list of what changed.
CREATE FUNCTION evidence_judge_uses(e evidence) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_before bigint := (SELECT coalesce(max(id), 0) FROM history);
	v_use text;
	v_said jsonb;
	v_list jsonb := '[]';
BEGIN
	FOR v_use IN SELECT name FROM evidence_use ORDER BY ord LOOP
		EXECUTE format('SELECT coalesce(jsonb_agg(x), ''[]'') '
		    'FROM assay.%I($1) AS x', 'rests_on_evidence_' || v_use)
		INTO v_said USING e;
		v_list := v_list || v_said;
	END LOOP;
	RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('entity', entity,
	    'subject', subject, 'from', was, 'to', is_now)), '[]')
	    FROM history_changes(v_before)) ||
	    -- what has no history of its own
	    (SELECT coalesce(jsonb_agg(x), '[]')
	    FROM jsonb_array_elements(v_list) AS x
	    WHERE NOT EXISTS (SELECT FROM history_changes(v_before)
		WHERE entity = x ->> 'entity' AND subject = x ->> 'subject'));
END
$$;

-- What rests on a piece, for whoever is about to say something of it.
CREATE FUNCTION evidence_supports(e evidence) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	v_use text;
	v_some jsonb;
	v_list jsonb := '[]';
BEGIN
	FOR v_use IN SELECT name FROM evidence_use ORDER BY ord LOOP
		CONTINUE WHEN to_regprocedure(format('assay.%I(assay.evidence)',
		    'evidence_supports_' || v_use)) IS NULL;
		EXECUTE format('SELECT coalesce(jsonb_agg(x), ''[]'') '
		    'FROM assay.%I($1) AS x', 'evidence_supports_' || v_use)
		INTO v_some USING e;
		v_list := v_list || v_some;
	END LOOP;
	RETURN v_list;
END
$$;

CREATE FUNCTION evidence_whole_json(e evidence) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN evidence_json(e) || jsonb_build_object('rests',
	    evidence_supports(e));
END
$$;

CREATE FUNCTION evidence_must_have_been_accepted(e evidence, p_verb text)
	RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF e.state NOT IN ('accepted', 'expired') THEN
		RAISE EXCEPTION '% is %: only what was accepted is %',
		    e.filename, e.state, p_verb
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
END
$$;

-- A newer piece takes this one's place; two people have stood behind it by
-- then, its submitter and its accepter.
CREATE FUNCTION evidence_supersede(p_sha256 bytea, p_by bytea) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('officer', 'decider');
	e evidence := evidence_take(p_sha256);
	successor evidence := evidence_take(p_by);
BEGIN
	PERFORM statement_must_say(format('/v1/evidence/%s/supersede',
	    encode(p_sha256, 'hex')),
	    jsonb_build_object('by', encode(p_by, 'hex')));
	PERFORM evidence_must_have_been_accepted(e, 'superseded');
	IF successor.id = e.id THEN
		RAISE EXCEPTION 'by: nothing supersedes itself'
		    USING ERRCODE = 'AY001', DETAIL = 'EVIDENCE_SAME';
	END IF;
	PERFORM evidence_must_be_good('by', successor);
	IF successor.organisation_id <> e.organisation_id THEN
		RAISE EXCEPTION 'by: % is of another organisation, and the '
		    'word of one does not replace that of another',
		    successor.filename
		    USING ERRCODE = 'AY002', DETAIL = 'OTHER_ORGANISATION';
	END IF;
	IF who.id = successor.submitted_by THEN
		RAISE EXCEPTION 'four eyes: somebody other than its submitter '
		    'puts % in another''s place', successor.filename
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
	UPDATE evidence SET state = 'superseded', effective = assay_now(),
	    successor_id = successor.id
	 WHERE id = e.id RETURNING * INTO e;
	RETURN evidence_json(e) || jsonb_build_object('changed', '[]'::jsonb,
	    'rests', evidence_supports(successor));
END
$$;

-- It proved false.  One person says so, and signs; all that rests on it is
-- judged again before anybody can ask.
CREATE FUNCTION evidence_repudiate(p_sha256 bytea, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e evidence;
	v_changed jsonb;
BEGIN
	PERFORM actor_must('officer', 'security', 'decider');
	PERFORM statement_must_say(format('/v1/evidence/%s/repudiate',
	    encode(p_sha256, 'hex')), jsonb_build_object('reason', p_reason));
	PERFORM reason_must('repudiating', p_reason);
	e := evidence_take(p_sha256);
	PERFORM evidence_must_have_been_accepted(e, 'repudiated');
	UPDATE evidence SET state = 'repudiated', effective = assay_now(),
	    judged_reason = p_reason
	 WHERE id = e.id RETURNING * INTO e;
	v_changed := evidence_judge_uses(e);
	PERFORM evidence_tell('evidence.repudiated', e, v_changed);
	RETURN evidence_json(e) || jsonb_build_object('changed', v_changed);
END
$$;

-- Its organisation and the body hear of it, and of what it took along.
CREATE FUNCTION evidence_tell(p_topic text, e evidence, p_changed jsonb)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_detail jsonb := jsonb_build_object('filename', e.filename,
	    'state', e.state, 'reason', e.judged_reason);
BEGIN
	PERFORM notice_add(p_topic, e.organisation_id,
	    encode(e.sha256, 'hex'), v_detail)
	WHERE NOT EXISTS (SELECT FROM organisation
	    WHERE id = e.organisation_id AND kind = 'body');
	PERFORM alarm_raise(p_topic, encode(e.sha256, 'hex'),
	    v_detail || jsonb_build_object('changed', p_changed));
END
$$;

GRANT EXECUTE ON FUNCTION
	evidence_supersede(bytea, bytea), evidence_repudiate(bytea, text)
	TO assay_api;

-- What was named some time ago holds still: itself, or what stands in its place.
CREATE FUNCTION evidence_must_stand(p_field text, p_id bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM evidence_hold_still(ARRAY[p_id]);
	PERFORM evidence_must_be_good(p_field, evidence_standing(p_id));
END
$$;

-- ---- by the clock

CREATE INDEX evidence_ends ON evidence (valid_until) WHERE state = 'accepted';
CREATE INDEX evidence_succeeds ON evidence (successor_id)
	WHERE successor_id IS NOT NULL;

CREATE FUNCTION clock_evidence(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e evidence;
	n int := 0;
BEGIN
	FOR e IN SELECT * FROM evidence
	    WHERE state = 'accepted' AND valid_until <= p_now
	    ORDER BY valid_until, id FOR UPDATE
	LOOP
		UPDATE evidence SET state = 'expired', effective = valid_until
		 WHERE id = e.id RETURNING * INTO e;
		PERFORM evidence_tell('evidence.expired', e,
		    evidence_judge_uses(e));
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (100, 'evidence', 'evidence supports nothing new from its end on');
