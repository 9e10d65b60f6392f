-- The status feed: everything accredited and every measure with its history,
-- numbered, signed and chained, so that whoever keeps a copy sees a gap and a
-- change of the past (policy/feed.md).

CREATE TABLE feed (
	number bigint PRIMARY KEY CHECK (number >= 1),
	sha256 sha256 NOT NULL UNIQUE, -- of the JWS, as it was published
	previous sha256 UNIQUE,        -- of the one before
	issued timestamptz NOT NULL,
	next_update timestamptz NOT NULL,
	-- NULL: it was published before a restore that has lost it (380)
	publication_id bigint UNIQUE REFERENCES publication,
	CHECK ((number = 1 OR publication_id IS NULL) = (previous IS NULL)),
	CHECK (next_update > issued)
);

-- In which number an entry of history was told first: its place in its
-- subject's reports, for ever.  The ids of history are drawn before their
-- transactions commit and give no such place.
CREATE TABLE feed_report (
	history_id bigint PRIMARY KEY,
	number bigint NOT NULL REFERENCES feed DEFERRABLE INITIALLY DEFERRED
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON feed
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON feed_report
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- The feed and the offline kit (505) are such tables: one number after the other,
-- each with the hash of the one before, and published as it was hashed.  $1 its
-- name, $2 how its files end.  Behind a restore a number stands for those that
-- it has lost.
CREATE FUNCTION chain_grows() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	last bigint;
	hash bytea;
BEGIN
	EXECUTE format('SELECT number, sha256 FROM %I ORDER BY number DESC
	    LIMIT 1', TG_TABLE_NAME) INTO last, hash;
	IF NEW.publication_id IS NULL AND NEW.number > coalesce(last, 0) AND
	    restore_is_under_way() THEN
		RETURN NEW;
	END IF;
	IF NEW.number <> coalesce(last, 0) + 1 OR
	    NEW.previous::bytea IS DISTINCT FROM hash THEN
		RAISE EXCEPTION '% % does not follow % %', TG_TABLE_NAME,
		    NEW.number, TG_TABLE_NAME, coalesce(last, 0)
		    USING ERRCODE = 'AY004',
		    DETAIL = upper(TG_TABLE_NAME) || '_CHAIN';
	END IF;
	IF (SELECT pg_catalog.sha256(content) FROM publication
	    WHERE id = NEW.publication_id AND path = format('public/%s/%s.%s',
	    TG_TABLE_NAME, NEW.number, TG_ARGV[0]))
	    IS DISTINCT FROM NEW.sha256::bytea THEN
		RAISE EXCEPTION '% % is not what is published', TG_TABLE_NAME,
		    NEW.number
		    USING ERRCODE = 'AY004',
		    DETAIL = upper(TG_TABLE_NAME) || '_CHAIN';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER feed_chain BEFORE INSERT ON feed
	FOR EACH ROW EXECUTE FUNCTION chain_grows('jws');

-- A number that is out stays as it is.
CREATE FUNCTION published_once() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM publication WHERE path = NEW.path) THEN
		RAISE EXCEPTION '% is published already', NEW.path
		    USING ERRCODE = 'AY004', DETAIL = upper(split_part(NEW.path,
		    '/', 2)) || '_CHAIN';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER published_once BEFORE INSERT ON publication
	FOR EACH ROW WHEN (NEW.path ~ '^public/(feed|kit)/')
	EXECUTE FUNCTION published_once();

-- ---- when

-- For so long a number is good: whoever has none newer by then must not go on
-- with it.
CREATE FUNCTION feed_validity() RETURNS interval
	LANGUAGE sql IMMUTABLE AS $$ SELECT interval '7 days' $$;
-- Whatever happens, there is a new one after:
CREATE FUNCTION feed_daily() RETURNS interval
	LANGUAGE sql IMMUTABLE AS $$ SELECT interval '1 day' $$;
-- However much happens, not before:
CREATE FUNCTION feed_rest() RETURNS interval
	LANGUAGE sql IMMUTABLE AS $$ SELECT interval '10 seconds' $$;

CREATE INDEX history_public ON history (id)
	WHERE history_is_public(entity, to_state, detail);

-- What no number has told yet.
CREATE FUNCTION feed_untold() RETURNS SETOF bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT h.id FROM history h
	WHERE history_is_public(h.entity, h.to_state, h.detail)
	    AND NOT EXISTS (SELECT FROM feed_report r
		WHERE r.history_id = h.id)
	ORDER BY h.id;
$$;

-- Is it time for one?  At the first moment of an instance; daily; when
-- something is untold; and when the last one was issued by a clock that was
-- ahead.
CREATE FUNCTION feed_due() RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	last timestamptz := (SELECT issued FROM feed
	    ORDER BY number DESC LIMIT 1);
BEGIN
	IF last IS NULL OR last > assay_now() OR
	    last + feed_daily() <= assay_now() THEN
		RETURN true;
	END IF;
	RETURN last + feed_rest() <= assay_now()
	    AND EXISTS (SELECT FROM feed_untold());
END
$$;

-- ---- storing one

CREATE FUNCTION feed_store(p_number bigint, p_issued timestamptz,
    p_next timestamptz, p_jws text) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	octets bytea := convert_to(p_jws, 'UTF8');
	placed bigint;
BEGIN
	INSERT INTO publication (path, also, content, next_update)
	VALUES (format('public/feed/%s.jws', p_number),
	    'public/feed/latest.jws', octets, p_next)
	RETURNING id INTO placed;
	INSERT INTO feed (number, sha256, previous, issued, next_update,
	    publication_id)
	VALUES (p_number, sha256(octets), (SELECT sha256 FROM feed
	    ORDER BY number DESC LIMIT 1), p_issued, p_next, placed);
END
$$;

GRANT EXECUTE ON FUNCTION feed_due(),
	feed_store(bigint, timestamptz, timestamptz, text)
	TO assay_authority;
