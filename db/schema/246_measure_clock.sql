-- What befalls measures by the clock.

CREATE INDEX measure_ends ON measure (lapses) WHERE state = 'in_force';
CREATE INDEX measure_deadlines ON measure (deadline) WHERE state = 'in_force';

CREATE FUNCTION clock_measure(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	n int;
BEGIN
	UPDATE measure SET state = 'lapsed', effective = lapses
	 WHERE state = 'in_force' AND lapses <= p_now;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (300, 'measure', 'an emergency measure lapses after 72 hours');

-- Corrective actions that wait for their supplier: nothing was reported in
-- time that is yet to be judged, and no escalation has arisen.
CREATE FUNCTION measure_waiting() RETURNS SETOF measure
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT m.* FROM measure m
	WHERE m.kind = 'corrective_action' AND m.state = 'in_force'
	    AND NOT EXISTS (SELECT FROM measure e WHERE e.cause = m.number)
	    AND NOT EXISTS (SELECT FROM correction c
		WHERE c.measure_id = m.id AND c.created < m.deadline
		AND c.state IN ('reported', 'confirmed'));
END
$$;

-- 14, 7 and 1 days before, to the supplier and the body: the nearest of them
-- that has been reached, once.
CREATE FUNCTION measure_reminders()
	RETURNS TABLE (measure_id bigint, days int, at timestamptz)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT m.id, d.days, m.deadline - make_interval(days => d.days)
	FROM measure_waiting() m, (VALUES (14), (7), (1)) d (days)
	WHERE m.deadline - make_interval(days => d.days) > m.effective
	    AND NOT EXISTS (SELECT FROM notice n
		WHERE n.topic = 'measure.deadline' AND n.subject = m.number
		AND n.once = ANY (SELECT x::text FROM generate_series(1,
		    d.days) x));
END
$$;

CREATE FUNCTION clock_measure_deadline(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	near record;
	m measure;
	detail jsonb;
	n int := 0;
BEGIN
	FOR near IN SELECT measure_id, min(days)::text AS days
	    FROM measure_reminders() WHERE at <= p_now GROUP BY measure_id
	LOOP
		SELECT * INTO m FROM measure WHERE id = near.measure_id
		    AND deadline > p_now;
		CONTINUE WHEN NOT FOUND;
		detail := jsonb_build_object('deadline', json_time(m.deadline),
		    'days', near.days::int, 'escalates_to', m.escalates_to);
		PERFORM notice_add('measure.deadline', measure_organisation(m),
		    m.number, detail, near.days);
		PERFORM alarm_raise('measure.deadline', m.number, detail,
		    near.days);
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;

-- At the deadline: what was said it would escalate to is proposed by nobody.
CREATE FUNCTION clock_measure_overdue(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
	follows measure;
	n int := 0;
BEGIN
	FOR m IN SELECT * FROM measure_waiting() WHERE deadline <= p_now
	LOOP
		follows := measure_arise(m.escalates_to, m.scope_kind,
		    m.scope_id, left(format('%s was not met by %s: %s',
			m.number, (m.deadline AT TIME ZONE 'UTC')::date,
			m.legal_basis), 500), m.number);
		UPDATE measure SET firmware_from = m.firmware_from,
		    firmware_to = m.firmware_to
		WHERE id = follows.id AND (SELECT firmware FROM measure_kind
		    WHERE name = m.escalates_to);
		PERFORM notice_add('measure.overdue', measure_organisation(m),
		    m.number, jsonb_build_object('deadline',
		    json_time(m.deadline), 'escalates_to', m.escalates_to),
		    'overdue');
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES
  (310, 'measure_deadline',
    'the deadline of a corrective action is 14, 7 and 1 days away'),
  (320, 'measure_overdue', 'an overdue corrective action proposes its escalation');
