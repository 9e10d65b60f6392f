-- Measures: what the body does where trust has failed.
--
-- A freeze is read by whoever issues or decides.  A hold is also told to the
-- status log, in the transaction that puts it in force or ends it; the log
-- keeps holds apart by measure, so a cohort is free when the last one is gone.

CREATE FUNCTION measure_is_fixed() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF to_jsonb(OLD) - '{state,effective,lapses}'::text[] IS DISTINCT FROM
	    to_jsonb(NEW) - '{state,effective,lapses}'::text[] THEN
		RAISE EXCEPTION 'a measure cannot change: lift it and impose '
		    'another'
		    USING ERRCODE = 'AY002', DETAIL = 'MEASURE_FIXED';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER measure_is_fixed BEFORE UPDATE ON measure
	FOR EACH ROW EXECUTE FUNCTION measure_is_fixed();

-- Every way into and out of force passes here, so the log cannot disagree.
CREATE FUNCTION measure_tell_status() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	was bool := TG_OP = 'UPDATE' AND OLD.state = 'in_force';
	now_held bool := NEW.state = 'in_force';
BEGIN
	IF NEW.kind = 'hold' AND was <> now_held THEN
		PERFORM status_cohort(now_held, NEW.scope_kind, NEW.scope_id,
		    NEW.id);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER measure_tell_status AFTER INSERT OR UPDATE OF state ON measure
	FOR EACH ROW EXECUTE FUNCTION measure_tell_status();

CREATE FUNCTION measure_numbered(p_number text) RETURNS measure
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
BEGIN
	SELECT * INTO m FROM measure WHERE number = p_number FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no measure "%"', p_number
		    USING ERRCODE = 'AY003', DETAIL = 'MEASURE_ABSENT';
	END IF;
	RETURN m;
END
$$;

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
	    END;
	IF v_id IS NULL THEN
		RAISE EXCEPTION 'there is no % "%" (a scope is a supplier '
		    'organisation, a site, a hardware_platform, a model of '
		    'TrEs or terminals, or a lot)', p_scope_kind, p_scope
		    USING ERRCODE = 'AY003', DETAIL = 'SCOPE_ABSENT';
	END IF;
	RETURN v_id;
END
$$;

-- By a security officer or a decider.  In an emergency it is in force at once
-- and lapses after 72 hours, unless a second person confirms it.
CREATE FUNCTION measure_propose(p_kind text, p_scope_kind text, p_scope text,
	p_legal_basis text, p_emergency bool) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
	terms jsonb;
BEGIN
	PERFORM actor_must('security', 'decider');
	terms := statement_must_say('/v1/measures', jsonb_build_object(
	    'kind', p_kind, 'scope_kind', p_scope_kind, 'scope', p_scope,
	    'legal_basis', p_legal_basis, 'emergency', p_emergency));
	IF p_kind NOT IN ('issuance_freeze', 'download_freeze', 'hold') THEN
		RAISE EXCEPTION 'a measure is an issuance_freeze, a '
		    'download_freeze or a hold, not "%"', p_kind
		    USING ERRCODE = 'AY001', DETAIL = 'MEASURE_KIND';
	END IF;
	IF p_emergency THEN
		RETURN measure_whole_json(measure_impose_at_once(p_kind,
		    p_scope_kind, p_scope, p_legal_basis, NULL));
	END IF;
	INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number,
	    legal_basis, proposed_by)
	VALUES (next_number('MEA'), p_kind, p_scope_kind,
	    measure_scope(p_scope_kind, p_scope), p_scope, p_legal_basis,
	    actor_id())
	RETURNING * INTO m;
	PERFORM proposal_open('measure_impose', m.id, m.number, terms);
	RETURN measure_whole_json(m);
END
$$;

-- In force by one person's word, which whoever calls this has looked at, until
-- it lapses; once.
CREATE FUNCTION measure_impose_at_once(p_kind text, p_scope_kind text,
    p_scope text, p_legal_basis text, p_cause text) RETURNS measure
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
BEGIN
	IF EXISTS (SELECT FROM measure
	    WHERE kind = p_kind AND scope_kind = p_scope_kind
	    AND scope_number = p_scope AND proposed_by = actor_id()
	    AND (state = 'lapsed' OR lapses <= assay_now())) THEN
		RAISE EXCEPTION 'your emergency measure of this kind on % has '
		    'lapsed unconfirmed: this time another person imposes it, '
		    'or two do', p_scope
		    USING ERRCODE = 'AY002', DETAIL = 'EMERGENCY_REPEATED';
	END IF;
	INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number,
	    legal_basis, state, emergency, lapses, proposed_by, cause)
	VALUES (next_number('MEA'), p_kind, p_scope_kind,
	    measure_scope(p_scope_kind, p_scope), p_scope, p_legal_basis,
	    'in_force', true, assay_now() + interval '72 hours', actor_id(),
	    p_cause)
	RETURNING * INTO m;
	RETURN m;
END
$$;

CREATE FUNCTION act_measure_impose(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	UPDATE measure SET state = 'in_force', effective = assay_now()
	WHERE id = p.subject_id;
$$;

CREATE FUNCTION reject_measure_impose(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	UPDATE measure SET state = 'rejected', effective = assay_now()
	WHERE id = p.subject_id;
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
	UPDATE measure SET lapses = NULL WHERE id = m.id RETURNING * INTO m;
	PERFORM history_note('measure', m.id, m.state, to_jsonb(m));
	RETURN measure_json(m);
END
$$;

-- Lifting takes two people, also where imposing took one.
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
	PERFORM proposal_open('measure_lift', m.id, m.number, terms);
	RETURN measure_whole_json(m);
END
$$;

-- The authority does it, once it has read both signatures itself
-- (305_given_back.sql): the status log would believe it of anybody.
CREATE FUNCTION act_measure_lift(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'SELECT order_add(p.act, p.id, p.statement_id)';

CREATE FUNCTION measure_lift(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE measure SET state = 'lifted', effective = assay_now()
	WHERE id = p.subject_id AND state = 'in_force';
	IF NOT FOUND THEN
		RAISE EXCEPTION '% is no longer in force', p.subject_number
		    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_STATE';
	END IF;
END
$$;

-- The lots that a measure reaches.  Through a hardware platform: those of the
-- TrE models on it.
CREATE FUNCTION measure_lots(p_scope_kind text, p_scope_id bigint)
	RETURNS SETOF lot
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT l.* FROM lot l JOIN model m ON m.id = l.model_id
	WHERE CASE p_scope_kind
	    WHEN 'organisation' THEN l.organisation_id = p_scope_id
	    WHEN 'site' THEN l.site_id = p_scope_id
	    WHEN 'hardware_platform' THEN m.hardware_platform_id = p_scope_id
	    WHEN 'model' THEN l.model_id = p_scope_id
	    WHEN 'lot' THEN l.id = p_scope_id
	    END;
$$;

-- How much a measure hits: lots, devices, and their certificates that are not
-- revoked.  Counted from the lots' own sums and the few that are not good, so
-- that ten million devices take no longer than ten.
CREATE FUNCTION measure_reach(p_scope_kind text, p_scope_id bigint)
	RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH hit AS MATERIALIZED (
		SELECT id, issued FROM measure_lots(p_scope_kind, p_scope_id)
	), devices AS (
		SELECT count(*) AS lots, coalesce(sum(issued), 0) AS n FROM hit
	), revoked AS (
		SELECT count(*) AS n FROM certificate
		WHERE state IN ('on_hold', 'revoked') AND state = 'revoked'
		    AND lot_id IN (SELECT id FROM hit)
	)
	SELECT jsonb_build_object('lots', d.lots, 'devices', d.n,
	    'certificates', d.n - r.n)
	FROM devices d, revoked r;
$$;

GRANT EXECUTE ON FUNCTION measure_propose(text, text, text, text, bool),
	measure_confirm(text, text), measure_propose_lift(text, text) TO assay_api;

-- ---- by the clock

CREATE INDEX measure_ends ON measure (lapses) WHERE state = 'in_force';

CREATE FUNCTION clock_measure(p_now timestamptz) RETURNS int
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH ended AS (
		UPDATE measure SET state = 'lapsed', effective = lapses
		WHERE state = 'in_force' AND lapses <= p_now
		RETURNING id
	) SELECT count(*)::int FROM ended;
$$;
CREATE FUNCTION clock_measure_due() RETURNS timestamptz
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT min(lapses) FROM measure WHERE state = 'in_force';
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (40, 'measure', 'an emergency measure lapses after 72 hours');

-- ---- measures that arise from what the record knows

-- Proposed by nobody: by the clock, or by what somebody found.  It waits for a
-- person who adopts it (measure_adopt), and then for a second one.  The same
-- cause brings about the same measure once, for as long as one stands.
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
	    legal_basis, cause)
	VALUES (next_number('MEA'), p_kind, p_scope_kind, p_scope_id,
	    measure_scope_name(p_scope_kind, p_scope_id), p_legal_basis,
	    p_cause)
	RETURNING * INTO m;
	PERFORM alarm_raise('measure.arose', m.number, jsonb_build_object(
	    'kind', m.kind, 'scope_kind', m.scope_kind,
	    'scope', m.scope_number, 'cause', p_cause));
	RETURN m;
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
	    ELSE (SELECT handle FROM model WHERE id = p_scope_id) END;
$$;
