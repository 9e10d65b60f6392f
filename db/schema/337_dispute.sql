-- Disputes: who should have a device in custody.  An operator that was refused
-- it, or from which it was moved, says why; who has it hears of that and
-- answers; the body decides with four eyes.  Until then the device stays where
-- it is: its operator goes on serving it, and nobody takes it over, gives it up
-- or changes its lock.
--
-- Nobody stops another's devices by words alone: who opens a dispute has asked
-- about that very device, with both its keys, within 30 days, or has had it.

CREATE TABLE dispute (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	custody_id bigint NOT NULL REFERENCES custody,
	custodian_id bigint NOT NULL REFERENCES organisation, -- who has it
	organisation_id bigint NOT NULL REFERENCES organisation, -- who asks
	decision_id uuid NOT NULL REFERENCES decision, -- what it was told
	opened_by bigint NOT NULL REFERENCES principal,
	ground text NOT NULL CHECK (length(ground) BETWEEN 1 AND 1000),
	answer text CHECK (length(answer) BETWEEN 1 AND 1000),
	verdict_reason text,
	state text NOT NULL DEFAULT 'open',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE UNIQUE INDEX dispute_open ON dispute (custody_id) WHERE state = 'open';
CREATE INDEX dispute_custodian ON dispute (custodian_id, id);
CREATE INDEX dispute_organisation ON dispute (organisation_id, id);
CREATE INDEX dispute_state ON dispute (state, id);

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON dispute
	FOR EACH ROW EXECUTE FUNCTION state_guard('dispute');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON dispute
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- Who asks is told to both sides; who has it, only to itself and the body.
CREATE FUNCTION dispute_json(x dispute) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('number', x.number,
	    'device', d.kind || '/' || d.device_id, 'state', x.state,
	    'operator', (SELECT handle FROM organisation
		WHERE id = x.organisation_id),
	    'custodian', CASE WHEN actor_sees(x.custodian_id) THEN (SELECT
		handle FROM organisation WHERE id = x.custodian_id) END,
	    'custody', CASE WHEN actor_sees(x.custodian_id) THEN c.name END,
	    'decision', CASE WHEN actor_sees(x.organisation_id)
		THEN x.decision_id END,
	    'ground', x.ground, 'answer', x.answer,
	    'verdict_reason', x.verdict_reason,
	    'effective', json_time(x.effective),
	    'created', json_time(x.created)))
	  FROM custody c, device d
	 WHERE c.id = x.custody_id AND d.id = c.device_id;
$$;

-- Both sides of it hear.
CREATE FUNCTION dispute_notice(x dispute, p_topic text) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT notice_add(p_topic, o, x.number, jsonb_build_object('device',
	    (SELECT d.kind || '/' || d.device_id FROM custody c
		JOIN device d ON d.id = c.device_id WHERE c.id = x.custody_id),
	    'state', x.state))
	  FROM (VALUES (x.custodian_id), (x.organisation_id)) AS v (o);
$$;

CREATE FUNCTION dispute_take(p_number text) RETURNS dispute
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x dispute;
	v_device bigint;
BEGIN
	SELECT c.device_id INTO v_device FROM dispute y
	  JOIN custody c ON c.id = y.custody_id WHERE y.number = p_number
	   AND (actor_sees(y.organisation_id) OR actor_sees(y.custodian_id));
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no dispute "%"', left(p_number, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	PERFORM FROM device WHERE id = v_device FOR NO KEY UPDATE;
	SELECT * INTO x FROM dispute WHERE number = p_number FOR UPDATE;
	IF x.state <> 'open' THEN
		RAISE EXCEPTION '% is % already', x.number, x.state
		    USING ERRCODE = 'AY004', DETAIL = 'DISPUTE_STATE';
	END IF;
	RETURN x;
END
$$;

-- ---- opened

-- What gives a right to: refused for nothing but that by a decision that the
-- device itself has signed; or moved away from its custody.
CREATE FUNCTION dispute_must_have_cause(d decision) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM custody_confirmation f
	    JOIN custody c ON c.id = f.custody_id WHERE f.decision_id = d.id
	    AND c.state = 'moved'
	    AND c.effective > assay_now() - interval '180 days') THEN
		RETURN;
	END IF;
	IF d.verdict = 'permit' OR d.purpose = 'precheck'
	    OR NOT d.reasons <@ '{CONSENT_MISSING,CONSENT_INVALID,MIGRATION_LOCKED}'
	    OR d.created <= assay_now() - interval '30 days' THEN
		RAISE EXCEPTION 'decision: one that refused you the device for '
		    'want of consent, within 30 days, and for nothing else; or '
		    'your permit of before it was moved'
		    USING ERRCODE = 'AY004', DETAIL = 'DISPUTE_CAUSE';
	END IF;
END
$$;

CREATE FUNCTION dispute_must_be_new(c custody, p_organisation bigint)
	RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF c.id IS NULL OR c.organisation_id = p_organisation THEN
		RAISE EXCEPTION 'no other operator has the device'
		    USING ERRCODE = 'AY004', DETAIL = 'CUSTODY_ABSENT';
	ELSIF c.state = 'disputed' THEN
		RAISE EXCEPTION 'the device is disputed already'
		    USING ERRCODE = 'AY004', DETAIL = 'CUSTODY_DISPUTED';
	ELSIF EXISTS (SELECT FROM dispute WHERE custody_id = c.id
	    AND organisation_id = p_organisation AND state = 'dismissed') THEN
		RAISE EXCEPTION 'the body has decided that before'
		    USING ERRCODE = 'AY004', DETAIL = 'DISPUTE_DECIDED';
	END IF;
END
$$;

CREATE FUNCTION dispute_begin(p_decision uuid, p_ground text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d decision := decision_own(p_decision);
	v_device bigint := decision_device(d);
	c custody := custody_of(v_device); -- read once it is held still
	x dispute;
BEGIN
	PERFORM statement_must_say('/v1/disputes', jsonb_build_object(
	    'decision', p_decision, 'ground', p_ground));
	PERFORM dispute_must_have_cause(d);
	PERFORM dispute_must_be_new(c, d.organisation_id);
	PERFORM rate_dispute(d.organisation_id, v_device);
	UPDATE custody SET state = 'disputed', effective = assay_now()
	 WHERE id = c.id;
	INSERT INTO dispute (number, custody_id, custodian_id, organisation_id,
	    decision_id, opened_by, ground)
	VALUES (next_number('DSP'), c.id, c.organisation_id,
	    d.organisation_id, d.id, actor_id(), p_ground)
	RETURNING * INTO x;
	PERFORM dispute_notice(x, 'dispute.opened');
	PERFORM alarm_raise('dispute.opened', x.number, '{}');
	RETURN dispute_json(x);
END
$$;

-- ---- answered by who has it; withdrawn by who asks

CREATE FUNCTION dispute_answer(p_number text, p_answer text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
	x dispute := dispute_take(p_number);
BEGIN
	PERFORM statement_must_say(format('/v1/disputes/%s/answer', p_number),
	    jsonb_build_object('answer', p_answer));
	IF x.custodian_id <> who.organisation_id THEN
		RAISE EXCEPTION 'who has the device answers'
		    USING ERRCODE = 'AY002', DETAIL = 'NOT_YOURS';
	ELSIF x.answer IS NOT NULL THEN
		RAISE EXCEPTION '% is answered already', x.number
		    USING ERRCODE = 'AY004', DETAIL = 'DISPUTE_ANSWERED';
	END IF;
	UPDATE dispute SET answer = p_answer, effective = assay_now()
	 WHERE id = x.id RETURNING * INTO x;
	PERFORM dispute_notice(x, 'dispute.answered');
	PERFORM alarm_raise('dispute.answered', x.number, '{}');
	RETURN dispute_json(x);
END
$$;

-- The dispute of this custody, if there is one, ends like that.
CREATE FUNCTION dispute_close(c custody, p_state text, p_reason text)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x dispute;
BEGIN
	UPDATE dispute SET state = p_state, effective = assay_now(),
	    verdict_reason = p_reason
	 WHERE custody_id = c.id AND state = 'open' RETURNING * INTO x;
	IF FOUND THEN
		PERFORM dispute_notice(x, 'dispute.' || p_state);
	END IF;
END
$$;

CREATE FUNCTION dispute_withdraw(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
	x dispute := dispute_take(p_number);
	c custody;
BEGIN
	PERFORM statement_must_say(format('/v1/disputes/%s/withdraw',
	    p_number), '{}');
	IF x.organisation_id <> who.organisation_id THEN
		RAISE EXCEPTION 'who has opened it withdraws it'
		    USING ERRCODE = 'AY002', DETAIL = 'NOT_YOURS';
	END IF;
	UPDATE custody SET state = 'held', effective = assay_now()
	 WHERE id = x.custody_id RETURNING * INTO c;
	PERFORM dispute_close(c, 'withdrawn', NULL);
	RETURN (SELECT dispute_json(y) FROM dispute y WHERE y.id = x.id);
END
$$;

-- ---- decided by the body

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles)
VALUES ('dispute_decide', 'dispute', '{decider}', '{decider}');

-- To whom it would go; NULL where it goes to nobody.
CREATE FUNCTION dispute_heir(p_verdict text, p_to text) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	heir bigint;
BEGIN
	IF (p_verdict = 'awarded') <> (p_to IS NOT NULL) THEN
		RAISE EXCEPTION 'operator: say to whom it is awarded, and only '
		    'then'
		    USING ERRCODE = 'AY001', DETAIL = 'DISPUTE_OPERATOR';
	END IF;
	SELECT id INTO heir FROM organisation WHERE handle = p_to
	   AND kind = 'operator' AND state = 'active';
	IF p_to IS NOT NULL AND NOT FOUND THEN
		RAISE EXCEPTION 'operator: "%" is no operator that is active',
		    left(p_to, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'OPERATOR_UNKNOWN';
	END IF;
	RETURN heir;
END
$$;

CREATE FUNCTION dispute_propose(p_number text, p_verdict text,
    p_operator text, p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x dispute;
	terms jsonb;
	made proposal;
BEGIN
	PERFORM actor_must('decider');
	terms := statement_must_say(format('/v1/disputes/%s/decide',
	    p_number), jsonb_build_object('verdict', p_verdict,
	    'operator', p_operator, 'reason', p_reason));
	x := dispute_take(p_number);
	PERFORM dispute_heir(p_verdict, p_operator);
	made := proposal_open('dispute_decide', x.id, x.number, terms);
	RETURN proposal_json(made.id);
END
$$;

CREATE FUNCTION act_dispute_decide(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x dispute := dispute_take(p.subject_number);
	verdict text := p.terms ->> 'verdict';
	heir bigint := dispute_heir(verdict, p.terms ->> 'operator');
	c custody;
BEGIN
	SELECT * INTO STRICT c FROM custody WHERE id = x.custody_id FOR UPDATE;
	PERFORM dispute_close(c, verdict, p.terms ->> 'reason');
	IF verdict = 'dismissed' OR heir = c.organisation_id THEN
		UPDATE custody SET state = 'held', effective = assay_now()
		 WHERE id = c.id;
		RETURN;
	END IF;
	PERFORM custody_end(c, CASE verdict WHEN 'awarded' THEN 'moved'
	    ELSE 'released' END);
	IF heir IS NOT NULL THEN
		INSERT INTO custody (device_id, organisation_id)
		VALUES (c.device_id, heir) RETURNING * INTO c;
		PERFORM notice_add('custody.awarded', heir,
		    custody_json(c) ->> 'device',
		    jsonb_build_object('custody', c.name));
	END IF;
END
$$;

-- ---- reads

CREATE FUNCTION dispute_one(p_number text) RETURNS SETOF jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT dispute_json(x) || jsonb_build_object(
	    'proposals', proposals_on('dispute', x.id))
	  FROM dispute x WHERE x.number = p_number
	   AND (actor_sees(x.organisation_id) OR actor_sees(x.custodian_id));
END
$$;

CREATE FUNCTION dispute_list(p_state text, p_before text) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	ids bigint[];
	until bigint := coalesce((SELECT id FROM dispute
	    WHERE number = p_before AND (actor_sees(organisation_id)
	    OR actor_sees(custodian_id))), 9223372036854775807);
BEGIN
	IF actor_is_body() THEN
		ids := ARRAY(SELECT id FROM dispute WHERE id < until
		    AND (p_state IS NULL OR state = p_state)
		    ORDER BY id DESC LIMIT 101);
	ELSE
		ids := ARRAY(SELECT x.id FROM unnest(actor_organisations()) o
		    CROSS JOIN LATERAL (SELECT id FROM dispute
			WHERE organisation_id = o AND id < until
			AND (p_state IS NULL OR state = p_state)
			UNION SELECT id FROM dispute
			WHERE custodian_id = o AND id < until
			AND (p_state IS NULL OR state = p_state)) x
		    ORDER BY x.id DESC LIMIT 101);
	END IF;
	RETURN (SELECT page_json('disputes', coalesce(
	    jsonb_agg(dispute_json(x) ORDER BY x.id DESC), '[]'),
	    cardinality(ids) > 100, '{number}')
	    FROM dispute x WHERE x.id = ANY (ids[1:100]));
END
$$;

GRANT EXECUTE ON FUNCTION dispute_begin(uuid, text),
	dispute_answer(text, text), dispute_withdraw(text),
	dispute_propose(text, text, text, text), dispute_one(text),
	dispute_list(text, text) TO assay_api;
