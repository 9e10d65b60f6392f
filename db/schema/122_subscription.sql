-- Webhooks: where an organisation wants its notices sent, and how far that is.
--
-- The api makes subscriptions and gives their secrets away once; it can read
-- no secret and move no delivery.  That is assay-notifier's (123_delivery.sql).

CREATE TABLE subscription (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	organisation_id bigint NOT NULL REFERENCES organisation,
	url text NOT NULL CHECK (length(url) <= 500),
	topics text[] NOT NULL CHECK (cardinality(topics) <= 20), -- none: all
	state text NOT NULL DEFAULT 'active',
	reason text CHECK (length(reason) <= 500),
	effective timestamptz NOT NULL DEFAULT assay_now(),
	created_by bigint NOT NULL REFERENCES principal,
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE INDEX subscription_organisation ON subscription (organisation_id, id);
-- ten of an organisation at most, however many were removed (delivery_claim)
CREATE INDEX subscription_told ON subscription (organisation_id)
	WHERE state IN ('active', 'failing');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON subscription
	FOR EACH ROW EXECUTE FUNCTION state_guard('subscription');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON subscription
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- What webhooks are signed with.  The newest has no end; the one before it is
-- good for a day longer.  The row stays; a secret that is over is wiped.
CREATE TABLE subscription_secret (
	subscription_id bigint NOT NULL REFERENCES subscription,
	version int NOT NULL,
	secret bytea CHECK (octet_length(secret) = 32),
	until timestamptz,
	created timestamptz NOT NULL DEFAULT assay_now(),
	PRIMARY KEY (subscription_id, version)
);
CREATE INDEX subscription_secret_ends ON subscription_secret (until)
	WHERE secret IS NOT NULL;
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON subscription_secret
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE delivery (
	subscription_id bigint PRIMARY KEY REFERENCES subscription,
	-- every notice up to this number has been answered with 2xx, or is
	-- none that the subscription wants
	reached bigint NOT NULL,
	failures int NOT NULL DEFAULT 0, -- in a row
	failing_since timestamptz,
	next_try timestamptz NOT NULL DEFAULT assay_now(),
	last_try timestamptz,
	last_success timestamptz,
	last_status int,  -- of HTTP; NULL: there was no answer
	last_error text CHECK (length(last_error) <= 300),
	-- whose it is: a session of assay-notifier's, for a minute
	holder int,
	held_until timestamptz
);
CREATE INDEX delivery_failing ON delivery (failing_since)
	WHERE failing_since IS NOT NULL;
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON delivery
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- ---- how one reads

CREATE FUNCTION subscription_json(s subscription) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('number', s.number,
	    'organisation', o.handle, 'url', s.url, 'topics', s.topics,
	    'state', s.state, 'reason', s.reason,
	    'created_by', p.handle, 'created', json_time(s.created),
	    'reached', d.reached,
	    'behind', greatest(coalesce(h.last, 0) - d.reached, 0),
	    'failures', d.failures,
	    'failing_since', json_time(d.failing_since),
	    'last_try', json_time(d.last_try),
	    'last_success', json_time(d.last_success),
	    'last_status', d.last_status, 'last_error', d.last_error,
	    'next_try', CASE WHEN d.failures > 0
		AND s.state IN ('active', 'failing')
		THEN json_time(d.next_try) END,
	    'old_secret_until', (SELECT json_time(max(x.until))
		FROM subscription_secret x WHERE x.subscription_id = s.id
		 AND x.secret IS NOT NULL AND x.until > assay_now()))
	  FROM organisation o
	  JOIN principal p ON p.id = s.created_by
	  JOIN delivery d ON d.subscription_id = s.id
	  LEFT JOIN notice_head h ON h.organisation_id = s.organisation_id
	 WHERE o.id = s.organisation_id;
$$;

-- An organisation sees its own; the body sees all.
CREATE FUNCTION subscription_seen(p_organisation bigint) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM organisation
	    WHERE id = actor_org() AND (id = p_organisation OR kind = 'body'));
$$;

CREATE FUNCTION subscription_list(p_state text, p_before text) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('subscriptions', coalesce(
	    jsonb_agg(subscription_json(s) ORDER BY s.id DESC), '[]'))
	  FROM (SELECT s.* FROM subscription s
		 WHERE subscription_seen(s.organisation_id)
		   AND (p_state IS NULL OR s.state = p_state)
		   AND (p_before IS NULL OR s.id < (SELECT id
			FROM subscription WHERE number = p_before
			AND subscription_seen(organisation_id)))
		 ORDER BY s.id DESC LIMIT 100) s;
$$;

CREATE FUNCTION subscription_get(p_number text) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT subscription_json(s) || jsonb_build_object(
	    'history', history_json('subscription', s.id))
	  FROM subscription s
	 WHERE s.number = p_number AND subscription_seen(s.organisation_id));
END
$$;

-- ---- acts

CREATE FUNCTION subscription_must_be_sound(p_url text, p_topics text[])
	RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF length(p_url) > 500 OR p_url !~ (
	    '^https?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])'
	    '(:[1-9][0-9]{0,4})?/[A-Za-z0-9._~:/?@!$&''()*+,;=%-]*$') THEN
		RAISE EXCEPTION 'url: must be https://host/ or '
		    'https://host:port/, with or without a path and a query, '
		    'the host in lower case, without user, password or "#", '
		    'up to 500 characters'
		    USING ERRCODE = 'AY001', DETAIL = 'WEBHOOK_URL';
	END IF;
	IF EXISTS (SELECT FROM unnest(p_topics) t WHERE t IS NULL
	    OR length(t) > 64 OR t !~ '^[a-z_]+(\.[a-z0-9_]+)?$') THEN
		RAISE EXCEPTION 'topics: each must be a topic such as '
		    '"measure.in_force", or the first word of some, such as '
		    '"measure"'
		    USING ERRCODE = 'AY001', DETAIL = 'WEBHOOK_TOPIC';
	END IF;
END
$$;

-- For change, by the organisation's own people, as they signed it, from one of
-- these states.
CREATE FUNCTION subscription_take(p_number text, p_verb text, p_from text[])
	RETURNS subscription
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('officer', 'supplier', 'operator');
	s subscription;
BEGIN
	PERFORM statement_must_say(format('/v1/subscriptions/%s/%s', p_number,
	    p_verb), '{}');
	SELECT * INTO s FROM subscription
	WHERE number = p_number AND subscription_seen(organisation_id)
	FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no subscription "%" that you may see',
		    p_number USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	IF s.organisation_id <> who.organisation_id THEN
		RAISE EXCEPTION '% belongs to another organisation: its own '
		    'people change it', p_number
		    USING ERRCODE = 'AY002', DETAIL = 'NOT_YOURS';
	END IF;
	IF NOT s.state = ANY (p_from) THEN
		RAISE EXCEPTION '% is %: to % it, it must be %', p_number,
		    s.state, p_verb, array_to_string(p_from, ' or ')
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
	RETURN s;
END
$$;

CREATE FUNCTION subscription_new(p_url text, p_topics text[], p_secret bytea)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('officer', 'supplier', 'operator');
	s subscription;
BEGIN
	PERFORM statement_must_say('/v1/subscriptions', jsonb_build_object(
	    'url', p_url, 'topics', to_jsonb(p_topics)));
	PERFORM subscription_must_be_sound(p_url, p_topics);
	PERFORM FROM organisation WHERE id = who.organisation_id
	    FOR NO KEY UPDATE; -- two at once are counted
	IF (SELECT count(*) >= 10 FROM subscription
	    WHERE organisation_id = who.organisation_id
	    AND state <> 'removed') THEN
		RAISE EXCEPTION 'an organisation has 10 subscriptions at most: '
		    'remove one first'
		    USING ERRCODE = 'AY004', DETAIL = 'SUBSCRIPTION_LIMIT';
	END IF;
	PERFORM rate_secret(who.organisation_id);
	INSERT INTO subscription (number, organisation_id, url, topics,
	    created_by)
	VALUES (next_number('SUB'), who.organisation_id, p_url,
	    coalesce(p_topics, '{}'), who.id) RETURNING * INTO s;
	INSERT INTO subscription_secret (subscription_id, version, secret)
	VALUES (s.id, 1, p_secret);
	-- what comes from now on; what was before is in the list of notices
	INSERT INTO delivery (subscription_id, reached)
	VALUES (s.id, coalesce((SELECT last FROM notice_head
	    WHERE organisation_id = s.organisation_id), 0));
	RETURN subscription_json(s);
END
$$;

CREATE FUNCTION subscription_set(p_id bigint, p_state text,
    p_reason text DEFAULT NULL) RETURNS subscription
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	UPDATE subscription SET state = p_state, reason = p_reason,
	    effective = assay_now()
	WHERE id = p_id RETURNING *;
$$;

CREATE FUNCTION subscription_pause(p_number text) RETURNS jsonb
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT subscription_json(subscription_set((subscription_take(p_number,
	    'pause', '{active,failing}')).id, 'paused'));
$$;

-- It goes on where it stood, at once: nothing is left out.
CREATE FUNCTION subscription_resume(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	s subscription := subscription_take(p_number, 'resume',
	    '{paused,failing}');
BEGIN
	s := subscription_set(s.id, 'active');
	UPDATE delivery SET failures = 0, failing_since = NULL,
	    next_try = assay_now() WHERE subscription_id = s.id;
	PERFORM pg_notify('notice', '');
	RETURN subscription_json(s);
END
$$;

CREATE FUNCTION subscription_remove(p_number text) RETURNS jsonb
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT subscription_json(subscription_set((subscription_take(p_number,
	    'remove', '{active,paused,failing}')).id, 'removed'));
$$;

-- A new secret; the old one signs too for a day.  Not two days' worth of old
-- ones: what was old before is over now.
CREATE FUNCTION subscription_rotate(p_number text, p_secret bytea)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	s subscription := subscription_take(p_number, 'rotate',
	    '{active,paused,failing}');
	v_last int;
BEGIN
	PERFORM rate_secret(s.organisation_id);
	SELECT max(version) INTO v_last FROM subscription_secret
	WHERE subscription_id = s.id;
	UPDATE subscription_secret SET secret = NULL,
	    until = least(until, assay_now())
	WHERE subscription_id = s.id AND version < v_last
	  AND secret IS NOT NULL;
	UPDATE subscription_secret SET until = assay_now() + interval '24 hours'
	WHERE subscription_id = s.id AND version = v_last;
	INSERT INTO subscription_secret (subscription_id, version, secret)
	VALUES (s.id, v_last + 1, p_secret);
	RETURN subscription_json(s);
END
$$;

-- One notice to this subscription alone, whatever topics it wants, by the way
-- that all go.
CREATE FUNCTION subscription_test(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	s subscription := subscription_take(p_number, 'test',
	    '{active,failing}');
BEGIN
	PERFORM notice_add('subscription.test', s.organisation_id, s.number,
	    jsonb_build_object('asked_by', (actor()).handle));
	RETURN subscription_json(s);
END
$$;

GRANT EXECUTE ON FUNCTION subscription_list(text, text),
	subscription_get(text), subscription_new(text, text[], bytea),
	subscription_pause(text), subscription_resume(text),
	subscription_remove(text), subscription_rotate(text, bytea),
	subscription_test(text)
	TO assay_api;

-- ---- ends

CREATE FUNCTION subscription_removed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE subscription_secret SET secret = NULL,
	    until = least(until, assay_now())
	WHERE subscription_id = NEW.id AND secret IS NOT NULL;
	RETURN NULL;
END
$$;
CREATE TRIGGER subscription_removed AFTER UPDATE OF state ON subscription
	FOR EACH ROW WHEN (NEW.state = 'removed')
	EXECUTE FUNCTION subscription_removed();

-- Who leaves for good is told nothing any more.
CREATE FUNCTION organisation_left_subscriptions() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM subscription_set(id, 'removed',
	    'the organisation was terminated')
	FROM subscription
	WHERE organisation_id = NEW.id AND state <> 'removed';
	RETURN NULL;
END
$$;
CREATE TRIGGER organisation_left_subscriptions
	AFTER UPDATE OF state ON organisation
	FOR EACH ROW WHEN (NEW.state = 'terminated' AND OLD.state <> 'terminated')
	EXECUTE FUNCTION organisation_left_subscriptions();

-- A webhook is its organisation's, and outlives whoever made it: what must be heard is
-- heard.  But whoever had that person's key may have made it, so the others are told.
CREATE FUNCTION principal_left_subscriptions() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM notice_add('subscription.left', organisation_id, number,
	    jsonb_build_object('created_by', NEW.handle, 'state', NEW.state))
	FROM subscription
	WHERE created_by = NEW.id AND state <> 'removed' ORDER BY id;
	RETURN NULL;
END
$$;
CREATE TRIGGER principal_left_subscriptions
	AFTER UPDATE OF state ON principal
	FOR EACH ROW WHEN (NEW.state IN ('locked', 'removed')
	    AND OLD.state <> NEW.state)
	EXECUTE FUNCTION principal_left_subscriptions();
