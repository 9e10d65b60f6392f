-- How custody begins, goes on, and ends by its operator's own word.

-- What an operator says that it did, once for each permit.
CREATE TABLE custody_confirmation (
	decision_id uuid PRIMARY KEY REFERENCES decision,
	custody_id bigint NOT NULL REFERENCES custody,
	reference text NOT NULL,
	locked_until timestamptz,
	principal_id bigint NOT NULL REFERENCES principal,
	statement_id bigint NOT NULL REFERENCES statement, -- in these words
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE INDEX custody_confirmation_custody ON custody_confirmation (custody_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON custody_confirmation
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- With what it rests on: who has confirmed which permits, and the consent by
-- which it was taken over, for whoever has to prove that.
CREATE FUNCTION custody_whole_json(c custody) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT custody_json(c) || jsonb_build_object('confirmations', coalesce((
	    SELECT jsonb_agg(jsonb_build_object('decision', f.decision_id,
		'reference', f.reference, 'locked_until',
		json_time(f.locked_until), 'by', p.handle,
		'at', json_time(f.created), 'consent', x.jws)
		ORDER BY f.created)
	    FROM custody_confirmation f
	    JOIN principal p ON p.id = f.principal_id
	    LEFT JOIN consent x ON x.decision_id = f.decision_id
	    WHERE f.custody_id = c.id), '[]'));
$$;

-- How long after its decision a permit may be confirmed: the receipt's ten
-- minutes to act on it (policy/receipt.h), and an hour to say so.
CREATE FUNCTION confirm_within() RETURNS interval
	LANGUAGE sql IMMUTABLE AS $$ SELECT interval '70 minutes' $$;

-- The longest lock that the body allows: what a subsidy may bind anybody for.
CREATE FUNCTION lock_most() RETURNS interval
	LANGUAGE sql IMMUTABLE AS $$ SELECT interval '730 days' $$;

-- One's own, held still.  Whatever changes a custody takes the device first, so
-- that of two one comes after the other.
CREATE FUNCTION custody_take(p_name uuid) RETURNS custody
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
	c custody;
BEGIN
	SELECT * INTO c FROM custody WHERE name = p_name
	   AND organisation_id = who.organisation_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no custody "%" of yours',
		    p_name
		    USING ERRCODE = 'AY003', DETAIL = 'CUSTODY_ABSENT';
	END IF;
	PERFORM FROM device WHERE id = c.device_id FOR NO KEY UPDATE;
	SELECT * INTO c FROM custody WHERE id = c.id FOR UPDATE;
	PERFORM custody_must_be_held(c);
	RETURN c;
END
$$;

CREATE FUNCTION custody_must_be_held(c custody) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF c.state = 'disputed' THEN
		RAISE EXCEPTION 'the device is disputed: until the body has '
		    'decided, nothing changes'
		    USING ERRCODE = 'AY004', DETAIL = 'CUSTODY_DISPUTED';
	ELSIF c.state <> 'held' THEN
		RAISE EXCEPTION 'that custody has ended: it is %', c.state
		    USING ERRCODE = 'AY004', DETAIL = 'CUSTODY_STATE';
	END IF;
END
$$;

CREATE FUNCTION custody_end(c custody, p_state text) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	UPDATE custody SET state = p_state, effective = assay_now()
	 WHERE id = c.id;
	SELECT notice_add('custody.' || p_state, c.organisation_id,
	    (custody_json(c)) ->> 'device', jsonb_build_object('custody', c.name,
	    'reference', c.reference));
$$;

-- ---- confirming a permit

-- One of the actor's own; and the device that it was about, held still.
CREATE FUNCTION decision_own(p_decision uuid) RETURNS decision
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
	d decision;
BEGIN
	SELECT * INTO d FROM decision WHERE id = p_decision
	   AND organisation_id = who.organisation_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no decision "%" of yours',
		    p_decision
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN d;
END
$$;

CREATE FUNCTION decision_device(d decision) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_device bigint := (SELECT custody_subject(device_id, d.created)
	    FROM certificate
	    WHERE der_sha256 = coalesce(d.tre_sha256, d.platform_sha256));
BEGIN
	PERFORM FROM device WHERE id = v_device FOR NO KEY UPDATE;
	RETURN v_device;
END
$$;

CREATE FUNCTION confirm_must_be_in_time(d decision, p_lock timestamptz)
	RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF d.verdict <> 'permit' THEN
		RAISE EXCEPTION 'that decision permits nothing'
		    USING ERRCODE = 'AY004', DETAIL = 'NOT_PERMITTED';
	ELSIF d.created + confirm_within() <= assay_now() THEN
		RAISE EXCEPTION 'a permit is confirmed within 70 minutes: ask '
		    'again'
		    USING ERRCODE = 'AY004', DETAIL = 'CONFIRM_LATE';
	ELSIF p_lock <= assay_now() OR p_lock > assay_now() + lock_most() THEN
		RAISE EXCEPTION 'locked_until: a time to come, within 730 days'
		    USING ERRCODE = 'AY001', DETAIL = 'LOCK_LENGTH';
	END IF;
END
$$;

-- Another has it: then only with the consent that this very permit has used up,
-- of this very custody.
CREATE FUNCTION custody_take_over(c custody, d decision) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF d.purpose <> 'change_of_operator' OR NOT EXISTS (SELECT FROM consent
	    WHERE decision_id = d.id AND custody_id = c.id) THEN
		RAISE EXCEPTION 'another operator has the device by now'
		    USING ERRCODE = 'AY004', DETAIL = 'CUSTODY_TAKEN',
		    HINT = 'what you put into it must come out again';
	END IF;
	PERFORM custody_must_be_held(c);
	PERFORM custody_end(c, 'moved');
END
$$;

-- Its own, renewed: the lock stays, or gets shorter, but for one that is disputed.
CREATE FUNCTION custody_renew(c custody, p_decision uuid,
    p_reference text, p_lock timestamptz) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_lock <> c.locked_until THEN
		PERFORM custody_must_be_held(c);
	END IF;
	UPDATE custody SET reference = p_reference, decision_id = p_decision,
	    locked_until = coalesce(p_lock, locked_until),
	    effective = assay_now()
	 WHERE id = c.id;
	RETURN c.id;
END
$$;

CREATE FUNCTION custody_confirm(d decision, p_reference text,
    p_lock timestamptz, p_device bigint) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c custody := custody_of(p_device);
	made bigint;
BEGIN
	IF c.organisation_id = d.organisation_id THEN
		RETURN custody_renew(c, d.id, p_reference, p_lock);
	ELSIF c.id IS NOT NULL THEN
		PERFORM custody_take_over(c, d);
	ELSIF d.purpose = 'reprovision' THEN
		RAISE EXCEPTION 'a reprovision renews custody, and you have '
		    'none of this device'
		    USING ERRCODE = 'AY004', DETAIL = 'CUSTODY_ABSENT',
		    HINT = 'ask for an initial download';
	END IF;
	INSERT INTO custody (device_id, organisation_id, reference,
	    locked_until, decision_id)
	VALUES (p_device, d.organisation_id, p_reference, p_lock, d.id)
	RETURNING id INTO made;
	RETURN made;
END
$$;

-- The same words again are answered as the first time, also when it is late.
CREATE FUNCTION decision_confirm(p_decision uuid, p_reference text,
    p_locked_until timestamptz) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d decision := decision_own(p_decision);
	v_device bigint := decision_device(d);
	said custody_confirmation;
	v_custody bigint;
BEGIN
	PERFORM statement_must_say(format('/v1/decisions/%s/confirm',
	    p_decision), jsonb_build_object('reference', p_reference,
	    'locked_until', json_time(p_locked_until)));
	SELECT * INTO said FROM custody_confirmation WHERE decision_id = d.id;
	IF FOUND AND (said.reference, said.locked_until)
	    IS DISTINCT FROM (p_reference, p_locked_until) THEN
		RAISE EXCEPTION 'that permit was confirmed before, in other '
		    'words'
		    USING ERRCODE = 'AY004', DETAIL = 'CONFIRMED_OTHERWISE';
	ELSIF FOUND THEN
		RETURN (SELECT custody_json(c) FROM custody c
		    WHERE c.id = said.custody_id);
	END IF;
	PERFORM confirm_must_be_in_time(d, p_locked_until);
	v_custody := custody_confirm(d, p_reference, p_locked_until, v_device);
	INSERT INTO custody_confirmation (decision_id, custody_id, reference,
	    locked_until, principal_id, statement_id)
	VALUES (d.id, v_custody, p_reference, p_locked_until, actor_id(),
	    statement_id());
	RETURN (SELECT custody_json(c) FROM custody c WHERE c.id = v_custody);
END
$$;

-- ---- given up, or its lock made shorter

CREATE FUNCTION custody_release(p_name uuid, p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c custody := custody_take(p_name);
BEGIN
	PERFORM statement_must_say(format('/v1/custody/%s/release', p_name),
	    jsonb_build_object('reason', p_reason));
	PERFORM custody_end(c, 'released');
	RETURN (SELECT custody_json(x) FROM custody x WHERE x.id = c.id);
END
$$;

CREATE FUNCTION custody_lock(p_name uuid, p_until timestamptz)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c custody := custody_take(p_name);
BEGIN
	PERFORM statement_must_say(format('/v1/custody/%s/lock', p_name),
	    jsonb_build_object('locked_until', json_time(p_until)));
	UPDATE custody SET locked_until = p_until, effective = assay_now()
	 WHERE id = c.id RETURNING * INTO c;
	RETURN custody_json(c);
END
$$;

-- ---- an operator that is no more must not have devices for ever

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles)
VALUES ('custody_release', 'organisation', '{officer}', '{decider}');

CREATE FUNCTION custody_of_gone(p_organisation bigint) RETURNS SETOF custody
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT * FROM custody WHERE organisation_id = p_organisation
	   AND state IN ('held', 'disputed') ORDER BY device_id;
$$;

CREATE FUNCTION custodian_must_be_gone(o organisation) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF o.state NOT IN ('suspended', 'terminated') THEN
		RAISE EXCEPTION '% is %: it gives its devices up itself, or '
		    'somebody disputes one', o.handle, o.state
		    USING ERRCODE = 'AY004', DETAIL = 'CUSTODIAN_ACTIVE';
	END IF;
END
$$;

CREATE FUNCTION custody_release_propose(p_organisation text,
    p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	o organisation;
	terms jsonb;
	made proposal;
BEGIN
	PERFORM actor_must('officer');
	terms := statement_must_say(format(
	    '/v1/organisations/%s/release-custody', p_organisation),
	    jsonb_build_object('reason', p_reason));
	o := organisation_find(p_organisation);
	PERFORM custodian_must_be_gone(o);
	made := proposal_open('custody_release', o.id, o.handle, terms);
	RETURN proposal_json(made.id);
END
$$;

CREATE FUNCTION reach_custody_release(p proposal) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('devices', count(*))
	  FROM custody_of_gone(p.subject_id);
$$;

CREATE FUNCTION act_custody_release(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	o organisation;
	c custody;
BEGIN
	SELECT * INTO STRICT o FROM organisation WHERE id = p.subject_id
	   FOR NO KEY UPDATE;
	PERFORM custodian_must_be_gone(o);
	PERFORM proposal_must_be_since(p, (SELECT max(recorded) FROM history
	    WHERE entity = 'organisation' AND subject_id = o.id
	    AND from_state = 'active'));
	PERFORM FROM device WHERE id IN (SELECT device_id
	    FROM custody_of_gone(o.id)) ORDER BY id FOR NO KEY UPDATE;
	FOR c IN SELECT * FROM custody_of_gone(o.id) LOOP
		PERFORM dispute_close(c, 'released', p.terms ->> 'reason');
		PERFORM custody_end(c, 'released');
	END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION decision_confirm(uuid, text, timestamptz),
	custody_release(uuid, text), custody_lock(uuid, timestamptz),
	custody_release_propose(text, text) TO assay_api;
