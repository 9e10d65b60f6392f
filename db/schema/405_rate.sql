-- How much one may ask for in a while, so that nobody's haste is everybody's wait.
--
-- Counted from what is recorded anyway, without a counter that requests would
-- queue at: two at the same moment may both be the last that is let in.

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
	    'devices asked for under one CoC');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON rate
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE INDEX lot_sent ON lot (submitted_by, created);
CREATE INDEX lot_coc ON lot (coc_id, created);

-- n more, where so many were in the time that counts, the first of them then?
CREATE FUNCTION rate_must_allow(p_name text, p_used bigint, p_more bigint,
    p_first timestamptz) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r rate;
	seconds int;
BEGIN
	SELECT * INTO STRICT r FROM rate WHERE name = p_name;
	IF p_used + p_more <= r.most THEN
		RETURN;
	END IF;
	seconds := greatest(1, ceil(extract(epoch FROM
	    coalesce(p_first, assay_now()) + r.per - assay_now())));
	RAISE EXCEPTION 'too often: % %, and at most % in % are taken; again '
	    'in % s', p_used, r.what, r.most, r.per, seconds
	    USING ERRCODE = 'AY005', DETAIL = 'RATE_LIMITED',
	    HINT = seconds::text;
END
$$;

CREATE FUNCTION rate_since(p_name text) RETURNS timestamptz
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ SELECT assay_now() - per FROM rate WHERE name = p_name $$;

-- n devices more under a CoC, in lots or one at a time.
CREATE FUNCTION rate_coc(p_coc bigint, p_n bigint) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_since timestamptz := rate_since('coc_devices');
BEGIN
	PERFORM rate_must_allow('coc_devices', coalesce(sum(n), 0)::bigint,
	    p_n, min(first))
	FROM (SELECT sum(count) AS n, min(created) AS first FROM lot
		WHERE coc_id = p_coc AND kind <> 'open'
		AND state <> 'rejected' AND created > v_since
	    UNION ALL SELECT count(*), min(e.created)
		FROM lot l JOIN enrolment e ON e.lot_id = l.id
		WHERE l.coc_id = p_coc AND l.kind = 'open'
		AND e.created > v_since) used;
END
$$;

-- Before whoever acts begins a lot of n devices; of none, if it is open.
CREATE FUNCTION rate_lot(p_coc bigint, p_n bigint) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM rate_must_allow('principal_lots', count(*), 1, min(created))
	FROM lot WHERE submitted_by = actor_id()
	    AND created > rate_since('principal_lots');
	PERFORM rate_coc(p_coc, p_n);
END
$$;

-- Before a request into an open lot; a person's, if one brought it.
CREATE FUNCTION rate_request(p_coc bigint, p_principal bigint) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_principal IS NOT NULL THEN
		PERFORM rate_must_allow('principal_requests', count(*), 1,
		    min(created))
		FROM enrolment WHERE principal_id = p_principal
		    AND created > rate_since('principal_requests');
	END IF;
	PERFORM rate_coc(p_coc, 1);
END
$$;

REVOKE EXECUTE ON FUNCTION rate_must_allow(text, bigint, bigint, timestamptz),
	rate_since(text), rate_coc(bigint, bigint), rate_lot(bigint, bigint),
	rate_request(bigint, bigint) FROM PUBLIC;
