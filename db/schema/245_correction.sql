-- Corrections: a supplier says that it did what a corrective action asks for; an
-- officer confirms it, and with that proposes to lift the measure, and what it
-- had escalated to.  Auditors report and never decide: what they found goes into
-- the evidence.

CREATE TABLE correction (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	measure_id bigint NOT NULL REFERENCES measure,
	what text NOT NULL CHECK (length(what) BETWEEN 1 AND 4000),
	evidence bigint[] NOT NULL, -- ids
	reported_by bigint NOT NULL REFERENCES principal,
	judged_by bigint REFERENCES principal,
	reason text CHECK (length(reason) <= 1000),
	state text NOT NULL DEFAULT 'reported',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK (judged_by IS DISTINCT FROM reported_by)
);
CREATE UNIQUE INDEX correction_open ON correction (measure_id)
	WHERE state IN ('reported', 'confirmed');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON correction
	FOR EACH ROW EXECUTE FUNCTION state_guard('correction');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON correction
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles) VALUES
  ('correction_confirm', 'correction', '{officer}', '{security,decider}');

CREATE FUNCTION correction_json(c correction) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('number', c.number, 'measure', m.number,
	    'what', c.what,
	    'evidence', evidence_hashes(c.evidence),
	    'state', c.state, 'reported_by', r.handle, 'judged_by', j.handle,
	    'reason', c.reason, 'created', json_time(c.created))
	FROM measure m, principal r LEFT JOIN principal j ON j.id = c.judged_by
	WHERE m.id = c.measure_id AND r.id = c.reported_by;
$$;

CREATE FUNCTION correction_numbered(p_number text) RETURNS correction
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c correction;
BEGIN
	SELECT * INTO c FROM correction WHERE number = p_number FOR UPDATE;
	IF NOT FOUND OR NOT actor_sees((SELECT measure_organisation(m)
	    FROM measure m WHERE m.id = c.measure_id)) THEN
		RAISE EXCEPTION 'there is no correction "%"', left(p_number, 40)
		    USING ERRCODE = 'AY003', DETAIL = 'CORRECTION_ABSENT';
	END IF;
	RETURN c;
END
$$;

-- In force or, when it is late, escalated.
CREATE FUNCTION correction_report(p_measure text, p_what text,
    p_evidence bytea[]) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier');
	m measure := measure_numbered(p_measure);
	c correction;
BEGIN
	PERFORM actor_must_own(measure_organisation(m));
	IF m.kind <> 'corrective_action'
	    OR m.state NOT IN ('in_force', 'escalated') THEN
		RAISE EXCEPTION '% is no corrective action that waits for you: '
		    'it is a % and %', m.number, replace(m.kind, '_', ' '),
		    replace(m.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_STATE';
	END IF;
	INSERT INTO correction (number, measure_id, what, evidence, reported_by)
	VALUES (next_number('COR'), m.id, p_what,
	    evidence_own('evidence', who.organisation_id, p_evidence), who.id)
	ON CONFLICT (measure_id) WHERE state IN ('reported', 'confirmed')
	    DO NOTHING
	RETURNING * INTO c;
	IF c.id IS NULL THEN
		RAISE EXCEPTION 'a correction of % waits to be judged already',
		    m.number
		    USING ERRCODE = 'AY004', DETAIL = 'CORRECTION_OPEN';
	END IF;
	PERFORM alarm_raise('measure.corrected', m.number, jsonb_build_object(
	    'correction', c.number));
	RETURN correction_json(c);
END
$$;

CREATE FUNCTION correction_waiting(p_number text) RETURNS correction
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c correction := correction_numbered(p_number);
BEGIN
	IF c.state <> 'reported' THEN
		RAISE EXCEPTION '% is % already', c.number, c.state
		    USING ERRCODE = 'AY004', DETAIL = 'CORRECTION_STATE';
	END IF;
	RETURN c;
END
$$;

CREATE FUNCTION correction_confirm(p_number text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c correction;
	terms jsonb;
BEGIN
	PERFORM actor_must('officer');
	c := correction_waiting(p_number);
	terms := statement_must_say(
	    format('/v1/corrections/%s/confirm', p_number),
	    jsonb_build_object('measure', (SELECT number FROM measure
		WHERE id = c.measure_id), 'reason', p_reason));
	UPDATE correction SET state = 'confirmed', judged_by = actor_id(),
	    reason = p_reason, effective = assay_now()
	WHERE id = c.id RETURNING * INTO c;
	PERFORM proposal_open('correction_confirm', c.id, c.number, terms);
	RETURN correction_json(c);
END
$$;

-- One is enough to say that it isn't done.
CREATE FUNCTION correction_reject(p_number text, p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c correction;
BEGIN
	PERFORM actor_must('officer');
	PERFORM reason_must('a rejection', p_reason);
	c := correction_waiting(p_number);
	PERFORM correction_refuse(c, p_reason);
	SELECT * INTO c FROM correction WHERE id = c.id;
	RETURN correction_json(c);
END
$$;

CREATE FUNCTION correction_refuse(c correction, p_reason text) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure := (SELECT x FROM measure x WHERE x.id = c.measure_id);
BEGIN
	UPDATE correction SET state = 'rejected', judged_by = actor_id(),
	    reason = p_reason, effective = assay_now() WHERE id = c.id;
	PERFORM notice_add('correction.rejected', measure_organisation(m),
	    c.number, jsonb_build_object('measure', m.number,
	    'reason', p_reason));
END
$$;

-- The authority lifts the measure, once it has read both signatures itself.
-- A signature from before what it would lift counts for nothing there.  Where an
-- appeal, or two people, have lifted it meanwhile, nothing is left to do.
CREATE FUNCTION act_correction_confirm(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM proposal_must_be_since(p, (SELECT max(effective)
	    FROM correction_measures(p.subject_id)));
	IF EXISTS (SELECT FROM correction_measures(p.subject_id)) THEN
		PERFORM order_add(p.act, p.id, p.statement_id);
	END IF;
END
$$;

CREATE FUNCTION reject_correction_confirm(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM correction_refuse(c, (SELECT reason FROM approval
	    WHERE proposal_id = p.id AND verdict = 'reject'))
	FROM correction c WHERE c.id = p.subject_id;
END
$$;

-- What a correction lifts: the corrective action, and what it escalated to if
-- that can be lifted at all.
CREATE FUNCTION correction_measures(p_correction bigint) RETURNS SETOF measure
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT m.* FROM correction c JOIN measure a ON a.id = c.measure_id
	JOIN measure m ON m.id = a.id OR m.cause = a.number
	JOIN measure_kind k ON k.name = m.kind AND k.liftable
	WHERE c.id = p_correction AND m.state IN ('in_force', 'escalated')
	ORDER BY m.id DESC;
$$;

GRANT SELECT ON correction TO assay_api, assay_authority;
GRANT EXECUTE ON FUNCTION
	correction_report(text, text, bytea[]),
	correction_confirm(text, text), correction_reject(text, text)
	TO assay_api;
