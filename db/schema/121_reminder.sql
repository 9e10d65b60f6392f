-- What ends, and who must hear of it in time: 90, 30 and 7 days before.
--
-- Whoever begins something with an end says reminder_set(); whoever ends it
-- otherwise says reminder_drop().  The same again under another end replaces
-- the one before; where that comes so much nearer that a warning should have
-- been given by now, it is given at once.

CREATE TABLE reminder (
	topic text NOT NULL,
	organisation_id bigint NOT NULL REFERENCES organisation,
	subject text NOT NULL,
	ends timestamptz NOT NULL,
	warn_at timestamptz, -- the next time; none: all is said, or dropped
	PRIMARY KEY (topic, organisation_id, subject)
);
CREATE INDEX reminder_due ON reminder (warn_at) WHERE warn_at IS NOT NULL;

CREATE FUNCTION reminder_days() RETURNS int[]
	LANGUAGE sql IMMUTABLE
	AS $$ SELECT ARRAY[90, 30, 7] $$;

CREATE FUNCTION reminder_set(p_topic text, p_organisation bigint,
    p_subject text, p_ends timestamptz) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	INSERT INTO reminder (topic, organisation_id, subject, ends, warn_at)
	VALUES (p_topic, p_organisation, p_subject, p_ends,
	    warning_next(p_ends, reminder_days(), assay_now()))
	ON CONFLICT (topic, organisation_id, subject) DO UPDATE
	SET ends = excluded.ends, warn_at = CASE
	    WHEN warning_days(excluded.ends, reminder_days(), assay_now())
		< coalesce(warning_days(reminder.ends, reminder_days(),
		    assay_now()), 91) AND excluded.ends < reminder.ends
	    THEN assay_now() ELSE excluded.warn_at END;
$$;

CREATE FUNCTION reminder_drop(p_topic text, p_subject text) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	UPDATE reminder SET warn_at = NULL
	WHERE topic = p_topic AND subject = p_subject AND warn_at IS NOT NULL;
$$;
CREATE INDEX reminder_of ON reminder (topic, subject);

-- ---- by the clock

-- After a pause only the last of the warnings that were missed is given.
CREATE FUNCTION clock_reminder(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r reminder;
	n int := 0;
BEGIN
	FOR r IN SELECT * FROM reminder WHERE warn_at <= p_now
	    ORDER BY warn_at FOR UPDATE
	LOOP
		UPDATE reminder SET warn_at = warning_next(r.ends, reminder_days(),
		    p_now)
		WHERE (topic, organisation_id, subject) =
		    (r.topic, r.organisation_id, r.subject);
		CONTINUE WHEN r.ends <= p_now;
		PERFORM notice_add(r.topic, r.organisation_id, r.subject,
		    jsonb_build_object('ends', json_time(r.ends), 'days',
		    warning_days(r.ends, reminder_days(), p_now)));
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (240, 'reminder', 'who has a deadline hears of it 90, 30 and 7 days before');
