-- What somebody must hear of: written in the transaction that brings it about,
-- so that there is a notice of all that happened and of nothing else.

CREATE TABLE notice (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	topic text NOT NULL CHECK (topic ~ '^[a-z_]+\.[a-z0-9_]+$'),
	organisation_id bigint NOT NULL REFERENCES organisation, -- for whom
	subject text NOT NULL, -- handle or number of what it is about
	detail jsonb NOT NULL,
	once text,             -- the same of this subject is said once
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE UNIQUE INDEX notice_once
	ON notice (topic, organisation_id, subject, once)
	WHERE once IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON notice
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE FUNCTION notice_add(p_topic text, p_organisation bigint,
    p_subject text, p_detail jsonb, p_once text DEFAULT NULL) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	INSERT INTO notice (topic, organisation_id, subject, detail, once)
	VALUES (p_topic, p_organisation, p_subject, p_detail, p_once)
	ON CONFLICT (topic, organisation_id, subject, once)
	    WHERE once IS NOT NULL DO NOTHING;
$$;

-- For the body.
CREATE FUNCTION alarm_raise(p_topic text, p_subject text, p_detail jsonb,
    p_once text DEFAULT NULL) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT notice_add(p_topic, id, p_subject, p_detail, p_once)
	FROM organisation WHERE kind = 'body';
$$;

-- ---- in the order of commits

-- A notice's number: 1, 2, 3 and so on for each organisation, without a gap,
-- in the order in which notices became visible.  Its id cannot be that: of two
-- transactions the one with the smaller id may commit last, and whoever had
-- read on to the larger one would never see it.
CREATE TABLE notice_place (
	organisation_id bigint NOT NULL,
	number bigint NOT NULL CHECK (number >= 1),
	notice_id bigint NOT NULL UNIQUE REFERENCES notice,
	PRIMARY KEY (organisation_id, number)
);
CREATE TABLE notice_head (
	organisation_id bigint PRIMARY KEY,
	last bigint NOT NULL
);
-- Whoever numbers notices holds this row's lock until the commit is visible.
CREATE TABLE notice_turn (one bool PRIMARY KEY DEFAULT true CHECK (one));
INSERT INTO notice_turn DEFAULT VALUES;

-- Deferred to the commit, so that the lock is held for no longer than that and
-- is the last that a transaction takes: it waits for nobody any more, and
-- nobody can wait in a circle.  (That is also why the tables above have no key
-- into organisation, whose rows others may hold.)
CREATE FUNCTION notice_number() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_number bigint;
BEGIN
	PERFORM FROM notice_turn FOR UPDATE;
	INSERT INTO notice_head AS h (organisation_id, last)
	VALUES (NEW.organisation_id, 1)
	ON CONFLICT (organisation_id) DO UPDATE SET last = h.last + 1
	RETURNING last INTO v_number;
	INSERT INTO notice_place (organisation_id, number, notice_id)
	VALUES (NEW.organisation_id, v_number, NEW.id);
	PERFORM pg_notify('notice', '');
	RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER notice_number AFTER INSERT ON notice
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION notice_number();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON notice_place
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON notice_head
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON notice_turn
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- ---- reading them

-- A topic's first word stands for all that begin with it.
CREATE FUNCTION topic_within(p_topic text, p_wanted text) RETURNS bool
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
	AS $$ SELECT p_topic = p_wanted OR starts_with(p_topic, p_wanted || '.') $$;

-- As everybody gets it: in an answer and in a webhook's body.
CREATE FUNCTION notice_json(n notice, p_number bigint) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('id', p_number, 'topic', n.topic,
	    'organisation', o.handle, 'subject', n.subject,
	    'created', json_time(n.created), 'detail', n.detail)
	  FROM organisation o WHERE o.id = n.organisation_id;
$$;

-- The actor's own organisation's, and nobody else's: 100 after a number,
-- oldest first; or the newest 100, before a number if one is given.
CREATE FUNCTION notice_list(p_after bigint, p_before bigint, p_topic text)
	RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	v_mine bigint := actor_org();
	v_list jsonb;
BEGIN
	IF p_after IS NOT NULL AND p_before IS NOT NULL THEN
		RAISE EXCEPTION 'after, before: give one of them, not both'
		    USING ERRCODE = 'AY001', DETAIL = 'AFTER_AND_BEFORE';
	END IF;
	IF p_after IS NOT NULL THEN
		SELECT jsonb_agg(x.j ORDER BY x.number) INTO v_list
		  FROM (SELECT p.number, notice_json(n, p.number) AS j
		      FROM notice_place p JOIN notice n ON n.id = p.notice_id
		     WHERE p.organisation_id = v_mine AND p.number > p_after
		       AND (p_topic IS NULL OR topic_within(n.topic, p_topic))
		     ORDER BY p.number LIMIT 100) x;
	ELSE
		SELECT jsonb_agg(x.j ORDER BY x.number DESC) INTO v_list
		  FROM (SELECT p.number, notice_json(n, p.number) AS j
		      FROM notice_place p JOIN notice n ON n.id = p.notice_id
		     WHERE p.organisation_id = v_mine
		       AND p.number < coalesce(p_before, 9223372036854775807)
		       AND (p_topic IS NULL OR topic_within(n.topic, p_topic))
		     ORDER BY p.number DESC LIMIT 100) x;
	END IF;
	RETURN jsonb_build_object('notices', coalesce(v_list, '[]'));
END
$$;
GRANT EXECUTE ON FUNCTION notice_list(bigint, bigint, text) TO assay_api;
