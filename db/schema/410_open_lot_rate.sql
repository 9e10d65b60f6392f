-- How much one may ask for in a while (405), in open lots.

-- These have no search_path of their own: their callers' is pinned.

-- How many devices were asked for under a CoC since then, in lots or one at a time,
-- and the first of them when.  PostgreSQL makes it part of the query that asks.
CREATE FUNCTION rate_coc_used(p_coc bigint, p_since timestamptz)
	RETURNS TABLE (used bigint, first timestamptz)
	LANGUAGE sql STABLE
AS $$
	SELECT coalesce(sum(y.n), 0)::bigint, min(y.first)
	FROM (SELECT sum(count) AS n, min(created) AS first FROM lot
	    WHERE coc_id = p_coc AND kind <> 'open'
	    AND state <> 'rejected' AND created > p_since
	UNION ALL SELECT c.n - e.row + 1, e.created
	    FROM lot l JOIN enrolment_count c ON c.lot_id = l.id
	    CROSS JOIN LATERAL (SELECT x.row, x.created
		FROM enrolment x
		WHERE x.lot_id = l.id AND x.created > p_since
		ORDER BY x.created LIMIT 1) e
	    WHERE l.coc_id = p_coc AND l.kind = 'open'
	    AND l.until > p_since) y
$$;

-- What counts before requests into an open lot: of its CoC, and of the person who
-- brings them, if one does: the numbers of their last one ever and of the first one
-- in the time that counts.  It becomes part of the query that reads the lot.
CREATE FUNCTION rate_used(p_coc bigint, p_principal bigint, p_now timestamptz)
	RETURNS TABLE (coc_most bigint, coc_used bigint, coc_first timestamptz,
	    own_most bigint, own_last bigint, own_nth bigint,
	    own_first timestamptz)
	LANGUAGE sql STABLE
AS $$
	SELECT c.most, u.used, u.first, r.most, l.nth, f.nth, f.created
	FROM rate c CROSS JOIN LATERAL rate_coc_used(p_coc, p_now - c.per) u
	JOIN rate r ON r.name = 'principal_requests'
	LEFT JOIN LATERAL (SELECT x.nth FROM enrolment x
	    WHERE x.principal_id = p_principal
	    ORDER BY x.principal_id DESC, x.created DESC, x.nth DESC LIMIT 1) l
	    ON true
	LEFT JOIN LATERAL (SELECT x.nth, x.created FROM enrolment x
	    WHERE x.principal_id = p_principal AND x.created > p_now - r.per
	    ORDER BY x.principal_id, x.created, x.nth LIMIT 1) f ON true
	WHERE c.name = 'coc_devices'
$$;

-- A device that is refused and asks again and again would fill its lot, at the cost
-- of all others.
INSERT INTO rate (name, per, most, what) VALUES
	('device_refusals', '1 day', 16,
	    'refused requests of one device into an open lot');
CREATE FUNCTION rate_device(p_lot bigint, p_device text) RETURNS void
	LANGUAGE plpgsql STABLE
AS $$
DECLARE
	r rate;
	used bigint;
	first timestamptz;
BEGIN
	SELECT * INTO STRICT r FROM rate WHERE name = 'device_refusals';
	SELECT count(*), min(n.created) INTO used, first
	FROM (SELECT x.row, x.created FROM enrolment x
		WHERE x.lot_id = p_lot AND x.device_id = p_device
		ORDER BY x.row DESC LIMIT r.most) n
	JOIN lot_row q ON q.lot_id = p_lot AND q.row = n.row
	WHERE q.state = 'refused' AND n.created > assay_now() - r.per;
	IF used >= r.most THEN
		PERFORM rate_refuse(r, used, first);
	END IF;
END
$$;

-- A device that renews again and again, as whoever has its key may have it do, would use
-- its lot up for all others, and each time the CRL is longer by one.
INSERT INTO rate (name, per, most, what) VALUES
	('device_renewals', '1 day', 16,
	    'renewals of one device under an open lot');
CREATE FUNCTION rate_renewal(p_lot bigint, p_device text) RETURNS void
	LANGUAGE plpgsql STABLE
AS $$
DECLARE
	r rate;
	used bigint;
	first timestamptz;
BEGIN
	SELECT * INTO STRICT r FROM rate WHERE name = 'device_renewals';
	SELECT count(*), min(n.created) INTO used, first
	FROM (SELECT x.created FROM enrolment x
		WHERE x.lot_id = p_lot AND x.device_id = p_device
		AND x.renews_issuer IS NOT NULL
		ORDER BY x.row DESC LIMIT r.most) n
	WHERE n.created > assay_now() - r.per;
	IF used >= r.most THEN
		PERFORM rate_refuse(r, used, first);
	END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION rate_coc_used(bigint, timestamptz),
	rate_used(bigint, bigint, timestamptz), rate_device(bigint, text),
	rate_renewal(bigint, text) FROM PUBLIC;
