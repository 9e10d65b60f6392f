-- Measures that arise from what the record knows: adopted by a person, or
-- dismissed by two.

-- Proposed by nobody: by the clock, or by what somebody found.  It waits for a
-- person who adopts it, and then for a second one; or for two who dismiss it.
-- The same cause brings about the same measure once, for as long as one stands.
CREATE FUNCTION measure_arise(p_kind text, p_scope_kind text,
    p_scope_id bigint, p_legal_basis text, p_cause text) RETURNS measure
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
BEGIN
	SELECT * INTO m FROM measure WHERE cause = p_cause AND kind = p_kind
	    AND scope_kind = p_scope_kind AND scope_id = p_scope_id
	    AND state IN ('proposed', 'in_force');
	IF FOUND THEN
		RETURN m;
	END IF;
	INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number,
	    legal_basis, effect, cause)
	VALUES (next_number('MEA'), p_kind, p_scope_kind, p_scope_id,
	    measure_scope_name(p_scope_kind, p_scope_id), p_legal_basis,
	    (SELECT effects[1] FROM measure_kind WHERE name = p_kind), p_cause)
	RETURNING * INTO m;
	PERFORM alarm_raise('measure.arose', m.number, jsonb_build_object(
	    'kind', m.kind, 'scope_kind', m.scope_kind,
	    'scope', m.scope_number, 'cause', p_cause));
	RETURN m;
END
$$;

-- Its cause is still there: the corrective action in force, the declaration not
-- upheld, the incident not dismissed.
CREATE FUNCTION measure_cause_stands(p_cause text) RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN NOT EXISTS (SELECT FROM measure WHERE number = p_cause
		AND kind = 'corrective_action' AND state <> 'in_force')
	    AND NOT EXISTS (SELECT FROM declaration_challenge
		WHERE number = p_cause AND state = 'upheld')
	    AND NOT EXISTS (SELECT FROM finding
		WHERE number = p_cause AND state = 'closed')
	    AND NOT EXISTS (SELECT FROM incident
		WHERE number = p_cause AND state IN ('dismissed', 'closed'));
END
$$;

-- Somebody had adopted it, and it came to nothing.
CREATE FUNCTION measure_arise_again(m measure) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	again measure;
BEGIN
	IF NOT measure_cause_stands(m.cause) THEN
		RETURN;
	END IF;
	again := measure_arise(m.kind, m.scope_kind, m.scope_id, m.legal_basis,
	    m.cause);
	UPDATE measure SET firmware_from = c.firmware_from,
	    firmware_to = c.firmware_to
	FROM measure c JOIN measure_kind k ON k.firmware
	WHERE measure.id = again.id AND measure.proposed_by IS NULL
	    AND k.name = m.kind AND c.number = m.cause;
END
$$;

CREATE FUNCTION measure_unadopted(p_number text) RETURNS measure
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure := measure_numbered(p_number);
BEGIN
	IF m.state <> 'proposed' OR m.proposed_by IS NOT NULL THEN
		RAISE EXCEPTION '% is %: only what arose by itself and waits is '
		    'adopted or dismissed', p_number,
		    CASE m.state WHEN 'proposed' THEN 'proposed by somebody'
		    ELSE replace(m.state, '_', ' ') END
		    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_STATE';
	END IF;
	RETURN m;
END
$$;

-- A person stands up for it: in their words, what it is on and why, and what
-- its kind leaves open.
CREATE FUNCTION measure_adopt(p_number text, p_terms jsonb) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
BEGIN
	PERFORM actor_must('security', 'decider');
	PERFORM statement_must_say(format('/v1/measures/%s/adopt', p_number),
	    p_terms);
	m := measure_unadopted(p_number);
	IF (p_terms ->> 'kind', p_terms ->> 'scope_kind', p_terms ->> 'scope',
	    p_terms ->> 'legal_basis', p_terms ->> 'firmware_from',
	    p_terms ->> 'firmware_to') IS DISTINCT FROM (m.kind, m.scope_kind,
	    m.scope_number, m.legal_basis,
	    coalesce(m.firmware_from, p_terms ->> 'firmware_from'),
	    coalesce(m.firmware_to, p_terms ->> 'firmware_to')) THEN
		RAISE EXCEPTION 'what you signed is not %: a % on the % "%", %',
		    m.number, m.kind, m.scope_kind, m.scope_number,
		    m.legal_basis
		    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_DIFFERS';
	END IF;
	m := measure_with_terms(m, p_terms);
	UPDATE measure SET proposed_by = actor_id(), effect = m.effect,
	    deadline = m.deadline, escalates_to = m.escalates_to,
	    reason = m.reason, least_firmware = m.least_firmware,
	    firmware_from = m.firmware_from, firmware_to = m.firmware_to,
	    scopes = m.scopes, supersedes = m.supersedes
	WHERE id = m.id RETURNING * INTO m;
	PERFORM history_note('measure', m.id, m.state, to_jsonb(m));
	PERFORM proposal_open('measure_impose', m.id, m.number, p_terms);
	RETURN measure_whole_json(m);
END
$$;

CREATE FUNCTION measure_propose_dismiss(p_number text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
	terms jsonb;
BEGIN
	PERFORM actor_must('security', 'decider');
	terms := statement_must_say(format('/v1/measures/%s/dismiss', p_number),
	    jsonb_build_object('reason', p_reason));
	m := measure_unadopted(p_number);
	PERFORM proposal_open('measure_dismiss', m.id, m.number, terms);
	RETURN measure_whole_json(m);
END
$$;

CREATE FUNCTION act_measure_dismiss(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure := measure_unadopted(p.subject_number);
BEGIN
	UPDATE measure SET state = 'rejected', effective = assay_now()
	WHERE id = m.id;
END
$$;
INSERT INTO act (name, subject_kind, proposer_roles, approver_roles) VALUES
  ('measure_dismiss', 'measure', '{security,decider}', '{security,decider}');

GRANT EXECUTE ON FUNCTION measure_adopt(text, jsonb),
	measure_propose_dismiss(text, text) TO assay_api;
