-- What happens by the clock, whether anybody calls or not.
--
-- assay-authority calls clock_tick() every second or so.  Whoever judges
-- compares with assay_now() as well, so a late tick gives no right to anybody;
-- the tick is what writes it down, and what follows from it.
--
-- A rule of time is a row here and a function beside the noun that it is about:
-- clock_NAME(t) does what is due at t, once, and returns how much that was.  An
-- end is exclusive: at the very second it is over.  It takes effect when it was
-- due, however late it is recorded.
--
-- Rules, and what they read by, are plpgsql: it keeps plans, which those in SQL are
-- made anew each second.
CREATE TABLE clock_rule (
	name text PRIMARY KEY,
	ord int NOT NULL UNIQUE, -- a rule may rely on those before it
	what text NOT NULL
);

-- All that is due, once: of two clocks at the same time one has the first rule's
-- row.  (An advisory lock anybody can take, also whoever stole the api's role; a
-- row of each rule's would be two thousand octets of log a second.)  A rule that
-- fails does not stop the others; the body hears of it.  Where somebody holds a
-- lock, one rule waits for as long as its session does, the others hardly: there
-- are thirty, and CRLs and feed come after them.
CREATE FUNCTION clock_tick(OUT changes int)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	t timestamptz := assay_now();
	rule text;
	n int;
BEGIN
	changes := 0;
	PERFORM FROM clock_rule WHERE ord = (SELECT min(ord) FROM clock_rule)
	    FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	FOR rule IN SELECT name FROM clock_rule ORDER BY ord LOOP
		BEGIN
			EXECUTE format('SELECT assay.%I($1)', 'clock_' || rule)
			    INTO n USING t;
			changes := changes + n;
		EXCEPTION WHEN OTHERS THEN
			IF SQLSTATE = '55P03' THEN
				PERFORM set_config('lock_timeout', '50ms', true);
			END IF;
			RAISE WARNING 'the clock''s rule % failed: %', rule,
			    SQLERRM;
			PERFORM alarm_raise('alarm.clock', rule,
			    jsonb_build_object('error', SQLERRM), SQLERRM);
		END;
	END LOOP;
END
$$;

-- The clock on PostgreSQL's wall, which no test sets: assay-authority looks whether it
-- goes as its own does, and gives no tick for an hour where it has leapt.
CREATE FUNCTION clock_wall() RETURNS bigint
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'SELECT floor(extract(epoch FROM clock_timestamp()))::bigint';

-- By how many seconds it has leapt, which nobody has looked at yet; 0: it has not.
-- The authority says so, beside its word for the database (380).  Until it is over,
-- nothing is issued and nothing permitted (database_must_stand()): back, what has ended
-- would hold again; ahead, a measure would be.  Whoever takes trust away can.
CREATE FUNCTION clock_leapt() RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN coalesce((SELECT w.leapt FROM witness w
	    WHERE w.name = 'authority'), 0);
END
$$;

-- When the authority has last spoken, by that clock: it has not been earlier since.
-- One that starts on a machine whose clock was lost sees that by it.
CREATE FUNCTION clock_seen() RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN coalesce((SELECT floor(extract(epoch FROM w.seen))::bigint
	    FROM witness w WHERE w.name = 'authority'), 0);
END
$$;

-- 0: it is back, or believed.
CREATE FUNCTION clock_stepped(p_seconds bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE witness SET leapt = p_seconds, seen = CASE p_seconds
	    WHEN 0 THEN clock_timestamp() ELSE seen END
	 WHERE name = 'authority';
	IF p_seconds <> 0 THEN
		PERFORM alarm_raise('alarm.clock', 'time',
		    jsonb_build_object('seconds', p_seconds));
	END IF;
END
$$;

-- The time as it was before that, going on: what CRLs say, which go out meanwhile.
-- One with a thisUpdate of next year would be refused today, and kept for a year by
-- whoever takes it; one of last year is over when it comes.
CREATE FUNCTION clock_steady() RETURNS timestamptz
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN assay_now() - make_interval(secs => clock_leapt());
END
$$;

GRANT EXECUTE ON FUNCTION clock_tick(), clock_wall(), clock_leapt(),
	clock_seen(), clock_stepped(bigint), clock_steady() TO assay_authority;
