-- Before an end comes, whom it concerns is told: a warning is a notice that is
-- said once for each number of days, the nearest that is due and no other, so
-- that nobody is told on one day of thirty days and of seven.

-- Of these days before p_end, those that have begun at p_t: the fewest; NULL
-- before the first, and when it is over.
CREATE FUNCTION warning_days(p_end timestamptz, p_days int[], p_t timestamptz)
	RETURNS int
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT min(d) FROM unnest(p_days) AS d
	WHERE p_end - make_interval(hours => 24 * d) <= p_t AND p_t < p_end;
$$;

-- When the next of them begins.
CREATE FUNCTION warning_next(p_end timestamptz, p_days int[], p_t timestamptz)
	RETURNS timestamptz
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT min(p_end - make_interval(hours => 24 * d))
	FROM unnest(p_days) AS d
	WHERE p_end - make_interval(hours => 24 * d) > p_t;
$$;

-- Say the warning that is due at p_t, unless it was said; p_part: of which part
-- of the subject.  1, or 0 when there was nothing to say.
CREATE FUNCTION warn(p_topic text, p_organisation bigint, p_subject text,
    p_detail jsonb, p_part text, p_end timestamptz, p_days int[],
    p_t timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_days int := warning_days(p_end, p_days, p_t);
	v_once text := format('%s days before %s %s', v_days,
	    json_time(p_end), p_part);
BEGIN
	IF v_days IS NULL OR EXISTS (SELECT FROM notice n
	    WHERE n.topic = p_topic AND n.organisation_id = p_organisation
	      AND n.subject = p_subject AND n.once = v_once) THEN
		RETURN 0;
	END IF;
	PERFORM notice_add(p_topic, p_organisation, p_subject, p_detail ||
	    jsonb_build_object('days', v_days, 'end', json_time(p_end)),
	    v_once);
	RETURN 1;
END
$$;
