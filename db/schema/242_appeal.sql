-- Appeals: a supplier asks two deciders who had no part in a measure to judge
-- it again.  The measure stays in force meanwhile.

CREATE TABLE appeal (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	measure_id bigint NOT NULL REFERENCES measure,
	organisation_id bigint NOT NULL REFERENCES organisation, -- that appeals
	ground text NOT NULL CHECK (length(ground) BETWEEN 1 AND 4000),
	evidence bigint[] NOT NULL, -- ids
	filed_by bigint NOT NULL REFERENCES principal,
	statement_id bigint NOT NULL REFERENCES statement,
	state text NOT NULL DEFAULT 'filed',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	reason text CHECK (length(reason) <= 1000), -- of the decision
	created timestamptz NOT NULL DEFAULT assay_now()
);
-- A measure is appealed against once, unless the appeal was withdrawn.
CREATE UNIQUE INDEX appeal_once ON appeal (measure_id)
	WHERE state <> 'withdrawn';
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON appeal
	FOR EACH ROW EXECUTE FUNCTION state_guard('appeal');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON appeal
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles) VALUES
  ('appeal_decide', 'appeal', '{decider}', '{decider}');

CREATE FUNCTION evidence_hashes(p_ids bigint[]) RETURNS text[]
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT ARRAY(SELECT encode(sha256, 'hex') FROM evidence
	    WHERE id = ANY (p_ids) ORDER BY id);
$$;

CREATE FUNCTION appeal_json(a appeal) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('number', a.number, 'measure', m.number,
	    'organisation', o.handle, 'ground', a.ground,
	    'evidence', evidence_hashes(a.evidence),
	    'filed_by', p.handle, 'state', a.state, 'reason', a.reason,
	    'effective', json_time(a.effective),
	    'created', json_time(a.created))
	FROM measure m, organisation o, principal p
	WHERE m.id = a.measure_id AND o.id = a.organisation_id
	    AND p.id = a.filed_by;
$$;

CREATE FUNCTION appeal_whole_json(a appeal) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN appeal_json(a) || jsonb_build_object(
	    'proposals', proposals_on('appeal', a.id),
	    'history', history_json('appeal', a.id));
END
$$;

CREATE FUNCTION appeal_numbered(p_number text) RETURNS appeal
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a appeal;
BEGIN
	SELECT * INTO a FROM appeal WHERE number = p_number FOR UPDATE;
	IF NOT FOUND OR NOT actor_sees(a.organisation_id) THEN
		RAISE EXCEPTION 'there is no appeal "%"', left(p_number, 40)
		    USING ERRCODE = 'AY003', DETAIL = 'APPEAL_ABSENT';
	END IF;
	RETURN a;
END
$$;

-- Files that are in the register and the organisation's own.
CREATE FUNCTION evidence_own(p_field text, p_organisation bigint,
    p_hashes bytea[]) RETURNS bigint[]
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	ids bigint[] := ARRAY(SELECT e.id FROM evidence e
	    JOIN organisation o ON o.id = e.organisation_id
	    WHERE e.sha256 = ANY (p_hashes)
	    AND e.state NOT IN ('rejected', 'repudiated')
	    AND (o.id = p_organisation OR o.kind = 'body') ORDER BY e.id);
BEGIN
	IF cardinality(ids) <> cardinality(p_hashes) THEN
		RAISE EXCEPTION '%: each file is uploaded first, once, by your '
		    'own organisation, and one that nobody has turned down',
		    p_field
		    USING ERRCODE = 'AY001', DETAIL = 'EVIDENCE_ABSENT';
	END IF;
	RETURN ids;
END
$$;

-- By the supplier that the measure meets, or by an officer who received the
-- supplier's letter: a banned one has no access of its own.
CREATE FUNCTION appeal_file(p_measure text, p_ground text,
    p_evidence bytea[]) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier', 'officer');
	m measure;
	org bigint;
	a appeal;
BEGIN
	PERFORM statement_must_say(format('/v1/measures/%s/appeal', p_measure),
	    jsonb_strip_nulls(jsonb_build_object('ground', p_ground,
	    'evidence', CASE WHEN cardinality(p_evidence) > 0 THEN
		to_jsonb(ARRAY(SELECT encode(x, 'hex')
		FROM unnest(p_evidence) x)) END)));
	m := measure_numbered(p_measure);
	org := measure_organisation(m);
	PERFORM actor_must_own(org);
	IF m.state <> 'in_force' THEN
		RAISE EXCEPTION '% is %: only what is in force is appealed '
		    'against', m.number, replace(m.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_STATE';
	END IF;
	IF assay_now() >= m.effective + interval '30 days' THEN
		RAISE EXCEPTION '% is in force since %: an appeal is filed '
		    'within 30 days', m.number, json_time(m.effective)
		    USING ERRCODE = 'AY004', DETAIL = 'APPEAL_LATE';
	END IF;
	INSERT INTO appeal (number, measure_id, organisation_id, ground,
	    evidence, filed_by, statement_id)
	VALUES (next_number('APL'), m.id, org, p_ground,
	    evidence_own('evidence', org, p_evidence), who.id, statement_id())
	ON CONFLICT (measure_id) WHERE state <> 'withdrawn' DO NOTHING
	RETURNING * INTO a;
	IF a.id IS NULL THEN
		RAISE EXCEPTION 'an appeal against % was filed already',
		    m.number
		    USING ERRCODE = 'AY004', DETAIL = 'APPEAL_FILED';
	END IF;
	PERFORM alarm_raise('measure.appealed', m.number, jsonb_build_object(
	    'appeal', a.number));
	RETURN appeal_whole_json(a);
END
$$;

CREATE FUNCTION appeal_withdraw(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a appeal;
BEGIN
	PERFORM actor_must('supplier', 'officer');
	PERFORM statement_must_say(format('/v1/appeals/%s/withdraw', p_number),
	    '{}');
	a := appeal_numbered(p_number);
	PERFORM actor_must_own(a.organisation_id);
	PERFORM state_must_change(a.number, a.state, 'withdrawn');
	UPDATE appeal SET state = 'withdrawn', effective = assay_now()
	WHERE id = a.id RETURNING * INTO a;
	RETURN appeal_whole_json(a);
END
$$;

-- Whoever proposed, approved or confirmed the measure judges no appeal.
CREATE FUNCTION appeal_must_be_another(a appeal, p_who bigint) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM measure m WHERE m.id = a.measure_id
	    AND p_who IN (m.proposed_by, m.confirmed_by)) OR
	    EXISTS (SELECT FROM proposal p
		JOIN approval x ON x.proposal_id = p.id
		WHERE p.act = 'measure_impose' AND p.subject_id = a.measure_id
		AND x.principal_id = p_who) THEN
		RAISE EXCEPTION 'whoever imposed a measure does not judge the '
		    'appeal against it: somebody else must'
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
END
$$;

CREATE FUNCTION appeal_propose_decide(p_number text, p_verdict text,
    p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a appeal;
	terms jsonb;
BEGIN
	PERFORM actor_must('decider');
	a := appeal_numbered(p_number);
	terms := statement_must_say(format('/v1/appeals/%s/decide', p_number),
	    jsonb_build_object('measure', (SELECT number FROM measure
		WHERE id = a.measure_id), 'verdict', p_verdict,
	    'reason', p_reason));
	IF a.state <> 'filed' THEN
		RAISE EXCEPTION '% is % already', a.number, a.state
		    USING ERRCODE = 'AY004', DETAIL = 'APPEAL_STATE';
	END IF;
	IF p_verdict NOT IN ('upheld', 'dismissed') THEN
		RAISE EXCEPTION 'verdict: an appeal is upheld or dismissed'
		    USING ERRCODE = 'AY001', DETAIL = 'APPEAL_VERDICT';
	END IF;
	PERFORM appeal_must_be_another(a, actor_id());
	PERFORM proposal_open('appeal_decide', a.id, a.number, terms);
	RETURN appeal_whole_json(a);
END
$$;

-- What an appeal lifts: the measure, and what it escalated to meanwhile, if they
-- can be lifted at all.
CREATE FUNCTION appeal_measures(p_appeal bigint) RETURNS SETOF measure
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT m.* FROM appeal a JOIN measure x ON x.id = a.measure_id
	JOIN measure m ON m.id = x.id OR m.cause = x.number
	JOIN measure_kind k ON k.name = m.kind AND k.liftable
	WHERE a.id = p_appeal AND m.state IN ('in_force', 'escalated')
	ORDER BY m.id DESC;
$$;

-- Upheld: the authority lifts the measure, once it has read both signatures
-- itself; what is final is not undone by it.
CREATE FUNCTION act_appeal_decide(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a appeal;
	m measure;
BEGIN
	SELECT * INTO STRICT a FROM appeal WHERE id = p.subject_id FOR UPDATE;
	PERFORM appeal_must_be_another(a, actor_id());
	PERFORM appeal_must_be_another(a, p.proposed_by);
	UPDATE appeal SET state = p.terms ->> 'verdict',
	    reason = p.terms ->> 'reason', effective = assay_now()
	WHERE id = a.id RETURNING * INTO a;
	SELECT * INTO STRICT m FROM measure WHERE id = a.measure_id;
	PERFORM notice_add('appeal.' || a.state, a.organisation_id, a.number,
	    jsonb_build_object('measure', m.number, 'reason', a.reason));
	IF a.state = 'upheld' AND EXISTS (SELECT FROM appeal_measures(a.id))
	THEN
		PERFORM proposal_must_be_since(p, (SELECT max(effective)
		    FROM appeal_measures(a.id)));
		PERFORM order_add(p.act, p.id, p.statement_id);
	END IF;
END
$$;

GRANT SELECT ON appeal TO assay_api, assay_authority;
GRANT EXECUTE ON FUNCTION
	appeal_file(text, text, bytea[]), appeal_withdraw(text),
	appeal_propose_decide(text, text, text)
	TO assay_api;
