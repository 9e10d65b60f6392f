-- How much one may ask for in a while, so that nobody's haste is everybody's wait.
--
-- Counted from what is recorded anyway, without a counter that requests would
-- queue at: two at the same moment may both be the last that is let in.  Requests
-- into open lots are numbered as they come, so that to count them takes the first
-- and the last one's number, however many there are.

CREATE TABLE rate (
	name text PRIMARY KEY,
	per interval NOT NULL CHECK (per > interval '0'),
	most bigint NOT NULL CHECK (most >= 1),
	what text NOT NULL
);
INSERT INTO rate (name, per, most, what) VALUES
	('principal_lots', '1 hour', 1000, 'lots that one person sends'),
	('principal_requests', '1 minute', 60000,
	    'requests that one person brings into open lots'),
	('coc_devices', '1 day', 20000000,
	    'devices asked for under one CoC'),
	('device_disputes', '7 days', 2,
	    'disputes that one operator opens of one device (policy/custody.md)'),
	('operator_disputes', '1 day', 100,
	    'disputes that one operator opens (policy/custody.md)'),
	('organisation_secrets', '1 day', 100,
	    'secrets of webhooks that one organisation has made'),
	('organisation_evidence', '1 day', 4096,
	    'megabytes of evidence, each file at least one, that one organisation brings'),
	('organisation_evidence_year', '365 days', 65536,
	    'megabytes of evidence, each file at least one, that one organisation brings');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON rate
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE INDEX lot_sent ON lot (submitted_by, created);
CREATE INDEX lot_coc ON lot (coc_id, created);
CREATE INDEX lot_open_coc ON lot (coc_id, until) WHERE kind = 'open';

-- So many were asked for in the time that counts, the first of them then.
CREATE FUNCTION rate_refuse(r rate, p_used bigint, p_first timestamptz)
	RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	seconds int;
BEGIN
	seconds := greatest(1, ceil(extract(epoch FROM
	    coalesce(p_first, assay_now()) + r.per - assay_now())));
	RAISE EXCEPTION 'too often: % %, and at most % in % are taken; again '
	    'in % s', p_used, r.what, r.most, r.per, seconds
	    USING ERRCODE = 'AY005', DETAIL = 'RATE_LIMITED',
	    HINT = seconds::text;
END
$$;

-- From when on what was asked for counts; in a variable, which a plan knows and a
-- function in the middle of a statement not.
CREATE FUNCTION rate_since(p_name text) RETURNS timestamptz
	LANGUAGE sql STABLE
AS $$ SELECT assay_now() - per FROM rate WHERE name = p_name $$;

-- Refuse so many more where that is beyond the rate: so many were since, the first of
-- them then.
CREATE FUNCTION rate_must(p_name text, p_used bigint, p_first timestamptz,
    p_more bigint DEFAULT 1) RETURNS void
	LANGUAGE plpgsql STABLE
AS $$
DECLARE
	r rate;
BEGIN
	SELECT * INTO STRICT r FROM rate WHERE name = p_name;
	IF p_used + p_more > r.most THEN
		PERFORM rate_refuse(r, p_used, p_first);
	END IF;
END
$$;

-- n devices more under a CoC, in lots or one at a time (rate_coc_used, 410).
CREATE FUNCTION rate_coc(p_coc bigint, p_n bigint, p_now timestamptz)
	RETURNS void
	LANGUAGE plpgsql STABLE
AS $$
DECLARE
	v record;
BEGIN
	SELECT r, r.most, u.used, u.first INTO STRICT v
	FROM rate r CROSS JOIN LATERAL rate_coc_used(p_coc, p_now - r.per) u
	WHERE r.name = 'coc_devices';
	IF v.used + p_n > v.most THEN
		PERFORM rate_refuse(v.r, v.used, v.first);
	END IF;
END
$$;

-- Before whoever acts begins a lot of n devices; of none, if it is open.
CREATE FUNCTION rate_lot(p_coc bigint, p_n bigint) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_since timestamptz := rate_since('principal_lots');
BEGIN
	PERFORM rate_must('principal_lots', count(*), min(created))
	FROM lot WHERE submitted_by = actor_id()
	    AND created > v_since;
	PERFORM rate_coc(p_coc, p_n, assay_now());
END
$$;

-- Before an operator disputes a device, which is held still: each one tells both
-- sides and the body, and stops whoever has the device, also if it is withdrawn.
CREATE INDEX dispute_opened ON dispute (organisation_id, created);
CREATE FUNCTION rate_dispute(p_organisation bigint, p_device bigint)
	RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	bound text;
	v_since timestamptz;
BEGIN
	FOREACH bound IN ARRAY ARRAY['device_disputes', 'operator_disputes']
	LOOP
		v_since := rate_since(bound);
		PERFORM rate_must(bound, count(*), min(x.created))
		FROM dispute x JOIN custody c ON c.id = x.custody_id
		WHERE x.organisation_id = p_organisation
		    AND x.created > v_since
		    AND (bound <> 'device_disputes' OR c.device_id = p_device);
	END LOOP;
END
$$;

-- Before a webhook is made, or its secret anew: what is removed or over stays in the
-- tables that each delivery of everybody's looks through.
CREATE FUNCTION rate_secret(p_organisation bigint) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_since timestamptz := rate_since('organisation_secrets');
BEGIN
	PERFORM rate_must('organisation_secrets', count(*), min(x.created))
	FROM subscription s JOIN subscription_secret x ON x.subscription_id = s.id
	WHERE s.organisation_id = p_organisation
	    AND x.created > v_since;
END
$$;

-- Before an organisation brings evidence, which is kept for ever: a disk that is full
-- is everybody's.  What is there already is no more.
CREATE INDEX evidence_brought ON evidence (organisation_id, created)
	INCLUDE (size);
CREATE FUNCTION megabytes(p_size bigint) RETURNS bigint
	LANGUAGE sql IMMUTABLE
AS $$ SELECT greatest(1, (p_size + 1048575) / 1048576) $$;
CREATE FUNCTION rate_evidence(p_organisation bigint, p_sha256 bytea,
    p_size bigint) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	bound text;
	v_since timestamptz;
BEGIN
	IF EXISTS (SELECT FROM evidence WHERE sha256 = p_sha256) THEN
		RETURN;
	END IF;
	FOREACH bound IN ARRAY ARRAY['organisation_evidence',
	    'organisation_evidence_year']
	LOOP
		v_since := rate_since(bound);
		PERFORM rate_must(bound, coalesce(sum(megabytes(e.size)), 0)::bigint,
		    min(e.created), megabytes(p_size))
		FROM evidence e WHERE e.organisation_id = p_organisation
		    AND e.created > v_since;
	END LOOP;
END
$$;

-- So many were used already of the rate of that name.
CREATE FUNCTION rate_refuse(p_name text, p_used bigint, p_first timestamptz)
	RETURNS void
	LANGUAGE sql STABLE
AS $$
	SELECT rate_refuse(r, p_used, p_first) FROM rate r
	WHERE r.name = p_name;
$$;

REVOKE EXECUTE ON FUNCTION rate_refuse(rate, bigint, timestamptz),
	rate_since(text), rate_must(text, bigint, timestamptz, bigint),
	rate_refuse(text, bigint, timestamptz),
	rate_coc(bigint, bigint, timestamptz), rate_lot(bigint, bigint),
	rate_dispute(bigint, bigint), rate_secret(bigint),
	rate_evidence(bigint, bytea, bigint), megabytes(bigint) FROM PUBLIC;
