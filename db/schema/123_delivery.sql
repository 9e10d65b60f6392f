-- How webhooks are delivered: three functions for assay-notifier, which has no
-- table at all; and what follows when none can be, by the clock.

CREATE FUNCTION subscription_wants(s subscription, n notice) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT CASE WHEN n.topic = 'subscription.test'
	    THEN n.subject = s.number
	    ELSE s.topics = '{}' OR EXISTS (SELECT FROM unnest(s.topics) t
		WHERE topic_within(n.topic, t)) END;
$$;

-- The first notice that it wants after one number, up to another; NULL: none.
CREATE FUNCTION delivery_next(s subscription, p_after bigint, p_last bigint)
	RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT p.number FROM notice_place p JOIN notice n ON n.id = p.notice_id
	WHERE p.organisation_id = s.organisation_id
	  AND p.number > p_after AND p.number <= p_last
	  AND subscription_wants(s, n)
	ORDER BY p.number LIMIT 1;
$$;

-- What is sent, as one row.
CREATE FUNCTION delivery_content(s subscription, p_number bigint,
    p_failures int, OUT subscription_id bigint, OUT number bigint,
    OUT url text, OUT message text, OUT body text, OUT failures int,
    OUT secret bytea, OUT old_secret bytea)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT s.id, p_number, s.url, o.handle || '-' || p_number,
	    notice_json(n, p_number)::text, p_failures,
	    (SELECT x.secret FROM subscription_secret x
		WHERE x.subscription_id = s.id AND x.until IS NULL),
	    (SELECT x.secret FROM subscription_secret x
		WHERE x.subscription_id = s.id AND x.until > assay_now())
	  FROM notice_place p
	  JOIN notice n ON n.id = p.notice_id
	  JOIN organisation o ON o.id = p.organisation_id
	 WHERE p.organisation_id = s.organisation_id AND p.number = p_number;
$$;

-- Up to p_most that are due, one for each subscription, and now this session's.
-- A session that is gone holds nothing.  The last number is read before what
-- comes after `reached` is looked for: all up to it can be seen by then, so
-- what isn't found isn't there.  An organisation that is suspended gets nothing, by a
-- webhook as little as when it asks: nobody there could stop it, or say where to.
-- What it would have got is kept.
CREATE FUNCTION delivery_claim(p_most int) RETURNS TABLE (
    subscription_id bigint, number bigint, url text, message text, body text,
    failures int, secret bytea, old_secret bytea)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	s subscription;
	d record;
	v_number bigint;
	claimed int := 0;
BEGIN
	FOR d IN SELECT x.subscription_id AS id, x.reached, x.failures, h.last
	    FROM delivery x JOIN subscription y ON y.id = x.subscription_id
	    JOIN organisation o ON o.id = y.organisation_id
	    JOIN notice_head h ON h.organisation_id = y.organisation_id
	    WHERE y.state IN ('active', 'failing') AND h.last > x.reached
	      AND o.state = 'active'
	      AND x.next_try <= assay_now()
	      AND (x.holder IS NULL OR x.held_until <= assay_now()
		OR NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
		    WHERE a.pid = x.holder))
	    ORDER BY x.next_try, x.subscription_id
	    FOR UPDATE OF x SKIP LOCKED
	LOOP
		EXIT WHEN claimed >= p_most;
		-- one that somebody is changing may wait
		SELECT * INTO s FROM subscription y WHERE y.id = d.id
		    AND y.state IN ('active', 'failing')
		    FOR SHARE SKIP LOCKED;
		CONTINUE WHEN NOT FOUND;
		v_number := delivery_next(s, d.reached, d.last);
		IF v_number IS NULL THEN
			UPDATE delivery x SET reached = d.last, holder = NULL
			WHERE x.subscription_id = d.id;
			CONTINUE;
		END IF;
		UPDATE delivery x SET holder = pg_backend_pid(),
		    held_until = assay_now() + interval '1 minute'
		WHERE x.subscription_id = d.id;
		RETURN QUERY SELECT *
		    FROM delivery_content(s, v_number, d.failures);
		claimed := claimed + 1;
	END LOOP;
END
$$;

-- For its end.  The subscription is locked first, as by those who change it.
CREATE FUNCTION delivery_mine(p_subscription bigint, p_number bigint)
	RETURNS delivery
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d delivery;
BEGIN
	PERFORM FROM subscription WHERE id = p_subscription FOR UPDATE;
	SELECT * INTO d FROM delivery WHERE subscription_id = p_subscription
	    AND holder = pg_backend_pid() AND reached < p_number FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the delivery of % to subscription % is '
		    'another session''s', p_number, p_subscription
		    USING ERRCODE = 'AY004', DETAIL = 'DELIVERY_NOT_YOURS';
	END IF;
	RETURN d;
END
$$;

CREATE FUNCTION delivery_done(p_subscription bigint, p_number bigint,
    p_status int) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM delivery_mine(p_subscription, p_number);
	UPDATE delivery SET reached = p_number, holder = NULL, failures = 0,
	    failing_since = NULL, next_try = assay_now(),
	    last_try = assay_now(), last_success = assay_now(),
	    last_status = p_status, last_error = NULL
	WHERE subscription_id = p_subscription;
	PERFORM subscription_set(id, 'active') FROM subscription
	WHERE id = p_subscription AND state = 'failing';
END
$$;

-- Again after so many milliseconds, an hour at most.  410 (RFC 9110 section
-- 15.5.11) says that the receiver wants nothing any more.
CREATE FUNCTION delivery_failed(p_subscription bigint, p_number bigint,
    p_status int, p_error text, p_delay_ms int) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	s subscription;
BEGIN
	PERFORM delivery_mine(p_subscription, p_number);
	UPDATE delivery SET holder = NULL, failures = failures + 1,
	    failing_since = coalesce(failing_since, assay_now()),
	    next_try = assay_now() + least(greatest(p_delay_ms, 0), 3600000)
		* interval '1 millisecond',
	    last_try = assay_now(), last_status = p_status,
	    last_error = left(p_error, 300)
	WHERE subscription_id = p_subscription;
	IF p_status = 410 THEN
		SELECT p.* INTO s FROM subscription x,
		    subscription_set(x.id, 'paused',
			'the receiver answered 410 Gone') p
		WHERE x.id = p_subscription AND x.state IN ('active', 'failing');
		IF FOUND THEN
			PERFORM notice_add('subscription.paused',
			    s.organisation_id, s.number,
			    jsonb_build_object('reason', s.reason));
		END IF;
	END IF;
END
$$;

GRANT USAGE ON SCHEMA assay TO assay_notifier;
GRANT EXECUTE ON FUNCTION delivery_claim(int),
	delivery_done(bigint, bigint, int),
	delivery_failed(bigint, bigint, int, text, int)
	TO assay_notifier;

-- ---- by the clock

CREATE FUNCTION clock_subscription(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	s subscription;
	d delivery;
	n int := 0;
BEGIN
	FOR d IN SELECT x.* FROM delivery x
	    JOIN subscription y ON y.id = x.subscription_id
	    WHERE y.state = 'active'
	      AND x.failing_since <= p_now - interval '7 days'
	    ORDER BY x.subscription_id
	LOOP
		UPDATE subscription SET state = 'failing',
		    effective = d.failing_since + interval '7 days',
		    reason = 'nothing could be delivered for 7 days'
		WHERE id = d.subscription_id AND state = 'active'
		RETURNING * INTO s;
		CONTINUE WHEN NOT FOUND;
		n := n + 1;
		PERFORM notice_add('subscription.failing', s.organisation_id,
		    s.number, jsonb_build_object('failing_since',
		    json_time(d.failing_since), 'last_error', d.last_error));
		PERFORM alarm_raise('alarm.subscription', s.number,
		    jsonb_build_object('organisation', (SELECT handle
		    FROM organisation WHERE id = s.organisation_id),
		    'failing_since', json_time(d.failing_since)));
	END LOOP;
	UPDATE subscription_secret SET secret = NULL
	WHERE until <= p_now AND secret IS NOT NULL;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (119, 'subscription',
    'a subscription that failed for 7 days is failing; old secrets are wiped');
