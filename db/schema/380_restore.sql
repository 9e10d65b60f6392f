-- Restores and fail-overs.  The world is told of status by things that stay told:
-- OCSP answers, CRLs, feeds, certificates.  A database that was put back to an
-- earlier moment knows less than that, and must not be believed until two people
-- have looked: no revocation is ever taken back by a backup.
--
-- Whoever tells the world keeps a head of its own, outside the database
-- (ca/revoke/seen.h): the last event with its hash, how far each issuer's indexes
-- went, the last feed and kit.  Such a witness compares it with what it finds here
-- whenever PostgreSQL is another than before, started again or another machine's,
-- and says so.  A database that has everything is vouched for at once, without
-- anybody; one that lacks something is not, nothing is issued and nothing
-- permitted, until what the witnesses know better (381) is put back by two people
-- (384).

-- ---- which database this is

-- Another one after each start of PostgreSQL, whatever was copied, and when the
-- schema was made anew under a running one.  Every decision asks.
CREATE FUNCTION database_identity() RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN extract(epoch FROM pg_postmaster_start_time()) || '/' ||
	    'status_event'::regclass::oid;
END
$$;

CREATE TABLE witness (
	name text PRIMARY KEY
	    CHECK (name ~ '^(authority|follower-[0-9a-f]{16})$'),
	identity text NOT NULL, -- of the database that it vouches for
	event bigint NOT NULL,  -- the last that it had seen when it said so
	since timestamptz NOT NULL,  -- it vouches for this one since
	before timestamptz NOT NULL, -- it spoke last of the one before
	seen timestamptz NOT NULL,   -- it spoke last
	-- the authority's: by how many seconds the database's clock has leapt (115)
	leapt bigint NOT NULL DEFAULT 0
);
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON witness
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE restore (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	-- what a witness missed first; head: its own, of which we know
	cause text NOT NULL CHECK (cause IN
	    ('events', 'indexes', 'feed', 'kit', 'notices', 'head')),
	last bigint NOT NULL, -- the log's last event when that was found
	state text NOT NULL DEFAULT 'lost',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	event_id bigint REFERENCES status_event, -- that ends it
	feed bigint, -- the last number of the feed that is lost, if one is
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE UNIQUE INDEX restore_lost ON restore (state) WHERE state = 'lost';
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON restore
	FOR EACH ROW EXECUTE FUNCTION state_guard('restore');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON restore
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- The head of each witness that knows more.
CREATE TABLE restore_report (
	restore_id bigint NOT NULL REFERENCES restore,
	witness text NOT NULL,
	event bigint NOT NULL,
	hash bytea NOT NULL,
	marks jsonb NOT NULL, -- issuer: the first index that is free
	feed bigint NOT NULL,
	feed_sha256 bytea,
	kit bigint NOT NULL,
	kit_sha256 bytea,
	notices bigint NOT NULL,
	disbelieved bool NOT NULL DEFAULT false, -- by two people, for good
	created timestamptz NOT NULL DEFAULT assay_now(),
	PRIMARY KEY (restore_id, witness)
);
CREATE INDEX restore_report_disbelieved ON restore_report (witness)
	WHERE disbelieved;

CALL tenancy('restore', '{body}');

-- ---- may it be believed?

-- Before an authority has ever been at work here, there is nothing to lose.  Of
-- other witnesses, those that spoke in the authority's last five minutes are
-- waited for, half a minute.  Nor may its clock have leapt, for whom that matters.
CREATE FUNCTION database_stands_now(p_clock bool DEFAULT true) RETURNS bool
	LANGUAGE plpgsql STABLE -- called by our own, with their search_path
AS $$
DECLARE
	this text := extract(epoch FROM pg_postmaster_start_time()) || '/' ||
	    'status_event'::regclass::oid; -- as database_identity()
BEGIN
	RETURN coalesce((SELECT a.identity = this
	    AND (a.leapt = 0 OR NOT p_clock) AND (
		a.since + interval '30 seconds' <= clock_timestamp()
		OR NOT EXISTS (SELECT FROM witness w
		    WHERE w.identity <> this
		    AND w.seen > a.before - interval '5 minutes'))
	    FROM witness a WHERE a.name = 'authority'), true)
	    AND NOT EXISTS (SELECT FROM restore WHERE state = 'lost');
END
$$;

CREATE FUNCTION database_stands() RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'BEGIN RETURN database_stands_now(false); END';

CREATE FUNCTION database_is_lost() RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'BEGIN RETURN EXISTS (SELECT FROM restore WHERE state = ''lost''); END';

CREATE FUNCTION database_must_stand() RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	lost text;
BEGIN
	IF database_stands_now() THEN
		RETURN;
	END IF;
	SELECT number INTO lost FROM restore WHERE state = 'lost';
	IF FOUND THEN
		RAISE EXCEPTION 'the database was restored to an earlier moment (%): until two people have resolved that, nothing is issued and nothing permitted', lost
		    USING ERRCODE = 'AY005', DETAIL = 'DATABASE_RESTORED',
		    HINT = 'assay restore show; assay restore resolve';
	END IF;
	IF database_stands_now(false) THEN
		RAISE EXCEPTION 'the database''s clock has leapt by % s: until it goes back, or is believed, nothing is issued and nothing permitted', clock_leapt()
		    USING ERRCODE = 'AY005', DETAIL = 'CLOCK_LEAPT',
		    HINT = 'when it is right, start assay-authority anew, or wait for an hour';
	END IF;
	RAISE EXCEPTION 'the database has started anew, and is not yet vouched for: try again in a moment'
	    USING ERRCODE = 'AY005', DETAIL = 'DATABASE_UNVOUCHED';
END
$$;

-- ---- witnesses speak

-- What it misses here, if anything.
CREATE FUNCTION witness_misses(p_event bigint, p_hash bytea, p_marks jsonb,
    p_feed bigint, p_feed_sha256 bytea, p_kit bigint, p_kit_sha256 bytea,
    p_notices bigint) RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN CASE
	    WHEN p_event > 0 AND NOT EXISTS (SELECT FROM status_event
		WHERE id = p_event AND hash = p_hash) THEN 'events'
	    WHEN EXISTS (SELECT FROM jsonb_each_text(p_marks) m (id, next)
		LEFT JOIN issuer i ON i.id = m.id::bigint
		WHERE coalesce(i.next_index, 0) < m.next::bigint)
		THEN 'indexes'
	    WHEN p_feed > 0 AND NOT EXISTS (SELECT FROM feed
		WHERE number = p_feed AND sha256 = p_feed_sha256) THEN 'feed'
	    WHEN p_kit > 0 AND NOT EXISTS (SELECT FROM kit
		WHERE number = p_kit AND sha256 = p_kit_sha256) THEN 'kit'
	    WHEN p_notices > coalesce((SELECT max(last) FROM notice_head), 0)
		THEN 'notices' END;
END
$$;

-- Numbers that a witness can have seen: some that are given out in any number of years,
-- and leave room behind them.  A follower that was taken over says what it likes: the
-- numbers go on behind that, but they do go on, and are heard when they have come from
-- here.  CAs are numbered up to 65,535 (ca/revoke/status.h): none far behind the last.
-- What is void is listed by CRLs of 65,536 each: no more is lost of a CA's indexes than
-- can be published.
CREATE FUNCTION witness_must_be_plausible(p_name text, p_event bigint,
    p_marks jsonb, p_feed bigint, p_kit bigint, p_notices bigint) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_most bigint := 1::bigint << 47;
BEGIN
	IF (0 <= ALL (ARRAY[p_event, p_feed, p_kit, p_notices])) IS NOT TRUE
	    OR p_event > v_most AND p_event > (SELECT last FROM status_head)
	    OR p_feed > v_most
		AND p_feed > (SELECT coalesce(max(number), 0) FROM feed)
	    OR p_kit > v_most
		AND p_kit > (SELECT coalesce(max(number), 0) FROM kit)
	    OR p_notices > v_most
		AND p_notices > (SELECT coalesce(max(last), 0) FROM notice_head)
	    OR EXISTS (
	    SELECT FROM jsonb_each_text(p_marks) m (id, next)
	     WHERE m.id !~ '^[1-9][0-9]{0,4}$' OR m.next !~ '^[0-9]{1,15}$'
		OR m.id::bigint > 1000 + (SELECT last_value FROM issuer_id)
		OR m.next::bigint > (1::bigint << 32) + coalesce((SELECT
		    next_index FROM issuer WHERE id = m.id::bigint), 0))
	THEN
		RAISE EXCEPTION '% says what cannot be', p_name
		    USING ERRCODE = 'AY001', DETAIL = 'WITNESS_IMPLAUSIBLE';
	END IF;
	IF EXISTS (SELECT FROM restore_report
	    WHERE witness = p_name AND disbelieved) THEN
		RAISE EXCEPTION 'two people do not believe %', p_name
		    USING ERRCODE = 'AY002', DETAIL = 'WITNESS_DISBELIEVED',
		    HINT = 'VAR/status/seen has its name: without it, it begins anew by another';
	END IF;
END
$$;

-- A witness's head, compared: 'stands'; 'waits', since another witness misses
-- something; 'lost', it does so itself; 'resolved', what it missed was put back
-- and the log goes on behind it: its head begins anew from here.
CREATE FUNCTION witness_say(p_name text, p_event bigint, p_hash bytea,
    p_marks jsonb, p_feed bigint, p_feed_sha256 bytea, p_kit bigint,
    p_kit_sha256 bytea, p_notices bigint) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	w witness;
	missed text;
	answer text := 'stands';
BEGIN
	IF (p_name = 'authority') <> (session_user = 'assay_authority') THEN
		RAISE EXCEPTION '% is not for % to say', p_name, session_user
		    USING ERRCODE = 'AY002', DETAIL = 'WITNESS';
	END IF;
	PERFORM witness_must_be_plausible(p_name, p_event, p_marks, p_feed, p_kit,
	    p_notices);
	LOCK TABLE restore IN SHARE ROW EXCLUSIVE MODE;
	SELECT * INTO w FROM witness WHERE name = p_name;
	missed := CASE WHEN p_event = 0 AND w.event > 0 THEN 'head'
	    ELSE witness_misses(p_event, p_hash, p_marks, p_feed,
		p_feed_sha256, p_kit, p_kit_sha256, p_notices) END;
	IF missed IN ('events', 'head') AND EXISTS (SELECT FROM restore r
	    JOIN restore_report x ON x.restore_id = r.id
	    WHERE r.state = 'resolved' AND r.event_id > coalesce(w.event, 0)
	    AND (x.witness, x.event, x.hash) = (p_name, p_event, p_hash)) THEN
		answer := 'resolved';
	ELSIF missed IS NOT NULL THEN
		PERFORM restore_report_add(missed, p_name, p_event, p_hash,
		    p_marks, p_feed, p_feed_sha256, p_kit, p_kit_sha256,
		    p_notices);
		RETURN 'lost';
	END IF;
	INSERT INTO witness (name, identity, event, since, before, seen)
	VALUES (p_name, database_identity(), CASE answer WHEN 'resolved'
	    THEN (SELECT last FROM status_head) ELSE p_event END,
	    clock_timestamp(), clock_timestamp(), clock_timestamp())
	ON CONFLICT (name) DO UPDATE SET identity = excluded.identity,
	    event = excluded.event, seen = greatest(
	    witness.seen, excluded.seen), -- or the clock has gone back (115)
	    since = CASE witness.identity WHEN excluded.identity
		THEN witness.since ELSE excluded.since END,
	    before = CASE witness.identity WHEN excluded.identity
		THEN witness.before ELSE witness.seen END;
	IF EXISTS (SELECT FROM restore WHERE state = 'lost') THEN
		RETURN 'waits';
	END IF;
	RETURN answer;
END
$$;

CREATE FUNCTION restore_report_add(p_cause text, p_name text, p_event bigint,
    p_hash bytea, p_marks jsonb, p_feed bigint, p_feed_sha256 bytea,
    p_kit bigint, p_kit_sha256 bytea, p_notices bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r restore;
	first bool;
BEGIN
	SELECT * INTO r FROM restore WHERE state = 'lost';
	first := NOT FOUND;
	IF first THEN
		INSERT INTO restore (number, cause, last)
		SELECT next_number('RST'), p_cause, last FROM status_head
		RETURNING * INTO r;
	END IF;
	INSERT INTO restore_report (restore_id, witness, event, hash, marks,
	    feed, feed_sha256, kit, kit_sha256, notices)
	VALUES (r.id, p_name, p_event, p_hash, p_marks, p_feed, p_feed_sha256,
	    p_kit, p_kit_sha256, p_notices)
	ON CONFLICT DO NOTHING;
	IF FOUND THEN
		PERFORM restore_numbers(r.id, first);
		PERFORM pg_notify('status', 'restore');
		PERFORM alarm_raise('alarm.restore', r.number,
		    jsonb_build_object('witness', p_name, 'missed', p_cause,
		    'last', r.last, 'seen', p_event), p_name);
	END IF;
END
$$;

-- Which one it is that is lost; '': none.
CREATE FUNCTION restore_lost() RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'SELECT coalesce((SELECT number FROM restore
	    WHERE state = ''lost''), '''')';

GRANT SELECT ON restore TO assay_api;
GRANT SELECT ON feed, notice_head, restore TO assay_authority;
GRANT EXECUTE ON FUNCTION restore_lost() TO assay_authority, assay_follower;
GRANT EXECUTE ON FUNCTION database_stands()
	TO assay_api, assay_authority, assay_follower;
GRANT EXECUTE ON FUNCTION database_identity(), database_is_lost()
	TO assay_authority, assay_follower;
GRANT EXECUTE ON FUNCTION witness_say(text, bigint, bytea, jsonb, bigint, bytea,
	bigint, bytea, bigint) TO assay_authority, assay_follower;
