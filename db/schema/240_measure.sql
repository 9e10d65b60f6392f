-- Measures: what the body does where trust has failed.  Here is how one is
-- proposed, confirmed and lifted; those that arise by themselves are in
-- 243_measure_arise.sql, and what one does is in 244_measure_force.sql.

-- What it says never changes.  One that arose by itself says nothing but what,
-- on whom and why until a person adopts it.
CREATE FUNCTION measure_is_fixed() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
DECLARE
	may text[] := '{state,effective,lapses,confirmed_by}';
BEGIN
	IF OLD.proposed_by IS NULL AND OLD.state = 'proposed' THEN
		may := may || '{proposed_by,effect,deadline,escalates_to,reason,least_firmware,firmware_from,firmware_to,scopes,supersedes}';
	END IF;
	IF to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
		RAISE EXCEPTION 'a measure cannot change: lift it and impose '
		    'another'
		    USING ERRCODE = 'AY002', DETAIL = 'MEASURE_FIXED';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER measure_is_fixed BEFORE UPDATE ON measure
	FOR EACH ROW EXECUTE FUNCTION measure_is_fixed();

CREATE FUNCTION measure_numbered(p_number text) RETURNS measure
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
BEGIN
	SELECT * INTO m FROM measure WHERE number = p_number FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no measure "%"', left(p_number, 40)
		    USING ERRCODE = 'AY003', DETAIL = 'MEASURE_ABSENT';
	END IF;
	RETURN m;
END
$$;

-- ---- what it is on

-- What people call it, as the row that it is.
CREATE FUNCTION measure_scope(p_scope_kind text, p_scope text) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_id bigint;
BEGIN
	v_id := CASE p_scope_kind
	    WHEN 'organisation' THEN (SELECT id FROM organisation
		WHERE handle = p_scope AND kind = 'supplier')
	    WHEN 'site' THEN (SELECT id FROM site WHERE handle = p_scope)
	    WHEN 'hardware_platform' THEN (SELECT id FROM model
		WHERE handle = p_scope AND kind = 'hardware_platform')
	    WHEN 'model' THEN (SELECT id FROM model
		WHERE handle = p_scope AND kind IN ('tre', 'terminal'))
	    WHEN 'lot' THEN (SELECT id FROM lot WHERE number = p_scope)
	    WHEN 'issuer' THEN (SELECT id FROM issuer
		WHERE id::text = p_scope AND role IN ('tre', 'terminal'))
	    END;
	IF v_id IS NULL THEN
		RAISE EXCEPTION 'scope: there is no % "%" (a scope is a supplier '
		    'organisation, a site, a hardware_platform, a model of '
		    'TrEs or terminals, a lot, or the number of an issuer)',
		    p_scope_kind, left(p_scope, 40)
		    USING ERRCODE = 'AY003', DETAIL = 'SCOPE_ABSENT';
	END IF;
	RETURN v_id;
END
$$;

CREATE FUNCTION measure_scope_name(p_scope_kind text, p_scope_id bigint)
	RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT CASE p_scope_kind
	    WHEN 'organisation' THEN (SELECT handle::text FROM organisation
		WHERE id = p_scope_id)
	    WHEN 'site' THEN (SELECT handle FROM site WHERE id = p_scope_id)
	    WHEN 'lot' THEN (SELECT number FROM lot WHERE id = p_scope_id)
	    WHEN 'issuer' THEN p_scope_id::text
	    ELSE (SELECT handle FROM model WHERE id = p_scope_id) END;
$$;

-- ---- proposed

-- The members that a kind may leave open, as they were signed: unknown ones,
-- and those of another kind, are refused.
CREATE FUNCTION measure_with_terms(m measure, p_terms jsonb) RETURNS measure
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	k measure_kind;
	may text[] := '{kind,scope_kind,scope,legal_basis,emergency,effect,supersedes}';
	unfit text;
BEGIN
	SELECT * INTO k FROM measure_kind WHERE name = m.kind;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'kind: a measure is one of %, not "%"',
		    (SELECT string_agg(name, ', ' ORDER BY name)
			FROM measure_kind), left(m.kind, 40)
		    USING ERRCODE = 'AY001', DETAIL = 'MEASURE_KIND';
	END IF;
	may := may || CASE m.kind
	    WHEN 'corrective_action' THEN '{deadline,escalates_to}'::text[]
	    WHEN 'mass_revocation' THEN '{reason}'
	    WHEN 'minimum_firmware' THEN '{least_firmware}'
	    WHEN 'scope_reduction' THEN '{scopes}'
	    ELSE '{}' END ||
	    CASE WHEN k.firmware AND m.scope_kind = 'model'
	    THEN '{firmware_from,firmware_to}'::text[] ELSE '{}' END;
	SELECT x INTO unfit FROM jsonb_object_keys(p_terms) x
	WHERE NOT x = ANY (may) ORDER BY x LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '%: a % on a % has no such member (it may have '
		    '%)', unfit, m.kind, m.scope_kind,
		    array_to_string(may, ', ')
		    USING ERRCODE = 'AY001', DETAIL = 'FIELD_UNFIT';
	END IF;
	m.effect := coalesce(p_terms ->> 'effect', k.effects[1]);
	m.deadline := ((p_terms ->> 'deadline') || 'T00:00:00Z')::timestamptz;
	m.escalates_to := CASE m.kind WHEN 'corrective_action' THEN
	    coalesce(p_terms ->> 'escalates_to', 'download_freeze') END;
	m.reason := p_terms ->> 'reason';
	m.least_firmware := p_terms ->> 'least_firmware';
	m.firmware_from := p_terms ->> 'firmware_from';
	m.firmware_to := p_terms ->> 'firmware_to';
	m.scopes := CASE WHEN p_terms ? 'scopes' THEN
	    ARRAY(SELECT jsonb_array_elements_text(p_terms -> 'scopes')) END;
	IF p_terms ? 'supersedes' THEN
		m.supersedes := (measure_numbered(p_terms ->> 'supersedes')).id;
	END IF;
	PERFORM measure_must_fit(m, k);
	RETURN m;
END
$$;

-- By a security officer or a decider; in force when a second one approves.  In
-- an emergency it is in force at once and lapses after 72 hours, unless a
-- second person confirms it.
CREATE FUNCTION measure_propose(p_terms jsonb) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
BEGIN
	PERFORM actor_must('security', 'decider');
	PERFORM statement_must_say('/v1/measures', p_terms);
	m.kind := p_terms ->> 'kind';
	m.scope_kind := p_terms ->> 'scope_kind';
	m.scope_number := p_terms ->> 'scope';
	m.legal_basis := p_terms ->> 'legal_basis';
	m.emergency := coalesce((p_terms ->> 'emergency')::bool, false);
	m.scope_id := measure_scope(m.scope_kind, m.scope_number);
	m := measure_with_terms(m, p_terms);
	m := measure_add(m);
	IF NOT m.emergency THEN
		PERFORM proposal_open('measure_impose', m.id, m.number, p_terms);
	END IF;
	RETURN measure_whole_json(m);
END
$$;

-- In force by one person's word, which whoever calls this has looked at, until
-- it lapses.
CREATE FUNCTION measure_impose_at_once(p_kind text, p_scope_kind text,
    p_scope text, p_legal_basis text, p_cause text) RETURNS measure
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
BEGIN
	m.kind := p_kind;
	m.scope_kind := p_scope_kind;
	m.scope_number := p_scope;
	m.legal_basis := p_legal_basis;
	m.emergency := true;
	m.cause := p_cause;
	m.scope_id := measure_scope(p_scope_kind, p_scope);
	RETURN measure_add(measure_with_terms(m, '{}'));
END
$$;

-- An emergency is in force by this, once; the others wait.
CREATE FUNCTION measure_add(m measure) RETURNS measure
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF m.emergency AND EXISTS (SELECT FROM measure
	    WHERE kind = m.kind AND scope_kind = m.scope_kind
	    AND scope_id = m.scope_id AND proposed_by = actor_id()
	    AND (state = 'lapsed' OR lapses <= assay_now())) THEN
		RAISE EXCEPTION 'your emergency measure of this kind on % has '
		    'lapsed unconfirmed: this time another person imposes it, '
		    'or two do', m.scope_number
		    USING ERRCODE = 'AY002', DETAIL = 'EMERGENCY_REPEATED';
	END IF;
	INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number,
	    legal_basis, effect, deadline, escalates_to, reason,
	    least_firmware, firmware_from, firmware_to, scopes, supersedes,
	    state, emergency, lapses, proposed_by, cause)
	VALUES (next_number('MEA'), m.kind, m.scope_kind, m.scope_id,
	    m.scope_number, m.legal_basis, m.effect, m.deadline,
	    m.escalates_to, m.reason, m.least_firmware, m.firmware_from,
	    m.firmware_to, m.scopes, m.supersedes,
	    CASE WHEN m.emergency THEN 'in_force' ELSE 'proposed' END,
	    m.emergency, CASE WHEN m.emergency
	    THEN assay_now() + interval '72 hours' END, actor_id(), m.cause)
	RETURNING * INTO m;
	RETURN m;
END
$$;

-- The second person behind an emergency measure.
CREATE FUNCTION measure_confirm(p_number text, p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
BEGIN
	PERFORM actor_must('security', 'decider');
	PERFORM statement_must_say(format('/v1/measures/%s/confirm', p_number),
	    jsonb_build_object('reason', p_reason));
	m := measure_numbered(p_number);
	IF m.state <> 'in_force' OR m.lapses IS NULL
	    OR m.lapses <= assay_now() THEN
		RAISE EXCEPTION '% is no emergency measure that waits for '
		    'confirmation: it is %', p_number,
		    CASE WHEN m.state = 'in_force' AND m.lapses <= assay_now()
		    THEN 'lapsed' ELSE replace(m.state, '_', ' ') END
		    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_STATE';
	END IF;
	IF m.proposed_by = actor_id() THEN
		RAISE EXCEPTION '% takes a second person: whoever imposed it '
		    'cannot confirm it', p_number
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
	UPDATE measure SET lapses = NULL, confirmed_by = actor_id()
	WHERE id = m.id RETURNING * INTO m;
	PERFORM history_note('measure', m.id, m.state, to_jsonb(m));
	RETURN measure_json(m);
END
$$;

-- ---- lifted

-- Takes two people, also where imposing took one.
CREATE FUNCTION measure_propose_lift(p_number text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
	terms jsonb;
BEGIN
	PERFORM actor_must('security', 'decider');
	terms := statement_must_say(format('/v1/measures/%s/lift', p_number),
	    jsonb_build_object('reason', p_reason));
	m := measure_numbered(p_number);
	IF m.state <> 'in_force' THEN
		RAISE EXCEPTION '% is %, not in force', p_number,
		    replace(m.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_STATE';
	END IF;
	PERFORM measure_must_be_liftable(m);
	PERFORM proposal_open('measure_lift', m.id, m.number, terms);
	RETURN measure_whole_json(m);
END
$$;

CREATE FUNCTION measure_must_be_liftable(m measure) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT (SELECT liftable FROM measure_kind WHERE name = m.kind) THEN
		RAISE EXCEPTION 'a % is final: nothing lifts it',
		    replace(m.kind, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_FINAL';
	END IF;
END
$$;

-- The authority does it, once it has read both signatures itself
-- (305_given_back.sql): the status log would believe it of anybody.
CREATE FUNCTION act_measure_lift(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure := (SELECT x FROM measure x WHERE x.id = p.subject_id);
BEGIN
	IF m.state <> 'in_force' THEN
		RAISE EXCEPTION '% is % by now', m.number,
		    replace(m.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_STATE';
	END IF;
	PERFORM order_add(p.act, p.id, p.statement_id);
END
$$;

CREATE FUNCTION measure_lift(p_measure bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
BEGIN
	SELECT * INTO STRICT m FROM measure WHERE id = p_measure FOR UPDATE;
	PERFORM measure_must_be_liftable(m);
	IF m.state NOT IN ('in_force', 'escalated') THEN
		RAISE EXCEPTION '% is no longer in force', m.number
		    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_STATE';
	END IF;
	UPDATE measure SET state = 'lifted', effective = assay_now()
	WHERE id = m.id;
END
$$;

GRANT SELECT ON measure_kind TO assay_api;
GRANT EXECUTE ON FUNCTION measure_propose(jsonb), measure_confirm(text, text),
	measure_propose_lift(text, text)
	TO assay_api;
