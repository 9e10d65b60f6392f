-- Requests into open lots, on the authority's side: the two statements that store
-- what was made of them, in one transaction.

-- Until when nothing ends of itself that lets a lot be issued: CoCs of its model
-- and of what that stands on, the site's accreditation, the declaration.  What
-- somebody ends moves the footing (418).
CREATE FUNCTION lot_stands_until(p_lot bigint) RETURNS timestamptz
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH RECURSIVE part (model_id) AS (
		SELECT model_id FROM lot WHERE id = p_lot
		UNION
		SELECT x.id FROM part p CROSS JOIN LATERAL (
		    SELECT hardware_platform_id AS id FROM model
		     WHERE id = p.model_id AND hardware_platform_id IS NOT NULL
		    UNION ALL
		    SELECT tre_model_id FROM model_contains
		     WHERE terminal_model_id = p.model_id) x
	), ends (at) AS (
		SELECT c.expires FROM part p JOIN coc c USING (model_id)
		 WHERE c.state IN ('provisional', 'certified')
		UNION ALL
		SELECT x.expires FROM lot l JOIN site_scope x USING (site_id)
		 WHERE l.id = p_lot AND x.state IN ('provisional', 'full')
		UNION ALL
		SELECT declaration_end(d) FROM lot l
		  JOIN declaration d ON d.model_id = l.model_id
		   AND d.state = 'in_force'
		 WHERE l.id = p_lot
	)
	SELECT coalesce(min(at), 'infinity') FROM ends WHERE at > assay_now();
$$;

-- A lot's rows up to p_checked, each of a new device, are about to be issued from
-- indexes of a range that was reserved ahead; p_first is the first that is free of
-- it.  All that does not need their certificates is done here, while these are being
-- made: devices, counts, quota, indexes.  -> the devices' ids, in their order
--
-- It is the first half of a transaction whose other one is enrol_issue().
CREATE FUNCTION enrol_begin(p_lot bigint, p_range bigint, p_first bigint,
    p_checked int, p_ids text[], p_tacs text[]) RETURNS bigint[]
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	n int := cardinality(p_ids);
	l record;
	v_ids bigint[];
	done int;
BEGIN
	IF NOT database_stands_now() THEN
		PERFORM database_must_stand();
	END IF;
	SELECT x.id, x.model_id, x.organisation_id, x.coc_id, m.kind,
	    g.issuer_id, g AS range
	  INTO l FROM lot x JOIN model m ON m.id = x.model_id
	  LEFT JOIN index_range g ON g.id = p_range AND g.lot_id = x.id
	   AND g.state = 'reserved'
	 WHERE x.id = p_lot;
	v_ids := ARRAY(SELECT nextval('device_id_seq')
	    FROM generate_series(1, n));
	UPDATE lot_row SET state = 'issued', issuer_id = l.issuer_id,
	    index = p_first + row - (p_checked - n + 1)
	WHERE lot_id = l.id AND row > p_checked - n AND row <= p_checked
	AND state = 'received';
	GET DIAGNOSTICS done = ROW_COUNT;
	UPDATE lot SET issued = issued + n, checked = p_checked, reason = NULL,
	    stopped_on = NULL
	WHERE id = l.id AND state = 'open' AND done = n;
	IF FOUND THEN
		UPDATE coc SET used = used + n
		WHERE id = l.coc_id AND used + n <= quota;
	END IF;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the rows of lot %, or what it may have, '
		    'changed', p_lot
		    USING ERRCODE = 'AY004', DETAIL = 'LOT_MOVED';
	END IF;
	INSERT INTO device (id, kind, device_id, model_id, lot_id,
	    organisation_id, tac, created) OVERRIDING SYSTEM VALUE
	SELECT u.id, l.kind, u.device_id, l.model_id, l.id, l.organisation_id,
	    nullif(u.tac, ''), assay_now()
	FROM unnest(v_ids, p_ids, p_tacs) AS u (id, device_id, tac);
	PERFORM index_range_take(l.range, p_first, n);
	RETURN v_ids;
END
$$;

-- Their certificates are made: all are stored, bound to their devices and logged, or
-- nothing of either half has happened.  p_footing and p_until say what their right
-- was proven on; p_tres are the TrEs in terminals.  p_call: somebody waits who has no
-- bell.  Who follows the status log is told by and by (enrol_told_do), not of each.
--
-- The last look comes last, behind the locks of lot, CoC and status log: whoever
-- takes the right away has either committed before, and is seen here, or waits for
-- this commit.
CREATE FUNCTION enrol_issue(p_lot bigint, p_range bigint, p_first bigint,
    p_footing bigint, p_proven timestamptz, p_until timestamptz,
    p_checked int, p_devices bigint[], p_serials bytea[], p_ders bytea[],
    p_hashes bytea[], p_keys bytea[], p_tres bigint[],
    p_not_before timestamptz, p_call bool) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	n int := cardinality(p_devices);
	v_now timestamptz := assay_now();
	l record;
	e status_event;
	done int;
BEGIN
	SELECT x.id, x.number, x.model_id, x.site_id, x.organisation_id,
	    x.coc_id, m.kind, coalesce(m.hardware_platform_id, 0) AS platform_id,
	    g.issuer_id
	  INTO l FROM lot x JOIN model m ON m.id = x.model_id
	  JOIN index_range g ON g.id = p_range AND g.lot_id = x.id
	 WHERE x.id = p_lot AND x.checked = p_checked
	   AND x.xmin = pg_current_xact_id()::xid;
	INSERT INTO certificate (issuer_id, index, profile, serial, der,
	    der_sha256, spki_sha256, device_id, lot_id, coc_id, not_before,
	    issued)
	SELECT l.issuer_id, p_first + u.at - 1, l.kind, u.serial, u.der,
	    u.hash, u.key, u.id, l.id, l.coc_id, p_not_before, v_now
	FROM unnest(p_devices, p_serials, p_ders, p_hashes, p_keys)
	    WITH ORDINALITY AS u (id, serial, der, hash, key, at)
	CROSS JOIN LATERAL (SELECT FROM device d
	    WHERE d.id = u.id AND d.lot_id = l.id LIMIT 1) d;
	GET DIAGNOSTICS done = ROW_COUNT;
	IF done IS DISTINCT FROM n THEN
		RAISE EXCEPTION 'these devices of lot % were not begun', p_lot
		    USING ERRCODE = 'AY004', DETAIL = 'LOT_MOVED';
	END IF;
	IF l.kind = 'terminal' THEN
		INSERT INTO binding (tre_id, terminal_id, since)
		SELECT u.tre, u.id, v_now
		FROM unnest(p_devices, p_tres) AS u (id, tre);
	END IF;
	-- as status_issued() does (300)
	e.kind := 'issued';
	e.issuer_id := l.issuer_id;
	e.first := p_first;
	e.count := n;
	e.lot_id := l.id;
	e.model_id := l.model_id;
	e.site_id := l.site_id;
	e.organisation_id := l.organisation_id;
	e.hardware_platform_id := l.platform_id;
	PERFORM status_write(e);
	IF p_call THEN
		PERFORM pg_notify('enrolled', l.number || ' ' || p_checked);
	END IF;
	PERFORM FROM footing f WHERE f.n = p_footing FOR SHARE;
	IF NOT FOUND OR v_now < p_proven OR v_now >= p_until THEN
		RAISE EXCEPTION 'what % stands on changed', l.number
		    USING ERRCODE = 'AY004', DETAIL = 'FOOTING_MOVED';
	END IF;
END
$$;

-- The next n of a range that was reserved ahead are issued: they join the range
-- of the same lot that ends where they begin, or are one of their own; the range
-- is the shorter for it, and itself issued at its end.
CREATE FUNCTION index_range_take(g index_range, p_first bigint, p_n int)
	RETURNS void
	LANGUAGE plpgsql
AS $$
DECLARE
	made bigint;
BEGIN
	IF p_n = g.count THEN
		UPDATE index_range SET state = 'issued'
		WHERE id = g.id AND state = 'reserved' AND first = p_first
		AND count = p_n;
	ELSE
		UPDATE index_range SET first = first + p_n, count = count - p_n
		WHERE id = g.id AND state = 'reserved' AND first = p_first
		AND count = g.count;
	END IF;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the index range % is reserved no longer', g.id
		    USING ERRCODE = 'AY004', DETAIL = 'RANGE_GONE';
	END IF;
	IF p_n = g.count THEN
		RETURN;
	END IF;
	UPDATE index_range SET count = count + p_n
	WHERE id = g.joins AND state = 'issued' AND first + count = p_first;
	IF NOT FOUND THEN
		INSERT INTO index_range (issuer_id, first, count, lot_id)
		VALUES (g.issuer_id, p_first, p_n, g.lot_id)
		RETURNING id INTO made;
		UPDATE index_range SET state = 'issued' WHERE id = made;
		UPDATE index_range SET joins = made WHERE id = g.id;
	END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION lot_stands_until(bigint),
	enrol_begin(bigint, bigint, bigint, int, text[], text[]),
	enrol_issue(bigint, bigint, bigint, bigint, timestamptz, timestamptz,
	    int, bigint[], bytea[], bytea[], bytea[], bytea[], bigint[],
	    timestamptz, bool),
	index_range_take(index_range, bigint, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lot_stands_until(bigint),
	enrol_begin(bigint, bigint, bigint, int, text[], text[]),
	enrol_issue(bigint, bigint, bigint, bigint, timestamptz, timestamptz,
	    int, bigint[], bytea[], bytea[], bytea[], bytea[], bigint[],
	    timestamptz, bool) TO assay_authority;
