-- A challenged declaration (222) is settled by two deciders: upheld, or refuted,
-- and then what rests on it falls.

-- Whoever doubted does not settle it.
CREATE FUNCTION declaration_check_settler(x declaration_challenge)
	RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF x.challenged_by = actor_id() THEN
		RAISE EXCEPTION 'you challenged this declaration: two others '
		    'settle it'
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
END
$$;

-- uphold or refute, by a decider; another one approves.  A refutation may ask
-- for a freeze of downloads beside the corrective action.
CREATE FUNCTION declaration_settle(p_number text, p_verdict text,
	p_reason text, p_freeze bool) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d declaration;
	terms jsonb;
BEGIN
	PERFORM actor_must('decider');
	terms := statement_must_say(format('/v1/declarations/%s/%s', p_number,
	    p_verdict), jsonb_build_object('reason', p_reason,
	    'freeze', p_freeze));
	IF p_verdict NOT IN ('uphold', 'refute') OR
	    (p_freeze AND p_verdict = 'uphold') THEN
		RAISE EXCEPTION 'a challenged declaration is upheld, or '
		    'refuted with or without a freeze'
		    USING ERRCODE = 'AY001', DETAIL = 'VERDICT_NOT_ALLOWED';
	END IF;
	d := declaration_numbered(p_number);
	PERFORM declaration_check_settler(declaration_challenge_on(d));
	PERFORM proposal_open('declaration_' || p_verdict, d.id, d.number,
	    terms);
	RETURN declaration_whole_json(d.id);
END
$$;

-- Settled one way or the other; its supplier hears of it.
CREATE FUNCTION declaration_close(p proposal, p_state text)
	RETURNS declaration_challenge
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d declaration := declaration_numbered(p.subject_number);
	x declaration_challenge := declaration_challenge_on(d);
BEGIN
	PERFORM declaration_check_settler(x);
	IF p.created < x.created THEN
		RAISE EXCEPTION 'this was proposed on an earlier challenge '
		    'than %: reject it, and propose anew', x.number
		    USING ERRCODE = 'AY004', DETAIL = 'PROPOSAL_STALE';
	END IF;
	UPDATE declaration_challenge SET state = p_state,
	    effective = assay_now() WHERE id = x.id;
	PERFORM reminder_drop('declaration.answer_due', d.number);
	PERFORM notice_add('declaration.' || p_state, m.organisation_id,
	    d.number, jsonb_build_object('challenge', x.number))
	FROM model m WHERE m.id = d.model_id;
	RETURN x;
END
$$;

-- One that ran out while it was doubted was doubted still, and is no more: no state of
-- its own says so to operators.
CREATE FUNCTION declaration_upheld_tell(p_declaration bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM standing_tell('declaration.upheld', CASE m.kind
	    WHEN 'hardware_platform' THEN m.kind ELSE 'model' END, m.id,
	    d.number, jsonb_build_object('model', m.handle,
	    'effective', json_time(assay_now())))
	FROM declaration d JOIN model m ON m.id = d.model_id
	WHERE d.id = p_declaration;
END
$$;

-- Upheld: in force again, if it has not run out meanwhile; and doubted anew by
-- what it names that proved false while it was doubted for something else.
CREATE FUNCTION act_declaration_uphold(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x declaration_challenge := declaration_close(p, 'upheld');
	d declaration;
BEGIN
	UPDATE declaration SET state = 'in_force', effective = assay_now()
	WHERE id = x.declaration_id AND state = 'challenged' RETURNING * INTO d;
	IF NOT FOUND THEN
		PERFORM declaration_upheld_tell(x.declaration_id);
	END IF;
	PERFORM declaration_doubt_by(d, e)
	FROM (SELECT f FROM declaration_fallen(d) AS f
	    WHERE f.state = 'repudiated' AND NOT EXISTS (SELECT
		FROM declaration_challenge c WHERE c.declaration_id = d.id
		AND encode(f.sha256, 'hex') = ANY (c.evidence)) LIMIT 1)
	    AS t (e);
	-- what arose because no answer came, and nobody has adopted
	UPDATE measure SET state = 'rejected', effective = assay_now()
	WHERE cause = x.number AND state = 'proposed' AND proposed_by IS NULL
	    AND NOT EXISTS (SELECT FROM proposal q JOIN act a ON a.name = q.act
		WHERE a.subject_kind = 'measure'
		AND q.subject_id = measure.id AND q.state = 'open');
END
$$;

-- The measures that a false declaration forces: corrective action always; a
-- freeze of downloads where the deciders said so, and where somebody was
-- promised level 3 or more.
CREATE FUNCTION declaration_force_measures(d declaration, p_cause text,
	p_freeze bool) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m model := (SELECT t FROM model t WHERE t.id = d.model_id);
	scope text := CASE m.kind WHEN 'hardware_platform'
	    THEN 'hardware_platform' ELSE 'model' END;
	basis text := format('declaration %s does not hold (%s)', d.number,
	    p_cause);
BEGIN
	PERFORM measure_arise('corrective_action', scope, m.id, basis,
	    p_cause);
	IF p_freeze OR EXISTS (SELECT FROM coc WHERE model_id = m.id
	    AND state IN ('provisional', 'certified', 'suspended')
	    AND level >= 3) THEN
		PERFORM measure_arise('download_freeze', scope, m.id, basis,
		    p_cause);
	END IF;
END
$$;

CREATE FUNCTION act_declaration_refute(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x declaration_challenge := declaration_close(p, 'refuted');
	d declaration;
BEGIN
	UPDATE declaration SET state = 'refuted', effective = assay_now()
	WHERE id = x.declaration_id RETURNING * INTO d;
	PERFORM declaration_force_measures(d, x.number,
	    coalesce((p.terms ->> 'freeze')::bool, false));
	PERFORM coc_rejudge(d.model_id);
END
$$;

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles) VALUES
  ('declaration_uphold', 'declaration', '{decider}', '{decider}'),
  ('declaration_refute', 'declaration', '{decider}', '{decider}');

GRANT EXECUTE ON FUNCTION declaration_settle(text, text, text, bool)
	TO assay_api;
